#!/usr/bin/env python3
"""Writes the workloads of this folder: each object in each layout that people use.

Run it after a change, and read the diff; the files are what the tests use. `merged/` and `people/` are written by hand.
"""
import json
import pathlib

HERE = pathlib.Path(__file__).parent


def meta(name, **more):
    return {"name": name, "namespace": "shop", **more}


def pod(containers, labels, annotations=None, **spec):
    metadata = {"labels": labels}
    if annotations is not None:
        metadata["annotations"] = annotations
    return {"metadata": metadata, "spec": {"containers": containers, **spec}}


def container(name, **more):
    return {"name": name, "image": f"registry.example/{name}:1.4.2", **more}


def workload(kind, name, template, version="apps/v1", **more):
    selector = {"matchLabels": {"app": name}}
    metadata = more.pop("metadata", meta(name))
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": {"selector": selector, "template": template, **more}}


PORTS = [{"name": "http", "containerPort": 8080}]
ENV = [{"name": "LOG", "value": "info"}, {"name": "ON", "value": "yes"}, {"name": "MOTD", "value": "line one\nline two\n"}]
WEB = workload("Deployment", "web", pod([container("web", ports=PORTS)], {"app": "web"}), replicas=2)
ENVIRONMENT = workload("Deployment", "cart", pod([container("cart", env=ENV, ports=PORTS)], {"app": "cart"}))
NOTED = workload(
    "Deployment",
    "pay",
    pod([container("pay", ports=PORTS)], {"app": "pay"}, {"team": "money"}),
    metadata=meta("pay", labels={"app": "pay"}, annotations={"owner": "team-money", "note": "it's 12:30"}),
)
TWO = workload(
    "Deployment",
    "search",
    pod(
        [container("search", env=ENV, ports=PORTS), container("proxy", args=["--listen", ":9000"])],
        {"app.kubernetes.io/name": "search", "app": "s"},
        volumes=[{"name": "cache", "emptyDir": {}}],
    ),
)
SETTLED = workload(
    "Deployment",
    "news",
    pod([container("news", env=[{"name": "JAEGER_PROPAGATION", "value": "jaeger,b3,w3c"}])], {"app": "news"}),
    metadata=meta("news", annotations={"prometheus.io/scrape": "true", "prometheus.io/port": "9090"}),
)
DATABASE = workload("StatefulSet", "db", pod([container("db", ports=[{"containerPort": 5432}])], {"app": "db"}), serviceName="db")
LOGS = workload("DaemonSet", "logs", pod([container("logs")], {"app": "logs"}, tolerations=[{"operator": "Exists"}]))
SET = workload("ReplicaSet", "old", pod([container("old", ports=PORTS)], {"app": "old"}))
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": meta("debug", labels={"app": "debug"}), "spec": {"containers": [container("shell", command=["sleep", "3600"])]}}
JOB = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta("migrate"), "spec": {"template": pod([container("migrate")], {"app": "migrate"}, restartPolicy="Never")}}
CRON = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": meta("report"),
    "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": pod([container("report")], {"app": "report"}, restartPolicy="OnFailure")}}},
}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": meta("web"), "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}}
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("web"), "data": {"app.conf": "a = 1\nb = 2\n"}}
LIST = {"apiVersion": "v1", "kind": "List", "items": [SERVICE, WEB, CONFIG, DATABASE]}

OBJECTS = {
    "web": [WEB],
    "environment": [ENVIRONMENT],
    "annotated": [NOTED],
    "two-containers": [TWO],
    "settled": [SETTLED],
    "statefulset": [DATABASE],
    "daemonset": [LOGS],
    "replicaset": [SET],
    "pod": [POD],
    "job": [JOB],
    "cronjob": [CRON],
    "list": [LIST],
    "stream": [SERVICE, WEB, CONFIG, ENVIRONMENT],
}


