"""Whether `check` refuses the values that helm refuses: python3 judge.py CHARTS COUNT SEED [VERSION,...]

CHARTS has a directory for each version, such as 1.4.10, with hashicorp/consul-k8s charts/consul of that tag. Takes
values that turn most of the chart on, puts one to three other values somewhere in them, and asks helm and meshtrace
($MESHTRACE). Prints each difference; exits with 1 if there is one. $RECORD names a file to which every values file is
appended with helm's answer, as in tests/truth/helm/values.jsonl.
"""

import copy
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

MESHTRACE = os.environ.get("MESHTRACE", "meshtrace")
TABLES = pathlib.Path(__file__).parents[4] / "src/stack/consul"

# By the kind of a key, and what any key may be given.
OWN = {
    "boolean": [True, False],
    "integer": [0, 1, 3, 8502],
    "string": ["", "x", "Service", "NodePort", "Static", "Always", "a: b"],
    "list": [[], ["x"], [{"name": "x"}]],
    "map": [{}, {"x": "y"}],
}
ANY = [None, True, False, 0, 3, "", "x", "false", [], ["x"], {}, {"x": "y"}]
GATEWAYS = [
    [],
    [{}],
    [{"name": "a"}, {"name": "a"}],
    [{"name": "a", "service": {"type": "NodePort"}}],
    [{"name": "a", "service": {"ports": []}}],
    "x",
    {"a": {"name": "b"}},
]
SWITCHES = [
    ("global.acls.manageSystemACLs", False),
    ("connectInject.enabled", False),
    ("global.tls.enabled", False),
    ("client.enabled", False),
    ("server.replicas", 5),
    ("global.enabled", False),
    ("server.enabled", False),
    ("meshGateway.enabled", False),
]


def base(version):
    """Values with most sections on."""
    values = {
        "global": {
            "name": "consul",
            "datacenter": "dc1",
            "tls": {"enabled": True},
            "acls": {"manageSystemACLs": True},
            "gossipEncryption": {"autoGenerate": True},
            "metrics": {"enabled": True, "enableAgentMetrics": True},
        },
        "server": {"replicas": 3, "bootstrapExpect": 3},
        "ui": {"enabled": True},
        "syncCatalog": {"enabled": True},
        "connectInject": {"enabled": True, "default": True},
        "meshGateway": {"enabled": True, "wanAddress": {"source": "Service"}},
        "ingressGateways": {
            "enabled": True,
            "gateways": [{"name": "ingress-gateway", "service": {"type": "ClusterIP", "ports": [{"port": 5000}]}}],
        },
        "terminatingGateways": {"enabled": True, "gateways": [{"name": "terminating-gateway"}]},
    }
    if version.startswith("0."):
        values |= {"controller": {"enabled": True}, "client": {"enabled": True, "grpc": True}}
    return values


def put(values, path, value):
    *above, last = path.split(".")
    for part in above:
        if not isinstance(values.get(part), dict):
            values[part] = {}
        values = values[part]
    values[last] = value


def mutated(version, keys, chance):
    """Values, and what was put into them."""
    values, puts = copy.deepcopy(base(version)), []
    for _ in range(chance.choice([1, 1, 2, 3])):
        (path, kind), how = chance.choice(keys), chance.random()
        if how < 0.45:
            value = chance.choice(OWN.get(kind, ANY))
        elif how < 0.8:
            value = chance.choice(ANY)
        elif how < 0.9:
            path, value = "ingressGateways.gateways", chance.choice(GATEWAYS)
        else:
            path, value = chance.choice(SWITCHES)
        put(values, path, value)
        puts.append((path, value))
    return values, puts


def without_definitions(chart, into):
    """CustomResourceDefinitions take most of the time and read two or three keys."""
    shutil.copytree(chart, into)
    for pattern in ("crd-*", "consul-crd-*"):
        for file in (into / "templates").glob(pattern):
            file.unlink()
    return into


def renders(chart, values):
    command = ["helm", "template", "consul", str(chart), "--kube-version", "1.30", "-f", "-"]
    answer = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True)
    return answer.returncode == 0, answer.stderr.strip()[-250:]


def passes(version, values, folder):
    file = folder / "values.yaml"
    file.write_text(f"# chart: consul {version}\n{json.dumps(values)}\n")
    answer = subprocess.run([MESHTRACE, "check", "--format", "json", file], capture_output=True, text=True)
    errors = [one["message"] for one in json.loads(answer.stdout)["findings"] if one["severity"] == "error"]
    return not errors, errors[:2]


def record(row):
    if file := os.environ.get("RECORD"):
        with open(file, "a") as records:
            records.write(json.dumps(row, separators=(",", ":")) + "\n")


def main():
    charts, count, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rows = [line.split("\t") for line in (TABLES / "values/keys.tsv").read_text().splitlines()]
    versions = ["0.46.1", "0.49.8", "1.0.11", "1.2.9", "1.4.10", "1.6.10", "1.8.16", "1.9.11", "2.0.3"]
    asked = sys.argv[4].split(",") if len(sys.argv) > 4 else versions
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for version in asked:
            bit = versions.index(version)
            keys = [(row[1], row[2]) for row in rows if int(row[0], 16) >> bit & 1 and "[]" not in row[1]]
            chart = without_definitions(charts / version, pathlib.Path(scratch) / version)
            chance, refused, missed, alarms = random.Random(seed + version), 0, 0, 0
            for at in range(count):
                values, puts = mutated(version, keys, chance)
                (renders_it, why), (passes_it, errors) = renders(chart, values), passes(version, values, pathlib.Path(scratch))
                record({"name": f"random-{seed}-{at}", "helm": {version: renders_it}, "values": values})
                refused += not renders_it
                missed += passes_it and not renders_it
                alarms += renders_it and not passes_it
                if renders_it != passes_it:
                    print("MISSED" if passes_it else "FALSE ALARM", version, json.dumps(puts), why or errors, flush=True)
            print(f"{version}: {count} values files, helm refuses {refused}, {missed} missed, {alarms} false alarms", flush=True)
            wrong += missed + alarms
    sys.exit(wrong > 0)


main()
