"""Run the notebooks of the documentation and keep their outputs.

``python tools/notebooks/execute.py`` does it in place, for all or for those that are named.
What differs between two runs of the same code (times, counters) is left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"


def executed(path: Path) -> Any:
    """Return a notebook with the outputs of a new run.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )  # fmt: skip
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                if "execution_count" in output:
                    output["execution_count"] = None
    # the version of the Python that ran it is nobody's business
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="without suffix; all of them by default")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder; by default in place")
    given = parser.parse_args()
    for name in given.names or [path.stem for path in sorted(FOLDER.glob("*.ipynb"))]:
        written = given.out / f"{name}.ipynb"
        nbformat.write(executed(FOLDER / f"{name}.ipynb"), written)
        print(f"{written}: {written.stat().st_size / 1e3:.0f} kB")
