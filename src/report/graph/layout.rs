//! Where nodes and edges are: columns from left to right, in the order in which a span passes them. An edge over a
//! column has a place of its own in it, so that it does not run through a node.

use crate::report::graph::Kind;
use crate::report::graph::Picture;
use std::collections::BTreeSet;
use std::collections::HashMap;

pub(super) const WIDE: i32 = 192;
pub(super) const HIGH: i32 = 50;
const GAP_X: i32 = 56;
const GAP_Y: i32 = 14;
/// The height of the place of an edge in a column.
const LANE: i32 = 10;
/// The room above the columns, for their headings.
const TOP: i32 = 48;
const MARGIN: i32 = 12;

/// Places in pixels.
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    /// The columns: what is in it, and its left edge.
    pub(super) columns: Vec<(Kind, i32)>,
    /// The upper left corner of each node.
    pub(super) nodes: Vec<(i32, i32)>,
    /// The points of each edge: where it leaves a node, then each lane from left to right, then where it ends.
    pub(super) edges: Vec<Vec<(i32, i32)>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Slot {
    Node(usize),
    /// A lane to a node: all edges over a column to one node share it.
    Lane(usize),
}

pub(super) fn layout(picture: &Picture) -> Layout {
    let kinds: BTreeSet<Kind> = picture.nodes.iter().map(|node| node.kind).collect();
    let kinds: Vec<Kind> = kinds.into_iter().collect();
    let column = |node: usize| kinds.binary_search(&picture.nodes[node].kind).unwrap_or(0);
    let mut slots: Vec<Vec<Slot>> = vec![Vec::new(); kinds.len()];
    for edge in &picture.edges {
        // An edge to a column before its own has no columns between.
        let between = slots.get_mut(column(edge.from) + 1..column(edge.to)).unwrap_or_default();
        for column in between.iter_mut().filter(|column| !column.contains(&Slot::Lane(edge.to))) {
            column.push(Slot::Lane(edge.to));
        }
    }
    (0..picture.nodes.len()).for_each(|node| slots[column(node)].push(Slot::Node(node)));
    let high = |slot: &Slot| if matches!(slot, Slot::Node(_)) { HIGH } else { LANE };
    let tall = |slots: &[Slot]| slots.iter().map(|slot| high(slot) + GAP_Y).sum::<i32>() - GAP_Y;
    let tallest = slots.iter().map(|slots| tall(slots)).max().unwrap_or(0);
    let left = |at: usize| MARGIN + i32::try_from(at).unwrap_or(0) * (WIDE + GAP_X);
    let mut places: HashMap<(usize, Slot), i32> = HashMap::new();
    for (at, column) in slots.iter().enumerate() {
        let mut y = TOP + (tallest - tall(column)) / 2;
        for slot in column {
            places.insert((at, *slot), y);
            y += high(slot) + GAP_Y;
        }
    }
    let nodes: Vec<(i32, i32)> =
        (0..picture.nodes.len()).map(|node| (left(column(node)), places[&(column(node), Slot::Node(node))])).collect();
    let edges = picture.edges.iter().map(|edge| {
        let (from, to) = (nodes[edge.from], nodes[edge.to]);
        let mut points = vec![(from.0 + WIDE, from.1 + HIGH / 2)];
        for between in column(edge.from) + 1..column(edge.to) {
            let y = places[&(between, Slot::Lane(edge.to))] + LANE / 2;
            points.extend([(left(between), y), (left(between) + WIDE, y)]);
        }
        points.push((to.0, to.1 + HIGH / 2));
        points
    });
    Layout {
        width: left(kinds.len()) - GAP_X + MARGIN,
        height: TOP + tallest + MARGIN,
        edges: edges.collect(),
        columns: kinds.iter().enumerate().map(|(at, kind)| (*kind, left(at))).collect(),
        nodes,
    }
}
