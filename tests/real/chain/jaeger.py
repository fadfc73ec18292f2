"""The real Jaeger at the pod's address: started as its operator would, and asked for its spans by its HTTP API."""

import json
import re

from network import POD
from programs import Processes, get, wait
from receivers import V2

# Each listens on all addresses in a pod; here, on that of the pod.
PORTS = {
    "admin.http.host-port": 14269,
    "collector.grpc-server.host-port": 14250,
    "collector.http-server.host-port": 14268,
    "collector.otlp.grpc.host-port": 4317,
    "collector.otlp.http.host-port": 4318,
    "query.grpc-server.host-port": 16685,
    "query.http-server.host-port": 16686,
}
AGENT_PORTS = {
    "http-server.host-port": 5778,
    "processor.jaeger-binary.server-host-port": 6832,
    "processor.jaeger-compact.server-host-port": 6831,
    "processor.zipkin-compact.server-host-port": 5775,
}


class Jaeger:
    """One at a time; the same again is not started anew."""

    def __init__(self, folder, tools):
        self.processes, self.tools, self.folder, self.running = Processes(folder), tools, folder, None

    def clear(self, kind):
        """Ends one of another kind, so that none holds a port that is another's now."""
        if repr(kind) != self.running:
            self.processes.stop()
            self.running = None

    def start(self, kind):
        """Why it does not start, or None."""
        key = repr(kind)
        if key == self.running and self.processes.alive("jaeger"):
            return None
        self.clear(None)
        program = self.tools / f"jaeger-{version_for(kind)}"
        words, environment = self.version_two(kind) if isinstance(kind, V2) else version_one(kind)
        process = self.processes.start("jaeger", [program, *words], environment)
        wait(lambda: process.poll() is not None or get(POD, 16686, "/api/services")[0] == 200, 20)
        if process.poll() is not None or get(POD, 16686, "/api/services")[0] != 200:
            last = self.processes.log("jaeger").strip().splitlines()[-3:]
            return f"Jaeger does not start: {' | '.join(last)[:600]}"
        self.running = key
        return None

    def version_two(self, kind):
        if kind.config is None:
            return [], {"JAEGER_LISTEN_HOST": POD}
        config = json.loads(re.sub(r'"(0\.0\.0\.0|\[::\])?:(\d+)"', rf'"{POD}:\2"', json.dumps(kind.config)))
        storage = (config.get("extensions") or {}).get("jaeger_storage") or {}
        for backend in (storage.get("backends") or {}).values():
            if "memory" not in backend:  # Elasticsearch and the like are not here
                backend.clear()
                backend["memory"] = {"max_traces": 50000}
        config.setdefault("service", {}).setdefault("telemetry", {"metrics": {"level": "none"}})
        path = self.folder / "jaeger.json"
        path.write_text(json.dumps(config))
        return ["--config", path], {}

    def spans(self, marker):
        """{(kind of request and entry, number): [span]} of the requests with this marker in their path."""
        found, known = {}, set()
        for service in data(get(POD, 16686, "/api/services")):
            for trace in data(get(POD, 16686, f"/api/traces?service={service}&limit=400&lookback=1h")):
                for span in trace["spans"]:
                    tags = {tag["key"]: tag["value"] for tag in span.get("tags") or []}
                    url = str(tags.get("http.url") or tags.get("url.full") or "")
                    path = re.search(rf"/{marker}/([\w@-]+)/(\d+)$", url)
                    key = (span["spanID"], span["operationName"], trace["traceID"])
                    if path and key not in known:
                        known.add(key)
                        one = {"proxy": tags.get("node_id"), "kind": tags.get("span.kind")}
                        found.setdefault((path[1], int(path[2])), []).append(one)
        return found


def version_for(kind):
    if isinstance(kind, V2):
        return "2"
    return "1.76" if kind.modern else "1.42"


def version_one(kind):
    """Arguments and environment as the operator gives them; a plain workload's are all its own."""
    ports, environment = dict(PORTS), {"SPAN_STORAGE_TYPE": "memory"}
    if not kind.plain:
        ports["collector.zipkin.host-port"] = 9411
        environment["COLLECTOR_OTLP_ENABLED"] = "true"
    arguments = {option: f"{POD}:{port}" for option, port in ports.items()}
    if not kind.modern:
        environment["JAEGER_DISABLED"] = "true"  # its spans of itself
        arguments |= {option: f"{POD}:{port}" for option, port in AGENT_PORTS.items()}
    for option, value in kind.options.items():
        host, colon, port = value.rpartition(":")
        if option.endswith("host-port") and colon and port != "0" and host in ("", "0.0.0.0", "[::]"):
            value = f"{POD}:{port}"
        arguments[option] = value
    return [f"--{option}={value}" for option, value in arguments.items()], environment


def data(answer):
    try:
        return json.loads(answer[1]).get("data") or [] if answer[0] == 200 else []
    except (ValueError, AttributeError):
        return []
