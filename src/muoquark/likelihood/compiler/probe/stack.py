"""Open one stack of flavio and smelli and feed it Wilson coefficients at the low scales.

The files of this folder run inside the stack that is compiled, with its own interpreter (Python
3.9 for the data of 2021): they import nothing of muoquark and use no newer syntax.

flavio asks its ``WilsonCoefficients`` object for the coefficients of a sector at a scale.  The
object here answers from a table, so that no running or matching enters a compiled prediction,
and writes down what was asked for.
"""

import warnings

import flavio
import smelli
import wilson
from flavio.physics.eft import WilsonCoefficients, sectors_flavio2wcxf
from wilson import wcxf

# flavio's names of the four CKM parameters; the phase was called delta before flavio 2.4
CKM_NAMES = (
    "Vus",
    "Vub",
    "Vcb",
    "gamma" if "gamma" in flavio.default_parameters.all_parameters else "delta",
)


class LowScaleCoefficients(WilsonCoefficients):
    """Wilson coefficients given directly at the scales where flavio wants them.

    Parameters
    ----------
    values
        ``{(eft, basis, sector, scale): {name: complex}}``; what is absent is zero.

    Attributes
    ----------
    asked
        The set of keys ``(eft, basis, sector, scale)`` asked for so far.
    """

    def __init__(self, values=None):
        """Start from a table of values; nothing has been asked for yet."""
        super().__init__()
        self.values = values or {}
        self.asked = set()
        self.answers = {}

    def get_option(self, key):
        """Answer the CKM question of ``from_wilson``; no option changes the table."""
        return {}

    def __hash__(self):
        """Hash by identity: flavio caches predictions by the hash of this object."""
        return id(self)

    def __eq__(self, other):
        """Compare by identity."""
        return self is other

    def get_wcxf(self, sector, scale, par, eft="WET", basis="flavio", nf_out=None):
        """Return the table's values for one sector as a ``wcxf.WC``."""
        if nf_out is not None:
            eft = {5: "WET", 4: "WET-4", 3: "WET-3"}[nf_out]
        return self.match_run(scale, eft, basis, sectors_flavio2wcxf.get(sector, sector))

    def match_run(self, scale, eft, basis, sectors="all"):
        """Answer like ``wilson.Wilson.match_run``, from the table."""
        if isinstance(sectors, tuple):
            (sectors,) = sectors
        key = (eft, basis, sectors, float(scale))
        self.asked.add(key)
        if key not in self.answers:
            self.answers[key] = wcxf.WC(
                eft=eft,
                basis=basis,
                scale=scale,
                values=wcxf.WC.dict2values(self.values.get(key, {})),
            )
        return self.answers[key]

    def get_wc(self, sector, scale, par, eft="WET", basis="flavio", nf_out=None):
        """Return all coefficients of a sector as a dictionary, zeros included."""
        answer = self.get_wcxf(sector, scale, par, eft, basis, nf_out)
        sector = sectors_flavio2wcxf.get(sector, sector)
        described = wcxf.Basis[answer.eft, answer.basis]
        names = described.all_wcs if sector == "all" else described.sectors[sector]
        coefficients = dict.fromkeys(names, 0)
        coefficients.update(answer.dict)
        return coefficients


def component_names(eft, basis, sector):
    """Return the real components ``[(name, "Re" or "Im"), ...]`` of a sector."""
    described = wcxf.Basis[eft, basis]
    if sector == "all" or sector not in described.sectors:
        sectors = list(described.sectors)
    else:
        sectors = [sector]
    found = []
    for name in sectors:
        for coefficient, info in described.sectors[name].items():
            found.append((coefficient, "Re"))
            if not (info and info.get("real")):
                found.append((coefficient, "Im"))
    return found


def versions():
    """Return the versions that define the stack."""
    return {
        "flavio": flavio.__version__,
        "smelli": smelli.__version__,
        "wilson": wilson.__version__,
    }


def open_likelihood():
    """Return smelli's global likelihood without its resampled experimental covariance."""
    original = smelli.GlobalLikelihood.make_measurement
    smelli.GlobalLikelihood.make_measurement = lambda self, *args, **kwargs: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return smelli.GlobalLikelihood()
    finally:
        smelli.GlobalLikelihood.make_measurement = original


def block_name(file_name):
    """Turn smelli's ``fast_likelihood_quarks.yaml`` into ``quarks``."""
    name = file_name.replace(".yaml", "")
    for prefix in ("fast_likelihood_", "likelihood_"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def observables(likelihood):
    """Return ``[(block, observable), ...]``, every observable once, in smelli's order."""
    found = []
    seen = set()
    for group in (likelihood.fast_likelihoods, likelihood.likelihoods):
        for file_name, part in group.items():
            for observable in part.observables:
                if observable not in seen:
                    seen.add(observable)
                    found.append((block_name(file_name), observable))
    return found


# Intermediate results that the compiler fits like observables; see `auxiliary`.
AUXILIARY = ("__fermi", "__mixing:Bs", "__mixing:B0", "__mixing:D0")
PINNED_FERMI = ("derived", "", "fermi", 0.0, "shift", "Re")


def auxiliary(name, parameters, coefficients, pins):
    """Return ``[(label, value), ...]`` for one entry of `AUXILIARY`.

    ``__fermi`` is (GF/GF_eff)^2, a quadratic form; ``__mixing`` the real and imaginary parts of
    M12 and Gamma12, linear forms.
    """
    if name == "__fermi":
        try:
            effective = pins.fermi_constant(coefficients, parameters)
        except ValueError:  # a negative rate: flavio's interference term is unbounded
            return [("ratio", float("nan"))]
        return [("ratio", (parameters["GF"] / effective) ** 2)]
    meson = name.split(":")[1]
    m12, g12 = flavio.physics.mesonmixing.observables.get_M12_G12(coefficients, parameters, meson)
    return [("M12.re", m12.real), ("M12.im", m12.imag), ("G12.re", g12.real), ("G12.im", g12.imag)]


def predict(observable, parameters, coefficients):
    """Return flavio's prediction of one observable (a name or a tuple name, arguments)."""
    described = flavio.Observable.argument_format(observable, "dict")
    name = described.pop("name")
    return flavio.Observable[name].prediction_par(parameters, coefficients, **described)
