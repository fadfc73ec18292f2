//! `--set` and similar flags: any argument is read or rejected, no message contains a value, and the flags agree with
//! each other.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::structure;
use crate::targets::extras;
use crate::targets::option;
use crate::targets::printed;
use crate::text;
use meshtrace::finding::Findings;
use meshtrace::profile;
use meshtrace::profile::Extra;
use meshtrace::profile::Profiles;
use meshtrace::profile::Values;
use meshtrace::source::Sources;
use serde_json::Value as Json;

/// A value that no other text contains.
const CANARY: &str = "Zk7qCanary0x";

const KEYS: &[&str] = &[
    "vars.x",
    "vars.a\\.b",
    "vars.password",
    "services.web.port",
    "services.web.image",
    "jaeger.storage.maxTraces",
    "consul.values.server.extraConfig",
    "mesh.proxyDefaults.config.x",
    "tracing.sampling.percent",
    "tracing.traceId128",
];
const ODD_KEYS: &[&str] =
    &["a.b.c", "x", "extends", "a[0]", "services", "vars", "consul.values.a\\,b", "services.web.env"];
const VALUES: &[&str] =
    &["1", "true", "TRUE", "null", "0", "007", "-1", "1.5", "a\\,b", "\\{a", "", "x=y", "9223372036854775808"];
const ODD_VALUES: &[&str] = &["{a,b}", "{\"a\": [1]}", "[1, 2]", "\"x\"", "a,b", "\\"];

/// Mostly one of the first list.
fn one_of<'a>(usual: &'a [&str], odd: &'a [&str], random: &mut Random) -> &'a str {
    let from = if random.once_in(6) { odd } else { usual };
    random.text(from)
}

/// A flag and its argument.
pub(crate) fn argument(random: &mut Random, seeds: &Seeds) -> (&'static str, String) {
    let flag = *random.pick(&["--set", "--set", "--set-string", "--set-json", "--set-file"]);
    let mut pairs: Vec<String> = (0..random.few())
        .map(|_| format!("{}={}", one_of(KEYS, ODD_KEYS, random), one_of(VALUES, ODD_VALUES, random)))
        .collect();
    if flag == "--set-json" {
        let (documents, _) = structure::read(random.text(&seeds.yaml));
        let json = documents.first().map(Json::to_string).unwrap_or_default();
        pairs = vec![format!("{}={json}", one_of(KEYS, ODD_KEYS, random))];
    }
    let text = pairs.join(",");
    (flag, if random.once_in(2) { text } else { text::change(&text, random, seeds) })
}

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    if random.once_in(2) {
        let steps: Vec<String> =
            (0..random.few()).map(|_| text::odd(random, seeds)).filter(|step| !step.is_empty()).take(30).collect();
        let value = match random.once_in(2) {
            true => text::odd(random, seeds),
            false => random.text(VALUES).to_owned(),
        };
        return Parts::from([("!steps".into(), Json::from(steps).to_string()), ("!value".into(), value)]);
    }
    let mut parts = Parts::new();
    for number in 0..1 + random.below(3) {
        let (flag, text) = argument(random, seeds);
        parts.insert(format!("{number} {flag}"), text);
    }
    parts
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    let extras = extras(parts);
    let (root, said) = compose(&extras);
    if root.is_some() {
        went_all_the_way();
    }
    law((root.clone(), said.clone()) == compose(&extras), "the same arguments set the same values", || said.clone())?;
    joined(&extras)?;
    for extra in &extras {
        if let Extra::Set(text) = extra {
            strings(text)?;
            hidden(text)?;
        }
    }
    let steps = option(parts, "steps").and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
    if let (Some(steps), Some(value)) = (steps, option(parts, "value")) {
        escaped(&steps, value)?;
    }
    Ok(())
}

/// The values set by the arguments, and the findings; `None` if an argument is invalid.
fn compose(extras: &[Extra]) -> (Option<Json>, String) {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let values = profile::compose(&Profiles::default(), &[], extras, &mut sources, &mut found);
    (values.map(|Values { root, .. }| root.to_json()), printed(&found))
}

