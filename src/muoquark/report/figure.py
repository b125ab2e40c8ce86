"""The figure of any result, for a script or a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from muoquark.common.errors import InputError
from muoquark.inference.fit import Fit
from muoquark.inference.goodness.goodness import Goodness
from muoquark.inference.profile.work import Profiles
from muoquark.inference.sample.posterior import Posterior
from muoquark.inference.source import as_varied
from muoquark.model.coefficient_card import AnyCard

__all__ = ["figure"]


def figure(result: Any, card: Any = None, title: str = "", trace: bool = False) -> Any:
    """Draw a result.

    Parameters
    ----------
    result
        Of fit (the plane of two parameters, or profiles), profile, sample or goodness.
    card
        What the result was made with, for the names of the axes.
    title
        Above the figure.
    trace
        Whether the chains of a sample are drawn in the place of their corner plot.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook displays it; ``savefig`` writes it.

    Raises
    ------
    InputError
        For a result that has no figure.

    Examples
    --------
    >>> import muoquark
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> len(muoquark.figure(muoquark.fit(card, "2021-07"), card).axes)
    1
    """
    known = None if card is None else as_varied(card)
    if isinstance(result, Fit):
        return _of_fit(result, known, title)
    if isinstance(result, Profiles):
        from muoquark.report.profiles import pair_figure, profile_figure

        if result.pair is not None:
            return pair_figure(result.pair, result.best.values, title, known)
        names = list(result.best.values)
        curves = [one.as_profile(names.index(one.name)) for one in result.ones]
        spans = {
            p.name: [(i.low, i.high) for i in p.intervals if i.level == 1.0] for p in result.ones
        }
        return profile_figure(curves, title, spans, card=known)
    if isinstance(result, Posterior):
        from muoquark.report.corner import corner_figure
        from muoquark.report.trace import trace_figure

        return (trace_figure if trace else corner_figure)(result, title, known)
    if isinstance(result, Goodness):
        from muoquark.report.pulls import pulls_figure

        return pulls_figure(result.pulls, title, result.point.kind)
    raise InputError(
        f"there is no figure of a {type(result).__name__}: there are those of fit, profile, sample "
        "and goodness"
    )


def _of_fit(result: Fit, card: AnyCard | None, title: str) -> Any:
    """Draw the plane of two parameters, or the profiles of others."""
    from muoquark.report.plane import plane_figure
    from muoquark.report.profiles import profile_figure
    from muoquark.report.style import label_of, setting_text

    if result.plane is None:
        curves: Sequence[Any] = list(result.profiles.values())
        return profile_figure(curves, title, bands=result.bands, card=card)
    first, second = (label_of(p.name, card) for p in result.objective.parameters)
    assert result.drawn is not None
    return plane_figure(
        result.drawn, result.best.values, (first, second), title,
        note="" if card is None else setting_text(card), tension=result.tension,
    )  # fmt: skip
