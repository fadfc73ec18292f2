//! Changes inside a string: JSON in YAML keeps its layout, and the string the way it is written.

use crate::edit::Inside;
use crate::edit::Plan;
use crate::edit::Refused;
use crate::edit::print;
use crate::edit::scalar::Scalar;
use crate::edit::scan;
use crate::edit::splice;
use crate::edit::splice::Editor;
use crate::edit::splice::Fate;
use crate::edit::splice::Splice;
use crate::edit::spliced;
use crate::edit::style::Style;
use crate::finding::Findings;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Expected;
use crate::yaml::Node;

impl Inside {
    /// The text with the changes made.
    pub(super) fn applied(&self, text: &str) -> Result<String, String> {
        self.spliced(text).map(|(_, text)| text)
    }

    /// The splices of the text, and what comes of it.
    pub(super) fn spliced(&self, text: &str) -> Result<(Vec<Splice>, String), String> {
        let splices = match self {
            Inside::Cut(ranges) => {
                let cut =
                    |range: &std::ops::Range<usize>| Splice { start: range.start, end: range.end, text: String::new() };
                ranges.iter().map(cut).collect()
            }
            Inside::Document { listed, edits } => document(text, *listed, edits)?,
        };
        let new = spliced(text, 0, &splices).ok_or("two edits touch the same text")?;
        Ok((splices, new))
    }

    /// Whether two texts say the same to whoever reads the document in them.
    fn same(&self, one: &str, other: &str) -> bool {
        match self {
            Inside::Cut(_) => one == other,
            Inside::Document { listed, .. } => read(one, *listed).is_some_and(|one| Some(one) == read(other, *listed)),
        }
    }
}

/// A text as the document that it is.
fn read(text: &str, listed: bool) -> Option<Node> {
    let plain = text.replace('\t', " ");
    let mut sources = Sources::default();
    let source = sources.add("", if listed { format!("[{plain}]") } else { plain });
    let mut found = Findings::default();
    let mut documents = yaml::read(&sources, source, &mut found);
    (found.errors() == 0 && documents.len() == 1).then(|| documents.remove(0).node)
}

/// The splices of a text that is a document by itself, proven there.
fn document(text: &str, listed: bool, edits: &[crate::edit::Edit]) -> Result<Vec<Splice>, String> {
    // JSON may be indented with tabs, which YAML does not take there; the bytes stay where they are.
    let plain = text.replace('\t', " ");
    let (whole, shift) = if listed { (format!("[{plain}]"), 1) } else { (plain, 0) };
    let unreadable = || "the text in the string cannot be read".to_owned();
    let mut sources = Sources::default();
    let source = sources.add("", whole.as_str());
    let mut found = Findings::default();
    let documents = yaml::read(&sources, source, &mut found);
    let [document] = documents.as_slice() else { return Err(unreadable()) };
    if found.errors() > 0 {
        return Err(unreadable());
    }
    let plan = Plan::of(&document.node, edits).map_err(|refused| refused.why)?;
    let mut style = Style::of(&whole, document, &Style::of_file(&whole, &documents));
    if style.json && text.contains("\n\t") {
        style.blank = '\t';
    }
    let (mut splices, expected) = splice::document(&whole, document, &style, &plan).map_err(|refused| refused.why)?;
    splices.sort_by_key(|splice| (splice.start, splice.end));
    let changed = spliced(&whole, 0, &splices).ok_or("two edits touch the same text")?;
    let source = sources.add("", changed.replace('\t', " "));
    let read = yaml::read(&sources, source, &mut found);
    if found.errors() > 0 || read.len() != 1 || expected != read[0].node {
        return Err("the text in the string cannot be edited in place, its layout is too unusual".to_owned());
    }
    let moved = splices.into_iter().map(|splice| Splice {
        start: splice.start.saturating_sub(shift),
        end: splice.end.saturating_sub(shift),
        ..splice
    });
    Ok(moved.collect())
}

impl Editor<'_> {
    /// Changes the text of a string where it stands.
    pub(super) fn inside<'a>(&mut self, node: &Node, inside: &Inside, after: usize) -> Result<Fate<'a>, Refused> {
        let refused = |why: &str| Refused { span: node.span, why: why.to_owned() };
        let Some(text) = node.as_str() else { return Err(refused("the value is not a string")) };
        let begin = scan::value(self.text, after);
        if self.starts(begin, &['*']) {
            return Err(refused("an alias stands here: write out what it repeats"));
        }
        let (mut splices, mut new) = inside.spliced(text).map_err(|why| refused(&why))?;
        let Some(scalar) = Scalar::read(&self.text[begin..], text, self.style.newline) else {
            // A way to write strings that has no place for each byte: the whole is written anew, in its quotes.
            let end = self.end_of(node, after);
            let mut whole = String::new();
            print::like(&self.text[begin..end], &new, self.style, &mut whole);
            self.push(begin, end, whole);
            return Ok(Fate::Stays(Expected::Value(Node::new(yaml::Value::String(new.into())))));
        };
        let raw = &self.text[begin..];
        if !scalar.keeps_breaks() && splices.iter().any(|splice| splice.text.contains('\n')) {
            match folded(raw, &scalar, &splices).filter(|(_, folded)| inside.same(&new, folded)) {
                Some((written, folded)) => {
                    let written = written.into_iter();
                    written.for_each(|one| self.push(begin + one.start, begin + one.end, one.text));
                    return Ok(Fate::Stays(Expected::Value(Node::new(yaml::Value::String(folded.into())))));
                }
                None => {
                    splices.iter_mut().for_each(|splice| splice.text = splice.text.replace('\n', " "));
                    new = spliced(text, 0, &splices).ok_or_else(|| refused("two edits touch the same text"))?;
                }
            }
        }
        for one in scalar.placed(&splices) {
            self.push(begin + one.start, begin + one.end, one.text);
        }
        Ok(Fate::Stays(Expected::Value(Node::new(yaml::Value::String(new.into())))))
    }
}

/// The splices of a folded string with their line breaks, and what the string then says: a break stays one between lines that
/// are indented more than others, and becomes a blank between the rest.
fn folded(raw: &str, scalar: &Scalar<'_>, splices: &[Splice]) -> Option<(Vec<Splice>, String)> {
    let written = scalar.placed(splices);
    let end = scalar.at(usize::MAX);
    let text = ["a: ", &spliced(raw.get(..end)?, 0, &written)?].concat();
    let mut sources = Sources::default();
    let source = sources.add("", text);
    let read = yaml::read(&sources, source, &mut Findings::default());
    let [document] = read.as_slice() else { return None };
    let folded = document.node.get("a")?.as_str()?.to_owned();
    Some((written, folded))
}
