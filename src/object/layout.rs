//! Lays objects out in files: one object per file, `<kind>-<name>.yaml` in the folder of its template.

use crate::digest;
use crate::files::Output;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::object::Content;
use crate::object::Id;
use crate::object::MANIFESTS;
use crate::object::Object;
use crate::object::Printer;
use crate::object::Rendered;
use crate::stack::kube;
use crate::yaml;
use crate::yaml::Node;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// The longest file name made from an object's name; file systems allow 255 bytes.
const LONGEST_NAME: usize = 200;

/// The files of a render. `verbatim`: files to copy below `manifests/` unchanged. Consumes the objects, so that each is
/// freed as soon as it is text.
pub fn lay_out(rendered: Rendered, verbatim: &BTreeMap<String, Vec<u8>>, found: &mut Findings) -> Output {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let paths = paths(&rendered);
    let Rendered { templates, objects, plain } = rendered;
    let texts: Vec<(Id, u32, Vec<u8>)> = objects
        .into_par_iter()
        .map(|object| {
            let source = &templates[object.template as usize];
            (object.id, object.template, emit(&printed_by(source), &object.node))
        })
        .collect();
    let mut owners: HashMap<String, (Id, u32)> = HashMap::with_capacity(texts.len());
    for (path, (id, template, text)) in paths.into_iter().zip(texts) {
        if let Some((first, other)) = owners.get(&path) {
            let from = |id: &Id, template: u32| format!("{id} of `{}`", templates[template as usize]);
            let (first, second) = (from(first, *other), from(&id, template));
            let message = format!("{first} and {second} would both be written to `{path}`");
            let help = "rename one of them; some file systems ignore case";
            found.push(Finding::error(ids::SAME_FILE, message).help(help));
            continue;
        }
        owners.insert(path.clone(), (id, template));
        files.insert(path, text);
    }
    for plain in plain {
        let bytes = match plain.content {
            Content::Text(text) => text.into_bytes(),
            Content::Yaml(node, chart) => emit(&header(&plain.path, chart.as_deref()), &node),
        };
        files.insert(plain.path, bytes);
    }
    for (path, bytes) in verbatim {
        let path = format!("{MANIFESTS}{path}");
        if files.insert(path.clone(), bytes.clone()).is_some() {
            let message = format!("`files/{}` would overwrite what a template renders", &path[MANIFESTS.len()..]);
            found.push(
                Finding::error(ids::SAME_FILE, message).help("rename the file, or remove the object from the template"),
            );
        }
    }
    let resources = files.keys().filter(|path| path.starts_with(MANIFESTS) && is_manifest(path));
    let kustomization = kustomization(resources.map(String::as_str));
    files.insert("kustomization.yaml".to_string(), kustomization.into_bytes());
    Output { files, ..Output::default() }
}

/// Whether kubectl and similar tools read a file as objects.
pub fn is_manifest(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json")
}

/// `kustomization.yaml` with every resource by name, in order: kustomize, Argo CD and Flux build the folder from it.
pub fn kustomization<'a>(resources: impl Iterator<Item = &'a str>) -> String {
    let list = resources.map(Node::string).collect();
    let mut map = yaml::Map::default();
    map.set("apiVersion", Node::string(kube::KUSTOMIZATION));
    map.set("kind", Node::string("Kustomization"));
    map.set("resources", Node::new(yaml::Value::List(list)));
    let mut text = String::new();
    yaml::write(&Node::new(yaml::Value::Map(map)), &mut text);
    text
}

/// How many lines precede the document in the file of a plain YAML document of `path`.
pub(crate) fn lines_above_plain(path: &str, chart: Option<&str>) -> u32 {
    header(path, chart).lines().count() as u32
}

/// How many lines precede the object in the file of an object of `template`.
pub(crate) fn lines_above_object(printer: &Printer) -> u32 {
    printed_by(printer).lines().count() as u32
}

