"""Compiled cards of a process, made once for all of its pages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from muoquark.explore.choices import Choices
from muoquark.explore.exploration import Exploration
from muoquark.likelihood.likelihood import Likelihood

__all__ = ["Stock"]

# A likelihood with its maps takes 200 MB and more, a compiled card less.
LIKELIHOODS, EXPLORERS = 3, 6


class Stock:
    """Makes explorers of what can be chosen, and keeps the last few."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self._likelihoods: OrderedDict[str, Likelihood] = OrderedDict()
        self._explorers: OrderedDict[tuple[str, str, bool], Exploration] = OrderedDict()
        self._lock, self._shared = threading.Lock(), threading.Lock()

    def get(
        self, card: str, data: str, wide: bool, said: Callable[[str], None] = lambda text: None
    ) -> Exploration:
        """Return the explorer of a card and data by their keys, compiled; seconds if it is new.

        Raises
        ------
        KeyError
            For a key that is none.
        InputError
            For a card of which nothing can vary.
        """
        key = card, data, wide
        with self._lock:
            if key in self._explorers:
                self._explorers.move_to_end(key)
                return self._explorers[key]
            source = self.choices.card_of(card)
            said("reading the data")
            if data not in self._likelihoods:
                while len(self._likelihoods) >= LIKELIHOODS:
                    self._likelihoods.popitem(last=False)
                self._likelihoods[data] = self.choices.likelihood_of(data)
            self._likelihoods.move_to_end(data)
            said("compiling the likelihood of this card")
            made = Exploration(
                source, self._likelihoods[data], self.choices.order, wide, self._shared
            )
            made.compile()
            while len(self._explorers) >= EXPLORERS:
                self._explorers.popitem(last=False)
            self._explorers[key] = made
            return made
