//! Locations in files that were read, and errors from reading them.

use crate::check::cursor::Doc;
use crate::check::input::load::Loaded;
use crate::check::report::joined::ReportedFinding;
use crate::check::report::place;
use crate::check::report::place::Author;
use crate::check::report::place::Located;
use crate::check::report::place::Places;
use crate::check::rules::malformed;
use crate::finding::Finding;
use crate::secrecy::Redactor;
use crate::source::Place;
use crate::source::Span;
use crate::yaml::Node;

impl Places for Loaded {
    fn place(&self, located: &Located<'_>) -> (Option<Place>, Option<(String, u32)>) {
        (place::in_sources(self.sources(), located), None)
    }

    fn author(&self, _: Doc, node: &Node) -> Author {
        match node.span == Span::NONE {
            true => Author::Copy,
            false if self.is_rendered(node.span.source) => Author::Render,
            false => Author::Person,
        }
    }
}

/// The errors from reading, with secrets from the rest removed.
pub fn unread(loaded: &Loaded) -> impl Iterator<Item = ReportedFinding> + '_ {
    let mut secrets = Redactor::default();
    if !loaded.malformed().is_empty() {
        loaded.nodes().for_each(|node| {
            secrets.learn_tree(node);
        });
    }
    loaded.malformed().iter().map(move |finding| {
        let finding = Finding { rule: (&malformed::RULE).into(), ..finding.clone() };
        ReportedFinding::bare(finding.redacted(&secrets))
    })
}
