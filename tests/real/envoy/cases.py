"""Pieces of Envoy's configuration, right and wrong, for a real Envoy to judge: (name, root, JSON)."""
import copy

TYPE = "type.googleapis.com/"
TRACE = TYPE + "envoy.config.trace.v3."
OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
TLS = TYPE + "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"

CLUSTER = {
    "name": "jaeger",
    "type": "STRICT_DNS",
    "connect_timeout": "5s",
    "load_assignment": {
        "cluster_name": "jaeger",
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "jaeger.observability", "port_value": 9411}}}}]}],
    },
}
ZIPKIN = {
    "@type": TRACE + "ZipkinConfig",
    "collector_cluster": "jaeger",
    "collector_endpoint": "/api/v2/spans",
    "collector_endpoint_version": "HTTP_JSON",
}
OTLP = {"@type": TRACE + "OpenTelemetryConfig", "grpc_service": {"envoy_grpc": {"cluster_name": "jaeger"}}, "service_name": "web"}
HTTP = {"http_uri": {"uri": "http://jaeger:4318/v1/traces", "cluster": "jaeger", "timeout": "1s"}}
ADDRESS = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}

GONE = object()


def put(tree, path, value):
    """A copy of tree with the value at path, such as `load_assignment.endpoints.0`; GONE takes it out."""
    tree = copy.deepcopy(tree)
    at = tree
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in way:
        at = at[step]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return tree


def variants(name, root, base, changes):
    for path, values in changes:
        for value in values:
            shown = "gone" if value is GONE else value
            yield f"{name} {path} = {shown!r}"[:80], root, put(base, path, value)


SOCKET = "load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address"

