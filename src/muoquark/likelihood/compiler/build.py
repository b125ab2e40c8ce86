"""Compile a snapshot: ask the stack, sample, fit, check, pack."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import MuoquarkError
from muoquark.likelihood.compiler.assemble import FittedObservable, fit_group, load_samples
from muoquark.likelihood.compiler.fit import FittedPolynomial
from muoquark.likelihood.compiler.groups import (
    AUXILIARY,
    TAPS,
    CompiledGroup,
    make_groups,
    make_jobs,
)
from muoquark.likelihood.compiler.jobs import (
    PROBE,
    SAMPLER_REVISION,
    Stack,
    run_jobs,
)
from muoquark.likelihood.compiler.pack import build_constraints, build_forms
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.snapshot import Snapshot

__all__ = ["CompileError", "Settings", "compile_snapshot"]

Array = np.ndarray[Any, Any]

# A compiled observable may miss flavio by this fraction of its error, plus this fraction of its
# distance from the SM.
ABSOLUTE = 0.02
RELATIVE = 1e-3
CHECK_POINTS = 12

# Known reasons for a larger difference: (pattern, allowed fraction of the error, reason).
EXPLAINED = [
    (
        r"<dBR/dq2>\(B\+->pimumu\)",
        0.06,
        "flavio conjugates the CKM matrix by the sign of gamma, where ckmutil's relation of gamma "
        "and delta is wrong: |V_td| of the conjugate decay is off by 5e-4",
    ),
]


class CompileError(MuoquarkError):
    """A compiled observable does not reproduce flavio; nothing was written."""


@dataclass(frozen=True)
class Settings:
    """What to compile and how.

    Attributes
    ----------
    name, revision
        Of the snapshot; revision None for a file that is not shipped.
    description
        What the snapshot says of itself.
    stack
        The versions of flavio, smelli and wilson that are asked.
    cache
        Folder of the answers, from which an interrupted compilation goes on.
    workers, dask
        Processes of the stack on this machine, or the address of a Dask scheduler.
    report
        Is told in words what is being done.
    quadrature
        ``converged``, or ``flavio`` for its own rules.
    """

    name: str
    description: str
    stack: Stack
    cache: Path
    workers: int = 1
    dask: str | None = None
    report: Callable[[str], None] = print
    quadrature: str = "converged"
    revision: int | None = None

    @property
    def title(self) -> str:
        """Name with revision."""
        return self.name if self.revision is None else f"{self.name}.{self.revision}"


def _text(observable: Any) -> str:
    return json.dumps(observable)


def _hashable(observable: Any) -> Any:
    return tuple(observable) if isinstance(observable, list) else observable


def _source(script: str) -> list[str]:
    """Return the text of a probe script and of those beside it that it imports."""
    found: dict[str, str] = {}
    names = [script]
    while names:
        name = names.pop()
        if name not in found and (PROBE / name).exists():
            found[name] = (PROBE / name).read_text()
            imported = re.findall(r"^import (\w+)$", found[name], re.MULTILINE)
            names += [f"{module}.py" for module in imported]
    return [found[name] for name in sorted(found)]


def _cached(
    settings: Settings, script: str, arguments: Sequence[str], stdin: str | None, suffix: str
) -> Path:
    """Return where the answer of a probe script is kept: a hash of all that determines it."""
    described = json.dumps(
        [_source(script), list(arguments), stdin, settings.stack.versions, SAMPLER_REVISION]
    )
    return settings.cache / f"{hashlib.sha256(described.encode()).hexdigest()[:32]}{suffix}"


def _asked(
    settings: Settings, script: str, *arguments: str, stdin: str | None = None, suffix: str
) -> Path:
    """Run a probe script, unless its answer is in the cache."""
    path = _cached(settings, script, arguments, stdin, suffix)
    if not path.exists():
        settings.report(f"{script} ...")
        partial = path.with_name(f"partial-{path.name}")
        settings.stack.script(
            script, str(partial), *arguments, stdin=stdin, workers=settings.workers
        )
        partial.rename(path)
    return path


def total_errors(description: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, float]:
    """Return the experimental error of each observable, with the theory error of fast blocks.

    Parameters
    ----------
    description, arrays
        The answer of ``probe/measure.py``: text, and arrays by name.

    Returns
    -------
    dict
        By the observable as JSON text; errors in its own unit, added in quadrature.
    """
    sigma = {
        _text(o): float(e)
        for o, e in zip(description["observables"], arrays["measured_error"], strict=True)
    }
    for block, info in description["blocks"].items():
        if info["fast"]:
            theory = np.sqrt(np.diag(arrays[f"theory_{block}"]))
            for o, e in zip(info["observables"], theory, strict=True):
                sigma[_text(o)] = float(np.hypot(sigma[_text(o)], e))
    for o, e in zip(description["ckm"]["inputs"], description["ckm"]["errors"], strict=True):
        sigma.setdefault(_text(o), float(e))
    return sigma


def _progress(settings: Settings, name: str) -> Callable[[int, int], None]:
    return lambda done, total: settings.report(f"{name}: {done} of {total} jobs")


def _explored(settings: Settings, asked: Sequence[Any], sigma: Mapping[str, float]) -> list[Any]:
    """Explore one observable of each name, every one of those at the electroweak scale."""
    wanted: list[Any] = [[name, 0.01] for name in AUXILIARY]
    seen = set()
    for observable, keys in asked:
        name = observable if isinstance(observable, str) else observable[0]
        known = any(k[2] == "sb" for k in keys) and "gamma" not in name and name != "tau_mumu"
        if known or (name in seen and not any(k[0] == "SMEFT" for k in keys)):
            continue
        seen.add(name)
        wanted.append([observable, sigma.get(_text(observable), 0.01)])
    path = _asked(settings, "explore.py", *TAPS, stdin=json.dumps(wanted), suffix=".json")
    return list(json.loads(path.read_text()))


def _rules(settings: Settings, group: CompiledGroup) -> list[Any] | None:
    """Return converged rules for the integrals of each observable; None for flavio's own."""
    if settings.quadrature == "flavio":
        return None
    job = json.dumps(make_jobs(group)[0], sort_keys=True)
    path = _asked(settings, "converge.py", stdin=job, suffix=".json")
    return list(json.loads(path.read_text()))


