//! Flags of `render` that do not go together, each with what to write instead.

use crate::args;
use meshtrace::finding::Finding;
use meshtrace::finding::ids;

/// The first thing that keeps the flags from making sense.
pub(super) fn refuse(args: &args::Render, by_profile: bool) -> Option<Finding> {
    if by_profile && !args.renders.is_empty() {
        let message = "`-p` and RENDER cannot be used together";
        let help = format!(
            "use `meshtrace render {}` for a render of `meshtrace.yaml`, or only `-p` for profiles, such as `-p dev,debug`",
            args.renders.join(" ").escape_debug()
        );
        return Some(Finding::error(ids::USAGE, message).help(help));
    }
    let values = &args.values;
    if matches!(args.out.as_deref(), Some("json" | "yaml" | "name" | "wide")) {
        let out = args.out.as_deref().unwrap_or_default();
        return Some(
            Finding::error(ids::USAGE, format!("`-o {out}` would create a directory named `{out}`"))
                .help("`-o` is the output directory; objects are always YAML (`-o -` prints them)"),
        );
    }
    if args.out.as_deref() == Some("") {
        return Some(Finding::error(ids::USAGE, "`-o` is empty").help("expected a directory, or `-` for stdout"));
    }
    let extra = !values.values.is_empty()
        || !values.set.is_empty()
        || !values.set_string.is_empty()
        || !values.set_json.is_empty()
        || !values.set_file.is_empty();
    if !by_profile && (extra || args.out.is_some()) {
        let flag = if extra { "`-f` and `--set` need" } else { "`-o` needs" };
        let help = "select the profiles: `-p dev`; the renders of meshtrace.yaml have fixed profiles and directories";
        return Some(Finding::error(ids::USAGE, format!("{flag} `-p`")).help(help));
    }
    if args.check && by_profile && args.out.as_deref().is_none_or(|out| out == "-") {
        return Some(Finding::error(ids::USAGE, "`--check` needs a directory to compare with").help("add `-o DIR`"));
    }
    None
}
