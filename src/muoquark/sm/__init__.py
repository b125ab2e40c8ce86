"""The Standard Model: the CKM matrix, dated inputs, couplings, their running at one loop."""
