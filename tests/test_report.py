"""The page of a result: what it says is what the file and the verbs say, whatever the result."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from browser import browser, needs_browser, overflow, prefer, requested, resize
from closeness import close
from muoquark.report.digits import decimals_of, interval_text, value_text
from muoquark.report.disagreement import FAR, UNLIKELY
from muoquark.report.html import formula, linked, symbols
from small_results import make_results

VOID = {"meta", "link", "img", "input", "source", "br"}


class Page(HTMLParser):
    """A page as a tree of tables and what else the tests ask for; checks that tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.words = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)
        if tag != "a":  # a link is a part of its sentence
            self.words.append(" ")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of verbs; a page of each stands beside it."""
    from muoquark.cli.main import main

    folder = tmp_path_factory.mktemp("results")
    make_results(folder, "plane", "line")
    main(["report", str(folder / "plane/fit.json"), "-q"])
    return folder


@pytest.fixture(scope="module")
def others(results):
    """The same folder with pages of what other verbs wrote."""
    from muoquark.cli.main import main

    make_results(results, "goodness", "sample", "scan", "profile")
    for name in ("goodness/goodness.json", "profile/profile.json", "sample/sample.nc"):
        main(["report", str(results / name), "-q"])
    main(["report", str(results / "scan.nc"), "--out", str(results / "scan.html"), "-q"])
    return results


OTHERS = ("goodness/report.html", "profile/report.html", "sample/report.html", "scan.html")


def test_the_page_of_a_fit(results):
    whole(results / "plane/report.html")


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_pages_of_others(others, name):
    whole(others / name)


def whole(path):
    """Check that a page is whole, needs nothing else, and says in words what it shows."""
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    sections = ("tension", "parameters", "figures", "groups", "goodness", "observables", "theory",
                "lhc", "card", "provenance", "references")  # fmt: skip
    assert set(sections) <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    # what a browser loads by itself is in the page; links are for readers
    loaded = [a[k] for _, a in page.tags for k in ("src", "srcset") if k in a]
    loaded += [a["href"] for a in page.of("link")]
    assert loaded and all(one.startswith("data:") for one in loaded)
    assert "url(" not in text.split("</style>")[0] and "@import" not in text
    links = [a["href"] for a in page.of("a")]
    assert all(one[1:] in page.ids for one in links if one.startswith("#"))
    assert all(re.match(r"#|https?://", one) for one in links)
    assert any(one.startswith("https://arxiv.org/abs/") for one in links)
    assert any(one.startswith("https://inspirehep.net/") for one in links)
    # accessible: figures in words, heads of tables, a language, one heading of the first kind
    assert all(len(a["alt"]) > 40 for a in page.of("img"))
    assert {a.get("scope") for a in page.of("th")} == {"col", "row"}
    assert page.of("html") == [{"lang": "en"}] and len(page.of("h1")) == 1
    assert "nan" not in page.text.lower().split()


def rows_of(text, section):
    """Cells of the rows of the first table in a section, as text."""
    part = text.split(f'<section id="{section}"')[1].split("</table>")[0]
    rows = re.findall(r"<tr.*?</tr>", part, re.S)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.S) for row in rows]
    return [[Page(cell).text.replace("−", "-") for cell in row] for row in cells]


def test_numbers_of_a_fit_are_those_of_its_file(results):
    document = json.loads((results / "plane/fit.json").read_text())
    text = (results / "plane/report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert f"{document['delta_chi2']:.1f} Δχ² to the SM, best fit" in page.text
    # parameters: value and interval round to what stands there
    table = rows_of(text, "parameters")
    assert table[0] == ["parameter", "best fit", "1σ (Δχ² < 1)", "2σ (Δχ² < 4)"]
    for row, (name, best) in zip(table[1:], document["best_fit"].items(), strict=True):
        assert name in row[0]
        assert float(row[1].split()[0]) == pytest.approx(best, abs=0.006)
        for cell, k in zip(row[2:], (1, 2), strict=True):
            ((low, high),) = document["profiles"][name][f"interval_{k}sigma"]
            found = [float(x) for x in re.findall(r"-?[\d.]+", cell)]
            assert found == pytest.approx([low, high], abs=0.006)
    # groups: shares as in the file
    groups = {row[0].split()[-1]: row for row in rows_of(text, "groups")[1:]}
    for name, one in document["conditional"]["groups"].items():
        row = groups[name.split()[-1]]
        for cell, key in zip(row[1:4], ("alone", "with_correlations", "without"), strict=True):
            assert float(cell) == pytest.approx(one[key], abs=0.06), (name, key)
    tense = {n for n, x in document["tension"].items() if x > 4}
    for name in document["tension"]:
        assert (f"{name}: χ² at the best fit" in page.text) == (name in tense)
    # blocks add up to the whole
    blocks = rows_of(text, "goodness")[1:]
    assert blocks[-1][0] == "total"
    total = sum(float(row[1]) for row in blocks[:-1])
    assert total == pytest.approx(document["delta_chi2"], abs=0.05 * len(blocks))
    for row in blocks[:-1]:
        name = row[0].split()[0]
        assert float(row[1]) == pytest.approx(2 * document["blocks"][name], abs=0.06)


def test_what_is_computed_is_what_the_verbs_compute(results, muoquark):
    """Goodness of the fit, its pulls and sources, and BibTeX."""
    text = (results / "plane/report.html").read_text(encoding="utf-8")
    fit = str(results / "plane/fit.json")
    judged = json.loads(muoquark("goodness", fit, "--json").out)
    blocks = {row[0].split()[0]: row for row in rows_of(text, "goodness")[1:]}
    assert set(blocks) == set(judged["goodness"]["point"])
    for name, one in judged["goodness"]["point"].items():
        chi2, dof = blocks[name][4].split(" / ")
        assert float(chi2) == pytest.approx(one["chi2"] - one["chi2_limits"], abs=0.06)
        assert int(dof) == one["dof"], name
        if one["p_value"] is not None:
            assert float(blocks[name][5]) == close(one["p_value"], rel=0.06)
    pulls = {one["label"]: one for one in judged["pulls"]}
    predicted = {one["observable"] + json.dumps(one["args"]): one
                 for one in json.loads(muoquark("predict", fit, "--json").out)}  # fmt: skip
    rows = rows_of(text, "observables")[1:]
    assert len(rows) == len(pulls) > 300
    orders = re.findall(r'<th scope="row" data-order="(.*?)">', text)
    for row, order in zip(rows, orders, strict=True):
        one = pulls[unescape(order).rpartition(" / ")[0] or unescape(order)]
        assert row[1] == one["block"]
        assert float(row[5]) == pytest.approx(one["pull_sm"], abs=0.006)
        assert float(row[6]) == pytest.approx(one["pull"], abs=0.011)
        sources = predicted[one["observable"] + json.dumps(one["args"])]["sources"]
        assert sources and all(key in row[8] for key in sources)
    sizes = [abs(float(row[6])) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    bibtex = muoquark("cite", fit).out.strip()
    page = Page(text)
    assert " ".join(bibtex.split()) in page.text


def test_disagreement_is_what_it_says(results):
    """Every block that is named is unlikely, every pull far, and no other is."""
    text = (results / "plane/report.html").read_text(encoding="utf-8")
    said = Page("<section " + text.split('id="tension"')[1].split("</nav>")[0] + "</nav>").text
    for row in rows_of(text, "goodness")[1:]:
        p = 1.0 if row[5] == "–" else float(row[5])
        what = "all data" if row[0] == "total" else f"block {row[0].split()[0]}"
        assert (f"{what}: χ² = " in said) == (p < UNLIKELY), row
    far = [row for row in rows_of(text, "observables")[1:] if abs(float(row[6])) >= FAR]
    assert f"{len(far)} of " in said and len(far) > 0
    assert "expected by chance" in said


@pytest.mark.slow
def test_what_others_say(others):
    sample = Page((others / "sample/report.html").read_text(encoding="utf-8"))
    assert "68.27 %" in sample.text and "flat on" in sample.text and "R-hat" in sample.text
    assert "was not computed for this result" in sample.text
    goodness = Page((others / "goodness/report.html").read_text(encoding="utf-8"))
    assert "The fit without some of the data" in goodness.text
    scan = Page((others / "scan.html").read_text(encoding="utf-8"))
    assert "best point of the scan" in scan.text


def test_a_model_has_its_theory_and_the_lhc(muoquark, tmp_path):
    card = tmp_path / "s1.yaml"
    card.write_text(
        "model: generic\nmasses: {S1: 2000.0}\nmu_M: 2000.0\ncouplings:\n"
        "  eta1L: [[0, 0, 0], [0, 0, 0], [0, 0, {free: [0.0, 1.0], name: x, label: '\\kappa'}]]\n"
        "  eta1R: [[0, 0, 0], [0, 0, -0.3], [0, 0, 0]]\n"
    )
    call = muoquark("fit", card, "--data", "2021-07", "--out", tmp_path / "fit")
    assert call.code == 0, call.err
    call = muoquark("report", tmp_path / "fit/fit.json", "--title", "<mine>")
    assert call.code == 0, call.err
    assert call.err.strip().endswith("report.html") and call.out == ""
    text = (tmp_path / "fit/report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "<h1>&lt;mine&gt;</h1>" in text
    assert "Landau pole none none" in page.text
    lhc = json.loads(muoquark("lhc", tmp_path / "fit/fit.json", "--json").out)
    assert lhc["verdict"] and all(one in page.text for one in lhc["verdict"])
    theory = muoquark("theory", tmp_path / "fit/fit.json").out
    for line in theory.splitlines():
        if line.startswith(("finite naturalness", "delta m_h^2", "tree-level")):
            assert line in page.text
    assert "muoquark fit card.yaml" in page.text and "Poole:2019kcm" in page.text
    assert "<mi>&#x003BA;</mi>" in text  # the label of the card
    # what is left out is named
    muoquark("report", tmp_path / "fit/fit.json", "--skip", "theory", "--skip", "lhc", "--force")
    page = Page((tmp_path / "fit/report.html").read_text(encoding="utf-8"))
    assert "Left out with --skip lhc" in page.text and "Poole:2019kcm" not in page.text
    assert "muoquark theory fit.json --out theory" in page.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"profiles": {}}, "does not hold what"),
        ({"drawn": None, "curves": None}, "of an older version?"),
        ({"best_fit": None}, "has no best fit"),
        ({"inputs": {"card": None}}, "does not hold the card"),
        ({"inputs": {"card": "eft: WET\nbasis: flavio\nscale: 4.8\nvalues: {C: 1}"}}, "C"),
        ({"inputs": {"data": None}}, "does not say which data"),
        ({"inputs": {"data": {"snapshot": "2019-01", "chain": "full"}}}, "2019-01"),
        ({"inputs": {"verb": "loglike"}}, "a result of 'loglike' has no page"),
        ({"inputs": {"verb": "sample"}}, "stand in the file *.nc"),
    ],
)
def test_results_of_another_form(results, muoquark, tmp_path, change, said):
    document = json.loads((results / "line/fit.json").read_text())
    inputs = {**document["inputs"], **change.get("inputs", {})}
    (tmp_path / "fit.json").write_text(json.dumps({**document, **change, "inputs": inputs}))
    found = muoquark("report", tmp_path / "fit.json")
    assert (found.code, said in found.err) == (2, True), found.err
    assert len(found.err.strip().splitlines()) == 1
    assert not (tmp_path / "report.html").exists()


def test_files_that_are_none(results, muoquark, tmp_path):
    whole = (results / "line/fit.json").read_text()
    (tmp_path / "cut.json").write_text(whole[: len(whole) // 2])
    (tmp_path / "cut.nc").write_bytes(b"\x89HDF\r\n\x1a\n and then something else")
    (tmp_path / "list.json").write_text("[1]")
    fit = results / "line/fit.json"
    for call, said in (
        (["cut.json"], "not JSON"), (["cut.nc"], "not a file of draws"), (["list.json"], "not a"),
        (["nothing.json"], "nothing.json"), ([str(results / "line")], "directory"),
        ([str(results / "line.yaml")], "not a result"),
        ([str(fit), "--out", str(tmp_path)], "is a folder"),
        ([str(fit), "--out", str(tmp_path / "no" / "x.html")], "there is no folder"),
        ([str(fit), "--out", str(tmp_path / "list.json")], "exists already"),
        ([str(fit), "--out", str(fit), "--force"], "was read by this command"),
        ([str(results / "plane/fit.json")], "exists already"),
    ):  # fmt: skip
        source = call[0] if call[0].startswith("/") else str(tmp_path / call[0])
        found = muoquark("report", source, *call[1:])
        assert (found.code, said in found.err) == (2, True), (call, found.err)
        assert len(found.err.strip().splitlines()) == 1, found.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.json", "cut.nc", "list.json"]


def test_another_delta_chi2_is_said(results, muoquark, tmp_path):
    document = json.loads((results / "line/fit.json").read_text())
    (tmp_path / "fit.json").write_text(json.dumps({**document, "delta_chi2": 99.0}))
    assert muoquark("report", tmp_path / "fit.json").code == 0
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Δχ² is 99.00 in the file and " in page.text


def test_digits():
    assert value_text(0.4123, 0.031, 0.031) == "0.412 ± 0.031"
    assert value_text(-2.34e-8, 4e-10, 4e-10) == "(−2.340 ± 0.040) × 10⁻⁸"
    assert value_text(0.0, 0.5, 0.5) == "0.00 ± 0.50"
    assert value_text(123456.0, 7000.0, None) == "(1.235 −0.070) × 10⁵"
    assert value_text(1.0, None, float("nan")) == "1"
    assert interval_text([(-1.0, 1.0)], (-1.0, 1.0)) == "(−1.0, 1.0)"
    assert interval_text([]) == ""
    assert interval_text([(0.3, 0.3)]) == "[0.3, 0.3]"
    assert decimals_of(0.0, 0.02) == (0, 3)


def test_formulae_and_words():
    assert "<math" in formula("$M_1$ < 3") and "&lt; 3" in formula("$M_1$ < 3")
    assert formula("one $ alone <b>") == "one $ alone &lt;b&gt;"
    assert formula(r"$x^$") == "<code>x^</code>"
    assert symbols("Delta chi2 of chi2") == "Δχ² of χ²"
    assert linked("<b> 2107.13021v1") == "&lt;b&gt; 2107.13021v1"


def test_every_label_of_flavio_becomes_a_formula():
    from muoquark.likelihood.observable import _tex

    labels = {label for label in _tex().values() if "$" in label}
    assert len(labels) > 100
    for label in labels:
        found = formula(label)
        assert "<math" in found and "<code>" not in found, label
        assert "\\" not in re.sub("<[^>]*>", "", found), label


def ratio(one, other):
    """The contrast of two colours (WCAG 2)."""

    def light(colour):
        parts = [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]
        r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# Colour and ground of every element with text of its own.
COLOURS = r"""
const solid = (e) => {
  const c = getComputedStyle(e).backgroundColor;
  return /, 0\)$/.test(c) && e.parentElement ? solid(e.parentElement) : c;
};
const texts = "p, th, td, small, a, li, dt, b, span, code, button, h2";
return Array.from(document.querySelectorAll(texts))
  .filter((e) => Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.textContent.trim()))
  .map((e) => [getComputedStyle(e).color, solid(e), e.tagName + "." + e.className]);
