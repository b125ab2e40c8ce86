"""Names and revisions of the shipped snapshots: what was published stays what it was."""

import importlib.util
import json
import re
import subprocess
from pathlib import Path

import pytest

from muoquark.common.errors import InputError
from muoquark.common.provenance import hash_of, hash_of_file, provenance
from muoquark.likelihood import snapshots
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.snapshots import (
    find,
    labels,
    load_snapshot,
    recorded,
    revisions,
    shipped,
    title,
)
from muoquark.paper.claims.workspace import Workspace
from muoquark.running.evolution import tables

PAGE = Path(__file__).parents[1] / "docs" / "snapshot.md"
# What was published under a name and revision 0; by version 0.1, under the name alone, and later.
FIRST = {
    "2026-06.0": "be2948f55fa2c0f2db6a3e8255a38c94150bdbbbfe90faf999e67105c3b334d8",
    "2026-11.0": "d35cc71aad0f7a7778601912db71171e729fd88e228f92826ec8a18fa1209bb5",
    "2021-07.0": "f9b58332d53c0fdb5f697cd19c0637d5379889e7808d7a7352af684971f5206e",
}


def test_published_files_never_change():
    """The table of docs/snapshot.md and the files are the same, and hold those of version 0.1."""
    rows = re.findall(r"^\| `([\d.-]+)` \| `([0-9a-f]{64})` \|", PAGE.read_text(), re.MULTILINE)
    assert dict(rows) == {one.title: hash_of_file(one.path) for one in revisions()}
    assert dict(rows).items() >= FIRST.items()


def test_a_name_means_its_newest_revision():
    for name, path in shipped().items():
        own = [one for one in revisions() if one.name == name]
        assert [one.revision for one in own] == list(range(len(own)))[::-1]
        assert path == own[0].path == find(name).path
        assert title(name) == own[0].title
        assert [find(one.title) for one in own] == own
    assert title("folder/2031-01.npz") == "2031-01"
    for wrong in ("2021-07.99", "2021-07.", "2021", "2021-07.00"):
        assert find(wrong) is None
        with pytest.raises(InputError, match="unknown snapshot"):
            load_snapshot(wrong)


def test_a_metadata_of_a_revision_says_so():
    for one in revisions():
        metadata = load_snapshot(one.title).metadata
        assert metadata["name"] == one.name
        if one.title not in FIRST:
            assert metadata["revision"] == one.revision


def test_files_that_are_no_revision_are_left_alone(tmp_path, monkeypatch):
    """Ten comes after nine; a file without a revision is none."""
    data = tmp_path / "data"
    data.mkdir()
    for name in ("2030-01.9", "2030-01.10", "2030-01", "2031-02.0", "notes.old"):
        (data / f"{name}.npz").write_bytes(name.encode())
    monkeypatch.setattr(snapshots.resources, "files", lambda package: tmp_path)
    assert [one.title for one in revisions()] == ["2031-02.0", "2030-01.10", "2030-01.9"]
    assert [path.stem for path in shipped().values()] == ["2031-02.0", "2030-01.10"]
    old = {"snapshot": "2030-01", "sha256": hash_of_file(data / "2030-01.9.npz")}
    assert recorded(old) == "2030-01.9"
    assert recorded({**old, "sha256": "0" * 64}) == "2030-01"
    assert recorded({**old, "revision": 10}) == "2030-01.10"
    assert recorded({"snapshot": "own.npz", "revision": None, "sha256": "0"}) == "own.npz"


def test_identity_names_revision_and_tables():
    likelihood = Likelihood("2021-07.0", "smelli")
    identity = likelihood.identity()
    assert (identity["snapshot"], identity["revision"]) == ("2021-07", 0)
    assert identity["sha256"] == FIRST["2021-07.0"]
    assert identity["evolution"] == hash_of_file(tables("smelli")) != hash_of_file(tables("full"))
    assert recorded(identity) == "2021-07.0"
    newest = Likelihood("2021-07").identity()
    assert newest["revision"] == find("2021-07").revision
    own = Likelihood(shipped()["2026-06"]).identity()
    assert own["revision"] is None and own["snapshot"] == str(shipped()["2026-06"])


