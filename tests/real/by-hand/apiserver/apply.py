#!/usr/bin/env python3
"""Applies every render to a real kube-apiserver with the real definitions, and moved manifests of operators; see ../apply.test."""

import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from ask import REPO, Server
from upgrade import prepare

# The Kubernetes minor for which a chart is rendered, by its major version.
KUBERNETES = {"0": "1.24.0", "1": "1.34.0", "2": "1.34.0"}
JAEGER = """1.34.1 1.35.0 1.37.0 1.38.1 1.39.0 1.40.0 1.42.0 1.45.0 1.47.0 1.49.0 1.51.0 1.54.0 1.57.0 1.59.0 1.60.1 1.61.0 1.62.0
1.65.0""".split()
OTEL = "0.158.0"
PROFILE = """extends: [{profiles}]
jaeger: {{{version}namespace: tracing}}
operators: {{{operator}: {{manifest: files/15-operators/operator.yaml, namespace: tracing-operators{restricted}}}}}
apps: {{namespace: shop}}
services:
  web: {{image: "r.example.com/web:1", port: 8080, calls: [api], agent: {agent}, ingress: {{hosts: ["*"]}}}}
  api: {{image: "r.example.com/api:1", port: 8080, namespace: back}}
"""


class Cluster:
    def __init__(self, kubectl, folder):
        self.kubectl, self.folder, self.charts, self.defined = kubectl, folder, {}, {}

    def run(self, *words, text=None):
        return subprocess.run([str(self.kubectl), *map(str, words)], input=text, capture_output=True, text=True, check=False)

    def define(self, program, version, text):
        """Makes the definitions in a manifest those of the cluster."""
        if self.defined.get(program) == version:
            return []
        self.defined[program] = version
        kinds = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one and one["kind"] == "CustomResourceDefinition"]
        if not kinds:
            return []
        done = self.run("apply", "--server-side", "--force-conflicts", "-f", "-", text=yaml.safe_dump_all(kinds))
        # Another version of the Gateway API may be stored.
        return [line for line in done.stderr.splitlines() if line and "storedVersions" not in line and "unrecognized format" not in line]

    def chart(self, version):
        if version not in self.charts:
            folder = self.folder / "charts" / version
            unpack(os.environ["CONSUL_K8S"], f"v{version}", "charts/consul", folder)
            self.charts[version] = folder / "charts/consul"
        return self.charts[version]


def main():
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        prepare(Path(folder), server)
        # Not the one that leaves server-side apply out.
        kubectl = Path(folder) / "kubectl"
        real = subprocess.run(["sh", "-c", "command -v kubectl"], capture_output=True, text=True, check=True).stdout.strip()
        kubectl.write_text(f'#!/bin/sh\nexec {real} --kubeconfig {folder}/kubeconfig "$@"\n')
        kubectl.chmod(0o755)
        cluster = Cluster(kubectl, Path(folder))
        wrong = [f"definitions: {line}" for path in sorted(Path(os.environ["CRDS"]).rglob("*.yaml"))
                 for line in cluster.define(str(path), "", path.read_text())]
        trees = sorted(path.parent for path in [*REPO.glob("out/*/render.sha256"), *REPO.glob("tests/golden/*/expected/render.sha256")])
        cluster.define("otel", OTEL, manifest("OTEL_OPERATOR", f"v{OTEL}", Path(folder)))
        cluster.define("jaeger", JAEGER[-1], manifest("JAEGER_OPERATOR", f"v{JAEGER[-1]}", Path(folder)))
        for tree in trees:
            wrong += [f"{tree.relative_to(REPO)}: {line}" for line in apply(cluster, tree)]
        moved, said = operators(cluster, Path(folder))
        wrong += said
        print(f"{len(trees)} renders, {moved} moved operators, {len(wrong)} complaints")
        print("\n".join(wrong), end="\n" if wrong else "")
        sys.exit(1 if wrong else 0)


def unpack(clone, tag, path, into):
    into.mkdir(parents=True)
    archive = subprocess.run(["git", "-C", clone, "archive", tag, path], capture_output=True, check=True).stdout
    subprocess.run(["tar", "x", "-C", str(into)], input=archive, check=True)


def manifest(clone, tag, folder):
    """The manifest of an operator's release: what its Makefile builds."""
    into = folder / clone / tag
    if not into.exists():
        unpack(os.environ[clone], tag, "config", into)
        image = {"JAEGER_OPERATOR": "quay.io/jaegertracing/jaeger-operator",
                 "OTEL_OPERATOR": "ghcr.io/open-telemetry/opentelemetry-operator/opentelemetry-operator"}[clone]
        subprocess.run(["kustomize", "edit", "set", "image", f"controller={image}:{tag[1:]}"], cwd=into / "config/manager", check=True)
    build = ["kustomize", "build", str(into / "config/default")]
    return subprocess.run(build, capture_output=True, text=True, check=True).stdout


