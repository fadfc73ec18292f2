//! Turns a plan into text splices, and into the data that the edited text must contain.

use crate::edit::Plan;
use crate::edit::Refused;
use crate::edit::plan::Insert;
use crate::edit::plan::Own;
use crate::edit::print;
use crate::edit::scan;
use crate::edit::style::Style;
use crate::yaml::Document;
use crate::yaml::Entry;
use crate::yaml::Expected;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Replaces bytes `start..end` by `text`.
#[derive(Clone, Debug)]
pub(super) struct Splice {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

/// What happened to a value.
pub(super) enum Fate<'a> {
    /// It is now this.
    Stays(Expected<'a>),
    /// Nothing of it is left; its parent removes it.
    Goes,
}

/// The spellings of null (`sigs.k8s.io/yaml` resolves all of them).
pub(super) const NOTHING: [&str; 4] = ["null", "~", "Null", "NULL"];

/// A document being edited.
pub(super) struct Editor<'a> {
    pub(super) text: &'a str,
    pub(super) style: &'a Style,
    pub(super) root: &'a Node,
    splices: Vec<Splice>,
    /// What changed values with an anchor now are, by the address of the value: so are their aliases.
    anchored: Vec<(*const Node, Node)>,
}

/// Returns the splices for a document, and what the result must parse to.
pub(super) fn document<'a>(
    text: &str,
    document: &'a Document,
    style: &Style,
    plan: &'a Plan,
) -> Result<(Vec<Splice>, Expected<'a>), Refused> {
    let mut editor = Editor { text, style, root: &document.node, splices: Vec::new(), anchored: Vec::new() };
    let start = document.span.start as usize;
    match editor.value(&document.node, plan, plan, start, false)? {
        Fate::Stays(node) => Ok((editor.splices, node)),
        Fate::Goes => Err(Refused { span: document.span, why: "nothing would be left of the document".to_owned() }),
    }
}

/// A member of a collection: where it starts and ends, and where the text of its value may start.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) start: usize,
    /// After the `:` or the `-`; in flow style, and in lists within it, the start of the value.
    pub(super) after: usize,
    pub(super) end: usize,
}

