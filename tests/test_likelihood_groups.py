"""Groups of observables of the user's own."""

from __future__ import annotations

import json

import pytest

from muoquark.common.errors import InputError
from muoquark.inference.source import read
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.recorded import likelihood_of


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("groups") / "groups.yaml"
    path.write_text(
        "P5p low: ['<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]', '<P5p>(B0->K*mumu) [q2min=2.5, "
        "q2max=4]']\nmasses: DeltaM_*\nRD: [R_D, 'R_D*']\n"
    )
    return path


def test_groups_of_the_user(own):
    likelihood = Likelihood("2021-07", groups=own)
    names = {
        name: [likelihood.observables[k].text for k in positions]
        for name, positions in likelihood.groups.items()
        if name in ("P5p low", "masses", "RD")
    }
    assert len(names["P5p low"]) == 2
    assert set(names["masses"]) == {"DeltaM_s", "DeltaM_d/DeltaM_s"} & {
        o.name for o in likelihood.observables
    }
    assert sorted(names["RD"]) == ["Rtaul(B->D*lnu)", "Rtaul(B->Dlnu)"]
    # ... with a likelihood of their own, and in the record, from which it can be made again.
    result = likelihood(read({"eft": "WET", "basis": "flavio", "scale": 4.8,
                              "values": {"CVL_bctaunutau": 0.1}}))  # fmt: skip
    assert result.groups["RD"] == pytest.approx(result.groups["R(D(*))"], abs=3.0)
    assert result.groups["RD"] != 0
    assert result.groups["P5p low"] == pytest.approx(0.0, abs=1e-9)
    again = likelihood_of(json.loads(json.dumps(likelihood.identity())))
    assert again.groups == likelihood.groups


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [XYZ]", "no observable fits 'XYZ'"),
        ("a: []", "a: the group is empty"),
        ("a: {b: c}", "a: expected a list, found a mapping"),
        ("quarks: [a_mu]", "there is a block 'quarks' already"),
        ("'R_K(*)': [a_mu]", "there is a group 'R_K(*)' already"),
        ("- a_mu", "expected a mapping, found a list"),
    ],
)
def test_faults_of_a_file(text, message, tmp_path):
    path = tmp_path / "groups.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        Likelihood("2021-07", groups=path)
    assert message in str(caught.value)
