"""``muoquark rerun``: make a result again from what it says of its own making, and compare."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.inputs import FORCE, JSON
from muoquark.common.errors import Fault, InputError
from muoquark.common.files import refuse_inputs
from muoquark.common.output import to_json

if TYPE_CHECKING:
    from muoquark.common.compare import Comparison

# ln L carries rounding noise of 2e-8 (the quark correlation has a condition number of 7e4), which
# leaves the place of a minimum uncertain by sqrt(2 * 2 * 2e-8) = 3e-4 standard deviations.
TOLERANCE = 1e-3

# Where a verb without a folder writes: standard output, or the file --out, JSON or NetCDF.
PRINTED, OUT, NETCDF = "", "--out", ".nc"
# Verbs whose results can be made again, and how their result is called in the folder --out.
FILES = {
    "fit": "fit.json",
    "profile": "profile.json",
    "goodness": "goodness.json",
    "robustness": "robustness.json",
    "reproduce": "reproduce.json",
    "theory": "theory.json",
    "lhc": "lhc.json",
    "loglike": PRINTED,
    "predict": OUT,
    "export": OUT,
    "sample": NETCDF,
    "scan": NETCDF,
}
# What the record `inputs` holds beside the arguments of the verb.
OWN = ("verb", "card", "data", "versions", "hash", "format")


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--tolerance", type=click.FloatRange(0), default=TOLERANCE, show_default=True,
              help="Largest relative difference that is no failure.")  # fmt: skip
@click.option("--data", metavar="NAME", multiple=True,
              help="Where the same data are found now; once for each part.")  # fmt: skip
@click.option("--workers", type=click.IntRange(0), help="Processes, for verbs that share work.")
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler, for verbs that share work.")
@click.option("--out", type=click.Path(), help="Keep the new result here.")
@FORCE
@JSON
def command(
    result: str,
    tolerance: float,
    data: tuple[str, ...],
    workers: int | None,
    dask: str | None,
    out: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make RESULT again from its own record of inputs, and compare number by number.

    RESULT is a JSON file of fit, profile, goodness, robustness, reproduce, theory, lhc, loglike,
    predict --out or export --format popxf, or a NetCDF file of sample or scan.  Exit code 1 if a
    number differs by more than the tolerance.
    """
    from muoquark.common.compare import compare_arrays, compare_documents
    from muoquark.common.netcdf import is_netcdf, read_arrays
    from muoquark.common.provenance import changes, versions
    from muoquark.report.result import read_json

    old: Any
    arrays = is_netcdf(result)
    inputs, old = read_arrays(result) if arrays else (None, read_json(result))
    inputs = old["inputs"] if inputs is None else inputs
    verb = check(inputs, result)
    if FILES[verb] == NETCDF and not arrays:
        raise InputError(
            Fault(f"the numbers of a result of 'muoquark {verb}' in short: the file *.nc beside it "
                  "is what can be made again", result)
        )  # fmt: skip
    if verb == "lhc" and "plane" not in old:
        raise InputError(
            Fault("printed by 'muoquark lhc' without --out: the file lhc.json of a folder --out is "
                  "what can be made again", result)
        )  # fmt: skip
    if arrays != (FILES[verb] == NETCDF):
        raise InputError(Fault(f"not a result of 'muoquark {verb}'", result))
    if not tolerance >= 0:
        raise InputError("--tolerance is not a number")
    differing = changes(inputs["versions"], versions(tuple(inputs["versions"])))
    differing += _other_tables(inputs["data"])
    for sentence in differing:
        click.echo(f"muoquark: note: made with another version: {sentence}", err=True)
    with tempfile.TemporaryDirectory() as folder:
        arguments = command_line(
            inputs, result, Path(folder), data, {"workers": workers, "dask": dask}
        )
        if out is not None:
            name = FILES[verb]
            whole = name in (PRINTED, OUT, NETCDF)
            refuse_inputs(out if whole else Path(out) / name)
        new_path = _run(verb, arguments, Path(folder) / "new" if out is None else Path(out), force)
        comparison = (
            compare_arrays(old, read_arrays(new_path)[1])
            if arrays
            else compare_documents(old, read_json(new_path))
        )
    passed = comparison.within(tolerance)
    document = record(comparison, passed, tolerance, verb, differing)
    if as_json:
        click.echo(to_json(document))
    else:
        for line in sentences(document):
            click.echo(line)
    if not passed:
        sys.exit(1)


