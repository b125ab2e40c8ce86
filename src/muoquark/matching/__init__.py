"""From a point of a model to Wilson coefficients at mu_M.

- match: `match` and `explain`; orders: what each field can
- exchange: tree level, from the terms; oneloop: one file for each physical piece
- scales: leptoquarks of different masses, matched one after the other
- parametric, given: coefficients as functions of free parameters; polynomial, factored: made fast
"""
