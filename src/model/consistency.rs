//! Settings that contradict each other, each reported at the profile's line with a way to fix it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::Context;
use crate::model::charts;
use crate::model::kubernetes;
use crate::model::settings::GossipMode;
use crate::model::settings::Manage;
use crate::model::settings::Settings;
use crate::model::settings::StorageType;
use crate::model::settings::Strategy;
use crate::stack::Version;
use crate::stack::consul;
use crate::stack::consul::chart;
use crate::stack::consul::chart::Architecture;
use crate::stack::kube;
use crate::suggest;

pub(crate) fn check(settings: &Settings, context: &Context<'_>, found: &mut Findings) {
    let mut report = |rule: RuleId, path: &[&str], message: String, help: String| {
        found.push(Finding::error(rule, message).at(context.place(path)).help(help));
    };
    not_here_yet(settings, &mut report);
    versions(settings, &mut report);
    storage(settings, &mut report);
    gossip(settings, &mut report);
    quorum(settings, &mut report);
    kubernetes::check(settings, &mut report);
    charts::check(settings, &mut report);
}

type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

/// Choices of the contract that this version cannot render yet, and so must report.
fn not_here_yet(settings: &Settings, report: &mut Report<'_>) {
    let mut refuse = |path: &str, choice: &str, instead: &str| {
        let steps: Vec<&str> = path.split('.').collect();
        report(
            ids::NOT_SUPPORTED,
            &steps,
            format!("`{path}: {choice}` is not supported by this version"),
            instead.to_string(),
        );
    };
    if settings.gitops.argocd.enabled {
        refuse(
            "gitops.argocd.enabled",
            "true",
            "create an Application for the output directory, as INSTALL.md describes",
        );
    }
    if settings.gitops.flux.enabled {
        refuse(
            "gitops.flux.enabled",
            "true",
            "create a Kustomization for the output directory, as INSTALL.md describes",
        );
    }
}

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

fn storage(settings: &Settings, report: &mut Report<'_>) {
    let jaeger = &settings.jaeger;
    let kind = jaeger.storage.kind;
    if jaeger.strategy == Strategy::Production && matches!(kind, StorageType::Memory | StorageType::Badger) {
        let message = format!(
            "`jaeger.strategy: production` does not work with {} storage; the operator would silently fall back to all-in-one",
            kind.as_str()
        );
        report(
            ids::STRATEGY_STORAGE,
            &["jaeger", "strategy"],
            message,
            "set jaeger.storage.type: elasticsearch or cassandra".to_string(),
        );
    }
    if matches!(kind, StorageType::Elasticsearch | StorageType::Cassandra) && jaeger.storage.urls.is_empty() {
        let message = format!("`jaeger.storage` is {}, but `jaeger.storage.urls` is empty", kind.as_str());
        let help = match kind {
            StorageType::Cassandra => "add the host names of its nodes",
            _ => "add its URLs, such as https://elasticsearch.db.svc:9200",
        };
        report(ids::STORAGE_WITHOUT_URL, &["jaeger", "storage"], message, help.to_string());
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

fn gossip(settings: &Settings, report: &mut Report<'_>) {
    let gossip = &settings.consul.gossip;
    let path = |key: &'static str| ["consul", "gossip", key];
    if gossip.mode == GossipMode::ExternalSecrets && settings.secrets.store == "none" {
        let message = "`consul.gossip.mode: external-secrets` needs `secrets.store`".to_string();
        report(
            ids::MISSING_KEY,
            &path("mode"),
            message,
            "set secrets.store to the name of your ClusterSecretStore".to_string(),
        );
    }
    if gossip.mode == GossipMode::Vault && settings.consul.manage == Manage::Chart {
        let vault =
            settings.consul.values.get("global").and_then(|global| global["secretsBackend"]["vault"].as_object());
        let missing = |key: &str| vault.is_none_or(|vault| vault.get(key).is_none_or(|value| value.is_null()));
        let agents = chart::find(&settings.consul.chart).is_some_and(|chart| chart.world == Architecture::Agents);
        for role in ["consulServerRole"].into_iter().chain(agents.then_some("consulClientRole")) {
            if missing(role) {
                let message =
                    format!("`consul.gossip.mode: vault` needs the Vault role `{role}`; the chart fails without it");
                report(
                    ids::MISSING_KEY,
                    &path("mode"),
                    message,
                    format!("set consul.values.global.secretsBackend.vault.{role}"),
                );
            }
        }
    }
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
