use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "plaintext-secret",
    severity: Severity::Warning,
    summary: "a secret is there in plain text",
    text: "Whoever can read the repository, a pull request or a log of CI has it, and git keeps it after it was removed. base64 \
           is plain text as well. Secrets are known by the Secret that holds them, by key or name of the environment variable \
           (`password`, `DB_PASSWORD`, `api-key`, `authorization`) and by shape (passwords in URLs, tokens, gossip keys, \
           licences, cloud keys, private keys). Refer to them: `valueFrom.secretKeyRef`, an ExternalSecret, Vault, or a file \
           that SOPS encrypted (below `files/`, if meshtrace renders it). What a cluster printed (`kubectl get -o yaml`) is \
           judged without this rule for its Secrets.",
    check: None,
};
