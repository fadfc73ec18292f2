//! Which controller a Gateway belongs to.

use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::kube;

/// Whether the gateway's class names Consul's controller.
pub(crate) fn is_consul(set: &Set<'_>, gateway: Object<'_>) -> bool {
    let class = gateway.spec().get("gatewayClassName").text();
    let class_object = set.one(kube::GATEWAY_API, "GatewayClass", "", class);
    let controller = class_object.and_then(|object| object.spec().get("controllerName").str());
    controller.unwrap_or(class).contains("consul")
}
