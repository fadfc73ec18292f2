"""The tracers: Zipkin's fields, and OTLP."""

from corpus.setup import COLLECTOR, HTTP_OPTIONS, NEW, WHICH_JAEGER, add

# --- the tracer

for name, fields, truth, about in [
    ("zipkin-cluster-unknown", {"collector_cluster": "zipkin"}, "nnn", "a cluster that is not there"),
    ("zipkin-cluster-case", {"collector_cluster": "Simplest-Collector"}, "nnn", "the cluster in another case"),
    ("zipkin-cluster-own", {"collector_cluster": "local_agent"}, "nnn", "a cluster of Consul's own"),
    ("zipkin-type-v2", {"@type": "type.googleapis.com/envoy.config.trace.v2.ZipkinConfig"}, "nnn", "@type of API v2"),
    ("zipkin-type-unknown", {"@type": "type.googleapis.com/envoy.config.trace.v3.Zipkin"}, "nnn", "@type unknown"),
    (
        "zipkin-type-prefix",
        {"@type": "example.com/envoy.config.trace.v3.ZipkinConfig"},
        "yyy",
        "@type with another prefix",
    ),
    ("zipkin-type-bare", {"@type": "envoy.config.trace.v3.ZipkinConfig"}, "nnn", "@type without prefix"),
    ("zipkin-field-unknown", {"collector_port": 9411}, "nnn", "an unknown field"),
    ("zipkin-proto", {"collector_endpoint_version": "HTTP_PROTO"}, "yyy", "HTTP_PROTO"),
    ("zipkin-version-case", {"collector_endpoint_version": "http_json"}, "yyy", "the version in lower case"),
    ("zipkin-version-number", {"collector_endpoint_version": 1}, "yyy", "the version as a number"),
    ("zipkin-version-grpc", {"collector_endpoint_version": "GRPC"}, "nnn", "GRPC, on which Envoy ends"),
    ("zipkin-version-v1", {"collector_endpoint_version": "HTTP_JSON_V1"}, "nnn", "HTTP_JSON_V1, which is gone"),
    ("zipkin-version-unknown", {"collector_endpoint_version": "JSON"}, "nnn", "an unknown version"),
    (
        "zipkin-path-url",
        {"collector_endpoint": f"http://{COLLECTOR}:9411/api/v2/spans"},
        "yyy",
        "a URL, which Go's servers take for its path",
    ),
    ("zipkin-path-query", {"collector_endpoint": "/api/v2/spans?from=mesh"}, "yyy", "a query after the path"),
    ("zipkin-shared", {"shared_span_context": True}, "yyy", "shared span contexts"),
    ("zipkin-64", {"trace_id_128bit": False}, "yyy", "64-bit trace ids"),
    ("zipkin-hostname", {"collector_hostname": "jaeger"}, "yyy", "a Host header of its own"),
]:
    add(name, f"tracer: {about}", truth, lambda s, fields=fields: s.zipkin(**fields))
for name, path, about in [
    ("slash", "/api/v2/spans/", "a final slash"),
    ("wrong", "/zipkin", "a path that Jaeger 1.37 does not serve"),
    ("case", "/API/v2/spans", "the path in upper case"),
    ("double", "//api/v2/spans", "two slashes, which are redirected"),
]:
    add(
        f"zipkin-path-{name}",
        f"tracer: {about}",
        "nnn",
        lambda s, path=path: s.zipkin(collector_endpoint=path),
        unseen=WHICH_JAEGER,
    )
    add(
        f"zipkin-path-{name}-said",
        f"tracer: {about}, and the image is written",
        "nnn",
        lambda s, path=path: (s.zipkin(collector_endpoint=path), s.jaeger_image("1.37.0")),
    )
