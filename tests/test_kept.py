"""What is kept between processes: found whole or not at all, bounded, and never in the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from closeness import close
from muoquark.common import kept
from muoquark.common.cache import compiled_programs

# Keeps entries of its own and one that all processes share, and says what it finds of the latter.
WRITER = """
import sys
from muoquark.common import kept
from muoquark.common.cache import keep_compiled_programs
keep_compiled_programs()
count, name = int(sys.argv[1]), sys.argv[2]
for k in range(count):
    kept.keep(f"{name} {k}", name.encode() * 1000)
    kept.keep("shared", b"same" * 50_000)
print(kept.find("shared") in (None, b"same" * 50_000), kept.find(f"{name} {count - 1}") is not None)
"""
# The likelihood of a card, traced or from the folder, as a verb has it.
LIKELIHOOD = """
from muoquark.common.cache import keep_compiled_programs
keep_compiled_programs()
import json
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.source import read
from muoquark.likelihood.likelihood import Likelihood
likelihood = Likelihood("2021-07", "smelli")
objective = CardLikelihood.of(likelihood, read("plane"))
total = objective.total([[0.3, 0.01], [0.2, 0.02]])
print(json.dumps([total.tolist(), "forward" in vars(objective)]))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(compiled_programs()))
    return tmp_path / kept.FOLDER


def process(program, cache, *arguments, before=""):
    own = ("JAX_", "TF_CPP_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    environ["MUOQUARK_CACHE"] = str(cache)
    return subprocess.Popen(
        [sys.executable, "-c", before + program, *arguments], env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def output(one):
    out, err = one.communicate(timeout=300)
    assert one.returncode == 0, err
    assert "Traceback" not in err
    return out.strip()


def test_what_was_kept_is_found(folder):
    assert kept.find("a") is None
    kept.keep("a", b"content")
    kept.keep("b", b"")
    assert kept.find("a") == b"content" and kept.find("b") == b"" and kept.find("c") is None
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    "damage", [lambda x: x[:-1], lambda x: x + b"0", lambda x: b"", lambda x: b"x" * len(x)]
)
def test_a_damaged_entry_is_none(folder, damage):
    kept.keep("a", b"content")
    (path,) = folder.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert kept.find("a") is None
    kept.keep("a", b"content")
    assert kept.find("a") == b"content"


def test_what_was_not_used_for_longest_goes(folder, monkeypatch):
    monkeypatch.setattr(kept, "LARGEST", 3 * 140)
    for k in range(3):
        kept.keep(str(k), b"x" * 100)
        os.utime(kept._path(str(k)), ns=(k, k))
    assert kept.find("0") is not None  # used now
    kept.keep("3", b"x" * 100)
    assert [kept.find(str(k)) is not None for k in range(4)] == [True, False, True, True]
    assert sum(p.stat().st_size for p in folder.iterdir()) <= kept.LARGEST
    kept.keep("large", b"x" * 1000)
    assert kept.find("large") is None


def test_nothing_is_kept_where_nobody_asked(tmp_path, monkeypatch):
    """As a library, or with an empty MUOQUARK_CACHE."""
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    kept.keep("a", b"content")
    assert kept.find("a") is None and not (tmp_path / kept.FOLDER).exists()
    monkeypatch.setenv("MUOQUARK_CACHE", "")
    kept.keep("a", b"content")
    assert kept.find("a") is None


def test_the_code_is_a_part_of_every_key():
    assert len(kept.code()) == 64 and kept.code() == kept.code()


def test_several_processes_with_one_folder(tmp_path):
    """They write and remove at the same time, and one is killed."""
    writers = [process(WRITER, tmp_path, "30", name) for name in ("one", "two")]
    killed = process(WRITER, tmp_path, "100000", "three")
    time.sleep(1.0)
    assert [output(one) for one in writers] == ["True True"] * 2
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert output(process(WRITER, tmp_path, "2", "four")) == "True True"


@pytest.mark.parametrize("limit", [100])
def test_a_full_disk(tmp_path, limit):
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
    assert output(process(WRITER, tmp_path, "2", "a", before=full)) == "True False"
    assert not [p for p in tmp_path.rglob("*.bin") if p.stat().st_size > limit]
    assert output(process(WRITER, tmp_path, "2", "a")) == "True True"


def test_a_folder_that_cannot_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert output(process(WRITER, blocked, "1", "a")) == "True False"


def test_arrays_are_those_that_were_made(folder):
    made = {
        "a": np.arange(6.0).reshape(2, 3),
        "of nothing": np.zeros((0, 4)),
        "whole": np.array([1, -2], dtype=np.int32),
        "number": np.array(0.5),
        "text": np.array("name"),
        "one line": np.asfortranarray(np.arange(4.0).reshape(2, 2)),
    }
    calls = []

    def make():
        calls.append(1)
        return made

    for _ in range(3):
        found = kept.arrays("key", make)
        assert list(found) == list(made)
        for name, one in made.items():
            assert found[name].dtype == one.dtype and np.array_equal(found[name], one)
            assert found[name].flags.writeable
    assert len(calls) == 1
    assert kept.arrays("other", dict) == {} == kept.arrays("other", dict)


@pytest.mark.slow
def test_a_second_process_neither_specialises_nor_traces(tmp_path):
    """The same numbers to the last bit; and from a damaged entry as well."""
    first, made = json.loads(output(process(LIKELIHOOD, tmp_path)))
    second, again = json.loads(output(process(LIKELIHOOD, tmp_path)))
    assert made and not again
    assert first == second and first[0] == close(first[0])
    (path,) = tmp_path.rglob("*.bin")
    path.write_bytes(path.read_bytes()[:-100])
    third, anew = json.loads(output(process(LIKELIHOOD, tmp_path)))
    assert anew and third == first
