//! A plan to the places of the text that change, and to the data that must come of it.

use crate::edit::Plan;
use crate::edit::Refused;
use crate::edit::plan::Insert;
use crate::edit::plan::Own;
use crate::edit::print;
use crate::edit::scan;
use crate::edit::style::Style;
use crate::source::Span;
use crate::yaml::Document;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Bytes `start..end` become `text`.
#[derive(Clone, Debug)]
pub(super) struct Splice {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

/// What became of a value.
enum Fate {
    /// It is this now.
    Stays(Node),
    /// Nothing is left of it; whoever holds it removes it.
    Goes,
}

/// The words for nothing (`sigs.k8s.io/yaml` resolves them all to null).
const NOTHING: [&str; 4] = ["null", "~", "Null", "NULL"];

struct Editor<'a> {
    text: &'a str,
    style: &'a Style,
    root: &'a Node,
    splices: Vec<Splice>,
}

/// The splices of a document, and what it must be read as afterwards.
pub(super) fn document(
    text: &str,
    document: &Document,
    style: &Style,
    plan: &Plan,
) -> Result<(Vec<Splice>, Node), Refused> {
    let mut editor = Editor { text, style, root: &document.node, splices: Vec::new() };
    let start = document.span.start as usize;
    match editor.value(&document.node, plan, plan, start, false)? {
        Fate::Stays(node) => Ok((editor.splices, node)),
        Fate::Goes => Err(Refused { span: document.span, why: "nothing would be left of the document".to_owned() }),
    }
}

/// A member of a collection: where it begins and ends, and where the text of its value may begin.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    /// Behind the `:` or the `-`; in flow style and in lists of it the start of the value.
    after: usize,
    end: usize,
}

impl<'a> Editor<'a> {
    fn push(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.splices.push(Splice { start, end, text: text.into() });
    }

    fn starts(&self, at: usize, with: &[char]) -> bool {
        self.text.get(at..).is_some_and(|rest| rest.starts_with(with))
    }

    /// Changes a value whose text begins behind `after`. `all`: the plan of the whole document, for aliases.
    fn value(&mut self, node: &Node, plan: &Plan, all: &Plan, after: usize, flow: bool) -> Result<Fate, Refused> {
        match &plan.own {
            Own::Remove | Own::Undo => return Ok(Fate::Goes),
            Own::Set(new) => {
                self.replace(node, new, after, flow);
                return Ok(Fate::Stays(new.clone()));
            }
            Own::Keep if plan.is_empty() => return Ok(Fate::Stays(node.clone())),
            Own::Keep => {}
        }
        let at = scan::value(self.text, after);
        if self.starts(at, &['*']) {
            return self.alias(node, plan, all, at, flow);
        }
        let bracket = self.starts(at, &['{', '[']);
        match (&node.value, bracket) {
            (Value::Map(map), true) => self.flow_map(map, plan, all, at, node.span),
            (Value::List(list), true) => self.flow_list(list, plan, all, at, node.span),
            (Value::Map(map), false) => self.block_map(map, node, plan, all, after),
            (Value::List(list), false) => self.block_list(list, node, plan, all, after),
            _ => Err(Refused { span: node.span, why: "a value has no keys and no items".to_owned() }),
        }
    }

