//! Injects jaeger-agent sidecars into the services that ask for them.
//!
//! In: the model and the rendered objects. Out: the same objects, some Deployments with an agent (`manual`) or with the
//! annotation that lets the operator inject one (`auto`). Idempotent. For files written by hand, [`Opened`] does the
//! same by editing their text in place.

mod agent;
mod config_maps;
mod file;
mod fit;
mod held;
mod mesh;
mod request;
mod shape;
mod workload;

pub use agent::Instance;
pub use agent::inject_agent;
pub use config_maps::ConfigMaps;
pub use file::Opened;
pub use file::Outcome;
pub use request::Format;
pub use request::Mode;
pub use request::Request;
pub use request::Target;
pub use request::Targets;

use crate::model::Model;
use crate::model::settings::Agent;
use crate::object::Object;
use crate::object::Rendered;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;

/// Gives each service's Deployment the agent it asks for.
pub fn apply(model: &Model, mut rendered: Rendered) -> Rendered {
    let asked: HashMap<(&str, &str), Agent> = model
        .services
        .iter()
        .filter(|service| service.agent != Agent::None)
        .map(|service| ((service.namespace.as_str(), service.name.as_str()), service.agent))
        .collect();
    if asked.is_empty() {
        return rendered;
    }
    // Without that operator there are no agents; the model reports a service that asks for one.
    let Some(operator) = &model.operators.jaeger else { return rendered };
    // Whichever template made the Jaeger resource, its settings for agents apply.
    let resource = rendered.objects.iter().find(|object| {
        is(object, jaeger::GROUP, jaeger::KIND)
            && *object.id.name == *model.jaeger.settings.name
            && *object.id.namespace == *model.jaeger.settings.namespace
    });
    let spec = resource.and_then(|object| object.node.get("spec")).cloned();
    let mut config_maps = ConfigMaps::default();
    rendered.objects.iter().for_each(|object| config_maps.add(&object.node));
    let instance =
        Instance::new(&model.jaeger.settings.name, &model.jaeger.settings.namespace, &operator.release, spec.as_ref())
            .with_config_maps(&config_maps);
    for object in rendered.objects.iter_mut().filter(|object| is(object, kube::APPS, "Deployment")) {
        match asked.get(&(&*object.id.namespace, &*object.id.name)) {
            Some(Agent::Manual) => inject_agent(&mut object.node, &instance),
            Some(Agent::Auto) => {
                let annotations = submap(submap(root(&mut object.node), "metadata"), "annotations");
                // By name, because "true" injects nothing once the cluster has two Jaegers.
                annotations.set(jaeger::INJECT, Node::string(&model.jaeger.settings.name));
            }
            _ => {}
        }
    }
    rendered
}

fn is(object: &Object, group: &str, kind: &str) -> bool {
    *object.id.group == *group && *object.id.kind == *kind
}

/// The map in a node; anything else is replaced by an empty map.
fn root(node: &mut Node) -> &mut Map {
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(Map::default());
    }
    match &mut node.value {
        Value::Map(map) => map,
        _ => unreachable!("it was made a map above"),
    }
}

/// The map under `key`, created if missing.
fn submap<'a>(map: &'a mut Map, key: &str) -> &'a mut Map {
    if map.get(key).is_none() {
        map.set(key, Node::new(Value::Map(Map::default())));
    }
    root(map.get_mut(key).expect("it was set above"))
}

/// The list in a node; anything else is replaced by an empty list.
fn root_list(node: &mut Node) -> &mut Vec<Node> {
    if !matches!(node.value, Value::List(_)) {
        node.value = Value::List(Vec::new());
    }
    match &mut node.value {
        Value::List(list) => list,
        _ => unreachable!("it was made a list above"),
    }
}
