//! Seccomp profiles (`pkg/apis/core/validation` `validateSeccompProfileField`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_set;

/// A seccomp profile names a file exactly if it is a local one.
pub(super) fn judge(out: &mut Out, profile: Cursor<'_>) {
    let file = profile.get("localhostProfile");
    match profile.get("type").str() {
        Some("Localhost") if !is_given(file) => {
            out.clash(profile, "a profile of type `Localhost` needs `localhostProfile`", "name the file");
        }
        Some("RuntimeDefault" | "Unconfined") if is_set(file) => {
            let message = "`localhostProfile` goes with type `Localhost` only";
            out.clash(file.key(), message, "remove it, or write `type: Localhost`");
        }
        _ => {}
    }
}
