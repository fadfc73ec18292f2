//! A temporary folder with copies of charts, and Helm's own folders, which stay empty.
//!
//! A run that is killed cannot remove its folder; the next one does. A folder is in use while the file [`LOCK`] in it is locked.

use crate::chart;
use crate::chart::Chart;
use crate::disk::cause::cannot_write;
use crate::finding::Finding;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

/// How the names of these folders begin.
const PREFIX: &str = "meshtrace-charts-";
const LOCK: &str = "lock";

/// Removed when it is dropped.
#[derive(Default)]
pub(super) struct Copies(Mutex<Folder>);

#[derive(Default)]
struct Folder {
    root: Option<PathBuf>,
    lock: Option<fs::File>,
    /// The name of each chart's copy by its digest.
    charts: BTreeMap<String, String>,
}

impl Copies {
    /// The temporary folder.
    pub(super) fn root(&self) -> Result<PathBuf, Box<Finding>> {
        let mut folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        folder.root().map_err(|error| Box::new(cannot_write("create", "a temporary folder", &error)))
    }

    /// The name, below [`Copies::root`], of a copy of `chart`: a folder, or an archive of one, since Helm itself does not treat
    /// both alike (`.helmignore` is for folders).
    pub(super) fn of(&self, chart: &Chart) -> Result<String, Box<Finding>> {
        let mut folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = folder.charts.get(&chart.digest) {
            return Ok(name.clone());
        }
        // A name that no message has in it for another reason.
        let digest = chart.digest.trim_start_matches("sha256:");
        let name = format!("copy-{digest}{}", if chart.packed { ".tgz" } else { "" });
        let write = |root: &Path| match chart.packed {
            true => fs::write(root.join(&name), chart::pack(&chart.files)),
            false => write(&root.join(&name), &chart.files),
        };
        let written = folder.root().and_then(|root| write(&root));
        written.map_err(|error| Box::new(cannot_write("write", &format!("a copy of {}", chart.path), &error)))?;
        folder.charts.insert(chart.digest.clone(), name.clone());
        Ok(name)
    }
}

impl Folder {
    fn root(&mut self) -> io::Result<PathBuf> {
        if let Some(root) = &self.root {
            return Ok(root.clone());
        }
        let temp = std::env::temp_dir();
        let random = RandomState::new().hash_one(std::process::id());
        let root = temp.join(format!("{PREFIX}{random:016x}"));
        // It is renamed once it is locked, so that no other run removes it as left over. Windows cannot rename a folder with
        // an open file in it.
        let new = if cfg!(windows) { root.clone() } else { temp.join(format!("meshtrace-new-{random:016x}")) };
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // It must not exist: it could be someone else's.
        builder.create(&new)?;
        let lock = fs::File::create(new.join(LOCK))?;
        // Without locks on this file system, nothing is ever removed by another run.
        let _ = lock.try_lock();
        if new != root {
            fs::rename(&new, &root)?;
        }
        remove_left(&temp, &root);
        self.lock = Some(lock);
        self.root = Some(root.clone());
        Ok(root)
    }
}

/// Removes the folders of killed runs: those that belong to the owner of `own` and that no process has locked.
fn remove_left(temp: &Path, own: &Path) {
    let entries = fs::read_dir(temp).into_iter().flatten().filter_map(Result::ok);
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for path in ours.map(|entry| entry.path()).filter(|path| path != own && is_of_the_same_user(path, own)) {
        if fs::File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(unix)]
fn is_of_the_same_user(path: &Path, own: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = |path: &Path| fs::symlink_metadata(path).ok().filter(fs::Metadata::is_dir).map(|data| data.uid());
    user(path).is_some() && user(path) == user(own)
}

/// Temporary folders are each user's own there.
#[cfg(not(unix))]
fn is_of_the_same_user(path: &Path, _: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|data| data.is_dir())
}

/// The paths come from walks and archives, which refuse names that lead elsewhere.
fn write(root: &Path, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let folders: BTreeSet<&Path> = files.keys().filter_map(|path| Path::new(path).parent()).collect();
    fs::create_dir(root)?;
    for folder in folders {
        fs::create_dir_all(root.join(folder))?;
    }
    for (path, bytes) in files {
        fs::write(root.join(path), bytes)?;
    }
    Ok(())
}

impl Drop for Copies {
    fn drop(&mut self) {
        let folder = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(folder.lock.take());
        if let Some(root) = folder.root.take() {
            let _ = fs::remove_dir_all(root);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_left_is_removed() {
        let temp = tempfile::tempdir().unwrap();
        let folder = |name: &str, lock: bool| {
            let path = temp.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("chart"), "x").unwrap();
            let file = fs::File::create(path.join(LOCK)).unwrap();
            if lock {
                file.lock().unwrap();
            }
            file
        };
        let _own = folder("meshtrace-charts-own", false);
        let _used = folder("meshtrace-charts-used", true);
        drop(folder("meshtrace-charts-left", false));
        drop(folder("other", false));
        fs::create_dir(temp.path().join("meshtrace-charts-bare")).unwrap();
        remove_left(temp.path(), &temp.path().join("meshtrace-charts-own"));
        let mut names: Vec<String> =
            fs::read_dir(temp.path()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["meshtrace-charts-bare", "meshtrace-charts-own", "meshtrace-charts-used", "other"]);
    }

    #[test]
    fn a_folder_is_there_as_long_as_its_copies() {
        let copies = Copies::default();
        let root = copies.root().unwrap();
        assert!(root.join(LOCK).is_file());
        drop(copies);
        assert!(!root.exists());
    }
}
