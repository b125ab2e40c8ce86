r"""What all HTML pages share: templates, one look, figures and formulae in the page itself.

A page is one file that needs no network and no other file, works without JavaScript, follows the
reader's choice of light or dark, and prints.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["data_uri", "formula", "linked", "rendered", "symbols"]

_KINDS = {"png": "image/png", "svg": "image/svg+xml"}
_LETTERS = (
    (r"\bDelta chi2\b", "Δχ²"), (r"\bchi2\b", "χ²"), (r"(\d) sigma\b", r"\1σ"),
)  # fmt: skip


def _read(name: str) -> str:
    return (resources.files("muoquark.report") / "pages" / name).read_text(encoding="utf-8")


def _own(name: str) -> str:
    """Return what a page has of its own; not every page has a script."""
    there = (resources.files("muoquark.report") / "pages" / name).is_file()
    return _read(name) if there else ""


def rendered(name: str, **context: Any) -> str:
    """Return the page of a template ``pages/NAME.html.j2`` with its style and script inside.

    Parameters
    ----------
    name
        Of the template; ``NAME.css`` and ``NAME.js``, if there are any, stand beside it, and go
        behind what all pages have.
    context
        What its names stand for; all texts are escaped.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_read(f"base.{kind}") + _own(f"{name}.{kind}") for kind in ("css", "js"))
    environment.filters |= {"formula": formula, "linked": linked, "symbols": symbols}
    template = environment.get_template(f"{name}.html.j2")
    return template.render(style=style, script=script, **context)


def data_uri(content: bytes, form: str) -> str:
    """Return a figure, ``png`` or ``svg``, as an address that holds it."""
    return f"data:{_KINDS[form]};base64,{base64.b64encode(content).decode()}"


@lru_cache(maxsize=4096)
def formula(label: str) -> Markup:
    r"""Return a label, text with TeX between dollars, as HTML with MathML.

    Every browser of today draws MathML, in the colour and size of the text around it.  What is no
    TeX that can be converted stands as it is written.

    >>> formula(r"$M_{R_2}$ [GeV]").endswith("</math> [GeV]"), str(formula("a < b"))
    (True, 'a &lt; b')
    """
    from markupsafe import Markup

    pieces = re.split(r"(?<!\\)\$", label)
    if len(pieces) % 2 == 0:
        return Markup(escape(label))
    found = [escape(one.replace(r"\$", "$")) if k % 2 == 0 else _math(one)
             for k, one in enumerate(pieces)]  # fmt: skip
    return Markup("".join(found))


def symbols(text: str) -> str:
    """Return a sentence with the letters that a terminal does not ask for.

    >>> symbols("Delta chi2 = 2 within 1 sigma")
    'Δχ² = 2 within 1σ'
    """
    for word, letter in _LETTERS:
        text = re.sub(word, letter, text)
    return text


def linked(text: str) -> Markup:
    """Return a sentence in which arXiv's numbers are links.

    >>> linked("CMS, 2107.13021 & PDG")
    Markup('CMS, <a href="https://arxiv.org/abs/2107.13021">2107.13021</a> &amp; PDG')
    """
    from markupsafe import Markup

    address = r'<a href="https://arxiv.org/abs/\1">\1</a>'
    return Markup(re.sub(r"\b(\d{4}\.\d{4,5})\b", address, escape(text)))


def _math(text: str) -> str:
    """Return TeX as MathML; in HTML it needs no name space."""
    from latex2mathml import exceptions
    from latex2mathml.converter import convert

    try:
        return convert(text).replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    except Exception as error:  # those of the library have no class in common
        if not isinstance(error, IndexError) and type(error).__module__ != exceptions.__name__:
            raise
        return f"<code>{escape(text)}</code>"
