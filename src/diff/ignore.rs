//! Differences that do not count.
//!
//! In: changes and the rules of `meshtrace.yaml`. Out: the remaining changes, and how often each rule applied. Works on
//! the list, before text or an exit code is made from it, so that both follow. Apart from the rules, fields that a
//! cluster writes into stored objects never count on an object that a cluster printed.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Field;
use crate::diff::Kind;
use crate::diff::Op;
use crate::diff::Raw;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::pointer;
use crate::project::Ignore;
use crate::stack::kube::fields;
use serde_json::Value as Json;

/// What remains, and what was ignored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ignored {
    /// The changes that count.
    pub(crate) changes: Changes<Raw>,
    /// How many differences each rule removed, in the order of the rules.
    pub(crate) by_rule: Vec<usize>,
    /// How many differences a cluster wrote.
    by_server: usize,
}

impl Ignored {
    /// The number of ignored differences.
    pub(crate) fn total(&self) -> usize {
        self.by_rule.iter().sum::<usize>() + self.by_server
    }

    /// A warning for each of `rules` that ignored nothing.
    pub(crate) fn unused(&self, rules: &[Ignore]) -> Findings {
        let mut found = Findings::default();
        for (rule, _) in rules.iter().zip(&self.by_rule).filter(|(_, count)| **count == 0) {
            let finding = Finding::warning(ids::UNUSED_IGNORE, "this `diff.ignore` rule matches no difference");
            found.push(finding.at(rule.place.clone()).help("remove it, or check that its path is still right"));
        }
        found
    }
}

/// Removes the differences that are none in what the API server stores. Returns whether there were any.
pub(crate) fn drop_same_when_stored(changes: &mut Vec<Change>) -> bool {
    let mut dropped = false;
    changes.retain_mut(|change| {
        let before = change.fields.len();
        change.fields.retain(|field| !field.is_same_when_stored());
        dropped |= change.fields.len() < before;
        before == 0 || !change.fields.is_empty()
    });
    dropped
}

/// Removes the differences that match `rules`.
pub(crate) fn apply(changes: Changes<Raw>, rules: &[Ignore]) -> Ignored {
    let mut result = Ignored { by_rule: vec![0; rules.len()], ..Ignored::default() };
    let mut counted = Vec::new();
    for mut change in changes.into_raw() {
        if change.note.is_some() {
            // It has no fields, so only a rule for the whole of it applies.
            match rules.iter().position(|rule| rule.path.is_none() && names(rule, &change)) {
                Some(at) => result.by_rule[at] += 1,
                None => counted.push(change),
            }
            continue;
        }
        if change.live && matches!(change.kind, Kind::Changed | Kind::Renamed) {
            result.by_server += fields::SERVER.iter().map(|path| take(&mut change.fields, path)).sum::<usize>();
        }
        for (rule, count) in rules.iter().zip(&mut result.by_rule) {
            if change.fields.is_empty() && change.chart.is_none() || !names(rule, &change) {
                continue;
            }
            match &rule.path {
                None => {
                    *count += std::mem::take(&mut change.fields).len() + usize::from(change.chart.take().is_some());
                }
                Some(path) if matches!(change.kind, Kind::Changed | Kind::Renamed) => {
                    *count += take(&mut change.fields, path);
                }
                Some(_) => {}
            }
        }
        if !change.fields.is_empty() || change.chart.is_some() {
            change.class = change.worst();
            if change.class == crate::diff::Class::Other {
                change.restarts.clear();
            }
            counted.push(change);
        }
    }
    result.changes = Changes::raw(counted);
    result
}

fn names(rule: &Ignore, change: &Change) -> bool {
    let Some(object) = &change.object else {
        return rule.kind.is_none() && rule.namespace.is_none() && rule.name.is_none();
    };
    let before = change.from.as_ref().map(|(object, _)| object);
    let same = |wanted: &Option<String>, part: fn(&crate::diff::ObjectRef) -> &String| {
        let Some(wanted) = wanted else { return true };
        part(object) == wanted || before.is_some_and(|before| part(before) == wanted)
    };
    same(&rule.kind, |o| &o.kind) && same(&rule.namespace, |o| &o.namespace) && same(&rule.name, |o| &o.name)
}

/// Removes what `pattern` names from the operations. Returns how many of them it affected.
fn take(fields: &mut Vec<Field>, pattern: &str) -> usize {
    let wanted: Vec<&str> = pattern.split('/').skip(1).collect();
    let mut count = 0;
    fields.retain_mut(|field| match reach(&field.path, &wanted) {
        Reach::Covers
            if field.op != Op::Move
                || matches!(reach(field.from.as_deref().unwrap_or_default(), &wanted), Reach::Covers) =>
        {
            count += 1;
            false
        }
        Reach::Inside(rest) if field.op != Op::Move => {
            if let Some(inner) = &mut field.inner {
                let taken = take(inner, &format!("/{}", rest.join("/")));
                count += usize::from(taken > 0);
                return taken == 0 || !inner.is_empty();
            }
            let pruned = [&mut field.value, &mut field.old]
                .into_iter()
                .flatten()
                .map(|json| prune(json, rest))
                .fold(false, |any, one| any | one);
            count += usize::from(pruned);
            let empty = |json: &Option<Json>| {
                json.as_ref().is_none_or(|json| json.as_object().is_some_and(serde_json::Map::is_empty))
            };
            !pruned
                || if field.op == Op::Replace {
                    field.value != field.old
                } else {
                    !(empty(&field.value) && empty(&field.old))
                }
        }
        _ => true,
    });
    count
}

