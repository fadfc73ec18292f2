//! Which files of a directory are not manifests, and why.

use crate::finding::Finding;
use crate::finding::ids;
use crate::named::named;
use crate::stack::consul;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::yaml::Node;

named! {
    /// Why a file in a directory is not checked.
    pub enum Skip {
        /// Part of a Helm chart, which Helm has to render first.
        HelmChart = "helm-chart",
        /// Some other template.
        Template = "template",
        /// A patch that a kustomization applies.
        KustomizePatch = "kustomize-patch",
        /// What kuttl and chainsaw compare with a cluster: parts of objects.
        Assertion = "test-assertion",
        /// In a folder named `testdata`, which Go's tools ignore: what tests feed to programs, right and wrong.
        TestData = "test-data",
        /// Next to a kustomization that does not list it.
        NotListed = "not-listed",
        /// A Docker Compose file.
        Compose = "docker-compose",
        /// A Grafana dashboard or provisioning file.
        Grafana = "grafana",
        /// An OpenAPI description.
        OpenApi = "openapi",
        /// Configuration for Node.js, npm or TypeScript.
        Node = "node",
        /// A pipeline or workflow.
        Ci = "ci",
        /// A configuration file in the form of an object: kind, kubeadm, Skaffold.
        Tool = "tool-configuration",
        /// Not UTF-8, or with NUL bytes: a binary file, or a text in another encoding.
        NotText = "not-text",
        /// A symbolic link to something that does not exist, or to a folder that contains it.
        Link = "broken-link",
        /// Syntax errors in something that does not look like a manifest.
        Unreadable = "unreadable",
        /// YAML or JSON without `apiVersion` and `kind`.
        NoObject = "no-object",
    }
}

impl Skip {
    /// A description of such files, singular and plural.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Skip::HelmChart => ("file of a Helm chart", "files of Helm charts"),
            Skip::Template => ("template", "templates"),
            Skip::KustomizePatch => ("kustomize patch", "kustomize patches"),
            Skip::Assertion => ("assertion of a test", "assertions of tests"),
            Skip::TestData => ("file in a folder `testdata`", "files in folders `testdata`"),
            Skip::NotListed => (
                "file not listed by the kustomization next to it",
                "files not listed by the kustomization next to them",
            ),
            Skip::Compose => ("Docker Compose file", "Docker Compose files"),
            Skip::Grafana => ("Grafana file", "Grafana files"),
            Skip::OpenApi => ("OpenAPI document", "OpenAPI documents"),
            Skip::Node => ("Node.js or TypeScript file", "Node.js or TypeScript files"),
            Skip::Ci => ("CI file", "CI files"),
            Skip::Tool => ("configuration file of a tool", "configuration files of tools"),
            Skip::NotText => ("file that is not UTF-8 text", "files that are not UTF-8 text"),
            Skip::Link => ("symbolic link that leads nowhere", "symbolic links that lead nowhere"),
            Skip::Unreadable => {
                ("unreadable file without `apiVersion` and `kind`", "unreadable files without `apiVersion` and `kind`")
            }
            Skip::NoObject => ("file without `apiVersion` and `kind`", "files without `apiVersion` and `kind`"),
        }
    }
}

/// Why a file in a directory that cannot be read is not a manifest.
pub(crate) fn why_not_read(why: &Finding) -> Skip {
    if why.rule == ids::SYMLINK { Skip::Link } else { Skip::NotText }
}

/// Template markers in a name or kind: Helm and Jinja, envsubst and Flux, ERB, ytt.
const MARKS: [&str; 6] = ["{{", "{%", "${", "<%", "#@", "<<"];

