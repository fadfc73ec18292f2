"""Consul's config entries, as consul-k8s sends them: what its webhooks and CRDs refuse is refused here, in the words of
its source; all else is Consul's own answer.

In: a `Manifests`. Out: [(KIND/NAME, body of `PUT /v1/config`)] and the refusals.
"""

from manifests import at, group, name

PROTOCOLS = ("tcp", "http", "http2", "grpc")
KINDS = {
    "ProxyDefaults": "proxy-defaults",
    "Mesh": "mesh",
    "ServiceDefaults": "service-defaults",
    "ServiceResolver": "service-resolver",
    "ServiceRouter": "service-router",
    "ServiceSplitter": "service-splitter",
    "ServiceIntentions": "service-intentions",
    "IngressGateway": "ingress-gateway",
}
# A structural schema drops the fields that it does not have.
PROXY_DEFAULTS = {
    "accessLogs",
    "config",
    "envoyExtensions",
    "expose",
    "failoverPolicy",
    "meshGateway",
    "mode",
    "mutualTLSMode",
    "prioritizeByLocality",
    "transparentProxy",
}


class Refused(Exception):
    """The API server, a CRD or a webhook would not take it."""


def of(manifests):
    """The entries in the order in which they can be written, and {KIND/NAME: why it is refused}."""
    pending = [each for each in manifests.objects if each.get("kind") in KINDS]
    pending = [each for each in pending if group(each) == "consul.hashicorp.com"]
    pending.sort(key=lambda each: list(KINDS).index(each["kind"]))
    entries, refused, defined = [], {}, False
    for each in pending:
        key = f"{each['kind']}/{name(each)}"
        try:
            if each["kind"] == "ProxyDefaults" and defined:
                raise Refused("ProxyDefaults resource already defined - only one global entry is supported")
            entries.append((key, entry(each, manifests.notes)))
            defined = defined or each["kind"] == "ProxyDefaults"
        except Refused as why:
            refused[key] = f"webhook (imitated): {why}"
    for gateway, _, each in manifests.gateways():
        if each["kind"] == "Gateway":
            manifests.notes.append(f"Gateway {gateway}: an ingress gateway stands in, this Consul has no API gateway")
            entries.append((f"Gateway/{gateway}", stand_in(each, manifests.of("HTTPRoute"))))
    return entries, refused


def entry(each, notes):
    spec = dict(validated(each))
    made = {"Kind": KINDS[each["kind"]], "Name": name(each)}
    match each["kind"]:
        case "ProxyDefaults":
            for key in spec.keys() - PROXY_DEFAULTS:
                notes.append(f"ProxyDefaults: the CRD drops spec.{key}")
                spec.pop(key)
            spec.pop("mode", None)
        case "ServiceIntentions":
            made["Name"] = at(spec, "destination", "name")
            spec.pop("destination", None)
        case "Mesh":
            made.pop("Name")
    return made | spec


def validated(each):
    """The rules of consul-k8s' webhooks that decide about tracing (control-plane/api/v1alpha1 `Validate`)."""
    spec = each.get("spec") if isinstance(each.get("spec"), dict) else {}
    match each["kind"]:
        case "ProxyDefaults":
            if name(each) != "global":
                raise Refused('ProxyDefaults resource name must be "global"')
            if "config" in spec and not isinstance(spec["config"], dict):
                raise Refused("spec.config: must be valid map value")
        case "ServiceDefaults":
            if str(spec.get("protocol") or "") not in ("", *PROTOCOLS):
                raise Refused(f"spec.protocol: Invalid value: {spec['protocol']!r}: must be one of {PROTOCOLS}")
        case "IngressGateway":
            for listener in spec.get("listeners") or []:
                if listener.get("protocol") not in PROTOCOLS:
                    raise Refused(f"spec.listeners: protocol {listener.get('protocol')!r}: must be one of {PROTOCOLS}")
                if listener["protocol"] == "tcp" and any(one.get("hosts") for one in listener.get("services") or []):
                    raise Refused("hosts must be empty if protocol is tcp")
    return spec


def stand_in(gateway, routes):
    """A Gateway and its HTTPRoutes as an ingress-gateway entry: Consul before 1.15 has no API gateway."""
    listeners = []
    for listener in at(gateway, "spec", "listeners", default=[]):
        services = []
        for route in routes:
            parents = at(route, "spec", "parentRefs", default=[])
            mine = (None, listener.get("name"))
            if not any(each.get("name") == name(gateway) and each.get("sectionName") in mine for each in parents):
                continue
            hosts = at(route, "spec", "hostnames") or ["*"]
            for rule in at(route, "spec", "rules", default=[]):
                services += [{"name": each.get("name"), "hosts": hosts} for each in rule.get("backendRefs") or []]
        protocol = str(listener.get("protocol")).lower()
        listeners.append({"port": listener.get("port"), "protocol": protocol, "services": services})
    return {"Kind": "ingress-gateway", "Name": name(gateway), "listeners": listeners}
