"""`muoquark explore`: its numbers, planes, cards, session, server and static file."""

from __future__ import annotations

import base64
import http.client
import importlib.util
import json
import re
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import yaml

import muoquark as package
from closeness import close
from muoquark.common.errors import InputError
from muoquark.explore.choices import GIVEN, SETS, Choices, card_of_set, restarted
from muoquark.explore.curves import curve
from muoquark.explore.exploration import Exploration
from muoquark.explore.planes import Stopped, hold, picture, viewed
from muoquark.explore.session import Session
from muoquark.explore.stock import Stock
from muoquark.explore.tables import tables
from muoquark.explore.widened import widened
from muoquark.inference.profile.grids import LEVELS

DATA = "2021-07"
HAS_EXTRA = importlib.util.find_spec("bokeh") is not None
extra = pytest.mark.skipif(not HAS_EXTRA, reason="needs muoquark[explore]")


def free(low, high, start):
    return {"free": [low, high], "start": start}


ZERO = [0, 0, 0]
# Far from the paper: taus, a boson, complex couplings, free masses, coefficients.
CARDS = {
    "S1 with taus": {
        "model": "generic",
        "masses": {"S1": 2000.0},
        "couplings": {
            "eta1L": [ZERO, [0, 0, 0.05], [0, free(-0.5, 0.5, 0.1), free(-1, 1, 0.5)]],
            "eta1R": [ZERO, [0, 0, free(-1, 1, -0.3)], ZERO],
        },
    },
    "Z'": {
        "model": {"charges": "k=0,0,1/3 L=0,-1,0 Phi=1"},
        "gauge": {
            "gX": free(0.05, 2, 0.6),
            "mX": 5000.0,
            "epsBX": 0.01,
            "rotations": {"q": {"t23": {**free(-0.4, 0.4, -0.05), "name": "theta_23"}}},
        },
    },
    "R2 + S3": {
        "model": "generic",
        "masses": {"R2": free(1000, 6000, 2500), "S3": free(1000, 6000, 3000)},
        "mu_M": 2700.0,
        "couplings": {
            "eta2L": [ZERO, [0, 0, free(-1, 1, 0.1)], [0, 0, 0.2]],
            "eta2R": [ZERO, ZERO, [0, 0, {"Re": 0.3, "Im": free(-1, 1, -0.4)}]],
            "eta3L": [0, {"Re": free(-0.1, 0.1, 0.01), "Im": free(-0.1, 0.1, 0.02)}, 0.3],
        },
    },
    "C9": {
        "eft": "WET",
        "basis": "flavio",
        "scale": 4.8,
        "coefficients": {"C9_bsmumu": free(-2, 1, -0.4), "C10_bsmumu": free(-1, 1, 0.1)},
    },
}
FAST = ("C9", "S1 with taus")
EXPLORERS: dict[str, Exploration] = {}


@pytest.fixture(scope="module", autouse=True)
def forget():
    """Give the memory back."""
    yield
    EXPLORERS.clear()


def explorer_of(name: str) -> Exploration:
    if name not in EXPLORERS:
        data = next((one.likelihood for one in EXPLORERS.values()), DATA)
        EXPLORERS[name] = Exploration(CARDS[name], data)
    return EXPLORERS[name]


def some(explorer, count, seed=1):
    """Random values of all parameters."""
    rng = np.random.default_rng(seed)
    return [
        {h.name: float(h.low + (h.high - h.low) * rng.uniform()) for h in explorer.handles}
        for _ in range(count)
    ]


every_card = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in FAST else [pytest.mark.slow]) for n in CARDS]
)


