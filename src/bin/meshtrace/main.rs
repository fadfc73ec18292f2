//! The program: parses arguments, reads the disk, calls the library, prints.

#![allow(clippy::disallowed_methods, reason = "the program may use the disk, the terminal and the environment")]

mod args;
mod check;
mod diff;
mod exit;
mod explain;
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
use talk::Talk;

fn main() -> ExitCode {
    let (cli, typed) = match args::parse() {
        Ok(parsed) => parsed,
        Err(error) => return talk::usage(&error),
    };
    let talk = Talk::new(cli.color);
    pool::start();
    let exit = guard::watched(talk, || match cli.command {
        Command::Render(args) => render::run(args, &typed, &talk),
        Command::Check(args) => check::run(args, &typed, &talk),
        Command::Diff(args) => diff::run(args, &typed, &talk),
        Command::Inject(args) => inject::run(args, &typed, &talk),
        Command::Show(args) => show::run(args, &typed, &talk),
        Command::Explain(args) => explain::run(args, &typed, &talk),
        Command::Init(args) => init::run(&args, &talk),
        Command::Completions { shell } => manual::completions(shell, &talk),
        Command::Man { command } => manual::man(command.as_deref(), &talk),
    });
    exit.into()
}
