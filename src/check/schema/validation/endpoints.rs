//! Addresses of Services (`pkg/apis/core/validation`, `pkg/apis/discovery/validation`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use std::net::IpAddr;

/// `ValidateEndpointsCreate`, `ValidateEndpointIP`.
pub(super) fn plain(out: &mut Out, root: Cursor<'_>) {
    for subset in root.get("subsets").items() {
        let lists = ["addresses", "notReadyAddresses"].map(|field| subset.get(field));
        if !is_open(subset) && lists.iter().all(|list| !is_given(*list)) {
            out.missing(subset, "a subset has neither `addresses` nor `notReadyAddresses`", "add addresses");
        }
        for at in lists.into_iter().flat_map(|list| list.items()).map(|address| address.get("ip")) {
            match known(at).and_then(|text| text.parse::<IpAddr>().ok()) {
                Some(address) if !is_reachable(address) => {
                    out.value(at, "an endpoint has an address that other machines reach", "correct it");
                }
                _ => {}
            }
        }
        let ports = subset.get("ports");
        if ports.list().len() > 1 {
            for port in ports.items().filter(|port| !is_open(*port) && !is_given(port.get("name"))) {
                out.missing(port, "where there are several ports, each needs a `name`", "add one");
            }
        }
    }
}

/// What `ValidateEndpointIP` accepts.
fn is_reachable(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            first & 0xffc0 == 0xfe80 || first & 0xff0f == 0xff02
        }
    };
    !(address.is_loopback() || address.is_unspecified() || is_link_local)
}

/// `ValidateEndpointSlice`.
pub(super) fn slice(out: &mut Out, root: Cursor<'_>) {
    out.each_once(root.get("ports").items().map(|port| port.get("name")), "port");
    let family = root.get("addressType").text();
    for endpoint in root.get("endpoints").items() {
        let list = endpoint.get("addresses");
        if is_set(endpoint) && list.node().is_some_and(|node| node.as_list().is_some_and(<[_]>::is_empty)) {
            out.missing(list, "an endpoint needs at least one address", "add one, or remove the endpoint");
        }
    }
    for at in root.get("endpoints").items().flat_map(|endpoint| endpoint.get("addresses").items()) {
        let Some(text) = known(at) else { continue };
        let Ok(address) = text.parse::<IpAddr>() else {
            if matches!(family, "IPv4" | "IPv6") {
                out.value(at, format!("`{text}` is not an IP address"), "write an address, or `addressType: FQDN`");
            }
            continue;
        };
        let is_other = family == "IPv4" && address.is_ipv6() || family == "IPv6" && address.is_ipv4();
        if is_other {
            out.clash(at, format!("`{address}` is no {family} address"), "correct it, or the `addressType`");
        } else if !is_reachable(address) {
            out.value(at, "an endpoint has an address that other machines reach", "correct it");
        }
    }
}
