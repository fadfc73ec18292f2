"""Config entries: ProxyDefaults, protocols and the gateway."""

import json

from corpus.setup import add

# --- config entries

add(
    "proxydefaults-name",
    "ProxyDefaults not named `global`",
    "nnn",
    lambda s: s.get("ProxyDefaults")["metadata"].update(name="default"),
)
add(
    "proxydefaults-api-version",
    "ProxyDefaults of a version that does not exist",
    "nnn",
    lambda s: s.get("ProxyDefaults").update(apiVersion="consul.hashicorp.com/v1"),
)
add(
    "proxydefaults-namespace",
    "ProxyDefaults in another namespace",
    "yyy",
    lambda s: s.get("ProxyDefaults")["metadata"].update(namespace="default"),
)
add(
    "proxydefaults-config-string",
    "config is a text",
    "nnn",
    lambda s: s.get("ProxyDefaults")["spec"].update(config=json.dumps(s.config())),
)
add("proxydefaults-no-config", "ProxyDefaults without config", "nnn", lambda s: s.get("ProxyDefaults").update(spec={}))
add(
    "proxydefaults-config-outside",
    "config beside spec",
    "nnn",
    lambda s: s.get("ProxyDefaults").update(config=s.get("ProxyDefaults").pop("spec")["config"]),
)
add(
    "proxydefaults-mode",
    "`mode`, which the webhook refuses",
    "nnn",
    lambda s: s.get("ProxyDefaults")["spec"].update(mode="transparent"),
)
add(
    "proxydefaults-two",
    "two ProxyDefaults, the second without tracing",
    "yyy",
    lambda s: s.objects.append(
        {
            "apiVersion": "consul.hashicorp.com/v1alpha1",
            "kind": "ProxyDefaults",
            "metadata": {"name": "global", "namespace": "default"},
            "spec": {"config": {"protocol": "http"}},
        }
    ),
    apart="the webhook refuses whichever comes second",
)
add(
    "proxydefaults-missing",
    "no ProxyDefaults among the files",
    "nnn",
    lambda s: s.drop("ProxyDefaults"),
    apart="it may be installed by other files",
)
add("protocol-tcp", "web is tcp, so the gateway's HTTP listener is refused", "nnn", lambda s: s.protocol("tcp"))
add(
    "protocol-tcp-both",
    "web is tcp, and the gateway's listener with it",
    "nnn",
    lambda s: (s.protocol("tcp"), s.listener().update(protocol="tcp", services=[{"name": "web"}])),
)
add(
    "protocol-service-only", "http in ServiceDefaults, tcp in ProxyDefaults", "yyy", lambda s: s.protocol("http", "tcp")
)
add("protocol-proxy-only", "http in ProxyDefaults, no ServiceDefaults", "yyy", lambda s: s.protocol(None, "http"))
add("protocol-nowhere", "no protocol anywhere, so tcp", "nnn", lambda s: s.protocol(None, None))
add("protocol-proxy-upper", "`HTTP` in ProxyDefaults, which Consul lowers", "yyy", lambda s: s.protocol(None, "HTTP"))
add("protocol-proxy-unknown", "`https` in ProxyDefaults, so tcp", "nnn", lambda s: s.protocol(None, "https"))
add(
    "protocol-service-upper",
    "`HTTP` in ServiceDefaults: refused, ProxyDefaults counts",
    "yyy",
    lambda s: s.protocol("HTTP", "http"),
)
add(
    "protocol-service-upper-only",
    "`HTTP` in ServiceDefaults: refused, and ProxyDefaults has none",
    "nnn",
    lambda s: s.protocol("HTTP", None),
)
add(
    "protocol-service-empty",
    "ServiceDefaults without protocol",
    "yyy",
    lambda s: s.get("ServiceDefaults", "web").update(spec={}),
    apart="consul#11457: tcp up to some version, in spite of ProxyDefaults",
)
add(
    "protocol-grpc",
    "web and the gateway's listener are grpc",
    "yyy",
    lambda s: (s.protocol("grpc"), s.listener().update(protocol="grpc")),
)
add(
    "protocol-http2",
    "web and the gateway's listener are http2",
    "yyy",
    lambda s: (s.protocol("http2"), s.listener().update(protocol="http2")),
)
add("protocol-mismatch", "web is http2, the gateway's listener http: refused", "nny", lambda s: s.protocol("http2"))
add(
    "servicedefaults-namespace",
    "ServiceDefaults in another namespace",
    "yyy",
    lambda s: s.get("ServiceDefaults", "web")["metadata"].update(namespace="default"),
)
add(
    "servicedefaults-other",
    "ServiceDefaults under another name, tcp in ProxyDefaults",
    "nnn",
    lambda s: (s.protocol("http", "tcp"), s.get("ServiceDefaults", "web")["metadata"].update(name="web-app")),
)
add(
    "controller-off",
    "the chart without its controller, which has no config entries",
    "nnn",
    lambda s: s.values["controller"].update(enabled=False),
)