/// The first lines of a YAML file that is not an object. Argo CD skips files that begin with the first of them (argo-cd
/// v3.1).
/// A kustomization.yaml is meant for it.
fn header(path: &str, chart: Option<&str>) -> String {
    let mut header = match path.rsplit('/').next() {
        Some("kustomization.yaml") => String::new(),
        _ => "# +argocd:skip-file-rendering\n".to_string(),
    };
    if let Some(chart) = chart {
        header.push_str(&format!("# chart: {}\n", chart.escape_debug()));
    }
    header.push_str(&source_line(path));
    header
}

/// How the first line of each file begins whose template is in `folder`.
pub(crate) fn source_beginning(folder: &str) -> String {
    format!("# source: templates/{folder}")
}

/// The first line of the file of an object.
fn printed_by(printer: &Printer) -> String {
    match printer {
        Printer::Template(path) => source_line(path),
        Printer::Chart { .. } => format!("# source: {}\n", printer.to_string().escape_debug()),
    }
}

/// A file name may contain anything, including a line break, which would end the comment.
fn source_line(template: &str) -> String {
    format!("# source: templates/{}\n", template.escape_debug())
}

fn emit(header: &str, node: &Node) -> Vec<u8> {
    let mut text = String::with_capacity(512);
    text.push_str(header);
    yaml::write(node, &mut text);
    text.shrink_to_fit();
    text.into_bytes()
}

/// The path of each object, in order. Objects that would share a path get their namespace in it, and if that is not
/// enough their group.
pub fn paths(rendered: &Rendered) -> Vec<String> {
    let folder = |object: &Object| rendered.templates[object.template as usize].folder().to_string();
    let forms: [fn(&Object) -> String; 3] = [
        |object| stem(&[&object.id.kind, &object.id.name]),
        |object| stem(&[&object.id.kind, &object.id.name, &object.id.namespace]),
        |object| stem(&[&format!("{}.{}", object.id.kind, object.id.group), &object.id.name, &object.id.namespace]),
    ];
    let objects = &rendered.objects;
    let mut paths: Vec<String> = objects.iter().map(|object| folder(object) + &forms[0](object)).collect();
    for form in &forms[1..] {
        let mut count: HashMap<&str, u32> = HashMap::with_capacity(paths.len());
        for path in &paths {
            *count.entry(path).or_default() += 1;
        }
        let crowded: Vec<usize> = (0..paths.len()).filter(|index| count[paths[*index].as_str()] > 1).collect();
        for index in crowded {
            paths[index] = folder(&objects[index]) + &form(&objects[index]);
        }
    }
    paths
}

fn stem(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    let safe =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c.to_ascii_lowercase() } else { '-' };
    let mut name: String = parts.join("-").chars().map(safe).collect();
    if name.len() > LONGEST_NAME {
        let digest = digest::sha256(name.as_bytes());
        name.truncate(LONGEST_NAME);
        name.push_str(&format!("-{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]));
    }
    name + ".yaml"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain_and_short() {
        assert_eq!(stem(&["ClusterRole", "system:x", ""]), "clusterrole-system-x.yaml");
        assert_eq!(stem(&["../a", "b\n한"]), "..-a-b--.yaml");
        let (one, two) = ("a".repeat(252) + "b", "a".repeat(252) + "c");
        assert_ne!(stem(&["x", &one]), stem(&["x", &two]));
        assert!(stem(&["x", &one]).len() < 220);
    }

    #[test]
    fn headers_are_never_split_over_lines() {
        for hostile in ["a\nkind: x", "a\r\nb", "a\u{2028}b", "a\u{85}b", "\0"] {
            let text = header(hostile, Some(hostile));
            assert_eq!(text.lines().count(), 3, "{text:?}");
            assert!(!text.contains(['\u{2028}', '\u{85}', '\r', '\0']), "{text:?}");
        }
    }
}
