"""Sort the observables into groups that are sampled together and write their jobs.

Observables of one group share the random points; a piece depends on few components only, so the
number of points is set by the largest piece of a group, not by the number of components.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["TAPS", "CompiledGroup", "make_groups", "make_jobs"]

_P = "flavio.physics."
TAPS = [
    *(f"{_P}betadecays.ft:{n}" for n in ("a_xi", "A_xi", "B_xi", "D_xi", "R_xi", "xi", "b_xi")),
    *(f"{_P}zdecays.gammaz:{n}" for n in ("GammaZ", "Gammahad", "Gammal", "Gammatot")),
    *(f"{_P}wdecays.gammaw:{n}" for n in ("GammaW", "Gammahad", "Gammatot")),
    f"{_P}zdecays.afbz:get_gV_gA",
    f"{_P}higgs.production:*",
    f"{_P}higgs.decay:*",
    f"{_P}higgs.width:Gamma_h",
    f"{_P}bdecays.bll:amplitudes",
    f"{_P}bdecays.bvgamma:Gamma_CPaverage",
    f"{_P}kdecays.klnu:br_plnu",
    f"{_P}bdecays.bxgamma:PE0_BR_BXgamma",
    f"{_P}bdecays.bxgamma:PE0_ACP_BXgamma",
]
PHASES = [0.0, math.pi, math.pi / 2]
AUXILIARY = ["__fermi", "__mixing:Bs", "__mixing:B0", "__mixing:D0"]

# b -> s l l: flavio's form of these is known, so that no exploration is needed (it is slow here)
_DIPOLES = {"C7": 0.3, "C7p": 0.3, "C8": 0.5, "C8p": 0.5}
_LEPTONIC: dict[str, float] = {
    "C9": 3,
    "C9p": 3,
    "C10": 3,
    "C10p": 3,
    "CS": 0.1,
    "CSp": 0.1,
    "CP": 0.1,
    "CPp": 0.1,
}

# GeV^-2; coefficients that shift M12 by about its size
_MIXING = {"sbsb": 3e-11, "dbdb": 2e-12, "cucu": 3e-13, "sdsd": 1e-15}

# Observables that are sampled with their kin but fitted in another group: tau_mumu needs the
# amplitudes, S_phigamma the pinned mixing phase, the others more points than their kin.
ELSEWHERE = {
    "fast": (
        "tau_mumu",
        "BR(B0->piemu,mue)",
        "BR(B+->piemu,mue)",
        "BR(B0->emu,mue)",
        "BR(B0->etau,taue)",
        "BR(B0->mutau,taumu)",
        "BR(Bs->emu,mue)",
        "BR(Bs->etau,taue)",
        "BR(Bs->mutau,taumu)",
    ),
    "phased-gamma": ("S_phigamma",),
}

# Samples (0: as many as the largest polynomial needs), samples per job, phases, taps.
_SETTINGS: dict[str, tuple[int, int, Sequence[float | None], Sequence[str]]] = {
    "bs": (500, 25, [None], []),
    "bsphi": (500, 25, PHASES, []),
    "phased-gamma": (420, 210, PHASES, TAPS),
    "phased-bd": (450, 50, PHASES, TAPS),
    "bd": (450, 50, [None], TAPS),
    "smeft": (0, 200, [None], TAPS),
    "integrals": (280, 20, [None], TAPS),
    "fast": (1200, 300, [None], TAPS),
}


@dataclass(frozen=True)
class CompiledGroup:
    """Observables that share their samples.

    Attributes
    ----------
    name, observables
        A kind of `_SETTINGS`, and flavio's observables.
    components
        ``[eft, basis, sector, scale, name, part, size]``; size is the width of the normal
        distribution that they are drawn from.
    samples, per_job
        How many points, and how many of them one job does.
    phases
        Values at which the B mixing phase is pinned; ``[None]``: it is left as flavio has it.
    taps
        Functions inside of flavio of which the results are recorded.
    ckm_size
        The CKM parameters are drawn within this share of the SM's.
    seed
        Of the points.
    """

    name: str
    observables: list[Any]
    components: list[list[Any]]
    samples: int
    phases: list[float | None]
    taps: list[str]
    per_job: int
    ckm_size: float = 0.1
    seed: int = 1


def _name(observable: Any) -> str:
    return observable if isinstance(observable, str) else observable[0]


def loop_components(scales: Sequence[float]) -> list[list[Any]]:
    """Return the dipole and semileptonic b -> s components at the given scales."""
    names = [(f"{c}_bs", size) for c, size in _DIPOLES.items()]
    for lepton in ("ee", "mumu", "tautau"):
        names += [(f"{c}_bs{lepton}", size) for c, size in _LEPTONIC.items()]
    return [
        ["WET", "flavio", "sb", scale, name, part, size]
        for scale in scales
        for name, size in names
        for part in ("Re", "Im")
    ]


def make_groups(
    asked: Sequence[tuple[Any, Sequence[Sequence[Any]]]],
    explored: Sequence[Mapping[str, Any]],
    auxiliary: bool = True,
) -> list[CompiledGroup]:
    """Return all groups of a stack.

    Parameters
    ----------
    asked
        ``[(observable, keys), ...]`` of ``probe/layout.py``.
    explored
        The answer of ``probe/explore.py``.
    auxiliary
        Whether to sample mixing and muon decay too, which the observables refer to.
    """
    by_name = {_name(e["observable"]): e for e in explored}
    groups: dict[str, list[Any]] = {}
    for observable, keys in asked:
        name = _name(observable)
        sectors = {k[2] for k in keys}
        if "phimumu" in name:
            kind = "bsphi"
        elif "Bs->phigamma" in name or name == "S_K*gamma":
            kind = "phased-gamma"
        elif sectors == {"sb"} and "gamma" not in name:
            kind = "bs"
        elif "Bs->K*0mumu" in name:
            kind = "phased-bd"
        elif any(k[0] == "SMEFT" for k in keys):
            kind = "smeft"
        elif ("db" in sectors and "dBR" in name) or "piee" in name:
            kind = "bd"
        elif by_name[name]["recorded"] and _slow(name):
            kind = "integrals"
        else:
            kind = "fast"
        groups.setdefault(kind, []).append(observable)
        for other, names in ELSEWHERE.items():
            if name in names:
                groups.setdefault(other, []).append(observable)
    if auxiliary:
        groups["fast"] = [*AUXILIARY, *groups["fast"]]
    out = []
    for kind, members in groups.items():
        samples, per_job, phases, taps = _SETTINGS[kind]
        if kind in ("bs", "bsphi"):
            components = loop_components([4.8, 5.0])
        else:
            components = _merge(by_name[_name(o)]["components"] for o in members)
            if "lnC(K->pimunu)" in members:  # its scalars act relative to these
                components += [
                    [*c[:4], f"{v}_sumunumu", "Re", 0.2]
                    for c in by_name["lnC(K->pimunu)"]["components"][:1]
                    for v in ("CVL", "CVR")
                    if not any(k[4] == f"{v}_sumunumu" for k in components)
                ]
        if kind == "smeft":
            largest = max(len(by_name[_name(o)]["components"]) for o in members)
            samples = 90 + (largest + 1) * (largest + 2) // 2
        out.append(
            CompiledGroup(kind, members, components, samples, list(phases), list(taps), per_job)
        )
    return out


def _slow(name: str) -> bool:
    return not name.startswith(("Ft(", "tau_n", "BR(B0->K*gamma", "BR(B+->K*gamma"))


def _size(key: tuple[Any, ...], explored: float) -> float:
    stem = key[4].split("_")[0]
    if key[2] == "sb" and stem in _LEPTONIC:
        return _LEPTONIC[stem]
    return _MIXING.get(key[2], explored)


def _merge(listed: Any) -> list[list[Any]]:
    """Join component lists; the smallest size of a component that any observable wants wins."""
    sizes: dict[tuple[Any, ...], float] = {}
    for components in listed:
        for c in components:
            key = tuple(c[:6])
            sizes[key] = min(sizes.get(key, math.inf), c[6])
    return [
        [*key, _size(key, size)]
        for key, size in sorted(sizes.items(), key=lambda item: str(item[0]))
    ]


def make_jobs(group: CompiledGroup, rules: Sequence[Any] | None = None) -> list[dict[str, Any]]:
    """Return the sampling jobs of a group.

    `rules` are the answer of ``probe/converge.py`` to one of them; without, integrals are flavio's.
    """
    base: dict[str, Any] = {
        "observables": group.observables,
        "components": group.components,
        "ckm_size": group.ckm_size,
        "seed": group.seed,
        "taps": group.taps,
        "phases": group.phases,
        "remember": True,
    }
    if rules is not None:
        base["rules"] = list(rules)
    return [
        {**base, "first": first, "count": min(group.per_job, group.samples - first)}
        for first in range(0, group.samples, group.per_job)
    ]
