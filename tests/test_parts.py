"""Parts by what they are called: names, options, files, and every refusal in one sentence."""

from __future__ import annotations

import json

import pytest

from muoquark.common.errors import InputError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.parts import open_part, opened, split
from muoquark.likelihood.recorded import likelihood_of, specs_of
from muoquark.smeft.wcxf import WilsonCoefficients
from toy_part import SOURCE, counting

POINT = WilsonCoefficients(scale=3000.0, values={"lq1_2211": 8e-7})


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A Python file that makes a part."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SOURCE)
    return "mine.py"


def test_options_stand_behind_a_colon():
    assert split("mine.py:a=1,b=two words") == ("mine.py", {"a": "1", "b": "two words"})
    assert split("C:mine.py") == ("C:mine.py", {})
    for text, words in (
        ("x:a=1,b", "'b' in 'x:a=1,b' is no option"),
        ("x:a=1,a=2", "the option 'a' stands twice"),
    ):
        with pytest.raises(InputError, match=words):
            split(text)


def test_options_are_the_arguments_of_the_function(file):
    default, more = Likelihood(file), Likelihood(f"{file}:luminosity=280,order=linear")
    one, two = default(POINT).predictions, more(POINT).predictions
    c = 1e6 * 8e-7
    assert two[0] / one[0] == pytest.approx(2 * 12 / (12 + 45 * c), rel=0.1, abs=0)
    identity = more.identity()["parts"][0]
    assert identity["options"] == {
        "luminosity": 280.0, "order": "linear", "bins": 1, "blind": False,
    }  # fmt: skip
    assert len(identity["sha256"]) == 64 and identity["file"] == file


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("mine.py:luminsity=1", "unknown option 'luminsity'.*luminosity"),
        ("mine.py:luminosity=much", "luminosity = 'much' is no float"),
        ("mine.py:bins=1.5", "bins = '1.5' is no int"),
        ("mine.py:blind=maybe", "blind = 'maybe', allowed: true, false"),
        ("mine.py:order=cubic", "order = 'cubic', allowed: linear, quadratic"),
        ("absent.py", "there is no such file"),
        ("absent.json", "there is no such file"),
        ("2026-06:pdf=NNPDF40", "'2026-06' takes no option, found 'pdf'"),
        ("2026-07", "unknown snapshot '2026-07'"),
    ],
)
def test_refused(file, spec, words):
    with pytest.raises(InputError, match=words):
        open_part(spec)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "no function 'part' in it"),
        ("1 / 0\n", "running it failed: ZeroDivisionError"),
        ("def part(:\n", "running it failed: SyntaxError"),
        ("def part():\n    return 3\n", "its function 'part' returned a int, no Part"),
        ("def part():\n    return missing\n", "its function 'part' failed: NameError"),
    ],
)
def test_a_faulty_file(tmp_path, text, words):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as found:
        open_part(path)
    assert str(path) in str(found.value)


def test_nothing_counts_twice():
    with pytest.raises(InputError, match="2026-06 and 2021-07 are both data snapshots"):
        opened(("2026-06", "2021-07"))
    with pytest.raises(InputError, match="the block 'dimuon' is in two parts"):
        opened((counting(), counting(name="again")))
    with pytest.raises(InputError, match="the block 'quarks' is in two parts of the data, 2026-06"):
        opened(("2026-06", counting(block="quarks")))
    with pytest.raises(InputError, match="no data are named"):
        opened(())


def test_a_record_leads_back_to_the_same_parts(file):
    likelihood = Likelihood(("2026-06", f"{file}:luminosity=280,blind=true"))
    identity = likelihood.identity()
    assert specs_of(identity) == (
        "2026-06.0",
        "mine.py:luminosity=280.0,order=quadratic,bins=1,blind=true",
    )
    again = likelihood_of(identity)
    assert again.identity() == identity
    assert again(POINT).blocks == likelihood(POINT).blocks


def test_another_file_of_the_same_name_is_refused(file, tmp_path):
    identity = Likelihood(file).identity()
    (tmp_path / file).write_text(SOURCE + "\n")
    with pytest.raises(InputError, match=r"the file 'mine.py.*not the same data"):
        likelihood_of(identity)


