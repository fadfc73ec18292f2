//! Settings of a collector's components that these cannot read: unknown keys and values of another kind.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::component::Component;
use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::otel::fields::Given;
use crate::stack::otel::fields::Key;
use crate::stack::otel::fields::Misfit;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;

/// Why this component does not start with its settings; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>, component: Component<'_>) -> Option<Box<Fault>> {
    let key = component.key(config)?;
    let keys = component.at.entries().map(|(name, _)| name);
    let found = component.at.node().and_then(|_| match key.needs(keys) {
        Some(needs) => Some(Found { at: component.at, wrong: Wrong::Misfit(needs) }),
        None => walk(component.at, key),
    })?;
    Some(found.fault(config, component))
}

/// A key or value that does not fit.
struct Found<'a> {
    at: Cursor<'a>,
    wrong: Wrong<'a>,
}

enum Wrong<'a> {
    /// The key is not among these.
    Unknown(&'a str, Vec<&'static str>),
    Misfit(Misfit),
}

/// The first of them in or below a map whose own kind is right.
fn walk<'a>(at: Cursor<'a>, key: Key) -> Option<Found<'a>> {
    for (name, value) in at.entries() {
        // Filled in at the start; what with, the files may not say.
        if name.contains("${") {
            continue;
        }
        match key.get(name) {
            Ok(Some(below)) => {
                let found = of_value(value, below);
                if found.is_some() {
                    return found;
                }
            }
            Ok(None) => {}
            Err(known) => return Some(Found { at: value, wrong: Wrong::Unknown(name, known) }),
        }
    }
    None
}

fn of_value<'a>(at: Cursor<'a>, key: Key) -> Option<Found<'a>> {
    if at.str().is_some_and(|text| text.contains('$')) {
        return None;
    }
    if let Some(misfit) = key.misfit(given(at.node()?)) {
        return Some(Found { at, wrong: Wrong::Misfit(misfit) });
    }
    match key.element() {
        Some(element) if !at.list().is_empty() => at.items().find_map(|item| of_value(item, element)),
        _ => walk(at, key),
    }
}

fn given(node: &Node) -> Given<'_> {
    match &node.value {
        Value::Null => Given::Null,
        Value::Bool(_) => Given::Bool,
        Value::Int(number) => Given::Int(*number),
        Value::Float(number) => Given::Float(*number),
        Value::String(text) => Given::Text(text),
        Value::List(_) => Given::List,
        Value::Map(_) => Given::Map,
    }
}

impl Found<'_> {
    fn fault(self, config: &Config<'_>, component: Component<'_>) -> Box<Fault> {
        let Component { kind, name, .. } = component;
        let written = self.at.pointer();
        let key = written.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
        let stop = "so the collector does not start";
        let place = match self.wrong {
            Wrong::Misfit(Misfit::Not(_) | Misfit::Negative | Misfit::Zero) => config.place(self.at),
            _ => config.key(self.at),
        };
        let (why, help) = match self.wrong {
            Wrong::Unknown(key, known) => {
                let help = match (component.ty(), key) {
                    ("jaeger_query", "endpoint") => {
                        "write `http: {endpoint: ...}` and `grpc: {endpoint: ...}`".to_string()
                    }
                    _ => match suggest::closest(key, known.iter().copied()) {
                        Some(close) => format!("did you mean `{close}`?"),
                        None if known.is_empty() => "remove it".to_string(),
                        None => format!("use one of {}", suggest::some(known.iter().copied(), "`")),
                    },
                };
                (format!("the {kind} `{name}` has no key `{key}` here, {stop}"), help)
            }
            Wrong::Misfit(Misfit::Not(wanted)) => {
                (format!("`{key}` of the {kind} `{name}` cannot be this, {stop}"), format!("write {wanted}"))
            }
            Wrong::Misfit(Misfit::Negative) => {
                (format!("`{key}` of the {kind} `{name}` is negative, {stop}"), "write a positive value".to_string())
            }
            Wrong::Misfit(Misfit::Zero) => {
                (format!("`{key}` of the {kind} `{name}` is zero, {stop}"), "write a positive value".to_string())
            }
            Wrong::Misfit(Misfit::Needs(keys)) => match keys.as_slice() {
                [] => (format!("the {kind} `{name}` has no settings, {stop}"), "it has required settings".to_string()),
                [only] => (format!("the {kind} `{name}` has no `{only}`, {stop}"), format!("set `{only}`")),
                keys => {
                    let keys = suggest::some(keys.iter().copied(), "`");
                    (format!("the {kind} `{name}` has none of {keys}, {stop}"), "set one of them".to_string())
                }
            },
        };
        Fault::new(Cause::CollectorConfig, place, why, help)
    }
}
