//! Where rules report to.

use crate::check::cursor::Location;
use crate::check::hop::HopKind;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::check::rules;
use crate::check::rules::Rule;
use crate::finding::Severity;
use crate::suggest::Asked;

/// A finding before it has a place in a file.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) rule: &'static Rule,
    pub(crate) at: Location,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) notes: Vec<(String, Location)>,
    pub(crate) effect: Effect,
    /// Whether a secret stands there, so that its line must not be shown as it is.
    pub(crate) secret: bool,
}

impl Diagnostic {
    pub(crate) fn note(&mut self, message: impl Into<String>, at: impl Into<Location>) -> &mut Diagnostic {
        self.notes.push((message.into(), at.into()));
        self
    }

    /// Spans of these proxies get no further than this hop.
    pub(crate) fn breaks(&mut self, hop: HopKind, scope: Scope) -> &mut Diagnostic {
        self.effect = Effect::Breaks(hop, scope);
        self
    }

    /// The cluster, the chart or a controller refuses it, and no path rests on it.
    pub(crate) fn refused(&mut self) -> &mut Diagnostic {
        self.effect = Effect::Refused;
        self
    }

    /// An error is what breaks a path or is refused; whatever else a rule finds is at most a warning.
    pub(crate) fn severity(&self) -> Severity {
        match self.effect {
            Effect::None => self.rule.severity.max(Severity::Warning),
            _ => Severity::Error,
        }
    }
}

/// What rules report to.
#[derive(Default)]
pub(crate) struct Sink {
    pub(crate) found: Vec<Diagnostic>,
    asked: Asked,
}

impl Sink {
    /// The name that was probably meant by `word`; none when very many were asked for.
    pub(crate) fn closest<'a>(&mut self, word: &str, known: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
        self.asked.closest(word, known)
    }

    /// Reports what a rule found. It is a warning, or less where the rule is, unless it is said to break a path or to be
    /// refused.
    pub(crate) fn hit(
        &mut self,
        rule: &'static Rule,
        at: impl Into<Location>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> &mut Diagnostic {
        self.found.push(Diagnostic {
            rule,
            at: at.into(),
            message: message.into(),
            help: help.into(),
            notes: Vec::new(),
            effect: Effect::None,
            secret: false,
        });
        self.found.last_mut().expect("it was pushed above")
    }

    /// Reports what the facts found, under the rule that explains its cause.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        let Problem { cause, at, message, help, notes, effect } = problem.clone();
        let rule = rules::of(cause);
        self.found.push(Diagnostic { rule, at, message, help, notes, effect, secret: false });
    }
}
