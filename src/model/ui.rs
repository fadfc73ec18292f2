//! Who can reach the Jaeger UI: settings that do not go together, and a UI that everyone can open.
//!
//! Jaeger has no login (jaeger `cmd/query`, and `jaeger_query` of v2, have no flag for one).

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Context;
use crate::model::settings::Backend;
use crate::model::settings::Settings;
use crate::model::settings::UiExposure;
use crate::model::settings::UiProxy;

pub(crate) fn check(settings: &Settings, context: &Context<'_>, found: &mut Findings) {
    let ui = &settings.jaeger.ui;
    if settings.jaeger.backend == Backend::External {
        return;
    }
    let proxied = ui.auth.proxy == UiProxy::Oauth2Proxy;
    let open = matches!(ui.expose, UiExposure::LoadBalancer | UiExposure::NodePort);
    let at = |key: &[&str]| context.place(&[&["jaeger", "ui"], key].concat());
    if open && !proxied {
        let message = format!(
            "`jaeger.ui.expose: {}` without `jaeger.ui.auth`: anyone who can reach the address can read all traces",
            ui.expose.as_str()
        );
        let help = "use cluster-ip with port-forward, or set jaeger.ui.auth.proxy: oauth2-proxy";
        found.push(Finding::warning(ids::UI_OPEN, message).at(at(&["expose"])).help(help));
    }
    let mut missing = |key: &[&str], message: &str, help: &str| {
        found.push(Finding::error(ids::MISSING_KEY, message).at(at(key)).help(help));
    };
    if ui.tls.issuer != "none" && ui.host == "none" {
        let message = "`jaeger.ui.tls.issuer` needs `jaeger.ui.host`: a certificate is for a name";
        missing(&["tls", "issuer"], message, "set jaeger.ui.host, such as traces.example.com");
    }
    if ui.host != "none" && ui.expose != UiExposure::Ingress {
        let message = "`jaeger.ui.host` has no effect without an Ingress";
        missing(&["host"], message, "set jaeger.ui.expose: ingress, or remove it");
    }
    if proxied && ui.auth.issuer == "none" {
        let message = "`jaeger.ui.auth.proxy: oauth2-proxy` needs `jaeger.ui.auth.issuer`";
        let help = "set it to the URL of your identity provider, as in its OpenID configuration";
        missing(&["auth", "proxy"], message, help);
    }
    if proxied && ui.auth.emails.is_empty() {
        let message = "`jaeger.ui.auth.emails` is empty, so the proxy would let no one in";
        missing(&["auth", "proxy"], message, "add the domains of those who may see traces, such as example.com");
    }
}
