use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "selector-mismatch",
    severity: Severity::Error,
    summary: "the selector of a workload does not match its own pods",
    text: "A Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController or Job with `manualSelector` \
           must select the pods that it makes: the API server refuses it otherwise, and refuses an empty \
           selector too (`k8s.io/kubernetes` `pkg/apis/apps/validation`).",
    fixes: &[],
    check: None,
};
