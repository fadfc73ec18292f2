//! The report as a page: the answer, the mesh as a picture, where it breaks, the findings, and every path.

use crate::check::ASSUMES;
use crate::check::Hop;
use crate::check::HopKind;
use crate::check::Path;
use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::State;
use crate::finding::Severity;
use crate::report::cap;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::report::check::fixable;
use crate::report::check::fixable_line;
use crate::report::check::renders;
use crate::report::check::skipped;
use crate::report::check::table::several;
use crate::report::graph;
use crate::report::graph::svg;
use crate::report::human::visible;
use crate::report::markup::Markup;
use crate::report::page::filter;
use crate::report::page::page;
use crate::source::Place;
use std::collections::HashMap;

/// Groups of paths that do not arrive are open up to this number.
const OPEN: usize = 12;
/// Pictures that are shown at once; those of further sets that arrive are folded.
const PICTURES: usize = 3;

pub(super) fn text(report: &Report) -> String {
    let (shown, more) = cap(&report.findings, |hit| hit.finding.rule, PARSED);
    // The number of the first finding of each rule, for links from the hops that it breaks.
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (at, hit) in shown.iter().enumerate() {
        first.entry(hit.finding.rule.as_str()).or_insert(at);
    }
    let mut out = Markup::default();
    pictures(report, &mut out);
    breaks(report, &shown, &first, &mut out);
    findings(&shown, &mut out);
    for (rule, count) in more {
        out.raw("<p>").message(&cap::more(rule, count)).raw("</p>\n");
    }
    paths(report, &first, &mut out);
    rest(report, &mut out);
    page("meshtrace check", head(report), out)
}

fn head(report: &Report) -> Markup {
    let (class, word) = match report.arrives() {
        Some(true) => ("ok", "yes"),
        Some(false) => ("broken", "no"),
        None => ("unseen", "unknown"),
    };
    let mut out = Markup::default();
    out.raw("<h1>Spans arrive: <span class=\"answer ")
        .raw(class)
        .raw("\">")
        .raw(word)
        .raw("</span></h1>\n<p class=\"soft\">");
    match report.arrives() {
        Some(true) => out.raw("Every hop from the proxies to where spans are stored works."),
        Some(false) => out.raw("Some paths break before spans are stored; the hop and its line are below."),
        None if report.paths.is_empty() => out.raw("There is no gateway or service in these files."),
        None => out.raw("Some manifests are missing; the open hops say which."),
    };
    out.raw("</p>\n<ul class=\"counts\">\n");
    let badge = |out: &mut Markup, class: &'static str, count: usize, word: &'static str| {
        out.raw("<li class=\"badge ").raw(if count == 0 { "" } else { class }).raw("\">").count(count).raw(word);
        out.raw(if count == 1 || word == " allowed" { "</li>\n" } else { "s</li>\n" });
    };
    badge(&mut out, "error", report.count(Severity::Error), " error");
    badge(&mut out, "warning", report.count(Severity::Warning), " warning");
    badge(&mut out, "info", report.count(Severity::Info), " info");
    badge(&mut out, "", report.paths.len() + report.more_paths.total(), " path");
    if report.allowed > 0 {
        badge(&mut out, "", report.allowed, " allowed");
    }
    out.raw("</ul>\n");
    out
}

