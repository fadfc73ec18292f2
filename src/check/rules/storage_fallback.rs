use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::STORAGE;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "storage-fallback",
    severity: Severity::Warning,
    summary: "the operator silently keeps spans in memory instead",
    text: "The operator reads an unknown `storage.type` as memory, and one with capital letters is unknown to it \
           (pkg/strategy/controller.go normalize(), unknownStorage()). The CRD has no enum that would reject the \
           word.",
    fixes: &[Trust::Safe, Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for jaeger in &facts.jaegers.all {
        let at = jaeger.object.spec().at(&["storage", "type"]);
        let Some(word) = at.str().filter(|word| !word.is_empty() && !STORAGE.contains(word)) else { continue };
        let help = match suggest::closest(&word.to_ascii_lowercase(), STORAGE.into_iter()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("use one of {}", STORAGE.join(", ")),
        };
        let message = format!("`{word}` is not a storage type; the operator keeps spans in memory");
        let lower = word.to_ascii_lowercase();
        let same = STORAGE.into_iter().find(|known| **known == *lower);
        let trust = if same.is_some() { Trust::Safe } else { Trust::Unsafe };
        let meant = same.or_else(|| suggest::closest(&lower, STORAGE.into_iter()));
        out.hit(&RULE, at, message, help).fix(trust, meant.map(|meant| Edit::set(at, meant)));
    }
}
