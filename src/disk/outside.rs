//! Whether a path leads where its name says.
//!
//! In: a path that a user typed or a project names. Out: an error if a symbolic link in it leads elsewhere. Reads
//! links, writes nothing, and never shows the target of a link.

use crate::component;
use crate::disk::again::again;
use crate::disk::cause::cannot_read;
use crate::finding::Finding;
use crate::finding::ids;
use std::fs;
use std::fs::FileType;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Who named a path, which decides how far it is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// The user, on the command line: it may be a link, a pipe or a large tree.
    CommandLine,
    /// A project, which may be untrusted: the path must be of the expected type, inside the project, and within bounds.
    Project,
    /// The same project, as the output folder of a render, which is larger than its input.
    ProjectOutput,
}

/// Refuses a directory to write if a symbolic link leads elsewhere. A relative `dir` has to be, after resolving links,
/// below the folder that its leading `..` lead to and not in a hidden folder there; an absolute one cannot come from a
/// repository.
///
/// # Errors
/// Returns the finding to report, which never shows the target of the link.
pub fn stays_inside(dir: &Path) -> Result<(), Finding> {
    let refusal = |path: &Path, why: &str| {
        let message = format!("`{}` {why}; meshtrace does not write through links", shown(path));
        Finding::error(ids::SYMLINK, message).help("use the real folder, or replace the link with a folder")
    };
    if dir.is_absolute() {
        return Ok(());
    }
    let (base, inner) = split_base(dir);
    match strays(&base, inner, |part| component::refusal(part).is_some()) {
        None => Ok(()),
        Some((link, LinkTarget::Hidden)) => Err(refusal(&link, "is a symbolic link into a hidden folder")),
        Some((link, LinkTarget::Back)) => Err(refusal(&link, "is a symbolic link to a folder that contains it")),
        Some((link, LinkTarget::Nowhere)) => Err(refusal(&link, "is a symbolic link whose target does not exist")),
        Some((link, LinkTarget::Outside)) => {
            Err(refusal(&link, "is a symbolic link that points outside, expected a folder"))
        }
    }
}

/// Refuses to write the file `inner` of the project in `base` if a link leads elsewhere.
///
/// # Errors
/// Returns the finding to report.
pub(crate) fn project_target(base: &Path, inner: &str) -> Result<(), Finding> {
    strays(base, Path::new(inner), is_hidden).map_or(Ok(()), |(link, leads)| Err(astray(&link, &leads)))
}

/// Refuses an output directory named by a project, as [`stays_inside`] does, and also checks its name. `dir` begins
/// with the path up to the project.
///
/// # Errors
/// Returns the finding to report.
pub fn project_output(dir: &Path) -> Result<(), Finding> {
    for part in dir.components().filter(|part| matches!(part, Component::Normal(_))) {
        if let Some(why) = component::refusal(&part.as_os_str().to_string_lossy()) {
            let message = format!("the directory `{}` {why}, so nothing is written to it", shown(dir));
            return Err(Finding::error(ids::UNSAFE_PATH, message).help("rename the render, or change `out`"));
        }
    }
    stays_inside(dir)
}

/// Whether the project has the folder `path`, which begins with the path up to the project.
///
/// # Errors
/// Returns the finding to report if it is not a folder, or a link that points out of the project or to something
/// hidden.
pub(crate) fn project_folder(path: &Path, name: &str) -> Result<bool, Finding> {
    match project_entry(path, name)? {
        None => Ok(false),
        Some(kind) if kind.is_dir() => Ok(true),
        Some(kind) => {
            let message = format!("`{name}` is {}, expected a folder", what(kind));
            Err(Finding::error(ids::NOT_A_FOLDER, message).help("move it elsewhere, or replace it with a folder"))
        }
    }
}

