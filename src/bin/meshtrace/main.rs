//! The program: parses arguments, reads the disk, calls the library, prints.

#![allow(clippy::disallowed_methods, reason = "the program may use the disk, the terminal and the environment")]

mod args;
mod charts;
mod check;
mod diff;
mod exit;
mod explain;
mod fix;
mod guard;
mod init;
mod inject;
mod manual;
mod pool;
mod render;
mod show;
mod talk;
mod workspace;

use args::Command;
use std::process::ExitCode;
use talk::Console;

fn main() -> ExitCode {
    let (cli, typed) = match args::parse() {
        Ok(parsed) => parsed,
        Err(error) => return talk::usage(&error),
    };
    let console = Console::new(cli.color);
    pool::start();
    let exit = guard::watched(console, || match cli.command {
        Command::Render(args) => render::run(args, &typed, &console),
        Command::Check(args) => check::run(args, &typed, &console),
        Command::Diff(args) => diff::run(args, &typed, &console),
        Command::Inject(args) => inject::run(args, &typed, &console),
        Command::Fix(args) => fix::run(&args, &console),
        Command::Show(args) => show::run(args, &typed, &console),
        Command::Explain(args) => explain::run(args, &typed, &console),
        Command::Charts(args) => charts::run(args, &console),
        Command::Init(args) => init::run(&args, &console),
        Command::Completions { shell } => manual::completions(shell, &console),
        Command::Man { command } => manual::man(command.as_deref(), &console),
    });
    exit.into()
}
