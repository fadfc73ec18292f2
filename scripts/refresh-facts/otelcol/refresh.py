#!/usr/bin/env python3
"""Writes src/stack/otel/fields.tsv: the keys of a collector's components, by release.

    refresh.py KEEP > src/stack/otel/fields.tsv

KEEP is a folder for the answers of each release, so that a second run asks only for those that are missing.

Builds probe.go against each release of the collector from the Go module proxy, with the components below that the
release has, and against the Jaeger that brings its own (from the source of its module, since they are internal). Each
prints what its components take; equal rows of several releases become one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORE, CONTRIB = "go.opentelemetry.io/collector", "github.com/open-telemetry/opentelemetry-collector-contrib"
# Releases far enough apart to see what changed, and the contrib modules' patch release where they have another.
RELEASES = {"0.88.0": "0.88.0", "0.110.0": "0.110.0", "0.128.0": "0.128.0", "0.140.0": "0.140.1", "0.160.0": "0.160.0"}
# Jaeger's module has a version 1 for the releases of version 2 up to here.
JAEGER, JAEGERS = "github.com/jaegertracing/jaeger", {"2.0.0": "1.63.0", "2.5.0": "1.68.0", "2.13.0": "1.76.0"}
COMPONENTS = {
    CORE: """receiver/otlpreceiver receiver/nopreceiver exporter/otlpexporter exporter/otlphttpexporter
        exporter/debugexporter exporter/loggingexporter exporter/nopexporter processor/batchprocessor
        processor/memorylimiterprocessor connector/forwardconnector extension/zpagesextension
        extension/memorylimiterextension""",
    CONTRIB: """receiver/jaegerreceiver receiver/zipkinreceiver exporter/loadbalancingexporter exporter/zipkinexporter
        processor/attributesprocessor processor/resourceprocessor processor/filterprocessor processor/spanprocessor
        processor/probabilisticsamplerprocessor processor/tailsamplingprocessor processor/k8sattributesprocessor
        processor/transformprocessor processor/groupbytraceprocessor connector/spanmetricsconnector
        connector/servicegraphconnector connector/routingconnector extension/healthcheckextension
        extension/pprofextension extension/bearertokenauthextension""",
}
OLD = """package main

import (
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
)

func unmarshal(values map[string]any, into component.Config) error {
	return component.UnmarshalConfig(confmap.NewFromStringMap(values), into)
}

func validate(config component.Config) error { return component.ValidateConfig(config) }
"""
NEW = """package main

import (
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"%s
)

func unmarshal(values map[string]any, into component.Config) error {
	return confmap.NewFromStringMap(values).Unmarshal(into)
}