/// Why a file is not a manifest although its documents look like objects, by its path: it holds parts of them.
pub(crate) fn holds_parts(path: &str) -> Option<Skip> {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    // kuttl's names are `00-assert.yaml` and `00-errors.yaml`, chainsaw's any; people write more behind them.
    let step = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let starts = |text: &str, word: &str| {
        text.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    let in_steps = step.len() < name.len() && ["-error", "-errors", "-assert"].iter().any(|word| starts(step, word));
    if in_steps || starts(name, "assert") {
        return Some(Skip::Assertion);
    }
    parts.any(|folder| folder == "patches").then_some(Skip::KustomizePatch)
}

/// Whether a name contains a placeholder.
pub(crate) fn is_placeholder(text: &str) -> bool {
    // Each mark has one of these, and most text none.
    text.bytes().any(|byte| matches!(byte, b'{' | b'<' | b'#'))
        && (MARKS.iter().any(|mark| text.contains(mark)) || has_name_in(text, "{", "}"))
}

/// Whether text has a name in capital letters between two marks, which scripts and tests replace: `{GATEWAY_CLASS_NAME}`.
fn has_name_in(text: &str, open: &str, close: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.match_indices(open).any(|(at, _)| {
        let rest = &text[at + open.len()..];
        let end = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        end > 2 && rest.starts_with(|c: char| c.is_ascii_uppercase()) && rest[end..].starts_with(close)
    })
}

/// Whether text has placeholders that YAML takes for comments, as values: `name: ##NAME##`.
pub(crate) fn has_placeholders_in_comments(text: &str) -> bool {
    has_name_in(text, ": ##", "##")
}

/// The same of a name, which may also be a variable of kustomize (`$(NAME)`) or a binding of chainsaw (`($name)`): no name
/// has parentheses.
pub(crate) fn is_placeholder_of_name(text: &str) -> bool {
    is_placeholder(text) || text.contains("$(") || text.contains("($")
}

/// Whether text that is not YAML is a template for YAML.
pub(crate) fn has_braces(text: &str) -> bool {
    ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark)) || has_name_in(text, ": {", "}")
}

/// Whether a line of text is nothing but an action of Go's templates, as in a chart: `{{- if .Values.debug }}`.
pub(crate) fn has_go_actions(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| line.starts_with("{{") && line.ends_with("}}"))
}

/// Whether invalid text looks like an attempt at a manifest.
pub(crate) fn looks_like_a_manifest(text: &str) -> bool {
    let says = |key: &str| {
        text.lines().any(|line| {
            let line = line.trim_start().trim_start_matches(['{', '-', ' ', '"', '\'']);
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        })
    };
    [says("apiVersion"), says("kind"), says("metadata")].into_iter().filter(|said| *said).count() >= 2
}

/// Why a document is not an object, by its file name and content.
pub(crate) fn why_no_object(path: &str, node: &Node) -> Skip {
    let name = path.rsplit('/').next().unwrap_or(path);
    let has = |key: &str| node.get(key).is_some();
    let is_map = |key: &str| node.get(key).is_some_and(|node| node.as_map().is_some());
    if name.starts_with("docker-compose") || name.starts_with("compose.") || is_map("services") && !has("apiVersion") {
        Skip::Compose
    } else if has("openapi") || has("swagger") {
        Skip::OpenApi
    } else if has("panels") && (has("schemaVersion") || has("templating"))
        || is_map("dashboard")
        || ["datasources", "providers", "dashboards"].iter().any(|key| has("apiVersion") && has(key))
    {
        Skip::Grafana
    } else if matches!(name, "package.json" | "package-lock.json" | "lerna.json" | "composer.json" | "angular.json")
        || ["tsconfig", "jsconfig", "tslint", ".eslintrc"].iter().any(|start| name.starts_with(start))
        || name.starts_with("pnpm-")
    {
        Skip::Node
    } else if ["azure-pipelines", "bitbucket-pipelines", "cloudbuild", "appveyor", "buildspec", "circle", "codecov"]
        .iter()
        .any(|start| name.starts_with(start))
        || is_map("jobs") && (has("on") || has("true") || has("version"))
        || has("stages") && has("script")
        || node.get("kind").and_then(Node::as_str) == Some("pipeline")
    {
        Skip::Ci
    } else {
        Skip::NoObject
    }
}

/// Groups whose objects are part of a mesh or its surroundings, where a missing name is a mistake.
const STORED: [&str; 16] = [
    kube::CORE,
    kube::APPS,
    kube::BATCH,
    kube::RBAC,
    kube::NETWORKING,
    kube::API_EXTENSIONS,
    kube::STORAGE,
    kube::SCHEDULING,
    kube::DISCOVERY,
    kube::NODE,
    kube::GATEWAY_API,
    "autoscaling",
    "extensions",
    "policy",
    consul::GROUP,
    jaeger::GROUP,
];

/// Groups of files for tools and catalogues that look like objects down to their name: Tanka's environments, the metadata of
/// Crossplane's packages (its package manager reads them from images), Backstage's catalogue.
const OF_TOOLS: [&str; 4] = ["tanka.dev", "meta.pkg.crossplane.io", "backstage.io", "scaffolder.backstage.io"];

