//! Shared by the benches: running programs, medians, and profiles of many services.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// The program.
pub(crate) const MESHTRACE: &str = env!("CARGO_BIN_EXE_meshtrace");

pub(crate) fn command(program: &str, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

pub(crate) fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    let status = command.status().expect("the program starts");
    let took = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 1)), "{command:?} failed");
    took
}

pub(crate) fn line(name: &str, runs: &mut [Duration], base: Duration) {
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

pub(crate) fn median(runs: &mut [Duration]) -> Duration {
    runs.sort();
    runs[runs.len() / 2]
}

pub(crate) fn size(folder: &Path) -> (u64, u64) {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).fold((0, 0), |(files, bytes), entry| {
        let more = match entry.file_type().unwrap().is_dir() {
            true => size(&entry.path()),
            false => (1, entry.metadata().unwrap().len()),
        };
        (files + more.0, bytes + more.1)
    })
}

pub(crate) fn fresh(root: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(root);
    fs::create_dir_all(root).unwrap();
    root.to_path_buf()
}

pub(crate) fn big(services: usize, image: bool) -> String {
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
