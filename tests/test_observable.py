"""Observables and every text that stands for them, of all that the shipped snapshots hold."""

from __future__ import annotations

import doctest
import json

import pytest

from muoquark.likelihood import observable
from muoquark.likelihood.observable import Observable, names_of
from muoquark.likelihood.snapshots import load_snapshot, revisions


@pytest.fixture(scope="module", params=[one.title for one in revisions()])
def snapshot(request):
    return load_snapshot(request.param)


def test_doctest():
    assert doctest.testmod(observable).failed == 0


def test_text_and_back(snapshot):
    """Name and arguments as people read them hold everything."""
    texts = [o.text for o in snapshot.observables]
    assert len(set(texts)) == len(texts) == len(snapshot.forms.observables)
    for o in snapshot.observables:
        assert Observable.parse(o.text) == o
        assert str(o) == o.text


def test_flavio_and_back(snapshot):
    names = names_of(snapshot.observables)
    for o in snapshot.observables:
        assert Observable.of_flavio(o.flavio, names) == o
        assert isinstance(o.flavio, tuple) == bool(o.arguments)
        # as a snapshot stores it
        assert Observable.of_flavio(json.loads(json.dumps(o.flavio)), names) == o
        assert names[o.name] == tuple(snapshot.metadata["arguments"].get(o.name, ()))


def test_keys_tell_observables_apart(snapshot):
    """A key is a name, or JSON of name and values with all of their digits."""
    keys = [o.key for o in snapshot.observables]
    assert len(set(keys)) == len(keys)
    for o in snapshot.observables:
        found = json.loads(o.key) if o.arguments else o.key
        assert found == (list(o.flavio) if o.arguments else o.flavio)
    near = [Observable.of("x", q2min=1.0 + e) for e in (0.0, 1e-9)]
    assert near[0].text == near[1].text and near[0].key != near[1].key


def test_every_label(snapshot):
    """TeX of flavio's: never empty, and in whole pairs of dollars."""
    labelled = 0
    for o in snapshot.observables:
        assert o.tex.strip()
        assert o.tex.count("$") % 2 == 0
        assert o.tex.count("{") == o.tex.count("}")
        labelled += o.tex != o.name
    assert labelled > 0.99 * len(snapshot.observables)


def test_values_are_numbers():
    one = Observable("x", (("q2min", 1), ("q2max", "6")))
    assert one == Observable.of("x", q2min=1.0, q2max=6.0)
    assert one.values == (1.0, 6.0) and hash(one) == hash(Observable.of("x", q2min=1, q2max=6))
    assert one != Observable.of("x", q2max=6.0, q2min=1.0)  # arguments have an order


@pytest.mark.parametrize(
    "text",
    ["a_mu", "sigma[fb]", "N(pp->mumu) [a bin]", "x [q2min=low]", "x [q2min=1] more", "x []"],
)
def test_what_is_no_argument_belongs_to_the_name(text):
    found = Observable.parse(text)
    assert found == Observable(text)
    assert found.text == found.key == found.flavio == text


def test_parsing_forgives_spaces():
    assert Observable.parse("x[ a = 1,b=2e3 ]") == Observable.of("x", a=1, b=2000)


def test_units():
    assert Observable.of("<dBR/dq2>(B+->Kmumu)", q2min=1, q2max=6).unit == "GeV^-2"
    assert Observable("BR(Bs->mumu)").unit == ""


def test_arguments_must_fit_their_names():
    with pytest.raises(ValueError, match="argument"):
        Observable.of_flavio(("x", 1.0), {"x": ("q2min", "q2max")})
    assert Observable("no such name").tex == "no such name"
