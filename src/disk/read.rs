//! Reading.
//!
//! In: a folder or a file. Out: its content, with the names that messages use. Never follows a symbolic link out of
//! the folder, never reads more than [`LIMIT`] bytes of a file, and never changes anything.

use crate::disk::cause::cannot_read;
use crate::disk::name;
use crate::files::Files;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::source::Place;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use walkdir::WalkDir;

/// The largest file that is read, in bytes: far above any manifest, far below what would exhaust a machine.
pub(crate) const LIMIT: u64 = 64 << 20;

/// Every regular file below `root` as text, sorted by path and named `<shown>/<path>`. Skips names that start with `.`.
///
/// Reports, and leaves out, what is not UTF-8, over 64 MiB, unreadable, or a symbolic link that leads out of `root`.
pub fn read_folder(root: &Path, shown: &str, found: &mut Findings) -> Files {
    let mut files = Files::default();
    for (path, bytes) in read_all(root, shown, found) {
        let name = name(shown, &path);
        match text(bytes, &name) {
            Ok(text) => files.insert(path, name, text),
            Err(finding) => found.push(finding),
        }
    }
    files
}

/// Like [`read_folder`], but what is not UTF-8 is only reported by who asks for it.
pub fn read_folder_lazily(root: &Path, shown: &str, found: &mut Findings) -> Files {
    let mut files = Files::default();
    for (path, bytes) in read_all(root, shown, found) {
        let name = name(shown, &path);
        match text(bytes, &name) {
            Ok(text) => files.insert(path, name, text),
            Err(finding) => files.insert_unreadable(path, finding),
        }
    }
    files
}

/// Every regular file below `root` as it is, by path; like [`read_folder`] otherwise.
pub fn read_verbatim(root: &Path, shown: &str, found: &mut Findings) -> BTreeMap<String, Vec<u8>> {
    read_all(root, shown, found).into_iter().collect()
}

/// The text of the file at `path`, which messages call `shown`; also of a pipe.
///
/// # Errors
/// The finding to report when it cannot be read, is over 64 MiB or is not UTF-8.
pub fn read_text(path: &Path, shown: &str) -> Result<String, Finding> {
    text(read_bytes(path, shown)?, shown)
}

/// The bytes of the file at `path`, which messages call `shown`; also of a pipe.
///
/// # Errors
/// The finding to report when it cannot be read or is over 64 MiB.
pub fn read_bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Finding> {
    read_limited(path, LIMIT, shown)
}

/// The file `name` in `start` or in the nearest folder above it.
pub fn find_upward(start: &Path, name: &str) -> Option<PathBuf> {
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    start.ancestors().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Whether `path` is a folder, or a symbolic link to one.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether `path` is a regular file, or a symbolic link to one.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

fn read_all(root: &Path, shown: &str, found: &mut Findings) -> Vec<(String, Vec<u8>)> {
    let paths = walk(root, shown, found);
    let contents: Vec<_> = paths.par_iter().map(|(path, file)| read_limited(file, LIMIT, &name(shown, path))).collect();
    let mut files = Vec::with_capacity(paths.len());
    for ((path, _), content) in paths.into_iter().zip(contents) {
        match content {
            Ok(bytes) => files.push((path, bytes)),
            Err(finding) => found.push(finding),
        }
    }
    files
}

/// The relative and the real path of every regular file, in the order of their names.
fn walk(root: &Path, shown: &str, found: &mut Findings) -> Vec<(String, PathBuf)> {
    let top = match root.canonicalize() {
        Ok(top) if top.is_dir() => top,
        Ok(_) => {
            found.push(cannot_read(shown, &io::Error::from(io::ErrorKind::NotADirectory)));
            return Vec::new();
        }
        Err(error) => {
            found.push(cannot_read(shown, &error));
            return Vec::new();
        }
    };
    let named = |path: &Path| name(shown, &slashed(root, path).unwrap_or_else(|lossy| lossy));
    let mut paths = Vec::new();
    let mut entries = WalkDir::new(root).min_depth(1).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                // A hidden name is not ours to judge, whatever it leads to.
                if !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                    found.push(walk_error(&error, &named(path)));
                }
                continue;
            }
        };
        let folder = entry.file_type().is_dir();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let outside = !hidden
            && entry.path_is_symlink()
            && !entry.path().canonicalize().is_ok_and(|target| target.starts_with(&top));
        if outside {
            let message = format!("`{}` is a symbolic link that leads out of `{shown}`", named(entry.path()));
            found.push(Finding::error("symlink", message).help("put a copy of the file there instead"));
        }
        if hidden || outside {
            if folder {
                entries.skip_current_dir();
            }
            continue;
        }
        if entry.file_type().is_file() {
            match slashed(root, entry.path()) {
                Ok(path) => paths.push((path, entry.into_path())),
                Err(lossy) => {
                    let message = format!("the name of `{}` is not UTF-8", name(shown, &lossy));
                    found.push(Finding::error("not-utf8", message).help("rename the file"));
                }
            }
        }
    }
    // The walk sorts within each folder; callers are promised the order of whole paths.
    paths.sort();
    paths
}

