//! Which parts of a chart's templates are run.
//!
//! A library such as `common` defines hundreds of templates, of which a chart includes a few. A definition counts as run if
//! its name occurs anywhere in what is run, or in values and files, which `tpl` may run; and if a template is included
//! whose name is put together, all count.

use crate::chart::action::actions;
use crate::chart::action::names;
use std::collections::BTreeMap;

/// A definition, or what a file has outside of its definitions.
struct Piece<'t> {
    path: &'t str,
    /// The name of the definition.
    name: Option<String>,
    /// Each action with the line that it begins on.
    actions: Vec<(usize, &'t str)>,
    runs: bool,
}

/// The templates that call one of `functions` where they are run, with the line of the first call. `other`: texts that may
/// be run as templates.
pub(super) fn calls<'t>(
    templates: &BTreeMap<&'t str, &'t str>,
    other: &[&str],
    functions: &[&str],
) -> Vec<(String, usize)> {
    let mut pieces: Vec<Piece<'t>> = templates.iter().flat_map(|(path, text)| pieces(path, text)).collect();
    let calls = |piece: &Piece<'_>| {
        piece
            .actions
            .iter()
            .find(|(_, action)| names(action, functions))
            .map(|(line, _)| (piece.path.to_string(), *line))
    };
    if pieces.iter().any(|piece| piece.name.is_some() && calls(piece).is_some()) {
        mark(&mut pieces, other);
    }
    let mut found: Vec<(String, usize)> = pieces.iter().filter(|piece| piece.runs).filter_map(calls).collect();
    found.sort();
    found.dedup_by(|one, other| one.0 == other.0);
    found
}

/// Marks the definitions that are run by what is.
fn mark(pieces: &mut [Piece<'_>], other: &[&str]) {
    let mut new: Vec<usize> = (0..pieces.len()).filter(|at| pieces[*at].runs).collect();
    let mut texts: Vec<&str> = other.to_vec();
    loop {
        let is_open = new.iter().any(|at| pieces[*at].actions.iter().any(|(_, action)| includes_any(action)));
        texts.extend(new.iter().flat_map(|at| pieces[*at].actions.iter().map(|(_, action)| *action)));
        let runs = |piece: &Piece<'_>| {
            let name = piece.name.as_deref().unwrap_or_default();
            !piece.runs && piece.name.is_some() && (is_open || texts.iter().any(|text| text.contains(name)))
        };
        new = (0..pieces.len()).filter(|at| runs(&pieces[*at])).collect();
        if new.is_empty() {
            return;
        }
        new.iter().for_each(|at| pieces[*at].runs = true);
        texts.clear();
    }
}

/// Whether an action includes a template whose name it does not say.
fn includes_any(action: &str) -> bool {
    action.match_indices("include").chain(action.match_indices("template")).any(|(at, word)| {
        let after = &action[at + word.len()..];
        after.starts_with([' ', '\t', '\r', '\n', '(', '$', '.']) && !after.trim_start().starts_with(['"', '`'])
    })
}

/// What a file consists of.
fn pieces<'t>(path: &'t str, text: &'t str) -> Vec<Piece<'t>> {
    // Helm renders no file whose name begins so (helm v3.18 `pkg/engine/engine.go`, `render`), and prints no notes.
    let prints = path.rsplit('/').next().is_some_and(|name| !name.starts_with('_') && name != "NOTES.txt");
    let mut all = vec![Piece { path, name: None, actions: Vec::new(), runs: prints }];
    // The piece that each open block belongs to.
    let mut open: Vec<usize> = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for (offset, action) in actions(text) {
        line += text[counted..offset].matches('\n').count();
        counted = offset;
        let at = open.last().copied().unwrap_or(0);
        let plain = action.trim_start_matches('-').trim_start();
        let word = plain.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if word != "define" {
            all[at].actions.push((line, action));
        }
        match word {
            "define" | "block" => {
                let name = plain.split(['"', '`']).nth(1).unwrap_or_default().to_string();
                open.push(all.len());
                all.push(Piece { path, name: Some(name), actions: Vec::new(), runs: false });
            }
            "if" | "range" | "with" => open.push(at),
            "end" => drop(open.pop()),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookups(templates: &[(&str, &str)], other: &[&str]) -> Vec<(String, usize)> {
        calls(&templates.iter().copied().collect(), other, &["lookup"])
    }

    const LIBRARY: (&str, &str) = (
        "charts/common/templates/_secrets.tpl",
        "{{/* include \"c.manage\" lookup */}}\n{{- define \"c.manage\" -}}\n{{ if .a }}{{ with .b }}x{{ end }}{{ end }}\n\
         {{- lookup \"v1\" \"Secret\" . \"a\" }}\n{{- end -}}\n{{ define \"c.outer\" }}{{ include \"c.manage\" . }}{{ end }}\n\
         {{ define \"c.name\" }}a{{ end }}\n",
    );

    #[test]
    fn only_what_is_run_counts() {
        let found = [("charts/common/templates/_secrets.tpl".to_string(), 4)];
        let with = |text: &str, other: &[&str]| lookups(&[LIBRARY, ("templates/a.yaml", text)], other);
        for text in ["a: 1", "{{ include \"c.name\" . }}", "{{/* c.manage */}}", "c.manage", "{{ .Values.included }}"] {
            assert_eq!(with(text, &[]), [], "{text}");
        }
        for text in [
            "{{ include \"c.manage\" . }}",
            "{{- template `c.manage` . }}",
            "{{ include \"c.outer\" . }}",
            "{{ tpl \"{{ include `c.manage` . }}\" . }}",
            "{{ include (printf \"c.%s\" .a) . }}",
            "{{ include $name . }}",
            "{{ define \"own\" }}{{ include \"c.outer\" . }}{{ end }}{{ if .x }}{{ include \"own\" . }}{{ end }}",
            "{{ block \"b\" . }}{{ include \"c.outer\" . }}{{ end }}",
        ] {
            assert_eq!(with(text, &[]), found, "{text}");
        }
        assert_eq!(with("a: 1", &["extra: '{{ include \"c.manage\" . }}'"]), found);
        let own = with("{{ if .a }}\n{{ end }}{{\nlookup }}{{ lookup }}", &[]);
        assert_eq!(own, [("templates/a.yaml".to_string(), 2)]);
        for path in ["templates/_a.tpl", "templates/NOTES.txt"] {
            assert_eq!(lookups(&[(path, "{{ lookup }}")], &[]), [], "{path}");
        }
    }
}
