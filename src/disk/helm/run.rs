//! Starts `helm`: found by PATH, without a shell, with an environment of its own, and within bounds.

use crate::chart::Answer;
use crate::chart::Request;
use crate::disk::cause::words;
use crate::disk::helm::copy::Copies;
use crate::disk::process::End;
use crate::disk::process::Process;
use crate::disk::process::Terms;
use crate::finding::Finding;
use crate::finding::ids;
use crate::stack::Version;
use std::fs;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

/// How long a run may take. The largest charts take a second or two.
const TIME: Duration = Duration::from_secs(20);
/// The most that a chart may print.
const PRINTED: u64 = 32 << 20;
/// The most of stderr that is read.
const ERRORS: u64 = 64 << 10;
/// The most memory for data, and from where on Go's collector works harder.
#[cfg(unix)]
const MEMORY: u64 = 1 << 30;
const SOFT_MEMORY: &str = "512MiB";

/// The installed Helm.
pub(super) struct Program(PathBuf);

/// What a run printed.
pub(super) struct Printed {
    pub(super) well: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Program {
    /// The first `helm` in an absolute folder of PATH: a relative one could be part of a stranger's repository.
    pub(super) fn find() -> Result<Program, Box<Finding>> {
        let name = if cfg!(windows) { "helm.exe" } else { "helm" };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        let found = folders.map(|folder| folder.join(name)).find(|path| is_program(path));
        found.map(Program).ok_or_else(|| {
            Box::new(
                Finding::error(ids::HELM, "cannot find `helm`, which renders the charts of this profile")
                    .help("install Helm 3.13 or newer, or Helm 4, into a folder of PATH"),
            )
        })
    }

    /// The minor version, such as `3.18`.
    pub(super) fn version(&self, copies: &Copies) -> Result<String, Box<Finding>> {
        let mut command = self.command(copies)?;
        let printed = run(command.args(["version", "--short"]), None, "`helm version`")?;
        let text = String::from_utf8_lossy(&printed.stdout).trim().to_string();
        let number = text.trim_start_matches("Client: ").trim_start_matches('v');
        let unsuitable = |what: &str| {
            Box::new(
                Finding::error(ids::HELM, format!("{what}, but charts need Helm 3.13 or newer, or Helm 4"))
                    .help("install such a version, or put it first in PATH"),
            )
        };
        let version = Version::read(number.split('+').next().unwrap_or_default()).filter(|_| printed.well);
        let Some(version) = version else {
            return Err(unsuitable("the installed `helm` does not say its version"));
        };
        match (version.major(), version.minor()) {
            (3, 13..) | (4, _) => Ok(format!("{}.{}", version.major(), version.minor())),
            (major, minor) => Err(unsuitable(&format!("the installed `helm` is {major}.{minor}"))),
        }
    }

    /// Runs `helm template` on a copy of a chart.
    pub(super) fn template(&self, copies: &Copies, copy: &str, request: &Request) -> Result<Answer, Box<Finding>> {
        let mut command = self.command(copies)?;
        command.args(["template", &request.release, &format!("./{copy}"), "--namespace", &request.namespace]);
        command.args(["--kube-version", &request.kubernetes, "--values", "-"]);
        if request.crds {
            command.arg("--include-crds");
        }
        if !request.api_versions.is_empty() {
            command.args(["--api-versions", &request.api_versions.join(",")]);
        }
        let what = format!("`helm template` of `{}`", request.path);
        let printed = run(&mut command, Some(request.values.as_bytes()), &what)?;
        let stderr = printed.stderr.replace(&format!("./{copy}"), &request.path).replace(copy, &request.path);
        let text = match printed.well {
            false => None,
            true => match String::from_utf8(printed.stdout) {
                Ok(text) => Some(Arc::from(text)),
                Err(_) => {
                    let message = format!("what {what} prints is not UTF-8");
                    return Err(Box::new(
                        Finding::error(ids::NOT_UTF8, message).help("save the chart's files as UTF-8"),
                    ));
                }
            },
        };
        Ok(Answer { text, other: None, stderr })
    }

    /// Runs `helm pull`, in the environment of whoever asked for it.
    pub(super) fn pull(&self, arguments: &[&str], into: &Path) -> Result<Printed, Box<Finding>> {
        let mut command = Command::new(&self.0);
        command.arg("pull").args(arguments).arg("--destination").arg(into);
        run_within(&mut command, None, "`helm pull`", Duration::from_secs(300))
    }

    fn command(&self, copies: &Copies) -> Result<Command, Box<Finding>> {
        let root = copies.root()?;
        let mut command = Command::new(&self.0);
        command.current_dir(&root).env_clear().env("HOME", &root).env("TMPDIR", &root);
        for (name, folder) in [
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_DATA_HOME", "data"),
            ("KUBECONFIG", "none"),
        ] {
            command.env(name, root.join(folder));
        }
        command.env("HELM_PLUGINS", root.join("plugins")).env("HELM_NO_PLUGINS", "1");
        command.env("LC_ALL", "C").env("TZ", "UTC").env("GOMEMLIMIT", SOFT_MEMORY);
        #[cfg(windows)]
        if let Some(system) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", system);
        }
        bound(&mut command);
        Ok(command)
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file())
}

