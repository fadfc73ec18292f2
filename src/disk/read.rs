//! Reads files and folders.
//!
//! In: a folder or a file, and who named it. Out: its content, with the names that messages use. Never follows a
//! symbolic link out of the folder, never reads more than [`LIMIT`] bytes of a file ([`SOURCE`] for what people write,
//! such as a profile) or more than the bounds of a tree allow, never waits for a pipe in a project, and never changes
//! anything. Text is read no further than the first NUL byte.

use crate::disk::again::again;
use crate::disk::cause::cannot_read;
use crate::disk::name;
use crate::disk::outside::NamedBy;
use crate::disk::outside::project_file;
use crate::disk::walk::Leads;
use crate::disk::walk::Link;
use crate::disk::walk::walk;
use crate::files::Files;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::grouped;
use crate::finding::ids;
use crate::running;
use crate::source::Place;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// The largest file that is read, in bytes: far above any manifest, far below what would exhaust memory.
pub(crate) const LIMIT: u64 = 64 << 20;

/// The largest profile, template or `meshtrace.yaml` of a project: nobody writes larger ones by hand, and parsing takes
/// many times the size in memory.
pub const SOURCE: u64 = 8 << 20;

/// What a file has to contain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Anything.
    Bytes,
    /// Text, which has no NUL byte.
    Text,
}

/// Limits on a tree.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Files and folders, including hidden ones, which take time to look at too.
    pub(crate) entries: usize,
    /// Bytes of all files.
    pub(crate) bytes: u64,
}

impl Bounds {
    /// The limits for a tree, by who named it. A thousand clusters need fewer profiles than this, and a project has
    /// four trees.
    pub(super) fn of(by: NamedBy) -> Bounds {
        match by {
            NamedBy::CommandLine => Bounds { entries: 500_000, bytes: 4 * LIMIT },
            NamedBy::Project => Bounds { entries: 100_000, bytes: LIMIT },
            NamedBy::ProjectOutput => Bounds { entries: 200_000, bytes: 4 * LIMIT },
        }
    }

    /// The finding for a tree of too many entries, which messages call `shown`.
    pub(crate) fn too_many(self, shown: &str) -> Finding {
        let message = format!("`{shown}` contains more than {} files and folders", grouped(self.entries));
        Finding::error(ids::TOO_LARGE, message).help("move files that do not belong there elsewhere")
    }

    /// The finding for a tree of too many bytes.
    pub(crate) fn too_large(self, shown: &str) -> Finding {
        let message = format!("the files in `{shown}` add up to more than {} MiB", self.bytes >> 20);
        Finding::error(ids::TOO_LARGE, message).help("move files that do not belong there elsewhere")
    }
}

/// Reads every regular file below `root` as text, sorted by path and named `<shown>/<path>`. Skips names that start
/// with `.`.
///
/// Reports and leaves out files that are not UTF-8, larger than 64 MiB or unreadable, and symbolic links that point out
/// of `root`. In a folder named by a project, also pipes and the like; and the whole folder if it is too large or not
/// inside the project. A project's missing folder is empty.
pub fn read_folder(root: &Path, shown: &str, by: NamedBy, found: &mut Findings) -> Files {
    read_texts(root, shown, by, |_| true, |_| false, found)
}

/// Like [`read_folder`], but only paths that are `wanted`; the others may be anything. A file that is not text and a link
/// that leads nowhere are reported only when they are used.
pub fn read_folder_of(root: &Path, shown: &str, by: NamedBy, wanted: fn(&str) -> bool, found: &mut Findings) -> Files {
    read_texts(root, shown, by, wanted, |finding| is_no_text(finding) || finding.rule == ids::SYMLINK, found)
}

/// Like [`read_folder`], but a file that is not text is reported only when it is used.
pub fn read_folder_lazily(root: &Path, shown: &str, by: NamedBy, found: &mut Findings) -> Files {
    read_texts(root, shown, by, |_| true, is_no_text, found)
}

