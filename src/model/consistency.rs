//! Settings that contradict each other, each reported at the profile's line with a way to fix it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::Context;
use crate::model::backend;
use crate::model::charts;
use crate::model::gitops;
use crate::model::kubernetes;
use crate::model::secrets;
use crate::model::settings::Backend;
use crate::model::settings::GossipMode;
use crate::model::settings::Manage;
use crate::model::settings::Settings;
use crate::model::storage;
use crate::stack::Version;
use crate::stack::consul;
use crate::stack::consul::chart;
use crate::stack::jaeger::operator;
use crate::stack::kube;
use crate::stack::otel;
use crate::suggest;

pub(crate) fn check(settings: &Settings, context: &Context<'_>, found: &mut Findings) {
    let mut report = |rule: RuleId, path: &[&str], message: String, help: String| {
        found.push(Finding::error(rule, message).at(context.place(path)).help(help));
    };
    gitops::check(settings, context.home, &mut report);
    versions(settings, &mut report);
    storage::check(settings, &mut report);
    secrets::check(settings, &mut report);
    gossip(settings, &mut report);
    restricted(settings, &mut report);
    quorum(settings, &mut report);
    kubernetes::check(settings, &mut report);
    charts::check(settings, &mut report);
}

pub(super) type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

fn versions(settings: &Settings, report: &mut Report<'_>) {
    let consul = &settings.consul;
    if chart::find(&consul.chart).is_none() {
        let known: Vec<&str> = chart::CHARTS.iter().map(|chart| chart.version).collect();
        let help = match suggest::closest(&consul.chart, known.iter().copied()) {
            Some(close) => format!("did you mean {close}? known: {}", known.join(", ")),
            None => format!("known: {}", known.join(", ")),
        };
        report(
            ids::UNKNOWN_CHART,
            &["consul", "chart"],
            format!("`consul.chart` is `{}`, which is an unsupported version", consul.chart),
            help,
        );
    }
}

/// Two servers tolerate no failure and four no more than three: an even number only adds a server that can fail.
fn quorum(settings: &Settings, report: &mut Report<'_>) {
    let replicas = settings.consul.servers.replicas;
    if replicas.is_multiple_of(2) {
        let message = format!("`consul.servers.replicas` is {replicas}, expected 1 or an odd number");
        let help = format!("use {}: servers decide by majority, so an even number is no safer", replicas + 1);
        report(ids::EVEN_SERVERS, &["consul", "servers", "replicas"], message, help);
    }
}

/// Only the roles in the manifest, moved and narrowed, restrict an operator; and only a manifest of ours can be moved.
fn restricted(settings: &Settings, report: &mut Report<'_>) {
    let otel = &settings.operators.opentelemetry;
    if settings.jaeger.backend == Backend::OtelOperatorV2
        && otel.namespace != otel::OPERATOR_NAMESPACE
        && !otel.manifest.starts_with("files/")
    {
        let message = format!(
            "`operators.opentelemetry.namespace` is {}, but the manifest of the release contains {}",
            otel.namespace,
            otel::OPERATOR_NAMESPACE
        );
        let help = "download opentelemetry-operator.yaml to files/15-operators/, and set operators.opentelemetry.manifest: files/15-operators/opentelemetry-operator.yaml".to_string();
        report(ids::MISSING_KEY, &["operators", "opentelemetry", "namespace"], message, help);
    }
    let wanted = &settings.operators.jaeger;
    if !wanted.restricted || settings.jaeger.backend != Backend::OperatorV1 {
        return;
    }
    let path = ["operators", "jaeger", "restricted"];
    let version = backend::operator_version(settings);
    if Version::read(version).is_some_and(|version| version < operator::RESTRICTED_SINCE) {
        let message = format!(
            "`operators.jaeger.restricted` needs jaeger-operator 1.40, but the version is {version}, which fails without rights in all namespaces"
        );
        let help = "set it to false, or use a newer jaeger.version".to_string();
        report(ids::NOT_SUPPORTED, &path, message, help);
    } else if !wanted.manifest.starts_with("files/") {
        let message = "`operators.jaeger.restricted` needs the operator's manifest below `files/`".to_string();
        let help = "download the release's jaeger-operator.yaml to files/15-operators/, and set operators.jaeger.manifest: files/15-operators/jaeger-operator.yaml".to_string();
        report(ids::MISSING_KEY, &path, message, help);
    }
}

fn gossip(settings: &Settings, report: &mut Report<'_>) {
    let gossip = &settings.consul.gossip;
    let path = |key: &'static str| ["consul", "gossip", key];
    if gossip.mode != GossipMode::Vault
        && let Err(why) = kube::names::dns_subdomain(&gossip.secret)
    {
        let message = format!("`consul.gossip.secret` is not the name of a Secret: {why}");
        report(
            ids::INVALID_NAME,
            &path("secret"),
            message,
            "set the name of a Secret in consul.namespace, never the key itself".to_string(),
        );
    }
    if gossip.mode == GossipMode::Auto
        && settings.consul.manage == Manage::Chart
        && consul::gossip_job_has_policy(&settings.consul.chart)
        && Version::read(&settings.cluster.kubernetes).is_some_and(|version| version.at_least(1, 25))
    {
        let message = format!(
            "`consul.gossip.mode: auto` on chart 0.46.1 cannot be installed on Kubernetes {}: it needs PodSecurityPolicy, which was removed in 1.25",
            settings.cluster.kubernetes
        );
        report(ids::GOSSIP_AUTO_PSP, &path("mode"), message, "use existing, off, or a newer consul.chart".to_string());
    }
}
