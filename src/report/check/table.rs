//! The trace paths as a table for a terminal: one row for each way that the requests of a service come, one mark for
//! each hop.

use crate::check::Hop;
use crate::check::HopKind;
use crate::check::Path;
use crate::check::Report;
use crate::check::State;
use crate::check::Untraced;
use crate::report::Color;
use crate::report::cap;
use crate::report::cap::grouped;
use crate::report::check::human::said;
use crate::report::paint::Paint;
use crate::report::paint::WIDTH;
use crate::report::paint::paint;
use crate::report::paint::wrap;

/// How many paths are shown individually; if there are more, only those that do not arrive, and a count.
const SHOWN: usize = 20;
/// The widest columns: with the marks of all hops and the answer, a row has 80 characters.
const SERVICE: usize = 28;
const FROM: usize = 26;

/// The table, with what the marks mean. Empty if there are no paths.
pub(super) fn table(report: &Report, color: Color) -> String {
    let (shown, more) = cap::paths(report, SHOWN);
    let rows = rows(&shown);
    let mut out = String::new();
    if !rows.is_empty() || !report.untraced.is_empty() {
        body(report, &rows, color, &mut out);
    }
    for line in more {
        match rows.is_empty() {
            true => out.push_str(&line.replacen("and ", "", 1).replacen("more ", "paths ", 1)),
            false => out.push_str(&line),
        }
        out.push('\n');
    }
    if !rows.is_empty() {
        legend(&rows, &mut out);
    }
    out
}

fn body(report: &Report, rows: &[Row<'_>], color: Color, out: &mut String) {
    let met = met(rows);
    let untraced = &report.untraced[..report.untraced.len().min(SHOWN)];
    let names = rows.iter().map(|row| row.service).chain(untraced.iter().map(|one| &one.service));
    let service = names.map(|name| said(name).chars().count()).max().unwrap_or(0).clamp("service".len(), SERVICE);
    let from = rows.iter().map(|row| row.from().chars().count()).max().unwrap_or(0).clamp("from".len(), FROM);
    let hops = met.len().max("hops".len());
    let several = several(report);
    if !rows.is_empty() {
        let head = format!("{:service$}  {:from$}  {:hops$}  spans arrive", "service", "from", "hops");
        out.push_str(&format!("{}\n", paint(&head, Paint::Head, color)));
    }
    let mut left: Vec<&Untraced> = untraced.iter().collect();
    let mut set = None;
    let silent = |of: Option<&str>, left: &mut Vec<&Untraced>, out: &mut String| {
        let (now, later) = left.drain(..).partition(|one| of.is_none_or(|set| set == &*one.set));
        *left = later;
        let now: Vec<&Untraced> = now;
        now.iter().for_each(|one| out.push_str(&no_spans(one, service)));
    };
    for (index, row) in rows.iter().enumerate() {
        if several && set != Some(row.set) {
            silent(set.or(Some("")), &mut left, out);
            out.push_str(&format!("{}\n", paint(&format!("{}:", said(row.set)), Paint::Head, color)));
            set = Some(row.set);
        }
        line(row, &met, [service, from, hops], color, out);
        // Rows with the same details, such as a store that all share, have them once, below the last.
        let told = details(row.hops);
        if !rows.get(index + 1).is_some_and(|next| next.set == row.set && details(next.hops) == told) {
            told.into_iter().for_each(|detail| out.push_str(&below(detail, color)));
        }
    }
    silent(set.filter(|_| several), &mut left, out);
    for one in left {
        out.push_str(&format!("{}\n", paint(&format!("{}:", said(&one.set)), Paint::Head, color)));
        out.push_str(&no_spans(one, service));
    }
    if report.untraced.len() > untraced.len() {
        let rest = report.untraced.len() - untraced.len();
        out.push_str(&format!("and {} more services with tcp, for which Envoy makes no spans\n", grouped(rest)));
    }
}

/// Whether the report is about several sets.
pub(super) fn several(report: &Report) -> bool {
    let sets = report.paths.iter().map(|path| &path.set).chain(report.untraced.iter().map(|one| &one.set));
    let mut sets = sets.skip_while(|set| set.is_empty());
    sets.next().is_some_and(|first| sets.any(|set| set != first))
}

fn no_spans(one: &Untraced, width: usize) -> String {
    wrap(&format!("{:width$}  no spans: {}", said(&one.service), said(&one.why)), WIDTH, width + 2)
}

/// Paths of a service that differ only in where requests come from.
struct Row<'a> {
    set: &'a str,
    service: &'a String,
    from: Vec<&'a str>,
    arrives: Option<bool>,
    hops: &'a [Hop],
}

