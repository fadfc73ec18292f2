//! From changes of files to plans that the editor carries out.

use crate::check::report::fix::Anchor;
use crate::check::report::fix::FileChange;
use crate::check::report::fix::FileEdit;
use crate::check::report::fix::Fix;
use crate::edit;
use crate::edit::Change;
use crate::edit::Edit;
use crate::edit::Inside;
use crate::edit::Plan;
use crate::finding::Findings;
use crate::pointer;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Document;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;

/// Why something cannot be edited, to be read after a colon.
pub(crate) type Why = String;

/// What changes in a text: bytes, and what stands there afterwards.
pub(crate) type Splices = Vec<(Range<usize>, String)>;

/// The texts to be edited, each read once.
pub(crate) struct Editing<'s> {
    sources: &'s Sources,
    opened: HashMap<SourceId, Opened>,
}

/// A step from the value around: the number of a document, or a key or number as a step of a pointer.
enum Step {
    Document(usize),
    Below(u32, Box<str>),
}

/// A text that was read, and where what stands at a byte is in it.
struct Opened {
    documents: Vec<Document>,
    steps: Vec<Step>,
    keys: HashMap<u32, u32>,
    roots: HashMap<u32, u32>,
}

impl Opened {
    fn read(sources: &Sources, source: SourceId) -> Result<Opened, Why> {
        let mut found = Findings::default();
        let documents = yaml::read(sources, source, &mut found);
        if found.errors() > 0 {
            return Err("the file has errors".to_owned());
        }
        let (mut steps, mut keys, mut roots) = (Vec::new(), HashMap::new(), HashMap::new());
        for (number, document) in documents.iter().enumerate() {
            let at = push(&mut steps, Step::Document(number));
            roots.entry(document.node.span.start).or_insert(at);
            index(&document.node, at, &mut steps, &mut keys, &mut roots);
        }
        Ok(Opened { documents, steps, keys, roots })
    }

    /// The number of the document, and the pointer there.
    fn find(&self, anchor: Anchor) -> Option<(usize, String)> {
        let mut at = *match anchor {
            Anchor::Key(span) => self.keys.get(&span.start)?,
            Anchor::Root(span) => self.roots.get(&span.start)?,
        };
        let mut way: Vec<&str> = Vec::new();
        loop {
            match &self.steps[at as usize] {
                Step::Document(number) => {
                    let mut pointer = String::new();
                    way.iter().rev().for_each(|step| pointer::push(&mut pointer, step));
                    return Some((*number, pointer));
                }
                Step::Below(above, step) => {
                    way.push(step);
                    at = *above;
                }
            }
        }
    }

    fn value(&self, document: usize, pointer: &str) -> Option<&Node> {
        pointer::parse(pointer).try_fold(&self.documents[document].node, |node, step| match &node.value {
            Value::Map(map) => map.get(&step),
            Value::List(list) => list.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

fn push(steps: &mut Vec<Step>, step: Step) -> u32 {
    steps.push(step);
    u32::try_from(steps.len() - 1).unwrap_or(u32::MAX)
}

/// Notes where everything below a value stands; what an alias repeats counts where it is first.
fn index(node: &Node, above: u32, steps: &mut Vec<Step>, keys: &mut HashMap<u32, u32>, roots: &mut HashMap<u32, u32>) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                let at = push(steps, Step::Below(above, entry.key.clone()));
                keys.entry(entry.key_span.start).or_insert(at);
                index(&entry.value, at, steps, keys, roots);
            }
        }
        Value::List(list) => {
            for (number, item) in list.iter().enumerate() {
                let at = push(steps, Step::Below(above, number.to_string().into()));
                roots.entry(item.span.start).or_insert(at);
                index(item, at, steps, keys, roots);
            }
        }
        _ => {}
    }
}

/// A change at its place in a document.
pub(crate) struct Placed {
    pub(crate) source: SourceId,
    document: usize,
    edit: Edit,
    /// Where it is, with the way inside a string, to see whether two changes touch one another.
    pub(crate) target: String,
}

