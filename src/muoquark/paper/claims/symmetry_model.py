"""Section 2.2 and 2.3: the conditions on U(1)_X, the B-3L_mu model and what it conserves."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from muoquark.model.invariance import judged_operators
from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.symmetry import names
from muoquark.symmetry.accidental import accidental_symmetries
from muoquark.symmetry.anomalies import X_ANOMALIES, anomalies
from muoquark.symmetry.assignment import assignment_of
from muoquark.symmetry.baryon import lowest_baryon_violation
from muoquark.symmetry.conditions import CONDITIONS, judge
from muoquark.symmetry.content import LEPTOQUARKS, with_charges
from muoquark.symmetry.remnant import proton_decay_operators, proton_is_stable, remnant

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "condition"]


def condition(key: str, statement: str) -> Question:
    """Return the claim on one of the conditions i) to vi)."""

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

    function.__name__ = "condition"
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
    condition("i", "the leptons' charges let S couple to the muon and to no other lepton"),
    condition("ii", "all operators QQS^dag are forbidden"),
    condition("iii", "the operators QQS^dag Phi^(*) of dimension five are forbidden"),
    condition("iv", "an approximate lepton-flavour symmetry remains"),
    condition("v", "universal quark charges: all quark Yukawas, no flavour violation by X_mu"),
    condition("vi", "Yukawa couplings to Phi fill M_R: full PMNS matrix without further fields"),
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
        f"not zero: {names(nonzero)}" if nonzero else "exact sums of fractions",
        value=float(len(nonzero)),
        numbers={k: str(v) for k, v in values.items()},
    )


@question(
    "symmetry.phi-squared",
    "section 2.3, footnote 2",
    "Phi enters the potential only as |Phi|^2",
    "no number",
    "every allowed term of scalars has as many Phi as Phi^dag",
    "muoquark reproduce --only symmetry.phi-squared",
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
        f"terms: {names(map(str, with_phi))}",
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
        f"conserved: {names(conserved)}",
        decide(len(conserved) == 4),
        "lepton flavour is broken by neutrino masses, and at dimension five by QL_e,tau S Phi^dag",
        value=float(len(conserved)),
        numbers={"broken_by": broken},
    )


@question(
    "symmetry.conditions-suffice",
    "section 2.2, below conditions i) to iv)",
    "Conditions i) to iv) ensure the restoration of the accidental symmetries",
    "ensure",
    "B, L_e, L_mu and L_tau are conserved, as in symmetry.restored, for every anomaly-free "
    "assignment of charges up to 10 that meets i) to iv) with S3",
    "muoquark reproduce --only symmetry.conditions-suffice",
)
def conditions_suffice(ws: Workspace) -> Finding:
    """Test the four numbers on everything that each of these symmetries allows."""
    counts = {True: [0, 0], False: [0, 0]}  # meets i) to iv): assignments, those that restore
    for judged in ws.judged_charges():
        symmetries = accidental_symmetries(judged.fields(), neutrinos=False)
        meets = {"i", "ii", "iii", "iv"} <= judged.met
        counts[meets][0] += 1
        counts[meets][1] += all(s.conserved for s in symmetries)
    (number, good), (others, also) = counts[True], counts[False]
    return Finding(
        f"restored by {good} of {number} assignments that meet i) to iv)",
        decide(number > 0 and good == number),
        f"of the {others} others, which fail one of them, {also} restore the four too: some "
        "conditions are about more than renormalisable operators",
        value=float(number - good),
        numbers={"meet": number, "restore": good, "others": others, "others_restore": also},
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
        f"broken by {names(number.broken_by)}",
        decide(bool(number.broken_by) and not other),
        f"others: {names(other)}",
        value=float(len(other)),
        numbers={"broken_by": number.broken_by},
    )


@question(
    "symmetry.baryon-exact",
    "section 2.3, last paragraph",
    "Baryon number remains exact, though anomalous",
    "exact, anomalous",
    "no operator of any dimension breaks it, and the SU(2)^2 B anomaly is not 0; with a change: no "
    "operator of dimension four does, and the remnant of U(1)_X forbids proton decay at every "
    "dimension",
    "muoquark reproduce --only symmetry.baryon-exact",
)
def baryon_exact(ws: Workspace) -> Finding:
    """Find the discrete remnant, the lowest operator that breaks B, and B's own anomaly."""
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
    broken = lowest_baryon_violation(f for f in fields if f.name not in LEPTOQUARKS)
    protected = stable and not left and not anomaly.vanishes and number.conserved
    if broken is None:
        reason = "no operator up to dimension 60 breaks it"
    else:
        reason = (
            f"exact for the renormalisable terms alone: U(1)_X leaves a Z{order}, and {broken} "
            f"of dimension {broken.dimension} changes B by {broken.baryon_number}"
        )
    return Finding(
        f"remnant Z{order}, proton {'stable to all orders' if stable else 'not protected'}; B is "
        "broken "
        + ("by nothing" if broken is None else f"by {broken.baryon_number} at dimension "
           f"{broken.dimension}")
        + f"; SU(2)^2 B anomaly {anomaly.value}",
        decide(protected and broken is None, protected),
        f"{reason}; operators qqql that some number of Phi makes neutral: {names(left)}",
        value=float(order),
        numbers={"stable": stable, "remnant": order, "anomaly": str(anomaly.value),
                 "breaks_B": None if broken is None else str(broken),
                 "dimension": None if broken is None else broken.dimension},
    )  # fmt: skip


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
    listed = [str(tuple(map(int, a.L))) for a in found]
    there = any(a.L == wanted.L and a.k == wanted.k for a in found)
    return Finding(
        f"{len(found)} solutions meet all six conditions: lepton charges {names(listed)} "
        "in units of the quarks'",
        decide(there),
        f"the charges of the model, {tuple(map(int, wanted.L))}, are "
        + ("among them" if there else "not among them"),
        value=float(len(found)),
        numbers={"L": listed},
    )


@question(
    "symmetry.alternatives",
    "section 3",
    "The idea extends beyond B-3L_mu: other symmetries make muoquarks",
    "much beyond",
    "more than one anomaly-free assignment of charges up to 10 meets condition i) for S3",
    "muoquark charges --leptoquark S3",
)
def alternatives(ws: Workspace) -> Finding:
    """Count the assignments that make S3 a muoquark, and those that meet more conditions."""
    judged = ws.judged_charges()
    count = {key: sum(key in j.met for j in judged) for key in CONDITIONS}
    complete = sum(j.complete for j in judged)
    return Finding(
        f"{count['i']} of {len(judged)} assignments make S3 a muoquark; {complete} meet all six "
        "conditions",
        decide(count["i"] > 1),
        "three generations of nu_R, quark-universal charges, integers up to 10; met one by one: "
        + ", ".join(f"{k}) {v}" for k, v in count.items()),
        value=float(count["i"]),
        numbers={"assignments": len(judged), "complete": complete, **count},
    )


CLAIMS: tuple[Question, ...] = (
    *_CONDITIONS,
    candidate,
    anomaly_free,
    phi_squared,
    restored,
    conditions_suffice,
    baryon_exact,
    lmu_breaking,
    alternatives,
)
