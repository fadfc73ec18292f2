//! Reads what `helm template` prints: a stream of objects, each with the template that printed it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::object::unwrap_list;
use crate::source::SourceId;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;

/// The comment above each object (helm v3.18 `pkg/action/action.go`, `renderResources`).
const SOURCE: &str = "# Source: ";
/// The annotation of a hook (helm v3.18 `pkg/release/hook.go`).
const HOOK: &str = "helm.sh/hook";

/// An object of the stream.
#[derive(Debug)]
pub(crate) struct Document {
    /// The chart's template, such as `web/templates/service.yaml`; empty if the stream does not say it.
    pub(crate) template: String,
    pub(crate) node: Node,
}

/// When an object is created, if Helm does not simply apply it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// With an installation or an upgrade.
    Install,
    /// Only by `helm test`.
    Test,
    /// Only when the release is deleted or rolled back.
    Other,
}

impl Document {
    /// The hook that the object is, if it is one.
    pub(crate) fn hook(&self) -> Option<Hook> {
        let events = self.node.path(&["metadata", "annotations", HOOK])?.as_str()?;
        let events: Vec<&str> = events.split(',').map(str::trim).collect();
        let is = |names: &[&str]| events.iter().any(|event| names.contains(event));
        Some(match () {
            () if is(&["pre-install", "post-install", "pre-upgrade", "post-upgrade"]) => Hook::Install,
            () if is(&["test", "test-success", "test-failure"]) => Hook::Test,
            () => Hook::Other,
        })
    }

    /// The events of the hook as the chart says them.
    pub(crate) fn events(&self) -> &str {
        self.node.path(&["metadata", "annotations", HOOK]).and_then(Node::as_str).unwrap_or_default()
    }
}

/// The objects of a stream that messages call `name`. Mistakes are added to `found` with their place in the stream.
pub(crate) fn documents(text: &str, name: &str, found: &mut Findings) -> Vec<Document> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let mut mistakes = Findings::default();
    let documents = yaml::read(&sources, source, &mut mistakes);
    let starts = starts(&sources, source);
    let template = |offset: usize| {
        let at = starts.partition_point(|(start, _)| *start <= offset);
        at.checked_sub(1).map_or("", |at| starts[at].1)
    };
    for finding in mistakes {
        found.push(named(finding, &sources, source, &starts));
    }
    let mut all = Vec::new();
    for document in documents {
        let template = template(document.node.span.start as usize).to_string();
        for node in unwrap_list(document.node).into_iter().filter(|node| !matches!(node.value, Value::Null)) {
            all.push(Document { template: template.clone(), node });
        }
    }
    all
}

/// Where each template's output begins. A line that begins so is a comment or the first of a document in any YAML that
/// Helm could read, except inside a block scalar, where it would have to be unindented.
fn starts(sources: &Sources, source: SourceId) -> Vec<(usize, &str)> {
    let mut starts = Vec::new();
    let mut offset = 0;
    let mut begins = true;
    for line in sources.text(source).split_inclusive('\n') {
        let content = line.trim_end();
        if begins && let Some(template) = content.strip_prefix(SOURCE) {
            starts.push((offset, template));
        }
        begins = content == "---";
        offset += line.len();
    }
    starts
}

/// A mistake with the name of its template in place of the stream's.
fn named(mut finding: Finding, sources: &Sources, source: SourceId, starts: &[(usize, &str)]) -> Finding {
    let Some(place) = &finding.place else { return finding };
    let text = sources.text(source);
    let line = place.line as usize;
    let offset: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let at = starts.partition_point(|(start, _)| *start <= offset);
    if let Some((_, template)) = at.checked_sub(1).map(|at| starts[at]) {
        finding.message = format!("{} in what `{template}` prints", finding.message);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "---\n# Source: web/crds/a.yaml\napiVersion: v1\nkind: A\n---\n# Source: web/templates/b.yaml\n\
                          # x\nkind: List\napiVersion: v1\nitems:\n- kind: B\n- kind: C\n---\n# Source: web/templates/c.yaml\n\
                          ---\nkind: D\ntext: |\n  ---\n  # Source: no\nmetadata:\n  annotations:\n    helm.sh/hook: post-delete, test\n";

    #[test]
    fn each_object_has_its_template() {
        let mut found = Findings::default();
        let all = documents(STREAM, "x", &mut found);
        let shown: Vec<(&str, &str)> =
            all.iter().map(|one| (&*one.template, one.node.get("kind").and_then(Node::as_str).unwrap())).collect();
        assert!(found.is_empty());
        assert_eq!(
            shown,
            [
                ("web/crds/a.yaml", "A"),
                ("web/templates/b.yaml", "B"),
                ("web/templates/b.yaml", "C"),
                ("web/templates/c.yaml", "D")
            ]
        );
        assert_eq!(all[0].hook(), None);
        assert_eq!((all[3].hook(), all[3].events()), (Some(Hook::Test), "post-delete, test"));
    }

    #[test]
    fn mistakes_name_the_template() {
        let mut found = Findings::default();
        documents("---\n# Source: web/templates/a.yaml\na: 1\na: 2\n", "x", &mut found);
        let finding = found.iter().next().unwrap();
        assert!(finding.message.ends_with("in what `web/templates/a.yaml` prints"), "{}", finding.message);
    }
}