/// Several `--set`s are equivalent to one with commas.
fn joined(extras: &[Extra]) -> Result<(), Broken> {
    let texts: Option<Vec<&str>> = extras
        .iter()
        .map(|extra| match extra {
            Extra::Set(text) if !text.is_empty() && !text.ends_with(['\\', ',']) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if let (Some(texts), (Some(root), _)) = (texts, compose(extras)) {
        let one = texts.join(",");
        let (joined, said) = compose(&[Extra::Set(one.clone())]);
        law(joined.as_ref() == Some(&root), "`--set a --set b` is `--set a,b`", || {
            format!("{one}\n{root}\n{joined:?}\n{said}")
        })?;
    }
    Ok(())
}

/// `--set-string` reads what `--set` does, and differs only in the types.
fn strings(text: &str) -> Result<(), Broken> {
    let (typed, _) = compose(&[Extra::Set(text.to_owned())]);
    let (plain, said) = compose(&[Extra::SetString(text.to_owned())]);
    let Some(typed) = typed else { return Ok(()) };
    // `null` removes a key, while the text "null" stays, so that another key may lead through it.
    if text.to_ascii_lowercase().replace("\\", "").contains("null") {
        return Ok(());
    }
    let same = plain.as_ref().is_some_and(|plain| {
        let places = structure::places(&typed);
        places == structure::places(plain)
            && places.iter().all(|place| match (typed.pointer(place), plain.pointer(place)) {
                (Some(Json::Bool(flag)), Some(Json::String(text))) => text.eq_ignore_ascii_case(&flag.to_string()),
                (Some(Json::Number(number)), Some(Json::String(text))) => text.parse().ok() == number.as_i64(),
                (Some(Json::String(a)), Some(Json::String(b))) => a == b,
                (Some(Json::Object(_)), Some(Json::Object(_))) => true,
                _ => false,
            })
    });
    law(same, "`--set-string` differs only in types", || format!("{text}\n{typed}\n{plain:?}\n{said}"))
}

/// A value is never printed, whatever text precedes it.
fn hidden(text: &str) -> Result<(), Broken> {
    for argument in [format!("{text},x={CANARY}"), format!("x={CANARY},{text}"), format!("{text}{CANARY}")] {
        // Inside a key it is not a value.
        let key = argument.rfind(CANARY).is_some_and(|at| argument[at..].contains('='));
        if key && !argument.starts_with("x=") || !argument.contains('=') {
            continue;
        }
        for extra in
            [Extra::Set(argument.clone()), Extra::SetString(argument.clone()), Extra::SetJson(argument.clone())]
        {
            let (_, said) = compose(&[extra]);
            law(!said.contains(CANARY), "no message contains a value", || format!("{argument}\n{said}"))?;
        }
    }
    Ok(())
}

/// Every key and value can be expressed, with a `\` before special characters.
fn escaped(steps: &[String], value: &str) -> Result<(), Broken> {
    if steps.is_empty() || steps.len() > 30 || steps.iter().any(String::is_empty) || steps[0] == "extends" {
        return Ok(());
    }
    let escape = |text: &str| -> String {
        text.chars().flat_map(|c| if "\\.,=[{".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
    };
    let key = steps.iter().map(|step| escape(step)).collect::<Vec<_>>().join(".");
    let argument = format!("{key}={}", escape(value));
    let pointer: String = steps.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect();
    let at = |root: &Option<Json>| root.as_ref().and_then(|root| root.pointer(&pointer)).cloned();
    let (root, said) = compose(&[Extra::SetString(argument.clone())]);
    law(at(&root) == Some(Json::from(value)), "every text can be set", || format!("{argument}\n{root:?}\n{said}"))?;
    let (root, said) = compose(&[Extra::Set(argument.clone())]);
    let path: Vec<&str> = steps.iter().map(String::as_str).collect();
    // Inside a free map `null` is a value, elsewhere it removes the key.
    let free = (1..path.len()).any(|length| profile::is_free(&path[..length]));
    let expected = typed(value).or_else(|| free.then_some(Json::Null));
    law(at(&root) == expected, "types are the same as in Helm", || {
        format!("{argument}\n{root:?}\n{expected:?}\n{said}")
    })?;
    let (root, said) = compose(&[Extra::SetJson(format!("{key}={}", Json::from(value)))]);
    law(at(&root) == Some(Json::from(value)), "every text can be set as JSON", || format!("{key}\n{root:?}\n{said}"))?;
    let (root, said) = compose(&[Extra::SetFile { key, text: value.to_owned() }]);
    law(at(&root) == Some(Json::from(value)), "every text can come from a file", || format!("{root:?}\n{said}"))
}

/// Helm's `typedVal` (pkg/strvals): words in any case, whole numbers that do not begin with 0.
fn typed(text: &str) -> Option<Json> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(Json::from(true)),
        "false" => Some(Json::from(false)),
        "null" => None,
        "0" => Some(Json::from(0)),
        _ => Some(match text.parse::<i64>() {
            Ok(number) if !text.starts_with('0') => Json::from(number),
            _ => Json::from(text),
        }),
    }
}
