//! `meshtrace render -o -`.

use crate::args;
use crate::exit::Exit;
use crate::render::jobs;
use crate::render::render_all;
use crate::talk::Console;
use crate::workspace::Workspace;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::glob;
use meshtrace::object;
use meshtrace::profile::Extra;

/// The objects as one stream; with `--only`, a single file unchanged.
pub(super) fn to_stdout(
    args: &args::Render,
    workspace: &Workspace,
    extras: &[Extra],
    console: &Console,
    mut found: Findings,
) -> Exit {
    let jobs = [jobs::of_profiles(&args.values, workspace, String::new())];
    let mut outputs = render_all(args, &jobs, workspace, extras, console, &mut found);
    if found.errors() > 0 {
        return console.fail(&found);
    }
    console.findings(&found);
    let Some(output) = outputs.pop() else { return Exit::Failed };
    let wanted = |path: &str| args.only.is_empty() || args.only.iter().any(|pattern| glob::matches(pattern, path));
    let files: Vec<(&String, &Vec<u8>)> = output.files.iter().filter(|(path, _)| wanted(path)).collect();
    match files.as_slice() {
        [] => {
            let message = format!("`--only {}` matches no file in this render", args.only.join(" "));
            return console.error(
                Finding::error(ids::NO_MATCH, message)
                    .help("paths are relative to the output directory, such as 'manifests/40-mesh/*' or 'helm/**'"),
            );
        }
        [(_, bytes)] if !args.only.is_empty() => return console.print(bytes),
        _ => {}
    }
    let (stream, hidden) = of_objects(files.into_iter());
    let exit = console.print(&stream);
    if !hidden.is_empty() {
        console.say(&format!("not shown (not Kubernetes objects): {}; `-o DIR` writes all files", hidden.join(", ")));
    }
    exit
}

/// The objects as one stream, and the paths of the files that are none.
pub(crate) fn of_objects<'a>(files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> (Vec<u8>, Vec<&'a str>) {
    let mut stream = Vec::new();
    let mut hidden = Vec::new();
    for (path, bytes) in files {
        if path.starts_with(object::MANIFESTS) && object::is_manifest(path) {
            stream.extend_from_slice(b"---\n");
            stream.extend_from_slice(bytes);
            if !bytes.ends_with(b"\n") {
                stream.push(b'\n');
            }
        } else {
            hidden.push(path.as_str());
        }
    }
    (stream, hidden)
}
