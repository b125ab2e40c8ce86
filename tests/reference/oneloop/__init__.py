"""The complete one-loop matching of S1 + S3 to the SMEFT, one file per physical piece."""