fn pictures(report: &Report, out: &mut Markup) {
    let pictures = graph::pictures(report);
    if pictures.is_empty() {
        return;
    }
    out.raw("<section aria-labelledby=\"mesh\">\n<h2 id=\"mesh\">Mesh</h2>\n");
    let many = several(report);
    let mut arriving = 0;
    let worst = |picture: &graph::Picture| {
        let states = picture.nodes.iter().map(|node| node.state).chain(picture.edges.iter().map(|edge| edge.state));
        states.fold(State::Ok, graph::worse)
    };
    let mut ordered: Vec<(State, &graph::Picture)> = pictures.iter().map(|one| (worst(one), one)).collect();
    ordered.sort_by_key(|(state, _)| rank(*state));
    for (state, picture) in ordered {
        if many {
            arriving += 1;
            let open = if arriving <= PICTURES { " open" } else { "" };
            out.raw("<details class=\"")
                .raw(state.as_str())
                .raw("\"")
                .raw(open)
                .raw("><summary><span class=\"state\">");
            out.raw(mark(state)).raw("</span> ").text(&picture.set).raw("</summary>\n");
        }
        out.raw("<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"Picture of the mesh ");
        out.text(&picture.set).raw("\">\n").add(svg::inline(picture)).raw("</div>\n");
        if many {
            out.raw("</details>\n");
        }
    }
    out.raw("</section>\n");
}

/// Each rule that breaks a hop, with the first of its findings and how many paths it breaks.
fn breaks(report: &Report, shown: &[&ReportedFinding], first: &HashMap<&str, usize>, out: &mut Markup) {
    let mut broken: Vec<((HopKind, &str), Vec<&Path>)> = Vec::new();
    let mut at: HashMap<(HopKind, &str), usize> = HashMap::new();
    for path in &report.paths {
        for hop in path.hops.iter().filter(|hop| hop.state == State::Broken) {
            let key = (hop.kind, hop.rule.unwrap_or_default());
            let index = *at.entry(key).or_insert_with(|| {
                broken.push((key, Vec::new()));
                broken.len() - 1
            });
            broken[index].1.push(path);
        }
    }
    if broken.is_empty() {
        return;
    }
    out.raw("<section aria-labelledby=\"breaks\">\n<h2 id=\"breaks\">Where it breaks</h2>\n");
    for ((kind, rule), paths) in broken {
        out.raw("<article class=\"card broken\">\n<h3><span class=\"state\">✗</span> ").raw(kind.as_str()).raw(": ");
        let finding = first.get(rule).map(|at| (at, shown[*at]));
        match finding {
            Some((at, hit)) => {
                out.code(&hit.finding.message).raw("</h3>\n<p class=\"where\">");
                place_line(hit, out);
                out.raw(" <a href=\"#f").count(*at).raw("\">").text(rule).raw("</a></p>\n");
                if let Some(place) = &hit.finding.place {
                    excerpt(place, out);
                }
            }
            None => {
                out.text(rule).raw("</h3>\n");
            }
        }
        let names: Vec<String> = paths.iter().take(8).map(|path| path.service.clone()).collect();
        let mut names = names;
        names.dedup();
        out.raw("<p class=\"soft\">breaks ").count(paths.len()).raw(if paths.len() == 1 {
            " path: "
        } else {
            " paths: "
        });
        out.text(&names.join(", ")).raw(if paths.len() > 8 { ", ..." } else { "" }).raw("</p>\n</article>\n");
    }
    out.raw("</section>\n");
}

fn findings(shown: &[&ReportedFinding], out: &mut Markup) {
    if shown.is_empty() {
        return;
    }
    let count = |severity| shown.iter().filter(|hit| hit.finding.severity == severity).count();
    out.raw("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    out.add(filter(
        "findings",
        "Show findings",
        &[
            ("error", "errors", count(Severity::Error)),
            ("warning", "warnings", count(Severity::Warning)),
            ("info", "infos", count(Severity::Info)),
        ],
    ));
    out.raw("<div class=\"list\">\n");
    for (at, hit) in shown.iter().enumerate() {
        finding(at, hit, out);
    }
    out.raw("</div>\n</section>\n");
}

