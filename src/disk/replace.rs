//! Replacing one file of a person's.

use crate::disk::again::again;
use crate::disk::cause::cannot_write;
use crate::finding::Finding;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

/// Gives the file at `path`, which messages call `shown`, other bytes: at any moment it has either the old or the new ones. Its mode
/// stays, and a link stays a link, whose target is replaced.
///
/// # Errors
/// The finding to report; the file is then as it was.
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

/// A new file beside the target: only within a folder does a rename replace in one step.
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
