"""Look inside flavio's predictions: record integrals, pin mixing phases, remember repeated work.

An observable such as P5' is a ratio of q2 integrals.  Each integral is an exact quadratic form
in the Wilson coefficients, the observable is not.  `Recorder` replaces flavio's integration
routine (and any further function named by the job) by one that writes down what it returned, so
that the quadratic pieces can be fitted one by one.

`remember` makes the many observables of one decay share their form factors and amplitudes; this
changes no number, only the time.
"""

import cmath
import copy
import importlib
import sys

import flavio
import quadratures


def _modules():
    return [
        m
        for name, m in list(sys.modules.items())
        if m is not None and name.split(".")[0] == "flavio"
    ]


def replace(original, new):
    """Replace a function in every flavio module that holds it, also under another name."""
    for module in _modules():
        for name, value in list(vars(module).items()):
            if value is original:
                setattr(module, name, new)


def find(path):
    """Return the object at ``package.module:name``."""
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)


class Recorder:
    """Record what the tapped functions return, outermost calls only."""

    INTEGRALS = (
        "flavio.math.integrate:nintegrate",
        "flavio.physics.bdecays.bvll.observables:nintegrate_pole",
    )

    def __init__(self, further=(), quadrature=None):
        """Tap the integrals and the `further` functions, "module:name" or "module:*".

        `quadrature` takes the place of flavio's rule of integration; by default something that
        gives flavio's numbers in the SM.
        """
        self.values = []
        self.depth = 0
        if quadrature is None:
            old = flavio.__version__.startswith("2.3")
            quadrature = quadratures.FrozenQuadrature() if old else quadratures.quad
        self.quadrature = quadrature
        replace(find(self.INTEGRALS[0]), self._tap(self.quadrature, "integral"))
        replace(find(self.INTEGRALS[1]), self._tap(find(self.INTEGRALS[1]), "integral"))
        for path in further:
            module, name = path.split(":")
            names = [name]
            if name == "*":
                names = [
                    n
                    for n, f in vars(importlib.import_module(module)).items()
                    if getattr(f, "__module__", "") == module
                ]
            for name in names:
                function = find(module + ":" + name)
                replace(function, self._tap(function, name))

    def _tap(self, function, label):
        def tapped(*args, **kwargs):
            self.depth += 1
            try:
                value = function(*args, **kwargs)
            finally:
                self.depth -= 1
            if self.depth == 0:
                if isinstance(value, tuple):  # amplitudes and couplings: always complex
                    for number, part in enumerate(value):
                        self.values.append(("%s.%d.re" % (label, number), complex(part).real))
                        self.values.append(("%s.%d.im" % (label, number), complex(part).imag))
                else:
                    self.values.append((label, float(value.real)))
            return value

        return tapped

    def take(self):
        """Return and forget what was recorded."""
        self.depth = 0
        values, self.values = self.values, []
        return values


class Pins:
    """Hold intermediate results of flavio at chosen values.

    `phase` is the phase of -q/p of B mesons, `fermi` the relative shift of the Fermi constant
    that new physics in muon decay causes; None leaves them to flavio.  Pinning them separates
    the sectors: amplitudes become polynomials in the coefficients of one sector and in the
    pinned quantity.
    """

    def __init__(self):
        """Replace flavio's functions; the phase starts unpinned, the shift at zero."""
        self.phase = None
        self.fermi = 0.0
        ratio = find("flavio.physics.mesonmixing.observables:q_over_p")
        self.fermi_constant = find("flavio.physics.taudecays.taulnunu:GFeff")

        def q_over_p(wc_obj, par, meson):
            if self.phase is None:
                return ratio(wc_obj, par, meson)
            return -cmath.exp(1j * self.phase)

        def fermi_constant(wc_obj, par):
            if self.fermi is None:
                return self.fermi_constant(wc_obj, par)
            return par["GF"] * (1 + self.fermi)

        replace(ratio, q_over_p)
        replace(self.fermi_constant, fermi_constant)


