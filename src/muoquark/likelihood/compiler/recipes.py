"""How each observable is built from pieces that are polynomials in the Wilson coefficients.

flavio computes an observable from q2 integrals, widths or couplings.  Those are quadratic forms;
the observable is a ratio, an optimised ratio P' = I1/sqrt(-I2 I3), or the like.  `recipe` takes
what the sampler recorded inside flavio (see ``probe/taps.py``) and returns the arrays to be
fitted and the formula that puts them together again.  Nothing here holds a number: constants are
determined from the samples, and every recipe is checked on held-out samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from muoquark.likelihood.compiler.form_recipe import FormRecipe, FormTerm, Piece

__all__ = ["features", "recipe"]

Array = np.ndarray[Any, Any]


# A polynomial in the Wilson coefficients whose coefficients are combinations of CKM elements:
# [(names multiplied with each other, degree in the coefficients), ...].
Features = list[tuple[tuple[str, ...], int]]


def _loop(q: str) -> Features:
    """|amplitude|^2 of a loop decay; amplitude = lambda_t (x + ..) + lambda_u .. + fixed part.

    The fixed part is flavio's interpolated spectator scattering, which ignores the CKM matrix.
    """
    return [
        ((f"{q}.tt",), 2),
        ((f"{q}.tu.re",), 1),
        ((f"{q}.tu.im",), 1),
        ((f"{q}.uu",), 0),
        ((f"{q}.t.re",), 1),
        ((f"{q}.t.im",), 1),
        ((f"{q}.u.re",), 0),
        ((f"{q}.u.im",), 0),
        (("1",), 0),
    ]


def _bilinear(names: Sequence[tuple[str, int]]) -> Features:
    """All products of two of the names; a name's number is its degree in the coefficients."""
    out: Features = []
    for i, (a, m) in enumerate(names):
        for b, n in names[i:]:
            out.append(((*a.split("*"), *b.split("*")), m + n))
    return out


def features(name: str) -> Features:
    """Return the CKM dependence of a given name.

    ``1``; ``Vij2`` and products joined by ``*``; ``loop:bs`` for |amplitude|^2; ``mixing:bs`` for
    M12 and Gamma12; ``interference:bs`` for A Abar^*; ``kpnn``, ``klpnn``, ``kll`` and ``epsk``
    for kaons; ``poly`` for a Taylor expansion of second order in the CKM parameters.
    """
    kind, _, q = name.partition(":")
    if kind == "loop":
        return _loop(q)
    if kind == "loopn":  # normalised to the semi-leptonic rate
        return [
            ((f"{q}.tt", "Vcb^-2"), 2),
            ((f"{q}.tu.re", "Vcb^-2"), 1),
            ((f"{q}.tu.im", "Vcb^-2"), 1),
            ((f"{q}.uu", "Vcb^-2"), 0),
        ]
    if kind == "rate":
        return _loop(q)[:4]
    if kind == "mixing":
        first, second = ("s", "b") if q == "uc" else ("t", "u" if q != "sd" else "c")
        names = [(f"{q}.{a}.{p}", 0) for a in (first, second) for p in ("re", "im")]
        return [*_bilinear(names), (("1",), 1)]
    if kind == "interference":
        names = [(f"{q}.{a}.{p}", int(a == "t")) for a in "tu" for p in ("re", "im")]
        return _bilinear([*names, ("1", 0)])
    if kind == "kpnn":
        return [
            (("sd.tt", "Vus^-2"), 2),
            (("sd.tc.re", "Vus2"), 1),
            (("sd.tc.im", "Vus2"), 1),
            (("sd.cc", "Vus^6"), 0),
        ]
    if kind == "klpnn":
        return [
            (("sd.t.re", "sd.t.re", "Vus^-2"), 2),
            (("sd.t.re", "sd.t.im", "Vus^-2"), 2),
            (("sd.t.im", "sd.t.im", "Vus^-2"), 2),
            (("sd.t.re", "sd.c.im", "Vus2"), 1),
            (("sd.t.im", "sd.c.im", "Vus2"), 1),
            (("sd.c.im", "sd.c.im", "Vus^6"), 0),
        ]
    if kind == "kll":
        names = [
            ("sd.t.re", 1),
            ("sd.t.im", 1),
            ("sd.c.re*Vus^4", 0),
            ("sd.c.im*Vus^4", 0),
            ("1", 0),
        ]
        return _bilinear(names)
    if kind == "kllfv":
        return [
            ((f"sd.t.{a}", f"sd.t.{b}"), 2) for a, b in (("re", "re"), ("re", "im"), ("im", "im"))
        ]
    if kind == "epsp":  # imaginary parts of amplitudes
        return [(("sd.t.re",), 1), (("sd.t.im",), 1), (("sd.u.re",), 0), (("sd.u.im",), 0)]
    if kind == "poly":
        shifts = ["d.Vus", "d.Vub", "d.Vcb", "d.gamma"]
        degree = int(q or 1)
        return [
            (("1",), 2),
            *[((a,), degree) for a in shifts],
            *[((a, b), degree) for i, a in enumerate(shifts) for b in shifts[i:]],
        ]
    if kind == "smeft":
        return [(("1",), 2)]
    return [(tuple(name.split("*")), 2)]


