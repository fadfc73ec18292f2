//! What an output directory must never do to a user's files.

pub(crate) mod crash;

use crate::disk::InputFolder;
use crate::disk::LIST;
use crate::disk::Options;
use crate::disk::Outcome;
use crate::disk::compare;
use crate::disk::interrupted;
use crate::disk::list::Hash;
use crate::disk::lock;
use crate::disk::write;
use crate::files::Output;
use crate::finding::Findings;
use crate::finding::ids;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;
use tempfile::TempDir;

fn output(files: &[(&str, &str)]) -> Output {
    Output {
        files: files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
        ..Output::default()
    }
}

fn options() -> Options<'static> {
    Options { shown: "out/dev", ..Options::default() }
}

fn force() -> Options<'static> {
    Options { force: true, ..options() }
}

fn put(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    }
}

/// Every file below `root`; links as their target.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        if entry.file_type().is_file() {
            files.insert(path, fs::read(entry.path()).unwrap());
        } else if entry.file_type().is_symlink() {
            files.insert(path, fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes());
        }
    }
    files
}

fn folders(root: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().is_dir());
    folders.map(|entry| entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned()).collect()
}

/// Asserts that `root` has exactly the output, its list and the foreign files, and no other folders.
fn holds(root: &Path, output: &Output, foreign: &[(&str, &str)], context: &str) {
    let mut expected = output.files.clone();
    let list: String = output.files.iter().map(|(path, bytes)| format!("{}  {path}\n", Hash::of(bytes))).collect();
    expected.insert(LIST.to_owned(), list.into_bytes());
    for (path, text) in foreign {
        expected.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    let actual = tree(root);
    assert_eq!(actual.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{context}: unexpected files");
    assert!(actual == expected, "{context}: unexpected bytes");
    for folder in folders(root) {
        assert!(expected.keys().any(|path| path.starts_with(&format!("{folder}/"))), "{context}: `{folder}` remains");
    }
}

/// A temporary folder that contains the output directory.
struct Case(TempDir);

impl Case {
    fn new(foreign: &[(&str, &str)]) -> Case {
        let case = Case(tempfile::tempdir().unwrap());
        put(&case.root(), foreign);
        case
    }

    fn root(&self) -> std::path::PathBuf {
        self.0.path().join("dev")
    }

    /// Writes, after checking that a comparison predicts the outcome.
    fn write(&self, output: &Output) -> Outcome {
        self.write_with(output, &options())
    }

    fn write_with(&self, output: &Output, options: &Options) -> Outcome {
        let mut found = Findings::default();
        let before = self.stamps();
        let foretold = compare(&self.root(), output, options, &mut found).unwrap();
        assert_eq!(self.stamps(), before, "a comparison changed something");
        let outcome = write(&self.root(), output, options, &mut found);
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(outcome.as_ref(), Some(&foretold));
        outcome.unwrap()
    }

    /// Asserts that a write fails and changes nothing. Returns the findings as `rule: message`.
    fn refused(&self, output: &Output) -> Vec<String> {
        self.refused_with(output, &options())
    }

    fn refused_with(&self, output: &Output, options: &Options) -> Vec<String> {
        let before = self.stamps();
        let mut found = Findings::default();
        assert_eq!(write(&self.root(), output, options, &mut found), None);
        assert_eq!(self.stamps(), before, "a refused write changed something");
        assert!(found.errors() > 0);
        found.into_iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
    }

    /// Everything that would reveal a change: names, times, bytes.
    fn stamps(&self) -> Vec<(String, SystemTime)> {
        let entries = walkdir::WalkDir::new(self.0.path()).sort_by_file_name().into_iter().map(Result::unwrap);
        entries
            .map(|entry| (entry.path().display().to_string(), entry.metadata().unwrap().modified().unwrap()))
            .collect()
    }
}

#[test]
fn a_first_render_lists_every_file_and_sha256sum_verifies_it() {
    let case = Case::new(&[]);
    fs::remove_dir_all(case.root()).unwrap_or_default();
    let files = output(&[("kustomization.yaml", "k"), ("manifests/10/a b.yaml", "ab"), ("manifests/한.yaml", "")]);
    let outcome = case.write(&files);
    assert_eq!(outcome.added, ["kustomization.yaml", "manifests/10/a b.yaml", "manifests/한.yaml"]);
    assert!(outcome.listed && !outcome.repaired);
    holds(&case.root(), &files, &[], "first");
    if let Ok(status) = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", LIST])
        .current_dir(case.root())
        .status()
    {
        assert!(status.success());
    }
}

#[test]
fn rendering_the_same_again_touches_nothing() {
    let case = Case::new(&[("mine.txt", "m")]);
    let files = output(&[("a", "1"), ("b/c", "2")]);
    case.write(&files);
    let before = case.stamps();
    let outcome = case.write(&files);
    assert!(outcome.is_same());
    assert_eq!(outcome.unchanged, 2);
    assert_eq!(case.stamps(), before);
}

#[test]
fn only_files_that_differ_are_written_and_only_owned_ones_deleted() {
    let foreign = [("mine.txt", "m"), ("gone/mine.txt", "m")];
    let case = Case::new(&foreign);
    case.write(&output(&[("a", "1"), ("same", "s"), ("gone/x", "x"), ("left/deep/y", "y")]));
    let kept = fs::metadata(case.root().join("same")).unwrap().modified().unwrap();
    let files = output(&[("a", "2"), ("same", "s"), ("new/z", "z")]);
    let outcome = case.write(&files);
    assert_eq!((outcome.added, outcome.changed), (vec!["new/z".to_owned()], vec!["a".to_owned()]));
    assert_eq!((outcome.removed, outcome.unchanged), (vec!["gone/x".to_owned(), "left/deep/y".to_owned()], 1));
    assert_eq!(fs::metadata(case.root().join("same")).unwrap().modified().unwrap(), kept);
    holds(&case.root(), &files, &foreign, "second");
}

#[test]
fn an_empty_output_deletes_all_owned_files_but_not_the_directory() {
    let case = Case::new(&[("mine", "m")]);
    case.write(&output(&[("a", "1"), ("b/c", "2")]));
    case.write(&output(&[]));
    assert_eq!(tree(&case.root()).keys().collect::<Vec<_>>(), ["mine"]);
    assert!(folders(&case.root()).is_empty());
    let missing = case.0.path().join("missing");
    let outcome = write(&missing, &output(&[]), &options(), &mut Findings::default()).unwrap();
    assert!(outcome.is_same() && !missing.exists());
}

#[test]
fn every_hand_edit_is_reported_at_once_and_force_replaces_them() {
    let case = Case::new(&[]);
    case.write(&output(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]));
    put(&case.root(), &[("a", "edited"), ("b", "edited"), ("c", "new")]);
    let next = output(&[("a", "1"), ("c", "new"), ("d", "5")]);
    assert_eq!(
        case.refused(&next),
        [
            "edited-by-hand: `out/dev/b` was edited by hand since the last render",
            "edited-by-hand: `out/dev/a` was edited by hand since the last render",
        ]
    );
    let mut found = Findings::default();
    let outcome = compare(&case.root(), &next, &options(), &mut found).unwrap();
    assert_eq!((found.errors(), found.len(), outcome.is_same()), (0, 2, false));
    assert_eq!((outcome.changed.len(), outcome.removed.len(), outcome.unchanged), (2, 1, 1));
    case.write_with(&next, &force());
    holds(&case.root(), &next, &[], "forced");
}

#[test]
fn an_owned_file_that_is_missing_or_empty_is_written_again() {
    let case = Case::new(&[]);
    let files = output(&[("a", "1"), ("b", "2")]);
    case.write(&files);
    fs::remove_file(case.root().join("a")).unwrap();
    fs::write(case.root().join("b"), "").unwrap();
    let outcome = case.write(&files);
    assert_eq!((outcome.added.len(), outcome.changed.len()), (1, 1));
    holds(&case.root(), &files, &[], "again");
}

#[test]
fn a_foreign_file_in_the_way_is_adopted_if_equal_and_refused_otherwise() {
    let case = Case::new(&[("a", "1"), ("b", "mine")]);
    let files = output(&[("a", "1"), ("b", "2")]);
    assert_eq!(case.refused(&files), ["foreign-file: `out/dev/b` exists and was not written by meshtrace"]);
    fs::remove_file(case.root().join("b")).unwrap();
    let outcome = case.write(&files);
    assert_eq!((outcome.added, outcome.unchanged), (vec!["b".to_owned()], 1));
    let case = Case::new(&[("a", "1"), ("b", "mine")]);
    case.write_with(&files, &force());
    holds(&case.root(), &files, &[], "forced");
}

#[test]
fn a_foreign_folder_in_place_of_a_file_is_refused_even_with_force() {
    let case = Case::new(&[("a/mine", "m"), ("b", "mine")]);
    let files = output(&[("a", "1"), ("b/c", "2")]);
    for options in [options(), force()] {
        assert_eq!(
            case.refused_with(&files, &options),
            [
                "foreign-file: `out/dev/b` exists and was not written by meshtrace, expected a folder",
                "foreign-file: `out/dev/a` is a folder with files that meshtrace did not write, expected a file",
            ]
        );
    }
}

#[test]
fn a_file_can_become_a_folder_and_vice_versa() {
    let case = Case::new(&[]);
    let one = output(&[("a", "file"), ("b/c/d", "folder"), ("b/e", "folder")]);
    let two = output(&[("a/x/y", "folder"), ("b", "file")]);
    for files in [&one, &two, &one] {
        case.write(files);
        holds(&case.root(), files, &[], "turned");
    }
}

#[test]
fn a_file_that_only_changes_case_is_not_lost() {
    let case = Case::new(&[]);
    case.write(&output(&[("Files/A.yaml", "1")]));
    let files = output(&[("files/a.yaml", "1")]);
    case.write(&files);
    assert_eq!(fs::read(case.root().join("files/a.yaml")).unwrap(), b"1");
    assert!(case.write(&files).is_same());
}

#[test]
fn a_broken_list_is_reported_by_line_and_rebuilt_with_force() {
    let case = Case::new(&[]);
    let files = output(&[("a", "1"), ("b", "2")]);
    case.write(&files);
    let list = fs::read_to_string(case.root().join(LIST)).unwrap();
    put(&case.root(), &[(LIST, &format!("<<<<<<< HEAD\n{list}>>>>>>> other\nmine\n")), ("a", "theirs")]);
    let mut found = Findings::default();
    assert_eq!(write(&case.root(), &files, &options(), &mut found), None);
    let lines: Vec<_> = found.iter().map(|finding| finding.place.as_ref().unwrap().line).collect();
    assert_eq!(lines, [5]);
    let message = &found.iter().next().unwrap().message;
    assert!(message.starts_with("`out/dev/render.sha256` has a line that is not `<sha256>  <path>`"), "{message}");
    assert!(!compare(&case.root(), &files, &options(), &mut found).unwrap().is_same());
    case.write_with(&files, &force());
    holds(&case.root(), &files, &[], "rebuilt");
}

#[test]
fn a_list_with_a_conflict_is_written_anew_and_edits_are_still_found() {
    let case = Case::new(&[]);
    let (ours, theirs) = (output(&[("a", "1"), ("b", "1"), ("c", "1")]), output(&[("a", "1"), ("b", "2"), ("d", "2")]));
    let merged = output(&[("a", "1"), ("b", "3"), ("d", "3")]);
    case.write(&ours);
    let text = |files: &Output| crate::disk::list_text(&files.files, "");
    let list = format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> theirs\n", text(&ours), text(&theirs));
    let conflict = [(LIST, list.as_str()), ("b", "2"), ("d", "2")];
    put(&case.root(), &conflict);
    let compared = compare(&case.root(), &merged, &options(), &mut Findings::default()).unwrap();
    let outcome = case.write(&merged);
    assert_eq!(outcome, compared);
    assert!(outcome.merged && outcome.listed);
    assert_eq!((outcome.changed, outcome.removed), (vec!["b".to_owned(), "d".to_owned()], vec!["c".to_owned()]));
    holds(&case.root(), &merged, &[], "merged");
    // No repository says that the text is a merge of both.
    put(&case.root(), &conflict);
    put(&case.root(), &[("b", "12")]);
    assert_eq!(case.refused(&merged), ["edited-by-hand: `out/dev/b` was edited by hand since the last render"]);
}

#[test]
fn a_list_that_names_files_outside_never_reaches_them() {
    let case = Case::new(&[]);
    case.write(&output(&[("a", "1")]));
    fs::write(case.0.path().join("victim"), "v").unwrap();
    let list = format!("{}  ../victim\n", Hash::of(b"v"));
    put(&case.root(), &[(LIST, &list), (".render.journal", &format!("-{list}+{list}"))]);
    assert_eq!(case.refused(&output(&[]))[0].split(':').next(), Some("broken-list"));
    case.write_with(&output(&[]), &force());
    assert_eq!(fs::read(case.0.path().join("victim")).unwrap(), b"v");
}

#[test]
fn a_missing_list_makes_every_file_foreign() {
    let case = Case::new(&[]);
    let files = output(&[("a", "1"), ("b", "2")]);
    case.write(&files);
    fs::remove_file(case.root().join(LIST)).unwrap();
    assert_eq!(case.refused(&output(&[("a", "3")])).len(), 1);
    let outcome = case.write(&files);
    assert!(outcome.listed && outcome.unchanged == 2 && !outcome.is_same());
}

#[test]
fn files_outside_the_glob_are_neither_written_deleted_nor_forgotten() {
    let case = Case::new(&[]);
    case.write(&output(&[("m/a", "1"), ("m/gone", "1"), ("n/b", "1"), ("n/gone", "1")]));
    put(&case.root(), &[("n/b", "edited")]);
    let only = |path: &str| path.starts_with("m/");
    let next = output(&[("m/a", "2"), ("m/new", "2"), ("n/b", "2"), ("n/new", "2")]);
    let outcome = case.write_with(&next, &Options { only: Some(&only), ..options() });
    assert_eq!((outcome.added, outcome.changed), (vec!["m/new".to_owned()], vec!["m/a".to_owned()]));
    assert_eq!(outcome.removed, ["m/gone"]);
    assert_eq!(tree(&case.root()).keys().collect::<Vec<_>>(), ["m/a", "m/new", "n/b", "n/gone", LIST]);
    let list = fs::read_to_string(case.root().join(LIST)).unwrap();
    let expected = [("m/a", "2"), ("m/new", "2"), ("n/b", "1"), ("n/gone", "1")]
        .map(|(path, text)| format!("{}  {path}\n", Hash::of(text.as_bytes())));
    assert_eq!(list, expected.concat());
    assert_eq!(case.refused(&next), ["edited-by-hand: `out/dev/n/b` was edited by hand since the last render"]);
}

#[test]
fn paths_that_leave_the_directory_are_refused_before_anything_is_written() {
    let case = Case::new(&[]);
    let found = case.refused(&output(&[("../up", ""), ("/abs", ""), ("ok", ""), ("render.sha256", ""), ("OK", "")]));
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(!case.root().exists());
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_deleted_through_a_symbolic_link() {
    use std::os::unix::fs::symlink;
    let case = Case::new(&[]);
    case.write(&output(&[("m/a", "1"), ("n", "1")]));
    let outside = case.0.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("a"), "1").unwrap();
    fs::remove_dir_all(case.root().join("m")).unwrap();
    symlink(&outside, case.root().join("m")).unwrap();
    let expected = "symlink: `out/dev/m` is a symbolic link, expected a folder; meshtrace does not write through links";
    for files in [output(&[("m/a", "2")]), output(&[("m/sub/b", "2")]), output(&[])] {
        for options in [options(), force()] {
            assert_eq!(case.refused_with(&files, &options), [expected]);
        }
    }
    fs::remove_file(case.root().join("m")).unwrap();
    // `--force` replaces a link in place of a file, but not the link's target.
    fs::remove_file(case.root().join("n")).unwrap();
    symlink(outside.join("a"), case.root().join("n")).unwrap();
    let files = output(&[("n", "1")]);
    assert_eq!(case.refused(&files), ["edited-by-hand: `out/dev/n` was edited by hand since the last render"]);
    case.write_with(&files, &force());
    holds(&case.root(), &files, &[], "replaced");
    assert_eq!(fs::read(outside.join("a")).unwrap(), b"1");
}

#[cfg(unix)]
#[test]
fn the_directory_itself_may_be_a_link_to_a_folder_but_not_to_nothing_or_a_file() {
    use std::os::unix::fs::symlink;
    let case = Case::new(&[]);
    let files = output(&[("a", "1")]);
    symlink("nowhere", case.root()).unwrap();
    let found = case.refused(&files);
    assert_eq!(found, ["not-a-folder: `out/dev` is a symbolic link whose target does not exist, expected a folder"]);
    fs::create_dir(case.0.path().join("nowhere")).unwrap();
    case.write(&files);
    holds(&case.0.path().join("nowhere"), &files, &[], "through the link");
    fs::remove_file(case.root()).unwrap();
    fs::write(case.root(), "").unwrap();
    assert_eq!(case.refused(&files), ["not-a-folder: `out/dev` is a file, expected a directory"]);
    let mut found = Findings::default();
    assert_eq!(write(&case.root().join("deep/er"), &files, &options(), &mut found), None);
    assert_eq!(found.iter().next().unwrap().message, "a parent directory of `out/dev` is a file, expected a directory");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_way_is_not_opened() {
    let case = Case::new(&[("x", "")]);
    let status = std::process::Command::new("mkfifo").arg(case.root().join("a")).status();
    if status.is_ok_and(|status| status.success()) {
        assert_eq!(
            case.refused(&output(&[("a", "1")])),
            ["foreign-file: `out/dev/a` exists and was not written by meshtrace"]
        );
    }
}

#[test]
fn a_folder_in_place_of_the_list_or_the_journal_is_a_finding() {
    for path in [LIST, ".render.journal"] {
        let case = Case::new(&[(&format!("{path}/x"), "")]);
        assert_eq!(
            case.refused(&output(&[("a", "1")])),
            [format!("foreign-file: `out/dev/{path}` exists and was not written by meshtrace")]
        );
    }
}

#[test]
fn a_name_that_the_file_system_refuses_changes_nothing() {
    let case = Case::new(&[("mine", "m")]);
    case.write(&output(&[("a", "1")]));
    let long = vec!["x".repeat(250); 20].join("/");
    let found = case.refused_bare(&output(&[("a", "2"), (&long, "")]));
    assert!(found[0].starts_with("cannot-write: cannot "), "{found:?}");
    assert!(found[0].ends_with("the name is too long or not allowed on this file system"), "{found:?}");
}

impl Case {
    /// Like [`Case::refused`] for a failure during the write: the top folder's modification time may have changed.
    fn refused_bare(&self, output: &Output) -> Vec<String> {
        let before = tree(&self.root());
        let mut found = Findings::default();
        assert_eq!(write(&self.root(), output, &options(), &mut found), None);
        assert_eq!(tree(&self.root()), before);
        found.into_iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_render_unchanged() {
    let case = Case::new(&[("mine", "m")]);
    let run = |command: &str, arguments: &[&str]| {
        let root = case.root();
        let mut command = std::process::Command::new(command);
        command.args(arguments).arg(root).stderr(std::process::Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    // Only root may mount; without root the test is skipped.
    if !run("mount", &["-t", "tmpfs", "-o", "size=96k", "none"]) {
        return;
    }
    let test = || {
        let old = output(&[("a", "1"), ("b/c", "2")]);
        case.write(&old);
        let big = "x".repeat(8000);
        let files: Vec<_> = (0..20).map(|number| format!("big/{number}")).collect();
        let mut next: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), big.as_str())).collect();
        next.push(("a", "2"));
        let found = case.refused_bare(&output(&next));
        assert!(found[0].starts_with("cannot-write: cannot write `out/dev/big/"), "{found:?}");
        assert!(found[0].ends_with("no space left on the disk"), "{found:?}");
        assert_eq!(interrupted(&case.root(), "out/dev"), None);
        holds(&case.root(), &old, &[], "full");
        let next = output(&[("a", "2")]);
        case.write(&next);
        holds(&case.root(), &next, &[], "after");
    };
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test));
    assert!(run("umount", &[]));
    answer.unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_may_not_be_written_is_a_finding() {
    let mut found = Findings::default();
    assert_eq!(write(Path::new("/proc/meshtrace"), &output(&[("a", "1")]), &options(), &mut found), None);
    assert!(found.iter().next().unwrap().message.starts_with("cannot create `out/dev`: "), "{found:?}");
    let mut found = Findings::default();
    assert_eq!(write(Path::new("/proc/self"), &output(&[("a", "1")]), &options(), &mut found), None);
    assert!(found.iter().next().unwrap().message.starts_with("cannot write to `out/dev`: "), "{found:?}");
}

#[test]
fn a_second_writer_waits_and_then_reports_the_lock() {
    let case = Case::new(&[("mine", "m")]);
    let files = output(&[("a", "1")]);
    let lock = lock::attempt(&case.root(), lock::Kind::Alone).unwrap().unwrap();
    put(&case.root(), &[(".render.journal", "")]);
    assert_eq!(interrupted(&case.root(), "out/dev"), None);
    fs::remove_file(case.root().join(".render.journal")).unwrap();
    assert_eq!(case.refused(&files), ["locked: another meshtrace is writing `out/dev`"]);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| write(&case.root(), &files, &options(), &mut Findings::default()));
        std::thread::sleep(std::time::Duration::from_millis(100));
        drop(lock);
        assert!(second.join().unwrap().is_some());
    });
    holds(&case.root(), &files, &[("mine", "m")], "after");
}

