//! `envoy_public_listener_json` and `envoy_local_cluster_json`: what Consul's servers send to sidecars instead of their
//! own listener and cluster. Consul parses each as a protobuf `Any` and, if that fails, sends nothing at all
//! (`makeListenerFromUserConfig` and `makeClusterFromUserConfig` in `agent/xds`; seen on 1.14.11). Gateways use
//! neither.

use crate::check::cluster::config::Config;
use crate::check::cluster::envoy;
use crate::check::cluster::envoy::Unsettled;
use crate::check::cluster::version::Versions as Known;
use crate::check::cursor::Cursor;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::stack::consul::keys;
use crate::stack::envoy::messages::Root;
use crate::suggest::Asked;
use serde_json::Value;

/// The cluster that a sidecar's public listener forwards to (Consul `agent/xds/clusters.go` `LocalAppClusterName`).
const LOCAL_APP: &str = "local_app";

struct Reader<'v, 'p> {
    versions: &'v Known,
    problems: &'p mut Vec<Problem>,
    unsettled: &'p mut Vec<Unsettled>,
}

/// Checks both. Returns whether `envoy_local_cluster_json` gives sidecars a cluster.
pub(super) fn judge(
    config: &Config<'_>,
    versions: &Known,
    problems: &mut Vec<Problem>,
    unsettled: &mut Vec<Unsettled>,
) -> bool {
    let mut reader = Reader { versions, problems, unsettled };
    if let Some((at, text)) = config.text(keys::PUBLIC_LISTENER)
        && let Some(json) = reader.read(keys::PUBLIC_LISTENER, Root::Listener, at, &text)
    {
        reader.listener(at, &json);
    }
    let Some((at, text)) = config.text(keys::LOCAL_CLUSTER) else { return false };
    let Some(json) = reader.read(keys::LOCAL_CLUSTER, Root::Cluster, at, &text) else { return false };
    let name = field(&json, "name").and_then(|(_, name)| name.as_str()).unwrap_or_default();
    if name != LOCAL_APP {
        let message = format!(
            "the cluster must be named `{LOCAL_APP}`, since the sidecars' public listener uses that name; Envoy \
             refuses the listener"
        );
        reader.refuse(Cursor::inner(&at, "/name"), message, "name it `local_app`");
    }
    true
}

impl Reader<'_, '_> {
    fn refuse(&mut self, at: impl Into<crate::check::cursor::Location>, message: String, help: &str) {
        let problem = Problem::new(Cause::Override, at, message, help);
        self.problems.push(problem.breaks(HopKind::Sidecar, Scope::Sidecars));
    }

    /// The message, if Consul can certainly parse it.
    fn read(&mut self, key: &str, root: Root, at: Cursor<'_>, text: &str) -> Option<Value> {
        let mut json: Value = match serde_json::from_str(text) {
            Ok(json) => json,
            Err(error) => {
                let message = format!("`{key}` is not valid JSON: {error}; sidecars get no configuration");
                self.refuse(at, message, "fix the JSON");
                return None;
            }
        };
        let mut readable = true;
        for mut refusal in envoy::refusals_in_go(root, &json, self.versions.protobufs()) {
            readable = false;
            refusal.cause = Cause::Override;
            match refusal.certain {
                true => {
                    refusal.message = format!("{}; sidecars get no configuration", refusal.message);
                    self.problems.push(refusal.problem(at).breaks(HopKind::Sidecar, Scope::Sidecars));
                }
                false => self.unsettled.push(Unsettled {
                    hop: HopKind::Sidecar,
                    scope: Scope::Sidecars,
                    detail: format!("{}; the files do not say which Consul runs", refusal.message),
                }),
            }
        }
        if !readable {
            return None;
        }
        json.as_object_mut()?.remove("@type");
        // Envoy gets a protobuf message here, not JSON, so only its validation rules apply.
        for refusal in envoy::refusals(root, &json, "", self.versions.envoys(), &mut Asked::default()) {
            match (refusal.cause, refusal.certain) {
                (Cause::UnknownField | Cause::LegacyHosts, _) => {}
                (_, true) => self.problems.push(refusal.problem(at).breaks(HopKind::Sidecar, Scope::Sidecars)),
                (_, false) => self.unsettled.push(refusal.unsettled(HopKind::Sidecar, Scope::Sidecars)),
            }
        }
        Some(json)
    }

    /// A custom listener has only the tracing that it sets itself; Consul adds none.
    fn listener(&mut self, at: Cursor<'_>, json: &Value) {
        if !has_tracing(json) {
            let message = format!(
                "`{}` has no HTTP connection manager with `tracing`, so sidecars trace no request",
                keys::PUBLIC_LISTENER
            );
            let help = "add `tracing` to the connection manager, or remove the key";
            let problem = Problem::new(Cause::Override, at, message, help);
            return self.problems.push(problem.breaks(HopKind::Tracer, Scope::Sidecars));
        }
        self.unsettled.push(Unsettled {
            hop: HopKind::Sidecar,
            scope: Scope::Sidecars,
            detail: format!(
                "`{}` replaces the sidecars' listener, and where it routes requests is not analyzed",
                keys::PUBLIC_LISTENER
            ),
        });
    }
}

/// Whether it contains an HTTP connection manager with tracing.
fn has_tracing(json: &Value) -> bool {
    let is_manager =
        json.get("@type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with(".HttpConnectionManager"));
    if is_manager && field(json, "tracing").is_some() {
        return true;
    }
    match json {
        Value::Array(items) => items.iter().any(has_tracing),
        Value::Object(fields) => fields.values().any(has_tracing),
        _ => false,
    }
}
