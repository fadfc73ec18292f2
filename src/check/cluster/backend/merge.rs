//! Joins the parts of a collector's configuration: maps merge, and anything else of a later part replaces what an earlier
//! one has (opentelemetry-collector `confmap/confmap.go` `Merge`).

use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::feed::End;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Merges `over` into `under`.
pub(super) fn merge(under: &mut Node, over: Node) {
    match (&mut under.value, over.value) {
        (Value::Map(below), Value::Map(above)) => {
            for entry in above.entries {
                match below.get_mut(&entry.key) {
                    Some(known) => merge(known, entry.value),
                    None => below.entries.push(entry),
                }
            }
        }
        // An empty part adds nothing.
        (Value::Map(_), Value::Null) => {}
        (value, other) => {
            *value = other;
            under.span = over.span;
        }
    }
}

/// Makes maps of keys such as `exporters::otlp::endpoint` (`confmap/confmap.go` `KeyDelimiter`).
pub(super) fn expanded(node: Node) -> Node {
    let Value::Map(map) = node.value else { return node };
    let mut out = Node { value: Value::Map(Map::default()), span: node.span };
    for entry in map.entries {
        let mut value = expanded(entry.value);
        for key in entry.key.rsplit("::") {
            let mut map = Map::default();
            map.set(key, value);
            value = Node { value: Value::Map(map), span: entry.key_span };
        }
        merge(&mut out, value);
    }
    out
}

/// Leaves out the cures of ports, which would change the wrong part.
pub(super) fn without_cures(ports: &mut BTreeMap<u16, Port>) {
    ports.values_mut().for_each(uncure);
}

fn uncure(port: &mut Port) {
    match port {
        Port::Refused(fault) => fault.cure = None,
        Port::OwnPod(fault, inside) => {
            fault.cure = None;
            uncure(inside);
        }
        Port::Feeds(_, feed) => {
            for end in &mut Rc::make_mut(feed).ends {
                match end.whole_mut() {
                    End::Sent(sent) => (sent.written, sent.insecure) = (None, None),
                    End::Broken(fault) => fault.cure = None,
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn maps_merge_and_anything_else_replaces() {
        let mut node = node_of("a: {b: 1, c: [1, 2]}\nd: x\n");
        merge(&mut node, expanded(node_of("a::c: [3]\na::e::f: w\n")));
        merge(&mut node, node_of("d: {g: z}\n"));
        assert_eq!(node.to_json().to_string(), r#"{"a":{"b":1,"c":[3],"e":{"f":"w"}},"d":{"g":"z"}}"#);
    }
}