/// The texts of a tree. What is wrong with a file is kept with it if it is `late`, and reported otherwise.
fn read_texts(
    root: &Path,
    shown: &str,
    by: NamedBy,
    wanted: fn(&str) -> bool,
    late: fn(&Finding) -> bool,
    found: &mut Findings,
) -> Files {
    let mut files = Files::default();
    for (path, content) in read_some(root, shown, by, Kind::Text, wanted, found) {
        let name = name(shown, &path);
        match content.and_then(|bytes| text(bytes, &name)) {
            Ok(text) => files.insert(path, name, text),
            Err(finding) if late(&finding) => files.insert_unreadable(path, finding),
            Err(finding) => found.push(finding),
        }
    }
    files
}

/// Like [`read_folder`], but returns the bytes of every regular file by path.
pub fn read_verbatim(root: &Path, shown: &str, by: NamedBy, found: &mut Findings) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (path, content) in read_all(root, shown, by, Kind::Bytes, found) {
        match content {
            Ok(bytes) => drop(files.insert(path, bytes)),
            Err(finding) => found.push(finding),
        }
    }
    files
}

/// Reads the text of the file or pipe at `path`, which messages call `shown`.
///
/// # Errors
/// Returns the finding to report if it cannot be read, is larger than 64 MiB or is not UTF-8.
pub fn read_text(path: &Path, shown: &str) -> Result<String, Finding> {
    text(read_named(path, shown, Kind::Text)?, shown)
}

/// Reads the bytes of the file or pipe at `path`, which messages call `shown`.
///
/// # Errors
/// Returns the finding to report if it cannot be read or is larger than 64 MiB.
pub fn read_bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Finding> {
    read_named(path, shown, Kind::Bytes)
}

fn read_named(path: &Path, shown: &str, kind: Kind) -> Result<Vec<u8>, Finding> {
    let file = fs::File::open(path).map_err(|error| cannot_read(shown, &error))?;
    let length = again(|| file.metadata()).map_err(|error| cannot_read(shown, &error))?.len();
    let bytes = read_limited((file, length), LIMIT, kind, shown, &Budget::new(u64::MAX))?.unwrap_or_default();
    running::read(bytes.len() as u64);
    Ok(bytes)
}

/// Reads all of stdin.
///
/// # Errors
/// Returns the finding to report if it cannot be read or is larger than 64 MiB.
pub fn read_stdin() -> Result<Vec<u8>, Finding> {
    read_stdin_as(Kind::Bytes)
}

fn read_stdin_as(kind: Kind) -> Result<Vec<u8>, Finding> {
    let bytes = take(io::stdin().lock(), LIMIT, kind, "stdin", 0).map_err(|finding| match finding.rule {
        ids::TOO_LARGE => finding.help("pass it in parts, such as one namespace at a time"),
        _ => finding,
    })?;
    running::read(bytes.len() as u64);
    Ok(bytes)
}

/// Reads all of stdin as text.
///
/// # Errors
/// As for [`read_stdin`], and if it is not UTF-8.
pub fn read_stdin_text() -> Result<String, Finding> {
    text(read_stdin_as(Kind::Text)?, "stdin")
}

/// Reads the text of the file at `path` that a project names; `path` begins with the path up to the project, and
/// messages call it `shown`.
///
/// # Errors
/// Returns the finding to report if it is a link that points out of the project, or not a regular file; otherwise as
/// for [`read_text`].
pub fn read_project_text(path: &Path, shown: &str) -> Result<String, Finding> {
    if !project_file(path, shown)? {
        return Err(cannot_read(shown, &io::ErrorKind::NotFound.into()));
    }
    let file = open_regular(path).map_err(|error| cannot_read(shown, &error))?;
    text(read_limited(file, SOURCE, Kind::Text, shown, &Budget::new(u64::MAX))?.unwrap_or_default(), shown)
}

