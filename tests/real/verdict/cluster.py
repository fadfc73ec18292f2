"""What a cluster makes of a set of objects and Helm values, as far as spans depend on it.

A model, after what was read in the sources of Consul, its chart and the operators. What Envoy makes of the outcome is
measured, not modelled.

In: objects and values as data. Out: a `Cluster`: which objects are let in, which pods run with which proxy, what DNS
answers, which ports are open. The webhooks' refusals are in `refused`, each with its reason.
"""

import re

import backends
from data import annotations, at, namespace, selects

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
TRUE = ("1", "t", "T", "TRUE", "true", "True")


class Cluster:
    """`entries`, `services`, `deployments`: what was let in. `network`: what answers."""

    def __init__(self, objects, values, chart):
        self.values = values
        self.chart = chart
        self.consul = CONSUL[chart[:2]]
        self.refused = []
        self.network = backends.Network()
        self.installed = self.chart_renders()
        kept = [each for each in objects if self.let_in(each)]
        self.entries = self.config_entries([each for each in kept if each["kind"] in CONFIG_ENTRIES])
        self.services = [each for each in kept if each["kind"] == "Service"]
        self.deployments = [each for each in kept if each["kind"] == "Deployment"]
        for each in kept:
            if each["kind"] == "Jaeger":
                backends.jaeger(self.network, each, self.injected)
            elif each["kind"] == "OpenTelemetryCollector":
                backends.otel_collector(self.network, each)
        backends.plain(self.network, self.services, self.deployments, self.injected)

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
                    other = self.protocol(service["name"], entries)
                    if service["name"] != "*" and other != listener["protocol"]:
                        reason = f"`{service['name']}` is {other}, the listener {listener['protocol']}"
                        self.refused.append(f"IngressGateway {name}: {reason}")
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
            # The name of the Service is the one that Consul knows the pods by; without any they never start.
            names = [each["metadata"]["name"] for each in self.services if selects(each, deployment)]
            if service in names and self.injected(annotations(deployment["spec"]["template"]), namespace(deployment)):
                return deployment
        return None

    def injected(self, marks, where):
        """Whether pods with these annotations in that namespace get a sidecar."""
        section = self.values.get("connectInject") or {}
        if not self.installed or where in ("kube-system", "kube-public"):
            return False
        allow, deny = section.get("k8sAllowNamespaces", ["*"]), section.get("k8sDenyNamespaces", [])
        if where in deny or "*" in deny or not ("*" in allow or where in allow):
            return False
        mark = marks.get(INJECT)
        # Any other text is refused by Go's ParseBool, and so is the pod.
        return bool(section.get("default", False)) if mark is None else mark in TRUE


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
            if any("*" in host.removeprefix("*.") and host != "*" for host in service.get("hosts") or ()):
                return "spec.listeners: a wildcard is `*` or the first label"
    return None
