//! The picture as a Mermaid flowchart, which code hosts draw in Markdown.

use crate::check::State;
use crate::report::escape::one_line;
use crate::report::graph::Kind;
use crate::report::graph::Picture;
use crate::report::graph::short;
use crate::secrecy::mask;
use std::fmt::Write;

/// Longer labels make the boxes hard to read.
const LONGEST: usize = 60;

pub(super) fn text(pictures: &[Picture]) -> String {
    let mut out = String::from("flowchart LR\n");
    let several = pictures.len() > 1;
    for (at, picture) in pictures.iter().enumerate() {
        let indent = if several { "    " } else { "  " };
        if several {
            let _ = writeln!(out, "  subgraph s{at}[\"{}\"]", label(&picture.set));
        }
        for (index, node) in picture.nodes.iter().enumerate() {
            let (open, close) = match node.kind {
                Kind::Clients => ("([", "])"),
                Kind::Gateway => ("{{", "}}"),
                Kind::Storage => ("[(", ")]"),
                Kind::Service | Kind::Collector(_) | Kind::Ui => ("[", "]"),
            };
            let note = if node.note.is_empty() { String::new() } else { format!("<br>{}", label(&node.note)) };
            let state = node.state.as_str();
            let _ = writeln!(out, "{indent}n{at}_{index}{open}\"{}{note}\"{close}:::{state}", label(&node.label));
        }
        for edge in &picture.edges {
            let arrow = match edge.state {
                State::Ok => "-->",
                State::Broken => "--x",
                State::Unseen => "-.->",
            };
            let text = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", label(&edge.label)) };
            let _ = writeln!(out, "{indent}n{at}_{} {arrow}{text} n{at}_{}", edge.from, edge.to);
        }
        if several {
            out.push_str("  end\n");
        }
    }
    // Colors that are readable on light and on dark pages.
    out.push_str("  classDef ok fill:#1a7f37,stroke:#1a7f37,color:#ffffff\n");
    out.push_str("  classDef broken fill:#cf222e,stroke:#cf222e,color:#ffffff\n");
    out.push_str("  classDef unseen fill:#9a6700,stroke:#9a6700,color:#ffffff,stroke-dasharray:4 3\n");
    out
}

/// Text in a quoted label: every character that Mermaid, HTML or Markdown could take for syntax as its number.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in short(&one_line(&mask(text)), LONGEST).chars() {
        match c {
            c if c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | ',' | '/' | '(' | ')' | '?' | '…' | ':') => {
                out.push(c);
            }
            c => {
                let _ = write!(out, "#{};", c as u32);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_only_text() {
        assert_eq!(label("a-1.b:9411 (x)"), "a-1.b:9411 (x)");
        assert_eq!(label("\"]; click n javascript`"), "#34;#93;#59; click n javascript#96;");
        assert_eq!(label("<b>#1&"), "#60;b#62;#35;1#38;");
    }
}
