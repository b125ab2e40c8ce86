"""The figures of a result from its file, as the verb that made it draws them, or as one wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.common.netcdf import is_netcdf, read_arrays
from muoquark.inference.source import parse
from muoquark.report.labels import called, label_of, setting_text
from muoquark.report.result import read_json
from muoquark.report.style import styled_as

__all__ = ["WIDTHS", "Wishes", "redraw"]

#: Widths of figures in inches: one column of a journal, and its page.
WIDTHS = {"column": 3.4, "page": 7.0}
# Below this width letters are as small as journals allow.
SMALL, LETTERS = 5.0, {
    "font.size": 8, "axes.labelsize": 9, "axes.titlesize": 8.5, "legend.fontsize": 7,
    "xtick.labelsize": 7.5, "ytick.labelsize": 7.5, "figure.titlesize": 8.5,
}  # fmt: skip


@dataclass(frozen=True)
class Wishes:
    """How a figure is wanted.

    Attributes
    ----------
    bands
        Groups and blocks that are shown, of those in the file; all of them by default.
    xlim, ylim
        Ends of the axes; of a figure with several panels they are those of every panel.
    labels
        Parameters and groups by name, as text with TeX between dollars.
    title
        Above the figure; the data by default, nothing if it is empty.
    settings
        Of matplotlib, which count more than ours.
    width
        In inches.
    trace
        Whether the chains of a sample are drawn beside the corner plot.
    """

    bands: tuple[str, ...] | None = None
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    width: float | None = None
    trace: bool = False


def redraw(source: str, wishes: Wishes | None = None) -> dict[str, Any]:
    """Return the figures of a result, by the names of their files.

    Parameters
    ----------
    source
        A JSON file of fit, profile, goodness, theory or lhc, or a NetCDF file of sample or of
        a scan along one parameter.
    wishes
        How they are wanted; by default as the verb draws them.

    Raises
    ------
    InputError
        If it is no such file, or something that is asked for is not in it.
    """
    wishes = wishes or Wishes()
    path = Path(source)
    if path.exists() and is_netcdf(path):
        inputs, _ = read_arrays(source)
        document: dict[str, Any] = {}
    else:
        document = read_json(source)
        inputs = document["inputs"]
    verb = inputs.get("verb")
    draw = _VERBS.get(str(verb))
    if draw is None:
        raise InputError(
            Fault(f"a result of '{verb}' has no figure; there are those of {', '.join(_VERBS)}",
                  source)
        )  # fmt: skip
    text = inputs.get("card")
    card = parse(text, f"card of {path.name}") if isinstance(text, str) else None
    title = wishes.title if wishes.title is not None else _title(inputs)
    _check_labels(wishes.labels, card, document)
    settings = dict(wishes.settings)
    if wishes.width is not None and wishes.width < SMALL:
        settings = LETTERS | settings
    with ExitStack() as stack:
        stack.enter_context(styled_as(settings))
        stack.enter_context(called(wishes.labels))
        try:
            figures = draw(source, document, card, replace(wishes, title=title))
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise InputError(
                Fault("it does not hold what its figure is drawn from (a result of an older "
                      "version?): 'muoquark rerun --out FOLDER' makes it again", source)
            ) from error  # fmt: skip
        for figure in figures.values():
            _cut(figure, wishes)
            if wishes.width is not None:
                width, height = figure.get_size_inches()
                figure.set_size_inches(wishes.width, max(height * wishes.width / width, 2.2))
    return figures


def _title(inputs: Mapping[str, Any]) -> str:
    from muoquark.likelihood.recorded import specs_of
    from muoquark.likelihood.snapshots import titles

    data = inputs.get("data")
    return f"data {titles(specs_of(data))}" if data else ""


def _check_labels(labels: Mapping[str, str], card: Any, document: Mapping[str, Any]) -> None:
    """Raise InputError for a label of something that is not in the result."""
    known = [p.name for p in getattr(card, "free", ())]
    known += [name for key in ("bands", "groups", "blocks") for name in document.get(key) or ()]
    for name in labels:
        if name not in known:
            raise InputError(f"--label {name}: not in this result; {suggest(name, known)}")


def _cut(figure: Any, wishes: Wishes) -> None:
    for axes in figure.axes:
        if wishes.xlim is not None:
            axes.set_xlim(wishes.xlim)
        if wishes.ylim is not None:
            axes.set_ylim(wishes.ylim)


def _chosen(found: Mapping[str, Any], wishes: Wishes) -> dict[str, Any]:
    """Return the bands that are wanted."""
    if wishes.bands is None:
        return dict(found)
    for name in wishes.bands:
        if name not in found:
            raise InputError(
                f"no band '{name}' in this result: {suggest(name, list(found))}; 'muoquark fit "
                "--bands' computes others"
            )
    return {name: found[name] for name in wishes.bands}


def _fit(source: str, document: Mapping[str, Any], card: Any, wishes: Wishes) -> dict[str, Any]:
    from muoquark.inference.profile.drawn import DrawnPlane
    from muoquark.report.plane import plane_figure
    from muoquark.report.profiles import profile_figure

    bands = _chosen(document["bands"], wishes)
    if "drawn" not in document:
        curves = [_curve(n, one, document["profiles"][n]) for n, one in document["curves"].items()]
        shown = {name: _band(name, band) for name, band in bands.items()}
        return {"fit": profile_figure(curves, wishes.title or "", bands=shown, card=card)}
    drawn = DrawnPlane.of_record(document["drawn"])
    drawn = replace(drawn, bands={n: b for n, b in drawn.bands.items() if n in bands})
    first, second = (label_of(name, card) for name in drawn.names)
    tension = {name: document["tension"][name] for name in bands}
    figure = plane_figure(
        drawn, document["best_fit"], (first, second), wishes.title or "",
        note="" if card is None else setting_text(card),
        width=wishes.width, tension=tension,
    )  # fmt: skip
    return {"fit": figure}


def _curve(name: str, curve: Mapping[str, Any], profile: Mapping[str, Any]) -> Any:
    from muoquark.inference.profile.grids import Profile

    x, chi2 = np.asarray(curve["x"], float), np.asarray(curve["delta_chi2"], float)
    spans = {
        level: [tuple(span) for span in profile[f"interval_{k}sigma"]]
        for k, level in ((1, 1.0), (2, 4.0))
        if f"interval_{k}sigma" in profile
    }
    none = np.zeros((len(x), 0))
    return Profile(name, x, chi2, float(profile["best"]), 0.0, none, spans)


def _band(name: str, band: Mapping[str, Any]) -> Any:
    from muoquark.inference.profile.bands import Band

    own = band.get("profiles") or {band["parameter"]: band}
    curves = {n: _curve(n, one, own[n]) for n, one in band["curves"].items()}
    return Band(name, float(band["variation"]), 0.0, curves)


def _profile(source: str, document: Mapping[str, Any], card: Any, wishes: Wishes) -> dict[str, Any]:
    from muoquark.inference.profile.many import Interval, ProfileOne
    from muoquark.inference.profile.pair import ProfilePair
    from muoquark.report.profiles import pair_figure, profile_figure

    figures = {}
    curves, spans = [], {}
    for name, one in document["profiles"].items():
        names = list(one["points"])
        found = ProfileOne(
            name,
            np.asarray(one["x"], float),
            np.asarray(one["delta_chi2"], float),
            np.stack([np.asarray(one["points"][n], float) for n in names], axis=1),
            float(one["minimum"]),
            np.array([one["best"][n] for n in names]),
            tuple(Interval(**interval) for interval in one["intervals"]),
            int(one["minimisations"]),
        )
        curves.append(found.as_profile(names.index(name)))
        spans[name] = [(i.low, i.high) for i in found.intervals if i.level == 1.0]
    if curves:
        figures["profile"] = profile_figure(curves, wishes.title or "", spans, card=card)
    if "pair" in document:
        pair = document["pair"]
        x, y, chi2 = (np.asarray(pair[k], float) for k in ("x", "y", "delta_chi2"))
        both = ProfilePair(
            pair["x_name"], pair["y_name"], x, y, chi2, np.zeros((*chi2.shape, 0)),
            float(pair["minimum"]), int(pair["minimisations"]),
        )  # fmt: skip
        best = document["best_fit"]
        figures["pair"] = pair_figure(both, best, wishes.title or "", card)
    return figures


def _goodness(
    source: str, document: Mapping[str, Any], card: Any, wishes: Wishes
) -> dict[str, Any]:
    from muoquark.inference.goodness.pulls import Pull
    from muoquark.report.pulls import pulls_figure

    pulls = tuple(Pull.of_record(one) for one in document["pulls"])
    kind = document["point"]["kind"]
    return {"pulls": pulls_figure(pulls, wishes.title or "", kind, width=wishes.width)}


def _sample(source: str, document: Mapping[str, Any], card: Any, wishes: Wishes) -> dict[str, Any]:
    from muoquark.report.corner import corner_figure
    from muoquark.report.samples import posterior_of
    from muoquark.report.trace import trace_figure

    posterior = posterior_of(source)
    figures = {"corner": corner_figure(posterior, wishes.title or "", card)}
    if wishes.trace:
        if not posterior.statistics:
            raise InputError("--trace: nested sampling has no chains")
        figures["trace"] = trace_figure(posterior, wishes.title or "", card)
    return figures


def _scan(source: str, document: Mapping[str, Any], card: Any, wishes: Wishes) -> dict[str, Any]:
    from muoquark.likelihood.recorded import likelihood_of
    from muoquark.report.scan_figure import scan_figure

    if not source.endswith(".nc"):
        raise InputError(Fault("the points of a scan stand in the file *.nc beside it", source))
    inputs, _ = read_arrays(source)
    blocks = likelihood_of(inputs["data"]).blocks
    figure = scan_figure(source, card, blocks, wishes.title or "")
    if figure is None:
        raise InputError(Fault("only a scan along one parameter has a figure; 'muoquark fit' "
                               "draws the plane of two", source))  # fmt: skip
    return {Path(source).stem: figure}


def _theory(source: str, document: Mapping[str, Any], card: Any, wishes: Wishes) -> dict[str, Any]:
    from muoquark.common.constants import PLANCK_MASS
    from muoquark.report.theory_figures import theory_figures
    from muoquark.theory.analysis import analyse

    inputs = document["inputs"]
    thresholds = {
        key: inputs[name]
        for key, name in (("N", "nu_mass"), ("P", "phi_mass"))
        if inputs.get(name) is not None
    }
    end = PLANCK_MASS if inputs.get("end") is None else inputs["end"]
    found = analyse(
        card.point(), inputs["loops"], end, thresholds, inputs["search"], inputs["seed"],
        inputs["delta"],
    )  # fmt: skip
    return theory_figures(found, inputs["delta"], card.point(), wishes.width)


def _lhc(source: str, document: Mapping[str, Any], card: Any, wishes: Wishes) -> dict[str, Any]:
    from muoquark.collider.plane import MassPlane
    from muoquark.report.lhc_figure import lhc_figure

    if "plane" not in document:
        raise InputError(
            Fault("it has no picture: 'muoquark lhc CARD --out FOLDER' makes one", source)
        )
    plane = MassPlane.of_record(document["plane"])
    # the data stand in the legend
    title = "" if (wishes.title or "").startswith("data ") else wishes.title or ""
    return {"lhc": lhc_figure(plane, card.point(), title, wishes.width)}


_Draw = Callable[[str, Mapping[str, Any], Any, Wishes], dict[str, Any]]
_VERBS: dict[str, _Draw] = {
    "fit": _fit,
    "profile": _profile,
    "goodness": _goodness,
    "sample": _sample,
    "scan": _scan,
    "theory": _theory,
    "lhc": _lhc,
}
