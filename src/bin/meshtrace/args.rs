//! The command line: names and help, no logic.

use crate::complete;
use clap::ArgMatches;
use clap::Args;
use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use clap_complete::engine::ArgValueCandidates;
use clap_complete::engine::ArgValueCompleter;
use meshtrace::diff::Class;
use meshtrace::inject;
use meshtrace::inject::Mode;
use meshtrace::named::Named;
use meshtrace::report;
use std::path::PathBuf;

/// Parses a value by its [`Named`] name.
fn one_of<T: Named + Send + Sync>() -> impl TypedValueParser<Value = T> {
    listed(T::ALL.iter().copied())
}

fn worst_first() -> impl TypedValueParser<Value = Class> {
    listed(Class::ALL.iter().rev().copied())
}

fn listed<T: Named + Send + Sync>(values: impl Iterator<Item = T>) -> impl TypedValueParser<Value = T> {
    let unlisted = || std::io::Error::other("not one of the names");
    PossibleValuesParser::new(values.map(|one| PossibleValue::new(one.name())))
        .try_map(move |name| T::of(&name).ok_or_else(unlisted))
}

/// Render the Kubernetes manifests that make tracing work across a Consul service mesh with Jaeger
#[derive(Debug, Parser)]
#[command(name = "meshtrace", version, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_help = "Start here: meshtrace render -p dev -o out/dev, then read out/dev/INSTALL.md\n\n\
    Exit codes: 0 success, or no differences; 1 differences or failed checks; 2 an error prevented an answer")]
pub(crate) struct Cli {
    /// When to color output; `auto` colors only on a terminal (NO_COLOR is respected)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Run in this directory, as hooks in a repository with several projects do
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line, and the matches of the innermost command, which preserve the order of flags.
pub(crate) fn parse() -> Result<(Cli, ArgMatches), clap::Error> {
    let mut command = Cli::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    let mut typed = matches;
    while let Some((_, inner)) = typed.remove_subcommand() {
        typed = inner;
    }
    Ok((cli, typed))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Render(Render),
    Check(Check),
    Diff(Diff),
    Inject(Inject),
    Fix(Fix),
    #[command(subcommand)]
    Show(Show),
    Explain(Explain),
    #[command(subcommand)]
    Charts(Charts),
    Init(Init),
    #[command(subcommand)]
    Argocd(Argocd),
    /// Print the lines that make a shell complete commands, profiles, renders, keys and rules
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print the manual page of meshtrace or of one command
    Man {
        /// Command to document, such as render
        #[arg(add = ArgValueCandidates::new(complete::commands))]
        command: Option<String>,
    },
}

/// Render manifests from profiles and templates
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # all renders in meshtrace.yaml, to out/<name>
  meshtrace render
  # check that these are up to date
  meshtrace render 'clusters/*' --check
  # only those that a change concerns
  meshtrace render --since origin/main
  # a combination of profiles, to a directory
  meshtrace render -p dev,debug -o out/dev-debug
  # only the Kubernetes objects, as one stream
  meshtrace render -p dev > dev.yaml
  # a single file, unchanged
  meshtrace render -p dev --only 'helm/**' -o -")]
pub(crate) struct Render {
    /// Renders in meshtrace.yaml to write, as globs [default: all]
    #[arg(value_name = "RENDER", add = ArgValueCandidates::new(complete::renders))]
    pub(crate) renders: Vec<String>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    /// Output directory; `-` prints the objects as one YAML stream
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<String>,
    /// Write or delete only files that match this glob (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,
    /// Write nothing; exit 1 if the directory is out of date
    #[arg(long)]
    pub(crate) check: bool,
    /// Overwrite files that were edited by hand or that meshtrace did not write
    #[arg(long)]
    pub(crate) force: bool,
    /// Delete what was rendered to directories below `out` that belong to no render any more
    #[arg(long)]
    pub(crate) prune: bool,
    /// Render only what a change since this git revision concerns: of profiles, templates, files/ or meshtrace.yaml
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,
    /// Write even if the rules of `check` report errors
    #[arg(long)]
    pub(crate) skip_rules: bool,
    /// Write secrets in plain text; prefer a reference to a Secret
    #[arg(long)]
    pub(crate) allow_plaintext_secrets: bool,
    /// Exit 1 if any file was written or deleted, as pre-commit hooks require
    #[arg(long)]
    pub(crate) exit_nonzero_on_change: bool,
}

/// Fetch Helm charts into the project, and record what they are
#[derive(Debug, Subcommand)]
#[command(
    after_help = "A profile renders such a chart with `charts.<release>.path`, `consul.chartPath` or `jaeger.chartPath`.
`add` and `update` run `helm pull`; no other command uses the network."
)]
pub(crate) enum Charts {
    /// Fetch a chart to charts/NAME.tgz, and record it in charts.lock
    #[command(after_help = "Examples:
  meshtrace charts add consul https://helm.releases.hashicorp.com --version 1.9.11
  meshtrace charts add podinfo oci://ghcr.io/stefanprodan/charts --version 6.9.2")]
    Add {
        /// Name of the chart
        name: String,
        /// Chart repository (https://...) or registry (oci://...)
        #[arg(value_name = "REPO|OCI")]
        source: String,
        /// Version to fetch
        #[arg(long)]
        version: String,
    },
    /// Fetch newer versions of charts that `add` fetched
    Update {
        /// Charts to update, by name or path [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Version to fetch [default: the newest]
        #[arg(long)]
        version: Option<String>,
    },
    /// Record the charts in the project, and the installed Helm, in charts.lock as they are
    Lock {
        /// Charts to record [default: those that the renders in meshtrace.yaml name, and those recorded before]
        #[arg(value_name = "PATH")]
        paths: Vec<String>,
    },
}

