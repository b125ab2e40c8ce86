"""The errors that a user meets: one class per kind of fault, one sentence per fault.

Everything that the command line turns into "exit code 2 and no traceback" derives from
:class:`MuoquarkError`.  Any other exception is a defect of the package and is shown whole.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "DomainError",
    "Fault",
    "InputError",
    "MissingExtraError",
    "MuoquarkError",
    "OutputError",
    "suggest",
]


# So many words are listed whole; of more of them the nearest.
MOST, NEAREST = 60, 8


class MuoquarkError(Exception):
    """Base class of every error that is the input's fault and not the program's.

    Examples
    --------
    >>> import muoquark
    >>> issubclass(muoquark.InputError, muoquark.MuoquarkError)
    True
    """


@dataclass(frozen=True)
class Fault:
    """One fault in a user's file: where it is, what was found and what is allowed."""

    message: str
    source: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.source, self.line) if part not in ("", None))
        return f"{where}: {self.message}" if where else self.message


class InputError(MuoquarkError):
    """A user's file or argument is invalid; holds all of its faults, not just the first.

    Examples
    --------
    >>> import muoquark
    >>> try:
    ...     muoquark.read({"masses": {"S7": 1000}})
    ... except muoquark.InputError as error:
    ...     print(error.faults[0].line)
    2
    """

    def __init__(self, faults: Iterable[Fault] | Fault | str) -> None:
        if isinstance(faults, str):
            faults = Fault(faults)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class DomainError(MuoquarkError):
    """A calculation was asked for outside of its range of validity.

    Examples
    --------
    >>> import muoquark
    >>> try:
    ...     muoquark.sm_parameters(1.0)
    ... except muoquark.DomainError as error:
    ...     print(error)
    SM parameters are known between 91.1876 GeV and 1.3e+19 GeV, not at 1 GeV
    """


class OutputError(MuoquarkError):
    """A result could not be written; what was there before is untouched."""


class MissingExtraError(MuoquarkError):
    """An optional part of the installation is absent; says how to install it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional part of the installation: pip install 'muoquark[{extra}]'"
        )


def suggest(word: str, allowed: Sequence[str]) -> str:
    """Return the sentence that names the allowed words and, if one is close, the likely one.

    >>> suggest("eta3", ["eta3L", "eta1L"])
    "did you mean 'eta3L'? Allowed: eta3L, eta1L"
    """
    if not allowed:
        return "there is nothing that is allowed here"
    close = difflib.get_close_matches(word, allowed, n=NEAREST, cutoff=0.5)
    hint = f"did you mean '{close[0]}'? " if close else ""
    if len(allowed) <= MOST:
        return f"{hint}Allowed: {', '.join(allowed)}"
    near = ", ".join(close or list(allowed)[:NEAREST])
    return f"{hint}Allowed: {near} and {len(allowed) - len(near.split(', '))} more"
