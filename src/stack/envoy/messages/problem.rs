//! What Envoy refuses, and where.

use crate::stack::envoy::messages::versions::Versions;
use std::fmt;

/// Something in the JSON that Envoy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A JSON pointer into the value that was judged: of the value, or of the object that lacks something.
    pub pointer: String,
    /// What is wrong.
    pub kind: Kind,
    /// The versions that refuse it.
    pub refused_by: Versions,
    /// The versions that were asked and do not.
    pub accepted_by: Versions,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The message has no field of this name. `known` are those it has.
    UnknownField {
        /// As written.
        field: String,
        /// Full name.
        message: &'static str,
        /// All fields of the message.
        known: Vec<&'static str>,
    },
    /// `@type` names no message of this Envoy. `known` are the types that may stand here, when the place says it.
    UnknownType {
        /// As written.
        url: String,
        /// Full names.
        known: Vec<&'static str>,
    },
    /// The message is there, but not an extension of the category that this place takes.
    WrongExtension {
        /// Full name of the message.
        message: &'static str,
        /// Such as `envoy.tracers`.
        category: &'static str,
        /// Full names of those that fit.
        known: Vec<&'static str>,
    },
    /// An object that needs an `@type` has none.
    MissingType {
        /// Full names of the types that may stand here, when the place says it.
        known: Vec<&'static str>,
    },
    /// A key of `typed_extension_protocol_options` that no extension has for its name.
    UnknownOption {
        /// As written.
        name: String,
        /// Those that are usual.
        known: Vec<&'static str>,
    },
    /// A value of another JSON type, or text that does not read as what is wanted.
    WrongType {
        /// What is wanted, such as `a duration such as "1.5s"`.
        expected: &'static str,
    },
    /// Not a value of the enum.
    UnknownValue {
        /// Its values.
        known: Vec<&'static str>,
    },
    /// A field or enum value that Envoy still has and no longer takes.
    Disallowed {
        /// Its name.
        name: &'static str,
    },
    /// Two fields of which only one may be set, or one field under both of its names.
    Twice {
        /// The field that came first.
        first: String,
    },
    /// A required field is missing.
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// One of these fields is required.
    MissingOneOf {
        /// Their names.
        fields: Vec<&'static str>,
    },
    /// A rule about the value is broken. `field` is named when the value was left out and its default breaks the rule.
    Rule {
        /// What the value must be, to be read behind "must": `be greater than 0s`.
        must: String,
        /// The field that was left out.
        field: Option<&'static str>,
    },
}

impl Problem {
    /// Whether every version that was asked refuses it.
    pub(crate) fn certain(&self) -> bool {
        self.accepted_by.is_empty()
    }

    /// The words to choose from in place of the wrong one, for "did you mean".
    pub(crate) fn known(&self) -> &[&'static str] {
        match &self.kind {
            Kind::UnknownField { known, .. }
            | Kind::UnknownType { known, .. }
            | Kind::WrongExtension { known, .. }
            | Kind::MissingType { known }
            | Kind::UnknownOption { known, .. }
            | Kind::UnknownValue { known } => known,
            Kind::MissingOneOf { fields } => fields,
            _ => &[],
        }
    }
}

/// The problem without its place, as the end of a sentence that names the place.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::UnknownField { field, message, .. } => {
                write!(f, "Envoy's `{}` has no field `{field}`", short(message))
            }
            Kind::UnknownType { url, .. } => write!(f, "Envoy has no type `{url}`"),
            Kind::WrongExtension { message, category, .. } => {
                write!(f, "Envoy does not accept `{message}` here: no extension in `{category}` has that type")
            }
            Kind::MissingType { .. } => f.write_str("`@type` is missing"),
            Kind::UnknownOption { name, .. } => {
                write!(f, "no Envoy extension has protocol options named `{name}`")
            }
            Kind::WrongType { expected } => write!(f, "expected {expected}"),
            Kind::UnknownValue { .. } => f.write_str("not a value of Envoy's enum"),
            Kind::Disallowed { name } => write!(f, "Envoy no longer accepts `{name}`"),
            Kind::Twice { first } => write!(f, "`{first}` is also set, and only one of the two is allowed"),
            Kind::Missing { field } => write!(f, "`{field}` is required"),
            Kind::MissingOneOf { fields } => write!(f, "one of `{}` is required", fields.join("`, `")),
            Kind::Rule { must, field: None } => write!(f, "the value must {must}"),
            Kind::Rule { must, field: Some(field) } => write!(f, "`{field}` is missing and must {must}"),
        }?;
        if self.certain() { Ok(()) } else { write!(f, " (in Envoy {}, not in {})", self.refused_by, self.accepted_by) }
    }
}

fn short(message: &str) -> &str {
    message.rsplit_once('.').map_or(message, |(_, name)| name)
}
