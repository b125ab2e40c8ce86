"""From the SMEFT to the WET at the Z mass, as a matrix and as a function of the CKM elements."""

from __future__ import annotations

from typing import Any

import ckmutil.ckm
import numpy as np
from wilson.match import smeft_loop, smeft_tree
from wilson.parameters import p as wilson_parameters
from wilson.run.smeft.smpar import p as smeft_parameters
from wilson.util import smeft_warsaw, wet_jms

from muoquark.common.constants import M_Z
from muoquark.running.tabulate.components import read_wet, smeft_directions
from muoquark.running.tabulate.dual import private_copy, scalar_function

__all__ = ["match", "parameters"]

_functions = {name: scalar_function(name) for name in ("sqrt", "log")}
_tree = private_copy(smeft_tree, **_functions)
_loop = private_copy(smeft_loop, **_functions)


def parameters(ckm: dict[str, float]) -> dict[str, float]:
    """Return wilson's input parameters with the given Vus, Vub, Vcb, gamma."""
    return {**smeft_parameters, **wilson_parameters, **ckm}


def match(ckm: dict[str, float], order: int, components: tuple[str, ...]) -> np.ndarray:
    """Return d(WET, JMS basis)/d(Warsaw) at the Z mass, linearised at the SM point.

    Parameters
    ----------
    ckm : dict
        Vus, Vub, Vcb, gamma.
    order : int
        0 for tree level, 1 for one loop (1908.05295, Dekens:2019ept).
    components : tuple of str
        Real components of the JMS basis, the rows of the result.
    """
    par = parameters(ckm)
    one = np.eye(3)
    V = ckmutil.ckm.ckm_tree(par["Vus"], par["Vub"], par["Vcb"], par["gamma"])
    up = smeft_warsaw.flavor_rotation(smeft_directions(), V.conj().T, one, one, one, one)
    C: dict[str, Any] = _tree._match_all_array(up, par)
    if order == 1:
        loop = _loop._match_all_array(up, par, M_Z)
        C = {k: C[k] + loop[k] for k in C}
    return read_wet(wet_jms.rotate_down(C, par), components)
