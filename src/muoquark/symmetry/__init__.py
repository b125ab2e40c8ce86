"""Charges of a U(1)_X and what follows from them.

- assignment, catalogue: charges of quarks and leptons, all anomaly-free ones up to a size
- ladder: which conditions each meets (`charges`); explanation: why
- anomalies, baryon, conditions, accidental, remnant, textures: the conditions one by one
- content, content_file: field contents; operators, contractions, generators, groups: group theory
"""
