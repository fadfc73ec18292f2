"""The ports that the operator's Jaeger opens, and the port of the cluster."""

from corpus.setup import INJECT, add

# --- the backend's ports

add(
    "jaeger-zipkin-off",
    "the option collector.zipkin.host-port is empty",
    "nnn",
    lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": ""}}),
)
add(
    "jaeger-zipkin-off-nested",
    "the same option as nested maps",
    "nnn",
    lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector": {"zipkin": {"host-port": ""}}}}),
)
add(
    "jaeger-zipkin-moved",
    "Zipkin on a port that the Service does not show",
    "nnn",
    lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": ":9412"}}),
)
add(
    "jaeger-zipkin-moved-headless",
    "Zipkin on another port, asked for at the pod itself",
    "yyy",
    lambda s: (
        s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": ":9412"}}),
        s.socket(address="simplest-collector-headless.observability.svc", port_value=9412),
    ),
)
add(
    "jaeger-zipkin-local",
    "Zipkin on the pod's loopback only",
    "nnn",
    lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": "127.0.0.1:9411"}}),
)
add(
    "jaeger-zipkin-all",
    "Zipkin on 0.0.0.0",
    "yyy",
    lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": "0.0.0.0:9411"}}),
)
add(
    "jaeger-option-elsewhere",
    "the option in `collector`, which all-in-one does not read",
    "yyy",
    lambda s: s.jaeger()["spec"].update(collector={"options": {"collector.zipkin.host-port": ""}}),
)
ES = {"type": "elasticsearch", "options": {"es": {"server-urls": "https://elasticsearch.example:9200"}}}
add(
    "production",
    "strategy production with a storage outside",
    "yyy",
    lambda s: s.jaeger()["spec"].update(strategy="production", storage=ES),
    unseen="the storage is not among the files",
)
add(
    "production-zipkin-off",
    "strategy production, Zipkin off in `collector`",
    "nnn",
    lambda s: s.jaeger()["spec"].update(
        strategy="production", storage=ES, collector={"options": {"collector.zipkin.host-port": ""}}
    ),
)
add(
    "production-option-elsewhere",
    "strategy production, Zipkin off in `allInOne`, which it does not read",
    "yyy",
    lambda s: s.jaeger()["spec"].update(
        strategy="production", storage=ES, allInOne={"options": {"collector.zipkin.host-port": ""}}
    ),
    unseen="the storage is not among the files",
)
add(
    "production-agent-host",
    "strategy production, which has no agent Service",
    "nnn",
    lambda s: (s.jaeger()["spec"].update(strategy="production", storage=ES), s.host("simplest-agent.observability")),
)
add(
    "production-memory",
    "strategy production with memory falls back to all-in-one",
    "yyy",
    lambda s: s.jaeger()["spec"].update(strategy="production", storage={"type": "memory"}),
)
for strategy in ("AllInOne", "all-in-one", "prod", ""):
    add(
        f"strategy-{strategy or 'empty'}",
        f"strategy `{strategy}` means all-in-one",
        "yyy",
        lambda s, strategy=strategy: s.jaeger()["spec"].update(strategy=strategy),
    )
add(
    "query-exposed",
    "the UI's Service as a load balancer",
    "yyy",
    lambda s: s.jaeger()["spec"].update(query={"serviceType": "LoadBalancer"}),
)
add(
    "jaeger-in-mesh",
    "all pods are injected, Jaeger's too",
    "nnn",
    lambda s: (s.values["connectInject"].update(default=True), s.jaeger()["spec"].pop("annotations")),
)
add(
    "jaeger-asks-for-mesh",
    "Jaeger's pods ask for a sidecar",
    "nnn",
    lambda s: s.jaeger()["spec"].update(annotations={INJECT: "true"}),
)
add(
    "jaeger-opts-out",
    "all pods are injected but Jaeger's",
    "yyy",
    lambda s: s.values["connectInject"].update(default=True),
)


# --- the cluster's port

for name, port, truth, about in [
    ("port-thrift", 14268, "nnn", "Jaeger's own HTTP port, which has no Zipkin"),
    ("port-otlp", 4317, "nnn", "the port of OTLP, under Zipkin"),
    ("port-otlp-http", 4318, "nnn", "the port of OTLP over HTTP, under Zipkin"),
    ("port-wrong", 9412, "nnn", "a port that nothing opens"),
    ("port-quoted", "9411", "yyy", "the port in quotes"),
    ("port-float", 9411.0, "yyy", "the port as 9411.0"),
    ("port-too-big", 99411, "nnn", "more than 65535"),
    ("port-zero", 0, "nnn", "zero"),
    ("port-null", None, "nnn", "null"),
    ("port-word", "zipkin", "nnn", "a word"),
]:
    add(name, f"port: {about}", truth, lambda s, port=port: s.socket(port_value=port))
add("port-missing", "port: left out", "nnn", lambda s: s.socket("port_value"))
add(
    "port-named",
    "port: named_port, which DNS clusters do not resolve",
    "nnn",
    lambda s: s.socket("port_value", named_port="zipkin"),
)
add("port-udp", "protocol UDP, which Envoy does not look at here", "yyy", lambda s: s.socket(protocol="UDP"))
add("port-no-protocol", "protocol left out", "yyy", lambda s: s.socket("protocol"))
