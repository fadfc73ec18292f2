//! Switches of the Consul chart's values.

use crate::check::cursor::Cursor;
use crate::yaml::Value;

/// A boolean of the Consul chart, with the chart's default; `None` when there are no values at all.
pub(crate) fn flag(values: Option<Cursor<'_>>, path: &[&'static str], default: Option<bool>) -> Option<bool> {
    match values?.at(path).node().map(|node| &node.value) {
        Some(Value::Bool(flag)) => Some(*flag),
        Some(Value::String(text)) if matches!(&**text, "true" | "false") => Some(&**text == "true"),
        _ => default,
    }
}

/// Whether Consul keeps the namespaces of Kubernetes apart, as Enterprise does when it mirrors them. Otherwise config entries
/// of all namespaces come together in one. The mirroring is on from chart 1.0 on, which counts with namespaces only.
pub(crate) fn mirrors_namespaces(values: Option<Cursor<'_>>) -> bool {
    let on = |path: &[&'static str]| flag(values, path, Some(false)) == Some(true);
    on(&["global", "enableConsulNamespaces"]) && on(&["connectInject", "consulNamespaces", "mirroringK8S"])
}