/// Check whether spans will reach Jaeger, and explain why if they will not
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  # all renders in meshtrace.yaml
  meshtrace check
  # some of them
  meshtrace check 'clusters/eu-*'
  # your own files, checked together
  meshtrace check manifests/ values.yaml
  # what a cluster runs
  kubectl get -A -o yaml \\
    jaeger,deploy,svc,proxydefaults,servicedefaults,ingressgateway |
    meshtrace check -
  # a profile
  meshtrace check -p dev --format sarif
  # a collector that no file defines
  meshtrace check web.yaml \\
    --assume simplest-collector.observability:9411

Exit codes: 0 no errors; 1 errors found; 2 nothing could be checked")]
pub(crate) struct Check {
    /// Files and directories to check together, `-` for stdin; each directory that `render` wrote is checked separately.
    /// A name that is no path is a render in meshtrace.yaml, or a glob of some
    #[arg(value_name = "PATH", conflicts_with = "profile", add = ArgValueCompleter::new(complete::sets))]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// Treat this rule, or all `warnings`, as an error (repeatable)
    #[arg(long, value_name = "RULE", add = ArgValueCandidates::new(complete::denied))]
    pub(crate) deny: Vec<String>,
    /// Fail also if it cannot be told whether spans arrive
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print only errors and the last line
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Check only the renders that a change since this git revision concerns
    #[arg(long, value_name = "REV", conflicts_with = "profile")]
    pub(crate) since: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = one_of::<report::Format>())]
    pub(crate) format: report::Format,
    /// Accepted only so that the error can name `--format`
    #[arg(short, long, value_name = "DIR", hide = true)]
    pub(crate) out: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Human,
    Json,
}

/// Compare manifests by object and field, and show which changes restart pods or lose data
#[derive(Debug, Args)]
#[command(after_help = "FROM and TO are each one of:
  DIR, FILE, -          a directory, a file, stdin
  git:REV[:PATH]        a path at a git revision; PATH defaults to `out`
  profile:P[,P][@REV]   a fresh render, with @REV from that revision's profiles
  RENDER                a name in meshtrace.yaml that is no path, or a glob
FROM defaults to out/<render>, TO to a fresh render.

A kustomization.yaml that only lists the manifests is not shown. With --format patch, paths are relative to FROM, \
or to the directory that holds the renders if there are several.

