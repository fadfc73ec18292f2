//! Text to objects, and objects to files.
//!
//! In: what the templates printed. Out: [`Object`]s with their identity, plain YAML documents (Helm values) and plain
//! texts (INSTALL.md). Reports YAML that a template got wrong at the template's line, and two objects of one identity.

mod id;
mod layout;
mod printed;

pub use id::Id;

pub(crate) use id::unwrap_list;
pub use layout::is_manifest;
pub use layout::kustomization;
pub use layout::lay_out;
pub use layout::paths;

use crate::finding::Finding;
use crate::finding::Findings;
use crate::template;
use crate::template::Engine;
use crate::template::Text;
use crate::yaml::Node;
use printed::Printed;
use std::collections::HashMap;

/// One Kubernetes object.
#[derive(Clone, Debug)]
pub struct Object {
    /// What makes it this one and no other.
    pub id: Id,
    /// Its content.
    pub node: Node,
    /// The template that printed it; an index into [`Rendered::templates`].
    pub template: u32,
    /// Where in the template's output it begins, in bytes; [`Engine::locate`] finds the template's line from it.
    pub offset: u32,
}

/// A file that holds no object.
#[derive(Clone, Debug)]
pub struct Plain {
    /// Path in the output.
    pub path: String,
    /// What it holds.
    pub content: Content,
}

/// The content of a [`Plain`] file.
#[derive(Clone, Debug)]
pub enum Content {
    /// YAML, such as Helm values, with the chart they are for.
    Yaml(Node, Option<String>),
    /// Anything else.
    Text(String),
}

/// All that the templates made.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// Paths of the templates that printed something.
    pub templates: Vec<String>,
    /// The objects, in the order of templates and of documents within them.
    pub objects: Vec<Object>,
    /// Everything else.
    pub plain: Vec<Plain>,
}

/// The folder whose templates print objects.
pub const MANIFESTS: &str = "manifests/";

/// Reads what the templates printed.
pub fn parse(texts: Vec<Text>, engine: &Engine<'_>, found: &mut Findings) -> Rendered {
    let mut rendered = Rendered::default();
    for text in texts {
        let index = rendered.templates.len() as u32;
        rendered.templates.push(text.template.clone());
        if !template::is_yaml(&text.template) {
            rendered.plain.push(Plain { path: text.template, content: Content::Text(text.text.to_string()) });
            continue;
        }
        let printed = Printed::read(text, engine, found);
        if printed.text.template.starts_with(MANIFESTS) {
            objects_of(printed, index, &mut rendered, found);
        } else {
            plain_of(printed, &mut rendered, found);
        }
    }
    report_twins(&rendered, engine, found);
    rendered
}

fn objects_of(mut printed: Printed<'_>, template: u32, rendered: &mut Rendered, found: &mut Findings) {
    for document in std::mem::take(&mut printed.documents) {
        let offset = document.node.span.start;
        for node in unwrap_list(document.node) {
            match Id::of(&node) {
                Ok(id) => rendered.objects.push(Object { id, node, template, offset }),
                Err(problems) => {
                    for problem in problems {
                        let at = problem.span.map_or(offset, |span| span.start) as usize;
                        let finding = Finding::error(problem.rule, problem.message).at(printed.template_place(at));
                        found.push(finding.help(problem.help));
                    }
                }
            }
        }
    }
}

fn plain_of(mut printed: Printed<'_>, rendered: &mut Rendered, found: &mut Findings) {
    let mut documents = std::mem::take(&mut printed.documents).into_iter();
    let (first, second) = (documents.next(), documents.next());
    if let Some(second) = second {
        let place = printed.template_place(second.node.span.start as usize);
        let message = "a file outside `manifests/` holds one document, this prints several";
        found.push(
            Finding::error("several-documents", message)
                .at(place)
                .help("print one, or move the template below manifests/"),
        );
    }
    if let Some(document) = first {
        let Text { template, chart, .. } = printed.text;
        rendered.plain.push(Plain { path: template, content: Content::Yaml(document.node, chart) });
    }
}

/// Two objects of one identity would overwrite each other in the cluster.
fn report_twins(rendered: &Rendered, engine: &Engine<'_>, found: &mut Findings) {
    let mut seen: HashMap<&Id, &Object> = HashMap::with_capacity(rendered.objects.len());
    for object in &rendered.objects {
        let Some(first) = seen.insert(&object.id, object) else { continue };
        let place = |object: &Object| {
            let name = &rendered.templates[object.template as usize];
            engine.locate(name, &[object.offset as usize]).pop().flatten()
        };
        let message = format!("{} is rendered twice", object.id);
        let finding = Finding::error("duplicate-object", message).at(place(object)).note("first here", place(first));
        found.push(finding.help("give one of them another name, or take one away"));
    }
}
