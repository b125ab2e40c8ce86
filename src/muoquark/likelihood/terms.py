"""The log-likelihood of every block as a function of the predictions.

A block is one of smelli's likelihoods, or of another part.  ``quarks`` and ``leptons``, and others
where their theory errors follow the point, are *Gaussian*: one multivariate normal whose covariance
is that of the theory plus the combined experimental one.  In the other blocks every measurement
keeps its own pdf and theory errors are neglected.

Outside the support of a one-sided or tabulated pdf smelli returns -infinity.  Here the logarithm
of the pdf is continued (:mod:`muoquark.likelihood.pdfs`), and the point is reported as outside
(`Terms.outside`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.constraint import Constraint, marginal
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.pdfs import MultivariateNormal, Normal, Pdf

__all__ = ["Terms"]

Array = Any


@dataclass(frozen=True)
class _Normals:
    """All Gaussian measurements outside of the Gaussian blocks, by one matrix product.

    Attributes
    ----------
    columns
        Positions of the observables (m,); one that was measured twice stands once.
    whitening, offset
        (m, rows) and (rows,): ``z = predictions[columns] @ whitening - offset``, ln L is -z^2/2.
    owner
        To which block each row of z belongs.
    """

    columns: np.ndarray
    whitening: np.ndarray
    offset: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, constraints: Sequence[Constraint], number: Mapping[str, int]) -> _Normals:
        columns = sorted({o for c in constraints for o in c.observables})
        place = {o: k for k, o in enumerate(columns)}
        rows = sum(len(c.observables) for c in constraints)
        whitening, offset = np.zeros((len(columns), rows)), np.zeros(rows)
        owner, row = np.zeros(rows, dtype=int), 0
        for c in constraints:
            block = GaussianBlock(*c.pdf.moments())
            here = slice(row, row + len(block.mean))
            whitening[[place[o] for o in c.observables], here] = block.whitening
            offset[here] = block.offset
            owner[here] = number[c.block]
            row += len(block.mean)
        return cls(np.array(columns, dtype=int), whitening, offset, owner)


@dataclass(frozen=True)
class _Stack:
    """All pdfs of one number of one class.

    Attributes
    ----------
    pdf
        The class.
    where, owner
        Positions of the observables and of the blocks, (K,).
    fields
        What defines the pdfs, (K, ...) each.
    """

    pdf: type[Pdf]
    where: np.ndarray
    owner: np.ndarray
    fields: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Alone:
    """A pdf of several numbers that is not Gaussian."""

    pdf: Pdf
    where: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Terms:
    """The log-likelihoods of all blocks as functions of the predictions; make it with :meth:`of`.

    Attributes
    ----------
    blocks
        Names.
    gaussian
        Per Gaussian block: positions of its observables (n,), the Gaussian, position of the block.
    normals, stacks, alone
        The measurements of the other blocks, by the class of their pdfs.
    """

    blocks: tuple[str, ...]
    gaussian: tuple[tuple[np.ndarray, GaussianBlock, int], ...]
    normals: _Normals
    stacks: tuple[_Stack, ...]
    alone: tuple[_Alone, ...]

    @classmethod
    def of(
        cls,
        data: DataSet,
        groups: Mapping[str, Sequence[int]] | None = None,
        followed: Collection[str] = (),
    ) -> Terms:
        """Arrange the constraints of a data set for evaluation.

        Parameters
        ----------
        groups
            Positions of observables by name: each becomes one block more, behind the others.  In
            a Gaussian block it takes the marginal distribution, elsewhere the measurements of
            these observables, marginal likewise.
        followed
            Gaussian blocks of which the theory errors follow the point: they are left to
            :class:`muoquark.likelihood.judge.Judge`.
        """
        names = [*data.blocks, *(groups or {})]
        number = {name: k for k, name in enumerate(names)}
        gaussian = [
            (np.array(data.blocks[name], dtype=int), block, number[name])
            for name, block in data.gaussian.items()
            if name not in followed
        ]
        count = len(gaussian)
        rest = data.rest
        for name, positions in (groups or {}).items():
            rest += marginal(data.rest, positions, name)
            for observables, block, _ in gaussian[:count]:
                here = [k for k, o in enumerate(observables) if o in positions]
                if here:
                    gaussian.append((observables[here], block.marginal(here), number[name]))
        return cls._arranged(names, gaussian, rest)

    @classmethod
    def alone_each(cls, constraints: Sequence[Constraint]) -> Terms:
        """Return ln L of every constraint as a block of its own, named by its number."""
        own = [
            Constraint(str(k), c.measurement, c.observables, c.pdf, c.kept)
            for k, c in enumerate(constraints)
        ]
        return cls._arranged([c.block for c in own], [], own)

    @classmethod
    def _arranged(
        cls,
        names: Sequence[str],
        gaussian: Sequence[tuple[np.ndarray, GaussianBlock, int]],
        rest: Sequence[Constraint],
    ) -> Terms:
        number = {name: k for k, name in enumerate(names)}
        normal = [c for c in rest if isinstance(c.pdf, Normal | MultivariateNormal)]
        by_class: dict[type[Pdf], list[tuple[Constraint, Pdf]]] = {}
        alone = []
        for c in rest:
            pdf = c.pdf.compiled
            if isinstance(pdf, Normal | MultivariateNormal):
                continue
            if pdf.size > 1 or type(pdf).terms is Pdf.terms:
                alone.append(_Alone(pdf, np.array(c.observables), np.array([number[c.block]])))
            else:
                by_class.setdefault(type(pdf), []).append((c, pdf))
        stacks = tuple(
            _Stack(
                kind,
                np.array([c.observables[0] for c, _ in own], dtype=int),
                np.array([number[c.block] for c, _ in own], dtype=int),
                kind.stacked([pdf for _, pdf in own]),
            )
            # In the order of their names: sums do not depend on the order of the constraints.
            for kind, own in sorted(by_class.items(), key=lambda item: item[0].kind)
        )
        normals = _Normals.of(normal, number)
        return cls(tuple(names), tuple(gaussian), normals, stacks, tuple(alone))

    def _evaluated(self, predictions: Array, xp: Any) -> tuple[list[tuple[Array, Array]], Array]:
        """Return [(contributions (..., n), their blocks)] and what is outside its support."""
        n = self.normals
        z = predictions[..., n.columns] @ xp.asarray(n.whitening) - xp.asarray(n.offset)
        others = self.of_others(predictions, xp)
        terms = [(-0.5 * z**2, n.owner)]
        owners = [*(one.owner for one in self.stacks), *(one.owner for one in self.alone)]
        terms += [(value, owner) for (value, _), owner in zip(others, owners, strict=True)]
        none = xp.zeros((*predictions.shape[:-1], 0), dtype=bool)
        return terms, xp.concatenate([none, *(outside for _, outside in others)], axis=-1)

    def of_others(self, predictions: Array, xp: Any = np) -> list[tuple[Array, Array]]:
        """Return ln pdf (..., n), and what is outside of its support, of what is not Gaussian.

        Of the stacks, then of those alone.
        """
        found = [one.pdf.terms(predictions[..., one.where], one.fields, xp) for one in self.stacks]
        for lone in self.alone:
            x = predictions[..., lone.where if lone.pdf.size > 1 else lone.where[0]]
            outside = xp.asarray(lone.pdf.outside(x, xp))[..., None]
            found.append((lone.pdf.log_pdf(x, xp)[..., None], outside))
        return found

    def log_likelihood(self, predictions: Array, xp: Any = np) -> Array:
        """Return ln L of every block, shape ``(..., blocks)``, up to constants.

        smelli's ``log_likelihood_dict`` is the difference of this between a point and the SM.
        """
        total = xp.zeros((*predictions.shape[:-1], len(self.blocks)))
        for observables, block, position in self.gaussian:
            share = block.log_likelihood(predictions[..., observables], xp)
            total = total + share[..., None] * _one_hot(np.array([position]), len(self.blocks))[0]
        terms, _ = self._evaluated(predictions, xp)
        # A sum by a matrix of zeros and ones: an indexed one is serial in XLA.
        for values, owner in terms:
            total = total + values @ xp.asarray(_one_hot(owner, len(self.blocks)))
        return total

    def outside(self, predictions: Array, xp: Any = np) -> Array:
        """Tell whether a prediction of a point is outside the support of its pdf, shape (...)."""
        return xp.any(self._evaluated(predictions, xp)[1], axis=-1)


def _one_hot(owner: Array, count: int) -> Array:
    out = np.zeros((len(owner), count))
    out[np.arange(len(owner)), owner] = 1.0
    return out
