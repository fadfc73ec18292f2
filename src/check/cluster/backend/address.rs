//! Addresses as configurations write them.

/// The host and port of an address without its scheme; what follows them is left out.
pub(super) fn host_and_port(text: &str) -> (String, Option<u16>) {
    let authority = text.split(['/', '?']).next().unwrap_or(text);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host.to_string(), port.parse().ok()),
        _ => (authority.to_string(), None),
    }
}