func validate(config component.Config) error { return %s.Validate%s(config) }
"""


def shim(release):
    """unmarshal.go: how this release reads and validates a configuration."""
    minor = int(release.split(".")[1])
    if minor < 100:
        return OLD
    if minor < 120:
        return NEW % ("", "component", "Config")
    if minor >= 150:
        return NEW % ("", "confmap", "")
    return NEW % ('\n\t"go.opentelemetry.io/collector/confmap/xconfmap"', "xconfmap", "")


def go(folder, *arguments, check=True):
    environment = os.environ | {"GOFLAGS": "-mod=mod", "GOWORK": "off"}
    done = subprocess.run(["go", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if check and done.returncode:
        sys.exit(f"go {' '.join(arguments)}: {done.stderr[-3000:]}")
    return done


def exists(module, version):
    folder = tempfile.mkdtemp()
    return go(folder, "mod", "download", f"{module}@v{version}", check=False).returncode == 0


def kind_of(module):
    return module.split("/")[0]


def listing(modules):
    """components.go: the factories of these modules."""
    lines = ["package main", "", "import ("]
    lines += [f'\tc{number} "{module}"' for number, (_, module) in enumerate(modules)]
    lines += [")", "", "func components() []Named {", "\treturn []Named{"]
    lines += [f'\t\t{{"{kind}", c{number}.NewFactory()}},' for number, (kind, _) in enumerate(modules)]
    return "\n".join([*lines, "\t}", "}", ""])


def probe(release):
    contrib = RELEASES[release]
    wanted = [(CORE, module, release) for module in COMPONENTS[CORE].split()]
    wanted += [(CONTRIB, module, contrib) for module in COMPONENTS[CONTRIB].split()]
    there = [each for each in wanted if exists(f"{each[0]}/{each[1]}", each[2])]
    missing = [module for root, module, version in wanted if (root, module, version) not in there]
    print(f"{release}: without {' '.join(missing) or 'none'}", file=sys.stderr)
    folder = Path(tempfile.mkdtemp())
    (folder / "probe.go").write_text((HERE / "probe.go").read_text())
    (folder / "unmarshal.go").write_text(shim(release))
    (folder / "components.go").write_text(listing([(kind_of(module), f"{root}/{module}") for root, module, _ in there]))
    requires = "\n".join(f"\t{root}/{module} v{version}" for root, module, version in there)
    (folder / "go.mod").write_text(f"module probe\n\ngo 1.24\n\nrequire (\n{requires}\n)\n")
    return run(folder, ".")


def run(folder, package):
    binary = folder / "probe.bin"
    go(folder, "build", "-ldflags=-s -w -checklinkname=0", "-o", str(binary), package)
    done = subprocess.run([binary], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def jaeger(release):
    module = f"{JAEGER}@v{JAEGERS[release]}"
    at = json.loads(go(tempfile.mkdtemp(), "mod", "download", "-json", module).stdout)["Dir"]
    folder = Path(tempfile.mkdtemp()) / "jaeger"
    shutil.copytree(at, folder, copy_function=shutil.copyfile)
    for each in [folder, *folder.rglob("*")]:
        each.chmod(0o755 if each.is_dir() else 0o644)
    inside = folder / "cmd/jaeger/internal/probe"
    inside.mkdir()
    (inside / "probe.go").write_text((HERE / "probe.go").read_text())
    (inside / "unmarshal.go").write_text(shim("0.110.0" if release == "2.0.0" else "0.139.0"))
    source = (folder / "cmd/jaeger/internal/components.go").read_text()
    imports = dict((path.split("/")[-1], path) for path in re.findall(r'^\t"([^"]+)"$', source, re.M))
    found = []
    for kind, block in re.findall(r"factories\.(\w+)s, err = b\.\w+\((.*?)\n\t\)", source, re.S):
        found += [(kind.lower(), imports[name]) for name in re.findall(r"(\w+)\.NewFactory", block) if name in imports]
    found = [(kind, path) for kind, path in found if "integration" not in path]
    (inside / "components.go").write_text(listing(found))
    return run(folder, "./cmd/jaeger/internal/probe")


def tables(rows, order):
    """The lines of fields.tsv for {(kind, type): {path: {release: (takes, words)}}}."""
    types, blocks = {}, []

    def cells(seen, above):
        """`mask=takes=words` for each value; without a mask where it is as above."""
        values = {}
        for number, release in enumerate(order):
            if release in seen:
                values[seen[release]] = values.get(seen[release], 0) | 1 << number
        whole = sum(values.values())
        return whole, [("" if mask == above else f"{mask:x}") + "=" + "=".join(value) for value, mask in values.items()]

    def below(paths, prefix, above, depth):
        """The lines of everything below a path."""
        start = f"{prefix}." if prefix else ""
        for path in sorted(paths):
            if not path or not path.startswith(start) or "." in path[len(start):]:
                continue
            mask, cell = cells(paths[path], above)
            inner = list(below(paths, path, mask, 1))
            line = " " * depth + "\t".join([path[len(start):], *cell])
            if len(inner) > 2:
                text = "\n".join(inner)
                if text not in types:
                    types[text] = len(types)
                    blocks.append(inner)
                yield f"{line}\t%{types[text]}"
            else:
                yield line
                yield from (" " * depth + each for each in inner)

    lines = []
    for (kind, name), paths in sorted(rows.items()):
        mask, cell = cells(paths[""], 0)
        lines += ["\t".join([f"{kind} {name}", *cell]), *below(paths, "", mask, 1)]
    for number, block in enumerate(blocks):
        lines += [f"%{number}", *block]
    return lines


def normal(name):
    """As `key` in src/stack/otel/components.rs."""
    return "otlp" if name == "otlp_grpc" else name.replace("_", "")


def main():
    keep = Path(sys.argv[1])
    order = [*RELEASES, *JAEGERS]
    rows = {}
    for release in order:
        kept = keep / f"{release}.json"
        if not kept.exists():
            answers = jaeger(release) if release in JAEGERS else probe(release)
            kept.write_text(json.dumps(answers))
            print(f"{release}: {len(answers)} keys", file=sys.stderr)
        for row in json.loads(kept.read_text()):
            seen = rows.setdefault((row["kind"], normal(row["type"])), {}).setdefault(row["path"], {})
            words = [word or '""' for word in row.get("words", [])]
            seen[release] = (row["takes"], " ".join(words), row.get("signals", ""))
    print("# Generated by scripts/refresh-facts/otelcol/refresh.py: what the components of a collector take.")
    print("# releases", *order, sep="\t")
    print(*tables(rows, order), sep="\n")


main()
