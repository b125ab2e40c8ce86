"""The folded likelihood of the Drell-Yan tails, written down plainly from the raw data.

The second route to `muoquark.likelihood.highpt`: numpy alone, loops over quark pairs, chiralities
and parton bins, a product quadrature in mass and angle, couplings of leptoquarks in the place of
tree-level coefficients (Fierz identities done by hand).  It shares no code with the package, and
reads the raw data (luminosities and response of HighPT in plain files) from a folder.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

PB = 3.893793721e8  # GeV^2 pb
ALPHA, G_F, M_Z, G_Z, G_W = 1 / 127.9, 1.1663787e-5, 91.1876, 2.4952, 2.085
_A2 = np.pi * ALPHA / (np.sqrt(2) * G_F)  # mW^2 sW^2
M_W = M_Z * np.sqrt(0.5 + np.sqrt(0.25 - _A2 / M_Z**2))
SW2 = 1 - M_W**2 / M_Z**2
E2 = 4 * np.pi * ALPHA
G2 = E2 / SW2
VUS, VUB, VCB, GAMMA = 0.2253, 4.1e-3, 4.21e-2, 1.10

DOWN, UP = "dsb", "uc"
NEUTRAL = [(i, j) for i in DOWN for j in DOWN] + [(i, j) for i in UP for j in UP]
GENERATION = {"d": 0, "s": 1, "b": 2, "u": 0, "c": 1}
CHARGE = {"d": -1 / 3, "u": 2 / 3, "l": -1.0}
LEPTONS = {
    "di-muon": ("neutral", [(1, 1)]),
    "di-electron": ("neutral", [(0, 0)]),
    "di-tau": ("neutral", [(2, 2)]),
    "muon-tau": ("neutral", [(1, 2), (2, 1)]),
    "electron-tau": ("neutral", [(0, 2), (2, 0)]),
    "electron-muon": ("neutral", [(0, 1), (1, 0)]),
    "mono-muon": ("charged", [(1, 0), (1, 1), (1, 2)]),
    "mono-electron": ("charged", [(0, 0), (0, 1), (0, 2)]),
    "mono-tau": ("charged", [(2, 0), (2, 1), (2, 2)]),
}
BLOCKS = {name.replace("-", ""): name for name in LEPTONS}


def ckm() -> np.ndarray:
    """Return the CKM matrix of the four numbers (PDG review, standard parametrisation)."""
    s13 = VUB
    c13 = np.sqrt(1 - s13**2)
    s12, s23 = VUS / c13, VCB / c13
    c12, c23 = np.sqrt(1 - s12**2), np.sqrt(1 - s23**2)
    delta = GAMMA
    for _ in range(50):  # delta from gamma = arg(-V_ud V_ub^*/(V_cd V_cb^*))
        phase = np.exp(1j * delta)
        v = np.array(
            [
                [c12 * c13, s12 * c13, s13 / phase],
                [
                    -s12 * c23 - c12 * s23 * s13 * phase,
                    c12 * c23 - s12 * s23 * s13 * phase,
                    s23 * c13,
                ],
                [
                    s12 * s23 - c12 * c23 * s13 * phase,
                    -c12 * s23 - s12 * c23 * s13 * phase,
                    c23 * c13,
                ],
            ]
        )
        delta += GAMMA - np.angle(-v[0, 0] * v[0, 2].conj() / (v[1, 0] * v[1, 2].conj()))
    return v


V = ckm()


def z_coupling(chirality: str, charge: float, isospin: float) -> float:
    """Return the coupling to the Z of one chirality."""
    return float(
        np.sqrt(E2 / (SW2 * (1 - SW2))) * ((isospin if chirality == "L" else 0) - SW2 * charge)
    )


class Propagator:
    """1/(1 + s x/M^2), with x = 1 + z in the u channel and -z in the t channel."""

    def __init__(self, mass: float, channel: str) -> None:
        self.mass, self.channel = mass, channel

    def __call__(self, s: np.ndarray, z: np.ndarray) -> np.ndarray:
        x = 1 + z if self.channel == "u" else -z
        return 1 / (1 + s * x / self.mass**2)


class Amplitudes:
    """Four-fermion amplitudes: sums of a tensor (a, b, i, j) times a function of (s, z).

    `neutral` has keys such as ("u", "LR") (quark type; lepton, quark chirality), ("u", "S_LL"),
    ("u", "T_LL"), ("d", "S_LR"); `charged` LL, S_LL, T_LL, S_LR.  Scalars and tensors of the
    other chiralities follow by conjugation.
    """

    def __init__(self) -> None:
        self.neutral: dict[tuple[str, str], list] = {}
        self.charged: dict[str, list] = {}

    def add(self, where: str | tuple[str, str], tensor: np.ndarray, factor=None) -> None:
        """Add a tensor, times a propagator or nothing."""
        book = self.charged if isinstance(where, str) else self.neutral
        book.setdefault(where, []).append((np.asarray(tensor, complex), factor))

    def extend(self, other: Amplitudes) -> Amplitudes:
        """Add another set."""
        for book in ("neutral", "charged"):
            for key, terms in getattr(other, book).items():
                getattr(self, book).setdefault(key, []).extend(terms)
        return self

    @staticmethod
    def value(terms: list, index: tuple, s: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the amplitude of one set of flavours."""
        total = np.zeros(np.broadcast(s, z).shape, complex)
        for tensor, factor in terms:
            if tensor[index]:
                total = total + tensor[index] * (1.0 if factor is None else factor(s, z))
        return total


