//! `meshtrace init`.

use crate::args;
use crate::exit::Exit;
use crate::guard;
use crate::talk::Console;
use crate::workspace::shown;
use meshtrace::disk;
use meshtrace::finding::Findings;

const PROJECT: &str = include_str!("init/meshtrace.yaml");
const PROFILE: &str = include_str!("init/site.yaml");

pub(crate) fn run(args: &args::Init, console: &Console) -> Exit {
    // It reads nothing that could take long, and writes from here on.
    guard::leave();
    let mut found = Findings::default();
    let dir = shown(&args.dir);
    for (path, text) in [("meshtrace.yaml", PROJECT), ("profiles/site.yaml", PROFILE)] {
        let name = if dir == "." { path.to_string() } else { format!("{}/{path}", dir.trim_end_matches('/')) };
        match disk::create(&args.dir, path, &name, text.as_bytes()) {
            Ok(true) => console.say(&format!("{name}: written")),
            Ok(false) => console.say(&format!("{name}: already exists, not changed")),
            Err(finding) => found.push(finding),
        }
    }
    if found.errors() > 0 {
        console.findings(&found);
        return Exit::Failed;
    }
    console.say("next: describe your mesh in profiles/site.yaml, then run `meshtrace render`");
    Exit::Done
}
