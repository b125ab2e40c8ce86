"""Questions to the likelihood: of a point, of a card, of many points.

- source: what can be asked about (`read`); global_likelihood: `Likelihood`, as users have it
- questions: `best_fit`, `fit`, `profile`, `predict`; low: `low_coefficients`
- card_likelihood, objective: ln L of free parameters, with gradients
- bestfit, fit, profile, sample, scan, goodness: how each question is answered
- priors, target, workers, store: samples and scans shared among processes, and taken up again
"""
