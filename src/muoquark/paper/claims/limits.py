"""Experimental limits that no snapshot holds, as ``limits.yaml`` has them with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Limits", "MassRange", "Published", "read_limits"]


@dataclass(frozen=True)
class Published:
    """A published number.

    Attributes
    ----------
    value, error
        In the units of its table; an error of zero for a limit.
    source
        arXiv number, and INSPIRE key in brackets.
    lattice
        Of the hadronic vacuum polarisation: whether it is from lattices.
    """

    value: float
    source: str
    error: float = 0.0
    lattice: bool = False


@dataclass(frozen=True)
class MassRange:
    """An upper limit on m_ee in eV: its range over nuclear matrix elements."""

    range_eV: tuple[float, float]
    source: str


@dataclass(frozen=True)
class Limits:
    """All of ``limits.yaml``.

    Attributes
    ----------
    proton
        Lower limits on partial lifetimes in years, by channel.
    double_beta
        Limits on m_ee, by year of the data.
    matrix_elements
        Of proton decay, in GeV^2: two sets from lattices.
    brookhaven, fermilab
        a_mu in units of 1e-11; the second by year of the data.
    hvp, hvp_lattice
        The leading-order hadronic vacuum polarisation in it: of the snapshots, by year, and BMW's.
    dipole_ratio
        By which the running of wilson 2.2.1 multiplies the muon's dipole (docs/upstream.md).
    """

    proton: Mapping[str, Published]
    double_beta: Mapping[int, MassRange]
    matrix_elements: tuple[Mapping[str, float], Mapping[str, float]]
    brookhaven: Published
    fermilab: Mapping[int, Published]
    hvp: Mapping[int, Published]
    hvp_lattice: Published
    dipole_ratio: float


def read_limits() -> Limits:
    """Return the content of ``limits.yaml``."""
    import yaml

    text = (Path(__file__).parent / "limits.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    a_mu = table["a_mu"]
    first, second = (
        {name: row["value"] for name, row in table[key].items() if name != "source"}
        for key in ("matrix_elements", "matrix_elements_physical")
    )
    return Limits(
        proton={
            name: Published(float(row["years"]), row["source"])
            for name, row in table["proton"].items()
        },
        double_beta={
            year: MassRange((float(row["range_eV"][0]), float(row["range_eV"][1])), row["source"])
            for year, row in table["double_beta"].items()
        },
        matrix_elements=(first, second),
        brookhaven=Published(**a_mu["Brookhaven"]),
        fermilab={year: Published(**row) for year, row in a_mu["Fermilab"].items()},
        hvp={year: Published(**row) for year, row in a_mu["hvp"].items()},
        hvp_lattice=Published(**a_mu["hvp_lattice"]),
        dipole_ratio=table["wilson_2_2_1"]["dipole_ratio"],
    )
