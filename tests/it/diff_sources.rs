//! Where the sides of a diff come from, and whether its patch applies: real folders, real git.
#![allow(clippy::disallowed_methods, reason = "runs the program and git in temporary folders")]

use crate::common::tables::formats;
use serde_json::Value as Json;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

struct Place {
    _root: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("repo");
        fs::create_dir(&path).unwrap();
        Place { _root: root, path }
    }

    /// A repository with one render, committed.
    fn repository(renders: &str) -> Place {
        let place = Place::new();
        place.write("meshtrace.yaml", &format!("renders: {renders}\n"));
        place.git(&["init", "-q", "-b", "main"]);
        assert_eq!(place.meshtrace(&["render"], "").0, 0);
        place.commit();
        place
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap()
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "x"]);
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(&self.path).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn meshtrace(&self, arguments: &[&str], stdin: &str) -> (i32, String, String) {
        self.meshtrace_in("", arguments, stdin)
    }

    fn meshtrace_in(&self, folder: &str, arguments: &[&str], stdin: &str) -> (i32, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meshtrace"))
            .args(arguments)
            .current_dir(self.path.join(folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read stdin may have ended already.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> (i32, Json) {
        let (code, out, err) = self.meshtrace(&[&["diff", "--format", "json"], arguments].concat(), "");
        (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
    }
}

const NAMESPACE: &str = "out/dev/manifests/00-namespaces/namespace-consul.yaml";

#[test]
fn a_revision_is_read_from_objects_and_a_dirty_tree_is_unchanged() {
    let place = Place::repository("{dev: [dev]}");
    place.write("profiles/site.yaml", "# A site.\njaeger: {name: traces}\n");
    place.write("meshtrace.yaml", "renders: {dev: [dev, site]}\n");
    fs::remove_file(place.path.join(NAMESPACE)).unwrap();
    let before = place.git(&["status", "--porcelain"]);
    let (code, json) = place.json(&["git:main"]);
    assert_eq!(code, 1);
    let changes = json["changes"].as_array().unwrap();
    assert!(
        changes.iter().any(|change| change["change"] == "renamed" && change["object"]["name"] == "traces"),
        "{json:#}"
    );
    // A file deleted by hand is in the revision and in the new render.
    assert!(!changes.iter().any(|change| change["object"]["kind"] == "Namespace"));
    assert_eq!(place.git(&["status", "--porcelain"]), before);
    assert_eq!(place.json(&["git:main", "git:HEAD"]).0, 0);
    assert_eq!(place.json(&["git:main:out/dev", "out/dev"]).1["summary"]["removed"], 1);
    assert_eq!(place.json(&["git:main:out/dev", "out/dev"]).1["summary"]["changed"], 0);
    assert_eq!(place.json(&["out/dev", "git:main:out/dev"]).1["summary"]["added"], 1);
}

#[test]
fn a_bare_clone_and_a_subfolder_work_too() {
    let place = Place::repository("{dev: [dev]}");
    place.git(&["clone", "-q", "--bare", ".", "../bare"]);
    let (code, out, err) =
        place.meshtrace_in("../bare", &["diff", "git:main:out/dev", "git:HEAD:out/dev/manifests"], "");
    assert!(code == 1 && out.contains("- helm/consul/values.yaml"), "{out}{err}");
    let (code, _, err) = place.meshtrace_in("../bare", &["diff", "git:main", "profile:dev@main"], "");
    assert!(code == 1, "{err}");
    let (code, _, err) = place.meshtrace_in("out/dev", &["diff", "git:main"], "");
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = place.meshtrace_in("out/dev", &["diff", "git:main:./helm", "helm"], "");
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_profile_of_a_revision_is_rendered_from_that_revision() {
    let place = Place::new();
    place.write("meshtrace.yaml", "renders: {site: [site]}\n");
    place.write("profiles/site.yaml", "# A site.\nextends: [dev]\njaeger: {name: old}\n");
    place.write("templates/note.txt", "old {{ jaeger.name }}\n");
    place.git(&["init", "-q", "-b", "main"]);
    place.commit();
    place.write("profiles/site.yaml", "# A site.\nextends: [dev]\njaeger: {name: new}\n");
    place.write("templates/note.txt", "new\n");
    assert_eq!(place.json(&["profile:site", "profile:site"]).0, 0);
    for arguments in
        [&["profile:site@main"][..], &["profile:site@main", "profile:site"], &["-p", "site", "profile:site@HEAD"]]
    {
        let (code, json) = place.json(arguments);
        let note =
            json["changes"].as_array().unwrap().iter().find(|change| change["file"] == "note.txt").unwrap().clone();
        assert_eq!((code, note["object"].clone(), note["fields"][0]["value"].as_str()), (1, Json::Null, Some("new\n")));
    }
}

#[test]
fn bad_sources_exit_with_2_and_help() {
    let place = Place::repository("{dev: [dev], debug: [dev, debug]}");
    let cases: &[(&[&str], &str)] = &[
        (&["git:nope"], "git does not know the revision `nope`"),
        (&["git:--help"], "git does not know the revision"),
        (&["git:main:nowhere", "out/dev"], "`nowhere` does not exist at revision `main`"),
        (&["git:main:../x", "out/dev"], "is outside the repository"),
        (&["git:", "out/dev"], "does not name a revision"),
        (&["nowhere", "out/dev"], "cannot read `nowhere`"),
        (&["-", "-"], "stdin cannot be both sides"),
        (&["profile:nope", "out/dev"], "nope"),
        (&["-p", "dev", "out/dev", "out/dev"], "`-p` and TO cannot be used together"),
        (&["--set", "a=b"], "`-f` and `--set` require `-p`"),
        (&["out/dev/manifests"], "several renders"),
    ];
    for (arguments, message) in cases {
        let (code, out, err) = place.meshtrace(&[&["diff"], *arguments].concat(), "");
        assert!(code == 2 && out.is_empty() && err.contains(message), "{arguments:?}: {code} {out}{err}");
    }
    let elsewhere = Place::new();
    let (code, _, err) = elsewhere.meshtrace(&["diff", "git:main", "x"], "");
    assert!(code == 2 && err.contains("not a git repository"), "{err}");
    let (code, _, err) = elsewhere.meshtrace(&["diff"], "");
    assert!(code == 2 && err.contains("no `meshtrace.yaml`"), "{err}");
}

#[test]
fn several_renders_are_compared_separately_and_folded() {
    let place = Place::repository("{a: [dev], b: [dev], c: [dev, debug]}");
    assert_eq!(place.json(&[]).0, 0);
    assert_eq!(place.json(&["git:main"]).0, 0);
    assert_eq!(place.json(&["out/b"]).0, 0);
    place.write("profiles/dev.yaml", "# Dev.\nextends: [\"builtin:dev\"]\njaeger: {name: traces}\n");
    let (code, json) = place.json(&[]);
    let defaults: Vec<&Json> = json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["object"]["kind"] == "ProxyDefaults")
        .collect();
    assert_eq!((code, defaults.len(), defaults[0]["renders"].clone()), (1, 1, serde_json::json!(["a", "b", "c"])));
    assert_eq!((defaults[0]["class"].as_str(), defaults[0]["render"].as_str()), (Some("restarts-pods"), Some("a")));
    let restarts = defaults[0]["restarts"].as_array().unwrap();
    assert!(restarts.iter().any(|name| name == "deployment consul/consul-ingress-gateway"));
    let (_, out, _) = place.meshtrace(&["diff"], "");
    assert!(out.contains("same in 3: a, b, c"), "{out}");
    // Whole folders of renders, and a render that no longer exists.
    place.git(&["mv", "out/c", "out/d"]);
    place.commit();
    let (_, json) = place.json(&["git:HEAD~1", "git:HEAD"]);
    let renders = |change: &str| -> Vec<Json> {
        let changes = json["changes"].as_array().unwrap().iter().filter(|one| one["change"] == change);
        changes.map(|one| one["render"].clone()).collect()
    };
    assert!(!renders("added").is_empty() && renders("added").iter().all(|render| render == "d"));
    assert!(renders("removed").iter().all(|render| render == "c") && renders("changed").is_empty());
    // `d` is in the revision, but nothing renders it.
    let (_, json) = place.json(&["git:HEAD"]);
    assert!(json["changes"].as_array().unwrap().iter().any(|one| one["change"] == "removed" && one["render"] == "d"));
}

#[test]
fn a_stream_and_a_missing_or_empty_side_are_compared() {
    let place = Place::repository("{dev: [dev]}");
    let (_, stream, _) = place.meshtrace(&["render", "-p", "dev"], "");
    let (code, out, err) = place.meshtrace(&["diff", "-", "out/dev/manifests"], &stream);
    assert_eq!((code, out.as_str()), (0, "no differences\n"), "{err}");
    let (code, _, err) = place.meshtrace(&["diff", "-", "out/dev/manifests"], "a: [\n");
    assert!(code == 2 && err.contains("stdin:"), "{err}");
    fs::remove_dir_all(place.path.join("out")).unwrap();
    let (code, json) = place.json(&[]);
    assert_eq!((code, json["summary"]["changed"].clone(), json["summary"]["removed"].clone()), (1, 0.into(), 0.into()));
    assert!(json["summary"]["added"].as_u64().unwrap() > 10);
    assert_eq!(place.json(&["-p", "dev", "profile:dev"]).0, 0);
    assert_eq!(place.json(&["-p", "dev", "--set", "jaeger.name=x", "profile:dev"]).0, 1);
}

/// Applies the printed patch in FROM, which is inside a repository like `out/dev`.
#[track_caller]
fn applies(place: &Place, from: &str, to: &str) {
    let (code, patch, err) = place.meshtrace(&["diff", "--format", "patch", from, to], "");
    assert_eq!(code, 1, "{err}");
    let mut child = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "-"])
        .current_dir(place.path.join(from))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{patch}");
    let list = |dir: &str| -> Vec<(PathBuf, Vec<u8>)> {
        let mut out = Vec::new();
        let mut folders = vec![place.path.join(dir)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    out.push((path.strip_prefix(place.path.join(dir)).unwrap().to_owned(), fs::read(&path).unwrap()));
                }
            }
        }
        out.sort();
        out.retain(|(path, _)| path != Path::new("render.sha256"));
        out
    };
    assert!(list(from) == list(to), "{patch}");
}

