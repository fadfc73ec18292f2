//! The files of a chart.

use crate::chart::archive;
use crate::chart::archive::Fault;
use crate::digest;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::line_ends;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Node;
use std::collections::BTreeMap;

/// The most files of a chart, and the most bytes of all of them; Helm's own limit for an archive is 100 MiB
/// (helm v3.18.5 `pkg/chart/loader/archive.go`).
pub(crate) const MOST_FILES: usize = 10_000;
/// See [`MOST_FILES`].
pub(crate) const MOST_BYTES: u64 = 64 << 20;

/// A chart: its files, and what its Chart.yaml says.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its path in the project, such as `charts/web.tgz`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `sha256:` and the digest: of the archive, or of the list that `sha256sum` prints of the files, sorted by path.
    pub digest: String,
    /// The files that Helm sees, by their path in the chart.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Whether it is an archive, in which Helm ignores no file.
    pub packed: bool,
}

impl Chart {
    /// A chart in a folder.
    ///
    /// # Errors
    /// Returns the finding to report, without a place.
    pub fn of_folder(path: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Chart, Box<Finding>> {
        let digest = digest_of_files(&files);
        Chart::of(path, digest, files, false)
    }

    /// A packaged chart.
    ///
    /// # Errors
    /// Returns the finding to report, without a place.
    pub fn of_archive(path: &str, bytes: &[u8]) -> Result<Chart, Box<Finding>> {
        let files = archive::files(bytes).map_err(|fault| match fault {
            Fault::Invalid(why) => invalid(&format!("`{path}` is not a packaged chart: {why}")),
            Fault::TooLarge(why) => too_large(format!("the chart `{path}` is too large: {why}")),
        })?;
        Chart::of(path, format!("sha256:{}", digest::hex(&digest::sha256(bytes))), files, true)
    }

    /// The same chart with the line ends that its files had before git changed them on checkout; `None` if it changed none.
    pub(crate) fn before_checkout(&self) -> Option<Chart> {
        let undone = |(path, bytes): (&String, &Vec<u8>)| Some((path.clone(), line_ends::undone(bytes)?));
        let texts: Vec<(String, Vec<u8>)> = self.files.iter().filter_map(undone).collect();
        if self.packed || texts.is_empty() {
            return None;
        }
        let mut files = self.files.clone();
        files.extend(texts);
        Chart::of_folder(&self.path, files).ok()
    }

    fn of(path: &str, digest: String, files: BTreeMap<String, Vec<u8>>, packed: bool) -> Result<Chart, Box<Finding>> {
        if !files.contains_key("Chart.yaml") {
            return Err(invalid(&format!("`{path}` is not a chart: it has no `Chart.yaml`")));
        }
        let bytes: u64 = files.values().map(|file| file.len() as u64).sum();
        if files.len() > MOST_FILES || bytes > MOST_BYTES {
            let message = format!(
                "the chart `{path}` has {} files of {} MiB together; the limits are {MOST_FILES} and {} MiB",
                files.len(),
                bytes >> 20,
                MOST_BYTES >> 20
            );
            return Err(too_large(message));
        }
        let text = |key: &str| about(&files)?.get(key)?.as_str().map(str::to_string);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            return Err(invalid(&format!("`{path}/Chart.yaml` has no `name` or no `version`")));
        };
        Ok(Chart { path: path.to_string(), name, version, digest, files, packed })
    }
}

fn about(files: &BTreeMap<String, Vec<u8>>) -> Option<Node> {
    let text = std::str::from_utf8(files.get("Chart.yaml")?).ok()?;
    let mut sources = Sources::default();
    let source = sources.add("Chart.yaml", text);
    yaml::read(&sources, source, &mut Findings::default()).into_iter().next().map(|document| document.node)
}

fn too_large(message: String) -> Box<Finding> {
    Box::new(Finding::error(ids::TOO_LARGE, message).help("remove what the chart does not need"))
}

fn invalid(message: &str) -> Box<Finding> {
    Box::new(
        Finding::error(ids::CHART_INVALID, message)
            .help("expected a folder with a `Chart.yaml`, or what `helm package` makes of one"),
    )
}

/// The digest of a folder: that of the lines which `sha256sum` prints, sorted by path.
pub fn digest_of_files(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut all = digest::Hasher::default();
    for (path, bytes) in files {
        all.add(format!("{}  {path}\n", digest::hex(&digest::sha256(bytes))).as_bytes());
    }
    format!("sha256:{}", digest::hex(&all.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_its_name_and_version() {
        let files = |text: &str| BTreeMap::from([("Chart.yaml".to_string(), text.as_bytes().to_vec())]);
        let chart = Chart::of_folder("charts/web", files("name: web\nversion: 1.2.3\n")).unwrap();
        assert_eq!((&*chart.name, &*chart.version), ("web", "1.2.3"));
        assert!(chart.digest.starts_with("sha256:") && chart.digest.len() == 71);
        for bad in ["name: web\n", "- 1\n", "version: 1\n", ": : :\n"] {
            assert_eq!(Chart::of_folder("charts/web", files(bad)).unwrap_err().rule, ids::CHART_INVALID, "{bad}");
        }
        assert!(Chart::of_folder("charts/web", BTreeMap::new()).unwrap_err().message.contains("no `Chart.yaml`"));
    }
}
