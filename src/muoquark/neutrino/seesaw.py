"""The type-I seesaw of U(1)_{B-3L_mu}: from y_nu, M_R and y_Phi to masses and mixings, and back.

Eq. (3) of the paper has the terms  y_nu bar(l) Htilde nu_R + M_R bar(nu_R^c) nu_R
+ y_Phi Phi bar(nu_R^c) nu_R + h.c.  without factors 1/2.  With <H> = v/sqrt2 and <Phi> = v_Phi
the mass terms are

    bar(nu_L) m_D nu_R + 1/2 bar(nu_R^c) M nu_R + h.c.,
    m_D = y_nu v / sqrt2,   M = 2 (M_R + y_Phi v_Phi),

and m_nu = -m_D M^-1 m_D^T at leading order in m_D / M, in the basis of charged-lepton mass
eigenstates.  The charges of Table 1 allow

    y_nu: (e, tau) block and (mu, mu);   M_R: (e, tau) block;   y_Phi: (e, mu) and (mu, tau).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from muoquark.common.constants import EV, VEV
from muoquark.common.errors import DomainError, InputError
from muoquark.neutrino.muon_zero import majorana_phases
from muoquark.neutrino.oscillations import GlobalFit
from muoquark.neutrino.pmns import (
    effective_mass,
    light_masses,
    mixing_parameters,
    pmns_matrix,
    takagi,
)

__all__ = ["LightNeutrinos", "Seesaw", "example_seesaw", "light_neutrinos"]

_BLOCK = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=bool)
_BARE = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]], dtype=bool)
_FROM_PHI = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)


@dataclass(frozen=True, eq=False)
class Seesaw:
    """Parameters of the neutrino sector; generations in the order e, mu, tau.

    Attributes
    ----------
    y_nu
        Dirac Yukawa couplings, complex 3x3.
    M_R
        Bare Majorana masses in GeV, symmetric complex 3x3.
    y_phi
        Couplings to Phi, symmetric complex 3x3.
    v_phi
        <Phi> in GeV.

    Raises
    ------
    InputError
        If an entry is set that the charges of B-3L_mu forbid, or a Majorana matrix is not
        symmetric.

    Examples
    --------
    >>> import muoquark
    >>> import numpy as np
    >>> y_nu = np.diag([1e-6, 1e-6, 1e-6])
    >>> M_R = np.array([[1e3, 0, 0], [0, 0, 0], [0, 0, 2e3]])
    >>> y_phi = np.array([[0, 0.1, 0], [0.1, 0, 0.1], [0, 0.1, 0]])
    >>> muoquark.Seesaw(y_nu, M_R, y_phi, 1e4).v_phi
    10000.0
    """

    y_nu: np.ndarray
    M_R: np.ndarray
    y_phi: np.ndarray
    v_phi: float

    def __post_init__(self) -> None:
        """Check the textures."""
        for name, allowed in (("y_nu", _BLOCK), ("M_R", _BARE), ("y_phi", _FROM_PHI)):
            matrix = np.array(getattr(self, name), dtype=complex)
            if matrix.shape != (3, 3):
                raise InputError(f"{name} has the shape {matrix.shape}, allowed: (3, 3)")
            if np.any(matrix[~allowed]):
                i, j = np.argwhere((matrix != 0) & ~allowed)[0]
                flavours = ("e", "mu", "tau")
                raise InputError(
                    f"{name}: the entry ({flavours[i]}, {flavours[j]}) is forbidden by U(1)_X"
                )
            if name != "y_nu" and not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0):
                raise InputError(f"{name} is not symmetric")
            matrix.flags.writeable = False
            object.__setattr__(self, name, matrix)

    @property
    def dirac(self) -> np.ndarray:
        """m_D in GeV, 3x3, rows L and columns N."""
        return np.asarray(self.y_nu * VEV / np.sqrt(2))

    @property
    def majorana(self) -> np.ndarray:
        """M in GeV, symmetric 3x3."""
        return 2 * (self.M_R + self.y_phi * self.v_phi)


@dataclass(frozen=True, eq=False)
class LightNeutrinos:
    """What a seesaw point predicts.

    Attributes
    ----------
    masses
        (m1, m2, m3) in eV; m1 and m2 are the pair that is closest in mass, m1 the lighter.
    U
        The PMNS matrix with its Majorana phases, rows e, mu, tau.
    heavy
        Masses of the three heavy neutrinos in GeV, ascending.
    """

    masses: np.ndarray
    U: np.ndarray
    heavy: np.ndarray

    @property
    def ordering(self) -> str:
        """``"NO"`` or ``"IO"``."""
        return "NO" if self.masses[2] > self.masses[0] else "IO"

    def summary(self) -> dict[str, float | str]:
        """Return the observables: angles, phases in degrees, splittings, sums, m_ee, all in eV."""
        found: dict[str, float | str] = dict(mixing_parameters(self.U))
        for name in ("delta", "alpha21", "alpha31"):
            found[name] = float(np.rad2deg(float(found[name])))
        m1, m2, m3 = (float(m) for m in self.masses)
        found["dm21"] = m2**2 - m1**2
        found["dm3l"] = m3**2 - (m1 if self.ordering == "NO" else m2) ** 2
        found["ordering"] = self.ordering
        found["lightest"] = min(m1, m3)
        found["sum"] = m1 + m2 + m3
        found["m_ee"] = float(effective_mass(self.U, self.masses))
        return found


def light_neutrinos(seesaw: Seesaw) -> LightNeutrinos:
    """Return masses and mixings of the light neutrinos at leading order of the seesaw.

    Raises
    ------
    DomainError
        If M is singular, or m_D is not small against it.

    Examples
    --------
    >>> import muoquark
    >>> import numpy as np
    >>> y_nu = np.diag([1e-6, 1e-6, 1e-6])
    >>> M_R = np.array([[1e3, 0, 0], [0, 0, 0], [0, 0, 2e3]])
    >>> y_phi = np.array([[0, 0.1, 0], [0.1, 0, 0.1], [0, 0.1, 0]])
    >>> found = muoquark.light_neutrinos(muoquark.Seesaw(y_nu, M_R, y_phi, 1e4))
    >>> len(found.masses)
    3
    """
    M, m_D = seesaw.majorana, seesaw.dirac
    heavy, _ = takagi(M)
    if heavy[0] <= 1e-12 * heavy[-1]:
        raise DomainError("M_R is singular: there is a massless right-handed neutrino")
    if np.max(np.abs(m_D)) > 0.1 * heavy[0]:
        raise DomainError("m_D is not small against M_R: the seesaw expansion does not hold")
    light = -m_D @ np.linalg.solve(M, m_D.T)
    masses, U = takagi((light + light.T) / 2 / EV)
    squares = masses**2
    normal = squares[1] - squares[0] <= squares[2] - squares[1]
    order = [0, 1, 2] if normal else [1, 2, 0]
    return LightNeutrinos(masses[order], U[:, order], heavy)


def example_seesaw(
    fit: GlobalFit,
    lightest: float,
    y_nu: float = 2e-6,
    v_phi: float = 10e3,
    branch: int = 0,
) -> Seesaw:
    """Return a seesaw point with the best-fit oscillation parameters of `fit`.

    The Dirac couplings are y_nu times the unit matrix (one of many choices: any block-diagonal
    y_nu does it); the Majorana masses follow from M = -m_D^T m_nu^-1 m_D, and their (mu, mu)
    entry is empty because the Majorana phases make it so.

    Parameters
    ----------
    fit
        The measured parameters and the ordering.
    lightest
        Lightest mass in eV.
    y_nu
        Dirac Yukawa coupling; the heavy masses, and y_Phi at given v_phi, grow with its square
        (4e-6 would make y_Phi non-perturbative at 10 TeV).
    v_phi
        <Phi> in GeV.
    branch
        0 or 1: which of the two mirror triangles.

    Raises
    ------
    DomainError
        If (m_nu^-1)_mumu = 0 has no solution for these parameters.
    """
    best = fit.best()
    alpha21, alpha31 = majorana_phases(best, lightest)[branch]
    U = pmns_matrix(
        best["s12sq"], best["s13sq"], best["s23sq"], np.deg2rad(best["delta"]), alpha21, alpha31
    )
    masses = light_masses(lightest, best["dm21"], best["dm3l"]) * EV
    # m_nu = U m U^T, so that its inverse is U^* m^-1 U^dag.
    inverse = U.conj() @ np.diag(1 / masses) @ U.conj().T
    m_D = y_nu * VEV / np.sqrt(2) * np.eye(3)
    half = -(m_D.T @ inverse @ m_D) / 2
    half = (half + half.T) / 2
    # The (mu, mu) entry is a cancellation to machine precision of numbers of this size.
    assert abs(half[1, 1]) < 1e-9 * np.max(np.abs(half))
    bare = np.where(_BARE, half, 0)
    return Seesaw(y_nu * np.eye(3), bare, np.where(_FROM_PHI, half, 0) / v_phi, v_phi)
