//! Files of a revision, read from git's object store by the `git` program.
//!
//! In: a revision and a path in the repository. Out: content by path, like [`crate::disk::read_verbatim`] of a folder.
//! Never looks at the work tree or the index and never writes, so dirty trees and bare clones work too.

#![allow(clippy::result_large_err, reason = "a finding is created once per revision, never in a hot loop")]

use crate::disk::cause::words;
use crate::disk::escaped;
use crate::disk::process::End;
use crate::disk::process::Process;
use crate::disk::read::Bounds;
use crate::disk::read::LIMIT;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::running;
use anyhow::Context;
use anyhow::anyhow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

/// Bounds on the tree of a revision: it may be the `out` of a thousand clusters, or come from an untrusted repository.
const BOUNDS: Bounds = Bounds { entries: 200_000, bytes: 256 << 20 };

/// The most that git may print about the entries of a tree, in bytes.
const LISTED: u64 = 64 << 20;

/// How many blobs are requested before the answers are read. That many requests fit into a pipe on any system, so
/// neither side ever blocks on the other, and no thread is needed.
const ASKED: usize = 48;

/// An upper bound on what git writes before a blob.
const HEAD: u64 = 1 << 10;

/// The context of an error while waiting for an answer from `git cat-file`.
const READING: &str = "reading from `git cat-file`";

/// An upper bound on git's answer about one name.
const ANSWER: u64 = 64 << 10;

/// What there is at a path of a revision.
#[derive(Clone, Debug)]
pub enum AtRevision {
    /// Nothing is there.
    Nothing,
    /// One file.
    File(Vec<u8>),
    /// The files below a folder, without those whose names start with `.`.
    Folder(BTreeMap<String, Vec<u8>>),
}

/// The path from the top of the repository to the working directory: empty, or ending with `/`.
///
/// # Errors
/// Returns the finding to report if there is no repository or no `git`.
pub fn prefix() -> Result<String, Finding> {
    let arguments = ["rev-parse", "--show-prefix"];
    let mut process = Process::start_heard(git().args(arguments), Stdio::null()).map_err(|error| no_git(&error))?;
    let text = said(process.answer.take());
    let why = said(process.errors.take());
    match process.end() {
        End::Well => Ok(text.trim_end_matches('\n').to_owned()),
        End::Badly(_) | End::Signal(_) => Err(no_repository(&why)),
        End::Killed | End::Left => Err(too_long(&arguments)),
    }
}

/// What git printed, which is short.
fn said(pipe: Option<impl Read>) -> String {
    let mut text = Vec::new();
    let _ = pipe.map(|pipe| pipe.take(ANSWER).read_to_end(&mut text));
    String::from_utf8_lossy(&text).into_owned()
}

/// The finding for what git says where it finds no repository, or none that it reads.
fn no_repository(why: &str) -> Finding {
    let reason = why.lines().find_map(|line| line.strip_prefix("fatal: ")).unwrap_or_default();
    if reason.is_empty() || reason.starts_with("not a git repository") {
        return Finding::error(ids::GIT, "this is not a git repository, so no revision can be read")
            .help("run the command inside a clone, which may be bare");
    }
    let help = match why.lines().map(str::trim).find(|line| line.starts_with("git config ")) {
        Some(command) => format!("if you trust it, run `{command}`"),
        None => "`git status` in this directory says more".to_owned(),
    };
    Finding::error(ids::GIT, format!("git does not read this repository: {reason}")).help(help)
}