class Memory:
    """Results shared within one sample (`sample`) or within a process (`forever`)."""

    def __init__(self):
        """Start empty."""
        self.sample = {}
        self.forever = {}

    def remember(self, path, key, forever=False):
        """Replace a function by one that looks up its result under ``key(arguments)``."""
        function = find(path)
        label = path

        def remembered(*args, **kwargs):
            store = self.forever if forever else self.sample
            full_key = (label, *key(*args, **kwargs))
            if full_key not in store:
                store[full_key] = function(*args, **kwargs)
            value = store[full_key]
            return copy.copy(value) if isinstance(value, dict) else value

        replace(function, remembered)


def remember_b_decays():
    """Share form factors and amplitudes among the observables of b -> q l l decays."""
    memory = Memory()
    b = "flavio.physics.bdecays."
    memory.remember(b + "bvll.amplitudes:get_ff", lambda q2, par, B, V: (q2, B, V), forever=True)
    memory.remember(b + "bpll:get_ff", lambda q2, par, B, P: (q2, B, P), forever=True)
    memory.remember(b + "lambdablambdall:get_ff", lambda q2, par: (q2,), forever=True)
    memory.remember(
        b + "wilsoncoefficients:wctot_dict",
        lambda wc_obj, sector, scale, par, nf_out=5: (sector, scale),
    )
    # functions of masses and q2 alone: flavio's basis has no new physics in C1 to C6
    for name in (
        "F_17",
        "F_19",
        "F_27",
        "F_29",
        "F_87",
        "F_89",
        "Fu_17",
        "Fu_19",
        "Fu_27",
        "Fu_29",
    ):
        memory.remember(b + "matrixelements:" + name, lambda *args: args, forever=True)
    for name in ("Y", "Yu"):
        memory.remember(
            b + "matrixelements:" + name,
            lambda q2, wc, par, scale, qiqj: (q2, scale, qiqj),
            forever=True,
        )
    memory.remember(
        b + "bvll.qcdf_interpolate:helicity_amps_qcdf",
        lambda q2, par, B, V, cp_conjugate=False, contribution="all": (
            q2,
            B,
            V,
            cp_conjugate,
            contribution,
        ),
        forever=True,
    )
    for name in ("helicity_amps", "helicity_amps_bar"):
        memory.remember(
            b + "bvll.amplitudes:" + name, lambda q2, ff, wc_obj, par, B, V, lep: (q2, B, V, lep)
        )
        memory.remember(b + "bpll:" + name, lambda q2, wc_obj, par, B, P, lep: (q2, B, P, lep))
    memory.remember(
        b + "lambdablambdall:get_transverity_amps",
        lambda q2, wc_obj, par, lep, cp_conjugate: (q2, lep, cp_conjugate),
    )

    for module in (
        b + "bvlnu",
        b + "bplnu",
        b + "bvnunu",
        b + "bpnunu",
        "flavio.physics.ddecays.dplnu",
    ):
        memory.remember(module + ":get_ff", lambda q2, par, M, F: (q2, M, F), forever=True)
    memory.remember(
        "flavio.physics.kdecays.kpilnu:get_ff", lambda q2, par, K: (q2, K), forever=True
    )
    for module in (
        b + "bvlnu",
        b + "bplnu",
        "flavio.physics.ddecays.dplnu",
        "flavio.physics.kdecays.kpilnu",
    ):
        memory.remember(
            module + ":get_angularcoeff", lambda q2, wc_obj, par, M, F, lep: (q2, M, F, lep)
        )
    memory.remember(
        b + "wilsoncoefficients:get_wceff_fccc",
        lambda wc_obj, par, qiqj, lep, nu, mqi, scale, nf=5: (qiqj, lep, nu, scale, nf),
    )

    base = find(b + "bvll.observables:BVllObservable")
    original = base.__init__

    def init(self, B, V, lep, *args, **kwargs):
        original(self, B, V, lep, *args, **kwargs)
        for name in ("_wceff", "_wceff_bar", "_ha", "_ha_bar", "_j", "_j_bar"):
            setattr(self, name, memory.sample.setdefault((name, B, V, lep), {}))
        self._ff = memory.forever.setdefault(("_ff", B, V), {})

    base.__init__ = init
    return memory
