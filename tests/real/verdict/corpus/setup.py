"""A set-up as data with the edits that mutations make of it, and the list that they go into."""

import copy
import json

MUTATIONS = []
DEV = ("dev", ())
SHOP = ("dev,separate-namespace", ())
# Today's stack; the harness knows ingress gateways, so it keeps these instead of API gateways.
MODERN = ("dev,modern", ("ingress.kind=ingress-gateway",))
MODERN_OTLP = ("dev,modern", ("ingress.kind=ingress-gateway", "tracing.tracer=otlp"))
MODERN_SAMPLED = ("dev,modern", ("ingress.kind=ingress-gateway", "tracing.sampling.at=sidecars", "tracing.sampling.percent=100"))
NEW = ("dev", ("consul.chart=1.9.11",))  # Consul 1.22, which knows `envoy_listener_tracing_json`
ZIPKIN = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig"
TRACING = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing"
)
HTTP_OPTIONS = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
COLLECTOR = "simplest-collector.observability.svc.cluster.local"
WHICH_JAEGER = "which Jaeger the operator runs is in no file; from 1.53 on it takes any path"
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
        self.objects = [
            each for each in self.objects if each["kind"] != kind or name not in (None, each["metadata"]["name"])
        ]

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
            socket = document["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"][
                "socket_address"
            ]
            socket.update(fields)
            for name in drop:
                del socket[name]

        self.cluster(edit)

    def host(self, host):
        self.socket(address=host)

    def jaeger(self):
        return self.get("Jaeger")

    def jaeger_image(self, version):
        """Says which Jaeger runs; without it that is the operator's own, which no file names."""
        self.jaeger()["spec"].setdefault("allInOne", {})["image"] = f"jaegertracing/all-in-one:{version}"

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
