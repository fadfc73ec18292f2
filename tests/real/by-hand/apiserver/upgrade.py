#!/usr/bin/env python3
"""Goes from every render in `out/` to every other by the commands of `diff --format steps`, on a real kube-apiserver.

After the commands of a pair the server has the objects of TO, as `kubectl diff` sees them, and no other. No controller runs: what
only they do is played (namespaces that are deleted) or left out (`rollout`, `wait`, `helm`), so this is about objects: that each
command is accepted, that what is gone is deleted, and that what cannot change is made again. Custom kinds accept everything.

With --uninstall it runs the commands of INSTALL.md's section about that instead: afterwards nothing of the render is left.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from pathlib import Path

import yaml
from ask import REPO, Server

OWN = {"default", "kube-system", "kube-public", "kube-node-lease"}
PLURAL = {"ProxyDefaults": "proxydefaults", "ServiceDefaults": "servicedefaults", "ServiceIntentions": "serviceintentions"}
KUBECTL = """#!/bin/sh
case " $* " in *" rollout "*|*" wait "*|*" --server-side "*) exit 0;; esac
exec {kubectl} --kubeconfig {config} "$@"
"""


def main():
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        tools = prepare(Path(folder), server)
        renders = sorted(path.name for path in (REPO / "out").iterdir() if (path / "render.sha256").exists())
        objects = {name: read(REPO / "out" / name) for name in renders}
        define(server, objects)
        threading.Thread(target=finalize, args=(server,), daemon=True).start()
        if sys.argv[1:] == ["--uninstall"]:
            wrong = [line for name in renders for line in uninstall(server, tools, name, objects)]
            print(f"{len(renders)} renders uninstalled, {len(wrong)} objects left")
        else:
            wrong = upgrades(server, tools, renders, objects)
        print("\n".join(wrong), end="\n" if wrong else "")
        sys.exit(1 if wrong else 0)


def upgrades(server, tools, renders, objects):
    trail = circuit(renders)
    run(tools, f"kubectl apply -R -f out/{trail[0]}/manifests/00-namespaces && kubectl apply -R -f out/{trail[0]}/manifests")
    wrong, commands = [], 0
    for old, new in zip(trail, trail[1:]):
        steps = subprocess.run([os.environ["MESHTRACE"], "diff", f"out/{old}", f"out/{new}", "--format", "steps"], cwd=REPO,
                               capture_output=True, text=True, check=False)
        commands += sum(not line.startswith("#") and bool(line) for line in steps.stdout.splitlines())
        run(tools, steps.stdout)
        wrong += [f"{old} to {new}: {line}" for line in compare(server, tools, new, objects)]
    print(f"{len(trail) - 1} pairs, {commands} commands, {len(wrong)} differences")
    return wrong


def uninstall(server, tools, name, objects):
    run(tools, f"kubectl apply -R -f out/{name}/manifests/00-namespaces && kubectl apply -R -f out/{name}/manifests")
    text = (REPO / "out" / name / "INSTALL.md").read_text().split("\n## Uninstall\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    inline = [line for line in re.findall(r"`(kubectl [^`]*)`", text) if " delete " in line and "crd" not in line]
    # The definitions are for all renders. What is fetched from the network was not installed either.
    local = [line for line in "".join(blocks).splitlines() + inline if "https://" not in line and not line.startswith("helm ")]
    run(tools, f"set -e\ncd out/{name}\n" + "\n".join(local))
    return [f"{name}: {line} is left" for line in sorted(have(server, objects))]


def circuit(names):
    """A way over every ordered pair once, which ends where it began (Hierholzer)."""
    left = {name: [other for other in names if other != name] for name in names}
    stack, trail = [names[0]], []
    while stack:
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            trail.append(stack.pop())
    return trail[::-1]


def prepare(folder, server):
    config = folder / "kubeconfig"
    cluster = {"server": f"https://127.0.0.1:{server.port}", "insecure-skip-tls-verify": True}
    config.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "c", "user": {"token": server.token}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
    }))
    tools = folder / "tools"
    tools.mkdir()
    kubectl = subprocess.run(["sh", "-c", "command -v kubectl"], capture_output=True, text=True, check=True).stdout.strip()
    for name, text in (("kubectl", KUBECTL.format(kubectl=kubectl, config=config)), ("helm", "#!/bin/sh\n"), ("sleep", "#!/bin/sh\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    return tools


def run(tools, script):
    path = f"{tools}:{Path(os.environ['MESHTRACE']).parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", script], cwd=REPO, env={**os.environ, "PATH": path}, capture_output=True, text=True,
                          check=False, timeout=300)
    if done.returncode:
        sys.exit(f"{script}\nexit {done.returncode}\n{done.stdout}{done.stderr}")


def read(folder):
    return [each for path in sorted((folder / "manifests").rglob("*.yaml")) for each in yaml.safe_load_all(path.read_text()) if each]


def identity(each):
    meta = each["metadata"]
    return (each["apiVersion"].rpartition("/")[0], each["kind"], meta.get("namespace", ""), meta["name"])


def kinds(objects):
    return sorted({(each["apiVersion"], each["kind"]) for some in objects.values() for each in some})


def define(server, objects):
    for version, kind in kinds(objects):
        group, _, version = version.rpartition("/")
        if "." not in group or group.endswith("k8s.io") and "gateway" not in group:
            continue
        plural = PLURAL.get(kind, kind.lower() + "s")
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        said = server.create({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}",
                         "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
            "spec": {"group": group, "scope": "Namespaced", "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]},
        }, dry=False)
        if said:
            sys.exit(f"{kind}: {said}")
    for _ in range(60):
        server.kinds = {}
        server.discover()
        if all(one in server.kinds for one in kinds(objects)):
            return
        time.sleep(0.5)
    sys.exit("the custom kinds are not served")


def lists(server, objects):
    for version, kind in kinds(objects):
        path, plural, _ = server.kinds[(version, kind)]
        for each in server.request("GET", f"{path}/{plural}")["items"]:
            yield path, plural, {"apiVersion": version, "kind": kind, **each}


def have(server, objects):
    found = {identity(each) for _, _, each in lists(server, objects)}
    return {one for one in found if one[3] not in OWN and one != ("", "Service", "default", "kubernetes")}


def compare(server, tools, name, objects):
    wanted = {identity(each) for each in objects[name]}
    found = have(server, objects)
    lines = [f"{one} is missing" for one in sorted(wanted - found)] + [f"{one} is left" for one in sorted(found - wanted)]
    diff = subprocess.run([tools / "kubectl", "diff", "-R", "-f", f"out/{name}/manifests"], cwd=REPO, capture_output=True,
                          text=True, check=False)
    return lines + ([] if diff.returncode == 0 else [f"kubectl diff: exit {diff.returncode}: {(diff.stdout + diff.stderr)[-600:]}"])


def finalize(server):
    """The namespace controller: deletes what is in a namespace that is being deleted, and then lets it go."""
    import json
    while True:
        time.sleep(0.2)
        try:
            for space in server.request("GET", "/api/v1/namespaces")["items"]:
                if not space["metadata"].get("deletionTimestamp"):
                    continue
                name = space["metadata"]["name"]
                for (_, _), (path, plural, namespaced) in list(server.kinds.items()):
                    if namespaced and plural not in ("events", "bindings", "localsubjectaccessreviews"):
                        try:
                            server.request("DELETE", f"{path}/namespaces/{name}/{plural}")
                        except (urllib.error.HTTPError, json.JSONDecodeError):
                            pass
                space["spec"]["finalizers"] = []
                server.request("PUT", f"/api/v1/namespaces/{name}/finalize", {"apiVersion": "v1", "kind": "Namespace", **space})
        except (OSError, urllib.error.HTTPError):
            pass


if __name__ == "__main__":
    main()
