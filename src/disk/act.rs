//! Every call that changes the disk.
//!
//! In: the output directory and a path inside it. Out: a [`WriteError`] that says which action failed on which path.
//! All such calls are here so that tests can kill the process before each of them.

use crate::disk::again::again;
use crate::disk::cause::cannot_write;
use crate::disk::name;
use crate::disk::outside::project_target;
use crate::finding::Finding;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

/// A change that failed.
#[derive(Debug)]
pub(crate) struct WriteError {
    verb: &'static str,
    /// The path inside the output directory as the user knows it, not the path in the staging folder.
    path: String,
    error: io::Error,
}

impl WriteError {
    /// The finding for a directory that messages call `shown`.
    pub(crate) fn finding(&self, shown: &str) -> Finding {
        cannot_write(self.verb, &name(shown, &self.path), &self.error)
    }
}

/// Creates the folder `at` on behalf of `path`, which is empty for the directory itself; an existing folder is not an
/// error.
pub(crate) fn make_folder(root: &Path, at: &str, path: &str) -> Result<(), WriteError> {
    crash_point();
    match again(|| fs::create_dir(root.join(at))) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        answer => answer.map_err(failed(if path.is_empty() { "write to" } else { "create" }, path)),
    }
}

/// Writes a new file `at` on behalf of `path`.
pub(crate) fn write_file(root: &Path, at: &str, path: &str, bytes: &[u8]) -> Result<(), WriteError> {
    crash_point();
    let write = || {
        let mut file = fs::File::create_new(root.join(at))?;
        crash_point();
        file.write_all(bytes)
    };
    write().map_err(failed("write", path))
}

/// Creates the file `inner` of the project in `base`, with its parent folders; `shown` is its name in messages. False:
/// the file exists already and was left unchanged.
///
/// # Errors
/// Returns the finding to report, including when a link in `inner` points outside `base`.
pub fn create(base: &Path, inner: &str, shown: &str, bytes: &[u8]) -> Result<bool, Finding> {
    project_target(base, inner)?;
    let path = base.join(inner);
    let write = || {
        if let Some(folder) = path.parent() {
            again(|| fs::create_dir_all(folder)).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => io::Error::from(io::ErrorKind::NotADirectory),
                _ => error,
            })?;
        }
        match fs::File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
            Ok(mut file) => file.write_all(bytes).map(|()| true),
        }
    };
    write().map_err(|error| cannot_write("write", shown, &error))
}

/// Moves `at` to `path`, replacing an existing file.
pub(crate) fn put_in_place(root: &Path, at: &str, path: &str) -> Result<(), WriteError> {
    crash_point();
    again(|| fs::rename(root.join(at), root.join(path))).map_err(failed("write", path))
}

/// Whether there is a folder at `path`.
pub(crate) fn is_folder(root: &Path, path: &str) -> Result<bool, WriteError> {
    match again(|| fs::symlink_metadata(root.join(path))) {
        Ok(data) => Ok(data.is_dir()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("write to", path)(error)),
    }
}

/// Deletes a file, or a link itself; a missing file is not an error.
pub(crate) fn delete_file(root: &Path, path: &str) -> Result<(), WriteError> {
    crash_point();
    match again(|| fs::remove_file(root.join(path))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        answer => answer.map_err(failed("delete", path)),
    }
}

/// Deletes a folder if it is empty; a missing or non-empty folder is not an error.
pub(crate) fn delete_empty_folder(root: &Path, path: &str) -> Result<(), WriteError> {
    crash_point();
    match again(|| fs::remove_dir(root.join(path))) {
        Err(error) if is_kept(&error) => Ok(()),
        answer => answer.map_err(failed("delete", path)),
    }
}

fn is_kept(error: &io::Error) -> bool {
    use io::ErrorKind::AlreadyExists;
    use io::ErrorKind::DirectoryNotEmpty;
    use io::ErrorKind::NotADirectory;
    use io::ErrorKind::NotFound;
    matches!(error.kind(), NotFound | DirectoryNotEmpty | NotADirectory | AlreadyExists)
}

/// Deletes the folder of this program's temporary files with everything in it.
pub(crate) fn delete_staging(root: &Path, path: &str) -> Result<(), WriteError> {
    crash_point();
    let full = root.join(path);
    match again(|| fs::remove_dir_all(&full)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            again(|| fs::remove_file(&full)).map_err(failed("delete", path))
        }
        answer => answer.map_err(failed("delete", path)),
    }
}

fn failed(verb: &'static str, path: &str) -> impl FnOnce(io::Error) -> WriteError {
    move |error| WriteError { verb, path: path.to_owned(), error }
}

#[cfg(not(test))]
fn crash_point() {}

#[cfg(test)]
fn crash_point() {
    crate::disk::tests::crash::point();
}
