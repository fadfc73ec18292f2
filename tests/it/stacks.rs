//! Which parts work together: every combination of shipped profiles, and every backend with every tracer, place of
//! sampling, gateway and chart, renders or reports why not.

use crate::common::tables::BACKENDS;
use crate::common::tables::MODERN;
use meshtrace::builtin;
use meshtrace::check::Options;
use meshtrace::check::Report;
use meshtrace::files::Output;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::render::Input;
use meshtrace::render::render_checked;
use meshtrace::stack::consul::chart;
use meshtrace::template::Templates;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

fn run(names: &[&str], sets: &[String]) -> (Option<Output>, Findings) {
    let profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    let templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
    let names: Vec<Name> = names.iter().copied().map(Name::from).collect();
    let extras: Vec<Extra> = sets.iter().cloned().map(Extra::Set).collect();
    let verbatim = BTreeMap::new();
    let input = Input {
        profiles: &profiles,
        templates: &templates,
        verbatim: &verbatim,
        names: &names,
        extras: &extras,
        home: &Default::default(),
        helm: None,
    };
    let mut found = Findings::default();
    let (output, report) = render_checked(&input, &Options::default(), &mut found).unzip();
    let errors: Vec<_> = report.iter().flat_map(errors).collect();
    assert!(errors.is_empty(), "{names:?} {sets:?}: {errors:?}");
    (output, found)
}

/// The errors about the rendered files.
fn errors(report: &Report) -> impl Iterator<Item = &str> {
    let errors = report.findings.iter().filter(|hit| hit.finding.severity == Severity::Error);
    // The guide's stack is out of support, and the profile that renders it is for those who still have it.
    errors.filter(|hit| hit.finding.rule.as_str() != "jaeger-v1-eol").map(|hit| &*hit.finding.message)
}

fn rules(found: &Findings) -> BTreeSet<&'static str> {
    found.iter().map(|finding| finding.rule.as_str()).collect()
}

fn file(output: &Output, path: &str) -> String {
    let bytes = output.files.get(path).unwrap_or_else(|| panic!("{path} is not rendered"));
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn all_combinations_of_shipped_profiles_render_without_findings() {
    let profiles = builtin::profiles();
    let names: Vec<&str> =
        profiles.iter().filter_map(|(name, _)| name.strip_suffix(".yaml")).filter(|name| *name != "base").collect();
    assert!(names.contains(&"modern"));
    for chosen in 0..1_u32 << names.len() {
        let some: Vec<&str> =
            names.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, name)| *name).collect();
        let (output, found) = run(&some, &[]);
        assert!(output.is_some() && found.is_empty(), "{some:?}: {found:?}");
    }
}

#[test]
fn every_combination_of_parts_works_or_reports_why_not() {
    for backend in BACKENDS {
        for chart in chart::CHARTS {
            for (otlp, sidecars, api) in (0..8).map(|bits| (bits & 1 == 1, bits & 2 == 2, bits & 4 == 4)) {
                let sets = [
                    format!("{},consul.chart={}", backend.set(), chart.version),
                    format!("tracing.tracer={}", if otlp { "otlp" } else { "zipkin" }),
                    match sidecars {
                        true => "tracing.sampling.at=sidecars,tracing.sampling.percent=5".to_owned(),
                        false => "tracing.sampling.at=clients".to_owned(),
                    },
                    format!("ingress.kind={}", if api { "api-gateway" } else { "ingress-gateway" }),
                ];
                let mut expected = BTreeSet::new();
                expected.extend((otlp && !chart.otlp).then_some("otlp-unsupported"));
                // Its own protobufs are too old for the OTLP tracer.
                let reads = chart.listener_tracing && !(otlp && chart.otlp && chart.consul.starts_with("1.13."));
                expected.extend((sidecars && !reads).then_some("sampling-unsupported"));
                expected.extend((api && !chart.api_gateway).then_some("api-gateway-unsupported"));
                let (output, found) = run(&["dev"], &sets);
                assert_eq!(rules(&found), expected, "{sets:?}: {found:?}");
                assert_eq!(output.is_some(), expected.is_empty());
                let Some(output) = output else { continue };
                let defaults = file(&output, "manifests/40-mesh/proxydefaults-global.yaml");
                assert_eq!(defaults.contains("envoy_listener_tracing_json"), sidecars);
                assert_eq!(defaults.contains("envoy_tracing_json"), !sidecars, "a gateway would veto the sidecars");
                assert_eq!(defaults.contains("http2_protocol_options"), otlp);
            }
        }
    }
}

#[test]
fn an_agent_sidecar_needs_jaeger_v1_and_its_replacement_is_named() {
    for (agent, backend) in [("manual", "otel-operator-v2"), ("auto", "helm-v2")] {
        let sets = [format!("services.web.agent={agent},jaeger.backend={backend}")];
        let (output, found) = run(&["dev", "modern"], &sets);
        assert!(output.is_none());
        let finding = found.iter().find(|finding| finding.rule.as_str() == "agent-unsupported").expect("a finding");
        let help = finding.help.as_deref().unwrap_or_default();
        assert!(help.contains("4317") && help.contains("4318"), "{help}");
        assert_eq!(help.contains("sidecar.opentelemetry.io/inject"), backend == "otel-operator-v2");
    }
}

