"""Chi2, p-values, pulls, and what drives a fit."""
