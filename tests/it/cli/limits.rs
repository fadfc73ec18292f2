//! Everything that is read has limits, wherever it comes from; missing resources are worked around, and what cannot be
//! done is reported.

use crate::cli::project::Project;
use crate::common::tables::formats;
use std::fs;
use std::io::Write;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Runs with less than 1 GiB of address space, and within the time limit.
#[track_caller]
fn bounded(project: &Project, args: &[&str]) -> (i32, String) {
    let start = Instant::now();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 1048576; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_meshtrace")]).args(args);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = command.current_dir(project.path("")).env_clear().env("PATH", path).stdin(Stdio::null()).output();
    let output = output.unwrap();
    assert!(start.elapsed() < Duration::from_secs(30), "{args:?} took {:?}", start.elapsed());
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap_or_else(|| panic!("{args:?} died\n{stderr}")), stderr)
}

#[track_caller]
fn refused(project: &Project, args: &[&str], part: &str) {
    let (code, stderr) = bounded(project, args);
    assert!(code == 2 && stderr.contains(part), "{args:?}: {code}\n{stderr}");
}

fn sparse(project: &Project, path: &str, length: u64) {
    let path = project.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::File::create(path).unwrap().set_len(length).unwrap();
}

fn rendered() -> Project {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render"]).ok();
    project
}

#[test]
fn owned_files_that_grew_are_edits_and_are_not_read() {
    let project = rendered();
    sparse(&project, "out/site/INSTALL.md", 8 << 30);
    refused(&project, &["render"], "`out/site/INSTALL.md` was edited by hand");
    assert_eq!(bounded(&project, &["render", "--check"]).0, 1);
    refused(&project, &["diff"], "`out/site/INSTALL.md` is larger than 64 MiB");
    assert_eq!(bounded(&project, &["render", "--force"]).0, 0);
    assert_eq!(bounded(&project, &["render", "--check"]).0, 0);
    // A file that is owned but no longer rendered.
    let stale = "out/site/manifests/20-jaeger/jaeger-simplest.yaml";
    sparse(&project, stale, 8 << 30);
    project.put("profiles/site.yaml", "extends: dev\njaeger: {name: other}\n");
    refused(&project, &["render"], &format!("`{stale}` was edited by hand"));
    // Large, but small enough to be compared: it is not held in memory.
    sparse(&project, stale, 100 << 20);
    refused(&project, &["render"], &format!("`{stale}` was edited by hand"));
    assert_eq!(bounded(&project, &["render", "--force"]).0, 0);
    assert!(!project.path(stale).exists());
}

#[test]
fn lists_and_journals_have_a_size_limit() {
    for (file, part) in [("render.sha256", "larger than 16 MiB"), (".render.journal", "larger than 32 MiB")] {
        let project = rendered();
        sparse(&project, &format!("out/site/{file}"), 3 << 30);
        for args in [&["render"][..], &["render", "--check"], &["render", "--only", "helm/**"], &["render", "--force"]]
        {
            refused(&project, args, part);
        }
        fs::remove_file(project.path(&format!("out/site/{file}"))).unwrap();
        assert!(Command::new("mkfifo").arg(project.path(&format!("out/site/{file}"))).status().unwrap().success());
        refused(&project, &["render"], "exists and was not written by meshtrace");
        refused(&project, &["render", "--only", "helm/**"], "exists and was not written by meshtrace");
    }
}

#[test]
fn the_files_of_a_project_have_a_total_size_limit() {
    for folder in ["files", "templates", "profiles"] {
        let project = Project::new().profile("site", "extends: dev\n");
        let text = "#".repeat(7 << 20);
        for number in 0..10 {
            project.put(&format!("{folder}/{number}.txt"), &text);
        }
        refused(&project, &["render"], &format!("the files in `{folder}` add up to more than 64 MiB"));
        refused(&project, &["show", "profiles"], "add up to more than 64 MiB");
    }
    let project = Project::bare();
    for number in 0..200 {
        sparse(&project, &format!("x/{number}.yaml"), 60 << 20);
    }
    refused(&project, &["diff", "x", "x"], "the files in `x` add up to more than 256 MiB");
    assert_eq!(bounded(&project, &["check", "x"]), (1, String::new()));
    let run = project.command("", &["check", "x"]).output().unwrap();
    assert!(String::from_utf8_lossy(&run.stdout).contains("the files in `x` add up to more than 256 MiB"));
}