/// Returns what is at `path`, relative to the top of the repository, in `revision`. Messages call it
/// `git:<revision>:<path>`.
///
/// # Errors
/// Returns the finding to report if the revision is unknown or git cannot be run.
pub fn at_revision(revision: &str, path: &str, found: &mut Findings) -> Result<AtRevision, Finding> {
    // Some versions of git take a name that begins with `-` for an option.
    let commit = match revision.starts_with('-') || revision.is_empty() {
        true => None,
        false => run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?,
    };
    let Some(commit) = commit.map(|text| String::from_utf8_lossy(&text).trim().to_owned()) else {
        prefix()?;
        let message = format!("git does not know the revision `{revision}`");
        return Err(Finding::error(ids::UNKNOWN_REVISION, message).help(
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
            let mut budget = BOUNDS.bytes;
            let mut files = contents(&[(path.to_owned(), object)], &shown, &mut budget, found)?;
            Ok(files.pop_first().map_or(AtRevision::Nothing, |(_, bytes)| AtRevision::File(bytes)))
        }
        _ => Ok(AtRevision::Nothing),
    }
}

fn folder(tree: &str, shown: &str, found: &mut Findings) -> Result<BTreeMap<String, Vec<u8>>, Finding> {
    let mut files = Vec::new();
    let mut links = Vec::new();
    for entry in entries(tree, shown)? {
        let entry = escaped(&entry);
        let Some((head, path)) = entry.split_once('\t') else { continue };
        if path.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        let mut head = head.split(' ');
        let (mode, _, object) = (head.next(), head.next(), head.next().unwrap_or_default());
        match mode {
            Some("120000") => links.push((path.to_owned(), object.to_owned())),
            // A folder, whose files follow, or a submodule, which is another repository.
            Some("040000" | "160000") => {}
            _ => files.push((path.to_owned(), object.to_owned())),
        }
    }
    let mut budget = BOUNDS.bytes;
    let targets = if links.is_empty() { BTreeMap::new() } else { contents(&links, shown, &mut budget, found)? };
    let objects: HashMap<String, String> =
        if targets.is_empty() { HashMap::new() } else { files.iter().cloned().collect() };
    for (link, target) in targets {
        let target = String::from_utf8_lossy(&target).into_owned();
        match resolve(&link, &target).and_then(|path| objects.get(&path)) {
            Some(object) => files.push((link, object.clone())),
            None => {
                let message =
                    format!("`{shown}/{link}` is a symbolic link to something that is not a file in `{shown}`");
                found.push(Finding::error(ids::SYMLINK, message).help("replace the link with a copy of the file"));
            }
        }
    }
    contents(&files, shown, &mut budget, found)
}

/// The output of `git ls-tree -r` for a tree, by entry. A tree of a few kilobytes can expand to more files than there
/// are atoms, so git is stopped when it prints too many; it prints trees too, since there may be nothing else.
fn entries(tree: &str, shown: &str) -> Result<Vec<Vec<u8>>, Finding> {
    let arguments = ["ls-tree", "-r", "-t", "-z", "--full-tree", tree];
    let mut process = Process::start(git().args(arguments), Stdio::null()).map_err(|error| no_git(&error))?;
    let listed = list(&mut process, shown);
    match process.end() {
        End::Well => listed.map_err(|error| broken(shown, error)),
        End::Badly(_) | End::Signal(_) => {
            Err(broken(shown, listed.err().unwrap_or_else(|| anyhow!("`git ls-tree` failed"))))
        }
        End::Killed | End::Left => Err(too_long(&arguments[..1])),
    }
}

/// The entries printed by `git ls-tree`. The error may be a [`Finding`].
fn list(process: &mut Process, shown: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut answer = BufReader::new(process.answer.take().context("git has no output")?);
    let mut entries = Vec::new();
    let mut room = LISTED;
    loop {
        let mut entry = Vec::new();
        let length = answer.by_ref().take(room + 1).read_until(0, &mut entry).context("reading from `git ls-tree`")?;
        if length == 0 {
            return Ok(entries);
        }
        process.goes_on();
        room = room.checked_sub(length as u64).ok_or_else(|| BOUNDS.too_many(shown))?;
        if entries.len() == BOUNDS.entries {
            return Err(BOUNDS.too_many(shown).into());
        }
        if entry.pop() != Some(0) {
            return Ok(entries);
        }
        entries.push(entry);
    }
}

/// The path that a link points to, if it stays inside.
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

/// Reads the listed blobs with a single process. `budget` is the number of bytes that may still be read.
fn contents(
    files: &[(String, String)],
    shown: &str,
    budget: &mut u64,
    found: &mut Findings,
) -> Result<BTreeMap<String, Vec<u8>>, Finding> {
    let mut process =
        Process::start(git().args(["cat-file", "--batch"]), Stdio::piped()).map_err(|error| no_git(&error))?;
    let out = answers(&mut process, files, shown, budget, found);
    match process.end() {
        End::Killed | End::Left => Err(too_long(&["cat-file"])),
        End::Well | End::Badly(_) | End::Signal(_) => out.map_err(|error| broken(shown, error)),
    }
}

/// The output of `git cat-file --batch` for each file. The error may be a [`Finding`].
fn answers(
    process: &mut Process,
    files: &[(String, String)],
    shown: &str,
    budget: &mut u64,
    found: &mut Findings,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut ask = process.ask.take().context("git has no input")?;
    let mut answer = BufReader::new(process.answer.take().context("git has no output")?);
    let mut out = BTreeMap::new();
    for some in files.chunks(ASKED) {
        let questions: String = some.iter().flat_map(|(_, object)| [object.as_str(), "\n"]).collect();
        ask.write_all(questions.as_bytes()).and_then(|()| ask.flush()).context("writing to `git cat-file`")?;
        for (path, _) in some {
            let mut head = String::new();
            answer.by_ref().take(HEAD).read_line(&mut head).context(READING)?;
            process.goes_on();
            let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
            let size = size.with_context(|| format!("git does not have `{path}`"))?;
            let left = budget.checked_sub(size);
            if size > LIMIT {
                let message =
                    format!("`{shown}/{path}` is larger than {} MiB, which is the limit for a file", LIMIT >> 20);
                found.push(Finding::error(ids::TOO_LARGE, message).help("remove the file, or store it elsewhere"));
            }
            *budget = left.ok_or_else(|| BOUNDS.too_large(shown))?;
            if size > LIMIT {
                let mut rest = answer.by_ref().take(size + 1);
                io::copy(&mut rest, &mut io::sink()).context(READING)?;
                continue;
            }
            let mut bytes = vec![0; usize::try_from(size).unwrap_or_default() + 1];
            answer.read_exact(&mut bytes).context(READING)?;
            bytes.pop();
            running::read(size);
            out.insert(path.clone(), bytes);
        }
    }
    Ok(out)
}

/// Blobs by name, such as `HEAD:./a.yaml`, asked for one at a time.
pub(crate) struct Blobs {
    process: Process,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
    /// How many bytes may still be read.
    budget: u64,
}

impl Blobs {
    /// Starts git in `folder`; `None` if that is impossible.
    pub(crate) fn start(folder: &Path) -> Option<Blobs> {
        let mut command = git();
        command.args(["-c", "safe.bareRepository=explicit", "cat-file", "--batch"]).current_dir(folder);
        let mut process = Process::start(&mut command, Stdio::piped()).ok()?;
        let (ask, answer) = process.ask.take().zip(process.answer.take())?;
        Some(Blobs { process, ask, answer: BufReader::new(answer), budget: BOUNDS.bytes })
    }

    /// The blob with this name, which has no line break; `None` if there is none.
    ///
    /// # Errors
    /// Git does not answer, as outside a repository, or not with what was expected. It cannot be asked again.
    pub(crate) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ()> {
        self.ask.write_all(format!("{name}\n").as_bytes()).and_then(|()| self.ask.flush()).map_err(|_| ())?;
        let mut head = String::new();
        let room = HEAD + name.len() as u64;
        if self.answer.by_ref().take(room).read_line(&mut head).map_err(|_| ())? == 0 {
            return Err(());
        }
        self.process.goes_on();
        if [" missing\n", " ambiguous\n"].iter().any(|end| head.ends_with(end)) {
            return Ok(None);
        }
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok()).ok_or(())?;
        self.budget = self.budget.checked_sub(size).filter(|_| size <= LIMIT).ok_or(())?;
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| ())? + 1];
        self.answer.read_exact(&mut bytes).map_err(|_| ())?;
        bytes.pop();
        running::read(size);
        Ok(head.contains(" blob ").then_some(bytes))
    }
}

