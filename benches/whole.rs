//! Times the whole program against `cp -r` of its output, and against minijinja-cli if that is on the PATH. `cargo
//! bench --bench whole [-- PAIRS]`
//!
//! Ten interleaved pairs, each in an empty folder of `target/`: medians with their spread, and their ratio. Peak memory
//! comes from GNU time (`/usr/bin/time`), if it is installed.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench runs programs and prints times"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use support::MESHTRACE;
use support::big;
use support::command;
use support::fresh;
use support::line;
use support::median;
use support::size;
use support::time;

fn main() {
    let pairs: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("whole");
    for (services, image) in [(1_000, false), (10_000, false), (1_000, true), (10_000, true)] {
        case(&root, services, image, pairs);
    }
    for renders in [100, 1_000] {
        fleet(&root, renders, pairs);
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

/// Many renders of some thirty objects, as for a cluster each: new, changed in every render, and with nothing to do.
fn fleet(root: &Path, renders: usize, pairs: usize) {
    let folder = fresh(root);
    fs::create_dir_all(folder.join("profiles/clusters")).unwrap();
    fs::write(folder.join("profiles/big.yaml"), big(8, true)).unwrap();
    fs::write(folder.join("meshtrace.yaml"), "renders: {\"clusters/*\": [big, \"clusters/*\"]}\n").unwrap();
    for number in 0..renders {
        fs::write(folder.join(format!("profiles/clusters/c{number}.yaml")), format!("vars: {{n: {number}}}\n"))
            .unwrap();
    }
    let render = || command(MESHTRACE, &["render"], &folder);
    time(render());
    let (files, bytes) = size(&folder.join("out"));
    println!("{renders} renders: {files} files, {bytes} bytes");
    let (mut fresh_render, mut changed, mut no_op, mut copy) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for pair in 0..pairs {
        let _ = fs::remove_dir_all(folder.join("out"));
        fresh_render.push(time(render()));
        no_op.push(time(render()));
        let level = if pair % 2 == 0 { "debug" } else { "info" };
        fs::write(folder.join("profiles/base.yaml"), format!("consul: {{logLevel: {level}}}\n")).unwrap();
        changed.push(time(render()));
        let _ = fs::remove_dir_all(folder.join("copy"));
        copy.push(time(command("cp", &["-r", "out", "copy"], &folder)));
    }
    let base = median(&mut copy);
    line("cp -r", &mut copy, base);
    line("render", &mut fresh_render, base);
    line("changed render", &mut changed, base);
    line("no-op render", &mut no_op, base);
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

fn peak(folder: &Path) -> Option<f64> {
    let arguments = ["-f", "%M", "-o", "peak", MESHTRACE, "render", "-p", "big", "--profiles", "profiles", "-o", "out"];
    command("/usr/bin/time", &arguments, folder).status().ok()?;
    fs::read_to_string(folder.join("peak")).ok()?.trim().parse().ok()
}
