#!/usr/bin/env python3
"""Writes src/stack/kube/schema/data/*.bin: the schemas by which the API server judges objects.

    main.py [CRDS]

Without CRDS only Kubernetes' own kinds and those of Go modules are written. CRDS is a folder with the definitions of programs
that are no Go modules of the proxy: a folder for each release (`consul-k8s-1.9.11`) with a file for each kind and version,
`{"group", "version", "kind", "scope", "schema"}`, taken from `helm template` of the chart or the operator's `config/crd/bases`.
"""

import json
import sys
from pathlib import Path

import yaml

from kubernetes import FIRST, Kubernetes, lifecycles, minors
from modules import download
from table import Table
from values import Values

OUT = Path(__file__).resolve().parents[3] / "src/stack/kube/schema/data"
# Families of custom kinds: releases of Go modules with their folder of CRDs, and names of folders in CRDS.
GATEWAY = [("sigs.k8s.io/gateway-api", version, "config/crd/experimental")
           for version in ("v0.6.2", "v1.0.0", "v1.1.0", "v1.2.1", "v1.3.0", "v1.4.1", "v1.5.1", "v1.6.3")]
CERT_MANAGER = [("github.com/cert-manager/cert-manager", "v1.18.2", "deploy/crds"), ("github.com/cert-manager/cert-manager", "v1.21.2", "deploy/crds")]
FAMILIES = {"gateway-api": GATEWAY, "cert-manager": CERT_MANAGER}
FOLDERS = {"consul": "consul-k8s-", "jaeger": "jaeger-operator-", "opentelemetry": "opentelemetry-operator-"}


def definitions(folder):
    for file in sorted(folder.glob("*.yaml")):
        for crd in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader):
            if not crd or crd.get("kind") != "CustomResourceDefinition":
                continue
            spec = crd["spec"]
            for version in spec["versions"]:
                if version.get("served", True):
                    yield spec["group"], version["name"], spec["names"]["kind"], spec["scope"], version["schema"]["openAPIV3Schema"]


def of_folder(folder):
    for file in sorted(folder.glob("*.json")):
        one = json.loads(file.read_text())
        yield one["group"], one["version"], one["kind"], one["scope"], one["schema"]


def family(name, releases):
    """`releases`: the version of a release with its definitions, oldest first."""
    table, kinds = Table(), {}
    versions = [version for version, _ in releases]
    for index, (_, found) in enumerate(releases):
        for group, version, kind, scope, schema in found:
            made = table.structural(schema, root=True)
            entry = kinds.setdefault((group, version, kind, scope), {})
            entry[made] = entry.get(made, 0) | 1 << index
    rows = [[*key, made, mask] for key, entry in sorted(kinds.items()) for made, mask in entry.items()]
    table.write(OUT / f"{name}.bin", {"releases": versions, "kinds": rows})


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    table, values = Table(), Values()
    built_in = Kubernetes(table, values)
    kinds = [list(row) for row in built_in.kinds()]
    metadata = built_in.definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
    values.check()
    releases = [f"1.{minor}" for minor, _ in minors()]
    table.write(OUT / "kubernetes.bin", {"releases": releases, "kinds": kinds, "metadata": metadata, "requests": built_in.requests(), "lifecycles": list(lifecycles())})
    for name, modules in FAMILIES.items():
        family(name, [(version.removeprefix("v"), list(definitions(download(module, version) / folder))) for module, version, folder in modules])
    for name, prefix in FOLDERS.items() if len(sys.argv) > 1 else ():
        found = {}
        for folder in Path(sys.argv[1]).glob(f"{prefix}*"):
            version = folder.name.removeprefix(prefix)
            # The Gateway API that a chart brings is judged with the releases of the Gateway API.
            if not version.endswith("-external"):
                found[version] = list(of_folder(folder))
        order = sorted(found, key=lambda version: [int(part) for part in version.split(".")])
        family(name, [(version, found[version]) for version in order])


main()