# --- the gateway


def gateway_port(setup, port, values=True):
    setup.listener()["port"] = port
    if values:
        setup.values["ingressGateways"]["gateways"][0]["service"]["ports"] = [{"port": port}]


add("gateway-port", "another port, in the values and the listener", "yyy", lambda s: gateway_port(s, 8080))
add("gateway-port-only", "another port in the listener alone", "nny", lambda s: gateway_port(s, 8080, values=False))
add(
    "gateway-name",
    "an IngressGateway for a gateway that is not there",
    "nny",
    lambda s: s.get("IngressGateway")["metadata"].update(name="gateway"),
)
add(
    "gateway-name-too",
    "the gateway renamed in values and entry",
    "yyy",
    lambda s: (
        s.get("IngressGateway")["metadata"].update(name="edge"),
        s.values["ingressGateways"]["gateways"][0].update(name="edge"),
    ),
)
add(
    "gateway-namespace",
    "the IngressGateway in another namespace",
    "yyy",
    lambda s: s.get("IngressGateway")["metadata"].update(namespace="default"),
)
add("gateway-no-protocol", "a listener without protocol", "nny", lambda s: s.listener().pop("protocol"))
add("gateway-protocol-upper", "a listener of `HTTP`", "nny", lambda s: s.listener().update(protocol="HTTP"))
add(
    "gateway-no-hosts",
    "a listener without hosts, so `web.ingress.*`",
    "yyy",
    lambda s: s.listener()["services"][0].pop("hosts"),
)
add(
    "gateway-host",
    "a listener for one host",
    "yyy",
    lambda s: s.listener()["services"][0].update(hosts=["shop.example.com"]),
)
add(
    "gateway-wildcard-host",
    "a listener for a wildcard host",
    "yyy",
    lambda s: s.listener()["services"][0].update(hosts=["*.example.com"]),
)
add(
    "gateway-bad-host",
    "a host with a wildcard in its middle",
    "nny",
    lambda s: s.listener()["services"][0].update(hosts=["web.*.com"]),
)
add("gateway-star", "a listener for all services", "yyy", lambda s: s.listener().update(services=[{"name": "*"}]))
add(
    "gateway-star-hosts",
    "a listener for all services with hosts",
    "nny",
    lambda s: s.listener().update(services=[{"name": "*", "hosts": ["*"]}]),
)
add(
    "gateway-second-listener",
    "a second listener for api",
    "yyy",
    lambda s: (
        s.get("IngressGateway")["spec"]["listeners"].append(
            {"port": 5001, "protocol": "http", "services": [{"name": "api", "hosts": ["*"]}]}
        ),
        s.values["ingressGateways"]["gateways"][0]["service"]["ports"].append({"port": 5001}),
    ),
)
add("gateway-disabled", "no gateways in the values", "--y", lambda s: s.values["ingressGateways"].update(enabled=False))
