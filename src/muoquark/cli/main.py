"""The entry point ``muoquark`` and its lazily imported verbs.

A verb lives in its own module of this folder and is imported only when it is called, so that
``muoquark --help`` does not pay for the libraries of verbs that nobody asked for.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import Any

import click

from muoquark import __version__
from muoquark.cli.progress import LOUDNESS, NORMAL, QUIET, VERBOSE
from muoquark.common.cache import keep_compiled_programs
from muoquark.common.errors import MuoquarkError, suggest
from muoquark.common.files import protecting_inputs

__all__ = ["cli", "main"]

LEVELS = {"quiet": QUIET, "verbose": VERBOSE}

# verb -> (module:attribute, one line of help)
VERBS: dict[str, tuple[str, str]] = {
    "init": ("muoquark.cli.init:command", "Write a commented starter card."),
    "fit": ("muoquark.cli.fit:command", "Best fit, intervals and the paper's figure."),
    "sample": ("muoquark.cli.sample:command", "Posterior by NUTS, or evidence by nested sampling."),
    "scan": ("muoquark.cli.scan:command", "The likelihood at many points: grid or Sobol."),
    "match": ("muoquark.cli.match:command", "Wilson coefficients of a card, as a WCxf file."),
    "loglike": ("muoquark.cli.loglike:command", "Log-likelihood of a point, block by block."),
    "wet": ("muoquark.cli.wet:command", "Low-scale coefficients of a point, as a WCxf file."),
    "predict": ("muoquark.cli.predict:command", "Every observable: SM, here, measured, pulls."),
    "goodness": ("muoquark.cli.goodness:command", "Chi2, p-values, pulls; what drives the fit."),
    "profile": ("muoquark.cli.profile:command", "Profiles of one and two parameters."),
    "history": ("muoquark.cli.history:command", "The best fit as measurements came in."),
    "robustness": ("muoquark.cli.robustness:command", "Do order-one coefficients matter?"),
    "data": ("muoquark.cli.data:command", "The data snapshots and what they hold."),
    "plot": ("muoquark.cli.plot:command", "The figures of a result again, as one wants them."),
    "report": ("muoquark.cli.report:command", "One HTML page with all of a result."),
    "explore": ("muoquark.cli.explore:command", "A live page: move parameters, see ln L follow."),
    "rerun": ("muoquark.cli.rerun:command", "Make a result again and compare it."),
    "cite": ("muoquark.cli.cite:command", "BibTeX of exactly what entered a result."),
    "export": ("muoquark.cli.export:command", "Results and predictions in the formats of others."),
    "theory": ("muoquark.cli.theory:command", "To the Planck scale: poles, vacuum, naturalness."),
    "lhc": ("muoquark.cli.lhc:command", "Widths, pairs against limits, Drell-Yan, HL-LHC."),
    "xboson": ("muoquark.cli.xboson:command", "The X boson: width, bounds, mixing, Landau pole."),
    "dipoles": ("muoquark.cli.dipoles:command", "Scales of the lepton dipoles, eq. (1)."),
    "charges": ("muoquark.cli.charges:charges", "Anomaly-free U(1)_X and what they protect."),
    "neutrino": ("muoquark.cli.neutrino:neutrino", "What B-3Lmu predicts for neutrinos."),
    "reproduce": ("muoquark.cli.reproduce:command", "The paper's claims, judged one by one."),
    "check": ("muoquark.cli.check:check", "Gauge invariance, anomalies, conditions i) to vi)."),
}


class LazyGroup(click.Group):
    """A click group that imports a verb's module only when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of :data:`VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return the verb `name`."""
        if name not in VERBS:
            return None
        module, attribute = VERBS[name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        known = {option for p in command.params for option in p.opts}
        command.params += [p for p in loudness_options() if not known & set(p.opts)]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs from :data:`VERBS`, without importing one of them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the verb; an unknown one is answered with the closest known."""
        if args and args[0] not in VERBS:
            raise click.UsageError(f"unknown verb '{args[0]}': {suggest(args[0], list(VERBS))}")
        return super().resolve_command(ctx, args)


def loudness_options() -> list[click.Option]:
    """Return the options -q and -v, which every verb has."""

    def say(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            if ctx.meta.get(LOUDNESS, NORMAL) not in (NORMAL, level := LEVELS[str(param.name)]):
                raise click.UsageError("-q and -v exclude each other")
            ctx.meta[LOUDNESS] = level

    return [
        click.Option(
            ["-q", "--quiet"], is_flag=True, expose_value=False, callback=say,
            help="Say nothing beside the result and errors.",
        ),
        click.Option(
            ["-v", "--verbose"], is_flag=True, expose_value=False, callback=say,
            help="Say what is being done, and how long it took.",
        ),
    ]  # fmt: skip


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muoquark")
def cli() -> None:
    """From a lepton-flavoured gauge symmetry to the global likelihood of its leptoquarks."""


def main(argv: list[str] | None = None) -> None:
    """Run the command line; a fault of the input is one message and exit code 2.

    Without `argv` this is the process's own: then it also keeps what JAX compiles.
    """
    if argv is None:
        keep_compiled_programs()
    try:
        # click returns the code of an Exit here, and what a verb returns, which is None.
        with protecting_inputs():
            code = cli.main(args=argv, prog_name="muoquark", standalone_mode=False)
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("muoquark: interrupted", err=True)
        sys.exit(130)
    except MuoquarkError as error:
        for line in str(error).splitlines():
            click.echo(f"muoquark: error: {line}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output went away (`muoquark ... | head`): not our fault, not a fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ModuleNotFoundError as error:
        if (error.name or "muoquark").partition(".")[0] == "muoquark":
            raise  # a defect of ours
        click.echo(
            f"muoquark: error: the installation is incomplete ({error}): pip install muoquark "
            "installs what is missing", err=True,
        )  # fmt: skip
        sys.exit(2)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"muoquark: error: the output could not be written: {error.strerror}", err=True)
        sys.exit(2)
    if code:
        sys.exit(code)
