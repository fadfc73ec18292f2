use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::protocol::is_tcp_by_choice;
use crate::check::cursor::Cursor;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "protocol-value",
    severity: Severity::Error,
    summary: "`protocol` must be tcp, http, http2 or grpc, in lower case",
    text: "The webhook refuses other values in ServiceDefaults (servicedefaults_types.go). In ProxyDefaults an unknown value \
           silently means tcp.",
    fixes: &[Trust::Safe, Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    if let Some(at) = mesh.tracing.value("protocol")
        && !at.str().is_some_and(|word| consul::PROTOCOLS.contains(&&*word.to_ascii_lowercase()))
    {
        let message = format!("{}, so Consul uses tcp", what(at));
        let meant = consul::meant_protocol(at.text()).map(|(word, _)| word);
        let meant = meant.or_else(|| out.closest(at.text(), consul::PROTOCOLS.into_iter()));
        let help = match meant {
            Some(word) => format!("did you mean `{word}`? Protocols are http, http2, grpc and tcp"),
            None => "use http, http2, grpc or tcp".to_string(),
        };
        let hit = out.hit(&RULE, at, message, help);
        hit.fix(Trust::Unsafe, meant.map(|word| Edit::set(at, word)));
        let traced = without_own(mesh);
        if !traced.is_empty() {
            hit.breaks(HopKind::Protocol, Scope::Proxies(traced));
        }
    }
}

fn what(at: Cursor<'_>) -> String {
    match at.str() {
        Some(word) => format!("`{word}` is not a protocol"),
        None => "`protocol` is not a string".to_string(),
    }
}

/// The sidecars whose protocol comes from ProxyDefaults and whose spans are expected.
fn without_own(mesh: &Mesh<'_>) -> Vec<usize> {
    let sidecars = mesh.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway());
    let shared = sidecars.filter(|(_, proxy)| mesh.protocol(&proxy.name).is_some_and(|protocol| protocol.own.is_none()));
    shared.filter(|(_, proxy)| !is_tcp_by_choice(mesh, proxy)).map(|(index, _)| index).collect()
}