#[test]
fn git_apply_accepts_the_patch_inside_from() {
    let place = Place::repository("{dev: [dev]}");
    assert_eq!(place.meshtrace(&["render", "-p", "dev,debug", "--set", "jaeger.name=x", "-o", "out/next"], "").0, 0);
    applies(&place, "out/dev", "out/next");
    for (path, text) in [
        ("a/with space.txt", "one\ntwo"),
        ("a/gone.txt", "gone\n"),
        ("a/한.yaml", "a: 1\n"),
        ("a/deep/crlf.txt", "one\r\ntwo\r\n"),
        ("a/emptied.txt", "text"),
        ("b/with space.txt", "one\ntwo\n"),
        ("b/한.yaml", "a: 2\n"),
        ("b/deep/crlf.txt", "one\r\nthree\r\n"),
        ("b/deep/new", "no line break"),
        ("b/\"quoted\".txt", "x\n"),
        ("b/emptied.txt", ""),
    ] {
        place.write(path, text);
    }
    applies(&place, "a", "b");
}

#[test]
fn files_that_the_patch_cannot_express_are_named() {
    let place = Place::new();
    for (path, text) in [("a/x.bin", "\0a"), ("b/x.bin", "\0b"), ("a/x.txt", "1\n"), ("b/x.txt", "2\n")] {
        place.write(path, text);
    }
    let (code, out, err) = place.meshtrace(&["diff", "--format", "patch", "--exit-zero", "a", "b"], "");
    assert_eq!((code, out.lines().count()), (1, 5));
    assert!(err.contains("`x.bin` is not in the patch: it is not a text file"), "{err}");
}