def test_a_record_of_before_has_a_snapshot_alone():
    identity = Likelihood("2021-07.0").identity()
    del identity["parts"]
    assert specs_of(identity) == ("2021-07.0",)


def test_a_part_given_in_python_has_no_name_that_leads_to_it():
    with pytest.raises(InputError, match="'counting' was given in Python and no file leads to it"):
        specs_of(Likelihood(counting()).identity())


def test_the_verbs_take_several_parts(file, muoquark, tmp_path):
    outcome = muoquark("loglike", "paper", "--data", "2026-06", "--data", file, "--json")
    assert outcome.code == 0, outcome.err
    record = json.loads(outcome.out)
    assert {"quarks", "dimuon"} <= set(record["blocks"])
    assert record["data"] == "2026-06 + counting"
    outcome = muoquark("predict", "paper", "--data", file, "--out", "p.json", "--json")
    assert outcome.code == 0, outcome.err
    for verb in ("rerun", "cite"):
        outcome = muoquark(verb, "p.json")
        assert outcome.code == 0, outcome.err
    (tmp_path / file).write_text(SOURCE + "\n")
    outcome = muoquark("rerun", "p.json")
    assert outcome.code == 2 and "not the same data" in outcome.err
    (tmp_path / file).unlink()
    outcome = muoquark("rerun", "p.json")
    assert outcome.code == 2 and "the file 'mine.py' of the result is not here" in outcome.err


def test_the_referee_says_for_which_parts_it_can_speak(file, muoquark):
    outcome = muoquark("loglike", "paper", "--data", file, "--exact")
    assert outcome.code == 2
    assert "can speak for '2026-06' alone: it is not among the data, mine.py" in outcome.err


def test_exact_with_a_part_that_the_referee_does_not_know(file, muoquark, monkeypatch):
    """Its blocks are the referee's, the others the compiled ones, and the total is of both."""
    from muoquark.likelihood import referee
    from muoquark.likelihood.predictions import Prediction

    blocks = Likelihood("2026-06").blocks

    def loglike(coefficients, chain):
        return referee.BlockLogLikelihood(dict.fromkeys(blocks, 1.5), chain, {"smelli": "x"})

    def predicted(coefficients, chain):
        return tuple(Prediction("a_mu", {}, 1.0, 2.0, 3.0, 1.0, block) for block in blocks)

    monkeypatch.setattr(referee, "exact_loglike", loglike)
    monkeypatch.setattr(referee, "exact_predictions", predicted)
    both = ("--data", "2026-06", "--data", file, "--exact")
    record = json.loads(muoquark("loglike", "paper", *both, "--json").out)
    own = record["compiled"]["blocks"]["dimuon"]
    assert record["blocks"] == {**dict.fromkeys(blocks, 1.5), "dimuon": own}
    assert record["total"] == pytest.approx(1.5 * len(blocks) + own, rel=1e-12, abs=0)
    assert record["refereed"] == list(blocks)
    table = muoquark("loglike", "paper", *both).out
    (line,) = [one for one in table.splitlines() if "dimuon" in one]
    assert line.count(" - ") == 2  # neither smelli's number nor a difference
    outcome = muoquark("predict", "paper", *both, "--json")
    found = json.loads(outcome.out)
    assert [r["block"] for r in found] == [*blocks, "dimuon"]
    assert "flavio cannot speak for dimuon: these are compiled" in outcome.err


def test_goodness_of_a_fit_with_every_parameter_at_its_limit(file, muoquark, tmp_path):
    """Nothing could move: there are no fits without a subset, and the rest is said."""
    (tmp_path / "card.yaml").write_text(
        "model: B-3Lmu\nmasses: {S3: 3000.0}\n"
        "couplings: {eta3L: [{free: [0.0, 0.5], name: y}, 0, 0]}\n"
    )
    outcome = muoquark("goodness", "card.yaml", "--data", file, "--json")
    assert outcome.code == 0, outcome.err
    record = json.loads(outcome.out)
    assert record["point"]["at_limit"] == ["y"] and "influence" not in record
    assert record["goodness"]["point"]["dimuon"]["dof"] == 1