def scalar(value, quote, deep):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if "\n" in value and quote is not None:
        return "|\n" + "".join(" " * deep + line + "\n" for line in value.rstrip("\n").split("\n")).rstrip("\n")
    plain = value and value[0].isalpha() and not any(c in value for c in ":#{}[],'*&!|>\n") and value.lower() not in ("yes", "on", "true", "false")
    if quote == "'":
        return "'" + value.replace("'", "''") + "'"
    return value if plain and quote != '"' else json.dumps(value)


class Layout:
    def __init__(self, step=2, dash=0, quote="", comments=False, blanks="", flow=()):
        self.step, self.dash, self.quote, self.comments, self.blanks, self.flow = step, dash, quote, comments, blanks, flow

    def key(self, key):
        return json.dumps(key) if self.quote == '"' else key

    def inline(self, value):
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k}: {self.inline(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.inline(v) for v in value) + "]"
        return scalar(value, None if isinstance(value, str) and "\n" in value else self.quote, 0)

    def map(self, value, column):
        lines = []
        for index, (key, inner) in enumerate(value.items()):
            if self.comments and column == 0:
                lines.append(f"# about {key}")
            head = " " * column + self.key(key) + ":"
            if not inner and isinstance(inner, (dict, list)):
                lines.append(f"{head} {{}}")
            elif key in self.flow:
                lines.append(f"{head} {self.inline(inner)}")
            elif isinstance(inner, dict):
                lines += [head + self.blanks, *self.map(inner, column + self.step)]
            elif isinstance(inner, list):
                lines += [head + self.blanks, *self.list(inner, column + self.dash)]
            else:
                text = f"{head} {scalar(inner, self.quote, column + self.step)}"
                end = f"  # {key}" if self.comments and "\n" not in text else self.blanks if "\n" not in text else ""
                lines += (text + end).split("\n")
        return lines

    def list(self, value, column):
        lines = []
        for item in value:
            if isinstance(item, dict):
                inner = self.map(item, column + 2)
                lines += [" " * column + "- " + inner[0].lstrip(), *inner[1:]]
            else:
                lines.append(" " * column + "- " + scalar(item, self.quote, column + 2))
            if self.comments and isinstance(item, dict):
                lines.append(" " * column + "  # end of the item")
        return lines

    def text(self, objects):
        return "---\n".join("\n".join(self.map(one, 0)) + "\n" for one in objects)


def stream(objects):
    return objects[0] if len(objects) == 1 else {"apiVersion": "v1", "kind": "List", "items": objects}


def anchored(text):
    return text.replace("  template:\n    metadata:\n      labels:\n        app: web\n", "  template:\n    metadata:\n      labels: *labels\n").replace(
        "    matchLabels:\n      app: web\n", "    matchLabels: &labels\n      app: web\n"
    )


LAYOUTS = {
    "kubectl.yaml": lambda objects: Layout().text(objects),
    "indented.yaml": lambda objects: Layout(dash=2).text(objects),
    "four.yaml": lambda objects: Layout(step=4, dash=4).text(objects),
    "quoted.yaml": lambda objects: "---\n" + Layout(quote="'", dash=2).text(objects),
    "double.yaml": lambda objects: Layout(quote='"').text(objects) + "...\n",
    "flow.yaml": lambda objects: Layout(flow=("metadata", "ports", "env", "labels", "matchLabels")).text(objects),
    "commented.yaml": lambda objects: "# all\n" + Layout(comments=True, dash=2).text(objects) + "# the end\n",
    "blanks.yaml": lambda objects: Layout(blanks="  ").text(objects) + "\n\n",
    "windows.yaml": lambda objects: "\ufeff" + Layout(dash=2).text(objects).replace("\n", "\r\n"),
    "unended.yaml": lambda objects: Layout().text(objects).rstrip("\n"),
    "anchors.yaml": lambda objects: anchored(Layout().text(objects)),
    "pretty.json": lambda objects: json.dumps(stream(objects), indent=2) + "\n",
    "tight.json": lambda objects: json.dumps(stream(objects), separators=(",", ":")),
}

for name, objects in OBJECTS.items():
    for layout, text in LAYOUTS.items():
        if layout == "anchors.yaml" and name not in ("web", "stream", "list"):
            continue
        path = HERE / name / layout
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text(objects).encode())
