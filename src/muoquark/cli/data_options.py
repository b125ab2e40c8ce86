"""The options that say which data a verb compares with; the same for every verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.completion import snapshots

if TYPE_CHECKING:
    from muoquark.likelihood.likelihood import Likelihood

__all__ = ["DataChoice", "data_options", "given_by_user"]

OPTIONS = (
    click.option(
        "--data",
        multiple=True,
        default=("2026-11",),
        show_default=True,
        metavar="NAME",
        shell_complete=snapshots,
        help="A part of the data; again for another one.  A snapshot that 'muoquark data' lists "
        "(2021-07, or 2021-07.0 for one revision), a file of one, 'highpt' (Drell-Yan tails), a "
        "POPxf file (.json), or a Python file that makes a part (.py); options in the name, "
        "highpt:pdf=NNPDF40 or mine.py:luminosity=300.",
    ),
    click.option(
        "--measurements",
        type=click.Path(),
        multiple=True,
        metavar="FILE|NAME",
        help="Measurements to add or to replace: a file in flavio's YAML grammar, or others that "
        "the snapshot holds ('muoquark data --snapshot 2026-11' lists them, RD_individual for "
        "example); again for another one.",
    ),
    click.option(
        "--until",
        metavar="YYYY-MM",
        help="What was measured by the end of that month, in all parts of the data; predictions "
        "are today's.",
    ),
    click.option(
        "--groups",
        type=click.Path(),
        metavar="FILE",
        help="Groups of observables of your own: YAML, name: [observable or pattern, ...].",
    ),
    click.option(
        "--chain",
        type=click.Choice(("full", "smelli")),
        default="full",
        show_default=True,
        help="Integrated running and one-loop matching at the weak scale, or smelli's own "
        "leading logarithms and tree level.",
    ),
    click.option(
        "--fix-ckm",
        is_flag=True,
        help="Leave the CKM matrix what it is in the SM, in the place of extracting it at every "
        "point.",
    ),
    click.option(
        "--theory-errors",
        type=click.Choice(("point", "relative", "sm")),
        metavar="point|relative|sm",
        help="Theory errors of the Gaussian blocks: those of the point, those of the SM with rates "
        "in proportion, or those of the SM; by default what the snapshot says "
        "(docs/theory-errors.md).",
    ),
    click.option(
        "--vcb",
        metavar="VALUE(ERR)|drop|as-is",
        help="What is known of V_cb, in the place of the snapshot's input of the CKM scheme: "
        "0.0391(5), or 'drop' for nothing.  Theory errors are then those of the point.",
    ),
)


@dataclass(frozen=True)
class DataChoice:
    """What the options say; see :class:`muoquark.likelihood.likelihood.Likelihood`.

    `recorded` is the identity of the data of a result, which are taken in the place of the options.
    """

    data: tuple[str, ...]
    measurements: tuple[str, ...] = ()
    groups: str | None = None
    chain: str = "full"
    fix_ckm: bool = False
    theory_errors: str | None = None
    vcb: str | None = None
    recorded: Mapping[str, Any] | None = None
    until: str | None = None

    def likelihood(self) -> Likelihood:
        """Read the data."""
        if self.recorded is not None:
            from muoquark.likelihood.recorded import likelihood_of

            return likelihood_of(self.recorded)
        from muoquark.likelihood.likelihood import Likelihood

        return Likelihood(
            self.data, self.chain, self.measurements,
            fix_ckm=self.fix_ckm, groups=self.groups, until=self.until,
            theory_errors=self.theory_errors, vcb=self.vcb,
        )  # fmt: skip

    @property
    def title(self) -> str:
        """What the data are called in tables."""
        names = " + ".join(self.data)
        return names if self.until is None else f"{names} until {self.until}"

    def at(self, month: str) -> DataChoice:
        """Return the same data as they were known in a month."""
        recorded = None if self.recorded is None else {**self.recorded, "until": month}
        return replace(self, until=month, recorded=recorded)

    def after(self, record: Mapping[str, Any] | None) -> DataChoice:
        """Return the data of a result, with the other options of the command line.

        Where the command line names data the result has no say.
        """
        if record is None or given_by_user("data"):
            return self
        from muoquark.common.document import read_text
        from muoquark.likelihood.groups import read_groups
        from muoquark.likelihood.parts import opened
        from muoquark.likelihood.recorded import specs_of
        from muoquark.likelihood.user import told_apart

        identity = dict(record)
        for name in ("chain", "fix_ckm", "until"):
            if given_by_user(name):
                identity[name] = getattr(self, name)
        if self.theory_errors is not None:
            identity["theory_errors"] = self.theory_errors
        if self.vcb is not None:
            identity["vcb"] = self.vcb
            if self.theory_errors is None:
                identity["theory_errors"] = "point"
        if self.measurements:
            chosen, file = told_apart(self.measurements, opened(specs_of(identity)))
            identity["chosen"] = list(chosen)
            identity["measurements"] = None if file is None else read_text(file)[0]
        if self.groups is not None:
            identity["groups"] = read_groups(self.groups)
        return replace(
            self, data=specs_of(identity), chain=str(identity.get("chain", "full")),
            recorded=identity, fix_ckm=bool(identity.get("fix_ckm", False)),
            until=identity.get("until"),
        )  # fmt: skip


def given_by_user(name: str) -> bool:
    """Tell whether an option stands on the command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source not in (None, click.core.ParameterSource.DEFAULT)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a verb, which gets them as the argument `chosen`."""

    @wraps(command)
    def verb(
        *,
        data: tuple[str, ...],
        measurements: tuple[str, ...],
        until: str | None,
        groups: str | None,
        chain: str,
        fix_ckm: bool,
        theory_errors: str | None,
        vcb: str | None,
        **others: Any,
    ) -> Any:
        choice = DataChoice(
            data, measurements, groups, chain, fix_ckm, until=until,
            theory_errors=theory_errors, vcb=vcb,
        )  # fmt: skip
        return command(chosen=choice, **others)

    found: Callable[..., Any] = verb
    for option in reversed(OPTIONS):
        found = option(found)
    return found