fn finding(at: usize, hit: &ReportedFinding, out: &mut Markup) {
    let finding = &hit.finding;
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    out.raw("<article class=\"card ").raw(severity).raw("\" id=\"f").count(at).raw("\">\n<h3><span class=\"badge\">");
    out.raw(severity).raw("</span> ").code(&finding.message).raw("</h3>\n<p class=\"where\">");
    place_line(hit, out);
    out.raw(" ").text(finding.rule.as_str()).raw("</p>\n");
    if let Some(place) = &finding.place {
        excerpt(place, out);
    }
    for note in &finding.notes {
        out.raw("<p>").code(&note.message).raw("</p>\n");
        if let Some(place) = &note.place {
            out.raw("<p class=\"where\">").text(&format!("{}:{}", place.file, place.line)).raw("</p>\n");
            excerpt(place, out);
        }
    }
    if let Some(help) = &finding.help {
        out.raw("<p><strong>Help:</strong> ").code(help).raw("</p>\n");
    }
    for more in [fixable(hit).map(str::to_owned), renders(hit)].into_iter().flatten() {
        out.raw("<p class=\"soft\">").code(&more).raw("</p>\n");
    }
    out.raw("</article>\n");
}

fn place_line(hit: &ReportedFinding, out: &mut Markup) {
    if let Some(place) = &hit.finding.place {
        out.text(&format!("{}:{}:{}", place.file, place.line, place.column));
    }
    if let Some((file, line)) = &hit.rendered {
        out.text(&format!(" (rendered as {file}:{line})"));
    }
    if let Some((id, _)) = &hit.object {
        out.raw(" ").code(&id.to_string());
    }
}

/// The line of a file, with what is wrong marked in it.
fn excerpt(place: &Place, out: &mut Markup) {
    let (text, column, width) = visible(place);
    // On a narrow screen, indentation would hide what is marked.
    let indent = text.chars().take_while(|letter| *letter == ' ').count().min(column);
    let (text, column) = (&text[indent..], column - indent);
    let at = |column: usize| text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    let (from, to) = (at(column), at(column + width));
    out.raw("<pre tabindex=\"0\"><span class=\"n\">")
        .number(place.line)
        .raw("  </span>")
        .line(&text[..from])
        .raw("<mark>");
    out.line(&text[from..to]).raw("</mark>").line(&text[to..]).raw("</pre>\n");
}

/// Paths of one set that are alike in every hop.
struct Alike<'a> {
    set: &'a str,
    arrives: Option<bool>,
    hops: &'a [Hop],
    of: Vec<(&'a str, &'a str)>,
}

fn alike(report: &Report) -> Vec<Alike<'_>> {
    let mut all: Vec<Alike<'_>> = Vec::new();
    let mut known: HashMap<(&str, &[Hop]), usize> = HashMap::new();
    for path in &report.paths {
        let index = *known.entry((&path.set, &path.hops)).or_insert_with(|| {
            all.push(Alike { set: &path.set, arrives: path.arrives, hops: &path.hops, of: Vec::new() });
            all.len() - 1
        });
        all[index].of.push((&path.service, &path.from));
    }
    all.sort_by_key(|one| match one.arrives {
        Some(false) => 0,
        None => 1,
        Some(true) => 2,
    });
    all
}

fn paths(report: &Report, first: &HashMap<&str, usize>, out: &mut Markup) {
    if report.paths.is_empty() {
        return;
    }
    let groups = alike(report);
    let count = |arrives| groups.iter().filter(|one| one.arrives == arrives).count();
    out.raw("<section aria-labelledby=\"paths\">\n<h2 id=\"paths\">Paths</h2>\n");
    out.add(filter(
        "paths",
        "Show paths",
        &[
            ("broken", "broken", count(Some(false))),
            ("unseen", "unknown", count(None)),
            ("ok", "arriving", count(Some(true))),
        ],
    ));
    out.raw("<div class=\"list\">\n");
    let many = several(report);
    for (at, group) in groups.iter().enumerate() {
        paths_alike(group, at < OPEN && group.arrives == Some(false), many, first, out);
    }
    out.raw("</div>\n");
    for line in cap::paths(report, usize::MAX).1.iter().filter(|_| report.more_paths.total() > 0) {
        out.raw("<p>").text(line).raw("</p>\n");
    }
    out.raw("</section>\n");
}

