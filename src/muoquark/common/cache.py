"""The folder of the user's where things that are slow to make are kept between runs."""

from __future__ import annotations

import hashlib
import os
import platform
import warnings
from pathlib import Path

from muoquark.common.errors import MuoquarkError
from muoquark.common.files import prepare_folder

__all__ = ["cache_root", "compiled_programs", "keep_compiled_programs"]

# Of all compiled programs of one kind of processor, in bytes; those that were not used for longest
# go first.  A program takes from 0.1 to 3 MB.
LARGEST = 300_000_000


def cache_root() -> Path | None:
    """Return the cache folder: MUOQUARK_CACHE, if set, or what is usual on the platform.

    None if MUOQUARK_CACHE is empty: nothing is kept then.
    """
    from platformdirs import user_cache_path

    chosen = os.environ.get("MUOQUARK_CACHE")
    if chosen == "":
        return None
    return Path(chosen) if chosen else user_cache_path("muoquark", appauthor=False)


def compiled_programs() -> Path | None:
    """Return where compiled programs are kept, a folder for each kind of processor.

    None if nothing is kept, or if nothing can be written there.
    """
    root = cache_root()
    if root is None:
        return None
    kind = platform.machine() + platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(errors="replace").splitlines()
        kind += "".join(sorted({x for x in lines if x.startswith(("model name", "flags"))}))
    folder = root / f"xla-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"
    try:
        return prepare_folder(folder)
    except MuoquarkError:
        return None


def keep_compiled_programs() -> None:
    """Let JAX keep what it compiles, in this process and those that it starts.

    To be called before JAX is imported.  JAX guards the folder with a lock and keeps it below
    :data:`LARGEST`.  Entries that are damaged, or cannot be written, cost the time to compile.
    """
    folder = compiled_programs()
    if folder is None:
        return
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
    os.environ.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", str(LARGEST))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")
    # jaxlib before 0.10 calls hints to the compiler (prefer-no-gather) missing features of the
    # processor when it reads an entry, a page of text each time (docs/upstream.md).  Whether an
    # entry fits is what the folder's name is for; what fails still raises.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # What JAX says of entries that it cannot use; the numbers are right.
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation")
