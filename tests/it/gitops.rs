//! What a render has for Argo CD and Flux, in its parts that hold for every profile.
#![allow(clippy::disallowed_methods, reason = "runs the program and reads what it wrote")]

use crate::cli::project::Project;
use std::collections::BTreeSet;

const BOTH: &str =
    "gitops: {repoURL: \"https://git.example.com/mesh.git\", argocd: {enabled: true}, flux: {enabled: true}}\n";

fn rendered(profiles: &str, more: &str) -> Project {
    let project = Project::bare()
        .file("meshtrace.yaml", format!("requires: \"0.1\"\nrenders: {{clusters/EU_1: [{profiles}, ours, more]}}\n"))
        .profile("ours", BOTH)
        .profile("more", format!("{more}\n"));
    project.run(&["render"]).ok();
    project
}

fn files(project: &Project) -> Vec<(String, String)> {
    let root = project.path("out/clusters/EU_1");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            (path, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn every_directory_that_flux_and_argo_cd_are_sent_to_is_there() {
    for profiles in ["dev", "dev, modern", "production, modern"] {
        let more = "jaeger: {storage: {urls: [\"https://es.db.svc:9200\"]}}\n";
        let project = rendered(profiles, if profiles.starts_with("production") { more } else { "" });
        let files = files(&project);
        let paths: BTreeSet<&str> = files.iter().filter_map(|(path, _)| Some(path.rsplit_once('/')?.0)).collect();
        let mut sent = 0;
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("gitops/")) {
            for line in text.lines().map(str::trim) {
                if let Some(folder) = line.strip_prefix("path: ") {
                    let folder = folder.trim_start_matches("./").strip_prefix("out/clusters/EU_1/").unwrap();
                    assert!(paths.iter().any(|path| path.starts_with(folder)), "{profiles}: {path}: {folder}");
                    sent += 1;
                }
                if let Some(file) = line.strip_prefix("- $values/out/clusters/EU_1/") {
                    assert!(files.iter().any(|(path, _)| path == file), "{profiles}: {path}: {file}");
                }
            }
        }
        assert!(sent > 6, "{profiles}: {sent}");
        // Every folder of manifests is applied by exactly one stage.
        for folder in paths.iter().filter(|path| path.starts_with("manifests/")) {
            let line = format!("  path: ./out/clusters/EU_1/{folder}\n");
            let stages = files.iter().filter(|(_, text)| text.contains(&line)).count();
            assert_eq!(stages, 1, "{profiles}: {folder}");
        }
    }
}

#[test]
fn check_says_the_same_with_and_without_what_is_for_gitops() {
    for profiles in ["dev", "dev, modern"] {
        let project = rendered(profiles, "");
        let with = project.run(&["check", "out/clusters/EU_1"]);
        std::fs::remove_dir_all(project.path("out/clusters/EU_1/gitops")).unwrap();
        let without = project.run(&["check", "out/clusters/EU_1"]);
        assert_eq!((with.code, with.stdout), (without.code, without.stdout), "{profiles}");
        assert_eq!(with.stderr, without.stderr);
    }
}

#[test]
fn a_helm_release_has_the_values_of_the_values_file() {
    let project = rendered("dev", "consul: {values: {client: {nodeMeta: {host: \"${HOST_IP}\"}}}}\n");
    let files = files(&project);
    let file = |name: &str| files.iter().find(|(path, _)| path == name).unwrap().1.clone();
    let values = file("helm/consul/values.yaml");
    let values: String =
        values.lines().filter(|line| !line.starts_with('#')).map(|line| format!("    {line}\n")).collect();
    let release = file("gitops/releases/charts/helmrelease-consul.yaml");
    assert!(release.ends_with(&format!("  values:\n{values}")), "{release}");
    assert!(release.contains("kustomize.toolkit.fluxcd.io/substitute: disabled"));
}

#[test]
fn annotations_are_on_objects_and_never_on_pod_templates() {
    let project = rendered("dev", "services: {web: {agent: manual}}\n");
    for (path, text) in files(&project).iter().filter(|(path, _)| path.starts_with("manifests/")) {
        let annotated =
            text.lines().filter(|line| line.contains("argocd.argoproj.io") || line.contains("toolkit.fluxcd"));
        for line in annotated {
            assert!(line.starts_with("    a") || line.starts_with("    k"), "{path}: {line}");
        }
        assert!(text.contains("    argocd.argoproj.io/sync-wave: "), "{path}");
        let custom = text.contains("consul.hashicorp.com/v1alpha1") || text.contains("jaegertracing.io/v1");
        assert_eq!(custom, text.contains("SkipDryRunOnMissingResource=true"), "{path}");
    }
}

#[test]
fn a_job_is_created_again_where_it_cannot_be_changed() {
    let project = rendered("dev", "").file(
        "templates/manifests/50-apps/jobs.yaml",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {spec: {restartPolicy: Never, \
         containers: [{name: a, image: a:1}]}}}\n---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\n\
         spec: {schedule: \"0 0 * * *\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, \
         containers: [{name: a, image: a:1}]}}}}}\n",
    );
    project.run(&["render"]).ok();
    let files = files(&project);
    for annotation in ["sync-options: Force=true,ServerSideApply=false", "kustomize.toolkit.fluxcd.io/force: enabled"] {
        let with: Vec<&str> =
            files.iter().filter(|(_, text)| text.contains(annotation)).map(|(path, _)| path.as_str()).collect();
        assert_eq!(with, ["manifests/50-apps/job-a.yaml"], "{annotation}");
    }
}

#[test]
fn steps_leave_to_argo_cd_and_flux_what_is_theirs() {
    let project = rendered("dev", "");
    let steps = project.run(&["diff", "--format", "steps", "--exit-zero", "profile:dev", "profile:dev,ours"]).ok();
    assert!(steps.contains("manifests/00-namespaces") && !steps.contains("gitops/"), "{steps}");
}

#[test]
fn what_cannot_be_installed_is_refused_where_the_profile_sets_it() {
    for (more, parts) in [
        ("gitops: {flux: {enabled: true}}", &["error[missing-key]", "`gitops.repoURL`"][..]),
        ("gitops: {repoURL: mesh, flux: {enabled: true}}", &["error[invalid-address]", "`gitops.repoURL`"]),
        ("gitops: {repoURL: \"https://x/y\", root: ../x, argocd: {enabled: true}}", &["error[unsafe-path]"]),
        ("gitops: {repoURL: \"https://x/y\", flux: {enabled: true, interval: 10}}", &["error[wrong-type]"]),
        ("gitops: {repoURL: \"https://x/y\", flux: {enabled: true, interval: 1d}}", &["error[invalid-duration]"]),
        (
            "gitops: {repoURL: \"https://x/y\", flux: {enabled: true}}\noperators: {jaeger: {manifest: op.yaml}}",
            &["error[not-supported]", "only a URL"],
        ),
        (
            "gitops: {repoURL: \"https://x/y\", argocd: {enabled: true}}\noperators: {jaeger: {namespace: ops}}",
            &["error[not-supported]", "namespace `ops`"],
        ),
    ] {
        let project = Project::new().profile("site", format!("extends: dev\n{more}\n"));
        project.run(&["render"]).refuses(parts);
    }
}

#[test]
fn objects_are_what_the_definitions_of_argo_cd_and_flux_allow() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let definitions = root.join("tests/data/gitops-crds").to_string_lossy().into_owned();
    for profiles in ["dev", "dev, modern"] {
        let project = rendered(
            profiles,
            "jaeger: {spec: {}}\ngitops: {argocd: {destination: hub, sync: automated}, flux: {secret: key, interval: 1h30m}}\n",
        );
        let run = project.run(&["check", "--crds", &definitions, "out/clusters/EU_1"]);
        assert!(run.code == 0 && !run.stdout.contains("schema-"), "{}", run.stdout);
        // The definitions have been read: what they do not allow is found.
        let path = "out/clusters/EU_1/gitops/flux/kustomization-clusters-eu-1-mesh.yaml";
        let text = project.read(path).replace("prune: true", "prun: true");
        project.put(path, text);
        let run = project.run(&["check", "--crds", &definitions, "out/clusters/EU_1"]);
        assert!(run.code == 1 && run.stdout.contains("`spec.prun`"), "{}", run.stdout);
    }
}