@every_card
def test_numbers_are_those_of_the_likelihood(name):
    """Of the compiled pass and of the whole one, at random points."""
    explorer = explorer_of(name)
    likelihood = package.Likelihood(DATA)
    card = package.read(CARDS[name])
    for values in some(explorer, 4):
        exact = likelihood(card.point(values))
        full, quick = explorer.full(values), explorer.at(values)
        assert full.total == pytest.approx(exact.total, rel=0, abs=1e-9 * (1 + abs(exact.total)))
        assert full.full and not quick.full
        # what cannot matter within the ranges is left out of the compiled pass
        assert quick.total == pytest.approx(exact.total, rel=1e-5, abs=2e-3)
        assert sum(quick.blocks.values()) == close(quick.total)
        for group, value in exact.groups.items():
            assert quick.groups[group] == pytest.approx(value, rel=1e-5, abs=2e-3)
        assert quick.delta_chi2 == close(2 * quick.total)


@every_card
def test_the_card_of_a_point_gives_the_same(name, tmp_path, muoquark):
    explorer = explorer_of(name)
    (values,) = some(explorer, 1, seed=5)
    path = tmp_path / "card.yaml"
    path.write_text(explorer.text(values), encoding="utf-8")
    assert not package.read(str(path)).free
    outcome = muoquark("loglike", path, "--data", DATA, "--json")
    assert outcome.code == 0, outcome.err
    total = json.loads(outcome.out)["total"]
    expected = explorer.full(values).total
    assert total == pytest.approx(expected, rel=0, abs=1e-8 * (1 + abs(expected)))


@every_card
def test_the_pulls_that_move_most(name):
    """The order and the numbers are those of `predict`, made there by other lines."""
    explorer = explorer_of(name)
    (values,) = some(explorer, 1, seed=3)
    card = package.read(CARDS[name])
    predicted = package.predict(card.point(values), explorer.likelihood)
    ranked = sorted(predicted, key=lambda one: -abs(one.pull - one.pull_sm))
    moved = explorer.full(values).moved
    assert len(moved) == 12
    for one, other in zip(moved, ranked, strict=False):
        known = predicted[one.name]
        assert one.pull == pytest.approx(known.pull, abs=1e-9 * (1 + abs(known.pull)))
        assert one.pull_sm == pytest.approx(known.pull_sm, abs=1e-9)
        assert one.measured == known.measured and one.block == known.block
        change = abs(other.pull - other.pull_sm)
        assert abs(one.pull - one.pull_sm) == pytest.approx(change, abs=1e-9 * (1 + change))


@pytest.mark.slow
def test_where_theory_errors_follow_the_point_a_moving_one_has_no_pulls():
    likelihood = package.Likelihood("2026-06", theory_errors="point")
    explorer = Exploration(CARDS["C9"], likelihood)
    explorer.compile()
    assert explorer.coarse < 40 and explorer.fine < 100  # a point costs more
    values = {"C9_bsmumu": -0.7, "C10_bsmumu": 0.1}
    quick, full = explorer.at(values), explorer.full(values)
    assert quick.total == pytest.approx(full.total, rel=1e-5, abs=1e-2)  # responses are cut as well
    assert quick.moved == ()
    card = package.read(CARDS["C9"])
    predicted = package.predict(card.point(values), likelihood)
    for one in full.moved:
        assert one.pull == pytest.approx(predicted[one.name].pull, abs=1e-9)


def test_values_are_judged():
    explorer = explorer_of("C9")
    assert explorer.clipped({"C9_bsmumu": 7.0}) == {"C9_bsmumu": 1.0, "C10_bsmumu": 0.1}
    for wrong in ({"C7": 1.0}, {"C9_bsmumu": float("nan")}, {"C9_bsmumu": "1"}):
        with pytest.raises(InputError):
            explorer.clipped(wrong)
    nothing = {**CARDS["C9"], "coefficients": {"C9_bsmumu": 0}}
    with pytest.raises(InputError, match="nothing to vary"):
        Exploration(nothing, explorer.likelihood)


@pytest.mark.parametrize("name", CARDS)
def test_a_widened_card_starts_where_the_card_is(name):
    card = package.read(CARDS[name])
    wide, said = widened(card)
    names = [p.name for p in wide.free]
    assert len(set(names)) == len(names)
    assert {p.name for p in card.free} <= set(names)
    if name == "C9":
        assert wide == card
        return
    assert any("matched at one scale" in text for text in said) == (card.mu_M is None)
    point, before = wide.point(), card.point()
    assert point.masses == before.masses and point.mX == before.mX
    assert all(np.array_equal(point.couplings[k], m) for k, m in before.couplings.items())
    # each of them is really moved
    for parameter in wide.free:
        moved = wide.point({parameter.name: parameter.low})
        assert (moved == point) == (parameter.low == parameter.start), parameter.name


