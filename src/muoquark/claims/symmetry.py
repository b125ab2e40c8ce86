"""Sections 1 and 2: what the Standard Model conserves, what leptoquarks break, what protects it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from muoquark.claims.record import Finding, Question, decide, question
from muoquark.model.invariance import check_terms, judged_operators
from muoquark.model.terms import TERMS
from muoquark.symmetry.accidental import accidental_symmetries
from muoquark.symmetry.anomalies import X_ANOMALIES, anomalies
from muoquark.symmetry.assignment import assignment_of
from muoquark.symmetry.conditions import CONDITIONS, judge
from muoquark.symmetry.content import LEPTOQUARKS, with_charges
from muoquark.symmetry.remnant import proton_decay_operators, proton_is_stable, remnant

if TYPE_CHECKING:
    from muoquark.claims.workspace import Workspace

__all__ = ["CLAIMS"]

_SM = ("q", "u", "d", "l", "e", "H")

# Table 1 as printed: hypercharge and X charges (one, or e, mu, tau).
_TABLE = {
    "q": ("1/6", "1/3"),
    "u": ("2/3", "1/3"),
    "d": ("-1/3", "1/3"),
    "l": ("-1/2", "0 -3 0"),
    "e": ("-1", "0 -3 0"),
    "nu": ("0", "0 -3 0"),
    "H": ("1/2", "0"),
    "S3": ("1/3", "8/3"),
    "S1": ("1/3", "8/3"),
    "Phi": ("0", "3"),
}


def _names(items: Any) -> str:
    return ", ".join(items) or "none"


@question(
    "symmetry.standard-model",
    "section 1, third paragraph",
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
        f"conserved: {_names(conserved)}",
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
    "muoquark check generic",
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
            f"{_names(without)} has no di-quark coupling of dimension four; its first ones have "
            "dimension five"
        )
    return Finding(
        f"both kinds at dimension four: {_names(both)}",
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
        demanded[name] = {k: _names(map(str, sorted(v))) for k, v in needs.items()}
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
    reason = f"{_names(n for n in LEPTOQUARKS if n not in found)} couple to no pair of q and l"
    if rest:
        reason += f"; {_names(rest)} does, but has no component of the charge that d_L mu_L needs"
    return Finding(
        f"coupled to d_L and mu_L: {_names(able)}; a coupling q l S have {_names(found)}",
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
        f"both chiralities of top and muon: {_names(able)}",
        decide(sorted(able) == ["R2", "S1"]),
        "the loop then flips chirality on the top line: m_t in the place of m_mu. That S1 really "
        "fits is computed in single.s1-dipole; loops of R2 are not in this package",
        value=float(len(able)),
        numbers={k: [" ".join(p) for p in v] for k, v in found.items()},
    )


def _condition(key: str, statement: str) -> Question:
    def function(ws: Workspace) -> Finding:
        model = ws.model
        verdicts = judge(model.fields, assignment_of(model.fields))
        (verdict,) = (v for v in verdicts if v.condition == key)
        return Finding(
            "holds" if verdict.holds else "fails",
            decide(verdict.holds),
            verdict.reason,
            value=float(verdict.holds),
            numbers={"operators": verdict.operators},
        )

    function.__name__ = f"condition_{key}"
    function.__module__ = __name__
    return Question(
        f"symmetry.condition-{key}",
        "section 2.2, conditions",
        f"{key}) {statement}",
        "holds for B-3L_mu",
        CONDITIONS[key],
        function,
        "muoquark check B-3Lmu",
    )


_CONDITIONS = (
    _condition("i", "the leptons' charges let S couple to the muon and to no other lepton"),
    _condition("ii", "all operators QQS^dag are forbidden"),
    _condition("iii", "the operators QQS^dag Phi^(*) of dimension five are forbidden"),
    _condition("iv", "an approximate lepton-flavour symmetry remains"),
    _condition("v", "the quarks' charges are universal, so that all quark Yukawas are allowed"),
    _condition("vi", "Yukawa couplings to Phi fill M_R: full PMNS matrix without further fields"),
)


@question(
    "symmetry.anomaly-free",
    "section 2.3 and Table 1",
    "U(1)_{B-3L_mu} with three right-handed neutrinos can be gauged",
    "no number",
    "all six anomalies that involve U(1)_X vanish",
    "muoquark check B-3Lmu",
)
def anomaly_free(ws: Workspace) -> Finding:
    """Sum the six anomalies exactly."""
    values = {a.name: a.value for a in anomalies(ws.model.fields, X_ANOMALIES)}
    nonzero = [name for name, value in values.items() if value]
    return Finding(
        f"{len(values) - len(nonzero)} of {len(values)} anomalies are zero",
        decide(not nonzero),
        f"not zero: {_names(nonzero)}" if nonzero else "exact sums of fractions",
        value=float(len(nonzero)),
        numbers={k: str(v) for k, v in values.items()},
    )


@question(
    "symmetry.table1",
    "Table 1",
    "Hypercharges and U(1)_X charges of the ten fields",
    "20 entries",
    "the model that everything here is computed with has the charges of Table 1",
    "muoquark check B-3Lmu",
)
def table1(ws: Workspace) -> Finding:
    """Compare the model with the printed table."""
    wrong = []
    by_name = {f.name: f for f in ws.model.fields}
    for name, (y, x) in _TABLE.items():
        field = by_name.get(name)
        charges = [Fraction(c) for c in x.split()]
        if field is None or Fraction(y) != field.Y:
            wrong.append(f"{name}: Y")
        if field is None or [Fraction(c) for c in field.X] != charges * (
            len(field.X) // len(charges)
        ):
            wrong.append(f"{name}: X")
    extra = [name for name in by_name if name not in _TABLE]
    return Finding(
        f"{2 * len(_TABLE) - len(wrong)} of {2 * len(_TABLE)} entries agree",
        decide(not wrong and not extra),
        f"differ: {_names(wrong)}" if wrong else "no further field in the model",
        value=float(len(wrong)),
        numbers={"wrong": wrong, "extra": extra},
    )


@question(
    "symmetry.eq3",
    "section 2.3, eq. (3)",
    "Eq. (3) is the full Lagrangian: its terms are invariant and there are no others",
    "no number",
    "every term is invariant under all groups; every allowed operator of dimension four is listed",
    "muoquark check B-3Lmu",
)
def eq3(ws: Workspace) -> Finding:
    """Test every term, then compare the list with an enumeration."""
    verdicts = check_terms(ws.model)
    bad = [str(v.term) for v in verdicts if not v.invariant]
    missing = [m for v in verdicts for m in v.missing]
    listed = {_canonical(v.term.factors) for v in verdicts}
    allowed = {
        _canonical(o.factors) for o in judged_operators(ws.model.fields, 4) if not o.forbidden
    }
    absent = sorted(" ".join(k) for k in allowed - listed)
    return Finding(
        f"{len(verdicts) - len(bad)} of {len(verdicts)} terms invariant, "
        f"{len(absent) + len(missing)} allowed ones not listed",
        decide(not bad and not absent and not missing),
        f"not invariant: {_names(bad)}; not listed: {_names([*absent, *missing])}",
        value=float(len(bad) + len(absent) + len(missing)),
        numbers={"terms": len(verdicts), "not_invariant": bad, "not_listed": [*absent, *missing]},
    )


def _canonical(factors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the smaller of an operator and its conjugate, sorted."""
    other = [f.removesuffix("^dag") if f.endswith("^dag") else f"{f}^dag" for f in factors]
    return min(tuple(sorted(factors)), tuple(sorted(other)))


