//! The mesh as a picture: the paths of a check report as nodes and edges, drawn as SVG, Mermaid or DOT.
//!
//! In: a report. Out: text. Each hop of a path belongs to one node or one edge, so a picture says what the table says.
//! Names come from files; each writer escapes them for its language.

mod build;
mod dot;
mod layout;
mod mermaid;
pub(crate) mod svg;

use crate::check::Report;
use crate::check::State;
use crate::named::named;
use std::borrow::Cow;

named! {
    /// The languages of a picture.
    pub enum Format {
        /// A picture for browsers and documents, in light and dark.
        Svg = "svg",
        /// Text that code hosts draw.
        Mermaid = "mermaid",
        /// Text for Graphviz.
        Dot = "dot",
    }
}

/// The picture of a report: one part for each set.
pub fn draw(report: &Report, format: Format) -> String {
    let pictures = build::pictures(report);
    match format {
        Format::Svg => svg::document(&pictures),
        Format::Mermaid => mermaid::text(&pictures),
        Format::Dot => dot::text(&pictures),
    }
}

/// A Mermaid picture for a Markdown report; empty if there is nothing to draw.
pub(crate) fn markdown(report: &Report) -> String {
    let pictures = build::pictures(report);
    match pictures.iter().all(|picture| picture.nodes.is_empty()) {
        true => String::new(),
        false => mermaid::text(&pictures),
    }
}

/// The pictures of a report, in the order of its sets.
pub(crate) fn pictures(report: &Report) -> Vec<Picture> {
    build::pictures(report)
}

/// The mesh of one set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picture {
    /// The set; empty if it has no name.
    pub(crate) set: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
}

/// What a node is; also its column, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Clients,
    Gateway,
    Service,
    /// A collector, and how many collectors are before it.
    Collector(usize),
    Storage,
    Ui,
}

impl Kind {
    /// The word above its label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Clients => "requests",
            Kind::Gateway => "gateway",
            Kind::Service => "service",
            Kind::Collector(_) => "collector",
            Kind::Storage => "storage",
            Kind::Ui => "UI",
        }
    }

    /// The hops that the column and the edges into it show.
    pub(crate) fn hops(self) -> &'static str {
        match self {
            Kind::Clients => "",
            Kind::Gateway | Kind::Service => "entry, protocol, sidecar, tracer, starts",
            Kind::Collector(0) => "cluster, dns, service, receiver",
            Kind::Collector(_) => "relay",
            Kind::Storage => "storage",
            Kind::Ui => "ui",
        }
    }
}

/// One program, or several that are alike.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    /// More about it, on a second line.
    pub(crate) note: String,
    pub(crate) state: State,
    /// Its hops, each with state and detail.
    pub(crate) about: Vec<String>,
}

/// The way from one node to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) state: State,
    /// The hops that are not ok.
    pub(crate) label: String,
    pub(crate) about: Vec<String>,
}

/// The worse of two states.
pub(crate) fn worse(a: State, b: State) -> State {
    match (a, b) {
        (State::Broken, _) | (_, State::Broken) => State::Broken,
        (State::Unseen, _) | (_, State::Unseen) => State::Unseen,
        (State::Ok, State::Ok) => State::Ok,
    }
}

/// The first characters of a text.
fn short(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some(_) => {
            let head: String = text.chars().take(most - 1).collect();
            format!("{head}…").into()
        }
    }
}

#[cfg(test)]
mod tests;
