"""The page: one figure of Bokeh in a page of our own, and what connects it with a session."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from math import isfinite
from typing import Any

from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS, Range1d
from bokeh.plotting import figure
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from muoquark.explore.session import Session
from muoquark.explore.stock import Stock

__all__ = ["asset", "plain", "plane_figure_of_page", "serve_document", "template"]


def asset(name: str) -> str:
    """Return the text of a file of the page."""
    folder = resources.files("muoquark.explore") / "assets"
    return (folder / name).read_text(encoding="utf-8")


def template(**variables: Any) -> Any:
    """Return the page as a template of jinja2 that Bokeh fills, with style and scripts in it."""
    text = asset("page.html.j2")
    environment = Environment(undefined=StrictUndefined, autoescape=True)
    own = {name: Markup(value) if isinstance(value, str) else value
           for name, value in variables.items()}  # fmt: skip
    # Of Bokeh: what it hands over is HTML already.
    for name in ("bokeh_css", "bokeh_js", "plot_script"):
        text = text.replace("{{ " + name + " }}", "{{ " + name + " | safe }}")
    text = text.replace(
        "{{ embed_figure }}", "{% set found = roots[0] %}{{ root_div(found) | safe }}"
    )
    made = environment.from_string(text)
    made.globals.update(page_css=Markup(asset("page.css")), root_div=_root_div, **own)
    return made


def _root_div(root: Any) -> str:
    """Return the place that Bokeh puts a root into."""
    return (
        f'<div id="{root.elementid}" data-root-id="{root.id}" '
        'style="width: 100%; height: 100%; display: contents;"></div>'
    )


def plane_figure_of_page() -> Any:
    """Return the empty figure; its sources and ranges are filled by ``assets/page.js``."""
    across, up = Range1d(start=0, end=1, name="across"), Range1d(start=0, end=1, name="up")
    drawn = figure(
        name="figure",
        x_range=across,
        y_range=up,
        tools="pan,wheel_zoom,box_zoom,reset",
        toolbar_location="above",
        sizing_mode="stretch_both",
        min_border=4,
        output_backend="canvas",
    )
    drawn.toolbar.logo = None
    # A finger on a phone scrolls the page; page.js switches panning on for a mouse.
    drawn.toolbar.active_drag = None
    drawn.xaxis[0].name, drawn.yaxis[0].name = "xaxis", "yaxis"
    drawn.xgrid[0].name, drawn.ygrid[0].name = "xgrid", "ygrid"
    for axis in (drawn.xaxis[0], drawn.yaxis[0]):
        axis.major_label_text_font_size = "12px"
    bands = ColumnDataSource({"xs": [], "ys": [], "colour": [], "hatch": []}, name="bands")
    lines = ColumnDataSource({"xs": [], "ys": [], "colour": [], "dash": []}, name="lines")
    marks = ColumnDataSource({n: [] for n in ("x", "y", "shape", "size", "colour")}, name="marks")
    drawn.multi_polygons(
        "xs", "ys", source=bands, fill_color="colour", fill_alpha=0.28, line_color="colour",
        line_width=1.0, hatch_pattern="hatch", hatch_color="colour", hatch_alpha=0.75,
        hatch_scale=9, hatch_weight=0.9,
    )  # fmt: skip
    drawn.multi_line(
        "xs", "ys", source=lines, line_color="colour", line_dash="dash", line_width=2
    )  # fmt: skip
    glyph = drawn.scatter(
        "x", "y", source=marks, marker="shape", size="size", fill_color="colour", line_width=1.4
    ).glyph
    glyph.name = "markglyph"
    drawn.js_on_event("tap", CustomJS(code="MQ.tapped(cb_obj.x, cb_obj.y)"))
    drawn.js_on_event(
        "rangesupdate",
        CustomJS(code="MQ.ranged(cb_obj.x0, cb_obj.x1, cb_obj.y0, cb_obj.y1)"),
    )
    return drawn


def serve_document(stock: Stock, document: Document) -> None:
    """Make the document of one tab."""
    choices = stock.choices
    drawn = plane_figure_of_page()
    wish = ColumnDataSource({"json": []}, name="wish")
    told = ColumnDataSource({"json": []}, name="told")
    told.js_on_change("data", CustomJS(code="MQ.told(cb_obj.data)"))
    # Tags belong to the figure, so that both models travel with the document.
    drawn.tags = [wish, told]

    def tell(kind: str, found: dict[str, Any]) -> None:
        told.data = {"json": [json.dumps([kind, plain(found)])]}

    def say(kind: str, found: dict[str, Any]) -> None:
        # Answers come from any thread; documents are changed in that of the server.
        try:
            document.add_next_tick_callback(lambda: tell(kind, found))
        except RuntimeError:  # the tab is gone
            return

    session = Session(stock, say)

    def heard(attr: str, old: Any, new: Any) -> None:
        texts = new.get("json") or []
        if not texts:
            return
        try:
            found = json.loads(texts[0])
        except (TypeError, ValueError):
            return
        if isinstance(found, dict):
            session.hear(found)

    wish.on_change("data", heard)
    document.on_session_destroyed(lambda context: session.close())
    start = {
        "cards": choices.cards(),
        "data": choices.snapshots(),
        "key": _identity(stock),
    }
    # "<" would end the script that the text stands in
    text = json.dumps(start).replace("<", "\\u003c")
    document.js_on_event("document_ready", CustomJS(code=f"MQ.begin({text})"))
    document.js_on_event("connection_lost", CustomJS(code="MQ.lost()"))
    document.config.reconnect_session = False
    document.config.notify_connection_status = False
    document.title = f"muoquark explore: {choices.title}"
    document.template = template(
        live=True, static=None, tables="", page_js=asset("page.js") + asset("live.js")
    )
    document.add_root(drawn)


def _identity(stock: Stock) -> str:
    """Return what tells this card and these data apart, for what a browser keeps."""
    choices = stock.choices
    text = "\n".join((choices.card.to_yaml(), choices.options, choices.order))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(found: Any) -> Any:
    """Return plain data in which what is no number is null: JSON has no nan."""
    if isinstance(found, dict):
        return {str(k): plain(v) for k, v in found.items()}
    if isinstance(found, list | tuple):
        return [plain(v) for v in found]
    if isinstance(found, float) and not isfinite(found):
        return None
    return found
