//! Renders the model as text. Templates see only the model: no disk, environment, clock or network.
//!
//! In: the template files and the model. Out: a [`Text`] for each template that printed something, with the values
//! still in its [`Holes`]. The output is not parsed here, but in `object`.

mod bounds;
pub(crate) mod context;
mod error;
mod filters;
mod holes;
mod origin;

pub use holes::Holes;

use crate::files::File;
use crate::files::Files;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Model;
use crate::running;
use crate::source::Place;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::template::origin::Key;
use crate::template::origin::Origins;
use crate::yaml::Node;
use minijinja::AutoEscape;
use minijinja::Environment;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::OutputSpan;
use minijinja::UndefinedBehavior;
use minijinja::Value;
use minijinja::context;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::value::ValueKind;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// The maximum number of steps of one template, each also worth 64 bytes of text (minijinja `vm/fuel.rs`): about a
/// second of looping, more than 100,000 services need, and less text than would exhaust a machine.
pub(crate) const FUEL: u64 = 20_000_000;

/// How deeply includes and macros may be nested.
const RECURSION: usize = 100;

/// The folder of the templates that see what the others printed.
pub const LAST: &str = "gitops/";

/// The templates of a render: the user's, which replace shipped ones of the same path. `builtin:` still refers to the
/// shipped ones.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// What is rendered, by path; names that begin with `_` are partials.
    pub all: Files,
    /// Only the shipped ones.
    pub builtin: Files,
}

/// The output of one template.
pub struct Text {
    /// Path below the template root, which is the path of the output.
    pub template: String,
    /// The text, with markers in place of values.
    pub text: Arc<str>,
    /// The values.
    pub holes: Holes,
    /// The value of `{% set chart = "consul 0.46.1" %}`: the chart that a values file is for.
    pub chart: Option<String>,
}

/// The compiled templates and the model they see.
pub struct Engine<'a> {
    templates: &'a Templates,
    context: Value,
    names: Vec<&'a str>,
    /// Those that see what the others printed, and what they see.
    last: Vec<&'a str>,
    last_context: OnceLock<Value>,
    /// The first character of every marker.
    marker: char,
    /// Whether there is enough work to justify a second set of compiled templates for a second thread.
    large: bool,
    /// Whether some template is nested so deeply that it needs a thread with a large stack.
    deep: bool,
    /// Findings about sources that are too large or too deep to be read.
    refused: Vec<Finding>,
    printer: Printer,
    places: Mutex<Places>,
    _running: running::Render,
}

/// What [`Engine::locate`] rendered to find places, cached because it is called for each mistake.
#[derive(Default)]
struct Places {
    printed: HashMap<String, Option<Arc<Printed>>>,
    sources: Sources,
    ids: HashMap<String, SourceId>,
}

/// The output of a template, mapped to the template's source.
struct Printed {
    spans: Vec<OutputSpan>,
    /// The profile key that each span prints.
    keys: Vec<Option<Key>>,
    /// Whether each span is literal text.
    literal: Vec<bool>,
}

/// Compiled templates with the holes that they print into. Used by a single thread.
struct Printer {
    env: Environment<'static>,
    holes: Holes,
    /// Whether values go into holes (YAML) or directly into the text (everything else).
    into_holes: Arc<AtomicBool>,
    origins: Origins,
    /// The number of services in the model.
    services: usize,
}

/// From how many services on a render is large.
const LARGE: usize = 5_000;