Examples:
  # is out/ up to date?
  meshtrace diff
  # only these renders
  meshtrace diff 'clusters/eu-*'
  # what does this branch change?
  meshtrace diff git:main
  # how does prod differ from dev?
  meshtrace diff -p prod profile:dev
  # for a pull request
  meshtrace diff git:main --format markdown
  # the commands that bring a cluster there
  meshtrace diff git:main --format steps
  # how does the cluster differ from the render?
  kubectl get deploy -o yaml | meshtrace diff - out/dev/manifests

Exit codes: 0 no differences; 1 differences (with --fail-on, of that class or worse); 2 an error prevented an answer")]
pub(crate) struct Diff {
    /// The old side
    #[arg(value_name = "FROM", add = ArgValueCompleter::new(complete::sides))]
    pub(crate) from: Option<String>,
    /// The new side
    #[arg(value_name = "TO", add = ArgValueCompleter::new(complete::sides))]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = one_of::<report::diff::Format>())]
    pub(crate) format: report::diff::Format,
    /// Accepted only so that the error can name `--format`
    #[arg(short, long, value_name = "DIR", hide = true)]
    pub(crate) out: Option<String>,
    /// Compare only the renders that a change since this git revision concerns
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,
    /// Lines of context around changed text
    #[arg(short = 'C', long, value_name = "N", default_value_t = 3)]
    pub(crate) context: usize,
    /// Print one line per change, without its fields
    #[arg(long)]
    pub(crate) summary: bool,
    /// Leave out what the API server stores as before: defaults written out, quantities in another notation
    #[arg(long)]
    pub(crate) semantic: bool,
    /// Exit 1 only for changes of this class or a worse one
    #[arg(long, value_name = "CLASS", value_parser = worst_first())]
    pub(crate) fail_on: Option<Class>,
    /// Exit 0 even if there are differences
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Maximum length of `--format markdown`; GitHub comments are limited to 65536 characters
    #[arg(long, value_name = "N", default_value_t = 60_000)]
    pub(crate) max_chars: usize,
}

/// Add what programs need to send spans, to your own manifests, and change nothing else in them
#[derive(Debug, Args)]
#[command(after_help = "Modes:
  agent        the jaeger-agent container that jaeger-operator would inject,
               with its variables, annotations and volumes
  annotation   the annotation that asks jaeger-operator for it, on Deployments,
               or on Namespaces without one in the input
  otel         the annotations that ask the OpenTelemetry operator for a
               collector and SDK settings, on the pod

The Jaeger to report to comes from the Jaeger resources in the input, else from the profile, else from the built-in \
one. Comments, order, quotes and line breaks of the files stay. Injecting twice is injecting once, and --remove, with \
the same other options, gives back the original bytes.

Examples:
  # add an agent to each workload below k8s/
  meshtrace inject --in-place k8s/
  # show what would change, as a patch
  meshtrace inject -p prod --format patch web.yaml
  # is anything missing?
  meshtrace inject --consul --check k8s/
  # a chart, as it is rendered
  helm template shop ./chart | meshtrace inject - | kubectl apply -f -
  # a chart, as Helm installs it
  helm install shop ./chart \\
    --post-renderer meshtrace --post-renderer-args inject

Exit codes: 0 success; 1 something would change (with --check); 2 an error prevented an answer")]
pub(crate) struct Inject {
    /// Files and directories, `-` for stdin [default: stdin]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    /// What to inject
    #[arg(long, value_name = "MODE", default_value = "agent", value_parser = one_of::<Mode>())]
    pub(crate) mode: Mode,
    /// Also add the annotations for a Consul sidecar: its port, its upstreams, the agent's way out
    #[arg(long)]
    pub(crate) consul: bool,
    /// Write the changes to the files
    #[arg(long, conflicts_with = "check")]
    pub(crate) in_place: bool,
    /// Write nothing; exit 1 if something would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Remove what the same options have injected
    #[arg(long)]
    pub(crate) remove: bool,
    /// Inject also where that breaks the workload, such as Jobs, which then never complete
    #[arg(long)]
    pub(crate) all: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "yaml", value_parser = one_of::<inject::Format>())]
    pub(crate) format: inject::Format,
}

