"""Sections 1 and 2.1: what the Standard Model conserves and what leptoquarks break."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from muoquark.model.invariance import judged_operators
from muoquark.paper.claims.record import UNTESTABLE, Finding, Question, decide, question
from muoquark.symmetry.accidental import accidental_symmetries
from muoquark.symmetry.content import LEPTOQUARKS

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "names"]

_SM = ("q", "u", "d", "l", "e", "H")


def names(items: Any) -> str:
    """Return a list in words."""
    return ", ".join(items) or "none"


@question(
    "symmetry.standard-model",
    "section 1, fourth paragraph",
    "The Standard Model conserves baryon number and the three lepton flavours by accident",
    "B, L_e, L_mu, L_tau",
    "all four numbers are conserved by every operator of dimension four or less",
    "muoquark reproduce --only symmetry.standard-model",
)
def standard_model(ws: Workspace) -> Finding:
    """Test the four numbers on all renormalisable operators of the Standard Model."""
    fields = [f for f in ws.unprotected.fields if f.name in _SM]
    broken = {s.name: s.broken_by for s in accidental_symmetries(fields)}
    conserved = [name for name, by in broken.items() if not by]
    return Finding(
        f"conserved: {names(conserved)}",
        decide(len(conserved) == 4),
        "every operator that the gauge group allows was enumerated",
        value=float(len(conserved)),
        numbers={"broken_by": broken},
    )


@question(
    "symmetry.leptoquarks-violate",
    "section 2.1, second paragraph",
    "Scalar leptoquarks with generic couplings violate the global symmetries of the Standard Model",
    "no number",
    "without U(1)_X, baryon number and all lepton flavours are broken at dimension four",
    "muoquark reproduce --only symmetry.leptoquarks-violate",
)
def leptoquarks_violate(ws: Workspace) -> Finding:
    """Count the operators that break each number when nothing protects it."""
    fields = [f for f in ws.unprotected.fields if f.name != "nu"]
    count = {s.name: len(s.broken_by) for s in accidental_symmetries(fields)}
    text = ", ".join(f"{name} by {n} operators" for name, n in count.items())
    return Finding(
        f"broken: {text}",
        decide(all(count.values())),
        "S1 and S3 with all couplings that SU(3) x SU(2) x U(1)_Y allows, nu_R left out",
        value=float(sum(map(bool, count.values()))),
        numbers=count,
    )


@question(
    "symmetry.eq2",
    "section 2.1, eq. (2)",
    "Couplings QLS and QQS^dag are possible for the scalar leptoquarks considered (S1, S3, R2)",
    "S1, S3, R2",
    "all three have couplings of both kinds at dimension four; with a change: at least one does",
    "muoquark reproduce --only symmetry.eq2",
)
def eq2(ws: Workspace) -> Finding:
    """Enumerate both kinds of couplings for each leptoquark alone."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in ("S1", "S3", "R2"):
        content = ws.content(name)
        kinds: dict[str, list[str]] = {"lepton coupling": [], "di-quark": []}
        for operator in judged_operators(content, 5):
            if operator.kind in kinds and operator.dimension == 4:
                kinds[operator.kind].append(str(operator))
        found[name] = kinds
    both = [name for name, kinds in found.items() if all(kinds.values())]
    without = [name for name in found if name not in both]
    reason = "QQS^dag exists for all three"
    if without:
        reason = (
            f"{names(without)} has no di-quark coupling of dimension four; its first ones have "
            "dimension five"
        )
    return Finding(
        f"both kinds at dimension four: {names(both)}",
        decide(not without, bool(both)),
        reason,
        value=float(len(both)),
        numbers=found,
    )


@question(
    "symmetry.baryon-number",
    "section 2.1, second paragraph",
    "No baryon number can be assigned to S if both couplings are there: exchange of S violates B",
    "impossible",
    "for S1 and for S3, the numbers that QLS and QQS^dag demand of S differ",
    "muoquark reproduce --only symmetry.baryon-number",
)
def no_baryon_number(ws: Workspace) -> Finding:
    """Solve both conditions on B(S) with B(quark) = 1/3."""
    demanded: dict[str, dict[str, str]] = {}
    impossible = []
    for name in ("S1", "S3"):
        fields = [f for f in ws.unprotected.fields if f.name in (*_SM, name)]
        needs: dict[str, set[Fraction]] = {"lepton coupling": set(), "di-quark": set()}
        for operator in judged_operators(fields, 4):
            if operator.kind not in needs:
                continue
            quarks, sign = Fraction(0), 0
            for text in operator.factors:
                plain, dagger = text.removesuffix("^dag"), text.endswith("^dag")
                if plain in ("q", "u", "d"):
                    quarks += Fraction(-1 if dagger else 1, 3)
                elif plain == name:
                    sign = -1 if dagger else 1
            needs[operator.kind].add(-quarks * sign)
        demanded[name] = {k: names(map(str, sorted(v))) for k, v in needs.items()}
        if needs["di-quark"] and len(set.union(*needs.values())) > 1:
            impossible.append(name)
    text = "; ".join(
        f"{name}: QLS wants B(S) = {d['lepton coupling']}, QQS^dag {d['di-quark']}"
        for name, d in demanded.items()
    )
    return Finding(
        text,
        decide(impossible == ["S1", "S3"]),
        "B of the quarks is 1/3, which the Yukawa couplings and the SM's own anomalies leave",
        value=float(len(impossible)),
        numbers=demanded,
    )