impl<'a> Engine<'a> {
    /// Prepares `templates` for a model. `values` contains all strings of the model: the character for markers is one
    /// that occurs in none of them.
    pub fn new(templates: &'a Templates, model: &Model, values: &Node) -> Engine<'a> {
        let free =
            |c: &char| !filters::contains(values, *c) && templates.all.iter().all(|(_, file)| !file.text.contains(*c));
        let marker = ('\u{e000}'..='\u{f8ff}').find(free).unwrap_or('\u{f8ff}');
        let names = templates.all.iter().map(|(path, _)| path).filter(|path| !is_partial(path));
        let (last, names) = names.partition(|path| path.starts_with(LAST));
        let services = model.services.len();
        let (mut deep, mut refused) = (false, Vec::new());
        // Shipped templates are known to be within the limits.
        let own =
            |(path, file): &(&str, &File)| templates.builtin.get(path).is_none_or(|built| built.text != file.text);
        for (_, file) in templates.all.iter().filter(own) {
            match bounds::needs_stack(file) {
                Ok(stack) => deep |= stack,
                Err(finding) => refused.push(*finding),
            }
        }
        Engine {
            templates,
            context: context::of(model),
            names,
            last,
            last_context: OnceLock::new(),
            marker,
            large: services > LARGE,
            deep,
            refused,
            printer: Printer::new(templates, marker, services),
            places: Mutex::default(),
            _running: running::render(services),
        }
    }

    /// Runs every template except those in [`LAST`], in the order of their paths. Reports all that fail.
    pub fn render(&self, found: &mut Findings) -> Vec<Text> {
        self.run(&self.names, found)
    }

    /// Runs the templates in [`LAST`], which also see `rendered`, a map. Only the first map counts.
    pub fn render_last(&self, rendered: &serde_json::Value, found: &mut Findings) -> Vec<Text> {
        let rendered = Value::from(Serde(rendered));
        self.last_context.get_or_init(|| context! { rendered, ..self.context.clone() });
        self.run(&self.last, found)
    }

    /// What a template sees.
    fn context_of(&self, name: &str) -> &Value {
        match self.last_context.get() {
            Some(context) if name.starts_with(LAST) => context,
            _ => &self.context,
        }
    }

    fn run(&self, names: &[&str], found: &mut Findings) -> Vec<Text> {
        if !self.refused.is_empty() {
            self.refused.iter().for_each(|finding| found.push(finding.clone()));
            return Vec::new();
        }
        let results = match self.deep {
            true => on_large_stack(|| self.print(&self.printer, names)),
            false => Ok(self.print_all(names)),
        };
        let results = match results {
            Ok(results) => results,
            Err(finding) => {
                found.push(finding);
                return Vec::new();
            }
        };
        let mut texts = Vec::new();
        for result in results {
            match result {
                Ok(text) => texts.extend(text),
                Err(finding) => found.push(*finding),
            }
        }
        texts
    }

    /// Shows the templates another state of the model, which [`Engine::render_texts`] and [`Engine::locate`] see.
    pub(crate) fn see(&mut self, model: &Model) {
        self.context = context::of(model);
    }

    /// Runs the templates whose output is not YAML once more. Reports all that fail.
    pub(crate) fn render_texts(&self, found: &mut Findings) -> Vec<Text> {
        let names: Vec<&str> = self.names.iter().copied().filter(|name| !is_yaml(name)).collect();
        let results = match self.deep {
            true => on_large_stack(|| self.print(&self.printer, &names)),
            false => Ok(self.print(&self.printer, &names)),
        };
        let mut texts = Vec::new();
        match results {
            Ok(results) => results.into_iter().for_each(|result| match result {
                Ok(text) => texts.extend(text),
                Err(finding) => found.push(*finding),
            }),
            Err(finding) => found.push(finding),
        }
        texts
    }

    fn print_all(&self, names: &[&str]) -> Vec<Result<Option<Text>, Box<Finding>>> {
        if !self.large {
            return self.print(&self.printer, names);
        }
        let share = names.len().div_ceil(rayon::current_num_threads());
        let shares = names.par_chunks(share.max(1));
        let printer = || Printer::new(self.templates, self.marker, self.printer.services);
        shares.flat_map_iter(|names| self.print(&printer(), names)).collect()
    }

    fn print(&self, printer: &Printer, names: &[&str]) -> Vec<Result<Option<Text>, Box<Finding>>> {
        let print = |name: &&str| {
            let _at = self.at(name);
            let context = self.context_of(name);
            let printed = printer.print(name, context);
            // Converted here, because an error holds values, and dropping them may need a deep stack.
            printed.map_err(|error| Box::new(error::to_finding(self.templates, context, &error)))
        };
        names.iter().map(print).collect()
    }

    /// Records that this thread is working on a template until the returned value is dropped.
    pub(crate) fn at(&self, name: &str) -> Option<running::At> {
        self.templates.file(name).map(|file| running::at(&file.name))
    }

    /// The places in the templates that printed the bytes at `offsets` of the output of `name`. Renders once more, with
    /// spans, on the first call, so that only mistakes pay for it.
    pub fn locate(&self, name: &str, offsets: &[usize]) -> Vec<Option<Place>> {
        let Some(printed) = self.printed_once(name) else { return vec![None; offsets.len()] };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let Places { sources, ids, .. } = &mut *places;
        let mut place = |offset: &usize| {
            let index = printed.index(*offset)?;
            let span = &printed.spans[index];
            let file = self.templates.file(span.name())?;
            let source = match ids.get(span.name()) {
                Some(source) => *source,
                None => {
                    let source = sources.add(Arc::clone(&file.name), Arc::clone(&file.text));
                    *ids.entry(span.name().to_string()).or_insert(source)
                }
            };
            let inside = offset.min(&span.output_range().end).saturating_sub(span.output_range().start);
            let range = span.source_range();
            // Literal text is printed unchanged, so the offset carries over; an expression is a single place.
            let (start, end) = if printed.literal[index] {
                let start = range.start + inside;
                let rest = file.text.get(start..range.end).unwrap_or_default();
                (start, rest.find('\n').map_or(range.end, |length| start + length))
            } else {
                (range.start, range.end)
            };
            sources.place(Span::new(source, start, end))
        };
        offsets.iter().map(&mut place).collect()
    }

    /// The profile key whose value is at byte `offset` of the output of `name`. As expensive as [`Engine::locate`].
    pub(crate) fn key(&self, name: &str, offset: usize) -> Option<Key> {
        let printed = self.printed_once(name)?;
        printed.keys[printed.index(offset)?].clone()
    }

    fn printed_once(&self, name: &str) -> Option<Arc<Printed>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(printed) = places.printed.get(name) {
            return printed.clone();
        }
        places.printed.entry(name.to_string()).or_insert_with(|| self.printed(name).map(Arc::new)).clone()
    }