impl Row<'_> {
    /// Where its requests come from, as much as fits.
    fn from(&self) -> String {
        let mut text = String::new();
        for (at, from) in self.from.iter().enumerate() {
            let next = said(from);
            let more = format!(", {} more", self.from.len() - at);
            let is_last = at + 1 == self.from.len();
            let room = FROM - if is_last { 0 } else { more.len() };
            if at > 0 && text.chars().count() + 2 + next.chars().count() > room {
                return text + &more;
            }
            text.push_str(if at > 0 { ", " } else { "" });
            text.push_str(&next);
        }
        text
    }
}

fn rows<'a>(paths: &[&'a Path]) -> Vec<Row<'a>> {
    let told = |hops: &'a [Hop]| {
        hops.iter().map(|hop| (hop.kind, hop.state, if hop.state == State::Ok { "" } else { &hop.detail }))
    };
    let mut rows: Vec<Row<'a>> = Vec::new();
    for path in paths {
        // The paths of a service follow one another.
        let of_service = |row: &&mut Row<'a>| *row.set == *path.set && *row.service == path.service;
        let same = rows.iter_mut().rev().take_while(of_service).find(|row| told(row.hops).eq(told(&path.hops)));
        match same {
            Some(row) => row.from.push(&path.from),
            None => rows.push(Row {
                set: &path.set,
                service: &path.service,
                from: vec![&path.from],
                arrives: path.arrives,
                hops: &path.hops,
            }),
        }
    }
    rows
}

/// The kinds of hops in the rows: only few paths go through collectors.
fn met(rows: &[Row<'_>]) -> Vec<HopKind> {
    HopKind::ALL
        .into_iter()
        .filter(|kind| rows.iter().any(|row| row.hops.iter().any(|hop| hop.kind == *kind)))
        .collect()
}

fn line(row: &Row<'_>, met: &[HopKind], [service, from, hops]: [usize; 3], color: Color, out: &mut String) {
    let name = said(row.service);
    out.push_str(&format!("{name:service$}  "));
    if name.chars().count() > service {
        out.push_str(&format!("\n{:service$}  ", ""));
    }
    out.push_str(&format!("{:from$}  ", row.from()));
    for kind in met {
        // The worst of the hops of a kind.
        let of_kind = || row.hops.iter().filter(|hop| hop.kind == *kind);
        let hop = of_kind().find(|hop| hop.state != State::Ok).or_else(|| of_kind().next());
        let (mark, as_) = hop.map_or(("-", Paint::Plain), |hop| mark(hop.state));
        out.push_str(&paint(mark, as_, color));
    }
    let (word, as_) = match row.arrives {
        Some(true) => ("yes", Paint::Good),
        Some(false) => ("no", Paint::Bad),
        None => ("unknown", Paint::Open),
    };
    out.push_str(&format!("{:1$}  {2}\n", "", hops - met.len(), paint(word, as_, color)));
}

fn below((state, detail, kinds): (State, &str, Vec<&str>), color: Color) -> String {
    let (sign, as_) = mark(state);
    let text = wrap(&format!("{}: {}", kinds.join(", "), said(detail)), WIDTH - 4, 4);
    format!("  {} {text}", paint(sign, as_, color))
}

/// The details of the hops that are not ok, each with its hops: if one hop is unknown, the hops behind it mostly are
/// too, for the same reason.
fn details(hops: &[Hop]) -> Vec<(State, &str, Vec<&str>)> {
    let mut details: Vec<(State, &str, Vec<&str>)> = Vec::new();
    for hop in hops.iter().filter(|hop| hop.state != State::Ok) {
        match details.last_mut().filter(|(state, detail, _)| (*state, *detail) == (hop.state, &*hop.detail)) {
            Some((.., kinds)) => kinds.push(hop.kind.as_str()),
            None => details.push((hop.state, &hop.detail, vec![hop.kind.as_str()])),
        }
    }
    details
}

fn legend(rows: &[Row<'_>], out: &mut String) {
    let kinds: Vec<&str> = met(rows).iter().map(|kind| kind.as_str()).collect();
    let states = [(State::Ok, "ok"), (State::Broken, "broken"), (State::Unseen, "not in these files")];
    let is_met = |state| rows.iter().any(|row| row.hops.iter().any(|hop| hop.state == state));
    let marks = states.into_iter().filter(|(state, _)| is_met(*state));
    let marks: Vec<String> = marks.map(|(state, word)| format!("{} {word}", mark(state).0)).collect();
    out.push_str(&wrap(&format!("hops: {}; {}", kinds.join(" "), marks.join(", ")), WIDTH, 6));
}

fn mark(state: State) -> (&'static str, Paint) {
    match state {
        State::Ok => ("✓", Paint::Good),
        State::Broken => ("✗", Paint::Bad),
        State::Unseen => ("?", Paint::Open),
    }
}
