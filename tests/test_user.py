"""A user's measurements beside those of the parts: what is left, what is shown, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common.errors import InputError
from muoquark.likelihood.parts import open_part
from muoquark.likelihood.pdfs import MomentsOnly, Poisson
from muoquark.likelihood.user import with_measurements
from toy_part import COUNTS, NAME, counting

SNAPSHOT = "2026-06"
RK = '{name: "<Rmue>(B+->Kll)", q2min: 1.1, q2max: 6.0, value: VALUE}'


@pytest.fixture(scope="module")
def part():
    return open_part(SNAPSHOT)


def place(part, name):
    return [o.key for o in part.data.observables].index(name)


def ln_l(part, **shifts):
    """ln L by block with predictions at the SM, some of them elsewhere."""
    predictions = part.sm.copy()
    for k, value in shifts.items():
        predictions[int(k[1:])] = value
    values = part.data.terms().log_likelihood(predictions)
    return dict(zip(part.data.blocks, map(float, values), strict=True))


def read(tmp_path, part, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return with_measurements((part,), path)[0][0]


def names_of(part, observable):
    return [c.measurement for c in part.data.constraints if observable in c.observables]


def test_what_is_shown_is_the_combination_of_what_is_left(tmp_path, part):
    """A measurement beside others is averaged with them; one that supersedes them stands alone."""
    k = place(part, "BR(B+->Knunu)")
    old = names_of(part, k)
    assert len(old) > 1
    text = "mine:\n  values:\n    BR(B+->Knunu): 2.3 ± 0.7 e-5\n"
    beside = read(tmp_path, part, text)
    assert 0 < beside.snapshot.measured[k] < 2.3e-5
    assert beside.error[k] < 0.7e-5
    alone = read(tmp_path, part, text + f"  supersedes: [{', '.join(old)}]\n")
    assert (alone.snapshot.measured[k], alone.error[k]) == close((2.3e-5, 0.7e-5))
    # Gaussian measurements, where the combination is known
    rk = place(part, '["<Rmue>(B+->Kll)", 1.1, 6.0]')
    (lhcb,) = names_of(part, rk)
    values = "  values:\n    - " + RK
    one = "one:\n" + values.replace("VALUE", "0.7 ± 0.3") + f"\n  supersedes: [{lhcb}]\n"
    two = "two:\n" + values.replace("VALUE", "1.0 ± 0.4") + "\n"
    both = read(tmp_path, part, one + two)
    weights = np.array([1 / 0.3**2, 1 / 0.4**2])
    assert both.snapshot.measured[rk] == close(weights @ [0.7, 1.0] / weights.sum())
    assert both.error[rk] == close(weights.sum() ** -0.5)
    untouched = [o for o in range(len(part.sm)) if o != rk and lhcb not in names_of(part, o)]
    assert np.array_equal(both.snapshot.measured[untouched], part.snapshot.measured[untouched])


@pytest.mark.parametrize("block", ["quarks", "lfu_fcnc"])
def test_observable_without_measurement_leaves_the_likelihood(tmp_path, part, block):
    """Nothing else changes: as if the observable had never been measured."""
    single = next(
        c for c in part.data.constraints
        if c.block == block and len(c.observables) == 1
        and sum(d.measurement == c.measurement for d in part.data.constraints) == 1
        and len(names_of(part, c.observables[0])) == 1
    )  # fmt: skip
    (gone,) = single.observables
    text = f"mine:\n  values:\n    a_mu: 1.16592(1) e-3\n  supersedes: ['{single.measurement}']\n"
    less = read(tmp_path, part, text)
    assert gone not in less.data.blocks[block]
    assert len(less.data.blocks[block]) == len(part.data.blocks[block]) - 1
    assert all(np.isfinite(v) for v in ln_l(less).values())
    assert ln_l(less, **{f"p{gone}": part.sm[gone] + 3 * part.error[gone]}) == ln_l(less)
    with_it = ln_l(part, **{f"p{gone}": part.sm[gone] + 3 * part.error[gone]})
    assert abs(with_it[block] - ln_l(part)[block]) > 1e-3
    other = next(o for o in less.data.blocks[block] if o != gone)
    assert ln_l(less, **{f"p{other}": 1.1 * part.sm[other]})[block] != ln_l(less)[block]


def test_reused_name_takes_its_observables_along(tmp_path, part):
    """The name of the world average of a_mu, given to another observable."""
    k = place(part, "a_mu")
    text = "FNAL g-2 combination 2025:\n  values:\n    BR(B+->Knunu): 2.3 ± 0.7 e-5\n"
    less = read(tmp_path, part, text)
    assert names_of(less, k) == []
    assert k not in less.data.blocks["leptons"]
    assert all(np.isfinite(v) for v in ln_l(less).values())


def test_coarse_table(tmp_path, part):
    """A triangle of three points is linear between them."""
    text = (
        "mine:\n  observables: [BR(B+->Knunu)]\n"
        "  values: {distribution: numerical, x: [1.0e-5, 2.0e-5, 3.0e-5], y: [0, 1, 0]}\n"
    )
    k = place(part, "BR(B+->Knunu)")
    new = read(tmp_path, part, text)

    block = next(b for b, members in part.data.blocks.items() if k in members)
    values = [ln_l(new, **{f"p{k}": x})[block] - ln_l(part, **{f"p{k}": x})[block]
              for x in (1.2e-5, 1.5e-5, 2.0e-5, 2.9e-5)]  # fmt: skip
    assert np.diff(values) == pytest.approx(np.diff(np.log([0.2, 0.5, 1.0, 0.1])), abs=2e-3)


def test_with_and_without_a_measurement_that_says_nothing(tmp_path, part):
    """One definition of measured value and uncertainty, in every block, for every kind."""
    before = part.shown
    for name, dummy in (("BR(B+->Knunu)", "1 ± 1000 e-5"), ("BR(tau->mugamma)", "1 ± 1000 e-7"),
                        ("BR(KS->ee)", "1 ± 1000 e-9"), ("BR(Bc->taunu)", "1 ± 1000")):  # fmt: skip
        k = place(part, name)
        more = read(tmp_path, part, f"dummy:\n  values:\n    {name}: {dummy}\n")
        value, error = (column[k] for column in more.shown)
        assert value == pytest.approx(before[0][k], abs=2e-3 * before[1][k])
        assert error == pytest.approx(before[1][k], rel=2e-3, abs=0)
        assert (more.snapshot.measured[k], more.error[k]) == (value, error)


def test_what_a_wide_measurement_moves_is_only_itself(tmp_path, part):
    text = "dummy:\n  values:\n    BR(B+->Knunu): 1 ± 1000 e-5\n"
    more = read(tmp_path, part, text).shown
    rest = np.arange(len(part.sm)) != place(part, "BR(B+->Knunu)")
    for ours, theirs in zip(part.shown, more, strict=True):
        assert np.array_equal(ours[rest], theirs[rest])


RD = (
    "  supersedes: [BaBar RD 2012, Belle RD had 2015, Belle RD* had 2016, Belle RD* sl 2019, "
    "LHCb RD* 2015, LHCb RD* 2017]\n"
    "  values: {Rtaul(B->Dlnu): 0.342 ± 0.026, Rtaul(B->D*lnu): 0.287 ± 0.012}\n"
)


def test_a_correlation_is_read_from_either_triangle(tmp_path, part):
    """chi2 of two correlated numbers, by hand."""
    d, s = place(part, "Rtaul(B->Dlnu)"), place(part, "Rtaul(B->D*lnu)")
    z = (0.30 - 0.342) / 0.026, (0.25 - 0.287) / 0.012
    point = {f"p{d}": 0.30, f"p{s}": 0.25}
    base = {f"p{d}": 0.342, f"p{s}": 0.287}
    for rows in ("[[1, 0], [-0.39, 1]]", "[[1, -0.39], [0, 1]]", "[[1, -0.39], [-0.39, 1]]",
                 "[[1], [-0.39, 1]]", "[[1, -0.39], [1]]", "-0.39"):  # fmt: skip
        new = read(tmp_path, part, f"mine:\n{RD}  correlation: {rows}\n")
        found = ln_l(new, **point)["rd_rds"] - ln_l(new, **base)["rd_rds"]
        chi2 = (z[0] ** 2 + z[1] ** 2 + 2 * 0.39 * z[0] * z[1]) / (1 - 0.39**2)
        assert found == pytest.approx(-chi2 / 2, rel=1e-9, abs=0), rows


def test_moments_of_a_table_in_a_gaussian_block(tmp_path, part):
    """The width of the pdf between the nodes: 0.317e-9, where the nodes alone give 0.294e-9."""
    text = (
        "mine:\n  supersedes: [GSSS combination Bs->mumu 2022]\n  values:\n    BR(Bs->mumu):\n"
        "      {distribution: numerical, "
        "x: [2.5e-9, 2.8e-9, 3.1e-9, 3.4e-9, 3.7e-9, 4.0e-9, 4.3e-9], "
        "y: [0.0111, 0.1353, 0.6065, 1.0, 0.6065, 0.1353, 0.0111]}\n"
    )
    new = read(tmp_path, part, text)
    (own,) = [c for c in new.data.constraints if c.measurement == "mine"]
    mean, covariance = own.gaussian()
    assert mean == pytest.approx([3.4e-9], rel=1e-9, abs=0)
    assert np.sqrt(covariance) == pytest.approx(np.array([[0.3172e-9]]), rel=3e-4, abs=0)


def test_joint_table_in_a_gaussian_block(tmp_path, part):
    """A block takes mean and covariance of two independent Gaussians, given as a table."""
    axis = np.linspace(-1, 1, 41)
    x, y = 3.5e-9 + 1e-9 * axis, 1e-10 + 2e-10 * axis
    pdf = np.exp(-0.5 * (axis[:, None] ** 2 + axis**2) / 0.15**2)
    text = (
        "mine:\n  supersedes: [GSSS combination Bs->mumu 2022]\n"
        "  observables: [BR(Bs->mumu), BR(B0->mumu)]\n  values: {distribution: "
        f"multivariate_numerical, xi: [{x.tolist()}, {y.tolist()}], y: {pdf.tolist()}}}\n"
    )
    new = read(tmp_path, part, text)
    (own,) = [c for c in new.data.constraints if c.measurement == "mine"]
    assert isinstance(own.pdf, MomentsOnly)
    mean, covariance = own.gaussian()
    assert mean == pytest.approx([3.5e-9, 1e-10], rel=1e-9, abs=0)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([0.15e-9, 0.30e-10], rel=1e-3, abs=0)


ONE = "mine:\n  values:\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (ONE + "    BR(B+->taunu): 1.1 ± 0.2 e-4\n", 3, "fixes the CKM matrix here"),
        (ONE + "    - {name: BR(Bs->mumu), value: 3 ± 1 e-9}\n"
               "    - {name: BR(Bs->mumu), value: 3 ± 1 e-9}\n", 4, "stands twice"),
        (ONE + "    - {name: BR(Bs->mumu), value: 3 ± 1 e-9}\n    - " + RK.replace("VALUE", "1 ± 1")
         + "\n  correlation: 0.5\n", 2, "correlated values from 'quarks' and the others"),
        (ONE + "    - " + RK.replace("VALUE", "1 ± 1")
         + "\n    - {name: a_mu, value: 1.16(1) e-3}\n"
         "  correlation: 0.5\n", 2, "correlated values from 'leptons' and the others"),
        (ONE + "    a_mu: {distribution: normal, central_value: 1, standard_deviation: 0}\n", 3,
         "a deviation is zero"),
        (ONE + "    a_mu: {distribution: numerical, x: [0, 1, 2], y: [0, 0, 0]}\n", 3,
         "the integral of y over x is zero"),
        ("mine:\n  observables: [BR(Bs->mumu), BR(B0->mumu)]\n  values: {distribution: "
         "multivariate_normal, central_value: [3.0e-9, 1.0e-10], covariance: "
         "[[1.0e-18, 5.0e-19], [-5.0e-19, 1.0e-18]]}\n", 3, "the matrix is not symmetric: 5e-19"),
        ("mine:\n  values: {Rtaul(B->Dlnu): 0.342 ± 0.026, Rtaul(B->D*lnu): 0.287 ± 0.012}\n"
         "  correlation: [[1, 0.39], [-0.39, 1]]\n", 3, "the matrix is not symmetric"),
        ("mine:\n  observables: [BR(B+->Knunu), BR(B0->Knunu)]\n  values: {distribution: "
         "multivariate_numerical, xi: [[0, 1.0e-4], [0, 1.0e-4]], y: [[0, 1], [1, 1]]}\n", 3,
         "a joint table needs a block that is Gaussian"),
        ("mine:\n  observables: [BR(Bs->mumu), BR(B0->mumu)]\n  values: {distribution: "
         "multivariate_normal, central_value: [3.0e-9, 1.0e-10], covariance: "
         "[[1.0e-18, 1.0e-18], [1.0e-18, 1.0e-18]]}\n", 3, "not positive definite"),
    ],
)  # fmt: skip
def test_refused(tmp_path, part, text, line, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, part, text)
    assert message in str(caught.value)
    assert f"mine.yaml:{line}" in str(caught.value)


# --- several parts

COUNTED = "  values:\n    - {name: N(pp->mumu), m_min: 1200, value: VALUE}\n"


def read_parts(tmp_path, parts, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return with_measurements(parts, path)


def test_a_measurement_goes_to_the_part_that_predicts_it(tmp_path, part):
    """The others are the very same; and each file may hold measurements of several parts."""
    counts = "{distribution: poisson, counts_total: 30, counts_background: 25.5}"
    text = f"run 3:\n  inspire: CMS:2030abc\n{COUNTED.replace('VALUE', counts)}"
    (first, second), names = read_parts(tmp_path, (part, counting()), text)
    assert names == ("run 3",) and first is part
    assert [c.measurement for c in second.data.constraints] == [NAME, "run 3"]
    pdf = second.data.constraints[1].pdf
    assert isinstance(pdf, Poisson) and (pdf.counted, pdf.background) == (30, 25.5)
    assert second.data.info["run 3"] == {"inspire": "CMS:2030abc"}
    found = second.data.terms().log_likelihood(np.array([2.5]))
    expected = float(COUNTS.log_pdf(2.5)) + 30 * np.log(28.0) - 28.0
    assert found == close([expected])
    both = text + "mine:\n  values:\n    BR(B+->Knunu): 2.3 ± 0.7 e-5\n"
    (first, second), names = read_parts(tmp_path, (part, counting()), both)
    assert names == ("run 3", "mine")
    k = place(part, "BR(B+->Knunu)")
    assert "mine" in names_of(first, k) and "run 3" not in first.data.info
    assert len(second.data.constraints) == 2


def test_what_supersedes_may_be_of_another_part(tmp_path, part):
    """The only measurement of the counts goes, and nothing would be left of its block."""
    text = f"mine:\n  supersedes: [{NAME}]\n"
    (_, second), _ = read_parts(
        tmp_path, (part, counting()), text + COUNTED.replace("VALUE", "3 ± 2")
    )
    (own,) = second.data.constraints
    assert own.measurement == "mine" and own.block == "dimuon"
    with pytest.raises(InputError, match="no measurement is left in the block 'dimuon'"):
        read_parts(
            tmp_path, (part, counting()), text + "  values: {BR(B+->Knunu): 2.3 ± 0.7 e-5}\n"
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine:\n" + COUNTED.replace("VALUE", "3 ± 2")
         + "    - {name: BR(B+->Knunu), value: 2.3 ± 0.7 e-5}\n  correlation: 0.1\n",
         "mine.yaml:2: mine.values: correlated values from several parts of the data, 2026-06 and "
         "counting"),
        ("mine:\n  values:\n    - {name: N(pp->mumu), m_min: 800, value: 3 ± 2}\n",
         "the data have 'N(pp->mumu)' only for other values of its arguments"),
    ],
)  # fmt: skip
def test_refused_of_several_parts(tmp_path, part, text, message):
    with pytest.raises(InputError) as caught:
        read_parts(tmp_path, (part, counting()), text)
    assert message in str(caught.value)


def test_an_observable_of_two_parts(tmp_path):
    parts = counting(), counting(block="other", name="again")
    with pytest.raises(InputError, match="predicted by several parts of the data, counting and ag"):
        read_parts(tmp_path, parts, "mine:\n" + COUNTED.replace("VALUE", "3 ± 2"))
