"""Leptoquarks to SMEFT: tree level, one loop (one file per physical piece), polynomials."""