@question(
    "symmetry.left-handed-current",
    "section 2.1, first paragraph",
    "S3 is the only scalar leptoquark with a left-handed b -> s mu mu current at tree level",
    "S3",
    "of the five scalar leptoquarks exactly S3 has a component that couples to d_L and mu_L",
    "muoquark reproduce --only symmetry.left-handed-current",
)
def left_handed_current(ws: Workspace) -> Finding:
    """Look for a component with the electric charge that d_L and mu_L need."""
    found = {}
    for name in LEPTOQUARKS:
        content = ws.content(name)
        (scalar,) = (f for f in content if f.name == name)
        for operator in judged_operators(content, 4):
            plain = {text.removesuffix("^dag") for text in operator.factors}
            if operator.kind != "lepton coupling" or not {"q", "l"} <= plain:
                continue
            # Charges of the factors as they stand; d_L has -1/3, mu_L -1.
            charge = Fraction(0)
            for text in operator.factors:
                q = {"q": Fraction(-1, 3), "l": Fraction(-1)}.get(text.removesuffix("^dag"))
                if q is not None:
                    charge += -q if text.endswith("^dag") else q
            sign = next(
                -1 if t.endswith("^dag") else 1
                for t in operator.factors
                if t.removesuffix("^dag") == name
            )
            t3 = -charge * sign - scalar.Y
            found[name] = {
                "operator": str(operator),
                "T3 needed": str(t3),
                "isospin": str(Fraction(scalar.isospin - 1, 2)),
                "possible": abs(t3) <= Fraction(scalar.isospin - 1, 2),
            }
    able = [name for name, entry in found.items() if entry["possible"]]
    rest = [n for n in found if n not in able]
    reason = f"{names(n for n in LEPTOQUARKS if n not in found)} couple to no pair of q and l"
    if rest:
        reason += f"; {names(rest)} does, but has no component of the charge that d_L mu_L needs"
    return Finding(
        f"coupled to d_L and mu_L: {names(able)}; a coupling q l S have {names(found)}",
        decide(able == ["S3"]),
        reason,
        value=float(len(able)),
        numbers=found,
    )


@question(
    "symmetry.chiral-enhancement",
    "section 2.1, first paragraph",
    "S1 and R2 are each able to account for (g-2)_mu: top and muon with both chiralities",
    "S1, R2",
    "exactly S1 and R2 couple to t_L mu_R-type and t_R mu_L-type (or t_L mu_L, t_R mu_R) pairs",
    "muoquark reproduce --only symmetry.chiral-enhancement",
)
def chiral_enhancement(ws: Workspace) -> Finding:
    """Find the leptoquarks with couplings to both chiralities of the top and of the muon."""
    found = {}
    for name in LEPTOQUARKS:
        content = ws.content(name)
        pairs = set()
        for operator in judged_operators(content, 4):
            plain = {text.removesuffix("^dag") for text in operator.factors}
            if operator.kind == "lepton coupling" and plain & {"q", "u"}:
                pairs.add((*sorted(plain & {"q", "u"}), *sorted(plain & {"l", "e"})))
        found[name] = sorted(pairs)
    able = [n for n, pairs in found.items() if len({q for q, _ in pairs}) == 2
            and len({x for _, x in pairs}) == 2]  # fmt: skip
    return Finding(
        f"both chiralities of top and muon: {names(able)}",
        decide(sorted(able) == ["R2", "S1"]),
        "the loop then flips chirality on the top line: m_t in the place of m_mu. That S1 really "
        "fits is computed in single.s1-dipole; loops of R2 are not in this package",
        value=float(len(able)),
        numbers={k: [" ".join(p) for p in v] for k, v in found.items()},
    )


@question(
    "symmetry.gravity",
    "section 2.1, second paragraph",
    "A global symmetry might not be enough to exclude z, since gravity violates global symmetries",
    "no number",
    "needs a theory of quantum gravity",
    "muoquark reproduce --only symmetry.gravity",
)
def gravity(ws: Workspace) -> Finding:
    """Say what is assumed; what a coupling of that size would do is in proton.*-planck."""
    return Finding(
        "nothing computed",
        UNTESTABLE,
        "a conjecture on quantum gravity (1011.5120); that z = v/M_Pl would be too large is "
        "computed in proton.s1-planck and proton.s3-planck",
    )


CLAIMS: tuple[Question, ...] = (
    standard_model,
    leptoquarks_violate,
    left_handed_current,
    chiral_enhancement,
    eq2,
    no_baryon_number,
    gravity,
)
