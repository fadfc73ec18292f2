//! The Secrets that a render rests on: where each comes from, and what does not go together.
//!
//! In: the settings. Out: each Secret with its keys and their places in a store. The values themselves are never here.
//! Sources: external-secrets v1 `apis/externalsecrets/v1`, Vault Secrets Operator `api/v1beta1`, and the chart's own
//! refusals (consul-k8s 0.46.1 to 2.0.3 `templates/{server-statefulset,server-acl-init-job,client-daemonset}.yaml`).

use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::Context;
use crate::model::settings;
use crate::model::settings::Backend;
use crate::model::settings::GossipMode;
use crate::model::settings::Manage;
use crate::model::settings::SecretMode;
use crate::model::settings::Settings;
use crate::model::settings::UiProxy;
use crate::model::storage;
use crate::source::Place;
use crate::stack::consul::chart;
use crate::stack::consul::chart::Architecture;
use serde::Serialize;
use std::collections::BTreeMap;

type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

/// The settings, and each Secret.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Secrets {
    /// The settings.
    #[serde(flatten)]
    pub settings: settings::Secrets,
    /// Every Secret that something in the render reads, apart from those that charts and operators make.
    pub list: Vec<Wanted>,
    /// Whether Consul's chart reads its secrets from Vault: then all of them.
    pub consul_from_vault: bool,
}

/// A Secret that something in the render reads.
#[derive(Clone, Debug, Serialize)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Where it comes from.
    pub mode: SecretMode,
    /// What it holds, in words.
    pub what: &'static str,
    /// Its keys.
    pub entries: Vec<Entry>,
    /// The line of the profile that says where it comes from.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// A key of a Secret.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The path in the store.
    pub path: String,
    /// The property there.
    pub property: String,
}

impl From<GossipMode> for SecretMode {
    /// `off` has no Secret; the caller asks first.
    fn from(mode: GossipMode) -> SecretMode {
        match mode {
            GossipMode::Auto | GossipMode::Off => SecretMode::Auto,
            GossipMode::Existing => SecretMode::Existing,
            GossipMode::ExternalSecrets => SecretMode::ExternalSecrets,
            GossipMode::Vault => SecretMode::Vault,
            GossipMode::Sops => SecretMode::Sops,
        }
    }
}

pub(crate) fn derive(settings: &Settings, context: &Context<'_>) -> Secrets {
    let mut list = Vec::new();
    let consul_from_vault = consul_from_vault(settings);
    if settings.consul.manage == Manage::Chart && !consul_from_vault {
        list.extend(of_consul(settings, context));
    }
    list.extend(of_jaeger(settings, context));
    Secrets { settings: settings.secrets.clone(), list, consul_from_vault }
}

/// With `secretsBackend.vault.enabled`, the chart reads everything from Vault.
fn consul_from_vault(settings: &Settings) -> bool {
    let (consul, secrets) = (&settings.consul, &settings.secrets);
    consul.manage == Manage::Chart
        && (consul.gossip.mode == GossipMode::Vault
            || (consul.enterprise.enabled && secrets.license.mode == SecretMode::Vault)
            || (consul.acls && secrets.bootstrap_token.mode == SecretMode::Vault))
}

fn of_consul(settings: &Settings, context: &Context<'_>) -> Vec<Wanted> {
    let (consul, secrets) = (&settings.consul, &settings.secrets);
    let one = |name: &str, key: &str, mode, what, (path, property): (&str, &str), at: &[&str]| Wanted {
        name: name.to_owned(),
        namespace: consul.namespace.clone(),
        mode,
        what,
        entries: vec![Entry { key: key.to_owned(), path: path.to_owned(), property: property.to_owned() }],
        place: context.place(at),
    };
    let mut list = Vec::new();
    let gossip = &consul.gossip;
    if !matches!(gossip.mode, GossipMode::Auto | GossipMode::Off) {
        let from = (&*secrets.gossip.path, &*secrets.gossip.property);
        let what = "the gossip key: 32 bytes in base64, as `consul keygen` prints";
        list.push(one(&gossip.secret, &gossip.key, gossip.mode.into(), what, from, &["consul", "gossip", "mode"]));
    }
    if consul.enterprise.enabled {
        let license = &consul.enterprise.license;
        let from = (&*secrets.license.path, &*secrets.license.property);
        let at = ["secrets", "license", "mode"];
        list.push(one(&license.secret, &license.key, secrets.license.mode, "the license", from, &at));
    }
    let token = &secrets.bootstrap_token;
    if consul.acls && token.mode != SecretMode::Auto {
        let at = ["secrets", "bootstrapToken", "mode"];
        let from = (&*token.path, &*token.property);
        let what = "the first token of the ACL system, a UUID";
        list.push(one(&token.secret, &token.key, token.mode, what, from, &at));
    }
    list
}