def check(inputs: Mapping[str, Any], source: str) -> str:
    """Return the verb of a record of inputs; refuse what cannot be made again.

    Raises
    ------
    InputError
        If it is of a newer format, of a verb that cannot be repeated, incomplete, or changed.
    """
    from muoquark.common.provenance import FORMAT, hash_of

    found = inputs.get("format", 1)
    if not isinstance(found, int) or found > FORMAT:
        raise InputError(
            Fault(f"the result has format {found}, this muoquark reads up to {FORMAT}: "
                  "upgrade muoquark", source)
        )  # fmt: skip
    verb = inputs.get("verb")
    if verb not in FILES:
        raise InputError(
            Fault(f"a result of '{verb}' cannot be made again; those of {', '.join(FILES)} can",
                  source)
        )  # fmt: skip
    missing = [key for key in ("card", "data", "versions", "hash") if key not in inputs]
    if missing:
        raise InputError(Fault(f"its record 'inputs' lacks {', '.join(missing)}", source))
    content = {k: v for k, v in inputs.items() if k not in ("versions", "hash", "format")}
    if hash_of(content) != inputs["hash"]:
        raise InputError(
            Fault("its record 'inputs' does not have the hash that it states: it was changed after "
                  "the result was written", source)
        )  # fmt: skip
    return str(verb)


