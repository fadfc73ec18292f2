//! The values in `config` of ProxyDefaults as Consul reads them: which ones it cannot read, and which proxies that
//! affects.

use crate::check::cluster::envoy::Unsettled;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::stack::Version;
use crate::stack::consul::decode;
use crate::stack::consul::keys;
use crate::stack::consul::keys::Key;
use crate::stack::consul::keys::Reader;
use crate::stack::consul::weak;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Values by lower-case key.
pub(super) struct Config<'a>(BTreeMap<String, (&'a str, Cursor<'a>)>);

impl<'a> Config<'a> {
    /// If a key is spelled in two ways, the lower-case one wins, otherwise the first. Null sets nothing (mapstructure),
    /// and a list of one value counts as that value (Consul `lib/decode/decode.go` `HookWeakDecodeFromSlice`; seen on
    /// 1.14.11).
    pub(super) fn read(config: Option<Cursor<'a>>) -> Config<'a> {
        let mut values = BTreeMap::new();
        for (key, at) in config.into_iter().flat_map(Cursor::entries) {
            let at = if at.list().len() == 1 { at.items().next().unwrap_or(at) } else { at };
            let lower = key.to_ascii_lowercase();
            let is_null = matches!(at.node().map(|node| &node.value), Some(Value::Null));
            if !is_null && (lower == key || !values.contains_key(&lower)) {
                values.insert(lower, (key, at));
            }
        }
        Config(values)
    }

    /// The value of a key, given in lower case.
    pub(super) fn value(&self, key: &str) -> Option<Cursor<'a>> {
        self.0.get(key).map(|(_, at)| *at)
    }

    /// The string that Consul converts a value to; `None` if it is unset, empty or not convertible.
    pub(super) fn text(&self, key: &str) -> Option<(Cursor<'a>, Cow<'a, str>)> {
        let at = self.value(key)?;
        let text = match at.str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(weak::text(&at.node()?.to_json())?.into_owned()),
        };
        Some((at, text)).filter(|(_, text)| !text.is_empty())
    }

    /// Whether sidecars are given a connect timeout. Consul applies its default only if it can read all values.
    fn has_timeout(&self) -> bool {
        let timeout = self.value(keys::CONNECT_TIMEOUT).and_then(Cursor::node).map(crate::yaml::Node::to_json);
        timeout.is_some_and(|value| match &value {
            serde_json::Value::String(text) => crate::stack::go::parse_int(text).is_some_and(|number| number > 0),
            value => value.as_f64().is_some_and(|number| number >= 1.0),
        })
    }
}

/// What else decides which proxies lose their configuration because of a value.
pub(super) struct Context<'v> {
    pub(super) consul: Option<&'v Version>,
    /// Whether sidecars have a cluster for their program that does not depend on other values.
    pub(super) own_cluster: bool,
    /// Whether a ServiceDefaults gives sidecars a connect timeout.
    pub(super) own_timeouts: bool,
}

/// Finds everything in `config` that Consul cannot read.
pub(super) fn judge(
    config: &Config<'_>,
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
    unsettled: &mut Vec<Unsettled>,
) {
    for (lower, (written, at)) in &config.0 {
        let (Some(key), Some(node)) = (keys::key(lower), at.node()) else { continue };
        let json = node.to_json();
        let refused = match key.takes.read(&json) {
            Ok(()) if lower == "protocol" && !json.is_string() => {
                decode::protocol_is_text(context.consul) == Some(true)
            }
            read => read.is_err(),
        };
        if !refused || key.is_read(context.consul) == Some(false) {
            continue;
        }
        let (path, expected) = match key.takes.read(&json) {
            Err((takes, way)) if !way.is_empty() => (format!("{written}.{}", way.join(".")), takes.expects()),
            _ => ((*written).to_string(), key.takes.expects()),
        };
        let is_text = key.name.ends_with("_json") || key.name == keys::TEMPLATE;
        let (cause, help) = match is_text {
            true => {
                (Cause::ConfigJson, format!("write a block string: `{written}: |`, with the text indented below it"))
            }
            false => (Cause::ConfigValue, format!("write {expected}, or remove it")),
        };
        let what = match path == **written && !json.is_string() {
            true => format!("`{path}` is {}, but Consul expects {expected}", node.kind()),
            false => format!("`{path}` is not {expected}"),
        };
        let (costs, words) = costs(key, config, context);
        let message = format!("{what}{words}");
        let hop = match key.name {
            keys::TRACING => HopKind::Tracer,
            keys::CLUSTERS => HopKind::Cluster,
            _ => HopKind::Sidecar,
        };
        let cure = match (is_text, &json) {
            (true, serde_json::Value::Object(_) | serde_json::Value::Array(_)) => text_of(&json, key.name),
            _ => None,
        };
        let problem = Problem::new(cause, *at, &*message, help).fix(Trust::Safe, cure.map(|text| Edit::set(*at, text)));
        match costs {
            Costs::Nothing => problems.push(problem),
            Costs::Certain(scope) => problems.push(problem.breaks(hop, scope)),
            Costs::Open(scope) => {
                let detail = format!("{what}; whether that stops a proxy depends on the version of Consul");
                unsettled.push(Unsettled { hop, scope, detail });
                problems.push(problem);
            }
        }
    }
}

