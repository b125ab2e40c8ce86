"""``muoquark lhc``: is the leptoquark of a card still alive, and who will see it?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import (
    AT,
    FORCE,
    JSON,
    ORDER,
    ask_model,
    console,
    model_card,
)
from muoquark.cli.progress import note, working, wrote
from muoquark.common.output import number, signed, to_json

if TYPE_CHECKING:
    from muoquark.collider.verdict import LhcAnalysis

# Of branching ratios: smaller ones are in the JSON.
SHOWN = 1e-3


@click.command()
@click.argument("card", metavar="CARD_OR_RESULT", shell_complete=cards)
@AT
@ORDER
@data_options
@click.option("--out", type=click.Path(), help="Folder for lhc.json, lhc.pdf and lhc.png.")
@click.option("--coupling", metavar="NAME",
              help="Entry on the axis of the picture, eta3L_3 or eta1R_23; default: the largest of "
              "the lightest field.")  # fmt: skip
@click.option("--masses", nargs=2, type=float, metavar="LOW HIGH",
              help="Range of the picture in GeV.")  # fmt: skip
@click.option("--no-fit", is_flag=True, help="Leave the band of the fit out of the picture.")
@JSON
@FORCE
def command(
    card: str,
    at: str | None,
    order: str,
    chosen: DataChoice,
    out: str | None,
    coupling: str | None,
    masses: tuple[float, float] | None,
    no_fit: bool,
    as_json: bool,
    force: bool,
) -> None:
    """Widths, pairs against published limits, Drell-Yan and HL-LHC for the point of CARD.

    With --out also a picture, coupling against mass: pairs, Drell-Yan now and at HL-LHC,
    perturbativity, and what the data (--data) prefer along all couplings of the field together.
    """
    from muoquark.collider.verdict import analyse
    from muoquark.common.errors import InputError
    from muoquark.common.output import output_folder, save
    from muoquark.common.provenance import provenance
    from muoquark.inference.source import order_of

    why = "masses and couplings of leptoquarks are not there"
    question = ask_model(card, "lhc", why, order, at)
    content = model_card(question)
    if out is None and (coupling is not None or masses is not None or no_fit):
        raise InputError(
            "--coupling, --masses and --no-fit are those of the picture, which --out makes"
        )
    point = content.point()
    folder = None
    if out is not None:
        from muoquark.collider.plane import requested

        requested(point, coupling, masses)  # what is refused is refused at once
        folder = output_folder(out, ["lhc.json", "lhc.pdf", "lhc.png"], force)
    arguments: dict[str, Any] = {"order": order_of(content, question.order)}
    with working("decays, pairs and Drell-Yan") as status:
        found = analyse(point, question.order)
        plane = None
        if folder is not None:
            from muoquark.collider.plane import mass_plane

            data = () if no_fit else tuple(x for x in chosen.data if not x.startswith("highpt"))
            likelihood = DataChoice(data, **_without_data(chosen)).likelihood() if data else None
            plane = mass_plane(point, likelihood, coupling, masses, question.order, status.update)
            arguments |= {"coupling": coupling, "masses": list(masses or ()), "no_fit": no_fit}
            identity = None if likelihood is None else likelihood.identity()
        else:
            identity = None
    record = {**found.record(), "order": arguments["order"]}
    record["notes"] = [*question.notes, *record["notes"]]
    if plane is not None:
        record["plane"] = plane.record()
    record["inputs"] = provenance("lhc", arguments, content.to_yaml(), identity)
    for sentence in (*found.notes, *(() if plane is None else plane.notes)):
        note(sentence)
    if folder is not None and plane is not None:
        from muoquark.report.lhc_figure import lhc_figure
        from muoquark.report.style import save_figure

        names = save_figure(lhc_figure(plane, point), str(folder / "lhc"))
        save(folder / "lhc.json", to_json(record) + "\n", force)
        wrote([*map(Path, names), folder / "lhc.json"])
    if as_json:
        click.echo(to_json(record))
    else:
        _print(found)


def _without_data(chosen: DataChoice) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in ("measurements", "groups", "chain", "fix_ckm")}


def _print(found: LhcAnalysis) -> None:
    from rich.table import Table

    terminal = console()
    table = Table(title="Decays", title_justify="left")
    for head, justify in (("component", "left"), ("mass [GeV]", "right"), ("width [GeV]", "right"),
                          ("branching ratios", "left")):  # fmt: skip
        table.add_column(head, justify=justify)  # type: ignore[arg-type]
    for one in found.decays:
        shown = [f"{c} {100 * br:.1f} %" for c, br in one.branching.items() if br >= SHOWN]
        table.add_row(one.component.name, f"{one.mass:.5g}", number(one.width, one.mass * 1e-3),
                      ", ".join(shown) or "none")  # fmt: skip
    terminal.print(table)
    if found.rates:
        table = Table(title="Pairs of one component [fb]", title_justify="left")
        table.add_column("component")
        energies = list(next(iter(found.rates.values())))
        for energy in energies:
            table.add_column(f"{energy} TeV", justify="right")
        for name, rates in found.rates.items():
            table.add_row(name, *(_rate(rates[energy]) for energy in energies))
        terminal.print(table)
    _print_pairs(found, terminal)
    _print_tails(found, terminal)
    for name, row in found.coupled:
        terminal.print(f"{name}: {row}")
    for projection in found.projected:
        terminal.print(f"projected for HL-LHC by others, {projection}")
    for sentence in ("", *found.verdict):
        click.echo(sentence)  # a terminal may break them, a file does not


def _rate(rate: Any) -> str:
    if rate.bound:
        return f"< {rate.value:.2g}"
    return f"{rate.value:.3g} ({rate.low:.2g} to {rate.high:.2g})"


def _print_pairs(found: LhcAnalysis, terminal: Any) -> None:
    from rich.table import Table

    if found.ratios:
        table = Table(
            title="Pairs against published limits, r = 1 is the limit", title_justify="left"
        )
        for head in ("field", "channel", "M_lim [GeV]", "r", "range", "2021", "reference"):
            table.add_column(head, justify="right" if head in ("M_lim [GeV]", "r") else "left")
        for one in _best(found.ratios):
            bound = "< " if one.bound else ""
            table.add_row(
                one.field, one.limit.name, f"{one.limit.mass:g}", f"{bound}{one.r:.2g}",
                f"{one.low:.2g} to {one.high:.2g}", "known" if one.known("2021") else "later",
                one.limit.source,
            )  # fmt: skip
        terminal.print(table)
    if found.vectors:
        table = Table(title="Published limits on pairs of vectors", title_justify="left")
        for head in (
            "component",
            "channel",
            "kappa",
            "M_lim [GeV]",
            "for BR",
            "here BR",
            "reference",
        ):
            table.add_column(head)
        for v in found.vectors:
            table.add_row(
                v.component, v.limit.name, str(v.limit.kappa), f"{v.limit.mass:g}",
                f"{v.limit.br:g}", f"{v.share * v.limit.br:.2g}", v.limit.source,
            )  # fmt: skip
        terminal.print(table)


def _best(ratios: Iterable[Any]) -> list[Any]:
    """Return, of each field, channel and date, the strongest limit, down to r = 1e-6."""
    kept: dict[Any, Any] = {}
    for one in ratios:
        for date in ("2021", "today"):
            if one.known(date) and one.r > 1e-6:
                kept.setdefault((one.field, one.limit.channels, date), one)
    return list({id(one): one for one in kept.values()}.values())


def _print_tails(found: LhcAnalysis, terminal: Any) -> None:
    from rich.table import Table

    tails = found.tails
    if tails is None:
        return
    title = (
        f"Drell-Yan, Delta chi2 to the SM (order {found.order}); "
        "y: common factor of all couplings, 95 % CL"
    )
    table = Table(title=title, title_justify="left")
    heads = ("search", "chi2 SM", "propagator", "EFT", "y now", "HL-LHC rescaled", "relative",
             "y rescaled", "y relative", "f_j")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="left" if head == "search" else "right")
    for block, one in tails.searches["now"].items():
        f = tails.growth[block]
        cells = [f"{one.chi2_sm:.2f}"]
        if tails.factor:
            later = {case: tails.searches[case][block].full for case in ("rescaled", "relative")}
            y = {case: rows[block] for case, rows in tails.by_search.items()}
            cells += [signed(one.full, 2), signed(one.eft, 2), _factor(y["now"])]
            cells += [signed(later["rescaled"], 2), signed(later["relative"], 2)]
            cells += [_factor(y["rescaled"]), _factor(y["relative"])]
        else:
            cells += ["-"] * 7
        table.add_row(block, *cells, f"{f.min():.2f}-{f.max():.2f}")
    if tails.factor:
        sums = {
            name: sum(getattr(x, name) for x in tails.searches["now"].values())
            for name in ("chi2_sm", "full", "eft")
        }
        later = {
            case: sum(x.full for x in tails.searches[case].values())
            for case in ("rescaled", "relative")
        }
        table.add_section()
        table.add_row(
            "all", f"{sums['chi2_sm']:.2f}", signed(sums["full"], 2), signed(sums["eft"], 2),
            _factor(tails.factor["now"]), signed(later["rescaled"], 2),
            signed(later["relative"], 2),
            _factor(tails.factor["rescaled"]), _factor(tails.factor["relative"]), "",
        )  # fmt: skip
    terminal.print(table)


def _factor(value: float) -> str:
    from math import isfinite

    return f"{value:.3g}" if isfinite(value) and value < 1e3 else "-"
