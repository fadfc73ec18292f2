//! A rule, and the sink that rules report to.

use crate::check::hop::HopKind;
use crate::check::set::Doc;
use crate::finding::Severity;
use crate::suggest::Asked;

/// One rule: what `show rules` lists and `explain` prints.
#[derive(Debug)]
pub struct Rule {
    /// Stable kebab-case name.
    pub id: &'static str,
    /// How bad it is, unless reality says otherwise at a finding.
    pub severity: Severity,
    /// One line.
    pub summary: &'static str,
    /// Why, with the evidence.
    pub text: &'static str,
}

macro_rules! rules {
    ($($(#[$meta:meta])* $name:ident: $id:literal, $severity:ident, $summary:literal, $text:literal;)+) => {
        $($(#[$meta])* pub(crate) static $name: $crate::check::rule::Rule = $crate::check::rule::Rule {
            id: $id, severity: $crate::finding::Severity::$severity, summary: $summary, text: $text,
        };)+
        /// The rules of this family.
        pub(crate) static RULES: &[&$crate::check::rule::Rule] = &[$(&$name),+];
    };
}
pub(crate) use rules;

/// Where in the set something stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct At {
    pub(crate) doc: Doc,
    /// A JSON pointer; what is missing is shown at the deepest value that is there.
    pub(crate) path: String,
    /// A JSON pointer inside the JSON text at `path`.
    pub(crate) inner: Option<String>,
    /// Whether the key is meant and not its value.
    pub(crate) key: bool,
}

impl At {
    pub(crate) fn object(index: usize, path: impl Into<String>) -> At {
        At { doc: Doc::Object(index), path: path.into(), inner: None, key: false }
    }

    pub(crate) fn values(index: usize, path: impl Into<String>) -> At {
        At { doc: Doc::Values(index), path: path.into(), inner: None, key: false }
    }

    pub(crate) fn inner(mut self, pointer: impl Into<String>) -> At {
        self.inner = Some(pointer.into());
        self
    }

    pub(crate) fn key(mut self) -> At {
        self.key = true;
        self
    }
}

/// Whose spans a finding stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Every proxy's.
    All,
    /// Those of gateways.
    Gateways,
    /// Those of sidecars.
    Sidecars,
    /// Those of one proxy, by index.
    Proxy(usize),
    /// Those of some proxies, by index.
    Proxies(Vec<usize>),
}

/// A finding before it has a place.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) rule: &'static Rule,
    pub(crate) severity: Severity,
    pub(crate) at: Option<At>,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) notes: Vec<(String, At)>,
    pub(crate) breaks: Option<(HopKind, Whose)>,
    /// Whether a secret stands there, so that its line must not be shown as it is.
    pub(crate) secret: bool,
}

impl Raw {
    pub(crate) fn note(&mut self, message: impl Into<String>, at: At) -> &mut Raw {
        self.notes.push((message.into(), at));
        self
    }

    pub(crate) fn breaks(&mut self, hop: HopKind, whose: Whose) -> &mut Raw {
        self.breaks = Some((hop, whose));
        self
    }

    pub(crate) fn severity(&mut self, severity: Severity) -> &mut Raw {
        self.severity = severity;
        self
    }
}

/// What rules report to.
#[derive(Default)]
pub(crate) struct Sink(pub(crate) Vec<Raw>, Asked);

impl Sink {
    /// The name that was probably meant by `word`; none when very many were asked for.
    pub(crate) fn closest<'a>(&mut self, word: &str, known: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
        self.1.closest(word, known)
    }

    pub(crate) fn hit(
        &mut self,
        rule: &'static Rule,
        at: At,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> &mut Raw {
        self.0.push(Raw {
            rule,
            severity: rule.severity,
            at: Some(at),
            message: message.into(),
            help: help.into(),
            notes: Vec::new(),
            breaks: None,
            secret: false,
        });
        self.0.last_mut().expect("it was pushed above")
    }
}
