//! `meshtrace completions` and `meshtrace man`.

use crate::args::Cli;
use crate::exit::Exit;
use crate::talk::Console;
use clap::CommandFactory;
use meshtrace::finding::Finding;
use meshtrace::finding::ids;

/// How clap's lines for bash take the words of a command, and where they end.
const WORDS: &str = r#"    local words=("${COMP_WORDS[@]}")
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$2"
    fi
"#;
const END: &str = "        compopt -o nospace\n    fi\n";

/// The same with the parts of a word put together again, so that values are completed after `--set KEY=` and
/// `--format=`.
const JOINED: &str = r#"    # Bash splits `--set a=b` and `git:main` at `=` and `:`, and replaces only the last part.
    local words=() word cut line=$COMP_LINE at last=-1
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if [[ $at == 0 || $line == "" || $line == [[:space:]]* ]]; then
            last=$((last + 1))
        fi
        line=${line#"${line%%[![:space:]]*}"}
        line=${line#"$word"}
        cut=${words[last]-}
        if [[ $word == [=:]* ]]; then
            cut+=$word
        elif [[ $at == "$COMP_CWORD" ]]; then
            word=$2
        fi
        words[last]=${words[last]-}$word
    done
    _CLAP_COMPLETE_INDEX=$last
"#;
const CUT: &str = r#"    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
"#;

pub(crate) fn completions(shell: clap_complete::Shell, console: &Console) -> Exit {
    let shells = clap_complete::env::Shells::builtins();
    let Some(completer) = shells.completer(&shell.to_string()) else {
        return console.error(Finding::error(ids::OUTPUT, format!("there is no completion for {shell}")));
    };
    let mut text = Vec::new();
    match completer.write_registration("COMPLETE", "meshtrace", "meshtrace", "meshtrace", &mut text) {
        Ok(()) if shell == clap_complete::Shell::Bash => {
            let text = String::from_utf8_lossy(&text).replace(WORDS, JOINED).replace(END, &format!("{END}{CUT}"));
            console.print(text.as_bytes())
        }
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
