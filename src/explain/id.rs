//! Explains the id of a finding: `explain ID`.

use crate::builtin;
use crate::check;
use crate::check::Rule;
use crate::check::Trust;
use crate::finding::Entry;
use crate::finding::Says;
use crate::finding::ids;
use crate::report;

/// What an id means, why, and what to do, for a terminal of this width; `None` if there is no such id.
pub fn id(id: &str, width: Option<usize>) -> Option<String> {
    check::find_rule(id).map(|found| rule(found, width)).or_else(|| ids::find(id).map(|entry| stage(entry, width)))
}

/// The topic `assumptions`: what every verdict of `check` takes for granted.
pub fn assumptions(width: Option<usize>) -> String {
    let mut text = String::from("assumptions\n  what a verdict of `check` takes for granted\n\n");
    for line in check::ASSUMES {
        text.push_str(&report::wrap(&format!("  - {line}"), width, 4));
    }
    text
}

/// All ids that [`id`] knows.
pub(crate) fn all() -> Vec<&'static str> {
    let rules = check::rules().into_iter().map(|rule| rule.id);
    rules.chain(ids::ALL.iter().map(|entry| entry.id.as_str())).collect()
}

/// What a rule of `check` reports, why, how to make exceptions, and an example of each verdict.
fn rule(rule: &Rule, width: Option<usize>) -> String {
    let Rule { id, severity, summary, .. } = rule;
    let mut text = format!("{id}  ({severity})\n{}\n{}\n", wrapped(summary, width), wrapped(rule.text, width));
    text.push_str(match (rule.fixes.contains(&Trust::Safe), rule.fixes.contains(&Trust::Unsafe)) {
        (true, _) => "  fixable: `meshtrace fix` corrects it where the files leave no other value\n",
        (false, true) => "  fixable by a guess: `meshtrace fix --unsafe` writes what was probably meant\n",
        (false, false) => "",
    });
    text.push_str(&format!("  to allow it, in meshtrace.yaml:\n    check: {{allow: {{{id}: \"why\"}}}}\n"));
    text.push_str(&format!("  or in the document:\n    # meshtrace: allow {id} why\n"));
    if let Some(example) = builtin::example(id) {
        text.push_str("\n  fails:\n");
        shown(example.fails, &[], &mut text);
        text.push_str("\n  passes:\n");
        shown(example.passes, example.fails, &mut text);
    }
    text
}

/// What a stage reports under an id, why, what to do, and what levels can change.
fn stage(entry: &Entry, width: Option<usize>) -> String {
    let id = entry.id;
    let (severity, levels) = match entry.says {
        Says::Errors => {
            ("error", "the command cannot continue, so `check` levels cannot allow it or make it a warning".to_string())
        }
        Says::DiffWarnings => ("warning", "`diff` warnings have no levels".to_string()),
        Says::Warnings => ("warning", changed_by(id.as_str(), "")),
        Says::Both => ("error or warning", changed_by(id.as_str(), "; an error stays an error")),
    };
    let [summary, why, help, levels] = [entry.summary, entry.why, entry.help, &levels].map(|text| wrapped(text, width));
    format!("{id}  ({severity})\n{summary}\n{why}\n{help}\n{levels}")
}

fn changed_by(id: &str, errors: &str) -> String {
    format!(
        "to hide the warning: `check: {{allow: {{{id}: \"why\"}}}}` in meshtrace.yaml; `deny` there, or `check --deny {id}`, makes it an error{errors}"
    )
}

/// The files of an example. Documents that are also in `known` are counted instead of printed again.
fn shown(files: &[(&str, &str)], known: &[(&str, &str)], out: &mut String) {
    for (name, text) in files {
        if *name == "args" {
            out.push_str(&format!("    # with {}\n", text.split_whitespace().collect::<Vec<_>>().join(" ")));
            continue;
        }
        let before = known.iter().find(|(other, _)| other == name).map_or("", |(_, text)| *text);
        let seen: Vec<&str> = documents(before).collect();
        let (new, same): (Vec<&str>, Vec<&str>) = documents(text).partition(|document| !seen.contains(document));
        out.push_str(&format!("    # {name}\n"));
        if !same.is_empty() {
            let (count, s) = (same.len(), if same.len() == 1 { "" } else { "s" });
            out.push_str(&format!("    # {count} document{s} as above\n"));
        }
        for (at, document) in new.iter().enumerate() {
            if at > 0 {
                out.push_str("    ---\n");
            }
            for line in document.lines() {
                out.push_str(format!("    {line}").trim_end());
                out.push('\n');
            }
        }
    }
}

/// The documents of a YAML stream as written.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix("---\n").unwrap_or(text);
    text.split("\n---\n").map(|document| document.trim_end_matches('\n')).filter(|document| !document.is_empty())
}

/// A paragraph, indented by two.
fn wrapped(text: &str, width: Option<usize>) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    report::wrap(&format!("  {}", words.join(" ")), width, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_documents_of_an_example_are_only_counted() {
        let mut out = String::new();
        let fails = [("a.yaml", "---\nx: 1\n---\ny: 2\n")];
        shown(&[("a.yaml", "x: 1\n---\ny: 3\n"), ("args", "--assume\na:1\n")], &fails, &mut out);
        assert_eq!(out, "    # a.yaml\n    # 1 document as above\n    y: 3\n    # with --assume a:1\n");
    }
}
