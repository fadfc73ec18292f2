"""The Services in front of what receives spans, and which Jaeger to start: what the operators make of their resources,
and what plain workloads say themselves.

In: a `Manifests`. Out: `Backend.services`, {NAME.NAMESPACE: {port: port of the pod}}, and `Backend.jaegers`, a `V1` or
`V2` each, of which the chain starts the first.
"""

import copy
import re
from dataclasses import dataclass, field

import yaml
from manifests import at, name, namespace, selects

DISTRIBUTED = ("elasticsearch", "cassandra", "kafka", "grpc-plugin")
OTLP = {4317: 4317, 4318: 4318}


@dataclass
class V1:
    """Jaeger 1: its options; `modern` from 1.53 on, whose Zipkin receiver is OpenTelemetry's; `plain` if no operator
    runs it."""

    options: dict = field(default_factory=dict)
    modern: bool = False
    plain: bool = False


@dataclass
class V2:
    """Jaeger 2 with this configuration, or its own."""

    config: dict | None = None


class Backend:
    def __init__(self, manifests):
        self.manifests, self.services, self.jaegers, self.meshed = manifests, {}, [], False
        for each in manifests.of("Jaeger", "jaegertracing.io"):
            self.operated(each)
        for each in manifests.workloads(("Deployment", "StatefulSet")):
            for container in at(each, "spec", "template", "spec", "containers", default=[]):
                self.plain(each, container)
        for each in manifests.of("OpenTelemetryCollector", "opentelemetry.io"):
            self.collector(each)
        for each in manifests.of("Service", "v1"):
            numbers = {port.get("port"): port.get("targetPort", port.get("port")) for port in ports_of(each)}
            behind = any(selects(each, workload) for workload in manifests.workloads())
            self.services.setdefault(f"{name(each)}.{namespace(each)}", numbers if behind else {})
        operated = manifests.of("Jaeger") + manifests.of("OpenTelemetryCollector")
        if not self.jaegers and not self.meshed and not operated:
            manifests.notes.append("no Jaeger among the files: an all-in-one runs, and no Service leads to it")
            self.jaegers.append(V1())

    def in_mesh(self, label, annotations):
        """Whether it would be injected: then its ports speak mTLS only, and no span gets in."""
        if self.manifests.is_injected(annotations, ("true",)):
            self.manifests.notes.append(f"{label} would be injected: not started")
            self.meshed = True
            return True
        return False

    def operated(self, each):
        spec = each.get("spec") or {}
        part = spec.get("allInOne") or {}
        storage = at(spec, "storage", "type", default="memory")
        if str(spec.get("strategy", "")).lower() in ("production", "streaming") and storage in DISTRIBUTED:
            self.manifests.notes.append(f"Jaeger {name(each)}: all-in-one with memory instead of {storage}")
            part = spec.get("collector") or {}
        options = dict(flatten(part.get("options")))
        ports = {port: port for port in (9411, 14250, 14268)}
        if options.get("collector.otlp.enabled", "true") != "false":
            ports |= OTLP
        self.serve(each, ports)
        self.services[f"{dns_name(name(each))}-query.{namespace(each)}"] = {16686: 16686, 16685: 16685}
        annotations = (spec.get("annotations") or {}) | (part.get("annotations") or {})
        if not self.in_mesh(f"Jaeger {name(each)}", annotations):
            tag = re.search(r":v?1\.(\d+)", str(part.get("image") or ""))
            self.jaegers.append(V1(options, bool(tag and int(tag[1]) >= 53)))

    def serve(self, each, ports):
        for suffix in ("collector", "collector-headless"):
            self.services[f"{dns_name(name(each))}-{suffix}.{namespace(each)}"] = ports

    def plain(self, workload, container):
        image = str(container.get("image") or "")
        v1 = re.search(r"jaegertracing/(all-in-one|jaeger-collector)(:v?1\.(\d+))?", image)
        if not v1 and not re.search(r"jaegertracing/jaeger:v?2", image):
            return
        named = {port.get("name"): port.get("containerPort") for port in container.get("ports") or []}
        for each in self.manifests.of("Service", "v1"):
            if selects(each, workload):
                targets = {port.get("port"): port.get("targetPort", port.get("port")) for port in ports_of(each)}
                targets = {port: named.get(to) if isinstance(to, str) else to for port, to in targets.items()}
                self.services[f"{name(each)}.{namespace(each)}"] = targets
        if self.in_mesh(name(workload), at(workload, "spec", "template", "metadata", "annotations")):
            return
        if not v1:
            self.jaegers.append(V2())
            return
        words = [re.match(r"--([^=]+)=?(.*)", str(each)) for each in container.get("args") or []]
        options = dict(each.groups() for each in words if each)
        env = {each.get("name"): str(each.get("value")) for each in container.get("env") or []}
        for variable, option in (
            ("COLLECTOR_ZIPKIN_HOST_PORT", "collector.zipkin.host-port"),
            ("COLLECTOR_OTLP_ENABLED", "collector.otlp.enabled"),
        ):
            if env.get(variable):
                options.setdefault(option, env[variable])
        self.jaegers.append(V1(options, bool(v1[3] and int(v1[3]) >= 53), plain=True))

    def collector(self, each):
        spec = each.get("spec") or {}
        if spec.get("mode") == "sidecar":
            return
        config = spec.get("config") or {}
        try:
            config = with_endpoints(yaml.safe_load(config) if isinstance(config, str) else copy.deepcopy(config))
        except yaml.YAMLError:
            self.manifests.notes.append(f"OpenTelemetryCollector {name(each)}: the operator cannot read it")
            return
        self.serve(each, {port: port for port in listened(config)})
        if not self.in_mesh(f"OpenTelemetryCollector {name(each)}", spec.get("podAnnotations")):
            self.jaegers.append(V2(config))