#[test]
fn a_hook_can_detect_that_render_changed_something() {
    let place = Place::repository("{dev: [dev]}");
    let render = &["render", "--exit-nonzero-on-change"];
    assert_eq!(place.meshtrace(render, "").0, 0);
    let text = place.read(NAMESPACE);
    fs::remove_file(place.path.join(NAMESPACE)).unwrap();
    assert_eq!(place.meshtrace(render, "").0, 1);
    assert_eq!(place.read(NAMESPACE), text);
    assert_eq!(place.meshtrace(render, "").0, 0);
}

#[test]
fn stale_output_differs_from_a_new_render_even_if_no_object_does() {
    const PROXIES: &str = "manifests/40-mesh/proxydefaults-global.yaml";
    const VALUES: &str = "helm/consul/values.yaml";
    let place = Place::repository("{dev: [dev], two: [dev, debug]}");
    let (proxies, values, list) =
        (format!("out/dev/{PROXIES}"), format!("out/dev/{VALUES}"), "out/dev/render.sha256".to_owned());
    let without_first_line = |path: &str| place.read(path).split_once('\n').unwrap().1.to_owned();
    let said = |expected: &str| {
        let (code, out, err) = place.meshtrace(&["diff"], "");
        assert!(code == 1 && out.contains(expected), "{expected}: {code}\n{out}{err}");
        assert_eq!(place.meshtrace(&["diff", "-p", "dev", "out/dev"], "").0, 1);
        assert_eq!(place.meshtrace(&["diff", "out/dev", "profile:dev"], "").0, 1);
        // Two folders, and a revision, are compared by meaning.
        assert_eq!(place.meshtrace(&["diff", "git:main", "out"], "").0, 0);
        for format in ["json", "patch", "markdown"] {
            assert_eq!(place.meshtrace(&["diff", "--format", format], "").0, 1, "{format}");
        }
        place.git(&["checkout", "-q", "--", "out"]);
        place.git(&["clean", "-qfd", "out"]);
        assert_eq!(place.meshtrace(&["diff"], "").0, 0);
    };
    place.write(&proxies, &without_first_line(&proxies));
    let change = place.json(&[]).1["changes"][0].clone();
    assert_eq!((&change["change"], &change["class"]), (&"changed".into(), &"other".into()));
    assert_eq!((&change["fields"], &change["object"]["kind"]), (&serde_json::json!([]), &"ProxyDefaults".into()));
    said(&format!("~ {PROXIES}  (comments or layout only)  [in dev]\n"));
    place.write(&values, &without_first_line(&values));
    said(&format!("~ {VALUES}  (comments or layout only)  [in dev]\n"));
    place.write(&list, "");
    said("~ render.sha256  (stale)  [in dev]\n");
    fs::remove_file(place.path.join(&list)).unwrap();
    let (code, out, _) = place.meshtrace(&["diff"], "");
    assert!(code == 1 && out.contains("~ render.sha256  (missing)  [in dev]\n"), "{out}");
    place.git(&["checkout", "-q", "--", "out"]);
    let other = "out/dev/manifests/40-mesh/other.yaml";
    fs::rename(place.path.join(&proxies), place.path.join(other)).unwrap();
    said(&format!("> manifests/40-mesh/other.yaml -> {PROXIES}  (file name only)  [in dev]\n"));
}

#[test]
fn files_of_others_in_the_directory_of_a_render_are_not_compared() {
    let place = Place::repository("{site: [dev]}");
    place.write("out/site/README.md", "ours\n");
    place.write("out/site/manifests/50-apps/mine.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n");
    place.commit();
    assert_eq!(place.meshtrace(&["render", "--check"], "").0, 0);
    for sides in [&[][..], &["site"], &["git:main"], &["out"], &["out/site"], &["out/site", "profile:dev"]] {
        for format in formats(&["diff"]) {
            let (code, out, err) = place.meshtrace(&[&["diff", "--format", &format], sides].concat(), "");
            assert_eq!(code, 0, "{sides:?} {format}: {out}{err}");
        }
    }
    // What a render owns no longer is still told, and a directory without a list is compared as it is.
    fs::remove_file(place.path.join("out/site/render.sha256")).unwrap();
    assert_eq!(place.meshtrace(&["diff"], "").0, 1);
}
