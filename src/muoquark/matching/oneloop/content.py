"""Which leptoquarks take part: the terms of one alone, of two together, or all.

A term of the matching has owners: the leptoquark or the two that take part in it (no term at one
loop and dimension six has three).  The terms of one are what it gives if no other existed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["TOGETHER", "Content", "together"]

#: Between the names of two leptoquarks whose common terms are meant.
TOGETHER = "+"


def together(a: str, b: str) -> str:
    """Return the name of the terms in which both take part."""
    return TOGETHER.join((a, b))


@dataclass(frozen=True)
class Content:
    """Which terms are wanted.

    Attributes
    ----------
    fields
        The leptoquarks that are there.
    only
        The owners of the wanted terms; None for all.
    """

    fields: frozenset[str]
    only: frozenset[str] | None = None

    @classmethod
    def of(cls, name: str, fields: Collection[str]) -> Content:
        """Return the content called ``all``, ``S1`` or ``S1+S3``.

        Raises
        ------
        ValueError
            For an unknown name.
        """
        there = frozenset(fields)
        if name == "all":
            return cls(there)
        only = frozenset(name.split(TOGETHER))
        if not only <= there or len(only) > 2 or len(only) != name.count(TOGETHER) + 1:
            allowed = ", ".join(["all", *sorted(there)])
            raise ValueError(f"content is '{name}'; allowed: {allowed}, two joined by {TOGETHER}")
        return cls(there, only)

    def __call__(self, *owners: str) -> bool:
        """Whether a term of these owners is wanted."""
        found = frozenset(owners)
        return found <= self.fields and self.only in (None, found)
