//! What the program offers, taken from its own help, so that a test over all formats or backends includes new ones.
#![allow(clippy::disallowed_methods, reason = "runs the program to read its help")]

use meshtrace::model::schema;
use std::process::Command;

/// A backend for tests. `tests/it/tables.rs` checks that each backend of the schema has a row.
pub(crate) struct Backend {
    /// Its name in `jaeger.backend`.
    pub(crate) name: &'static str,
    /// Settings for `--set` with which it renders with the profile `dev`.
    pub(crate) settings: &'static [&'static str],
    /// What INSTALL.md says only for this backend.
    pub(crate) install: &'static str,
}

/// A Kubernetes that today's OpenTelemetry operator supports, with a cert-manager for it.
pub(crate) const MODERN: &str = "cluster.kubernetes=1.34,operators.certManager.version=1.20.0";

pub(crate) const BACKENDS: &[Backend] = &[
    Backend { name: "operator-v1", settings: &[], install: "rollout status deployment/jaeger-operator" },
    Backend {
        name: "otel-operator-v2",
        settings: &["jaeger.version=2.20.0", MODERN],
        install: "rollout status deployment/opentelemetry-operator-controller-manager",
    },
    Backend { name: "helm-v2", settings: &["jaeger.version=2.20.0"], install: "-f helm/jaeger/values.yaml" },
    Backend {
        name: "external",
        settings: &["jaeger.external.address=otlp.example:443", "jaeger.external.tls=true"],
        install: "Nothing to install: spans go to",
    },
];

impl Backend {
    /// The value of `--set` that selects it.
    pub(crate) fn set(&self) -> String {
        let backend = format!("jaeger.backend={}", self.name);
        let settings = self.settings.iter().map(|setting| format!(",{setting}"));
        std::iter::once(backend).chain(settings).collect()
    }
}

/// The choices of `jaeger.backend`.
pub(crate) fn backends() -> Vec<String> {
    let choices = schema::at(&["jaeger", "backend"]).expect("there is `jaeger.backend`")["enum"].as_array();
    choices.expect("it is a choice").iter().map(|choice| choice.as_str().expect("a word").to_owned()).collect()
}

/// The formats of a command, in the order of its help.
pub(crate) fn formats(command: &[&str]) -> Vec<String> {
    let help = help(command).split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((_, option)) = help.split_once("--format <FORMAT>") else { return Vec::new() };
    let (_, list) = option.split_once("[possible values: ").expect("formats are a choice");
    let (list, _) = list.split_once(']').expect("the list ends");
    list.split(", ").map(str::to_owned).collect()
}

/// The subcommands of a command; those of the program itself if `below` is empty.
pub(crate) fn commands(below: &[&str]) -> Vec<String> {
    let help = help(below);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_meshtrace")).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?} --help: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
