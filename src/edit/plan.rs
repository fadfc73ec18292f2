//! What to change in a document.
//!
//! Pointers and indexes refer to the document as it was read, whatever else the plan changes.

use crate::edit::Refused;
use crate::pointer;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::ops::Range;

/// A change to one place in a document.
#[derive(Clone, Debug)]
pub struct Edit {
    /// A JSON pointer into the document as it was read; `-` after a list means the position after its last item.
    pub pointer: String,
    /// What to change there.
    pub change: Change,
}

/// What to change at a place in a document.
#[derive(Clone, Debug)]
pub enum Change {
    /// Replaces the value, or adds the key with this value.
    Set(Node),
    /// Inserts an item before the one at this position in a list, or adds a key that the map does not have. The text
    /// becomes a comment after the first line, if the format allows comments.
    Insert(Node, Option<String>),
    /// Removes the key or the item. The enclosing map or list stays, even if it becomes empty.
    Remove,
    /// Undoes an insertion: like `Remove`, but also removes what the insertion created around it.
    Undo,
    /// Gives the key another name, in its place.
    Rename(String),
    /// Changes what the string says.
    Inside(Inside),
}

/// What to do inside a string.
#[derive(Clone, Debug)]
pub enum Inside {
    /// The string is JSON or YAML, which is edited as a document. `listed`: it is the inside of a list, as objects joined by
    /// commas, and pointers begin with the number of the object.
    Document {
        /// Whether it is the inside of a list.
        listed: bool,
        /// What to do there.
        edits: Vec<Edit>,
    },
    /// These bytes of the text go; the ranges rise and do not overlap.
    Cut(Vec<Range<usize>>),
}

/// The changes to one document, as a tree.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(super) own: Own,
    /// The new name of the key.
    pub(super) key: Option<Box<str>>,
    /// By index of the entry or item, ascending.
    pub(super) children: Vec<(usize, Plan)>,
    /// In the order in which they will appear.
    pub(super) inserts: Vec<Insert>,
}

/// What happens to the value itself.
#[derive(Clone, Debug, Default)]
pub(super) enum Own {
    #[default]
    Keep,
    Set(Node),
    Remove,
    Undo,
    Inside(Inside),
}

#[derive(Clone, Debug)]
pub(super) struct Insert {
    /// The index of the list item to insert before; unused in maps, where new keys go to the end.
    pub(super) at: usize,
    pub(super) key: Option<Box<str>>,
    pub(super) value: Node,
    pub(super) comment: Option<String>,
}

impl Plan {
    /// Whether the plan changes nothing.
    pub fn is_empty(&self) -> bool {
        self.keeps_value() && self.key.is_none()
    }

    /// Whether the value goes.
    pub(super) fn removes(&self) -> bool {
        matches!(self.own, Own::Remove | Own::Undo)
    }

    /// Whether nothing is to do but to rename the key.
    pub(super) fn keeps_value(&self) -> bool {
        matches!(self.own, Own::Keep) && self.children.is_empty() && self.inserts.is_empty()
    }

    /// Turns `edits` into a plan for the document `node`.
    ///
    /// # Errors
    /// [`Refused`] if a pointer points at nothing.
    pub fn of(node: &Node, edits: &[Edit]) -> Result<Plan, Refused> {
        let mut plan = Plan::default();
        for edit in edits {
            plan.add(node, edit)?;
        }
        Ok(plan)
    }

    /// Plans a change to the value at the end of these keys, without copying anything else: `change` gets a copy of it,
    /// or null where there is none. Maps that are missing on the way are made, also in place of anything else.
    pub fn update(&mut self, root: &Node, keys: &[&str], change: impl FnOnce(&mut Node)) {
        let (mut at, mut indexes) = (root, Vec::with_capacity(keys.len()));
        for key in keys {
            let Some(map) = at.as_map() else { break };
            let Some(index) = map.entries.iter().position(|entry| *entry.key == **key) else { break };
            at = &map.entries[index].value;
            indexes.push(index);
        }
        let missing = &keys[indexes.len()..];
        let mut new = if missing.is_empty() { at.clone() } else { Node::new(Value::Null) };
        change(&mut new);
        let mut plan = Plan::default();
        match (missing, &at.value) {
            ([], _) => plan = Plan::between(at, &new),
            _ if matches!(new.value, Value::Null) => {}
            ([key, rest @ ..], Value::Map(_)) => {
                plan.insert(Insert { at: 0, key: Some((*key).into()), value: wrapped(rest, new), comment: None });
            }
            _ => plan.own = Own::Set(wrapped(missing, new)),
        }
        self.join(plan.below(&indexes));
    }

