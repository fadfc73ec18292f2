//! What Envoy rejects, and where.

use crate::stack::envoy::messages::versions::Versions;
use std::fmt;

/// Something in the JSON that Envoy rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A JSON pointer into the checked value: to the bad value, or to the object that lacks something.
    pub pointer: String,
    /// What is wrong.
    pub kind: Kind,
    /// The versions that reject it.
    pub refused_by: Versions,
    /// The checked versions that accept it.
    pub accepted_by: Versions,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The message has no field with this name. `known` lists its fields.
    UnknownField {
        /// As written.
        field: String,
        /// Full name.
        message: &'static str,
        /// All fields of the message.
        known: Vec<&'static str>,
    },
    /// `@type` names a message that this Envoy does not have. `known` lists the types allowed here, if the field
    /// restricts them.
    UnknownType {
        /// As written.
        url: String,
        /// Full names.
        known: Vec<&'static str>,
    },
    /// The message exists but is not an extension of the category allowed here.
    WrongExtension {
        /// Full name of the message.
        message: &'static str,
        /// For example `envoy.tracers`.
        category: &'static str,
        /// Full names of the allowed messages.
        known: Vec<&'static str>,
    },
    /// An object that needs an `@type` has none.
    MissingType {
        /// Full names of the types allowed here, if the field restricts them.
        known: Vec<&'static str>,
    },
    /// A key of `typed_extension_protocol_options` that is not the name of an extension.
    UnknownOption {
        /// As written.
        name: String,
        /// The common ones.
        known: Vec<&'static str>,
    },
    /// A value with the wrong JSON type, or a string that cannot be parsed.
    WrongType {
        /// The expected value, such as `a duration such as "1.5s"`.
        expected: &'static str,
    },
    /// Not one of the enum's values.
    UnknownValue {
        /// The enum's values.
        known: Vec<&'static str>,
    },
    /// A field or enum value that Envoy still has but no longer accepts.
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
    /// A validation rule is violated. `field` is set if the value is missing and its default violates the rule.
    Rule {
        /// What the value must be, worded to follow "must": `be greater than 0s`.
        must: String,
        /// The missing field.
        field: Option<&'static str>,
    },
}

impl Problem {
    /// Whether every checked version rejects it.
    pub(crate) fn certain(&self) -> bool {
        self.accepted_by.is_empty()
    }

    /// Candidates for "did you mean".
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

/// Describes the problem without its place, worded to end a sentence that names the place.
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