def compile_snapshot(settings: Settings) -> tuple[Snapshot, str]:
    """Return the snapshot and the report of its accuracy, in Markdown.

    Raises
    ------
    CompileError
        If an observable misses flavio by more than allowed and no reason is known.
    JobError
        If flavio fails.
    """
    settings.cache.mkdir(parents=True, exist_ok=True)
    with np.load(_asked(settings, "measure.py", suffix=".npz")) as stored:
        arrays = {k: stored[k] for k in stored.files}
    description = json.loads(str(arrays.pop("description")))
    layout = _asked(settings, "layout.py", suffix=".json")
    asked = json.loads(layout.read_text())
    sigma = total_errors(description, arrays)
    explored = _explored(settings, asked, sigma)
    by_name = {}
    for entry in explored:
        observable = entry["observable"]
        by_name[_text(observable)] = entry
        by_name.setdefault(observable if isinstance(observable, str) else observable[0], entry)
    centre = np.array(description["ckm"]["sm"])
    phase = "gamma" if description["ckm"]["names"][3] == "gamma" else "delta"
    fitted: dict[str, FittedObservable] = {}
    shared: dict[str, FittedPolynomial] = {}
    sizes: dict[Any, float] = {}
    rules: dict[str, list[Any]] = {}
    fast: tuple[CompiledGroup, list[Path]] | None = None
    for group in make_groups(asked, explored):
        own = _rules(settings, group)
        rules.update(zip(map(_text, group.observables), own or (), strict=own is not None))
        files = run_jobs(
            settings.stack,
            make_jobs(group, own),
            settings.cache,
            settings.workers,
            settings.dask,
            _progress(settings, group.name),
        )
        if group.name == "fast":
            fast = group, files
        samples = load_samples(group, files)
        found, auxiliary = fit_group(group, samples, by_name, sigma, centre, phase)
        shared.update(auxiliary)
        for item in found:
            if _text(item.observable) not in fitted:
                fitted[_text(item.observable)] = item
        for c in group.components:
            sizes[tuple(c[:6])] = min(float(c[6]), sizes.get(tuple(c[:6]), math.inf))
        settings.report(f"{group.name}: fitted {len(found)} observables")
    observables = list(description["observables"])
    listed = {_text(o) for o in observables}
    observables += [o for o in description["ckm"]["inputs"] if _text(o) not in listed]
    assert fast is not None
    _scale_derived(fitted, *fast)
    forms, counts = build_forms(
        observables,
        fitted,
        shared,
        sigma,
        sizes,
        centre,
        phase,
        description["ckm"]["inputs"],
        description["ckm"]["measured"],
        description["arguments"],
    )
    index = {_text(o): k for k, o in enumerate(observables)}
    snapshot = Snapshot(
        metadata={
            "name": settings.name,
            "revision": settings.revision,
            "quadrature": settings.quadrature,
            "description": settings.description,
            "versions": settings.stack.versions,
            "measurements": description["measurements"],
            "arguments": description["arguments"],
            "ckm": description["ckm"],
            "terms": counts,
            "sizes": [sizes.get(d, 0.0) for d in forms.directions],
        },
        forms=forms,
        data=DataSet(
            observables=forms.observables,
            constraints=tuple(build_constraints(description, arrays, observables)),
            blocks={
                k: tuple(index[_text(o)] for o in v["observables"])
                for k, v in description["blocks"].items()
            },
            theory={
                k: arrays[f"theory_{k}"] for k, v in description["blocks"].items() if v["fast"]
            },
            info=description["measurements"],
        ),
        sm=forms.predict(np.zeros(len(forms.directions))),
        measured=_padded(arrays["measured"], description["ckm"]["measured"], len(observables)),
        error=np.array([sigma[_text(o)] for o in observables]),
    )
    report = check(settings, snapshot, sizes, rules, description, arrays)
    return snapshot, report