    fn printed(&self, name: &str) -> Option<Printed> {
        let print = || {
            let _at = self.at(name);
            let texts = self.templates.all.iter().chain(self.templates.builtin.iter()).map(|(_, file)| &*file.text);
            self.printer.print_with_spans(name, self.context_of(name), texts)
        };
        let (output, spans, known) = match self.deep {
            true => on_large_stack(print).ok()?.ok()?,
            false => print().ok()?,
        };
        let literal = |span: &OutputSpan| {
            let text = self.templates.file(span.name()).and_then(|file| file.text.get(span.source_range()));
            output.get(span.output_range()).zip(text).is_some_and(|(printed, text)| printed == text)
        };
        let literal = spans.iter().map(literal).collect();
        let key = |span: &OutputSpan| {
            let text = self.templates.file(span.name())?.text.get(span.source_range())?;
            known.key(text, output.get(span.output_range())?)
        };
        let keys = spans.iter().map(key).collect();
        Some(Printed { spans, keys, literal })
    }
}

impl Printed {
    /// The span that contains the byte at `offset`, or the last one.
    fn index(&self, offset: usize) -> Option<usize> {
        let index = self.spans.partition_point(|span| span.output_range().end <= offset);
        Some(index.min(self.spans.len().checked_sub(1)?))
    }
}

/// Runs `work` on a stack that is large enough for [`bounds`]. Err: no thread could be started.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Finding> {
    let thread = std::thread::Builder::new().name("templates".to_string()).stack_size(bounds::STACK);
    std::thread::scope(|scope| match thread.spawn_scoped(scope, work) {
        Ok(thread) => Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        Err(error) => {
            let message = format!("cannot start the thread that templates nested this deep need: {error}");
            Err(Finding::error(ids::NO_THREAD, message)
                .help("allow this user more threads or memory (`ulimit -u`, `ulimit -v`)"))
        }
    })
}

impl Printer {
    fn new(templates: &Templates, marker: char, services: usize) -> Printer {
        let holes = Holes::new(marker, services);
        let into_holes = Arc::new(AtomicBool::new(true));
        let origins = Origins::default();
        let env = environment(templates, &holes, &into_holes, &origins);
        Printer { env, holes, into_holes, origins, services }
    }

