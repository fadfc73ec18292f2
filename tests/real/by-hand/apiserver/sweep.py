#!/usr/bin/env python3
"""Makes objects at random, most of them broken, and compares `meshtrace check` with a real kube-apiserver.

    sweep.py SEED COUNT [--add]

Objects are those of `objects.json` and `seeds.json` with one change each: a value of another type or outside of its limits, a missing
or unknown field, a duplicate, another word. Prints each on which the two differ. MESHTRACE is the program. --add puts those objects
into `objects.json`; the test that reads it says which of them have to be fixed or listed. Exit 0 when all agree.
"""

import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask import FILE, Server, write
from stored import pointer
from updates import QUANTITY, SEEDS, Types, fields

TEXTS = ["", "In Valid!", "UPPER", "a_b", "a..b", "-a", "a" * 64, "a" * 254, "ü", " a", "a b", "a/b", "a/b/c", "0", "1.2.3.4", "::1", "10.0.0.0/8",
         "http://a", "a\nb", "$(X)", "*", "a.b.c", "true", "null", "a:b", "256.1.1.1", "2026-01-01", "A=b"]
NUMBERS = [-1, 0, 1, 65536, 70000, 2**31, 2**31 - 1, -(2**31) - 1, 2**63, 1.5, "5", "5m", True, 1000000]
QUANTITIES = ["1GB", "1e3", "1e-30", " 1Gi", "-1", "0", "0.0001", "1Ki5", "5Mi ", "1mi", 1.5, True, "", "1E", "1e", ".5", "5.", "+1", "1_000", "0x1", "Ki",
              "9223372036854775808", "1n", "1u", "100%", [1]]
EITHER = ["80%", "abc", "", -5, "70000", "-5%", "101%", "80", 0, 70000, 1.5, True, "HTTP", "a" * 16, "a--b", "1a", "-"]
OTHERS = [None, [], {}, [None], [1], {"a": 1}, "x", 1, True]
KEYS = ["", "a b", "a/b/c", "A/b", "-a", "a" * 64, "x" * 254 + "/a", "ü", "a.b/c", "kubernetes.io/x", "a_b", "/a", "a/"]


def broken(types, thing, dice):
    """A change to an object: what it is, and the object."""
    kind = types.kinds[(thing["apiVersion"], thing["kind"])]
    thing = copy.deepcopy(thing)
    there = [each for each in fields(types, kind, thing)]
    path, shape, schema, is_there = dice.choice(there)
    at = thing
    for key in path[:-1]:
        at = at[key]
    real, last = types.real(schema), path[-1]
    now = at[last] if is_there else None
    if dice.random() < 0.12 and is_there and isinstance(at, dict):
        del at[last]
        return f"without {pointer(path)}", thing
    if dice.random() < 0.1 and isinstance(now, dict):
        now[dice.choice(["zzUnknown", "Name", *KEYS])] = dice.choice(["x", 1, True, {}])
        return f"another key in {pointer(path)}", thing
    if dice.random() < 0.3 and isinstance(now, list) and now:
        item = copy.deepcopy(dice.choice(now))
        if isinstance(item, dict) and item and dice.random() < 0.5:
            del item[dice.choice(list(item))]
        now.append(item)
        return f"an item twice in {pointer(path)}", thing
    at[last] = value(types, real, now, dice)
    return f"{json.dumps(at[last])[:40]} in {pointer(path)}", thing


def value(types, real, now, dice):
    """A value that may be wrong."""
    if dice.random() < 0.15:
        return dice.choice(OTHERS)
    if real.get("name") == QUANTITY:
        return dice.choice(QUANTITIES)
    if real.get("format") == "int-or-string":
        return dice.choice(EITHER)
    if "enum" in real and dice.random() < 0.7:
        word = dice.choice(real["enum"])
        return dice.choice([word, word.lower(), word.upper(), word + "s"])
    kind = real.get("type")
    if kind == "string":
        return dice.choice(TEXTS)
    if kind in ("integer", "number"):
        return dice.choice(NUMBERS)
    if kind == "boolean":
        return dice.choice([True, False, "true", "yes", 1, 0])
    if kind == "array":
        return dice.choice([[], [value(types, types.real(real["items"]), None, dice)], [types.made(real["items"])] * 2, {}, None])
    if "additionalProperties" in real:
        return {dice.choice(KEYS): value(types, types.real(real["additionalProperties"]), None, dice)}
    return dice.choice([{}, types.made(real), None, now, []])


def of_check(folder, thing):
    """What the program has against an object."""
    file = folder / "object.json"
    file.write_text(json.dumps(thing))
    program = os.environ.get("MESHTRACE", "meshtrace")
    command = [program, "check", "--kube-version", "1.37.2", "--crds", str(folder / "crds"), "--format", "json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    findings = json.loads(done.stdout)["findings"]
    # Rules about what an object does and not about whether the API server takes it.
    others = ("inject-annotation-value", "tracer-missing", "config-entry-refused")
    return [f"{one['rule']}: {one['message']}" for one in findings if one["severity"] == "error" and one["rule"] not in others]


def main():
    dice, count, adding = random.Random(int(sys.argv[1])), int(sys.argv[2]), "--add" in sys.argv
    record = json.loads(FILE.read_text())
    things = [each["input"] for each in record["cases"] if each["answer"] is None]
    things += [each["input"] for each in json.loads(SEEDS.read_text())["objects"].values()]
    by_kind = {}
    for thing in things:
        by_kind.setdefault((thing["apiVersion"], thing["kind"]), []).append(thing)
    different, had = [], {json.dumps(each["input"], sort_keys=True) for each in record["cases"]}
    with tempfile.TemporaryDirectory() as name, Server(Path(name)) as server:
        folder = Path(name)
        (folder / "crds").mkdir()
        for at, definition in enumerate(record["definitions"]):
            (folder / "crds" / f"{at}.json").write_text(json.dumps(definition))
        server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, dry=False)
        for definition in record["definitions"]:
            server.create(definition, dry=False)
        time.sleep(8)  # until their kinds are in the OpenAPI
        server.discover()
        types = Types(server.request("GET", "/openapi/v2"))
        kinds = sorted(kind for kind in by_kind if kind in types.kinds)
        asked = refused = 0
        while asked < count:
            # Objects of definitions have schemas of their own.
            kind = dice.choice([kind for kind in kinds if "." in kind[0].split("/")[0] and ".k8s.io" not in kind[0]] or kinds
                               if dice.random() < 0.15 else kinds)
            what, thing = broken(types, dice.choice(by_kind[kind]), dice)
            text = json.dumps(thing, sort_keys=True)
            if text in had or thing.get("metadata", {}).get("namespace", "shop") not in ("shop", "default"):
                continue
            had.add(text)
            asked += 1
            answer = server.create(thing)
            refused += answer is not None
            said = of_check(folder, thing)
            if bool(said) != (answer is not None):
                different.append({"case": f"{thing['kind']}: {what}", "input": thing, "answer": answer})
                print(f"{thing['kind']}: {what}\n    server: {answer and answer[:230]}\n    check: {said[:2]}")
    print(f"{asked} objects, {refused} refused, {len(different)} on which check differs")
    if adding:
        names = {each["case"] for each in record["cases"]}
        for each in different:
            if each["case"] not in names:
                names.add(each["case"])
                record["cases"].append(each)
        write(record)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
