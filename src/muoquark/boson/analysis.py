"""Everything about the boson of U(1)_X at one point, as one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.boson.bounds import RatioBound, bounds
from muoquark.boson.decays import BosonDecays, decays
from muoquark.boson.mixing import b_coefficients, below, natural
from muoquark.boson.quarks import Forbidden, forbidden_yukawas, sentence
from muoquark.boson.resonance import Resonance, resonance
from muoquark.common.constants import PLANCK_MASS
from muoquark.common.errors import InputError, MuoquarkError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.boson import vev_of
from muoquark.model.point import Point
from muoquark.symmetry.anomalies import anomalies

__all__ = ["Planck", "XBoson", "blind_spots", "planck", "xboson"]

#: Couplings to light quarks above this share of the largest one are told.
SEEN = 0.01
#: Widths above this share of the mass are no narrow resonance.
NARROW = 0.1


@dataclass(frozen=True)
class Planck:
    """The flow of the model to the Planck scale at one loop.

    Attributes
    ----------
    pole
        Of the flow with all couplings: which one and where, in GeV; None without.
    eps
        Kinetic mixing where the flow ends.
    end
        There, in GeV.
    why
        Why there is no flow, empty if there is one.
    """

    pole: tuple[str, float] | None = None
    eps: float | None = None
    end: float | None = None
    why: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        if self.why:
            return {"not_computed": self.why}
        pole = None if self.pole is None else {"coupling": self.pole[0], "scale": self.pole[1]}
        return {"pole": pole, "eps_at_end": self.eps, "end": self.end}


@dataclass(frozen=True)
class XBoson:
    """The boson at a point; made by :func:`xboson`.

    Attributes
    ----------
    point
        Where.
    scale
        Of matching, in GeV.
    currents
        gX Q by field in the mass basis, (3, 3), and of H.
    decays, resonance, bounds, yukawas
        See their classes; no bounds without data.
    b_YX, natural, below
        Of :mod:`muoquark.boson.mixing`.
    planck
        The flow upwards.
    notes
        What is to be said beside.
    """

    point: Point
    scale: float
    currents: dict[str, Any]
    decays: BosonDecays
    resonance: Resonance | None
    bounds: tuple[RatioBound, ...]
    yukawas: tuple[Forbidden, ...]
    b_YX: float
    natural: float
    below: float
    planck: Planck
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        point, boson = self.point, self.point.boson
        assert boson is not None
        breaking = point.breaking
        return {
            "model": point.model.name,
            "gX": point.gX, "epsBX": point.epsBX, "mX": point.mX,
            "vPhi": vev_of(point.model, point.gX, float(boson.mass)),
            "matched_at": self.scale,
            "currents": {name: _plain(x) for name, x in self.currents.items()},
            **self.decays.record(),
            "resonance": None if self.resonance is None else self.resonance.record(),
            "bounds": [one.record() for one in self.bounds],
            "mixing": {
                "b_YX": self.b_YX, "natural": self.natural, "change_down_to_mZ": self.below,
            },
            "planck": self.planck.record(),
            "phi": None if breaking is None else {"mass": breaking.mass, "lHP": breaking.portal},
            "yukawas": [one.record() for one in self.yukawas],
            "notes": list(self.notes),
        }  # fmt: skip


def _plain(value: Any) -> Any:
    array = np.asarray(value)
    if array.ndim == 0:
        return float(array.real)
    if not np.any(array - np.diag(np.diag(array))) and not np.any(array.imag):
        return [float(x) for x in np.diag(array).real]
    return [[[float(x.real), float(x.imag)] for x in row] for row in array]


def xboson(point: Point, likelihood: Likelihood | None = None) -> XBoson:
    """Return everything about the boson of a point.

    Parameters
    ----------
    likelihood
        Of which data the bounds are; none without.

    Raises
    ------
    InputError
        If the point has no boson, or it is decoupled.
    """
    boson = point.boson
    if boson is None:
        raise InputError(
            "the boson of U(1)_X is decoupled: give gauge: {gX: ..., mX: ...}, or vPhi in the "
            "place of mX"
        )
    scale = float(boson.mass if point.mu_M is None else point.mu_M)
    g1 = point.sm_at(scale).g1
    found = decays(point)
    forbidden = forbidden_yukawas(point)
    notes = [sentence(forbidden)] if forbidden else []
    broken = [str(one) for one in anomalies(point.model.fields) if not one.vanishes]
    if broken:
        notes.append(f"not free of anomalies with these fields alone: {'; '.join(broken)}")
    if found.width > NARROW * found.mass:
        notes.append(
            f"the width is {found.width / found.mass:.2g} of the mass: no narrow resonance"
        )
    if found.neutrinos:
        notes.append(
            "nu_R are no fields of the SMEFT and have no mass in a card: the width does not have "
            f"X -> N N, up to {found.neutrinos:.3g} GeV if they are light"
        )
    if likelihood is not None:
        notes += blind_spots(point, likelihood)
    return XBoson(
        point,
        scale,
        {name: boson.current(name, g1) for name in "qudleH"},
        found,
        resonance(point),
        bounds(point, likelihood) if likelihood is not None and boson.coupling else (),
        forbidden,
        b_coefficients(point.model)[1],
        natural(point.model, float(boson.coupling), g1, scale),
        below(point.model, float(boson.coupling), g1, float(boson.mass)),
        planck(point),
        tuple(notes),
    )


def planck(point: Point) -> Planck:
    """Return where a coupling of the model has a pole, and the mixing at the Planck scale."""
    from muoquark.theory.flow import run
    from muoquark.theory.inputs import couplings_at_matching

    try:
        start = couplings_at_matching(point)
        flow = run(start, point.common_scale, PLANCK_MASS, loops=1, check_unitarity=False)
    except MuoquarkError as error:
        return Planck(why=str(error))
    last = flow.points[-1]
    ratio = float(np.real(last["gYX"])) / float(np.real(last["g1"]))
    pole = None if flow.pole is None else (flow.pole.coupling, flow.pole.scale)
    return Planck(pole, ratio / float(np.sqrt(1 + ratio**2)), float(flow.mu[-1]))


def blind_spots(point: Point, likelihood: Likelihood) -> list[str]:
    """Return where the likelihood cannot see this boson."""
    boson = point.boson
    assert boson is not None
    found = []
    tails = {"dimuon", "dielectron", "ditau"} & set(likelihood.blocks)
    sizes = {name: np.abs(np.asarray(boson.current(name, 0.36))) for name in "qudle"}
    largest = max(float(size.max()) for size in sizes.values())
    light = any(sizes[name][k, k] > SEEN * largest for name in "qud" for k in (0, 1))
    if not tails:
        found.append(
            "the data hold no tails of Drell-Yan (--data highpt)"
            + (", which exclude more than ln L for an X that couples to light quarks"
               if light else "")
        )  # fmt: skip
    else:
        found.append(
            "tails of Drell-Yan take X as a contact interaction, without its s channel: below a "
            "resonance the true rate is larger, and for m_X within reach (6 TeV) searches for "
            "resonances decide, which are not in the likelihood"
        )
    found.append(
        "the likelihood has neither e+ e- -> f f above the Z (LEP-2) nor matter effects in "
        "neutrino oscillations (NSI)"
    )
    return found