def test_labels():
    assert labels(["2021-07.0", "2026-06"]) == {"2021-07": "2021-07.0", "2026-06": "2026-06"}
    both = ["2021-07.0", "2021-07", "x.npz"]
    assert labels(both) == {name: name for name in both}
    workspace = Workspace(("2021-07.0",))
    assert workspace.data == ("2021-07",)
    assert workspace.likelihood("2021-07").identity()["revision"] == 0


def test_results_of_version_0_1_ask_for_their_revision(muoquark, tmp_path):
    """They have a name without revision, and the hash of the file."""
    outcome = muoquark("loglike", "paper", "--data", "2021-07.0", "--json")
    document = json.loads(outcome.out)
    assert document["data"] == "2021-07"
    inputs = document["inputs"]

    def saved(**changes):
        newer = ("revision", "evolution", "parts")
        data = {k: v for k, v in inputs["data"].items() if k not in newer}
        content = {k: v for k, v in inputs.items() if k not in ("versions", "hash", "format")}
        content["data"] = {**data, **changes}
        path = tmp_path / "old.json"
        content["hash"] = hash_of(content)
        path.write_text(json.dumps({**document, "inputs": {**inputs, **content}}))
        return path

    outcome = muoquark("rerun", saved())
    assert outcome.code == 0, outcome.err
    assert "the same to the last bit" in outcome.out
    outcome = muoquark("rerun", saved(sha256="1" * 64))
    assert outcome.code == 2
    assert "no revision of the snapshot '2021-07' here has the SHA-256 111111111111" in outcome.err
    assert "2021-07.0 (f9b58332d53c...)" in outcome.err
    (part,) = inputs["data"]["parts"]
    outcome = muoquark("rerun", saved(parts=[part]))
    assert outcome.code == 0, outcome.err
    outcome = muoquark("rerun", saved(parts=[{**part, "sha256": "1" * 64}]))
    assert outcome.code == 2
    assert "'2021-07.0' has the SHA-256 f9b58332d53c... here" in outcome.err
    outcome = muoquark("rerun", saved(revision=99))
    assert outcome.code == 2
    assert "the snapshot '2021-07.99' of the result is not here (here are" in outcome.err
    outcome = muoquark("rerun", saved(revision=0, evolution="2" * 64))
    assert outcome.code == 0
    assert "made with another version: tables of running, chain full" in outcome.err


def test_a_record_of_a_revision_is_a_record_of_it():
    """Two revisions are two inputs."""
    one, two = ({"snapshot": "2021-07", "revision": k} for k in (0, 1))
    assert provenance("fit", {}, None, one)["hash"] != provenance("fit", {}, None, two)["hash"]


def test_verb_lists_every_revision(muoquark):
    records = json.loads(muoquark("data", "--json").out)
    assert [f"{r['name']}.{r['revision']}" for r in records] == [r.title for r in revisions()]
    assert all(r["sha256"] == hash_of_file(find(f"{r['name']}.{r['revision']}").path)
               for r in records)  # fmt: skip
    assert [r["name"] for r in records if r["newest"]] == list(shipped())
    shown = muoquark("data").out
    assert "(newest)" in shown and " 0 " in shown
    assert muoquark("data", "--snapshot", "2021-07.0").out.startswith("2021-07.0: ")


def test_make_runs_each_name_once(monkeypatch):
    """`make.py run` uses the newest revision of each name."""
    described = importlib.util.spec_from_file_location("make", PAGE.parents[1] / "make.py")
    make = importlib.util.module_from_spec(described)
    described.loader.exec_module(make)
    called = []
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(make, "environment", lambda name: Path("python"))
    monkeypatch.setattr(make.subprocess, "run", lambda call, **_: called.append(call) or done)
    assert make.run([]) == 0
    assert [call[call.index("--data") + 1] for call in called] == sorted(shipped())
