"""The likelihood that a user asks: of cards, points, coefficients and files."""

from __future__ import annotations

from typing import Any

from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.fit import objective_of
from muoquark.inference.source import as_varied, coefficients_of, read
from muoquark.likelihood.likelihood import Data, Likelihood, PointResult
from muoquark.likelihood.predictions import Predictions, predictions

__all__ = ["GlobalLikelihood", "asked"]


class GlobalLikelihood(Likelihood):
    """The global likelihood of one or several parts, of whatever :func:`muoquark.read` takes.

    Parameters
    ----------
    data, chain, measurements, fix_ckm, groups, theory_errors, vcb
        See :class:`~muoquark.likelihood.likelihood.Likelihood`.

    Examples
    --------
    >>> import muoquark
    >>> likelihood = muoquark.Likelihood("2021-07")
    >>> likelihood("paper").total > 10
    True
    >>> low = {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"C9_bsmumu": -1.0}}
    >>> likelihood(low).blocks["quarks"] > 0
    True
    """

    def __call__(self, coefficients: Any, order: str = "highest") -> PointResult:
        """Return ln L - ln L_SM by block and group, predictions and status at a point.

        Parameters
        ----------
        coefficients
            A card, a point, Wilson coefficients, the path of a file or the name of a built-in card;
            free parameters are at their start.
        order
            Of the matching, for cards.

        Raises
        ------
        InputError
            For faulty input.
        DomainError
            For a scale or a coefficient outside of the tables.
        """
        return super().__call__(coefficients_of(read(coefficients), order))

    def predict(self, source: Any, obs: str | None = None, order: str = "highest") -> Predictions:
        """Return every observable at a point beside the SM and the measurement.

        Parameters
        ----------
        source, order
            As of a call.
        obs
            Only those that a name, a part of one, a shell pattern or a short name fits.
        """
        found = predictions(self, self(source, order))
        return found if obs is None else found.select(obs)

    def function(self, card: Any, order: str = "highest") -> CardLikelihood:
        """Return ln L - ln L_SM as a function of the free parameters of a card.

        It is called with values, ``f([0.1, 0.2])`` or ``f({"eta3L_3": 0.1, ...})``, one point or an
        array of them; ``f.with_gradient`` returns the exact gradient too, ``f.parts`` blocks and
        groups.  The first call compiles it, some seconds.
        """
        return objective_of(self, as_varied(card), order)


def asked(data: Data) -> GlobalLikelihood:
    """Return a likelihood for itself, or for the data that it is made of."""
    if isinstance(data, GlobalLikelihood):
        return data
    if isinstance(data, Likelihood):
        made = GlobalLikelihood.__new__(GlobalLikelihood)
        made.__dict__.update(data.__dict__)
        return made
    return GlobalLikelihood(data)
