//! Output: results go to stdout, messages to stderr.

use crate::args::ColorChoice;
use crate::exit::Exit;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::report;
use meshtrace::report::Color;
use meshtrace::running;
use meshtrace::secrecy;
use std::io::IsTerminal;
use std::io::Write;
use std::process::ExitCode;

/// Where and how to print.
#[derive(Clone, Copy)]
pub(crate) struct Console {
    color: Color,
    stdout_color: Color,
    /// Whether messages go to a terminal that can move its cursor.
    terminal: bool,
    /// The width of the terminal that the result goes to, if it goes to one.
    width: Option<usize>,
}

impl Console {
    /// Uses color on a terminal unless told otherwise.
    pub(crate) fn new(color: ColorChoice) -> Console {
        #[allow(clippy::disallowed_methods, reason = "NO_COLOR and TERM affect only color")]
        let wanted = || {
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        };
        let on = |terminal: bool| match color {
            ColorChoice::Always => Color::Yes,
            ColorChoice::Auto if terminal && wanted() => Color::Yes,
            ColorChoice::Auto | ColorChoice::Never => Color::No,
        };
        #[allow(clippy::disallowed_methods, reason = "TERM affects only how messages look")]
        let moves = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        let width = || terminal_size::terminal_size().map(|(width, _)| width.0.into());
        Console {
            color: on(std::io::stderr().is_terminal()),
            stdout_color: on(std::io::stdout().is_terminal()),
            terminal: moves && std::io::stderr().is_terminal(),
            width: std::io::stdout().is_terminal().then(width).flatten(),
        }
    }

    /// Whether the result is colored.
    pub(crate) fn stdout_color(&self) -> Color {
        self.stdout_color
    }

    /// The width of the terminal that the result goes to; `None` if a program or a file gets it.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Whether a person sees messages at once.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Prints the result.
    pub(crate) fn print(&self, bytes: &[u8]) -> Exit {
        let mut stdout = std::io::stdout().lock();
        answered(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Prints text for people. Escapes every control sequence except colors, even if the writer of the text missed it.
    pub(crate) fn text(&self, text: &str) -> Exit {
        self.print(report::colored(text).as_bytes())
    }

    /// Prints rows for people: one line each, unless they go to a terminal that is too narrow for it.
    pub(crate) fn rows(&self, rows: &str) -> Exit {
        self.text(&report::fit(rows, self.width))
    }

    /// Prints a message.
    pub(crate) fn say(&self, line: &str) {
        // Nothing can be done if stderr is closed.
        let _ = writeln!(std::io::stderr(), "{}", report::lines(&secrecy::mask(line)));
    }

    /// Prints findings.
    pub(crate) fn findings(&self, found: &Findings) {
        let _at = running::stage("the report on what was found", "");
        self.print_findings(found);
    }

    fn print_findings(&self, found: &Findings) {
        let _ = std::io::stderr().write_all(report::colored(&report::findings(found, self.color)).as_bytes());
    }

    /// Prints findings and counts the errors in a last line.
    pub(crate) fn fail(&self, found: &Findings) -> Exit {
        self.findings(found);
        let errors = found.errors();
        self.say(&format!("{errors} error{}, nothing was written", if errors == 1 { "" } else { "s" }));
        Exit::Failed
    }

    /// Prints findings if no result was possible.
    pub(crate) fn fail_reading(&self, found: &Findings) -> Exit {
        self.findings(found);
        Exit::Failed
    }

    /// Prints the report of `check` to stdout, colored if that is a terminal.
    pub(crate) fn report(&self, report: &meshtrace::check::Report, format: report::Format) -> Exit {
        let _at = running::stage("the report", "");
        self.text(&report::check(report, format, self.stdout_color))
    }

    /// Prints only the errors and the last line of the report for people.
    pub(crate) fn quiet_report(&self, report: &meshtrace::check::Report) -> Exit {
        let _at = running::stage("the report", "");
        self.text(&report::check_quietly(report, self.stdout_color))
    }

    /// Prints one error.
    pub(crate) fn error(&self, finding: Finding) -> Exit {
        let mut found = Findings::default();
        found.push(finding);
        self.print_findings(&found);
        Exit::Failed
    }
}

/// Prints clap's output: help and version to stdout, errors to stderr with exit code 2.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    if error.use_stderr() { Exit::Failed.into() } else { answered(printed).into() }
}

/// Turns the result of a write into an exit code. A reader that closed the pipe, as `head` does, is not an error.
fn answered(written: std::io::Result<()>) -> Exit {
    match written {
        Ok(()) => Exit::Done,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => {
            let text = error.to_string();
            let cause = text.split(" (os error").next().unwrap_or_default().to_lowercase();
            // Nothing can be done if stderr is closed as well.
            let _ = writeln!(std::io::stderr(), "error: cannot write to stdout: {cause}");
            Exit::Failed
        }
    }
}