    fn print(&self, name: &str, context: &Value) -> Result<Option<Text>, Error> {
        self.into_holes.store(is_yaml(name), Ordering::Relaxed);
        let captured = self.env.get_template(name).and_then(|template| template.render_captured(context.clone()));
        let holes = self.holes.take();
        let captured = captured?;
        let chart = captured.state().lookup("chart").filter(|value| value.kind() == ValueKind::String);
        let chart = chart.and_then(|value| holes.resolve(value.as_str().unwrap_or_default()).ok());
        let text = captured.into_output();
        if text.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(Text { template: name.to_string(), text: text.into(), holes, chart }))
    }

    fn print_with_spans<'t>(
        &self,
        name: &str,
        context: &Value,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<(String, Vec<OutputSpan>, origin::Known), Error> {
        self.into_holes.store(is_yaml(name), Ordering::Relaxed);
        self.origins.begin(texts);
        let printed = self.env.get_template(name).and_then(|template| template.render_with_spans(context.clone()));
        self.holes.take();
        let known = self.origins.end();
        printed.map(|(output, spans)| (output, spans, known))
    }
}

/// Names at the top of the output for files made from the others, with kustomize's alternative names.
const RESERVED: [&str; 4] = ["kustomization.yaml", "kustomization.yml", "Kustomization", "render.sha256"];

impl Templates {
    /// Reports templates whose output would replace a file that this program makes itself.
    pub fn check_names(&self, found: &mut Findings) {
        for (path, file) in self.all.iter() {
            let top = path.split('/').next().unwrap_or_default();
            // A folder conflicts with a file only if it has the same name.
            let taken = |name: &str| name.eq_ignore_ascii_case(top) && (path == top || name.contains('.'));
            if let Some(name) = RESERVED.iter().find(|name| taken(name)) {
                let message =
                    format!("`{}` cannot be a template: meshtrace generates `{name}` from the other files", file.name);
                let help = "rename it; a leading `_` makes it a partial, and objects go under `manifests/`";
                found.push(Finding::error(ids::RESERVED_NAME, message).help(help));
            }
        }
    }

    /// The file that a template name refers to: a path, or `builtin:` and a path.
    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        match name.strip_prefix("builtin:") {
            Some(path) => self.builtin.get(path),
            None => self.all.get(name),
        }
    }
}

/// Whether the output of a template is YAML.
pub fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json")
}

fn is_partial(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('_'))
}

fn environment(
    templates: &Templates,
    holes: &Holes,
    into_holes: &Arc<AtomicBool>,
    origins: &Origins,
) -> Environment<'static> {
    let mut env = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    env.set_syntax(syntax.build().expect("the default delimiters are valid"));
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_reload(false);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    // Any mode except `None` makes captured text a safe string, by which the formatter distinguishes it from a value.
    env.set_auto_escape_callback(|_| AutoEscape::Custom(Cow::Borrowed("holes")));
    let shared = templates.clone();
    env.set_loader(move |name| Ok(shared.file(name).map(|file| file.text.to_string())));
    env.set_path_join_callback(join);
    let (shared, yaml, origins) = (holes.clone(), into_holes.clone(), origins.clone());
    env.set_formatter(move |out, state, value| {
        if value.is_safe() || value.is_undefined() {
            return out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from);
        }
        if yaml.load(Ordering::Relaxed) {
            let marker = shared.push(value);
            origins.note(&marker, state);
            return out.write_str(&marker).map_err(Error::from);
        }
        match value.kind() {
            ValueKind::String => out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from),
            ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" }).map_err(Error::from),
            ValueKind::Number => out.write_str(&value.to_string()).map_err(Error::from),
            kind => Err(Error::new(ErrorKind::InvalidOperation, format!("{kind} cannot be printed as text"))),
        }
    });
    filters::register(&mut env, holes);
    env
}

/// `./x` and `../x` are relative to the template that names them; anything else to the template root.
fn join<'s>(name: &'s str, parent: &'s str) -> Cow<'s, str> {
    if !name.starts_with("./") && !name.starts_with("../") {
        return Cow::Borrowed(name);
    }
    let mut parts: Vec<&str> = parent.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            // A path with too many `..` is kept unchanged, and no template has such a name.
            ".." if parts.pop().is_none() => return Cow::Borrowed(name),
            ".." => {}
            part => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}
