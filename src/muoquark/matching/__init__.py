"""Leptoquarks to SMEFT, one file per physical piece."""
