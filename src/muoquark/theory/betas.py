r"""Beta functions of a model up to two loops, fast.

The formulae of a model's table (:mod:`muoquark.theory.tables`), written from the general theory
(Machacek-Vaughn; Poole and Thomsen, arXiv:1906.04625), are evaluated here: each product of flavour
matrices once, then one weighted sum per coupling, in a few milliseconds.

Conventions: see :func:`beta`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError, InputError
from muoquark.common.progress import Tell
from muoquark.model.fields import Model, built_in_model
from muoquark.theory.components import Components
from muoquark.theory.couplings import Couplings, CouplingSpace, Packed, old_names
from muoquark.theory.generate import Table
from muoquark.theory.plan import Plan, make_plan
from muoquark.theory.tables import beta_table
from muoquark.theory.tensors import presence

__all__ = ["Theory", "beta", "theory_for", "theory_of"]


class Theory:
    """A model above its matching scale: its couplings and their beta functions.

    Parameters
    ----------
    model
        The model.

    Raises
    ------
    DomainError
        For a model with a massive vector.
    """

    def __init__(self, model: Model) -> None:
        vectors = [field.name for field in model.fields if field.spin == "vector"]
        if vectors:
            raise DomainError(
                f"{', '.join(vectors)} of {model.name}: the running of a model with a massive "
                "vector needs the theory that it comes from, which is not defined here"
            )
        self.model = model
        self.components = Components(model)
        self.space = CouplingSpace(self.components)
        self._plans: dict[int, Plan] = {}

    @cached_property
    def table(self) -> Table:
        """The beta functions as formulae."""
        return beta_table(self.components)

    def prepare(self, progress: Tell) -> None:
        """Make the beta functions now if they are not known, which takes up to minutes.

        `progress` is called with the share that is done; without this call the first use makes
        them, with a bar on the terminal.
        """
        if "table" not in vars(self):
            self.table = beta_table(self.components, progress)

    def complete(self, couplings: Mapping[str, Any]) -> Couplings:
        """Check `couplings` and fill in zero for the absent ones; see :class:`CouplingSpace`."""
        if isinstance(couplings, Couplings) and couplings.space is self.space:
            return couplings
        return self.space.complete(couplings)

    def evaluate(
        self, couplings: Mapping[str, Any], loops: int, absent: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Return the beta functions of complete couplings with the fields `absent` decoupled.

        Their couplings must be zero then, and do not run.
        """
        plan, space = self._plan(loops), self.space
        absent = space.fields(absent)
        products = plan.products(self._letters(couplings))
        weights = plan.weights(self._symbols(couplings, absent), products)
        out: dict[str, Any] = {
            name: np.zeros(shape, complex) for name, shape in space.yukawas.items()
        }
        for name in (*space.gauge, *space.quartics, *space.masses):
            total = weights[name].sum()
            out[name] = complex(total) if name in space.complex else float(total.real)
        for coupling, blocks in space.blocks.items():
            for block in blocks:
                words = plan.formulae[block.name].words
                if not len(words):
                    continue
                shape = (len(block.rows), len(block.columns))
                stack = products[shape][words].reshape(len(words), -1)
                part = (weights[block.name] @ stack).reshape(shape)
                if block.symmetry and block.rows == block.columns:
                    part = (part + block.symmetry * part.T) / 2
                self.space.place(out[coupling], block, part)
        # couplings of a decoupled field are zero, but loops of the others would generate them
        for field in absent:
            for name in space.needs[field]:
                out[name] = out[name] * 0.0
        return out

    def _plan(self, loops: int) -> Plan:
        if loops not in self._plans:
            shapes = {b.name: (len(b.rows), len(b.columns)) for b in self.components.blocks}
            self._plans[loops] = make_plan(self.table, loops, shapes)
        return self._plans[loops]

    def _symbols(self, couplings: Mapping[str, Any], absent: frozenset[str]) -> dict[str, complex]:
        """Return the commuting symbols: couplings, conjugates, and which fields are there."""
        space = self.space
        out: dict[str, complex] = {
            name: couplings[name] for name in (*space.gauge, *space.quartics, *space.masses)
        }
        for name in space.complex:
            value = complex(out.pop(name))
            out[f"{name}+"], out[f"{name}*"] = value, value.conjugate()
        for field in space.needs:
            out[presence(field)] = 0.0 if field in absent else 1.0
        return out

    def _letters(self, couplings: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Return the flavour matrices: each block, its conjugate, transpose and adjoint."""
        out = {}
        for coupling, blocks in self.space.blocks.items():
            for block in blocks:
                matrix = self.space.part(couplings[coupling], block)
                conjugate = matrix.conj()
                name = block.name
                out[name], out[f"{name}*"] = matrix, conjugate
                out[f"{name}^T"], out[f"{name}^+"] = matrix.T, conjugate.T
        return out

    def rate(self, vector: Packed, loops: int, absent: frozenset[str] = frozenset()) -> Packed:
        """Return the beta functions of packed couplings."""
        return self.space.pack(self.evaluate(self.space.unpack(vector), loops, absent))


@lru_cache(maxsize=8)
def _theory(model: Model) -> Theory:
    return Theory(model)


def theory_of(model: Model | str | None = None) -> Theory:
    """Return the theory of a model, of a built-in one by its name; the paper's by default."""
    if model is None or isinstance(model, str):
        model = built_in_model(model or "B-3Lmu")
    return _theory(model)


def theory_for(couplings: Mapping[str, Any], model: Model | str | None = None) -> Theory:
    """Return the theory of a model, or that which the couplings belong to; else the paper's."""
    if model is None and isinstance(couplings, Couplings):
        return theory_of(couplings.space.components.model)
    return theory_of(model)


def beta(
    couplings: Mapping[str, Any], loops: int = 2, model: Model | str | None = None
) -> dict[str, Any]:
    r"""Return :math:`dg/d\ln\mu` of every coupling, summed up to `loops`, loop factors included.

    Parameters
    ----------
    couplings
        By name; an absent one is zero.  Names are those of the card and of the model's terms
        (:class:`muoquark.theory.couplings.CouplingSpace`), or the old ones below.
    loops
        1 or 2.
    model
        A model, or the name of a built-in one.  Without it the result is that of the B-3L_mu model
        under the old names.

    Returns
    -------
    dict
        The names of the model, all of them; Yukawa matrices are complex arrays.

    Raises
    ------
    InputError
        If a name is unknown, a shape is wrong, a value is not finite, or `loops` is not 1 or 2.

    Notes
    -----
    Old names.  Gauge: ``g1`` (= g'), ``gX``, ``gYX``, ``g2``, ``g3`` with the covariant derivative
    (Y, X) [[g1, gYX], [0, gX]] (B, X)^T.  Yukawa matrices, in -L:
    ``Yu`` qbar Htilde u (3x3), ``Yd`` qbar H d (3x3), ``Ye`` lbar H e (2x2: e, tau), ``ymu``
    (1x1), ``Yn`` lbar Htilde nu_R (2x2), ``ynm`` (1x1), ``e3L`` q^T eps sigma^A l_mu S3_A,
    ``e1L`` q^T eps l_mu S1, ``e1R`` u^T mu_R S1, ``e1t`` d^T nu_mu S1 (each 3x1), ``yPhi``
    nu_{e,tau}^T nu_mu Phi (2x1; twice the entry of the symmetric matrix).  Quartics: ``lH``,
    ``lP``, ``l1``, ``l3a``, ``l3b``,
    ``l3c``, ``lHP``, ``lH1``, ``lH3``, ``leH3``, ``lP1``, ``lP3``, ``l13a``, ``l13b`` and the
    complex ``lH13_re``, ``lH13_im``, ``l13c_re``, ..., of V4 = lH (H^+H)^2 + lP |Phi|^4 +
    l1 (S1^+S1)^2 + l3a (S3_A^+ S3_A)^2 + l3b (S3_A^+ S3_B)(S3_B^+ S3_A) +
    l3c (S3_A^+ S3_B)(S3_A^+ S3_B) + lHP H^+H |Phi|^2 + lH1 H^+H S1^+S1 + lH3 H^+H S3_A^+S3_A +
    leH3 i eps_ABC (H^+ sigma^A H)(S3_B^+ S3_C) + lP1 |Phi|^2 S1^+S1 + lP3 |Phi|^2 S3^+S3 +
    l13a S1^+S1 S3_A^+S3_A + l13b (S1^+ S3_A)(S3_A^+ S1) + [lH13 (H^+ sigma^A H)(S3_A^+ S1) +
    l13c (S3_A^+ S1)(S3_A^+ S1) + le13 i eps_ABC (S3_A^+ S1)(S3_B^+ S3_C) + h.c.].
    Masses ``mH2``, ``mP2``, ``m12``, ``m32`` in GeV^2, V = + m^2 |phi|^2.

    Examples
    --------
    >>> rate = beta({"g1": 1.0}, loops=1)["g1"]
    >>> round(rate * 16 * 3.141592653589793**2 * 18, 6)
    131.0
    """
    if loops not in (1, 2):
        raise InputError(f"loops must be 1 or 2, found {loops!r}")
    theory = theory_of(model)
    found = theory.evaluate(theory.complete(couplings), loops)
    return found if model is not None else old_names(Couplings(theory.space, found))
