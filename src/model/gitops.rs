//! What Argo CD and Flux have to know: the repository that holds the render, and where in it.

use crate::finding::ids;
use crate::model::consistency::Report;
use crate::model::settings;
use crate::model::settings::Settings;
use serde::Serialize;

/// The directory of a render, as far as the caller knows it. Both are empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The name of the render, such as `clusters/eu-1`.
    pub name: String,
    /// Its directory relative to that of `meshtrace.yaml`, such as `out/clusters/eu-1`.
    pub path: String,
}

/// The settings below `gitops`, with what `auto` means for this render.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gitops {
    /// The git repository.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// Its branch, commit or full name of a ref.
    pub revision: String,
    /// How Flux calls the revision: `branch`, `commit` or `name`.
    pub reference: &'static str,
    /// The folder of `meshtrace.yaml` in it.
    pub root: String,
    /// What the names of all objects begin with.
    pub name: String,
    /// The directory of the render in the repository.
    pub path: String,
    /// Whether to install cert-manager and the operator too.
    pub operators: bool,
    /// The settings for Argo CD.
    pub argocd: settings::Argocd,
    /// The settings for Flux.
    pub flux: settings::Flux,
}

/// Kustomizations and Applications are recorded in labels, which allow 63 characters (Kubernetes
/// `apimachinery/pkg/util/validation`), and the longest ending is `-cert-manager`.
const LONGEST_NAME: usize = 50;

/// The namespace in the manifests of jaeger-operator, also inside certificates and webhooks, where no tool for GitOps
/// replaces it (jaeger-operator `config/default/kustomization.yaml`).
const OPERATOR_NAMESPACE: &str = "observability";

pub(super) fn derive(settings: &Settings, home: &Home) -> Gitops {
    let gitops = &settings.gitops;
    let name = match gitops.name.as_str() {
        "auto" => object_name(&home.name),
        name => name.to_owned(),
    };
    let parts = gitops.root.split('/').chain(home.path.split('/')).filter(|part| !part.is_empty() && *part != ".");
    let has_operator =
        matches!(settings.jaeger.backend, settings::Backend::OperatorV1 | settings::Backend::OtelOperatorV2);
    Gitops {
        repo_url: gitops.repo_url.clone(),
        revision: gitops.revision.clone(),
        reference: reference(&gitops.revision),
        root: gitops.root.clone(),
        name,
        path: parts.collect::<Vec<_>>().join("/"),
        operators: gitops.operators && has_operator,
        argocd: gitops.argocd.clone(),
        flux: gitops.flux.clone(),
    }
}

/// The key of a revision in a GitRepository (source-controller v1.9.1 `GitRepositoryRef`).
fn reference(revision: &str) -> &'static str {
    if revision.starts_with("refs/") {
        "name"
    } else if revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "commit"
    } else {
        "branch"
    }
}

/// A render's name as the name of an object: `clusters/EU_1` becomes `clusters-eu-1`.
pub(crate) fn object_name(render: &str) -> String {
    let mut name = String::with_capacity(render.len());
    for c in render.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => name.push(c),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    match name.trim_end_matches('-') {
        "" => "mesh".to_owned(),
        name => name.to_owned(),
    }
}

