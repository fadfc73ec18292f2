//! The command line: names and help, no logic.

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
use meshtrace::diff::Class;
use meshtrace::named::Named;
use meshtrace::report;
use std::path::PathBuf;

/// A value that is one of the library's names.
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
    Exit codes: 0 done or same; 1 the answer is no (drift); 2 no answer could be made")]
pub(crate) struct Cli {
    /// Colour messages: on a terminal, always, or never (NO_COLOR is respected)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line, and the matches of the innermost command, which know the order in which flags were typed.
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
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Render(Render),
    Check(Check),
    Diff(Diff),
    #[command(subcommand)]
    Show(Show),
    Explain(Explain),
    Init(Init),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of all or of one command
    Man {
        /// A command, such as render
        command: Option<String>,
    },
}

/// Fill the templates with profiles and write the manifests
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  meshtrace render                                   every render of meshtrace.yaml, to out/<name>
  meshtrace render 'clusters/*' --check              are these up to date?
  meshtrace render -p dev,debug -o out/dev-debug     a composition, to a directory
  meshtrace render -p dev > dev.yaml                 the objects alone, as one stream
  meshtrace render -p dev --only 'helm/**' -o -      one file as it is")]
pub(crate) struct Render {
    /// Renders of meshtrace.yaml, by glob; all of them unless said
    #[arg(value_name = "RENDER")]
    pub(crate) renders: Vec<String>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    /// Write to this directory; `-` prints the objects as one YAML stream
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<String>,
    /// Only files that match this glob (repeatable); others are neither written, deleted nor forgotten
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,
    /// Write nothing; exit 1 when the directory is not what would be written
    #[arg(long)]
    pub(crate) check: bool,
    /// Replace files that were edited by hand, or that stand in the way
    #[arg(long)]
    pub(crate) force: bool,
    /// Write although rules of `check` say that it will not work
    #[arg(long)]
    pub(crate) skip_rules: bool,
    /// Write secrets that are there in plain text; a reference to a Secret is nearly always better
    #[arg(long)]
    pub(crate) allow_plaintext_secrets: bool,
    /// Exit 1 when a file was written or deleted: a hook must fail when it changed what is committed
    #[arg(long)]
    pub(crate) exit_nonzero_on_change: bool,
}

/// Prove that spans will arrive, and say exactly why where they will not
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  meshtrace check                                    every render of meshtrace.yaml, fresh
  meshtrace check manifests/ values.yaml             files of your own, as one set
  kubectl get -A -o yaml jaeger,deploy,svc,proxydefaults,servicedefaults,ingressgateway | meshtrace check -
  meshtrace check -p dev --format sarif              a composition
  meshtrace check web.yaml --assume simplest-collector.observability:9411

Exit codes: 0 nothing at deny level; 1 something is; 2 there is nothing to judge")]
pub(crate) struct Check {
    /// Files and directories, `-` for stdin: one set; directories that `render` wrote are a set each
    #[arg(value_name = "PATH", conflicts_with = "profile")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    /// A collector that is there although no file shows it (repeatable)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) assume: Vec<String>,
    /// Fail on this rule or warning, or on all `warnings` (repeatable)
    #[arg(long, value_name = "RULE")]
    pub(crate) deny: Vec<String>,
    /// The Consul chart's version, where no values file says it
    #[arg(long, value_name = "VERSION")]
    pub(crate) consul_chart: Option<String>,
    /// The cluster's Kubernetes version
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
    /// How to answer
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = one_of::<report::Format>())]
    pub(crate) format: report::Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Human,
    Json,
}

/// Show what changed, by structure: objects, fields, and what that asks of you
#[derive(Debug, Args)]
#[command(after_help = "FROM and TO are each one of:
  DIR, FILE, -            a folder, a file, stdin
  git:REV[:PATH]          a path at a revision, read from git's objects; PATH is the `out` of meshtrace.yaml unless said
  profile:P[,P][@REV]     a fresh render, of a revision's own profiles and templates with @REV
FROM is out/<render> unless said, and TO is the fresh render.

A kustomization.yaml that only lists the manifests is not shown. With --format patch, paths are relative to FROM, and with
several renders to the folder that holds them.

