//! Model to text. Templates see the model and nothing else: no disk, environment, clock or network.
//!
//! In: the template files and the model. Out: a [`Text`] for each template that printed something, with the values
//! still in its [`Holes`]. Never parses what it printed; `object` does.

mod bounds;
mod context;
mod error;
mod filters;
mod holes;

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
use crate::yaml::Node;
use minijinja::AutoEscape;
use minijinja::Environment;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::OutputSpan;
use minijinja::UndefinedBehavior;
use minijinja::Value;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// Steps one template may take, each also good for 64 bytes of text (minijinja `vm/fuel.rs`): a second of looping, more
/// than 100,000 services need, and less text than would exhaust a machine.
pub(crate) const FUEL: u64 = 20_000_000;

/// How deep includes and macros may call each other.
const RECURSION: usize = 100;

/// The templates of a render: the user's laid over the shipped ones, which `builtin:` still reaches.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// What is rendered, by path; names with `_` in front are partials.
    pub all: Files,
    /// The shipped ones alone.
    pub builtin: Files,
}

/// What one template printed.
pub struct Text {
    /// Path below the template root, which is the path of the output.
    pub template: String,
    /// The text, with markers where values go.
    pub text: Arc<str>,
    /// The values.
    pub holes: Holes,
    /// What `{% set chart = "consul 0.46.1" %}` said: the chart that a values file is for.
    pub chart: Option<String>,
}

/// The compiled templates and the model they see.
pub struct Engine<'a> {
    templates: &'a Templates,
    context: Value,
    names: Vec<&'a str>,
    /// Starts the holes of all templates.
    marker: char,
    /// Whether there is enough to do for two threads to be worth a second set of compiled templates.
    large: bool,
    /// Whether some template is nested so deep that only a thread with a large stack can read it.
    deep: bool,
    /// What is too large or too deep in the sources to be read at all.
    refused: Vec<Finding>,
    printer: Printer,
    places: Mutex<Places>,
    _running: running::Render,
}

/// What [`Engine::locate`] made to find places, kept because each mistake asks anew.
#[derive(Default)]
struct Places {
    printed: HashMap<String, Option<Arc<Printed>>>,
    sources: Sources,
    ids: HashMap<String, SourceId>,
}

/// What a template printed, with the way back to what printed it.
struct Printed {
    spans: Vec<OutputSpan>,
    /// Whether a span is text that is printed as it stands.
    literal: Vec<bool>,
}

/// Compiled templates with the holes that they print into. One thread's own.
struct Printer {
    env: Environment<'static>,
    holes: Holes,
    /// Whether values go into holes (YAML) or straight into the text (everything else).
    into_holes: Arc<AtomicBool>,
    /// How many services the model has.
    services: usize,
}

/// How many services make a render large.
const LARGE: usize = 5_000;

impl<'a> Engine<'a> {
    /// Prepares `templates` for a model. `values` is where the strings of the model come from: the character that marks
    /// holes is one that none of them has.
    pub fn new(templates: &'a Templates, model: &Model, values: &Node) -> Engine<'a> {
        let free =
            |c: &char| !filters::contains(values, *c) && templates.all.iter().all(|(_, file)| !file.text.contains(*c));
        let marker = ('\u{e000}'..='\u{f8ff}').find(free).unwrap_or('\u{f8ff}');
        let names = templates.all.iter().map(|(path, _)| path).filter(|path| !is_partial(path)).collect();
        let services = model.services.len();
        let (mut deep, mut refused) = (false, Vec::new());
        // The shipped ones are as they should be.
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
            marker,
            large: services > LARGE,
            deep,
            refused,
            printer: Printer::new(templates, marker, services),
            places: Mutex::default(),
            _running: running::render(services),
        }
    }

