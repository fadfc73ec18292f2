//! Resolves names like a pod does: with the kubelet's search list and `ndots:5`, measured with a real resolver.

/// Kubernetes' default domain.
pub(crate) const DOMAIN: &str = "cluster.local";

/// What a host name means in a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A Service: its name and namespace; `None` means the pod's namespace.
    Service(String, Option<String>),
    /// An external host, as far as the files say.
    Outside,
    /// Does not resolve, with the reason.
    Nowhere(String),
    /// A domain other than the cluster's usual one.
    OtherDomain(String),
    /// An IP address.
    Address,
}

/// Interprets `host`. `domain`: the cluster's domain, if known.
pub(crate) fn target(host: &str, domain: Option<&str>) -> Target {
    let lower = host.to_ascii_lowercase();
    if lower.parse::<std::net::IpAddr>().is_ok() {
        return Target::Address;
    }
    let (name, rooted) = match lower.strip_suffix('.') {
        Some(name) => (name, true),
        None => (&*lower, false),
    };
    if name.is_empty() || name.split('.').any(|label| label.is_empty() || label.len() > 63 || label.contains(' ')) {
        return Target::Nowhere(format!("`{host}` is not a valid host name"));
    }
    let labels: Vec<&str> = name.split('.').collect();
    let service = |namespace: Option<&str>| Target::Service(labels[0].to_string(), namespace.map(str::to_string));
    match labels.as_slice() {
        [_] if rooted => Target::Nowhere(format!("`{host}` ends with a dot, so the search list is not used")),
        [_] => service(None),
        [_, namespace] if !rooted => service(Some(namespace)),
        [_, _, "svc"] if rooted => {
            Target::Nowhere(format!("`{host}` ends with a dot, so the cluster domain is not appended"))
        }
        [_, namespace, "svc"] => service(Some(namespace)),
        [_, namespace, "svc", rest @ ..] => {
            let rest = rest.join(".");
            let known = domain.unwrap_or(DOMAIN);
            if rest == known.trim_end_matches('.') {
                return service(Some(namespace));
            }
            if domain.is_some() || close(&rest, DOMAIN) {
                return Target::Nowhere(format!("`{rest}` is not the cluster domain, `{known}`"));
            }
            Target::OtherDomain(rest)
        }
        _ => Target::Outside,
    }
}

/// A name below a headless Service, as pods of a StatefulSet have: the pod's own name, and the name of the Service
/// (k8s.io/dns `docs/specification.md` 2.4.1). `a.b.c` may also be an external host.
pub(crate) fn of_pod(host: &str, domain: Option<&str>) -> Option<(String, String)> {
    let lower = host.to_ascii_lowercase();
    let (pod, rest) = lower.split_once('.')?;
    if !rest.contains('.') && !host.ends_with('.') || matches!(target(host, domain), Target::Service(..)) {
        // `pod.service`, in the pod's own namespace, reads as `service.namespace`.
        return None;
    }
    matches!(target(rest, domain), Target::Service(_, Some(_))).then(|| (pod.to_string(), rest.to_string()))
}

/// Whether `text` is probably meant to be `other`: misspelled or truncated.
fn close(text: &str, other: &str) -> bool {
    other.starts_with(text) || crate::suggest::closest(text, std::iter::once(other)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve_as_measured() {
        let service = |name: &str, ns: Option<&str>| Target::Service(name.into(), ns.map(str::to_string));
        assert_eq!(target("x", None), service("x", None));
        for host in ["x.ns", "x.ns.svc", "x.ns.svc.cluster.local", "x.ns.svc.cluster.local.", "X.Ns"] {
            assert_eq!(target(host, None), service("x", Some("ns")), "{host}");
        }
        for host in ["x.", "x.ns.svc.", "x.ns.svc.cluster", "x.ns.svc.cluster.locl", "", "x..ns"] {
            assert!(matches!(target(host, None), Target::Nowhere(_)), "{host}");
        }
        assert_eq!(target("x.ns.", None), Target::Outside);
        assert_eq!(target("x.ns.svc.corp.example", None), Target::OtherDomain("corp.example".into()));
        assert_eq!(target("x.ns.svc.corp.example", Some("corp.example")), service("x", Some("ns")));
        assert_eq!(target("10.0.0.1", None), Target::Address);
        assert_eq!(target("zipkin.tracing.example.com", None), Target::Outside);
        let name = |host| of_pod(host, None);
        for host in ["x-0.x.ns", "x-0.x.ns.svc", "x-0.x.ns.svc.cluster.local", "X-0.x.ns.svc.cluster.local."] {
            assert_eq!(name(host).map(|(pod, _)| pod), Some("x-0".to_string()), "{host}");
        }
        for host in ["x", "x.ns", "x.ns.svc", "x.ns.svc.cluster.local", "a.x-0.x.ns"] {
            assert_eq!(name(host), None, "{host}");
        }
    }
}
