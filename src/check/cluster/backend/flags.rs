//! The settings of Jaeger v1, which reads each from a flag, or else from a variable with the flag's name (viper's
//! `AutomaticEnv`), and the flags that Jaeger and collectors do not know.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::arguments::arguments;
use crate::check::cluster::backend::env::Env;
use crate::check::cluster::backend::env::Variable;
use crate::check::cluster::backend::options::option_at;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::suggest;
use crate::yaml::Value;

/// The value of a setting, and where it is.
#[expect(clippy::large_enum_variant, reason = "a cursor holds its path, and few of these exist at a time")]
pub(super) enum Given<'a> {
    No,
    Is(String, Cursor<'a>),
    /// It comes from something that is not among the files.
    Unknown,
}

/// Where settings come from.
#[derive(Clone, Copy)]
#[expect(clippy::large_enum_variant, reason = "a cursor holds its path, and few of these exist at a time")]
pub(super) enum Settings<'a> {
    /// The arguments and the variables of a container.
    Container(Cursor<'a>, Env<'a>),
    /// The `options` of a Jaeger resource, which the operator makes arguments of.
    Options(Cursor<'a>),
}

impl<'a> Settings<'a> {
    /// The value of a flag. An empty variable is none.
    pub(super) fn get(&self, flag: &str) -> Given<'a> {
        match self {
            Settings::Container(container, _) => match by_flag(*container, flag) {
                Given::No => self.variable(&variable(flag)),
                given => given,
            },
            Settings::Options(options) => match option_at(*options, flag) {
                None => Given::No,
                Some(at) => match at.node().map(|node| &node.value) {
                    Some(Value::String(text)) => Given::Is(text.to_string(), at),
                    Some(Value::Int(number)) => Given::Is(number.to_string(), at),
                    Some(Value::Bool(flag)) => Given::Is(flag.to_string(), at),
                    _ => Given::Unknown,
                },
            },
        }
    }

    /// The value of a flag alone.
    pub(super) fn flag(&self, flag: &str) -> Given<'a> {
        match self {
            Settings::Container(container, _) => by_flag(*container, flag),
            Settings::Options(_) => self.get(flag),
        }
    }

    /// The value of a variable alone.
    pub(super) fn variable(&self, name: &str) -> Given<'a> {
        let Settings::Container(container, env) = self else { return Given::No };
        match env.get(name) {
            Variable::Unset => Given::No,
            Variable::Is(text) if text.is_empty() => Given::No,
            Variable::Is(text) => {
                let entry = env.entry(name);
                Given::Is(text, entry.map_or_else(|| container.get("envFrom"), |entry| entry.get("value")))
            }
            Variable::Unknown => Given::Unknown,
        }
    }

    /// Where settings that are missing belong.
    pub(super) fn place(&self) -> Cursor<'a> {
        match self {
            Settings::Container(container, _) => container.get("env"),
            Settings::Options(options) => *options,
        }
    }

    /// Gives a setting another value.
    pub(super) fn set(&self, flag: &str, value: &str) -> Option<Edit> {
        match self {
            Settings::Container(container, env) => Some(set_variable(*container, *env, &variable(flag), value)),
            Settings::Options(_) => None,
        }
    }
}

/// The variable of a flag.
fn variable(flag: &str) -> String {
    flag.replace(['.', '-'], "_").to_ascii_uppercase()
}

/// Gives an environment variable a value, whether it is there or not.
fn set_variable(container: Cursor<'_>, env: Env<'_>, name: &str, value: &str) -> Edit {
    match env.entry(name) {
        Some(entry) => Edit::set(entry.get("value"), value),
        None => Edit::append(container.get("env"), serde_json::json!({"name": name, "value": value})),
    }
}

/// The value of a flag in the arguments: `--flag=value`, `--flag value`, or `--flag` alone, which is `true`. The last
/// one counts.
fn by_flag<'a>(container: Cursor<'a>, flag: &str) -> Given<'a> {
    let all: Vec<Cursor<'a>> = arguments(container).collect();
    let given = all.iter().enumerate().rev().find_map(|(index, argument)| {
        let rest = argument.text().strip_prefix("--")?.strip_prefix(flag)?;
        match rest.strip_prefix('=') {
            Some(value) => Some((value, *argument)),
            None if rest.is_empty() => {
                let next = all.get(index + 1).filter(|next| !next.text().starts_with('-'));
                Some(next.map_or(("true", *argument), |next| (next.text(), *next)))
            }
            None => None,
        }
    });
    match given {
        Some((value, _)) if value.contains("$(") => Given::Unknown,
        Some((value, at)) => Given::Is(value.to_string(), at),
        None => Given::No,
    }
}

