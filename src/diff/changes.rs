//! Changes whose type says whether their secrets are hidden.
//!
//! [`Redactor::hide`](crate::diff::redact::Redactor::hide) is the only way from [`Raw`] to [`Redacted`], and reports
//! accept only the second: a report of values that nobody looked through does not compile.

use crate::diff::Change;
use std::marker::PhantomData;
use std::ops::Deref;

/// Values as the files hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw;

/// Values without secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redacted;

/// All that differs, in the order in which it is reported.
///
/// ```compile_fail,E0308
/// use meshtrace::diff::{Answer, Side, compare};
///
/// let mut answer = Answer::default();
/// answer.changes = compare(&Side::default(), &Side::default(), None); // still `Changes<Raw>`
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Changes<State> {
    list: Vec<Change>,
    state: PhantomData<State>,
}

impl<State> Default for Changes<State> {
    fn default() -> Changes<State> {
        Changes { list: Vec::new(), state: PhantomData }
    }
}

impl<State> Deref for Changes<State> {
    type Target = [Change];

    fn deref(&self) -> &[Change] {
        &self.list
    }
}

impl Changes<Raw> {
    pub(crate) fn raw(list: Vec<Change>) -> Changes<Raw> {
        Changes { list, state: PhantomData }
    }

    /// Hands over the changes to the stages between the comparison and the redaction.
    pub(crate) fn into_raw(self) -> Vec<Change> {
        self.list
    }

    /// For the redactor alone: whoever calls it has hidden every secret in `list`.
    pub(in crate::diff) fn redacted(list: Vec<Change>) -> Changes<Redacted> {
        Changes { list, state: PhantomData }
    }
}

impl Changes<Redacted> {
    /// The same with another list that is made of this one: what joins or sorts redacted changes keeps them redacted.
    pub(in crate::diff) fn map(self, work: impl FnOnce(Vec<Change>) -> Vec<Change>) -> Changes<Redacted> {
        Changes { list: work(self.list), state: PhantomData }
    }
}
