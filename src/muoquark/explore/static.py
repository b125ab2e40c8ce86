"""The page as one file without a server, for a talk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from muoquark import __version__
from muoquark.explore.choices import Choices
from muoquark.explore.exploration import Exploration
from muoquark.explore.page import asset, plain, plane_figure_of_page, template
from muoquark.explore.session import described
from muoquark.explore.tables import NEAR, NodeTables, tables
from muoquark.report.html import symbols

__all__ = ["StaticPage", "static_page"]


@dataclass(frozen=True)
class StaticPage:
    """The file.

    Attributes
    ----------
    html
        Its text.
    sentences
        What is exact in it, and what is interpolated and how well.
    made
        The tables in it.
    """

    html: str
    sentences: tuple[str, ...]
    made: NodeTables

    def record(self) -> dict[str, Any]:
        """Return what there is to say as plain data."""
        median, largest, count = self.made.error
        return {
            "nodes": self.made.nodes,
            "plane": [self.made.x, self.made.y],
            "bytes": len(self.html.encode()),
            "interpolated_delta_chi2_error": {
                "median": median, "largest": largest, "points": count, "below": NEAR
            },
            "difference_to_whole_pass": self.made.difference,
            "sentences": list(self.sentences),
        }  # fmt: skip


def static_page(
    choices: Choices,
    plane: tuple[str, str] | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> StaticPage:
    """Compute the tables of a card and make the file.

    Parameters
    ----------
    plane
        Parameters along x and y; by default the two that matter most.
    progress
        Is told in words what is being done.

    Raises
    ------
    InputError
        For a plane of parameters that are none.
    """
    from bokeh.document import Document
    from bokeh.embed import file_html
    from bokeh.models import CustomJS
    from bokeh.resources import INLINE

    progress("compiling the likelihood")
    explorer = Exploration(choices.card, choices.data(), choices.order)
    explorer.compile()
    made = tables(explorer, plane, progress)
    sentences = sentences_of(explorer, made)
    document = Document()
    document.add_root(plane_figure_of_page())
    document.js_on_event(
        "document_ready",
        CustomJS(code="MQ.begin(JSON.parse(document.getElementById('tables').textContent))"),
    )
    text = json.dumps(plain(_start(choices, explorer, made)), separators=(",", ":"))
    title = f"muoquark explore: {choices.title}"
    said = [symbols(sentence) for sentence in sentences]
    static = {"title": choices.title, "data_title": choices.data_title, "sentences": said}
    page = template(
        live=False,
        static=static,
        # "<" would end the script that the text stands in
        tables=text.replace("<", "\\u003c"),
        page_js=asset("page.js") + asset("static.js"),
    )
    progress("writing")
    html = file_html(document, INLINE, title, template=page)
    return StaticPage(html, sentences, made)


def sentences_of(explorer: Exploration, made: NodeTables) -> tuple[str, ...]:
    """Return what is exact on the page, and what is interpolated and how well."""
    median, largest, count = made.error
    found = [
        f"The sliders go from node to node, {made.nodes} in all. At every node ln L, the bars and "
        "the pulls are those of the likelihood compiled for this card, computed before: nothing is "
        f"interpolated. At a few nodes ln L was compared with the whole pass: it differs by "
        f"{made.difference:.1g} at most, as a share of ln L where that is above 1.",
    ]
    between, how = "the curves", "lines are straight"
    if made.y is not None:
        points = made.drawn[0]["points"]
        between = "contours and bands"
        how = f"from {points} x {points} points, sqrt(Delta chi2) is taken as linear between these"
    judged = (
        f"at {count} random points with Delta chi2 below {NEAR:g} the interpolated Delta chi2 of "
        f"all data is off by {median:.2g} in the median and {largest:.2g} at most"
        if count
        else "no point with a Delta chi2 that is small was found at which it could be judged"
    )
    found.append(f"Between the nodes {between} are interpolated ({how}): {judged}.")
    if not made.tensor:
        found.append(
            f"Of {', '.join(made.others)} one at a time differs from its start: moving one takes "
            "the others back."
        )
    if explorer.likelihood.roots:
        found.append("Theory errors follow the point in ln L; the pulls are with those of the SM.")
    return tuple(found)


def _start(choices: Choices, explorer: Exploration, made: NodeTables) -> dict[str, Any]:
    """Return all that the page needs."""
    page = described(explorer)
    for handle in page["handles"]:
        nodes = made.axes[handle["name"]]
        handle |= {"nodes": nodes.tolist(), "low": float(nodes[0]), "high": float(nodes[-1])}
    order = [made.x, made.y, *made.others] if made.y is not None else [made.x]
    page["axes"] = order[:2]
    page["handles"].sort(key=lambda handle: order.index(handle["name"]))
    return {
        "page": {
            **page, "card": "given", "data": "given", "data_title": choices.data_title,
            "version": __version__,
        },
        "x": made.x,
        "y": made.y,
        "others": list(made.others),
        "settings": made.settings.tolist(),
        "tensor": made.tensor,
        "shape": list(made.total.shape),
        "drawn": [dict(one) for one in made.drawn],
        "tables": dict(made.packed),
        "blocks": list(explorer.likelihood.blocks),
        "groups": list(explorer.likelihood.groups),
        "text": explorer.card.to_yaml(),
        "options": choices.options,
        "order": choices.order,
        "title": choices.title,
        "start": explorer.start,
        "handles": [asdict(one) for one in explorer.handles],
    }  # fmt: skip
