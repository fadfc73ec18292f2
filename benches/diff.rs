//! Times `meshtrace diff` on two folders against `git diff --no-index`. `cargo bench --bench diff [-- PAIRS]`
//!
//! Trees of 3,000 and 30,000 objects, once with one object in a hundred changed and once identical; then one document
//! of 20 MB. Ten interleaved pairs each: medians with their spread, and their ratio. Both programs print everything
//! they find, to a null device.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench runs programs and prints times"
)]

mod support;

use std::fs;
use std::path::Path;
use support::MESHTRACE;
use support::big;
use support::command;
use support::fresh;
use support::line;
use support::median;
use support::time;

fn main() {
    let pairs: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diff");
    for services in [1_000, 10_000] {
        let folder = fresh(&root);
        fs::create_dir_all(folder.join("profiles")).unwrap();
        let text = big(services, true);
        fs::write(folder.join("profiles/big.yaml"), &text).unwrap();
        time(command(MESHTRACE, &["render", "-p", "big", "--profiles", "profiles", "-o", "a"], &folder));
        time(command("cp", &["-r", "a", "same"], &folder));
        let changed: String = text
            .lines()
            .enumerate()
            .map(|(index, line)| if index % 33 == 1 { line.replace("svc:1.2.", "svc:1.3.") } else { line.to_string() } + "\n")
            .collect();
        fs::write(folder.join("profiles/big.yaml"), changed).unwrap();
        time(command(MESHTRACE, &["render", "-p", "big", "--profiles", "profiles", "-o", "b"], &folder));
        pair(&format!("{} objects, 1 % changed", services * 3), &folder, "a", "b", pairs);
        pair(&format!("{} objects, identical", services * 3), &folder, "a", "same", pairs);
    }
    let folder = fresh(&root);
    let document = |change: usize| -> String {
        let head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n".to_string();
        head + &(0..400_000)
            .map(|key| format!("  key-{key}: \"{}\"\n", "x".repeat(30 + usize::from(key % 100 == change))))
            .collect::<String>()
    };
    fs::write(folder.join("a.yaml"), document(100)).unwrap();
    fs::write(folder.join("b.yaml"), document(7)).unwrap();
    pair("one document of 20 MB, 1 % changed", &folder, "a.yaml", "b.yaml", pairs.min(3));
    let list = |change: usize| -> String {
        let head = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: large\nspec:\n  items:\n".to_string();
        let item = |at: usize| {
            format!("  - name: item-{at}\n    value: {}\n", "x".repeat(120 + usize::from(at % 100 == change)))
        };
        head + &(0..130_000).map(item).collect::<String>()
    };
    fs::write(folder.join("a.yaml"), list(100)).unwrap();
    fs::write(folder.join("b.yaml"), list(7)).unwrap();
    pair("a list of 130,000 items in 20 MB, 1 % changed", &folder, "a.yaml", "b.yaml", pairs.min(3));
    let _ = fs::remove_dir_all(&root);
}

fn pair(name: &str, folder: &Path, a: &str, b: &str, pairs: usize) {
    let (mut ours, mut git) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        ours.push(time(command(MESHTRACE, &["diff", a, b], folder)));
        git.push(time(command("git", &["diff", "--no-index", "--no-ext-diff", a, b], folder)));
    }
    println!("{name}");
    let base = median(&mut git);
    line("git diff", &mut git, base);
    line("meshtrace diff", &mut ours, base);
}