#[test]
fn concurrent_threads_leave_one_complete_render() {
    let case = Case::new(&[("mine", "m")]);
    let renders: Vec<Output> = (0..3)
        .map(|number| {
            let text = number.to_string();
            output(&[("a", &text), (&format!("f{number}/x"), &text), ("g/y", &text)])
        })
        .collect();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let (case, render) = (&case, &renders[number % 3]);
            scope.spawn(move || {
                for _ in 0..10 {
                    let mut found = Findings::default();
                    assert!(
                        write(&case.root(), render, &options(), &mut found).is_some()
                            || found.iter().all(|finding| finding.rule == ids::LOCKED)
                    );
                }
            });
        }
    });
    let same =
        |render: &&Output| compare(&case.root(), render, &options(), &mut Findings::default()).unwrap().is_same();
    let winner = renders.iter().find(same).unwrap();
    holds(&case.root(), winner, &[("mine", "m")], "at once");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    #[test]
    fn any_sequence_of_renders_leaves_exactly_the_last_one_and_every_foreign_file(
        renders in proptest::collection::vec(proptest::collection::btree_map("[abc](/[xyz]){0,2}", "[12]", 0..8), 1..5)
    ) {
        let foreign = [("mine", "m"), ("a/mine", "m"), ("b/x/mine", "m")];
        let case = Case::new(&foreign);
        for files in renders {
            let files = Output { files: files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect(), ..Output::default() };
            let mut found = Findings::default();
            let before = tree(&case.root());
            match write(&case.root(), &files, &options(), &mut found) {
                Some(_) if files.files.is_empty() => proptest::prop_assert_eq!(tree(&case.root()).len(), foreign.len()),
                Some(_) => holds(&case.root(), &files, &foreign, "sequence"),
                None => proptest::prop_assert_eq!(tree(&case.root()), before),
            }
        }
    }
}

#[test]
fn the_writer_itself_refuses_the_folders_that_renders_read() {
    let case = Case::new(&[]);
    let inputs = [InputFolder { path: case.root().join("helm"), shown: "helm".to_owned() }];
    let options = Options { inputs: &inputs, ..options() };
    let said = case.refused_with(&output(&[("helm/x/values.yaml", "a"), ("b", "b")]), &options);
    assert_eq!(said, ["out-in-input: `out/dev/helm/x/values.yaml` is in `helm/`, which every render reads"]);
    let mut found = Findings::default();
    assert!(compare(&case.root(), &output(&[("helm/x", "a")]), &options, &mut found).is_none());
    assert_eq!(found.errors(), 1);
    case.write_with(&output(&[("helms/x", "a"), ("b/helm", "b")]), &options);
}
