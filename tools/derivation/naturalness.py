r"""The two-loop Yukawa threshold of m_H^2, derived twice.

A vacuum diagram with a leptoquark, a quark and a lepton; the Higgs couples to the fermions at zero
momentum.  With M = 1 and L = ln(mu^2/M^2), in units of kappa^2 d M^2, d the complex components of
the leptoquark:

* both Higgs bosons on one fermion line, times tr(Y Y^+ eta eta^+): :func:`one_line`, from the
  quark's self-energy a(k^2) in dimensional regularisation.  The quarks of a background H give
  V = -2 N_c int ln(k^2 (1 + a) + y^2 |H|^2), hence delta m_H^2 = 2 N_c y^2 int a(k^2)/k^2.
* one on either line, times 2 Re tr(Y_u^* eta_R Y_e^+ eta_L^+): :func:`two_lines`.

The second route is the two-loop effective potential in MS-bar (Martin, hep-ph/0111209), expanded
in the fermion masses of the background: :func:`from_the_effective_potential`.
"""

from __future__ import annotations

import sympy as sp

e, L = sp.symbols("epsilon L")


def _gamma(argument):
    """Gamma(n + x), n integer: a rational function and the exponent of the rest to order x^2."""
    n = argument.subs(e, 0)
    x = argument - n
    factor = sp.Mul(*[x + k for k in range(1, n)]) / sp.Mul(*[x + k for k in range(n, 1)])
    return factor, -sp.EulerGamma * x + sp.pi**2 / 12 * x**2


def _series(above, below, loops: int):
    """MS-bar series to epsilon^0 of a ratio of Gamma functions with a pole of second order."""
    rational, exponent = sp.Integer(1), loops * e * (sp.EulerGamma + L)
    for sign, arguments in ((1, above), (-1, below)):
        for factor, power in map(_gamma, arguments):
            rational, exponent = rational * factor**sign, exponent + sign * power
    exponent = sp.expand(exponent)
    regular = sp.series(sp.cancel(rational * e**2), e, 0, 3).removeO()
    product = sp.expand(regular * (1 + exponent + exponent**2 / 2))
    return sum(product.coeff(e, n) * e ** (n - 2) for n in range(3))


def _vacuum(a: int, b: int, c: int):
    """Int int of 1/(k^2a l^2b ((k-l)^2 + 1)^c), both measures d^dk/pi^(d/2), d = 4 - 2 epsilon."""
    half = 2 - e
    above = (half - a, half - b, a + b - half, a + b + c - 2 * half)
    return _series(above, (sp.Integer(a), sp.Integer(b), sp.Integer(c), half), 2)


def _renormalised(bare, counterterm):
    """Finite part in MS-bar; raises if a pole is left that is not local."""
    # int 1/(p^2 + 1) = Gamma(epsilon - 1); 1/epsilon is Gamma(epsilon)/Gamma(1 + epsilon)
    loop = _series((e - 1, e), (e + 1,), 1)
    total = sp.expand(bare - counterterm * loop)
    if any(total.coeff(e, n).has(L) for n in (-2, -1)):
        raise ArithmeticError(f"poles with logarithms: {total}")
    return total.coeff(e, 0)


def one_line():
    """F(L): 2 int int k.l/(k^4 l^2 ((k-l)^2 + 1)), subdivergence of the portal subtracted.

    The other subdivergence, that of the self-energy, multiplies a scaleless integral.
    """
    # 2 k.l = k^2 + l^2 - ((k-l)^2 + 1) + 1; the second and the third term are scaleless
    return _renormalised(_vacuum(1, 1, 1) + _vacuum(2, 1, 1), 2)


def two_lines():
    """G(L): 2 int int 1/(k^2 l^2 ((k-l)^2 + 1)), from two mass insertions on different lines."""
    return _renormalised(2 * _vacuum(1, 1, 1), 2)


def from_the_effective_potential():
    """F and G from f_FFS and f_FbarFbarS, the fermion masses small; the leptoquark mass is 1.

    Raises if the logarithm of the light mass stays: the theory below M has no such term.
    """
    t, heavy, light = sp.symbols("t ln_heavy ln_light")  # m_q^2, and ln(m^2/mu^2) of both
    # J(x) = x (ln x - 1); I(0, x, t) to first order in t, x = 1: Li2(t) = t, ln(x - t) = ln x - t
    j_heavy, j_light = heavy - 1, t * (light - 1)
    bracket = t - (heavy - light) * (heavy - t) + heavy**2 / 2 - sp.pi**2 / 6
    rest = -sp.Rational(5, 2) * (1 + t) + 2 * heavy + 2 * t * light - heavy * light
    integral = sp.expand((1 - t) * bracket + rest)
    # f_FFS(t, 0, 1) = J(t) J(0) - J(t) J(1) - J(0) J(1) + (t + 0 - 1) I(t, 0, 1), with J(0) = 0
    f = sp.expand(-j_light * j_heavy + (t - 1) * integral)
    found = f.coeff(t, 1), 2 * integral.coeff(t, 0)
    if any(sp.expand(x).has(light) for x in found):
        raise ArithmeticError("a logarithm of the light mass is left")
    return tuple(sp.expand(x.subs(heavy, -L)) for x in found)
