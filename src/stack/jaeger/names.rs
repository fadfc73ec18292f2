//! How operators name the objects they create.
//!
//! Source: jaeger-operator 1.37 `pkg/util/truncate.go`, `pkg/util/dns_name.go`, `pkg/service/*.go`; the OpenTelemetry
//! operator names its Services by the same two functions (`internal/naming`).

use crate::stack::kube::names::LONGEST_LABEL as LONGEST;

/// The Service `<name>-<suffix>` of a Jaeger resource: the resource's name is truncated so that the result has at most
/// 63 characters, and the result is turned into a DNS name. Deployments, ConfigMaps and the ServiceAccount use the
/// resource's name unchanged.
pub fn service(name: &str, suffix: &str) -> String {
    dns_name(&truncate(name, suffix, LONGEST))
}

/// `util.Truncate("%s-suffix", max, name)`.
fn truncate(name: &str, suffix: &str, most: usize) -> String {
    let whole = format!("{name}-{suffix}");
    let excess = whole.len().saturating_sub(most);
    let cut = if excess == 0 {
        whole
    } else {
        // Go counts bytes; names of Kubernetes resources are ASCII.
        let keep: String =
            if name.len() > excess { name.chars().take(name.len() - excess).collect() } else { String::new() };
        let cut = format!("{keep}-{suffix}");
        if cut.len() > most {
            return cut.chars().take(most).collect();
        }
        cut
    };
    cut.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string()
}

/// The name `<name>-<suffix>` of a CronJob, at most 52 characters: Kubernetes appends eleven to the names of its Jobs
/// (`pkg/cronjob/es_index_cleaner.go`).
pub fn cron_job(name: &str, suffix: &str) -> String {
    dns_name(&truncate(name, suffix, 52))
}

/// A label value truncated like the operator does: `util.Truncate(name, 63)`.
pub fn label(name: &str) -> String {
    let cut: String = name.chars().take(LONGEST).collect();
    if name.len() > LONGEST { cut } else { cut.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string() }
}

/// `util.DNSName`: anything but a lower-case letter or digit becomes `-`, or `a` at either end.
fn dns_name(name: &str) -> String {
    let last = name.chars().count().saturating_sub(1);
    name.to_lowercase()
        .chars()
        .enumerate()
        .map(|(index, c)| match c {
            'a'..='z' | '0'..='9' => c,
            _ if index == 0 || index == last => 'a',
            _ => '-',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_as_the_operator_names_them() {
        assert_eq!(service("simplest", "collector"), "simplest-collector");
        assert_eq!(service("my.jaeger", "collector"), "my-jaeger-collector");
        assert_eq!(service("simplest", "collector-headless"), "simplest-collector-headless");
    }

    #[test]
    fn long_names_are_cut_in_the_resources_own_part() {
        let name = "a".repeat(60);
        assert_eq!(service(&name, "collector"), format!("{}-collector", "a".repeat(53)));
        assert_eq!(service(&name, "collector-headless"), format!("{}-collector-headless", "a".repeat(44)));
        assert_eq!(service(&name, "query"), format!("{}-query", "a".repeat(57)));
        assert_eq!(service(&"a".repeat(53), "collector").len(), 63);
    }

    #[test]
    fn a_cut_that_ends_in_a_dot_stays_a_dns_name() {
        let name = format!("{}.bbbb", "a".repeat(52));
        assert_eq!(service(&name, "collector"), format!("{}--collector", "a".repeat(52)));
    }
}
