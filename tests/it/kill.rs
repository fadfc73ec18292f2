//! SIGKILL at any moment of a render over another one, with foreign files in between. `cargo test` kills few large
//! renders and many small ones; with `MESHTRACE_KILLS=50` it kills fifty large ones, and with `MESHTRACE` set it kills
//! that program, as `tests/real/kill.test` does with the optimised one.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "kills the program and examines the files that it left")]
#![allow(clippy::print_stderr, reason = "prints how many of the kills hit a write")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

const JOURNAL: &str = ".render.journal";
const STAGING: &str = ".meshtrace-tmp";
const FOREIGN: [(&str, &str); 4] = [
    ("notes.md", "mine\n"),
    ("manifests/50-apps/mine.yaml", "a: 1\n"),
    ("manifests/40-mesh/deep/er/mine.txt", ""),
    ("manifests/50-apps/service-s0050.yaml.orig", "kept\n"),
];

type Tree = BTreeMap<String, Vec<u8>>;

fn program(root: &Path, args: &[&str]) -> Command {
    let built = env!("CARGO_BIN_EXE_meshtrace").into();
    let mut command = Command::new(std::env::var_os("MESHTRACE").unwrap_or(built));
    command.args(args).current_dir(root).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[track_caller]
fn run(root: &Path, args: &[&str]) -> Output {
    let output = program(root, args).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn tree(root: &Path) -> Tree {
    let mut files = Tree::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

/// Two profiles that share most names but not their content, and also have names of their own.
fn profile(services: std::ops::Range<usize>, port: usize) -> String {
    let services = services.map(|number| format!("  s{number:04}: {{image: example/a, port: {port}}}\n"));
    format!("services:\n{}", services.collect::<String>())
}

/// A small generator with a fixed seed: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[test]
fn a_small_render_killed_at_forty_moments_loses_nothing_and_the_next_one_repairs_it() {
    kill_renders(100, 40);
}

#[test]
fn a_killed_render_of_3000_objects_loses_nothing_and_the_next_one_repairs_it() {
    let kills = std::env::var("MESHTRACE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8);
    kill_renders(1_000, kills);
}

/// Each service is three objects.
#[track_caller]
fn kill_renders(services: usize, kills: u32) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let out = root.join("out/site");
    fs::create_dir(root.join("profiles")).unwrap();
    fs::write(root.join("meshtrace.yaml"), "renders: {site: [site]}\n").unwrap();
    let profiles = [profile(0..services, 8080), profile(services / 10..services + services / 10, 9090)];
    let choose = |which: usize| fs::write(root.join("profiles/site.yaml"), &profiles[which]).unwrap();

    let mut whole = [Tree::new(), Tree::new()];
    let mut taken = Duration::ZERO;
    for which in [1, 0] {
        choose(which);
        let start = Instant::now();
        run(root, &["render"]);
        taken = start.elapsed();
        if which == 1 {
            for (path, text) in FOREIGN {
                fs::create_dir_all(out.join(path).parent().unwrap()).unwrap();
                fs::write(out.join(path), text).unwrap();
            }
        }
        verify(&out);
        whole[which] = tree(&out);
    }
    assert!(whole[0].len() > 3 * services, "{}", whole[0].len());

    let mut random = Random(42);
    let (mut interrupted, mut finished) = (0, 0);
    for kill in 0..kills {
        let target = 1 - kill as usize % 2;
        choose(target);
        let mut child = program(root, &["render"]).spawn().unwrap();
        // Most of a run is spent in memory, so every second kill is aimed at the part that writes.
        let within = if kill % 4 < 2 {
            taken
        } else {
            while !out.join(STAGING).exists() && child.try_wait().unwrap().is_none() {
                sleep(Duration::from_micros(200));
            }
            taken / 4
        };
        sleep(random.below(within));
        child.kill().unwrap();
        finished += u32::from(child.wait().unwrap().success());

        let said = String::from_utf8(run(root, &["show", "profiles"]).stderr).unwrap();
        let journal = out.join(JOURNAL).exists();
        interrupted += u32::from(journal);
        assert_eq!(said.contains("the last render of `out/site` was interrupted"), journal, "kill {kill}: {said}");
        judge(&tree(&out), &whole[1 - target], &whole[target], kill);

        // The machine is shared with other tests, so the duration of a run varies.
        let start = Instant::now();
        let said = String::from_utf8(run(root, &["render"]).stderr).unwrap();
        taken = start.elapsed();
        assert_eq!(said.contains("completed an interrupted render"), journal, "kill {kill}: {said}");
        assert_eq!(differences(&tree(&out), &whole[target]), Vec::<String>::new(), "kill {kill}");
    }
    verify(&out);
    eprintln!(
        "{interrupted} of {kills} kills interrupted a write, {finished} came too late; the last run took {taken:?}"
    );
    assert!(interrupted >= kills / 10, "only {interrupted} of the kills hit a write");
}

/// After a kill, each file is entirely old or new, and foreign files are unchanged.
#[track_caller]
fn judge(now: &Tree, old: &Tree, new: &Tree, kill: u32) {
    for (path, bytes) in now {
        if path.starts_with(STAGING) || path == JOURNAL {
            continue;
        }
        let known = old.get(path) == Some(bytes) || new.get(path) == Some(bytes);
        assert!(known, "kill {kill}: `{path}` is neither old nor new");
    }
    for path in old.keys().filter(|path| new.contains_key(*path)) {
        assert!(now.contains_key(path), "kill {kill}: `{path}` is lost");
    }
}

fn differences(now: &Tree, whole: &Tree) -> Vec<String> {
    let paths = now.keys().chain(whole.keys());
    let mut paths: Vec<String> = paths.filter(|path| now.get(*path) != whole.get(*path)).cloned().collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Verifies the list with `sha256sum`, if it is installed.
#[track_caller]
fn verify(out: &Path) {
    match Command::new("sha256sum").args(["-c", "--quiet", "render.sha256"]).current_dir(out).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => eprintln!("skipped: no sha256sum here: {error}"),
    }
}
