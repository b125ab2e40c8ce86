"""The cache folder: where it is, what bounds it, and that it never changes a number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings

from closeness import close
from muoquark.common.cache import LARGEST, cache_root, compiled_programs, keep_compiled_programs

# Compiles something, with the cache as a verb has it, and prints the result.
PROGRAM = """
from muoquark.common.cache import keep_compiled_programs
keep_compiled_programs()
import os
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
import jax, jax.numpy as xp
print(float(jax.jit(lambda x: xp.sin(x @ x.T).sum())(xp.ones((3, 3)))))
"""
ANSWER = float(9 * 0.1411200080598672)


# Bytes that a file may have on the full disk.
SMALL = 100
# In the program itself: Python cannot fork without a warning once JAX has threads.
FULL_DISK = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({SMALL}, {SMALL}))
"""


def run(cache, limit=False, **others):
    # As at a prompt: without what JAX, once imported, leaves in the environment of the tests.
    own = ("JAX_", "TF_CPP_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    environ |= {"MUOQUARK_CACHE": str(cache), **others}
    return subprocess.Popen(
        [sys.executable, "-c", (FULL_DISK if limit else "") + PROGRAM], env=environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def answer(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert float(out) == close(ANSWER, rel=1e-5)
    return err


def entries(folder):
    return sorted(folder.rglob("*-cache"))


def test_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path / "a"))
    assert cache_root() == tmp_path / "a"
    assert compiled_programs().parent == tmp_path / "a"
    monkeypatch.setenv("MUOQUARK_CACHE", "")
    assert cache_root() is None and compiled_programs() is None


def test_jax_is_told_before_it_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    for name in ("DIR", "MAX_SIZE"):
        monkeypatch.delenv(f"JAX_COMPILATION_CACHE_{name}", raising=False)
    monkeypatch.delenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", raising=False)
    with warnings.catch_warnings():
        keep_compiled_programs()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(compiled_programs())
    assert int(os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"]) == LARGEST
    # what a user says holds
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "elsewhere")
    with warnings.catch_warnings():
        keep_compiled_programs()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "elsewhere"


def test_two_processes_and_a_second_run(tmp_path):
    for process in [run(tmp_path), run(tmp_path)]:
        assert answer(process) == ""
    stored = entries(tmp_path)
    assert stored
    assert answer(run(tmp_path)) == ""
    assert entries(tmp_path) == stored


def test_a_damaged_entry_and_a_killed_process(tmp_path):
    """What a process that was killed while it wrote leaves behind does no harm."""
    assert answer(run(tmp_path)) == ""
    for path in entries(tmp_path):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert answer(run(tmp_path)) == ""
    killed = run(tmp_path / "other")
    time.sleep(0.7)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert answer(run(tmp_path / "other")) == ""


def test_a_folder_that_cannot_be_written(tmp_path):
    """Root writes everywhere: a file in the place of the folder stands for it."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert answer(run(blocked)) == ""
    assert blocked.read_text() == ""


def test_a_full_disk(tmp_path):
    """Entries that cannot be stored cost time, nothing else; here no file may grow."""
    process = run(tmp_path, limit=True)
    assert answer(process) == ""
    assert not [p for p in entries(tmp_path) if p.stat().st_size > SMALL]
    # what is left of them is no program, and is not taken for one
    assert answer(run(tmp_path)) == ""


def test_the_folder_stays_below_its_bound(tmp_path):
    """The entries that were not used for longest go."""
    assert answer(run(tmp_path, JAX_COMPILATION_CACHE_MAX_SIZE="20000")) == ""
    total = sum(p.stat().st_size for p in entries(tmp_path))
    assert total <= 20000
