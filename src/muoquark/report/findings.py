"""What the page of a result shows: what its file holds, and what is computed at its best point.

Whatever takes seconds is computed: goodness of fit, pulls, Delta chi2 by group, the theory side and
the verdict of the LHC.  Where it cannot be, there is a sentence that says why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from muoquark.boson.analysis import XBoson, xboson
from muoquark.collider.verdict import LhcAnalysis
from muoquark.collider.verdict import analyse as analyse_lhc
from muoquark.common.errors import DomainError, Fault, InputError
from muoquark.common.netcdf import is_netcdf, read_arrays
from muoquark.common.provenance import changes, versions
from muoquark.inference.goodness.blocks import BlockGoodness
from muoquark.inference.goodness.goodness import Goodness, goodness
from muoquark.inference.goodness.pulls import Pull
from muoquark.inference.source import coefficients_of
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.recorded import likelihood_of
from muoquark.matching.orders import HIGHEST, ORDERS
from muoquark.model.card import Card
from muoquark.model.coefficient_card import AnyCard, CoefficientCard
from muoquark.report.cite import PARTS, cite
from muoquark.report.placed import Placed, placed
from muoquark.report.references import Reference
from muoquark.report.result import read_json
from muoquark.report.samples import posterior_of
from muoquark.report.sources import PaperLink, sources_of
from muoquark.theory.analysis import TheoryAnalysis
from muoquark.theory.analysis import analyse as analyse_theory

__all__ = [
    "LEFT_OUT",
    "SECTIONS",
    "VERBS",
    "PageFindings",
    "findings_of",
    "other_versions",
    "understood",
]

#: Verbs whose results have a page, and what their point is called there.
VERBS = {
    "fit": "best fit",
    "profile": "best fit",
    "goodness": "given",
    "sample": "largest ln L of the draws",
    "scan": "best point of the scan",
}
#: What can be left out, since it is computed and not in the file.
SECTIONS = ("theory", "lhc")
#: How the sentence begins that stands in the place of what was left out.
LEFT_OUT = "Left out with --skip"
# A difference of Delta chi2 between the file and here that is worth a sentence: rounding is 1e-4.
DIFFERENT = 0.02


@dataclass(frozen=True)
class PageFindings:
    """What is found of a result; made by :func:`findings_of`.

    Attributes
    ----------
    path, sha256
        Of the file.
    verb, document, inputs
        Which verb wrote it, its record (of samples ``Posterior.record``) and what it says of its
        making.
    card
        That it was made with, None for coefficients.
    point
        Values of its best point, by name.
    kind
        What that point is.
    likelihood
        The data.
    judged
        Goodness of fit and pulls there.
    blocks, groups
        Delta chi2 to the SM by block, and by group with what comes through correlations, as
        ``Conditional.record`` says.
    sources
        Publications of each observable, by its text.
    theory, lhc
        What is found, or a sentence that says why nothing is.
    boson
        What there is to say of the boson of U(1)_X, without its bounds; None where the point has
        none.
    references, remarks
        What is to be cited, and what could not be told.
    notes
        What there is to say of the numbers.
    """

    path: Path
    sha256: str
    verb: str
    document: Mapping[str, Any]
    inputs: Mapping[str, Any]
    card: AnyCard | None
    point: Mapping[str, float]
    kind: str
    likelihood: Likelihood
    judged: Goodness
    blocks: Mapping[str, float]
    groups: Mapping[str, Any]
    sources: Mapping[str, tuple[PaperLink, ...]]
    theory: TheoryAnalysis | str
    lhc: LhcAnalysis | str
    boson: XBoson | str | None
    references: tuple[Reference, ...]
    remarks: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def delta_chi2(self) -> float:
        """chi2 of the SM minus that of the point."""
        return self.judged.point.delta_chi2


def findings_of(
    source: str,
    skip: Collection[str] = (),
    progress: Callable[[str], None] = lambda text: None,
) -> PageFindings:
    """Read a result and compute what it does not hold.

    Parameters
    ----------
    source
        A JSON file of fit, profile or goodness, or a NetCDF file of sample or scan.
    skip
        Of :data:`SECTIONS`, what is not to be computed.
    progress
        Is told in words what is being done.

    Raises
    ------
    InputError
        If it is no such file, or its data are not at hand.
    """
    verb, document, inputs = _read(source)
    progress("reading the data")
    with understood(source):
        at = placed(source)
        names = () if at.family is None else tuple(p.name for p in at.family.free)
        point = {name: at.values[name] for name in names if name in at.values}
        likelihood = likelihood_of(inputs["data"])
    progress("judging the point")
    order = inputs.get("order")
    order = order if order in (*ORDERS, HIGHEST) else HIGHEST
    found = goodness(at.content, likelihood, order)
    notes = [*document.get("notes", ()), *document.get("warnings", ())]
    with understood(source):
        notes += _difference(document, verb, found)
        judged = _as_judged(verb, document, found, point)
        groups = document.get("conditional") or found.record()["conditional"]
    by_block = likelihood(coefficients_of(at.content, order)).blocks
    blocks = {name: 2 * value for name, value in by_block.items()}
    card = at.family if isinstance(at.family, Card | CoefficientCard) else None
    theory = _theory(at, "theory" in skip, progress)
    lhc = _lhc(at, order, "lhc" in skip, progress)
    boson = _boson(at, "lhc" in skip)
    progress("collecting references")
    references, remarks = _cited(inputs, not isinstance(theory, str))
    return PageFindings(
        path=Path(source), sha256=hashlib.sha256(Path(source).read_bytes()).hexdigest(), verb=verb,
        document=document, inputs=inputs, card=card, point=point, kind=judged.point.kind,
        likelihood=likelihood, judged=judged, blocks=blocks, groups=groups,
        sources=sources_of(likelihood), theory=theory, lhc=lhc, boson=boson,
        references=tuple(references), remarks=tuple(remarks), notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


@contextmanager
def understood(source: str) -> Iterator[None]:
    """Say in one sentence that a file does not hold what is looked for inside.

    Raises
    ------
    InputError
        In the place of errors that records of another form lead to.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(
            Fault("it does not hold what a page is made of (a result of an older version, or "
                  "damaged?): 'muoquark rerun --out FOLDER' makes it again", source)
        ) from error  # fmt: skip