impl Editor<'_> {
    pub(super) fn push(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.splices.push(Splice { start, end, text: text.into() });
    }

    /// Whether something is inserted at this byte already.
    pub(super) fn splices_at(&self, at: usize) -> bool {
        self.splices.iter().any(|splice| splice.start == at && splice.end == at)
    }

    pub(super) fn starts(&self, at: usize, with: &[char]) -> bool {
        self.text.get(at..).is_some_and(|rest| rest.starts_with(with))
    }

    /// Changes a value whose text starts after `after`. `all`: the plan for the entire document, needed for aliases.
    pub(super) fn value<'a>(
        &mut self,
        node: &'a Node,
        plan: &'a Plan,
        all: &Plan,
        after: usize,
        flow: bool,
    ) -> Result<Fate<'a>, Refused> {
        match &plan.own {
            Own::Remove | Own::Undo => return Ok(Fate::Goes),
            Own::Set(new) => {
                if self.style.marks && self.starts(scan::value(self.text, after), &['*']) {
                    let why = "this is an alias: write out what it repeats";
                    return Err(Refused { span: node.span, why: why.to_owned() });
                }
                if self.holds_comment(node, after) {
                    let why = "the comments in the value would be lost: move them elsewhere first";
                    return Err(Refused { span: node.span, why: why.to_owned() });
                }
                self.replace(node, new, after, flow);
                return Ok(Fate::Stays(Expected::Same(new)));
            }
            Own::Inside(inside) => return self.inside(node, inside, after),
            Own::Keep if plan.keeps_value() => return Ok(Fate::Stays(Expected::Same(node))),
            Own::Keep => {}
        }
        let at = scan::value(self.text, after);
        if self.starts(at, &['*']) {
            return self.alias(node, plan, all, at, flow);
        }
        let bracket = self.starts(at, &['{', '[']);
        let fate = match (&node.value, bracket) {
            (Value::Map(map), true) => self.flow_map(map, plan, all, at, node.span),
            (Value::List(list), true) => self.flow_list(list, plan, all, at, node.span),
            (Value::Map(map), false) => self.block_map(map, node, plan, all, after),
            (Value::List(list), false) => self.block_list(list, node, plan, all, after),
            _ => Err(Refused { span: node.span, why: "a value has no keys and no items".to_owned() }),
        }?;
        if let Fate::Stays(value) = &fate
            && self.text[after..at].contains('&')
        {
            self.anchored.push((std::ptr::from_ref(node), value.to_node()));
        }
        Ok(fate)
    }

    /// What a value with an anchor has become, if it was changed.
    pub(super) fn anchored(&self, node: &Node) -> Option<&Node> {
        self.anchored.iter().find(|(other, _)| std::ptr::eq(*other, node)).map(|(_, new)| new)
    }

    /// The key of an entry after its plan; one with another name is written like the old one.
    pub(super) fn key<'a>(&mut self, entry: &'a Entry, plan: &'a Plan) -> &'a str {
        let Some(key) = &plan.key else { return &entry.key };
        let (start, end) = (entry.key_span.start as usize, entry.key_span.end as usize);
        let mut text = String::new();
        print::like(&self.text[start..end], key, self.style, &mut text);
        self.push(start, end, text);
        key
    }

    pub(super) fn replace(&mut self, node: &Node, new: &Node, after: usize, flow: bool) {
        let begin = scan::value(self.text, after);
        let end = self.end_of(node, after);
        let mut text = String::new();
        if end <= begin.min(after) || is_empty_scalar(node) {
            return self.fill(new, after, flow);
        }
        let old = &self.text[begin..end];
        let line = scan::line_start(self.text, after);
        let column = self.text[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count();
        let block = new.as_str().filter(|_| !flow && self.text[..after].ends_with(':'));
        match &new.value {
            Value::String(_) if let Some(block) = block.and_then(|text| print::literal(text, column, self.style)) => {
                text = block;
            }
            Value::String(string) if node.as_str().is_some() => print::like(old, string, self.style, &mut text),
            Value::String(_) if !flow && !self.style.json => print::flow(new, self.style, &mut text),
            _ => print::flow(new, self.style, &mut text),
        }
        if let Some(word) = NOTHING.iter().position(|word| *word == old) {
            self.mark(new, word, 0, &mut text);
        }
        // A block value on the following lines moves up behind its key.
        let own_line = scan::line_start(self.text, begin) > after && !self.starts(begin, &['{', '[']);
        if !own_line || !matches!(node.value, Value::Map(_) | Value::List(_)) {
            return self.push(begin, end, text);
        }
        // A comment behind the key stays there, behind the first line of the new value.
        let line = scan::line_end(self.text, after);
        let head = self.text[after..line].trim();
        let (first, rest) =
            text.split_once(self.style.newline).map_or((&*text, None), |(first, rest)| (first, Some(rest)));
        let mut new = format!(" {first}");
        if head.starts_with('#') {
            new.push_str(&format!("  {head}"));
        }
        rest.into_iter().for_each(|rest| new.push_str(&[self.style.newline, rest].concat()));
        self.push(after, self.end_of_line(end), new);
    }

    /// Encodes in the number of blanks after the bracket, which is the byte `at`, that there was nothing: the spelling of null
    /// with the number `word`, or one more for no value; see `flow_emptied`.
    fn mark(&self, new: &Node, word: usize, at: usize, text: &mut String) {
        if self.style.marks && matches!(&new.value, Value::Map(_) | Value::List(_)) && text.len() > at + 2 {
            text.insert_str(at + 1, &" ".repeat(word + 1));
        }
    }

    /// Where the line ends, if nothing but blanks and a comment follow.
    pub(super) fn end_of_line(&self, at: usize) -> usize {
        let end = scan::line_end(self.text, at);
        // A block scalar may end where the next line begins, whose comment is about something else.
        let rest = self.text.get(at..end).filter(|_| scan::line_start(self.text, at) < at).map(str::trim_start);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#')) { end } else { at }
    }

    /// Whether comments stand between the parts of a map or list.
    fn holds_comment(&self, node: &Node, after: usize) -> bool {
        if !matches!(node.value, Value::Map(_) | Value::List(_)) || self.style.json {
            return false;
        }
        // A comment behind the key stays.
        let begin = scan::value(self.text, after).min(scan::line_end(self.text, after)).max(after);
        let end = self.end_of(node, after);
        comment_between(self.text, node, begin, end)
    }

    /// Gives a value to a key that has none. A block value gets one extra blank after the `:`, to record that there was
    /// no value.
    pub(super) fn fill(&mut self, new: &Node, after: usize, flow: bool) {
        let mut text = String::from(" ");
        let is_block = match &new.value {
            Value::Map(map) => !map.entries.is_empty(),
            Value::List(list) => !list.is_empty(),
            _ => false,
        };
        if flow || !is_block || !self.text[..after].ends_with(':') {
            print::flow(new, self.style, &mut text);
            self.mark(new, NOTHING.len(), 1, &mut text);
            return self.push(after, after, text);
        }
        if self.style.marks {
            self.push(after, after, " ");
        }
        let line = scan::line_start(self.text, after);
        let column = self.text[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count();
        let mut block = String::new();
        print::block_below(new, column, self.style, &mut block);
        let end = scan::line_end(self.text, after);
        self.push(end, end, block);
    }

    /// Where the text of a value ends.
    pub(super) fn end_of(&self, node: &Node, after: usize) -> usize {
        let at = scan::value(self.text, after);
        if is_empty_scalar(node) {
            return scan::properties(self.text, after);
        }
        if self.starts(at, &['*']) {
            let rest = &self.text[at..];
            return at + rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(rest.len());
        }
        let end = node.span.end as usize;
        if self.starts(at, &['{', '[']) {
            return end;
        }
        match &node.value {
            Value::Map(map) => {
                // Only the end of the last one: those of all others would be computed again for each map around them.
                match self.written(map, node).max_by_key(|(_, entry)| entry.key_span.start) {
                    Some((_, entry)) => {
                        let last = self.entry(entry).end;
                        last.max(self.merge_end(node, last))
                    }
                    None => end,
                }
            }
            Value::List(list) => self.items(list, after).last().map_or(end, |last| last.end),
            _ if self.starts(at, &['|', '>']) => {
                let header = &self.text[at..scan::line_end(self.text, at)];
                let stop = end.max(at + header.len());
                if header.contains('+') { self.blank_lines(stop) } else { stop }
            }
            _ => end,
        }
    }

    /// Skips the empty lines that a `+` block scalar keeps.
    pub(super) fn blank_lines(&self, mut at: usize) -> usize {
        loop {
            let next = scan::next_line(self.text, at);
            let end = scan::line_end(self.text, next);
            if next >= self.text.len() || !self.text[next..end].trim().is_empty() {
                return at;
            }
            if scan::next_line(self.text, next) == next {
                return at;
            }
            at = end;
            if scan::next_line(self.text, at) >= self.text.len() {
                return at;
            }
        }
    }

    /// Where a map ends, in case its last entry is a `<<`.
    pub(super) fn merge_end(&self, node: &Node, end: usize) -> usize {
        let map_end = node.span.end as usize;
        let rest = self.text.get(end..map_end).unwrap_or("");
        if rest.contains("<<") { map_end } else { end }
    }

    /// The entries written in the text of a map, by index; those merged by `<<` are written elsewhere.
    fn written<'m>(&self, map: &'m Map, node: &Node) -> impl Iterator<Item = (usize, &'m Entry)> {
        let span = node.span;
        // Entries of a map that is written below `<<` are within the span too, but deeper.
        let column = scan::column(self.text, scan::value(self.text, span.start as usize));
        map.entries.iter().enumerate().filter(move |(_, entry)| {
            let key = entry.key_span;
            let within =
                key.source == span.source && key.start >= span.start && key.end <= span.end.max(span.start + 1);
            within && scan::column(self.text, key.start as usize) == column
        })
    }

    /// The same as members. They end, for now, before their values: [`Editor::entry`] knows where those end.
    pub(super) fn entries(&self, map: &Map, node: &Node) -> Vec<(usize, Member)> {
        let member = |(index, entry): (usize, &Entry)| {
            let after = self.after(entry);
            (index, Member { start: entry.key_span.start as usize, after, end: after })
        };
        self.written(map, node).map(member).collect()
    }

    pub(super) fn entry(&self, entry: &Entry) -> Member {
        let after = self.after(entry);
        Member { start: entry.key_span.start as usize, after, end: self.end_of(&entry.value, after).max(after) }
    }

    /// Where the text of an entry's value may start.
    fn after(&self, entry: &Entry) -> usize {
        let key = entry.key_span.end as usize;
        let colon = scan::content(self.text, key);
        if self.starts(colon, &[':']) { colon + 1 } else { key }
    }

    /// The items of a block list whose text starts after `after`.
    pub(super) fn items(&self, list: &[Node], after: usize) -> Vec<Member> {
        let mut at = after;
        let mut members = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            let dash = if index == 0 { scan::value(self.text, at) } else { scan::content(self.text, at) };
            if !self.starts(dash, &['-']) {
                break;
            }
            let end = self.end_of(item, dash + 1).max(dash + 1);
            members.push(Member { start: dash, after: dash + 1, end });
            at = end;
        }
        members
    }
}

