"""From Warsaw coefficients to the amplitudes of quarks and leptons, as matrices.

Conventions of docs/highpt.md: an antiquark i and a quark j go to l_a^- l_b^+; q_i has the down
quarks in their mass basis and V^dagger u; V is the SM's.  Amplitudes with a scalar or a tensor are
those of one chirality; the other one is the conjugate with both pairs of flavours exchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from muoquark.likelihood.highpt.searches import Search
from muoquark.running.ckm_expansion import REFERENCE
from muoquark.sm.ckm import ckm_matrix
from muoquark.smeft.warsaw import real_components, to_tensors

__all__ = ["FAMILIES", "Amplitude", "amplitudes_of", "ckm", "components", "matrix_of"]

#: The operators that matter.
FAMILIES = ("lq1", "lq3", "eu", "ed", "lu", "ld", "qe", "ledq", "lequ1", "lequ3")
DOWN, UP = range(3), range(2)  # no top quarks in the proton

Tensors = dict[str, np.ndarray]


def ckm() -> np.ndarray:
    """Return the CKM matrix: the SM's, in the middle of the range of the tables of running."""
    return np.asarray(ckm_matrix(np.asarray(REFERENCE)))


@dataclass(frozen=True)
class Amplitude:
    """One amplitude.

    Attributes
    ----------
    kind
        ``V``, ``S`` or ``T``.
    chirality
        Of lepton and quark: ``LL``, ``RR``, ``LR``, ``RL``; of scalars and tensors ``LL`` or
        ``LR``.
    up
        Whether it is one of up quarks (neutral currents).
    flavours
        Generations a, b, i, j from 0: leptons, antiquark, quark; for charged currents those of the
        charged lepton, the neutrino, the up antiquark and the down quark.
    """

    kind: str
    chirality: str
    up: bool
    flavours: tuple[int, int, int, int]

    @property
    def same(self) -> bool:
        """Whether both chiralities are equal."""
        return self.chirality[0] == self.chirality[1]


@lru_cache(maxsize=1)
def components() -> tuple[str, ...]:
    """Return the real components of the coefficients that some amplitude contains."""
    own = [c for c in real_components() if c.partition("_")[0] in FAMILIES]
    leptons = [(a, b) for a in range(3) for b in range(3)]
    felt = np.zeros(len(own), dtype=bool)
    for charged in (False, True):
        found = amplitudes_of(charged, leptons)
        felt |= np.any(_matrix(found, charged, tuple(own)) != 0, axis=0)
    return tuple(c for c, there in zip(own, felt, strict=True) if there)


def amplitudes_of(charged: bool, leptons: Iterable[tuple[int, int]]) -> list[Amplitude]:
    """Return the amplitudes of a final state, without those that others are conjugate to.

    Parameters
    ----------
    leptons
        Pairs of generations (a, b).
    """
    pairs = list(leptons)
    found: list[Amplitude] = []
    if charged:
        for a, b in pairs:
            for kind, chirality in (("V", "LL"), ("S", "LL"), ("T", "LL"), ("S", "LR")):
                found += [Amplitude(kind, chirality, False, (a, b, i, j)) for i in UP for j in DOWN]
        return found
    for a, b in pairs:
        for up, quarks in ((False, DOWN), (True, UP)):
            flavours = [(a, b, i, j) for i in quarks for j in quarks]
            for chirality in ("LL", "RR", "LR", "RL"):
                # The amplitude of (b, a, j, i) is the conjugate.
                found += [
                    Amplitude("V", chirality, up, f) for f in flavours
                    if a < b or (a == b and f[2] <= f[3])
                ]  # fmt: skip
            for kind in "ST" if up else "S":
                found += [Amplitude(kind, "LL" if up else "LR", up, f) for f in flavours]
    return found


def matrix_of(search: Search) -> tuple[list[Amplitude], np.ndarray]:
    """Return the amplitudes of a search and the complex matrix (amplitudes, components).

    It takes :func:`components` in some unit of 1/mass^2 to amplitudes in the same unit.
    """
    found = amplitudes_of(search.charged, search.leptons)
    return found, _matrix(found, search.charged, components())


def _matrix(found: Sequence[Amplitude], charged: bool, names: tuple[str, ...]) -> np.ndarray:
    maps = _maps(charged, names)
    return np.array([maps[(a.kind, a.chirality, a.up)][a.flavours] for a in found])


@lru_cache(maxsize=4)
def _maps(charged: bool, names: tuple[str, ...]) -> dict[tuple[str, str, bool], np.ndarray]:
    """Return tensors (3, 3, 3, 3, components) of all amplitudes."""
    c = _tensors(names)
    V = ckm()

    def einsum(spec: str, *factors: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum(spec, *factors, optimize=True))

    if charged:
        # (nu_b-bar l_a)(d_j-bar u_i) and its conjugate, in the indices of the first
        ledq = _conjugated(einsum("bajkn->abjkn", c["ledq"]))
        return {
            ("V", "LL", False): 2 * einsum("ik,abkjn->abijn", V, c["lq3"]),
            ("S", "LL", False): _conjugated(einsum("bajin->abijn", c["lequ1"])),
            ("T", "LL", False): _conjugated(einsum("bajin->abijn", c["lequ3"])),
            ("S", "LR", False): einsum("ik,abjkn->abijn", V, ledq),
        }
    qe = einsum("ijabn->abijn", c["qe"])

    def rotated(tensor: np.ndarray) -> np.ndarray:
        return einsum("ik,abkln,jl->abijn", V, tensor, V.conj())

    def flipped(tensor: np.ndarray) -> np.ndarray:
        return -_conjugated(einsum("jk,bakin->abijn", V, tensor))

    return {
        ("V", "LL", True): rotated(c["lq1"] - c["lq3"]),
        ("V", "LL", False): c["lq1"] + c["lq3"],
        ("V", "RR", True): c["eu"],
        ("V", "RR", False): c["ed"],
        ("V", "LR", True): c["lu"],
        ("V", "LR", False): c["ld"],
        ("V", "RL", True): rotated(qe),
        ("V", "RL", False): qe,
        ("S", "LL", True): flipped(c["lequ1"]),
        ("T", "LL", True): flipped(c["lequ3"]),
        ("S", "LR", False): _conjugated(einsum("bajin->abijn", c["ledq"])),
    }


def _conjugated(tensor: np.ndarray) -> np.ndarray:
    """Conjugate a tensor; its last axis holds real components, which are their own conjugates."""
    return np.asarray(tensor.conj())


def _tensors(names: tuple[str, ...]) -> Tensors:
    """Return every family's tensor as a linear function of the components, (3, 3, 3, 3, n)."""
    found = {family: np.zeros((3, 3, 3, 3, len(names)), complex) for family in FAMILIES}
    for n, component in enumerate(names):
        name, part = component.split(":")
        family = name.partition("_")[0]
        found[family][..., n] = to_tensors({name: 1.0 if part == "Re" else 1.0j})[family]
    return found
