//! What a git revision holds of a project.

use crate::workspace::Workspace;
use meshtrace::builtin;
use meshtrace::disk;
use meshtrace::disk::AtRevision;
use meshtrace::disk::Charts;
use meshtrace::disk::ChartsOf;
use meshtrace::files::Files;
use meshtrace::finding::Finding;
use meshtrace::finding::Findings;
use meshtrace::finding::ids;
use meshtrace::profile::Profiles;
use meshtrace::template::Templates;
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, Box<Finding>>;

/// The path of something of the project from the top of the repository.
pub(crate) fn in_repository(workspace: &Workspace, path: &str) -> Result<String> {
    join(&join(&disk::git_prefix()?, &workspace.prefix)?, path)
}

/// The profiles, templates and files of a revision, over the shipped ones.
pub(crate) fn workspace(revision: &str, workspace: &Workspace, found: &mut Findings) -> Result<Workspace> {
    let root = in_repository(workspace, "")?;
    let mut folder = |name: &str| -> Result<BTreeMap<String, Vec<u8>>> {
        match disk::at_revision(revision, &join(&root, name)?, found)? {
            AtRevision::Folder(files) => Ok(files),
            _ => Ok(BTreeMap::new()),
        }
    };
    let (profiles, templates, verbatim) = (folder("profiles")?, folder("templates")?, folder("files")?);
    let mut over = |shipped: Files, files: BTreeMap<String, Vec<u8>>, name: &str| {
        let mut own = Files::default();
        for (path, bytes) in files {
            let shown = format!("git:{revision}:{name}/{path}");
            if bytes.len() as u64 > disk::SOURCE {
                let message =
                    format!("`{shown}` is larger than {} MiB, the largest size of a source file", disk::SOURCE >> 20);
                found.push(Finding::error(ids::TOO_LARGE, message).help("remove the file, or keep it elsewhere"));
                continue;
            }
            match String::from_utf8(bytes) {
                Ok(text) => own.insert(path, shown, text),
                Err(_) => {
                    found.push(
                        Finding::error(ids::NOT_UTF8, format!("`{shown}` is not UTF-8")).help("save it as UTF-8"),
                    );
                }
            }
        }
        shipped.overlay(own)
    };
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    Ok(Workspace {
        project: None,
        prefix: String::new(),
        profiles: Profiles { all: over(builtin::profiles(), profiles, "profiles"), builtin: builtin::profiles() },
        templates: Templates { all: over(builtin::templates(), templates, "templates"), builtin: builtin::templates() },
        verbatim,
        inputs: Vec::new(),
        charts: Charts::new(ChartsOf::Revision(revision.to_owned(), prefix)),
    })
}

/// A path below `base`, both relative to the top of the repository, without `.` and `..`.
pub(crate) fn join(base: &str, path: &str) -> Result<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    let message = format!("`{path}` is outside the repository");
                    return Err(Box::new(Finding::error(ids::USAGE, message).help("use a path inside it")));
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}
