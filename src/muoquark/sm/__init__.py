"""The Standard Model: the CKM matrix, parameters at any scale, dated inputs."""
