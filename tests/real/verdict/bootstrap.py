"""The bootstrap that Consul writes for a proxy, from the `config` of ProxyDefaults.

As in Consul and consul-dataplane: keys are decoded weakly into strings, two of them are spliced in as text, the whole
is indented as JSON, and nothing else is looked at. Three things differ. Listeners that Consul would send over xDS stand
in the bootstrap. A runtime layer makes the tracers flush at once, or each case would take five seconds more. And
the mTLS between proxies is left out: no span depends on it.
"""

import json

KEYS = ("envoy_tracing_json", "envoy_extra_static_clusters_json", "envoy_listener_tracing_json")
MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
TRACING_TYPE = f"{MANAGER}.Tracing"
DEFAULT_TRACING = {"random_sampling": {"value": 0}}
HTTP = ("http", "http2", "grpc")


class Refused(Exception):
    """Consul writes no bootstrap, so the proxy does not start."""


def decode(config):
    """The `*_json` keys as mapstructure.WeakDecode reads them into strings: any case, scalars as text."""
    texts = dict.fromkeys(KEYS, "")
    for key in KEYS:
        named = key if key in config else next((other for other in config if str(other).lower() == key), None)
        value = config.get(named)
        if value is None:
            continue
        if isinstance(value, bool):
            value = "1" if value else "0"
        if isinstance(value, (dict, list)):
            if key == "envoy_listener_tracing_json":
                # Read by the servers, which then send sidecars nothing (`failed to generate all xDS resources`).
                texts["unread"] = f"`{named}` is no string"
                continue
            raise Refused(f"`{named}` is no string")
        texts[key] = str(value)
    return texts


def strict_json(text):
    """JSON as Go reads it: Python alone would take NaN."""

    def constant(name):
        raise ValueError(f"`{name}` is not JSON")

    return json.loads(text, parse_constant=constant)


def build(proxy, texts):
    """The bootstrap as text. `proxy`: name, node, admin, local_agent, listeners, extra_clusters."""
    clusters = [json.dumps(cluster) for cluster in [local_agent(proxy["local_agent"]), *proxy["clusters"]]]
    metadata = {"namespace": "default", "partition": "default"}
    node = {"cluster": proxy["name"], "id": proxy["name"] + "-proxy", "metadata": metadata}
    static = texts["envoy_extra_static_clusters_json"]
    if proxy["gateway"]:
        search(static)
    tracing = texts["envoy_tracing_json"]
    text = f"""{{
  "admin": {json.dumps({"address": address(*proxy["admin"])})},
  "node": {json.dumps(node)},
  "layered_runtime": {json.dumps(RUNTIME)},
  "static_resources": {{
    "clusters": [
      {", ".join(clusters)}
      {"," + static if static else ""}
    ],
    "listeners": {json.dumps(proxy["listeners"])}
  }},
  "stats_config": {{"use_all_default_tags": true}},
  {'"tracing": ' + tracing + "," if tracing else ""}
  "stats_flush_interval": "1s"
}}"""
    try:
        strict_json(text)
    except ValueError as error:
        raise Refused(f"the bootstrap is not JSON: {error}") from error
    return text


def search(static):
    """Consul's `containsSelfAdminCluster`, which it asks for the listener that says that a gateway is ready."""
    try:
        clusters = strict_json(f"[{static}]")
    except ValueError as error:
        raise Refused(f"failed to parse static clusters: {error}") from error
    if not all(isinstance(cluster, dict) for cluster in clusters):
        raise Refused("failed to parse static clusters: a cluster is no object")


# `base` is Consul's. Consul sets no such `test` layer; it changes when spans leave, never whether they do.
RUNTIME = {
    "layers": [
        {"name": "base", "static_layer": {"re2.max_program_size.error_level": 1048576}},
        {
            "name": "test",
            "static_layer": {
                "tracing.zipkin.min_flush_spans": 1,
                "tracing.zipkin.flush_interval_ms": 200,
                "tracing.opentelemetry.min_flush_spans": 1,
                "tracing.opentelemetry.flush_interval_ms": 200,
            },
        },
    ]
}


def listener_tracing(text, consul):
    """What Consul makes of `envoy_listener_tracing_json`: the block and None, or the default and why."""
    default = DEFAULT_TRACING
    if not text:
        return default, None
    if consul < (1, 13, 2):
        return default, "this Consul does not know `envoy_listener_tracing_json`"
    try:
        block = strict_json(text)
    except ValueError as error:
        return default, f"`envoy_listener_tracing_json` is not JSON: {error}"
    if not isinstance(block, dict) or str(block.get("@type", "")).rpartition("/")[2] != TRACING_TYPE:
        return default, "`envoy_listener_tracing_json` is no HttpConnectionManager.Tracing"
    return {key: value for key, value in block.items() if key != "@type"}, None


def address(host, port):
    return {"socket_address": {"address": host, "port_value": port}}


def cluster(name, host, port, protocol):
    made = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(host, port)}}]}],
        },
    }
    if protocol in ("http2", "grpc"):
        made["http2_protocol_options"] = {}
    return made


def local_agent(name):
    return cluster(name, "127.0.0.1", 8502, "http2")


def http_listener(name, where, hosts, tracing, protocol):
    """An HTTP listener as Consul makes one. `hosts`: [(domains, cluster)]."""
    manager = {
        "@type": f"type.googleapis.com/{MANAGER}",
        "stat_prefix": name,
        "route_config": {
            "name": name,
            "virtual_hosts": [
                {
                    "name": f"{name}-{at}",
                    "domains": domains,
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": to}}],
                }
                for at, (domains, to) in enumerate(hosts)
            ],
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
            }
        ],
        "tracing": tracing,
    }
    if protocol in ("http2", "grpc"):
        manager["http2_protocol_options"] = {}
    return listener(name, where, "envoy.filters.network.http_connection_manager", manager)


def tcp_listener(name, where, to):
    proxy = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": name,
        "cluster": to,
    }
    return listener(name, where, "envoy.filters.network.tcp_proxy", proxy)


def application(where):
    """The program behind the sidecar: it answers HTTP/1 and HTTP/2 by itself and traces nothing."""
    made = http_listener("application", where, [], {}, "http")
    manager = made["filter_chains"][0]["filters"][0]["typed_config"]
    del manager["tracing"]
    manager["route_config"]["virtual_hosts"] = [
        {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}
    ]
    return made


def listener(name, where, kind, typed):
    return {
        "name": name,
        "address": address(*where),
        "filter_chains": [{"filters": [{"name": kind, "typed_config": typed}]}],
    }
