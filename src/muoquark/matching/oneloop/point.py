"""From a point in the parameter space to the arrays that the matching takes."""

from __future__ import annotations

from muoquark.model.point import Point

from .inputs import Inputs


def inputs_of_point(point: Point, scale: float | None = None) -> Inputs:
    """Return what the matching needs to know of a point; GeV, conventions of `Inputs`.

    `scale` is where the terms are matched that are wanted, by default ``point.common_scale``.
    """
    mu = point.common_scale if scale is None else scale
    sm = point.sm_at(mu)
    return Inputs(
        eta1L=point.eta1L, eta1R=point.eta1R, eta3L=point.eta3L,
        Yu=sm.Yu, Yd=sm.Yd, Ye=sm.Ye, M1=point.M1, M3=point.M3, mu=mu,
        g1=sm.g1, g2=sm.g2, g3=sm.g3, lam=sm.lam, m2=sm.m2,
        lH1=point.quartic("lH1").real, lH3=point.quartic("lH3").real,
        leH3=point.quartic("leH3").real, lH13=point.quartic("lH13"),
    )  # fmt: skip
