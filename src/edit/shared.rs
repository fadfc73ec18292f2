//! Values that occur once in the text and several times in the tree: aliases, and entries merged by `<<`.

use crate::edit::Plan;
use crate::edit::Refused;
use crate::edit::print;
use crate::edit::scan;
use crate::edit::splice::Editor;
use crate::edit::splice::Fate;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Expected;
use crate::yaml::Node;
use crate::yaml::Value;

impl Editor<'_> {
    /// Replaces an alias by a copy of its value, unless the anchor gets the same change.
    pub(super) fn alias<'a>(
        &mut self,
        node: &Node,
        plan: &Plan,
        all: &Plan,
        at: usize,
        flow: bool,
    ) -> Result<Fate<'a>, Refused> {
        let new = changed(node, plan);
        if let Some((anchor, Some(own))) = find_anchor(self.root, all, node, self.text)
            && changed(anchor, own) == new
        {
            // What is undone takes along what was made for it, which is known only where it is written.
            let new = self.anchored(anchor).cloned().unwrap_or(new);
            return Ok(Fate::Stays(Expected::Value(new)));
        }
        let end = at + self.text[at..].find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(0);
        let (Value::Map(map), true, false) = (&new.value, plan.children.is_empty(), flow) else {
            let why = "this is an alias: write out what it repeats";
            return Err(Refused { span: node.span, why: why.to_owned() });
        };
        let key = scan::line_start(self.text, at);
        let indent = self.text[key..].bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count();
        let column = indent + self.style.step;
        let mut text = String::new();
        print::line(column, self.style, &mut text);
        text.push_str(&format!("<<: {}", &self.text[at..end]));
        for entry in map.entries.iter().filter(|entry| node.get(&entry.key).is_none()) {
            print::line(column, self.style, &mut text);
            print::block_entry(&entry.key, &entry.value, column, self.style, &mut text);
        }
        let blank = self.text[..at].trim_end_matches(' ').len();
        self.push(blank, end, text);
        Ok(Fate::Stays(Expected::Value(new)))
    }

    /// Changes an entry merged by `<<` where it is written, if that place gets the same change.
    pub(super) fn merged<'a>(&self, entry: &Entry, plan: &Plan, all: &Plan) -> Result<Fate<'a>, Refused> {
        let refused = |why: &str| Err(Refused { span: entry.key_span, why: why.to_owned() });
        if plan.key.is_some() {
            return refused("`<<` brings this key from elsewhere: write it out");
        }
        if !self.text.contains("<<") {
            return refused("the layout of this map is too unusual");
        }
        // What is written below `<<` has no other place; its copy is found there itself.
        let there = find_entry(self.root, Some(all), entry.key_span)
            .filter(|(own, _)| !std::ptr::eq(*own, &raw const entry.value))
            .and_then(|(own, there)| Some((own, there?)));
        match there {
            Some((_, there)) if there.removes() && plan.removes() => Ok(Fate::Goes),
            Some((own, there)) if !there.removes() && !plan.removes() => {
                let new = changed(&entry.value, plan);
                match changed(own, there) == new {
                    true => Ok(Fate::Stays(Expected::Value(new))),
                    false => refused("`<<` brings this value from elsewhere: write it out"),
                }
            }
            _ => refused("`<<` brings this value from elsewhere: write it out"),
        }
    }
}

/// Applies a plan to a value as data, ignoring how it is written.
pub(super) fn changed(node: &Node, plan: &Plan) -> Node {
    let mut new = node.clone();
    plan.change(&mut new);
    new
}

/// Finds the value that an alias repeats, with its plan: the one whose first part starts where the alias's does.
pub(super) fn find_anchor<'n, 'p>(
    node: &'n Node,
    plan: &'p Plan,
    alias: &Node,
    text: &str,
) -> Option<(&'n Node, Option<&'p Plan>)> {
    fn first(node: &Node) -> Option<Span> {
        match &node.value {
            Value::Map(map) => map.entries.first().map(|entry| entry.key_span),
            Value::List(list) => list.first().map(|item| item.span),
            _ => None,
        }
    }
    fn walk<'n, 'p>(
        node: &'n Node,
        plan: Option<&'p Plan>,
        wanted: Span,
        text: &str,
    ) -> Option<(&'n Node, Option<&'p Plan>)> {
        let is_alias = text.get(node.span.start as usize..).is_some_and(|rest| rest.starts_with('*'));
        if first(node) == Some(wanted) && !is_alias {
            return Some((node, plan));
        }
        let below = |index: usize| plan.and_then(|plan| plan.at(index));
        match &node.value {
            Value::Map(map) => {
                let mut entries = map.entries.iter().enumerate();
                entries.find_map(|(index, entry)| walk(&entry.value, below(index), wanted, text))
            }
            Value::List(list) => {
                list.iter().enumerate().find_map(|(index, item)| walk(item, below(index), wanted, text))
            }
            _ => None,
        }
    }
    walk(node, Some(plan), first(alias)?, text)
}

/// Finds the first value whose key starts at `wanted`, with its plan; copies made by `<<` come later.
pub(super) fn find_entry<'n, 'p>(
    node: &'n Node,
    plan: Option<&'p Plan>,
    wanted: Span,
) -> Option<(&'n Node, Option<&'p Plan>)> {
    let below = |index: usize| plan.and_then(|plan| plan.at(index));
    match &node.value {
        Value::Map(map) => map.entries.iter().enumerate().find_map(|(index, entry)| match entry.key_span == wanted {
            true => Some((&entry.value, below(index))),
            false => find_entry(&entry.value, below(index), wanted),
        }),
        Value::List(list) => list.iter().enumerate().find_map(|(index, item)| find_entry(item, below(index), wanted)),
        _ => None,
    }
}
