//! Runs Helm: the charts of a project, read and digested, and `helm template` on a copy of them.
//!
//! In: a [`Request`]. Out: an [`Answer`], the same on every machine: Helm sees only files that were read and digested here,
//! copied to a temporary folder, an environment without the user's settings, plugins and clusters, and no network. A
//! stranger's chart has the bounds of [`run`]. Equal requests are made once.

mod copy;
mod listen;
mod pull;
mod run;

use crate::chart::Answer;
use crate::chart::Chart;
use crate::chart::Helm;
use crate::chart::LOCK;
use crate::chart::Lock;
use crate::chart::Request;
use crate::disk::git::AtRevision;
use crate::disk::git::at_revision;
use crate::disk::outside::project_entry;
use crate::disk::outside::what;
use crate::disk::read::is_there;
use crate::disk::read::read_alone;
use crate::disk::read::read_project_bytes;
use crate::disk::read::read_project_text;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use copy::Copies;
use run::Program;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

pub use pull::Pulled;
pub use pull::pull;
pub use pull::store_lock;

/// A result that several renders share.
type Shared<T> = Result<Arc<T>, Box<Finding>>;

/// Where charts are.
#[derive(Clone, Debug)]
pub enum ChartsOf {
    /// In the project whose folder this prefix leads to: empty, or `../` and the like.
    Project(String),
    /// In the same project at a revision; the prefix leads there from the top of the repository.
    Revision(String, String),
    /// Nowhere: there is no `meshtrace.yaml`.
    Nothing,
}

/// The charts of a project and the installed Helm.
pub struct Charts {
    at: ChartsOf,
    /// Whether charts and Helm have to be those of the lock.
    locked: bool,
    lock: OnceLock<Result<Lock, Box<Finding>>>,
    charts: Mutex<BTreeMap<String, Shared<Chart>>>,
    answers: Mutex<BTreeMap<Request, Arc<OnceLock<Shared<Answer>>>>>,
    program: OnceLock<Result<Program, Box<Finding>>>,
    version: OnceLock<Result<String, Box<Finding>>>,
    copies: Copies,
}

impl Charts {
    /// The charts at `at`. Reads nothing yet.
    pub fn new(at: ChartsOf) -> Charts {
        Charts {
            at,
            locked: true,
            lock: OnceLock::new(),
            charts: Mutex::default(),
            answers: Mutex::default(),
            program: OnceLock::new(),
            version: OnceLock::new(),
            copies: Copies::default(),
        }
    }

    /// The same without a look at the lock: to write it.
    #[must_use]
    pub fn unlocked(self) -> Charts {
        Charts { locked: false, ..self }
    }

    /// The minor version of the installed Helm, such as `3.18`.
    ///
    /// # Errors
    /// Returns the finding to report if there is none, or it is not suitable.
    pub fn helm_version(&self) -> Result<String, Box<Finding>> {
        self.version.get_or_init(|| self.program()?.version(&self.copies)).clone()
    }

    fn program(&self) -> Result<&Program, Box<Finding>> {
        self.program.get_or_init(Program::find).as_ref().map_err(Clone::clone)
    }

    /// The lock; empty if there is none.
    ///
    /// # Errors
    /// Returns the finding to report if it cannot be read.
    pub fn lock(&self) -> Result<Lock, Box<Finding>> {
        // Not `get_or_init`: reading YAML may run other jobs on this thread, which would wait for the lock.
        match self.lock.get() {
            Some(lock) => lock.clone(),
            None => {
                let read = self.read_lock();
                self.lock.get_or_init(|| read).clone()
            }
        }
    }

