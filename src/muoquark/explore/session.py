"""What one tab of a browser asks and is told; knows no browser and no server.

A wish is plain data with the key ``do``; answers have a kind and are plain data, too.  State that
lasts is the browser's: every wish says all that it needs beside the card, so that a tab that lost
its connection goes on with another session where it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from muoquark import __version__
from muoquark.common.errors import MuoquarkError
from muoquark.explore.choices import GIVEN
from muoquark.explore.curves import curve
from muoquark.explore.exploration import Exploration, Readings
from muoquark.explore.planes import Stopped, View, colours, picture, viewed
from muoquark.explore.stock import Stock
from muoquark.explore.verdicts import lhc_of, theory_of
from muoquark.report.html import formula

__all__ = ["Session", "described", "shown"]

#: What the choices of theory errors are called.
ERRORS = {
    "sm": "of the SM",
    "relative": "of the SM, those of rates in proportion",
    "point": "of the point",
}
Say = Callable[[str, dict[str, Any]], None]


def shown(numbers: Readings) -> dict[str, Any]:
    """Return numbers as the page takes them."""
    return {
        "total": numbers.total,
        "delta": numbers.delta_chi2,
        "blocks": dict(numbers.blocks),
        "groups": dict(numbers.groups),
        "moved": [{**asdict(one), "label": str(formula(one.label))} for one in numbers.moved],
        "status": list(numbers.status),
        "full": numbers.full,
    }


def described(explorer: Exploration) -> dict[str, Any]:
    """Return what the page has to know of a card."""
    looks = colours(explorer)
    return {
        "handles": [{**asdict(one), "label": str(formula(one.label))} for one in explorer.handles],
        "groups": {
            n: {**look, "label": str(formula(look["label"].replace("\n", " ")))}
            for n, look in looks.items()
        },
        "axes": list(explorer.leading),
        "wide": explorer.wide,
        "notes": list(explorer.notes),
        "order": explorer.matching_order,
        "version": __version__,
        "stack": explorer.likelihood.stack,
        "measurements": len(explorer.likelihood.observables),
        "theory_errors": ERRORS[explorer.likelihood.theory_errors],
    }


class Session:
    """One tab.

    Parameters
    ----------
    stock
        Where explorers come from.
    say
        Takes kind and content of an answer; called from any thread.
    """

    def __init__(self, stock: Stock, say: Say) -> None:
        self.stock, self.say = stock, say
        self.explorer: Exploration | None = None
        self.keys = (GIVEN, GIVEN, False)
        # One thread for planes, of which the last one that was asked for counts, and one for what
        # takes seconds.
        self._planes = ThreadPoolExecutor(1, thread_name_prefix="plane")
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="slow")
        self._lock = threading.Lock()
        self._latest = 0
        self._moves = 0
        self._closed = False

    def close(self) -> None:
        """Give up what is being done: the tab is gone."""
        self._closed = True
        self._latest += 1
        self._planes.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)

    def hear(self, wish: Mapping[str, Any]) -> None:
        """Answer a wish, at once or later."""
        actions: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "move": self._move,
            "switch": lambda w: self._later(w, self._switch),
            "view": lambda w: self._later(w, self._view),
            "card": lambda w: self._later(w, self._card),
            "best": lambda w: self._later(w, self._best),
            "theory": lambda w: self._later(w, self._theory),
            "lhc": lambda w: self._later(w, self._lhc),
        }
        action = actions.get(str(wish.get("do")))
        if action is None or self._closed:
            return
        self._guarded(wish, action)

    def _guarded(
        self, wish: Mapping[str, Any], action: Callable[[Mapping[str, Any]], None]
    ) -> None:
        """Do something; what is wrong with the input is said on the page."""
        try:
            action(wish)
        except (MuoquarkError, KeyError, TypeError, ValueError, AttributeError) as error:
            text = str(error) if isinstance(error, MuoquarkError) else f"refused: {error!r}"
            self.say("fault", {"do": wish.get("do"), "text": text, "seq": wish.get("seq")})

    def _later(self, wish: Mapping[str, Any], action: Callable[[Mapping[str, Any]], None]) -> None:
        """Do something that takes a while beside what follows."""
        self._slow.submit(self._guarded, wish, action)

    def _ready(self) -> Exploration:
        if self.explorer is None:
            raise ValueError("no card is compiled yet")
        return self.explorer

    def _move(self, wish: Mapping[str, Any]) -> None:
        """Say the numbers of a point at once, and draw the plane as soon as there is time.

        Of a point at rest the numbers are those of the whole pass, which may take longer.
        """
        if "of" in wish and list(wish["of"]) != list(self.keys):
            return  # asked of a card that is another one by now
        explorer = self._ready()
        values = explorer.clipped(wish.get("values", {}))
        rest, plane = bool(wish.get("rest")), bool(wish.get("plane"))
        if not rest:
            self._numbers(wish, explorer.at, values)
        if rest or plane:
            with self._lock:
                self._latest += plane
                self._moves += 1
                token, move = self._latest, self._moves

            def later(wish: Mapping[str, Any]) -> None:
                if rest and self._moves == move:
                    self._numbers(wish, explorer.full, values)
                if plane:
                    self._plane(wish, token)

            self._planes.submit(self._guarded, wish, later)
        else:
            self._moves += 1

    def _numbers(
        self,
        wish: Mapping[str, Any],
        ask: Callable[[Mapping[str, float]], Readings],
        values: Mapping[str, float],
    ) -> None:
        """Say the numbers of a point."""
        begun = time.perf_counter()
        found = shown(ask(values))
        milliseconds = 1e3 * (time.perf_counter() - begun)
        self.say("numbers", {**found, "seq": wish.get("seq"), "ms": milliseconds})

    def _plane(self, wish: Mapping[str, Any], token: int) -> None:
        """Draw the plane, unless something newer is asked for."""
        explorer = self._ready()

        fine = bool(wish.get("fine"))

        def stale() -> bool:
            return self._closed or self._latest != token

        def stop() -> bool:
            # What is coarse is finished: while something moves there is always something newer.
            return stale() if fine else self._closed

        if stale():
            return
        begun = time.perf_counter()
        try:
            if len(explorer.handles) == 1:
                drawn: dict[str, Any] = curve(explorer, stop).record()
            else:
                view = _view_of(wish.get("view"))
                points = explorer.fine if fine else explorer.coarse
                x, y = str(wish["x"]), str(wish["y"])
                drawn = picture(explorer, x, y, wish["values"], view, points, stop).record()
        except Stopped:
            return
        milliseconds = 1e3 * (time.perf_counter() - begun)
        self.say("plane", {**drawn, "seq": wish.get("seq"), "fine": fine,
                           "ms": milliseconds})  # fmt: skip

    def _switch(self, wish: Mapping[str, Any]) -> None:
        """Take another card or other data."""
        keys = str(wish["card"]), str(wish["data"]), bool(wish.get("wide"))
        self._latest += 1

        def said(text: str) -> None:
            self.say("busy", {"text": text})

        said("preparing")
        try:
            self.explorer = self.stock.get(*keys, said)
        finally:
            self.say("busy", {"text": ""})
        self.keys = keys
        choices = self.stock.choices
        self.say(
            "page",
            {
                **described(self.explorer),
                "card": keys[0],
                "data": keys[1],
                "asked_wide": keys[2],
                "data_title": choices.title_of(keys[1]),
                "options": choices.option_of(keys[1]),
                "seq": wish.get("seq"),
            },
        )

    def _view(self, wish: Mapping[str, Any]) -> None:
        """Say which part of a plane is worth looking at."""
        explorer = self._ready()
        x, y = str(wish["x"]), str(wish["y"])
        found = viewed(explorer, x, y, wish["values"])
        view = [[float(a), float(b)] for a, b in found]
        self.say("view", {"view": view, "x": x, "y": y, "seq": wish.get("seq")})

    def _card(self, wish: Mapping[str, Any]) -> None:
        """Say the card of a point, and ln L by the whole pass."""
        explorer = self._ready()
        numbers = explorer.full(wish["values"])
        command = f"muoquark loglike card.yaml {self.stock.choices.option_of(self.keys[1])}".strip()
        if self.stock.choices.order != "highest":
            command += f" --order {self.stock.choices.order}"
        self.say("card", {"text": explorer.text(wish["values"]), "total": numbers.total,
                          "command": command, "seq": wish.get("seq")})  # fmt: skip

    def _best(self, wish: Mapping[str, Any]) -> None:
        """Say the best fit of all parameters."""
        from muoquark.inference.bestfit import best_fit

        explorer = self._ready()
        self.say("busy", {"text": "fitting all parameters"})
        try:
            here = explorer.theta(explorer.clipped(wish["values"]))
            best = best_fit(explorer.function, starts=4, also=[here])
        finally:
            self.say("busy", {"text": ""})
        self.say("best", {"values": best.values, "delta": best.delta_chi2,
                          "limits": list(best.at_limit), "seq": wish.get("seq")})  # fmt: skip

    def _theory(self, wish: Mapping[str, Any]) -> None:
        explorer = self._ready()
        self.say("busy", {"text": "running the couplings to the Planck scale"})
        try:
            found = theory_of(explorer, wish["values"])
        finally:
            self.say("busy", {"text": ""})
        self.say("theory", {**found, "values": wish["values"], "seq": wish.get("seq")})

    def _lhc(self, wish: Mapping[str, Any]) -> None:
        explorer = self._ready()
        self.say("busy", {"text": "decays, pairs and Drell-Yan"})
        try:
            found = lhc_of(explorer, wish["values"])
        finally:
            self.say("busy", {"text": ""})
        self.say("lhc", {**found, "values": wish["values"], "seq": wish.get("seq")})


def _view_of(found: Any) -> View | None:
    """Return a view from plain data."""
    if not found:
        return None
    (a, b), (c, d) = found
    if not (a < b and c < d):
        raise ValueError("the view is empty")
    return (float(a), float(b)), (float(c), float(d))
