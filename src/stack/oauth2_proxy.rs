//! oauth2-proxy, which asks people who they are before they see the Jaeger UI.

/// Its image (oauth2-proxy v7.15.6 `Makefile`, `REGISTRY`).
pub(crate) const IMAGE: &str = "quay.io/oauth2-proxy/oauth2-proxy:v7.15.6";
