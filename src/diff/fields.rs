//! Compares two documents.
//!
//! In: FROM's tree and TO's. Out: RFC 6902 operations that, applied in order, turn the one into the other, except for
//! the order of lists that have none. Lists are paired as described in [`lists`]; a string that contains a document is
//! one replacement, accompanied by the changes inside.

use crate::diff::Field;
use crate::diff::Op;
use crate::diff::embed;
use crate::diff::lists;
use crate::diff::lists::How;
use crate::diff::order;
use crate::diff::path::Path;
use crate::diff::path::Step;
use crate::project::List;
use crate::stack::kube::lists::Order;
use crate::stack::kube::types::Place;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

/// The note on a string whose document is the same.
pub(crate) const WHITESPACE: &str = "only whitespace differs";
/// The note on a string whose document is the same but whose text differs in comments or quotes.
pub(crate) const LAYOUT: &str = "only comments or notation differ";

/// What is known about a place in a document.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Known<'s> {
    /// Nothing.
    #[default]
    Nothing,
    /// Its schema in a CRD.
    Crd(&'s Node),
    /// Its place in a type of Kubernetes' own.
    Built(Place),
}

/// What is known about the kind of the documents.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'s> {
    /// The document itself.
    pub(crate) known: Known<'s>,
    /// What the project says about lists of its kind.
    pub(crate) lists: &'s [&'s List],
}

/// The operations from `a` to `b`.
pub(crate) fn between(a: &Node, b: &Node, about: About<'_>) -> Vec<Field> {
    walk_all(a, b, about, embed::DEPTH)
}

fn walk_all(a: &Node, b: &Node, about: About<'_>, embedded: usize) -> Vec<Field> {
    let mut walk = Walk { lists: about.lists, path: Path::default(), out: Vec::new(), embedded };
    walk.node(a, b, about.known);
    walk.out
}

struct Walk<'s> {
    lists: &'s [&'s List],
    path: Path,
    out: Vec<Field>,
    /// How many more levels of embedded documents are allowed.
    embedded: usize,
}

/// Maps with more keys are indexed for lookup.
const LONG: usize = 16;

impl<'s> Walk<'s> {
    fn node(&mut self, a: &Node, b: &Node, known: Known<'s>) {
        match (&a.value, &b.value) {
            (Value::Map(old), Value::Map(new)) => self.map(old, new, known),
            (Value::List(old), Value::List(new)) => self.list(old, new, known),
            (Value::String(old), Value::String(new)) => {
                if old != new {
                    let mut field = self.field(Op::Replace);
                    (field.old, field.value) = (Some(a.to_json()), Some(b.to_json()));
                    self.look_inside(old, new, &mut field);
                    self.out.push(field);
                }
            }
            _ if a == b => {}
            _ => {
                let mut field = self.field(Op::Replace);
                (field.old, field.value) = (Some(a.to_json()), Some(b.to_json()));
                self.out.push(field);
            }
        }
    }

    fn look_inside(&self, old: &str, new: &str, field: &mut Field) {
        let read = || embed::read_both(old, new);
        let Some((a, b)) = (self.embedded > 0).then(read).flatten() else {
            if embed::same_words(old, new) {
                field.note = Some(WHITESPACE);
            }
            return;
        };
        let inner = walk_all(&a, &b, About::default(), self.embedded - 1);
        if inner.is_empty() && !embed::long_numbers(old).eq(embed::long_numbers(new)) {
            // Numbers beyond those that are read exactly look the same.
            return;
        }
        if inner.is_empty() {
            field.note = Some(if embed::same_words(old, new) { WHITESPACE } else { LAYOUT });
        }
        field.inner = Some(inner);
    }