#[test]
fn a_mistake_is_told_once_at_the_line_of_the_profile() {
    let project = Project::new()
        .profile("site", format!("extends: dev\n{BOTH}consul: {{values: {{client: {{nonsense: 1}}}}}}\n"));
    let run = project.run(&["check"]);
    assert_eq!(run.stdout.matches("nonsense").count(), 2, "{}", run.stdout);
    assert!(run.stdout.contains("--> profiles/site.yaml:3:"), "{}", run.stdout);
}

#[test]
fn a_password_in_the_url_of_the_repository_is_refused() {
    let project = Project::new().profile(
        "site",
        "extends: dev\ngitops: {repoURL: \"https://me:hunter2secret@git.example.com/x.git\", argocd: {enabled: true}}\n",
    );
    let run = project.run(&["render"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("plaintext-secret") && !run.stderr.contains("hunter2secret"), "{}", run.stderr);
}

#[test]
fn renders_with_the_same_names_for_argo_cd_or_flux_are_refused() {
    let both = |one: &str, other: &str, settings: &str| {
        Project::bare()
            .file("meshtrace.yaml", format!("renders: {{\"{one}\": [dev, ours], \"{other}\": [dev, ours, more]}}\n"))
            .profile("ours", BOTH)
            .profile("more", settings)
    };
    for (one, other) in [("a.b", "a-b"), ("clusters-eu/1", "clusters/eu-1"), ("a", "a-mesh")] {
        for args in [&["render"][..], &["check"]] {
            let run = both(one, other, "{}\n").run(args);
            let parts = ["error[duplicate-object]", &format!("renders `{one}` and `{other}`"), "`gitops.name`"];
            let clash = other != "a-mesh";
            assert_eq!(
                (run.code, run.changed),
                (if clash { 2 } else { 0 }, !clash && args == ["render"]),
                "{}",
                run.stderr
            );
            assert!(parts.iter().all(|part| run.stderr.contains(part)) == clash, "{}", run.stderr);
        }
    }
    both("a.b", "a-b", "gitops: {name: other}\n").run(&["render"]).ok();
    both("a.b", "a-b", "gitops: {argocd: {enabled: false}, flux: {enabled: false}}\n").run(&["render"]).ok();
    // Whoever gives one name to all has each applied elsewhere.
    let fleet = both("eu", "us", "{}\n");
    fleet.put("profiles/ours.yaml", BOTH.replace("gitops: {", "gitops: {name: mesh, "));
    fleet.run(&["render"]).ok();
}
