//! `meshtrace completions` and `meshtrace man`.

use crate::args::Cli;
use crate::exit::Exit;
use crate::talk::Console;
use clap::CommandFactory;
use meshtrace::finding::Finding;
use meshtrace::finding::ids;

pub(crate) fn completions(shell: clap_complete::Shell, console: &Console) -> Exit {
    let shells = clap_complete::env::Shells::builtins();
    let Some(completer) = shells.completer(&shell.to_string()) else {
        return console.error(Finding::error(ids::OUTPUT, format!("there is no completion for {shell}")));
    };
    let mut text = Vec::new();
    match completer.write_registration("COMPLETE", "meshtrace", "meshtrace", "meshtrace", &mut text) {
        Ok(()) => console.print(&text),
        Err(error) => console.error(Finding::error(ids::OUTPUT, format!("cannot print the completion: {error}"))),
    }
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
    // The date of the release, not of the build, so that the same program always prints the same page.
    let date = Some(env!("RELEASED")).filter(|date| !date.is_empty()).unwrap_or("unreleased");
    let page = clap_mangen::Man::new(command)
        .title(title)
        .section("1")
        .date(date)
        .source(concat!("meshtrace ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut text = Vec::new();
    match page.render(&mut text) {
        Ok(()) => {
            let text = String::from_utf8_lossy(&text);
            let text = text.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n").replace(".SH EXTRA\n", ".SH NOTES\n");
            console.print(text.replace("\n\nExit codes: ", "\n.SH EXIT STATUS\n").as_bytes())
        }
        Err(error) => console.error(Finding::error(ids::OUTPUT, format!("cannot print the manual page: {error}"))),
    }
}