fn git(project: &Project, args: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(project.path("")).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.com");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Makes `out` a tree of ten levels with ten identical entries each, over `leaf`, and commits it.
fn bomb(project: &Project, leaf: &str) {
    let mut entry = leaf.to_owned();
    for _ in 0..10 {
        let list: String = (0..10).map(|number| format!("{entry}\tx{number}\n")).collect();
        entry = format!("040000 tree {}", git(project, &["mktree"], list.as_bytes()));
    }
    let top = ["out", "profiles", "templates", "files"].map(|name| format!("{entry}\t{name}\n")).concat();
    let tree = git(project, &["mktree"], top.as_bytes());
    let commit = git(project, &["commit-tree", "-m", "x", &tree], b"");
    git(project, &["update-ref", "HEAD", &commit], b"");
}

#[test]
fn an_endlessly_expanding_git_tree_is_refused() {
    let project = Project::new().profile("site", "extends: dev\n");
    git(&project, &["init", "-q"], b"");
    let blob = git(&project, &["hash-object", "-w", "--stdin"], b"a: 1\n");
    let empty = git(&project, &["mktree"], b"");
    for leaf in [format!("100644 blob {blob}"), format!("040000 tree {empty}"), format!("120000 blob {blob}")] {
        bomb(&project, &leaf);
        refused(&project, &["diff", "git:HEAD"], "`git:HEAD:out` contains more than 200,000 files and folders");
        refused(&project, &["diff", "profile:dev@HEAD", "profile:dev"], "`git:HEAD:profiles` contains more than");
        refused(&project, &["diff", "git:HEAD:", "git:HEAD:out"], "contains more than 200,000 files and folders");
    }
}

#[test]
fn git_blobs_have_a_total_size_limit() {
    let project = Project::new().profile("site", "extends: dev\n");
    git(&project, &["init", "-q"], b"");
    let blob = git(&project, &["hash-object", "-w", "--stdin"], &vec![b'\n'; 60 << 20]);
    let list: String = (0..100).map(|number| format!("100644 blob {blob}\tx{number}\n")).collect();
    let tree = git(&project, &["mktree"], list.as_bytes());
    let tree = git(&project, &["mktree"], format!("040000 tree {tree}\tout\n").as_bytes());
    let commit = git(&project, &["commit-tree", "-m", "x", &tree], b"");
    git(&project, &["update-ref", "HEAD", &commit], b"");
    refused(&project, &["diff", "git:HEAD"], "the files in `git:HEAD:out` add up to more than 256 MiB");
}

/// Replaces each file in `.git` that git reads first by a pipe that no one writes to.
#[test]
fn pipes_in_place_of_git_files_do_not_block() {
    const PLACES: [&str; 7] =
        ["HEAD", "config", "packed-refs", "index", "objects/info/alternates", "info/grafts", "shallow"];
    std::thread::scope(|scope| {
        for place in PLACES {
            scope.spawn(move || {
                let project = Project::new().profile("site", "extends: dev\n");
                git(&project, &["init", "-q"], b"");
                let tree = git(&project, &["mktree"], b"");
                let commit = git(&project, &["commit-tree", "-m", "x", &tree], b"");
                git(&project, &["update-ref", "HEAD", &commit], b"");
                let pipe = project.path(&format!(".git/{place}"));
                let _ = fs::remove_file(&pipe);
                fs::create_dir_all(pipe.parent().unwrap()).unwrap();
                assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
                for args in [&["diff", "git:HEAD", "profile:dev"][..], &["diff", "profile:dev@HEAD", "profile:dev"]] {
                    let (code, said) = bounded(&project, args);
                    // Some are read only by other git commands.
                    assert!(code == 2 || code <= 1 && said.is_empty(), "{place}: {code} {said}");
                    let first = ["HEAD", "config", "objects/info/alternates"].contains(&place);
                    assert!(!first || said.contains("timed out"), "{place}: {said}");
                }
            });
        }
    });
}

#[test]
fn endless_input_ends() {
    let project = Project::bare().file("x.yaml", "a: 1\n");
    for args in ["check -", "diff - x.yaml", "check /dev/stdin"] {
        let output = bash(&project, &format!("yes a | $M {args}; exit ${{PIPESTATUS[1]}}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.code() > Some(0) && said.contains("is larger than 64 MiB"), "{args} {said}");
    }
    refused(&project, &["render", "-p", "dev", "-f", "/dev/zero"], "`/dev/zero` is not a text file");
    refused(&project, &["render", "-p", "dev", "--set-file", "vars.a=/dev/zero"], "`/dev/zero` is not a text file");
    refused(&project, &["diff", "/dev/zero", "x.yaml"], "`/dev/zero` is larger than 64 MiB");
}

/// Runs a line of bash in which `$M` is the program.
fn bash(project: &Project, line: &str) -> Output {
    let mut command = Command::new("bash");
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.args(["-c", line]).env_clear().env("M", env!("CARGO_BIN_EXE_meshtrace")).env("PATH", path);
    command.current_dir(project.path("")).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn files_on_the_command_line_can_be_pipes() {
    let project = Project::bare();
    project.put("dev.yaml", project.run(&["render", "-p", "dev"]).ok());
    project.put("other.yaml", project.run(&["render", "-p", "dev,debug"]).ok());
    let same = |pipe: &str, file: &str, code: i32| {
        let (pipe, file) = (bash(&project, pipe), bash(&project, file));
        let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(pipe.status.code(), Some(code), "{}", String::from_utf8_lossy(&pipe.stderr));
        // A place in a pipe has the pipe's name.
        let plain = |text: String| {
            text.replace("/dev/fd/63", "dev.yaml").replace("/dev/stdin", "dev.yaml").replace("./pipe", "dev.yaml")
        };
        assert_eq!(plain(text(&pipe)), text(&file));
    };
    same("$M check <(cat dev.yaml)", "$M check dev.yaml", 0);
    same("cat dev.yaml | $M check /dev/stdin", "$M check dev.yaml", 0);
    same("mkfifo pipe; cat dev.yaml > pipe & $M check ./pipe", "$M check dev.yaml", 0);
    same("$M diff --summary <(cat dev.yaml) other.yaml", "$M diff --summary dev.yaml other.yaml", 1);
    let both = bash(&project, "$M diff --format json <(cat dev.yaml) <(cat dev.yaml)");
    assert_eq!(both.status.code(), Some(0));
    let values = "show values -p dev -f";
    same(
        &format!("$M {values} <(echo 'jaeger: {{name: x}}')"),
        &format!("$M {values} <(echo 'jaeger: {{name: x}}')"),
        0,
    );
    let set = bash(&project, "$M show values -p dev --set-file vars.a=<(echo hello)");
    assert!(String::from_utf8_lossy(&set.stdout).contains("hello"));
}

#[test]
fn a_full_stdout_is_reported_and_a_closed_one_is_not() {
    let project = Project::new().profile("site", "extends: dev\n");
    let commands = [
        "render -p dev",
        "--help",
        "--version",
        "render --help",
        "man",
        "man render",
        "completions bash",
        "show profiles",
        "show values -p dev",
        "show schema",
        "show graph -p dev",
        "show rules",
        "explain jaeger.name",
        "explain collector-port",
        "check",
        "diff profile:dev profile:dev,debug",
        "inject --help",
        "charts --help",
        "fix --help",
        "argocd generate",
        "argocd parameters",
    ];
    let check = formats(&["check"]).into_iter().map(|format| format!("check --format {format}"));
    let diff =
        formats(&["diff"]).into_iter().map(|format| format!("diff profile:dev profile:dev,debug --format {format}"));
    for command in commands.into_iter().map(str::to_owned).chain(check).chain(diff) {
        let full = bash(&project, &format!("$M {command} > /dev/full"));
        let stderr = String::from_utf8_lossy(&full.stderr).into_owned();
        let told = stderr.contains("error: cannot write to stdout: no space left on device");
        assert!(full.status.code() == Some(2) && told, "{command}: {:?} {stderr}", full.status);
        for closed in [format!("$M {command} | head -c 1"), format!("$M {command} >&- 2>&-")] {
            let run = bash(&project, &format!("{closed}; exit ${{PIPESTATUS[0]}}"));
            let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
            let code = run.status.code();
            assert!(code <= Some(1) && !stderr.contains("panic") && !stderr.contains("stdout"), "{closed}: {stderr}");
        }
    }
}

#[test]
fn the_output_does_not_depend_on_the_number_of_threads() {
    let project = Project::bare();
    let render = |threads: &str| {
        let output = project.command("", &["render", "-p", "dev"]).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{threads}");
        output.stdout
    };
    let one = render("1");
    for threads in ["2", "5000", "0", "x", "18446744073709551616", "-1"] {
        assert!(render(threads) == one, "{threads}");
    }
}

/// A limit on processes does not apply to root, who switches to another user for this.
#[test]
fn without_threads_the_work_is_still_done() {
    let project = Project::bare();
    let program = project.path("meshtrace");
    fs::copy(env!("CARGO_BIN_EXE_meshtrace"), &program).unwrap();
    bash(&project, "chmod 755 . meshtrace");
    let whole = project.run(&["render", "-p", "dev"]).ok();
    let user = "--reuid=54321 --regid=54321 --clear-groups";
    if !bash(&project, &format!("setpriv {user} prlimit --nproc=9 ./meshtrace --version")).status.success() {
        return eprintln!("skipped: not root, or no setpriv here");
    }
    for processes in 0..4 {
        let run = bash(&project, &format!("setpriv {user} prlimit --nproc={processes} ./meshtrace render -p dev"));
        let stderr = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.code() == Some(0) && run.stdout == whole.as_bytes(), "{processes}: {stderr}");
        let run = bash(&project, &format!("setpriv {user} prlimit --nproc={processes} ./meshtrace diff git:HEAD x"));
        let stderr = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.code() == Some(2) && stderr.starts_with("error[git]"), "{processes}: {stderr}");
    }
}

#[test]
fn large_meshes_get_larger_limits() {
    let services: String = (0..25_000).map(|n| format!("  s{n}: {{image: \"a/b:1\", port: 1}}\n")).collect();
    let project = Project::new().profile("site", format!("extends: dev\nservices:\n{services}"));
    project.run(&["show", "values", "-p", "site"]).ok();
    project.run(&["render", "--skip-rules", "-p", "site"]).ok();
}
