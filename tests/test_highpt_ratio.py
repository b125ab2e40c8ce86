"""The other method for the Drell-Yan tails: flavio's bins of ratios to the SM."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import yaml

from highpt_points import coefficients, exchanged, interval, matrix, scaled, single
from highpt_reference import PackagedData
from muoquark.common.errors import InputError
from muoquark.likelihood.highpt.pack import shipped
from muoquark.likelihood.highpt.ratio import compile_ratios, read_ratios, write_ratios
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.parts import open_part


@lru_cache(maxsize=1)
def likelihood():
    return Likelihood("highpt:method=ratio")


def test_blocks_are_those_that_flavio_has():
    one = likelihood()
    sizes = {block: len(at) for block, at in one.data.blocks.items()}
    assert sizes == {"dimuon": 146, "dielectron": 209, "monomuon": 118, "monoelectron": 218}
    assert np.all(one.sm == 1.0)
    assert not any("2016" in c.measurement for c in one.data.constraints)


def test_ratios_are_those_of_rates():
    """mT of 1.2 to 1.6 TeV as in tests/test_highpt.py: between 8.8 and 13 for lq3_2211."""
    one = likelihood()
    found = one(coefficients(single("lq3", (2, 2, 1, 1), 0.1))).predictions
    inside = [
        value
        for o, value in zip(one.observables, found, strict=True)
        if o.name == "R_13(pp->munu)" and o.values[0] >= 1200 and o.values[1] <= 1600
    ]
    assert len(inside) > 3 and np.all((np.array(inside) > 6) & (np.array(inside) < 16))
    # quadratic: the same point with the opposite sign interferes the other way
    other = one(coefficients(single("lq3", (2, 2, 1, 1), -0.1))).predictions
    at = list(one.data.blocks["monomuon"])
    even, odd = (found + other)[at] / 2 - 1, (found - other)[at] / 2
    assert np.all(even > 0) and np.all(np.abs(odd) < 2 * np.sqrt(even) * (1 + 1e-9))


def test_limit_on_s3_with_twice_the_events():
    """CMS and ATLAS: within 3 % of the folded 1.542 by CMS alone, ATLAS adds 9 to 17 %."""
    unit = exchanged({"S3": 3000.0}, {"eta3L": matrix((3, 2, 1.0))})
    one = likelihood()
    found = interval(lambda y: -2 * one(scaled(unit, y**2)).total, reach=2.0, steps=21)[1]
    assert 0.06 < 1 - found / 1.542 < 0.20


def test_options_of_the_other_method_are_refused():
    with pytest.raises(InputError, match="method=ratio has no option 'mcut'"):
        open_part("highpt:method=ratio,mcut=2000")
    with pytest.raises(InputError, match="is in two parts of the data"):
        Likelihood(("highpt", "highpt:method=ratio"))


def test_bins_survive_a_file_and_damage_is_one_message(tmp_path):
    bins = read_ratios()
    write_ratios(bins, tmp_path / "again.npz")
    for one, two in zip(bins, read_ratios(tmp_path / "again.npz"), strict=True):
        assert one.name == two.name and np.array_equal(one.counts, two.counts)
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not the ratios"):
        read_ratios(tmp_path / "bad.npz")
    (tmp_path / "m.yml").write_text(yaml.safe_dump({"a": {"values": [{"name": "x"}]}}))
    with pytest.raises(InputError, match="no ratios of Drell-Yan rates"):
        compile_ratios(tmp_path / "m.yml")


@pytest.mark.exact
def test_the_bins_are_flavios(flavio):
    from pathlib import Path

    path = Path(flavio.__file__).parent / "data" / "measurements.yml"
    for one, two in zip(compile_ratios(path), read_ratios(), strict=True):
        assert (one.name, one.observable) == (two.name, two.observable)
        assert np.array_equal(one.edges, two.edges) and np.array_equal(one.counts, two.counts)


class Luminosities:
    """What flavio asks for, from the tables of the package: flavio downloads its own otherwise."""

    names = "duscb"

    def __init__(self):
        self.data = PackagedData(shipped())

    def L(self, i1, i2, tau):
        """The integral of dx/x f f: ours is tau times that, in both orders of the beams."""
        quark, anti = self.names[i1 - 1], self.names[-i2 - 1]
        mass = 13000.0 * np.sqrt(tau)
        return float(self.data.luminosity(quark, anti, mass)) / (2 * tau)


@pytest.mark.exact
@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")  # kinks
@pytest.mark.parametrize(
    ("family", "index", "value"),
    [
        ("lq1", (2, 2, 1, 1), 0.05),
        ("lq3", (2, 2, 1, 1), -0.02),
        ("eu", (2, 2, 1, 1), 0.05),
        ("ld", (2, 2, 2, 3), 0.1),
        ("lequ3", (2, 2, 2, 2), 0.05),
        ("ledq", (2, 2, 1, 1), 0.05),
    ],
)
def test_predictions_are_flavios(flavio, monkeypatch, family, index, value):
    """Interference and square within 8 %: flavio's couplings run to 1 TeV (4 % in g^2).

    They may cancel in R - 1: what it is compared with is the sum of their sizes.
    """
    from flavio.physics.dileptons import partondist
    from wilson import wcxf

    stub = Luminosities()
    monkeypatch.setattr(partondist, "get_parton_lumi", lambda Q2, member=0: stub)
    one = likelihood()
    point = coefficients(single(family, index, value))
    found, opposite = (one(x).predictions for x in (point, scaled(point, -1.0)))
    sizes = np.abs(found - opposite) / 2 + np.abs(found + opposite - 2) / 2
    wanted = {"R_13(pp->mumu)": [], "R_13(pp->munu)": []}
    for k, o in enumerate(one.observables):
        if o.name in wanted and 1000 < o.values[0] < 3000:
            wanted[o.name].append(k)
    values = {
        k: {"Re": v.real, "Im": v.imag} if v.imag else v.real for k, v in point.values.items()
    }
    compared = 0
    for positions in wanted.values():
        for k in positions[::12]:
            o = one.observables[k]
            centre = sum(o.values) / 2
            wc = flavio.WilsonCoefficients()
            wc.set_initial_wcxf(wcxf.WC("SMEFT", "Warsaw", centre, values))
            expected = flavio.np_prediction(o.name, wc, *o.values)
            assert abs(found[k] - expected) < 0.08 * sizes[k] + 1e-6
            compared += sizes[k] > 1e-3
    assert compared > 3
