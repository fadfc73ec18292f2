//! References of container images (github.com/distribution/reference v0.6.0 `reference.go`).

/// The registry that an image without one comes from.
pub(crate) const DOCKER: &str = "docker.io";

/// An image in another registry: the host is replaced, and the rest stays, so a mirror keeps the names.
pub(crate) fn in_registry(image: &str, registry: &str) -> String {
    let path = match image.split_once('/') {
        Some((host, rest)) if is_host(host) => rest,
        _ => image,
    };
    format!("{}/{path}", registry.trim_end_matches('/'))
}

/// The image with its registry spelled out, as tools that copy images want it.
pub(crate) fn qualified(image: &str) -> String {
    match image.split_once('/') {
        Some((host, _)) if is_host(host) => image.to_owned(),
        Some(_) => format!("{DOCKER}/{image}"),
        None => format!("{DOCKER}/library/{image}"),
    }
}

/// Whether the first part of a path is a host: it has a dot or a port, or is `localhost`.
fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost"
}

/// An image without tag and digest.
pub(crate) fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

/// An image with another tag, digest or both.
pub(crate) fn pinned(image: &str, tag: Option<&str>, digest: Option<&str>) -> String {
    let base = match tag {
        Some(tag) => format!("{}:{tag}", repository(image)),
        None => image.split('@').next().unwrap_or(image).to_owned(),
    };
    digest.map_or(base.clone(), |digest| format!("{base}@{digest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_keeps_the_path() {
        for (image, mirrored) in [
            ("hashicorp/consul:1.12.3", "r.example/m/hashicorp/consul:1.12.3"),
            ("docker.io/otel/x:1@sha256:a", "r.example/m/otel/x:1@sha256:a"),
            ("localhost:5000/a/b", "r.example/m/a/b"),
            ("busybox", "r.example/m/busybox"),
        ] {
            assert_eq!(in_registry(image, "r.example/m"), mirrored);
        }
    }

    #[test]
    fn tag_and_digest_replace_those_of_the_image() {
        assert_eq!(pinned("r:5/a/b:1", Some("2"), None), "r:5/a/b:2");
        assert_eq!(pinned("r:5/a/b", Some("2"), Some("sha256:c")), "r:5/a/b:2@sha256:c");
        assert_eq!(pinned("a/b:1@sha256:d", None, Some("sha256:c")), "a/b:1@sha256:c");
        assert_eq!(
            (qualified("a/b:1"), qualified("busybox")),
            ("docker.io/a/b:1".into(), "docker.io/library/busybox".into())
        );
    }
}