Examples:
  meshtrace diff                                     is out/ what would be rendered?
  meshtrace diff git:main                            what does this branch change?
  meshtrace diff -p prod profile:dev                 how does prod differ from dev?
  meshtrace diff git:main --format markdown          for a pull request
  kubectl get deploy -o yaml | meshtrace diff - out/dev/manifests

Exit codes: 0 same; 1 differences (with --fail-on, of that class or worse); 2 no answer could be made")]
pub(crate) struct Diff {
    /// What it was
    #[arg(value_name = "FROM")]
    pub(crate) from: Option<String>,
    /// What it is, or will be
    #[arg(value_name = "TO")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = one_of::<report::diff::Format>())]
    pub(crate) format: report::diff::Format,
    /// There is none; it is taken so that the answer can name `--format`
    #[arg(short, long, value_name = "DIR", hide = true)]
    pub(crate) out: Option<String>,
    /// Lines around changed lines of text
    #[arg(short = 'C', long, value_name = "N", default_value_t = 3)]
    pub(crate) context: usize,
    /// A line a change, without its fields
    #[arg(long)]
    pub(crate) summary: bool,
    /// Exit 1 only for changes of this class or worse
    #[arg(long, value_name = "CLASS", value_parser = worst_first())]
    pub(crate) fail_on: Option<Class>,
    /// Exit 0 whether there are differences or not
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// The most characters of `--format markdown`; GitHub takes 65536 in a comment
    #[arg(long, value_name = "N", default_value_t = 60_000)]
    pub(crate) max_chars: usize,
}

/// Which profiles, and what goes over them
#[derive(Debug, Args)]
pub(crate) struct ValueArgs {
    /// Profiles to compose, in order (repeatable; `a,b` is `-p a -p b`)
    #[arg(short, long = "profile", value_name = "PROFILE", value_delimiter = ',')]
    pub(crate) profile: Vec<String>,
    /// A file of values over the profiles (repeatable)
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    pub(crate) values: Vec<PathBuf>,
    /// Set values as Helm does: a.b=c,d=2; true, false, null and whole numbers are typed (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Set values that are always strings (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set_string: Vec<String>,
    /// Set a value to JSON, for lists and maps (repeatable)
    #[arg(long, value_name = "KEY=JSON")]
    pub(crate) set_json: Vec<String>,
    /// Set a value to the content of a file (repeatable)
    #[arg(long, value_name = "KEY=FILE")]
    pub(crate) set_file: Vec<String>,
    #[command(flatten)]
    pub(crate) folders: Folders,
}

/// Where profiles and templates are
#[derive(Debug, Args)]
pub(crate) struct Folders {
    /// Profiles to lay over the shipped ones [default: profiles/ beside meshtrace.yaml]
    #[arg(long, value_name = "DIR")]
    pub(crate) profiles: Option<PathBuf>,
    /// Templates to lay over the shipped ones [default: templates/ beside meshtrace.yaml]
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
}

/// Show what there is, and what the program thinks
#[derive(Debug, Subcommand)]
pub(crate) enum Show {
    /// Print the merged values of a composition
    Values {
        #[command(flatten)]
        values: ValueArgs,
        /// A line for each value, with the file and line that set it
        #[arg(long)]
        origins: bool,
    },
    /// List the profiles, each with its sentence
    Profiles {
        #[command(flatten)]
        folders: Folders,
    },
    /// List the templates, and which are yours
    Templates {
        #[command(flatten)]
        folders: Folders,
    },
    /// Print the JSON schema of profiles, for an editor
    Schema,
    /// Print the versions of charts and operators we know, with their Kubernetes and what became of keys
    Versions {
        /// As text or as JSON
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// List the rules of `check`: id, severity, one line
    Rules {
        /// As text or as JSON
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
}

/// Explain a key (what it does, its choices, its default, who set it), a rule of `check`, or the id of any other message
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The key, such as consul.gossip.mode; the rule, such as collector-port; or the id, such as yaml-key
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) values: ValueArgs,
}

/// Write a first meshtrace.yaml and profile; nothing that exists is touched
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The directory
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}
