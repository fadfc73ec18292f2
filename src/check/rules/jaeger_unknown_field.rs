use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cursor::Cursor;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::FIELDS;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-unknown-field",
    severity: Severity::Warning,
    summary: "the Jaeger resource does not have this field",
    text: "The API server drops a field that the CRD does not have, and the operator goes on without it: with the storage \
           under `spec.collector` spans are kept in memory (jaeger-operator#1058).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let spec = jaeger.object.spec();
        for (part, known) in FIELDS {
            let at = if part.is_empty() { spec } else { spec.get(part) };
            let unknown = at.entries().filter(|(key, _)| !known.contains(key));
            unknown.for_each(|(key, field)| report(part, known, key, (spec, at, field), out));
        }
    }
}

fn report<'a>(
    part: &str,
    known: &[&'a str],
    key: &'a str,
    (spec, around, at): (Cursor<'a>, Cursor<'a>, Cursor<'a>),
    out: &mut Sink,
) {
    let place = if part.is_empty() { "spec".to_string() } else { format!("spec.{part}") };
    let message = format!("`{place}` has no field `{key}`, so the API server drops it");
    let of_spec = FIELDS[0].1;
    let help = match suggest::closest(key, known.iter().copied()) {
        _ if !part.is_empty() && of_spec.contains(&key) => format!("move it to `spec.{key}`"),
        Some(close) => format!("did you mean `{close}`?"),
        None => "remove it".to_string(),
    };
    let cure = match suggest::closest(key, known.iter().copied()) {
        _ if !part.is_empty() && of_spec.contains(&key) => {
            Some(Edit::shift(at, spec.get(key))).filter(|_| !spec.get(key).exists())
        }
        Some(close) => Some(Edit::rename(at, close)).filter(|_| !around.get(close).exists()),
        None => None,
    };
    out.hit(&RULE, at.key(), message, help).fix(Trust::Safe, cure);
}
