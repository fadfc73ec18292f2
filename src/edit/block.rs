//! Maps and lists in block style.

use crate::edit::Plan;
use crate::edit::Refused;
use crate::edit::plan::Insert;
use crate::edit::print;
use crate::edit::scan;
use crate::edit::shared::changed;
use crate::edit::splice::Editor;
use crate::edit::splice::Fate;
use crate::edit::splice::Member;
use crate::edit::splice::inserted;
use crate::edit::splice::is_undo;
use crate::edit::style::Style;
use crate::source::Span;
use crate::yaml::Expected;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Room for an item that is printed: that of an agent, so that it does not grow step by step.
const PRINTED: usize = 2048;

impl Editor<'_> {
    pub(super) fn block_map<'a>(
        &mut self,
        map: &'a Map,
        node: &'a Node,
        plan: &'a Plan,
        all: &Plan,
        after: usize,
    ) -> Result<Fate<'a>, Refused> {
        let members = self.entries(map, node);
        let Some((_, first)) = members.first().copied() else {
            return Err(Refused { span: node.span, why: "the layout of this map is too unusual".to_owned() });
        };
        let column = scan::column(self.text, first.start);
        let mut kept = Vec::with_capacity(map.entries.len() + plan.inserts.len());
        let mut gone = Vec::new();
        let mut next_children = plan.children.iter().peekable();
        for (index, entry) in map.entries.iter().enumerate() {
            let Some((_, child)) = next_children.next_if(|(at, _)| *at == index) else {
                kept.push((&*entry.key, Expected::Same(&entry.value)));
                continue;
            };
            let Some((_, member)) = members.iter().find(|(at, _)| *at == index).copied() else {
                if let Fate::Stays(value) = self.merged(entry, child, all)? {
                    kept.push((&*entry.key, value));
                }
                continue;
            };
            match self.value(&entry.value, child, all, member.after, false)? {
                Fate::Stays(value) => kept.push((self.key(entry, child), value)),
                Fate::Goes => gone.push(self.entry(entry)),
            }
        }
        if gone.len() == members.len() && !plan.inserts.is_empty() {
            return Ok(self.renew(node, plan, after));
        }
        if gone.len() == members.len() {
            let undone = plan.children.iter().any(|(_, child)| is_undo(child));
            let end = self.end_of(node, after);
            return Ok(self.emptied(undone, kept, after, end, "{}"));
        }
        if !gone.is_empty() {
            let stays: Vec<Member> = members.iter().map(|(_, member)| *member).collect();
            self.cut(&stays, &gone);
        }
        // The end is deep within the last member, and most maps on the way to a change get no member themselves.
        let at = if plan.inserts.is_empty() { 0 } else { scan::line_end(self.text, self.end_of(node, after)) };
        for insert in &plan.inserts {
            let mut text = String::new();
            let key = insert.key.as_deref().unwrap_or_default();
            print::line(column, self.style, &mut text);
            let begin = text.len();
            print::block_entry(key, &insert.value, column, self.style, &mut text);
            comment(&mut text, begin, insert.comment.as_deref(), self.style);
            self.push(at, at, text);
        }
        kept.extend(plan.inserts.iter().map(inserted));
        Ok(Fate::Stays(Expected::Map(kept)))
    }

    pub(super) fn block_list<'a>(
        &mut self,
        list: &'a [Node],
        node: &'a Node,
        plan: &'a Plan,
        all: &Plan,
        after: usize,
    ) -> Result<Fate<'a>, Refused> {
        let members = self.items(list, after);
        let unusual = || Refused {
            span: list.first().map_or(Span::NONE, |item| item.span),
            why: "the layout of this list is too unusual".to_owned(),
        };
        let first = *members.first().filter(|_| members.len() == list.len()).ok_or_else(unusual)?;
        let column = scan::column(self.text, first.start);
        let mut kept = Vec::with_capacity(list.len() + plan.inserts.len());
        let mut gone = Vec::new();
        let mut inserts = plan.inserts.iter().peekable();
        for (index, item) in list.iter().enumerate() {
            while let Some(insert) = inserts.next_if(|insert| insert.at <= index) {
                kept.push(Expected::Same(&insert.value));
            }
            let fate = match plan.at(index) {
                Some(child) => self.value(item, child, all, members[index].after, false)?,
                None => Fate::Stays(Expected::Same(item)),
            };
            match fate {
                Fate::Stays(item) => kept.push(item),
                Fate::Goes => gone.push(members[index]),
            }
        }
        kept.extend(inserts.map(|insert| Expected::Same(&insert.value)));
        let end = members.last().map_or(after, |last| last.end);
        if gone.len() == members.len() && !plan.inserts.is_empty() {
            return Ok(self.renew(node, plan, after));
        }
        if gone.len() == members.len() {
            let undone = plan.children.iter().any(|(_, child)| is_undo(child));
            return Ok(match self.emptied(undone, Vec::new(), after, end, "[]") {
                Fate::Stays(Expected::Map(_)) => Fate::Stays(Expected::List(Vec::new())),
                fate => fate,
            });
        }
        self.cut(&members, &gone);
        let flow = members.last().is_some_and(|last| {
            matches!(list.last(), Some(Node { value: Value::Map(_) | Value::List(_), .. }))
                && self.starts(scan::value(self.text, last.after), &['{', '['])
        });
        for insert in &plan.inserts {
            self.insert_item(insert, &members, column, flow);
        }
        Ok(Fate::Stays(Expected::List(kept)))
    }

    pub(super) fn insert_item(&mut self, insert: &Insert, members: &[Member], column: usize, flow: bool) {
        let mut item = String::with_capacity(PRINTED);
        match flow {
            true => {
                item.push_str("- ");
                print::flow(&insert.value, self.style, &mut item);
            }
            false => print::block_item(&insert.value, column, self.style, &mut item),
        }
        comment(&mut item, 0, insert.comment.as_deref(), self.style);
        let mut text = String::with_capacity(item.len() + column + 2);
        match insert.at.min(members.len()).checked_sub(1) {
            Some(before) => {
                let at = scan::line_end(self.text, members[before].end);
                print::line(column, self.style, &mut text);
                text.push_str(&item);
                self.push(at, at, text);
            }
            None => {
                let at = members[0].start;
                text.push_str(&item);
                print::line(column, self.style, &mut text);
                self.push(at, at, text);
            }
        }
    }

    /// Rewrites a collection that loses all its members and gains others.
    pub(super) fn renew<'a>(&mut self, node: &Node, plan: &Plan, after: usize) -> Fate<'a> {
        let new = changed(node, plan);
        self.replace(node, &new, after, false);
        Fate::Stays(Expected::Value(new))
    }

    /// Rewrites a block collection with no members left. `undone`: the removals undo earlier insertions.
    pub(super) fn emptied<'a>(
        &mut self,
        undone: bool,
        rest: Vec<(&'a str, Expected<'a>)>,
        after: usize,
        end: usize,
        empty: &str,
    ) -> Fate<'a> {
        let line = scan::line_end(self.text, after);
        let head = &self.text[after..line];
        if !undone {
            let end = self.end_of_line(end);
            let head = head.trim_start();
            // The first member of an item is on its own line, where a key has nothing but a comment.
            match head.is_empty() || head.starts_with('#') {
                true => {
                    self.push(line, end, "");
                    self.push(after, after, format!(" {empty}"));
                }
                false => self.push(after, end, format!(" {empty}")),
            }
            return Fate::Stays(Expected::Map(rest));
        }
        // The key's value was an alias, which `alias` turned into `<<`.
        if !rest.is_empty() {
            let merge = scan::content(self.text, line);
            if let Some(alias) = self.text[merge..].strip_prefix("<<:") {
                let alias = alias.trim_start();
                let name = &alias[..alias.find(char::is_whitespace).unwrap_or(alias.len())];
                self.push(after, end, format!(" {name}"));
            }
            return Fate::Stays(Expected::Map(rest));
        }
        // `fill` adds one extra blank for a key that had no value.
        let rest = head.strip_prefix(' ');
        let marked = rest.is_some_and(|rest| rest.trim().is_empty() || rest.starts_with([' ', '\t']));
        if marked {
            self.push(after, after + 1, "");
            self.push(line, end, "");
            return Fate::Stays(Expected::Value(Node::new(Value::Null)));
        }
        Fate::Goes
    }

    /// Removes some members of a block collection, each with the line break before it, just as it was inserted.
    pub(super) fn cut(&mut self, members: &[Member], gone: &[Member]) {
        let mut up_to = 0;
        for member in gone {
            if member.start < up_to {
                continue;
            }
            let line = scan::line_start(self.text, member.start);
            if scan::first_in_line(self.text, member.start) && line > 0 {
                let from = scan::line_end(self.text, line - 1).max(up_to);
                up_to = scan::line_end(self.text, member.end);
                self.push(from, up_to, "");
                continue;
            }
            // The member follows a dash or starts the text: the next remaining one moves up.
            let stays = |other: &&Member| other.start > member.start && gone.iter().all(|one| one.start != other.start);
            if let Some(next) = members.iter().find(stays).filter(|_| member.start >= up_to) {
                self.push(member.start, next.start, "");
                up_to = next.start;
            }
        }
    }
}

/// Appends a comment to the first line of what was printed from `begin` on.
pub(super) fn comment(text: &mut String, begin: usize, comment: Option<&str>, style: &Style) {
    let Some(comment) = comment else { return };
    let end = text[begin..].find(style.newline).map_or(text.len(), |length| begin + length);
    text.insert_str(end, &format!(" # {comment}"));
}
