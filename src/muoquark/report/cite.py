"""What to cite for a result: exactly what entered it.

A result says in its record ``inputs`` which card, data, chain and verb it was made with.  From
that follow the measurements (with INSPIRE's keys from the snapshot), the papers that flavio's
predictions rest on, and the methods.
"""

from __future__ import annotations

import re
import tempfile
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from muoquark.common.errors import InputError
from muoquark.likelihood.part import Part
from muoquark.likelihood.parts import opened
from muoquark.likelihood.recorded import specs_of
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshot_part import SnapshotPart
from muoquark.likelihood.snapshots import load_snapshot, revisions
from muoquark.likelihood.user import with_measurements
from muoquark.matching.orders import HIGHEST, orders_of
from muoquark.model.card_file import parse_card
from muoquark.report.references import Reference, records, theory_keys

__all__ = ["PARTS", "all_keys", "bibtex_text", "cite", "derived"]

PARTS = ("model", "matching", "running", "likelihood", "theory", "measurements", "methods")

# (key, what it contributed)
MODEL = (
    ("Greljo:2021xmg", "the model"),
    ("Greljo:2021npi", "the lepton-flavoured symmetries"),
)
WARSAW = (
    ("Grzadkowski:2010es", "the Warsaw basis"),
    ("Aebischer:2017ugx", "names and normalisation of Wilson coefficients"),
)
LOOP = (
    ("Gherardi:2020det", "first complete one-loop matching of S1 and S3"),
    ("Henning:2014wua", "the universal one-loop action"),
    ("Carmona:2021xtq", "treatment of evanescent operators"),
    ("arXiv:hep-ph/0005183", "the Greek projection"),
)
RUNNING = (
    ("Aebischer:2018bkb", "wilson, from which the running is tabulated"),
    ("Celis:2017hod", "DsixTools, whose beta functions wilson uses"),
    ("arXiv:1308.2627", "beta functions of the SMEFT"),
    ("arXiv:1310.4838", "beta functions of the SMEFT"),
    ("Alonso:2013hga", "beta functions of the SMEFT"),
)
# Of parts that ask for coefficients at the weak scale and below.
BELOW = (
    ("Jenkins:2017jig", "matching at the weak scale, tree level"),
    ("Aebischer:2017gaw", "running below the weak scale"),
    ("arXiv:1711.05270", "running below the weak scale"),
)
FULL = (("arXiv:1908.05295", "matching at the weak scale, one loop"),)
LIKELIHOOD = (
    ("Straub:2018kue", "flavio: predictions and the collection of measurements"),
    ("Aebischer:2018iyb", "smelli: the global likelihood"),
    ("Stangl:2020lbh", "smelli: the global likelihood"),
    ("arXiv:1812.07638", "the CKM scheme"),
)
JAX = ("jax2018github", "JAX: the compiled likelihood")
MINUIT = (
    ("James:1975dr", "Minuit: the minimum"),
    ("doi:10.5281/zenodo.3949207", "iminuit"),
)
NUTS = ("jmlr:v15:hoffman14a", "the no-U-turn sampler")
LIBRARIES = {
    "numpyro": (
        ("arXiv:1912.11554", "NumPyro"),
        ("jmlr:v20:18-403", "NumPyro, which is built on Pyro"),
    ),
    "blackjax": (("arXiv:2402.10797", "BlackJAX"),),
    "dynesty": (
        ("arXiv:1904.02180", "dynesty: nested sampling"),
        ("doi:10.5281/zenodo.3348367", "dynesty"),
    ),
}
# The verbs that minimise with Minuit.
MINIMISING = ("fit", "goodness", "profile", "influence", "reproduce")


