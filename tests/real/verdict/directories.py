"""Renders a base and writes a set-up as a directory of manifests and Helm values."""

import json
import os
import subprocess
import sys

import yaml


def render(folder, base):
    """The objects, Helm values and chart version of a render."""
    profiles, sets = base
    work = folder / "bases" / "-".join([profiles, *sets]).replace(",", "-")
    work.mkdir(parents=True)
    (work / "meshtrace.yaml").write_text('requires: "0.1"\n')
    command = [
        os.environ["MESHTRACE"],
        "render",
        "-p",
        profiles,
        "-o",
        "out",
        *(word for each in sets for word in ("--set", each)),
    ]
    done = subprocess.run(command, capture_output=True, check=False, cwd=work)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{(done.stdout + done.stderr).decode(errors='replace')}")
    objects = [
        each
        for file in sorted(work.glob("out/manifests/**/*.yaml"))
        for each in yaml.safe_load_all(file.read_bytes())
        if each
    ]
    text = (work / "out/helm/consul/values.yaml").read_text()
    chart = next(line for line in text.splitlines() if line.startswith("# chart: consul ")).split()[-1]
    return objects, yaml.safe_load(text), chart


def write(setup, directory):
    manifests = directory / "manifests"
    manifests.mkdir(parents=True)
    values = directory / "helm/consul/values.yaml"
    values.parent.mkdir(parents=True)
    if setup.layout != "no-values":
        values.write_text(f"# chart: consul {setup.chart}\n" + dump(setup.values))
    objects = setup.objects
    match setup.layout:
        case "list":
            (manifests / "all.yaml").write_text(dump({"apiVersion": "v1", "kind": "List", "items": objects}))
        case "one-file":
            (manifests / "all.yaml").write_text("---\n".join(dump(each) for each in objects))
        case "json":
            for number, each in enumerate(objects):
                (manifests / f"{number:02}.json").write_text(json.dumps(each, indent=1))
        case layout:
            for number, each in enumerate(objects):
                if layout == "kubectl-get":
                    each["metadata"] |= {
                        "uid": f"0000-{number}",
                        "resourceVersion": "1",
                        "creationTimestamp": "2026-01-01T00:00:00Z",
                        "generation": 1,
                    }
                    each["metadata"]["managedFields"] = [
                        {"manager": "kubectl", "operation": "Update", "apiVersion": each["apiVersion"]}
                    ]
                    each["status"] = {}
                text = dump(each)
                if layout == "comments":
                    text = "# a comment\n" + text.replace("\nspec:", "\n# another\nspec: # and one more")
                (manifests / f"{number:02}-{each['kind'].lower()}-{each['metadata']['name'].lower()}.yaml").write_text(
                    text
                )


def dump(data):
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