def smeft(c: Mapping[str, np.ndarray]) -> Amplitudes:
    """Return the amplitudes of Warsaw tensors: [llqq], [lluu], [eeuu], [qqee], [leqd/u]."""
    zero = np.zeros((3, 3, 3, 3), complex)
    c = {n: np.asarray(c.get(n, zero), complex)
         for n in "lq1 lq3 eu ed lu ld qe ledq lequ1 lequ3".split()}  # fmt: skip
    out = Amplitudes()
    qe = np.einsum("ijab->abij", c["qe"])
    out.add(("u", "LL"), np.einsum("ik,abkl,jl->abij", V, c["lq1"] - c["lq3"], V.conj()))
    out.add(("d", "LL"), c["lq1"] + c["lq3"])
    out.add(("u", "RR"), c["eu"])
    out.add(("d", "RR"), c["ed"])
    out.add(("u", "LR"), c["lu"])
    out.add(("d", "LR"), c["ld"])
    out.add(("u", "RL"), np.einsum("ik,abkl,jl->abij", V, qe, V.conj()))
    out.add(("d", "RL"), qe)
    for name, key in (("lequ1", "S_LL"), ("lequ3", "T_LL")):
        # (lbar_a^j e_b) eps_jk (qbar_k^k u_i): up component of qbar is - ubar_L V
        out.add(("u", key), -np.einsum("jk,baki->abij", V, c[name]).conj())
        out.add(key, np.einsum("baji->abij", c[name]).conj())
    out.add(("d", "S_LR"), np.einsum("baji->abij", c["ledq"]).conj())
    out.add("S_LR", np.einsum("ik,bajk->abij", V, c["ledq"].conj()))
    out.add("LL", 2 * np.einsum("ik,abkj->abij", V, c["lq3"]))
    return out


