"""Write down smelli's measurements: pdfs, moments, theory covariances, CKM scheme.

Usage: ``python measure.py out.npz``.  The file holds JSON text under ``description`` and the
arrays that it names.  Nothing is sampled: a pdf is kept as its parameters (or its table), and the
mean and variance that smelli estimates from random draws are computed exactly.
"""

import json
import sys
import warnings
from math import pi, sqrt

import flavio
import numpy as np
import stack


def moments(pdf):
    """Return mean and variance of what ``pdf.get_random`` draws."""
    kind = type(pdf).__name__
    if kind == "NormalDistribution":
        return pdf.central_value, pdf.standard_deviation**2
    if kind == "AsymmetricNormalDistribution":
        left, right = pdf.left_deviation, pdf.right_deviation
        share = right / (left + right)
        shift = sqrt(2 / pi) * (share * right - (1 - share) * left)
        square = share * right**2 + (1 - share) * left**2
        return pdf.central_value + shift, square - shift**2
    if kind in ("HalfNormalDistribution", "GaussianUpperLimit"):
        width = pdf.standard_deviation
        return pdf.central_value + sqrt(2 / pi) * width, width**2 * (1 - 2 / pi)
    if hasattr(pdf, "ppf_interp"):
        # flavio draws from a step function: the density of an interval is its left end's
        x, y = np.asarray(pdf.x, dtype=float), np.asarray(pdf.y_norm, dtype=float)
        weight = y[:-1] * np.diff(x)
        weight = weight / weight.sum()
        mean = np.sum(weight * (x[:-1] + x[1:]) / 2)
        square = np.sum(weight * (x[:-1] ** 2 + x[:-1] * x[1:] + x[1:] ** 2) / 3)
        return mean, square - mean**2
    raise NotImplementedError("moments of " + kind)


def describe(pdf, keep):
    """Return ``(kind, {name: array})`` for a pdf, restricted to the positions `keep`."""
    kind = type(pdf).__name__
    if kind == "NormalDistribution":
        return "normal", {"mean": [pdf.central_value], "covariance": [[pdf.standard_deviation**2]]}
    if kind == "MultivariateNormalDistribution":
        return "normal", {
            "mean": np.asarray(pdf.central_value)[keep],
            "covariance": np.asarray(pdf.covariance)[np.ix_(keep, keep)],
        }
    if kind == "AsymmetricNormalDistribution":
        return "asymmetric", {
            "centre": pdf.central_value,
            "left": pdf.left_deviation,
            "right": pdf.right_deviation,
        }
    if kind in ("HalfNormalDistribution", "GaussianUpperLimit"):
        return "half_normal", {"centre": pdf.central_value, "width": pdf.standard_deviation}
    if hasattr(pdf, "pdf_interp"):
        return "table", {
            "x": np.asarray(pdf.x),
            "pdf": np.asarray(pdf.y_norm),
            "centre": pdf.central_value,
        }
    if hasattr(pdf, "scipy_dist"):
        return "gamma", {
            "a": pdf.a,
            "loc": pdf.loc,
            "scale": pdf.scale,
            "centre": pdf.central_value,
        }
    raise NotImplementedError("description of " + kind)


def constraints(block, part, fast):
    """Yield the constraints of one block as smelli counts them."""
    likelihood = part.full_measurement_likelihood if fast else part.measurement_likelihood
    # equal tuples may differ in text (0 and 0.0): keep the likelihood's own
    wanted = {obs: obs for obs in likelihood.observables}
    for name in sorted(likelihood.get_measurements):
        measurement = flavio.Measurement[name]
        for pdf, measured in measurement._constraints:
            # An observable that stands twice in one measurement counts once, the last entry.
            keep = [
                i
                for i, obs in enumerate(measured)
                if obs in wanted and measurement._parameters.get(obs) == (i, pdf)
            ]
            if not keep:
                continue
            kind, arrays = describe(pdf, keep)
            if kind != "normal":
                arrays["moments"] = moments(pdf) if fast else (np.nan, np.nan)
            yield {
                "block": block,
                "measurement": name,
                "fast": fast,
                "kind": kind,
                "class": type(pdf).__name__,
                "dropped": len(measured) - len(keep),
                "observables": [wanted[measured[i]] for i in keep],
                "arrays": {k: np.asarray(v, dtype=float) for k, v in arrays.items()},
            }


def central_and_error(observable, names):
    """Return smelli's combination of the measurements of one observable, for display."""
    described = flavio.Observable.argument_format(observable, "dict")
    name = described.pop("name")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pdf = flavio.combine_measurements(name, include_measurements=names, **described)
    return float(pdf.central_value), float(max(pdf.error_left, pdf.error_right))


def main(path):
    """Write everything to one npz file."""
    warnings.simplefilter("ignore")
    likelihood = stack.open_likelihood()
    arrays, listed = {}, []
    for parts, fast in ((likelihood.fast_likelihoods, True), (likelihood.likelihoods, False)):
        for file_name, part in parts.items():
            for entry in constraints(stack.block_name(file_name), part, fast):
                number = len(listed)
                for key, value in entry["arrays"].items():
                    arrays["constraint%d_%s" % (number, key)] = value
                entry["arrays"] = sorted(entry["arrays"])
                listed.append(entry)
    blocks = {}
    sm = flavio.WilsonCoefficients()
    parameters = likelihood.par_dict_sm
    observables, predictions, centres, errors = [], [], [], []
    for parts, fast in ((likelihood.fast_likelihoods, True), (likelihood.likelihoods, False)):
        for file_name, part in parts.items():
            block = stack.block_name(file_name)
            inner = part.full_measurement_likelihood if fast else part.measurement_likelihood
            names = inner.get_measurements
            for observable in part.observables:
                observables.append(observable)
                predictions.append(stack.predict(observable, parameters, sm))
                centre, error = central_and_error(observable, names)
                centres.append(centre)
                errors.append(error)
            blocks[block] = {
                "observables": list(part.observables),
                "fast": fast,
                "measurements": sorted(names),
            }
            if fast:
                arrays["theory_" + block] = np.atleast_2d(part.sm_covariance.get(force=False))
    scheme = likelihood._ckm_scheme
    measured = scheme.exp_measurements()
    used = sorted({e["measurement"] for e in listed})
    description = {
        "versions": stack.versions(),
        "blocks": blocks,
        "constraints": listed,
        "observables": observables,
        "arguments": {
            name: list(flavio.Observable[name].arguments or ())
            for name in sorted({o if isinstance(o, str) else o[0] for o in observables})
        },
        "measurements": {
            name: {
                key: getattr(flavio.Measurement[name], key, "") or ""
                for key in ("inspire", "experiment", "url", "hepdata")
            }
            for name in used
        },
        "ckm": {
            "names": list(stack.CKM_NAMES),
            "start": [scheme.ckm_initial[n] for n in stack.CKM_NAMES],
            "sm": [parameters[n] for n in stack.CKM_NAMES],
            "inputs": list(scheme.observables),
            "measured": [float(measured[o].central_value) for o in scheme.observables],
            "errors": [
                float(max(measured[o].error_left, measured[o].error_right))
                for o in scheme.observables
            ],
            "iterations": 10,
        },
    }
    arrays["sm_predictions"] = np.array(predictions, dtype=float)
    arrays["measured"] = np.array(centres)
    arrays["measured_error"] = np.array(errors)
    np.savez_compressed(path, description=json.dumps(description), **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