def apply(cluster, tree):
    wrong = []
    for values in tree.glob("helm/consul/values.yaml"):
        version = re.match(r"# chart: consul (\S+)", values.read_text().splitlines()[1])[1]
        command = ["helm", "template", "consul", cluster.chart(version), "-f", values, "-n", "consul", "--include-crds",
                   "--kube-version", KUBERNETES[version[0]]]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode:
            wrong.append(f"helm: {done.stderr.strip()[:400]}")
        else:
            wrong += cluster.define("consul", version, done.stdout)
    manifests = tree / "manifests"
    spaces = {line.split(": ")[1] for path in manifests.rglob("*.yaml") for line in path.read_text().splitlines()
              if line.startswith("  namespace: ")}
    for space in sorted(spaces):
        cluster.run("create", "namespace", space, "--save-config")
    kubectl = ["apply", "--validate=strict", "-R", "-f", manifests]
    stored = ["get", "-R", "-f", manifests, "-o", "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}"]
    first = cluster.run(*kubectl)
    before = cluster.run(*stored).stdout
    second = cluster.run(*kubectl)
    after = cluster.run(*stored).stdout
    wrong += [line[:400] for line in first.stderr.splitlines() if line and "unrecognized format" not in line]
    changed = sorted(set(after.splitlines()) - set(before.splitlines()))
    if changed or second.returncode or not before:
        wrong.append(f"a second apply changes {changed} {second.stderr[:200]}")
    for stage in sorted(manifests.iterdir()):
        if stage.name != "00-namespaces":
            cluster.run("delete", "--wait=false", "--ignore-not-found", "-R", "-f", stage)
            cluster.run("patch", "-R", "-f", stage, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    return wrong


def operators(cluster, folder):
    moved, wrong = 1, []
    for version in JAEGER:
        for restricted in [False, True]:
            if restricted and version < "1.40":
                continue
            moved += 1
            keys = {"profiles": "production", "version": f"version: {version}, ", "operator": "jaeger", "agent": "auto",
                    "restricted": ", restricted: true" if restricted else ""}
            said = move(cluster, folder / f"moved-{version}-{restricted}", manifest("JAEGER_OPERATOR", f"v{version}", folder), keys,
                        "observability")
            wrong += [f"jaeger-operator {version}{' restricted' if restricted else ''}: {line}" for line in said]
    keys = {"profiles": "production, modern", "version": "", "operator": "opentelemetry", "agent": "none", "restricted": ""}
    said = move(cluster, folder / "moved-otel", manifest("OTEL_OPERATOR", f"v{OTEL}", folder), keys, "opentelemetry-operator-system")
    return moved, wrong + [f"opentelemetry-operator {OTEL}: {line}" for line in said]


def move(cluster, project, text, keys, old):
    """Renders a project with the manifest; what is left of the old namespace, and what the API server says."""
    (project / "files/15-operators").mkdir(parents=True)
    (project / "profiles").mkdir()
    (project / "files/15-operators/operator.yaml").write_text(text)
    (project / "profiles/p.yaml").write_text(PROFILE.format(**keys))
    (project / "meshtrace.yaml").write_text('requires: "0.1"\nrenders: {p: [p]}\n')
    done = subprocess.run([os.environ["MESHTRACE"], "render"], cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr[:600]]
    path = project / "out/p/manifests/15-operators/operator.yaml"
    wrong = [f"still names {old}: {where}" for one in yaml.load_all(path.read_text(), yaml.CSafeLoader) if one
             for where in naming(one, old, f"{one['kind']} {one['metadata']['name']}")]
    changes = [line for line in difflib.ndiff(text.splitlines(), path.read_text().splitlines()) if line[:1] in "-+"]
    listed = (project / "out/p/OPERATOR.md").read_text().count("\n- ")
    if len([line for line in changes if line[0] == "-"]) > listed + 20:
        wrong.append(f"{len(changes)} lines differ, and {listed} changes are listed")
    for space in ("tracing-operators", "tracing", "shop"):
        cluster.run("create", "namespace", space, "--save-config")
    # Releases have selectors that differ, which cannot change.
    cluster.run("delete", "deployment", "--all", "-n", "tracing-operators")
    done = cluster.run("apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", path)
    wrong += [line[:300] for line in done.stderr.splitlines() if line and "already exists" not in line]
    # Webhooks that nobody answers would keep the next from being applied.
    cluster.run("delete", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "--all")
    return wrong


def naming(value, old, where):
    """Where a value names the old namespace, apart from the schemas of definitions."""
    if isinstance(value, dict):
        return [found for key, below in value.items() if key != "openAPIV3Schema" for found in naming(below, old, f"{where}/{key}")]
    if isinstance(value, list):
        return [found for index, below in enumerate(value) for found in naming(below, old, f"{where}/{index}")]
    return [where] if isinstance(value, str) and old in value else []


if __name__ == "__main__":
    main()
