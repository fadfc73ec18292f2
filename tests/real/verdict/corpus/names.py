"""The collector's name, and the backend's name and place."""

from corpus.setup import COLLECTOR, SHOP, add


def rename_jaeger(setup, name=None, namespace=None, host=None):
    metadata = setup.jaeger()["metadata"]
    if name:
        metadata["name"] = name
    if namespace:
        metadata["namespace"] = namespace
    if host:
        setup.host(host)


# --- the collector's name

for name, host, truth, about in [
    ("host-bare", "simplest-collector", "nyy", "a bare name, which only its own namespace resolves"),
    ("host-ns", "simplest-collector.observability", "yyy", "name.namespace"),
    ("host-ns-svc", "simplest-collector.observability.svc", "yyy", "name.namespace.svc"),
    ("host-final-dot", COLLECTOR + ".", "yyy", "the full name with a final dot"),
    ("host-ns-final-dot", "simplest-collector.observability.", "nnn", "name.namespace with a final dot, so absolute"),
    (
        "host-svc-final-dot",
        "simplest-collector.observability.svc.",
        "nnn",
        "name.namespace.svc with a final dot, so absolute",
    ),
    ("host-bare-final-dot", "simplest-collector.", "nnn", "a bare name with a final dot"),
    ("host-upper-case", COLLECTOR.upper(), "yyy", "the full name in upper case"),
    ("host-other-namespace", "simplest-collector.tracing.svc.cluster.local", "nnn", "a namespace without that Service"),
    ("host-consul-namespace", "simplest-collector.consul", "nnn", "the gateway's namespace instead of Jaeger's"),
    ("host-typo", "simplst-collector.observability.svc.cluster.local", "nnn", "a letter is missing"),
    ("host-without-svc", "simplest-collector.observability.cluster.local", "nnn", "the full name without svc"),
    ("host-cluster-missing", "simplest-collector.observability.svc.cluster", "nnn", "the full name cut short"),
    ("host-headless", "simplest-collector-headless.observability.svc.cluster.local", "yyy", "the headless Service"),
    (
        "host-agent",
        "simplest-agent.observability.svc.cluster.local",
        "yyy",
        "the agent's headless Service, which selects the same pod",
    ),
    ("host-query", "simplest-query.observability.svc.cluster.local", "nnn", "the UI's Service"),
    ("host-instance", "simplest.observability.svc.cluster.local", "nnn", "the instance instead of its Service"),
    ("host-app", "api.observability.svc.cluster.local", "nnn", "the Service of an application"),
    ("host-loopback", "127.0.0.1", "nnn", "the proxy's own pod"),
    ("host-scheme", "http://" + COLLECTOR, "nnn", "a URL"),
    ("host-with-port", COLLECTOR + ":9411", "nnn", "the port in the name"),
    ("host-space", COLLECTOR + " ", "nnn", "a space after the name"),
    ("host-empty", "", "nnn", "no name"),
]:
    add(name, f"host: {about}", truth, lambda s, host=host: s.host(host))
add(
    "host-other-domain",
    "host: another cluster domain than the cluster's",
    "nnn",
    lambda s: s.host("simplest-collector.observability.svc.k8s.example"),
    apart="the cluster's domain may be that one",
)
add(
    "host-outside",
    "host: a name outside the cluster",
    "nnn",
    lambda s: s.host("zipkin.example.com"),
    apart="what answers outside is not among the files",
)
add(
    "shop-host-bare",
    "host: a bare name, and no proxy in Jaeger's namespace",
    "nnn",
    lambda s: s.host("simplest-collector"),
    base=SHOP,
)
add(
    "shop-host-ns",
    "host: name.namespace from other namespaces",
    "yyy",
    lambda s: s.host("simplest-collector.observability"),
    base=SHOP,
)
add(
    "shop-host-own-namespace",
    "host: the services' namespace instead of Jaeger's",
    "nnn",
    lambda s: s.host("simplest-collector.shop"),
    base=SHOP,
)


# --- the backend's name and place

add(
    "jaeger-with-gateway",
    "Jaeger in the gateway's namespace, the host a bare name",
    "ynn",
    lambda s: rename_jaeger(s, namespace="consul", host="simplest-collector"),
)
add(
    "jaeger-moved",
    "Jaeger in another namespace than the host says",
    "nnn",
    lambda s: rename_jaeger(s, namespace="tracing"),
)
add(
    "jaeger-moved-too",
    "Jaeger in another namespace, and the host with it",
    "yyy",
    lambda s: rename_jaeger(s, namespace="tracing", host="simplest-collector.tracing.svc"),
)
add(
    "jaeger-no-namespace",
    "Jaeger without a namespace, so in `default`",
    "nnn",
    lambda s: s.jaeger()["metadata"].pop("namespace"),
    apart="kubectl's -n or context may say another namespace",
)
add("jaeger-renamed", "another instance name than the host says", "nnn", lambda s: rename_jaeger(s, name="jaeger"))
add(
    "jaeger-renamed-too",
    "another instance name, and the host with it",
    "yyy",
    lambda s: rename_jaeger(s, name="jaeger", host="jaeger-collector.observability"),
)
add(
    "jaeger-dots",
    "dots in the instance name are dashes in the Service",
    "yyy",
    lambda s: rename_jaeger(s, name="my.jaeger", host="my-jaeger-collector.observability.svc"),
)
add(
    "jaeger-dots-kept",
    "dots of the instance name kept in the host",
    "nnn",
    lambda s: rename_jaeger(s, name="my.jaeger", host="my.jaeger-collector.observability.svc"),
)
LONG = "a-very-long-name-of-a-jaeger-instance-for-all-the-clusters"  # 58 characters; the Service name has room for 53
add(
    "jaeger-long",
    "a long instance name, the host cut as the operator cuts it",
    "yyy",
    lambda s: rename_jaeger(s, name=LONG, host=f"{LONG[:53]}-collector.observability"),
)
add(
    "jaeger-long-uncut",
    "a long instance name, the host not cut",
    "nnn",
    lambda s: rename_jaeger(s, name=LONG, host=f"{LONG}-collector.observability"),
)
add(
    "jaeger-long-headless",
    "a long instance name, the headless Service cut as the operator cuts it",
    "yyy",
    lambda s: rename_jaeger(s, name=LONG, host=f"{LONG[:44]}-collector-headless.observability"),
)
add(
    "jaeger-upper-case",
    "an instance name that the API server refuses",
    "nnn",
    lambda s: rename_jaeger(s, name="Simplest"),
)
add(
    "jaeger-api-version",
    "a version of the kind that does not exist",
    "nnn",
    lambda s: s.jaeger().update(apiVersion="jaegertracing.io/v1alpha1"),
)
add(
    "jaeger-missing",
    "no Jaeger among the files",
    "nnn",
    lambda s: s.drop("Jaeger"),
    apart="it may be installed by other files",
)
