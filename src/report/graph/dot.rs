//! The picture for Graphviz.

use crate::check::State;
use crate::report::escape::one_line;
use crate::report::graph::Kind;
use crate::report::graph::Picture;
use crate::secrecy::mask;
use std::fmt::Write;

pub(super) fn text(pictures: &[Picture]) -> String {
    let mut out = String::from(
        "digraph mesh {\n  rankdir=LR\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n",
    );
    for (at, picture) in pictures.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{at} {{\n    label={}", quoted(&picture.set));
        for (index, node) in picture.nodes.iter().enumerate() {
            let shape = match node.kind {
                Kind::Clients => ", shape=oval",
                Kind::Gateway => ", shape=hexagon",
                Kind::Storage => ", shape=cylinder",
                Kind::Service | Kind::Collector(_) | Kind::Ui => "",
            };
            let text = match node.note.is_empty() {
                true => node.label.clone(),
                false => format!("{}\n{}", node.label, node.note),
            };
            let _ = writeln!(out, "    n{at}_{index} [label={}, color={}{shape}]", quoted(&text), color(node.state));
        }
        for edge in &picture.edges {
            let label = if edge.label.is_empty() { String::new() } else { format!(", label={}", quoted(&edge.label)) };
            let dashed = if edge.state == State::Unseen { ", style=dashed" } else { "" };
            let color = color(edge.state);
            let _ = writeln!(out, "    n{at}_{} -> n{at}_{} [color={color}{label}{dashed}]", edge.from, edge.to);
        }
        out.push_str("  }\n");
    }
    out + "}\n"
}

fn color(state: State) -> &'static str {
    match state {
        State::Ok => "\"#1a7f37\"",
        State::Broken => "\"#cf222e\"",
        State::Unseen => "\"#9a6700\"",
    }
}

/// A quoted string, in which a backslash would begin an escape; the line breaks are ours.
fn quoted(text: &str) -> String {
    let lines = text.split('\n').map(|line| one_line(&mask(line)).replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_it_should() {
        assert_eq!(quoted("a\"]\\ -> b\nc"), "\"a\\\"]\\\\ -> b\\nc\"");
        assert_eq!(quoted("a\\"), "\"a\\\\\"");
    }
}