add(
    "zipkin-path-relative",
    "tracer: the path without its slash, which no Jaeger takes",
    "nnn",
    lambda s: s.zipkin(collector_endpoint="api/v2/spans"),
)
add(
    "zipkin-path-url-said",
    "tracer: a URL, and the image is written",
    "yyy",
    lambda s: (s.zipkin(collector_endpoint=f"http://{COLLECTOR}:9411/api/v2/spans"), s.jaeger_image("1.37.0")),
)
add(
    "zipkin-path-v1",
    "tracer: /api/v1/spans, where Jaeger 1.37 reads a v2 body as v1",
    "yyy",
    lambda s: s.zipkin(collector_endpoint="/api/v1/spans"),
    apart="spans are stored, without service name and tags",
)
add(
    "zipkin-path-any",
    "tracer: any path from Jaeger 1.53 on",
    "yyy",
    lambda s: (
        s.zipkin(collector_endpoint="/zipkin"),
        s.jaeger_image("1.57.0"),
    ),
)
add("zipkin-no-type", "tracer: no @type", "nnn", lambda s: s.zipkin("@type"))
add(
    "zipkin-no-version",
    "tracer: no collector_endpoint_version",
    "nnn",
    lambda s: s.zipkin("collector_endpoint_version"),
)
add("zipkin-no-path", "tracer: no collector_endpoint", "nnn", lambda s: s.zipkin("collector_endpoint"))
add("zipkin-no-cluster", "tracer: no collector_cluster", "nnn", lambda s: s.zipkin("collector_cluster"))
add(
    "zipkin-config",
    "tracer: `config` instead of `typedConfig`",
    "nnn",
    lambda s: s.tracer(lambda d: d["http"].update(config=d["http"].pop("typedConfig"))),
)
add(
    "tracer-name",
    "tracer: another name, the right @type",
    "yyy",
    lambda s: s.tracer(lambda d: d["http"].update(name="envoy.zipkin")),
)
add(
    "tracer-name-nonsense",
    "tracer: a name that is none, the right @type",
    "yyy",
    lambda s: s.tracer(lambda d: d["http"].update(name="jaeger")),
)
add("tracer-no-name", "tracer: no name", "nnn", lambda s: s.tracer(lambda d: d["http"].pop("name") and None))
add(
    "tracer-no-config",
    "tracer: only a name",
    "nnn",
    lambda s: s.tracer(lambda d: {"http": {"name": "envoy.tracers.zipkin"}}),
)
add("tracer-empty", "tracer: an empty object", "nnn", lambda s: s.tracer(lambda d: {"http": None}))


# --- OTLP


def otlp(setup, port=4317, http2=True, cluster="simplest-collector", host=COLLECTOR, path=None):
    target = {"grpc_service": {"envoy_grpc": {"cluster_name": cluster}, "timeout": "0.25s"}}
    if path:
        target = {
            "http_service": {"http_uri": {"uri": f"http://{host}:{port}{path}", "cluster": cluster, "timeout": "0.25s"}}
        }
    setup.tracer(
        lambda d: {
            "http": {
                "name": "envoy.tracers.opentelemetry",
                "typedConfig": {
                    "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
                    **target,
                    "service_name": "mesh",
                },
            }
        }
    )
    setup.socket(port_value=port, address=host)
    if http2:
        setup.cluster(
            typed_extension_protocol_options={
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": HTTP_OPTIONS,
                    "explicit_http_config": {"http2_protocol_options": {}},
                }
            }
        )


add("otlp", "OTLP over gRPC", "yyy", otlp, base=NEW)
add(
    "otlp-old-http2",
    "OTLP over gRPC, HTTP/2 in its older form",
    "yyy",
    lambda s: (otlp(s, http2=False), s.cluster(http2_protocol_options={})),
    base=NEW,
)
add("otlp-no-http2", "OTLP over gRPC without HTTP/2", "nnn", lambda s: otlp(s, http2=False), base=NEW)
add("otlp-cluster-unknown", "OTLP to a cluster that is not there", "nnn", lambda s: otlp(s, cluster="otlp"), base=NEW)
add("otlp-zipkin-port", "OTLP at the port of Zipkin", "nnn", lambda s: otlp(s, port=9411), base=NEW)
add("otlp-http-port", "OTLP over gRPC at the port for HTTP", "nnn", lambda s: otlp(s, port=4318), base=NEW)
add("otlp-bare-host", "OTLP to a bare name", "nyy", lambda s: otlp(s, host="simplest-collector"), base=NEW)
add(
    "otlp-off",
    "OTLP switched off in Jaeger",
    "nnn",
    lambda s: (otlp(s), s.jaeger()["spec"].update(allInOne={"options": {"collector.otlp.enabled": False}})),
    base=NEW,
)
add("otlp-http", "OTLP over HTTP", "yyy", lambda s: otlp(s, port=4318, http2=False, path="/v1/traces"), base=NEW)
add(
    "otlp-http-path",
    "OTLP over HTTP at another path",
    "nnn",
    lambda s: otlp(s, port=4318, http2=False, path="/v1/trace"),
    base=NEW,
)
add(
    "otlp-http-grpc-port",
    "OTLP over HTTP at the port for gRPC",
    "nnn",
    lambda s: otlp(s, port=4317, http2=False, path="/v1/traces"),
    base=NEW,
)
