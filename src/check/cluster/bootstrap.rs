//! The keys of `config` from which Consul builds the bootstrap, except the tracer and its clusters: if one is wrong, no
//! Envoy starts.

use crate::check::cluster::config::Config;
use crate::check::cluster::envoy;
use crate::check::cluster::envoy::Unsettled;
use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::embedded::field;
use crate::check::embedded::last_comma;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::stack::consul::bootstrap;
use crate::stack::consul::bootstrap::Address;
use crate::stack::consul::keys;
use crate::stack::envoy::messages::Root;
use crate::stack::envoy::messages::Versions;
use crate::suggest::Asked;
use serde_json::Value;
use std::collections::HashSet;

struct Reader<'c, 'a, 'p> {
    config: &'c Config<'a>,
    envoys: Versions,
    asked: Asked,
    problems: &'p mut Vec<Problem>,
    unsettled: &'p mut Vec<Unsettled>,
}

/// A problem that was just reported.
struct Refused<'p>(Option<&'p mut Problem>);

impl Refused<'_> {
    fn fix(self, edits: impl IntoIterator<Item = Edit>) {
        if let Some(problem) = self.0 {
            problem.cure = Cure::new(Trust::Safe, edits);
        }
    }
}
/// Finds everything in these keys that Consul or Envoy rejects.
pub(super) fn judge(
    config: &Config<'_>,
    envoys: Versions,
    problems: &mut Vec<Problem>,
    unsettled: &mut Vec<Unsettled>,
) {
    let mut reader = Reader { config, envoys, asked: Asked::default(), problems, unsettled };
    for key in ["envoy_prometheus_bind_addr", "envoy_stats_bind_addr"] {
        reader.address(key, bootstrap::bind_address, "an IP address and a port, such as `0.0.0.0:9102`");
    }
    for key in ["envoy_statsd_url", "envoy_dogstatsd_url"] {
        reader.address(key, bootstrap::sink_url, "`udp://IP:PORT` or `unix:///PATH`");
    }
    reader.fragment("envoy_extra_static_listeners_json", Root::Listener);
    reader.fragment("envoy_extra_stats_sinks_json", Root::StatsSink);
    reader.stats_config();
    reader.flush_interval();
    reader.tags();
    reader.template();
}

