"""Two Wilson coefficients on a grid, against smelli at twenty points."""

import matplotlib.pyplot as plt
import numpy as np
import smelli

import muoquark

TEV = 1e-6  # GeV^-2
card = {
    "scale": 3000,
    "basis": "Warsaw",
    "coefficients": {
        "lq1_2223": {"free": [-1e-3 * TEV, 2e-3 * TEV]},
        "lq3_2223": {"free": [-1e-3 * TEV, 2e-3 * TEV]},
    },
}
grid = muoquark.scan(card, grid=[40, 40]).to_xarray()
chi2 = -2 * (grid.loglike - grid.loglike.max())
chi2.T.plot.contour(levels=[2.30, 6.18], colors="k")
plt.savefig("plane.pdf")

names = {"quarks": "fast_likelihood_quarks.yaml", "lfu_fcnc": "likelihood_lfu_fcnc.yaml"}
theirs = smelli.GlobalLikelihood(include_likelihoods=list(names.values()))
ours = muoquark.Likelihood("2026-06", chain="smelli")
for a, b in np.random.default_rng(1).uniform(-1e-9, 2e-9, size=(20, 2)):
    point = {"lq1_2223": float(a), "lq3_2223": float(b)}
    exact = theirs.parameter_point(point, scale=3000).log_likelihood_dict()
    here = ours({"eft": "SMEFT", "basis": "Warsaw", "scale": 3000, "values": point}).blocks
    print("at", a, b, *(f"{exact[file]:.3f} {here[n]:.3f}" for n, file in names.items()))
