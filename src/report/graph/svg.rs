//! The picture as SVG: a file of its own, or a part of a page.

use crate::check::State;
use crate::report::graph::Edge;
use crate::report::graph::Kind;
use crate::report::graph::Node;
use crate::report::graph::Picture;
use crate::report::graph::layout::HIGH;
use crate::report::graph::layout::Layout;
use crate::report::graph::layout::WIDE;
use crate::report::graph::layout::layout;
use crate::report::graph::short;
use crate::report::markup::Markup;
use crate::report::page::PICTURE;

/// How many characters fit on the lines of a node.
const LABEL: usize = 23;
const NOTE: usize = 28;
/// How far from its beginning an edge has its mark.
const MARK: i32 = 28;
/// Lines of what is shown of a node that is pointed at, and their height.
const LINES: usize = 6;
const LINE: i32 = 17;
/// The smallest width: what is shown of a node needs it.
const NARROW: i32 = 560;

/// All pictures in one file, one below the other.
pub(super) fn document(pictures: &[Picture]) -> String {
    let layouts: Vec<Layout> = pictures.iter().map(layout).collect();
    let several = pictures.len() > 1;
    let head = if several { 30 } else { 0 };
    let width = layouts.iter().map(|layout| layout.width).max().unwrap_or(420);
    let height = layouts.iter().map(|layout| layout.height + head).sum::<i32>().max(60);
    let mut out = Markup::default();
    open(&mut out, width, height);
    out.raw(" role=\"img\" aria-label=\"The paths of spans through the mesh\">\n<style>")
        .raw(PICTURE)
        .raw("</style>\n");
    if pictures.is_empty() {
        out.raw("<text x=\"12\" y=\"36\">no gateway or service in these files</text>\n");
    }
    let mut top = 0;
    for (picture, layout) in pictures.iter().zip(&layouts) {
        if several {
            out.raw("<text class=\"head\" x=\"12\" y=\"")
                .number(top + 22)
                .raw("\">")
                .text(&picture.set)
                .raw("</text>\n");
            top += head;
        }
        out.raw("<g transform=\"translate(0 ").number(top).raw(")\">\n");
        body(&mut out, picture, layout, None);
        out.raw("</g>\n");
        top += layout.height;
    }
    out.raw("</svg>\n");
    out.finish()
}

/// One picture for a page, whose style it uses. Pointing at a node or an edge, or moving the focus to it, shows its
/// hops below.
pub(crate) fn inline(picture: &Picture) -> Markup {
    let layout = layout(picture);
    let abouts = picture.nodes.iter().map(|node| &node.about).chain(picture.edges.iter().map(|edge| &edge.about));
    let tip = Tip { lines: abouts.map(|about| about.len() + 1).max().unwrap_or(0).min(LINES) };
    let mut out = Markup::default();
    open(&mut out, layout.width.max(NARROW), layout.height + tip.height() + 8);
    out.raw(" role=\"group\" aria-label=\"The paths of spans");
    if !picture.set.is_empty() {
        out.raw(" of ").text(&picture.set);
    }
    out.raw("\">\n<text class=\"soft\" x=\"12\" y=\"").number(layout.height + 22);
    out.raw("\">Point at a box or a line, or press Tab, to see its hops here.</text>\n");
    body(&mut out, picture, &layout, Some(tip));
    out.raw("</svg>\n");
    out
}

fn open(out: &mut Markup, width: i32, height: i32) {
    out.raw("<svg class=\"mesh\" xmlns=\"http://www.w3.org/2000/svg\" width=\"")
        .number(width)
        .raw("\" height=\"")
        .number(height);
    out.raw("\" viewBox=\"0 0 ").number(width).raw(" ").number(height).raw("\"");
}

fn body(out: &mut Markup, picture: &Picture, layout: &Layout, live: Option<Tip>) {
    for (kind, x) in &layout.columns {
        let word = match kind {
            Kind::Collector(_) => "collector",
            kind => kind.word(),
        };
        out.raw("<text class=\"head\" x=\"").number(*x).raw("\" y=\"20\">").raw(word).raw("</text>");
        out.raw("<text class=\"soft\" x=\"").number(*x).raw("\" y=\"36\">").raw(hops(*kind)).raw("</text>\n");
    }
    // What is broken is drawn last, above the rest.
    let order = |state: State| match state {
        State::Ok => 0,
        State::Unseen => 1,
        State::Broken => 2,
    };
    let mut edges: Vec<(&Edge, &Vec<(i32, i32)>)> = picture.edges.iter().zip(&layout.edges).collect();
    edges.sort_by_key(|(edge, _)| order(edge.state));
    for (edge, points) in edges {
        self::edge(out, picture, edge, points, layout, live);
    }
    for (node, at) in picture.nodes.iter().zip(&layout.nodes) {
        self::node(out, node, *at, layout, live);
    }
}

/// The hops that a column shows, short enough for it.
fn hops(kind: Kind) -> &'static str {
    match kind {
        Kind::Gateway | Kind::Service => "entry, protocol, sidecar, tracer",
        kind => kind.hops(),
    }
}

fn mark(state: State) -> &'static str {
    match state {
        State::Ok => "✓",
        State::Broken => "✗",
        State::Unseen => "?",
    }
}

