"""Ask flavio which papers its predictions rest on; runs in the stack of a snapshot.

    PATH/bin/python tools/references/theory.py OBSERVABLES.json OUT.json

OBSERVABLES.json is the list of a snapshot's observables, names or [name, arguments...].
"""

import json
import sys

import flavio

with open(sys.argv[1]) as stream:
    observables = json.load(stream)
found = {}
for observable in observables:
    name, *arguments = [observable] if isinstance(observable, str) else observable
    if name not in found:
        found[name] = sorted(flavio.Observable[name].theory_citations(*arguments))
content = {"version": flavio.__version__, "base": sorted(flavio.citations.set), "theory": found}
with open(sys.argv[2], "w") as stream:
    json.dump(content, stream)