    fn read_lock(&self) -> Result<Lock, Box<Finding>> {
        let (name, text) = match &self.at {
            ChartsOf::Nothing => return Ok(Lock::default()),
            ChartsOf::Project(prefix) => {
                let name = format!("{prefix}{LOCK}");
                if !is_there(Path::new(&name)) {
                    return Ok(Lock::default());
                }
                let text = read_project_text(Path::new(&name), &name)?;
                (name, text)
            }
            ChartsOf::Revision(revision, prefix) => {
                let path = format!("{prefix}{LOCK}");
                match at_revision(revision, &path, &mut Findings::default())? {
                    AtRevision::File(bytes) => {
                        (format!("git:{revision}:{path}"), String::from_utf8_lossy(&bytes).into_owned())
                    }
                    AtRevision::Nothing | AtRevision::Folder(_) => return Ok(Lock::default()),
                }
            }
        };
        let mut found = Findings::default();
        let lock = match self.locked {
            true => Lock::read(&name, &text, &mut found),
            false => Lock::read_merged(&name, &text, &mut found),
        };
        lock.ok_or_else(|| first(found, &name))
    }

    fn read_chart(&self, path: &str) -> Result<Chart, Box<Finding>> {
        let path = path.trim_end_matches('/');
        match &self.at {
            ChartsOf::Nothing => Err(Box::new(
                Finding::error(
                    ids::NO_PROJECT,
                    format!("`{path}` is relative to a `meshtrace.yaml`, and there is none"),
                )
                .help("create it with `meshtrace init`"),
            )),
            ChartsOf::Project(prefix) => of_project(prefix, path),
            ChartsOf::Revision(revision, prefix) => of_revision(revision, prefix, path),
        }
    }

    fn held(&self, chart: Chart) -> Result<Chart, Box<Finding>> {
        let lock = match self.lock() {
            Err(_) if !self.locked => return Ok(chart),
            lock => lock?,
        };
        let other = lock.charts.get(&chart.path).filter(|held| held.digest != chart.digest);
        let before = other.and_then(|held| Some((held, chart.before_checkout()?)));
        let converted = before.is_some();
        if let Some((held, before)) = before
            && held.digest == before.digest
        {
            // Helm gets the chart that was locked, to the byte.
            return Ok(before);
        }
        if !self.locked {
            return Ok(chart);
        }
        let refuse = |message: String| {
            let path = &chart.path;
            let again = format!("if the chart is the one you want, run `meshtrace charts lock {path}`");
            let help = match converted {
                true => format!(
                    "it has CRLF line ends, which git may have put there on checkout: add the line `{path}/** -text` to \
                     `.gitattributes`, and check the chart out again; {again}"
                ),
                false => again,
            };
            Err(Box::new(Finding::error(ids::CHART_LOCK, message).help(help)))
        };
        match lock.charts.get(&chart.path) {
            None => refuse(format!("`{LOCK}` does not hold the chart `{}`", chart.path)),
            Some(held) if held.digest != chart.digest => refuse(format!(
                "the chart `{}` ({} {}) has the digest {}, but `{LOCK}` holds {} ({} {})",
                chart.path, chart.name, chart.version, chart.digest, held.digest, held.name, held.version
            )),
            Some(_) => Ok(chart),
        }
    }