def test_what_a_widened_card_adds():
    names = [p.name for p in widened(package.read(CARDS["R2 + S3"]))[0].free]
    assert {"eta2L_33", "eta2R_33.Re", "eta3L_3"} <= set(names)
    names = [p.name for p in widened(package.read(CARDS["Z'"]))[0].free]
    assert {"mX", "epsBX"} <= set(names)
    wide, _ = widened(package.read("plane"))
    assert [p.name for p in wide.free] == ["M_S1", "M_S3", "eta3L_3", "eta1L_3*eta1R_3"]


@pytest.mark.parametrize("name", ["S1 with taus", pytest.param("R2 + S3", marks=pytest.mark.slow)])
def test_the_leading_parameters_are_those_that_matter(name):
    explorer = explorer_of(name)
    start = explorer.start

    def change(h):
        ends = (start[h.name] + s * (h.high - h.low) for s in (-0.1, 0.1))
        before = explorer.at(start).total
        return max(abs(explorer.at({**start, h.name: x}).total - before) for x in ends)

    couplings = [h for h in explorer.handles if not h.mass]
    two = sorted(couplings, key=change)[-2:]
    assert set(explorer.leading) == {h.name for h in two}
    assert len(couplings) == len(explorer.handles) - (2 if name == "R2 + S3" else 0)


# --- planes


def test_contours_and_bands_lie_where_the_likelihood_says():
    explorer = explorer_of("C9")
    x, y = (h.name for h in explorer.handles)
    view = viewed(explorer, x, y, explorer.start)
    drawn = picture(explorer, x, y, explorer.start, view, 100)
    best = package.best_fit(explorer.function)
    assert drawn.minimum == pytest.approx(-2 * best.loglike, abs=5e-3)
    assert drawn.sm
    seen = 0
    for lines, level in zip(drawn.contours.values(), LEVELS[2], strict=True):
        for line in lines:
            chi2 = -2 * explorer.function.total(np.asarray(line))
            # a few hundredths of the level: one per cent of the size of a contour
            assert chi2 - drawn.minimum == pytest.approx(np.full(len(line), level), abs=0.2)
            seen += len(line)
    assert seen > 50
    polygons = drawn.bands["b->smumu"]
    points = np.concatenate([np.asarray(ring) for one in polygons for ring in one])
    inner = [
        all(low + 1e-9 < v < high - 1e-9 for v, (low, high) in zip(p, view, strict=True))
        for p in points
    ]
    own = -2 * explorer.function.part(points[inner], ["b->smumu"])
    lowest, _ = hold(explorer, x, y, explorer.start).lowest(
        "b->smumu", [hold(explorer, x, y, explorer.start).over(view, 100)]
    )
    assert sum(inner) > 20
    assert own - lowest == pytest.approx(np.full(sum(inner), 1.0), abs=0.06)


def test_a_coarse_plane_is_near_and_can_be_stopped():
    explorer = explorer_of("C9")
    x, y = (h.name for h in explorer.handles)
    view = viewed(explorer, x, y, explorer.start)
    drawn = picture(explorer, x, y, explorer.start, view, 40)
    line = np.asarray(drawn.contours["1 sigma"][0])
    chi2 = -2 * explorer.function.total(line)
    assert chi2 - drawn.minimum == pytest.approx(np.full(len(line), LEVELS[2][0]), abs=0.2)
    with pytest.raises(Stopped):
        picture(explorer, x, y, explorer.start, view, 100, lambda: True)


