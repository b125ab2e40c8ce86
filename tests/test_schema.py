"""The JSON Schema of cards: it takes what the reader takes, and is what the package ships."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from muoquark.common.errors import InputError
from muoquark.model import card_file
from muoquark.model.card import Card
from muoquark.model.card_file import builtin_cards, parse_card
from muoquark.model.fields import built_in_model, every_known_field
from muoquark.model.free_parameters import FREE_KEYS
from muoquark.model.model_file import MODEL_KEYS, parse_model
from muoquark.model.point import Point
from muoquark.model.schema import card_schema
from muoquark.symmetry.content import REPRESENTATIONS

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
SCHEMA = card_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def accepted(text, validator=VALIDATOR):
    """Whether the schema takes the text of a card, as an editor reads it."""
    return validator.is_valid(yaml.safe_load(text))


def read(text):
    """Whether the reader takes it."""
    try:
        parse_card(text)
    except InputError:
        return False
    return True


def test_it_is_a_schema_and_the_one_that_is_shipped():
    """Regenerate with `muoquark check --schema`."""
    Draft202012Validator.check_schema(SCHEMA)
    text = resources.files("muoquark.model").joinpath("card.schema.json").read_text("utf-8")
    assert json.loads(text) == SCHEMA


def test_keys_are_those_of_the_reader():
    defined = SCHEMA["$defs"]
    assert tuple(SCHEMA["properties"]) == card_file.CARD_KEYS
    assert tuple(defined["free"]["properties"]) == FREE_KEYS
    assert tuple(defined["product"]["properties"]) == card_file.PRODUCT_KEYS
    assert tuple(defined["model"]["properties"]) == MODEL_KEYS
    heavy = [n for n, e in REPRESENTATIONS.items() if e[0] in ("scalar", "vector")]
    assert list(SCHEMA["properties"]["masses"]["properties"]) == [
        name for name in heavy if name not in ("H", "Phi")
    ]
    assert all(key.get("description") for key in SCHEMA["properties"].values())


@pytest.mark.parametrize("name", builtin_cards())
def test_built_in_cards(name):
    assert accepted(builtin_cards()[name])


def blocks():
    """The blocks of the documentation that the reader takes, indented or fenced."""
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text()
        found = re.findall(r"^```[^\n]*\n(?::[^\n]*\n)*(.*?)^```", text, re.M | re.S)
        found += re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text, re.M)
        for block in found:
            block = re.sub(r"^ {4}", "", block, flags=re.M).strip("\n")
            if ":" in block and read(block):
                yield path.name, block


def test_cards_of_the_documentation():
    found = list(blocks())
    assert len(found) >= 3
    assert {"card.md", "tutorial.md"} <= {name for name, _ in found}
    for name, block in found:
        assert accepted(block), (name, block)


OWN = """
model:
  name: S1 with a vector-like quark
  fields:
    {q: {}, u: {}, d: {}, l: {}, e: {}, H: {}, S1: {},
     T: {spin: left, colour: 3, Y: 2/3, X: 0}, Tc: {spin: right, colour: 3, Y: 2/3, X: 0}}
  terms: {MT: T+ Tc, lT: Tc e S1}
