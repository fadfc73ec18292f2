//! Computes the plan that turns one tree into another.

use crate::edit::Plan;
use crate::edit::plan::Insert;
use crate::edit::plan::Own;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

impl Plan {
    /// Returns the smallest plan that turns `old` into `new`. List items pair by `name` if all have one, as containers
    /// and variables do; otherwise equal items are matched from both ends.
    pub fn between(old: &Node, new: &Node) -> Plan {
        let mut plan = Plan::default();
        match (&old.value, &new.value) {
            (Value::Map(a), Value::Map(b)) if !a.entries.is_empty() || b.entries.is_empty() => maps(a, b, &mut plan),
            (Value::List(a), Value::List(b)) if !a.is_empty() || b.is_empty() => lists(a, b, &mut plan),
            (Value::Map(_), Value::Map(b)) => maps(&Map::default(), b, &mut plan),
            (Value::List(_), Value::List(b)) => lists(&[], b, &mut plan),
            _ if old == new => {}
            _ => plan.own = Own::Set(new.clone()),
        }
        plan
    }
}

fn maps(old: &Map, new: &Map, plan: &mut Plan) {
    // Most maps have the same keys in the same order, so look at the same index first.
    let find = |map: &Map, near: usize, key: &str| match map.entries.get(near) {
        Some(entry) if *entry.key == *key => Some(near),
        _ => map.entries.iter().position(|entry| *entry.key == *key),
    };
    for (index, entry) in old.entries.iter().enumerate() {
        let child = match find(new, index, &entry.key) {
            Some(at) => Plan::between(&entry.value, &new.entries[at].value),
            None => Plan { own: Own::Remove, ..Plan::default() },
        };
        if !child.is_empty() {
            plan.children.push((index, child));
        }
    }
    for (index, entry) in new.entries.iter().enumerate() {
        if find(old, index, &entry.key).is_none() {
            let key = Some(entry.key.clone());
            plan.inserts.push(Insert { at: 0, key, value: entry.value.clone(), comment: None });
        }
    }
}

/// Maps each new item to the old one it comes from, in ascending order, or to `None` if it is new.
fn pairs(old: &[Node], new: &[Node]) -> Vec<Option<usize>> {
    by_name(old, new).unwrap_or_else(|| by_ends(old, new))
}

fn by_name(old: &[Node], new: &[Node]) -> Option<Vec<Option<usize>>> {
    let names = |list: &[Node]| -> Option<Vec<Box<str>>> {
        let names: Option<Vec<Box<str>>> = list.iter().map(|item| Some(item.get("name")?.as_str()?.into())).collect();
        let names = names?;
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.windows(2).all(|pair| pair[0] != pair[1]).then_some(names)
    };
    let (before, after) = (names(old)?, names(new)?);
    let found: Vec<Option<usize>> = after.iter().map(|name| before.iter().position(|other| other == name)).collect();
    let known: Vec<usize> = found.iter().flatten().copied().collect();
    known.is_sorted().then_some(found)
}

fn by_ends(old: &[Node], new: &[Node]) -> Vec<Option<usize>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = old.len() - tail;
    (0..new.len())
        .map(|index| match index {
            _ if index < head => Some(index),
            _ if index >= new.len() - tail => Some(index + old.len() - new.len()),
            _ if index < middle => Some(index),
            _ => None,
        })
        .collect()
}

fn lists(old: &[Node], new: &[Node], plan: &mut Plan) {
    let pairs = if old.len() == new.len() && old == new { return } else { pairs(old, new) };
    let mut next = 0;
    for (from, item) in pairs.iter().zip(new) {
        match from {
            Some(index) => {
                let child = Plan::between(&old[*index], item);
                if !child.is_empty() {
                    plan.child(*index).join(child);
                }
                next = index + 1;
            }
            None => plan.inserts.push(Insert { at: next, key: None, value: item.clone(), comment: None }),
        }
    }
    for index in 0..old.len() {
        if !pairs.contains(&Some(index)) {
            plan.child(index).own = Own::Remove;
        }
    }
}