enum Reach<'a> {
    /// The operation is at or below what the pattern names.
    Covers,
    /// What the pattern names is this far below the operation.
    Inside(&'a [&'a str]),
    Elsewhere,
}

fn reach<'a>(path: &str, wanted: &'a [&'a str]) -> Reach<'a> {
    let mut steps = path.split('/').skip(1);
    for (at, step) in wanted.iter().enumerate() {
        match steps.next() {
            Some(found) if *step == "*" || found == *step => {}
            Some(_) => return Reach::Elsewhere,
            None => return Reach::Inside(&wanted[at..]),
        }
    }
    Reach::Covers
}

/// Removes what is at `rest` from a value, and maps that become empty. Returns whether there was anything.
fn prune(json: &mut Json, rest: &[&str]) -> bool {
    let Some((step, rest)) = rest.split_first() else { return false };
    let key = pointer::unescape(step).into_owned();
    match json {
        Json::Object(map) => {
            let keys: Vec<String> = if *step == "*" { map.keys().cloned().collect() } else { vec![key] };
            let mut any = false;
            for key in keys {
                if rest.is_empty() {
                    any |= map.shift_remove(&key).is_some();
                } else if let Some(value) = map.get_mut(&key)
                    && prune(value, rest)
                {
                    any = true;
                    if value.as_object().is_some_and(serde_json::Map::is_empty) {
                        map.shift_remove(&key);
                    }
                }
            }
            any
        }
        // Items keep their positions: only their content is removed.
        Json::Array(items) if !rest.is_empty() => {
            let at: Option<usize> = step.parse().ok();
            let chosen = items.iter_mut().enumerate().filter(|(n, _)| *step == "*" || at == Some(*n));
            chosen.map(|(_, item)| prune(item, rest)).fold(false, |any, one| any | one)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Class;
    use crate::diff::Content;
    use serde_json::json;

    fn rule(kind: Option<&str>, path: Option<&str>) -> Ignore {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Ignore { kind: own(kind), namespace: None, name: None, path: own(path), reason: "so".into(), place: None }
    }

    fn change(fields: Vec<Field>) -> Change {
        let object = crate::diff::ObjectRef {
            api_version: "v1".into(),
            kind: "Pod".into(),
            namespace: String::new(),
            name: "x".into(),
        };
        Change {
            renders: Vec::new(),
            kind: Kind::Changed,
            content: Content::Object,
            object: Some(object),
            file: "a.yaml".into(),
            document: 1,
            from: None,
            class: Class::Other,
            chart: None,
            restarts: Vec::new(),
            readers: Vec::new(),
            fields,
            note: None,
            live: false,
            secret: false,
            stays: false,
        }
    }

    fn one(change: Change) -> Changes<Raw> {
        Changes::raw(vec![change])
    }

    fn field(op: Op, path: &str, value: Json) -> Field {
        Field { value: Some(value), ..Field::new(op, path.into(), path.into()) }
    }

    #[test]
    fn a_path_covers_everything_below_and_a_star_is_one_step() {
        let fields = || vec![field(Op::Add, "/a/0/b", json!(1)), field(Op::Add, "/a/0/c/d", json!(1))];
        let left = |path: &str| {
            apply(one(change(fields())), &[rule(None, Some(path))]).changes.first().map_or(0, |c| c.fields.len())
        };
        assert_eq!((left("/a"), left("/a/*/b"), left("/a/*/c"), left("/*/*/d"), left("/b")), (0, 1, 1, 2, 2));
    }

    #[test]
    fn a_path_inside_a_value_removes_only_that_part() {
        let rules = [rule(Some("Pod"), Some("/metadata/annotations/a~1b"))];
        let whole = apply(one(change(vec![field(Op::Add, "/metadata/annotations", json!({"a/b": "1"}))])), &rules);
        assert_eq!((whole.changes.len(), whole.by_rule[0]), (0, 1));
        let part =
            apply(one(change(vec![field(Op::Add, "/metadata/annotations", json!({"a/b": "1", "c": "2"}))])), &rules);
        assert_eq!(part.changes[0].fields[0].value, Some(json!({"c": "2"})));
    }

    #[test]
    fn a_rule_reaches_into_embedded_documents() {
        let mut outer = field(Op::Replace, "/data/x", json!("{}"));
        outer.inner = Some(vec![field(Op::Add, "/a/b", json!(1))]);
        assert!(apply(one(change(vec![outer.clone()])), &[rule(None, Some("/data/x/a"))]).changes.is_empty());
        assert_eq!(apply(one(change(vec![outer])), &[rule(None, Some("/data/x/c"))]).changes.len(), 1);
    }

    #[test]
    fn a_rule_for_another_kind_is_reported_as_unused() {
        let rules = [rule(Some("Job"), None), rule(Some("Pod"), None)];
        let result = apply(one(change(vec![field(Op::Add, "/a", json!(1))])), &rules);
        assert_eq!((result.changes.len(), result.total(), result.unused(&rules).len()), (0, 1, 1));
    }
}
