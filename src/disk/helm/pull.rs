//! Fetches a chart: the one thing that goes to the network, by `helm pull`.

use crate::chart::Chart;
use crate::chart::LOCK;
use crate::chart::Lock;
use crate::chart::said;
use crate::disk::cause::cannot_write;
use crate::disk::helm::copy::Copies;
use crate::disk::helm::run::Program;
use crate::disk::outside::project_target;
use crate::disk::read::read_project_bytes;
use crate::finding::Finding;
use crate::finding::ids;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

/// A chart that was fetched.
pub struct Pulled {
    /// The chart, at the path where it is to be stored.
    pub chart: Chart,
    /// The archive.
    pub bytes: Vec<u8>,
}

/// Fetches `name` from a repository (`https://...`) or a registry (`oci://...`), in a version or the newest one, for
/// `path` in the project. Nothing is stored yet.
///
/// # Errors
/// Returns the finding to report.
pub fn pull(name: &str, source: &str, version: Option<&str>, path: &str) -> Result<Pulled, Box<Finding>> {
    let is_plain = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '~' | '^' | '=' | '*');
        !text.is_empty() && !text.starts_with(['-', '.']) && text.chars().all(plain)
    };
    for (what, text) in [("name of a chart", Some(name)), ("version", version)] {
        if let Some(text) = text.filter(|text| !is_plain(text)) {
            let message = format!("`{}` is not a {what}", text.escape_debug());
            return Err(Box::new(
                Finding::error(ids::CHART_PULL, message).help("expected letters, digits, `-`, `_` and `.`"),
            ));
        }
    }
    if !["https://", "http://", "oci://"].iter().any(|scheme| source.starts_with(scheme)) {
        let message = format!("`{}` is not an address to fetch a chart from", source.escape_debug());
        let help = "expected a chart repository such as https://helm.releases.hashicorp.com, or oci://REGISTRY/PATH";
        return Err(Box::new(Finding::error(ids::CHART_PULL, message).help(help)));
    }
    let copies = Copies::default();
    let folder = copies.root()?;
    let reference = format!("{}/{name}", source.trim_end_matches('/'));
    // A registry's chart has its name at the end of the reference, which may be in the source already.
    let reference = if source.ends_with(&format!("/{name}")) { source } else { &reference };
    let mut arguments = match source.starts_with("oci://") {
        true => vec![reference],
        false => vec![name, "--repo", source],
    };
    if let Some(version) = version {
        arguments.extend(["--version", version]);
    }
    let printed = Program::find()?.pull(&arguments, &folder)?;
    if !printed.well {
        let message = format!("cannot fetch the chart `{name}` from {source}: {}", said(&printed.stderr).message);
        return Err(Box::new(
            Finding::error(ids::CHART_PULL, message).help("check the name, the version and the address of the chart"),
        ));
    }
    let file = fs::read_dir(&folder).ok().and_then(|entries| {
        entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|end| end == "tgz"))
    });
    let Some(file) = file else {
        let message = format!("`helm pull` of `{name}` left no archive");
        return Err(Box::new(Finding::error(ids::CHART_PULL, message).help("run `helm pull` yourself to see why")));
    };
    let bytes = read_project_bytes(&file, path)?;
    let chart = Chart::of_archive(path, &bytes)?;
    Ok(Pulled { chart, bytes })
}

/// Writes a file of the project in `prefix`: a chart, or the lock.
///
/// # Errors
/// Returns the finding to report; the file is then unchanged.
fn store(prefix: &str, path: &str, bytes: &[u8]) -> Result<(), Box<Finding>> {
    let base = if prefix.is_empty() { "." } else { prefix };
    project_target(Path::new(base), path)?;
    let target = Path::new(base).join(path);
    let write = || -> io::Result<()> {
        let folder = target.parent().ok_or(io::ErrorKind::NotFound)?;
        fs::create_dir_all(folder)?;
        let staged = folder.join(format!("{}.new", target.file_name().unwrap_or_default().to_string_lossy()));
        let written = fs::File::create(&staged)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_data()))
            .and_then(|()| fs::rename(&staged, &target));
        if written.is_err() {
            let _ = fs::remove_file(&staged);
        }
        written
    };
    write().map_err(|error| Box::new(cannot_write("write", &format!("{prefix}{path}"), &error)))
}

impl Pulled {
    /// Stores the archive in the project in `prefix`.
    ///
    /// # Errors
    /// Returns the finding to report.
    pub fn store(&self, prefix: &str) -> Result<(), Box<Finding>> {
        store(prefix, &self.chart.path, &self.bytes)
    }
}

/// Stores the lock of the project in `prefix`.
///
/// # Errors
/// Returns the finding to report.
pub fn store_lock(prefix: &str, lock: &Lock) -> Result<(), Box<Finding>> {
    store(prefix, LOCK, lock.print().as_bytes())
}
