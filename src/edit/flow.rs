//! Flow-style maps and lists, including JSON.

use crate::edit::Plan;
use crate::edit::Refused;
use crate::edit::plan::Insert;
use crate::edit::print;
use crate::edit::scan;
use crate::edit::shared::changed;
use crate::edit::splice::Editor;
use crate::edit::splice::Fate;
use crate::edit::splice::Member;
use crate::edit::splice::NOTHING;
use crate::edit::splice::inserted;
use crate::edit::splice::is_undo;
use crate::source::Span;
use crate::yaml::Expected;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

impl Editor<'_> {
    pub(super) fn flow_map<'a>(
        &mut self,
        map: &'a Map,
        plan: &'a Plan,
        all: &Plan,
        at: usize,
        span: Span,
    ) -> Result<Fate<'a>, Refused> {
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
                None => kept.push((&*entry.key, Expected::Same(&entry.value))),
                Some(child) if !own => {
                    if let Fate::Stays(value) = self.merged(entry, child, all)? {
                        kept.push((&*entry.key, value));
                    }
                }
                Some(child) => match self.value(&entry.value, child, all, member.after, true)? {
                    Fate::Stays(value) => kept.push((self.key(entry, child), value)),
                    Fate::Goes => gone.push(member),
                },
            }
        }
        if !members.is_empty() && gone.len() == members.len() {
            let old = Node { value: Value::Map(map.clone()), span };
            return Ok(self.without_members(&old, plan, &members, at, Expected::Map(kept)));
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
        kept.extend(plan.inserts.iter().map(inserted));
        Ok(Fate::Stays(Expected::Map(kept)))
    }

    pub(super) fn flow_list<'a>(
        &mut self,
        list: &'a [Node],
        plan: &'a Plan,
        all: &Plan,
        at: usize,
        span: Span,
    ) -> Result<Fate<'a>, Refused> {
        let end = span.end as usize;
        let mut kept = Vec::with_capacity(list.len() + plan.inserts.len());
        let (mut members, mut gone) = (Vec::new(), Vec::new());
        let mut inserts = plan.inserts.iter().peekable();
        let mut from = at + 1;
        for (index, item) in list.iter().enumerate() {
            while let Some(insert) = inserts.next_if(|insert| insert.at <= index) {
                kept.push(Expected::Same(&insert.value));
            }
            let comma = scan::content(self.text, from);
            let after = if self.starts(comma, &[',']) { comma + 1 } else { from };
            let member =
                Member { start: scan::content(self.text, after), after, end: self.end_of(item, after).max(after) };
            members.push(member);
            from = member.end;
            match plan.at(index) {
                None => kept.push(Expected::Same(item)),
                Some(child) => match self.value(item, child, all, after, true)? {
                    Fate::Stays(item) => kept.push(item),
                    Fate::Goes => gone.push(member),
                },
            }
        }
        kept.extend(inserts.map(|insert| Expected::Same(&insert.value)));
        if !members.is_empty() && gone.len() == members.len() {
            let old = Node { value: Value::List(list.to_vec()), span };
            return Ok(self.without_members(&old, plan, &members, at, Expected::List(Vec::new())));
        }
        self.flow_cut(&members, &gone);
        self.flow_items(plan, &members, (at, end));
        Ok(Fate::Stays(Expected::List(kept)))
    }

    /// Inserts the new items of a list into the brackets that span bytes `range`.
    fn flow_items(&mut self, plan: &Plan, members: &[Member], range: (usize, usize)) {
        for (number, insert) in plan.inserts.iter().enumerate() {
            match insert.at.min(members.len()).checked_sub(1) {
                Some(before) => {
                    let last = members[before];
                    self.flow_insert(insert, last.end, Some(last), true, range);
                }
                None if members.is_empty() => self.flow_insert(insert, range.0 + 1, None, number > 0, range),
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
            self.pad(range.1);
        }
    }

    /// Rewrites a collection that loses all its members. `empty`: what is then left of it.
    fn without_members<'a>(
        &mut self,
        old: &Node,
        plan: &Plan,
        members: &[Member],
        at: usize,
        empty: Expected<'a>,
    ) -> Fate<'a> {
        if !plan.inserts.is_empty() {
            return self.renew_flow(old, plan, at);
        }
        let undone = plan.children.iter().any(|(_, child)| is_undo(child));
        self.flow_emptied(undone, members, at, old.span.end as usize, empty)
    }

    /// Inserts at `at` into the brackets that span bytes `range`. `filled`: something precedes it.
    pub(super) fn flow_insert(
        &mut self,
        insert: &Insert,
        at: usize,
        last: Option<Member>,
        filled: bool,
        range: (usize, usize),
    ) {
        // In an empty pair, new text goes before the closing bracket, after anything already there.
        let at = if last.is_none() { range.1 - 1 } else { at };
        let lines = last.is_some_and(|last| scan::first_in_line(self.text, last.start));
        if let Some(last) = last.filter(|_| lines)
            && let Some(comma) = self.comment_behind(last.end)
        {
            return self.insert_below_comment(insert, last, comma);
        }
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

    /// Whether a comma precedes the comment in the rest of the line; `None` without a comment.
    fn comment_behind(&self, at: usize) -> Option<bool> {
        let rest = self.text[at..scan::line_end(self.text, at)].trim_start();
        let (comma, rest) = rest.strip_prefix(',').map_or((false, rest), |rest| (true, rest.trim_start()));
        rest.starts_with('#').then_some(comma)
    }

    /// Inserts on the lines after a member that has a comment behind it, which stays there.
    fn insert_below_comment(&mut self, insert: &Insert, last: Member, comma: bool) {
        let at = scan::line_end(self.text, last.end);
        let again = self.splices_at(at);
        let mut text = String::new();
        match (comma, again) {
            (true, _) => {}
            (false, true) => text.push(','),
            (false, false) => self.push(last.end, last.end, ","),
        }
        print::line(scan::column(self.text, last.start), self.style, &mut text);
        match &insert.key {
            Some(key) => print::flow_entry(key, &insert.value, self.style, &mut text),
            None => print::flow(&insert.value, self.style, &mut text),
        }
        text.push_str(if comma { "," } else { "" });
        self.push(at, at, text);
    }

    pub(super) fn renew_flow<'a>(&mut self, node: &Node, plan: &Plan, at: usize) -> Fate<'a> {
        let new = changed(node, plan);
        let mut text = String::new();
        print::flow(&new, self.style, &mut text);
        self.push(at, node.span.end as usize, text);
        Fate::Stays(Expected::Value(new))
    }

    /// Puts a blank before the closing bracket to record that the brackets were there, and empty, before the insertion.
    pub(super) fn pad(&mut self, end: usize) {
        if self.style.marks {
            self.push(end - 1, end - 1, " ");
        }
    }

    /// Rewrites brackets with nothing left in them.
    pub(super) fn flow_emptied<'a>(
        &mut self,
        undone: bool,
        members: &[Member],
        at: usize,
        end: usize,
        empty: Expected<'a>,
    ) -> Fate<'a> {
        let (first, last) = (members[0].start, members[members.len() - 1].end);
        let marked = self.text[last..end].starts_with(' ');
        if undone && !marked {
            let blanks = &self.text[at + 1..first];
            let word = blanks.len().checked_sub(1).filter(|_| blanks.bytes().all(|byte| byte == b' '));
            // Nothing at all was there, and `fill` wrote a blank before the bracket.
            let bare = word == Some(NOTHING.len()) && self.text[..at].ends_with(' ');
            let at = if bare { at - 1 } else { at };
            let Some(word) = word.and_then(|word| NOTHING.iter().chain([&""]).nth(word)) else { return Fate::Goes };
            self.push(at, end, *word);
            return Fate::Stays(Expected::Value(Node::new(Value::Null)));
        }
        self.push(first, if undone { last + 1 } else { last }, "");
        Fate::Stays(empty)
    }

    /// Removes some members of a flow collection.
    pub(super) fn flow_cut(&mut self, members: &[Member], gone: &[Member]) {
        let is_gone = |member: &Member| gone.iter().any(|one| one.start == member.start);
        let Some(first) = members.iter().position(|member| !is_gone(member)) else { return };
        for (index, member) in members[..first].iter().enumerate() {
            self.push(member.start, members[index + 1].start, "");
        }
        let mut index = first;
        while let Some(member) = members.get(index) {
            if !is_gone(member) {
                index += 1;
                continue;
            }
            let last = index + members[index..].iter().take_while(|member| is_gone(member)).count() - 1;
            self.cut_run(members[index - 1].end, member.start, members[last].end);
            index = last + 1;
        }
    }

    /// Removes the members from `start` to `end` after one that stays and ends at `before`; a comment behind that one stays, too.
    fn cut_run(&mut self, before: usize, start: usize, end: usize) {
        if !scan::first_in_line(self.text, start) || self.comment_behind(before).is_none() {
            return self.push(before, end, "");
        }
        let line = scan::line_end(self.text, before);
        let after = scan::content(self.text, end);
        if self.starts(after, &[',']) {
            return self.push(line, self.end_of_line(after + 1), "");
        }
        let comma = scan::content(self.text, before);
        self.push(comma, comma + 1, "");
        self.push(line, self.end_of_line(end), "");
    }
}