/// Reads a file that a project names, like [`read_project_text`], as bytes, up to 64 MiB.
///
/// # Errors
/// As for [`read_project_text`].
pub(crate) fn read_project_bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Finding> {
    let file = open_regular(path).map_err(|error| cannot_read(shown, &error))?;
    Ok(read_limited(file, LIMIT, Kind::Bytes, shown, &Budget::new(u64::MAX))?.unwrap_or_default())
}

/// Like [`read_verbatim`] of a project's folder, on this thread alone: the caller may hold what other threads wait for.
pub(crate) fn read_alone(root: &Path, shown: &str, found: &mut Findings) -> BTreeMap<String, Vec<u8>> {
    let Some((paths, _)) = walk(root, shown, NamedBy::Project, found) else { return BTreeMap::new() };
    let bounds = Bounds::of(NamedBy::Project);
    let budget = Budget { counts: false, ..Budget::new(bounds.bytes) };
    let mut files = BTreeMap::new();
    for (path, file) in paths {
        let name = name(shown, &path);
        let read = open_regular(&file).map_err(|error| cannot_read(&name, &error));
        match read.and_then(|file| read_limited(file, LIMIT, Kind::Bytes, &name, &budget)) {
            Ok(bytes) => drop(bytes.map(|bytes| files.insert(path, bytes))),
            Err(finding) => found.push(finding),
        }
    }
    if budget.is_spent() {
        found.push(bounds.too_large(shown));
    }
    files
}

/// The path of `name` in `start` or in the nearest folder above it, whatever its type.
pub fn find_upward(start: &Path, name: &str) -> Option<PathBuf> {
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    start.ancestors().map(|folder| folder.join(name)).find(|path| again(|| fs::symlink_metadata(path)).is_ok())
}

/// Whether `path` is a directory, or a symbolic link to one.
pub fn is_folder(path: &Path) -> bool {
    again(|| fs::metadata(path)).is_ok_and(|data| data.is_dir())
}

/// Whether `path` exists, following symbolic links.
pub fn is_there(path: &Path) -> bool {
    again(|| fs::metadata(path)).is_ok()
}

/// Opens a file only if it is regular: does not block if it has been replaced by a pipe in the meantime.
pub(crate) fn open_regular(path: &Path) -> io::Result<(fs::File, u64)> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, O_NONBLOCK);
    let file = options.open(path)?;
    let metadata = again(|| file.metadata())?;
    match metadata.is_file() {
        true => Ok((file, metadata.len())),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// The flag's value, which is the same on all machines that run one of these systems; on others the flag is not set.
#[cfg(unix)]
const O_NONBLOCK: i32 = if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    not(any(target_arch = "mips", target_arch = "mips64", target_arch = "sparc64"))
)) {
    0o4000
} else if cfg!(any(target_vendor = "apple", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd")) {
    4
} else {
    0
};

/// The content of each file of a tree by path, or why it cannot be read.
fn read_all(
    root: &Path,
    shown: &str,
    by: NamedBy,
    kind: Kind,
    found: &mut Findings,
) -> Vec<(String, Result<Vec<u8>, Finding>)> {
    read_some(root, shown, by, kind, |_| true, found)
}

/// Like [`read_all`], but only paths that are `wanted`.
fn read_some(
    root: &Path,
    shown: &str,
    by: NamedBy,
    kind: Kind,
    wanted: fn(&str) -> bool,
    found: &mut Findings,
) -> Vec<(String, Result<Vec<u8>, Finding>)> {
    let _at = running::stage("the files in", shown);
    let Some((mut paths, links)) = walk(root, shown, by, found) else { return Vec::new() };
    paths.retain(|(path, _)| wanted(path));
    let mut targets = Vec::new();
    for Link { path, real, leads, finding } in links {
        match kind {
            Kind::Bytes if leads == Leads::Itself => paths.push((path, real)),
            // Trees are compared as git does it: a link is where it leads.
            Kind::Bytes => match again(|| fs::read_link(&real)) {
                Ok(target) => targets.push((path, Ok(target.into_os_string().into_encoded_bytes()))),
                Err(error) => found.push(cannot_read(&name(shown, &path), &error)),
            },
            Kind::Text if leads == Leads::ToFiles || leads == Leads::ToFile && wanted(&path) => found.push(finding),
            // A link to nowhere or in a circle only matters where a file would be read.
            Kind::Text if wanted(&path) => targets.push((path, Err(finding))),
            Kind::Text => {}
        }
    }
    let bounds = Bounds::of(by);
    // A project's input is small, so it does not extend the run's limits.
    let budget = Budget { counts: by != NamedBy::Project, ..Budget::new(bounds.bytes) };
    let read = |path: &str, file: &Path| {
        let name = name(shown, path);
        let file = open_regular(file).map_err(|error| cannot_read(&name, &error))?;
        let limit = if kind == Kind::Text && by == NamedBy::Project { SOURCE } else { LIMIT };
        read_limited(file, limit, kind, &name, &budget)
    };
    let contents: Vec<_> = paths.par_iter().map(|(path, file)| read(path, file)).collect();
    if budget.is_spent() {
        found.push(bounds.too_large(shown));
        return Vec::new();
    }
    let contents = paths.into_iter().zip(contents);
    contents.filter_map(|((path, _), content)| Some((path, content.transpose()?))).chain(targets).collect()
}

/// How much may still be read.
struct Budget {
    spent: AtomicU64,
    limit: u64,
    /// Whether what is read extends the run's limits on time and memory.
    counts: bool,
}

impl Budget {
    fn new(limit: u64) -> Budget {
        Budget { spent: AtomicU64::new(0), limit, counts: false }
    }

    /// Whether `bytes` more may be read; subtracts them.
    fn take(&self, bytes: u64) -> bool {
        let fits = self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.limit;
        if fits && self.counts {
            running::read(bytes);
        }
        fits
    }

    fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > self.limit
    }
}

