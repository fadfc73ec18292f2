//! Reads texts as objects, and lays objects out in files.
//!
//! In: the output of the templates. Out: [`Object`]s with their identity, plain YAML documents (Helm values) and plain
//! texts (INSTALL.md). Reports invalid YAML at the template's line, and duplicate objects.

mod id;
mod layout;
pub mod operator;
mod printed;
mod sealed;
mod stage;
mod verbatim;

pub use id::Id;

pub(crate) use id::unwrap_list;
pub use layout::is_manifest;
pub use layout::kustomization;
pub use layout::lay_out;
pub(crate) use layout::lines_above_object;
pub(crate) use layout::lines_above_plain;
pub use layout::paths;
pub(crate) use layout::source_beginning;
pub use sealed::check as check_sealed;
pub use stage::Stage;
pub use stage::number as stage_number;
pub use stage::order;
pub use verbatim::check as check_verbatim;

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::source::Place;
use crate::source::Span;
use crate::template;
use crate::template::Engine;
use crate::template::Text;
use crate::yaml::Node;
use printed::Printed;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// One Kubernetes object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its identity.
    pub id: Id,
    /// Its content.
    pub node: Node,
    /// The template that printed it; an index into [`Rendered::templates`].
    pub template: u32,
    /// Where in the template's output it begins, in bytes; [`Engine::locate`] turns it into the template's line.
    pub offset: u32,
}

/// A file that is not an object.
#[derive(Clone, Debug)]
pub struct Plain {
    /// Path in the output.
    pub path: String,
    /// Its content.
    pub content: Content,
}

/// The content of a [`Plain`] file.
#[derive(Clone, Debug)]
pub enum Content {
    /// YAML, such as Helm values, with the chart that the values are for.
    Yaml(Node, Option<String>),
    /// Anything else.
    Text(String),
}

/// Everything that the templates produced.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// Paths of the templates that printed something.
    pub templates: Vec<String>,
    /// The objects, in the order of templates and of documents within them.
    pub objects: Vec<Object>,
    /// Everything else.
    pub plain: Vec<Plain>,
}

/// The folder of the templates that print objects.
pub const MANIFESTS: &str = "manifests/";

/// The folder of the templates that print objects for Argo CD and Flux, which are rendered when everything else is.
pub const GITOPS: &str = template::LAST;

/// Reads the output of the templates.
pub fn parse(texts: Vec<Text>, engine: &Engine<'_>, found: &mut Findings) -> Rendered {
    let mut rendered = Rendered::default();
    parse_more(texts, engine, &mut rendered, found);
    rendered
}

/// Adds the output of further templates.
pub fn parse_more(texts: Vec<Text>, engine: &Engine<'_>, rendered: &mut Rendered, found: &mut Findings) {
    for text in texts {
        let _at = engine.at(&text.template);
        let index = rendered.templates.len() as u32;
        rendered.templates.push(text.template.clone());
        if !template::is_yaml(&text.template) {
            rendered.plain.push(Plain { path: text.template, content: Content::Text(text.text.to_string()) });
            continue;
        }
        let printed = Printed::read(text, engine, found);
        if prints_objects(&printed.text.template) {
            objects_of(printed, index, rendered, found);
        } else {
            plain_of(printed, rendered, found);
        }
    }
    report_twins(rendered, engine, found);
}

/// Whether a template prints objects, of which each gets a file. A kustomization.yaml looks like one, but is none.
fn prints_objects(template: &str) -> bool {
    template.starts_with(MANIFESTS)
        || template.starts_with(GITOPS) && template.rsplit('/').next() != Some("kustomization.yaml")
}

fn objects_of(mut printed: Printed<'_>, template: u32, rendered: &mut Rendered, found: &mut Findings) {
    let mut problems = Vec::new();
    for document in std::mem::take(&mut printed.documents) {
        let offset = document.node.span.start;
        for node in unwrap_list(document.node) {
            match Id::of(&node) {
                Ok(id) => rendered.objects.push(Object { id, node, template, offset }),
                Err(list) => {
                    let at = |span: Option<Span>| span.map_or(offset, |span| span.start) as usize;
                    problems.extend(list.into_iter().map(|problem| (at(problem.span), problem)));
                }
            }
        }
    }
    if problems.is_empty() {
        return;
    }
    let offsets: Vec<usize> = problems.iter().map(|(at, _)| *at).collect();
    for ((_, problem), place) in problems.into_iter().zip(printed.template_places(&offsets)) {
        found.push(Finding::error(problem.rule, problem.message).at(place).help(problem.help));
    }
}

fn plain_of(mut printed: Printed<'_>, rendered: &mut Rendered, found: &mut Findings) {
    let mut documents = std::mem::take(&mut printed.documents).into_iter();
    let (first, second) = (documents.next(), documents.next());
    if let Some(second) = second {
        let place = printed.template_places(&[second.node.span.start as usize]).pop().flatten();
        let message = "a file outside `manifests/` must be a single document, but this template prints several";
        found.push(
            Finding::error(ids::SEVERAL_DOCUMENTS, message)
                .at(place)
                .help("print one, or move the template under `manifests/`"),
        );
    }
    if let Some(document) = first {
        let Text { template, chart, .. } = printed.text;
        rendered.plain.push(Plain { path: template, content: Content::Yaml(document.node, chart) });
    }
}

/// Reports duplicate objects, which would overwrite each other in the cluster.
fn report_twins(rendered: &Rendered, engine: &Engine<'_>, found: &mut Findings) {
    let mut seen: HashMap<&Id, &Object> = HashMap::with_capacity(rendered.objects.len());
    let mut twins: Vec<(&Object, &Object)> = Vec::new();
    for object in &rendered.objects {
        match seen.entry(&object.id) {
            Entry::Occupied(first) => twins.push((object, *first.get())),
            Entry::Vacant(free) => {
                free.insert(object);
            }
        }
    }
    // Finding places costs a render of the template, so each template is asked once for all of its places.
    let mut offsets: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for object in twins.iter().flat_map(|(object, first)| [*object, *first]) {
        offsets.entry(object.template).or_default().push(object.offset as usize);
    }
    let mut places: HashMap<(u32, usize), Option<Place>> = HashMap::new();
    for (template, offsets) in offsets {
        let located = engine.locate(&rendered.templates[template as usize], &offsets);
        places.extend(offsets.iter().map(|offset| (template, *offset)).zip(located));
    }
    let place = |object: &Object| places.get(&(object.template, object.offset as usize)).cloned().flatten();
    for (object, first) in twins {
        let finding =
            Finding::error(ids::DUPLICATE_OBJECT, format!("{} is rendered twice", object.id)).at(place(object));
        found.push(finding.note("first here", place(first)).help("rename or remove one of them"));
    }
}
