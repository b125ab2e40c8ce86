"""Best fit, profiles, sampling, goodness of fit."""
