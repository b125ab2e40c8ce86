"""Groups of observables that cut through the blocks: the bands of a figure.

A group's likelihood is that of its observables alone: in a Gaussian block the marginal
distribution (the covariance's rows and columns), elsewhere the measurements of these
observables, marginal likewise.  Groups overlap with the blocks and with each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from muoquark.common.document import read_document, read_text
from muoquark.common.errors import InputError
from muoquark.likelihood.names import fitting, unknown
from muoquark.likelihood.observable import Observable

__all__ = ["GROUPS", "REPRESENTED", "grouped", "members", "read_groups"]

_MUONIC = re.compile(
    r"^<(d?BR(/dq2)?|FL|AFB\w*|P\dp?|S\d)>\((B[+0]->K\*?mumu|Bs->phimumu|Lambdab->Lambdamumu)\)$"
)

# Name -> pattern of flavio's names.  Any name or pattern of a user's works the same way.
GROUPS: dict[str, re.Pattern[str]] = {
    "R_K(*)": re.compile(r"^<Rmue>\(B[+0]->K\*?ll\)$"),
    "Bs->mumu": re.compile(r"^BR\(Bs->mumu\)$"),
    "b->smumu": re.compile(_MUONIC.pattern + r"|^<BR>\(B->Xsmumu\)$"),
    "b->smumu BR": re.compile(
        r"^<dBR/dq2>\((B[+0]->K\*?mumu|Bs->phimumu|Lambdab->Lambdamumu)\)$|^<BR>\(B->Xsmumu\)$"
    ),
    "b->smumu angular": re.compile(
        r"^<(FL|AFB\w*|P\dp?|S\d)>\((B[+0]->K\*?mumu|Bs->phimumu|Lambdab->Lambdamumu)\)$"
    ),
    "(g-2)_mu": re.compile(r"^a_mu$"),
    "Delta F = 2": re.compile(r"^(DeltaM_[sd]|S_psi(K|phi)|eps_K|x12Im_D)$"),
    "R(D(*))": re.compile(r"^Rtau(l|mu)\(B->D\*?lnu\)$"),
    "b->cellnu": re.compile(r"^<?(BR|Rtaul|Rmue|FL)>?\w*\((B|B[+0]|Bc)->(D|D\*|X).*(nu)\)$"),
}

# Group -> the group that speaks for both where either could be shown: they share observables, and
# two bands of the same data would look like two pieces of evidence.
REPRESENTED = {
    "b->smumu BR": "b->smumu",
    "b->smumu angular": "b->smumu",
    "b->cellnu": "R(D(*))",
}


def members(observables: Sequence[Observable], pattern: re.Pattern[str]) -> list[int]:
    """Return the positions of the observables whose name fits the pattern."""
    return [k for k, o in enumerate(observables) if pattern.match(o.name)]


def grouped(
    observables: Sequence[Observable],
    blocks: Sequence[str],
    own: Mapping[str, Sequence[str]],
) -> dict[str, list[int]]:
    """Return the positions of the observables of each group that the data have.

    Parameters
    ----------
    observables
        Of all data.
    blocks
        Names that no group may have.
    own
        A user's groups: patterns by name.

    Raises
    ------
    InputError
        If a group of the user's has the name of a block or of a group that there is, or a pattern
        of it fits nothing.
    """
    found = {name: members(observables, pattern) for name, pattern in GROUPS.items()}
    names = [o.name for o in observables]
    texts = [o.text for o in observables]
    for name, patterns in own.items():
        if name in blocks or name in GROUPS:
            kind = "block" if name in blocks else "group"
            raise InputError(f"there is a {kind} '{name}' already: call yours something else")
        positions: set[int] = set()
        for pattern in patterns:
            if pattern in texts:
                positions.add(texts.index(pattern))
                continue
            chosen = fitting(pattern, names)
            if not chosen:
                raise unknown(pattern, names)
            positions |= {k for k, one in enumerate(names) if one in chosen}
        found[name] = sorted(positions)
    return {name: positions for name, positions in found.items() if positions}


def read_groups(source: str | Path | Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return a user's groups, name to patterns of observables.

    Parameters
    ----------
    source
        The groups themselves, or a YAML file of them, ``my K*: ["P5p", "<P4p>(B0->K*mumu)"]``:
        names of observables, short names, shell patterns, or one observable with
        its arguments, ``<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]``.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    if isinstance(source, Mapping):
        return {name: [patterns] if isinstance(patterns, str) else list(patterns)
                for name, patterns in source.items()}  # fmt: skip
    document = read_document(*read_text(source))
    groups: dict[str, list[str]] = {}
    for name, node in document.root.mapping().items():
        items = [node] if node.scalar is not None else node.sequence() or []
        groups[name] = [text for item in items if (text := item.text()) is not None]
        if not groups[name] and not document.faults:
            node.fault("the group is empty")
    document.finish()
    return groups
