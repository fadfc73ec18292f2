//! Jaeger resources and images: silent fall-backs, receivers, versions, names.

use crate::check::cluster::backend;
use crate::check::cluster::backend::Backends;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cursor::Doc;
use crate::check::input::set::step;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashSet;

rules! {
    LATEST: "jaeger-image-latest", Warning, "an image of Jaeger or Envoy floats",
        "`latest` of all-in-one is 1.76.0, past what an older operator knows; `latest` of the agent is frozen. Without an \
         image the operator pins its own version.";
    EOL: "jaeger-v1-eol", Warning, "Jaeger v1 is past its end of life",
        "Since 2025-12-31 (jaeger#6321); jaeger-operator is deprecated with it. Jaeger v2 runs by the OpenTelemetry operator \
         or its own chart.";
    STRATEGY: "strategy-fallback", Warning, "the operator silently runs all-in-one instead",
        "Any word but production and streaming means allInOne, and so do both with memory or badger \
         (apis/v1/deployment_strategy.go, pkg/strategy/controller.go normalize()). The CRD has no enum.";
    STORAGE: "storage-fallback", Warning, "the operator silently keeps spans in memory instead",
        "An unknown `storage.type` means memory; the CRD has no enum (normalize()).";
    OPTIONS: "options-nonstring-list", Error, "lists under `options` take strings only",
        "Anything else is an error when the operator reads the resource (apis/v1/options.go), and nothing is made of it.";
    ES_URL: "options-es-missing-url", Warning, "elasticsearch without `es.server-urls`",
        "The operator then wants to provision Elasticsearch by itself, which works on OpenShift only.";
    NAME_LONG: "jaeger-name-long", Warning, "the Services' names are cut",
        "Names over 44 characters are cut in `<name>-collector-headless`, over 53 in `<name>-collector` \
         (pkg/util/truncate.go), and the two then differ.";
    NAME_DOTS: "jaeger-name-dots", Warning, "the Services are named otherwise than the resource",
        "Whatever is no lower-case letter or digit becomes `-` in Services, while Deployments keep it (pkg/util/dns_name.go).";
    INGRESS: "jaeger-ingress-default", Warning, "the operator makes an Ingress unless told not to",
        "`ingress.enabled` is on when it is not written (pkg/ingress/query.go): without hosts, a default backend for every \
         request of the cluster (jaeger-operator#1174).";
    NODE_PORT: "query-nodeport-ignored", Warning, "`query.nodePort` counts with serviceType NodePort only",
        "pkg/service/query.go leaves it out for any other type.";
    QUERY_EDITED: "query-service-hand-edited", Warning, "this Service belongs to the operator",
        "It writes `<name>-query` back whenever it looks (jaeger-operator#801, #1152): use `query.serviceType`.";
}

pub(crate) fn check(mesh: &Mesh<'_>, backends: &Backends, out: &mut Sink) {
    let _ = backends;
    let jaegers: HashSet<Doc> =
        mesh.set.of("jaegertracing.io", "Jaeger").iter().map(|index| Doc::Object(*index)).collect();
    let said: HashSet<(&str, At)> =
        out.found.iter().map(|one| (one.rule.id, one.at.clone())).filter(|(_, at)| jaegers.contains(&at.doc)).collect();
    for index in mesh.set.of("jaegertracing.io", "Jaeger") {
        if let Some(fault) = backend::refused(mesh.set.object(*index)) {
            // The route said it of a Jaeger that spans are sent to.
            let rule = crate::check::rules::of(fault.cause);
            if !said.contains(&(rule.id, fault.at.clone())) {
                out.hit(rule, fault.at, fault.why, fault.help).refused();
            }
            continue;
        }
        resource(mesh, *index, out);
    }
    for workload in &mesh.workloads {
        for (path, container) in workload.containers() {
            image(workload.item, &format!("{path}/image"), container.get("image"), true, out);
        }
    }
    for index in mesh.set.of("opentelemetry.io", "OpenTelemetryCollector") {
        image(*index, "/spec/image", mesh.set.items[*index].node.path(&["spec", "image"]), true, out);
    }
    if let Some(values) = mesh.values
        && let Some(text) = mesh.value(&["global", "imageEnvoy"]).and_then(Node::as_str)
        && (text.ends_with("latest") || version::tag(text).is_none())
    {
        out.hit(
            &LATEST,
            At::values(values, "/global/imageEnvoy"),
            format!("`{text}` floats"),
            "pin a version, or leave it to the chart",
        );
    }
}

fn image(index: usize, path: &str, node: Option<&Node>, judge_eol: bool, out: &mut Sink) {
    let Some(text) = node.and_then(Node::as_str) else { return };
    let (owner, name) = version::image_name(text);
    if owner != "jaegertracing" {
        return;
    }
    let tag = version::tag(text);
    if matches!(tag, None | Some("latest")) && !text.contains('@') {
        out.hit(&LATEST, At::object(index, path), format!("`{text}` floats"), "pin a version");
    }
    let v1 = matches!(name, "all-in-one" | "jaeger-collector" | "jaeger-query" | "jaeger-ingester");
    if judge_eol && v1 {
        out.hit(
            &EOL,
            At::object(index, path),
            "Jaeger v1 gets no fixes since 2025-12-31",
            "move to jaegertracing/jaeger 2",
        );
    }
}

