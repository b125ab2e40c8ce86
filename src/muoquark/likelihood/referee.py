"""The referee: smelli itself, asked for one point at a time.

It needs the extra ``muoquark[exact]``.  Four things differ from calling smelli by hand:

- the experimental covariances are fixed (:mod:`muoquark.likelihood.expcov`), so that the same
  point gives the same number twice;
- importing smelli switches all of wilson to leading-log running; that switch is undone, and the
  accuracy is set on the one instance that is asked;
- with one-loop matching (chain ``full``), what wilson finds is expressed by the measured G_F before
  flavio sees it (:mod:`muoquark.running.fermi`);
- the block names are smelli's without ``fast_likelihood_``, ``likelihood_`` and ``.yaml``.
"""

from __future__ import annotations

import contextlib
import importlib
import pickle
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError, InputError, MissingExtraError, suggest
from muoquark.common.files import prepare_folder, write_atomic
from muoquark.likelihood.expcov import experimental_covariance
from muoquark.likelihood.predictions import Prediction
from muoquark.likelihood.snapshot_part import SnapshotPart
from muoquark.likelihood.snapshots import load_snapshot
from muoquark.smeft.wcxf import WilsonCoefficients

__all__ = [
    "CHAINS",
    "REFEREED",
    "BlockLogLikelihood",
    "block_name",
    "exact_loglike",
    "exact_predictions",
    "export_covariances",
    "global_likelihood",
    "wilson_instance",
]

# The snapshot that the installed referee can be compared with.
REFEREED = "2026-06"
# How the coefficients get from mu_M to the observables; `smelli` is what smelli does by itself.
CHAINS: dict[str, dict[str, Any]] = {
    "full": {"smeft_accuracy": "integrate", "smeft_matching_order": 1},
    "smelli": {"smeft_accuracy": "leadinglog", "smeft_matching_order": 0},
}


@dataclass(frozen=True)
class BlockLogLikelihood:
    """ln L - ln L_SM of every block of the global likelihood, as smelli computes it.

    Attributes
    ----------
    blocks
        By our names of the blocks.
    chain
        How coefficients came to the low scales.
    versions
        Of the packages that were asked.
    """

    blocks: dict[str, float]
    chain: str
    versions: dict[str, str]

    @property
    def total(self) -> float:
        """The sum of all blocks."""
        return float(sum(self.blocks.values()))

    def record(self, data: str) -> dict[str, Any]:
        """Return the numbers as plain data; `data` names what they are about."""
        return {
            "total": self.total,
            "blocks": self.blocks,
            "data": data,
            "chain": self.chain,
            "exact": True,
            "versions": self.versions,
        }


def block_name(smelli_name: str) -> str:
    """Return the block's name without smelli's file name around it.

    >>> block_name("fast_likelihood_quarks.yaml")
    'quarks'
    """
    name = smelli_name.removesuffix(".yaml")
    return name.removeprefix("fast_").removeprefix("likelihood_")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what flavio and smelli warn of while they load: nothing that a user can act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def _packages() -> dict[str, Any]:
    """Import smelli, flavio and wilson, leaving wilson's global options as they were."""
    try:
        with _quiet():
            wilson = importlib.import_module("wilson")
            before = dict(wilson.Wilson._default_options)
            modules = {name: importlib.import_module(name) for name in ("flavio", "smelli")}
            wilson.Wilson._default_options.clear()
            wilson.Wilson._default_options.update(before)
    except ImportError as error:
        raise MissingExtraError(f"the exact likelihood ({error})", "exact") from None
    return {"wilson": wilson, **modules}


def versions() -> dict[str, str]:
    """Return the versions of smelli, flavio and wilson."""
    from importlib.metadata import version

    return {name: version(name) for name in sorted(_packages())}


@cache
def global_likelihood() -> Any:
    """Return smelli's ``GlobalLikelihood`` with fixed experimental covariances.

    The object is shared; do not change it.
    """
    smelli = _packages()["smelli"]
    with _quiet():
        # One draw suffices to construct it, since the result is replaced at once.
        state = np.random.get_state()
        likelihood = smelli.GlobalLikelihood(Nexp=2)
        np.random.set_state(state)
        for fast in likelihood.fast_likelihoods.values():
            fast.exp_covariance._central_cov = experimental_covariance(fast)
            # make_measurement takes the covariance that is there unless it is forced.
            fast.make_measurement(Nexp=5000)
    return likelihood


def export_covariances(folder: str | Path) -> None:
    """Write the fixed covariances in smelli's own format (``exp_cov_folder``), to compare.

    The format is a pickle, because smelli reads nothing else; this package never reads it.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to; before smelli is asked, which takes 30 s.
    """
    folder = prepare_folder(folder)
    for name, fast in global_likelihood().fast_likelihoods.items():
        central, covariance = fast.exp_covariance.get(force=False)
        data = {
            "central": central,
            "covariance": covariance,
            "observables": fast.full_measurement_likelihood.observables,
        }
        write_atomic(folder / f"{name}.p", pickle.dumps(data))