fn walk_error(error: &walkdir::Error, name: &str) -> Finding {
    if error.loop_ancestor().is_some() {
        let message = format!("`{name}` is a symbolic link that leads back to a folder it is in");
        return Finding::error("symlink", message).help("remove the link");
    }
    match error.io_error() {
        Some(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!("`{name}` is a symbolic link that leads nowhere");
            Finding::error("symlink", message).help("remove the link, or put the file there that it names")
        }
        Some(error) => cannot_read(name, error),
        None => cannot_read(name, &io::Error::from(io::ErrorKind::Other)),
    }
}

/// The path below `root` with `/`; a lossy one when it is not UTF-8.
fn slashed(root: &Path, path: &Path) -> Result<String, String> {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    let joined = parts.join("/");
    if path.to_str().is_some() { Ok(joined) } else { Err(joined) }
}

/// Reads at most `limit` bytes; the limit also holds for a file that grows or lies about its length.
fn read_limited(path: &Path, limit: u64, shown: &str) -> Result<Vec<u8>, Finding> {
    let read = || {
        let file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or(0) + 1);
        file.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes: Vec<u8> = read().map_err(|error| cannot_read(shown, &error))?;
    if bytes.len() as u64 > limit {
        let message = format!("`{shown}` is larger than {} MiB, expected a text of reasonable size", limit >> 20);
        return Err(Finding::error("too-large", message).help("remove the file, or keep it elsewhere"));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>, name: &str) -> Result<String, Finding> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = &bytes[..offset];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = bytes[offset..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| offset + at);
        // A binary file may be one line of megabytes; what is shown around the place need not be.
        let end = end.min(start + 400);
        let clip = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let place = Place {
            file: name.into(),
            line: clip(before.iter().filter(|byte| **byte == b'\n').count() + 1),
            column: clip(String::from_utf8_lossy(&before[start..]).chars().count() + 1),
            width: 1,
            text: String::from_utf8_lossy(&bytes[start..end]).replace('\0', "\u{fffd}").into(),
            from: 1,
        };
        let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let help = if wide { "it looks like UTF-16; save it as UTF-8" } else { "save it as UTF-8, or move it away" };
        let message = format!("`{name}` is not UTF-8: byte 0x{:02x} at offset {offset}", bytes[offset]);
        Finding::error("not-utf8", message).at(Some(place)).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(root: &Path) -> (Vec<String>, Vec<String>) {
        let mut found = Findings::default();
        let files = read_folder(root, "in", &mut found);
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
        let verbatim = read_verbatim(root, "in", &mut Findings::default());
        assert_eq!(verbatim.keys().collect::<Vec<_>>(), ["a.yaml", "a/x.yaml", "b.yaml"]);
    }

    #[test]
    fn says_where_a_file_is_not_utf8_and_reads_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bad.yaml"), b"a: 1\nbc\xff\n").unwrap();
        fs::write(folder.path().join("wide.yaml"), b"\xff\xfea\0").unwrap();
        fs::write(folder.path().join("good.yaml"), b"a").unwrap();
        let mut found = Findings::default();
        let files = read_folder(folder.path(), "in", &mut found);
        assert_eq!(files.iter().count(), 1);
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(found[0].message, "`in/bad.yaml` is not UTF-8: byte 0xff at offset 7");
        let place = found[0].place.clone().unwrap();
        assert_eq!((place.line, place.column, &*place.text), (2, 3, "bc\u{fffd}"));
        assert_eq!(found[1].help.as_deref(), Some("it looks like UTF-16; save it as UTF-8"));
        assert!(read_verbatim(folder.path(), "in", &mut Findings::default()).contains_key("bad.yaml"));
    }

    #[test]
    fn a_missing_folder_and_a_file_in_its_place_are_findings() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("no")).1, ["cannot-read: cannot read `in`: no such file or folder"]);
        fs::write(folder.path().join("file"), "").unwrap();
        let expected = "cannot-read: cannot read `in`: a part of the path is a file, expected a folder";
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
        symlink("..", root.join("outdir")).unwrap();
        symlink("gone", root.join("gone.yaml")).unwrap();
        symlink("gone", root.join(".gone.yaml")).unwrap();
        symlink("..", root.join("sub/loop")).unwrap();
        let (names, found) = read(root);
        assert_eq!(names, ["mounted.yaml=in/mounted.yaml"]);
        assert_eq!(
            found,
            [
                "symlink: `in/gone.yaml` is a symbolic link that leads nowhere",
                "symlink: `in/out.yaml` is a symbolic link that leads out of `in`",
                "symlink: `in/outdir` is a symbolic link that leads out of `in`",
                "symlink: `in/sub/loop` is a symbolic link that leads back to a folder it is in",
            ]
        );
    }

    #[test]
    fn a_file_over_the_limit_is_a_finding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        fs::File::create(&path).unwrap().set_len(LIMIT + 1).unwrap();
        assert_eq!(read_text(&path, "large").unwrap_err().rule, "too-large");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_limited(&path, 4, "large").unwrap_err().rule, "too-large");
        assert_eq!(read_limited(&path, 5, "large").unwrap(), b"12345");
    }

    #[test]
    fn finds_the_nearest_file_upward() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(folder.path().join("a/b/x.yaml")).unwrap();
        fs::write(folder.path().join("x.yaml"), "").unwrap();
        fs::write(folder.path().join("a/x.yaml"), "").unwrap();
        assert_eq!(find_upward(&deep, "x.yaml"), Some(folder.path().join("a/x.yaml")));
        assert_eq!(find_upward(&deep, "surely-not-there.yaml"), None);
    }
}
