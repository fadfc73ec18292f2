//! What earlier renders left: directories below `out` that belong to no render of `meshtrace.yaml`.

use crate::args;
use crate::talk::Console;
use crate::workspace::Gone;
use meshtrace::disk;
use meshtrace::disk::InputFolder;
use meshtrace::disk::Options;
use meshtrace::disk::Target;
use meshtrace::files::Output;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use std::path::Path;

/// A warning for each.
pub(super) fn report(gone: &[Gone], found: &mut Findings) {
    for Gone { dir, name, .. } in gone {
        let message = format!("`{dir}` was rendered, but `meshtrace.yaml` has no render `{}`", name.escape_debug());
        found.push(
            Finding::warning(ids::GONE_RENDER, message)
                .help("`meshtrace render --prune` deletes the files that were rendered into it"),
        );
    }
}

/// Deletes the files that were rendered into each, and the folders that this empties. True if there were any.
pub(super) fn prune(
    gone: &[Gone],
    args: &args::Render,
    inputs: &[InputFolder],
    console: &Console,
    found: &mut Findings,
) -> bool {
    let nothing = Output::default();
    for Gone { out, name, dir } in gone {
        let options = Options { force: args.force, inputs, ..Options::default() };
        let target = Target { dir: Path::new(dir), shown: dir, output: &nothing };
        let Some(Some(outcome)) = disk::write_all(&[target], &options, &|| {}, found).pop() else { continue };
        let left = match disk::remove_emptied(Path::new(out), name, dir) {
            Ok(true) => "",
            Ok(false) => "; what meshtrace did not write is still there",
            Err(finding) => {
                found.push(finding);
                continue;
            }
        };
        console.say(&format!("{dir}: {} removed, since it belongs to no render{left}", outcome.removed.len()));
    }
    !gone.is_empty()
}
