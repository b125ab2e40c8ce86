"""Extend a snapshot that there is: further measurements, and the observables that they need.

What flavio predicts for the observables of a published snapshot does not depend on what else is
predicted: of the same release of flavio they are taken over as they were published, and only those
that are new are sampled (by the rules of :mod:`.build`).  What was measured comes from the files of
a folder of ``measurements/``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import MuoquarkError
from muoquark.likelihood.archive import Archive, ArchiveEntry, date_of
from muoquark.likelihood.compiler.append import append_forms
from muoquark.likelihood.compiler.assemble import FittedObservable, fit_group, load_samples
from muoquark.likelihood.compiler.build import (
    CompileError,
    Settings,
    _asked,
    _explored,
    _progress,
    _text,
)
from muoquark.likelihood.compiler.fit import Monomials, monomial
from muoquark.likelihood.compiler.groups import CompiledGroup, make_groups, make_jobs
from muoquark.likelihood.compiler.jobs import run_jobs
from muoquark.likelihood.compiler.own import DIPOLE, MUON_EDM, SUMS, ingredients, own_observable
from muoquark.likelihood.compiler.pack import SHIFT, build_forms
from muoquark.likelihood.compiler.source import MeasurementFolder, read_source
from muoquark.likelihood.compiler.theory import ckm_response, extended_covariance
from muoquark.likelihood.compiler.truth import Further, compared, sample_truth
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.mixing import DERIVED
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshots import load_snapshot

# Decays whose form factors and further parameters the new observables share.
KIN = re.compile(
    r"<\w+(/dq2)?>\(B[+0]->K\*?(mumu|ee)\)|<dBR/dq2>\(Bs->phimumu\)|BR\((Bs->mumu|B[+0]->K\*gamma)\)"
)
# Samples beyond the number of coefficients, 25 of them held out.
SPARE = 45
# Their pieces are those of two leptons: of all monomials each has half.
QUOTIENTS = ("<Rmue>(B+->Kll)", "<Rmue>(B0->K*ll)")

__all__ = ["Further", "extend_snapshot", "sample_further"]


def sample_further(
    settings: Settings, base: Snapshot, observables: Sequence[Any], sigma: Mapping[str, float]
) -> Further:
    """Sample and fit observables that a snapshot lacks.

    Parameters
    ----------
    base
        Of the same stack; its CKM parameters are the centre of the expansion.
    observables
        flavio's names, or [name, arguments...].
    sigma
        Total errors by JSON text; they enter the check of the fit alone.
    """
    settings.cache.mkdir(parents=True, exist_ok=True)
    stdin = json.dumps(list(observables))
    layout = _asked(settings, "layout.py", "-", stdin=stdin, suffix=".json")
    asked = json.loads(layout.read_text())
    explored = _explored(settings, asked, sigma)
    by_name: dict[str, Any] = {}
    for entry in explored:
        observable = entry["observable"]
        by_name[_text(observable)] = entry
        by_name.setdefault(observable if isinstance(observable, str) else observable[0], entry)
    centre = np.array(base.metadata["ckm"]["sm"])
    phase = "gamma" if base.metadata["ckm"]["names"][3] == "gamma" else "delta"
    fitted: dict[str, FittedObservable] = {}
    sizes: dict[Any, float] = {}
    known = known_monomials(base)
    for group in make_groups(asked, explored, auxiliary=False):
        group = _fewer(group, known)
        files = run_jobs(
            settings.stack,
            make_jobs(group),
            settings.cache,
            settings.workers,
            settings.dask,
            _progress(settings, group.name),
        )
        samples = load_samples(group, files)
        found, _ = fit_group(group, samples, by_name, sigma, centre, phase, allowed=known)
        fitted.update((_text(item.observable), item) for item in found)
        for c in group.components:
            sizes[tuple(c[:6])] = min(float(c[6]), sizes.get(tuple(c[:6]), math.inf))
        settings.report(f"{group.name}: fitted {len(found)} observables")
    return Further(observables, fitted, sizes)


def known_monomials(base: Snapshot) -> dict[str, Monomials]:
    """Return the monomials of all bins of the observables of a snapshot, by flavio's name.

    Those of a quotient or a root in any of its pieces; what was pruned moved none of the bins.
    """
    forms = base.forms
    pieces: list[Monomials] = [frozenset()] * (1 + len(DERIVED))
    for bank in sorted(forms.banks, key=lambda one: one.stage):
        components = [None, *(_component(forms, int(k)) for k in bank.directions)]
        for column in np.asarray(bank.weights).T:
            pieces.append(
                frozenset(
                    monomial(
                        forms.features[bank.features[t]],
                        components[bank.left[t]],
                        components[bank.right[t]],
                    )
                    for t in np.flatnonzero(column)
                )
            )
    found: dict[str, Monomials] = {}
    tables = np.concatenate([forms.numerators, forms.denominators, forms.roots], axis=1)
    for row, owner in zip(tables, forms.owner, strict=True):
        name = forms.observables[int(owner)].name
        found[name] = found.get(name, frozenset()).union(*(pieces[int(k)] for k in row))
    return found


def _component(forms: Forms, k: int) -> Any:
    return forms.directions[k] if k < len(forms.directions) else SHIFT


def _fewer(group: CompiledGroup, known: Mapping[str, Monomials]) -> CompiledGroup:
    """Return a group with as many samples as its largest polynomial needs."""
    names = {o if isinstance(o, str) else o[0] for o in group.observables}
    if not names <= set(known) or group.phases[0] is not None:
        return group
    # The fit wants five more than coefficients, and some are held out for the check.
    need = max(len(known[name]) for name in names if name not in QUOTIENTS) + SPARE
    samples = min(group.samples, -(-need // group.per_job) * group.per_job)
    return replace(group, samples=samples)


def extend_snapshot(settings: Settings, name: str, folder: Path) -> tuple[Snapshot, str]:
    """Return the extended snapshot and the report of the accuracy of what is new, in Markdown.

    Parameters
    ----------
    name
        Of the snapshot to extend, with its revision; of the same release of flavio.
    folder
        The measurements.

    Raises
    ------
    CompileError
        If the release is another one, or an observable misses flavio by more than allowed.
    JobError
        If flavio fails.
    InputError
        For a faulty file of measurements.
    """
    base = load_snapshot(name)
    if base.metadata["versions"] != settings.stack.versions:
        raise CompileError(f"{name} is of {base.metadata['versions']}, not of this stack")
    source = read_source(folder, base)
    new = [o for o in source.observables if o.key not in {b.key for b in base.observables}]
    asked = list(dict.fromkeys(i for o in new for i in _flavio(o)))
    further = sample_further(settings, base, [_listed(o) for o in asked], {})
    truth = sample_truth(settings, further)
    response = respond(settings, base, source, new)
    whole = _assembled(settings, base, source, new, further, response)
    return whole, compared(settings, whole, truth)


def _flavio(observable: Observable) -> list[Any]:
    """Return what flavio is asked for an observable."""
    if observable.arguments:
        return [(observable.name, *(x for _, x in observable.arguments))]
    return list(ingredients(observable.name))


def _listed(flavio: Any) -> Any:
    return list(flavio) if isinstance(flavio, tuple) else flavio


@dataclass(frozen=True)
class Response:
    """How the observables of a Gaussian block respond to theory parameters.

    Attributes
    ----------
    block
        Its name.
    matrix
        (observables, directions) for one standard deviation of each direction other than those of
        the CKM matrix, old observables first.
    ckm
        The covariance of the CKM parameters (4, 4).
    kin
        The old observables that were asked for.
    """

    block: str
    matrix: np.ndarray
    ckm: np.ndarray
    kin: Sequence[int]


def respond(
    settings: Settings, base: Snapshot, source: MeasurementFolder, new: Sequence[Observable]
) -> Response:
    """Ask flavio for the response of new observables, and of old ones that are like them.

    What is not like them (:data:`KIN`) shares the CKM matrix with them, and quark masses.
    """
    (block,) = {b for o in new if (b := source.block_of(o)) in base.data.theory}
    old = [base.observables[k] for k in base.data.blocks[block]]
    own = [o for o in new if source.block_of(o) == block]
    rows = [k for k, o in enumerate(old) if KIN.match(o.name)]
    members = [*(old[k] for k in rows), *own]
    stdin = json.dumps([_listed(i) for o in members for i in _flavio(o)])
    path = _asked(settings, "response.py", str(len(rows)), stdin=stdin, suffix=".npz")
    with np.load(path) as answer:
        found, ckm = answer["response"], answer["ckm"]
    matrix = np.zeros((len(old) + len(own), found.shape[1]))
    matrix[[*rows, *range(len(old), len(matrix))]] = found
    return Response(block, matrix, ckm, rows)


def _assembled(
    settings: Settings,
    base: Snapshot,
    source: MeasurementFolder,
    new: Sequence[Observable],
    further: Further,
    response: Response,
) -> Snapshot:
    """Put forms, measurements and covariances together."""
    gaussian = response.block
    observables = (*base.observables, *new)
    place = {o.key: k for k, o in enumerate(observables)}
    blocks = {name: list(members) for name, members in base.data.blocks.items()}
    for o in new:
        blocks.setdefault(source.block_of(o), []).append(place[o.key])
    block_of = {k: name for name, members in blocks.items() for k in members}
    constraints = list(base.data.constraints)
    for one in source.measurements:
        for c in one.constraints:
            where = tuple(place[key] for key in c.observables)
            constraints.append(Constraint(block_of[where[0]], one.name, where, c.pdf))
    fitted = {
        _text(_own(o)): own_observable(o.name, further.fitted)
        if o.name in (MUON_EDM, *SUMS)
        else further.fitted[_text(_own(o))]
        for o in new
    }
    sizes = {**further.sizes, **_sizes(base)}
    # The imaginary part of what gives a_mu, as large as the real one was sampled.
    sizes.setdefault(DIPOLE, sizes[*DIPOLE[:5], "Re"])
    arguments = {**base.metadata["arguments"], **{o.name: [a for a, _ in o.arguments] for o in new}}

    def formed(sigma: Mapping[str, float]) -> tuple[Forms, dict[str, int]]:
        forms, counts = build_forms(
            [_own(o) for o in new], fitted, {}, sigma, sizes, np.asarray(base.forms.ckm_centre),
            base.forms.ckm_phase, [], [], arguments,
        )  # fmt: skip
        return append_forms(base.forms, forms), counts

    # Nothing is pruned yet: an error of zero keeps all.
    whole_forms, _ = formed({_text(_own(o)): 0.0 for o in new})
    members = np.array(blocks[gaussian])
    matrix = np.concatenate(
        [response.matrix, ckm_response(whole_forms, response.ckm)[members]], axis=1
    )
    theory = dict(base.data.theory)
    theory[gaussian] = extended_covariance(np.asarray(theory[gaussian]), matrix, response.kin)
    data = DataSet(
        observables=observables,
        constraints=tuple(constraints),
        blocks={name: tuple(members) for name, members in blocks.items()},
        theory=theory,
        info=source.info(base),
    )
    error = np.concatenate([base.error, _errors(data, len(base.observables))])
    sigma = {_text(_own(o)): error[place[o.key]] for o in new}
    forms, counts = formed(sigma)
    sm = np.concatenate([base.sm, forms.predict(np.zeros(len(forms.directions)))[len(base.sm) :]])
    return Snapshot(
        metadata={
            **{k: v for k, v in base.metadata.items() if k not in ("format", "constraints")},
            "name": settings.name,
            "revision": settings.revision,
            "extends": {"snapshot": f"{base.metadata['name']}.0", "sha256": base.sha256},
            "description": settings.description,
            "measurements": data.info,
            "arguments": arguments,
            "terms": {k: base.metadata["terms"][k] + counts[k] for k in counts},
            "sizes": [sizes.get(d, 0.0) for d in forms.directions],
        },
        forms=forms,
        data=data,
        sm=sm,
        measured=np.concatenate([base.measured, np.full(len(new), np.nan)]),
        error=error,
        archive=_archive(base, source),
    )


def _own(observable: Observable) -> Any:
    """Return a new observable as the compiler's tables have it."""
    if observable.arguments:
        return [observable.name, *(x for _, x in observable.arguments)]
    return observable.name


