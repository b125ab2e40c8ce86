"""Documentation site: ``sphinx-build -W docs build/site``; nothing of it needs the network."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

from muoquark import __version__  # noqa: E402

project = "muoquark"
author = "The muoquark developers"
copyright = "the muoquark developers, MIT licence"
release = version = __version__
extensions = [
    "myst_nb",  # Markdown, and notebooks with the outputs that are in them
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "mathml",
    "muoquark_gallery",
    "muoquark_outputs",
    "muoquark_reference",
]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # tools/notebooks/execute.py runs them, and the tests do
html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"muoquark {release}"
html_static_path = ["_static"]
html_css_files = ["formulae.css"]
html_copy_source = False
html_show_sphinx = False
napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# Defaults as they are written: evaluated, a path would be that of the machine that builds.
autodoc_preserve_defaults = True
exclude_patterns = ["_ext", "examples", "Thumbs.db"]
