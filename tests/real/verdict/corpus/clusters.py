"""The static cluster."""

from corpus.setup import COLLECTOR, HTTP_OPTIONS, add

# --- the static cluster

for name, fields, truth, about in [
    ("cluster-logical", {"type": "LOGICAL_DNS"}, "yyy", "LOGICAL_DNS"),
    ("cluster-static", {"type": "STATIC"}, "nnn", "STATIC with a name instead of an address"),
    ("cluster-eds", {"type": "EDS"}, "nnn", "EDS"),
    ("cluster-type-case", {"type": "strict_dns"}, "yyy", "the type in lower case"),
    ("cluster-type-number", {"type": 1}, "yyy", "the type as a number"),
    ("cluster-type-unknown", {"type": "DNS"}, "nnn", "an unknown type"),
    ("cluster-v6", {"dns_lookup_family": "V6_ONLY"}, "nnn", "only IPv6 addresses, in a cluster of IPv4"),
    ("cluster-auto", {"dns_lookup_family": "AUTO"}, "yyy", "addresses of any family"),
    ("cluster-lb", {"lb_policy": "LEAST_REQUEST"}, "yyy", "another balancing policy"),
    ("cluster-lb-unknown", {"lb_policy": "FASTEST"}, "nnn", "an unknown balancing policy"),
    ("cluster-timeout-number", {"connect_timeout": 3}, "nnn", "connect_timeout as a number"),
    ("cluster-timeout-unit", {"connect_timeout": "3000ms"}, "nnn", "connect_timeout in milliseconds"),
    ("cluster-timeout-zero", {"connect_timeout": "0s"}, "nnn", "connect_timeout zero"),
    ("cluster-timeout-fraction", {"connect_timeout": "0.5s"}, "yyy", "connect_timeout of half a second"),
    ("cluster-http2", {"http2_protocol_options": {}}, "nnn", "HTTP/2 towards Zipkin"),
    (
        "cluster-http2-typed",
        {
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": HTTP_OPTIONS,
                    "explicit_http_config": {"http2_protocol_options": {}},
                }
            }
        },
        "nnn",
        "HTTP/2 towards Zipkin, in its typed form",
    ),
    (
        "cluster-http1-typed",
        {
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": HTTP_OPTIONS,
                    "explicit_http_config": {"http_protocol_options": {}},
                }
            }
        },
        "yyy",
        "HTTP/1 in its typed form",
    ),
    (
        "cluster-tls",
        {
            "transport_socket": {
                "name": "tls",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
                },
            }
        },
        "nnn",
        "TLS towards a plain port",
    ),
    ("cluster-tls-context", {"tls_context": {}}, "nnn", "a field of API v2"),
    ("cluster-name", {"name": "zipkin"}, "nnn", "another name than the tracer's"),
    ("cluster-name-reserved", {"name": "local_agent"}, "nnn", "the name of Consul's own"),
    ("cluster-name-empty", {"name": ""}, "nnn", "no name"),
    ("cluster-unknown-field", {"timeout": "3s"}, "nnn", "an unknown field"),
]:
    add(name, f"cluster: {about}", truth, lambda s, fields=fields: s.cluster(**fields))
add(
    "cluster-renamed-too",
    "cluster: another name, and the tracer with it",
    "yyy",
    lambda s: (s.cluster(name="zipkin"), s.zipkin(collector_cluster="zipkin")),
)
add(
    "cluster-assignment-name",
    "cluster: load_assignment under another name",
    "yyy",
    lambda s: s.cluster(lambda d: d["load_assignment"].update(cluster_name="jaeger")),
)
add(
    "cluster-assignment-no-name",
    "cluster: load_assignment without a name",
    "nnn",
    lambda s: s.cluster(lambda d: d["load_assignment"].pop("cluster_name") and None),
)
add("cluster-no-timeout", "cluster: no connect_timeout", "yyy", lambda s: s.cluster(None, "connect_timeout"))
add("cluster-no-type", "cluster: no type, so STATIC", "nnn", lambda s: s.cluster(None, "type"))
add("cluster-no-assignment", "cluster: no load_assignment", "nnn", lambda s: s.cluster(None, "load_assignment"))
add(
    "cluster-no-endpoints",
    "cluster: no endpoints",
    "nnn",
    lambda s: s.cluster(lambda d: d["load_assignment"].update(endpoints=[])),
)
add(
    "cluster-hosts",
    "cluster: `hosts` of API v2",
    "nnn",
    lambda s: s.cluster(
        None, "load_assignment", hosts=[{"socket_address": {"address": COLLECTOR, "port_value": 9411}}]
    ),
)