def leptoquark(name: str, mass: float, eta: Mapping[str, np.ndarray], full=True) -> Amplitudes:
    """Return the tree exchange of one leptoquark; `eta` by the names of the cards."""
    zero = np.zeros((3, 3), complex)

    def y(key: str) -> np.ndarray:
        return np.asarray(eta.get(key, zero), complex)

    def pair(one: np.ndarray, two: np.ndarray, spec: str) -> np.ndarray:
        return np.einsum(spec, one.conj(), two) / mass**2

    out = Amplitudes()
    p = Propagator(mass, "u" if name in ("S1", "S3", "S1t") else "t") if full else None
    u_like, t_like = "ia,jb->abij", "ja,ib->abij"  # of (one*, two)
    if name == "S1":
        left, right = y("eta1L"), y("eta1R")
        up = V.conj() @ left
        out.add(("u", "LL"), pair(up, up, u_like) / 2, p)
        out.add(("u", "RR"), pair(right, right, u_like) / 2, p)
        out.add(("u", "S_LL"), -pair(right, up, u_like) / 2, p)
        out.add(("u", "T_LL"), pair(right, up, u_like) / 8, p)
        out.add("LL", -pair(up, left, u_like) / 2, p)
        out.add("S_LL", pair(right, left, u_like) / 2, p)
        out.add("T_LL", -pair(right, left, u_like) / 8, p)
    elif name == "S3":
        left = y("eta3L")
        up = V.conj() @ left
        out.add(("d", "LL"), pair(left, left, u_like), p)
        out.add(("u", "LL"), pair(up, up, u_like) / 2, p)
        out.add("LL", pair(up, left, u_like) / 2, p)
    elif name == "S1t":
        out.add(("d", "RR"), pair(y("eta1tR"), y("eta1tR"), u_like) / 2, p)
    elif name == "R2":
        left, right = -y("eta2L"), y("eta2R").conj()
        up = V @ right
        out.add(("u", "LR"), -pair(left, left, t_like) / 2, p)
        out.add(("u", "RL"), -pair(up, up, t_like) / 2, p)
        out.add(("d", "RL"), -pair(right, right, t_like) / 2, p)
        out.add(("u", "S_LL"), pair(up, left, t_like) / 2, p)
        out.add(("u", "T_LL"), pair(up, left, t_like) / 8, p)
        out.add("S_LL", -pair(right, left, t_like) / 2, p)
        out.add("T_LL", -pair(right, left, t_like) / 8, p)
    elif name == "R2t":
        out.add(("d", "LR"), -pair(y("eta2tL"), y("eta2tL"), t_like) / 2, p)
    elif name == "U1":
        left, right = y("x1L"), y("x1R")
        out.add(("d", "LL"), -pair(left, left, t_like), p)
        out.add(("d", "RR"), -pair(right, right, t_like), p)
        out.add(("d", "S_LR"), 2 * pair(right, left, t_like), p)
        out.add("LL", -pair(left, V @ left, t_like), p)
        out.add("S_LR", 2 * pair(right, V @ left, t_like), p)
    else:
        raise ValueError(name)
    return out


