//! The model as templates see it.

use crate::model::Model;
use crate::model::Service;
use minijinja::Value;
use minijinja::context;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;
use minijinja::value::Serde;
use std::sync::Arc;

/// The model as a value.
pub(crate) fn of(model: &Model) -> Value {
    let gateways = model.ingress.gateways.iter().map(|gateway| {
        let key = ["ingress", "gateways", &gateway.name].map(str::to_owned).to_vec();
        Value::from_object(Keyed { key, value: Value::from(Serde(gateway)) })
    });
    let gateways: Vec<Value> = gateways.collect();
    context! {
        ingress => context! { gateways, ..Value::from(Serde(&model.ingress)) },
        services => Value::from_object(Services(Arc::clone(&model.services))),
        ..Value::from(Serde(model))
    }
}

/// The profile key of a service or a gateway.
pub(crate) fn key(value: &Value) -> Option<Vec<String>> {
    if let Some(Keyed { key, .. }) = value.downcast_object_ref() {
        return Some(key.clone());
    }
    let Item(services, index) = value.downcast_object_ref()?;
    Some(vec!["services".to_owned(), services[*index].name.clone()])
}

/// A map that knows its key.
#[derive(Debug)]
struct Keyed {
    key: Vec<String>,
    value: Value,
}

impl Object for Keyed {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.value.get_item(key).ok().filter(|value| !value.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.value.try_iter() {
            Ok(keys) => Enumerator::Values(keys.collect()),
            Err(_) => Enumerator::Empty,
        }
    }
}

/// The services as a list whose items are created on access: ten thousand maps would take most of the memory of a
/// render.
#[derive(Debug)]
struct Services(Arc<Vec<Service>>);

/// One of them, with each field created on access. A template that loops over services uses only a few of the fields.
#[derive(Debug)]
struct Item(Arc<Vec<Service>>, usize);

impl Object for Services {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = key.as_usize().filter(|index| *index < self.0.len())?;
        Some(Value::from_object(Item(Arc::clone(&self.0), index)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

/// The fields of a service, in declaration order.
const FIELDS: &[&str] = &[
    "name",
    "namespace",
    "image",
    "port",
    "protocol",
    "replicas",
    "agent",
    "calls",
    "env",
    "serviceDefaults",
    "overlays",
];

impl Object for Item {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let service = &self.0[self.1];
        Some(match key.as_str()? {
            "name" => Value::from(service.name.as_str()),
            "namespace" => Value::from(service.namespace.as_str()),
            "image" => Value::from(service.image.as_deref()),
            "port" => Value::from(service.port),
            "protocol" => Value::from(service.protocol.as_str()),
            "replicas" => Value::from(service.replicas),
            "agent" => Value::from(service.agent.as_str()),
            "calls" => Value::from(Serde(&service.calls)),
            "env" => Value::from(Serde(&service.env)),
            "serviceDefaults" => Value::from(Serde(&service.service_defaults)),
            "overlays" => Value::from(Serde(&service.overlays)),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(FIELDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::Agent;
    use crate::model::settings::Protocol;

    #[test]
    fn an_item_has_exactly_the_fields_of_a_service() {
        let service = Service {
            name: "web".into(),
            namespace: "shop".into(),
            image: Some("i:1".into()),
            port: Some(80),
            protocol: Protocol::Grpc,
            replicas: None,
            agent: Agent::Auto,
            calls: Vec::new(),
            env: [("A".to_string(), "b".to_string())].into(),
            service_defaults: Default::default(),
            overlays: Vec::new(),
        };
        let whole = Value::from(Serde(&service));
        let item = Value::from_object(Item(Arc::new(vec![service]), 0));
        assert_eq!(item, whole);
        let keys: Vec<String> = whole.try_iter().unwrap().map(|key| key.to_string()).collect();
        assert_eq!(keys, FIELDS);
    }
}