/// The names of the flags among the arguments.
fn named<'a>(container: Cursor<'a>) -> impl Iterator<Item = (&'a str, Cursor<'a>)> {
    arguments(container).filter_map(|argument| {
        let flag = argument.text().strip_prefix("--")?.split('=').next()?;
        (!flag.is_empty()).then_some((flag, argument))
    })
}

/// A flag that Jaeger v1 exits with (`unknown flag`), because this version does not have it or none has.
pub(super) fn of_jaeger_v1(container: Cursor<'_>, version: Option<&Version>) -> Option<Box<Fault>> {
    let removed = version.and_then(|version| removed(named(container), version));
    removed.or_else(|| unknown(named(container)))
}

/// The same for the `options` of a Jaeger resource.
pub(super) fn of_options(options: Cursor<'_>, version: Option<&Version>) -> Option<Box<Fault>> {
    let mut all = Vec::new();
    flat(options, String::new(), &mut all);
    let all = || all.iter().map(|(name, at)| (&**name, *at));
    version.and_then(|version| removed(all(), version)).or_else(|| unknown(all()))
}

/// Options with their dotted names, however they nest.
fn flat<'a>(options: Cursor<'a>, before: String, all: &mut Vec<(String, Cursor<'a>)>) {
    for (name, at) in options.entries() {
        let name = if before.is_empty() { name.to_string() } else { format!("{before}.{name}") };
        match at.map() {
            Some(_) => flat(at, name, all),
            None => all.push((name, at)),
        }
    }
}

fn unknown<'a, 'n>(mut all: impl Iterator<Item = (&'n str, Cursor<'a>)>) -> Option<Box<Fault>> {
    let (flag, at) = all.find(|(flag, _)| !jaeger::is_collector_flag(flag))?;
    let why = format!("no Jaeger v1 has the flag `--{flag}`, so the process ends with `unknown flag`");
    let help = match suggest::closest(flag, jaeger::collector_flags()) {
        _ if jaeger::V2_FLAGS.contains(&flag) => "use the image `jaegertracing/jaeger`, or `--config-file`".to_string(),
        Some(close) => format!("did you mean `{close}`?"),
        None => "remove it".to_string(),
    };
    Some(Fault::new(Cause::JaegerFlag, at, why, help))
}

/// A flag that Jaeger v2, or a collector, exits with: they have few, and take their settings from the configuration
/// (opentelemetry-collector `otelcol/flags.go`).
pub(super) fn of_collector(container: Cursor<'_>, image: &str) -> Option<Box<Fault>> {
    let (flag, argument) = named(container).find(|(flag, _)| !jaeger::V2_FLAGS.contains(flag))?;
    let why = format!("`{image}` does not have the flag `--{flag}`, so the process ends with `unknown flag`");
    let help = "remove it; settings belong in the configuration";
    Some(Fault::new(Cause::JaegerFlag, argument, why, help))
}

/// A flag that this version of Jaeger v1 does not have, although others do.
fn removed<'a, 'n>(mut all: impl Iterator<Item = (&'n str, Cursor<'a>)>, version: &Version) -> Option<Box<Fault>> {
    all.find_map(|(flag, argument)| {
        let known = jaeger::COLLECTOR_FLAGS.iter().find(|known| known.name == flag)?;
        let early = *version < known.since;
        let late = known.until.as_ref().is_some_and(|until| version >= until);
        let (why, help) = match (early, late, known.instead) {
            (true, ..) => (
                format!("was added in Jaeger {}", known.since),
                format!("remove it, or use Jaeger {} or later", known.since),
            ),
            (_, true, Some(other)) => (
                format!("was removed in Jaeger {}", known.until.as_ref()?),
                format!("write `--{other}`, with a host and port such as `:9411`"),
            ),
            (_, true, None) => (format!("was removed in Jaeger {}", known.until.as_ref()?), "remove it".to_string()),
            _ => return None,
        };
        let why = format!("the flag `--{flag}` {why}, and this is {version}: the process ends with `unknown flag`");
        // An option of a resource has no dashes, and its key is not changed.
        let value = argument.text().strip_prefix("--").and_then(|text| text.split_once('=')).map(|(_, value)| value);
        let cure = match (early, known.instead, value) {
            (false, Some(other), Some(value)) => {
                let port = value.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
                port.map(|_| value.rsplit_once(':').map_or_else(|| format!(":{value}"), |_| value.to_string()))
                    .map(|value| Edit::set(argument, format!("--{other}={value}")))
            }
            (false, None, Some(_)) => Some(Edit::remove(argument)),
            _ => None,
        };
        Some(Fault::new(Cause::JaegerFlag, argument, why, help).fix(Trust::Safe, cure))
    })
}