    /// Plans to insert an item at the end of a list of that many items.
    pub fn push(&mut self, length: usize, item: Node) {
        self.insert(Insert { at: length, key: None, value: item, comment: None });
    }

    /// Calls `see` with every value that comes into the document.
    pub(super) fn each_new<'p>(&'p self, see: &mut dyn FnMut(&'p Node)) {
        if let Own::Set(new) = &self.own {
            see(new);
        }
        self.inserts.iter().for_each(|insert| see(&insert.value));
        self.children.iter().for_each(|(_, child)| child.each_new(see));
    }

    /// Makes the changes in the tree for which they were planned.
    pub fn change(&self, node: &mut Node) {
        match &self.own {
            Own::Set(new) => {
                node.value = new.value.clone();
                node.span = new.span;
                return;
            }
            Own::Inside(inside) => {
                if let Some(text) = node.as_str().and_then(|text| inside.applied(text).ok()) {
                    *node = Node::string(&text);
                }
                return;
            }
            Own::Keep | Own::Remove | Own::Undo => {}
        }
        let goes = |index: usize| self.at(index).is_some_and(|child| matches!(child.own, Own::Remove | Own::Undo));
        match &mut node.value {
            Value::Map(map) => {
                for (index, child) in &self.children {
                    let Some(entry) = map.entries.get_mut(*index) else { continue };
                    child.change(&mut entry.value);
                    entry.key = child.key.clone().unwrap_or_else(|| std::mem::take(&mut entry.key));
                }
                let mut index = 0..;
                map.entries.retain(|_| index.next().is_some_and(|index| !goes(index)));
                map.entries.extend(self.inserts.iter().map(new_entry));
            }
            Value::List(list) => {
                for (index, child) in &self.children {
                    list.get_mut(*index).into_iter().for_each(|item| child.change(item));
                }
                let mut inserts = self.inserts.iter().peekable();
                for (index, item) in std::mem::take(list).into_iter().enumerate() {
                    while let Some(insert) = inserts.next_if(|insert| insert.at <= index) {
                        list.push(insert.value.clone());
                    }
                    if !goes(index) {
                        list.push(item);
                    }
                }
                list.extend(inserts.map(|insert| insert.value.clone()));
            }
            _ => {}
        }
    }

    /// Moves the plan down to the value at the end of these indexes.
    #[must_use]
    pub fn below(self, path: &[usize]) -> Plan {
        if self.is_empty() {
            return self;
        }
        path.iter().rev().fold(self, |plan, index| Plan { children: vec![(*index, plan)], ..Plan::default() })
    }

    /// Adds a comment after the first line of the first inserted node that is `wanted`. Returns whether there was one.
    pub fn remark(&mut self, comment: &str, wanted: &dyn Fn(&Node) -> bool) -> bool {
        if let Some(insert) = self.inserts.iter_mut().find(|insert| wanted(&insert.value)) {
            insert.comment = Some(comment.to_owned());
            return true;
        }
        self.children.iter_mut().any(|(_, child)| child.remark(comment, wanted))
    }

    /// Merges the changes of `other`, a plan for the same document.
    pub fn join(&mut self, other: Plan) {
        match (&mut self.own, other.own) {
            (_, Own::Keep) => {}
            // Two that both put a map in place of something else.
            (Own::Set(Node { value: Value::Map(old), .. }), Own::Set(Node { value: Value::Map(new), .. })) => {
                merge(old, &new);
            }
            (own, other) => *own = other,
        }
        self.key = other.key.or(self.key.take());
        for (index, child) in other.children {
            self.child(index).join(child);
        }
        for insert in other.inserts {
            self.insert(insert);
        }
    }

