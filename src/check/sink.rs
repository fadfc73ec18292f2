//! Rules, and the sink that they report to.

use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Location;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::finding::RuleId;
use crate::finding::Severity;
use crate::suggest::Asked;

/// One rule: what `show rules` lists and `explain` prints.
#[derive(Debug)]
pub struct Rule {
    /// Stable kebab-case name.
    pub id: &'static str,
    /// The highest severity of its findings. A finding that neither breaks a path nor reports a rejected object is a
    /// warning.
    pub severity: Severity,
    /// One line that says what the rule finds.
    pub summary: &'static str,
    /// Why it matters, with sources.
    pub text: &'static str,
    /// How it can be fixed: with certainty, by a guess, either, or not at all.
    pub fixes: &'static [Trust],
    /// The check itself; `None` if the findings come from the facts.
    pub(crate) check: Option<fn(&Facts<'_>, &mut Sink)>,
}

/// Each rule owns its id; ids of other stages are in `finding::ids`.
impl From<&'static Rule> for RuleId {
    fn from(rule: &'static Rule) -> RuleId {
        RuleId::register(rule.id)
    }
}

/// A finding that has not been located in a file yet.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) rule: &'static Rule,
    pub(crate) at: Location,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) notes: Vec<(String, Location)>,
    pub(crate) effect: Effect,
    /// Whether the user asked for this, which makes it a warning even though it breaks a path.
    pub(crate) intended: bool,
    /// Whether there is a secret at this place, so that its line must not be shown as is.
    pub(crate) secret: bool,
    pub(crate) cure: Option<Cure>,
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

    /// The same with a cure that was found elsewhere.
    pub(crate) fn cured(&mut self, cure: Option<Cure>) -> &mut Diagnostic {
        self.cure = cure;
        self
    }

    /// What makes it go away, if anything is known to.
    pub(crate) fn fix(&mut self, trust: Trust, edits: impl IntoIterator<Item = Edit>) -> &mut Diagnostic {
        self.cure = Cure::new(trust, edits);
        self
    }
    /// The user asked for this, and Envoy offers no other way to get it.
    pub(crate) fn intended(&mut self) -> &mut Diagnostic {
        self.intended = true;
        self
    }

    /// The cluster, the chart or a controller rejects it, but no path depends on it.
    pub(crate) fn refused(&mut self) -> &mut Diagnostic {
        self.effect = Effect::Refused;
        self
    }

    /// An error breaks a path or is rejected, and is not intended; anything else is at most a warning.
    pub(crate) fn severity(&self) -> Severity {
        match self.effect {
            Effect::None => self.rule.severity.max(Severity::Warning),
            Effect::Breaks(..) if self.intended => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// Collects what the rules report.
#[derive(Default)]
pub(crate) struct Sink {
    pub(crate) found: Vec<Diagnostic>,
    asked: Asked,
}

impl Sink {
    /// The name that `word` was probably meant to be; `None` once very many have been looked up.
    pub(crate) fn closest<'a>(&mut self, word: &str, known: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
        self.asked.closest(word, known)
    }

    /// Reports a finding of a rule. It is a warning at most, unless the caller says that it breaks a path or is
    /// rejected.
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
            intended: false,
            secret: false,
            cure: None,
        });
        self.found.last_mut().expect("it was pushed above")
    }

    /// Reports a problem found by the facts, under the rule that explains its cause.
    pub(crate) fn problem(&mut self, rule: &'static Rule, problem: &Problem) {
        let Problem { cause: _, at, message, help, notes, effect, cure } = problem.clone();
        self.found.push(Diagnostic { rule, at, message, help, notes, effect, intended: false, secret: false, cure });
    }
}
