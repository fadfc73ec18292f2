//! `meshtrace completions` and `meshtrace man`.

use crate::args::Cli;
use crate::exit::Exit;
use crate::talk::Console;
use clap::CommandFactory;
use meshtrace::finding::Finding;
use meshtrace::finding::ids;

pub(crate) fn completions(shell: clap_complete::Shell, console: &Console) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "meshtrace", &mut text);
    console.print(&text)
}

pub(crate) fn man(name: Option<&str>, console: &Console) -> Exit {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = name {
        let Some(inner) = command.find_subcommand(name) else {
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            let finding = Finding::error(ids::USAGE, format!("unknown command `{name}`"));
            return console.error(finding.help(format!("known commands: {}", known.join(", "))));
        };
        command = inner.clone();
    }
    let title = name.map_or_else(|| "meshtrace".to_string(), |name| format!("meshtrace-{name}"));
    let mut text = Vec::new();
    match clap_mangen::Man::new(command).title(title).render(&mut text) {
        Ok(()) => console.print(&text),
        Err(error) => console.error(Finding::error(ids::OUTPUT, format!("cannot print the manual page: {error}"))),
    }
}
