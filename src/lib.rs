//! meshtrace renders the Kubernetes manifests that make distributed tracing work across a Consul service mesh with
//! Jaeger.
//!
//! Each module of the library is a stage of the pipeline: [`profile`] merges profiles into values, [`model`] types them
//! and derives names and addresses, [`template`] fills templates, [`object`] reads their output and lays it out,
//! [`inject`] adds agents, [`check`] judges the result, [`disk`] writes a directory. [`render::render`] connects them.
//! Every stage except [`disk`] is a pure function over plain data and reports [`finding::Findings`].
//!
//! ```
//! use meshtrace::builtin;
//! use meshtrace::finding::Findings;
//! use meshtrace::profile::{Name, Profiles};
//! use meshtrace::render::{Input, render};
//! use meshtrace::template::Templates;
//!
//! let mut found = Findings::default();
//! let output = render(
//!     &Input {
//!         profiles: &Profiles { all: builtin::profiles(), builtin: builtin::profiles() },
//!         templates: &Templates { all: builtin::templates(), builtin: builtin::templates() },
//!         verbatim: &Default::default(),
//!         names: &[Name::from("dev")],
//!         extras: &[],
//!         home: &Default::default(),
//!         helm: None,
//!     },
//!     &mut found,
//! );
//! assert!(found.is_empty());
//! assert!(output.unwrap().files.contains_key("manifests/40-mesh/proxydefaults-global.yaml"));
//! ```

pub mod render;

pub mod chart;
pub mod check;
pub mod diff;
pub mod disk;
pub mod edit;
pub mod fix;
pub mod gitops;
pub mod inject;
pub mod model;
pub mod object;
pub mod profile;
pub mod template;

pub mod explain;
pub mod project;
pub mod report;

pub mod builtin;
mod component;
mod digest;
pub mod files;
pub mod finding;
pub mod glob;
mod line_ends;
pub mod named;
mod pointer;
pub mod running;
pub mod secrecy;
pub mod source;
pub mod stack;
mod suggest;
pub mod yaml;
