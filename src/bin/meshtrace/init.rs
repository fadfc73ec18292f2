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

/// The line of the profile that chooses the stack, and the one that replaces it for the guide's.
const MODERN: &str = "extends: [dev, modern]\n";
const GUIDE: &str = "extends: dev\n";

pub(crate) fn run(args: &args::Init, console: &Console) -> Exit {
    // It reads nothing that could take long, and writes from here on.
    guard::leave();
    let mut found = Findings::default();
    let mut new = "";
    let dir = shown(&args.dir);
    let profile = if args.guide { PROFILE.replace(MODERN, GUIDE) } else { PROFILE.to_owned() };
    for (path, text) in [("meshtrace.yaml", PROJECT), ("profiles/site.yaml", &*profile)] {
        let name = if dir == "." { path.to_string() } else { format!("{}/{path}", dir.trim_end_matches('/')) };
        match disk::create(&args.dir, path, &name, text.as_bytes()) {
            Ok(true) => {
                console.say(&format!("{name}: written"));
                new = path;
            }
            Ok(false) => console.say(&format!("{name}: already exists, not changed")),
            Err(finding) => found.push(finding),
        }
    }
    if found.errors() > 0 {
        console.findings(&found);
        return Exit::Failed;
    }
    if new.starts_with("profiles/") {
        console.say(match args.guide {
            true => "the profile: the guide's stack, for Kubernetes 1.19 to 1.24; add `modern` to `extends` for a current one",
            false => "the profile: Consul 2.0 and Jaeger v2 on a current cluster; `init --guide` begins with the guide's stack",
        });
    }
    console.say("next: describe your mesh in profiles/site.yaml, then run `meshtrace render`");
    Exit::Done
}
