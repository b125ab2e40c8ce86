r"""Tree-level exchange of the boson of U(1)_X and of the radial mode of Phi.

Integrating X out at dimension six is exact in the kinetic mixing: with :math:`B \to B + \epsilon X`
the mixing turns into a coupling :math:`g_X J_X + \epsilon g' J_Y` and a factor
:math:`1-\epsilon^2` in front of :math:`X^2`, which zero momentum does not see, so that

.. math:: \mathcal L_{\rm eff} = -\frac{1}{2 m_X^2} J\cdot J,\qquad
          J = \sum_f G_f\,\bar f\gamma f + G_H\, H^\dagger i\overleftrightarrow{D} H,\qquad
          G = g_X X + \epsilon g' Y .

The square of the Higgs current is :math:`4 O_{\varphi D} + O_{\varphi\Box}`.  For Phi,

.. math:: V = \lambda_P(|\Phi|^2-v_\Phi^2)^2 + \lambda_{HP}|H|^2|\Phi|^2
          \;\Rightarrow\; |\Phi|^2 = v_\Phi^2 - \frac{\lambda_{HP}}{2\lambda_P}|H|^2,

whose kinetic term leaves :math:`C_{\varphi\Box} = -\lambda_{HP}^2/(16\lambda_P^2 v_\Phi^2)`, no
:math:`|H|^6`, and :math:`-\lambda_{HP}^2/(4\lambda_P)` of :math:`|H|^4`.

Conventions: WCxf ``Warsaw`` with the covariant derivative of ``docs/xboson.md``; nu_R are no fields
of the SMEFT.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muoquark.common.arrays import Scalar, namespace
from muoquark.model.boson import Boson, Breaking
from muoquark.smeft.tensors import Coefficients, outer

__all__ = [
    "MIXED",
    "SAME",
    "boson_tensors",
    "breaking_tensors",
    "current_tensors",
    "portal_shift",
]

#: Products of two currents, by family, in the order of the operator's indices.
MIXED = {
    "lq1": "lq", "eu": "eu", "ed": "ed", "lu": "lu", "ld": "ld", "qe": "qe", "le": "le",
    "ud1": "ud", "qu1": "qu", "qd1": "qd",
}  # fmt: skip
#: Squares of one current.
SAME = {"ll": "l", "ee": "e", "uu": "u", "dd": "d", "qq1": "q"}
_HIGGS = {"phil1": "l", "phie": "e", "phiq1": "q", "phiu": "u", "phid": "d"}


def boson_tensors(boson: Boson, g1: Scalar) -> Coefficients:
    """Return the Warsaw tensors of X exchange in GeV^-2, of numpy or JAX.

    Parameters
    ----------
    g1
        g' at the matching scale.
    """
    G = {name: boson.current(name, g1) / boson.mass for name in "qudleH"}
    return current_tensors(G)


def current_tensors(G: Mapping[str, Any]) -> Coefficients:
    """Return the Warsaw tensors of -J.J/2.

    Parameters
    ----------
    G
        Couplings over the mass in 1/GeV: (3, 3) of q, u, d, l and e, a number of H.
    """
    out: Coefficients = {family: -outer(G[ab[0]], G[ab[1]]) for family, ab in MIXED.items()}
    # the tensor of two equal currents; from_tensors sums over equal operators, which for ee gives
    # four times that where generations differ
    out |= {family: -0.5 * outer(G[a], G[a]) for family, a in SAME.items()}
    higgs = G["H"]
    out |= {family: -higgs * G[a] for family, a in _HIGGS.items()}
    xp = namespace(higgs)
    return out | {"phiD": xp.asarray(-2 * higgs**2), "phiBox": xp.asarray(-0.5 * higgs**2)}


def breaking_tensors(breaking: Breaking) -> Coefficients:
    """Return the Warsaw tensors of the exchange of the radial mode in GeV^-2."""
    ratio = breaking.portal / (4 * breaking.quartic * breaking.vev)
    return {"phiBox": namespace(ratio).asarray(-(ratio**2))}


def portal_shift(breaking: Breaking) -> Any:
    """Return what the exchange of the radial mode adds to lam of V = (lam/2) |H|^4."""
    return -(breaking.portal**2) / (2 * breaking.quartic)