fn paths_alike(group: &Alike<'_>, open: bool, several: bool, first: &HashMap<&str, usize>, out: &mut Markup) {
    let state = match group.arrives {
        Some(true) => State::Ok,
        Some(false) => State::Broken,
        None => State::Unseen,
    };
    out.raw("<details class=\"").raw(state.as_str()).raw("\"").raw(if open { " open" } else { "" }).raw("><summary>");
    out.raw("<span class=\"marks\" role=\"img\" aria-label=\"").raw(match state {
        State::Ok => "arrives",
        State::Broken => "does not arrive",
        State::Unseen => "unknown",
    });
    out.raw("\">");
    for hop in group.hops {
        out.raw("<span class=\"state ").raw(hop.state.as_str()).raw("\">").raw(mark(hop.state)).raw("</span>");
    }
    out.raw("</span> ");
    if several {
        out.raw("<span class=\"soft\">").text(group.set).raw("</span> ");
    }
    match group.of.as_slice() {
        [(service, from)] => {
            out.text(service).raw(" <span class=\"soft\">from ").text(from).raw("</span></summary>\n");
        }
        many => {
            out.text(many[0].0)
                .raw(" and ")
                .count(many.len() - 1)
                .raw(" more like it</summary>\n<ul class=\"names\">\n");
            for (service, from) in many {
                out.raw("<li>").text(service).raw(" <span class=\"soft\">from ").text(from).raw("</span></li>\n");
            }
            out.raw("</ul>\n");
        }
    }
    out.raw("<ol class=\"hops\">\n");
    for hop in group.hops {
        out.raw("<li class=\"")
            .raw(hop.state.as_str())
            .raw("\"><span class=\"state\" aria-hidden=\"true\">")
            .raw(mark(hop.state));
        out.raw("</span><span>").raw(hop.kind.as_str()).raw("</span><span>");
        match hop.rule.and_then(|rule| first.get(rule).map(|at| (rule, at))) {
            Some((rule, at)) => out.raw("see <a href=\"#f").count(*at).raw("\">").text(rule).raw("</a>"),
            None => out.code(&hop.detail),
        };
        if hop.state != State::Ok {
            out.raw(" <span class=\"soft\">(").raw(hop.state.as_str()).raw(")</span>");
        }
        out.raw("</span></li>\n");
    }
    out.raw("</ol>\n</details>\n");
}

/// What else the report knows.
fn rest(report: &Report, out: &mut Markup) {
    if !report.untraced.is_empty() {
        out.raw("<section aria-labelledby=\"untraced\">\n<h2 id=\"untraced\">Services without spans</h2>\n<ul>\n");
        for one in &report.untraced {
            out.raw("<li>").text(&one.service).raw(" <span class=\"soft\">").text(&one.why).raw("</span></li>\n");
        }
        out.raw("</ul>\n</section>\n");
    }
    out.raw("<section aria-labelledby=\"assumed\">\n<h2 id=\"assumed\">Assumed</h2>\n<ul>\n");
    for line in ASSUMES {
        out.raw("<li>").code(line).raw("</li>\n");
    }
    out.raw("</ul>\n");
    for line in skipped(report).map(|text| format!("Skipped {text}.")).iter().chain(&report.notes) {
        out.raw("<p class=\"soft\">").code(line).raw("</p>\n");
    }
    if let Some(line) = fixable_line(report) {
        out.raw("<p>").code(&line).raw("</p>\n");
    }
    out.raw("</section>\n");
}

fn rank(state: State) -> u8 {
    match state {
        State::Broken => 0,
        State::Unseen => 1,
        State::Ok => 2,
    }
}

fn mark(state: State) -> &'static str {
    match state {
        State::Ok => "✓",
        State::Broken => "✗",
        State::Unseen => "?",
    }
}