def command_line(
    inputs: Mapping[str, Any],
    source: str,
    folder: Path,
    data: Sequence[str] = (),
    more: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return the arguments of the verb; card and measurements are written into `folder`.

    Raises
    ------
    InputError
        If the verb has no such argument, or the data are not there or not the same.
    """
    from muoquark.cli.main import cli
    from muoquark.likelihood.recorded import specs_of
    from muoquark.likelihood.snapshots import recorded
    from muoquark.likelihood.theory_choice import described

    verb = inputs["verb"]
    group = cli.get_command(click.Context(cli), verb)
    assert group is not None
    parameters = {p.name: p for p in group.params}
    arguments: list[str] = []
    if inputs["card"] is not None:
        (folder / "card.yaml").write_text(inputs["card"], encoding="utf-8")
        arguments.append(str(folder / "card.yaml"))
    options = {key: value for key, value in inputs.items() if key not in OWN}
    identity = inputs["data"]
    if "snapshots" in options:  # of reproduce: several snapshots by name
        options["data"] = [recorded(identity[name]) for name in options.pop("snapshots")]
        for one, name in zip(identity.values(), options["data"], strict=True):
            _same_data(one, name)
    elif identity:
        names = tuple(data) or specs_of(identity)
        parts = identity.get("parts") or [identity]
        if len(names) != len(parts):
            raise InputError(
                f"the result was made with {len(parts)} parts of data, --data names {len(names)}"
            )
        options["data"] = list(names)
        options["chain"] = identity["chain"]
        for part, name in zip(parts, names, strict=True):
            _same_data(part, name)
        if identity.get("measurements") is not None:
            (folder / "measurements.yaml").write_text(identity["measurements"], encoding="utf-8")
            options["measurements"] = [str(folder / "measurements.yaml")]
        if identity.get("chosen"):
            options["measurements"] = [*identity["chosen"], *options.get("measurements", [])]
        options["until"] = identity.get("until")
        if identity.get("groups"):
            (folder / "groups.yaml").write_text(to_json(identity["groups"]), encoding="utf-8")
            options["groups"] = str(folder / "groups.yaml")
        options["fix_ckm"] = bool(identity.get("fix_ckm", False))
        mode, vcb = described(identity)
        # A verb that asks nothing of theory errors has no such option.
        if "theory_errors" in parameters:
            options |= {"theory_errors": mode, "vcb": vcb}
    options |= {k: v for k, v in (more or {}).items() if v is not None}
    for name, value in options.items():
        option = parameters.get(name)
        if not isinstance(option, click.Option):
            raise InputError(
                Fault(f"'muoquark {verb}' has no option '{name}' in this version", source)
            )
        if value is None or value is False or value == []:
            continue
        key = max(option.opts, key=len)
        if value is True:
            arguments.append(key)
        elif option.multiple:
            for one in value:
                arguments += [key, str(one)]
        elif isinstance(value, list):
            words = [str(one) for one in value]
            arguments += [key, *(words if option.nargs == len(words) else [",".join(words)])]
        else:
            arguments += [key, str(value)]
    return arguments


def _other_tables(identity: Mapping[str, Any]) -> list[str]:
    """Say whether the tables of running are others than those that the result was made with."""
    from muoquark.common.provenance import hash_of_file
    from muoquark.running.evolution import CHAINS, tables

    old, chain = identity.get("evolution"), identity.get("chain")
    if old is None or chain not in CHAINS or hash_of_file(tables(chain)) == old:
        return []
    return [f"tables of running, chain {chain}"]


def _same_data(part: Mapping[str, Any], spec: str) -> None:
    """Raise InputError unless a part of the data is here and has the stated hash."""
    from muoquark.common.provenance import hash_of_file
    from muoquark.likelihood.parts import open_part, split
    from muoquark.likelihood.snapshots import find, revisions

    name, _ = split(spec)
    if "built_in" in part:
        found = str(open_part(spec).identity().get("sha256"))
        if found != part["sha256"]:
            raise InputError(
                f"the tables of '{name}' have the SHA-256 {found[:12]}... here, the result was "
                f"made with {part['sha256'][:12]}...: not the same data"
            )
        return
    what = "snapshot" if "snapshot" in part else "file"
    known = find(name)
    path = known.path if known else Path(name)
    here = [one for one in revisions() if one.name == part.get("snapshot")]
    listed = ", ".join(f"{one.title} ({hash_of_file(one.path)[:12]}...)" for one in here)
    if not path.is_file():
        where = f" (here are {listed})" if here else ""
        raise InputError(
            f"the {what} '{name}' of the result is not here{where}; --data says where it is now"
        )
    found = hash_of_file(path)
    if found != part["sha256"]:
        if known in here and part.get("revision") is None:  # of muoquark 0.1, with no revision
            raise InputError(
                f"no revision of the snapshot '{known.name}' here has the SHA-256 "
                f"{part['sha256'][:12]}... of the result: {listed}; --data says where it is now"
            )
        raise InputError(
            f"the {what} '{name}' has the SHA-256 {found[:12]}... here, the result was made with "
            f"{part['sha256'][:12]}...: not the same data"
        )


def _run(verb: str, arguments: list[str], out: Path, force: bool) -> Path:
    """Call the verb and return the path of its result."""
    from muoquark.cli.main import cli

    name = FILES[verb]
    call = [verb, *arguments, "--json"]
    if name != PRINTED:
        call += ["--out", str(out)] + (["--force"] if force else [])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        cli.main(args=call, prog_name="muoquark", standalone_mode=False)
    if name == PRINTED:
        from muoquark.common.output import save

        save(out, printed.getvalue(), force)
        return out
    if verb == "sample" and out.suffix != ".nc":
        return out / "sample.nc"
    return out if name in (OUT, NETCDF) else out / name


def record(
    comparison: Comparison, passed: bool, tolerance: float, verb: str, differing: list[str]
) -> dict[str, Any]:
    """Return the outcome as plain data."""
    rows = [
        {"path": d.path, "old": _plain(d.old), "new": _plain(d.new), "relative": d.relative}
        for d in (*comparison.differences[:20], *comparison.effort[:20])
    ]
    return {
        "verb": verb,
        "identical": comparison.identical,
        "passed": passed,
        "tolerance": tolerance,
        "numbers": comparison.numbers,
        "different": len(comparison.differences) + len(comparison.effort),
        "largest": rows[0] if comparison.differences else None,
        "differences": rows,
        "versions": differing,
    }


def _plain(value: Any) -> Any:
    return json.loads(to_json(value))


def sentences(document: Mapping[str, Any]) -> list[str]:
    """Return the outcome in words."""
    count = document["numbers"]
    if document["identical"]:
        return [f"{document['verb']}: the same to the last bit ({count} numbers)"]
    largest = document["largest"]
    if largest is None:
        return [f"{document['verb']}: the same results ({count} numbers) with another effort"]
    head = f"{document['verb']}: {document['different']} of {count} values differ; "
    one = f"{largest['old']} -> {largest['new']} at {largest['path']}"
    verdict = "within" if document["passed"] else "beyond"
    size = (
        "no difference of numbers"
        if largest["relative"] is None or largest["relative"] == float("inf")
        else f"the largest relative difference is {largest['relative']:.2g}"
    )
    return [f"{head}{size}: {one}", f"{verdict} the tolerance of {document['tolerance']:g}"]