    /// What an alias repeats is written out, unless the anchor gets the same change.
    fn alias(&mut self, node: &Node, plan: &Plan, all: &Plan, at: usize, flow: bool) -> Result<Fate, Refused> {
        let new = changed(node, plan);
        let shared = find_anchor(self.root, all, node, self.text)
            .is_some_and(|(anchor, own)| own.is_some_and(|own| changed(anchor, own) == new));
        if shared {
            return Ok(Fate::Stays(new));
        }
        let end = at + self.text[at..].find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(0);
        let (Value::Map(map), true, false) = (&new.value, plan.children.is_empty(), flow) else {
            let why = "an alias stands here: write out what it repeats";
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
        Ok(Fate::Stays(new))
    }

    fn replace(&mut self, node: &Node, new: &Node, after: usize, flow: bool) {
        let begin = scan::value(self.text, after);
        let end = self.end_of(node, after);
        let mut text = String::new();
        if end <= begin.min(after) || is_empty_scalar(node) {
            return self.fill(new, after, flow);
        }
        let old = &self.text[begin..end];
        match &new.value {
            Value::String(string) if node.as_str().is_some() => print::like(old, string, self.style, &mut text),
            Value::String(_) if !flow && !self.style.json => print::flow(new, self.style, &mut text),
            _ => print::flow(new, self.style, &mut text),
        }
        // So many blanks behind the bracket say which word for nothing was there, see `flow_emptied`.
        if let Some(word) = NOTHING.iter().position(|word| *word == old)
            && matches!(&new.value, Value::Map(_) | Value::List(_))
            && text.len() > 2
        {
            text.insert_str(1, &" ".repeat(word + 1));
        }
        // What was a block on the next lines goes behind its key.
        let own_line = scan::line_start(self.text, begin) > after && !self.starts(begin, &['{', '[']);
        match own_line && matches!(node.value, Value::Map(_) | Value::List(_)) {
            true => self.push(after, end, format!(" {text}")),
            false => self.push(begin, end, text),
        }
    }

    /// Gives a key without a value one. What is a block gets one more blank behind the `:`, which says that nothing was there.
    fn fill(&mut self, new: &Node, after: usize, flow: bool) {
        let mut text = String::from(" ");
        let is_block = match &new.value {
            Value::Map(map) => !map.entries.is_empty(),
            Value::List(list) => !list.is_empty(),
            _ => false,
        };
        if flow || !is_block || !self.text[..after].ends_with(':') {
            print::flow(new, self.style, &mut text);
            return self.push(after, after, text);
        }
        self.push(after, after, " ");
        let line = scan::line_start(self.text, after);
        let column = self.text[line..].bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count();
        let mut block = String::new();
        print::block_below(new, column, self.style, &mut block);
        let end = scan::line_end(self.text, after);
        self.push(end, end, block);
    }

    /// Where the text of a value ends.
    fn end_of(&self, node: &Node, after: usize) -> usize {
        let at = scan::value(self.text, after);
        if is_empty_scalar(node) {
            return after;
        }
        if self.starts(at, &['*']) {
            let rest = &self.text[at..];
            return at + rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(rest.len());
        }
        let end = node.span.end as usize;
        if self.starts(at, &['{', '[', '"', '\'']) {
            return end;
        }
        match &node.value {
            Value::Map(map) => {
                let members = self.entries(map, node);
                match members.iter().max_by_key(|(_, member)| member.end) {
                    Some((_, last)) => last.end.max(self.merge_end(node, last.end)),
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

    /// Past the empty lines that a block with `+` keeps.
    fn blank_lines(&self, mut at: usize) -> usize {
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

    /// A `<<` may be the last thing in a map.
    fn merge_end(&self, node: &Node, end: usize) -> usize {
        let map_end = node.span.end as usize;
        let rest = self.text.get(end..map_end).unwrap_or("");
        if rest.contains("<<") { map_end } else { end }
    }

    /// The entries that stand in the text of a map, by their index; those that `<<` brings stand elsewhere.
    fn entries(&self, map: &Map, node: &Node) -> Vec<(usize, Member)> {
        let mut column = None;
        let mut members: Vec<(usize, Member)> = Vec::with_capacity(map.entries.len());
        for (index, entry) in map.entries.iter().enumerate() {
            let start = entry.key_span.start as usize;
            if entry.key_span.source != node.span.source
                || entry.key_span.start < node.span.start
                || entry.key_span.end > node.span.end.max(node.span.start + 1)
            {
                continue;
            }
            let own = scan::column(self.text, start);
            if *column.get_or_insert(own) != own {
                continue;
            }
            members.push((index, self.entry(entry)));
        }
        members
    }

    fn entry(&self, entry: &Entry) -> Member {
        let key = entry.key_span.end as usize;
        let colon = scan::content(self.text, key);
        let after = if self.starts(colon, &[':']) { colon + 1 } else { key };
        Member { start: entry.key_span.start as usize, after, end: self.end_of(&entry.value, after).max(after) }
    }

    /// The items of a list in block style whose text begins behind `after`.
    fn items(&self, list: &[Node], after: usize) -> Vec<Member> {
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

    fn block_map(&mut self, map: &Map, node: &Node, plan: &Plan, all: &Plan, after: usize) -> Result<Fate, Refused> {
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
                kept.push(entry.clone());
                continue;
            };
            let Some((_, member)) = members.iter().find(|(at, _)| *at == index).copied() else {
                let why = "`<<` brings this value from elsewhere: write it out";
                return Err(Refused { span: entry.key_span, why: why.to_owned() });
            };
            match self.value(&entry.value, child, all, member.after, false)? {
                Fate::Stays(value) => kept.push(Entry { value, ..entry.clone() }),
                Fate::Goes => gone.push(member),
            }
        }
        let end = self.end_of(node, after);
        if gone.len() == members.len() && !plan.inserts.is_empty() {
            return Ok(self.renew(node, plan, after));
        }
        if gone.len() == members.len() {
            let undone = plan.children.iter().any(|(_, child)| is_undo(child));
            return Ok(self.emptied(undone, kept, after, end, "{}"));
        }
        let stays: Vec<Member> = members.iter().map(|(_, member)| *member).collect();
        self.cut(&stays, &gone);
        let at = scan::line_end(self.text, end);
        for insert in &plan.inserts {
            let mut text = String::new();
            let key = insert.key.as_deref().unwrap_or_default();
            print::line(column, self.style, &mut text);
            let begin = text.len();
            print::block_entry(key, &insert.value, column, self.style, &mut text);
            comment(&mut text, begin, insert.comment.as_deref(), self.style);
            self.push(at, at, text);
        }
        kept.extend(plan.inserts.iter().map(new_entry));
        Ok(Fate::Stays(Node { value: Value::Map(Map { entries: kept }), span: node.span }))
    }

    fn block_list(
        &mut self,
        list: &[Node],
        node: &Node,
        plan: &Plan,
        all: &Plan,
        after: usize,
    ) -> Result<Fate, Refused> {
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
                kept.push(insert.value.clone());
            }
            let fate = match plan.at(index) {
                Some(child) => self.value(item, child, all, members[index].after, false)?,
                None => Fate::Stays(item.clone()),
            };
            match fate {
                Fate::Stays(item) => kept.push(item),
                Fate::Goes => gone.push(members[index]),
            }
        }
        kept.extend(inserts.map(|insert| insert.value.clone()));
        let end = members.last().map_or(after, |last| last.end);
        if gone.len() == members.len() && !plan.inserts.is_empty() {
            return Ok(self.renew(node, plan, after));
        }
        if gone.len() == members.len() {
            let undone = plan.children.iter().any(|(_, child)| is_undo(child));
            return Ok(match self.emptied(undone, Vec::new(), after, end, "[]") {
                Fate::Stays(Node { value: Value::Map(_), span }) => {
                    Fate::Stays(Node { value: Value::List(Vec::new()), span })
                }
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
        Ok(Fate::Stays(Node::new(Value::List(kept))))
    }

    fn insert_item(&mut self, insert: &Insert, members: &[Member], column: usize, flow: bool) {
        let mut item = String::new();
        match flow {
            true => {
                item.push_str("- ");
                print::flow(&insert.value, self.style, &mut item);
            }
            false => print::block_item(&insert.value, column, self.style, &mut item),
        }
        comment(&mut item, 0, insert.comment.as_deref(), self.style);
        let mut text = String::new();
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

    /// Writes a collection anew of whose members none stays and to which others come.
    fn renew(&mut self, node: &Node, plan: &Plan, after: usize) -> Fate {
        let new = changed(node, plan);
        self.replace(node, &new, after, false);
        Fate::Stays(new)
    }

    fn renew_flow(&mut self, node: &Node, plan: &Plan, at: usize) -> Fate {
        let new = changed(node, plan);
        let mut text = String::new();
        print::flow(&new, self.style, &mut text);
        self.push(at, node.span.end as usize, text);
        Fate::Stays(new)
    }

    /// A collection in block style of which nothing is left. `undone`: by taking back insertions.
    fn emptied(&mut self, undone: bool, rest: Vec<Entry>, after: usize, end: usize, empty: &str) -> Fate {
        let stays = |value| Fate::Stays(Node { value, span: Span::NONE });
        let line = scan::line_end(self.text, after);
        let head = &self.text[after..line];
        if !undone {
            self.push(line, end, "");
            self.push(after, after, format!(" {empty}"));
            return stays(Value::Map(Map { entries: rest }));
        }
        // An alias that a key had is kept as `<<`, see `alias`.
        if !rest.is_empty() {
            let merge = scan::content(self.text, line);
            if let Some(alias) = self.text[merge..].strip_prefix("<<:") {
                let alias = alias.trim_start();
                let name = &alias[..alias.find(char::is_whitespace).unwrap_or(alias.len())];
                self.push(after, end, format!(" {name}"));
            }
            return stays(Value::Map(Map { entries: rest }));
        }
        // A key that had no value got one more blank, see `fill`.
        let marked = head.starts_with(' ') && head.trim().is_empty() || head.starts_with("  ");
        if marked {
            self.push(after, after + 1, "");
            self.push(line, end, "");
            return stays(Value::Null);
        }
        Fate::Goes
    }

    /// Removes members of a collection in block style, some of which stay: each with the line break before it, the way it came in.
    fn cut(&mut self, members: &[Member], gone: &[Member]) {
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
            // Behind a dash, or at the top of the text: the next one that stays moves up.
            let stays = |other: &&Member| other.start > member.start && gone.iter().all(|one| one.start != other.start);
            if let Some(next) = members.iter().find(stays).filter(|_| member.start >= up_to) {
                self.push(member.start, next.start, "");
                up_to = next.start;
            }
        }
    }

    fn flow_map(&mut self, map: &Map, plan: &Plan, all: &Plan, at: usize, span: Span) -> Result<Fate, Refused> {
        let end = span.end as usize;
        let mut kept = Vec::with_capacity(map.entries.len() + plan.inserts.len());
        let (mut members, mut gone) = (Vec::new(), Vec::new());
        for (index, entry) in map.entries.iter().enumerate() {
            let own = (entry.key_span.start as usize) > at && (entry.key_span.end as usize) < end;
            let member = self.entry(entry);
            if own {
                members.push(member);
            }
            match plan.at(index) {
                None => kept.push(entry.clone()),
                Some(_) if !own => {
                    let why = "`<<` brings this value from elsewhere: write it out";
                    return Err(Refused { span: entry.key_span, why: why.to_owned() });
                }
                Some(child) => match self.value(&entry.value, child, all, member.after, true)? {
                    Fate::Stays(value) => kept.push(Entry { value, ..entry.clone() }),
                    Fate::Goes => gone.push(member),
                },
            }
        }
        let undone = plan.children.iter().any(|(_, child)| is_undo(child));
        if !members.is_empty() && gone.len() == members.len() && !plan.inserts.is_empty() {
            return Ok(self.renew_flow(&Node { value: Value::Map(map.clone()), span }, plan, at));
        }
        if !members.is_empty() && gone.len() == members.len() {
            return Ok(self.flow_emptied(undone, &members, at, end, Value::Map(Map { entries: kept })));
        }
        self.flow_cut(&members, &gone);
        let last = members.iter().rfind(|member| gone.iter().all(|one| one.start != member.start)).copied();
        for (number, insert) in plan.inserts.iter().enumerate() {
            let filled = number > 0 || last.is_some();
            self.flow_insert(insert, last.map_or(at + 1, |last| last.end), last, filled, (at, end));
        }
        if last.is_none() && !plan.inserts.is_empty() {
            self.pad(end);
        }
        kept.extend(plan.inserts.iter().map(new_entry));
        Ok(Fate::Stays(Node { value: Value::Map(Map { entries: kept }), span }))
    }

    fn flow_list(&mut self, list: &[Node], plan: &Plan, all: &Plan, at: usize, span: Span) -> Result<Fate, Refused> {
        let end = span.end as usize;
        let mut kept = Vec::with_capacity(list.len() + plan.inserts.len());
        let (mut members, mut gone) = (Vec::new(), Vec::new());
        let mut inserts = plan.inserts.iter().peekable();
        let mut from = at + 1;
        for (index, item) in list.iter().enumerate() {
            while let Some(insert) = inserts.next_if(|insert| insert.at <= index) {
                kept.push(insert.value.clone());
            }
            let comma = scan::content(self.text, from);
            let after = if self.starts(comma, &[',']) { comma + 1 } else { from };
            let member =
                Member { start: scan::content(self.text, after), after, end: self.end_of(item, after).max(after) };
            members.push(member);
            from = member.end;
            match plan.at(index) {
                None => kept.push(item.clone()),
                Some(child) => match self.value(item, child, all, after, true)? {
                    Fate::Stays(item) => kept.push(item),
                    Fate::Goes => gone.push(member),
                },
            }
        }
        kept.extend(inserts.map(|insert| insert.value.clone()));
        let undone = plan.children.iter().any(|(_, child)| is_undo(child));
        if !members.is_empty() && gone.len() == members.len() && !plan.inserts.is_empty() {
            return Ok(self.renew_flow(&Node { value: Value::List(list.to_vec()), span }, plan, at));
        }
        if !members.is_empty() && gone.len() == members.len() {
            return Ok(self.flow_emptied(undone, &members, at, end, Value::List(Vec::new())));
        }
        self.flow_cut(&members, &gone);
        for (number, insert) in plan.inserts.iter().enumerate() {
            match insert.at.min(members.len()).checked_sub(1) {
                Some(before) => {
                    let last = members[before];
                    self.flow_insert(insert, last.end, Some(last), true, (at, end));
                }
                None if members.is_empty() => self.flow_insert(insert, at + 1, None, number > 0, (at, end)),
                None => {
                    let first = members[0].start;
                    let mut text = String::new();
                    print::flow(&insert.value, self.style, &mut text);
                    text.push_str(", ");
                    self.push(first, first, text);
                }
            }
        }
        if members.is_empty() && !plan.inserts.is_empty() {
            self.pad(end);
        }
        Ok(Fate::Stays(Node { value: Value::List(kept), span }))
    }

    /// Inserts into brackets that span bytes `range`, at `at`. `filled`: something comes before it.
    fn flow_insert(&mut self, insert: &Insert, at: usize, last: Option<Member>, filled: bool, range: (usize, usize)) {
        // An empty pair keeps what it holds before the first.
        let at = if last.is_none() { range.1 - 1 } else { at };
        let lines = last.is_some_and(|last| scan::first_in_line(self.text, last.start));
        let mut text = String::new();
        if filled {
            text.push(',');
        }
        let column = last.map_or(0, |last| scan::column(self.text, last.start));
        match lines {
            true => print::line(column, self.style, &mut text),
            false if filled => text.push_str(self.style.gap),
            false => {}
        }
        match (&insert.key, lines && self.style.json) {
            (Some(key), true) => print::spread_entry(key, &insert.value, column, self.style, &mut text),
            (Some(key), false) => print::flow_entry(key, &insert.value, self.style, &mut text),
            (None, true) => print::spread(&insert.value, column, self.style, &mut text),
            (None, false) => print::flow(&insert.value, self.style, &mut text),
        }
        self.push(at, at, text);
    }

    /// A blank before the closing bracket says that the brackets were there, and empty, before something came in.
    fn pad(&mut self, end: usize) {
        self.push(end - 1, end - 1, " ");
    }

    /// Brackets of which nothing is left.
    fn flow_emptied(&mut self, undone: bool, members: &[Member], at: usize, end: usize, empty: Value) -> Fate {
        let (first, last) = (members[0].start, members[members.len() - 1].end);
        let stays = |value| Fate::Stays(Node { value, span: Span::NONE });
        let marked = self.text[last..end].starts_with(' ');
        if undone && !marked {
            let blanks = &self.text[at + 1..first];
            let word = blanks.len().checked_sub(1).filter(|_| blanks.bytes().all(|byte| byte == b' '));
            let Some(word) = word.and_then(|word| NOTHING.get(word)) else { return Fate::Goes };
            self.push(at, end, *word);
            return stays(Value::Null);
        }
        self.push(first, if undone { last + 1 } else { last }, "");
        stays(empty)
    }

    /// Removes members within brackets, some of which stay.
    fn flow_cut(&mut self, members: &[Member], gone: &[Member]) {
        let is_gone = |member: &Member| gone.iter().any(|one| one.start == member.start);
        let Some(first) = members.iter().position(|member| !is_gone(member)) else { return };
        for (index, member) in members.iter().enumerate().filter(|(_, member)| is_gone(member)) {
            match index < first {
                true => self.push(member.start, members[index + 1].start, ""),
                false => self.push(members[index - 1].end, member.end, ""),
            }
        }
    }
}

fn is_undo(plan: &Plan) -> bool {
    matches!(plan.own, Own::Undo) || plan.children.iter().any(|(_, child)| is_undo(child))
}

fn is_empty_scalar(node: &Node) -> bool {
    matches!(node.value, Value::Null) && node.span.start == node.span.end
}

fn new_entry(insert: &Insert) -> Entry {
    let key = insert.key.clone().unwrap_or_default();
    Entry { key, key_span: Span::NONE, value: insert.value.clone() }
}

/// Puts a comment behind the first line of what was printed from `begin` on.
fn comment(text: &mut String, begin: usize, comment: Option<&str>, style: &Style) {
    let Some(comment) = comment else { return };
    let end = text[begin..].find(style.newline).map_or(text.len(), |length| begin + length);
    text.insert_str(end, &format!(" # {comment}"));
}

/// The data that a plan makes of a value, without regard to how it is written.
fn changed(node: &Node, plan: &Plan) -> Node {
    if let Own::Set(new) = &plan.own {
        return new.clone();
    }
    let goes = |child: Option<&Plan>| child.is_some_and(|child| matches!(child.own, Own::Remove | Own::Undo));
    let member =
        |index: usize, value: &Node| plan.at(index).map_or_else(|| value.clone(), |child| changed(value, child));
    let value = match &node.value {
        Value::Map(map) => {
            let old = map.entries.iter().enumerate().filter(|(index, _)| !goes(plan.at(*index)));
            let old = old.map(|(index, entry)| Entry { value: member(index, &entry.value), ..entry.clone() });
            Value::Map(Map { entries: old.chain(plan.inserts.iter().map(new_entry)).collect() })
        }
        Value::List(list) => {
            let mut items = Vec::new();
            let mut inserts = plan.inserts.iter().peekable();
            for (index, item) in list.iter().enumerate() {
                while let Some(insert) = inserts.next_if(|insert| insert.at <= index) {
                    items.push(insert.value.clone());
                }
                if !goes(plan.at(index)) {
                    items.push(member(index, item));
                }
            }
            items.extend(inserts.map(|insert| insert.value.clone()));
            Value::List(items)
        }
        value => value.clone(),
    };
    Node { value, span: node.span }
}

/// The value that an alias repeats, with its plan: the one whose first part stands where that of the alias says.
fn find_anchor<'n, 'p>(
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