    /// Runs every template, in the order of their paths. Reports all that fail.
    pub fn render(&self, found: &mut Findings) -> Vec<Text> {
        if !self.refused.is_empty() {
            self.refused.iter().for_each(|finding| found.push(finding.clone()));
            return Vec::new();
        }
        let results = match self.deep {
            true => on_large_stack(|| self.print(&self.printer, &self.names)),
            false => Ok(self.print_all()),
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

    fn print_all(&self) -> Vec<Result<Option<Text>, Box<Finding>>> {
        if !self.large {
            return self.print(&self.printer, &self.names);
        }
        let share = self.names.len().div_ceil(rayon::current_num_threads());
        let shares = self.names.par_chunks(share.max(1));
        let printer = || Printer::new(self.templates, self.marker, self.printer.services);
        shares.flat_map_iter(|names| self.print(&printer(), names)).collect()
    }

    fn print(&self, printer: &Printer, names: &[&str]) -> Vec<Result<Option<Text>, Box<Finding>>> {
        let print = |name: &&str| {
            let _at = self.at(name);
            let printed = printer.print(name, &self.context);
            // Here, since an error holds values, which may hurt when they are dropped.
            printed.map_err(|error| Box::new(error::to_finding(self.templates, &self.context, &error)))
        };
        names.iter().map(print).collect()
    }

    /// Notes that this thread is at a template until the value ends.
    pub(crate) fn at(&self, name: &str) -> Option<running::At> {
        self.templates.file(name).map(|file| running::at(&file.name))
    }

    /// Where in the templates the bytes at each of `offsets` of what `name` printed come from. Renders once more, with
    /// spans, the first time that somebody asks, so that only mistakes pay for it.
    pub fn locate(&self, name: &str, offsets: &[usize]) -> Vec<Option<Place>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let Places { printed, sources, ids } = &mut *places;
        let printed = match printed.get(name) {
            Some(printed) => printed,
            None => printed.entry(name.to_string()).or_insert_with(|| self.printed(name).map(Arc::new)),
        };
        let Some(printed) = printed else { return vec![None; offsets.len()] };
        let mut place = |offset: &usize| {
            let index = printed.spans.partition_point(|span| span.output_range().end <= *offset);
            let index = index.min(printed.spans.len().checked_sub(1)?);
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
            // Text is printed as it stands, so the offset carries over; an expression is one place.
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

    fn printed(&self, name: &str) -> Option<Printed> {
        let print = || {
            let _at = self.at(name);
            self.printer.print_with_spans(name, &self.context)
        };
        let (output, spans) = match self.deep {
            true => on_large_stack(print).ok()?.ok()?,
            false => print().ok()?,
        };
        let literal = |span: &OutputSpan| {
            let text = self.templates.file(span.name()).and_then(|file| file.text.get(span.source_range()));
            output.get(span.output_range()).zip(text).is_some_and(|(printed, text)| printed == text)
        };
        let literal = spans.iter().map(literal).collect();
        Some(Printed { spans, literal })
    }
}

/// Runs `work` where [`bounds`] are sure to fit. Err: the system gives no thread.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Finding> {
    let thread = std::thread::Builder::new().name("templates".to_string()).stack_size(bounds::STACK);
    std::thread::scope(|scope| match thread.spawn_scoped(scope, work) {
        Ok(thread) => Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        Err(error) => {
            let message = format!("cannot start the thread that deeply nested templates need: {error}");
            Err(Finding::error(ids::NO_THREAD, message)
                .help("allow this user more threads or memory (`ulimit -u`, `ulimit -v`)"))
        }
    })
}

impl Printer {
    fn new(templates: &Templates, marker: char, services: usize) -> Printer {
        let holes = Holes::new(marker, services);
        let into_holes = Arc::new(AtomicBool::new(true));
        let env = environment(templates, &holes, &into_holes);
        Printer { env, holes, into_holes, services }
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

    fn print_with_spans(&self, name: &str, context: &Value) -> Result<(String, Vec<OutputSpan>), Error> {
        self.into_holes.store(is_yaml(name), Ordering::Relaxed);
        let printed = self.env.get_template(name).and_then(|template| template.render_with_spans(context.clone()));
        self.holes.take();
        printed
    }
}

/// What the top of the output keeps for files that are made of the others, and kustomize's other names for one of them.
const RESERVED: [&str; 4] = ["kustomization.yaml", "kustomization.yml", "Kustomization", "render.sha256"];

impl Templates {
    /// Reports templates whose output would take the place of a file that this program makes itself.
    pub fn check_names(&self, found: &mut Findings) {
        for (path, file) in self.all.iter() {
            let top = path.split('/').next().unwrap_or_default();
            // A folder is in the way of a file only where it has its name.
            let taken = |name: &str| name.eq_ignore_ascii_case(top) && (path == top || name.contains('.'));
            if let Some(name) = RESERVED.iter().find(|name| taken(name)) {
                let message =
                    format!("`{}` cannot be a template: `{name}` is generated from the other files", file.name);
                let help = "rename it; a leading `_` makes it a partial, and objects go under `manifests/`";
                found.push(Finding::error(ids::RESERVED_NAME, message).help(help));
            }
        }
    }

    /// The file that a template name means: a path, or `builtin:` and a path.
    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        match name.strip_prefix("builtin:") {
            Some(path) => self.builtin.get(path),
            None => self.all.get(name),
        }
    }
}

/// Whether what a template prints is YAML.
pub fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json")
}

fn is_partial(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('_'))
}

fn environment(templates: &Templates, holes: &Holes, into_holes: &Arc<AtomicBool>) -> Environment<'static> {
    let mut env = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    env.set_syntax(syntax.build().expect("the default delimiters are valid"));
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_reload(false);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    // Any mode but `None` makes captured text a safe string, which is how the formatter tells it from a value.
    env.set_auto_escape_callback(|_| AutoEscape::Custom(Cow::Borrowed("holes")));
    let shared = templates.clone();
    env.set_loader(move |name| Ok(shared.file(name).map(|file| file.text.to_string())));
    env.set_path_join_callback(join);
    let (shared, yaml) = (holes.clone(), into_holes.clone());
    env.set_formatter(move |out, _, value| {
        if value.is_safe() || value.is_undefined() {
            return out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from);
        }
        if yaml.load(Ordering::Relaxed) {
            return out.write_str(&shared.push(value)).map_err(Error::from);
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
            // More `..` than folders stays a name that no template has.
            ".." if parts.pop().is_none() => return Cow::Borrowed(name),
            ".." => {}
            part => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}