@question(
    "symmetry.renormalisable",
    "section 2.5, first sentence",
    "The model is renormalisable",
    "dimension <= 4",
    "no term of eq. (3) has a dimension above four",
    "muoquark check B-3Lmu",
)
def renormalisable(ws: Workspace) -> Finding:
    """Return the largest dimension of a term."""
    by_name = {f.name for f in ws.model.fields}
    terms = [t for t in TERMS if {x.removesuffix("^dag") for x in t.factors} <= by_name]
    largest = max(t.dimension for t in terms)
    return Finding(
        f"largest dimension {largest}, {len(terms)} kinds of terms",
        decide(largest <= 4),
        "gauge anomalies vanish too (symmetry.anomaly-free)",
        value=float(largest),
        numbers={"terms": len(terms)},
    )


@question(
    "symmetry.phi-squared",
    "section 2.3, footnote 2",
    "Phi enters the potential only as |Phi|^2",
    "no number",
    "every allowed term of scalars has as many Phi as Phi^dag",
    "muoquark check B-3Lmu",
)
def phi_squared(ws: Workspace) -> Finding:
    """Enumerate all scalar operators of dimension four and less."""
    terms = [
        o for o in judged_operators(ws.model.fields, 4) if o.kind == "potential" and not o.forbidden
    ]
    with_phi = [o for o in terms if {"Phi", "Phi^dag"} & set(o.factors)]
    odd = [str(o) for o in with_phi if o.factors.count("Phi") != o.factors.count("Phi^dag")]
    return Finding(
        f"{len(with_phi)} terms with Phi, {len(odd)} of them not through |Phi|^2",
        decide(bool(with_phi) and not odd),
        f"terms: {_names(map(str, with_phi))}",
        value=float(len(odd)),
        numbers={"with_phi": [str(o) for o in with_phi], "odd": odd},
    )