/// Reads at most `limit` bytes, even if the file grows or reports a wrong length. `None` if the budget is used up.
fn read_limited(
    (file, length): (fs::File, u64),
    limit: u64,
    kind: Kind,
    shown: &str,
    budget: &Budget,
) -> Result<Option<Vec<u8>>, Finding> {
    if length > limit {
        return Err(too_large(shown, limit));
    }
    if !budget.take(length) {
        return Ok(None);
    }
    let bytes = take(file, limit, kind, shown, length)?;
    let more = (bytes.len() as u64).saturating_sub(length);
    Ok((more == 0 || budget.take(more)).then_some(bytes))
}

/// Reads all of `source`, which has about `length` bytes. Stops early at `limit` bytes, or, for text, at a NUL byte,
/// since a sparse file is large and costs its owner nothing.
fn take(source: impl Read, limit: u64, kind: Kind, shown: &str, length: u64) -> Result<Vec<u8>, Finding> {
    let mut source = source.take(limit + 1);
    let length = usize::try_from(length).unwrap_or(0) + 1;
    let mut bytes = Vec::with_capacity(length.min(PART as usize));
    if (2..PART as usize).contains(&length) {
        // Mostly a file is as long as it says, and one call reads it and shows that it ends there.
        bytes.resize(length, 0);
        let read = again(|| source.read(&mut bytes)).map_err(|error| cannot_read(shown, &error))?;
        bytes.truncate(read);
        if read + 1 == length {
            return if kind == Kind::Text && bytes.contains(&0) { Err(no_text(bytes, shown)) } else { Ok(bytes) };
        }
    }
    loop {
        let before = bytes.len();
        source.by_ref().take(PART).read_to_end(&mut bytes).map_err(|error| cannot_read(shown, &error))?;
        let part = &bytes[before..];
        if kind == Kind::Text && part.contains(&0) {
            return Err(no_text(bytes, shown));
        }
        if bytes.len() as u64 > limit {
            return Err(too_large(shown, limit));
        }
        if (part.len() as u64) < PART {
            return Ok(bytes);
        }
        bytes.reserve_exact(length.saturating_sub(bytes.len()));
    }
}

/// How much of a file is read at a time.
const PART: u64 = 1 << 20;