def test_nothing_is_drawn_beyond_the_ranges():
    explorer = explorer_of("C9")
    x, y = (h.name for h in explorer.handles)
    drawn = picture(explorer, x, y, explorer.start, ((-5.0, 0.0), (-0.5, 7.0)))
    assert drawn.view == ((-2.0, 0.0), (-0.5, 1.0))
    drawn = picture(explorer, x, y, explorer.start, ((3.0, 4.0), (-0.5, 0.5)))
    assert drawn.view == ((-2.0, 1.0), (-0.5, 0.5))


def test_other_parameters_are_held():
    explorer = explorer_of("S1 with taus")
    names = [h.name for h in explorer.handles]
    (values,) = some(explorer, 1, seed=2)
    held = hold(explorer, names[0], names[1], values)
    grid = held.over(held.ranges, 5)
    point = {**values, names[0]: float(grid.x[3]), names[1]: float(grid.y[1])}
    expected = -2 * explorer.at(point).total
    assert grid.chi2["global"][1, 3] == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_card_with_one_parameter_has_a_curve():
    card = {**CARDS["C9"], "coefficients": {"C9_bsmumu": free(-2, 1, -0.4)}}
    explorer = Exploration(card, explorer_of("C9").likelihood)
    found = curve(explorer)
    best = package.best_fit(explorer.function)
    assert found.best == pytest.approx(best.values["C9_bsmumu"], abs=2e-3)
    assert found.minimum == pytest.approx(-2 * best.loglike, abs=1e-3)
    k = 40
    expected = -2 * explorer.at({"C9_bsmumu": float(found.x[k])}).total - found.minimum
    assert found.chi2["global"][k] == pytest.approx(expected, abs=1e-6)


# --- what is offered


@pytest.mark.parametrize("names", SETS)
def test_every_set_of_leptoquarks_is_a_card(names):
    card = card_of_set(names)
    assert set(card.masses) == set(names.split("+"))
    assert len(card.free) >= 2
    assert card.is_muoquark()


def test_a_card_starts_again_elsewhere():
    card = package.read("plane")
    again = restarted(card, {"eta3L_3": 0.2, "eta1L_3*eta1R_3": 0.9})
    assert {p.name: p.start for p in again.free} == {"eta3L_3": 0.2, "eta1L_3*eta1R_3": 0.05}
    assert restarted(card, {}).point() == card.point()


def choices_of(name: str) -> Choices:
    likelihood = explorer_of(name).likelihood
    return Choices(package.read(CARDS[name]), name, lambda: likelihood, DATA, f"--data {DATA}")


def test_what_can_be_chosen_is_a_card():
    choices = choices_of("C9")
    keys = [one["key"] for one in choices.cards()]
    assert len(keys) > 15 and len(set(keys)) == len(keys)
    assert all(choices.card_of(key).to_yaml() for key in keys)
    for key in ("nothing", "set S9", "built-in ../x"):
        with pytest.raises(KeyError):
            choices.card_of(key)
    with pytest.raises(KeyError):
        choices.likelihood_of("/etc/passwd")


# --- a session, without a browser


