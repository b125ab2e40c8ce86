"""Units of flavio's observables and of their arguments.

flavio works in natural units and does not say which powers of GeV a number has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["arguments_text", "unit"]

# Patterns of flavio's names; what fits none is a pure number: a branching ratio, a ratio, an
# asymmetry, a signal strength, an anomalous magnetic moment.
_UNITS = (
    (re.compile(r"^<?dBR/dq2>?\("), "GeV^-2"),
    (re.compile(r"^(tau_\w+|Ft\(.*\))$"), "GeV^-1"),
    (re.compile(r"^(DeltaM_\w+|m_W|Gamma[ZW]|Gamma\(.*\))$"), "GeV"),
    (re.compile(r"^sigma_had$"), "GeV^-2"),
    # flavio calls it normalised to the SM; its numbers are dsigma/dcos(theta), as LEP gives them
    # (1302.3415).
    (re.compile(r"^<dR/dtheta>\(ee->WW\)$"), "pb"),
)
# thetamin and thetamax are cosines, me_E is the mass of the electron over its energy.
_ARGUMENTS = {"q2min": "GeV^2", "q2max": "GeV^2", "q2": "GeV^2", "E": "GeV"}


def unit(name: str) -> str:
    """Return the unit of an observable by its flavio name; empty for a pure number.

    >>> unit("<dBR/dq2>(B+->Kmumu)"), unit("BR(Bs->mumu)")
    ('GeV^-2', '')
    """
    return next((text for pattern, text in _UNITS if pattern.match(name)), "")


def arguments_text(arguments: Mapping[str, float]) -> str:
    """Return the arguments of an observable, a bin for instance, with units.

    >>> arguments_text({"q2min": 1.1, "q2max": 6.0})
    'q2min=1.1, q2max=6 GeV^2'
    """
    names = list(arguments)
    parts = []
    for k, name in enumerate(names):
        own = _ARGUMENTS.get(name, "")
        last = k + 1 == len(names) or _ARGUMENTS.get(names[k + 1], "") != own
        parts.append(f"{name}={arguments[name]:g}" + (f" {own}" if own and last else ""))
    return ", ".join(parts)