class Data:
    """Luminosities, responses and counts, however they are stored."""

    mass: np.ndarray
    table: Mapping[str, np.ndarray]

    def luminosity(self, quark: str, antiquark: str, m: np.ndarray) -> np.ndarray:
        """Return the luminosity of quark and antiquark."""
        table = self.table[f"{quark}_{antiquark}bar"]
        return np.exp(np.interp(np.log(m), np.log(self.mass), np.log(table)))

    def kernel(
        self, search: str, lorentz: str, kind: str, quark: str, antiquark: str, cross: bool = False
    ) -> np.ndarray:
        """Return the response (parton rows, merged bins)."""
        raise NotImplementedError

    def counts(self, search: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return observed, background and its error in the merged bins."""
        raise NotImplementedError

    def edges(self, search: str, shipped: bool = False) -> list[float]:
        """Return the edges of the parton bins; `shipped`: as HighPT stops."""
        raise NotImplementedError

    def fb(self, search: str) -> float:
        """Return the luminosity in 1/fb."""
        raise NotImplementedError


class PackagedData(Data):
    """The tables of the package, read as a file."""

    def __init__(self, path: str | Path, pdf: str = "PDF4LHC21") -> None:
        with np.load(path) as archive:
            self.arrays = {name: archive[name] for name in archive.files}
        self.meta = json.loads(str(self.arrays["metadata"]))
        self.mass = self.arrays["mass"]
        names = [f"{q}_{a}bar" for q, a in self.meta["pairs"]]
        lumi = np.exp(self.arrays[f"lumi_{pdf}"].astype(float))
        self.table = dict(zip(names, lumi, strict=True))
        self.place = {
            block: {tuple(key): k for k, key in enumerate(keys)}
            for block, keys in self.meta["responses"].items()
        }

    def kernel(self, search, lorentz, kind, quark, antiquark, cross=False):
        block = search.replace("-", "")
        short = {"scalar": "S", "tensor": "T", "scalar-tensor": "ST"}
        structure = short.get(lorentz, "VLR" if cross else "VLL")
        k = self.place[block][(structure, kind.replace("*", "_"), quark, antiquark)]
        found = self.arrays[f"{block}_response"][k].astype(float)
        rest, at = self.arrays[f"{block}_rest"], self.arrays[f"{block}_rest_at"].astype(int)
        own = at[0] == k
        found[at[1][own], at[2][own]] += rest[own]
        return found / self.meta["simulated"]

    def counts(self, search):
        block = search.replace("-", "")
        names = ("observed", "background", "error")
        return tuple(self.arrays[f"{block}_{name}"] for name in names)

    def edges(self, search, shipped=False):
        block = search.replace("-", "")
        return list(self.arrays[f"{block}_rows{'_highpt' if shipped else ''}"])

    def fb(self, search):
        return self.meta["luminosity"][search.replace("-", "")]


class RawData(Data):
    """The raw data in a folder: luminosities, searches, response."""

    def __init__(self, folder: str | Path, pdf: str = "PDF4LHC21") -> None:
        self.folder = Path(folder)
        self.searches = json.loads((self.folder / "searches.json").read_text())
        with (self.folder / "lumi" / f"{pdf}.csv").open() as stream:
            rows = list(csv.DictReader(stream))
        self.mass = np.array([float(r["m_GeV"]) for r in rows])
        self.table = {
            key: np.maximum([float(r[key]) for r in rows], 1e-30)
            for key in rows[0]
            if key != "m_GeV"
        }

    @cached_property
    def _index(self) -> dict[tuple, list[int]]:
        found: dict[tuple, list[int]] = {}
        with (self.folder / "kernels" / "index.csv").open() as stream:
            for r in csv.DictReader(stream):
                if r["mass_GeV"] == "0" and r["st_power"] == "00":
                    for lorentz in r["lorentz"].split("|"):
                        key = (r["search"], lorentz, r["type"], r["quarks"], r["source"])
                        found[key] = int(r["k"])
        return {(*k[:4], "FVLR" in k[4] or "FVRL" in k[4]): v for k, v in found.items()}

    @cached_property
    def _kernels(self) -> dict[str, dict]:
        return {}

    def kernel(
        self, search: str, lorentz: str, kind: str, quark: str, antiquark: str, cross: bool = False
    ) -> np.ndarray:
        """Return the response (parton rows, merged bins)."""
        if search not in self._kernels:
            with np.load(self.folder / "kernels" / f"{search}.npz") as archive:
                self._kernels[search] = {name: archive[name] for name in archive.files}
        arrays = self._kernels[search]
        k = self._index[(search, lorentz, kind, f"{quark}{antiquark}~", cross)]
        counts = arrays["counts"][k].astype(float)
        where = np.nonzero(arrays["nonint_index"] == k)[0]
        if len(where):
            counts = arrays["nonint_counts"][where[0]].astype(float)
        info = self.searches[search]
        counts = counts[:, info["skip_detector_columns"] :][:, : len(info["observed"])]
        return self.merged(search, counts) / 50000

    def merged(self, search: str, values: np.ndarray, quadrature: bool = False) -> np.ndarray:
        """Add detector bins (last axis) as the search wants it."""
        values = np.asarray(values, float)
        merge = {b - 1: group[0] - 1 for group in self.searches[search]["merge_bins_1based"]
                 for b in group}  # fmt: skip
        first = [merge.get(j, j) for j in range(values.shape[-1])]
        kept = sorted(set(first))
        out = np.zeros((*values.shape[:-1], len(kept)))
        for j, f in enumerate(first):
            out[..., kept.index(f)] += values[..., j] ** 2 if quadrature else values[..., j]
        return np.sqrt(out) if quadrature else out

    def counts(self, search: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return observed, background and its error in the merged bins."""
        info = self.searches[search]
        return (
            self.merged(search, info["observed"]),
            self.merged(search, info["background"]),
            self.merged(search, info["background_error"], quadrature=True),
        )

    def edges(self, search: str, shipped: bool = False) -> list[float]:
        """Return the edges of the parton bins; `shipped`: as HighPT stops."""
        info = self.searches[search]
        return list(info["parton_edges_GeV"] if shipped else info["kernel_parton_edges_GeV"])

    def fb(self, search: str) -> float:
        """Return the luminosity in 1/fb."""
        return self.searches[search]["luminosity_fb"]


def _gauss(low: float, high: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(n)
    return 0.5 * (high + low) + 0.5 * (high - low) * x, 0.5 * (high - low) * w


def grid(low: float, high: float, pt: tuple[float, float] | None, n_z: int, kinks: np.ndarray):
    """Return s (S, 1), z (S, Z) and weights of ds dz (S, Z) of one parton bin.

    Without `pt` the bin is one of sqrt(s) and z goes from -1 to 0; with it, of pT.  Luminosities
    are power laws between the `kinks`.
    """
    pieces = []
    ends = {low, high} | {float(k) for k in kinks if low < k < high}
    if pt is not None and low < 2 * pt[1] < high:
        ends.add(2 * pt[1])
    for c, d in pairwise(sorted(ends)):
        # a root at a threshold is taken out by m = c + t^2
        t, w = _gauss(0.0, np.sqrt(d - c), 4)
        m, ws = c + t**2, w * 2 * t
        if c != low and (pt is None or c != 2 * pt[1]):  # no threshold
            m, ws = _gauss(c, d, 3)
        ws = ws * 2 * m
        if pt is None:
            z, wz = _gauss(-1.0, 0.0, n_z)
            pieces.append((m, np.tile(z, (len(m), 1)), ws[:, None] * wz))
            continue
        outer = np.sqrt(np.maximum(1 - 4 * pt[0] ** 2 / m**2, 0))
        inner = np.sqrt(np.maximum(1 - 4 * pt[1] ** 2 / m**2, 0))
        x, wx = np.polynomial.legendre.leggauss(n_z)
        c_ = 0.5 * (outer + inner)[:, None] + 0.5 * (outer - inner)[:, None] * x
        wc = 0.5 * (outer - inner)[:, None] * wx * 0.5  # dz = d cos/2
        z = np.concatenate([(c_ - 1) / 2, (-c_ - 1) / 2], axis=1)
        pieces.append((m, z, ws[:, None] * np.concatenate([wc, wc], axis=1)))
    m = np.concatenate([p[0] for p in pieces])
    return m**2, np.concatenate([p[1] for p in pieces]), np.concatenate([p[2] for p in pieces])


class Reference:
    """Yields and chi2 of the searches.

    Parameters
    ----------
    data
        The raw data, or those of the package.
    shipped
        Whether di-tau and lepton-flavour violation stop where HighPT does.
    n_z
        Nodes of the quadrature in the angle.
    """

    def __init__(self, data: Data, shipped: bool = False, n_z: int = 16) -> None:
        self.data, self.shipped, self.n_z = data, shipped, n_z
        self._grids: dict[tuple, tuple] = {}

    def cells(self, search: str) -> list:
        """Return s, z and weights of every parton bin of a search."""
        charged = LEPTONS[search][0] == "charged"
        found = []
        for a, b in pairwise(self.data.edges(search, self.shipped)):
            if not charged:
                found.append(grid(a, min(b, 13000.0), None, self.n_z, self.data.mass))
            elif a < 6500:
                pt = (a, min(b, 6500.0))
                found.append(grid(max(2 * a, 400.0), 13000.0, pt, self.n_z // 2, self.data.mass))
        return found

    def nodes(self, search: str):
        """Return s (N, 1), z, weights (N, Z) of all bins, and where each bin begins."""
        key = (LEPTONS[search][0], tuple(self.data.edges(search, self.shipped)))
        if key not in self._grids:
            cells = self.cells(search)
            start = np.cumsum([0, *(len(c[0]) for c in cells)])[:-1]
            s, z, weight = (np.concatenate([c[k] for c in cells]) for k in range(3))
            lumi = {
                (q, a): self.data.luminosity(q, a, np.sqrt(s))[:, None] * weight
                for q in DOWN + UP
                for a in DOWN + UP
            }
            self._grids[key] = s[:, None], z, lumi, start
        return self._grids[key]

    def events(self, search: str, amplitudes: Amplitudes | None) -> np.ndarray:
        """Return events of new physics (None: of the SM alone, at leading order), merged bins."""
        kind, leptons = LEPTONS[search]
        one = self._neutral if kind == "neutral" else self._charged
        bins = len(self.data.counts(search)[0])
        total = np.zeros(bins)
        for a, b in leptons:
            total = total + one(search, a, b, amplitudes)
        return 1000 * self.data.fb(search) * total

    def chi2(self, search: str, amplitudes: Amplitudes | None = None) -> float:
        """Return chi2 with new physics, without it by default."""
        observed, background, error = self.data.counts(search)
        events = 0.0 if amplitudes is None else self.events(search, amplitudes)
        variance = error**2 + np.where(observed == 0, 1, observed)
        return float(np.sum((observed - background - events) ** 2 / variance))

    def delta(self, search: str, amplitudes: Amplitudes) -> float:
        """Return chi2 relative to the SM."""
        return self.chi2(search, amplitudes) - self.chi2(search)

    # --- one final state

    def _fold(self, search, quark, antiquark, terms: Callable) -> np.ndarray:
        """Fold what `terms(s, z)` returns: [(integrand (N, Z), kernel arguments)]."""
        total = 0.0
        s, z, lumi, start = self.nodes(search)
        for integrand, kernel in terms(s, z):
            inner = np.sum(lumi[(quark, antiquark)] * integrand, axis=1)
            sigma = PB / (144 * np.pi) * np.add.reduceat(inner, start)
            total = total + self._detected(search, sigma, kernel)
        return np.asarray(total)

    def _detected(self, search, sigma, kernel):
        return sigma @ self.data.kernel(search, *kernel)[: len(sigma)]

    def _neutral(self, search, a, b, amplitudes):
        total = 0.0
        for anti, quark in NEUTRAL:
            kind = "d" if anti in DOWN else "u"
            index = (a, b, GENERATION[anti], GENERATION[quark])
            same = a == b and anti == quark

            def terms(s, z, kind=kind, index=index, same=same, anti=anti, quark=quark):
                found = []
                for lepton in "LR":
                    for q in "LR":
                        w = 3 * ((1 + z) ** 2 if lepton == q else z**2)
                        cross = lepton != q
                        charge, isospin = CHARGE[kind], 0.5 if kind == "u" else -0.5
                        photon = E2 * charge * CHARGE["l"] / s
                        z0 = z_coupling(q, charge, isospin) * z_coupling(lepton, -1.0, -0.5)
                        z0 = z0 / (s - M_Z**2 + 1j * M_Z * G_Z)
                        if amplitudes is None:
                            if same:
                                found += [
                                    (w * photon**2, ("vector", "A*A", quark, anti)),
                                    (w * 2 * photon * z0.real, ("vector", "A*Z", quark, anti)),
                                    (w * abs(z0) ** 2, ("vector", "Z*Z", quark, anti, cross)),
                                ]
                            continue
                        terms = amplitudes.neutral.get((kind, lepton + q), [])
                        c = amplitudes.value(terms, index, s, z)
                        if not np.any(c):
                            continue
                        if same:
                            found += [
                                (w * 2 * photon * c.real, ("vector", "A*Reg", quark, anti, cross)),
                                (
                                    w * 2 * (z0.conj() * c).real,
                                    ("vector", "Z*Reg", quark, anti, cross),
                                ),
                            ]
                        found.append((w * abs(c) ** 2, ("vector", "Reg*Reg", quark, anti, cross)))
                if amplitudes is not None:
                    found += self._scalars(amplitudes.neutral, kind, index, quark, anti, s, z)
                return found

            total = total + self._fold(search, quark, anti, terms)
        return total

    @staticmethod
    def _scalars(book, kind, index, quark, anti, s, z):
        a, b, i, j = index
        found = []
        for where in (index, (b, a, j, i)):  # chirality and its conjugate
            for chirality in ("LL", "LR"):
                scalar = Amplitudes.value(book.get((kind, f"S_{chirality}"), []), where, s, z)
                tensor = Amplitudes.value(book.get((kind, f"T_{chirality}"), []), where, s, z)
                found += Reference._scalar_terms(scalar, tensor, quark, anti, z)
        return found

    @staticmethod
    def _scalar_terms(scalar, tensor, quark, anti, z):
        found = []
        if np.any(scalar):
            found.append((0.75 * abs(scalar) ** 2, ("scalar", "Reg*Reg", quark, anti)))
        if np.any(tensor):
            found.append(
                (12 * (1 + 2 * z) ** 2 * abs(tensor) ** 2, ("tensor", "Reg*Reg", quark, anti))
            )
        if np.any(scalar) and np.any(tensor):
            mixed = -6 * (1 + 2 * z) * (scalar.conj() * tensor).real
            found.append((mixed, ("scalar-tensor", "Reg*Reg", quark, anti)))
        return found

    def _charged(self, search, a, b, amplitudes):
        total = 0.0
        for u in UP:
            for d in DOWN:
                i, j = GENERATION[u], GENERATION[d]
                index = (a, b, i, j)
                for quark, anti in ((d, u), (u, d)):

                    def terms(s, z, index=index, quark=quark, anti=anti, i=i, j=j):
                        w = 3 * (1 + z) ** 2
                        sm = G2 / 2 * V[i, j] / (s - M_W**2 + 1j * M_W * G_W)
                        if amplitudes is None:
                            kernel = ("vector", "W*W", quark, anti)
                            return [(w * abs(sm) ** 2, kernel)] if a == b else []
                        book = amplitudes.charged
                        c = amplitudes.value(book.get("LL", []), index, s, z)
                        found = []
                        if np.any(c):
                            if a == b:
                                # without the phase of the width, which is odd under CP
                                sm_ = G2 / 2 * V[i, j] * (1 / (s - M_W**2 + 1j * M_W * G_W)).real
                                mixed = w * 2 * (np.conj(sm_) * c).real
                                found.append((mixed, ("vector", "W*Reg", quark, anti)))
                            found.append((w * abs(c) ** 2, ("vector", "Reg*Reg", quark, anti)))
                        for chirality in ("LL", "LR"):
                            s_ = amplitudes.value(book.get(f"S_{chirality}", []), index, s, z)
                            t_ = amplitudes.value(book.get(f"T_{chirality}", []), index, s, z)
                            found += self._scalar_terms(s_, t_, quark, anti, z)
                        return found

                    total = total + self._fold(search, quark, anti, terms)
        return total


class PartonLevel(Reference):
    """Cross sections in pb without a detector, in bins of m_ll or of m_T = 2 pT."""

    def __init__(self, data: Data, edges: list[float]) -> None:
        super().__init__(data)
        self.bounds = edges

    def cells(self, search):
        if LEPTONS[search][0] == "neutral":
            return [grid(a, b, None, self.n_z, self.data.mass) for a, b in pairwise(self.bounds)]
        return [
            grid(a, 13000.0, (a / 2, b / 2), self.n_z, self.data.mass)
            for a, b in pairwise(self.bounds)
        ]

    def _detected(self, search, sigma, kernel):
        return sigma

    def cross_section(self, search: str, amplitudes: Amplitudes | None) -> np.ndarray:
        """Return the SM's (None) or what new physics adds, (bins,)."""
        kind, leptons = LEPTONS[search]
        one = self._neutral if kind == "neutral" else self._charged
        return sum(one(search, a, b, amplitudes) for a, b in leptons)
