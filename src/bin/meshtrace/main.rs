//! The program: reads arguments and the disk, calls the library, prints.

#![allow(clippy::disallowed_methods, reason = "the program is where the disk, the terminal and the environment meet")]

mod args;
mod check;
mod diff;
mod exit;
mod explain;
mod guard;
mod init;
mod manual;
mod pool;
mod render;
mod show;
mod talk;
mod workspace;

use args::Cli;
use args::Command;
use clap::Parser;
use std::process::ExitCode;
use talk::Talk;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return talk::usage(&error),
    };
    let talk = Talk::new(cli.color);
    pool::start();
    let exit = guard::watched(talk, || match cli.command {
        Command::Render(args) => render::run(args, &arguments, &talk),
        Command::Check(args) => check::run(args, &arguments, &talk),
        Command::Diff(args) => diff::run(args, &arguments, &talk),
        Command::Show(args) => show::run(args, &arguments, &talk),
        Command::Explain(args) => explain::run(args, &arguments, &talk),
        Command::Init(args) => init::run(&args, &talk),
        Command::Completions { shell } => manual::completions(shell, &talk),
        Command::Man { command } => manual::man(command.as_deref(), &talk),
    });
    exit.into()
}