@cache
def _measured_fermi() -> type[Any]:
    """Return a ``wilson.Wilson`` whose WET at the Z mass leaves muon decay as it was measured."""
    from wilson.match import smeft_tree
    from wilson.run.smeft.smpar import p as inputs
    from wilson.util import smeftutil, wet_jms

    wilson = _packages()["wilson"]
    muon = "VnueLL_1221"

    def sm(parameters: dict[str, float]) -> dict[str, complex]:
        """The four-fermion coefficients of the SM at tree level, in the JMS basis."""
        parameters = {**inputs, **parameters}
        zero = smeftutil.wcxf2arrays_symmetrized({})
        arrays = smeft_tree._match_all_array(zero, parameters)
        found = wet_jms.unscale_dict_wet(wet_jms.rotate_down(arrays, parameters))
        return dict(smeftutil.arrays2wcxf(found))

    class MeasuredFermi(wilson.Wilson):  # type: ignore[name-defined, misc]
        def match_run(self, scale: float, eft: str, basis: str, sectors: Any = "all") -> Any:
            at = self.get_option("smeft_matchingscale")
            cached = self._get_from_cache(sector="all", scale=at, eft="WET", basis="JMS")
            if self.wc.eft == "SMEFT" and eft != "SMEFT" and cached is None:
                warsaw = self.match_run(at, "SMEFT", "Warsaw")
                found = warsaw.match("WET", "JMS", parameters=self.matching_parameters)
                values, known = found.dict, wilson.wcxf.Basis["WET", "JMS"].all_wcs
                reference = sm(self.parameters)
                shift = complex(values.get(muon, 0)).real / reference[muon].real
                for name, value in reference.items():
                    if value != 0 and name in known:
                        values[name] = values.get(name, 0) - shift * value
                values = wilson.wcxf.WC.dict2values({k: v for k, v in values.items() if v != 0})
                mended = wilson.wcxf.WC("WET", "JMS", at, values)
                self._set_cache("all", at, "WET", "JMS", mended)
            return super().match_run(scale, eft, basis, sectors)

    return MeasuredFermi


def wilson_instance(coefficients: WilsonCoefficients, chain: str = "full") -> Any:
    """Return a ``wilson.Wilson`` of these coefficients with the options of the chain."""
    if chain not in CHAINS:
        raise InputError(f"unknown chain '{chain}': {suggest(chain, list(CHAINS))}")
    one_loop = CHAINS[chain]["smeft_matching_order"] == 1
    w = (_measured_fermi() if one_loop else _packages()["wilson"].Wilson)(
        dict(coefficients.values), coefficients.scale, coefficients.eft, coefficients.basis
    )
    for option, value in CHAINS[chain].items():
        w.set_option(option, value)
    return w


def _ask(coefficients: WilsonCoefficients, chain: str) -> Any:
    w = wilson_instance(coefficients, chain)
    try:
        with _quiet(), np.errstate(all="ignore"):
            point = global_likelihood().parameter_point(w)
            point.log_likelihood_dict()
    except (ValueError, AttributeError) as error:
        # wilson and smelli speak like this of points far outside the expansion; the
        # AttributeError is wilson's own message gone wrong (docs/upstream.md).
        if isinstance(error, AttributeError) and "NoConvergence" not in str(error):
            raise
        reason = error.__context__ if isinstance(error, AttributeError) else error
        raise DomainError(f"smelli cannot evaluate this point: {reason}") from error
    return point


def exact_loglike(coefficients: WilsonCoefficients, chain: str = "full") -> BlockLogLikelihood:
    """Return ln L - ln L_SM per block as smelli computes it (some 20 s).

    Blocks that smelli excludes outright (a one-sided pdf outside its support) are -inf there;
    they are returned as they are, since the referee does not correct.

    Raises
    ------
    MissingExtraError
        If smelli, flavio or wilson cannot be imported.
    DomainError
        If smelli cannot evaluate the point at all.

    Examples
    --------
    >>> import muoquark
    >>> point = muoquark.WilsonCoefficients(3000, {"lq1_2223": 5e-10, "lq3_2223": 5e-10})
    >>> muoquark.exact_loglike(point).blocks["quarks"] > 0
    True
    """
    result = _ask(coefficients, chain).log_likelihood_dict()
    blocks = {block_name(name): float(v) for name, v in result.items() if name != "global"}
    return BlockLogLikelihood(blocks, chain, versions())


def exact_predictions(
    coefficients: WilsonCoefficients, chain: str = "full"
) -> tuple[Prediction, ...]:
    """Return every observable as smelli and flavio compute it.

    The predictions are flavio's; what was measured is shown
    as everywhere else (:mod:`muoquark.likelihood.measured`), from the snapshot of the same data,
    and is nan for an observable that this one does not have.

    Examples
    --------
    >>> import muoquark
    >>> point = muoquark.WilsonCoefficients(3000, {"lq1_2223": 5e-10, "lq3_2223": 5e-10})
    >>> len(muoquark.exact_predictions(point)) > 500
    True
    """
    point = _ask(coefficients, chain)
    part = SnapshotPart(REFEREED, load_snapshot(REFEREED), None)
    columns = zip(part.data.observables, *part.shown, strict=True)
    pairs = {observable.flavio: (float(a), float(b)) for observable, a, b in columns}
    likelihood = global_likelihood()
    with _quiet(), np.errstate(all="ignore"):
        found = []
        for name, group in [*likelihood.fast_likelihoods.items(), *likelihood.likelihoods.items()]:
            source = getattr(group, "full_measurement_likelihood", None)
            source = source or group.measurement_likelihood
            wanted = source.observables
            sm = source.get_predictions_par(
                likelihood.par_dict_sm, _packages()["flavio"].WilsonCoefficients()
            )
            here = source.get_predictions_par(point.par_dict_np, point.w)
            for key in wanted:
                pair = pairs.get(key, (float("nan"), float("nan")))
                arguments = _packages()["flavio"].Observable.argument_format(key, "dict")
                observable = arguments.pop("name")
                values = (float(sm[key]), float(here[key]), *pair)
                found.append(Prediction(observable, arguments, *values, block_name(name)))
    return tuple(found)
