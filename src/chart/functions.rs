//! Which functions a chart calls that make it differ between runs, or that ask a cluster.
//!
//! Every function of a Go template is named where it is called, so a chart that names none of [`CHANGING`] inside
//! `{{ }}` renders to the same bytes each time. Names inside string literals count too unless they are prose, because `tpl` runs
//! strings as templates, and so do those in files that are not templates and in values. What this cannot see is a name that a chart
//! puts together from pieces and gives to `tpl`; no chart does so by accident.

use crate::chart::action::actions;
use crate::chart::action::names;
use crate::chart::reach;
use std::collections::BTreeMap;

/// Functions whose result differs between runs. Source: helm v3.18 `pkg/engine/funcs.go` (sprig without `env` and
/// `expandenv`), Masterminds/sprig v3.3 `functions.go`: random numbers, keys, times, and the lists of a map's `keys` and
/// `values`, which have Go's random order. Dates are here because `date` without a time uses now.
const CHANGING: &[&str] = &[
    "ago",
    "bcrypt",
    "date",
    "dateInZone",
    "date_in_zone",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htmlDate",
    "htmlDateInZone",
    "htpasswd",
    "keys",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
    "values",
];

/// Fields of `.Chart` that hold pointers, which print as addresses.
const POINTERS: &[&str] = &["Maintainers", "Dependencies"];

/// What a chart does beyond reading its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Whether the result may differ between two runs.
    pub(crate) changing: bool,
    /// The templates that call `lookup` where they are run, with the line of the first call.
    pub(crate) lookups: Vec<(String, usize)>,
    /// Keys of `.Values` in a line that calls a function of [`CHANGING`], or in the three lines above, by template: what to
    /// set instead.
    pub(crate) instead: Vec<(String, String)>,
}

/// What a chart with these values uses.
pub(crate) fn uses(files: &BTreeMap<String, Vec<u8>>, values: &str) -> Uses {
    let mut uses = Uses { changing: changes(values), ..Uses::default() };
    let (mut templates, mut other) = (BTreeMap::new(), vec![values]);
    for (path, bytes) in files {
        // What is inside a nested archive is not seen, so it may be anything.
        if path.ends_with(".tgz") || path.ends_with(".tar.gz") {
            uses.changing = true;
            continue;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            continue;
        };
        if !text.contains("{{") {
            continue;
        }
        uses.changing |= changes(text);
        let is_template = path.split('/').any(|part| part == "templates");
        if !is_template {
            // What describes a chart shows how to use its definitions, and is run by none.
            other.extend(Some(text).filter(|_| !path.ends_with(".md")));
            continue;
        }
        templates.insert(path.as_str(), text);
        instead(path, text, &mut uses.instead);
    }
    uses.lookups = reach::calls(&templates, &other, &["lookup"]);
    uses
}

fn changes(text: &str) -> bool {
    calls(text, CHANGING)
        || text.contains("{{") && (text.contains("%p") || POINTERS.iter().any(|name| text.contains(name)))
}

/// Keys near calls of changing functions.
fn instead(path: &str, text: &str, out: &mut Vec<(String, String)>) {
    let lines: Vec<&str> = text.lines().collect();
    for (number, _) in lines.iter().enumerate().filter(|(_, line)| calls(line, CHANGING)) {
        let near = lines[number.saturating_sub(3)..=number].iter().rev().find(|line| line.contains(".Values."));
        for key in near.into_iter().flat_map(|line| values_of(line)) {
            let one = (path.to_string(), key);
            if !out.contains(&one) {
                out.push(one);
            }
        }
    }
}

/// The keys after `.Values.` in a line.
pub(super) fn values_of(line: &str) -> Vec<String> {
    line.split(".Values.")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len());
            rest[..end].trim_matches('.').to_string()
        })
        .filter(|key| !key.is_empty())
        .collect()
}

/// Whether `text` calls one of `functions` inside `{{ }}`.
fn calls(text: &str, functions: &[&str]) -> bool {
    actions(text).any(|(_, action)| names(action, functions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_fields_variables_comments_and_text() {
        for text in [
            "a: {{ now }}",
            "a: {{- randAlphaNum 5 | b64enc -}}",
            "{{ printf \"}}\" | uuidv4 }}",
            "{{ tpl \"{{ now }}\" . }}",
            "{{ tpl (print $open \" now \" $close) . }}",
            "{{ tpl (print \"{{ \" \"| now }}\") . }}",
            "{{ fail \"the values\" }}{{ fail `\\` }}{{ now }}",
            "{{ fail \"\\한\" | now }}",
            "{{ $x := genCA \"a\" 1 }}",
            "{{ (keys .Values) }}",
            "{{ now",
            "{{/* now */}}{{ now }}",
            "{{ '\\'' | now }}",
            "{{ `\\` | now }}",
        ] {
            assert!(calls(text, CHANGING), "{text}");
        }
        for text in [
            "now",
            "# values.yaml {{ .Values.now }}",
            "{{ $now }}",
            "{{/* now */}}",
            "{{- /* randInt */ -}} values",
            "{{ .Values.keys.date }}",
            "{{ include \"nowhere\" . }}",
            "{{ end }} now {{ end }}",
            "{{ fail \"set the values now\" }}",
            "{{ fail `the \"keys\" and values` }}",
            "{{ fail \"the \\\"date\\\" is values\" | quote }}",
        ] {
            assert!(!calls(text, CHANGING), "{text}");
        }
    }

    #[test]
    fn what_to_set_is_found_near_the_call() {
        let text = "{{- if .Values.auth.password }}\na: x\n{{- else }}\na: {{ randAlphaNum 9 }}\n{{- end }}\n\
                    b: {{ .Values.token | default (randAlphaNum 8) }}\n{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}\n";
        let files = BTreeMap::from([("templates/a.yaml".to_string(), text.as_bytes().to_vec())]);
        let uses = uses(&files, "{}");
        let keys: Vec<&str> = uses.instead.iter().map(|(_, key)| key.as_str()).collect();
        assert_eq!(keys, ["auth.password", "token"]);
        assert_eq!(uses.lookups, [("templates/a.yaml".to_string(), 7)]);
        assert!(uses.changing);
        assert!(changes("a: '{{ now }}'") && !changes("a: now"));
    }
}