    fn add(&mut self, node: &Node, edit: &Edit) -> Result<(), Refused> {
        let steps: Vec<_> = pointer::parse(&edit.pointer).collect();
        let (mut plan, mut at) = (self, node);
        for (depth, step) in steps.iter().enumerate() {
            let nowhere = || Refused { span: at.span, why: format!("nothing is at `{}`", edit.pointer) };
            let last = depth + 1 == steps.len();
            let index = match &at.value {
                Value::Map(map) => map.entries.iter().position(|entry| *entry.key == **step),
                Value::List(list) if step == "-" => Some(list.len()),
                Value::List(_) => step.parse().ok(),
                Value::Null => None,
                _ => return Err(nowhere()),
            };
            let inserts = match (&at.value, &edit.change) {
                (_, Change::Insert(value, comment)) if last => Some((value.clone(), comment.clone())),
                (Value::Map(_), Change::Set(value)) if index.is_none() => {
                    Some((wrapped(&steps[depth + 1..], value.clone()), None))
                }
                _ => None,
            };
            if let Some((value, comment)) = inserts {
                let key = match (&at.value, index) {
                    (Value::Map(_), None) => Some(step.as_ref().into()),
                    (Value::List(list), Some(index)) if index <= list.len() => None,
                    _ => return Err(nowhere()),
                };
                plan.insert(Insert { at: index.unwrap_or(0), key, value, comment });
                return Ok(());
            }
            if let (Value::Null, Change::Set(value)) = (&at.value, &edit.change) {
                plan.own = Own::Set(wrapped(&steps[depth..], value.clone()));
                return Ok(());
            }
            let index = index.ok_or_else(nowhere)?;
            let child = match &at.value {
                Value::Map(map) => map.entries.get(index).map(|entry| &entry.value),
                Value::List(list) => list.get(index),
                _ => None,
            };
            at = child.ok_or_else(nowhere)?;
            plan = plan.child(index);
        }
        plan.own = match &edit.change {
            Change::Set(value) | Change::Insert(value, _) => Own::Set(value.clone()),
            Change::Remove => Own::Remove,
            Change::Undo => Own::Undo,
            Change::Inside(inside) => match (&mut plan.own, inside) {
                // Several changes in one string.
                (Own::Inside(Inside::Document { edits, .. }), Inside::Document { edits: more, .. }) => {
                    edits.extend(more.iter().cloned());
                    return Ok(());
                }
                _ => Own::Inside(inside.clone()),
            },
            Change::Rename(key) => {
                plan.key = Some(key.as_str().into());
                return Ok(());
            }
        };
        Ok(())
    }

    pub(super) fn child(&mut self, index: usize) -> &mut Plan {
        let at = match self.children.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(at) => at,
            Err(at) => {
                self.children.insert(at, (index, Plan::default()));
                at
            }
        };
        &mut self.children[at].1
    }

    pub(super) fn insert(&mut self, insert: Insert) {
        // Two keys in a map that both have to make.
        let same = |other: &&mut Insert| other.key.is_some() && other.key == insert.key;
        if let (Some(Insert { value: Node { value: Value::Map(old), .. }, .. }), Value::Map(new)) =
            (self.inserts.iter_mut().find(same), &insert.value.value)
        {
            merge(old, new);
            return;
        }
        let at = self.inserts.partition_point(|other| other.at <= insert.at);
        self.inserts.insert(at, insert);
    }

    pub(super) fn at(&self, index: usize) -> Option<&Plan> {
        let at = self.children.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        Some(&self.children[at].1)
    }
}

/// A value below the maps of these keys.
fn wrapped<K: AsRef<str>>(keys: &[K], value: Node) -> Node {
    keys.iter().rev().fold(value, |value, key| {
        let mut map = Map::default();
        map.set(key.as_ref(), value);
        Node::new(Value::Map(map))
    })
}

/// Adds the entries of a map to another, and those of maps that both have likewise.
fn merge(old: &mut Map, new: &Map) {
    for entry in &new.entries {
        match (old.get_mut(&entry.key), &entry.value.value) {
            (Some(Node { value: Value::Map(old), .. }), Value::Map(new)) => merge(old, new),
            _ => old.set(&entry.key, entry.value.clone()),
        }
    }
}

fn new_entry(insert: &Insert) -> Entry {
    let key = insert.key.clone().unwrap_or_default();
    Entry { key, key_span: Span::NONE, value: insert.value.clone() }
}