impl<'s> Editing<'s> {
    pub(crate) fn new(sources: &'s Sources) -> Editing<'s> {
        Editing { sources, opened: HashMap::new() }
    }

    fn open(&mut self, source: SourceId) -> Result<&Opened, Why> {
        if !self.opened.contains_key(&source) {
            let opened = Opened::read(self.sources, source)?;
            self.opened.insert(source, opened);
        }
        Ok(&self.opened[&source])
    }

    /// Where the changes of a fix are.
    pub(crate) fn place(&mut self, fix: &Fix) -> Result<Vec<Placed>, Why> {
        fix.edits.iter().map(|edit| self.placed(edit)).collect()
    }

    fn placed(&mut self, edit: &FileEdit) -> Result<Placed, Why> {
        let nowhere = || "what is to be changed is not in the file as it stands".to_owned();
        let (sources, source) = (self.sources, edit.anchor.span().source);
        let opened = self.open(source)?;
        let (document, mut pointer) = opened.find(edit.anchor).ok_or_else(nowhere)?;
        edit.steps.iter().for_each(|step| pointer::push(&mut pointer, step));
        let mut target = format!("{document}{pointer}");
        if crate::object::sops(&opened.documents[document].node).is_some() {
            return Err("SOPS encrypted the file, and checks that nothing changed: decrypt it first".to_owned());
        }
        let change = match &edit.change {
            // What is moved stands in a file.
            FileChange::Set(node)
                if node.span != Span::NONE && edit::holds_comment(sources.text(node.span.source), node) =>
            {
                return Err("the comments in what is to be moved would be lost: move it by hand".to_owned());
            }
            FileChange::Set(node) => Change::Set(node.clone()),
            FileChange::Append(node) => {
                if edit.inner.is_none() {
                    pointer.push_str("/-");
                }
                // Several may come to one list.
                target.push_str(&format!("/-{:?}", node.to_json().to_string()));
                Change::Insert(node.clone(), None)
            }
            FileChange::Remove => Change::Remove,
            FileChange::Rename(key) => Change::Rename(key.clone()),
            FileChange::Cut(ranges) => Change::Inside(Inside::Cut(ranges.clone())),
            FileChange::Quote => {
                let node = opened.value(document, &pointer).ok_or_else(nowhere)?;
                Change::Set(Node::string(&written(sources, node).ok_or_else(nowhere)?))
            }
        };
        let change = match &edit.inner {
            Some((inner, listed)) if !matches!(edit.change, FileChange::Cut(_)) => {
                target.push('\u{1}');
                target.push_str(inner);
                let end = if matches!(edit.change, FileChange::Append(_)) { "/-" } else { "" };
                let edits = vec![Edit { pointer: format!("{inner}{end}"), change }];
                Change::Inside(Inside::Document { listed: *listed, edits })
            }
            _ => change,
        };
        Ok(Placed { source, document, edit: Edit { pointer, change }, target })
    }

    /// What changes in each text when these changes are made together.
    pub(crate) fn splices(&mut self, placed: &[Placed]) -> Result<BTreeMap<SourceId, Splices>, Why> {
        let mut by_text: BTreeMap<SourceId, BTreeMap<usize, Vec<Edit>>> = BTreeMap::new();
        for one in placed {
            by_text.entry(one.source).or_default().entry(one.document).or_default().push(one.edit.clone());
        }
        let mut all = BTreeMap::new();
        for (source, documents) in by_text {
            let sources = self.sources;
            let opened = self.open(source)?;
            let plan =
                |(number, edits): (usize, Vec<Edit>)| Ok((number, Plan::of(&opened.documents[number].node, &edits)?));
            let plans: Result<Vec<(usize, Plan)>, edit::Refused> = documents.into_iter().map(plan).collect();
            let made = plans.and_then(|plans| edit::replacements(sources, source, &opened.documents, &plans));
            all.insert(source, made.map_err(|refused| refused.why)?);
        }
        Ok(all)
    }
}

/// A number or boolean as the string that was meant. Of the words for a boolean Kubernetes reads two.
fn written(sources: &Sources, node: &Node) -> Option<String> {
    match &node.value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Int(_) | Value::Float(_) => {
            Some(sources.slice(node.span).trim().to_owned()).filter(|raw| !raw.is_empty())
        }
        _ => None,
    }
}
