//! A project in a temporary folder, and the program run there.

use crate::common::bless;
use snapbox::IntoData;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

/// A folder that is deleted on drop.
pub(crate) struct Project {
    dir: tempfile::TempDir,
}

impl Project {
    /// With a `meshtrace.yaml` that renders `site`.
    pub(crate) fn new() -> Project {
        Project::bare().file("meshtrace.yaml", "requires: \"0.1\"\nrenders: {site: [site]}\n")
    }

    /// Empty.
    pub(crate) fn bare() -> Project {
        Project { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Project {
        self.put(path, content);
        self
    }

    /// `profiles/<name>.yaml`.
    pub(crate) fn profile(self, name: &str, text: impl AsRef<[u8]>) -> Project {
        self.file(&format!("profiles/{name}.yaml"), text)
    }

    /// `templates/<path>`.
    pub(crate) fn template(self, path: &str, text: impl AsRef<[u8]>) -> Project {
        self.file(&format!("templates/{path}"), text)
    }

    pub(crate) fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_in("", args)
    }

    /// Runs in a folder of the project.
    #[track_caller]
    pub(crate) fn run_in(&self, folder: &str, args: &[&str]) -> Run {
        let before = tree(self.dir.path());
        let output = self.command(folder, args).output().unwrap();
        let changed = before != tree(self.dir.path());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        let stderr = text(output.stderr);
        let code = output.status.code().unwrap_or_else(|| panic!("{args:?} died: {}\n{stderr}", output.status));
        assert!(!stderr.contains("panicked at"), "{args:?}\n{stderr}");
        assert!(
            !stderr.contains(&*self.dir.path().to_string_lossy()),
            "the output contains an absolute path\n{stderr}"
        );
        well_said(&stderr);
        Run { code, stdout: text(output.stdout), stderr, changed }
    }

    /// The program with a clean environment.
    pub(crate) fn command(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshtrace"));
        command.args(args).current_dir(self.path(folder)).env_clear().stdin(Stdio::null());
        command
    }
}

/// The result of a run.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) changed: bool,
}

impl Run {
    /// Asserts failure: exit code 2, nothing on stdout, no file changed, and exactly this on stderr.
    #[track_caller]
    pub(crate) fn fails(self, stderr: impl IntoData) {
        assert_eq!((self.code, &*self.stdout), (2, ""), "{}", self.stderr);
        assert!(!self.changed, "something was written");
        bless::inline(self.stderr, stderr);
    }

    /// Asserts exit code `code` and exactly this on stdout and stderr.
    #[track_caller]
    pub(crate) fn says(self, code: i32, stdout: impl IntoData, stderr: impl IntoData) {
        assert_eq!(self.code, code, "{}", self.stderr);
        bless::inline(self.stdout, stdout);
        bless::inline(self.stderr, stderr);
    }

    /// Asserts success; returns stdout.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
    }

    /// Asserts failure with `parts` in the message, and no file changed.
    #[track_caller]
    pub(crate) fn refuses(self, parts: &[&str]) {
        assert_eq!((self.code, &*self.stdout), (2, ""), "{}", self.stderr);
        assert!(!self.changed, "something was written");
        for part in parts {
            assert!(self.stderr.contains(part), "missing `{part}` in\n{}", self.stderr);
        }
    }

    /// Asserts that nothing was written.
    #[track_caller]
    pub(crate) fn untouched(self) -> Run {
        assert!(!self.changed, "something was written");
        self
    }
}

/// Files with their bytes, links with their targets.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if kind.is_dir() {
                files.insert(name + "/", Vec::new());
                folders.push(path);
            } else if kind.is_symlink() {
                files.insert(name, fs::read_link(&path).unwrap().to_string_lossy().into_owned().into());
            } else if kind.is_file() {
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Checks the style of every message in every test: lower case, no period at the end, paired backticks, no control
/// characters.
#[track_caller]
fn well_said(stderr: &str) {
    for line in stderr.lines() {
        let hidden = |c: char| c.is_control() && c != '\t' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!line.contains(hidden), "control characters in {line:?}");
        let said = ["error[", "warning[", "info["].iter().any(|kind| line.starts_with(kind));
        let message = match line.split_once("]: ") {
            Some((_, message)) if said => message,
            _ => match line.trim_start().strip_prefix("= help: ").or(line.trim_start().strip_prefix("= note: ")) {
                Some(message) => message,
                None => continue,
            },
        };
        let word = message.split([' ', ':']).next().unwrap_or_default();
        // Names keep their capitals, and so do the kinds of objects: ConfigMap `x`.
        let name = ["Consul", "Kubernetes", "YAML"].contains(&word) || message[word.len()..].starts_with(" `");
        assert!(name || !word.starts_with(char::is_uppercase), "a message begins with a capital letter: {line}");
        assert!(!message.ends_with('.') || message.ends_with("..."), "a message ends with a period: {line}");
        assert!(message.matches('`').count() % 2 == 0, "an unpaired backtick: {line}");
    }
}
