"""The likelihood of a card: best fit, profiles, samples, scans, goodness of fit."""
