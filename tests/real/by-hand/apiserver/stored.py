#!/usr/bin/env python3
"""Asks a real kube-apiserver which pairs in tests/truth/apiserver/stored.json are the same once they are stored.

    stored.py [--record]

Each object of seeds.json, and each that objects.json records as accepted, is written as the server stores it, with all defaults (`objects`); a pair is that
and the same without one of its fields (`without`, a JSON pointer), with another form of a value (`with`), or the object as a person
wrote it (`from`). --record makes the pairs anew. Exit 0 when all answers hold.
"""

import copy
import http.client
import json
import os
import sys
import tempfile
import urllib.error
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask import FILE, REPO, Server

PAIRS = REPO / "tests/truth/apiserver/stored.json"
# What the server gives an object of its own, so that no two are alike.
OWN = [("metadata", key) for key in ("uid", "creationTimestamp", "resourceVersion", "generation", "managedFields", "selfLink")] + [("status",)]
# What it allocates, by the object's kind.
ALLOCATED = {"Service": ("clusterIP", "clusterIPs", "ipFamilies", "healthCheckNodePort")}
LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid")


def stripped(thing):
    thing = copy.deepcopy(thing)
    for path in OWN:
        at = thing
        for key in path[:-1]:
            at = at.get(key, {})
        at.pop(path[-1], None)
    for key in ALLOCATED.get(thing["kind"], ()):
        if thing["spec"].get(key) not in ("None", ["None"]):
            thing["spec"].pop(key, None)
    if thing["kind"] == "Service":
        for port in thing["spec"].get("ports", []):
            port.pop("nodePort", None)
    if thing["kind"] == "Job":
        for labels in (thing["spec"]["selector"].get("matchLabels", {}), thing["spec"]["template"]["metadata"].get("labels", {})):
            for key in LABELS:
                labels.pop(key, None)
    return thing


def stored(server, thing):
    """As the server would store it, or None where it refuses."""
    path, name, namespaced = server.kinds[(thing["apiVersion"], thing["kind"])]
    place = f"/namespaces/{thing['metadata'].get('namespace', 'default')}" if namespaced else ""
    try:
        return stripped(server.request("POST", f"{path}{place}/{name}?fieldValidation=Strict&dryRun=All", thing))
    except (urllib.error.HTTPError, http.client.RemoteDisconnected):
        return None  # refused, or its validation panics


def leaves(node, path=()):
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield path + (key,)
        yield from leaves(value, path + (key,))


def pointer(path):
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


def changed(thing, case):
    """The other side of a pair."""
    if "from" in case:
        return case["from"]
    place, *value = case.get("with", [case.get("without")])
    thing = copy.deepcopy(thing)
    keys = [key.replace("~1", "/").replace("~0", "~") for key in place.split("/")[1:]]
    at = thing
    for index, key in enumerate(keys):
        key = int(key) if isinstance(at, list) else key
        if index < len(keys) - 1:
            at = at[key]
        elif value:
            at[key] = value[0]
        else:
            del at[key]
    return thing


# Other ways to write what a field holds.
FORMS = {"1": "1000m", "2": "2000m", "500m": "0.5", "1Gi": "1024Mi", "64Mi": "65536Ki", "100m": "0.1", "5Gi": "5120Mi"}


def pairs(server, objects):
    """A pair for each field of each kind that a default may stand for; puts what the server stores into `objects`."""
    record, seen = json.loads(FILE.read_text()), set()
    seeds = json.loads((Path(__file__).parent / "seeds.json").read_text())["objects"]
    seeds = [{"case": f"{each['input']['kind']} of seeds: {name}", "input": each["input"], "answer": None} for name, each in seeds.items()]
    for each in record["cases"] + seeds:
        thing, name = each["input"], each["case"]
        if each["answer"] is not None or (thing.get("apiVersion"), thing.get("kind")) not in server.kinds or "name" not in thing["metadata"]:
            continue
        full = stored(server, thing)
        if full is None:
            continue
        kind = thing["kind"]
        if (kind, name.split(":")[0]) not in seen:
            seen.add((kind, name.split(":")[0]))
            objects[name] = full
            yield {"case": f"{name}: as it is written", "of": name, "from": thing}
        for path in leaves(full):
            shape = (kind,) + tuple(key for key in path if not isinstance(key, int))
            named = path[0] in ("apiVersion", "kind") or path in (("metadata",), ("metadata", "name"), ("metadata", "namespace"))
            if named or isinstance(path[-1], int) or shape in seen:
                continue
            seen.add(shape)
            objects[name] = full
            yield {"case": f"{name}: without {pointer(path)}", "of": name, "without": pointer(path)}
            value = full
            for key in path:
                value = value[key]
            if isinstance(value, str) and value in FORMS:
                yield {"case": f"{name}: {pointer(path)} as {FORMS[value]}", "of": name, "with": [pointer(path), FORMS[value]]}


def main():
    recording = sys.argv[1:] == ["--record"]
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        objects = json.loads(FILE.read_text())
        for name in sorted({each["input"].get("metadata", {}).get("namespace") for each in objects["cases"]} - {None}):
            server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, dry=False)
        server.discover()
        things = {} if recording else json.loads(PAIRS.read_text())["objects"]
        cases = list(pairs(server, things)) if recording else json.loads(PAIRS.read_text())["cases"]
        kept, stale = [], 0
        for each in cases:
            one, other = (stored(server, thing) for thing in (changed(things[each["of"]], each), things[each["of"]]))
            if one is None or other is None:
                continue
            answer = one == other
            if not recording and answer != each["answer"]:
                stale += 1
                print(f"{each['case']}: recorded {each['answer']}, now {answer}")
            kept.append({**each, "answer": answer})
    if recording:
        head = json.dumps({"asked": "are both the same as stored (a dry run of a create)", "of": objects["of"]})[:-1]
        lines = [f"{json.dumps(name)}: {json.dumps(thing, ensure_ascii=False)}" for name, thing in things.items()]
        PAIRS.write_text(f'{head}, "objects": {{\n' + ",\n".join(lines) + '\n}, "cases": [\n'
                         + ",\n".join(json.dumps(each, ensure_ascii=False) for each in kept) + "\n]}\n")
    print(f"{len(kept)} pairs, {sum(each['answer'] for each in kept)} the same, {stale} not as recorded")
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
