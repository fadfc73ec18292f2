"""What a cluster makes of a set of objects and Helm values, as far as spans depend on it. A model, after facts that were
read in the sources of Consul, its chart and the operators; what Envoy makes of the outcome is measured, not modelled.

In: objects and values as data. Out: a `Cluster`: which objects are let in, which pods run with which proxy, what DNS
answers, which ports are open. The webhooks' refusals are in `refused`, each with its reason.
"""

import re

# Chart series to Consul; the exact patch does not matter here.
CONSUL = {
    (0, 46): (1, 12, 3),
    (0, 47): (1, 13, 1),
    (0, 48): (1, 13, 1),
    (0, 49): (1, 13, 9),
    (1, 0): (1, 14, 11),
    (1, 9): (1, 22, 7),
    (2, 0): (2, 0, 3),
}
CONFIG_ENTRIES = ("ProxyDefaults", "ServiceDefaults", "IngressGateway")
API_VERSIONS = dict.fromkeys(CONFIG_ENTRIES, "consul.hashicorp.com/v1alpha1") | {
    "Jaeger": "jaegertracing.io/v1",
    "OpenTelemetryCollector": "opentelemetry.io/v1beta1",
    "Deployment": "apps/v1",
    "Service": "v1",
}
PROTOCOLS = ("tcp", "http", "http2", "grpc")
INJECT = "consul.hashicorp.com/connect-inject"
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
TRUE, FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


