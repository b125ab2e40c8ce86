"""The referee: the same numbers from wilson itself, with options set on the instance only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from wilson import Wilson
from wilson.run.smeft import SMEFT
from wilson.util import smeftutil

from muoquark.common.constants import M_Z
from muoquark.running.tabulate.running import background, rotation

__all__ = ["wilson_point"]


def wilson_point(
    values: Mapping[str, complex],
    mu_M: float,
    chain: str,
    ckm: Mapping[str, float],
    smeft_scales: Iterable[float] = (M_Z, 125.0),
    tight: bool = True,
) -> Wilson:
    """Return a Wilson instance at a point, with the options of a chain.

    ``smelli`` importing wilson changes wilson's defaults for the whole process; here every option
    is set on the instance.  With `tight`, for small coefficients, the integrated running is solved
    to 1e-8 instead of 1e-3, and starts from SM parameters that are as exact; those that wilson
    finds at mu_M (``rtol=1e-3, atol=1``) are off by up to 3e-4 at high scales.
    """
    w = Wilson(dict(values), mu_M, "SMEFT", "Warsaw")
    full = chain == "full"
    w.set_option("smeft_accuracy", "integrate" if full else "leadinglog")
    w.set_option("smeft_matching_order", int(full))
    w.set_option("qed_order", 1)
    w.set_option("qcd_order", 1)
    w.set_option("parameters", dict(ckm))
    if full and tight:
        smeft = SMEFT(w.wc)
        (sm,) = background([mu_M])
        zero = smeftutil.C_array2dict(np.zeros(9999, complex))
        aligned = SMEFT._flavor_rotation({**zero, **sm}, **rotation(sm))
        smeft.C_in.update({k: aligned[k] for k in smeftutil.dim4_keys})
        for scale in smeft_scales:
            ran = smeft.run(scale, rtol=1e-8, atol=1e-22)
            w._set_cache("all", scale, "SMEFT", "Warsaw", ran)
            if scale == M_Z:
                low = ran.match("WET", "JMS", parameters=w.matching_parameters)
                w._set_cache("all", scale, "WET", "JMS", low)
    return w