/// The finding for bytes that contain a NUL byte.
fn no_text(bytes: Vec<u8>, shown: &str) -> Finding {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(0);
    let place = spot(&bytes, at, shown);
    // An earlier problem is more informative: a UTF-16 text begins with bytes that are not valid UTF-8.
    let valid = std::str::from_utf8(&bytes[..at]).is_ok();
    text(bytes, shown).err().filter(|_| !valid).unwrap_or_else(|| {
        let message = format!("`{shown}` is not a text file: control character `U+0000` at offset {at}");
        Finding::error(ids::NOT_TEXT, message)
            .at(Some(place))
            .help("save it as UTF-8 without that byte, or move it elsewhere")
    })
}

/// Whether a finding says that a file is not text.
fn is_no_text(finding: &Finding) -> bool {
    matches!(finding.rule, ids::NOT_UTF8 | ids::NOT_TEXT)
}

fn too_large(shown: &str, limit: u64) -> Finding {
    let message = format!("`{shown}` is larger than {} MiB, which is the limit for a file", limit >> 20);
    Finding::error(ids::TOO_LARGE, message).help("remove the file, or store it elsewhere")
}

fn text(bytes: Vec<u8>, name: &str) -> Result<String, Finding> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let help =
            if wide { "it looks like UTF-16; save it as UTF-8" } else { "save it as UTF-8, or move it elsewhere" };
        let message = format!("`{name}` is not UTF-8: byte 0x{:02x} at offset {offset}", bytes[offset]);
        Finding::error(ids::NOT_UTF8, message).at(Some(spot(bytes, offset, name))).help(help)
    })
}