#[test]
fn versions_that_a_backend_cannot_run_are_reported_with_a_fix() {
    for (set, rule) in [
        ("jaeger.backend=otel-operator-v2", "unknown-jaeger"),
        ("jaeger.version=2.20.0", "unknown-operator"),
        ("jaeger.backend=external", "missing-key"),
        ("jaeger.backend=external,jaeger.external.address=https://tempo", "invalid-address"),
        ("jaeger.backend=helm-v2,jaeger.version=2.20.0,jaeger.chart=3.4.1", "unknown-chart"),
        ("jaeger.backend=helm-v2,jaeger.version=2.20.0,jaeger.name=a.b", "invalid-name"),
        ("jaeger.backend=helm-v2,jaeger.version=2.20.0,jaeger.ui.expose=ingress", "missing-key"),
        ("jaeger.backend=helm-v2,jaeger.version=2.20.0,consul.inject.default=true", "jaeger-in-mesh"),
        (
            "jaeger.backend=otel-operator-v2,jaeger.version=2.20.0,operators.opentelemetry.version=0.1.0",
            "unknown-operator",
        ),
        ("jaeger.backend=otel-operator-v2,jaeger.version=2.20.0,jaeger.storage.type=grpc-plugin", "storage-of-v1"),
        ("jaeger.backend=otel-operator-v2,jaeger.version=2.20.0,jaeger.spec.allInOne.image=x", "spec-of-v1"),
        ("consul.chart=2.0.3,tracing.tracer=otlp,jaeger.version=1.34.1", "otlp-unsupported"),
        ("tracing.sampling.percent=5", "sampling-inert"),
        (
            "consul.chart=2.0.3,ingress.kind=api-gateway,ingress.gateways.ingress-gateway.nodePort=30000",
            "node-port-inert",
        ),
    ] {
        // The ranges of Kubernetes versions have a test of their own.
        let beside = if set.contains("otel-operator") { MODERN } else { "cluster.kubernetes=1.24" };
        let (output, found) = run(&["dev"], &[set.to_owned(), beside.to_owned()]);
        assert!(output.is_none(), "{set}");
        assert_eq!(rules(&found), BTreeSet::from([rule]), "{set}: {found:?}");
        assert!(found.iter().all(|finding| finding.help.is_some() && finding.place.is_some()), "{set}: {found:?}");
    }
}

#[test]
fn a_kubernetes_that_a_part_does_not_support_is_an_error_with_the_range_that_all_share() {
    for (set, message, help) in [
        ("cluster.kubernetes=1.19", "cert-manager 1.9.1 supports 1.20 to 1.24", "1.20 to 1.24"),
        ("cluster.kubernetes=1.25", "jaeger-operator 1.37.0 supports 1.19 to 1.24", "1.20 to 1.24"),
        (
            "jaeger.backend=otel-operator-v2,jaeger.version=2.20.0",
            "the OpenTelemetry operator 0.158.0 supports 1.25 to 1.36",
            "no Kubernetes version suits all of them",
        ),
        (
            "jaeger.backend=helm-v2,jaeger.version=2.20.0,consul.chart=2.0.3,cluster.kubernetes=1.21",
            "the Consul chart 2.0.3 supports 1.22 or newer",
            "set cluster.kubernetes to 1.22 or newer",
        ),
        (
            "jaeger.backend=helm-v2,jaeger.version=2.20.0,cluster.kubernetes=1.20",
            "supports 1.21 or newer",
            "set cluster.kubernetes to 1.21 or newer",
        ),
    ] {
        let (output, found) = run(&["dev"], &[set.to_owned()]);
        assert!(output.is_none(), "{set}");
        assert_eq!(rules(&found), BTreeSet::from(["kubernetes-range"]), "{set}: {found:?}");
        let text = format!("{found:?}");
        assert!(text.contains(message) && text.contains(help), "{set}: {text}");
    }
    let (output, found) =
        run(&["dev"], &["jaeger.backend=external,jaeger.external.address=h:1,cluster.kubernetes=1.30".to_owned()]);
    assert!(output.is_some(), "{found:?}");
}

#[test]
fn header_values_are_not_rendered_and_envoy_sends_to_the_relay() {
    let set = "jaeger.backend=external,jaeger.external.address=otlp.example:443,jaeger.external.headers.x-token.secret=s,jaeger.external.headers.x-token.key=k";
    let (output, found) = run(&["dev"], &[set.to_owned()]);
    let output = output.unwrap_or_else(|| panic!("{found:?}"));
    let defaults = file(&output, "manifests/40-mesh/proxydefaults-global.yaml");
    assert!(defaults.contains("simplest-collector.observability.svc.cluster.local") && defaults.contains("9411"));
    assert!(!defaults.contains("x-token"));
    let relay = file(&output, "manifests/20-jaeger/configmap-simplest-collector.yaml");
    assert!(relay.contains("\"x-token\": \"${env:HEADER_0}\"") && relay.contains("otlp.example:443"));
}
