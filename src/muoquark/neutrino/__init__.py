"""Neutrino masses from the textures of a charge assignment, and oscillation data."""