/// The place of the byte at `offset` of a file that is not text.
fn spot(bytes: &[u8], offset: usize, name: &str) -> Place {
    let before = &bytes[..offset];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = bytes[offset..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| offset + at);
    // A binary file may be a single line of megabytes; only the part around the place is shown.
    let end = end.min(start + 400);
    let clip = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        file: name.into(),
        line: clip(before.iter().filter(|byte| **byte == b'\n').count() + 1),
        column: clip(String::from_utf8_lossy(&before[start..]).chars().count() + 1),
        width: 1,
        text: String::from_utf8_lossy(&bytes[start..end]).replace('\0', "\u{fffd}").into(),
        from: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(root: &Path) -> (Vec<String>, Vec<String>) {
        let mut found = Findings::default();
        let files = read_folder(root, "in", NamedBy::CommandLine, &mut found);
        let names = files.iter().map(|(path, file)| format!("{path}={}", file.name)).collect();
        (names, found.iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect())
    }

    #[test]
    fn reads_files_sorted_and_skips_hidden_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["b.yaml", "a/x.yaml", "a.yaml", ".hidden", ".git/config", "a/.DS_Store"] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), path).unwrap();
        }
        let (names, found) = read(root);
        assert_eq!(names, ["a.yaml=in/a.yaml", "a/x.yaml=in/a/x.yaml", "b.yaml=in/b.yaml"]);
        assert!(found.is_empty());
        let verbatim = read_verbatim(root, "in", NamedBy::CommandLine, &mut Findings::default());
        assert_eq!(verbatim.keys().collect::<Vec<_>>(), ["a.yaml", "a/x.yaml", "b.yaml"]);
    }

    #[test]
    fn says_where_a_file_is_not_utf8_and_reads_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bad.yaml"), b"a: 1\nbc\xff\n").unwrap();
        fs::write(folder.path().join("wide.yaml"), b"\xff\xfea\0").unwrap();
        fs::write(folder.path().join("good.yaml"), b"a").unwrap();
        let mut found = Findings::default();
        let files = read_folder(folder.path(), "in", NamedBy::CommandLine, &mut found);
        assert_eq!(files.iter().count(), 1);
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(found[0].message, "`in/bad.yaml` is not UTF-8: byte 0xff at offset 7");
        let place = found[0].place.clone().unwrap();
        assert_eq!((place.line, place.column, &*place.text), (2, 3, "bc\u{fffd}"));
        assert_eq!(found[1].help.as_deref(), Some("it looks like UTF-16; save it as UTF-8"));
        assert!(
            read_verbatim(folder.path(), "in", NamedBy::CommandLine, &mut Findings::default()).contains_key("bad.yaml")
        );
    }

    #[test]
    fn a_missing_folder_and_a_file_in_its_place_are_findings() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("no")).1, ["cannot-read: cannot read `in`: no such file or directory"]);
        fs::write(folder.path().join("file"), "").unwrap();
        let expected = "cannot-read: cannot read `in`: a component of the path is a file, expected a directory";
        assert_eq!(read(&folder.path().join("file")).1, [expected]);
    }

    #[cfg(unix)]
    #[test]
    fn follows_links_inside_and_refuses_links_that_lead_outside_nowhere_or_in_circles() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let root = &folder.path().join("root");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::create_dir_all(root.join("..data")).unwrap();
        fs::write(folder.path().join("secret"), "s").unwrap();
        fs::write(root.join("..data/mounted.yaml"), "m").unwrap();
        symlink("..data/mounted.yaml", root.join("mounted.yaml")).unwrap();
        symlink("../secret", root.join("out.yaml")).unwrap();
        symlink("../secret", root.join("Makefile")).unwrap();
        symlink("..", root.join("outdir")).unwrap();
        symlink("gone", root.join("gone.yaml")).unwrap();
        symlink("gone", root.join(".gone.yaml")).unwrap();
        symlink("..", root.join("sub/loop")).unwrap();
        let (names, found) = read(root);
        assert_eq!(names, ["mounted.yaml=in/mounted.yaml"]);
        assert_eq!(
            found,
            [
                "symlink: `in/Makefile` is a symbolic link that points out of `in`",
                "symlink: `in/out.yaml` is a symbolic link that points out of `in`",
                "symlink: `in/outdir` is a symbolic link that points out of `in`",
                "symlink: `in/gone.yaml` is a symbolic link whose target does not exist",
                "symlink: `in/sub/loop` is a symbolic link that points back to a folder that contains it",
            ]
        );
        // Where only some files are wanted, a link that leads nowhere is not one of them, and a link to a file has a name.
        let mut found = Findings::default();
        let files = read_folder_of(root, "in", NamedBy::CommandLine, |path| path.ends_with(".yaml"), &mut found);
        assert_eq!(files.unreadable("gone.yaml").map(|finding| finding.rule), Some(ids::SYMLINK));
        let found: Vec<String> = found.iter().map(|finding| finding.message.clone()).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|message| message.contains("out.yaml") || message.contains("outdir")), "{found:?}");
        // Compared, they are where they lead.
        let mut found = Findings::default();
        let files = read_verbatim(root, "in", NamedBy::CommandLine, &mut found);
        assert!(found.is_empty(), "{found:?}");
        let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
        assert_eq!(
            (text("out.yaml"), text("sub/loop"), text("gone.yaml")),
            ("../secret".into(), "..".into(), "gone".into())
        );
    }

    #[test]
    fn a_file_above_the_limit_is_a_finding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        fs::File::create(&path).unwrap().set_len(LIMIT + 1).unwrap();
        assert_eq!(read_text(&path, "large").unwrap_err().rule, ids::TOO_LARGE);
        fs::write(&path, "12345").unwrap();
        let limited = |limit, budget| {
            read_limited(open_regular(&path).unwrap(), limit, Kind::Text, "large", &Budget::new(budget))
                .map_err(|error| error.rule)
        };
        assert_eq!(limited(4, 9), Err(ids::TOO_LARGE));
        assert_eq!(limited(5, 5), Ok(Some(b"12345".to_vec())));
        assert_eq!(limited(5, 4), Ok(None));
        assert_eq!(take(&b"12345"[..], 4, Kind::Bytes, "stdin", 0).unwrap_err().rule, ids::TOO_LARGE);
    }

    #[test]
    fn a_text_is_read_up_to_its_first_nul() {
        let nul = |before: &[u8], kind| {
            let rest = io::repeat(0).take(LIMIT - before.len() as u64);
            take(before.chain(rest), LIMIT, kind, "x", LIMIT)
        };
        let finding = nul(&[b"a\nb".as_slice(), &[b'c'; 2 << 20]].concat(), Kind::Text).unwrap_err();
        assert_eq!(finding.message, "`x` is not a text file: control character `U+0000` at offset 2097155");
        assert_eq!(finding.place.map(|place| (place.line, place.text.len())), Some((2, 400)));
        assert_eq!(nul(b"\xff\xfea", Kind::Text).unwrap_err().rule.as_str(), "not-utf8");
        assert_eq!(nul(b"", Kind::Bytes).unwrap().len() as u64, LIMIT);
    }

    #[test]
    fn source_files_of_a_project_have_a_size_limit() {
        let folder = tempfile::tempdir().unwrap();
        let text = "#".repeat(usize::try_from(SOURCE).unwrap() + 1);
        for (path, text) in [("a.yaml", text.as_str()), ("b.yaml", &text[1..])] {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let mut found = Findings::default();
        assert_eq!(read_folder(folder.path(), "in", NamedBy::Project, &mut found).iter().count(), 1);
        assert_eq!(read_folder(folder.path(), "in", NamedBy::CommandLine, &mut found).iter().count(), 2);
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["`in/a.yaml` is larger than 8 MiB, which is the limit for a file"]);
    }

    #[test]
    fn finds_the_nearest_file_upward() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        fs::create_dir_all(&deep).unwrap();
        fs::write(folder.path().join("x.yaml"), "").unwrap();
        fs::write(folder.path().join("a/x.yaml"), "").unwrap();
        assert_eq!(find_upward(&deep, "x.yaml"), Some(folder.path().join("a/x.yaml")));
        assert_eq!(find_upward(&deep, "surely-not-there.yaml"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_project_can_only_name_folders_of_regular_files_inside_it() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;
        let folder = tempfile::tempdir().unwrap();
        let root = &folder.path().join("root");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::write(root.join("sub/a.yaml"), "a").unwrap();
        fs::write(root.join(".env"), "s").unwrap();
        let _socket = UnixListener::bind(root.join("sub/socket")).unwrap();
        symlink("../.env", root.join("sub/env.yaml")).unwrap();
        let mut found = Findings::default();
        let files = read_verbatim(root, "in", NamedBy::Project, &mut found);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["sub/a.yaml"]);
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        let expected = [
            "`in/sub/env.yaml` is a symbolic link to something hidden, which is not read",
            "`in/sub/socket` is a socket, expected a file",
        ];
        assert_eq!(messages, expected);
        let mut found = Findings::default();
        assert!(read_verbatim(&root.join("gone"), "in", NamedBy::Project, &mut found).is_empty() && found.is_empty());
        assert!(open_regular(&root.join("sub")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn folders_that_links_multiply_are_bounded() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        for level in 0..20 {
            let path = folder.path().join(format!("d{level}"));
            fs::create_dir(&path).unwrap();
            for name in ["a", "b"] {
                symlink(format!("../d{}", level + 1), path.join(name)).unwrap();
            }
        }
        fs::create_dir(folder.path().join("d20")).unwrap();
        fs::write(folder.path().join("d20/x"), "x").unwrap();
        let mut found = Findings::default();
        assert!(read_verbatim(folder.path(), "in", NamedBy::Project, &mut found).is_empty());
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["`in` contains more than 100,000 files and folders"]);
    }

    #[test]
    fn a_tree_has_a_size_limit() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::File::create(folder.path().join(name)).unwrap().set_len(LIMIT / 2 + 1).unwrap();
        }
        let mut found = Findings::default();
        assert!(read_verbatim(folder.path(), "in", NamedBy::Project, &mut found).is_empty());
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["the files in `in` add up to more than 64 MiB"]);
    }
}