masses: {S1: 2000}
couplings: {eta1L: [0, 0, 0.1]}
"""
GOOD = [
    "model: generic\nmasses: {R2: 2e+3, V2t: {free: [1000, 5000], prior: log}}\nmu_M: 3000",
    "model: generic\ncouplings: {eta2L: [0, '0.1+0.2j', {Re: 0, Im: {free: [-1, 1]}}]}",
    "model: generic\ncouplings:\n  x3L: [[0, 0, 1e-3], ['1j', '-2', 0], [0, 0, ' 1 - 2e-1J ']]",
    "model: generic\ncouplings: {x1L: {ansatz: U2, value: 0.1, light: [-1, '1j']}}",
    "model: generic\nmasses: {R2: 2000}\nquartics: {l_R2R2R2R2_1: 0.1, lsH2: {free: [0, 1]}}",
    "masses: {S1: '3000', S3: '3000+0j'}\ngauge: {gX: {free: [0, 1]}, epsBX: -0.1}",
    "masses: {S1: 3000}\nproduct: [{of: [eta1L_3, eta1R_3], free: [-1, 1], label: x}]",
    "masses: {S1: {free: [2000, 4000], prior: {normal: [3000, 100]}, start: 3100, name: 1}}\n"
    "mu_M: 3000",
    "mu_M: 3000\nsm: {g1: 0.36, lam: 0.25, Yd: [[0, 0, 0], [0, 0, 0], [0, 0, '0.01+0j']]}",
    "quartics: {lH13: '0.1+0.2j', leH3: -0.1}",
    "model: {fields: [S1, R2t]}\nmasses: {R2t: 1000}\ncouplings: {eta2tL: [0, 0, 1]}",
    "model: {fields: {q: 1/3, l: [0, '-3', 0], S3: {X: 8/3}, H: 0, Phi: [3]}}\nmasses: {S3: 900}",
    "model: {charges: 'k=1 L=0,-9,0 Phi=9', fields: [R2, U1]}\nmasses: {R2: 2000, U1: 3000}",
    OWN,
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_takes(text):
    assert read(text)
    assert accepted(text), [e.message for e in VALIDATOR.iter_errors(yaml.safe_load(text))]


BAD = {
    "a misspelt key": "mass: {S1: 3000}",
    "an empty card": "{}",
    "a card that sets nothing": "masses: {}\ncouplings: {}",
    "an unknown model": "model: B-3Lmuu",
    "a field that the model lacks": "masses: {R2: 3000}",
    "a field that nobody knows": "model: generic\nmasses: {R3: 3000}",
    "a mass below the range": "masses: {S1: 30}",
    "a complex mass": "masses: {S1: '3000+1j'}",
    "a mass that may be too large": "masses: {S1: {free: [1000, 1.0e+17]}}",
    "a free matching scale": "mu_M: {free: [1000, 2000]}",
    "a coupling that the model lacks": "couplings: {eta2L: [0, 0, 1]}",
    "two entries of three": "couplings: {eta3L: [0, 1]}",
    "a row and two numbers": "couplings: {eta3L: [[0, 0, 0], 0, 1]}",
    "half a complex number": "couplings: {eta3L: [0, 0, {Re: 1}]}",
    "a text for a number": "couplings: {eta3L: [0, 0, '1 GeV']}",
    "digits apart": "couplings: {eta3L: [0, 0, '1_000']}",
    "an unknown ansatz": "couplings: {eta3L: {ansatz: U3, value: 1}}",
    "an ansatz without value": "couplings: {eta3L: {ansatz: U2}}",
    "light entries of a singlet": "couplings: {eta1R: {ansatz: U2, value: 1, light: 1}}",
    "a range of three": "couplings: {eta3L: [0, 0, {free: [0, 1, 2]}]}",
    "a start without a range": "couplings: {eta3L: [0, 0, {start: 1}]}",
    "a logarithm at zero": "couplings: {eta3L: [0, 0, {free: [0, 1], prior: log}]}",
    "an unknown prior": "couplings: {eta3L: [0, 0, {free: [0, 1], prior: jeffreys}]}",
    "a prior without width": "couplings: {eta3L: [0, 0, {free: [0, 1], prior: {normal: [0, 0]}}]}",
    "a name of blanks": "couplings: {eta3L: [0, 0, {free: [0, 1], name: ' '}]}",
    "an entry of nothing": "product: {of: [eta1L_3, eta2L_3], free: [0, 1]}",
    "a fourth generation": "product: [{of: [eta1L_4, eta1R_3], free: [0, 1]}]",
    "a product without a range": "product: {of: [eta1L_3, eta1R_3]}",
    "the Higgs quartic": "quartics: {lH: 0.1}",
    "a complex quartic that is real": "quartics: {lH1: 0.1j}",
    "no perturbative coupling": "gauge: {gX: 5}",
    "an unknown SM coupling": "mu_M: 3000\nsm: {g4: 1}",
    "a list for a matrix": "mu_M: 3000\nsm: {Ye: [0, 0, 1]}",
    "a model with a decimal charge": "model: {fields: {q: 0.33, S1: 1}}\nmasses: {S1: 3000}",
    "a model without fields": "model: {name: x}\nmasses: {S1: 3000}",
    "a field of no spin": "model: {fields: {psi: {spin: up, Y: 0, X: 1}}}\nmasses: {S1: 3000}",
    "a number for a card": "3",
}


@pytest.mark.parametrize("what", BAD)
def test_what_the_reader_refuses(what):
    assert not read(BAD[what])
    assert not accepted(BAD[what])


# What no schema of this kind can see: numbers that belong together, and a key that stands twice.
UNSEEN = set(
    "empty_range key_twice nan_coupling prior_far_away product_begins_outside product_of_free "
    "product_of_light product_twice start_outside two_priors two_ranges boson_light boson_mixing "
    "boson_wide boson_rotation boson_forbids_mass boson_vacuum boson_phi_massless".split()
)


def test_the_invalid_cards_of_the_tests():
    seen = set()
    for path in sorted((HERE / "invalid_cards").glob("*.yaml")):
        try:
            tree = yaml.safe_load(path.read_text())
        except yaml.YAMLError:
            continue
        seen.add(path.stem)
        assert VALIDATOR.is_valid(tree) == (path.stem in UNSEEN), path.stem
    assert len(seen) > 40


def test_a_card_that_is_written_is_taken():
    """Card.of(point).to_yaml() of a model with vectors, and of one with charges."""
    full = every_known_field()
    heavy = {name: 2000.0 + 100 * k for k, name in enumerate(f.name for f in full.heavy)}
    couplings = {name: [[0, 0.1, 0], [0, 0, 1e-3j], [0.2, 0, 0]] for name in full.heavy_couplings}
    quartics = {name: 0.1 if term.real else 0.1 - 0.2j for name, term in full.quartics.items()}
    generic = Point("generic", heavy, couplings)
    charged = Point("B-3Lmu", eta3L=[0, 0, 0.4], gX=0.1)
    everything = Point(full, heavy, couplings, quartics=quartics)
    for point in (generic, charged, everything):
        assert accepted(Card.of(point).to_yaml())


def test_the_schema_of_one_model_is_closed():
    model = parse_model("fields: [R2, U1]", "mine")
    schema = card_schema(model)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    head = "model: {fields: [R2, U1]}\n"
    assert accepted(head + "masses: {R2: 2000, U1: 3000}\ncouplings: {x1L: [0, 0, 1]}", validator)
    assert not accepted(head + "masses: {S1: 2000}", validator)
    assert not accepted(head + "couplings: {eta1L: [0, 0, 1]}", validator)
    assert not accepted(head + "quartics: {lH1: 0.1}", validator)
    assert not accepted(head + "product: {of: [eta2L_3, eta1R_3], free: [0, 1]}", validator)
    generic = card_schema(built_in_model("generic"))["properties"]["masses"]["properties"]
    assert "V2t" in generic  # a card of this model may give any field a mass


def test_the_verb(muoquark, tmp_path):
    assert json.loads(muoquark("check", "--schema").out) == SCHEMA
    (tmp_path / "own.yaml").write_text(OWN)
    found = json.loads(muoquark("check", "--schema", str(tmp_path / "own.yaml")).out)
    assert list(found["properties"]["couplings"]["properties"])[-1] == "lT"
    outcome = muoquark("check")
    assert outcome.code == 2
    assert "which model or card?" in outcome.err