/// Bounds the processor time and the memory of a command, and ends it with this program.
#[cfg(unix)]
fn bound(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let limits = || {
        let limit = |resource, most: u64| {
            let most = libc::rlim_t::try_from(most).unwrap_or(libc::RLIM_INFINITY);
            let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
            // SAFETY: the call only reads the given struct; it is async-signal-safe.
            unsafe { libc::setrlimit(resource, &raw const limit) };
        };
        limit(libc::RLIMIT_CPU, TIME.as_secs());
        limit(libc::RLIMIT_DATA, MEMORY);
        limit(libc::RLIMIT_CORE, 0);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        // SAFETY: the call takes only numbers; it is async-signal-safe.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL)
        };
        Ok(())
    };
    // SAFETY: between fork and exec, the closure allocates nothing, takes no lock and makes only the calls above.
    unsafe { command.pre_exec(limits) };
}

#[cfg(not(unix))]
fn bound(_: &mut Command) {}

fn run(command: &mut Command, stdin: Option<&[u8]>, what: &str) -> Result<Printed, Box<Finding>> {
    run_within(command, stdin, what, TIME)
}

fn run_within(
    command: &mut Command,
    stdin: Option<&[u8]>,
    what: &str,
    time: Duration,
) -> Result<Printed, Box<Finding>> {
    let pipe = if stdin.is_some() { Stdio::piped() } else { Stdio::null() };
    let terms = Terms { silence: time, total: time, stderr: true };
    let mut process = Process::start_within(command, pipe, terms).map_err(|error| {
        Box::new(
            Finding::error(ids::HELM, format!("cannot run `helm`: {}", words(&error)))
                .help("install Helm 3.13 or newer, or Helm 4"),
        )
    })?;
    let (ask, answer, errors) = (process.ask.take(), process.answer.take(), process.errors.take());
    let (stdout, stderr) = std::thread::scope(|scope| {
        let stderr = scope.spawn(|| read(errors, ERRORS).0);
        if let (Some(mut ask), Some(text)) = (ask, stdin) {
            // A program that does not read all of it is heard anyway.
            scope.spawn(move || drop(ask.write_all(text)));
        }
        let stdout = read(answer, PRINTED);
        if stdout.1 {
            process.kill();
        }
        (stdout, stderr.join().unwrap_or_default())
    });
    let end = process.end();
    let (stdout, more) = stdout;
    let refuse = |why: String, help: &str| Err(Box::new(Finding::error(ids::HELM, format!("{what} {why}")).help(help)));
    if more {
        return refuse(format!("prints more than {} MiB", PRINTED >> 20), "look for a loop in the chart's templates");
    }
    match end {
        End::Killed => refuse(
            format!("takes more than {} s", time.as_secs()),
            "look for a loop in the chart's templates, or for a slow disk or network",
        ),
        End::Well | End::Badly => {
            let stderr = String::from_utf8_lossy(&stderr).into_owned();
            if end == End::Badly && OUT_OF_MEMORY.iter().any(|words| stderr.contains(words)) {
                return refuse("takes more than 1 GiB of memory".to_string(), "look for values that grow in a loop");
            }
            if end == End::Badly && stderr.trim().is_empty() {
                return refuse(
                    "was ended by the system".to_string(),
                    "it may have taken more than 20 s of processor time; look for a loop in the chart's templates",
                );
            }
            Ok(Printed { well: end == End::Well, stdout, stderr })
        }
    }
}

/// What Go's runtime says when the system refuses memory, also that of a thread (`runtime/malloc.go`, `runtime/os_linux.go`,
/// `runtime/cgo/gcc_libinit.c`).
const OUT_OF_MEMORY: [&str; 4] =
    ["out of memory", "cannot allocate memory", "failed to create new OS thread", "pthread_create failed"];

/// Reads at most `limit` bytes; also whether there are more.
fn read(from: Option<impl Read>, limit: u64) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let Some(mut from) = from else { return (bytes, false) };
    let _ = from.by_ref().take(limit).read_to_end(&mut bytes);
    let more =
        bytes.len() as u64 == limit && io::copy(&mut from.take(1), &mut io::sink()).is_ok_and(|length| length > 0);
    (bytes, more)
}
