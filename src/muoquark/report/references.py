"""The bibliographic records that come with the package.

Facts only (authors, title, journal, year, eprint, DOI), each record with the place where it was
read; a field that could not be verified is left out.  ``tools/references`` makes the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from muoquark.report.bibtex import entry
from muoquark.report.inspire import Inspire, link

__all__ = ["FIELDS", "PATH", "Reference", "records", "theory_keys"]

# In the order in which they are written.
FIELDS = (
    "author", "collaboration", "title", "journal", "volume", "number", "pages", "year",
    "doi", "eprint", "primaryclass", "url",
)  # fmt: skip
PATH = Path(str(resources.files("muoquark.report"))) / "data" / "references.json"


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return loaded


def records() -> dict[str, dict[str, str]]:
    """Return all records: key to fields, among them ``seen``."""
    return dict(_content()["records"])


def theory_keys(flavio: str, observables: Iterable[str]) -> list[str]:
    """Return the papers that flavio's predictions of some observables rest on.

    As flavio itself names them; it names none for some observables, and nothing of form factors
    and parameters beyond that.

    Parameters
    ----------
    flavio
        Its version; one without a list takes the latest that has one.
    observables
        flavio's names.
    """
    listed = _content()["theory"]
    table = listed.get(flavio) or listed[max(listed)]
    return sorted({key for name in observables for key in table.get(name, ())})


@dataclass(frozen=True)
class Reference:
    """One thing to cite.

    Attributes
    ----------
    key
        INSPIRE's, or ``arXiv:...``, ``doi:...`` where it is not known.
    part
        Of the result that it entered.
    why
        What it contributed.
    fields
        What is known of it, as in BibTeX.
    """

    key: str
    part: str
    why: str
    fields: dict[str, str]

    @property
    def complete(self) -> bool:
        """Whether there is a title and where to find it, not just a key."""
        known = self.fields
        return "title" in known and bool({"eprint", "doi", "journal", "url"} & set(known))

    def bibtex(self) -> str:
        """Return the BibTeX entry; of an incomplete one that which is known, and a link."""
        fields = {name: self.fields[name] for name in FIELDS if self.fields.get(name)}
        if "eprint" in fields:
            where = list(fields).index("eprint") + 1
            items = list(fields.items())
            fields = dict([*items[:where], ("archivePrefix", "arXiv"), *items[where:]])
        if "primaryclass" in fields:
            fields = {"primaryClass" if k == "primaryclass" else k: v for k, v in fields.items()}
        if not self.complete:
            fields.setdefault(
                "url", link(self.key, fields.get("eprint", ""), fields.get("doi", ""))
            )
            fields["note"] = "incomplete record"
        # Text between entries is a comment to BibTeX; names of decays would need escapes inside.
        return f"% {self.why}\n" + entry(self.key, fields)

    def completed(self, client: Inspire) -> Reference:
        """Return the reference with what INSPIRE knows of it."""
        if self.complete:
            return self
        found = client.record(self.key, self.fields.get("eprint", ""))
        fields = {k: v for k, v in found.items() if k in FIELDS}
        return Reference(self.key, self.part, self.why, {**self.fields, **fields})
