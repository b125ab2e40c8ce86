"""The seesaw of a model: which entries of the neutrino mass matrices its terms have."""

from __future__ import annotations

from muoquark.common.errors import InputError
from muoquark.model.fields import Model
from muoquark.symmetry.textures import Pattern, SeesawTexture

__all__ = ["seesaw_of"]


def seesaw_of(model: Model) -> SeesawTexture:
    """Return the patterns of the Dirac and Majorana matrices that the Lagrangian allows.

    The Dirac matrix comes from ``l^dag H^dag nu``, the Majorana matrix from ``nu nu`` and, once Phi
    has a vacuum expectation value, from ``nu nu Phi`` or ``nu nu Phi^dag``; leptoquarks play no
    part.

    Raises
    ------
    InputError
        If the model has no nu.

    Examples
    --------
    >>> from muoquark.model.model_file import parse_model
    >>> texture = seesaw_of(parse_model("fields: [l, e, nu, H, q, u, d, S1]"))
    >>> texture.masses, texture.complete
    (3, True)
    """
    names = {field.name for field in model.fields}
    if "nu" not in names:
        raise InputError(f"{model.name} has no right-handed neutrinos nu: there is no seesaw")
    rows = len(model.field("l").X) if "l" in names else 0
    columns = len(model.field("nu").X)
    return SeesawTexture(
        _pattern(model, ("H^dag", "l^dag", "nu"), (rows, columns)),
        _pattern(model, ("nu", "nu"), (columns, columns)),
        _either(
            _pattern(model, ("Phi", "nu", "nu"), (columns, columns)),
            _pattern(model, ("Phi^dag", "nu", "nu"), (columns, columns)),
        ),
    )


def _pattern(model: Model, factors: tuple[str, ...], shape: tuple[int, int]) -> Pattern:
    """Return where the matrix of a product of fields may have entries."""
    allowed = {
        choice
        for term in model.terms
        if tuple(sorted(term.factors)) == factors
        for choice in term.contraction.allowed
    }
    return tuple(tuple((i, j) in allowed for j in range(shape[1])) for i in range(shape[0]))


def _either(one: Pattern, other: Pattern) -> Pattern:
    return tuple(
        tuple(a or b for a, b in zip(*rows, strict=True)) for rows in zip(one, other, strict=True)
    )
