"""Other backends under the same name."""

from corpus.setup import INJECT, add

# --- other backends under the same name


def plain(
    setup, image="jaegertracing/all-in-one:1.37.0", env=None, args=None, service=None, container_ports=None, labels=None
):
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
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "tracing", "namespace": "observability"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "simplest-collector", "namespace": "observability"},
            "spec": {
                "selector": {"app": "tracing"},
                "ports": [{"name": "zipkin", "port": 9411, "targetPort": 9411}],
                **(service or {}),
            },
        },
    ]


OPEN = {"COLLECTOR_ZIPKIN_HOST_PORT": ":9411"}
add("plain", "a plain Deployment of Jaeger v1 with Zipkin on", "yyy", lambda s: plain(s, env=OPEN))
add("plain-off", "a plain Deployment of Jaeger v1, where Zipkin is off", "nnn", lambda s: plain(s))
add(
    "plain-old-variable",
    "the variable that Jaeger 1.22 renamed",
    "nnn",
    lambda s: plain(s, env={"COLLECTOR_ZIPKIN_HTTP_PORT": "9411"}),
)
add("plain-argument", "Zipkin on by argument", "yyy", lambda s: plain(s, args=["--collector.zipkin.host-port=:9411"]))
add(
    "plain-argument-wins",
    "Zipkin on by variable, off by argument",
    "nnn",
    lambda s: plain(s, env=OPEN, args=["--collector.zipkin.host-port="]),
)
add("plain-v2", "Jaeger v2 with its own configuration", "yyy", lambda s: plain(s, image="jaegertracing/jaeger:2.20.0"))
add(
    "plain-service-port",
    "the Service does not show the port",
    "nnn",
    lambda s: plain(s, env=OPEN, service={"ports": [{"name": "ui", "port": 16686}]}),
)
add(
    "plain-target-port",
    "the Service leads to another port",
    "nnn",
    lambda s: plain(s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 9411, "targetPort": 14268}]}),
)
add(
    "plain-port-80",
    "the Service shows port 80, and the cluster with it",
    "yyy",
    lambda s: (
        plain(s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 80, "targetPort": 9411}]}),
        s.socket(port_value=80),
    ),
)
add(
    "plain-port-80-only",
    "the Service shows port 80, the cluster does not",
    "nnn",
    lambda s: plain(s, env=OPEN, service={"ports": [{"name": "zipkin", "port": 80, "targetPort": 9411}]}),
)
add(
    "plain-named-target",
    "the Service leads to a port by its name",
    "yyy",
    lambda s: plain(
        s,
        env=OPEN,
        service={"ports": [{"name": "zipkin", "port": 9411, "targetPort": "zip"}]},
        container_ports=[{"name": "zip", "containerPort": 9411}],
    ),
)
add(
    "plain-selector",
    "the Service selects no pod",
    "nnn",
    lambda s: plain(s, env=OPEN, service={"selector": {"app": "jaeger"}}),
)
add("plain-headless", "a headless Service", "yyy", lambda s: plain(s, env=OPEN, service={"clusterIP": "None"}))
add(
    "plain-in-mesh",
    "the plain Deployment is injected by default",
    "nnn",
    lambda s: (plain(s, env=OPEN), s.values["connectInject"].update(default=True)),
)


def otel(setup, zipkin=..., pipeline=("otlp", "zipkin"), mode="deployment"):
    setup.drop("Jaeger")
    receivers = {"otlp": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}, "http": {"endpoint": "0.0.0.0:4318"}}}}
    if zipkin is not None:
        receivers["zipkin"] = {"endpoint": "0.0.0.0:9411"} if zipkin is ... else zipkin
    setup.objects.append(
        {
            "apiVersion": "opentelemetry.io/v1beta1",
            "kind": "OpenTelemetryCollector",
            "metadata": {"name": "simplest", "namespace": "observability"},
            "spec": {
                "mode": mode,
                "image": "jaegertracing/jaeger:2.20.0",
                "podAnnotations": {INJECT: "false"},
                "config": {
                    "service": {
                        "extensions": ["jaeger_storage", "jaeger_query"],
                        "pipelines": {
                            "traces": {"receivers": list(pipeline), "exporters": ["jaeger_storage_exporter"]}
                        },
                    },
                    "extensions": {
                        "jaeger_query": {"storage": {"traces": "memstore"}},
                        "jaeger_storage": {"backends": {"memstore": {"memory": {"max_traces": 100000}}}},
                    },
                    "receivers": receivers,
                    "exporters": {"jaeger_storage_exporter": {"trace_storage": "memstore"}},
                },
            },
        }
    )


add("otel", "Jaeger v2 by the OpenTelemetry operator", "yyy", otel)
add("otel-not-in-pipeline", "a Zipkin receiver that no pipeline uses", "nnn", lambda s: otel(s, pipeline=["otlp"]))
add("otel-local", "a Zipkin receiver on loopback", "nnn", lambda s: otel(s, zipkin={"endpoint": "localhost:9411"}))
add(
    "otel-default-endpoint",
    "a Zipkin receiver without endpoint, which the operator fills in",
    "yyy",
    lambda s: otel(s, zipkin={}),
)
add(
    "otel-other-port",
    "a Zipkin receiver on another port",
    "nnn",
    lambda s: otel(s, zipkin={"endpoint": "0.0.0.0:9412"}),
)
add("otel-sidecar", "mode sidecar, which makes no Service", "nnn", lambda s: otel(s, mode="sidecar"))
add(
    "otel-any-path",
    "Jaeger v2 takes Zipkin spans on any path",
    "yyy",
    lambda s: (otel(s), s.zipkin(collector_endpoint="/zipkin")),
)