def _padded(values: Array, extra: Sequence[float], length: int) -> Array:
    missing = length - len(values)
    return (
        np.concatenate([values, np.asarray(extra)[len(extra) - missing :]]) if missing else values
    )


def _scale_derived(
    fitted: Mapping[str, FittedObservable], group: CompiledGroup, files: Sequence[Path]
) -> None:
    """Find the constant between flavio's x12Im_D and the derived quantity (the D lifetime)."""
    samples = load_samples(group, files)
    mixing = samples.taps[group.observables.index("__mixing:D0")][:, 0]
    m = mixing[:, 0] + 1j * mixing[:, 1]
    g = mixing[:, 2] + 1j * mixing[:, 3]
    formula = 2 * (m * g.conj()).imag / abs(g)
    truth = samples.values[group.observables.index("x12Im_D")][:, 0]
    fitted[_text("x12Im_D")].constants[:] = [float(truth @ formula / (formula @ formula))]


def check_job(
    snapshot: Snapshot, sizes: Mapping[Any, float], rules: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Return the job that evaluates plain flavio at random points in all directions at once.

    `rules` are those of integration by observable; empty for flavio's own.
    """
    components = [[*d, CHECK_SIZE * sizes[d]] for d in snapshot.forms.directions]
    observables = [o.flavio for o in snapshot.forms.observables]
    # Not by text: flavio's 2 is the 2.0 of an observable.
    by_observable = {_hashable(json.loads(text)): own for text, own in rules.items()}
    chosen = {"rules": [list(by_observable[o]) for o in observables]} if rules else {}
    return {
        **chosen,
        "observables": observables,
        "components": components,
        "ckm_size": 0.05,
        "seed": 2,
        "first": 0,
        "count": CHECK_POINTS,
        "taps": [],
        "phases": [None],
        "remember": False,
        "plain": True,
    }


CHECK_SIZE = 0.2


def _quadrature_lines(settings: Settings) -> list[str]:
    if settings.quadrature == "flavio":
        return []
    return [
        "",
        "The integrals of both sides are converged; `quadrature` is by how much that moves the "
        "prediction of the SM from the one of flavio itself, in the same units.",
    ]


def check(
    settings: Settings,
    snapshot: Snapshot,
    sizes: Mapping[Any, float],
    rules: Mapping[str, Sequence[Any]],
    description: Mapping[str, Any],
    arrays: Mapping[str, Array],
) -> str:
    """Compare the packed forms with plain flavio and return the report.

    Raises
    ------
    CompileError
        If an observable is off.
    """
    forms = snapshot.forms
    job = check_job(snapshot, sizes, rules)
    jobs = [{**job, "first": k, "count": 1} for k in range(CHECK_POINTS)]
    files = run_jobs(
        settings.stack,
        jobs,
        settings.cache,
        settings.workers,
        settings.dask,
        _progress(settings, "check"),
    )
    loaded = [np.load(f) for f in files]
    x = np.concatenate([d["x"] for d in loaded])
    ckm = np.concatenate([d["ckm"] for d in loaded])
    truth = np.concatenate([d["values"] for d in loaded])
    mine = forms.predict(x, ckm)
    plain = arrays["sm_predictions"]
    plain = np.concatenate([plain, truth[0, len(plain) :]])
    # The first point is the SM; with converged integrals it is not what flavio predicts.
    standard = truth[0] if rules else plain
    error = np.abs(mine - truth) / snapshot.error
    distance = np.abs(truth - standard) / snapshot.error
    at_sm = np.abs(snapshot.sm - standard) / snapshot.error
    allowed = ABSOLUTE + RELATIVE * distance
    reasons = []
    for k, observable in enumerate(forms.observables):
        for pattern, fraction, reason in EXPLAINED:
            if re.match(pattern, observable.name):
                allowed[:, k] = np.maximum(allowed[:, k], fraction)
                reasons.append(f"- {observable}: {reason}.")
    missed = [
        k
        for k in range(len(forms.observables))
        if not np.all(error[:, k] <= allowed[:, k]) or not at_sm[k] <= ABSOLUTE
    ]
    lines = [
        f"# Accuracy of snapshot {settings.title}",
        "",
        f"{len(forms.observables)} observables against "
        + ", ".join(f"{k} {v}" for k, v in settings.stack.versions.items())
        + f" at the SM and {CHECK_POINTS - 1} random points in all {len(forms.directions)} "
        "directions at once; errors in units of the total error of the observable.",
        *_quadrature_lines(settings),
        "",
        "| observable | at the SM | held-out, median | largest | distance from the SM there |"
        + (" quadrature |" if rules else ""),
        "|---|---|---|---|---|" + ("---|" if rules else ""),
    ]
    moved = (standard - plain) / snapshot.error
    worst = np.nanargmax(np.where(np.isfinite(error), error, np.inf), axis=0)
    for k in np.argsort(-np.nanmax(error, axis=0)):
        lines.append(
            f"| {forms.observables[k]} | {at_sm[k]:.1e} | {np.nanmedian(error[:, k]):.1e} | "
            f"{error[worst[k], k]:.1e} | {distance[worst[k], k]:.2g} |"
            + (f" {moved[k]:+.1e} |" if rules else "")
        )
    if reasons:
        lines += ["", "Allowed a larger difference, because its reason is known:", "", *reasons]
    report = "\n".join(lines) + "\n"
    if missed:
        names = "; ".join(
            f"{forms.observables[k]}: {error[worst[k], k]:.2g} sigma at "
            f"{distance[worst[k], k]:.2g} sigma from the SM, at the SM {at_sm[k]:.2g}"
            for k in missed
        )
        raise CompileError(f"compiled observables that miss flavio: {names}")
    return report
