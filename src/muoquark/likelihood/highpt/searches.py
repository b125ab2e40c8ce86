"""The nine searches: final states, where their data are in HighPT, which bins are added."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BLOCKS", "SEARCHES", "Search"]

# Months of notes without an arXiv number: the summer conferences of 2021.
SHOWN = {"ATLAS-CONF-2021-025": "2021-07"}


@dataclass(frozen=True)
class Search:
    """What is known of a search beside its numbers.

    Attributes
    ----------
    block
        Its name here.
    title
        Its name in HighPT's folders, without experiment and number.
    folder
        The folder in HighPT's ``LHC_searches``.
    charged
        Whether the final state is a lepton and a neutrino.
    leptons
        Generations (from 0) of the pairs l_a^- l_b^+ of the final state; of a charged current those
        of lepton and neutrino.
    code
        The final state in the names of HighPT's files.
    observable, axis
        The name of the counts, and of the variable that they are binned in.
    experiment, inspire, arxiv, doi
        Of the paper, and of its numbers.
    merged
        Detector bins (from 1, last included) that are added, as HighPT does.
    skipped
        Leading columns of the response that lie below the first bin of the data.
    """

    block: str
    title: str
    folder: str
    charged: bool
    leptons: tuple[tuple[int, int], ...]
    code: str
    observable: str
    axis: str
    experiment: str
    inspire: str
    arxiv: str
    doi: str
    merged: tuple[tuple[int, int], ...]
    skipped: int

    @property
    def date(self) -> str:
        """The month of the paper: of its arXiv number, or, without one, when it was shown."""
        return SHOWN.get(self.arxiv) or f"20{self.arxiv[:2]}-{self.arxiv[2:4]}"

    def groups(self, count: int) -> list[list[int]]:
        """Return which of `count` detector bins (from 0) are added to each bin."""
        last = {low - 1: high for low, high in self.merged}
        found, j = [], 0
        while j < count:
            end = min(last.get(j, j + 1), count)
            found.append(list(range(j, end)))
            j = end
        return found


def _flavours(charged: bool, a: int, b: int) -> tuple[tuple[int, int], ...]:
    if charged:
        return tuple((a, k) for k in range(3))
    return ((a, b),) if a == b else ((a, b), (b, a))


_CMS_LL = ("CMS", "CMS:2021ctt", "2103.02708")
_ATLAS_LNU = ("ATLAS", "ATLAS:2019lsy", "1906.05609")
_CMS_LFV = ("CMS", "CMS:2022fsw", "2205.06709")
_FIGURE = "read off figure 2{} of the paper by HighPT"
SEARCHES: tuple[Search, ...] = (
    Search("dimuon", "di-muon", "di-muon_CMS_2103_02708", False, _flavours(False, 1, 1), "mumu",
           "N(pp->mumu)", "m", *_CMS_LL, "10.17182/hepdata.101186.v2/t4", ((29, 30), (31, 41)), 7),
    Search("dielectron", "di-electron", "di-electron_CMS_2103_02708", False,
           _flavours(False, 0, 0), "ee", "N(pp->ee)", "m", *_CMS_LL,
           "10.17182/hepdata.101186.v2/t3", ((43, 44), (45, 46), (47, 48), (49, 51), (52, 94)), 5),
    Search("ditau", "di-tau", "di-tau_ATLAS_2002_12223", False, _flavours(False, 2, 2), "tata",
           "N(pp->tautau)", "mTtot", "ATLAS", "ATLAS:2020zms", "2002.12223",
           "10.17182/hepdata.93071.v4/t3", (), 0),
    Search("monomuon", "mono-muon", "mono-muon_ATLAS_1906_05609", True, _flavours(True, 1, 0),
           "muvm", "N(pp->munu)", "mT", *_ATLAS_LNU, "10.17182/hepdata.90193.v1/t2",
           ((19, 20), (21, 38)), 16),
    Search("monoelectron", "mono-electron", "mono-electron_ATLAS_1906_05609", True,
           _flavours(True, 0, 0), "eve", "N(pp->enu)", "mT", *_ATLAS_LNU,
           "10.17182/hepdata.90193.v1/t1", ((23, 24), (25, 48)), 17),
    Search("monotau", "mono-tau", "mono-tau_ATLAS-CONF-2021-025", True, _flavours(True, 2, 0),
           "tavt", "N(pp->taunu)", "mT", "ATLAS", "ATLAS:2021bjk", "ATLAS-CONF-2021-025",
           "read off figure 5 of the paper by HighPT", ((10, 14),), 2),
    Search("muontau", "muon-tau", "muon-tau_CMS_2205_06709", False, _flavours(False, 1, 2),
           "muta", "N(pp->mutau)", "mcol", *_CMS_LFV, _FIGURE.format("c"), ((16, 17), (18, 25)), 0),
    Search("electrontau", "electron-tau", "electron-tau_CMS_2205_06709", False,
           _flavours(False, 0, 2), "eta", "N(pp->etau)", "mcol", *_CMS_LFV, _FIGURE.format("b"),
           ((19, 25),), 0),
    Search("electronmuon", "electron-muon", "electron-muon_CMS_2205_06709", False,
           _flavours(False, 0, 1), "emu", "N(pp->emu)", "m", *_CMS_LFV, _FIGURE.format("a"),
           ((19, 25),), 0),
)  # fmt: skip
BLOCKS: tuple[str, ...] = tuple(search.block for search in SEARCHES)
