"""Predictions, measurements and ln L of any point, without flavio.

- likelihood: `Likelihood` of several parts; predictions: `Predictions` beside the measurements
- part, parts: what a part is, how it is named; snapshot_part, popxf_part: those that there are
- snapshot, snapshots: the data sets that are shipped; compiler: how they are made
- observable, constraint, pdfs, gaussian: measurements; groups, names, user: a user's own
- forward: one pass from coefficients to ln L, in numpy or JAX; forms, ckm_scheme: what is in it
- referee: smelli and flavio themselves
"""
