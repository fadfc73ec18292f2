use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "kustomize-fails",
    severity: Severity::Error,
    summary: "kustomize does not build a kustomization",
    text: "A build that fails makes nothing, so nothing of it reaches the cluster: an unknown field (`json: unknown field`), \
           an object that is listed twice (`may not add resource with an already registered id`), a patch without an \
           object (`no matches for Id`), a file that does not exist, a generator that changes nothing (`does not exist; \
           cannot merge or replace`). Measured with kustomize 5.8.2; what plugins, remote bases, charts, several patches or new \
           names decide is not judged.",
    fixes: &[],
    check: None,
};