fn git() -> Command {
    let mut command = Command::new("git");
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1");
    command.env("GIT_TERMINAL_PROMPT", "0");
    // Larger blobs are rejected here, so git need not hold them in memory.
    command.args(["-c", &format!("core.bigFileThreshold={LIMIT}")]);
    command
}

/// The output of git; `None` if it fails.
fn run(arguments: &[&str]) -> Result<Option<Vec<u8>>, Finding> {
    let mut process = Process::start(git().args(arguments), Stdio::null()).map_err(|error| no_git(&error))?;
    let mut text = Vec::new();
    if let Some(answer) = process.answer.take() {
        let _ = answer.take(ANSWER).read_to_end(&mut text);
    }
    match process.end() {
        End::Well => Ok(Some(text)),
        End::Badly(_) | End::Signal(_) => Ok(None),
        End::Killed | End::Left => Err(too_long(arguments)),
    }
}

fn no_git(error: &io::Error) -> Finding {
    if error.kind() == io::ErrorKind::NotFound {
        return Finding::error(ids::GIT, "cannot run `git`, which is needed to read revisions")
            .help("install git, or compare directories instead");
    }
    Finding::error(ids::GIT, format!("cannot run `git`, which is needed to read revisions: {}", words(error)))
}

fn too_long(arguments: &[&str]) -> Finding {
    let command = arguments.first().copied().unwrap_or_default();
    Finding::error(ids::GIT, format!("`git {command}` timed out"))
        .help("`.git` may be damaged or contain a pipe: try `git fsck`, or compare directories instead")
}

/// The finding for an error while reading `shown`: the finding in it, or one about git.
fn broken(shown: &str, error: anyhow::Error) -> Finding {
    match error.downcast::<Finding>() {
        Ok(finding) => finding,
        Err(error) => Finding::error(ids::GIT, format!("git cannot read all of `{shown}`: {}", chain(&error)))
            .help("the clone may be partial or damaged: try `git fsck`, or fetch the revision again"),
    }
}

/// An error and its causes, in words that do not depend on the system or locale.
fn chain(error: &anyhow::Error) -> String {
    let causes = error.chain().map(|cause| cause.downcast_ref::<io::Error>().map_or_else(|| cause.to_string(), words));
    causes.collect::<Vec<_>>().join(": ")
}