/// Fix what `check` finds in your own manifests, where the right value is known, and change nothing else in them
#[derive(Debug, Args)]
#[command(
    after_help = "A fix is written only if its finding is gone afterwards and no error or warning is new. Comments, order, quotes and line \
breaks stay, also in JSON inside strings. What only a guess would fix needs --unsafe. Files that meshtrace rendered are \
left; the message then names the key of the profile.

Examples:
  # fix the files below k8s/
  meshtrace fix k8s/
  # show what would change, as a patch
  meshtrace fix --diff k8s/ values.yaml
  # is there anything to fix?
  meshtrace fix --check k8s/
  # only this rule
  meshtrace fix --rule collector-port k8s/
  # a chart, as it is rendered
  helm template shop ./chart | meshtrace fix - | kubectl apply -f -

Exit codes: 0 success; 1 something would change (with --check); 2 an error prevented an answer"
)]
pub(crate) struct Fix {
    /// Files and directories to fix together, `-` for stdin, which is printed [default: stdin]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write nothing; exit 1 if something would change
    #[arg(long)]
    pub(crate) check: bool,
    /// Write nothing; print a patch
    #[arg(long)]
    pub(crate) diff: bool,
    /// Also fix what only a guess can fix
    #[arg(long = "unsafe")]
    pub(crate) guess: bool,
    /// Fix only what this rule finds (repeatable)
    #[arg(long, value_name = "RULE", add = ArgValueCandidates::new(complete::rules))]
    pub(crate) rule: Vec<String>,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
}

/// What the files do not say of the cluster
#[derive(Debug, Args)]
pub(crate) struct WorldArgs {
    /// Assume that a collector listens at this address, although no file defines it (repeatable)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) assume: Vec<String>,
    /// Version of the Consul chart, if the files do not determine it
    #[arg(long, value_name = "VERSION")]
    pub(crate) consul_chart: Option<String>,
    /// Kubernetes version of the cluster; without it, an object is refused if every version from 1.24 on refuses it
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// Directory or file with CustomResourceDefinitions, by which objects of their kinds are checked (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) crds: Vec<PathBuf>,
    /// Directory of a Helm chart, by whose values.yaml and values.schema.json values for it are checked (repeatable)
    #[arg(long, value_name = "DIR")]
    pub(crate) chart: Vec<PathBuf>,
}

/// Which profiles, and the values that override them
#[derive(Debug, Args)]
pub(crate) struct ValueArgs {
    /// Profiles to merge, in order (repeatable; `a,b` is the same as `-p a -p b`)
    #[arg(short, long = "profile", value_name = "PROFILE", value_delimiter = ',', add = ArgValueCandidates::new(complete::profiles))]
    pub(crate) profile: Vec<String>,
    /// Values file to merge over the profiles (repeatable)
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    pub(crate) values: Vec<PathBuf>,
    /// Set values in Helm syntax, such as a.b=c,d=2; true, false, null and whole numbers keep their type (repeatable)
    #[arg(long, value_name = "KEY=VALUE", add = ArgValueCompleter::new(complete::settings))]
    pub(crate) set: Vec<String>,
    /// Set values as strings (repeatable)
    #[arg(long, value_name = "KEY=VALUE", add = ArgValueCompleter::new(complete::settings))]
    pub(crate) set_string: Vec<String>,
    /// Set a value from JSON, such as a list or a map (repeatable)
    #[arg(long, value_name = "KEY=JSON", add = ArgValueCompleter::new(complete::settings))]
    pub(crate) set_json: Vec<String>,
    /// Set a value to the contents of a file (repeatable)
    #[arg(long, value_name = "KEY=FILE", add = ArgValueCompleter::new(complete::settings))]
    pub(crate) set_file: Vec<String>,
    #[command(flatten)]
    pub(crate) folders: Folders,
}