fn of_jaeger(settings: &Settings, context: &Context<'_>) -> Vec<Wanted> {
    let (jaeger, secrets) = (&settings.jaeger, &settings.secrets);
    let mut list = Vec::new();
    let mut add = |name: &str, mode, what, entries: Vec<(&str, &str, &str)>, at: &[&str]| {
        let entry = |(key, path, property): (&str, &str, &str)| Entry {
            key: key.to_owned(),
            path: path.to_owned(),
            property: property.to_owned(),
        };
        list.push(Wanted {
            name: name.to_owned(),
            namespace: jaeger.namespace.clone(),
            mode,
            what,
            entries: entries.into_iter().map(entry).collect(),
            place: context.place(at),
        });
    };
    let external = jaeger.backend == Backend::External;
    if jaeger.storage.secret != "none" && !external {
        let (user, password) = storage::variables(jaeger.storage.kind);
        let from = &secrets.storage;
        let keys = [user, password].into_iter().zip(&from.properties);
        let entries = keys.map(|(key, property)| (key, &*from.path, &**property)).collect();
        let what = "the user and password of the storage";
        add(&jaeger.storage.secret, from.mode, what, entries, &["secrets", "storage", "mode"]);
    }
    if external {
        let mut by_secret: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for header in jaeger.external.headers.values() {
            by_secret.entry(&header.secret).or_default().push(&header.key);
        }
        let from = &secrets.otlp;
        for (name, keys) in by_secret {
            let entries = keys.into_iter().map(|key| (key, &*from.path, key)).collect();
            add(name, from.mode, "headers that the backend requires", entries, &["secrets", "otlp", "mode"]);
        }
    } else if jaeger.ui.auth.proxy == UiProxy::Oauth2Proxy {
        let from = &secrets.ui_auth;
        let keys = ["client-id", "client-secret", "cookie-secret"];
        let entries = keys.into_iter().map(|key| (key, &*from.path, key)).collect();
        let what = "the client of the identity provider, and 32 bytes that encrypt cookies";
        add(&jaeger.ui.auth.secret, from.mode, what, entries, &["secrets", "uiAuth", "mode"]);
    }
    list
}

/// Reports what is missing for a way to get Secrets, and what the Consul chart would refuse.
pub(crate) fn check(settings: &Settings, report: &mut Report<'_>) {
    let secrets = &settings.secrets;
    let chart = settings.consul.manage == Manage::Chart;
    let of_jaeger = settings.jaeger.backend != Backend::External;
    let modes: [(&[&str], SecretMode, bool, bool); 6] = [
        (&["consul", "gossip", "mode"], settings.consul.gossip.mode.into(), chart, true),
        (&["secrets", "license", "mode"], secrets.license.mode, chart && settings.consul.enterprise.enabled, false),
        (&["secrets", "bootstrapToken", "mode"], secrets.bootstrap_token.mode, chart && settings.consul.acls, true),
        (&["secrets", "storage", "mode"], secrets.storage.mode, of_jaeger, false),
        (&["secrets", "otlp", "mode"], secrets.otlp.mode, !of_jaeger, false),
        (&["secrets", "uiAuth", "mode"], secrets.ui_auth.mode, of_jaeger, false),
    ];
    for (path, mode, used, can_be_made) in modes {
        let dotted = path.join(".");
        if used && mode == SecretMode::ExternalSecrets && secrets.store == "none" {
            let message = format!("`{dotted}: external-secrets` needs `secrets.store`");
            let help = "set secrets.store to the name of your ClusterSecretStore".to_string();
            report(ids::MISSING_KEY, path, message, help);
        }
        if mode == SecretMode::Auto && !can_be_made {
            let message = format!("`{dotted}: auto` cannot work: nothing can make this secret up");
            let help = "use existing, external-secrets, vault or sops".to_string();
            report(ids::SECRET_SOURCE, path, message, help);
        }
    }
    if secrets.storage.mode != SecretMode::Existing && of_jaeger && settings.jaeger.storage.secret == "none" {
        let message = format!("`secrets.storage.mode: {}` needs the name of a Secret", secrets.storage.mode.as_str());
        let help = "set jaeger.storage.secret".to_string();
        report(ids::MISSING_KEY, &["secrets", "storage", "mode"], message, help);
    }
    if secrets.storage.properties.len() != 2 {
        let message = "`secrets.storage.properties` needs two names: of the user and of the password".to_string();
        let help = "such as [username, password]".to_string();
        report(ids::SECRET_SOURCE, &["secrets", "storage", "properties"], message, help);
    }
    if consul_from_vault(settings) {
        vault(settings, report);
    }
}

/// The chart's refusals with `secretsBackend.vault.enabled`, and what it would look up in Vault without finding it.
fn vault(settings: &Settings, report: &mut Report<'_>) {
    let (consul, secrets) = (&settings.consul, &settings.secrets);
    let agents = chart::find(&consul.chart).is_some_and(|chart| chart.world == Architecture::Agents);
    if !matches!(consul.gossip.mode, GossipMode::Vault | GossipMode::Off) {
        let message = format!(
            "`consul.gossip.mode: {}` does not work with other secrets of Consul in Vault: the chart reads all of them there",
            consul.gossip.mode.as_str()
        );
        let help = "set it to vault, and consul.gossip.secret to the path in Vault".to_string();
        report(ids::SECRET_SOURCE, &["consul", "gossip", "mode"], message, help);
    }
    if consul.enterprise.enabled && !matches!(secrets.license.mode, SecretMode::Vault | SecretMode::Existing) {
        let message = format!(
            "`secrets.license.mode: {}` does not work with other secrets of Consul in Vault: the chart reads all of them there",
            secrets.license.mode.as_str()
        );
        report(ids::SECRET_SOURCE, &["secrets", "license", "mode"], message, "set it to vault".to_string());
    }
    if consul.acls && secrets.bootstrap_token.mode != SecretMode::Vault {
        let message =
            "with Vault and ACLs the chart needs the bootstrap token in Vault, and fails without it".to_string();
        let help =
            "set secrets.bootstrapToken.mode: vault, and write a UUID to secrets.bootstrapToken.path".to_string();
        report(ids::SECRET_SOURCE, &["secrets", "bootstrapToken", "mode"], message, help);
    }
    if consul.tls.enabled && agents && !consul.tls.auto_encrypt {
        let message = "with Vault and TLS the chart needs `consul.tls.autoEncrypt`, and fails without it".to_string();
        report(ids::SECRET_SOURCE, &["consul", "tls", "autoEncrypt"], message, "set it to true".to_string());
    }
}