    fn ask(&self, request: &Request) -> Result<Arc<Answer>, Box<Finding>> {
        let program = self.program()?;
        // The version is asked for at the same time, since starting Helm takes as long as many charts.
        let (version, rendered) = std::thread::scope(|scope| {
            let version = scope.spawn(|| self.helm_version());
            let rendered = self.chart(&request.path).and_then(|chart| self.copies.of(&chart)).map(|copy| {
                let template = move || program.template(&self.copies, &copy, request);
                let second = request.twice.then(|| scope.spawn(template.clone()));
                (template(), second.map(join))
            });
            (join(version), rendered)
        });
        let (first, second) = rendered?;
        let version = version?;
        if self.locked {
            let held = self.lock()?.helm;
            if held != version {
                let message = format!("the installed `helm` is {version}, but `{LOCK}` was written with {held}");
                let help = format!(
                    "install helm {held}, or run `meshtrace charts lock` and read the diff of the next render: another \
                     minor version may render other objects"
                );
                return Err(Box::new(Finding::error(ids::CHART_LOCK, message).help(help)));
            }
        }
        let first = first?;
        let other = match second {
            Some(second) => second?.text.filter(|text| Some(text) != first.text.as_ref()),
            None => None,
        };
        Ok(Arc::new(Answer { other, ..first }))
    }
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Helm for Charts {
    fn chart(&self, path: &str) -> Result<Arc<Chart>, Box<Finding>> {
        let known = |charts: &BTreeMap<String, Shared<Chart>>| charts.get(path).cloned();
        if let Some(chart) = known(&self.charts.lock().unwrap_or_else(PoisonError::into_inner)) {
            return chart;
        }
        let chart = self.read_chart(path).and_then(|chart| self.held(chart)).map(Arc::new);
        let mut charts = self.charts.lock().unwrap_or_else(PoisonError::into_inner);
        charts.entry(path.to_string()).or_insert(chart).clone()
    }

    fn template(&self, request: &Request) -> Result<Arc<Answer>, Box<Finding>> {
        self.lock()?;
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(request.clone()).or_default())
        };
        answer.get_or_init(|| self.ask(request)).clone()
    }
}

fn first(found: Findings, name: &str) -> Box<Finding> {
    let error = found.into_iter().next();
    Box::new(error.unwrap_or_else(|| Finding::error(ids::CANNOT_READ, format!("cannot read `{name}`"))))
}

fn missing(path: &str) -> Box<Finding> {
    Box::new(
        Finding::error(ids::CHART_PATH, format!("the chart `{path}` does not exist in the project"))
            .help("fetch it with `meshtrace charts add`, or copy it there"),
    )
}

fn of_project(prefix: &str, path: &str) -> Result<Chart, Box<Finding>> {
    let shown = format!("{prefix}{path}");
    let file = Path::new(&shown);
    match project_entry(file, &shown)? {
        None => Err(missing(path)),
        Some(kind) if kind.is_file() => Chart::of_archive(path, &read_project_bytes(file, &shown)?),
        Some(kind) if kind.is_dir() => {
            let mut found = Findings::default();
            let mut files = read_alone(file, &shown, &mut found);
            for ignore in ignores(&files) {
                let name = format!("{shown}/{ignore}");
                if is_there(Path::new(&name)) {
                    files.insert(ignore, read_project_text(Path::new(&name), &name)?.into_bytes());
                }
            }
            match found.errors() {
                0 => Chart::of_folder(path, files),
                _ => Err(first(found, &shown)),
            }
        }
        Some(kind) => {
            let message = format!("the chart `{path}` is {}, expected a folder or a file", what(kind));
            Err(Box::new(Finding::error(ids::CHART_INVALID, message).help("replace it with the chart")))
        }
    }
}

/// Where Helm looks for files that say what it ignores; they are hidden, and so not read with the rest.
fn ignores(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let folders = files.keys().filter_map(|path| path.strip_suffix("Chart.yaml"));
    folders
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(|folder| format!("{folder}.helmignore"))
        .collect()
}

fn of_revision(revision: &str, prefix: &str, path: &str) -> Result<Chart, Box<Finding>> {
    let mut found = Findings::default();
    let whole = format!("{prefix}{path}");
    let chart = match at_revision(revision, &whole, &mut found)? {
        AtRevision::Nothing => Err(missing(path)),
        AtRevision::File(bytes) => Chart::of_archive(path, &bytes),
        AtRevision::Folder(mut files) => {
            for ignore in ignores(&files) {
                if let AtRevision::File(bytes) = at_revision(revision, &format!("{whole}/{ignore}"), &mut found)? {
                    files.insert(ignore, bytes);
                }
            }
            Chart::of_folder(path, files)
        }
    };
    if found.errors() > 0 { Err(first(found, &whole)) } else { chart }
}
