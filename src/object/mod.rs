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
pub(crate) use sealed::SEALED;
pub use sealed::check as check_sealed;
pub(crate) use sealed::sops;
pub use stage::Stage;
pub use stage::number as stage_number;
pub use stage::order;
pub use verbatim::check as check_verbatim;

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::source::Place;
use crate::source::Span;
use crate::stack::kube;
use crate::template;
use crate::template::Engine;
use crate::template::Text;
use crate::yaml::Node;
use printed::Printed;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

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

/// What printed objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printer {
    /// A template, by its path, whose folder is that of the objects.
    Template(String),
    /// A Helm chart.
    Chart {
        /// The folder of the objects, which ends with `/`.
        folder: String,
        /// The path of the chart in the project.
        chart: String,
        /// The chart's template, such as `web/templates/service.yaml`.
        template: String,
    },
}

impl Printer {
    /// The path of the template; `None` for a chart.
    pub(crate) fn template(&self) -> Option<&str> {
        match self {
            Printer::Template(path) => Some(path),
            Printer::Chart { .. } => None,
        }
    }

    /// The folder of its objects: empty, or ending with `/`.
    pub(crate) fn folder(&self) -> &str {
        match self {
            Printer::Template(path) => path.rfind('/').map_or("", |at| &path[..=at]),
            Printer::Chart { folder, .. } => folder,
        }
    }

    /// The places that printed the bytes at `offsets`; those of a chart are in no text of ours.
    pub(crate) fn locate(&self, engine: &Engine<'_>, offsets: &[usize]) -> Vec<Option<Place>> {
        match self {
            Printer::Template(path) => engine.locate(path, offsets),
            Printer::Chart { .. } => vec![None; offsets.len()],
        }
    }
}

impl fmt::Display for Printer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Printer::Template(path) => write!(formatter, "templates/{path}"),
            Printer::Chart { chart, template, .. } => write!(formatter, "{chart}: {template}"),
        }
    }
}

/// Everything that the templates produced.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The templates that printed something.
    pub templates: Vec<Printer>,
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
        rendered.templates.push(Printer::Template(text.template.clone()));
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

/// Puts new texts in place of those of the same templates.
pub(crate) fn replace_texts(rendered: &mut Rendered, texts: Vec<Text>) {
    for text in texts {
        let content = Content::Text(text.text.to_string());
        match rendered.plain.iter_mut().find(|plain| plain.path == text.template) {
            Some(plain) => plain.content = content,
            None => rendered.plain.push(Plain { path: text.template, content }),
        }
    }
}

/// The folder of the objects that charts print.
pub const CHARTS: &str = "manifests/30-charts/";

/// The folder of the definitions among them, which is applied first.
pub const DEFINITIONS: &str = "00-crds/";

/// Adds the objects of charts, which are not among those of templates. Reports duplicates.
pub fn add_charts(rendered: &mut Rendered, objects: Vec<(Id, Node, Printer)>, found: &mut Findings) {
    let mut seen: HashMap<Id, u32> = rendered.objects.iter().map(|one| (one.id.clone(), one.template)).collect();
    let mut printers: HashMap<String, u32> = HashMap::new();
    for (id, node, printer) in objects {
        if let Some(first) = seen.get(&id) {
            let first = &rendered.templates[*first as usize];
            let message = format!("{id} is rendered by `{printer}` and by `{first}`");
            let help = match &*id.group == kube::API_EXTENSIONS {
                true => {
                    "leave it out of one of them: by a value of the chart, or with `crds: skip` if it is in its folder `crds`"
                }
                false => "leave it out of one of them, by a value of the chart or with a template of your own",
            };
            found.push(Finding::error(ids::DUPLICATE_OBJECT, message).help(help));
            continue;
        }
        let next = rendered.templates.len() as u32;
        let template = *printers.entry(format!("{}{printer}", printer.folder())).or_insert(next);
        if template == next {
            rendered.templates.push(printer);
        }
        seen.insert(id.clone(), template);
        rendered.objects.push(Object { id, node, template, offset: 0 });
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
        let located = rendered.templates[template as usize].locate(engine, &offsets);
        places.extend(offsets.iter().map(|offset| (template, *offset)).zip(located));
    }
    let place = |object: &Object| places.get(&(object.template, object.offset as usize)).cloned().flatten();
    for (object, first) in twins {
        let finding =
            Finding::error(ids::DUPLICATE_OBJECT, format!("{} is rendered twice", object.id)).at(place(object));
        found.push(finding.note("first here", place(first)).help("rename or remove one of them"));
    }
}
