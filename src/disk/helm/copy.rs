//! A temporary folder with copies of charts, and Helm's own folders, which stay empty.

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

/// Removed when it is dropped.
#[derive(Default)]
pub(super) struct Copies(Mutex<Folder>);

#[derive(Default)]
struct Folder {
    root: Option<PathBuf>,
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
        let random = RandomState::new().hash_one(std::process::id());
        let root = std::env::temp_dir().join(format!("meshtrace-{random:016x}"));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // It must not exist: it could be someone else's.
        builder.create(&root)?;
        self.root = Some(root.clone());
        Ok(root)
    }
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
        if let Some(root) = folder.root.take() {
            let _ = fs::remove_dir_all(root);
        }
    }
}
