"""Profiles of one and two parameters, and bands of parts of the data."""
