//! Times the whole program against `cp -r` of what it writes, and against minijinja-cli where that is on the PATH.
//! `cargo bench --bench whole [-- PAIRS]`
//!
//! Ten interleaved pairs, each in an empty folder of `target/`: medians with their spread, and their ratio. Peak memory
//! comes from GNU time (`/usr/bin/time`), where there is one.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench runs programs and prints times"
)]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

const MESHTRACE: &str = env!("CARGO_BIN_EXE_meshtrace");

fn main() {
    let pairs: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whole");
    for (services, image) in [(1_000, false), (10_000, false), (1_000, true)] {
        case(&root, services, image, pairs);
    }
    start_up(&root, pairs);
    let _ = fs::remove_dir_all(&root);
}

fn case(root: &Path, services: usize, image: bool, pairs: usize) {
    let folder = fresh(root);
    fs::create_dir_all(folder.join("profiles")).unwrap();
    fs::write(folder.join("profiles/big.yaml"), big(services, image)).unwrap();
    let render = || command(MESHTRACE, &["render", "-p", "big", "--profiles", "profiles", "-o", "out"], &folder);
    time(render());
    let (files, bytes) = size(&folder.join("out"));
    println!("{services} services {} image: {files} files, {bytes} bytes", if image { "with" } else { "without" });

    let (mut fresh_render, mut no_op, mut copy) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let _ = fs::remove_dir_all(folder.join("out"));
        fresh_render.push(time(render()));
        no_op.push(time(render()));
        let _ = fs::remove_dir_all(folder.join("copy"));
        copy.push(time(command("cp", &["-r", "out", "copy"], &folder)));
    }
    let base = median(&mut copy);
    line("cp -r", &mut copy, base);
    line("render", &mut fresh_render, base);
    line("no-op render", &mut no_op, base);
    let _ = fs::remove_dir_all(folder.join("out"));
    if let Some(kibibytes) = peak(&folder) {
        println!(
            "  peak memory    {:8.1} MB  {:.1} x the output",
            kibibytes * 1024.0 / 1e6,
            kibibytes * 1024.0 / bytes as f64
        );
    }
}

fn start_up(root: &Path, pairs: usize) {
    println!("one composition to stdout");
    let folder = fresh(root);
    fs::write(folder.join("t.yaml"), "name: {{ name }}\n").unwrap();
    fs::write(folder.join("v.json"), "{\"name\": \"x\"}").unwrap();
    let (mut version, mut stdout, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    let has_peer = Command::new("minijinja-cli").arg("--version").output().is_ok();
    for _ in 0..pairs * 3 {
        version.push(time(command(MESHTRACE, &["--version"], &folder)));
        stdout.push(time(command(MESHTRACE, &["render", "-p", "dev"], &folder)));
        if has_peer {
            peer.push(time(command("minijinja-cli", &["t.yaml", "v.json"], &folder)));
        }
    }
    let base = if has_peer { median(&mut peer) } else { median(&mut version) };
    if has_peer {
        line("minijinja-cli", &mut peer, base);
    }
    line("--version", &mut version, base);
    line("render -p dev", &mut stdout, base);
}

fn command(program: &str, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    let status = command.status().expect("the program starts");
    let took = start.elapsed();
    assert!(status.success(), "{command:?} failed");
    took
}

fn line(name: &str, runs: &mut [Duration], base: Duration) {
    let middle = median(runs);
    let ms = |time: &Duration| time.as_secs_f64() * 1000.0;
    let ratio = middle.as_secs_f64() / base.as_secs_f64();
    println!(
        "  {name:14} {:8.1} ms  ({:.1} to {:.1})  {ratio:.2} x",
        ms(&middle),
        ms(&runs[0]),
        ms(&runs[runs.len() - 1])
    );
}

fn median(runs: &mut [Duration]) -> Duration {
    runs.sort();
    runs[runs.len() / 2]
}

fn peak(folder: &Path) -> Option<f64> {
    let arguments = ["-f", "%M", "-o", "peak", MESHTRACE, "render", "-p", "big", "--profiles", "profiles", "-o", "out"];
    command("/usr/bin/time", &arguments, folder).status().ok()?;
    fs::read_to_string(folder.join("peak")).ok()?.trim().parse().ok()
}

fn size(folder: &Path) -> (u64, u64) {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).fold((0, 0), |(files, bytes), entry| {
        let more = match entry.file_type().unwrap().is_dir() {
            true => size(&entry.path()),
            false => (1, entry.metadata().unwrap().len()),
        };
        (files + more.0, bytes + more.1)
    })
}

fn fresh(root: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(root);
    fs::create_dir_all(root).unwrap();
    root.to_path_buf()
}

fn big(services: usize, image: bool) -> String {
    let mut text = String::from("services:\n");
    for index in 0..services {
        let port = 8000 + index % 1000;
        text.push_str(&match image {
            true => format!(
                "  svc-{index}: {{image: \"docker.io/org/svc:1.2.{index}\", port: {port}, calls: [svc-{}]}}\n",
                (index + 1) % services
            ),
            false => format!("  svc-{index}: {{port: {port}, protocol: {}}}\n", ["http", "grpc"][index % 2]),
        });
    }
    text
}
