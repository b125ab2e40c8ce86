"""Loads the derivation tools, which are scripts and no part of the package."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[1] / "tools" / "derivation"


def load(name: str) -> ModuleType:
    """Import tools/derivation/<name>.py."""
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return importlib.import_module(name)