def _read(source: str) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    """Return the verb of a result, its record and its inputs."""
    path = Path(source)
    arrays = path.is_file() and is_netcdf(path)
    document: Mapping[str, Any] = {}
    if arrays:
        inputs, _ = read_arrays(source)
    else:
        document = read_json(source)
        inputs = document["inputs"]
    verb = str(inputs.get("verb"))
    if verb not in VERBS:
        raise InputError(
            Fault(f"a result of '{verb}' has no page; there are those of {', '.join(VERBS)}",
                  source)
        )  # fmt: skip
    if verb in ("sample", "scan") and not arrays:
        raise InputError(
            Fault(f"the numbers of 'muoquark {verb}' stand in the file *.nc beside it", source)
        )
    if not isinstance(inputs.get("card"), str):
        raise InputError(Fault("it does not hold the card that it was made with", source))
    if not isinstance(inputs.get("data"), Mapping):
        raise InputError(Fault("it does not say which data it was made with", source))
    if verb == "sample":
        document = posterior_of(source).record()
    return verb, document, inputs


def _difference(document: Mapping[str, Any], verb: str, found: Goodness) -> list[str]:
    """Say so if Delta chi2 is not that of the file: data or version are others."""
    then = (document.get("point") or {}) if verb == "goodness" else document
    value = then.get("delta_chi2")
    if verb == "sample":
        value = 2 * document["best_draw"]["loglike"]
    if value is None or abs(value - found.point.delta_chi2) < DIFFERENT:
        return []
    return [
        f"Delta chi2 is {value:.2f} in the file and {found.point.delta_chi2:.2f} as computed here: "
        "'muoquark rerun' says what differs"
    ]


def _as_judged(
    verb: str, document: Mapping[str, Any], found: Goodness, point: Mapping[str, float]
) -> Goodness:
    """Return what was computed as the judgement of a fitted point; of goodness what its file has.

    `found` was computed at the point as one that was given.
    """
    if verb != "goodness":
        if not point:
            return found
        errors = document.get("errors") or {}
        own = {name: _number(errors.get(name)) for name in point}
        return found.fitted(VERBS[verb], point, own, document.get("at_limit") or ())
    then = document["point"]
    if then["kind"] != "given":
        own = {name: _number(then["errors"].get(name)) for name in point}
        found = found.fitted(then["kind"], point, own, then["at_limit"])
    kept = {
        where: {name: _block(one) for name, one in document["goodness"][where].items()}
        for where in ("sm", "point")
    }
    pulls = tuple(Pull.of_record(one) for one in document["pulls"])
    return replace(found, sm=kept["sm"], here=kept["point"], pulls=pulls,
                   convention=document["convention"])  # fmt: skip


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _block(record: Mapping[str, Any]) -> BlockGoodness:
    return BlockGoodness(**{**record, "p_value": _number(record["p_value"])})


def _theory(at: Placed, skipped: bool, progress: Callable[[str], None]) -> TheoryAnalysis | str:
    """Return the theory side of the point, or why there is none."""
    if not isinstance(at.content, Card):
        return "Wilson coefficients have no fields whose couplings could run."
    if skipped:
        return f"{LEFT_OUT} theory."
    progress("running to the Planck scale")
    try:
        return analyse_theory(at.content.point())
    except (DomainError, InputError) as error:
        return f"{error}."


def _lhc(
    at: Placed, order: str, skipped: bool, progress: Callable[[str], None]
) -> LhcAnalysis | str:
    """Return what the LHC says of the point, or why nothing is said."""
    if not isinstance(at.content, Card):
        return "Wilson coefficients have no fields that could be produced."
    if not at.content.model.heavy:
        return "The model has no leptoquark or other field that is produced in pairs."
    if skipped:
        return f"{LEFT_OUT} lhc."
    progress("asking the LHC")
    try:
        return analyse_lhc(at.content.point(), order)
    except (DomainError, InputError) as error:
        return f"{error}."


def _boson(at: Placed, skipped: bool) -> XBoson | str | None:
    """Return what there is to say of the boson of U(1)_X, if the point has one that is heavy."""
    if not isinstance(at.content, Card) or at.content.point().boson is None:
        return None
    if skipped:
        return f"{LEFT_OUT} lhc."
    try:
        return xboson(at.content.point())
    except (DomainError, InputError) as error:
        return f"{error}."


def _cited(inputs: Mapping[str, Any], theory: bool) -> tuple[list[Reference], list[str]]:
    """Return what is to be cited for the result and, where it was computed, its theory side."""
    references, remarks = cite(inputs)
    if theory:
        have = {one.key for one in references}
        more, _ = cite({"verb": "theory", "card": inputs["card"]})
        references += [one for one in more if one.key not in have]
    return sorted(references, key=lambda one: PARTS.index(one.part)), remarks


def other_versions(inputs: Mapping[str, Any]) -> list[str]:
    """Return which versions differ from those that the result was made with."""
    then = {str(k): str(v) for k, v in (inputs.get("versions") or {}).items()}
    return changes(then, versions(tuple(then))) if then else []
