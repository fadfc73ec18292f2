#!/usr/bin/env python3
"""Writes src/stack/kube/immutable.tsv from tests/truth/apiserver/updates.json: which fields of which kinds cannot change in place.

    immutable.py

A field is in the table if the API server refused every change at it and below it. If most fields of a struct are, the struct is, with
exceptions, so that a field that was not asked about counts as its neighbors do. What depends on the rest of the object is in
src/diff/class/conditions.rs, and its cases do not count here.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask import REPO
from updates import RECORD

TABLE = REPO / "src/stack/kube/immutable.tsv"
HEAD = """\
# Written by tests/real/by-hand/apiserver/immutable.py from tests/truth/apiserver/updates.json (kube-apiserver {of}). Do not edit.
# Group and kind, a field (`*`: any key or item), and what cannot be done to it: a(dd), c(hange), r(emove); everything below it cannot
# change either, if it has `c`. `!`: an exception to a field above it. `=` and letters: it is accepted, and the old value is kept.
"""
# Kinds and places that src/diff/class/conditions.rs decides.
CONDITIONS = {
    ("Pod", "/spec/tolerations"), ("Pod", "/spec/activeDeadlineSeconds"), ("Pod", "/spec/schedulingGates"),
    ("Job", "/spec/completions"), ("CustomResourceDefinition", "/spec/versions"), ("ServiceCIDR", "/spec/cidrs"),
    ("Service", "/spec/loadBalancerClass"), ("Service", "/spec/type"), ("ConfigMap", "/immutable"), ("Secret", "/immutable"),
    ("PersistentVolumeClaim", "/spec/resources/requests"),
}
MAPS = ("matchLabels|labels|annotations|nodeSelector|data|binaryData|stringData|parameters|requests|limits|options|volumeAttributes"
        "|capacity|hard|podFixed|min|max|default|defaultRequest|maxLimitRequestRatio")
# Of how many fields of a struct in which most cannot change.
MOST = 0.7
LETTERS = {"add": "a", "replace": "c", "remove": "r"}


def is_conditional(kind, thing, seed, pointer):
    """Whether a condition decides, so that the case says nothing about others."""
    spec = thing.get("spec", {})
    return (any(kind == one and (pointer + "/").startswith(prefix + "/") for one, prefix in CONDITIONS)
            or kind in ("ConfigMap", "Secret") and thing.get("immutable") is True
            or kind == "Job" and spec.get("suspend") is True
            or kind == "Pod" and "schedulingGates" in spec
            or kind == "Service" and spec.get("type") == "ExternalName"
            or kind == "PersistentVolumeClaim" and "status" not in seed and pointer == "/spec/volumeAttributesClassName")


class Node:
    def __init__(self):
        self.own, self.kept, self.below = {}, "", {}

    def marks(self):
        return set().union(*self.own.values(), *(each.marks() for each in self.below.values()))

    def rows(self, path="", frozen=False):
        marks = self.marks()
        if True not in marks:
            if frozen and marks:
                yield path, "!"
            elif self.kept:
                yield path, f"={self.kept}"
            for key, each in sorted(self.below.items()):
                yield from each.rows(f"{path}/{key}", frozen and not marks)
            return
        kept = f"={self.kept}" if self.kept else ""
        if False not in marks:
            if not frozen or kept:
                yield path, "acr" if not kept else "".join(letter for letter in "acr" if letter not in self.kept) + kept
            return
        states = [each.marks() for each in self.below.values()]
        if all(state == {True} for state in states):
            # Only some of what can be done to the field itself is refused.
            refused = "".join(letter for letter in "acr" if True in self.own.get(letter, ()) and letter not in self.kept)
            yield path, refused + kept
            return
        if not frozen and len(states) > 2 and sum(state == {True} for state in states) >= MOST * len(states):
            yield path, "acr"
            frozen = True
        for key, each in sorted(self.below.items()):
            yield from each.rows(f"{path}/{key}", frozen)


def main():
    record = json.loads(RECORD.read_text())
    kinds = {}
    for case in record["cases"]:
        seed, (op, *more) = record["objects"][case["of"]], case["ops"]
        thing = seed["input"]
        pointer = re.sub(rf"/({MAPS})/[^/]+", r"/\1/*", re.sub(r"/\d+(?=/|$)", "/*", op["path"]))
        if more or is_conditional(thing["kind"], thing, seed, pointer):
            continue
        group = thing["apiVersion"].rpartition("/")[0]
        node = kinds.setdefault((group, thing["kind"]), Node())
        for key in pointer.split("/")[1:]:
            node = node.below.setdefault(key, Node())
        letter = LETTERS[op["op"]]
        if not case.get("kept"):
            node.own.setdefault(letter, set()).add(case["answer"] is not None)
        elif not case["of"].endswith(" as stored") and letter not in node.kept:
            node.kept += letter
    lines = [f"{group}\t{kind}\t{path}\t{what}" for (group, kind), node in sorted(kinds.items()) for path, what in node.rows()]
    TABLE.write_text(HEAD.format(of=record["of"].rpartition(" ")[2]) + "\n".join(lines) + "\n")
    print(f"{len(lines)} fields of {len({line.rsplit(chr(9), 2)[0] for line in lines})} kinds")


if __name__ == "__main__":
    main()