@question(
    "symmetry.restored",
    "section 2.2 and section 2.3, last paragraph",
    "The accidental symmetries of the Standard Model are restored at low energies",
    "B, L_e, L_mu, L_tau",
    "with nu_R integrated out, all four are conserved by the renormalisable operators",
    "muoquark reproduce --only symmetry.restored",
)
def restored(ws: Workspace) -> Finding:
    """Test the four numbers on everything that B-3L_mu allows."""
    broken = {s.name: s.broken_by for s in accidental_symmetries(ws.model.fields, False)}
    conserved = [name for name, by in broken.items() if not by]
    return Finding(
        f"conserved: {_names(conserved)}",
        decide(len(conserved) == 4),
        "lepton flavour is broken by neutrino masses, and at dimension five by QL_e,tau S Phi^dag",
        value=float(len(conserved)),
        numbers={"broken_by": broken},
    )


@question(
    "symmetry.lmu-breaking",
    "section 2.3, last paragraph",
    "L_mu is broken explicitly by the Majorana mass from y_Phi and by nothing else",
    "y_Phi",
    "every renormalisable operator that breaks L_mu is of the kind nu_R nu_R Phi",
    "muoquark reproduce --only symmetry.lmu-breaking",
)
def lmu_breaking(ws: Workspace) -> Finding:
    """List what breaks L_mu when nu_R are there."""
    (number,) = (s for s in accidental_symmetries(ws.model.fields) if s.name == "L_mu")
    other = [
        text
        for text in number.broken_by
        if sorted(x.partition("_")[0] for x in text.split()) != ["Phi", "nu", "nu"]
    ]
    return Finding(
        f"broken by {_names(number.broken_by)}",
        decide(bool(number.broken_by) and not other),
        f"others: {_names(other)}",
        value=float(len(other)),
        numbers={"broken_by": number.broken_by},
    )


@question(
    "symmetry.baryon-exact",
    "section 2.3, last paragraph",
    "Baryon number remains exact, though anomalous",
    "exact, anomalous",
    "the remnant of U(1)_X forbids proton decay at every dimension; the SU(2)^2 B anomaly is not 0",
    "muoquark reproduce --only symmetry.baryon-exact",
)
def baryon_exact(ws: Workspace) -> Finding:
    """Find the discrete remnant, and the anomaly of baryon number itself."""
    fields = ws.model.fields
    assignment = assignment_of(fields)
    phi = next(f.X[0] for f in fields if f.name == "Phi")
    stable = proton_is_stable(assignment, phi)
    left = [o.operator for o in proton_decay_operators(assignment, phi) if o.insertions is not None]
    third = Fraction(1, 3)
    baryon = with_charges({**dict.fromkeys(("q", "u", "d"), third), "l": 0, "e": 0})
    (anomaly,) = anomalies(baryon, ["SU(2)^2 X"])
    order = remnant(fields).order
    (number,) = (s for s in accidental_symmetries(fields) if s.name == "B")
    holds = stable and not left and not anomaly.vanishes and number.conserved
    return Finding(
        f"remnant Z{order}, proton {'stable to all orders' if stable else 'not protected'}; "
        f"SU(2)^2 B anomaly {anomaly.value}",
        decide(holds),
        f"operators qqql that some number of Phi makes neutral: {_names(left)}",
        value=float(order),
        numbers={"stable": stable, "remnant": order, "anomaly": str(anomaly.value)},
    )


@question(
    "symmetry.candidate",
    "section 2.2, last sentence",
    "B-3L_mu emerges as a candidate that satisfies all conditions",
    "a candidate",
    "among all anomaly-free charges up to 10 it meets i) to vi) with S1 and S3",
    "muoquark charges --leptoquark S1,S3 --require all",
)
def candidate(ws: Workspace) -> Finding:
    """Look through the catalogue."""
    found = ws.protecting()
    wanted = assignment_of(ws.model.fields).integers()[0]
    names = [str(tuple(map(int, a.L))) for a in found]
    there = any(a.L == wanted.L and a.k == wanted.k for a in found)
    return Finding(
        f"{len(found)} solutions meet all six conditions: lepton charges {_names(names)} "
        "in units of the quarks'",
        decide(there),
        f"the charges of the model, {tuple(map(int, wanted.L))}, are "
        + ("among them" if there else "not among them"),
        value=float(len(found)),
        numbers={"L": names},
    )


CLAIMS: tuple[Question, ...] = (
    standard_model,
    leptoquarks_violate,
    left_handed_current,
    chiral_enhancement,
    eq2,
    no_baryon_number,
    *_CONDITIONS,
    candidate,
    anomaly_free,
    table1,
    eq3,
    phi_squared,
    restored,
    baryon_exact,
    lmu_breaking,
    renormalisable,
)