    fn map(&mut self, old: &Map, new: &Map, known: Known<'s>) {
        let (mut ours, mut theirs) = (Lookup::of(old), Lookup::of(new));
        for entry in &old.entries {
            if theirs.get(&entry.key).is_none() {
                self.remove(Step::Key(entry.key.clone()), &entry.value);
            }
        }
        for entry in &new.entries {
            let was = ours.get(&entry.key);
            if was.is_some_and(|node| is_same_scalar(node, &entry.value)) {
                continue;
            }
            let step = Step::Key(entry.key.clone());
            match was {
                None => self.add(step, &entry.value),
                Some(node) => {
                    let known = lists::below(known, &step);
                    self.path.push(step);
                    self.node(node, &entry.value, known);
                    self.path.pop();
                }
            }
        }
    }

    fn list(&mut self, old: &[Node], new: &[Node], known: Known<'s>) {
        let mut ordered = true;
        let mut labels = None;
        let mut pairs = None;
        match lists::how(self.path.steps(), known, self.lists) {
            How::Keyed(keys, order) => {
                let names = match lists::is_service_ports(known) {
                    true => (lists::port_names(old, new, &keys), lists::port_names(new, old, &keys)),
                    false => (lists::names(old, &keys), lists::names(new, &keys)),
                };
                if let (Some(ours), Some(theirs)) = names {
                    pairs = Some(by_name(&ours, &theirs));
                    ordered = match order {
                        Order::Free => false,
                        Order::Kept => true,
                        Order::References => lists::references_moved(old, new),
                    };
                    labels = Some((ours, theirs));
                }
            }
            How::Set => {
                let values = |list: &[Node]| -> Option<Vec<Box<str>>> {
                    let values: Option<Vec<_>> =
                        list.iter().map(|node| Some(lists::scalar(node)?.into_boxed_str())).collect();
                    values
                        .filter(|values| values.iter().collect::<std::collections::HashSet<_>>().len() == values.len())
                };
                if let (Some(ours), Some(theirs)) = (values(old), values(new)) {
                    pairs = Some(by_name(&ours, &theirs));
                    ordered = false;
                }
            }
            How::Ordered => {}
        }
        let pairs = pairs.unwrap_or_else(|| match lists::guess(old, new) {
            Some(names) => {
                let pairs = by_name(&names.0, &names.1);
                labels = Some(names);
                pairs
            }
            None => by_value(old, new),
        });
        let (ours, theirs) = labels.unwrap_or_default();
        let (was, is) = (|at: usize| ours.get(at).cloned(), |at: usize| theirs.get(at).cloned());
        let plan = order::plan(old.len(), new.len(), pairs, ordered);
        for at in plan.removals {
            self.remove(Step::Item(at, was(at)), &old[at]);
        }
        for step in plan.steps {
            match step {
                order::Step::Add { at, item } => self.add(Step::Item(at, is(item)), &new[item]),
                order::Step::Move { from, to, item } => {
                    let name = is(item);
                    self.path.push(Step::Item(from, name.clone()));
                    let pointer = self.path.pointer();
                    self.path.pop();
                    self.path.push(Step::Item(to, name));
                    let mut field = self.field(Op::Move);
                    self.path.pop();
                    field.from = Some(pointer);
                    self.out.push(field);
                }
            }
        }
        let long = old.len() > LONG;
        for (a, b, at) in plan.finals {
            // Most items of a long list are the same; a short one is not worth a second look.
            if long && old[a] == new[b] {
                continue;
            }
            let step = Step::Item(at, is(b));
            let known = lists::below(known, &step);
            self.path.push(step);
            self.node(&old[a], &new[b], known);
            self.path.pop();
        }
    }

    fn field(&self, op: Op) -> Field {
        Field::new(op, self.path.pointer(), self.path.keyed())
    }

    fn add(&mut self, step: Step, value: &Node) {
        self.path.push(step);
        let mut field = self.field(Op::Add);
        field.value = Some(value.to_json());
        self.out.push(field);
        self.path.pop();
    }

    fn remove(&mut self, step: Step, value: &Node) {
        self.path.push(step);
        let mut field = self.field(Op::Remove);
        field.old = Some(value.to_json());
        self.out.push(field);
        self.path.pop();
    }
}

fn is_same_scalar(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => false,
        _ => a == b,
    }
}

/// Finds keys in a map, one after the other. Both sides have most keys in the same order, so the next key is looked at
/// first.
struct Lookup<'a> {
    map: &'a Map,
    next: usize,
    index: Option<HashMap<&'a str, usize>>,
}

