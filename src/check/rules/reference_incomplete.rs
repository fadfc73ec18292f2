use crate::check::cluster::keys;
use crate::check::cluster::references::CONFIG_MAP;
use crate::check::cluster::references::Part;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::set::Object;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::suggest::some;

pub(crate) static RULE: Rule = Rule {
    id: "reference-incomplete",
    severity: Severity::Warning,
    summary: "a ConfigMap does not have the key, or a Service the port, that something names",
    text: "A container does not start if a ConfigMap lacks a key that a variable or volume names, unless it is `optional` \
           (`k8s.io/kubernetes` `pkg/kubelet/kubelet_pods.go`, `pkg/volume/configmap`). A controller of Ingresses or routes sends \
           nothing to a port that the Service does not have, and the API server reaches no webhook there. Something in the cluster \
           may add keys, so an object without any is not judged. Consul finds services without the port of a route, so \
           routes beside Consul's objects are not judged.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let (set, refused) = (facts.mesh.set, &facts.mesh.refused);
    let is_consul = set.kinds().any(|(group, _)| group == consul::GROUP) || facts.mesh.values.is_some();
    for one in &facts.references {
        let Some(object) = set.one(one.kind.0, one.kind.1, one.namespace, one.name.text()) else { continue };
        if refused.has(object) {
            continue;
        }
        for part in one.parts.iter().copied() {
            match part {
                Part::Key(at) if one.kind == CONFIG_MAP => key(object, at, out),
                Part::Port(at) if !(is_consul && one.is_of_route) => port(object, at, out),
                Part::Key(_) | Part::Port(_) => {}
            }
        }
    }
}

fn key(map: Object<'_>, at: Cursor<'_>, out: &mut Sink) {
    let Some(known) = keys::lacking(map, at) else { return };
    let key = at.text();
    let help = match out.closest(key, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("add the key, or set `optional: true`; its keys are: {}", some(known.into_iter(), "`")),
    };
    out.hit(&RULE, at, format!("ConfigMap `{}` has no key `{key}`", map.id.name), help);
}

fn port(object: Object<'_>, at: Cursor<'_>, out: &mut Sink) {
    let ports = object.spec().get("ports");
    let is_plain = object.spec().get("type").str() != Some("ExternalName") && ports.items().len() > 0;
    let wanted = match (at.int(), at.str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) if !name.is_empty() && !is_placeholder(name) => name.to_string(),
        _ => return,
    };
    let is_number = at.int().is_some();
    let text = |port: Cursor<'_>| match is_number {
        true => port.get("port").int().map(|number| number.to_string()),
        false => port.get("name").str().map(str::to_string),
    };
    let is_open = |port: Cursor<'_>| text(port).is_some_and(|own| own == wanted || is_placeholder(&own));
    let is_unknown = ports.items().any(|port| port.get("port").str().is_some());
    if !is_plain || is_unknown || ports.items().any(is_open) {
        return;
    }
    let known: Vec<String> = ports.items().filter_map(text).collect();
    let help = match (known.is_empty(), is_number) {
        (true, _) => "its ports have no names: use a number, or name the port".to_string(),
        (false, _) => format!("it has {}", some(known.iter().map(String::as_str), "`")),
    };
    out.hit(&RULE, at, format!("Service `{}` has no port `{wanted}`", object.id.name), help);
}
