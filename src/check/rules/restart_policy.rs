use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "restart-policy",
    severity: Severity::Error,
    summary: "the kind does not allow this `restartPolicy`",
    text: "Pods of Deployments, StatefulSets, DaemonSets and ReplicaSets are always restarted; those of Jobs \
           and CronJobs must end, so they need `Never` or `OnFailure`, and Kubernetes' default, `Always`, is \
           refused (`k8s.io/kubernetes` `pkg/apis/apps/validation`, `pkg/apis/batch/validation`).",
    fixes: &[],
    check: None,
};
