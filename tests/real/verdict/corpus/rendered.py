"""Nothing, and what must not matter."""

import json

from corpus.setup import MODERN, MODERN_OTLP, MODERN_SAMPLED, NEW, SHOP, add

# --- as rendered, and what must not matter

add("as-rendered", "nothing is changed", "yyy", lambda s: None)
add("shop", "the services in a namespace of their own, as rendered", "yyy", lambda s: None, base=SHOP)
add("new-consul", "chart 1.9.11, as rendered", "yyy", lambda s: None, base=NEW)
for layout in ("list", "one-file", "json", "comments", "kubectl-get"):
    add(
        f"layout-{layout}",
        f"the same objects laid out as {layout}",
        "yyy",
        lambda s, layout=layout: setattr(s, "layout", layout),
    )
add(
    "no-values",
    "without the Helm values",
    "yyy",
    lambda s: setattr(s, "layout", "no-values"),
    unseen="the gateways and the injection are not among the files",
)
add(
    "key-order",
    "the keys of both documents in another order",
    "yyy",
    lambda s: (
        s.text("tracing", lambda t: json.dumps(json.loads(t), sort_keys=True)),
        s.text("extra_static_clusters", lambda t: json.dumps(json.loads(t), sort_keys=True)),
    ),
)
add(
    "compact",
    "both documents on one line, without spaces",
    "yyy",
    lambda s: (
        s.text("tracing", lambda t: json.dumps(json.loads(t), separators=(",", ":"))),
        s.text("extra_static_clusters", lambda t: json.dumps(json.loads(t), separators=(",", ":"))),
    ),
)
add(
    "whitespace-around",
    "blank lines and tabs around both documents",
    "yyy",
    lambda s: (
        s.text("tracing", lambda t: f"\n\t {t}\n\n"),
        s.text("extra_static_clusters", lambda t: f"\n\t {t}\n\n"),
    ),
)
add(
    "escapes",
    "letters of the documents as \\u escapes",
    "yyy",
    lambda s: (
        s.text("tracing", lambda t: t.replace("simplest", "\\u0073implest")),
        s.text("extra_static_clusters", lambda t: t.replace('"STRICT', '"\\u0053TRICT')),
    ),
)
add(
    "null-fields",
    "fields that are null",
    "yyy",
    lambda s: (s.zipkin(collector_hostname=None), s.cluster(circuit_breakers=None)),
)
add(
    "quoted-booleans",
    "booleans in quotes",
    "yyy",
    lambda s: s.zipkin(shared_span_context="false", trace_id_128bit="true"),
)
add(
    "snake-and-camel",
    "field names in the other spelling",
    "yyy",
    lambda s: (
        s.text(
            "tracing",
            lambda t: t.replace("typedConfig", "typed_config").replace("collector_cluster", "collectorCluster"),
        ),
        s.text(
            "extra_static_clusters",
            lambda t: t.replace("load_assignment", "loadAssignment").replace("port_value", "portValue"),
        ),
    ),
)
add(
    "unasked-metadata",
    "labels, annotations and a finalizer on ProxyDefaults",
    "yyy",
    lambda s: s.get("ProxyDefaults")["metadata"].update(
        {"labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["finalizers.consul.hashicorp.com"]}
    ),
)
add("modern", "Jaeger v2 by the OpenTelemetry operator, as rendered", "yyy", lambda s: None, base=MODERN)
add("modern-otlp", "the same by OTLP over gRPC, as rendered", "yyy", lambda s: None, base=MODERN_OTLP)
add("modern-sampled", "the tracer in the sidecars alone, as rendered", "nyy", lambda s: None, base=MODERN_SAMPLED)
