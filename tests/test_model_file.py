"""Models from files: what is read, what is refused, and what `check` says about them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from muoquark.cli.main import cli, main
from muoquark.common.errors import DomainError, InputError
from muoquark.model.fields import BUILT_IN, Gauge, built_in_model
from muoquark.model.model_file import parse_model
from muoquark.model.terms import known_names, known_terms
from muoquark.model.verdicts import check
from muoquark.symmetry.content import REPRESENTATIONS

PAGE = Path(__file__).parents[1] / "docs" / "models.md"
FIELDS = "fields: {q: 0, u: 0, d: 0, l: 0, e: 0, nu: 0, H: 0, S1: 0, S3: 0, R2: 0, Phi: 3}"
CHARGED = "q: 1/3, u: 1/3, d: 1/3, l: [0, -3, 0], e: [0, -3, 0], nu: [0, -3, 0], H: 0"


def faults(text):
    with pytest.raises(InputError) as error:
        parse_model(text, "bad.yaml")
    assert all(fault.source == "bad.yaml" and fault.line for fault in error.value.faults)
    return [(fault.line, fault.message) for fault in error.value.faults]


def fault_of(term, name="mine", fields=FIELDS):
    """The one fault of a term."""
    ((line, message),) = faults(f"{fields}\nterms:\n  {name}: {term}\n")
    assert line == 3
    assert message.startswith(f"terms.{name}: ")
    return message.removeprefix(f"terms.{name}: ")


# -- what is read --------------------------------------------------------------------------------


def test_standard_fields_are_there_unless_one_is_listed():
    names = [f.name for f in parse_model("fields: [S1, R2]").fields]
    assert names == ["q", "u", "d", "l", "e", "H", "S1", "R2"]
    assert [f.name for f in parse_model("fields: {S1: {}}").fields][-1] == "S1"
    assert [f.name for f in parse_model("fields: [H, S1]").fields] == ["H", "S1"]
    own = parse_model("fields: {P: {spin: left, Y: 0, X: 0}}")
    assert [f.name for f in own.fields] == ["P"]


def test_a_boson_is_there_if_it_is_named_or_something_is_charged():
    assert parse_model("fields: [S1]").gauge is None
    assert parse_model("fields: [S1]").gauge_terms == ()
    assert parse_model("fields: {Phi: 1}").gauge == Gauge()
    named = parse_model("fields: [S1]\ngauge: {X: {coupling: gp, mass: mp}}")
    assert named.gauge == Gauge("gp", "epsBX", "mp")
    assert [t.coupling for t in named.gauge_terms] == ["gp", "epsBX"]
    assert parse_model("fields: [S1]\ngauge: {X: {}}").gauge == Gauge()


def test_terms_of_a_file_replace_known_ones_and_come_with_names():
    model = parse_model(
        "fields: [S3]\n"
        "terms:\n"
        "  eta3L: q_i l_j S3_A  2 eps_ik sigma^A_kj\n"
        "names: {eta3L: 'y_3', m2_H: '\\mu^2'}\n"
    )
    known = {t.coupling: t for t in known_terms()}["eta3L"]
    mine = model.term("eta3L").contraction.array
    assert mine == pytest.approx(2 * known.contraction.array, rel=1e-15, abs=0)
    assert [t.coupling for t in model.terms].count("eta3L") == 1
    assert (model.label("eta3L"), model.label("m2_H")) == ("y_3", r"\mu^2")


def test_what_check_prints_can_be_written():
    """Every contraction that was found is one that a file may name, and nothing is left to find."""
    fields = "fields: [q, u, d, l, e, nu, H, S1, S1t, S3, R2, R2t, Phi]\n"
    found = [t for t in parse_model(fields).terms if t.automatic and t.dimension == 4]
    lines = [f"  mine{k}: {term.text}\n" for k, term in enumerate(found)]
    model = parse_model(f"{fields}terms:\n{''.join(lines)}")
    assert len(found) > 50
    assert {t.coupling for t in model.own_terms} == {f"mine{k}" for k in range(len(found))}
    assert {t.dimension for t in model.terms if t.automatic} == {2}
    assert [t.text for t in model.own_terms] == [t.text for t in found]


def test_the_built_in_models_are_files_like_any_other():
    for name in BUILT_IN:
        assert built_in_model(name).name == name
        assert built_in_model(name).own_terms == ()


def test_a_vector_like_quark():
    model = parse_model(
        f"fields: {{{CHARGED}, S3: 8/3, T: {{spin: left, colour: 3, Y: 2/3, X: 1/3}},\n"
        "  Tc: {spin: right, colour: 3, Y: 2/3, X: 1/3}}\n"
        "terms:\n  yT: q+_i H+_j Tc eps_ij\n  MT: T+ Tc\n  mT: T+ u\n"
    )
    shapes = {c: model.term(c).shape for c in ("yT", "MT", "mT")}
    assert shapes == {"yT": (3, 1), "MT": (1, 1), "mT": (1, 3)}
    assert model.term("MT").dimension == 3
    # names do not care in which order the file lists its fields
    text = "fields: {H: 0, R2: 0, S3: 0}", "fields: {S3: 0, H: 0, R2: 0}"
    one, two = ({t.coupling: t.text for t in parse_model(x).terms} for x in text)
    assert one == two


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("q_i l_j S3_A  sigma^A_ij", "not invariant under SU(2): its generator T1 changes"),
        ("q_i u+ Phi", "the index 'i' stands once: it is not contracted"),
        ("u e R2_i H_j  eps_ij", "u e R2 H has no colour singlet (3, 3)"),
        ("u_x u_y R2_iz H_j eps_ij eps3^xyz", "not invariant under U(1)_Y: the hypercharges"),
        ("H_i H_j  eps_ij", "not invariant under U(1)_Y: the hypercharges add up to 1"),
        ("q+_i q_i Phi", "no Lorentz scalar: two left-handed fermions make one"),
        ("H_i H+_i Phi Phi+ Phi Phi+", "has the mass dimension 6, allowed are four and less"),
        ("q_i l_j S3_A H_k H+_k  eps_im sigma^A_mj", "has the mass dimension 6, allowed"),
        ("nu nu H_i H+_i", "has the mass dimension 5, allowed are four and less"),
        ("Phi", "is a single field, allowed are two and more"),
        ("H_i H+_i Phi", "forbidden by U(1)_X: the charges add up to 3"),
        ("H_i H+_j S3_A S3+_B  eps3^ABC sigma^C_ji", "not real: these fields are their own"),
        ("S1 S1t", "unknown field or tensor 'S1t': did you mean 'S1'?"),
        ("H_i H+_i 0", "the factor is zero: leave the term out"),
        ("S1_x S1+_x S1_y S1+_y", "one contraction too many: S1 S1^dag S1 S1^dag has 1, and l1 is"),
        ("2 S1_x S1+_y S1_y S1+_x", "one contraction too many: S1 S1^dag S1 S1^dag has 1"),
        ("S3_Ax S3+_Ax S3_By S3+_By", "one contraction too many: S3 S3^dag S3 S3^dag has 3, and "
         "l3a, l3b, l3c are there already"),
        ("q_i l_j S3_A  sigma^A_ki eps_kj", "one contraction too many: q l S3 has 1, and eta3L is"),
        ("q+_i l+_j S3+_A  eps_ik sigma^A_jk", "one contraction too many: q^dag l^dag S3^dag"),
        ("H_i H+_j S3_A S1+  sigma^A_ji", "one contraction too many: H H^dag S3 S1^dag"),
        ("[H, H]", "expected text, found a list of 2"),
        ("{x: H}", "expected text, found a mapping"),
        ("", "expected text, found nothing"),
    ],
)  # fmt: skip
def test_a_term_that_is_none(term, message):
    assert fault_of(term).startswith(message)


def test_two_terms_that_are_one():
    text = f"{FIELDS}\nterms:\n  a: S3+_Ax S3_Ax R2+_iy R2_iy\n  b: R2_ix S3+_Ay S3_Ay R2+_ix\n"
    assert faults(text) == [
        (4, "terms.b: nothing new: this is a combination of a, which is there already")
    ]
    # all four and one more
    rest = (
        "  c: S3+_Ax S3_Ay R2+_ix R2_iy\n  d2: S3+_Ax S3_Bx R2+_iy R2_jy  i eps3^ABC sigma^C_ij\n"
        "  e2: S3+_Ax S3_By R2+_ix R2_jy  i eps3^ABC sigma^C_ij\n  f: S3+_Ax S3_Ay R2_iy R2+_ix 3\n"
    )
    ((line, message),) = faults(text.replace("  b: R2_ix S3+_Ay S3_Ay R2+_ix\n", rest))
    assert line == 7
    assert message.endswith("S3^dag S3 R2 R2^dag has 4, and a, c, d2, e2 are there already")


def test_fermions_of_one_generation_that_vanish():
    """psi_i psi_j eps_ij is antisymmetric in isospin and symmetric otherwise."""
    fields = "fields: {{psi: {{spin: left, isospin: 2, Y: 0, X: {0}}}}}"
    message = fault_of("psi_i psi_j  eps_ij", fields=fields.format(0))
    assert message == "vanishes: identical fermions anticommute, and nothing else tells them apart"
    text = f"{fields.format('[0, 0]')}\nterms: {{M: psi_i psi_j eps_ij}}"
    assert parse_model(text).term("M").shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("g1", "a coupling cannot be called 'g1': that is a gauge coupling"),
        ("g3", "that is a gauge coupling"),
        ("gX", "that is a coupling of U(1)_X"),
        ("gYX", "that is a coupling of U(1)_X"),
        ("epsBX", "that is a coupling of U(1)_X"),
        ("mX", "that is the mass of U(1)_X"),
        ("m2", "that is a parameter of the Standard Model"),
        ("Phi", "that is a field"),
        ("S1", "that is a field"),
        ("l_S3S3R2R2_1", "names that begin with m2_ or l_ belong to the terms of the potential"),
        ("m2_S3", "names that begin with m2_ or l_"),
        ("a_re", "names that end in _re or _im belong to the parts of a complex coupling"),
        ("1a", "a coupling begins with a letter and has letters, digits and _, found '1a'"),
        ("a-b", "found 'a-b'"),
        ("λ", "found 'λ'"),
        ("eta1L", "'eta1L' is the coupling of q l S1, not of S3^dag S3 R2^dag R2: another name"),
        ("eta2tL", "'eta2tL' is the coupling of d^dag l R2t, not of"),
        ("Yu", "'Yu' is the coupling of q^dag H^dag u, not of"),
    ],
)
def test_names_that_collide(name, message):
    assert message in fault_of("S3+_Ax S3_Ax R2+_iy R2_iy", name=name)


def test_a_gauge_coupling_of_the_file_is_taken():
    text = "gauge: {X: {coupling: gp}}\nfields: [S1, Phi]\nterms:\n  gp: S1+ S1 Phi Phi\n"
    ((line, message),) = faults(text)
    assert (line, message.split(": ", 1)[1]) == (
        4, "a coupling cannot be called 'gp': that is a coupling of U(1)_X"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("g1", "'g1' is a gauge coupling: another name is needed"),
        ("eta3L", "'eta3L' is the coupling of q l S3: another name is needed"),
        ("Phi", "'Phi' is a field"),
        ("''", "a name begins with a letter"),
        ("mX", "'mX' is the mass of U(1)_X"),
        ("[a]", "expected text, found a list of 1"),
    ],
)
def test_names_of_the_boson(entry, message):
    text = f"fields: [S1]\ngauge:\n  X:\n    mass: mX\n    coupling: {entry}\n"
    ((line, found),) = faults(text)
    assert line == 5
    assert message in found
    ((_, found),) = faults("fields: [S1]\ngauge: {X: {copling: g}}")
    assert "unknown key 'copling': did you mean 'coupling'?" in found
    ((_, found),) = faults("fields: [S1]\ngauge: {Y: {}}")[:1]
    assert "'X' is missing" in found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("eps", "a field cannot be called 'eps': that is a tensor"),
        ("delta", "that is a tensor"),
        ("i", "that is the factor i"),
        ("X", "that is a field strength"),
        ("lam", "that is the coupling of H H^dag H H^dag"),
        ("g2", "that is a gauge coupling"),
        ("gX", "that is a coupling of U(1)_X"),
        ("m2", "that is a parameter of the Standard Model"),
        ("2x", "the name of a field is made of letters a to z and digits, a letter first"),
        ("ψ", "the name of a field is made of letters a to z and digits, a letter first"),
        ("a_b", "the name of a field is made of letters and digits"),
    ],
)
def test_names_of_fields_that_a_term_cannot_use(name, message):
    ((line, found),) = faults(f"fields:\n  {name}: {{spin: scalar, Y: 1, X: 0}}\n")
    assert line == 2
    assert message in found


def test_a_field_and_the_boson_share_no_name():
    text = "gauge: {X: {coupling: gp}}\nfields:\n  gp: {spin: scalar, Y: 1, X: 0}\n"
    ((line, message),) = faults(text)
    assert (line, message) == (
        3, "fields.gp: a field cannot be called 'gp': that is a coupling of U(1)_X"
    )  # fmt: skip


def test_a_scalar_has_one_charge():
    """It ended in a traceback: no term can say which."""
    ((line, message),) = faults("fields:\n  P: {spin: scalar, Y: 1, X: [1, 2]}\n")
    assert line == 2
    assert "a scalar has one charge, found 2: write each scalar as a field" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("terms: {}", "terms: there are no terms: leave the key out"),
        ("terms:", "terms: there are no terms: leave the key out"),
        ("terms: [a]", "terms: expected a mapping, found a list of 1"),
        ("terms: q l S1", "terms: expected a mapping, found 'q l S1'"),
        ("names: {S2: x}", "names.S2: unknown field or coupling 'S2': did you mean"),
        ("names: {l_S3_1: x}", "names.l_S3_1: unknown coupling 'l_S3_1'"),
        ("names: {S1: '$S_1$'}", "expected TeX without dollars, braces closed, found '$S_1$'"),
        ("names: {S1: 'S_{1'}", "braces closed"),
        ("names: {S1: ''}", "expected TeX"),
        ("names: {S1: [a]}", "expected text, found a list of 1"),
        ("name: [a]", "name: expected text, found a list of 1"),
        ("nmes: {}", "unknown key 'nmes': did you mean 'names'?"),
    ],
)
def test_keys_that_are_not_right(text, message):
    ((line, found),) = faults(f"{FIELDS}\n{text}\n")
    assert line == 2
    assert message in found


BAD = """\
name: bad
{fields}
gauge: {{X: {{coupling: g1}}}}
terms:
  a1: q_i l_j S3_A eps_ik sigma^A_km
  a2: q_i l_j S3_A sigma^A_ij
  a3: S1_x S1+_x S1_y S1+_y
  a4: q_i l_j S4_A eps_ik sgma^A_kj
  a4: q_i l_j S3_A eps_ik sigma^A_kj
  a5: H_i H+_i 1/0
  a6: H_i H+_i ii
  a7: 2 eps_ij
  a8: nu nu H_i H+_i
  g2: H_i H+_i S1 S1+
