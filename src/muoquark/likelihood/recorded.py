"""The likelihood that a record describes: parts by what they were called, and the same content."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from muoquark.common.errors import InputError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.snapshots import recorded
from muoquark.likelihood.theory_choice import described

__all__ = ["likelihood_of", "specs_of"]


def specs_of(identity: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the parts of a record (``Likelihood.identity()``) are called, with options.

    Records of muoquark 0.1 know a snapshot alone.

    Raises
    ------
    InputError
        If a part was given as a value in Python: no name leads to it.
    """
    found = []
    for part in identity.get("parts") or [identity]:
        if "snapshot" in part:
            found.append(recorded(part))
            continue
        options = ",".join(f"{k}={_text(v)}" for k, v in part.get("options", {}).items())
        if "built_in" in part:
            found.append(f"{part['built_in']}:{options}" if options else str(part["built_in"]))
            continue
        if "file" not in part:
            raise InputError(
                f"the part '{part['name']}' was given in Python and no file leads to it: it "
                "cannot be made again from the record"
            )
        found.append(f"{part['file']}:{options}" if options else str(part["file"]))
    return tuple(found)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def likelihood_of(identity: Mapping[str, Any]) -> Likelihood:
    """Return the likelihood that ``Likelihood.identity()`` describes.

    Raises
    ------
    InputError
        If a part is absent here or is another one of the same name.
    """
    names = specs_of(identity)
    text = identity.get("measurements")
    mode, vcb = described(identity)
    with tempfile.TemporaryDirectory() as folder:
        path = None
        if text is not None:
            path = Path(folder) / "measurements.yaml"
            path.write_text(text, encoding="utf-8")
        asked = [*identity.get("chosen", ()), *([] if path is None else [path])]
        likelihood = Likelihood(
            names, identity["chain"], asked,
            fix_ckm=bool(identity.get("fix_ckm", False)), groups=identity.get("groups"),
            until=identity.get("until"),
            theory_errors=mode, vcb=vcb,
        )  # fmt: skip
    old = identity.get("parts") or [identity]
    for name, part, then in zip(names, likelihood.parts, old, strict=True):
        now = part.identity().get("sha256")
        if now != then.get("sha256"):
            kind = "snapshot" if "snapshot" in then else "part" if "built_in" in then else "file"
            raise InputError(
                f"the {kind} '{name}' has the SHA-256 {str(now)[:12]}... here, the "
                f"result was made with {str(then['sha256'])[:12]}...: not the same data"
            )
    return likelihood