CLUSTER_CHANGES = [
    ("extension_protocol_options", [{}, {"a": {}}]),
    ("use_http_header", [True]),
    ("use_http_header_x", [None]),
    ("hidden_envoy_deprecated", [True]),
    ("hidden_envoy_deprecated_hosts", [[]]),
    ("hidden_envoy_deprecated_tls_context", [{}]),
    ("upstream_http_filters", [[]]),
    ("drain_connections_on_host_removal", [True]),
    ("ignore_health_on_host_removal", [True, "true", "True", 1, None, "yes", "Y", "0", "2", "on"]),
    ("per_connection_buffer_high_watermark_timeout", ["5s", 5]),
    ("transport_socket_matcher", [None, {}]),
    ("hosts", [[ADDRESS]]),
    ("tls_context", [{}]),
    ("name", [GONE, "", None, 5, True, {}, ["a"]]),
    ("type", [GONE, "+1", "1.0", "strict_dns", "Strict_DNS", 1, "1", 1.0, 9, "STRICTDNS", None, True, ["STRICT_DNS"]]),
    ("lbPolicy", ["ROUND_ROBIN", "random", 3, 99, "BEST"]),
    ("lb_policy", ["ORIGINAL_DST_LB", "ring_hash", "LOAD_BALANCING_POLICY_CONFIG"]),
    ("connect_timeout", [GONE, "0s", "-1s", "1", "1.5s", "0.0000000001s", "5000ms", 5, "1m", " 1s", "1.s", ".5s", {"seconds": 5}, {"seconds": "5", "nanos": 1}, {"second": 5}, {}, None, "315576000001s", "+1s", "1e3s"]),
    ("dns_lookup_family", ["V4_ONLY", "v4_only", "V4ONLY", 1, 99]),
    ("dns_refresh_rate", ["0s", "0.001s", "0.0005s", "1s"]),
    ("per_connection_buffer_limit_bytes", [1, "1", "1.0", "1.", "1.5", "-0", ".5", "inf", 1.0, 1.5, -1, 4294967296, "x", "0x10", "", " 1", "1 ", "1e3", "+1", "01", {"value": 1}, {"value": "x"}, {"values": 1}, {}, True, None, [1]]),
    ("circuit_breakers", [{"thresholds": [{"max_connections": 5}]}, {"thresholds": {"max_connections": 5}}, {"thresholds": [[{"max_connections": 5}]]},
                          {"thresholds": [None]}, {"thresholds": [{"priority": "high"}]}, {"thresholds": [{"priority": 7}]}, {"tresholds": []}]),
    ("load_assignment", [{}, None, [], "x", {"cluster_name": ""}, {"cluster_name": "jaeger", "endpoints": [{}]}, {"cluster_name": "jaeger", "endpoints": [{"lb_endpoints": [{}]}]},
                         {"clusterName": "jaeger", "endpoints": []}, {"cluster_name": "jaeger", "clusterName": "jaeger"}, {"cluster_name": "jaeger", "policy": {"overprovisioning_factor": 0}}]),
    (SOCKET + "/port_value", ["9411", 9411.0, 65535, 65536, -1, "x", GONE, None, "9411.0", ""]),
    (SOCKET + "/named_port", ["http"]),
    (SOCKET + "/address", [GONE, "", None, 5]),
    (SOCKET + "/protocol", ["TCP", "tcp", "HTTP", 0, 5]),
    (SOCKET + "/port", [9411]),
    ("load_assignment/endpoints/0/priority", [0, 128, 129, "128", -1]),
    ("load_assignment/endpoints/0/lb_endpoints/0/load_balancing_weight", [0, 1, "1", {"value": 1}]),
    ("load_assignment/endpoints/0/lb_endpoints/0/health_status", ["HEALTHY", "healthy", "SICK", 1, 12]),
    ("load_assignment/endpoints/0/lb_endpoints/0/endpoint_name", ["x"]),
    ("http2_protocol_options", [{}, {"max_concurrent_streams": 0}, {"max_concurrent_streams": 100}, {"hpack_table_size": "4096"}, True, {"initial_stream_window_size": 100}]),
    ("http_protocol_options", [{}, {"header_key_format": {}}, {"accept_http_10": "true"}, {"header_key_format": {"proper_case_words": {}}}]),
    ("typed_extension_protocol_options", [
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {"@type": TYPE + OPTIONS}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicit_http_config": {}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}, "http_protocol_options": {}}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}, "http_protocol_options": None}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_options": {}}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "auto_config": {}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "use_downstream_protocol_config": {}, "upstream_http_protocol_options": {"auto_sni": True}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicitHttpConfig": {"http2ProtocolOptions": {"maxConcurrentStreams": 100}}}},
        {OPTIONS: {"explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {}},
        {"envoy.upstreams.http.http_protocol_options": {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {"envoy.http_protocol_options": {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {"http": {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {"@type": OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {"@type": "example.com/" + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {"@type": TYPE + OPTIONS + "s", "explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {"@type": TYPE + "envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions"}},
        {"envoy.filters.network.tcp_proxy": {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}},
        {OPTIONS: {"@type": TYPE + OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}, "common_http_protocol_options": {"idle_timeout": "60s", "max_requests_per_connection": "5"}}},
    ]),
    ("transport_socket", [
        {"name": "tls", "typed_config": {"@type": TLS}},
        {"name": "tls", "typed_config": {"@type": TLS, "sni": "x"}},
        {"name": "tls", "typed_config": {"@type": TLS, "sni": 5}},
        {"name": "tls", "typed_config": {"@type": TLS, "snii": "x"}},
        {"name": "tls", "typed_config": {"@type": TLS, "sni": "x" * 256}},
        {"name": "tls", "typed_config": {"@type": TLS, "common_tls_context": {"tls_params": {"tls_minimum_protocol_version": "tlsv1_2"}}}},
        {"name": "tls", "typed_config": {"@type": TLS, "common_tls_context": {"tls_params": {"tls_minimum_protocol_version": "TLS1_2"}}}},
        {"name": "tls", "typed_config": {"@type": TLS, "common_tls_context": {"validation_context": {}, "validation_context_sds_secret_config": {"name": "x"}}}},
        {"name": "tls", "typed_config": {"@type": TLS, "common_tls_context": {"alpn_protocols": "h2"}}},
        {"name": "tls", "typed_config": {"@type": TLS, "common_tls_context": {"alpn_protocols": ["h2", 1]}}},
        {"name": "anything", "typed_config": {"@type": TLS}},
        {"typed_config": {"@type": TLS}},
        {"name": "tls"},
        {"name": "envoy.transport_sockets.tls"},
        {"name": "envoy.transport_sockets.raw_buffer"},
        {"name": "tls", "config": {}},
        {"name": "tls", "typed_config": {"@type": TRACE + "ZipkinConfig", "collector_cluster": "jaeger", "collector_endpoint": "/", "collector_endpoint_version": "HTTP_JSON"}},
        {"name": "tls", "typed_config": {"@type": TYPE + "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"}},
        {"name": "tls", "typed_config": {"@type": TYPE + "envoy.api.v2.auth.UpstreamTlsContext"}},
    ]),
    ("metadata", [{"filter_metadata": {"a": {"b": [1, None, "x"]}}}, {"filter_metadata": {"a": 5}}, {"filter_metadata": []}]),
    ("outlier_detection", [{}, {"consecutive_5xx": 5}, {"consecutive5xx": 5}, {"max_ejection_percent": 101}, {"interval": "0s"}]),
    ("health_checks", [[{}], [{"timeout": "1s", "interval": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1, "tcp_health_check": {}}],
                       [{"timeout": "1s", "interval": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1}],
                       [{"timeout": "1s", "interval": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1, "http_health_check": {"path": "/", "codec_client_type": "http2"}}],
                       [{"timeout": "1s", "interval": "1s", "unhealthy_threshold": 1, "healthy_threshold": 1, "http_health_check": {}}]]),
    ("wait_for_warm_on_init", [{"value": True}, "false"]),
    ("@type", [TYPE + "envoy.config.cluster.v3.Cluster"]),
    ("Name", ["x"]),
]

TRACING_CHANGES = [
    ("http/typed_config/collector_cluster", [GONE, "", None, 5]),
    ("http/typed_config/collector_endpoint", [GONE, "", None]),
    ("http/typed_config/collector_endpoint_version", [GONE, "http_json", 1, "1", 0, "HTTP_PROTO", "HTTP_JSON_V1", "DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE", 17]),
    ("http/typed_config/shared_span_context", [True, "true", "perhaps", 0, None, {"value": False}]),
    ("http/typed_config/timestamp_trace_ids", [True]),
    ("http/typed_config/trace_id_128bit", [True, "false", 1]),
    ("http/typed_config/traceId128bit", [True]),
    ("http/typed_config/split_spans_for_request", [True]),
    ("http/typed_config/collector_hostname", ["x", 5]),
    ("http/typed_config/trace_context_option", ["USE_B3", "use_b3_with_w3c_propagation", "W3C"]),
    ("http/typed_config/collector_service", [{"http_uri": {"uri": "http://jaeger:9411/api/v2/spans", "cluster": "jaeger", "timeout": "1s"}},
                                             {"http_uri": {"uri": "http://jaeger:9411/api/v2/spans", "cluster": "jaeger"}}, {}]),
    ("http/typed_config/collector_endpont", ["/"]),
    ("http/typed_config/@type", [GONE, None, 5, "", "ZipkinConfig", "envoy.config.trace.v3.ZipkinConfig", TYPE + "envoy.config.trace.v2.ZipkinConfig", TRACE + "ZipkinConfg", "http://x/envoy.config.trace.v3.ZipkinConfig"]),
    ("http/name", [GONE, "", "zipkin", 5, None]),
    ("http/config", [{}]),
    ("http/typed_config", [GONE, {}, [], "x", None,
                           OTLP, {**OTLP, "resource_detectors": []}, {**OTLP, "max_cache_size": 5}, {**OTLP, "sampler": {"name": "x"}},
                           {**OTLP, "grpc_service": {}}, {**OTLP, "grpc_service": {"envoy_grpc": {}}}, {**OTLP, "grpc_service": {"envoy_grpc": {"cluster_name": ""}}},
                           {**OTLP, "grpc_service": {"envoy_grpc": {"cluster_name": "jaeger"}, "timeout": "1"}},
                           {**OTLP, "grpc_service": {"envoy_grpc": {"cluster_name": "jaeger"}, "google_grpc": {"target_uri": "x", "stat_prefix": "x"}}},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": HTTP},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": put(HTTP, "http_uri/timeout", GONE)},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": put(HTTP, "http_uri/timeout", "-1s")},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": put(HTTP, "http_uri/cluster", "")},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": put(HTTP, "http_uri/cluster", GONE)},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": put(HTTP, "http_uri/uri", GONE)},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": {**HTTP, "request_headers_to_add": [{"header": {"key": "a", "value": "b"}}]}},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": {**HTTP, "request_headers_to_add": [{"header": {"value": "b"}}]}},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": {**HTTP, "request_headers_to_add": [{"header": {"key": "a\nb", "value": "b"}}]}},
                           {"@type": TRACE + "OpenTelemetryConfig", "http_service": {**HTTP, "request_headers_to_add": [{}]}},
                           {"@type": TRACE + "SkyWalkingConfig", "grpc_service": {"envoy_grpc": {"cluster_name": "jaeger"}}},
                           {"@type": TRACE + "SkyWalkingConfig"},
                           {"@type": TRACE + "DatadogConfig", "collector_cluster": "jaeger", "service_name": "x"},
                           {"@type": TRACE + "DatadogConfig", "collector_cluster": "jaeger"},
                           {"@type": TRACE + "LightstepConfig", "collector_cluster": "jaeger"},
                           {"@type": TRACE + "OpenCensusConfig"},
                           {"@type": TRACE + "DynamicOtConfig", "library": "x"},
                           {"@type": TRACE + "Tracing"},
                           {"@type": TRACE + "TraceServiceConfig", "grpc_service": {"envoy_grpc": {"cluster_name": "jaeger"}}},
                           {"@type": TYPE + "google.protobuf.Struct", "value": {}},
                           {"@type": TYPE + "google.protobuf.Empty"},
                           {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"},
                           {"@type": TYPE + "xds.type.v3.TypedStruct", "type_url": TRACE + "ZipkinConfig", "value": {k: v for k, v in ZIPKIN.items() if k != "@type"}},
                           {"@type": TYPE + "xds.type.v3.TypedStruct", "type_url": TRACE + "ZipkinConfig", "value": {"collector_cluster": "jaeger"}}]),
    ("sampling", [{}]),
    ("random_sampling", [{"value": 100}]),
    ("http", [GONE, None, {}, []]),
]

TRACING = {"http": {"name": "envoy.tracers.zipkin", "typed_config": ZIPKIN}}
PROVIDER = {"name": "envoy.tracers.zipkin", "typed_config": ZIPKIN}
LISTENER_TRACING = {"@type": TYPE + HCM + ".Tracing", "random_sampling": {"value": 100}}
LISTENER_TRACING_CHANGES = [
    ("random_sampling", [{"value": "100"}, {"value": 101}, {"value": -1}, {"value": "NaN"}, {"value": "x"}, {"numerator": 100}, 100, {}, None, {"value": None}]),
    ("overall_sampling", [{"value": 0.5}]),
    ("operation_name", ["ingress", "INGRESS"]),
    ("verbose", [True, "true", "perhaps"]),
    ("max_path_tag_length", [256, "256", {"value": 256}, -1]),
    ("spawn_upstream_span", [True, {"value": True}]),
    ("custom_tags", [[{"tag": "a", "literal": {"value": "b"}}], [{"tag": "a"}], [{"literal": {"value": "b"}}], [{"tag": "a", "literal": {}}],
                     [{"tag": "a", "literal": {"value": "b"}, "environment": {"name": "x"}}], [{"tag": "a", "request_header": {"name": "a b"}}],
                     [{"tag": "a", "request_header": {"name": "x-a", "default_value": "b"}}], {"tag": "a", "literal": {"value": "b"}},
                     [{"tag": "a", "metadata": {"kind": {"request": {}}, "metadata_key": {"key": "x", "path": [{"key": "y"}]}}}],
                     [{"tag": "a", "metadata": {"kind": {"request": {}}, "metadata_key": {"key": "x", "path": []}}}]]),
    ("provider", [PROVIDER, {"name": "x"}, {}, put(PROVIDER, "typed_config/collector_endpoint", GONE), put(PROVIDER, "typed_config/@type", TYPE + "envoy.config.trace.v2.ZipkinConfig"),
                  put(PROVIDER, "config", {}), put(PROVIDER, "name", GONE)]),
    ("no_context_propagation", [True]),
    ("sampling", [5]),
    ("client_sampling", [{"value": 50}]),
]

LISTENER = {
    "name": "extra",
    "address": ADDRESS,
    "filter_chains": [{"filters": [{"name": "hcm", "typed_config": {
        "@type": TYPE + HCM,
        "stat_prefix": "x",
        "route_config": {"virtual_hosts": [{"name": "x", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "jaeger"}}]}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"}}],
    }}]}],
}
MANAGER = "filter_chains/0/filters/0/typed_config/"
LISTENER_CHANGES = [
    ("address", [GONE, {}, {"socket_address": {"address": "127.0.0.1"}}, {"pipe": {}}, {"pipe": {"path": "/tmp/x", "mode": 512}}]),
    ("traffic_direction", ["inbound", "OUTBOUND", "UP", 5]),
    ("drain_type", ["MODIFY_ONLY", 9]),
    ("filters", [[]]),
    (MANAGER + "stat_prefix", [GONE, ""]),
    (MANAGER + "codec_type", ["auto", "HTTP2", "HTTP9", 9]),
    (MANAGER + "route_config", [GONE, {}]),
    (MANAGER + "rds", [{"route_config_name": "x"}]),
    (MANAGER + "http_filters", [[], [{"name": "router"}], [{"name": "envoy.filters.http.router", "typed_config": {}}], [{"typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"}}],
                                [{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router", "start_child_span": "yes"}}],
                                [{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router", "start_child": True}}],
                                [{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "x", "cluster": "jaeger"}}]]),
    (MANAGER + "access_log", [[{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout"}}],
                              [{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.access_loggers.file.v3.FileAccessLog"}}],
                              [{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": "/dev/stdout", "format": "a", "json_format": {}}}],
                              [{"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"}}],
                              [{"name": "x", "filter": {"duration_filter": {"comparison": {"op": "GE", "value": {"default_value": 1, "runtime_key": "x"}}}}, "typed_config": {"@type": TYPE + "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"}}],
                              [{"name": "x", "filter": {"duration_filter": {}}, "typed_config": {"@type": TYPE + "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"}}]]),
    (MANAGER + "route_config/virtual_hosts/0/domains", [[], "x", [""]]),
    (MANAGER + "route_config/virtual_hosts/0/routes/0/match", [{}, {"prefix": "/", "path": "/"}, {"safe_regex": {"regex": "/x"}}, {"safe_regex": {}}]),
    (MANAGER + "route_config/virtual_hosts/0/routes/0/route", [GONE, {}, {"cluster": "jaeger", "timeout": "0s"}, {"cluster": "jaeger", "weighted_clusters": {"clusters": []}}]),
    (MANAGER + "request_timeout", ["1s", "1"]),
    (MANAGER + "tracing", [{}, {"random_sampling": 5}]),
    (MANAGER + "forward_client_cert_details", ["sanitize_set", "X"]),
    (MANAGER + "common_http_protocol_options", [{"headers_with_underscores_action": "REJECT_REQUEST"}, {"headers_with_underscores_action": "NO"}]),
]

SINK = {"name": "envoy.stat_sinks.statsd", "typed_config": {"@type": TYPE + "envoy.config.metrics.v3.StatsdSink", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 8125}}}}
SINK_CHANGES = [
    ("name", [GONE, "x"]),
    ("typed_config/address", [GONE, {}, {"socket_address": {"address": "127.0.0.1"}}]),
    ("typed_config/tcp_cluster_name", ["jaeger"]),
    ("typed_config/prefix", ["x", 5]),
    ("typed_config/@type", [TYPE + "envoy.config.metrics.v3.DogStatsdSink", TYPE + "envoy.config.metrics.v2.StatsdSink", TYPE + "envoy.config.metrics.v3.StatsConfig", GONE]),
    ("config", [{}]),
]
STATS_CHANGES = [
    ("stats_tags", [[{"tag_name": "a", "regex": "x"}], [{"tag_name": "a", "fixed_value": "x"}], [{"tag_name": "a", "regex": "x", "fixed_value": "y"}], [{"tag": "a"}], {"tag_name": "a", "fixed_value": "x"}]),
    ("use_all_default_tags", [True, "true", "yes", {"value": True}]),
    ("stats_matcher", [{"reject_all": True}, {}, {"reject_all": True, "exclusion_list": {"patterns": [{"prefix": "x"}]}}, {"exclusion_list": {"patterns": [{"prefix": ""}]}}, {"exclusion_list": {"patterns": []}},
                       {"inclusion_list": {"patterns": [{"exact": "x"}]}}]),
]


def cases():
    yield "cluster", "cluster", CLUSTER
    yield from variants("cluster", "cluster", CLUSTER, CLUSTER_CHANGES)
    yield "tracing", "tracing", TRACING
    yield from variants("tracing", "tracing", TRACING, TRACING_CHANGES)
    yield "listener tracing", "listener_tracing", LISTENER_TRACING
    yield from variants("listener tracing", "listener_tracing", LISTENER_TRACING, LISTENER_TRACING_CHANGES)
    yield "listener", "listener", LISTENER
    yield from variants("listener", "listener", LISTENER, LISTENER_CHANGES)
    yield "stats sink", "stats_sink", SINK
    yield from variants("stats sink", "stats_sink", SINK, SINK_CHANGES)
    yield "stats config", "stats_config", {}
    yield from variants("stats config", "stats_config", {}, STATS_CHANGES)


def bootstrap(root, piece):
    """The piece where Consul puts it."""
    whole = {"node": {"id": "x", "cluster": "x"}, "static_resources": {"clusters": [CLUSTER], "listeners": []}}
    if root == "cluster":
        whole["static_resources"]["clusters"] = [piece]
    elif root == "tracing":
        whole["tracing"] = piece
        whole["static_resources"]["listeners"] = [put(LISTENER, MANAGER + "tracing", {"random_sampling": {}})]
    elif root == "listener_tracing":
        whole["static_resources"]["listeners"] = [put(LISTENER, MANAGER + "tracing", {key: value for key, value in piece.items() if key != "@type"})]
    elif root == "listener":
        whole["static_resources"]["listeners"] = [piece]
    elif root == "stats_sink":
        whole["stats_sinks"] = [piece]
    elif root == "stats_config":
        whole["stats_config"] = piece
    return whole
