"""Injection, and what sidecars sample of requests that ask to be traced."""

import json

from corpus.setup import INJECT, NEW, TRACING, ZIPKIN, WHICH_JAEGER, add

# --- injection

for value, truth in [
    ("1", "yyy"),
    ("t", "yyy"),
    ("True", "yyy"),
    ("false", "ynn"),
    ("0", "ynn"),
    ("yes", "ynn"),
    ("", "ynn"),
    ("tRUE", "ynn"),
    (True, "ynn"),
]:
    shown = "boolean" if value is True else value or "empty"
    add(
        f"inject-{shown}",
        f"annotation connect-inject: {json.dumps(value)}",
        truth,
        lambda s, value=value: s.pod()["metadata"]["annotations"].update({INJECT: value}),
    )
add(
    "inject-none",
    "no annotation, and the chart injects none by default",
    "ynn",
    lambda s: s.pod()["metadata"]["annotations"].pop(INJECT),
)
add(
    "inject-default",
    "no annotation, and the chart injects by default",
    "yyy",
    lambda s: (s.pod()["metadata"]["annotations"].pop(INJECT), s.values["connectInject"].update(default=True)),
)
add(
    "inject-default-false",
    "annotation false, and the chart injects by default",
    "ynn",
    lambda s: (
        s.pod()["metadata"]["annotations"].update({INJECT: "false"}),
        s.values["connectInject"].update(default=True),
    ),
)
add(
    "inject-misplaced",
    "the annotation on the Deployment instead of its pods",
    "ynn",
    lambda s: s.get("Deployment", "web")["metadata"].update(
        annotations={INJECT: s.pod()["metadata"]["annotations"].pop(INJECT)}
    ),
)
add(
    "inject-misspelt",
    "the annotation misspelt",
    "ynn",
    lambda s: s.pod()["metadata"]["annotations"].update(
        {"consul.hashicorp.com/inject": s.pod()["metadata"]["annotations"].pop(INJECT)}
    ),
)
add(
    "inject-not-allowed",
    "a namespace that the chart does not allow",
    "ynn",
    lambda s: s.values["connectInject"].update(k8sAllowNamespaces=["shop"]),
)
add(
    "inject-allowed",
    "the namespace allowed by name",
    "yyy",
    lambda s: s.values["connectInject"].update(k8sAllowNamespaces=["observability"]),
)
add(
    "inject-denied",
    "a namespace that the chart denies",
    "ynn",
    lambda s: s.values["connectInject"].update(k8sDenyNamespaces=["observability"]),
)
add(
    "inject-kube-system",
    "web in kube-system, which is never injected",
    "ynn",
    lambda s: [
        s.get(kind, "web")["metadata"].update(namespace="kube-system")
        for kind in ("Deployment", "Service", "ServiceDefaults")
    ],
)
add(
    "inject-no-service",
    "no Service selects the pods, so they never start",
    "ynn",
    lambda s: s.get("Service", "web")["spec"].update(selector={"app": "www"}),
)
add(
    "inject-off",
    "the chart without injection: it does not render with gateways",
    "--n",
    lambda s: s.values["connectInject"].update(enabled=False),
)


# --- sampling, of requests that ask to be traced

PERCENT = {"value": 100}
add("listener-all", "sidecars sample all", "yyy", lambda s: s.listener_tracing(random_sampling=PERCENT), base=NEW)
add(
    "listener-none",
    "sidecars sample no request by chance",
    "yyy",
    lambda s: s.listener_tracing(random_sampling={"value": 0}),
    base=NEW,
)
add("listener-empty", "an empty random_sampling", "yyy", lambda s: s.listener_tracing(random_sampling={}), base=NEW)
add(
    "listener-no-clients",
    "sidecars ignore clients that ask",
    "yyn",
    lambda s: s.listener_tracing(client_sampling={"value": 0}, random_sampling={"value": 0}),
    base=NEW,
)
add(
    "listener-overall",
    "sidecars sample none at all",
    "yyn",
    lambda s: s.listener_tracing(overall_sampling={"value": 0}),
    base=NEW,
)
add(
    "listener-old-consul",
    "the same on Consul 1.12, which does not know the key",
    "yyy",
    lambda s: s.listener_tracing(overall_sampling={"value": 0}),
)
add(
    "listener-type",
    "another @type: Consul falls back",
    "yyy",
    lambda s: s.config().update(
        envoy_listener_tracing_json=json.dumps(
            {"@type": "type.googleapis.com/envoy.config.trace.v3.Tracing", "overall_sampling": {"value": 0}}
        )
    ),
    base=NEW,
)
add(
    "listener-not-json",
    "not JSON: Consul falls back",
    "yyy",
    lambda s: s.config().update(envoy_listener_tracing_json='{"overall_sampling": 0,}'),
    base=NEW,
)
add(
    "listener-map",
    "a YAML map: Consul sends sidecars nothing",
    "ynn",
    lambda s: s.config().update(envoy_listener_tracing_json={"@type": TRACING, "overall_sampling": {"value": 0}}),
    base=NEW,
)
add(
    "listener-fraction",
    "a fraction instead of a percentage: Consul falls back",
    "yyy",
    lambda s: s.listener_tracing(overall_sampling={"numerator": 0, "denominator": "HUNDRED"}),
    base=NEW,
)
PROVIDER = {
    "name": "envoy.tracers.zipkin",
    "typed_config": {
        "@type": ZIPKIN,
        "collector_cluster": "simplest-collector",
        "collector_endpoint_version": "HTTP_JSON",
        "collector_endpoint": "/api/v2/spans",
    },
}
add(
    "provider-only",
    "the tracer in the listener's tracing alone, which gateways do not get",
    "nyy",
    lambda s: (s.config().pop("envoy_tracing_json"), s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT)),
    base=NEW,
)
add(
    "provider-both",
    "the tracer in both",
    "yyy",
    lambda s: s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT),
    base=NEW,
)
add(
    "provider-wins",
    "a broken path in the bootstrap's tracer, which the listener's replaces",
    "nyy",
    lambda s: (s.zipkin(collector_endpoint="/zipkin"), s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT)),
    base=NEW,
    unseen=WHICH_JAEGER,
)
add(
    "provider-wins-said",
    "the same, and the image is written",
    "nyy",
    lambda s: (
        s.zipkin(collector_endpoint="/zipkin"),
        s.listener_tracing(provider=PROVIDER, random_sampling=PERCENT),
        s.jaeger_image("1.37.0"),
    ),
    base=NEW,
)
add(
    "provider-cluster-unknown",
    "a listener's tracer to a cluster that is not there",
    "ynn",
    lambda s: s.listener_tracing(
        provider={**PROVIDER, "typed_config": {**PROVIDER["typed_config"], "collector_cluster": "zipkin"}}
    ),
    base=NEW,
)
