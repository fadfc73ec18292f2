//! `meshtrace explain`.

use crate::args;
use crate::exit::Exit;
use crate::talk::Console;
use crate::workspace;
use crate::workspace::Workspace;
use clap::ArgMatches;
use meshtrace::explain;
use meshtrace::finding::Findings;
use meshtrace::profile;
use meshtrace::source::Sources;

pub(crate) fn run(args: args::Explain, typed: &ArgMatches, console: &Console) -> Exit {
    // No top-level key is also an id: `tests/it/ids.rs` checks that.
    if let Some(text) = explain::id(&args.key, console.width()) {
        return console.text(&text);
    }
    if args.key == "assumptions" {
        return console.text(&explain::assumptions(console.width()));
    }
    if let Some(text) = explain::project_key(&args.key, console.width()) {
        return console.text(&text);
    }
    let mut found = Findings::default();
    let workspace = Workspace::open(&args.values.folders, &mut found);
    let extras = workspace::extras(&args.values, typed, &mut found);
    let mut sources = Sources::default();
    let names = workspace::names(&args.values);
    let values = profile::compose(&workspace.profiles, &names, &extras, &mut sources, &mut found);
    let (Some(values), 0) = (values, found.errors()) else {
        console.findings(&found);
        return Exit::Failed;
    };
    workspace.interrupted(&mut found);
    values.hide(&mut found);
    console.findings(&found);
    match explain::key(&args.key, &values, &sources, console.width()) {
        Ok(text) => console.text(&text),
        Err(finding) => console.error(*finding),
    }
}