def all_keys() -> list[str]:
    """Return every key that a result with a shipped snapshot can ask for."""
    found = {
        key
        for part in (MODEL, WARSAW, LOOP, RUNNING, BELOW, FULL, LIKELIHOOD, MINUIT)
        for key, _ in part
    }
    found |= {JAX[0], NUTS[0], *(key for part in LIBRARIES.values() for key, _ in part)}
    found |= {key for key, _ in THEORY_SIDE}
    for one in revisions():
        snapshot = load_snapshot(one.title)
        found |= {info.get("inspire", "") for info in snapshot.metadata["measurements"].values()}
        found |= set(theory_keys(snapshot.metadata["versions"]["flavio"], _names(snapshot)))
    return sorted(found - {""})


THEORY_SIDE = (("Poole:2019kcm", "two-loop beta functions of a general theory"),)


def cite(inputs: Mapping[str, Any]) -> tuple[list[Reference], list[str]]:
    """Return what entered a result, in the order of :data:`PARTS`, and remarks.

    Parameters
    ----------
    inputs
        The record of a result, ``muoquark.common.provenance.provenance``.

    Returns
    -------
    list, list
        The references, each once; sentences on what could not be told.

    Raises
    ------
    InputError
        If data that the result names are not at hand.
    """
    found: list[Reference] = []
    remarks: list[str] = []
    known = records()

    def add(part: str, items: Iterable[tuple[str, str]]) -> None:
        have = {reference.key for reference in found}
        for key, why in items:
            if key not in have:
                fields = {k: v for k, v in known.get(key, {}).items() if k != "seen"}
                found.append(Reference(key, part, why, fields))
                have.add(key)

    verb = str(inputs.get("verb", ""))
    data = inputs.get("data") or {}
    card = inputs.get("card")
    content = yaml.safe_load(card) if isinstance(card, str) else None
    # With Wilson coefficients in the place of a card neither model nor matching entered.
    given = isinstance(content, dict) and bool({"values", "coefficients"} & set(content))
    matched = not given and (
        card is not None or (data and verb not in ("loglike", "predict", "data"))
    )
    if matched:
        # Without a card the verbs take the paper's plane, which is of this model.
        if (content or {}).get("model", "B-3Lmu") == "B-3Lmu":
            add("model", MODEL)
        if _at_one_loop(card, str(inputs.get("order", HIGHEST))):
            add("matching", LOOP)
    if verb == "theory":
        add("matching", THEORY_SIDE)
    if matched or data:
        add("running" if data else "matching", WARSAW)
    if data:
        add("running", RUNNING)
        _data(data, add, found, remarks)
    add("methods", _methods(verb, inputs, bool(data)))
    order = {part: k for k, part in enumerate(PARTS)}
    return sorted(found, key=lambda r: order[r.part]), remarks


def bibtex_text(references: Sequence[Reference], remarks: Sequence[str]) -> str:
    """Return BibTeX of all that is cited, part by part; remarks are comments at the end."""
    lines = []
    for part in PARTS:
        own = [r for r in references if r.part == part]
        lines += [f"% {part}"] if own else []
        lines += [f"{reference.bibtex()}\n" for reference in own]
    return "\n".join([*lines, *(f"% {remark}" for remark in remarks)])


def _at_one_loop(card: str | None, order: str) -> bool:
    """Whether a field of the card is matched at one loop."""
    if card is None or order != HIGHEST:
        return order != "tree"
    return bool(orders_of(parse_card(card, forbidden=True).model).loop)


def _methods(verb: str, inputs: Mapping[str, Any], data: bool) -> list[tuple[str, str]]:
    items: list[tuple[str, str]] = []
    # What a result was made with stands in its versions; those of every result say nothing.
    versions = inputs.get("versions") or {}
    if data and verb not in ("loglike", "predict", "data"):
        items.append(JAX)
    if verb in MINIMISING:
        items += MINUIT
    sampler = str(inputs.get("sampler") or inputs.get("method") or "")
    used = {name for name in LIBRARIES if name in versions}
    if sampler == "nuts" or (used & {"numpyro", "blackjax"} and sampler != "nested"):
        items.append(NUTS)
    if sampler == "nested":
        used -= {"numpyro", "blackjax"}
    elif sampler == "nuts":
        used -= {"dynesty"}
    for name in sorted(used):
        items += LIBRARIES[name]
    return items