names: {{foo: x}}
"""


def test_all_faults_of_a_file_at_once(tmp_path, capsys):
    """Each in one line with its place, exit code 2 and no traceback."""
    path = tmp_path / "bad.yaml"
    path.write_text(BAD.format(fields=FIELDS))
    with pytest.raises(SystemExit) as stop:
        main(["check", str(path)])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    where = [re.search(r"bad\.yaml:(\d+): ", line) for line in lines]
    assert all(where)
    found = [int(match[1]) for match in where if match]
    # line 5: j and m stand once; line 8: a field and a tensor; 9: the key again
    assert found == [3, 5, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 14, 15]
    assert "the index 'j' stands once" in lines[1]
    assert "the index 'm' stands once" in lines[2]
    assert "the key 'a4' stands twice (first in line 8)" in lines[7]
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize("key", ["terms: {a: H+_i H_i}", "names: {H: h}", "name: mine"])
def test_a_model_without_fields_is_not_taken_for_a_card(key, tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text(f"{key}\n")
    with pytest.raises(SystemExit) as stop:
        main(["check", str(path)])
    assert stop.value.code == 2
    assert capsys.readouterr().err.endswith("bad.yaml:1: the key 'fields' is missing\n")


def test_a_card_with_a_stray_key_stays_a_card(tmp_path, capsys):
    path = tmp_path / "card.yaml"
    path.write_text("name: mine\ncouplings: {eta3L: [0, 0, 0.1]}\n")
    with pytest.raises(SystemExit):
        main(["check", str(path)])
    assert "card.yaml:1: unknown key 'name'" in capsys.readouterr().err


def test_faults_of_fields_hide_no_others_but_those_of_terms():
    text = "nam: x\nfields: {q: 0.5, S1: 0}\ngauge: {X: {coupling: g1}}\nterms: {a: q S9}\n"
    assert [line for line, _ in faults(text)] == [1, 2, 3]


# -- what `check` says ---------------------------------------------------------------------------


def verdicts(tmp_path, text):
    path = tmp_path / "model.yaml"
    path.write_text(text)
    result = CliRunner().invoke(cli, ["check", str(path), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert all(list(v) == ["check", "subject", "verdict", "expected", "reason"] for v in found)
    table = CliRunner().invoke(cli, ["check", str(path)])
    assert table.exit_code == 0
    return {(v["check"], v["subject"]): v for v in found}, table.output


def wrong(found):
    return {key for key, v in found.items() if v["verdict"] != v["expected"]}


def test_r2_and_s3_under_b_minus_3l_mu(tmp_path):
    """Both are muoquarks: X = 8/3 for fermion number two, 10/3 for zero."""
    text = f"fields: {{{CHARGED}, R2: 10/3, S3: 8/3, Phi: 3}}"
    found, table = verdicts(tmp_path, text)
    assert not wrong(found)
    assert "all as a muoquark model requires" in table
    conditions = {s.partition(")")[0]: v for (c, s), v in found.items() if c == "condition"}
    assert all(v["verdict"] for v in conditions.values())
    assert conditions["i"]["reason"] == "only q l_mu S3, q e_mu^dag R2^dag, u l_mu^dag R2^dag"
    assert "q q S3^dag has X = -2" in conditions["ii"]["reason"]
    assert "d d H^dag R2 has X = 4" in conditions["iii"]["reason"]
    anomalies = {s: v for (c, s), v in found.items() if c == "anomaly"}
    assert len(anomalies) == 12
    assert all(v["verdict"] for v in anomalies.values())
    # what nobody wrote is told with its contraction
    reason = found["invariant", "S3^dag S3 R2^dag R2"]["reason"]
    assert reason.startswith("4 invariant contractions: l_S3S3R2R2_1 (S3+_Ax S3_Ax R2+_iy R2_iy), ")
    assert found["invariant", "u^dag l R2"]["reason"] == "1 invariant contraction: eta2L; for mu"


def test_r2_with_the_charge_of_s3_is_no_muoquark(tmp_path):
    found, table = verdicts(tmp_path, f"fields: {{{CHARGED}, R2: 8/3, Phi: 3}}")
    assert ("invariant", "u^dag l R2") in wrong(found)
    assert "not as a muoquark model requires" in table
    assert "all as a muoquark" not in table


def test_all_five_without_charges(tmp_path):
    fields = "fields: [q, u, d, l, e, nu, H, S1, S1t, S3, R2, R2t]"
    found, table = verdicts(tmp_path, fields)
    assert {s for c, s in found if c == "complete"} == {
        "q q S1^dag", "q q S3^dag", "u u S1t^dag", "u d S1^dag", "H S1^dag R2t^dag",
        "H S3^dag R2t^dag", "S1 R2t^dag R2t^dag", "S1t R2^dag R2t^dag",
    }  # fmt: skip
    assert all(v["verdict"] for (c, _), v in found.items() if c in ("invariant", "anomaly"))
    conditions = {
        s.partition(")")[0]: v["verdict"] for (c, s), v in found.items() if c == "condition"
    }
    assert conditions == dict(i=False, ii=False, iii=False, iv=False, v=True, vi=True)
    assert "not as a muoquark model requires" in table


def test_conditions_that_cannot_be_judged_are_undecided(tmp_path):
    found, table = verdicts(tmp_path, "fields: [S1]")
    assert {s for c, s in found if c == "complete"} == {"q q S1^dag", "u d S1^dag"}
    reasons = {v["reason"] for (c, _), v in found.items() if c == "condition"}
    assert reasons == {"not decidable: fields are missing: nu"}
    assert table.count("undecided") == 6
    assert "not as a muoquark model requires" in table


def test_the_standard_model_alone_is_no_muoquark_model(tmp_path):
    found, table = verdicts(tmp_path, "fields: [q, u, d, l, e, nu, H]")
    assert {s.partition(")")[0] for c, s in wrong(found) if c == "condition"} == {"i", "iv"}
    assert "2 not as a muoquark model requires" in table


def test_a_colour_octet_is_checked_as_far_as_it_goes(tmp_path):
    """Its anomalies, couplings and forbidden operators do not need the whole potential."""
    text = (
        "fields: {q: {}, u: {}, d: {}, l: {}, e: {}, nu: {}, H: {},\n"
        "  O: {spin: scalar, colour: 8, isospin: 2, Y: 1/2, X: 0}}\n"
        "terms: {yO: 'q+_ix O_iU d_y  lambda^U_xy'}\n"
    )
    found, table = verdicts(tmp_path, text)
    assert found["invariant", "q^dag O d"]["verdict"]
    assert not found["invariant", "O^dag O O^dag O"]["verdict"]
    gap = found["complete", "O O O^dag O^dag"]["reason"]
    assert gap == (
        "6 invariant contractions, of which 3 can be written with delta, eps, sigma and eps3: "
        "taken to be zero"
    )
    assert found["complete", "q u^dag O"]["reason"].startswith("allowed by all groups and not in")
    reasons = {v["reason"] for (c, _), v in found.items() if c == "condition"}
    assert all("not for the coloured O" in reason for reason in reasons)
    assert "undecided" in table
    with pytest.raises(
        DomainError, match=r"O O O.dag O.dag has 6 .* eps3, and so on for 2 products of fields"
    ):
        _ = parse_model(text).terms


def test_all_five_under_b_minus_3l_mu_are_muoquarks():
    charges = "S1: 8/3, S1t: 8/3, S3: 8/3, R2: 10/3, R2t: 10/3, Phi: 3"
    found = check(parse_model(f"fields: {{{CHARGED}, {charges}}}"))
    assert not [v for v in found if v.verdict != v.expected]
    reasons = {v.subject.partition(")")[0]: v.reason for v in found if v.check == "condition"}
    # what the charges have to forbid, and by how much: by hand, 2 k - X and the like
    for operator in (
        "q q S1^dag has X = -2", "u u S1t^dag has X = -2", "H S3 S3 R2^dag has X = 2",
        "S1 R2t^dag R2t^dag has X = -4", "S1t R2^dag R2t^dag has X = -4",
    ):  # fmt: skip
        assert operator in reasons["ii"]
    assert {"H H S1t^dag S3", "H H R2^dag R2t"} <= {
        v.subject for v in found if v.check == "invariant"
    }


def test_huge_representations_take_no_memory():
    """The array of a quartic of 90 components would have 66 million entries."""
    fields = "fields: {D: {spin: scalar, colour: 10, isospin: 9, Y: 1, X: 0}}"
    model = parse_model(fields)
    assert [t.coupling for t in model.written_terms] == ["m2_D"]
    assert "of which none can be written" in str(model.potential.incomplete[0])
    message = fault_of("D_ix D+_ix D_jy D+_jy", fields=fields)
    assert message == "its fields have 65610000 products of components, allowed are 1000000"


def test_an_isospin_quadruplet_is_checked_as_far_as_it_goes(tmp_path):
    text = "fields: {q: {}, l: {}, H: {}, Q: {spin: scalar, isospin: 4, Y: 3/2, X: 0}}"
    found, _ = verdicts(tmp_path, text)
    assert found["invariant", "Q^dag Q"]["verdict"]
    reason = found["complete", "H H H Q^dag"]["reason"]
    assert reason.startswith("1 invariant contraction, which cannot be written with delta")


# -- the page ------------------------------------------------------------------------------------


def page_blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_of_the_page_are_models(tmp_path):
    blocks = page_blocks("yaml")
    assert len(blocks) >= 2
    for text in blocks:
        model = parse_model(text)
        assert model.terms
        assert len(text.splitlines()) <= 12
    found, table = verdicts(tmp_path, blocks[0])
    assert not wrong(found)
    assert "all as a muoquark model requires" in table


def test_the_tables_of_the_page_are_the_known_terms_and_fields():
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text, re.MULTILINE))
    assert rows == {term.coupling: term.text for term in known_terms()}
    fields = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| (\d) \| (\S+) \|", text, re.MULTILINE)
    assert {name: tuple(rest) for name, *rest in fields} == {
        name: (spin, colour, str(isospin), str(Y))
        for name, (spin, colour, isospin, Y) in REPRESENTATIONS.items()
    }


def test_known_terms_are_what_the_file_says():
    source = Path(__file__).parents[1] / "src/muoquark/model/models/known.yaml"
    written = yaml.safe_load(source.read_text(encoding="utf-8"))
    terms = {**written["terms"], **written["where_allowed"]}
    assert list(terms) == [term.coupling for term in known_terms()]
    assert written["names"] == dict(known_names())
    for term in known_terms():
        assert term.text == " ".join(terms[term.coupling].split())
        assert np.abs(term.contraction.array).max() > 0
