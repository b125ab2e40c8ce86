"""Toy data for the claims: Gaussian groups in the place of the likelihood, inputs at will."""

from __future__ import annotations

import numpy as np

from muoquark.inference.fit import fit as run_fit
from muoquark.inference.objective import Parameter, parameters_of
from muoquark.model.card_file import builtin_card
from muoquark.paper.claims.catalogue import questions
from muoquark.paper.claims.record import VERDICTS
from muoquark.paper.claims.workspace import LIGHT, Workspace
from toy_objective import ToyObjective

GROUPS = ("R_K(*)", "Bs->mumu", "b->smumu", "(g-2)_mu")
# centre and width of each group's pull in the toy, along its own axis
TOY = {"R_K(*)": (0.38, 0.04), "Bs->mumu": (0.40, 0.1), "b->smumu": (0.42, 0.05),
       "(g-2)_mu": (0.015, 0.0036)}  # fmt: skip


class Toy(Workspace):
    """Gaussian groups in the place of the data: fits in milliseconds, inputs at will."""

    def __init__(self, groups=TOY, tilt=0.0, year=2021, **others):
        super().__init__(("toy",), points=20)
        self.groups, self.tilt, self._year = groups, tilt, year
        self.others = others

    def year(self, data):
        return self._year

    def likelihood(self, data, chain="full"):
        class Blocks:
            blocks = ("all", "lfv")

        return Blocks()

    def general(self, data):
        def parts(points):
            x, p, c = np.atleast_2d(points).T
            signed = -c * np.abs(x) * x
            size = np.sign(signed) * np.sqrt(np.abs(signed))
            columns = []
            for name in GROUPS:
                centre, width = self.groups[name]
                own = p if name == "(g-2)_mu" else size + self.tilt * p
                columns.append(((centre / width) ** 2 - ((own - centre) / width) ** 2) / 2)
            return np.stack([sum(columns), 0 * x, *columns], axis=1)

        return ToyObjective(
            (*parameters_of(builtin_card("plane")), Parameter(LIGHT, -1.5, 1.5, -1.0)),
            ("all", "lfv", *GROUPS),
            ("all", "lfv"),
            parts,
            lambda point: (0.0, np.zeros(3)),
        )

    def fit(self, data):
        return self.keep(("fit", data), lambda: run_fit(self.plane(data), points=20))

    def variants(self, data):
        best = self.fit(data).best
        return {"full, loop": best, "smelli, loop": best, "smelli, tree": best}

    def without(self, data, group):
        return self.fit(data).best

    def agreement(self, data):
        return self.others.get("agreement", 0.5)

    def z_prime(self, data):
        best = {"m_X/g_X": 2e4, "t23": -0.1, "DeltaM_s": 1.09}
        return {"B3-Lmu": 32.0, "S3": 30.0, **best}

    def gauge_bounds(self, data):
        return {"pole": 0.157, "unitarity": 0.150}

    def dipoles(self, year=None, pair=None):
        rows = super().dipoles(year, pair)
        return self.others.get("dipoles", lambda x: x)(rows)

    def limits(self):
        return self.others.get("limits", lambda x: x)(super().limits())


def verdict(item, workspace, data="toy"):
    found = item.function(workspace, data) if item.with_data else item.function(workspace)
    assert found.verdict in VERDICTS
    return found.verdict


def by_name(name):
    (item,) = (q for q in questions() if q.name == name)
    return item


def moved(**centres):
    return {**TOY, **{k: (v, TOY[k][1]) for k, v in centres.items()}}
