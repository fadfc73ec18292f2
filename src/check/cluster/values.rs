//! Switches in the Consul chart's values.

use crate::check::cursor::Cursor;
use crate::stack::consul::values::Charts;
use crate::stack::consul::values::may_be_dash;
use crate::yaml::Value;

/// A boolean of the Consul chart, with the chart's default; `None` if there are no values at all. The text `-` stands for
/// `global.enabled` where the chart knows it.
pub(crate) fn flag(values: Option<Cursor<'_>>, path: &[&'static str], default: Option<bool>) -> Option<bool> {
    match values?.at(path).node().map(|node| &node.value) {
        Some(Value::Bool(flag)) => Some(*flag),
        Some(Value::String(text)) if matches!(&**text, "true" | "false") => Some(&**text == "true"),
        Some(Value::String(text)) if &**text == "-" && may_be_dash(Charts::all(), &path.join(".")) => {
            flag(values, &["global", "enabled"], Some(true))
        }
        _ => default,
    }
}

/// Whether Consul keeps Kubernetes namespaces apart, as Enterprise does with mirroring. Otherwise config entries from
/// all namespaces share one. Mirroring is on by default since chart 1.0, but only matters if namespaces are enabled.
pub(crate) fn mirrors_namespaces(values: Option<Cursor<'_>>) -> bool {
    let on = |path: &[&'static str]| flag(values, path, Some(false)) == Some(true);
    on(&["global", "enableConsulNamespaces"]) && on(&["connectInject", "consulNamespaces", "mirroringK8S"])
}