/// Whether the project has the file `path`, which begins with the path up to the project.
///
/// # Errors
/// As for [`project_folder`].
pub(crate) fn project_file(path: &Path, name: &str) -> Result<bool, Finding> {
    match project_entry(path, name)? {
        None => Ok(false),
        Some(kind) if kind.is_file() => Ok(true),
        Some(kind) => {
            let message = format!("`{name}` is {}, expected a file", what(kind));
            Err(Finding::error(ids::NOT_A_FILE, message).help("move it elsewhere, or replace it with a regular file"))
        }
    }
}

/// The type of a path in the project, after checking that its links stay inside.
pub(crate) fn project_entry(path: &Path, name: &str) -> Result<Option<FileType>, Finding> {
    let (base, inner) = split_base(path);
    if let Some((link, leads)) = strays(&base, inner, is_hidden) {
        return Err(astray(&link, &leads));
    }
    match again(|| fs::metadata(path)) {
        Ok(data) => Ok(Some(data.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot_read(name, &error)),
    }
}

fn astray(link: &Path, leads: &LinkTarget) -> Finding {
    let why = match leads {
        LinkTarget::Outside => "that points out of the project",
        LinkTarget::Hidden => "to something hidden in the project",
        LinkTarget::Nowhere => "whose target does not exist",
        LinkTarget::Back => "to a folder that contains it",
    };
    let message = format!("`{}` is a symbolic link {why}", shown(link));
    Finding::error(ids::SYMLINK, message).help("replace the link with a copy of its target")
}

/// Whether a link in a project may not point to this name because it is hidden. Names with two leading dots are used by
/// Kubernetes, which mounts the files of a ConfigMap as links into a folder `..data`.
pub(crate) fn is_hidden(part: &str) -> bool {
    !part.starts_with("..") && component::refusal(part).is_some()
}

/// The type of a path, in words.
pub(crate) fn what(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        } else if kind.is_socket() {
            return "a socket";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else {
        "a file"
    }
}

/// Where a forbidden link leads.
enum LinkTarget {
    Outside,
    Hidden,
    Nowhere,
    /// To the folder that contains it, or to one above.
    Back,
}

/// Splits off the leading `..` of a path, which are intended by whoever typed it.
fn split_base(path: &Path) -> (PathBuf, &Path) {
    let mut base = PathBuf::from(".");
    let mut rest = path.components();
    while let Some(Component::CurDir | Component::ParentDir) = rest.clone().next() {
        base.extend(rest.next());
    }
    (base, rest.as_path())
}

/// The first link in the path `inner`, below `base`, that points out of `base` or to a name that `hidden` rejects.
fn strays(base: &Path, inner: &Path, hidden: fn(&str) -> bool) -> Option<(PathBuf, LinkTarget)> {
    let mut shown: PathBuf = base.strip_prefix(".").unwrap_or(base).to_owned();
    let mut path = base.to_owned();
    for part in inner.components() {
        path.push(part);
        shown.push(part);
        if !is_link(&path) {
            continue;
        }
        let Ok(base) = again(|| base.canonicalize()) else { return Some((shown, LinkTarget::Outside)) };
        let leads = match again(|| path.canonicalize()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(LinkTarget::Nowhere),
            Err(_) => Some(LinkTarget::Outside),
            Ok(target) => match target.strip_prefix(&base) {
                Err(_) => Some(LinkTarget::Outside),
                Ok(inner) if inner.components().any(|part| hidden(&part.as_os_str().to_string_lossy())) => {
                    Some(LinkTarget::Hidden)
                }
                Ok(_) => path
                    .parent()
                    .and_then(|above| again(|| above.canonicalize()).ok())
                    .and_then(|above| above.starts_with(&target).then_some(LinkTarget::Back)),
            },
        };
        if let Some(leads) = leads {
            return Some((shown, leads));
        }
    }
    None
}

fn is_link(path: &Path) -> bool {
    again(|| fs::symlink_metadata(path)).is_ok_and(|data| data.file_type().is_symlink())
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
