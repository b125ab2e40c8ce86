"""What the page offers beside the user's own card and data: other cards, leptoquarks, data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from muoquark.inference.source import as_varied, parse
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.snapshots import shipped
from muoquark.model.card_file import builtin_cards, starters
from muoquark.model.coefficient_card import AnyCard
from muoquark.model.fields import generic_model

__all__ = ["GIVEN", "SETS", "Choices", "card_of_set", "restarted"]

#: What the user's own card, and data, are called.
GIVEN = "given"
#: Leptoquarks, alone and together, that couple to muons.
SETS = ("S1", "S3", "R2", "R2t", "S1t", "S1+S3", "R2+S3", "U1", "U3", "V2", "V2t", "U1t")
# Of these cards: GeV, and the ranges of couplings to the second and third quark family.
MASS, SECOND, THIRD = 2000.0, 0.4, 1.0
SECOND_START, THIRD_START = 0.02, 0.1


def card_of_set(names: str) -> AnyCard:
    """Return a card of leptoquarks, ``S1+S3``: masses of 2 TeV, muon couplings of b and s free.

    Couplings to right-handed neutrinos stay zero.

    >>> [p.name for p in card_of_set("S3").free]
    ['eta3L_2', 'eta3L_3']
    """
    fields = names.split("+")
    model = generic_model(fields)
    couplings: dict[str, Any] = {}
    for name, term in model.heavy_couplings.items():
        kinds = {field.name for field in term.fields}
        if "nu" in kinds or not kinds & {"l", "e"} or not kinds & {"q", "u", "d"}:
            continue
        couplings[name] = [
            0.0,
            {"free": [-SECOND, SECOND], "start": SECOND_START, "name": f"{name}_2"},
            {"free": [-THIRD, THIRD], "start": THIRD_START, "name": f"{name}_3"},
        ]
    return as_varied(
        {
            "model": "generic",
            "masses": dict.fromkeys(fields, MASS),
            "mu_M": MASS,
            "couplings": couplings,
        }
    )


def restarted(card: AnyCard, values: Mapping[str, float]) -> AnyCard:
    """Return a card whose free parameters start at values.

    >>> restarted(card_of_set("S3"), {"eta3L_2": 0.1}).free[0].start
    0.1
    """
    import yaml

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            found = {key: walk(value) for key, value in node.items()}
            if "free" in found and found.get("name") in values:
                low, high = found["free"]
                found["start"] = float(min(max(values[found["name"]], low), high))
            return found
        return [walk(item) for item in node] if isinstance(node, list) else node

    return as_varied(walk(yaml.safe_load(card.to_yaml())))


@dataclass(frozen=True)
class Choices:
    """The cards and data of a page.

    Attributes
    ----------
    card, title
        The user's card, and what it is called.
    data, data_title, options
        Makes the user's data, what they are called, and the options of the command line that ask
        for them.
    order
        Of the matching.
    """

    card: AnyCard
    title: str
    data: Callable[[], Likelihood]
    data_title: str
    options: str
    order: str = "highest"

    def cards(self) -> list[dict[str, str]]:
        """Return what can be chosen: key, title and heading of every card."""
        found = [{"key": GIVEN, "title": self.title, "head": "your card"}]
        found += [
            {"key": f"built-in {n}", "title": n, "head": "built-in cards"} for n in builtin_cards()
        ]
        found += [
            {"key": f"starter {n}", "title": n, "head": "cards to begin with (muoquark init)"}
            for n in starters()
            if n not in builtin_cards()
        ]
        found += [
            {"key": f"set {n}", "title": n.replace("+", " + "),
             "head": "leptoquarks of 2 TeV that couple to muons"}
            for n in SETS
        ]  # fmt: skip
        return found

    def snapshots(self) -> list[dict[str, str]]:
        """Return key and title of the data that can be chosen."""
        found = [{"key": GIVEN, "title": self.data_title}]
        return found + [{"key": n, "title": n} for n in shipped() if n != self.data_title]

    def card_of(self, key: str) -> AnyCard:
        """Return the card of a key.

        Raises
        ------
        KeyError
            If there is none.
        """
        kind, _, name = key.partition(" ")
        if key == GIVEN:
            return self.card
        if kind == "built-in":
            return as_varied(parse(builtin_cards()[name], name))
        if kind == "starter":
            return as_varied(parse(starters()[name], name))
        if kind == "set" and name in SETS:
            return card_of_set(name)
        raise KeyError(key)

    def likelihood_of(self, key: str) -> Likelihood:
        """Return the data of a key; raises KeyError if there is none."""
        if key == GIVEN:
            return self.data()
        if key not in shipped():
            raise KeyError(key)
        return Likelihood(key)

    def option_of(self, key: str) -> str:
        """Return the options of the command line that ask for the data of a key."""
        return self.options if key == GIVEN else f"--data {key}"

    def title_of(self, key: str) -> str:
        """Return what the data of a key are called."""
        return self.data_title if key == GIVEN else key

    def titles(self) -> Mapping[str, str]:
        """Return key to title of all cards."""
        return {one["key"]: one["title"] for one in self.cards()}
