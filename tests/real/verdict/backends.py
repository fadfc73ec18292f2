"""The ports and names of tracing backends: what the operators, or plain objects, make of them. A model.

`injected` tells of annotations and a namespace whether such pods get a sidecar: its mTLS leaves no plain port.
"""

import re

from data import annotations, at, namespace, selects


class Network:
    """DNS names with their addresses, and the ports that are open there."""

    def __init__(self):
        self.names = {}
        self.ports = []
        self.addresses = 0

    def address(self, kind):
        self.addresses += 1
        return f"127.{kind}.{self.addresses}.1"

    def name(self, service, namespace, address):
        self.names[f"{service}.{namespace}.svc.cluster.local"] = [address]

    def open(self, address, port, speaks, any_path=False):
        self.ports.append({"address": address, "port": port, "speaks": speaks, "any_path": any_path})


def jaeger(network, each, injected):
    """jaeger-operator 1.x: names, Services and the ports that its pods open."""
    name, where, spec = each["metadata"]["name"], namespace(each), each.get("spec") or {}
    lasting = at(spec, "storage", "type") in ("cassandra", "elasticsearch", "kafka", "grpc-plugin")
    # Anything else falls back to all-in-one.
    apart = lasting and str(spec.get("strategy", "")).lower() in ("production", "streaming")
    component = spec.get("collector" if apart else "allInOne") or {}
    options = flat(component.get("options") or {})
    image = component.get("image", "jaegertracing/all-in-one:1.37.0")
    any_path = version(image) >= (1, 53)
    ends = [("zipkin", options.get("collector.zipkin.host-port", ":9411")), ("other", ":14268")]
    shown = [9411, 14250, 14267, 14268]
    if options.get("collector.otlp.enabled", "true") != "false":
        ends += [("otlp-grpc", ":4317"), ("otlp-http", ":4318")]
        shown += [4317, 4318]
    if injected(spec.get("annotations", {}) | component.get("annotations", {}), where):
        ends = []
    for suffix in ("collector", "collector-headless"):
        address = network.address(10)
        network.name(dns_name(name, suffix), where, address)
        # A headless Service is the pod itself, whose ports need not be among the Service's.
        headless = suffix == "collector-headless"
        for speaks, end in ends:
            port = open_port(end)
            if port and (port in shown or headless):
                network.open(address, port, speaks, any_path)
    if not apart:
        # The agent's Service is headless too, and selects the same pod.
        network.name(dns_name(name, "agent"), where, address)
    query = network.address(10)
    network.name(dns_name(name, "query"), where, query)
    network.open(query, 16686, "other")


def otel_collector(network, each):
    """OpenTelemetry operator: a Service with the ports of those receivers that a pipeline uses."""
    name, spec = each["metadata"]["name"], each["spec"]
    if spec.get("mode", "deployment") == "sidecar":
        return
    config = spec["config"]
    pipelines = config["service"]["pipelines"].values()
    used = {receiver for pipeline in pipelines for receiver in pipeline.get("receivers", [])}
    receivers = config.get("receivers") or {}
    ends = []
    if "zipkin" in used:
        ends.append(("zipkin", (receivers.get("zipkin") or {}).get("endpoint", "0.0.0.0:9411")))
    if "otlp" in used:
        protocols = (receivers.get("otlp") or {}).get("protocols") or {}
        if "grpc" in protocols:
            ends.append(("otlp-grpc", (protocols["grpc"] or {}).get("endpoint", "0.0.0.0:4317")))
        if "http" in protocols:
            ends.append(("otlp-http", (protocols["http"] or {}).get("endpoint", "0.0.0.0:4318")))
    for suffix in ("collector", "collector-headless"):
        address = network.address(10)
        network.name(dns_name(name, suffix), namespace(each), address)
        for speaks, end in ends:
            if port := open_port(end):
                network.open(address, port, speaks, any_path=True)


def open_port(end):
    """The port of `host:port` that others reach, or None."""
    host, _, port = end.rpartition(":")
    return int(port) if host in ("", "0.0.0.0", "[::]") and port.isdigit() else None


def plain(network, services, deployments, injected):
    """Services over Deployments. Only Jaeger's images speak; any Service has a name."""
    for service in services:
        spec = service["spec"]
        address = network.address(10)
        network.name(service["metadata"]["name"], namespace(service), address)
        for deployment in deployments:
            template = deployment["spec"]["template"]
            if not selects(service, deployment) or injected(annotations(template), namespace(deployment)):
                continue
            containers = template["spec"]["containers"]
            listening = {port: speaks for each in containers for port, speaks in jaeger_image(each).items()}
            any_path = any(version(each["image"]) >= (1, 53) for each in containers)
            if spec.get("clusterIP") == "None":
                for port, speaks in listening.items():
                    network.open(address, port, speaks, any_path)
                continue
            named = {each.get("name"): each["containerPort"] for one in containers for each in one.get("ports", [])}
            for port in spec["ports"]:
                target = port.get("targetPort", port["port"])
                target = named.get(target, target)
                if target in listening:
                    network.open(address, port["port"], listening[target], any_path)


def dns_name(name, suffix):
    """The operators' DNSName(Truncate(name + "-" + suffix, 63))."""
    over = len(name) + 1 + len(suffix) - 63
    if over > 0:
        name = name[: len(name) - over]
    full = f"{name}-{suffix}"
    full = re.sub(r"^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$", "", full).lower() if over > 0 else full.lower()
    middle = re.sub(r"[^a-z0-9]", "-", full)
    return re.sub(r"^-", "a", re.sub(r"-$", "a", middle))


def jaeger_image(container):
    """The ports that a container with an image of Jaeger opens."""
    name = container["image"].split("/")[-1].split(":")[0]
    if name == "jaeger" and version(container["image"]) >= (2, 0):
        return {9411: "zipkin", 4317: "otlp-grpc", 4318: "otlp-http", 14268: "other", 16686: "other"}
    if name not in ("all-in-one", "jaeger-collector"):
        return {}
    variables = {each["name"]: each.get("value", "") for each in container.get("env", [])}
    end = variables.get("COLLECTOR_ZIPKIN_HOST_PORT", "")
    for argument in container.get("args", []):
        if argument.startswith("--collector.zipkin.host-port="):
            end = argument.partition("=")[2]
    opened = {4317: "otlp-grpc", 4318: "otlp-http", 14268: "other"}
    if port := open_port(end):
        opened[port] = "zipkin"
    return opened


def version(image):
    """(major, minor) of an image's tag; a floating tag of Jaeger v1 is the last of them."""
    tag = image.rpartition("/")[2].partition(":")[2]
    numbers = re.match(r"v?(\d+)\.(\d+)", tag)
    return (int(numbers[1]), int(numbers[2])) if numbers else (1, 76)


def flat(options, prefix=""):
    """The operator's options: nested maps joined by dots, scalars as text."""
    found = {}
    for key, value in options.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found
