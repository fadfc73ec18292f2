"""The mutations: each a name, what it does in one line, the truth it is known to have, and an edit of a set-up as data.

`truth`: three letters for the gateway's own spans, web's spans of requests through the gateway, and web's spans of
requests straight at its sidecar. y: they arrive; n: they do not; -: nothing there could send any.
`unseen`: what the files do not say, so that `check` may answer null. `apart`: only a cluster decides, and why; such a
mutation is not compared.
"""

import copy
import json

MUTATIONS = []
DEV = ("dev", ())
SHOP = ("dev,separate-namespace", ())
NEW = ("dev", ("consul.chart=1.9.11",))  # Consul 1.22, which knows `envoy_listener_tracing_json`
ZIPKIN = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig"
TRACING = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing"
HTTP_OPTIONS = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
COLLECTOR = "simplest-collector.observability.svc.cluster.local"
INJECT = "consul.hashicorp.com/connect-inject"


class Mutation:
    def __init__(self, name, about, truth, edit, base=DEV, unseen=None, apart=None):
        self.name, self.about, self.truth, self.edit = name, about, truth, edit
        self.base, self.unseen, self.apart = base, unseen, apart


def add(name, about, truth, edit, **more):
    MUTATIONS.append(Mutation(name, about, truth, edit, **more))