impl<'a> Reader<'_, 'a, '_> {
    fn refuse(&mut self, cause: Cause, at: Cursor<'a>, message: String, help: &str) -> Refused<'_> {
        self.problems.push(Problem::new(cause, at, message, help).breaks(HopKind::Sidecar, Scope::All));
        Refused(self.problems.last_mut())
    }

    fn open(&mut self, scope: Scope, detail: String) {
        self.unsettled.push(Unsettled { hop: HopKind::Sidecar, scope, detail });
    }

    fn address(&mut self, key: &str, read: fn(&str) -> Address, form: &str) {
        let Some((at, text)) = self.config.text(key) else { return };
        match read(&text) {
            Address::Fine => {}
            Address::Refused(why) => {
                let message = format!("`{key}` cannot be used: {why}; no proxy starts");
                let port = text.parse::<u16>().ok().filter(|_| key.ends_with("_bind_addr"));
                let cure = port.map(|port| Edit::set(at, format!("0.0.0.0:{port}")));
                self.refuse(Cause::ConfigValue, at, message, &format!("write {form}")).fix(cure);
            }
            Address::Variable(name) => {
                let scope = if name == bootstrap::HOST_IP { Scope::Gateways } else { Scope::All };
                self.open(scope, format!("`{key}` takes its value from `{name}` in the proxy's container"));
            }
        }
    }

    /// Comma-separated objects, which Consul wraps in brackets.
    fn fragment(&mut self, key: &str, root: Root) {
        let Some((at, text)) = self.config.text(key) else { return };
        match serde_json::from_str::<Value>(&format!("[{text}]")) {
            Ok(list) => {
                for (index, item) in list.as_array().into_iter().flatten().enumerate() {
                    // A nested list counts as its items.
                    let items = item.as_array().map_or(std::slice::from_ref(item), Vec::as_slice);
                    for (inner, one) in items.iter().enumerate() {
                        let deeper = if item.is_array() { format!("/{inner}") } else { String::new() };
                        self.envoy(at, root, one, &format!("/{index}{deeper}"));
                    }
                }
            }
            Err(_) => {
                let message = format!("`{key}` is not JSON objects joined by commas; no proxy starts");
                let help = "write objects separated by commas, without brackets around them or a comma at the end";
                let cut = at.str().and_then(last_comma).map(|cut| Edit::cut(at, vec![cut]));
                self.refuse(Cause::BootstrapJson, at, message, help).fix(cut);
            }
        }
    }

    fn envoy(&mut self, at: Cursor<'a>, root: Root, json: &Value, base: &str) {
        // The descriptors have no rule for this.
        let places = ["address", "internal_listener", "api_listener"];
        if root == Root::Listener && json.is_object() && places.iter().all(|name| field(json, name).is_none()) {
            let place = Cursor::inner(&at, base);
            let problem =
                Problem::new(Cause::EnvoyValue, place, "Envoy refuses a listener without `address`", "add it");
            self.problems.push(problem.breaks(HopKind::Sidecar, Scope::All));
        }
        for refusal in envoy::refusals(root, json, base, self.envoys, &mut self.asked) {
            match refusal.certain {
                true => self.problems.push(refusal.problem(at).breaks(HopKind::Sidecar, Scope::All)),
                false => self.unsettled.push(refusal.unsettled(HopKind::Sidecar, Scope::All)),
            }
        }
    }

    fn stats_config(&mut self) {
        let key = "envoy_stats_config_json";
        let Some((at, text)) = self.config.text(key) else { return };
        match serde_json::from_str::<Value>(&text) {
            Ok(json) => self.envoy(at, Root::StatsConfig, &json, ""),
            Err(error) => {
                let message = format!("`{key}` is not valid JSON: {error}; no proxy starts");
                self.refuse(Cause::BootstrapJson, at, message, "fix the JSON");
            }
        }
    }

    fn flush_interval(&mut self) {
        let Some((at, text)) = self.config.text("envoy_stats_flush_interval") else { return };
        let json = serde_json::json!({"stats_flush_interval": text});
        let root = Root::Message("envoy.config.bootstrap.v3.Bootstrap");
        for mut refusal in envoy::refusals(root, &json, "", self.envoys, &mut self.asked) {
            refusal.pointer.clear();
            match refusal.certain {
                true => {
                    let message = format!("{}; no proxy starts", refusal.message);
                    let cure = text.parse::<u32>().ok().map(|seconds| Edit::set(at, format!("{seconds}s")));
                    self.refuse(Cause::ConfigValue, at, message, "write a number of seconds such as `10s`").fix(cure);
                }
                false => self.unsettled.push(refusal.unsettled(HopKind::Sidecar, Scope::All)),
            }
        }
    }

    fn tags(&mut self) {
        let key = "envoy_stats_tags";
        // Consul ignores these if there is a custom configuration.
        if self.config.text("envoy_stats_config_json").is_some() {
            return;
        }
        let Some(list) = self.config.value(key) else { return };
        let mut names = HashSet::new();
        let alone = std::iter::once(list).filter(|list| list.list().is_empty());
        for at in list.items().chain(alone) {
            let Some(tag) = at.str() else { continue };
            match bootstrap::stats_tag(tag) {
                Err(why) => {
                    let message = format!("a tag of `{key}` cannot be used: {why}; no proxy starts");
                    self.refuse(Cause::ConfigValue, at, message, "remove these characters");
                }
                Ok(name) if !names.insert(name.to_ascii_lowercase()) => {
                    let message = format!("the tag `{name}` appears twice in `{key}`, so Envoy exits");
                    self.refuse(Cause::ConfigValue, at, message, "remove one of them").fix(Some(Edit::remove(at)));
                }
                Ok(_) => {}
            }
        }
    }

    /// A template for the entire bootstrap. What the resulting Envoy does is not followed any further.
    fn template(&mut self) {
        let Some((at, text)) = self.config.text(keys::TEMPLATE) else { return };
        let mut actions = text.split("{{").skip(1);
        if actions.any(|action| !action.contains("}}")) {
            let message = format!("`{}` has an action without an end; no proxy starts", keys::TEMPLATE);
            self.refuse(Cause::BootstrapTemplate, at, message, "close each `{{` with `}}`");
            return;
        }
        // Without actions the template is the bootstrap itself.
        if !text.contains("{{") && serde_json::from_str::<Value>(&text).is_err() {
            let message = format!("`{}` does not produce JSON; no proxy starts", keys::TEMPLATE);
            self.refuse(Cause::BootstrapTemplate, at, message, "start from Consul's own template");
            return;
        }
        let detail = format!("`{}` replaces Consul's bootstrap, and its effect is not analyzed", keys::TEMPLATE);
        self.open(Scope::All, detail);
    }
}

/// Whether a bootstrap template omits the tracer of `envoy_tracing_json` and has none of its own.
pub(super) fn drops_tracer(config: &Config<'_>) -> Option<Problem> {
    let (at, text) = config.text(keys::TEMPLATE)?;
    if text.contains(".TracingConfigJSON") || text.contains("\"tracing\"") {
        return None;
    }
    let message = format!("`{}` has no `tracing`, so Envoys have no tracer from the bootstrap", keys::TEMPLATE);
    let help = "add `\"tracing\": {{ .TracingConfigJSON }}`, as Consul's own template does";
    Some(Problem::new(Cause::BootstrapTemplate, at, message, help))
}
