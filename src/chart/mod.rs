//! Helm charts that are rendered into the tree.
//!
//! In: a [`Chart`] (its files), and a [`Request`] with the values. Out: the objects that the installed `helm template`
//! makes of them, with the chart's template for each. This module runs nothing and reads no disk: it says what to ask
//! Helm ([`Request`]), and reads the [`Answer`]. Whoever implements [`Helm`] runs the program.

mod action;
mod archive;
mod differ;
mod failure;
mod functions;
mod lock;
mod reach;
mod read;
mod source;

pub use lock::Lock;
pub use lock::Locked;
pub use source::Chart;
pub use source::digest_of_files;

pub(crate) use archive::pack;
pub(crate) use differ::differences;
pub(crate) use failure::keys;
pub(crate) use failure::read_at;
pub(crate) use failure::said;
pub(crate) use failure::warnings;
pub(crate) use functions::Uses;
pub(crate) use functions::uses;
pub(crate) use read::Document;
pub(crate) use read::Hook;
pub(crate) use read::documents;

use crate::finding::Finding;
use std::sync::Arc;

/// The file that holds the digests of charts and the version of Helm, beside `meshtrace.yaml`.
pub const LOCK: &str = "charts.lock";

/// One run of `helm template`. Equal requests have equal answers, so each is made once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    /// The chart's path in the project.
    pub path: String,
    /// The name of the release.
    pub release: String,
    /// The namespace of the release.
    pub namespace: String,
    /// The values, as a YAML document.
    pub values: String,
    /// The version of Kubernetes to render for.
    pub kubernetes: String,
    /// What the cluster serves, sorted: `group/version` and `group/version/Kind`.
    pub api_versions: Vec<String>,
    /// Whether the definitions in the folder `crds` are wanted.
    pub crds: bool,
    /// Whether to run it twice, because the result may differ.
    pub twice: bool,
}

/// What Helm answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The stream of objects; `None` if Helm failed.
    pub text: Option<Arc<str>>,
    /// The second stream, if it was asked for and differs.
    pub other: Option<Arc<str>>,
    /// What Helm printed to stderr.
    pub stderr: String,
}

/// Runs Helm. Implemented by [`disk`](crate::disk) and by tests.
pub trait Helm: Sync {
    /// The chart at a path of the project, if it is the one that the lock holds.
    ///
    /// # Errors
    /// Returns the finding to report, without a place.
    fn chart(&self, path: &str) -> Result<Arc<Chart>, Box<Finding>>;

    /// Runs `helm template`.
    ///
    /// # Errors
    /// Returns the finding to report, without a place, if there is no suitable Helm, or it takes too long or prints too
    /// much. A chart that fails is an answer.
    fn template(&self, request: &Request) -> Result<Arc<Answer>, Box<Finding>>;
}