"""


@pytest.mark.slow
@needs_browser
def test_in_a_browser(others, tmp_path):
    """Sorting, filtering, dark, copying, widths, and nothing asked of the network."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    address = f"file://{others / 'plane/report.html'}"
    with browser(tmp_path / "profile") as driver:
        driver.get(address)
        assert requested(driver) == [address]

        def find(selector):
            return driver.find_element(By.CSS_SELECTOR, selector)

        def shown():
            return driver.execute_script(
                "return Array.from(document.querySelector('#pulls').tBodies[0].rows)"
                ".filter((row) => row.offsetParent !== null)"
                ".map((row) => Array.from(row.cells, (cell) => cell.textContent))"
            )

        rows = shown()
        total = len(rows)
        assert total > 300
        # sort by the pull in the SM, upwards and downwards
        head = driver.find_elements(By.CSS_SELECTOR, "#pulls thead th")[5]
        for sign, said in ((1, "ascending"), (-1, "descending")):
            head.find_element(By.TAG_NAME, "button").click()
            assert head.get_attribute("aria-sort") == said
            pulls = [sign * float(row[5].replace("−", "-")) for row in shown()]
            assert pulls == sorted(pulls) and len(pulls) == total
        # filter by words, by group and by size, and by all of them
        find(".words").send_keys("K*mumu, LHCb")
        words = shown()
        assert 0 < len(words) < total and all("K*mumu" in row[0] for row in words)
        assert find(".shown").text == f"{len(words)} of {total} observables"
        Select(find(".tag")).select_by_visible_text("R_K(*)")
        assert shown() == []
        find(".words").clear()
        find(".words").send_keys("Rmue")
        assert {row[0].partition("<Rmue>")[1] for row in shown()} == {"<Rmue>"}
        find(".words").clear()
        find(".words").send_keys(" ")
        Select(find(".tag")).select_by_visible_text("all data")
        find(".least").send_keys("2")
        assert 0 < len(shown()) < total
        assert all(abs(float(row[6].replace("−", "-"))) >= 1.99 for row in shown())
        # dark: what the system says, and what the switch says after that
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = driver.execute_script(ground)
        prefer(driver, "dark")
        dark = driver.execute_script(ground)
        assert dark != light and find("#theme").get_attribute("aria-pressed") == "true"
        find("#theme").click()
        assert driver.execute_script(ground) == light
        find("#theme").click()
        prefer(driver, "light")
        assert driver.execute_script(ground) == dark
        driver.refresh()
        assert driver.execute_script(ground) == dark  # remembered
        # every text is legible, in both
        for _ in range(2):
            pairs = driver.execute_script(COLOURS)
            assert len(pairs) > 1000
            for colour, behind, what in {tuple(pair) for pair in pairs}:
                assert ratio(colour, behind) >= 4.5, (colour, behind, what)
            find("#theme").click()
        # copy
        driver.execute_script(
            "window.kept = []; navigator.clipboard.writeText = async (x) => { kept.push(x); };"
        )
        find("button[data-copy='bibtex']").click()
        (copied,) = driver.execute_script("return window.kept")
        assert copied == find("#bibtex").get_attribute("textContent") and "@article{" in copied
        # widths
        for name in ("plane/report.html", *OTHERS):
            driver.get(f"file://{others / name}")
            for width in (1280, 390, 320):
                resize(driver, width)
                assert overflow(driver) <= 0, (name, width)
        resize(driver, 390, 844)
        driver.get(address)
        top = driver.execute_script(
            "return document.getElementById('tension').getBoundingClientRect().top"
        )
        assert top < 500  # on the first screen of a phone
        assert [one for one in driver.get_log("browser") if one["level"] == "SEVERE"] == []


@pytest.mark.slow
@needs_browser
def test_without_javascript(results, tmp_path):
    """All is there; what needs a script is not offered."""
    from selenium.webdriver.common.by import By

    with browser(tmp_path / "profile") as driver:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        driver.get(f"file://{results / 'plane/report.html'}")
        for selector in ("#theme", ".filter", ".copy"):
            assert not driver.find_element(By.CSS_SELECTOR, selector).is_displayed()
        rows = driver.find_elements(By.CSS_SELECTOR, "#pulls tbody tr")
        assert len(rows) > 300 and rows[-1].is_displayed()
