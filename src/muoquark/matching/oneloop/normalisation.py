"""Field normalisation, leptoquarks in each other's vertices, and the shifts of the Yukawas.

Leptoquark loops give psibar (1 + Z) iD psi with Hermitian matrices Z; psi -> (1 - Z/2) psi makes
the kinetic terms canonical and multiplies every leg of the tree-level operators: that is a change
of the couplings, d Gamma = -(Z_psi Gamma + Gamma Z_F)/2 for each vertex.

A leptoquark inside the vertex of another one changes its coupling as well.  It is the loop that
flips the chirality with the other leptoquark in the place of the Higgs,
d Gamma = -kappa (1 + L) Gamma_1 V Gamma_2^+.  S1 and R2 do that to each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from muoquark.common.arrays import ComplexMatrix3, Matrix3
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, dagger, total

from .content import Content
from .exchange import with_changed_couplings
from .functions import Loops
from .inputs import Inputs
from .sectors import fraction, sectors
from .twofermion import chirality_flip
from .vertices import QUARKS, Vertex, applied, vertices

__all__ = ["field_factors", "normalisation", "vertex_corrections", "yukawas"]


def field_factors(p: Inputs, f: Loops, field: str) -> dict[str, ComplexMatrix3]:
    """Return the matrices Z of the fermions from the loops of one leptoquark (kappa included)."""
    out: dict[str, ComplexMatrix3] = {}
    for sector in sectors():
        vertex = sector.vertex
        if vertex.scalar != field or vertex.coupling not in p.couplings or field not in p.masses:
            continue
        # M^2 (1/4 + L/2) P/ of the Green's basis
        weight = KAPPA * sector.colours * sector.number * 0.25 * (1.0 + 2.0 * f.L[field])
        gamma = vertex.gamma(p.couplings[vertex.coupling])
        z = weight * (gamma @ dagger(gamma))
        name = vertex.outer.name
        out[name] = out[name] + z if name in out else z
    return out


def _normalised(
    p: Inputs, z: Mapping[str, ComplexMatrix3], field: str
) -> dict[str, ComplexMatrix3]:
    """Return the changes of the couplings of a leptoquark by the normalisation of its fermions."""
    out: dict[str, ComplexMatrix3] = {}
    for vertex in vertices():
        name = vertex.coupling
        if vertex.scalar != field or name not in p.couplings or vertex.outer.name not in z:
            continue
        # each coupling has a vertex for either of its fermions as the outer one
        change = -0.5 * (z[vertex.outer.name] @ vertex.gamma(p.couplings[name]))
        change = applied(change, vertex.how)
        out[name] = out[name] + change if name in out else change
    return out


def normalisation(p: Inputs, f: Loops, content: Content) -> Coefficients:
    """The tree-level operators with one factor -Z/2 on each leg in turn."""
    parts: list[Coefficients] = []
    for loop in p.masses:
        owners = [field for field in p.masses if content(loop, field)]
        if not owners:
            continue
        z = field_factors(p, f, loop)
        for field in owners:
            changes = _normalised(p, z, field)
            parts.append(with_changed_couplings(p, f, field, changes))
    return total(parts)


@dataclass(frozen=True, eq=False)
class Correction:
    """One leptoquark inside the vertex of another one: Gamma_1 V Gamma_2^+.

    Attributes
    ----------
    vertex
        What is corrected.
    first, middle, second
        The vertices of the chain; the middle one is that of the same leptoquark.
    number
        Colour and isospin.
    """

    vertex: Vertex
    first: Vertex
    middle: Vertex
    second: Vertex
    number: float

    @property
    def owners(self) -> tuple[str, str]:
        """The leptoquark whose vertex it is, and the one in the loop."""
        return self.vertex.scalar, self.first.scalar


@cache
def corrections() -> tuple[Correction, ...]:
    """Return all of them; each coupling once, with the outer fermion of its first vertex."""
    everything = (*vertices(), *vertices(conjugated=True))
    out: list[Correction] = []
    seen: set[str] = set()
    for vertex in vertices():
        if vertex.coupling in seen:
            continue
        seen.add(vertex.coupling)
        for first in everything:
            if first.outer != vertex.outer:
                continue
            for second in everything:
                same = (first.scalar, first.dagger) == (second.scalar, second.dagger)
                if second.outer != vertex.inner or not same:
                    continue
                for middle in everything:
                    ends = (middle.outer, middle.inner) == (first.inner, second.inner)
                    scalar = (middle.scalar, middle.dagger) == (vertex.scalar, vertex.dagger)
                    if not ends or not scalar:
                        continue
                    number = _number(vertex, first, middle, second)
                    if number:
                        out.append(Correction(vertex, first, middle, second, number))
    return tuple(out)


def _components(vertex: Vertex) -> np.ndarray:
    """Return a vertex over colour and isospin, [psi, F, phi]."""
    outer = 3 if vertex.outer.name in QUARKS else 1
    inner = 3 if vertex.inner.name in QUARKS else 1
    colour = np.eye(3)
    tensor = colour.reshape((3, 1, 3) if outer == 3 else (1, 3, 3))
    full = np.einsum("xyz,aFp->xayFzp", tensor, vertex.tensor)
    n, m, s = vertex.tensor.shape
    return np.asarray(full.reshape(outer * n, inner * m, 3 * s))


def _number(vertex: Vertex, first: Vertex, middle: Vertex, second: Vertex) -> float:
    chain = np.einsum(
        "aFp,FGs,bGp->abs",
        _components(first), _components(middle), _components(second).conj(),
    )  # fmt: skip
    own = _components(vertex)
    number = np.vdot(own, chain) / np.vdot(own, own)
    if np.abs(chain - number * own).max() > 1e-10:
        raise ArithmeticError(f"a correction of {vertex.coupling} is not along it")
    return fraction(number)


def _corrected(p: Inputs, f: Loops, found: Correction) -> tuple[str, ComplexMatrix3]:
    one, two, three = (
        vertex.gamma(p.couplings[vertex.coupling])
        for vertex in (found.first, found.middle, found.second)
    )
    weight = -KAPPA * found.number * (1.0 + f.L[found.first.scalar])
    change = weight * (one @ two @ dagger(three))
    return found.vertex.coupling, applied(change, found.vertex.how)


def vertex_corrections(p: Inputs, f: Loops, content: Content) -> Coefficients:
    """The tree level of a leptoquark with another one inside one of its vertices."""
    parts: list[Coefficients] = []
    for found in _present(p, content):
        name, change = _corrected(p, f, found)
        parts.append(with_changed_couplings(p, f, found.vertex.scalar, {name: change}))
    return total(parts)


def _present(p: Inputs, content: Content) -> Iterator[Correction]:
    for found in corrections():
        chain = (found.vertex, found.first, found.middle, found.second)
        if content(*found.owners) and all(v.coupling in p.couplings for v in chain[1:]):
            yield found


def yukawas(p: Inputs, f: Loops, content: Content) -> dict[str, ComplexMatrix3]:
    """Shifts of the Yukawa matrices: normalisation, chirality flip, and m2/M^2 terms."""
    zero = p.xp.zeros((3, 3), complex)
    z: dict[str, Matrix3] = {}
    for field in p.masses:
        if content(field):
            for name, one in field_factors(p, f, field).items():
                z[name] = z[name] + one if name in z else one
    flips = chirality_flip(p, f, content)
    out: dict[str, ComplexMatrix3] = {}
    for name, doublet, singlet in (("Ye", "l", "e"), ("Yu", "q", "u"), ("Yd", "q", "d")):
        y = getattr(p, name)
        shift = -0.5 * (z.get(doublet, zero) @ y + y @ z.get(singlet, zero))
        if (doublet, singlet) in flips:
            flip = flips[doublet, singlet]
            # L = -lbar Ye H e: a term + Z lbar H e lowers Ye by Z.  D^2 H leaves m2 H behind, which
            # is why the box is not of dimension six alone.
            shift = shift - KAPPA * (flip.mass + p.m2 * flip.box)
        out[name] = shift
    return out