class Setup:
    """A rendered set-up: objects, Helm values, the chart's version and how the files are laid out."""

    def __init__(self, objects, values, chart):
        self.objects, self.values, self.chart = copy.deepcopy(objects), copy.deepcopy(values), chart
        self.layout = "files"

    def get(self, kind, name=None):
        return next(each for each in self.objects if each["kind"] == kind and name in (None, each["metadata"]["name"]))

    def drop(self, kind, name=None):
        self.objects = [each for each in self.objects if each["kind"] != kind or name not in (None, each["metadata"]["name"])]

    def config(self):
        return self.get("ProxyDefaults")["spec"]["config"]

    def text(self, key, edit):
        """Edits one of the embedded texts; `edit` takes the old and gives the new."""
        self.config()[f"envoy_{key}_json"] = edit(self.config()[f"envoy_{key}_json"])

    def tracer(self, edit):
        """Edits the tracing document as data: `edit` changes it in place, or gives another."""
        document = json.loads(self.config()["envoy_tracing_json"])
        document = edit(document) or document
        self.config()["envoy_tracing_json"] = json.dumps(document, indent=2)

    def zipkin(self, *drop, **fields):
        def edit(document):
            typed = document["http"]["typedConfig"]
            typed.update(fields)
            for name in drop:
                del typed[name]

        self.tracer(edit)

    def cluster(self, edit=None, *drop, **fields):
        document = json.loads(self.config()["envoy_extra_static_clusters_json"])
        document.update(fields)
        for name in drop:
            del document[name]
        document = (edit and edit(document)) or document
        self.config()["envoy_extra_static_clusters_json"] = json.dumps(document, indent=2)

    def socket(self, *drop, **fields):
        def edit(document):
            socket = document["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
            socket.update(fields)
            for name in drop:
                del socket[name]

        self.cluster(edit)

    def host(self, host):
        self.socket(address=host)

    def jaeger(self):
        return self.get("Jaeger")

    def pod(self):
        return self.get("Deployment", "web")["spec"]["template"]

    def listener(self):
        return self.get("IngressGateway")["spec"]["listeners"][0]

    def protocol(self, service=None, proxy_defaults="http"):
        """The protocol of web: in its ServiceDefaults (None: it has none) and in ProxyDefaults."""
        if service is None:
            self.drop("ServiceDefaults", "web")
        else:
            self.get("ServiceDefaults", "web")["spec"]["protocol"] = service
        self.config()["protocol"] = proxy_defaults
        if proxy_defaults is None:
            del self.config()["protocol"]

    def listener_tracing(self, **fields):
        self.config()["envoy_listener_tracing_json"] = json.dumps({"@type": TRACING, **fields})


def rename_jaeger(setup, name=None, namespace=None, host=None):
    metadata = setup.jaeger()["metadata"]
    if name:
        metadata["name"] = name
    if namespace:
        metadata["namespace"] = namespace
    if host:
        setup.host(host)


# --- as rendered, and what must not matter

add("as-rendered", "nothing is changed", "yyy", lambda s: None)
add("shop", "the services in a namespace of their own, as rendered", "yyy", lambda s: None, base=SHOP)
add("new-consul", "chart 1.9.11, as rendered", "yyy", lambda s: None, base=NEW)
for layout in ("list", "one-file", "json", "comments", "kubectl-get"):
    add(f"layout-{layout}", f"the same objects laid out as {layout}", "yyy", lambda s, layout=layout: setattr(s, "layout", layout))
add("key-order", "the keys of both documents in another order", "yyy", lambda s: (
    s.text("tracing", lambda t: json.dumps(json.loads(t), sort_keys=True)), s.text("extra_static_clusters", lambda t: json.dumps(json.loads(t), sort_keys=True))))
add("compact", "both documents on one line, without spaces", "yyy", lambda s: (
    s.text("tracing", lambda t: json.dumps(json.loads(t), separators=(",", ":"))),
    s.text("extra_static_clusters", lambda t: json.dumps(json.loads(t), separators=(",", ":")))))
add("whitespace-around", "blank lines and tabs around both documents", "yyy", lambda s: (
    s.text("tracing", lambda t: f"\n\t {t}\n\n"), s.text("extra_static_clusters", lambda t: f"\n\t {t}\n\n")))
add("escapes", "letters of the documents as \\u escapes", "yyy", lambda s: (
    s.text("tracing", lambda t: t.replace("simplest", "\\u0073implest")), s.text("extra_static_clusters", lambda t: t.replace('"STRICT', '"\\u0053TRICT'))))
add("null-fields", "fields that are null", "yyy", lambda s: (s.zipkin(collector_hostname=None), s.cluster(circuit_breakers=None)))
add("quoted-booleans", "booleans in quotes", "yyy", lambda s: s.zipkin(shared_span_context="false", trace_id_128bit="true"))
add("snake-and-camel", "field names in the other spelling", "yyy", lambda s: (
    s.text("tracing", lambda t: t.replace("typedConfig", "typed_config").replace("collector_cluster", "collectorCluster")),
    s.text("extra_static_clusters", lambda t: t.replace("load_assignment", "loadAssignment").replace("port_value", "portValue"))))
add("unasked-metadata", "labels, annotations and a finalizer on ProxyDefaults", "yyy", lambda s: s.get("ProxyDefaults")["metadata"].update(
    {"labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["finalizers.consul.hashicorp.com"]}))

# --- the collector's name

for name, host, truth, about in [
    ("host-bare", "simplest-collector", "nyy", "a bare name, which only its own namespace resolves"),
    ("host-ns", "simplest-collector.observability", "yyy", "name.namespace"),
    ("host-ns-svc", "simplest-collector.observability.svc", "yyy", "name.namespace.svc"),
    ("host-final-dot", COLLECTOR + ".", "yyy", "the full name with a final dot"),
    ("host-ns-final-dot", "simplest-collector.observability.", "nnn", "name.namespace with a final dot, so absolute"),
    ("host-svc-final-dot", "simplest-collector.observability.svc.", "nnn", "name.namespace.svc with a final dot, so absolute"),
    ("host-bare-final-dot", "simplest-collector.", "nnn", "a bare name with a final dot"),
    ("host-upper-case", COLLECTOR.upper(), "yyy", "the full name in upper case"),
    ("host-other-namespace", "simplest-collector.tracing.svc.cluster.local", "nnn", "a namespace without that Service"),
    ("host-consul-namespace", "simplest-collector.consul", "nnn", "the gateway's namespace instead of Jaeger's"),
    ("host-typo", "simplst-collector.observability.svc.cluster.local", "nnn", "a letter is missing"),
    ("host-without-svc", "simplest-collector.observability.cluster.local", "nnn", "the full name without svc"),
    ("host-cluster-missing", "simplest-collector.observability.svc.cluster", "nnn", "the full name cut short"),
    ("host-headless", "simplest-collector-headless.observability.svc.cluster.local", "yyy", "the headless Service"),
    ("host-agent", "simplest-agent.observability.svc.cluster.local", "yyy", "the agent's headless Service, which selects the same pod"),
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
add("host-other-domain", "host: another cluster domain than the cluster's", "nnn", lambda s: s.host("simplest-collector.observability.svc.k8s.example"),
    apart="the cluster's domain may be that one")
add("host-outside", "host: a name outside the cluster", "nnn", lambda s: s.host("zipkin.example.com"), apart="what answers outside is not among the files")
add("shop-host-bare", "host: a bare name, and no proxy in Jaeger's namespace", "nnn", lambda s: s.host("simplest-collector"), base=SHOP)
add("shop-host-ns", "host: name.namespace from other namespaces", "yyy", lambda s: s.host("simplest-collector.observability"), base=SHOP)
add("shop-host-own-namespace", "host: the services' namespace instead of Jaeger's", "nnn", lambda s: s.host("simplest-collector.shop"), base=SHOP)

# --- the backend's name and place

add("jaeger-with-gateway", "Jaeger in the gateway's namespace, the host a bare name", "ynn", lambda s: rename_jaeger(s, namespace="consul", host="simplest-collector"))
add("jaeger-moved", "Jaeger in another namespace than the host says", "nnn", lambda s: rename_jaeger(s, namespace="tracing"))
add("jaeger-moved-too", "Jaeger in another namespace, and the host with it", "yyy", lambda s: rename_jaeger(s, namespace="tracing", host="simplest-collector.tracing.svc"))
add("jaeger-no-namespace", "Jaeger without a namespace, so in `default`", "nnn", lambda s: s.jaeger()["metadata"].pop("namespace"),
    apart="kubectl's -n or context may say another namespace")
add("jaeger-renamed", "another instance name than the host says", "nnn", lambda s: rename_jaeger(s, name="jaeger"))
add("jaeger-renamed-too", "another instance name, and the host with it", "yyy", lambda s: rename_jaeger(s, name="jaeger", host="jaeger-collector.observability"))
add("jaeger-dots", "dots in the instance name are dashes in the Service", "yyy", lambda s: rename_jaeger(s, name="my.jaeger", host="my-jaeger-collector.observability.svc"))
add("jaeger-dots-kept", "dots of the instance name kept in the host", "nnn", lambda s: rename_jaeger(s, name="my.jaeger", host="my.jaeger-collector.observability.svc"))
LONG = "a-very-long-name-of-a-jaeger-instance-for-all-the-clusters"  # 58 characters; the Service name has room for 53
add("jaeger-long", "a long instance name, the host cut as the operator cuts it", "yyy", lambda s: rename_jaeger(s, name=LONG, host=f"{LONG[:53]}-collector.observability"))
add("jaeger-long-uncut", "a long instance name, the host not cut", "nnn", lambda s: rename_jaeger(s, name=LONG, host=f"{LONG}-collector.observability"))
add("jaeger-long-headless", "a long instance name, the headless Service cut as the operator cuts it", "yyy",
    lambda s: rename_jaeger(s, name=LONG, host=f"{LONG[:44]}-collector-headless.observability"))
add("jaeger-upper-case", "an instance name that the API server refuses", "nnn", lambda s: rename_jaeger(s, name="Simplest"))
add("jaeger-api-version", "a version of the kind that does not exist", "nnn", lambda s: s.jaeger().update(apiVersion="jaegertracing.io/v1alpha1"))
add("jaeger-missing", "no Jaeger among the files", "nnn", lambda s: s.drop("Jaeger"), apart="it may be installed by other files")

# --- the backend's ports

add("jaeger-zipkin-off", "the option collector.zipkin.host-port is empty", "nnn", lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": ""}}))
add("jaeger-zipkin-off-nested", "the same option as nested maps", "nnn", lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector": {"zipkin": {"host-port": ""}}}}))
add("jaeger-zipkin-moved", "Zipkin on a port that the Service does not show", "nnn", lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": ":9412"}}))
add("jaeger-zipkin-moved-headless", "Zipkin on another port, asked for at the pod itself", "yyy", lambda s: (
    s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": ":9412"}}),
    s.socket(address="simplest-collector-headless.observability.svc", port_value=9412)))
add("jaeger-zipkin-local", "Zipkin on the pod's loopback only", "nnn", lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": "127.0.0.1:9411"}}))
add("jaeger-zipkin-all", "Zipkin on 0.0.0.0", "yyy", lambda s: s.jaeger()["spec"].update(allInOne={"options": {"collector.zipkin.host-port": "0.0.0.0:9411"}}))
add("jaeger-option-elsewhere", "the option in `collector`, which all-in-one does not read", "yyy", lambda s: s.jaeger()["spec"].update(collector={"options": {"collector.zipkin.host-port": ""}}))
ES = {"type": "elasticsearch", "options": {"es": {"server-urls": "https://elasticsearch.example:9200"}}}
add("production", "strategy production with a storage outside", "yyy", lambda s: s.jaeger()["spec"].update(strategy="production", storage=ES), unseen="the storage is not among the files")
add("production-zipkin-off", "strategy production, Zipkin off in `collector`", "nnn",
    lambda s: s.jaeger()["spec"].update(strategy="production", storage=ES, collector={"options": {"collector.zipkin.host-port": ""}}))
add("production-option-elsewhere", "strategy production, Zipkin off in `allInOne`, which it does not read", "yyy",
    lambda s: s.jaeger()["spec"].update(strategy="production", storage=ES, allInOne={"options": {"collector.zipkin.host-port": ""}}), unseen="the storage is not among the files")
add("production-agent-host", "strategy production, which has no agent Service", "nnn", lambda s: (
    s.jaeger()["spec"].update(strategy="production", storage=ES), s.host("simplest-agent.observability")))
add("production-memory", "strategy production with memory falls back to all-in-one", "yyy", lambda s: s.jaeger()["spec"].update(strategy="production", storage={"type": "memory"}))
for strategy in ("AllInOne", "all-in-one", "prod", ""):
    add(f"strategy-{strategy or 'empty'}", f"strategy `{strategy}` means all-in-one", "yyy", lambda s, strategy=strategy: s.jaeger()["spec"].update(strategy=strategy))
add("query-exposed", "the UI's Service as a load balancer", "yyy", lambda s: s.jaeger()["spec"].update(query={"serviceType": "LoadBalancer"}))
add("jaeger-in-mesh", "all pods are injected, Jaeger's too", "nnn", lambda s: (s.values["connectInject"].update(default=True), s.jaeger()["spec"].pop("annotations")))
add("jaeger-asks-for-mesh", "Jaeger's pods ask for a sidecar", "nnn", lambda s: s.jaeger()["spec"].update(annotations={INJECT: "true"}))
add("jaeger-opts-out", "all pods are injected but Jaeger's", "yyy", lambda s: s.values["connectInject"].update(default=True))

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
add("port-named", "port: named_port, which DNS clusters do not resolve", "nnn", lambda s: s.socket("port_value", named_port="zipkin"))
add("port-udp", "protocol UDP", "nnn", lambda s: s.socket(protocol="UDP"))
add("port-no-protocol", "protocol left out", "yyy", lambda s: s.socket("protocol"))


# --- other backends under the same name


def plain(setup, image="jaegertracing/all-in-one:1.37.0", env=None, args=None, service=None, container_ports=None, labels=None):
    """A plain Deployment with a Service `simplest-collector` instead of the operator's."""
    setup.drop("Jaeger")
    container = {"name": "jaeger", "image": image}
    if env:
        container["env"] = [{"name": key, "value": value} for key, value in env.items()]
    if args:
        container["args"] = args
    if container_ports:
        container["ports"] = container_ports
    labels = labels or {"app": "tracing"}
    setup.objects += [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "tracing", "namespace": "observability"}, "spec": {
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "simplest-collector", "namespace": "observability"}, "spec": {
            "selector": {"app": "tracing"}, "ports": [{"name": "zipkin", "port": 9411, "targetPort": 9411}], **(service or {})}},
    ]


OPEN = {"COLLECTOR_ZIPKIN_HOST_PORT": ":9411"}
add("plain", "a plain Deployment of Jaeger v1 with Zipkin on", "yyy", lambda s: plain(s, env=OPEN))
add("plain-off", "a plain Deployment of Jaeger v1, where Zipkin is off", "nnn", lambda s: plain(s))
add("plain-old-variable", "the variable that Jaeger 1.22 renamed", "nnn", lambda s: plain(s, env={"COLLECTOR_ZIPKIN_HTTP_PORT": "9411"}))
add("plain-argument", "Zipkin on by argument", "yyy", lambda s: plain(s, args=["--collector.zipkin.host-port=:9411"]))
add("plain-argument-wins", "Zipkin on by variable, off by argument", "nnn", lambda s: plain(s, env=OPEN, args=["--collector.zipkin.host-port="]))
add("plain-v2", "Jaeger v2 with its own configuration", "yyy", lambda s: plain(s, image="jaegertracing/jaeger:2.20.0"))
add("plain-service-port", "the Service does not show the port", "nnn", lambda s: plain(s, env=OPEN, service={"ports": [{"name": "ui", "port": 16686}]}))
add("plain-target-port", "the Service leads to another port", "nnn", lambda s: plain(s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 9411, "targetPort": 14268}]}))
add("plain-port-80", "the Service shows port 80, and the cluster with it", "yyy", lambda s: (
    plain(s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 80, "targetPort": 9411}]}), s.socket(port_value=80)))
add("plain-port-80-only", "the Service shows port 80, the cluster does not", "nnn", lambda s: plain(s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 80, "targetPort": 9411}]}))
add("plain-named-target", "the Service leads to a port by its name", "yyy", lambda s: plain(
    s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 9411, "targetPort": "zip"}]}, container_ports=[{"name": "zip", "containerPort": 9411}]))
