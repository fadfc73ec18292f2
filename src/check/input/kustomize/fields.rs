//! The fields that kustomize knows. It refuses a kustomization with any other (`api/types/kustomization.go` `Unmarshal`
//! and `EnforceFields`, 5.8.2), whose names it compares without regard to case, as Go's JSON decoder does.

use crate::check::input::kustomize::context::Fault;
use crate::stack::kube;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;

const FIELDS: [&str; 35] = [
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "inventory",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

/// Those that are lists.
const LISTS: [&str; 20] = [
    "bases",
    "buildMetadata",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generators",
    "helmCharts",
    "imageTags",
    "images",
    "labels",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "transformers",
    "validators",
];

const PATCH: &[&str] = &["path", "patch", "target", "options"];
const IMAGE: &[&str] = &["name", "newName", "tagSuffix", "newTag", "digest"];
const CONFIG_MAP: &[&str] = &["namespace", "name", "behavior", "literals", "files", "envs", "env", "options"];
const SECRET: &[&str] = &["namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type"];

/// The fields of the maps in a list.
const OF_ITEMS: [(&str, &[&str]); 9] = [
    ("patches", PATCH),
    ("patchesJson6902", PATCH),
    ("images", IMAGE),
    ("imageTags", IMAGE),
    ("configMapGenerator", CONFIG_MAP),
    ("secretGenerator", SECRET),
    ("replicas", &["name", "count"]),
    ("labels", &["pairs", "includeSelectors", "includeTemplates", "fields"]),
    ("replacements", &["source", "targets", "sourceValue", "path"]),
];

/// What kustomize refuses of the fields of a kustomization.
pub(super) fn faults(folder: &str, node: &Node) -> Vec<Fault> {
    let mut faults = Vec::new();
    unknown(folder, node, &FIELDS, "a kustomization", &mut faults);
    for key in LISTS {
        let Some(value) = node.get(key) else { continue };
        if value.as_list().is_none() && !matches!(value.value, Value::Null) {
            let message = format!("`{key}` is {}, expected a list", value.kind());
            faults.push(Fault::new(folder, value.span, message, "make it a list"));
        }
    }
    for (key, known) in OF_ITEMS {
        for item in node.get(key).and_then(Node::as_list).unwrap_or_default() {
            unknown(folder, item, known, &format!("an item of `{key}`"), &mut faults);
        }
    }
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let span = |key: &str| node.get(key).map_or(node.span, |value| value.span);
    let wanted = match kind {
        "Component" => kube::KUSTOMIZATION_COMPONENT,
        _ => kube::KUSTOMIZATION,
    };
    if !matches!(kind, "" | "Kustomization" | "Component") {
        let message = format!("its kind is `{kind}`, expected `Kustomization` or `Component`");
        faults.push(Fault::new(folder, span("kind"), message, "correct `kind`"));
    } else if !version.is_empty() && version != wanted {
        let message = format!("its apiVersion is `{version}`, expected `{wanted}`");
        faults.push(Fault::new(folder, span("apiVersion"), message, "correct `apiVersion`"));
    }
    faults
}

fn unknown(folder: &str, node: &Node, known: &[&'static str], of: &str, faults: &mut Vec<Fault>) {
    for entry in node.as_map().into_iter().flat_map(|map| &map.entries) {
        if known.iter().any(|own| own.eq_ignore_ascii_case(&entry.key)) {
            continue;
        }
        let help = match suggest::closest(&entry.key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "remove it".to_string(),
        };
        let message = format!("`{}` is not a field of {of}", entry.key);
        faults.push(Fault::new(folder, entry.key_span, message, help));
    }
}