impl<'a> Lookup<'a> {
    fn of(map: &'a Map) -> Lookup<'a> {
        Lookup { map, next: 0, index: None }
    }

    fn get(&mut self, key: &str) -> Option<&'a Node> {
        let entries = &self.map.entries;
        let at = match entries.get(self.next) {
            Some(entry) if *entry.key == *key => self.next,
            _ if entries.len() <= LONG => entries.iter().position(|entry| *entry.key == *key)?,
            _ => {
                let number = || entries.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect();
                *self.index.get_or_insert_with(number).get(key)?
            }
        };
        self.next = at + 1;
        Some(&entries[at].value)
    }
}

fn by_name(old: &[Box<str>], new: &[Box<str>]) -> Vec<(usize, usize)> {
    if old == new {
        return (0..old.len()).map(|at| (at, at)).collect();
    }
    let places: HashMap<&str, usize> = old.iter().enumerate().map(|(at, name)| (&**name, at)).collect();
    new.iter().enumerate().filter_map(|(at, name)| Some((*places.get(&**name)?, at))).collect()
}

/// Equal items are paired, first with first. Between those that kept their order, the remaining items are paired by
/// position, so that a changed item is one change and not a removal and an addition.
fn by_value(old: &[Node], new: &[Node]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, VecDeque<usize>> = HashMap::with_capacity(old.len());
    for (at, node) in old.iter().enumerate() {
        places.entry(digest(node)).or_default().push_back(at);
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut free = (vec![true; old.len()], vec![true; new.len()]);
    for (at, node) in new.iter().enumerate() {
        if let Some(queue) = places.get_mut(&digest(node))
            && let Some(was) = queue.front().copied()
            && old[was] == *node
        {
            queue.pop_front();
            pairs.push((was, at));
            (free.0[was], free.1[at]) = (false, false);
        }
    }
    pairs.sort_unstable();
    let targets: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    let mut borders: Vec<(usize, usize)> = order::longest_rising(&targets).into_iter().map(|at| pairs[at]).collect();
    borders.push((old.len(), new.len()));
    let (mut a, mut b) = (0, 0);
    for (end_a, end_b) in borders {
        let ours = (a..end_a).filter(|at| free.0[*at]);
        let theirs = (b..end_b).filter(|at| free.1[*at]);
        pairs.extend(ours.zip(theirs).filter(|(x, y)| alike(&old[*x], &new[*y])));
        (a, b) = (end_a + 1, end_b + 1);
    }
    pairs
}

/// Whether two items have the same shape, so that a change inside tells more than a removal and an addition.
fn alike(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(a), Value::Map(b)) => a.entries.iter().any(|entry| b.get(&entry.key).is_some()),
        (Value::List(_), Value::List(_)) => true,
        (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => false,
        _ => true,
    }
}

/// A hash that is the same for equal data, whatever the order of its keys.
pub(crate) fn digest(node: &Node) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &node.value {
        Value::Null => 0u8.hash(&mut hasher),
        Value::Bool(flag) => (1u8, flag).hash(&mut hasher),
        Value::Int(number) => (2u8, (*number as f64).to_bits()).hash(&mut hasher),
        // Positive and negative zero are equal.
        Value::Float(number) => (2u8, (number + 0.0).to_bits()).hash(&mut hasher),
        Value::String(text) => (3u8, text).hash(&mut hasher),
        Value::List(list) => {
            (4u8, list.len()).hash(&mut hasher);
            list.iter().for_each(|item| digest(item).hash(&mut hasher));
        }
        Value::Map(map) => {
            let entry = |entry: &crate::yaml::Entry| {
                let mut hasher = DefaultHasher::new();
                (&entry.key, digest(&entry.value)).hash(&mut hasher);
                hasher.finish()
            };
            let sum = map.entries.iter().map(entry).fold(0u64, u64::wrapping_add);
            (5u8, sum).hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
#[path = "fields/tests.rs"]
mod tests;
