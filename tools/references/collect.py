"""Make ``src/muoquark/report/data/references.json``: bibliographic facts and where they were read.

    python tools/references/collect.py --clones FOLDER      # from copies of the repositories
    python tools/references/collect.py --online             # complete what is missing, from INSPIRE

FOLDER holds a git copy of every repository of ``sources.yaml`` as FOLDER/owner+name.  ``--theory
FILE...`` takes the output of ``theory.py``: which papers flavio's predictions rest on.  Records
that are there already are kept; ``--online`` asks for those without a title.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from muoquark.report.bibtex import entries
from muoquark.report.inspire import Inspire
from muoquark.report.references import FIELDS, PATH, _content

HERE = Path(__file__).parent

# LHCb's names of particles and units, as they occur in the titles that are taken.
LHCB = {
    "B": "B", "Bz": "B^0", "Bzb": r"\bar{B}^0", "Bp": "B^+", "Bs": "B_s^0", "Bd": "B^0",
    "Kstarz": "K^{*0}", "Kstarzb": r"\bar{K}^{*0}", "Kstar": "K^*", "KS": "K_S^0", "Kp": "K^+",
    "Lb": r"\Lambda_b^0", "Lz": r"\Lambda", "pip": r"\pi^+", "pim": r"\pi^-", "phiz": r"\phi",
    "Pphi": r"\phi", "mumu": r"\mu^+\mu^-", "mup": r"\mu^+", "mun": r"\mu^-", "epem": "e^+e^-",
    "ellell": r"\ell^+\ell^-", "taup": r"\tau^+", "taum": r"\tau^-", "taupm": r"\tau^\pm",
    "mump": r"\mu^\mp", "mupm": r"\mu^\pm", "emp": r"e^\mp", "epm": r"e^\pm", "neutb":
    r"\bar{\nu}_\tau", "neumb": r"\bar{\nu}_\mu", "neu": r"\nu", "Dstarp": "D^{*+}",
    "BF": r"\mathcal{B}", "CP": "CP", "W": "W", "electron": "e", "proton": "p",
    "BdorBs": "B_{(s)}^0", "tev": "TeV", "sqs": r"\sqrt{s}", "invfb": r"\,\mathrm{fb}^{-1}",
}  # fmt: skip


def plain_title(title: str) -> str:
    """Return an LHCb title with its macros spelt out; decays are set as formulae."""
    title = re.sub(r"\s+", " ", title)
    names = "|".join(sorted(LHCB, key=len, reverse=True))
    title = re.sub(rf"\\({names})(?![A-Za-z])", lambda m: LHCB[m[1]] + " ", title)
    braces = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
    for _ in range(3):
        title = re.sub(rf"\\mbox{braces}", r"\1", title)
    inside = "$" in title and r"\decay" in title.split("$")[1]
    dollar = "" if inside else "$"
    title = re.sub(
        rf"\\decay\s*{braces}\s*{braces}",
        lambda m: rf"{dollar}{m[1].strip()} \to {m[2].strip()}{dollar}",
        title,
    )
    title = re.sub(r" +([}.,^_]|-v|-a)", r"\1", title)
    title = re.sub(r" +", " ", title)
    # No blanks inside of the dollars of a formula.
    title = re.sub(r"\$([^$]*)\$", lambda m: f"${m[1].strip()}$", title)
    return title.replace("p p collisions", "$pp$ collisions").replace("$8~TeV", "$ 8 TeV")


def kept(fields: dict[str, str], seen: str) -> dict[str, str]:
    """Return the facts of an entry that the file holds."""
    found = {k: re.sub(r"\s+", " ", v).strip() for k, v in fields.items() if k in FIELDS and v}
    return {**found, "seen": seen}


def shown(clones: Path, repository: str, file: str) -> str:
    """Return a file of the newest commit of a copied repository."""
    folder = clones / repository.replace("/", "+") / "repo"
    command = ["git", "show", f"HEAD:{file}"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, errors="replace"
    ).stdout


def from_clones(clones: Path, wanted: set[str]) -> dict[str, dict[str, str]]:
    """Return the records of all sources for the wanted keys."""
    sources = yaml.safe_load((HERE / "sources.yaml").read_text(encoding="utf-8"))
    records: dict[str, dict[str, str]] = {}
    for source in sources["eos"]:
        text = shown(clones, **source)
        for item in yaml.safe_load(text).values():
            if item.get("inspire-id") in wanted - set(sources["not_from_eos"]):
                fields = {"author": item["authors"], "title": item["title"]}
                fields["author"] = re.sub(r"\s*et\.? al\.?", " and others", fields["author"])
                fields["collaboration"] = item.get("collaboration", "")
                if "eprint" in item:
                    fields["eprint"] = item["eprint"]["id"].split(":")[-1]
                records[item["inspire-id"]] = kept(fields, " ".join(source.values()))
    lhcb = sources["lhcb"]
    place = {"repository": lhcb["repository"], "file": lhcb["file"]}
    listed = entries(shown(clones, **place))
    for key, number in lhcb["papers"].items():
        fields = dict(listed[number])
        fields["title"] = plain_title(fields["title"])
        fields["collaboration"] = "LHCb"
        records[key] = kept(fields, f"{' '.join(place.values())}, {number}")
    for source in sources["bibtex"]:
        for key, fields in entries(shown(clones, **source)).items():
            if key in wanted and len(kept(fields, "")) > len(records.get(key, {})):
                records[key] = kept(fields, " ".join(source.values()))
    for key, fields in sources["noted"].items():
        records[key] = {k: str(v) for k, v in fields.items()}
    return records


def main() -> None:
    """Read the sources named on the command line and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clones", type=Path)
    parser.add_argument("--theory", type=Path, nargs="*", default=[])
    parser.add_argument("--online", action="store_true")
    options = parser.parse_args()
    from muoquark.report.cite import all_keys

    content: dict[str, Any] = {"records": {}, "theory": {}}
    if PATH.exists():
        content = json.loads(PATH.read_text(encoding="utf-8"))
    for path in options.theory:
        found = json.loads(path.read_text())
        content["theory"][found["version"]] = {
            name: sorted(set(keys) - set(found["base"]))
            for name, keys in sorted(found["theory"].items())
        }
    PATH.write_text(json.dumps(content), encoding="utf-8")
    _content.cache_clear()
    if options.clones:
        content["records"] |= from_clones(options.clones, set(all_keys()))
    if options.online:
        client = Inspire()
        for key in all_keys():
            if "title" not in content["records"].get(key, {}):
                content["records"][key] = kept(client.record(key), "inspirehep.net")
    content["records"] = dict(sorted(content["records"].items()))
    PATH.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
