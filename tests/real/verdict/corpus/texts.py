"""The two embedded texts as texts."""

import json

from corpus.setup import add

# --- the two texts

add("tracing-map", "the tracing JSON as a YAML map", "nnn", lambda s: s.text("tracing", json.loads))
add("clusters-map", "the clusters JSON as a YAML map", "nnn", lambda s: s.text("extra_static_clusters", json.loads))
add(
    "clusters-yaml-list",
    "the clusters JSON as a YAML list",
    "nnn",
    lambda s: s.text("extra_static_clusters", lambda t: [json.loads(t)]),
)
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
    ("tracing-duplicate-key", lambda t: t.replace('"name"', '"name": "x", "name"'), "yyy", "a key twice"),
]:
    add(name, f"tracing JSON: {about}", truth, lambda s, edit=edit: s.text("tracing", edit))
add("tracing-missing", "no tracing JSON", "nnn", lambda s: s.config().pop("envoy_tracing_json"))
add(
    "tracing-key-typo",
    "the key misspelt",
    "nnn",
    lambda s: s.config().update(envoy_tracer_json=s.config().pop("envoy_tracing_json")),
)
add(
    "tracing-key-case",
    "the key in another case, which Consul reads all the same",
    "yyy",
    lambda s: s.config().update(Envoy_Tracing_JSON=s.config().pop("envoy_tracing_json")),
)
for name, edit, truth, about in [
    # The real gateway never starts: Consul's `containsSelfAdminCluster` reads the list of clusters as objects.
    ("clusters-array", lambda t: f"[{t}]", "nny", "a JSON array"),
    ("clusters-empty", lambda t: "", "nnn", "an empty text"),
    ("clusters-blank", lambda t: " ", "nnn", "only a space"),
    ("clusters-leading-comma", lambda t: "," + t, "nnn", "a comma before it"),
    ("clusters-trailing-comma", lambda t: t + ",", "nnn", "a comma after it"),
    ("clusters-two", lambda t: t + "," + t.replace("simplest-collector", "other"), "yyy", "two, joined by a comma"),
    (
        "clusters-two-array",
        lambda t: "[" + t.replace("simplest-collector", "other") + "," + t + "]",
        "nny",
        "two in an array",
    ),
    (
        "clusters-two-no-comma",
        lambda t: t + "\n" + t.replace("simplest-collector", "other"),
        "nnn",
        "two without a comma",
    ),
    ("clusters-same-name", lambda t: t + "," + t, "nnn", "two of one name"),
    ("clusters-wrapped", lambda t: f'{{"clusters": [{t}]}}', "nnn", "wrapped in `clusters`"),
]:
    add(name, f"clusters JSON: {about}", truth, lambda s, edit=edit: s.text("extra_static_clusters", edit))
add("clusters-missing", "no clusters JSON", "nnn", lambda s: s.config().pop("envoy_extra_static_clusters_json"))