def _data(data: Mapping[str, Any], add: Any, found: list[Reference], remarks: list[str]) -> None:
    names = specs_of(data)
    parts = opened(names)
    for name, part, then in zip(names, parts, data.get("parts") or [data], strict=True):
        if then.get("sha256") and part.identity().get("sha256") != then["sha256"]:
            what = "snapshot" if isinstance(part, SnapshotPart) else "file"
            remarks.append(
                f"the {what} '{name}' at hand is not the file that the result was made with"
            )
    until, chosen = data.get("until"), tuple(data.get("chosen", ()))
    parts = tuple(
        part.at(until, chosen if isinstance(part, SnapshotPart) else ()) for part in parts
    )
    if data.get("measurements"):
        parts = _with_user(parts, str(data["measurements"]), until, chosen)
    if any(target.target.eft != "SMEFT" for part in parts for target in part.targets):
        add("running", BELOW)
        if data.get("chain", "full") == "full":
            add("running", FULL)
    if any(isinstance(part, SnapshotPart) for part in parts):
        add("likelihood", LIKELIHOOD)
    info: dict[str, Mapping[str, str]] = {}
    used: dict[str, list[str]] = {}
    for part in parts:
        if isinstance(part, SnapshotPart):
            add("theory", _theory(part.snapshot.metadata["versions"]["flavio"], part.snapshot))
        add("theory", part.references())
        info |= part.data.info
    for title in sorted({c.measurement for part in parts for c in part.data.constraints}):
        used.setdefault(str(info.get(title, {}).get("inspire", "")), []).append(title)
    for title in used.pop("", []):
        remarks.append(
            f"the measurement '{title}' has no INSPIRE key: {_where(info.get(title, {}))}"
        )
    add("measurements", ((key, _titles(titles)) for key, titles in sorted(used.items())))
    # What the snapshot itself knows of papers without a record.
    for position, reference in enumerate(found):
        if reference.part == "measurements" and not reference.complete:
            own_info = [info.get(title, {}) for title in used[reference.key]]
            found[position] = Reference(
                reference.key,
                reference.part,
                reference.why,
                {**derived(own_info), **reference.fields},
            )


def _theory(flavio: str, snapshot: Snapshot) -> list[tuple[str, str]]:
    names = _names(snapshot)
    items = []
    for key in theory_keys(flavio, names):
        users = [n for n in names if key in theory_keys(flavio, [n])]
        items.append((key, f"prediction of {_titles(users)}"))
    return items


def _names(snapshot: Snapshot) -> list[str]:
    return sorted({o.name for o in snapshot.observables})


def _titles(titles: list[str]) -> str:
    rest = f" and {len(titles) - 2} more" if len(titles) > 3 else ""
    return ", ".join(titles[: 2 if rest else 3]) + rest


def _where(info: Mapping[str, str]) -> str:
    return str(info.get("url") or info.get("experiment") or "no address is given")


def derived(infos: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the fields that entries of measurements in the data give: experiment, DOI, eprint."""
    fields: dict[str, str] = {}
    for info in infos:
        if info.get("experiment"):
            fields.setdefault("collaboration", info["experiment"])
        url = urllib.parse.unquote(str(info.get("url", "")))
        if doi := re.search(r"(10\.\d{4,}/[^\s?#]+)", url):
            fields.setdefault("doi", doi[1])
        if eprint := re.search(r"arxiv\.org/abs/([\w./-]+?)(?:v\d+)?$", url):
            fields.setdefault("eprint", eprint[1])
    return fields


def _with_user(
    parts: Sequence[Part], text: str, until: str | None, chosen: Sequence[str]
) -> tuple[Part, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measurements.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return with_measurements(parts, path, until, chosen)[0]
        except InputError as error:
            raise InputError(
                f"the measurements that the result holds are faulty: {error}"
            ) from None