def _sizes(base: Snapshot) -> dict[Any, float]:
    """Return the sampled size of each direction of the snapshot that is extended."""
    return dict(zip(base.forms.directions, base.metadata["sizes"], strict=True))


def _errors(data: DataSet, start: int) -> np.ndarray:
    """Return the smallest experimental error of each new observable, with the theory error.

    What nobody measured gets the error of the projection that is among the measurements; without
    one, infinity would prune its polynomial away, so that there an error of zero keeps all of it.
    """
    experimental = np.full(len(data.observables), np.inf)
    for c in data.constraints:
        if c.observables[-1] >= start or c.observables[0] >= start:
            widths = np.sqrt(np.diag(np.atleast_2d(c.gaussian()[1])))
            for o, width in zip(c.observables, widths, strict=True):
                experimental[o] = min(experimental[o], width)
    experimental[~np.isfinite(experimental)] = 0.0
    for block, covariance in data.theory.items():
        widths = np.sqrt(np.diag(np.asarray(covariance)))
        for o, width in zip(data.blocks[block], widths, strict=True):
            experimental[o] = np.hypot(experimental[o], width)
    return experimental[start:]


def _archive(base: Snapshot, source: MeasurementFolder) -> Archive:
    entries = {}
    for name in sorted({c.measurement for c in base.data.constraints}):
        info = base.data.info.get(name, {})
        dated = source.dates.get(name, {})
        date = str(dated.get("date") or date_of(name, info))
        entries[name] = ArchiveEntry(date, tuple(dated.get("supersedes", ())))
    for one, origin in zip(source.measurements, source.origins, strict=True):
        entries[one.name] = ArchiveEntry(date_of(one.name, one.info), one.supersedes, origin)
    unknown = {n for e in entries.values() for n in e.supersedes if n not in entries}
    if unknown:
        raise MuoquarkError(f"superseded, but not there: {', '.join(sorted(unknown))}")
    return replace(source.archive, entries=entries)
