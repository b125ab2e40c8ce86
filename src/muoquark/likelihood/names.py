"""Observables by name: flavio's names, shell patterns, parts of names, short names."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Sequence

from muoquark.common.errors import InputError

__all__ = ["SHORT", "fitting", "unknown"]

#: Short names of the literature, without brackets and underscores, and flavio's names for them.
SHORT: dict[str, str] = {
    "P5'": "<P5p>(B0->K*mumu)",
    "P4'": "<P4p>(B0->K*mumu)",
    "Bsmumu": "BR(Bs->mumu)",
    "Bs->mumu": "BR(Bs->mumu)",
    "RD": "Rtaul(B->Dlnu)",
    "RD*": "Rtaul(B->D*lnu)",
    "RDst": "Rtaul(B->D*lnu)",
    "RK": "<Rmue>(B+->Kll)",
    "RK*": "<Rmue>(B0->K*ll)",
    "RKst": "<Rmue>(B0->K*ll)",
    "g-2": "a_mu",
    "g-2mu": "a_mu",
    "amu": "a_mu",
    "DeltaMs": "DeltaM_s",
    "epsilonK": "eps_K",
}
# Names that a refusal lists at most.
MOST = 5


def fitting(pattern: str, names: Sequence[str], parts: bool = False) -> set[str]:
    """Return the names that a shell pattern fits; if none, those of a short name of the field.

    Parameters
    ----------
    pattern
        flavio's name, a shell pattern for it, or a key of :data:`SHORT`, in which brackets and
        underscores do not matter: ``R(D*)``, ``R_D``.
    names
        flavio's names.
    parts
        Whether a part of a name will do.
    """
    # flavio's names hold brackets, which fnmatch would read as character classes.
    escaped = pattern.replace("[", "[[]")
    found = {n for n in names if n == pattern or fnmatch.fnmatchcase(n, escaped)}
    if parts and pattern:
        found |= {n for n in names if pattern in n}
    return found or {SHORT.get(_plain(pattern), "")} & set(names)


def unknown(pattern: str, names: Sequence[str]) -> InputError:
    """Return the error for a pattern that fits no observable; it names those that are near."""
    listed = sorted(set(names))
    short = {key: name for key, name in SHORT.items() if name in listed}
    near = [n for n in listed if pattern and pattern.lower() in n.lower()]
    near += [short[k] for k in difflib.get_close_matches(_plain(pattern), list(short), 2, 0.6)]
    near += difflib.get_close_matches(pattern, listed, n=3, cutoff=0.4)
    chosen = list(dict.fromkeys(near))[:MOST]
    hint = f"; near are {', '.join(chosen)}" if chosen else ""
    return InputError(f"no observable fits '{pattern}'{hint}: 'muoquark predict' lists them")


def _plain(text: str) -> str:
    return re.sub(r"[()_\s]", "", text)
