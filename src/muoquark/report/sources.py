"""Where the measurements of an observable are published, as links for readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from muoquark.likelihood.likelihood import Likelihood
from muoquark.report.cite import derived
from muoquark.report.inspire import link
from muoquark.report.references import Reference, records

__all__ = ["PaperLink", "link_of", "links_of", "sources_of"]


@dataclass(frozen=True)
class PaperLink:
    """A publication and where it is found.

    Attributes
    ----------
    key
        INSPIRE's texkey, or the name of a measurement without one.
    title
        Of the paper, or what the data say of the measurement; may be empty.
    inspire, arxiv, url
        Addresses: INSPIRE's record, arXiv's page, and that which the data give where there is no
        key; empty where there is none.
    """

    key: str
    title: str
    inspire: str = ""
    arxiv: str = ""
    url: str = ""


def link_of(reference: Reference) -> PaperLink:
    """Return the links of something that is cited."""
    return _link(reference.key, reference.fields)


def links_of(likelihood: Likelihood) -> dict[str, PaperLink]:
    """Return the links of all measurements of the data, by the name of the measurement."""
    known, found = records(), {}
    for name in {c.measurement for c in likelihood.data.constraints}:
        info = likelihood.data.info.get(name, {})
        own = derived([info])
        key = str(info.get("inspire") or "")
        if key:
            found[name] = _link(key, {**own, **known.get(key, {})})
            continue
        eprint, said = own.get("eprint", ""), str(info.get("experiment") or "")
        url = str(info.get("url") or "")
        safe = url if url.startswith(("https://", "http://")) else ""
        inspire = link("", eprint) if eprint else ""
        found[name] = PaperLink(name, said, inspire, _arxiv(eprint), "" if eprint else safe)
    return found


def sources_of(likelihood: Likelihood) -> dict[str, tuple[PaperLink, ...]]:
    """Return the publications in which each observable was measured, by its text."""
    links, found = links_of(likelihood), dict[str, dict[str, PaperLink]]()
    for constraint in likelihood.data.constraints:
        one = links[constraint.measurement]
        for k in constraint.observables:
            found.setdefault(likelihood.observables[k].text, {})[one.key] = one
    return {text: tuple(own.values()) for text, own in found.items()}


def _link(key: str, fields: Mapping[str, str]) -> PaperLink:
    eprint = fields.get("eprint", "")
    if key.startswith("arXiv:"):
        eprint = eprint or key.removeprefix("arXiv:")
    title = _without_braces(fields.get("title", "") or fields.get("collaboration", ""))
    doi = fields.get("doi", "") or (key.removeprefix("doi:") if key.startswith("doi:") else "")
    if "url" in fields and not (eprint or doi):
        return PaperLink(key, title, "", "", fields["url"])
    # keys that are none of INSPIRE's are found by their number alone
    inspire = "" if key.startswith("doi:") else link(key, eprint)
    return PaperLink(key, title, inspire, _arxiv(eprint), f"https://doi.org/{doi}" if doi else "")


def _without_braces(text: str) -> str:
    """Return a title of BibTeX without the braces that keep its capitals; formulae as they are."""
    pieces = text.split("$")
    pieces[::2] = [one.replace("{", "").replace("}", "") for one in pieces[::2]]
    return "$".join(pieces)


def _arxiv(eprint: str) -> str:
    return f"https://arxiv.org/abs/{eprint}" if eprint else ""
