"""Gauged U(1)_X charges: anomalies, conditions i)-vi), the catalogue, discrete remnants."""