Rule = Callable[[Array, Array, Sequence[str]], FormRecipe]


def _direct(feature: str) -> Rule:
    return lambda o, t, n: FormRecipe([Piece(((o, (0,)),), feature)], [FormTerm((0,))])


def _linear(feature: str) -> Rule:
    return lambda o, t, n: FormRecipe([Piece(((o, ()),), feature)], [FormTerm((0,))])


def _columns(t: Array, which: Sequence[int], sign: float = 1.0) -> Any:
    # Position 0 is the observable, so that tap i has the position i + 1.
    return tuple((sign * t[..., i], (i + 1,)) for i in which)


def _ratio(top: Sequence[int], bottom: Sequence[int], feature: str, lower: str = "") -> Rule:
    def rule(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
        return FormRecipe(
            [Piece(_columns(t, top), feature), Piece(_columns(t, bottom), lower or feature)],
            [FormTerm((0,), (1,))],
        )

    return rule


def _optimised(feature: str) -> Rule:
    """P' = I1/sqrt(-I2 I3), or the difference of two of them."""

    def rule(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
        pieces, products = [], []
        for k in range(0, t.shape[-1], 3):
            pieces += [
                Piece(_columns(t, [k]), feature),
                Piece(_columns(t, [k + 1]), feature),
                Piece(_columns(t, [k + 2], -1.0), feature),
            ]
            products.append(FormTerm((k,), (), (k + 1, k + 2)))
        return FormRecipe(pieces, products)

    return rule


def _by_quotient(feature: str) -> Rule:
    """First tap / (first tap / observable): the denominator is recovered by dividing."""

    def rule(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
        top = t[..., 0]
        return FormRecipe(
            [Piece(((top, ()),), feature), Piece(((top / o, ()),), feature)], [FormTerm((0,), (1,))]
        )

    return rule


def _difference_ratio(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
    a, b = t[..., 0], t[..., 2]
    return FormRecipe([Piece(((a - b, ()),)), Piece(((a + b, ()),))], [FormTerm((0,), (1,))])


def _inverse_with_fermi(feature: str, o: Array, fermi: Array) -> FormRecipe:
    """1/observable is quadratic times (GF_eff/GF)^2, and (GF/GF_eff)^2 is the shared 'fermi'."""
    return FormRecipe(
        [Piece(shared="fermi"), Piece(((fermi / o, ()),), feature)],
        [FormTerm((0,), (1,))],
        exclude=("shift",),
    )


def _logarithm(o: Array, scalars: Array, vectors: Array) -> FormRecipe:
    """ln of a ratio of linear forms, C = (c0 (1 + v V) + s S)/(1 + v V).

    `scalars` and `vectors` are the samples of the components S and V, (samples, n) each.
    """
    c = np.exp(o)
    good = np.isfinite(c)
    ones = np.ones_like(c)[:, None]
    # C = c0 + s S + c0 v V - C v V: linear in c0, s, c0 v, v
    matrix = np.concatenate([ones, scalars, vectors, -c[:, None] * vectors], axis=1)
    weight = 1 / (1 + np.abs(c[good]))
    solution, *_ = np.linalg.lstsq(matrix[good] * weight[:, None], c[good] * weight, rcond=None)
    bottom = 1 + vectors @ solution[-vectors.shape[1] :]
    return FormRecipe(
        [Piece(((c * bottom, ()),)), Piece(((bottom, ()),))],
        [FormTerm((0,), (1,))],
        logarithm=True,
        include=("CVL_", "CVR_"),
    )


def _effective_lifetime(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
    """tau_mumu = (D + a N)/(D + b N), with N, D quadratic in the amplitudes P, S."""
    p, s = t[..., 0] + 1j * t[..., 1], t[..., 2] + 1j * t[..., 3]
    top = (p**2).real - (s**2).real
    bottom = abs(p) ** 2 + abs(s) ** 2
    # o D + b o N = c D + c a N: linear in b, c, c a
    good = np.isfinite(o) & np.isfinite(top)
    matrix = np.stack([-(o * top), bottom, top], axis=-1)[good]
    scale = (o * bottom)[good][:, None]
    unit = np.array([1.0, np.median(o[good]), np.median(o[good])])
    solution, *_ = np.linalg.lstsq(
        matrix * unit / scale, (o * bottom)[good] / scale[:, 0], rcond=None
    )
    b, c, ca = solution * unit
    return FormRecipe(
        [Piece(((c * bottom + ca * top, ()),)), Piece(((bottom + b * top, ()),))],
        [FormTerm((0,), (1,))],
    )


def _couplings(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
    """A_f = 2 gV gA/(gV^2 + gA^2); A_FB is the product of two."""
    pieces, products = [], []
    for k in range(0, t.shape[-1], 4):
        v, a = t[..., k], t[..., k + 2]
        taps = tuple(range(k + 1, k + 5))
        pieces += [Piece(((v * a, taps),), "smeft"), Piece(((v**2 + a**2, taps),), "smeft")]
        products += [2 * (k // 4)]
    top = tuple(products)
    return FormRecipe(pieces, [FormTerm(top, tuple(i + 1 for i in top))])


def _widths(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
    """Ratios of Z widths; the exponents are found from the samples."""
    groups: list[list[int]]
    if t.shape[-1] == 0:
        return FormRecipe([Piece(((o, ()),), "smeft")], [FormTerm((0,))])
    if t.shape[-1] == 3 and list(n) == ["GammaZ", "GammaZ", "Gammahad"]:
        groups = [[0, 1], [2]]
    else:
        groups = [[i] for i in range(t.shape[-1])]
    sums = np.stack([t[..., g].sum(axis=-1) for g in groups], axis=-1)
    good = np.isfinite(o) & np.all(sums > 0, axis=-1) & (o > 0)
    matrix = np.concatenate([np.ones_like(sums[good][:, :1]), np.log(sums[good])], axis=-1)
    powers, *_ = np.linalg.lstsq(matrix, np.log(o[good]), rcond=None)
    top: list[int] = []
    bottom: list[int] = []
    for i, power in enumerate(powers[1:]):
        # No product of widths to integer powers: taken as one polynomial.
        if abs(power - round(power)) > 1e-4:
            return FormRecipe([Piece(((o, ()),), "smeft")], [FormTerm((0,))])
        (top if power > 0 else bottom).extend([i] * abs(round(power)))
    return FormRecipe(
        [Piece(_columns(t, g), "smeft") for g in groups], [FormTerm(tuple(top), tuple(bottom))]
    )


def _w_ratio(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
    if list(n) == ["GammaW"] * 6:
        return _ratio([0, 1, 2], [3, 4, 5], "smeft")(o, t, n)
    return _ratio([0, 1, 2], [3], "poly:1", "poly:1")(o, t, n)


def _halves(feature: str) -> Rule:
    """Sum of the first half of the integrals over the sum of the second half."""

    def rule(o: Array, t: Array, n: Sequence[str]) -> FormRecipe:
        half = t.shape[-1] // 2
        return _ratio(range(half), range(half, 2 * half), feature)(o, t, n)

    return rule


def _derived(name: str) -> Rule:
    return lambda o, t, n: FormRecipe([], [], derived=name)


_CHARGED = {
    r"D\+->(e|mu|tau)nu|D0->pi|D\+->pi|<BR>\(D.->pi": "Vcd2",
    r"Ds->|D0->K|D\+->K|<BR>\(D.->K": "Vcs2",
    r"B0->pitaunu|B\+->(e|mu|tau)nu": "Vub2",
    r"B->Xcenu|Bc->taunu": "Vcb2",
    r"K\+->(e|mu)nu|K.->pi(e|mu)nu|tau->Knu": "Vus2",
    r"pi\+->munu|tau->pinu": "Vud2",
}

# The first pattern that fits the beginning of a name counts.
_RULES: list[tuple[str, Rule]] = [
    (r"<(P[4568]p|Dmue_P[45]p)>\(B.->K\*", _optimised("loop:bs")),
    (r"<BR>\(B->Xs", _direct("loopn:bs")),
    (r"<dBR/dq2>\(B\+->pimumu|BR_Belle\(B\+->piee", _direct("loop:bd")),
    (r"<dBR/dq2>\((B|Lambdab)|BR\(B\+->Ktautau\)", _direct("loop:bs")),
    (r"<Rmue>|<(FL|AFB|P\d|A\d|ATIm|S\d|AFBh|AFBl|AFBlh)>\(", _ratio([0], [1], "loop:bs")),
    (r"tau_mumu", _effective_lifetime),
    (
        r"BR\(Bs->(ee|mumu|tautau)\)|BR\((B.->K\*?|Bs->phi)(emu|mue|etau|mutau|taue|taumu)\)",
        _direct("bs.tt"),
    ),
    (r"BR\(Bs->\w+,\w+\)|BR\(B.->K\*?nunu\)", _direct("bs.tt")),
    (r"BR\(B.->pi\w+,\w+\)", _direct("bd.tt")),
    (
        r"BR\(B0->(ee|mumu|tautau)\)|BR\(B.->pi(mutau|taumu|etau|taue)\)|BR\(B0->\w+,\w+\)|BR\(B.->(pi|rho)nunu\)",
        _direct("bd.tt"),
    ),
    (r"BR\(B.->K\*gamma\)$", _direct("loop:bs")),
    (r"BR\(B->Xsgamma\)", _direct("loopn:bs")),
    (r"DeltaM|S_psi|x12Im", _derived("mixing")),
    (r"eps_K", _linear("mixing:sd")),
    (r"epsp/eps", _direct("epsp")),
    (r"BR\(K\+->pinunu", _direct("kpnn")),
    (r"BR\(KL->pinunu", _direct("klpnn")),
    (r"BR\(K.->(ee|mumu)\)", _direct("kll")),
    (r"BR\(KL->emu,mue\)", _direct("kllfv")),
    (r"(a|atilde|Atilde|Btilde|D|R)_n", _by_quotient("1")),
    (r"lambdaAB_n", _difference_ratio),
    (r"RKpi", _ratio([0], [1], "Vus2", "Vud2")),
    (r"Remu\(K", _ratio([0], [1], "Vus2")),
    (r"BR\(pi\+->enu", _ratio([0], [1], "Vud2")),
    (r"R(tau|mu)\w*\(B->D", lambda o, t, n: _ratio([0], range(1, t.shape[-1]), "Vcb2")(o, t, n)),
    (r"FLtot\(B0->D\*", _ratio([0], [1], "Vcb2")),
    (r"A\(Z|AFB\(Z", _couplings),
    (r"GammaW", _direct("poly:1")),
    (r"R_(e|mu|tau|b|c|uc)$|GammaZ|sigma_had", _widths),
    (r"BR\(W|R\(W|R\w+\(W->lnu", _w_ratio),
    (
        r"mu_\w+\(h->",
        lambda o, t, n: FormRecipe(
            [Piece(_columns(t, [i]), "smeft") for i in range(3)], [FormTerm((0, 1), (2,))]
        ),
    ),
    (r"<BR>/BR", _halves("Vcb2")),
]


def _phased(name: str, o: Array, t: Array) -> FormRecipe | None:
    """Observables with the Bs or B0 mixing phase; `o` and `t` have an axis of pinned phases.

    The recipe's arrays keep that axis; the fit separates 1, cos phi and sin phi.
    """
    if "phimumu" in name:
        pieces = (
            [Piece(_columns(t, [0]), "phased:bs")]
            if name.startswith("<dBR")
            else [Piece(_columns(t, [0]), "phased:bs"), Piece(_columns(t, [1]), "phased:bs")]
        )
        products = [FormTerm((0,), (1,))] if len(pieces) == 2 else [FormTerm((0,))]
        return FormRecipe(pieces, products)
    if "Bs->K*0mumu" in name:
        return FormRecipe([Piece(((o, ()),), "phased:bd")], [FormTerm((0,))])
    if name.startswith("BR(Bs->phigamma)"):
        return FormRecipe([Piece(((o, ()),), "asymmetry:bs")], [FormTerm((0,))])
    if name.startswith("BR(B0->K*gamma)/BR(Bs->phigamma)"):
        width = t[..., 0]
        return FormRecipe(
            [Piece(((width, ()),), "loop:bs"), Piece(((width / o, ()),), "asymmetry:bs")],
            [FormTerm((0,), (1,))],
        )
    if re.match(r"(ADeltaGamma\(Bs->phigamma|S_phigamma|S_K\*gamma)", name):
        width = t[..., 0]
        return FormRecipe(
            [Piece(((o * width, ()),), "asymmetry:bs"), Piece(((width, ()),), "loop:bs")],
            [FormTerm((0,), (1,))],
        )
    return None


def recipe(
    name: str, o: Array, t: Array, labels: Sequence[str], products: Mapping[str, Array]
) -> FormRecipe:
    """Return the recipe of an observable.

    Parameters
    ----------
    name
        flavio's name.
    o
        Values of the observable, shape (samples,) or (samples, phases).
    t
        Recorded taps, shape (samples, taps) or (samples, phases, taps).
    labels
        Names of the taps.
    products
        CKM combinations at the sample points, and ``x:name:part``, the components.
    """
    if o.ndim == 2 and o.shape[1] > 1:
        phased = _phased(name, o, t)
        if phased is None:
            raise NotImplementedError(f"no recipe with a mixing phase for {name}")
        return phased
    if o.ndim == 2:
        o, t = o[:, 0], t[:, 0]
    if name == "ACP(B->Xgamma)":
        down, strange = products["bd.tt"], products["bs.tt"]
        pieces = [
            Piece(((down * t[:, i], (), "rate:bd"), (strange * t[:, i + 1], (), "rate:bs")))
            for i in (2, 0)
        ]
        return FormRecipe(pieces, [FormTerm((0,), (1,))])
    if re.match(r"tau_n|Ft\(", name):
        return _inverse_with_fermi("Vud2", o, (1 + products["x:shift:Re"]) ** -2.0)
    if name == "lnC(K->pimunu)":

        def column(c: str) -> Array:
            return products[f"x:{c}_sumunumu:Re"]

        return _logarithm(
            o,
            np.stack([column("CSR"), column("CSL")], axis=1),
            np.stack([column("CVL"), column("CVR")], axis=1),
        )
    for pattern, rule in _RULES:
        if re.match(pattern, name):
            return rule(o, t, labels)
    for pattern, feature in _CHARGED.items():
        if re.search(pattern, name):
            return _direct(feature)(o, t, labels)
    return _direct("1")(o, t, labels)
