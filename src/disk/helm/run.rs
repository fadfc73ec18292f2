//! Starts `helm`: found by PATH, without a shell, with an environment of its own, and within bounds.

use crate::chart::Answer;
use crate::chart::Request;
use crate::chart::said;
use crate::disk::cause::words;
use crate::disk::helm::copy::Copies;
use crate::disk::helm::listen;
use crate::disk::process::End;
use crate::disk::process::Process;
use crate::disk::process::Terms;
use crate::finding::Finding;
use crate::finding::ids;
use crate::stack::Version;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

/// How long a run may take. The largest charts take a second or two.
const TIME: Duration = Duration::from_secs(20);
/// How much longer its output may be open than it may run.
const GRACE: Duration = Duration::from_secs(1);
/// The signal that cannot be caught; its number is the same on all of Unix.
const SIGKILL: i32 = 9;
/// The most memory for data, and from where on Go's collector works harder.
#[cfg(unix)]
const MEMORY: u64 = 1 << 30;
const SOFT_MEMORY: &str = "512MiB";
/// By how many percent the heap may grow before Go's collector runs. Its default of 100 costs a tenth of a run, and
/// what Helm reads at its start is most of the heap.
const COLLECT: &str = "400";

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
        let what = What { name: "`helm version`", too_much: "put the real `helm` first in PATH" };
        let printed = run(command.args(["version", "--short"]), None, &what, TIME)?;
        if !printed.well {
            let said = said(&printed.stderr).message;
            let message = format!("`helm version` fails: {}", said.escape_debug());
            return Err(Box::new(Finding::error(ids::HELM, message).help(
                "put the real `helm` first in PATH: it runs without your environment, which a script around it may need",
            )));
        }
        let text = String::from_utf8_lossy(&printed.stdout).trim().to_string();
        let number = text.trim_start_matches("Client: ").trim_start_matches('v');
        let unsuitable = |what: &str| {
            Box::new(
                Finding::error(ids::HELM, format!("{what}, but charts need Helm 3.13 or newer, or Helm 4"))
                    .help("install such a version, or put it first in PATH"),
            )
        };
        let Some(version) = Version::read(number.split('+').next().unwrap_or_default()) else {
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
        let name = format!("`helm template` of `{}`", request.path);
        let what = What { name: &name, too_much: "look for a loop in the chart's templates" };
        let printed = run(&mut command, Some(request.values.as_bytes()), &what, TIME)?;
        let stderr = printed.stderr.replace(&format!("./{copy}"), &request.path).replace(copy, &request.path);
        let text = match printed.well {
            false => None,
            true => match String::from_utf8(printed.stdout) {
                Ok(text) => Some(Arc::from(text)),
                Err(_) => {
                    let message = format!("what {name} prints is not UTF-8");
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
        let what = What { name: "`helm pull`", too_much: "look for a slow network" };
        run(&mut command, None, &what, Duration::from_secs(300))
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
        command.env("LC_ALL", "C").env("TZ", "UTC").env("GOMEMLIMIT", SOFT_MEMORY).env("GOGC", COLLECT);
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

/// What is run, for messages.
struct What<'a> {
    name: &'a str,
    /// What to do if it takes too much.
    too_much: &'a str,
}

impl What<'_> {
    fn refuse<T>(&self, why: &str, help: &str) -> Result<T, Box<Finding>> {
        Err(Box::new(Finding::error(ids::HELM, format!("{} {why}", self.name)).help(help)))
    }
}

/// Runs a command to its end. Err: it cannot be run, takes too much, or says nothing of why it fails.
fn run(command: &mut Command, stdin: Option<&[u8]>, what: &What<'_>, time: Duration) -> Result<Printed, Box<Finding>> {
    let pipe = if stdin.is_some() { Stdio::piped() } else { Stdio::null() };
    let terms = Terms { silence: time, total: time, stderr: true };
    let mut process = Process::start_within(command, pipe, terms).map_err(|error| {
        Box::new(
            Finding::error(ids::HELM, format!("cannot run `helm`: {}", words(&error)))
                .help("install Helm 3.13 or newer, or Helm 4"),
        )
    })?;
    let heard = listen::all(&mut process, stdin, time + GRACE);
    let end = process.end();
    if heard.too_much {
        return what.refuse(&format!("prints more than {} MiB", listen::MOST >> 20), what.too_much);
    }
    let stderr = String::from_utf8_lossy(&heard.stderr).into_owned();
    let is_silent = stderr.trim().is_empty();
    let end_alone = "run it yourself to see why";
    match end {
        End::Killed => what.refuse(&format!("takes more than {} s", time.as_secs()), what.too_much),
        End::Left => what.refuse(
            &format!("ends, but something that it started kept its output open for {} s", time.as_secs()),
            "put the real `helm` first in PATH, instead of a script around it",
        ),
        End::Badly(_) | End::Signal(_) if OUT_OF_MEMORY.iter().any(|words| stderr.contains(words)) => {
            what.refuse("takes more than 1 GiB of memory", "look for values that grow in a loop")
        }
        // The system's limit of processor time sends it, and so does a system without memory.
        End::Signal(SIGKILL) if is_silent => what.refuse(
            "was killed",
            "it may have taken more than 20 s of processor time, as a loop in a template does, or the system is out of memory",
        ),
        End::Signal(signal) if is_silent => what.refuse(&format!("was ended by signal {signal}"), end_alone),
        End::Badly(code) if is_silent => {
            what.refuse(&format!("failed with exit code {code} and without a message"), end_alone)
        }
        End::Well | End::Badly(_) | End::Signal(_) => {
            Ok(Printed { well: end == End::Well, stdout: heard.stdout, stderr })
        }
    }
}

/// What Go's runtime says when the system refuses memory, also that of a thread (`runtime/malloc.go`, `runtime/os_linux.go`,
/// `runtime/cgo/gcc_libinit.c`).
const OUT_OF_MEMORY: [&str; 4] =
    ["out of memory", "cannot allocate memory", "failed to create new OS thread", "pthread_create failed"];
