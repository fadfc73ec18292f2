#!/usr/bin/env python3
"""What kubeconform and dyff say of the inputs in tests/truth/apiserver, against what kube-apiserver said.

    peers.py [--list | --speed DIR [ROUNDS]]

Needs `kubeconform` (v0.7.0), `dyff` (v1.10.2), `kube-apiserver` and `etcd` on the PATH. kubeconform gets schemas made of the
OpenAPI of that kube-apiserver, as openapi2jsonschema makes them with `--strict`. --list prints each case on which a tool differs. --speed times
kubeconform and `meshtrace check` (MESHTRACE, or target/release/meshtrace) over the YAML in a directory, in turns.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask import FILE, Server
from stored import PAIRS, changed


def strict(node):
    """A definition of the OpenAPI as a JSON schema without unknown fields."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": "defs.json#/definitions/" + node["$ref"].split("/")[-1]}
    if node.get("format") == "int-or-string":
        return {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    node = {key: strict(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict):
        node.setdefault("additionalProperties", False)
        for name, one in node["properties"].items():
            if name not in node.get("required", []) and isinstance(one.get("type"), str):
                one["type"] = [one["type"], "null"]
    return node


def schemas(server, folder):
    definitions = server.request("GET", "/openapi/v2")["definitions"]
    made = {name: strict(each) for name, each in definitions.items()}
    for name in made:
        if name.endswith("api.resource.Quantity"):
            made[name] = {"oneOf": [{"type": "string"}, {"type": "number"}]}
    (folder / "defs.json").write_text(json.dumps({"definitions": made}))
    for name, each in definitions.items():
        for kind in each.get("x-kubernetes-group-version-kind", []):
            group = "-" + kind["group"].split(".")[0] if kind["group"] else ""
            file = folder / f"{kind['kind'].lower()}{group}-{kind['version']}.json"
            file.write_text(json.dumps({"$ref": f"defs.json#/definitions/{name}"}))


def kubeconform(cases, server, folder):
    """Which cases it refuses; an object without a schema is refused."""
    (folder / "schemas").mkdir()
    (folder / "objects").mkdir()
    schemas(server, folder / "schemas")
    for index, case in enumerate(cases):
        (folder / "objects" / f"{index:04}.json").write_text(json.dumps(case["input"]))
    location = f"file://{folder}/schemas/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    command = ["kubeconform", "-strict", "-output", "json", "-verbose", "-schema-location", location, str(folder / "objects")]
    said = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)["resources"]
    return {int(Path(each["filename"]).stem) for each in said if each["status"] != "statusValid"}


def dyff(record, folder):
    """Which pairs it calls different."""
    differ = set()
    for index, case in enumerate(record["cases"]):
        to = record["objects"][case["of"]]
        for name, thing in (("from.json", changed(to, case)), ("to.json", to)):
            (folder / name).write_text(json.dumps(thing))
        command = ["dyff", "between", "--set-exit-code", "from.json", "to.json"]
        if subprocess.run(command, cwd=folder, capture_output=True).returncode == 1:
            differ.add(index)
    return differ


def table(title, answers, says, listing, names):
    """`answers` and `says`: for each case, whether it is refused, or differs."""
    right = sum(answer == said for answer, said in zip(answers, says, strict=True))
    missed = [name for name, answer, said in zip(names, answers, says, strict=True) if answer and not said]
    false = [name for name, answer, said in zip(names, answers, says, strict=True) if said and not answer]
    print(f"{title}: {right} of {len(answers)} as kube-apiserver; {len(missed)} of {sum(answers)} missed, "
          f"{len(false)} of {len(answers) - sum(answers)} false")
    if listing:
        for word, all_ in (("missed", missed), ("false", false)):
            for name in all_:
                print(f"  {word}: {name}")


def speed(directory, rounds):
    ours = os.environ.get("MESHTRACE", str(Path(__file__).resolve().parents[4] / "target/release/meshtrace"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Server(folder) as server:
            (folder / "schemas").mkdir()
            schemas(server, folder / "schemas")
        location = f"file://{folder}/schemas/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
        both = {
            # It has no schemas of custom kinds, which check judges too.
            "kubeconform": ["kubeconform", "-strict", "-ignore-missing-schemas", "-schema-location", location, directory],
            "meshtrace check": [ours, "check", directory],
        }
        times = {name: [] for name in both}
        for _ in range(rounds):
            for name, command in both.items():
                start = time.monotonic()
                done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
                times[name].append(time.monotonic() - start)
                if done.returncode not in (0, 1):
                    sys.exit(f"{name}: exit {done.returncode}")
    base = statistics.median(times["kubeconform"])
    for name, took in times.items():
        print(f"{name}: {statistics.median(took) * 1000:.0f} ms ({min(took) * 1000:.0f} to {max(took) * 1000:.0f}), "
              f"{statistics.median(took) / base:.2f} x")


def main():
    if sys.argv[1:2] == ["--speed"]:
        return speed(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 10)
    listing = sys.argv[1:] == ["--list"]
    cases = json.loads(FILE.read_text())["cases"]
    record = json.loads(PAIRS.read_text())
    with tempfile.TemporaryDirectory() as name, Server(Path(name)) as server:
        folder = Path(name)
        refused = kubeconform(cases, server, folder)
        differ = dyff(record, folder)
    table("kubeconform, refused objects", [case["answer"] is not None for case in cases],
          [index in refused for index in range(len(cases))], listing, [case["case"] for case in cases])
    table("dyff, changed objects", [not case["answer"] for case in record["cases"]],
          [index in differ for index in range(len(record["cases"]))], listing, [case["case"] for case in record["cases"]])


if __name__ == "__main__":
    main()
