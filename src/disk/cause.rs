//! System errors in plain words.
//!
//! In: an [`io::Error`] and the name of a file as the user knows it. Out: a finding. Never shows an absolute path or an
//! error number.

use crate::finding::Finding;
use crate::finding::ids;
use std::io;
use std::io::ErrorKind;

/// `name` could not be read.
pub(crate) fn cannot_read(name: &str, error: &io::Error) -> Finding {
    hint(Finding::error(ids::CANNOT_READ, format!("cannot read `{name}`: {}", words(error))), error)
}

/// `name` could not be written, created, moved or deleted; `verb` says which.
pub(crate) fn cannot_write(verb: &str, name: &str, error: &io::Error) -> Finding {
    hint(Finding::error(ids::CANNOT_WRITE, format!("cannot {verb} `{name}`: {}", words(error))), error)
}

fn hint(finding: Finding, error: &io::Error) -> Finding {
    match error.kind() {
        ErrorKind::PermissionDenied => finding.help("check its owner and permissions, and those of its directory"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => finding.help("free some space and run it again"),
        ErrorKind::ReadOnlyFilesystem => finding.help("write to another directory with `-o DIR`"),
        ErrorKind::NotFound => finding.help("check the spelling of the path"),
        _ => finding,
    }
}

/// Only the cause, in lower case and without the error number.
pub(crate) fn words(error: &io::Error) -> String {
    let known = match error.kind() {
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::NotFound => "no such file or directory",
        ErrorKind::StorageFull => "no space left on the disk",
        ErrorKind::QuotaExceeded => "the disk quota is exceeded",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::IsADirectory => "it is a directory, expected a file",
        ErrorKind::NotADirectory => "a component of the path is a file, expected a directory",
        ErrorKind::DirectoryNotEmpty => "the directory is not empty",
        ErrorKind::TooManyLinks => "too many links",
        ErrorKind::InvalidFilename => "the name is too long or not allowed on this file system",
        ErrorKind::CrossesDevices => "a folder inside it is on another file system",
        ErrorKind::AlreadyExists => "another program created it in the meantime",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_plain_words_without_numbers() {
        let message = |code| cannot_read("out/dev", &io::Error::from_raw_os_error(code)).message;
        assert_eq!(message(13), "cannot read `out/dev`: permission denied");
        if cfg!(target_os = "linux") {
            assert_eq!(message(28), "cannot read `out/dev`: no space left on the disk");
            assert_eq!(message(40), "cannot read `out/dev`: too many levels of symbolic links");
            assert_eq!(message(24), "cannot read `out/dev`: too many open files");
        }
    }
}
