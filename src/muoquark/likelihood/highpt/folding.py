"""The yields of one search as a polynomial of its amplitudes, with tables of the propagators.

An amplitude is C + sum_k t_k (P_k - 1): what the running gives at 1 TeV, and of each leptoquark k
its tree level, of which the propagator P_k takes something away; loops and running stay contact
terms.  Events are then a sum of terms

    events_j = sum_n b_n sum_e W_nej Re(phase_e^* A_e)   or   Re(A_e^* B_e)

with amplitudes A, B out of C, t_1, t_2, ..., and b_n = 1 or a function of masses
(:mod:`muoquark.likelihood.highpt.propagators`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from muoquark.likelihood.highpt.amplitudes import Amplitude, ckm, matrix_of
from muoquark.likelihood.highpt.integrals import PartonIntegrals, pair
from muoquark.likelihood.highpt.pack import DOWN, UP, Binned
from muoquark.likelihood.highpt.propagators import coefficients, nodes
from muoquark.likelihood.highpt.standard_model import PER_FB, pole, poles

__all__ = ["CHANNELS", "CONTACT", "NODES_MIXED", "Folded", "YieldTerm"]

#: The leptoquarks with a propagator, and their channel.
CHANNELS: Mapping[str, str] = {
    "S1": "u", "S3": "u", "S1t": "u", "R2": "t", "R2t": "t", "U1": "t",
}  # fmt: skip
#: The name of the amplitudes C.
CONTACT = ""
# Nodes in each mass of a product of one propagator in the u and one in the t channel.
NODES_MIXED = 12


@dataclass(frozen=True, eq=False)
class YieldTerm:
    """Some terms of the sum.

    Attributes
    ----------
    weights
        (n, entries, bins).
    left, right
        Whose amplitudes: :data:`CONTACT` or a leptoquark; no `right` for linear terms.
    left_of, right_of
        Positions of the amplitudes, (entries,).
    phase
        Of linear terms, (entries,).
    masses
        The leptoquarks whose masses enter; none for contact terms.
    product
        Whether it is one of two propagators in the same channel.
    """

    weights: np.ndarray
    left: str
    left_of: np.ndarray
    right: str | None = None
    right_of: np.ndarray | None = None
    phase: np.ndarray | None = None
    masses: tuple[str, ...] = ()
    product: bool = False


@dataclass(frozen=True, eq=False)
class Folded:
    """One search: amplitudes, and what they become in the detector.

    Parameters
    ----------
    binned
        Its numbers.
    integrals
        Over bins of partons.
    linear
        Whether squares of new physics are left out.
    factor
        What the yields are multiplied with, (bins,).
    """

    binned: Binned
    integrals: PartonIntegrals
    linear: bool
    factor: np.ndarray

    @cached_property
    def amplitudes(self) -> list[Amplitude]:
        """The amplitudes."""
        return matrix_of(self.binned.search)[0]

    @cached_property
    def matrix(self) -> np.ndarray:
        """From the components to the amplitudes, complex (amplitudes, components)."""
        return matrix_of(self.binned.search)[1]

    @property
    def interferes(self) -> bool:
        """Whether the SM has this final state at leading order."""
        return any(a == b for a, b in self.binned.search.leptons)

    # --- pairs of partons, and their integrals in the detector

    def _partons(self, one: Amplitude) -> list[tuple[str, str]]:
        """Return the (quark, antiquark) that an amplitude, or its conjugate, is one of."""
        i, j = one.flavours[2:]
        if self.binned.search.charged:
            return [(DOWN[j], UP[i]), (UP[i], DOWN[j])]
        names = UP if one.up else DOWN
        here, there = (names[j], names[i]), (names[i], names[j])
        # A vector amplitude with i = j and a = b is its own conjugate; scalars have two
        # chiralities, and of lepton-flavour violation both charges are counted.
        if one.kind == "V" and i == j and one.flavours[0] == one.flavours[1]:
            return [here]
        return [here, there]

    def _structure(self, one: Amplitude) -> str:
        if one.kind == "V":
            return "VLL" if one.same else "VLR"
        return one.kind

    def _folded(
        self, integral: np.ndarray, structure: str, exchange: str, one: Amplitude
    ) -> np.ndarray:
        """Return an integral (25, rows, n) folded for the partons of an amplitude, (n, bins)."""
        total = np.zeros((integral.shape[-1], len(self.factor)))
        for quark, antiquark in self._partons(one):
            response = self.binned.response[(structure, exchange, quark, antiquark)]
            total += integral[pair(quark, antiquark)].T @ response
        return np.asarray(total * self.factor * PER_FB * self.binned.luminosity)

    # --- the polynomial

    def _where(self, kind: str) -> list[int]:
        return [k for k, one in enumerate(self.amplitudes) if one.kind == kind]

    def _interfering(self) -> list[int]:
        return [
            k for k in self._where("V")
            if self.amplitudes[k].flavours[0] == self.amplitudes[k].flavours[1]
            and (self.binned.search.charged
                 or self.amplitudes[k].flavours[2] == self.amplitudes[k].flavours[3])
        ]  # fmt: skip

    @cached_property
    def crossing(self) -> list[tuple[int, int]]:
        """Return positions of scalars and tensors of the same chirality and flavour."""
        at = {(one.kind, one.chirality, one.flavours): k for k, one in enumerate(self.amplitudes)}
        return [
            (k, at[("T", one.chirality, one.flavours)])
            for k, one in enumerate(self.amplitudes)
            if one.kind == "S" and ("T", one.chirality, one.flavours) in at
        ]

    def _shape(self, one: Amplitude, channel: str) -> str:
        """Return the weight in x, where x is that of the propagator."""
        if one.kind != "V":
            return one.kind
        return "near" if (channel == "u") == one.same else "far"

    def _weights(
        self, entries: list[int], channel: str, interference: bool, **masses: np.ndarray
    ) -> np.ndarray:
        """Return (n, entries, bins): integrals over partons in the detector, without masses n = 1.

        `masses` are those of :meth:`PartonIntegrals.averaged`: `u` of a propagator of `channel`,
        `t` of one of the other channel.
        """
        size = next(iter(masses.values())).shape[0] if masses else 1
        out = np.zeros((size, len(entries), len(self.factor)))
        done: dict[tuple[str, str], np.ndarray] = {}

        def integral(shape: str, exchange: str) -> np.ndarray:
            if (shape, exchange) not in done:
                factor = None
                if exchange != "Reg_Reg":
                    factor = partial(pole, exchange[0])
                done[(shape, exchange)] = self.integrals.averaged(shape, factor, **masses)
            return done[(shape, exchange)]

        for k, e in enumerate(entries):
            one = self.amplitudes[e]
            shape, structure = self._shape(one, channel), self._structure(one)
            if not interference:
                out[:, k] = self._folded(integral(shape, "Reg_Reg"), structure, "Reg_Reg", one)
                continue
            for exchange, strength in poles(one, self.binned.search.charged).items():
                part = self._folded(integral(shape, exchange), structure, exchange, one)
                out[:, k] += 2 * strength * part
        return out

    def _phases(self, entries: list[int]) -> np.ndarray:
        """Return the phases of the SM's amplitudes, (entries,): elements of the CKM matrix."""
        if not self.binned.search.charged:
            return np.ones(len(entries), dtype=complex)
        V = ckm()
        return np.array([V[self.amplitudes[e].flavours[2:]] for e in entries])

    def _crossed(self, channel: str, **masses: np.ndarray) -> np.ndarray:
        """Return (n, pairs, bins) of scalar with tensor."""
        sign = 1.0 if channel == "u" else -1.0
        integral = self.integrals.averaged("ST", None, **masses)
        found = [
            self._folded(integral, "ST", "Reg_Reg", self.amplitudes[s]) for s, _ in self.crossing
        ]
        return sign * np.array(found).transpose(1, 0, 2)

    @cached_property
    def contact(self) -> tuple[YieldTerm, ...]:
        """The terms without propagators."""
        every = list(range(len(self.amplitudes)))
        found = []
        if self.interferes:
            entries = self._interfering()
            weights = self._weights(entries, "u", True)
            found.append(
                YieldTerm(weights, CONTACT, np.array(entries), phase=self._phases(entries))
            )
        if not self.linear:
            at = np.array(every)
            found.append(YieldTerm(self._weights(every, "u", False), CONTACT, at, CONTACT, at))
        return tuple(found)

    def propagating(self, field: str) -> tuple[YieldTerm, ...]:
        """Return the terms with one propagator, or with two of the same leptoquark."""
        return self._one(field, CHANNELS[field])

    def _one(self, field: str, channel: str) -> tuple[YieldTerm, ...]:
        found = []
        if self.interferes:
            entries = self._interfering()
            found.append(
                YieldTerm(self._single(channel)[0], field, np.array(entries),
                     phase=self._phases(entries), masses=(field,))
            )  # fmt: skip
        if self.linear:
            return tuple(found)
        at = np.arange(len(self.amplitudes))
        squares = self._single(channel)[1]
        found.append(YieldTerm(2 * squares, CONTACT, at, field, at, masses=(field,)))
        found.append(YieldTerm(squares, field, at, field, at, masses=(field, field), product=True))
        pairs = self.crossing
        if pairs:
            s, t = np.array(pairs).T
            crossed = self._single(channel)[2]
            found.append(YieldTerm(crossed, CONTACT, s, field, t, masses=(field,)))
            found.append(YieldTerm(crossed, field, s, CONTACT, t, masses=(field,)))
            found.append(
                YieldTerm(crossed, field, s, field, t, masses=(field, field), product=True)
            )
        return tuple(found)

    @cached_property
    def _singles(self) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        return {}

    def _single(self, channel: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return interference, squares and scalar with tensor for one propagator of a channel."""
        if channel not in self._singles:
            u = nodes()

            def table(values: np.ndarray) -> np.ndarray:
                return np.moveaxis(coefficients(np.moveaxis(values, 0, -1)), -1, 0)

            every = list(range(len(self.amplitudes)))
            none = np.zeros((len(u), 0, len(self.factor)))
            first = none
            if self.interferes:
                first = table(self._weights(self._interfering(), channel, True, u=u))
            squares = none if self.linear else table(self._weights(every, channel, False, u=u))
            third = none
            if not self.linear and self.crossing:
                third = table(self._crossed(channel, u=u))
            self._singles[channel] = (first, squares, third)
        return self._singles[channel]

    def together(self, one: str, two: str) -> tuple[YieldTerm, ...]:
        """Return the terms with the propagators of two leptoquarks."""
        if self.linear:
            return ()
        channel, other = CHANNELS[one], CHANNELS[two]
        at, pairs = np.arange(len(self.amplitudes)), self.crossing
        if channel == other:
            squares, crossed, masses, same = *self._single(channel)[1:], (one, two), True
        else:
            squares, crossed = self._double(channel)
            masses, same = (one, two), False
        found = [YieldTerm(2 * squares, one, at, two, at, masses=masses, product=same)]
        if pairs:
            s, t = np.array(pairs).T
            found.append(YieldTerm(crossed, one, s, two, t, masses=masses, product=same))
            found.append(YieldTerm(crossed, two, s, one, t, masses=masses, product=same))
        return tuple(found)

    @cached_property
    def _doubles(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {}

    def _double(self, channel: str) -> tuple[np.ndarray, np.ndarray]:
        """Return squares and scalar with tensor for one propagator of each channel.

        The first one is of `channel`; (NODES_MIXED^2, entries, bins).
        """
        if channel not in self._doubles:
            y = nodes(NODES_MIXED)
            u, t = (grid.ravel() for grid in np.meshgrid(y, y, indexing="ij"))

            def table(values: np.ndarray) -> np.ndarray:
                grid = np.moveaxis(values.reshape(NODES_MIXED, NODES_MIXED, *values.shape[1:]),
                                   (0, 1), (-2, -1))  # fmt: skip
                both = coefficients(np.swapaxes(coefficients(grid), -1, -2))
                both = np.swapaxes(both, -1, -2)
                return np.moveaxis(both, (-2, -1), (0, 1)).reshape(values.shape)

            every = list(range(len(self.amplitudes)))
            squares = table(self._weights(every, channel, False, u=u, t=t))
            crossed = np.zeros((len(u), 0, len(self.factor)))
            if self.crossing:
                crossed = table(self._crossed(channel, u=u, t=t))
            self._doubles[channel] = (squares, crossed)
        return self._doubles[channel]