fn node(out: &mut Markup, node: &Node, (x, y): (i32, i32), layout: &Layout, live: Option<Tip>) {
    out.raw("<g class=\"node ").raw(node.state.as_str()).raw("\"");
    if live.is_some() {
        out.raw(" tabindex=\"0\" role=\"img\" aria-label=\"").raw(node.kind.word()).raw(" ").text(&node.label);
        out.raw(", ").raw(node.state.as_str()).raw(". ").text(&node.about.join("; ")).raw("\"");
    }
    out.raw(">");
    if live.is_none() {
        out.raw("<title>").text(&format!("{}: {}", node.label, node.about.join("; "))).raw("</title>");
    }
    rect(out, "card", (x, y, WIDE, HIGH));
    rect(out, "bar", (x, y, 22, HIGH));
    let lines = if node.note.is_empty() { [y + 30, 0] } else { [y + 22, y + 39] };
    text(out, "label", (x + 30, lines[0]), &short(&node.label, LABEL));
    if !node.note.is_empty() {
        text(out, "soft note", (x + 30, lines[1]), &short(&node.note, NOTE));
    }
    out.raw("<text class=\"sign\" text-anchor=\"middle\" x=\"")
        .number(x + 11)
        .raw("\" y=\"")
        .number(y + HIGH / 2 + 5)
        .raw("\">");
    out.raw(mark(node.state)).raw("</text>");
    if let Some(tip) = live {
        tip.draw(
            out,
            &[&[format!("{} {}: {}", node.kind.word(), node.label, node.state.as_str())], &*node.about].concat(),
            layout,
        );
    }
    out.raw("</g>\n");
}

fn edge(out: &mut Markup, picture: &Picture, edge: &Edge, points: &[(i32, i32)], layout: &Layout, live: Option<Tip>) {
    out.raw("<g class=\"edge ").raw(edge.state.as_str()).raw("\"");
    let ends = format!("{} -> {}", picture.nodes[edge.from].label, picture.nodes[edge.to].label);
    if live.is_some() && edge.state != State::Ok {
        out.raw(" tabindex=\"0\" role=\"img\" aria-label=\"").text(&ends).raw(", ").raw(edge.state.as_str());
        out.raw(". ").text(&edge.about.join("; ")).raw("\"");
    }
    out.raw(">");
    if live.is_none() {
        out.raw("<title>").text(&format!("{ends}: {}", edge.about.join("; "))).raw("</title>");
    }
    if live.is_some() {
        out.raw("<path class=\"reach\" d=\"");
        way(out, points);
        out.raw("\"/>");
    }
    out.raw("<path d=\"");
    way(out, points);
    out.raw("\"/>");
    if edge.state != State::Ok
        && let Some((from_x, from_y)) = points.first()
    {
        // Where it begins, since several may end at one node.
        let (x, y) = (from_x + MARK, *from_y);
        out.raw("<circle cx=\"").number(x).raw("\" cy=\"").number(y).raw("\" r=\"9\"/>");
        out.raw("<text class=\"mark\" text-anchor=\"middle\" x=\"").number(x).raw("\" y=\"").number(y + 5).raw("\">");
        out.raw(mark(edge.state)).raw("</text>");
        let hop = edge.label.split([',', ':', '?']).next().unwrap_or_default();
        out.raw("<text class=\"hop\" text-anchor=\"middle\" x=\"").number(x).raw("\" y=\"").number(y - 14).raw("\">");
        out.text(&short(hop, 9)).raw("</text>");
    }
    if let Some(tip) = live {
        tip.draw(out, &[&[ends], &*edge.about].concat(), layout);
    }
    out.raw("</g>\n");
}

/// Curves between the columns, straight lines over them.
fn way(out: &mut Markup, points: &[(i32, i32)]) {
    let mut points = points.iter();
    let Some((mut x, mut y)) = points.next().copied() else { return };
    out.raw("M").number(x).raw(" ").number(y);
    for (at, (to_x, to_y)) in points.copied().enumerate() {
        if at % 2 == 1 {
            out.raw("L").number(to_x).raw(" ").number(to_y);
        } else {
            let middle = (x + to_x) / 2;
            out.raw("C").number(middle).raw(" ").number(y).raw(" ").number(middle).raw(" ").number(to_y);
            out.raw(" ").number(to_x).raw(" ").number(to_y);
        }
        (x, y) = (to_x, to_y);
    }
}

/// Where the hops of what is pointed at are shown: below the picture.
#[derive(Clone, Copy)]
struct Tip {
    /// For the longest of the picture.
    lines: usize,
}

impl Tip {
    fn height(self) -> i32 {
        i32::try_from(self.lines).unwrap_or(0) * LINE + 16
    }

    fn draw(self, out: &mut Markup, lines: &[String], layout: &Layout) {
        let width = layout.width.max(NARROW) - 24;
        // A character is about seven pixels wide.
        let most = usize::try_from((width - 20) / 7).unwrap_or(0);
        out.raw("<g class=\"tip\" aria-hidden=\"true\">");
        rect(out, "panel", (12, layout.height, width, self.height()));
        for (at, line) in lines.iter().take(self.lines).enumerate() {
            let y = layout.height + 20 + i32::try_from(at).unwrap_or(0) * LINE;
            text(out, if at == 0 { "label" } else { "line" }, (24, y), &short(line, most));
        }
        out.raw("</g>");
    }
}

fn rect(out: &mut Markup, class: &'static str, (x, y, width, height): (i32, i32, i32, i32)) {
    out.raw("<rect class=\"").raw(class).raw("\" x=\"").number(x).raw("\" y=\"").number(y).raw("\" width=\"");
    out.number(width).raw("\" height=\"").number(height).raw(if class == "bar" {
        "\" rx=\"5\"/>"
    } else {
        "\" rx=\"8\"/>"
    });
}

fn text(out: &mut Markup, class: &'static str, (x, y): (i32, i32), text: &str) {
    out.raw("<text class=\"")
        .raw(class)
        .raw("\" x=\"")
        .number(x)
        .raw("\" y=\"")
        .number(y)
        .raw("\">")
        .text(text)
        .raw("</text>");
}