fn resource(mesh: &Mesh<'_>, index: usize, out: &mut Sink) {
    let item = &mesh.set.items[index];
    let spec = item.node.get("spec");
    let at = |path: &str| At::object(index, path);
    let text = |path: &[&str]| spec.and_then(|spec| spec.path(path)).and_then(Node::as_str);
    out.hit(
        &EOL,
        at("/kind"),
        "Jaeger v1 gets no fixes since 2025-12-31, its operator is deprecated",
        "move to Jaeger v2 by the OpenTelemetry operator",
    );

    let name = &*item.id.name;
    if name.len() > 44 {
        out.hit(
            &NAME_LONG,
            at("/metadata/name"),
            format!("`{name}` has {} characters, the operator cuts Services over 44", name.len()),
            "choose a shorter name",
        );
    }
    if name.contains(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        out.hit(
            &NAME_DOTS,
            at("/metadata/name"),
            format!("the Service of `{name}` is `{}`", crate::model::names::service(name, "collector")),
            "use letters, digits and `-` only",
        );
    }
    let kind = text(&["storage", "type"]).unwrap_or("memory").to_ascii_lowercase();
    let known = ["memory", "cassandra", "elasticsearch", "kafka", "badger", "grpc-plugin"];
    if !known.contains(&&*kind) {
        let help = crate::suggest::closest(&kind, known.into_iter())
            .map_or_else(|| format!("one of {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
        out.hit(&STORAGE, at("/spec/storage/type"), format!("`{kind}` is no storage, the operator takes memory"), help);
    }
    if let Some(word) = text(&["strategy"]) {
        let lower = word.to_ascii_lowercase();
        let wanted = matches!(&*lower, "production" | "streaming");
        if !wanted && !matches!(&*lower, "allinone" | "all-in-one" | "") {
            out.hit(
                &STRATEGY,
                at("/spec/strategy"),
                format!("`{word}` is no strategy, the operator takes allInOne"),
                "use allInOne, production or streaming",
            );
        } else if wanted && (matches!(&*kind, "memory" | "badger") || !known.contains(&&*kind)) {
            out.hit(
                &STRATEGY,
                at("/spec/strategy"),
                format!("`{word}` cannot keep spans in {kind}, the operator takes allInOne"),
                "use elasticsearch or cassandra, or say allInOne",
            );
        }
    }
    let options = |path: &[&str], name: &str| {
        let options = spec.and_then(|spec| spec.path(path));
        backend::has_option(options, name)
    };
    if kind == "elasticsearch" && !options(&["storage", "options"], "es.server-urls") {
        out.hit(
            &ES_URL,
            at("/spec/storage"),
            "`es.server-urls` is not set, the operator would provision Elasticsearch by itself",
            "set `storage.options.es.server-urls`",
        );
    }
    let ingress = spec.and_then(|spec| spec.path(&["ingress", "enabled"]));
    let open = spec
        .and_then(|spec| spec.path(&["ingress", "hosts"]))
        .and_then(Node::as_list)
        .is_some_and(|hosts| !hosts.is_empty());
    if ingress.is_none() && !open {
        out.hit(
            &INGRESS,
            at("/spec/ingress"),
            "`ingress.enabled` is not written, the operator makes an Ingress for every host",
            "say `ingress: {enabled: false}`, or name its hosts",
        );
    }
    let service = text(&["query", "serviceType"]).unwrap_or("ClusterIP");
    if service != "NodePort" && spec.is_some_and(|spec| spec.path(&["query", "nodePort"]).is_some()) {
        out.hit(
            &NODE_PORT,
            at("/spec/query/nodePort"),
            format!("`nodePort` is left out of a Service of type {service}"),
            "say `serviceType: NodePort`, or remove it",
        );
    }
    let query = crate::model::names::service(name, "query");
    if let Some(edited) = mesh.set.find("", "Service", &item.id.namespace, &query) {
        out.hit(
            &QUERY_EDITED,
            At::object(edited, "/metadata/name"),
            format!("the operator owns Service `{query}` and writes it back"),
            "use `spec.query.serviceType` of the Jaeger resource",
        );
    }
    for part in ["allInOne", "collector", "query", "agent", "ingester", "storage", "ingress"] {
        if let Some(options) = spec.and_then(|spec| spec.path(&[part, "options"])) {
            lists(index, options, &format!("/spec/{part}/options"), out);
        }
    }
    for part in ["allInOne", "collector", "query", "agent", "ingester"] {
        image(index, &format!("/spec/{part}/image"), spec.and_then(|spec| spec.path(&[part, "image"])), false, out);
    }
}

fn lists(index: usize, node: &Node, path: &str, out: &mut Sink) {
    match &node.value {
        Value::Map(map) => map
            .entries
            .iter()
            .for_each(|entry| lists(index, &entry.value, &format!("{path}/{}", step(&entry.key)), out)),
        Value::List(items) if items.iter().any(|item| item.as_str().is_none()) => {
            out.hit(
                &OPTIONS,
                At::object(index, path),
                "a list under `options` holds something else than strings, the operator cannot read it",
                "put the items in quotes",
            );
        }
        _ => {}
    }
}