pub(super) fn check(settings: &Settings, home: &Home, report: &mut Report<'_>) {
    let gitops = &settings.gitops;
    if !gitops.argocd.enabled && !gitops.flux.enabled {
        return;
    }
    let url = gitops.repo_url.as_str();
    let is_url = ["https://", "http://", "ssh://"].iter().any(|scheme| url.starts_with(scheme));
    if url == "none" {
        let message = "`gitops` needs `gitops.repoURL`, the git repository that holds this render";
        let help = "set it to the URL, such as https://git.example.com/org/mesh.git";
        report(ids::MISSING_KEY, &["gitops", "repoURL"], message.to_owned(), help.to_owned());
    } else if !is_url && (gitops.flux.enabled || !url.contains(':')) {
        // The pattern of source-controller's `GitRepository.spec.url` (v1.9.1).
        let message = "`gitops.repoURL` is not the URL of a git repository".to_owned();
        let help = "expected https://, http:// or ssh://, such as ssh://git@git.example.com/org/mesh.git";
        report(ids::INVALID_ADDRESS, &["gitops", "repoURL"], message, help.to_owned());
    }
    if gitops.root.starts_with('/') || gitops.root.split('/').any(|part| part == "..") {
        let message = format!("`gitops.root` is `{}`, expected a folder inside the repository", gitops.root);
        report(ids::UNSAFE_PATH, &["gitops", "root"], message, "write it as in `mesh/prod`, or `.`".to_owned());
    }
    let name = derive(settings, home).name;
    if name.len() > LONGEST_NAME {
        let message = format!("`gitops.name` would be `{name}`, which is longer than {LONGEST_NAME} characters");
        let help = "set a shorter name; it has to be unique among the renders of one Argo CD or Flux";
        report(ids::INVALID_NAME, &["gitops", "name"], message, help.to_owned());
    }
    if gitops.flux.enabled && !is_interval(&gitops.flux.interval) {
        let message = format!("`gitops.flux.interval` is `{}`, which is no duration for Flux", gitops.flux.interval);
        let help = "expected hours, minutes and seconds, such as 10m or 1h30m";
        report(ids::INVALID_DURATION, &["gitops", "flux", "interval"], message, help.to_owned());
    }
    if gitops.operators {
        operators(settings, report);
    }
}

/// What can be installed is a manifest at a URL, as it is.
fn operators(settings: &Settings, report: &mut Report<'_>) {
    let operators = &settings.operators;
    let (key, manifest) = match settings.jaeger.backend {
        settings::Backend::OperatorV1 => ("jaeger", &operators.jaeger.manifest),
        settings::Backend::OtelOperatorV2 => ("opentelemetry", &operators.opentelemetry.manifest),
        _ => return,
    };
    let help = "set gitops.operators: false, and install the operator as INSTALL.md says";
    if manifest != "none" && !manifest.starts_with("https://") && !manifest.starts_with("http://") {
        let message = format!("`gitops` cannot install the file in `operators.{key}.manifest`, only a URL");
        report(ids::NOT_SUPPORTED, &["operators", key, "manifest"], message, help.to_owned());
    } else if manifest == "none" && key == "jaeger" && operators.jaeger.namespace != OPERATOR_NAMESPACE {
        let message = format!(
            "`gitops` cannot install jaeger-operator in namespace `{}`, because its manifest is for `{OPERATOR_NAMESPACE}`",
            operators.jaeger.namespace
        );
        report(ids::NOT_SUPPORTED, &["operators", "jaeger", "namespace"], message, help.to_owned());
    }
}

/// The pattern of Flux's durations: `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$` (kustomize-controller v1.9.4, CRD).
fn is_interval(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let whole = rest.len() - number.len();
        let after = match number.strip_prefix('.') {
            Some(fraction) => {
                let end = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
                if end.len() == fraction.len() {
                    return false;
                }
                end
            }
            None => number,
        };
        let unit = ["ms", "s", "m", "h"].into_iter().find_map(|unit| after.strip_prefix(unit));
        match unit {
            Some(next) if whole > 0 => rest = next,
            _ => return false,
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_renders_become_names_of_objects() {
        for (render, name) in [
            ("dev", "dev"),
            ("clusters/EU_1", "clusters-eu-1"),
            ("a//b--c.", "a-b-c"),
            ("클러스터", "mesh"),
            ("", "mesh"),
        ] {
            assert_eq!(object_name(render), name);
        }
    }

    #[test]
    fn a_revision_is_a_branch_unless_it_looks_like_a_commit_or_is_a_full_name() {
        assert_eq!(reference("main"), "branch");
        assert_eq!(reference("refs/tags/v1"), "name");
        assert_eq!(reference(&"0a".repeat(20)), "commit");
        assert_eq!(reference(&"0z".repeat(20)), "branch");
    }

    #[test]
    fn intervals_are_those_that_flux_accepts() {
        for good in ["10m", "1h30m", "500ms", "1.5h", "0s"] {
            assert!(is_interval(good), "{good}");
        }
        for bad in ["", "10", "m", "10 m", "1.h", ".5h", "10d", "1h-"] {
            assert!(!is_interval(bad), "{bad}");
        }
    }
}
