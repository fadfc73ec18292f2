//! Results go to stdout, messages to stderr.

use crate::cli::project::Project;
use snapbox::str;

#[test]
fn without_a_directory_the_objects_are_one_stream() {
    let project = Project::bare();
    let plain = project.run(&["render", "-p", "dev"]).untouched();
    let dash = project.run(&["render", "-p", "dev", "-o", "-"]).untouched();
    assert_eq!(plain.code, 0);
    assert_eq!(plain.stdout, dash.stdout);
    assert!(plain.stderr.starts_with("not shown (not Kubernetes objects): "), "{}", plain.stderr);
    assert!(plain.stderr.contains("helm/consul/values.yaml"), "{}", plain.stderr);
    let documents: Vec<&str> = plain.stdout.split("---\n").filter(|text| !text.is_empty()).collect();
    assert!(
        documents.iter().all(|text| text.contains("\napiVersion: ") && text.contains("\nkind: ")),
        "{}",
        plain.stdout
    );
    project.run(&["render", "-p", "dev", "-o", "out"]).ok();
    let files = crate::cli::project::tree(&project.path("out/manifests"));
    assert_eq!(documents.len(), files.keys().filter(|path| path.ends_with(".yaml")).count());
}

#[test]
fn one_file_is_printed_unchanged() {
    let project = Project::bare();
    project.run(&["render", "-p", "dev", "-o", "out"]).ok();
    let run = project.run(&["render", "-p", "dev", "-o", "-", "--only", "helm/**"]);
    assert_eq!((run.stderr.as_str(), run.stdout), ("", project.read("out/helm/consul/values.yaml")));
    let run = project.run(&["render", "-p", "dev", "--only", "manifests/40-mesh/proxydefaults-global.yaml"]);
    assert_eq!(run.stdout, project.read("out/manifests/40-mesh/proxydefaults-global.yaml"));
    let several = project.run(&["render", "-p", "dev", "--only", "manifests/40-mesh/*"]).ok();
    assert!(several.starts_with("---\n") && several.matches("---\n").count() > 1);
    project.run(&["render", "-p", "dev", "--only", "nosuch"]).fails(str![[r#"
error[no-match]: `--only nosuch` matches no file in this render
 |
 = help: paths are relative to the output directory, such as 'manifests/40-mesh/*' or 'helm/**'


"#]]);
}

#[test]
fn profiles_can_be_given_in_one_flag_or_two_and_mixins_in_any_order() {
    let project = Project::bare();
    let stream = |args: &[&str]| project.run(&[&["render"], args].concat()).ok();
    let both = stream(&["-p", "dev,debug"]);
    assert_eq!(both, stream(&["-p", "debug,dev"]));
    assert_eq!(both, stream(&["-p", "dev", "-p", "debug"]));
    assert_eq!(both, stream(&["--profile", "debug", "--profile=dev"]));
    assert_ne!(both, stream(&["-p", "dev"]));
}

#[test]
fn contradictory_flags_are_reported() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render", "-p", "dev", "-o", "json"]).fails(str![[r#"
error[usage]: `-o json` would write to a directory named `json`
 |
 = help: `-o` is the output directory; objects are always rendered as YAML, and `-o -` prints them


"#]]);
    project.run(&["render", "-p", "dev", "--check"]).fails(str![[r#"
error[usage]: `--check` needs a directory to compare with
 |
 = help: add `-o DIR`


"#]]);
    project.run(&["render", "-o", "out"]).fails(str![[r#"
error[usage]: `-o` requires `-p`
 |
 = help: name the profiles with `-p`, such as `-p dev`; renders in meshtrace.yaml use only their own profiles and `out`


"#]]);
    project.run(&["render", "--set", "a=b"]).fails(str![[r#"
error[usage]: `-f` and `--set` require `-p`
 |
 = help: name the profiles with `-p`, such as `-p dev`; renders in meshtrace.yaml use only their own profiles and `out`


"#]]);
    Project::bare().run(&["render"]).fails(str![[r#"
error[no-project]: no `meshtrace.yaml` in this directory or any parent, so there is nothing to render
 |
 = help: name a profile, such as `meshtrace render -p dev -o out/dev`, or create the file with `meshtrace init`

1 error, nothing was written

"#]]);
    project.run(&["render", "-p", "dev", "-f", "nosuch.yaml"]).fails(str![[r#"
error[cannot-read]: cannot read `nosuch.yaml`: no such file or directory
 |
 = help: check the spelling of the path

1 error, nothing was written

"#]]);
    project.run(&["render", "-p", "dev", "--profiles", "nosuch"]).fails(str![[r#"
error[no-such-folder]: `nosuch` is not a directory
 |
 = help: expected a readable directory

1 error, nothing was written

"#]]);
    project.run(&["render", "-p", "dev", "--set-file", "vars.a=nosuch"]).fails(str![[r#"
error[cannot-read]: cannot read `nosuch`: no such file or directory
 |
 = help: check the spelling of the path

1 error, nothing was written

"#]]);
    project.run(&["render", "site", "-p", "dev"]).refuses(&["`-p` cannot be combined with RENDER"]);
    project.run(&["rendr"]).refuses(&["render"]);
    project.run(&["render", "--nosuch"]).refuses(&["--nosuch"]);
}

#[test]
fn values_are_applied_in_order() {
    let project = Project::bare().file("a.yaml", "jaeger: {name: file}\n").file("text", "from a file\n");
    let name = |args: &[&str]| {
        let text = project.run(&[&["show", "values", "-p", "dev"], args].concat()).ok();
        text.lines()
            .skip_while(|line| *line != "jaeger:")
            .find_map(|line| line.strip_prefix("  name: "))
            .unwrap()
            .to_owned()
    };
    assert_eq!(name(&["-f", "a.yaml"]), "file");
    assert_eq!(name(&["--set", "jaeger.name=set", "-f", "a.yaml"]), "set");
    assert_eq!(name(&["--set", "jaeger.name=a", "--set-string", "jaeger.name=b", "--set", "jaeger.name=c"]), "c");
    assert_eq!(name(&["--set-json=jaeger.name=\"j\"", "--set", "jaeger.logLevel=debug"]), "j");
    let text = project.run(&["show", "values", "--set-file", "vars.text=text"]).ok();
    assert!(text.contains("from a file"), "{text}");
}

#[test]
fn color_is_used_only_on_request() {
    let project = Project::bare();
    let run = |args: &[&str]| project.command("", args).output().unwrap().stderr;
    assert!(!run(&["render", "-p", "nosuch"]).contains(&0x1b));
    assert!(run(&["render", "-p", "nosuch", "--color", "always"]).contains(&0x1b));
}

#[test]
fn a_missing_separator_in_a_stream_is_reported() {
    let project = Project::bare().file("x.yaml", "apiVersion: v1\nkind: A\napiVersion: v1\nkind: B\n");
    project.put("y.yaml", "apiVersion: v1\nkind: A\n");
    project.run(&["diff", "x.yaml", "y.yaml"]).refuses(&["is a `---` missing between two objects?", "x.yaml:3:1"]);
}

#[test]
fn diff_does_not_accept_an_output_directory() {
    let project = Project::bare();
    project.run(&["diff", "-o", "json", "a", "b"]).fails(str![[r#"
error[usage]: `diff` writes no files, so it does not accept `-o`
 |
 = help: choose the format with `--format json`


"#]]);
    project.run(&["diff", "a", "b", "--out=x"]).refuses(&["it does not accept `-o`"]);
}

#[test]
fn an_interrupted_render_on_either_side_of_a_diff_is_reported() {
    let project = Project::bare();
    project.run(&["render", "-p", "dev", "-o", "all/one"]).ok();
    project.run(&["render", "-p", "dev", "-o", "all/two"]).ok();
    project.put("all/two/.render.journal", "");
    let warning = "warning[interrupted]: the last render of `all/two` was interrupted";
    for sides in [["all/one", "all/two"], ["all/two/", "all/one"], ["all", "all"]] {
        let run = project.run(&["diff", sides[0], sides[1]]);
        assert!(run.code == 0 && run.stderr.contains(warning), "{sides:?} {} {}", run.code, run.stderr);
    }
}

#[test]
fn a_render_and_profiles_cannot_be_combined() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render", "site", "-p", "dev"]).fails(str![[r#"
error[usage]: `-p` cannot be combined with RENDER, which names renders in `meshtrace.yaml`
 |
 = help: use `meshtrace render site` for the render, or only `-p`, with several profiles as `-p dev,debug`


"#]]);
}

#[test]
fn a_flag_is_named_with_its_key_and_without_its_value() {
    let project = Project::bare();
    let args = [
        "render",
        "-p",
        "dev",
        "--set",
        "consul.servers.replicas=vier,jaeger.nmae=x",
        "--set-string",
        "tracing.sampling.percent=a",
    ];
    let run = project.run(&args);
    for place in [
        "--> --set consul.servers.replicas:1:",
        "--> --set jaeger.nmae:1:",
        "--> --set-string tracing.sampling.percent:1:",
    ] {
        assert!(run.stderr.contains(place), "{place}\n{}", run.stderr);
    }
}

#[test]
fn a_pattern_matches_only_the_users_own_profiles() {
    let project = Project::bare()
        .file("meshtrace.yaml", "renders: {\"*\": [dev, \"*\"]}\n")
        .profile("east", "jaeger: {name: east}\n")
        .profile("debug", "extends: builtin:debug\n");
    project.run(&["render"]).ok();
    let mut names: Vec<_> =
        std::fs::read_dir(project.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["debug", "east"]);
}
