//! The plan of a diff as a shell script: each command with its reason above it.
//!
//! Names come from files that anyone may have written. In commands they are quoted, so that the shell passes them on as they
//! are; in comments they are on one line.

use crate::diff::Answer;
use crate::diff::Command;
use crate::diff::Pair;
use crate::diff::Phase;
use crate::diff::Plan;
use crate::diff::Reach;
use crate::diff::Step;
use crate::diff::Word;
use crate::diff::plan;
use crate::named::Named;
use crate::report::diff::Written;
use crate::report::one_line;
use crate::secrecy::mask;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How the path of a file of TO begins.
enum Root<'a> {
    /// With this, as it is.
    Path(&'a str),
    /// With the value of `$to`, then this.
    Variable(String),
}

/// One script for all pairs.
pub(super) fn script(pairs: &[Pair], answer: &Answer) -> Written {
    let mut all = Written::default();
    let mut body = String::new();
    for pair in pairs {
        let Plan { steps, left_out } = plan(pair, answer);
        let from = all.left_out.len();
        all.left_out.extend(left_out.into_iter().map(|(what, why)| (one_line(&mask(&what)).into_owned(), why)));
        let needs_files =
            |step: &Step| step.commands.iter().flat_map(|one| &one.words).any(|word| matches!(word, Word::File(_)));
        if pair.reach == Reach::Nowhere && steps.iter().any(needs_files) {
            let why = "kubectl cannot read TO from there: name a directory, a file or git:REV:PATH";
            missing(all.left_out[from..].iter().map(|(_, why)| *why).chain(steps.iter().map(|_| why)), &mut body);
            all.left_out.push((shown(pair), why));
            continue;
        }
        if steps.is_empty() && all.left_out.len() == from {
            continue;
        }
        if let Some(render) = pair.render.as_deref().filter(|_| pairs.len() > 1) {
            let _ = writeln!(body, "\n# render {}", comment(render));
        }
        missing(all.left_out[from..].iter().map(|(_, why)| *why), &mut body);
        if !steps.is_empty() {
            let root = prologue(pair, &mut body);
            write(&steps, &root, &mut body);
        }
    }
    if body.is_empty() {
        all.text = "# nothing to do\n".to_owned();
        return all;
    }
    all.text = format!(
        "#!/usr/bin/env bash\n# Brings a cluster from FROM to TO. Read it before you run it, with the right `kubectl config current-context`.\nset -euo pipefail\n{body}"
    );
    all
}

/// Says how many steps are left out. `reasons`: one for each.
fn missing(reasons: impl Iterator<Item = &'static str>, out: &mut String) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for why in reasons {
        *counts.entry(why).or_default() += 1;
    }
    for (why, count) in counts {
        let what = if count == 1 { "1 step is" } else { &format!("{count} steps are") };
        let _ = writeln!(out, "\n# {what} missing here: {why}");
    }
}

fn shown(pair: &Pair) -> String {
    pair.render.clone().unwrap_or_else(|| "TO".to_owned())
}

/// What makes the files of TO available.
fn prologue<'a>(pair: &'a Pair, out: &mut String) -> Root<'a> {
    let folder = || Root::Path(&pair.to.shown);
    let words = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    match &pair.reach {
        Reach::There | Reach::Nowhere => folder(),
        Reach::After(command) if command.is_empty() => {
            let dir = comment(pair.to.shown.trim_end_matches('/'));
            let _ = writeln!(out, "\n# First: `meshtrace render -o {dir}` with the options of this diff.");
            folder()
        }
        Reach::After(command) => {
            let _ = writeln!(out, "\n# write TO\n{}", words(command));
            folder()
        }
        Reach::Into(command) => {
            let _ = writeln!(out, "\n# write TO\nto=$(mktemp -d)/to\n{} \"$to\"", words(command));
            Root::Variable("/".to_owned())
        }
        Reach::Git { revision, path } => {
            let top = "git -C \"$(git rev-parse --show-toplevel)\" archive";
            let (revision, slash) = (quoted(revision), if path.is_empty() { "" } else { " " });
            let path = if path.is_empty() { String::new() } else { quoted(path) };
            let _ = writeln!(
                out,
                "\n# TO at this revision\nto=$(mktemp -d)\n{top} {revision}{slash}{path} | tar -x -C \"$to\""
            );
            let folder = pair.to.shown.splitn(3, ':').nth(2).unwrap_or_default();
            Root::Variable(format!("/{folder}"))
        }
    }
}

fn write(steps: &[Step], root: &Root<'_>, out: &mut String) {
    let mut at = None;
    for step in steps {
        if at != Some((step.phase, step.stage)) {
            at = Some((step.phase, step.stage));
            let what = if step.phase == Phase::Delete { "delete: " } else { "" };
            let _ = writeln!(out, "\n## {what}{}", step.stage.name());
        }
        for why in &step.why {
            let _ = writeln!(out, "# {}", comment(why));
        }
        for command in &step.commands {
            let text = line(command, root);
            match command.until {
                true => {
                    let _ = writeln!(out, "until {text}; do sleep 5; done");
                }
                false => {
                    let _ = writeln!(out, "{text}");
                }
            }
        }
    }
}

fn line(command: &Command, root: &Root<'_>) -> String {
    let word = |word: &Word| match (word, root) {
        (Word::Text(text), _) => quoted(text),
        (Word::File(path), Root::Path(prefix)) => quoted(&file(&format!("{prefix}{path}"))),
        (Word::File(path), Root::Variable(prefix)) => format!("\"$to\"{}", quoted(&format!("{prefix}{path}"))),
    };
    command.words.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A path that no program takes for an option or for stdin.
fn file(path: &str) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path.to_owned() }
}

fn comment(text: &str) -> String {
    one_line(&mask(text)).into_owned()
}

/// A word as a shell reads it back: bare if nothing in it means anything, in single quotes, or with every byte that is not
/// plainly visible as `\nnn` in `$'...'`.
fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    if one_line(word) == word {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let mut out = "$'".to_owned();
    for c in word.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| {
                let _ = write!(out, "\\{byte:03o}");
            }),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, text) in [
            ("out/dev/a.yaml", "out/dev/a.yaml"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(id)", "'$(id)'"),
            ("it's", "'it'\\''s'"),
            ("a\nb'\u{202e}", "$'a\\012b\\'\\342\\200\\256'"),
        ] {
            assert_eq!(quoted(word), text);
        }
        assert_eq!(file("-a"), "./-a");
    }
}
