"""The folder of the user's where things that are slow to make are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_root"]


def cache_root() -> Path | None:
    """Return the cache folder: MUOQUARK_CACHE, if set, or what is usual on the platform.

    None if MUOQUARK_CACHE is empty: nothing is kept then.
    """
    from platformdirs import user_cache_path

    chosen = os.environ.get("MUOQUARK_CACHE")
    if chosen == "":
        return None
    return Path(chosen) if chosen else user_cache_path("muoquark", appauthor=False)