add("plain-selector", "the Service selects no pod", "nnn", lambda s: plain(s, env=OPEN, service={"selector": {"app": "jaeger"}}))
add("plain-headless", "a headless Service", "yyy", lambda s: plain(s, env=OPEN, service={"clusterIP": "None"}))
add("plain-in-mesh", "the plain Deployment is injected by default", "nnn", lambda s: (plain(s, env=OPEN), s.values["connectInject"].update(default=True)))


def otel(setup, zipkin=..., pipeline=("otlp", "zipkin"), mode="deployment"):
    setup.drop("Jaeger")
    receivers = {"otlp": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}, "http": {"endpoint": "0.0.0.0:4318"}}}}
    if zipkin is not None:
        receivers["zipkin"] = {"endpoint": "0.0.0.0:9411"} if zipkin is ... else zipkin
    setup.objects.append({
        "apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector", "metadata": {"name": "simplest", "namespace": "observability"}, "spec": {
            "mode": mode, "image": "jaegertracing/jaeger:2.20.0", "podAnnotations": {INJECT: "false"}, "config": {
                "service": {"extensions": ["jaeger_storage", "jaeger_query"], "pipelines": {"traces": {"receivers": list(pipeline), "exporters": ["jaeger_storage_exporter"]}}},
                "extensions": {"jaeger_query": {"storage": {"traces": "memstore"}}, "jaeger_storage": {"backends": {"memstore": {"memory": {"max_traces": 100000}}}}},
                "receivers": receivers,
                "exporters": {"jaeger_storage_exporter": {"trace_storage": "memstore"}}}}})


