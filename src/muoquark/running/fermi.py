"""The Fermi constant is what muon decay measures, also at one loop.

wilson's tree-level matching takes the measured G_F: coefficients that shift muon decay (ll_1221,
phil3_11, phil3_22) shift v, and with it every charged current, so that muon decay itself stays.
Its one-loop matching (1908.05295, Dekens:2019ept) shifts muon decay and every other four-fermion
operator of the SM alike, for example by the potential or the wave function of the Higgs field, and
leaves it to the user to express the result by the measured G_F.  flavio does so in tau -> l nu nu,
tau -> P nu, K -> l nu, pi -> l nu and beta decays, but not in K -> pi l nu nor in any decay of
charm or bottom.

Here it is done where the WET begins, for all of its coefficients at once.  With m the shift of muon
decay as a functional of the Warsaw coefficients and t the four-fermion coefficients of the SM at
tree level relative to that of muon decay, which all go like 1/v^2, the matching M becomes M - t m.

The tree-level matching holds t: its column of ll_1221 is that of a shift of 1/v^2 and -t wherever
the W boson alone is exchanged; its column of phiD scales what the Z boson exchanges, by
-(v^2/2) of its coefficient, while muon decay is -2/v^2: there the column is t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from muoquark.running.ckm_expansion import MONOMIALS

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:
    csr_array = Any  # scipy is loaded by what needs it

__all__ = ["BOTH", "MUON_DECAY", "TREE", "FermiShift"]

# The coefficient of muon decay, -4 G_F/sqrt(2) in the SM.
MUON_DECAY = ("nunumue", "CVLL_numunueemu:Re")
# Coefficients, as large in the SM by W exchange, to which Z exchange contributes as well.
BOTH = (("ffnunu", "CVLL_nuenueee:Re"), ("ffnunu", "CVLL_numunumumumu:Re"))
# Columns of the tree-level matching: exchange of the W, exchange of the Z.
TREE = ("ll_1221:Re", "phiD:Re")


class FermiShift:
    """What has to be added to a matching so that muon decay stays what was measured.

    Parameters
    ----------
    matching
        The matching as polynomials in the CKM parameters: one matrix (WET, Warsaw) for each term
        of :data:`muoquark.running.ckm_expansion.MONOMIALS`.
    tree
        The columns :data:`TREE` of the tree-level matching for each of its terms, shape (WET, 2).
    muon
        The row of muon decay.
    both
        The rows of :data:`BOTH`.
    """

    def __init__(
        self,
        matching: Mapping[int, csr_array],
        tree: Mapping[int, Float[np.ndarray, "wet 2"]],
        muon: int,
        both: Sequence[int],
    ) -> None:
        from scipy.sparse import csr_array, vstack

        one = MONOMIALS.index(())
        neutral = np.any([t[:, 1] != 0 for t in tree.values()], axis=0)
        found = {}
        for term, columns in tree.items():
            found[term] = np.where(neutral, columns[:, 1], -columns[:, 0])
        found[one][muon] = 1.0  # where the tree-level shifts cancel
        found[one][list(both)] += 1.0
        self._t = csr_array(np.stack(list(found.values()), axis=1))
        rows = {b: row for b, m in matching.items() if (row := m[[muon]]).nnz}
        # For each monomial the products of a term of t with a term of m that give it.
        pairs: dict[int, tuple[list[int], list[csr_array]]] = {}
        for k, a in enumerate(found):
            for b, row in rows.items():
                product = tuple(sorted(MONOMIALS[a] + MONOMIALS[b]))
                if product in MONOMIALS:
                    of_t, of_m = pairs.setdefault(MONOMIALS.index(product), ([], []))
                    of_t.append(k)
                    of_m.append(row)
        self._pairs = {term: (t, csr_array(vstack(m))) for term, (t, m) in pairs.items()}

    def corrected(self, matching: Mapping[int, csr_array]) -> dict[int, csr_array]:
        """Return ``M - t m`` for each term; products beyond third order are left out."""
        from scipy.sparse import csc_array, csr_array

        t = csc_array(-self._t)
        found = dict(matching)
        for term, (columns, m) in self._pairs.items():
            added = csr_array(t[:, columns] @ m)
            found[term] = csr_array(found[term] + added) if term in found else added
        return found
