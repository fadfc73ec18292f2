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
    context! {
        services => Value::from_object(Services(Arc::clone(&model.services))),
        ..Value::from(Serde(model))
    }
}

/// The services as a list whose items are made when they are looked at: ten thousand maps would be most of the memory
/// of a render.
#[derive(Debug)]
struct Services(Arc<Vec<Service>>);

impl Object for Services {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).map(|service| Value::from(Serde(service)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}