class Ear:
    """Hears what a session says, from any thread."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict]] = []
        self.new = threading.Condition()

    def __call__(self, kind: str, found: dict) -> None:
        json.dumps(found)  # everything is plain data
        with self.new:
            self.heard.append((kind, found))
            self.new.notify_all()

    def wait(self, kind: str, seq: int) -> dict:
        """The answer to a wish, or the fault that came in its place."""
        with self.new:

            def there():
                return [f for k, f in self.heard if k in (kind, "fault") and f.get("seq") == seq]

            assert self.new.wait_for(there, timeout=180), (kind, self.heard[-3:])
            return there()[0]


@contextmanager
def session_of(name: str):
    stock, ear = Stock(choices_of(name)), Ear()
    session = Session(stock, ear)
    try:
        yield session, ear
    finally:
        session.close()


@extra
def test_a_session_answers():
    with session_of("C9") as (session, ear):
        session.hear({"do": "switch", "card": GIVEN, "data": GIVEN, "wide": False, "seq": 1})
        page = ear.wait("page", 1)
        assert [h["name"] for h in page["handles"]] == ["C9_bsmumu", "C10_bsmumu"]
        assert "<math" in page["handles"][0]["label"]
        values = {"C9_bsmumu": -0.8, "C10_bsmumu": 0.0}
        wish = {"do": "move", "values": values, "x": "C9_bsmumu", "y": "C10_bsmumu"}
        session.hear({**wish, "plane": True, "seq": 2})
        numbers, plane = ear.wait("numbers", 2), ear.wait("plane", 2)
        assert numbers["total"] == close(explorer_of("C9").at(values).total)
        assert plane["points"] == session.explorer.coarse and not plane["fine"]
        session.hear({**wish, "plane": True, "fine": True, "rest": True, "seq": 3})
        assert ear.wait("numbers", 3)["full"]
        assert ear.wait("plane", 3)["points"] == session.explorer.fine
        session.hear({"do": "card", "values": values, "seq": 4})
        card = ear.wait("card", 4)
        assert package.read(yaml.safe_load(card["text"])).coefficients["C9_bsmumu"] == -0.8
        assert card["command"] == f"muoquark loglike card.yaml --data {DATA}"
        session.hear({"do": "best", "values": values, "seq": 5})
        assert ear.wait("best", 5)["delta"] > 2 * numbers["total"] - 1e-6
        session.hear({"do": "view", "values": values, "x": "C9_bsmumu", "y": "C10_bsmumu",
                      "seq": 6})  # fmt: skip
        assert np.shape(ear.wait("view", 6)["view"]) == (2, 2)
        for verb in ("theory", "lhc"):
            session.hear({"do": verb, "values": values, "seq": 7})
            assert "need a model" in ear.wait("fault", 7)["text"]
            ear.heard = [one for one in ear.heard if one[0] != "fault"]


@extra
@pytest.mark.parametrize(
    "wish",
    [
        {"do": "move", "values": {"C7": 1.0}},
        {"do": "move", "values": {"C9_bsmumu": "x"}},
        {"do": "move", "values": [1, 2]},
        {"do": "switch", "card": "/etc/passwd", "data": GIVEN},
        {"do": "switch", "card": GIVEN, "data": "/etc/passwd"},
        {"do": "switch"},
        {"do": "view", "x": "C9_bsmumu", "y": "no", "values": {}},
    ],
)
def test_a_wish_that_is_none_is_refused_and_the_session_goes_on(wish):
    with session_of("C9") as (session, ear):
        session.hear({"do": "switch", "card": GIVEN, "data": GIVEN, "wide": False, "seq": 1})
        ear.wait("page", 1)
        session.hear({"do": "unheard of"})
        session.hear({**wish, "seq": 2})
        assert ear.wait("fault", 2)["text"]
        session.hear({"do": "move", "values": {}, "seq": 3})
        assert "total" in ear.wait("numbers", 3)


@extra
def test_two_sessions_do_not_know_of_each_other():
    stock, ears = Stock(choices_of("C9")), (Ear(), Ear())
    sessions = [Session(stock, ear) for ear in ears]
    for session, ear in zip(sessions, ears, strict=True):
        session.hear({"do": "switch", "card": GIVEN, "data": GIVEN, "wide": False, "seq": 1})
        ear.wait("page", 1)
    assert sessions[0].explorer is sessions[1].explorer  # compiled once
    for k, (session, ear) in enumerate(zip(sessions, ears, strict=True)):
        session.hear({"do": "move", "values": {"C9_bsmumu": -0.5 - k}, "seq": 9})
        values = {"C9_bsmumu": -0.5 - k, "C10_bsmumu": 0.1}
        assert ear.wait("numbers", 9)["total"] == close(explorer_of("C9").at(values).total)
        session.close()


@extra
@pytest.mark.slow
def test_theory_and_the_lhc_of_a_point():
    from muoquark.explore.verdicts import lhc_of, theory_of

    explorer = explorer_of("S1 with taus")
    found = theory_of(explorer, explorer.start)
    assert [row["loops"] for row in found["rows"]] == [1, 2]
    assert found["picture"].startswith("data:image/png;base64,")
    found = lhc_of(explorer, explorer.start)
    assert any("S1" in text for text in found["verdict"])


# --- the server


@contextmanager
def served(name: str):
    """A server of a card in a thread of its own; its port."""
    import asyncio

    from muoquark.explore.server import make_server

    ready, made = threading.Event(), {}
    stock = Stock(choices_of(name))

    def run():
        asyncio.set_event_loop(asyncio.new_event_loop())
        server = made["server"] = make_server(stock)
        server.start()
        ready.set()
        server.io_loop.start()
        server.stop()
        server.io_loop.close(all_fds=True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield made["server"].port
    finally:
        made["server"].io_loop.add_callback(made["server"].io_loop.stop)
        thread.join(60)


def asked(port: int, path: str, host: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


@extra
@pytest.mark.filterwarnings("ignore")  # of libraries, when a loop that others made is closed
def test_the_server_serves_its_page_and_nothing_else(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("mine alone")
    with served("C9") as port:
        code, page = asked(port, "/")
        assert code == 200 and "muoquark" in page
        # everything is loaded from this server
        for tag in re.findall(r"<(?:script|link|img)[^>]*>", page):
            assert not re.search(r"(?:src|href)=\"(?:https?:)?//", tag), tag
        assert asked(port, "/", f"localhost:{port}")[0] == 200
        for host in ("example.org", f"example.org:{port}", "127.0.0.1:1", ""):
            assert asked(port, "/", host or "x")[0] == 403
        for path in (
            f"/static/../../../../../../../..{secret}",
            f"/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e{secret}",
            f"/{secret}",
            f"/static/{secret}",
            "/pyproject.toml",
            "/static/js/../../../../../../../../../../../etc/passwd",
        ):
            code, text = asked(port, path)
            assert code in (403, 404) and "mine alone" not in text and "root:" not in text


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.1", False), ("example.org", False),
     ("", False), ("127.0.0.1.example.org", False)],
)  # fmt: skip
@extra
def test_what_is_loopback(host, loopback):
    from muoquark.explore.server import is_loopback

    assert is_loopback(host) is loopback


@extra
def test_an_address_that_is_not_ours_is_one_message():
    from muoquark.explore.server import make_server

    with pytest.raises(InputError, match="cannot serve at 192"):
        make_server(Stock(choices_of("C9")), "192.0.2.1")


# --- the command line


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "c9.yaml"
    path.write_text(package.read(CARDS["C9"]).to_yaml())
    return path


def test_without_the_extra_one_message(muoquark, monkeypatch, card):
    monkeypatch.setattr("muoquark.cli.explore.find_spec", lambda name: None)
    outcome = muoquark("explore", card)
    assert outcome.code == 2
    assert outcome.err.splitlines()[-1].endswith("pip install 'muoquark[explore]'")


@extra
def test_wrong_calls_are_one_message(muoquark, card, tmp_path):
    there = tmp_path / "there.html"
    there.write_text("x")
    for arguments, message in (
        (("--static", there), "exists already"),
        (("--plane", "C9_bsmumu", "C10_bsmumu"), "--plane is that of --static"),
        (("--static", tmp_path / "a.html", "--plane", "C9_bsmumu", "C7"), "no parameter 'C7'"),
        (("--static", tmp_path / "a.html", "--plane", "C9_bsmumu", "C9_bsmumu"), "two different"),
        (("--host", "192.0.2.1", "--no-browser"), "cannot serve at 192.0.2.1"),
    ):
        outcome = muoquark("explore", card, "--data", DATA, *arguments)
        assert outcome.code == 2 and message in outcome.err, outcome.err
        assert "Traceback" not in outcome.err
    assert there.read_text() == "x"


@extra
def test_another_address_is_warned_of(muoquark, card, monkeypatch):
    asked_for = []

    class Stub:
        port = 1

        def __getattr__(self, name):
            return self

        def __call__(self, *args, **kwargs):
            return self

    def stub(stock, host, port):
        asked_for.append(host)
        return Stub()

    monkeypatch.setattr("muoquark.explore.server.make_server", stub)
    for host, warned in (("0.0.0.0", True), ("127.0.0.1", False)):
        outcome = muoquark("explore", card, "--data", DATA, "--host", host, "--no-browser")
        assert outcome.code == 0, outcome.err
        assert ("whoever reaches this address" in outcome.err) == warned
        assert f"http://{host}:1/" in outcome.out
    outcome = muoquark("explore", card, "--data", DATA, "--no-browser", "--json")
    assert json.loads(outcome.out) == {"address": "http://127.0.0.1:1/"}
    assert asked_for == ["0.0.0.0", "127.0.0.1", "127.0.0.1"]


# --- the static file


def arrays_of(page: str) -> dict:
    """What the file holds."""
    text = re.search(r'<script type="application/json" id="tables">(.*?)</script>', page, re.S)
    assert text
    return json.loads(text[1])


def decoded(found: dict, name: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(found["tables"][name]), kind)


@extra
def test_the_static_file_is_exact_at_its_nodes_and_asks_nobody(muoquark, card, tmp_path):
    path = tmp_path / "page.html"
    outcome = muoquark("explore", card, "--data", DATA, "--static", path, "--json")
    assert outcome.code == 0, outcome.err
    record = json.loads(outcome.out)
    page = path.read_text(encoding="utf-8")
    assert record["bytes"] == path.stat().st_size < 5e6
    for tag in re.findall(r"<(?:script|link|img|iframe)[^>]*>", page):
        assert not re.search(r"(?:src|href)=(?!\"(?:data:|\$))", tag), tag
    assert "default-src 'none'" in page
    found = arrays_of(page)
    explorer = explorer_of("C9")
    total = decoded(found, "total", "<f8").reshape(found["shape"])
    parts = decoded(found, "values", "<f4").reshape(*found["shape"], -1)
    nodes = {h["name"]: h["nodes"] for h in found["page"]["handles"]}
    rng = np.random.default_rng(4)
    for _ in range(6):
        row, column = int(rng.integers(total.shape[1])), int(rng.integers(total.shape[2]))
        values = {found["x"]: nodes[found["x"]][column], found["y"]: nodes[found["y"]][row]}
        exact = explorer.full(values)
        assert total[0, row, column] == pytest.approx(exact.total, rel=1e-6, abs=2e-3)
        assert total[0, row, column] == pytest.approx(explorer.at(values).total, abs=1e-8)
        for name, value in zip(found["tables"]["parts"], parts[0, row, column], strict=True):
            own = {**exact.blocks, **exact.groups}[name]
            assert value == pytest.approx(own, rel=1e-5, abs=2e-3)
    # how well lines are interpolated is said where it is read
    error = record["interpolated_delta_chi2_error"]
    assert error["points"] > 100 and error["largest"] < 0.5
    assert f"{error['median']:.2g} in the median" in page
    # the start of the card is a node
    assert all(h["start"] in h["nodes"] for h in found["page"]["handles"])


@extra
@pytest.mark.slow
@pytest.mark.parametrize("name", ["S1 with taus", "R2 + S3"])
def test_tables_with_other_parameters(name):
    """All combinations of nodes of one or two others; of more, one at a time."""
    explorer = explorer_of(name)
    found = tables(explorer)
    assert found.tensor == (len(explorer.handles) <= 4)
    assert found.nodes <= 60_000
    rng = np.random.default_rng(6)
    for _ in range(6):
        s, r, c = (int(rng.integers(n)) for n in found.total.shape)
        values = dict(zip(found.others, map(float, found.settings[s]), strict=True))
        values |= {found.x: float(found.axes[found.x][c]), found.y: float(found.axes[found.y][r])}
        exact = explorer.full(values).total
        assert found.total[s, r, c] == pytest.approx(exact, rel=1e-5, abs=2e-3)
    if not found.tensor:
        start = [explorer.start[n] for n in found.others]
        assert all(sum(a != b for a, b in zip(row, start, strict=True)) <= 1
                   for row in found.settings)  # fmt: skip