/// Whether a document with a kind is a configuration file, such as kind's `Cluster` or a kubeconfig: these are never
/// stored in a cluster, so most have no name.
pub(crate) fn is_tool_configuration(node: &Node) -> bool {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let group = text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    let has_name = |metadata: &Node| metadata.get("name").is_some() || metadata.get("generateName").is_some();
    let is_kubeconfig = group.is_empty() && text("kind") == "Config" && node.get("clusters").is_some();
    // Argo CD's repository server reads it from its file system (docs/operator-manual/config-management-plugins.md).
    let is_plugin = (group, text("kind")) == ("argoproj.io", "ConfigManagementPlugin");
    OF_TOOLS.contains(&group)
        || is_plugin
        // A file of the Gateway API's tests (conformance/apis/v1 `ConformanceReport`).
        || (group, text("kind")) == (kube::GATEWAY_API, "ConformanceReport")
        || !node.get("metadata").is_some_and(has_name) && (is_kubeconfig || !STORED.contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of as node;

    #[test]
    fn a_file_is_known_by_its_name_or_its_content() {
        for (path, text, why) in [
            ("a/docker-compose.prod.yml", "x: 1", Skip::Compose),
            ("stack.yml", "services: {web: {image: web}}", Skip::Compose),
            ("api.yaml", "openapi: 3.0.0\npaths: {}", Skip::OpenApi),
            ("d.json", "{\"panels\": [], \"schemaVersion\": 30}", Skip::Grafana),
            ("datasources.yml", "apiVersion: 1\ndatasources: []", Skip::Grafana),
            ("web/package.json", "{\"name\": \"web\"}", Skip::Node),
            ("tsconfig.base.json", "{}", Skip::Node),
            ("workflow.yml", "on: push\njobs: {a: {}}", Skip::Ci),
            ("drone.yml", "kind: pipeline\ntype: docker", Skip::Ci),
            ("settings.yaml", "a: 1", Skip::NoObject),
        ] {
            assert_eq!(why_no_object(path, &node(text)), why, "{path}");
        }
    }

    #[test]
    fn placeholders_are_known_by_their_marks() {
        for text in ["{{ name }}", "${NAME}", "web-{NAME}", "{GATEWAY_CLASS_NAME}"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["{\"NAME\"}", "{name}", "{NAME: 1}", "[A-Z]{2}", "#web"] {
            assert!(!is_placeholder(text), "{text}");
        }
        assert!(
            has_placeholders_in_comments("name: ##NAME##\n") && !has_placeholders_in_comments("name: ## NAME ##\n")
        );
        assert!(has_braces("clusterIP: {IP_PREFIX}.16\n") && !has_braces("a: {b: 1}}\n"));
    }

    #[test]
    fn parts_of_objects_are_known_by_their_path() {
        for path in
            ["t/00-assert.yaml", "t/02-assert-nodeip.yaml", "assert.yaml", "t/01-errors.yaml", "t/03-error.yaml"]
        {
            assert_eq!(holds_parts(path), Some(Skip::Assertion), "{path}");
        }
        assert_eq!(holds_parts("config/crd/patches/webhook.yaml"), Some(Skip::KustomizePatch));
        for path in ["t/00-install.yaml", "assertion.yaml", "patches.yaml", "error-pages.yaml", "404-page.yaml"] {
            assert_eq!(holds_parts(path), None, "{path}");
        }
    }

    #[test]
    fn configuration_files_of_tools_look_like_objects_without_a_name() {
        assert!(is_tool_configuration(&node("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n")));
        assert!(is_tool_configuration(&node("kind: Config\napiVersion: skaffold/v4beta6\nmetadata: {}\n")));
        let tanka = "kind: Environment\napiVersion: tanka.dev/v1alpha1\nmetadata: {name: environments/prod}\n";
        assert!(is_tool_configuration(&node(tanka)));
        assert!(!is_tool_configuration(&node("kind: Service\napiVersion: v1\nmetadata: {}\n")));
        assert!(!is_tool_configuration(&node("kind: ProxyDefaults\napiVersion: consul.hashicorp.com/v1alpha1\n")));
    }

    #[test]
    fn broken_text_is_a_manifest_when_it_says_so() {
        assert!(looks_like_a_manifest("apiVersion: v1\nkind: Service\nmetadata: [\n"));
        assert!(looks_like_a_manifest("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Service\",\n"));
        assert!(looks_like_a_manifest("kind: Service\nmetadata: [\n"));
        assert!(!looks_like_a_manifest("site_name: x\nkind: [\n"));
    }
}