add("otel", "Jaeger v2 by the OpenTelemetry operator", "yyy", otel)
add("otel-not-in-pipeline", "a Zipkin receiver that no pipeline uses", "nnn", lambda s: otel(s, pipeline=["otlp"]))
add("otel-local", "a Zipkin receiver on loopback", "nnn", lambda s: otel(s, zipkin={"endpoint": "localhost:9411"}))
add("otel-default-endpoint", "a Zipkin receiver without endpoint, which the operator fills in", "yyy", lambda s: otel(s, zipkin={}))
add("otel-other-port", "a Zipkin receiver on another port", "nnn", lambda s: otel(s, zipkin={"endpoint": "0.0.0.0:9412"}))
add("otel-sidecar", "mode sidecar, which makes no Service", "nnn", lambda s: otel(s, mode="sidecar"))
add("otel-any-path", "Jaeger v2 takes Zipkin spans on any path", "yyy", lambda s: (otel(s), s.zipkin(collector_endpoint="/zipkin")))

# --- the two texts

add("tracing-map", "the tracing JSON as a YAML map", "nnn", lambda s: s.text("tracing", json.loads))
add("clusters-map", "the clusters JSON as a YAML map", "nnn", lambda s: s.text("extra_static_clusters", json.loads))
add("clusters-yaml-list", "the clusters JSON as a YAML list", "nnn", lambda s: s.text("extra_static_clusters", lambda t: [json.loads(t)]))
for name, edit, truth, about in [
    ("tracing-trailing-comma", lambda t: t + ",", "nnn", "a comma after it"),
    ("tracing-inner-comma", lambda t: t.replace("true\n", "true,\n"), "nnn", "a comma before a closing brace"),
    ("tracing-single-quotes", lambda t: t.replace('"', "'"), "nnn", "single quotes"),
    ("tracing-comment", lambda t: "// zipkin\n" + t, "nnn", "a comment"),
    ("tracing-cut", lambda t: t[:-1], "nnn", "the last brace is missing"),
    ("tracing-yaml", lambda t: "http:\n  name: envoy.tracers.zipkin\n", "nnn", "YAML instead of JSON"),
    ("tracing-twice", lambda t: t + t, "nnn", "two documents"),
    ("tracing-empty", lambda t: "", "nnn", "an empty text"),
    ("tracing-null", lambda t: None, "nnn", "null"),
    ("tracing-true", lambda t: True, "nnn", "a YAML boolean"),
    ("tracing-json-null", lambda t: "null", "nnn", "the JSON null"),
    ("tracing-array", lambda t: f"[{t}]", "nnn", "a JSON array"),
    ("tracing-nan", lambda t: t.replace("false", "NaN"), "nnn", "NaN, which is not JSON"),
    ("tracing-wrapped", lambda t: f'{{"tracing": {t}}}', "nnn", "wrapped in `tracing` once more"),
    ("tracing-unwrapped", lambda t: json.dumps(json.loads(t)["http"]), "nnn", "without `http`"),
    ("tracing-duplicate-key", lambda t: t.replace('"name"', '"name": "x", "name"'), "nnn", "a key twice"),
]:
    add(name, f"tracing JSON: {about}", truth, lambda s, edit=edit: s.text("tracing", edit))
