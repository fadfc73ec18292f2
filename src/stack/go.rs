//! How programs in Go read what they are given: Consul, the operators, Kubernetes itself.

/// `strconv.ParseBool`, by which consul-k8s reads its annotations (`control-plane/connect-inject/webhook/mesh_webhook.go`
/// `shouldInject`). `None` where Go returns an error: consul-k8s then refuses the pod.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_gos_own_words_are_booleans() {
        for word in ["1", "t", "T", "TRUE", "true", "True"] {
            assert_eq!(parse_bool(word), Some(true), "{word}");
        }
        for word in ["0", "f", "F", "FALSE", "false", "False"] {
            assert_eq!(parse_bool(word), Some(false), "{word}");
        }
        for word in ["", "yes", "on", "tRUE", " true", "2"] {
            assert_eq!(parse_bool(word), None, "{word}");
        }
    }
}
