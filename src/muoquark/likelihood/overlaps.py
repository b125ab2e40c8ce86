"""Which measurements count the same events and must not be in one likelihood.

Blocks of one part are disjoint by themselves; what is refused here are two parts, or a measurement
of the user's, that rest on the events of one of the Drell-Yan searches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muoquark.common.errors import InputError
from muoquark.likelihood.part import Part

__all__ = ["SAME_EVENTS", "check_overlaps"]

_CMS = "the CMS dileptons of 2016 to 2018"
_ATLAS = "the ATLAS leptons with missing momentum of 2015 to 2018"
_TAUS = "the ATLAS tau pairs of 2015 to 2018"
#: Events, by texkey or arXiv number of what rests on them.
SAME_EVENTS: Mapping[str, str] = {
    "CMS:2021ctt": _CMS,
    "2103.02708": _CMS,
    "2503.20023": _CMS,  # leptoquarks in the t channel
    "2506.13565": _CMS,  # dileptons with b quarks
    "ATLAS:2019lsy": _ATLAS,
    "1906.05609": _ATLAS,
    "ATLAS:2019erb": "the ATLAS dileptons of 2015 to 2018",
    "1903.06248": "the ATLAS dileptons of 2015 to 2018",
    "CMS:2022yjm": "the CMS leptons with missing momentum of 2016 to 2018",
    "2202.06075": "the CMS leptons with missing momentum of 2016 to 2018",
    "ATLAS:2020zms": _TAUS,
    "2002.12223": _TAUS,
    "2305.15962": _TAUS,  # ATLAS:2023vxj, b tau of leptoquarks, partly without resonance
    "ATLAS:2023vxj": _TAUS,
    "ATLAS:2021bjk": "the ATLAS tau with missing momentum of 2015 to 2018",
    "ATLAS-CONF-2021-025": "the ATLAS tau with missing momentum of 2015 to 2018",
    "CMS:2022fsw": "the CMS lepton-flavour violating pairs of 2016 to 2018",
    "2205.06709": "the CMS lepton-flavour violating pairs of 2016 to 2018",
}


def events_of(info: Mapping[str, str], name: str) -> str | None:
    """Return the events that a measurement rests on, if they are among those above."""
    text = " ".join([name, *(str(info.get(key, "")) for key in ("inspire", "url"))])
    return next((events for key, events in SAME_EVENTS.items() if key in text), None)


def check_overlaps(parts: Sequence[Part]) -> None:
    """Check that no events count twice.

    Raises
    ------
    InputError
        If two parts, or two measurements of one observable, rest on the same events.
    """
    owner: dict[str, tuple[str, str]] = {}
    for part in parts:
        own: dict[str, str] = {}
        seen: dict[tuple[str, int], str] = {}
        for constraint in part.data.constraints:
            name = constraint.measurement
            events = events_of(part.data.info.get(name, {}), name)
            if events is None:
                continue
            own.setdefault(events, name)
            for k in constraint.observables:
                other = seen.setdefault((events, k), name)
                if other != name:
                    raise InputError(
                        f"{part.data.observables[k]}: '{name}' and '{other}' count the same "
                        f"events, {events}: let one supersede the other"
                    )
        for events, name in own.items():
            if events in owner:
                first, measurement = owner[events]
                raise InputError(
                    f"'{measurement}' of {first} and '{name}' of {part.name} count the same "
                    f"events, {events}: name one of the two parts"
                )
        owner |= {events: (part.name, name) for events, name in own.items()}
