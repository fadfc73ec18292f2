//! Replaces a single user-owned file.

use crate::disk::again::again;
use crate::disk::cause::cannot_write;
use crate::finding::Finding;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

/// Replaces the content of the file at `path`, which messages call `shown`, atomically. Keeps the file's mode; if the
/// path is a symbolic link, the link stays and its target is replaced.
///
/// # Errors
/// Returns the finding to report; the file is then unchanged.
pub fn replace(path: &Path, shown: &str, bytes: &[u8]) -> Result<(), Finding> {
    put(path, bytes).map_err(|error| cannot_write("write", shown, &error))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = again(|| fs::canonicalize(path))?;
    let permissions = again(|| fs::metadata(&target))?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let folder = target.parent().ok_or(io::ErrorKind::NotFound)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let (staged, mut file) = stage(folder, &name)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| again(|| fs::set_permissions(&staged, permissions.clone())))
        .and_then(|()| again(|| fs::rename(&staged, &target)));
    if written.is_err() {
        let _ = fs::remove_file(&staged);
    }
    written
}

/// Creates the new file next to the target, because only a rename within a folder is atomic.
fn stage(folder: &Path, name: &str) -> io::Result<(std::path::PathBuf, fs::File)> {
    for number in 0..1000 {
        let path = folder.join(format!(".{name}.meshtrace-{}-{number}", std::process::id()));
        match fs::File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
