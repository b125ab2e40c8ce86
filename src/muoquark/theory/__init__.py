"""Beta functions, the flow to the Planck scale, vacuum stability, naturalness, dipoles."""