/// Directories of profiles and templates
#[derive(Debug, Default, Args)]
pub(crate) struct Folders {
    /// Directory of profiles that override the built-in ones [default: profiles/ next to meshtrace.yaml]
    #[arg(long, value_name = "DIR")]
    pub(crate) profiles: Option<PathBuf>,
    /// Directory of templates that override the built-in ones [default: templates/ next to meshtrace.yaml]
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
}

/// Show values, profiles, templates, renders, the mesh as a picture, the schema, known versions or rules
#[derive(Debug, Subcommand)]
pub(crate) enum Show {
    /// Print the merged values
    Values {
        #[command(flatten)]
        values: ValueArgs,
        /// Print one line per value, with the file and line that set it
        #[arg(long)]
        origins: bool,
    },
    /// List the profiles with their descriptions
    Profiles {
        #[command(flatten)]
        folders: Folders,
    },
    /// List the templates and mark your own, or print one
    #[command(visible_alias = "template")]
    Templates {
        /// Template to print, such as services or manifests/50-apps/services.yaml; `builtin:NAME` is the shipped one
        #[arg(add = ArgValueCandidates::new(complete::templates))]
        name: Option<String>,
        #[command(flatten)]
        folders: Folders,
    },
    /// List the renders of meshtrace.yaml with their profiles
    Renders {
        /// Renders to list, as globs [default: all]
        #[arg(value_name = "RENDER", add = ArgValueCandidates::new(complete::renders))]
        renders: Vec<String>,
        /// List only those that a change since this git revision concerns
        #[arg(long, value_name = "REV")]
        since: Option<String>,
        #[command(flatten)]
        folders: Folders,
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// Print what templates see, with types: one line per value
    Model {
        #[command(flatten)]
        values: ValueArgs,
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// List the images that a render pulls, with their digests where the profile gives them
    Images {
        #[command(flatten)]
        values: ValueArgs,
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// Draw the paths of spans that `check` finds: gateways, services, collectors, storage, and where they break
    Graph {
        /// Files and directories, `-` for stdin [default: the profiles, or all renders in meshtrace.yaml]
        #[arg(value_name = "PATH", conflicts_with = "profile")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        values: ValueArgs,
        #[command(flatten)]
        world: WorldArgs,
        /// Language of the picture: a file for browsers and documents, text that code hosts draw, or text for Graphviz
        #[arg(long, value_name = "FORMAT", default_value = "svg", value_parser = one_of::<report::graph::Format>())]
        format: report::graph::Format,
    },
    /// Print the JSON schema of profiles, for editors
    Schema,
    /// Print the supported chart and operator versions, with the Kubernetes versions and changed keys of each
    Versions {
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// List the rules of `check` with severity and summary
    Rules {
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
}

/// Act as a config management plugin of Argo CD: run in a sidecar of the repo-server, see docs/argocd.md
#[derive(Debug, Subcommand)]
#[command(
    after_help = "The render is chosen by the Application's `plugin.parameters` (`render`, or `profiles`; `values-files`, `set`, \
    `set-string`), or by its `plugin.env` (RENDER, PROFILES)."
)]
pub(crate) enum Argocd {
    /// Print the objects of the render that the Application asks for
    Generate,
    /// Print the parameters that Applications can set, as JSON
    Parameters,
}

/// Explain a key of a profile or of meshtrace.yaml, a rule of `check`, or the id of any other message
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Key of a profile or of meshtrace.yaml, such as consul.gossip.mode or check.allow; rule, such as collector-port; message
    /// id, such as yaml-key; or `assumptions`
    #[arg(add = ArgValueCandidates::new(complete::topics))]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
}

/// Create meshtrace.yaml and a first profile; existing files are not changed
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  meshtrace init                                     for a current cluster: Consul 2.0, Jaeger v2
  meshtrace init --guide                             for the guide's stack: Consul 1.12, jaeger-operator 1.37
  meshtrace init mesh/                               in a directory")]
pub(crate) struct Init {
    /// Directory to create them in
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Use the versions of the guide instead of current ones
    #[arg(long)]
    pub(crate) guide: bool,
}
