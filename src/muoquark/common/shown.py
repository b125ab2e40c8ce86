"""Results that print as a table, in a terminal and in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Any

__all__ = ["Shown"]

# Rows that are printed at most; the others are in the data frame.
ROWS = 60


class Shown(ABC):
    """A result with a table; a dataclass of it is made with ``repr=False``."""

    @abstractmethod
    def to_dataframe(self) -> Any:
        """Return the table as a ``pandas.DataFrame``."""

    def headline(self) -> str:
        """Return what stands above the table."""
        return type(self).__name__

    def __repr__(self) -> str:
        """Return headline and table as text."""
        return f"{self.headline()}\n{self.to_dataframe().to_string(max_rows=ROWS, na_rep='')}"

    def _repr_html_(self) -> str:
        """Return the same for a notebook."""
        table = self.to_dataframe().to_html(max_rows=ROWS, na_rep="")
        return f"<p>{escape(self.headline())}</p>\n{table}"
