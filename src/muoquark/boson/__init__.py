"""The boson of U(1)_X beyond its matching: decays, mixing, bounds, and what charges leave of V.

Above the weak scale it is a heavy field like others, which the likelihood knows by its
coefficients (:mod:`muoquark.matching.boson`).
"""