add("tracing-missing", "no tracing JSON", "nnn", lambda s: s.config().pop("envoy_tracing_json"))
add("tracing-key-typo", "the key misspelt", "nnn", lambda s: s.config().update(envoy_tracer_json=s.config().pop("envoy_tracing_json")))
add("tracing-key-case", "the key in another case, which Consul reads all the same", "yyy", lambda s: s.config().update(Envoy_Tracing_JSON=s.config().pop("envoy_tracing_json")))
for name, edit, truth, about in [
    ("clusters-array", lambda t: f"[{t}]", "yyy", "a JSON array"),
    ("clusters-empty", lambda t: "", "nnn", "an empty text"),
    ("clusters-blank", lambda t: " ", "nnn", "only a space"),
    ("clusters-leading-comma", lambda t: "," + t, "nnn", "a comma before it"),
    ("clusters-trailing-comma", lambda t: t + ",", "nnn", "a comma after it"),
    ("clusters-two", lambda t: t + "," + t.replace("simplest-collector", "other"), "yyy", "two, joined by a comma"),
    ("clusters-two-array", lambda t: "[" + t.replace("simplest-collector", "other") + "," + t + "]", "yyy", "two in an array"),
    ("clusters-two-no-comma", lambda t: t + "\n" + t.replace("simplest-collector", "other"), "nnn", "two without a comma"),
    ("clusters-same-name", lambda t: t + "," + t, "nnn", "two of one name"),
    ("clusters-wrapped", lambda t: f'{{"clusters": [{t}]}}', "nnn", "wrapped in `clusters`"),
]:
    add(name, f"clusters JSON: {about}", truth, lambda s, edit=edit: s.text("extra_static_clusters", edit))
add("clusters-missing", "no clusters JSON", "nnn", lambda s: s.config().pop("envoy_extra_static_clusters_json"))

# --- the tracer

for name, fields, truth, about in [
    ("zipkin-cluster-unknown", {"collector_cluster": "zipkin"}, "nnn", "a cluster that is not there"),
    ("zipkin-cluster-case", {"collector_cluster": "Simplest-Collector"}, "nnn", "the cluster in another case"),
    ("zipkin-cluster-own", {"collector_cluster": "local_agent"}, "nnn", "a cluster of Consul's own"),
    ("zipkin-type-v2", {"@type": "type.googleapis.com/envoy.config.trace.v2.ZipkinConfig"}, "nnn", "@type of API v2"),
    ("zipkin-type-unknown", {"@type": "type.googleapis.com/envoy.config.trace.v3.Zipkin"}, "nnn", "@type unknown"),
    ("zipkin-type-prefix", {"@type": "example.com/envoy.config.trace.v3.ZipkinConfig"}, "yyy", "@type with another prefix"),
    ("zipkin-type-bare", {"@type": "envoy.config.trace.v3.ZipkinConfig"}, "nnn", "@type without prefix"),
    ("zipkin-field-unknown", {"collector_port": 9411}, "nnn", "an unknown field"),
    ("zipkin-proto", {"collector_endpoint_version": "HTTP_PROTO"}, "yyy", "HTTP_PROTO"),
    ("zipkin-version-case", {"collector_endpoint_version": "http_json"}, "yyy", "the version in lower case"),
    ("zipkin-version-number", {"collector_endpoint_version": 1}, "yyy", "the version as a number"),
    ("zipkin-version-grpc", {"collector_endpoint_version": "GRPC"}, "nnn", "GRPC, on which Envoy ends"),
    ("zipkin-version-v1", {"collector_endpoint_version": "HTTP_JSON_V1"}, "nnn", "HTTP_JSON_V1, which is gone"),
    ("zipkin-version-unknown", {"collector_endpoint_version": "JSON"}, "nnn", "an unknown version"),
    ("zipkin-path-slash", {"collector_endpoint": "/api/v2/spans/"}, "nnn", "a final slash"),
    ("zipkin-path-wrong", {"collector_endpoint": "/zipkin"}, "nnn", "a path that Jaeger 1.37 does not serve"),
    ("zipkin-path-case", {"collector_endpoint": "/API/v2/spans"}, "nnn", "the path in upper case"),
    ("zipkin-path-relative", {"collector_endpoint": "api/v2/spans"}, "nnn", "the path without its slash"),
    ("zipkin-path-url", {"collector_endpoint": f"http://{COLLECTOR}:9411/api/v2/spans"}, "nnn", "a URL"),
    ("zipkin-shared", {"shared_span_context": True}, "yyy", "shared span contexts"),
    ("zipkin-64", {"trace_id_128bit": False}, "yyy", "64-bit trace ids"),
    ("zipkin-hostname", {"collector_hostname": "jaeger"}, "yyy", "a Host header of its own"),
]:
    add(name, f"tracer: {about}", truth, lambda s, fields=fields: s.zipkin(**fields))
add("zipkin-path-v1", "tracer: /api/v1/spans, where Jaeger 1.37 reads a v2 body as v1", "yyy", lambda s: s.zipkin(collector_endpoint="/api/v1/spans"),
    apart="spans are stored, without service name and tags")
add("zipkin-path-any", "tracer: any path from Jaeger 1.53 on", "yyy", lambda s: (
    s.zipkin(collector_endpoint="/zipkin"), s.jaeger()["spec"].update(allInOne={"image": "jaegertracing/all-in-one:1.57.0"})))
