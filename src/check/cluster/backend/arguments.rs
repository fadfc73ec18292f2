//! The command lines of containers.

use crate::check::cursor::Cursor;

/// The command line of a container: `command`, then `args`.
pub(super) fn arguments(container: Cursor<'_>) -> impl Iterator<Item = Cursor<'_>> {
    ["command", "args"].into_iter().flat_map(move |key| container.get(key).items()).filter(|item| item.str().is_some())
}

/// Whether the command line is a shell's, so that no argument is one of the program.
pub(super) fn is_shell(container: Cursor<'_>) -> bool {
    let first = arguments(container).next().map_or("", |first| first.text());
    matches!(first.rsplit('/').next(), Some("sh" | "bash" | "ash" | "busybox"))
}
