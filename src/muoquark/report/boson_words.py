"""The boson of U(1)_X of a point in words."""

from __future__ import annotations

from collections.abc import Iterator

from muoquark.boson.analysis import XBoson
from muoquark.model.boson import vev_of

__all__ = ["boson_lines"]


def boson_lines(found: XBoson) -> Iterator[str]:
    """Yield what is one number each, as `muoquark xboson` prints it."""
    point, width = found.point, found.decays
    vev = vev_of(point.model, point.gX, float(point.mX or 0.0))
    text = f"{point.model.name}: gX = {point.gX:.4g}, eps = {point.epsBX:.4g}, "
    text += f"m_X = {point.mX:.5g} GeV"
    yield text + ("" if vev is None else f", v_Phi = {vev:.5g} GeV")
    yield f"matched at tree level at {found.scale:.5g} GeV"
    yield f"width {width.width:.4g} GeV, {width.width / width.mass:.2%} of the mass"
    yield (
        f"kinetic mixing: b_YX = {found.b_YX:.4g}; loops from the Planck scale make |eps| of "
        f"{found.natural:.3g}; it changes by {found.below:+.2g} down to m_Z (in the running)"
    )
    planck = found.planck
    if planck.why:
        yield f"flow to the Planck scale: not computed: {planck.why}"
    elif planck.pole is not None:
        yield f"one loop: Landau pole of {planck.pole[0]} at {planck.pole[1]:.3g} GeV"
    else:
        yield f"one loop: no Landau pole below the Planck scale, where eps = {planck.eps:.3g}"
    if found.point.breaking is not None:
        yield f"phi: m = {float(found.point.breaking.mass):.5g} GeV, mixes with the Higgs boson"
    rate = found.resonance
    if rate is not None:
        yield (
            f"resonance in di-muons (an estimate, no limit): sigma x BR = "
            f"{rate.cross_section:.3g} fb at 13 TeV, {rate.events:.3g} events on a background of "
            f"{rate.background:.3g} in {rate.window[0]:.0f} to {rate.window[1]:.0f} GeV, "
            f"{rate.luminosity:g}/fb"
        )
