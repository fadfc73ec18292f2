use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "storage-address",
    severity: Severity::Error,
    summary: "Jaeger's store is not at the port that Jaeger writes to",
    text: "Jaeger connects to Elasticsearch, OpenSearch or Cassandra when it starts, and exits or drops spans if nothing answers. \
           A Service only forwards the ports it lists. If the store is not among the files, the hop is `?`.",
    fixes: &[],
    check: None,
};
