use crate::check::cluster::chart_values::ChartValues;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::chart::KeyChange;
use crate::stack::consul::chart::MOVED;
use crate::stack::consul::chart::Moved;
use crate::stack::consul::values;
use crate::stack::consul::values::Key;
use crate::stack::consul::values::Kind;

pub(crate) static RULE: Rule = Rule {
    id: "values-unknown-key",
    severity: Severity::Warning,
    summary: "the Consul chart has no such key",
    text: "Helm silently ignores a key that no template reads, so a misspelled key, a key of another version or one \
           indented under the wrong map changes nothing: `controller.terminatingGateways` installs no gateway. The \
           keys are those of charts/consul/values.yaml and of the templates at each version; below free maps, such as \
           `nodeSelector`, any key is valid. Where the version is unknown, only keys that no chart has are reported.",
    fixes: &[Trust::Safe, Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for values in &facts.values {
        // A key with which the chart fails is not ignored.
        let refused: Vec<String> = values.failures().into_iter().flat_map(|failure| failure.keys).collect();
        below(values, values.root, "", &refused, out);
    }
}

fn below<'a>(values: &ChartValues<'a>, map: Cursor<'a>, path: &str, refused: &[String], out: &mut Sink) {
    for (name, at) in map.entries() {
        let key = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let known: Vec<&Key> = values.keys(&key).collect();
        if known.is_empty() {
            if !is_refused(&key, refused) {
                report(values, (map, at), &key, path, out);
            }
            continue;
        }
        // A map where the chart expects something else is of a wrong type.
        let may_be = |kind: Kind| known.iter().any(|key| matches!(key.kind, Kind::Any) || key.kind == kind);
        if may_be(Kind::Map) && !known.iter().any(|key| key.free) {
            below(values, at, &key, refused, out);
        }
        let item_key = format!("{key}[]");
        let items: Vec<&Key> = values.keys(&item_key).collect();
        if may_be(Kind::List) && !items.is_empty() && items.iter().all(|key| !key.free) {
            for item in at.items() {
                below(values, item, &item_key, refused, out);
            }
        }
    }
}

/// Whether a key, or one in it, is among those that the chart fails with.
fn is_refused(key: &str, refused: &[String]) -> bool {
    refused.iter().any(|one| one.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn report(values: &ChartValues<'_>, (map, at): (Cursor<'_>, Cursor<'_>), key: &str, above: &str, out: &mut Sink) {
    let chart = values.chart();
    let gone = MOVED.iter().find(|moved| moved.key == key && gone(moved) && values.charts.reach(moved.from));
    if let Some(moved) = gone {
        let message = format!("{chart} has no `{key}` anymore and ignores it");
        out.hit(&RULE, at.key(), message, advice(moved.hint)).fix(Trust::Safe, moved_to(values, at, key, moved.hint));
        return;
    }
    let message = match values.charts.version() {
        Some(_) => format!("{chart} has no key `{key}` and ignores it"),
        None => format!("no Consul chart has a key `{key}`; Helm ignores it"),
    };
    let near = near(values, key, above, out);
    let other = near.as_deref().map(last).filter(|near| map.entries().all(|(name, _)| name != *near));
    let rename = other.map(|name| Edit::rename(at, name));
    let help = match (near, elsewhere(values, key), later(values, key)) {
        (Some(near), ..) => format!("did you mean `{near}`?"),
        (None, Some(other), _) => format!("did you mean `{other}`?"),
        (None, None, Some(other)) => format!("chart {other} has it; use that chart or remove the key"),
        _ => "remove it".to_string(),
    };
    out.hit(&RULE, at.key(), message, help).fix(Trust::Unsafe, rename);
}

/// What to do about a key that the chart reads under another name, or not at all, as its hint says. Nothing if the other
/// key is there already.
fn moved_to(values: &ChartValues<'_>, at: Cursor<'_>, key: &str, hint: &'static str) -> Option<Edit> {
    if hint.contains(' ') {
        return hint.ends_with("remove it").then(|| Edit::remove(at));
    }
    let to = hint.split('.').fold(values.root, Cursor::get);
    let above = |key: &str| key.rsplit_once('.').map(|(above, _)| above.to_owned());
    match (to.exists(), above(key) == above(hint)) {
        (true, _) => None,
        (false, true) => Some(Edit::rename(at, last(hint))),
        (false, false) => Some(Edit::shift(at, to)),
    }
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn gone(moved: &Moved) -> bool {
    matches!(moved.how, KeyChange::Removed | KeyChange::Refused)
}

/// A hint is a key to use instead, or a sentence.
fn advice(hint: &str) -> String {
    if hint.contains(' ') { hint.to_string() } else { format!("use `{hint}`") }
}

/// The key in the same map that was probably meant.
fn near(values: &ChartValues<'_>, key: &str, above: &str, out: &mut Sink) -> Option<String> {
    let name = key.rsplit('.').next()?;
    let prefix = if above.is_empty() { String::new() } else { format!("{above}.") };
    let beside = values::keys(values.charts).filter_map(|known| known.path.strip_prefix(&*prefix));
    let mut names: Vec<&str> = beside.filter(|rest| !rest.contains(['.', '['])).collect();
    names.dedup();
    out.closest(name, names.into_iter()).map(|found| format!("{prefix}{found}"))
}

/// The key with this name elsewhere, if there is only one.
fn elsewhere(values: &ChartValues<'_>, key: &str) -> Option<&'static str> {
    let name = key.rsplit('.').next()?;
    let mut same: Vec<&str> = values::keys(values.charts)
        .map(|known: &Key| known.path)
        .filter(|path| path.rsplit('.').next() == Some(name) && !path.contains("[]"))
        .collect();
    same.dedup();
    match same[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// Another chart version with this key.
fn later(values: &ChartValues<'_>, key: &str) -> Option<&'static str> {
    values.charts.version()?;
    let all: Vec<&'static str> = values::Charts::all()
        .each()
        .filter(|chart| values::key(*chart, key).is_some())
        .filter_map(values::Charts::version)
        .collect();
    all.first().copied()
}
