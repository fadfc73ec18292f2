//! Replaces a single user-owned file.

use crate::disk::again::again;
use crate::disk::cause::cannot_write;
use crate::finding::Finding;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

/// Replaces the content of the file at `path`, which messages call `shown`, atomically. Keeps the file's mode, and its owner
/// and group as far as the system lets this user set them; if the path is a symbolic link, the link stays and its target is
/// replaced.
///
/// # Errors
/// Returns the finding to report; the file is then unchanged.
pub fn replace(path: &Path, shown: &str, bytes: &[u8]) -> Result<(), Finding> {
    put(path, bytes).map_err(|error| {
        let finding = cannot_write("write", shown, &error);
        match error.kind() {
            io::ErrorKind::PermissionDenied => finding.help("the file and its directory must be writable"),
            io::ErrorKind::ReadOnlyFilesystem => finding.help("copy the file to where it can be written"),
            _ => finding,
        }
    })
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = again(|| fs::canonicalize(path))?;
    let about = again(|| fs::metadata(&target))?;
    // For a rename only the directory has to be writable, and the superuser may write everything.
    if about.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    again(|| fs::OpenOptions::new().write(true).open(&target))?;
    let folder = target.parent().ok_or(io::ErrorKind::NotFound)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let (staged, mut file) = stage(folder, &name)?;
    let written =
        file.write_all(bytes).and_then(|()| own(&file, &about)).and_then(|()| again(|| fs::rename(&staged, &target)));
    if written.is_err() {
        let _ = fs::remove_file(&staged);
    }
    written
}

/// Gives the staged file the owner, group and mode of the old one.
fn own(staged: &fs::File, old: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        use std::os::unix::fs::fchown;
        // Only the superuser may give files away, and others only to groups of theirs.
        let _ = fchown(staged, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(staged, None, Some(old.gid())));
    }
    staged.set_permissions(old.permissions())
}

/// Creates the new file next to the target, because only a rename within a folder is atomic. It is readable
/// only by its owner until it gets the mode of the target.
fn stage(folder: &Path, name: &str) -> io::Result<(std::path::PathBuf, fs::File)> {
    for number in 0..1000 {
        let path = folder.join(format!(".{name}.meshtrace-{}-{number}", std::process::id()));
        let mut options = fs::OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
