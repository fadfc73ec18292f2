//! The program: parses arguments, reads the disk, calls the library, prints.

#![allow(clippy::disallowed_methods, reason = "the program may use the disk, the terminal and the environment")]

mod argocd;
mod args;
mod charts;
mod check;
mod complete;
mod diff;
mod exit;
mod explain;
mod fix;
mod guard;
mod init;
mod inject;
mod manual;
mod pool;
mod progress;
mod render;
mod revision;
mod show;
mod since;
mod talk;
mod workspace;

use args::Command;
use clap::CommandFactory;
use std::process::ExitCode;
use talk::Console;

fn main() -> ExitCode {
    // Answers a shell that asks what may follow (with COMPLETE set), and ends; otherwise returns at once.
    clap_complete::CompleteEnv::with_factory(args::Cli::command).complete();
    let (cli, typed) = match args::parse() {
        Ok(parsed) => parsed,
        Err(error) => return talk::usage(&error),
    };
    let console = Console::new(cli.color);
    let root = match cli.project.as_deref().map(workspace::enter).transpose() {
        Ok(root) => root.unwrap_or_default(),
        Err(finding) => return console.error(finding).into(),
    };
    pool::start();
    let exit = guard::watched(console, || match cli.command {
        Command::Render(args) => render::run(args, &typed, &console),
        Command::Check(args) => check::run(args, &typed, root, &console),
        Command::Diff(args) => diff::run(args, &typed, &console),
        Command::Inject(args) => inject::run(args, &typed, &console),
        Command::Fix(args) => fix::run(&args, &console),
        Command::Show(args) => show::run(args, &typed, &console),
        Command::Explain(args) => explain::run(args, &typed, &console),
        Command::Charts(args) => charts::run(args, &console),
        Command::Init(args) => init::run(&args, &console),
        Command::Argocd(args) => argocd::run(&args, &console),
        Command::Completions { shell } => manual::completions(shell, &console),
        Command::Man { command } => manual::man(command.as_deref(), &console),
    });
    exit.into()
}
