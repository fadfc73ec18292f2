//! Files of a revision, read from git's objects by the `git` program.
//!
//! In: a revision and a path in the repository. Out: content by path, like [`crate::disk::read_verbatim`] of a folder.
//! Never looks at the work tree or the index and never writes: a dirty tree and a bare clone are read alike.

#![allow(clippy::result_large_err, reason = "a finding is made once for a revision, never in a hot loop")]

use crate::disk::read::LIMIT;
use crate::finding::Finding;
use crate::finding::Findings;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;

/// What a path is at a revision.
#[derive(Clone, Debug)]
pub enum AtRevision {
    /// Nothing is there.
    Nothing,
    /// One file.
    File(Vec<u8>),
    /// The files below a folder, names that start with `.` left out.
    Folder(BTreeMap<String, Vec<u8>>),
}

/// The way from the top of the repository to the working directory: empty, or with a `/` at its end.
///
/// # Errors
/// The finding to report when there is no repository or no `git`.
pub fn prefix() -> Result<String, Finding> {
    let text = run(&["rev-parse", "--show-prefix"])?;
    match text {
        Some(text) => Ok(String::from_utf8_lossy(&text).trim_end_matches('\n').to_owned()),
        None => Err(Finding::error("git", "there is no git repository here, so there is no revision to read")
            .help("run it inside a clone, which may be bare")),
    }
}

/// What is at `path`, from the top of the repository, at `revision`. Messages call it `git:<revision>:<path>`.
///
/// # Errors
/// The finding to report when the revision is unknown or git cannot be asked.
pub fn at_revision(revision: &str, path: &str, found: &mut Findings) -> Result<AtRevision, Finding> {
    // A name that begins with `-` would be taken for an option by some version of git.
    let commit = match revision.starts_with('-') || revision.is_empty() {
        true => None,
        false => run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?,
    };
    let Some(commit) = commit.map(|text| String::from_utf8_lossy(&text).trim().to_owned()) else {
        prefix()?;
        let message = format!("git knows no revision `{revision}`");
        return Err(Finding::error("unknown-revision", message).help(
            "name a branch, a tag or a commit; in a shallow clone, fetch it first: `git fetch origin <branch>`",
        ));
    };
    let path = path.trim_matches('/');
    let object = if path.is_empty() { format!("{commit}^{{tree}}") } else { format!("{commit}:{path}") };
    let Some(object) = run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &object])? else {
        return Ok(AtRevision::Nothing);
    };
    let object = String::from_utf8_lossy(&object).trim().to_owned();
    let shown = format!("git:{revision}:{path}");
    let kind = run(&["cat-file", "-t", &object])?.unwrap_or_default();
    match kind.trim_ascii() {
        b"tree" => folder(&object, &shown, found).map(AtRevision::Folder),
        b"blob" => {
            let mut files = contents(&[(path.to_owned(), object)], &shown, found)?;
            Ok(files.pop_first().map_or(AtRevision::Nothing, |(_, bytes)| AtRevision::File(bytes)))
        }
        _ => Ok(AtRevision::Nothing),
    }
}

fn folder(tree: &str, shown: &str, found: &mut Findings) -> Result<BTreeMap<String, Vec<u8>>, Finding> {
    let list = run(&["ls-tree", "-r", "-z", "--full-tree", tree])?.ok_or_else(|| broken(shown))?;
    let mut files = Vec::new();
    let mut links = Vec::new();
    for entry in list.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let Some((head, path)) = std::str::from_utf8(entry).ok().and_then(|entry| entry.split_once('\t')) else {
            let message = format!("the name of a file in `{shown}` is not UTF-8");
            found.push(Finding::error("not-utf8", message).help("rename the file"));
            continue;
        };
        if path.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        let mut head = head.split(' ');
        let (mode, _, object) = (head.next(), head.next(), head.next().unwrap_or_default());
        match mode {
            Some("120000") => links.push((path.to_owned(), object.to_owned())),
            // A submodule is another repository.
            Some("160000") => {}
            _ => files.push((path.to_owned(), object.to_owned())),
        }
    }
    let targets = if links.is_empty() { BTreeMap::new() } else { contents(&links, shown, found)? };
    for (link, target) in targets {
        let target = String::from_utf8_lossy(&target).into_owned();
        match resolve(&link, &target).and_then(|path| files.iter().find(|(name, _)| *name == path).cloned()) {
            Some((_, object)) => files.push((link, object)),
            None => {
                let message = format!("`{shown}/{link}` is a symbolic link to something that is no file in `{shown}`");
                found.push(Finding::error("symlink", message).help("put a copy of the file there instead"));
            }
        }
    }
    contents(&files, shown, found)
}

/// The path that a link leads to, if it stays inside.
fn resolve(link: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The blobs of a list, all by one process.
fn contents(
    files: &[(String, String)],
    shown: &str,
    found: &mut Findings,
) -> Result<BTreeMap<String, Vec<u8>>, Finding> {
    let mut child = git()
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| no_git())?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let mut asked = String::new();
    files.iter().for_each(|(_, object)| {
        asked.push_str(object);
        asked.push('\n');
    });
    // Asked and answered at once, or both pipes would fill up.
    let asking = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(asked.as_bytes())));
    let mut out = BTreeMap::new();
    let mut answer = BufReader::new(stdout.ok_or_else(|| broken(shown))?);
    for (path, _) in files {
        let mut head = String::new();
        answer.read_line(&mut head).map_err(|_| broken(shown))?;
        let size = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse::<u64>().ok())
            .ok_or_else(|| broken(shown))?;
        if size > LIMIT {
            let message =
                format!("`{shown}/{path}` is larger than {} MiB, expected a text of reasonable size", LIMIT >> 20);
            found.push(Finding::error("too-large", message).help("remove the file, or keep it elsewhere"));
            std::io::copy(&mut answer.by_ref().take(size + 1), &mut std::io::sink()).map_err(|_| broken(shown))?;
            continue;
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default() + 1];
        answer.read_exact(&mut bytes).map_err(|_| broken(shown))?;
        bytes.pop();
        out.insert(path.clone(), bytes);
    }
    drop(answer);
    // It has nothing more to say: what was asked for is here.
    let _ = asking.join();
    let _ = child.wait();
    Ok(out)
}

fn git() -> Command {
    let mut command = Command::new("git");
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1");
    command.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    command
}

/// What git prints; `None` when it says no.
fn run(arguments: &[&str]) -> Result<Option<Vec<u8>>, Finding> {
    let output = git().args(arguments).stderr(Stdio::null()).output().map_err(|_| no_git())?;
    Ok(output.status.success().then_some(output.stdout))
}

fn no_git() -> Finding {
    Finding::error("git", "cannot run `git`, which reads revisions").help("install git, or compare folders instead")
}

fn broken(shown: &str) -> Finding {
    Finding::error("git", format!("git cannot read all of `{shown}`"))
        .help("the clone may be partial or damaged: try `git fsck`, or fetch the revision again")
}
