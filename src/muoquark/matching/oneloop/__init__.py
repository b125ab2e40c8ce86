"""Complete one-loop matching of scalar leptoquarks to the SMEFT, one file per physical piece."""