/// What was written as YAML as the JSON text that the key takes: where Consul puts brackets around it, objects joined by commas.
fn text_of(json: &serde_json::Value, key: &str) -> Option<String> {
    let print = |json: &serde_json::Value| serde_json::to_string_pretty(json).ok();
    let listed = keys::LISTED.contains(&key);
    let text = match json {
        serde_json::Value::Array(items) if listed && !items.is_empty() => {
            items.iter().map(print).collect::<Option<Vec<_>>>()?.join(",\n")
        }
        serde_json::Value::Object(_) => print(json)?,
        _ => return None,
    };
    Some(text + "\n")
}
/// The proxies that get no configuration because of a value.
enum Costs {
    Nothing,
    Certain(Scope),
    /// Depends on the Consul version.
    Open(Scope),
}

fn costs(key: &Key, config: &Config<'_>, context: &Context<'_>) -> (Costs, &'static str) {
    let is_read = key.is_read(context.consul);
    let mut open = None;
    // From the reader that affects the most proxies to the one that affects the fewest.
    for reader in [Reader::Bootstrap, Reader::Upstreams, Reader::Sidecars, Reader::Gateways] {
        if !key.readers.contains(&reader) {
            continue;
        }
        let (stops, scope, words) = match reader {
            Reader::Bootstrap => (Some(true), Scope::All, ", so no proxy starts"),
            Reader::Upstreams => (upstreams_stop(key, context), Scope::All, ", so Consul registers no proxy"),
            Reader::Sidecars => (sidecars_stop(config, context), Scope::Sidecars, ", so sidecars get no configuration"),
            Reader::Gateways => {
                (decode::one_value_stops_all(context.consul), Scope::Gateways, ", so gateways get no configuration")
            }
        };
        match (stops, is_read) {
            (Some(true), Some(true)) => return (Costs::Certain(scope), words),
            (Some(false), _) => {}
            _ => open = open.or(Some(scope)),
        }
    }
    match open {
        Some(scope) => (Costs::Open(scope), ""),
        None => (Costs::Nothing, ", so Consul leaves it out"),
    }
}

fn upstreams_stop(key: &Key, context: &Context<'_>) -> Option<bool> {
    let strict = decode::resolves_upstreams(context.consul);
    if key.name != "protocol" {
        return strict;
    }
    match (strict, decode::protocol_is_text(context.consul)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Older Consul versions send a sidecar nothing at all. Later ones ignore what they cannot read and send a cluster for
/// the program with a connect timeout of 0 s; Envoy rejects it, and with it the public listener that uses it, unless
/// something else sets a timeout.
fn sidecars_stop(config: &Config<'_>, context: &Context<'_>) -> Option<bool> {
    let timeout = config.has_timeout();
    match decode::one_value_stops_all(context.consul) {
        _ if context.own_cluster => Some(false),
        Some(true) => Some(true),
        Some(false) if timeout => Some(false),
        _ if timeout || context.own_timeouts => None,
        _ => Some(true),
    }
}
