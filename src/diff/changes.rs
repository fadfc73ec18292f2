//! Changes whose type says whether their secrets are hidden.
//!
//! [`Redactor::hide`](crate::diff::redact::Redactor::hide) is the only way from [`Raw`] to [`Redacted`], and reports
//! accept only the latter: a report of values that have not been redacted does not compile.

use crate::diff::Change;
use std::marker::PhantomData;
use std::ops::Deref;

/// Values as they are in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw;

/// Values without secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redacted;

/// All differences, in the order in which they are reported.
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

    /// The list, for the stages between the comparison and the redaction.
    pub(crate) fn into_raw(self) -> Vec<Change> {
        self.list
    }

    /// Only for the redactor: the caller has hidden every secret in `list`.
    pub(in crate::diff) fn redacted(list: Vec<Change>) -> Changes<Redacted> {
        Changes { list, state: PhantomData }
    }
}

impl Changes<Redacted> {
    /// Replaces the list by one made from it: joining or sorting redacted changes keeps them redacted.
    pub(in crate::diff) fn map(self, work: impl FnOnce(Vec<Change>) -> Vec<Change>) -> Changes<Redacted> {
        Changes { list: work(self.list), state: PhantomData }
    }
}