class Cluster:
    def __init__(self, objects, values, chart):
        self.values = values
        self.chart = chart
        self.consul = CONSUL[chart[:2]]
        self.refused = []
        self.names = {}
        self.ports = []
        self.addresses = 0
        self.installed = self.chart_renders()
        kept = [each for each in objects if self.let_in(each)]
        self.entries = self.config_entries([each for each in kept if each["kind"] in CONFIG_ENTRIES])
        self.services = [each for each in kept if each["kind"] == "Service"]
        self.deployments = [each for each in kept if each["kind"] == "Deployment"]
        for each in kept:
            if each["kind"] == "Jaeger":
                self.jaeger(each)
            elif each["kind"] == "OpenTelemetryCollector":
                self.otel_collector(each)
        self.plain_backends()

    # --- what is let in

    def let_in(self, each):
        name = each["metadata"]["name"]
        reason = None
        if each["apiVersion"] != API_VERSIONS.get(each["kind"], each["apiVersion"]):
            reason = "no such version of that kind"
        elif not SUBDOMAIN.fullmatch(name) or len(name) > 253:
            reason = "the API server takes no such name"
        elif any(not isinstance(value, str) for value in annotations(each).values()):
            reason = "an annotation is no string"
        elif each["kind"] == "Deployment" and any(
            not isinstance(value, str) for value in annotations(each["spec"]["template"]).values()
        ):
            reason = "an annotation of the pod template is no string"
        return self.judge(each, reason)

    def judge(self, each, reason):
        if reason:
            self.refused.append(f"{each['kind']} {each['metadata']['name']}: {reason}")
        return not reason

    def chart_renders(self):
        values = self.values
        inject = at(values, "connectInject", "enabled", default=self.chart >= (1, 0))
        if not inject:
            if at(values, "ingressGateways", "enabled"):
                self.refused.append("Helm: connectInject.enabled must be true")
            return False
        if self.chart < (1, 0) and not (
            at(values, "client", "grpc", default=True) and at(values, "client", "enabled", default=True)
        ):
            self.refused.append("Helm: clients and client.grpc must be enabled")
            return False
        return True

    def config_entries(self, given):
        """The webhooks' rules, then the server's."""
        entries = {}
        if not self.installed or (self.chart < (1, 0) and not at(self.values, "controller", "enabled")):
            self.refused += [f"{each['kind']} {each['metadata']['name']}: there is no controller" for each in given]
            return entries
        for each in given:
            kind, name, spec = each["kind"], each["metadata"]["name"], each.get("spec") or {}
            reason = None
            if kind == "ProxyDefaults":
                config = spec.get("config")
                if name != "global":
                    reason = 'ProxyDefaults resource name must be "global"'
                elif config is not None and not isinstance(config, dict):
                    reason = "config: must be valid map value"
                elif "mode" in spec:
                    reason = "mode must be unset"
            elif kind == "ServiceDefaults":
                if spec.get("protocol", "") not in (*PROTOCOLS, ""):
                    reason = "spec.protocol: must be one of tcp, http, http2, grpc"
            else:
                reason = bad_ingress(spec)
            if not reason and (kind, name) in entries:
                reason = "already defined: names are unique across namespaces"
            if self.judge(each, reason):
                entries[kind, name] = spec
        for (kind, name), spec in list(entries.items()):
            if kind != "IngressGateway":
                continue
            for listener in spec.get("listeners") or ():
                for service in listener["services"]:
                    protocol = self.protocol(service["name"], entries)
                    if service["name"] != "*" and protocol != listener["protocol"]:
                        self.refused.append(
                            f"IngressGateway {name}: `{service['name']}` is {protocol}, the listener {listener['protocol']}"
                        )
                        entries.pop((kind, name), None)
        return entries

    def config(self):
        """The `config` of the one ProxyDefaults."""
        return (self.entries.get(("ProxyDefaults", "global")) or {}).get("config") or {}

    def protocol(self, service, entries=None):
        entries = self.entries if entries is None else entries
        own = (entries.get(("ServiceDefaults", service)) or {}).get("protocol")
        if own:
            return own
        config = (entries.get(("ProxyDefaults", "global")) or {}).get("config") or {}
        shared = config.get("protocol")
        shared = shared.lower() if isinstance(shared, str) else "tcp"
        return shared if shared in PROTOCOLS else "tcp"

    # --- what runs

    def gateways(self):
        """The ingress gateways that run: [(name, listeners reachable through its Service)]."""
        section = self.values.get("ingressGateways") or {}
        if not self.installed or not section.get("enabled"):
            return []
        found = []
        for gateway in section.get("gateways", [{"name": "ingress-gateway"}]):
            ports = (
                at(gateway, "service", "ports")
                or at(section, "defaults", "service", "ports")
                or [{"port": 8080}, {"port": 8443}]
            )
            open_ports = {each["port"] for each in ports}
            spec = self.entries.get(("IngressGateway", gateway["name"])) or {}
            listeners = [each for each in spec.get("listeners") or () if each["port"] in open_ports]
            found.append((gateway["name"], listeners))
        return found

    def sidecar(self, service):
        """The Deployment behind that Consul service whose pods run with a proxy, or None."""
        for deployment in self.deployments:
            template = deployment["spec"]["template"]
            namespace = deployment["metadata"].get("namespace", "default")
            if not self.injected(annotations(template), namespace):
                continue
            if any(self.registered(each, template, namespace) == service for each in self.services):
                return deployment
        return None

    def injected(self, marks, namespace):
        section = self.values.get("connectInject") or {}
        if not self.installed or namespace in ("kube-system", "kube-public"):
            return False
        allow, deny = section.get("k8sAllowNamespaces", ["*"]), section.get("k8sDenyNamespaces", [])
        if namespace in deny or "*" in deny or not ("*" in allow or namespace in allow):
            return False
        mark = marks.get(INJECT)
        # Any other text is refused by Go's ParseBool, and so is the pod.
        return bool(section.get("default", False)) if mark is None else mark in TRUE

    def registered(self, service, template, namespace):
        """The name under which Consul knows the pods of that Service, or None where it does not select them."""
        return service["metadata"]["name"] if selects(service, template, namespace) else None

    # --- what answers

    def address(self, kind):
        self.addresses += 1
        return f"127.{kind}.{self.addresses}.1"

    def name(self, service, namespace, address):
        self.names[f"{service}.{namespace}.svc.cluster.local"] = [address]

    def open(self, address, port, speaks, any_path=False):
        self.ports.append({"address": address, "port": port, "speaks": speaks, "any_path": any_path})

    def jaeger(self, each):
        """jaeger-operator 1.x: names, Services and the ports that its pods open."""
        name, namespace, spec = (
            each["metadata"]["name"],
            each["metadata"].get("namespace", "default"),
            each.get("spec") or {},
        )
        strategy = str(spec.get("strategy", "")).lower()
        storage = at(spec, "storage", "type", default="memory")
        apart = strategy in ("production", "streaming") and storage in (
            "cassandra",
            "elasticsearch",
            "kafka",
            "grpc-plugin",
        )
        component = spec.get("collector" if apart else "allInOne") or {}
        options = flat(component.get("options") or {})
        image = component.get("image", "jaegertracing/all-in-one:1.37.0")
        any_path = version(image) >= (1, 53)
        pods = (
            {}
            if self.installed
            and self.injected(annotations({"metadata": spec}) | annotations({"metadata": component}), namespace)
            else {9411: ("zipkin", options.get("collector.zipkin.host-port", ":9411")), 14268: ("other", ":14268")}
        )
        if options.get("collector.otlp.enabled", "true") != "false" and pods:
            pods |= {4317: ("otlp-grpc", ":4317"), 4318: ("otlp-http", ":4318")}
        shown = [
            9411,
            14250,
            14267,
            14268,
            *([4317, 4318] if options.get("collector.otlp.enabled", "true") != "false" else []),
        ]
        for suffix in ("collector", "collector-headless"):
            address = self.address(10)
            self.name(dns_name(name, suffix), namespace, address)
            for speaks, where in pods.values():
                host, _, port = where.rpartition(":")
                # A headless Service is the pod itself, whose ports need not be among the Service's.
                if (
                    host in ("", "0.0.0.0", "[::]")
                    and port.isdigit()
                    and (int(port) in shown or suffix == "collector-headless")
                ):
                    self.open(address, int(port), speaks, any_path)
                    if suffix == "collector-headless" and not apart:
                        # The agent's Service is headless too, and selects the same pod.
                        self.name(dns_name(name, "agent"), namespace, address)
        self.name(dns_name(name, "query"), namespace, query := self.address(10))
        self.open(query, 16686, "other")

    def otel_collector(self, each):
        """OpenTelemetry operator: a Service with the ports of those receivers that a pipeline uses."""
        name, namespace, spec = each["metadata"]["name"], each["metadata"].get("namespace", "default"), each["spec"]
        if spec.get("mode", "deployment") == "sidecar":
            return
        config = spec["config"]
        used = {
            receiver
            for pipeline in config["service"]["pipelines"].values()
            for receiver in pipeline.get("receivers", [])
        }
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
            address = self.address(10)
            self.name(dns_name(name, suffix), namespace, address)
            for speaks, where in ends:
                host, _, port = where.rpartition(":")
                if host in ("", "0.0.0.0", "[::]"):
                    self.open(address, int(port), speaks, True)

    def plain_backends(self):
        """Services over Deployments. Only Jaeger's images speak; any Service has a name."""
        for service in self.services:
            namespace = service["metadata"].get("namespace", "default")
            spec = service["spec"]
            address = self.address(10)
            self.name(service["metadata"]["name"], namespace, address)
            for deployment in self.deployments:
                template = deployment["spec"]["template"]
                if (
                    not selects(service, template, namespace)
                    or deployment["metadata"].get("namespace", "default") != namespace
                ):
                    continue
                if self.injected(annotations(template), namespace):
                    continue
                containers = template["spec"]["containers"]
                listening = {port: speaks for each in containers for port, speaks in jaeger_image(each).items()}
                any_path = any(version(each["image"]) >= (1, 53) for each in containers)
                if spec.get("clusterIP") == "None":
                    for port, speaks in listening.items():
                        self.open(address, port, speaks, any_path)
                    continue
                for port in spec["ports"]:
                    target = port.get("targetPort", port["port"])
                    named = {
                        each["name"]: each["containerPort"]
                        for one in containers
                        for each in one.get("ports", [])
                        if "name" in each
                    }
                    target = named.get(target, target)
                    if target in listening:
                        self.open(address, port["port"], listening[target], any_path)