def with_endpoints(config):
    """The operator adds the endpoints that are not said, on all addresses (internal/components/receivers)."""
    for key, receiver in (config.get("receivers") or {}).items():
        if key.split("/")[0] == "zipkin":
            config["receivers"][key] = {"endpoint": "0.0.0.0:9411"} | (receiver or {})
        elif key.split("/")[0] == "otlp":
            protocols = at(receiver, "protocols", default={})
            for protocol, port in (("grpc", 4317), ("http", 4318)):
                if protocol in protocols:
                    protocols[protocol] = {"endpoint": f"0.0.0.0:{port}"} | (protocols[protocol] or {})
    return config


def listened(config):
    """The ports that opentelemetry-operator puts into the Service: those of the receivers in use."""
    receivers = config.get("receivers") or {}
    pipelines = at(config, "service", "pipelines", default={}).values()
    found = []
    for each in {each for pipeline in pipelines for each in pipeline.get("receivers") or []}:
        match each.split("/")[0]:
            case "zipkin":
                found.append(port_of(at(receivers, each, "endpoint", default=":9411")))
            case "jaeger":
                found += [14250, 14268]
            case "otlp":
                protocols = at(receivers, each, "protocols", default={})
                for protocol, usual in (("grpc", ":4317"), ("http", ":4318")):
                    if protocol in protocols:
                        found.append(port_of(at(protocols, protocol, "endpoint", default=usual)))
    return [port for port in found if port]


def port_of(endpoint):
    found = re.search(r":(\d+)$", str(endpoint))
    return int(found[1]) if found else None


def ports_of(service):
    return at(service, "spec", "ports", default=[])


def dns_name(text):
    return re.sub(r"[^a-z0-9-]", "-", text.lower())


def flatten(options, prefix=""):
    """A resource's options as the operator makes arguments of them."""
    for key, value in (options or {}).items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
            continue
        for each in value if isinstance(value, list) else [value]:
            yield f"{prefix}{key}", str(each).lower() if isinstance(each, bool) else str(each)