/// Whether comments stand between the parts of a value in these bytes of a text.
pub(super) fn comment_between(text: &str, node: &Node, begin: usize, end: usize) -> bool {
    let mut parts = vec![(begin, begin), (end.max(begin), end)];
    written_parts(node, &mut parts);
    parts.retain(|(start, stop)| (begin..=end).contains(start) && *stop <= end.max(begin));
    parts.sort_unstable();
    parts.windows(2).any(|pair| text.get(pair[0].1..pair[1].0).is_some_and(|gap| gap.contains('#')))
}

/// Where the keys and scalars of a value stand.
fn written_parts(node: &Node, out: &mut Vec<(usize, usize)>) {
    match &node.value {
        Value::Map(map) => map.entries.iter().for_each(|entry| {
            out.push((entry.key_span.start as usize, entry.key_span.end as usize));
            written_parts(&entry.value, out);
        }),
        Value::List(list) => list.iter().for_each(|item| written_parts(item, out)),
        _ => out.push((node.span.start as usize, node.span.end as usize)),
    }
}

pub(super) fn is_undo(plan: &Plan) -> bool {
    matches!(plan.own, Own::Undo) || plan.children.iter().any(|(_, child)| is_undo(child))
}

pub(super) fn is_empty_scalar(node: &Node) -> bool {
    matches!(node.value, Value::Null) && node.span.start == node.span.end
}

/// An entry that is inserted, as it is read.
pub(super) fn inserted(insert: &Insert) -> (&str, Expected<'_>) {
    (insert.key.as_deref().unwrap_or_default(), Expected::Same(&insert.value))
}
