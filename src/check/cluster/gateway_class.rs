//! Whose a gateway of the Gateway API is.

use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::kube;

/// Whether Consul's controller is the one of the gateway's class.
pub(crate) fn is_consul(set: &Set<'_>, gateway: Object<'_>) -> bool {
    let class = gateway.spec().get("gatewayClassName").text();
    let class_object = set.one(kube::GATEWAY_API, "GatewayClass", "", class);
    let controller = class_object.and_then(|object| object.spec().get("controllerName").str());
    controller.unwrap_or(class).contains("consul")
}