add("zipkin-no-type", "tracer: no @type", "nnn", lambda s: s.zipkin("@type"))
add("zipkin-no-version", "tracer: no collector_endpoint_version", "nnn", lambda s: s.zipkin("collector_endpoint_version"))
add("zipkin-no-path", "tracer: no collector_endpoint", "nnn", lambda s: s.zipkin("collector_endpoint"))
add("zipkin-no-cluster", "tracer: no collector_cluster", "nnn", lambda s: s.zipkin("collector_cluster"))
add("zipkin-config", "tracer: `config` instead of `typedConfig`", "nnn", lambda s: s.tracer(lambda d: d["http"].update(config=d["http"].pop("typedConfig"))))
add("tracer-name", "tracer: another name, the right @type", "yyy", lambda s: s.tracer(lambda d: d["http"].update(name="envoy.zipkin")))
add("tracer-name-nonsense", "tracer: a name that is none, the right @type", "yyy", lambda s: s.tracer(lambda d: d["http"].update(name="jaeger")))
add("tracer-no-name", "tracer: no name", "nnn", lambda s: s.tracer(lambda d: d["http"].pop("name") and None))
add("tracer-no-config", "tracer: only a name", "nnn", lambda s: s.tracer(lambda d: {"http": {"name": "envoy.tracers.zipkin"}}))
add("tracer-empty", "tracer: an empty object", "nnn", lambda s: s.tracer(lambda d: {"http": None}))

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
    ("cluster-http2-typed", {"typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": HTTP_OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}}}, "nnn", "HTTP/2 towards Zipkin, in its typed form"),
    ("cluster-http1-typed", {"typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": HTTP_OPTIONS, "explicit_http_config": {"http_protocol_options": {}}}}}, "yyy", "HTTP/1 in its typed form"),
    ("cluster-tls", {"transport_socket": {"name": "tls", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"}}}, "nnn", "TLS towards a plain port"),
    ("cluster-tls-context", {"tls_context": {}}, "nnn", "a field of API v2"),
    ("cluster-name", {"name": "zipkin"}, "nnn", "another name than the tracer's"),
    ("cluster-name-reserved", {"name": "local_agent"}, "nnn", "the name of Consul's own"),
    ("cluster-name-empty", {"name": ""}, "nnn", "no name"),
    ("cluster-unknown-field", {"timeout": "3s"}, "nnn", "an unknown field"),
]:
    add(name, f"cluster: {about}", truth, lambda s, fields=fields: s.cluster(**fields))
add("cluster-renamed-too", "cluster: another name, and the tracer with it", "yyy", lambda s: (s.cluster(name="zipkin"), s.zipkin(collector_cluster="zipkin")))
add("cluster-assignment-name", "cluster: load_assignment under another name", "yyy", lambda s: s.cluster(lambda d: d["load_assignment"].update(cluster_name="jaeger")))
add("cluster-assignment-no-name", "cluster: load_assignment without a name", "nnn", lambda s: s.cluster(lambda d: d["load_assignment"].pop("cluster_name") and None))
add("cluster-no-timeout", "cluster: no connect_timeout", "yyy", lambda s: s.cluster(None, "connect_timeout"))
add("cluster-no-type", "cluster: no type, so STATIC", "nnn", lambda s: s.cluster(None, "type"))
add("cluster-no-assignment", "cluster: no load_assignment", "nnn", lambda s: s.cluster(None, "load_assignment"))
add("cluster-no-endpoints", "cluster: no endpoints", "nnn", lambda s: s.cluster(lambda d: d["load_assignment"].update(endpoints=[])))
add("cluster-hosts", "cluster: `hosts` of API v2", "nnn", lambda s: s.cluster(None, "load_assignment", hosts=[{"socket_address": {"address": COLLECTOR, "port_value": 9411}}]))


# --- OTLP


def otlp(setup, port=4317, http2=True, cluster="simplest-collector", host=COLLECTOR, path=None):
    target = {"grpc_service": {"envoy_grpc": {"cluster_name": cluster}, "timeout": "0.25s"}}
    if path:
        target = {"http_service": {"http_uri": {"uri": f"http://{host}:{port}{path}", "cluster": cluster, "timeout": "0.25s"}}}
    setup.tracer(lambda d: {"http": {"name": "envoy.tracers.opentelemetry", "typedConfig": {
        "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig", **target, "service_name": "mesh"}}})
    setup.socket(port_value=port, address=host)
    if http2:
        setup.cluster(typed_extension_protocol_options={"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": HTTP_OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}})


add("otlp", "OTLP over gRPC", "yyy", otlp, base=NEW)
add("otlp-old-http2", "OTLP over gRPC, HTTP/2 in its older form", "yyy", lambda s: (otlp(s, http2=False), s.cluster(http2_protocol_options={})), base=NEW)
add("otlp-no-http2", "OTLP over gRPC without HTTP/2", "nnn", lambda s: otlp(s, http2=False), base=NEW)
add("otlp-cluster-unknown", "OTLP to a cluster that is not there", "nnn", lambda s: otlp(s, cluster="otlp"), base=NEW)
add("otlp-zipkin-port", "OTLP at the port of Zipkin", "nnn", lambda s: otlp(s, port=9411), base=NEW)
add("otlp-http-port", "OTLP over gRPC at the port for HTTP", "nnn", lambda s: otlp(s, port=4318), base=NEW)
add("otlp-bare-host", "OTLP to a bare name", "nyy", lambda s: otlp(s, host="simplest-collector"), base=NEW)
add("otlp-off", "OTLP switched off in Jaeger", "nnn", lambda s: (otlp(s), s.jaeger()["spec"].update(allInOne={"options": {"collector.otlp.enabled": False}})), base=NEW)
add("otlp-http", "OTLP over HTTP", "yyy", lambda s: otlp(s, port=4318, http2=False, path="/v1/traces"), base=NEW)
add("otlp-http-path", "OTLP over HTTP at another path", "nnn", lambda s: otlp(s, port=4318, http2=False, path="/v1/trace"), base=NEW)
add("otlp-http-grpc-port", "OTLP over HTTP at the port for gRPC", "nnn", lambda s: otlp(s, port=4317, http2=False, path="/v1/traces"), base=NEW)
add("otlp-http-http2", "OTLP over HTTP/2 at the port for HTTP, which takes both", "yyy", lambda s: otlp(s, port=4318, http2=True, path="/v1/traces"), base=NEW,
    apart="the harness's collector speaks HTTP/1 there")

# --- config entries

add("proxydefaults-name", "ProxyDefaults not named `global`", "nnn", lambda s: s.get("ProxyDefaults")["metadata"].update(name="default"))
add("proxydefaults-api-version", "ProxyDefaults of a version that does not exist", "nnn", lambda s: s.get("ProxyDefaults").update(apiVersion="consul.hashicorp.com/v1"))
add("proxydefaults-namespace", "ProxyDefaults in another namespace", "yyy", lambda s: s.get("ProxyDefaults")["metadata"].update(namespace="default"))
add("proxydefaults-config-string", "config is a text", "nnn", lambda s: s.get("ProxyDefaults")["spec"].update(config=json.dumps(s.config())))
add("proxydefaults-no-config", "ProxyDefaults without config", "nnn", lambda s: s.get("ProxyDefaults").update(spec={}))
add("proxydefaults-config-outside", "config beside spec", "nnn", lambda s: s.get("ProxyDefaults").update(config=s.get("ProxyDefaults").pop("spec")["config"]))
add("proxydefaults-mode", "`mode`, which the webhook refuses", "nnn", lambda s: s.get("ProxyDefaults")["spec"].update(mode="transparent"))
add("proxydefaults-two", "two ProxyDefaults, the second without tracing", "yyy", lambda s: s.objects.append(
    {"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": "ProxyDefaults", "metadata": {"name": "global", "namespace": "default"}, "spec": {"config": {"protocol": "http"}}}),
    apart="the webhook refuses whichever comes second")
add("proxydefaults-missing", "no ProxyDefaults among the files", "nnn", lambda s: s.drop("ProxyDefaults"), apart="it may be installed by other files")
add("protocol-tcp", "web is tcp, so the gateway's HTTP listener is refused", "nnn", lambda s: s.protocol("tcp"))
add("protocol-tcp-both", "web is tcp, and the gateway's listener with it", "nnn", lambda s: (s.protocol("tcp"), s.listener().update(protocol="tcp", services=[{"name": "web"}])))
add("protocol-service-only", "http in ServiceDefaults, tcp in ProxyDefaults", "yyy", lambda s: s.protocol("http", "tcp"))
add("protocol-proxy-only", "http in ProxyDefaults, no ServiceDefaults", "yyy", lambda s: s.protocol(None, "http"))
add("protocol-nowhere", "no protocol anywhere, so tcp", "nnn", lambda s: s.protocol(None, None))
add("protocol-proxy-upper", "`HTTP` in ProxyDefaults, which Consul lowers", "yyy", lambda s: s.protocol(None, "HTTP"))
add("protocol-proxy-unknown", "`https` in ProxyDefaults, so tcp", "nnn", lambda s: s.protocol(None, "https"))
add("protocol-service-upper", "`HTTP` in ServiceDefaults: refused, ProxyDefaults counts", "yyy", lambda s: s.protocol("HTTP", "http"))
add("protocol-service-upper-only", "`HTTP` in ServiceDefaults: refused, and ProxyDefaults has none", "nnn", lambda s: s.protocol("HTTP", None))
add("protocol-service-empty", "ServiceDefaults without protocol", "yyy", lambda s: s.get("ServiceDefaults", "web").update(spec={}), apart="consul#11457: tcp up to some version, in spite of ProxyDefaults")
add("protocol-grpc", "web and the gateway's listener are grpc", "yyy", lambda s: (s.protocol("grpc"), s.listener().update(protocol="grpc")))
add("protocol-http2", "web and the gateway's listener are http2", "yyy", lambda s: (s.protocol("http2"), s.listener().update(protocol="http2")))
add("protocol-mismatch", "web is http2, the gateway's listener http: refused", "nny", lambda s: s.protocol("http2"))
add("servicedefaults-namespace", "ServiceDefaults in another namespace", "yyy", lambda s: s.get("ServiceDefaults", "web")["metadata"].update(namespace="default"))
add("servicedefaults-other", "ServiceDefaults under another name, tcp in ProxyDefaults", "nnn", lambda s: (
    s.protocol("http", "tcp"), s.get("ServiceDefaults", "web")["metadata"].update(name="web-app")))
add("controller-off", "the chart without its controller, which has no config entries", "nnn", lambda s: s.values["controller"].update(enabled=False))

# --- the gateway


def gateway_port(setup, port, values=True):
    setup.listener()["port"] = port
    if values:
        setup.values["ingressGateways"]["gateways"][0]["service"]["ports"] = [{"port": port}]


add("gateway-port", "another port, in the values and the listener", "yyy", lambda s: gateway_port(s, 8080))
add("gateway-port-only", "another port in the listener alone", "nny", lambda s: gateway_port(s, 8080, values=False))
add("gateway-name", "an IngressGateway for a gateway that is not there", "nny", lambda s: s.get("IngressGateway")["metadata"].update(name="gateway"))
add("gateway-name-too", "the gateway renamed in values and entry", "yyy", lambda s: (
    s.get("IngressGateway")["metadata"].update(name="edge"), s.values["ingressGateways"]["gateways"][0].update(name="edge")))
add("gateway-namespace", "the IngressGateway in another namespace", "yyy", lambda s: s.get("IngressGateway")["metadata"].update(namespace="default"))
add("gateway-no-protocol", "a listener without protocol", "nny", lambda s: s.listener().pop("protocol"))
add("gateway-protocol-upper", "a listener of `HTTP`", "nny", lambda s: s.listener().update(protocol="HTTP"))
add("gateway-no-hosts", "a listener without hosts, so `web.ingress.*`", "yyy", lambda s: s.listener()["services"][0].pop("hosts"))
add("gateway-host", "a listener for one host", "yyy", lambda s: s.listener()["services"][0].update(hosts=["shop.example.com"]))
add("gateway-wildcard-host", "a listener for a wildcard host", "yyy", lambda s: s.listener()["services"][0].update(hosts=["*.example.com"]))
add("gateway-bad-host", "a host with a wildcard in its middle", "nny", lambda s: s.listener()["services"][0].update(hosts=["web.*.com"]))
add("gateway-star", "a listener for all services", "yyy", lambda s: s.listener().update(services=[{"name": "*"}]))
add("gateway-star-hosts", "a listener for all services with hosts", "nny", lambda s: s.listener().update(services=[{"name": "*", "hosts": ["*"]}]))
add("gateway-second-listener", "a second listener for api", "yyy", lambda s: (
    s.get("IngressGateway")["spec"]["listeners"].append({"port": 5001, "protocol": "http", "services": [{"name": "api", "hosts": ["*"]}]}),
    s.values["ingressGateways"]["gateways"][0]["service"]["ports"].append({"port": 5001})))
add("gateway-disabled", "no gateways in the values", "--y", lambda s: s.values["ingressGateways"].update(enabled=False))

# --- injection

for value, truth in [("1", "yyy"), ("t", "yyy"), ("True", "yyy"), ("false", "ynn"), ("0", "ynn"), ("yes", "ynn"), ("", "ynn"), ("tRUE", "ynn"), (True, "ynn")]:
    shown = "boolean" if value is True else value or "empty"
    add(f"inject-{shown}", f"annotation connect-inject: {json.dumps(value)}", truth, lambda s, value=value: s.pod()["metadata"]["annotations"].update({INJECT: value}))
add("inject-none", "no annotation, and the chart injects none by default", "ynn", lambda s: s.pod()["metadata"]["annotations"].pop(INJECT))
add("inject-default", "no annotation, and the chart injects by default", "yyy", lambda s: (
    s.pod()["metadata"]["annotations"].pop(INJECT), s.values["connectInject"].update(default=True)))
add("inject-default-false", "annotation false, and the chart injects by default", "ynn", lambda s: (
    s.pod()["metadata"]["annotations"].update({INJECT: "false"}), s.values["connectInject"].update(default=True)))
add("inject-misplaced", "the annotation on the Deployment instead of its pods", "ynn", lambda s: s.get("Deployment", "web")["metadata"].update(
    annotations={INJECT: s.pod()["metadata"]["annotations"].pop(INJECT)}))
add("inject-misspelt", "the annotation misspelt", "ynn", lambda s: s.pod()["metadata"]["annotations"].update({"consul.hashicorp.com/inject": s.pod()["metadata"]["annotations"].pop(INJECT)}))
add("inject-not-allowed", "a namespace that the chart does not allow", "ynn", lambda s: s.values["connectInject"].update(k8sAllowNamespaces=["shop"]))
add("inject-allowed", "the namespace allowed by name", "yyy", lambda s: s.values["connectInject"].update(k8sAllowNamespaces=["observability"]))
add("inject-denied", "a namespace that the chart denies", "ynn", lambda s: s.values["connectInject"].update(k8sDenyNamespaces=["observability"]))
add("inject-kube-system", "web in kube-system, which is never injected", "ynn", lambda s: [
    s.get(kind, "web")["metadata"].update(namespace="kube-system") for kind in ("Deployment", "Service", "ServiceDefaults")])
add("inject-no-service", "no Service selects the pods, so they never start", "ynn", lambda s: s.get("Service", "web")["spec"].update(selector={"app": "www"}))
add("inject-off", "the chart without injection: it does not render with gateways", "--n", lambda s: s.values["connectInject"].update(enabled=False))

# --- sampling, of requests that ask to be traced

PERCENT = {"value": 100}
add("listener-all", "sidecars sample all", "yyy", lambda s: s.listener_tracing(random_sampling=PERCENT), base=NEW)
add("listener-none", "sidecars sample no request by chance", "yyy", lambda s: s.listener_tracing(random_sampling={"value": 0}), base=NEW)
add("listener-empty", "an empty random_sampling", "yyy", lambda s: s.listener_tracing(random_sampling={}), base=NEW)
add("listener-no-clients", "sidecars ignore clients that ask", "yyn", lambda s: s.listener_tracing(client_sampling={"value": 0}, random_sampling={"value": 0}), base=NEW)
add("listener-overall", "sidecars sample none at all", "yyn", lambda s: s.listener_tracing(overall_sampling={"value": 0}), base=NEW)
add("listener-old-consul", "the same on Consul 1.12, which does not know the key", "yyy", lambda s: s.listener_tracing(overall_sampling={"value": 0}))
add("listener-type", "another @type: Consul falls back", "yyy", lambda s: s.config().update(envoy_listener_tracing_json=json.dumps(
    {"@type": "type.googleapis.com/envoy.config.trace.v3.Tracing", "overall_sampling": {"value": 0}})), base=NEW)
add("listener-not-json", "not JSON: Consul falls back", "yyy", lambda s: s.config().update(envoy_listener_tracing_json='{"overall_sampling": 0,}'), base=NEW)
add("listener-map", "a YAML map: Consul falls back", "yyy", lambda s: s.config().update(envoy_listener_tracing_json={"@type": TRACING, "overall_sampling": {"value": 0}}), base=NEW)
add("listener-fraction", "a fraction instead of a percentage: Consul falls back", "yyy", lambda s: s.listener_tracing(
    overall_sampling={"numerator": 0, "denominator": "HUNDRED"}), base=NEW)
PROVIDER = {"name": "envoy.tracers.zipkin", "typed_config": {
    "@type": ZIPKIN, "collector_cluster": "simplest-collector", "collector_endpoint_version": "HTTP_JSON", "collector_endpoint": "/api/v2/spans"}}
add("provider-only", "the tracer in the listener's tracing alone, which gateways do not get", "nyy", lambda s: (
    s.config().pop("envoy_tracing_json"), s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT)), base=NEW)
add("provider-both", "the tracer in both", "yyy", lambda s: s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT), base=NEW)
add("provider-wins", "a broken path in the bootstrap's tracer, which the listener's replaces", "nyy", lambda s: (
    s.zipkin(collector_endpoint="/zipkin"), s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT)), base=NEW)
add("provider-cluster-unknown", "a listener's tracer to a cluster that is not there", "ynn", lambda s: s.listener_tracing(
    provider={**PROVIDER, "typed_config": {**PROVIDER["typed_config"], "collector_cluster": "zipkin"}}), base=NEW)
