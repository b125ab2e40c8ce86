"""What is made of predictions: ln L of blocks and groups.

Without theory errors that follow the point this is :class:`muoquark.likelihood.terms.Terms`; the
Gaussian blocks of which they follow it are added here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.fastterms import FastTerms
from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.responses.following import Following, Reduced
from muoquark.likelihood.responses.roots import PointRoot, Root
from muoquark.likelihood.responses.turned import Turned
from muoquark.likelihood.specialise import SampledRange
from muoquark.likelihood.terms import Terms

__all__ = ["Followed", "Judge", "followed"]


@dataclass(frozen=True, eq=False)
class Followed:
    """A Gaussian block, or what of it is in a group, with theory errors of the point.

    Attributes
    ----------
    block
        The block.
    observables
        Positions of all observables of the block in the data, (m,).
    gaussian
        Of the observables that are meant.
    owner
        Position of the block or group.
    asked
        For which of the observables of the block the root is; all by default.
    """

    block: str
    observables: np.ndarray
    gaussian: Following | Reduced
    owner: int
    asked: np.ndarray | None = None


def followed(
    data: DataSet, groups: Mapping[str, Sequence[int]], roots: Mapping[str, Root]
) -> tuple[Followed, ...]:
    """Return the blocks of `roots`, then what of them is in groups."""
    names = [*data.blocks, *groups]
    found: list[Followed] = []
    parts: list[Followed] = []
    for block, root in roots.items():
        observables = np.array(data.blocks[block], dtype=int)
        one = data.measured[block]
        fixed = GaussianBlock(one.mean, one.covariance + root.constant)
        whole = np.arange(len(observables))
        found.append(Followed(block, observables, Following(whole, fixed), names.index(block)))
        for name, positions in groups.items():
            rows = np.nonzero(np.isin(observables, list(positions)))[0]
            if len(rows):
                marginal = Following(rows, fixed.marginal([int(k) for k in rows]))
                parts.append(Followed(block, observables, marginal, names.index(name)))
    return (*found, *parts)


@dataclass(frozen=True)
class Judge:
    """What is made of predictions.

    Attributes
    ----------
    blocks, groups
        ln L of the blocks alone, and of blocks and groups; of what is in `followed` zero.
    rates
        Which of the predictions are rates, (observables,).
    sm, error
        Predictions of the SM and uncertainties, (observables,); nan for what was not measured.
    raw_sm
        ln L of the SM by the same arithmetic, so that the SM is exactly zero; with theory errors
        that follow the point, of a card, by that of which nothing is left out.
    roots
        Of the theory covariances that follow the point, by block.
    followed
        Those blocks, then what of them is in groups.
    channel
        Which of the channels has the low-scale vector that the roots take.
    turned
        Of a card, what makes the responses of a block that its Gaussians take, in their order.
    """

    blocks: Terms | FastTerms
    groups: Terms | FastTerms
    rates: np.ndarray
    sm: np.ndarray
    error: np.ndarray
    raw_sm: np.ndarray
    roots: Mapping[str, Root] = field(default_factory=dict)
    followed: tuple[Followed, ...] = ()
    channel: int = 0
    turned: Mapping[str, Turned] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of blocks."""
        return len(self.blocks.blocks)

    def responses(
        self, lows: Sequence[Any], ckm: Any, predictions: Any, blocks: bool = False, xp: Any = np
    ) -> tuple[Any, ...]:
        """Return what of the responses of the theory each of `followed` takes.

        Parameters
        ----------
        lows
            Low-scale vectors (..., D) of the channels.
        ckm, predictions
            (..., 4) and (..., observables).
        blocks
            Whether blocks alone are wanted, not groups.
        """
        if not self.followed:
            return ()
        wanted = self.followed[: len(self.roots)] if blocks else self.followed
        low = lows[self.channel]
        found: dict[int, Any] = {}
        for block, root in self.roots.items():
            own = [k for k, one in enumerate(wanted) if one.block == block]
            if block in self.turned:
                turned = self.turned[block].first(len(own))
                products = turned(low, ckm, xp)
                for k, product in zip(own, products, strict=True):
                    gaussian = wanted[k].gaussian
                    assert isinstance(gaussian, Reduced)
                    found[k] = gaussian.mixed(product, turned.rows, xp)
                continue
            j = root(low, ckm, predictions[..., self._of(block)], xp)
            found |= {k: wanted[k].gaussian.turned(j, xp) for k in own}
        return tuple(found[k] for k in range(len(wanted)))

    def theory(
        self, low: np.ndarray, ckm: np.ndarray, predictions: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return the theory covariances that follow the point, by block, at one point."""
        found = {}
        for block, root in self.roots.items():
            j = self.response(block, low, ckm, predictions)
            found[block] = j @ j.T + root.constant
        return found

    def response(
        self, block: str, low: np.ndarray, ckm: np.ndarray, predictions: np.ndarray
    ) -> np.ndarray:
        """Return J (m, K) of a block at one point."""
        return np.asarray(self.roots[block](low, ckm, predictions[self._of(block)]))

    def arranged(self, predictions: np.ndarray, reverse: bool = False) -> Judge:
        """Return the same for a compiler.

        Parameters
        ----------
        predictions
            Of the SM, by the arithmetic of every point, (observables,).
        reverse
            As of :class:`muoquark.common.gather.Gather`.
        """
        assert isinstance(self.blocks, Terms) and isinstance(self.groups, Terms)
        count = len(predictions)
        fast = FastTerms.of(self.groups, count, reverse)
        # The SM stays zero: what differs is rounding.
        moved = fast.log_likelihood(predictions) - self.groups.log_likelihood(predictions)
        blocks = fast.restricted(self.blocks, count, reverse)
        return replace(self, blocks=blocks, groups=fast, raw_sm=self.raw_sm + moved)

    def _of(self, block: str) -> np.ndarray:
        one = next(one for one in self.followed if one.block == block)
        return one.observables if one.asked is None else one.observables[one.asked]

    def _added(self, raw: Any, predictions: Any, responses: Sequence[Any], xp: Any) -> Any:
        """Return ln L of parts (..., n) with that of what follows the point."""
        for one, response in zip(self.followed, responses, strict=False):
            own = one.gaussian.log_likelihood(predictions[..., one.observables], response, xp)
            unit = np.zeros(raw.shape[-1])
            unit[one.owner] = 1.0
            raw = raw + own[..., None] * xp.asarray(unit)
        return raw

    def total(self, predictions: Any, responses: Sequence[Any] = (), xp: Any = np) -> Any:
        """Return the whole ln L - ln L_SM, (...); `responses` of the blocks."""
        raw = self.blocks.log_likelihood(predictions, xp)
        raw = self._added(raw, predictions, responses[: len(self.roots)], xp)
        return (raw - xp.asarray(self.raw_sm[: self.count])).sum(axis=-1)

    def parts(self, predictions: Any, responses: Sequence[Any] = (), xp: Any = np) -> Any:
        """Return ln L - ln L_SM of blocks and groups, (..., blocks + groups)."""
        raw = self.groups.log_likelihood(predictions, xp)
        return self._added(raw, predictions, responses, xp) - xp.asarray(self.raw_sm)

    def with_sm(self, low: np.ndarray, ckm: np.ndarray, predictions: np.ndarray) -> Judge:
        """Return the same, counted from the SM, whose low-scale vector and so on are given."""
        lows = [low] * (self.channel + 1)
        zero = replace(self, raw_sm=np.zeros(len(self.groups.blocks)))
        responses = zero.responses(lows, ckm, predictions)
        return replace(self, raw_sm=zero.parts(predictions, responses))

    def reduced(
        self,
        lows: np.ndarray,
        ckm: np.ndarray,
        predictions: np.ndarray,
        reach: SampledRange,
    ) -> Judge:
        """Return what gives the same within the reach of sampled points.

        Parameters
        ----------
        lows, ckm, predictions
            Low-scale vectors (points, D) of the channel of the roots, and so on.
        reach
            Of that channel; the errors are those of this judge.
        """
        if not self.followed:
            return self
        roots = {
            block: root.specialised(replace(reach, sigma=self.error[self._of(block)]))
            for block, root in self.roots.items()
        }
        made = {
            block: np.array(
                [
                    root(low, k, p[self._of(block)])
                    for low, k, p in zip(lows, ckm, predictions, strict=True)
                ]
            )
            for block, root in roots.items()
        }
        moving: list[tuple[Followed, Reduced]] = []
        still: list[tuple[Followed, Reduced, np.ndarray]] = []
        for one in self.followed:
            if isinstance(one.gaussian, Following):
                j = made[one.block]
                own = one.gaussian.reduced(predictions[:, one.observables], j)
                if own.moving.any():
                    moving.append((one, own))
                else:
                    still.append((one, own, j[0]))
        # Only rows that vary are asked for.
        wanted: dict[str, np.ndarray] = {}
        for one, own in moving:
            rows = own.rows[own.felt]
            wanted[one.block] = np.union1d(wanted.get(one.block, rows), rows).astype(int)
        small = {block: roots[block].restricted(rows) for block, rows in wanted.items()}
        judge = replace(
            self,
            roots=small,
            turned={
                block: Turned.of(
                    root.jacobian, [own.turn for one, own in moving if one.block == block]
                )
                for block, root in small.items()
                if isinstance(root, PointRoot)
            },
            followed=tuple(
                replace(one, asked=wanted[one.block], gaussian=own.asking(wanted[one.block]))
                for one, own in moving
            ),
        )
        return judge._with_still(still)

    def _with_still(self, parts: Sequence[tuple[Followed, Reduced, np.ndarray]]) -> Judge:
        """Return the same with Gaussians of which the response J (m, K) does not vary."""
        assert isinstance(self.blocks, Terms) and isinstance(self.groups, Terms)
        blocks, groups, raw_sm = [], [], np.array(self.raw_sm)
        for one, own, j in parts:
            rows, fixed = own.rows, own.fixed
            whole = GaussianBlock(fixed.mean, fixed.covariance + j[rows] @ j[rows].T)
            term = (one.observables[rows], whole, one.owner)
            groups.append(term)
            if one.owner < self.count:
                blocks.append(term)
            # Terms leave out ln det C, which the SM's ln L has.
            raw_sm[one.owner] += 0.5 * own.log_det
        return replace(
            self,
            blocks=replace(self.blocks, gaussian=(*self.blocks.gaussian, *blocks)),
            groups=replace(self.groups, gaussian=(*self.groups.gaussian, *groups)),
            raw_sm=raw_sm,
        )
