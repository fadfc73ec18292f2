#!/usr/bin/env python3
"""Prints the software bill of materials of a release as CycloneDX 1.6 JSON: each crate that is compiled into the program for a
target, with version, licence, checksum and what it depends on. Reads `cargo metadata` and Cargo.lock, nothing else, and has
neither time nor serial number, so the same commit gives the same bytes.

usage: sbom.py TARGET
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: sbom.py TARGET")
    target = sys.argv[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    needs, seen, todo = {}, {root}, [root]
    while todo:
        one = todo.pop()
        needs[one] = [dep["pkg"] for dep in nodes[one]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        for other in needs[one]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    sums = checksums()
    crates = sorted((packages[one] for one in seen if one != root), key=lambda package: (package["name"], package["version"]))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {**component(packages[root], sums), "type": "application"},
            "properties": [{"name": "target", "value": target}],
        },
        "components": [component(package, sums) for package in crates],
        "dependencies": [
            {"ref": ref(packages[one]), "dependsOn": sorted(ref(packages[other]) for other in needs[one])}
            for one in sorted(seen, key=lambda one: ref(packages[one]))
        ],
    }
    json.dump(document, sys.stdout, indent=2)
    print()


def ref(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, sums):
    made = {"type": "library", "bom-ref": ref(package), "name": package["name"], "version": package["version"], "purl": ref(package)}
    if package.get("license"):
        # Cargo once allowed a slash for "or".
        made["licenses"] = [{"expression": package["license"].replace("/", " OR ") if " " not in package["license"] else package["license"]}]
    checksum = sums.get((package["name"], package["version"]))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return made


def checksums():
    text = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    found = re.findall(r'name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "([0-9a-f]{64})"', text)
    return {(name, version): checksum for name, version, checksum in found}


main()
