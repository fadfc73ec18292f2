use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "volume-missing",
    severity: Severity::Error,
    summary: "a container mounts a volume that its pod does not have",
    text: "Each name in `volumeMounts` and `volumeDevices` must be one of `volumes`, or in a StatefulSet of \
           `volumeClaimTemplates`: the API server refuses the object otherwise (`k8s.io/kubernetes` \
           `pkg/apis/core/validation` `ValidateVolumeMounts`).",
    fixes: &[],
    check: None,
};
