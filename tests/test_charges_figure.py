"""Pictures of a catalogue: what they say is what was counted and fitted."""

from types import SimpleNamespace

import pytest
from matplotlib.text import Text

from muoquark.report.charges_figure import SHOWN, catalogue_figure, zprimes_figure
from muoquark.symmetry.catalogue import solutions
from muoquark.symmetry.ladder import best, judgements, ladder


def texts(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(Text) if t.get_text()]


def rows(figure):
    return [label.get_text() for label in figure.axes[1].get_yticklabels()]


@pytest.fixture(scope="module")
def judged():
    return [judgements(solution, ("S3",)) for solution in solutions(9)]


def kept(judged, needed):
    return [j for j in (best(one, needed) for one in judged) if j is not None]


def test_numbers_on_the_bars_and_charges_in_the_table(judged):
    counts = ladder(judged)
    chosen = kept(judged, ("i", "ii", "iii", "iv", "v", "vi"))
    assert len(chosen) == counts["vi"] > 0
    figure = catalogue_figure(chosen, {"S3": counts}, 9)
    found = texts(figure)
    for number in counts.values():
        assert str(number) in found
    assert rows(figure) == ["all"] * len(chosen)
    # B - 3 L_mu with integers: quarks 1, muon -9, Phi 9, S3 8
    assert {"1", "\N{MINUS SIGN}9", "9", "8"} <= set(found)
    assert any(f"{len(chosen)} selected" in text for text in found)


def test_only_the_best_of_many(judged):
    chosen = kept(judged, ())
    assert len(chosen) > SHOWN
    figure = catalogue_figure(chosen, {"S3": ladder(judged), "S1": ladder(judged)}, 9)
    found = texts(figure)
    assert any(f"{SHOWN} of the {len(chosen)}" in text for text in found)
    assert rows(figure).count("all") == sum(j.complete for j in chosen) > 0
    assert r"$S_3$" in found and r"$S_1$" in found
    # chiral ones have charges of e_R of their own
    chiral = [j for j in chosen if j.assignment.L != j.assignment.E]
    assert chiral and r"$\mu_R$" in texts(catalogue_figure(chiral, {"S3": ladder(judged)}, 9))


def test_nothing_selected(judged):
    empty = catalogue_figure([], {"S3": ladder(judged)}, 9)
    assert any("0 selected" in text for text in texts(empty))


def test_s3_is_shown_wherever_it_stands():
    def one(name, gain, own):
        parts = {"b->smumu": gain - 3}
        return SimpleNamespace(name=name, delta_chi2=gain, parts=parts, assignment=own)

    ranked = [one(f"k=0,0,{k}", 40 - k, object()) for k in range(30)]
    ranked.insert(25, one("S3", 14.5, None))
    found = texts(zprimes_figure(SimpleNamespace(ranked=ranked), 5, "data"))
    assert "k=0,0,4   5" in found and "k=0,0,5   6" not in found
    assert "S3   26" in found


def test_from_the_command_line(muoquark, tmp_path):
    path = tmp_path / "charges.svg"
    found = muoquark("charges", "--max", "3", "--out", path)
    assert found.code == 0 and path.read_text().startswith("<?xml")
    again = muoquark("charges", "--max", "3", "--out", path)
    assert again.code == 2 and "--force" in again.err
    found = muoquark("charges", "--max", "3", "--out", tmp_path / "charges.txt")
    assert found.code == 2 and "must end in" in found.err
    found = muoquark("charges", "--explain", "k=1/3 L=0,-3,0", "--out", tmp_path / "a.pdf")
    assert found.code == 2 and "excludes --explain" in found.err
    assert not (tmp_path / "a.pdf").exists()