def bad_ingress(spec):
    """Why the webhook, or the server, refuses an IngressGateway."""
    for listener in spec.get("listeners") or ():
        protocol, services = listener.get("protocol", ""), listener.get("services") or []
        if protocol not in PROTOCOLS:
            return "spec.listeners: protocol must be one of tcp, http, http2, grpc"
        if protocol == "tcp" and (len(services) > 1 or any(each.get("hosts") for each in services)):
            return "spec.listeners: tcp takes one service and no hosts"
        for service in services:
            if service["name"] == "*" and (protocol != "http" or service.get("hosts")):
                return "spec.listeners: `*` takes http and no hosts"
            if any(
                "*" in host[1:] or (host[:1] == "*" and host not in ("*",) and host[1] != ".")
                for host in service.get("hosts") or ()
            ):
                return "spec.listeners: a wildcard is `*` or the first label"
    return None


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
    set_to = {each["name"]: each.get("value", "") for each in container.get("env", [])}.get(
        "COLLECTOR_ZIPKIN_HOST_PORT", ""
    )
    for argument in container.get("args", []):
        if argument.startswith("--collector.zipkin.host-port="):
            set_to = argument.partition("=")[2]
    opened = {4317: "otlp-grpc", 4318: "otlp-http", 14268: "other"}
    host, _, port = set_to.rpartition(":")
    if port and host in ("", "0.0.0.0"):
        opened[int(port)] = "zipkin"
    return opened


def version(image):
    """(major, minor) of an image's tag; a floating tag of Jaeger v1 is the last of them."""
    tag = image.rpartition("/")[2].partition(":")[2]
    numbers = re.match(r"v?(\d+)\.(\d+)", tag)
    return (int(numbers[1]), int(numbers[2])) if numbers else (1, 76)


def selects(service, template, namespace):
    labels = at(template, "metadata", "labels", default={})
    selector = service["spec"].get("selector") or {}
    same = service["metadata"].get("namespace", "default") == namespace
    return bool(selector) and same and all(labels.get(key) == value for key, value in selector.items())


def flat(options, prefix=""):
    """The operator's options: nested maps joined by dots, scalars as text."""
    found = {}
    for key, value in options.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def annotations(each):
    return at(each, "metadata", "annotations", default={})


def at(data, *path, default=None):
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return default if data is None else data
