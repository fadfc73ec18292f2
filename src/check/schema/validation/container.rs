//! Containers (`pkg/apis/core/validation` `validateContainers`, `validateContainerCommon`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::handler;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::check::schema::validation::resources;
use crate::check::schema::validation::seccomp;

/// Fields of a pod that a variable can take (`validEnvDownwardAPIFieldPathExpressions`); all of them in some release.
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Resources of a container that a variable or file can take (`validContainerResourceFieldPathExpressions`).
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

/// `is_first`: among the init containers.
pub(super) fn judge(out: &mut Out, container: Cursor<'_>, is_first: bool) {
    let is_sidecar = is_first && is_set(container.get("restartPolicy"));
    // Which of them a release takes of what kind of container differs.
    out.one_word(container.get("restartPolicy"), &["Always", "OnFailure", "Never"]);
    out.each_once(container.get("ports").items().map(|port| port.get("name")), "port name");
    container.get("env").items().for_each(|variable| source(out, variable));
    for source in container.get("envFrom").items() {
        out.one_of(source, &["configMapRef", "secretRef"], true, "an item of `envFrom`");
    }
    mounts(out, container);
    handler::judge(out, container, is_first && !is_sidecar);
    resources::container(out, container.get("resources"));
    security(out, container.get("securityContext"));
}

/// `validateEnvVarValueFrom`.
fn source(out: &mut Out, variable: Cursor<'_>) {
    let from = variable.get("valueFrom");
    if !is_set(from) {
        return;
    }
    let name = variable.get("name").text();
    if is_given(variable.get("value")) {
        let message = format!("the variable `{name}` has a `value` and a `valueFrom`");
        out.clash(from.key(), message, "remove one of them");
    }
    let all = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    out.one_of(from, &all, true, &format!("`valueFrom` of `{name}`"));
    for reference in ["configMapKeyRef", "secretKeyRef"].map(|kind| from.get(kind)) {
        if is_set(reference) && !is_given(reference.get("name")) {
            let message = format!("the reference of `{name}` has no `name`, which is required");
            out.missing(reference, message, "add `name`");
        }
    }
    field(out, from.at(&["fieldRef", "fieldPath"]), &FIELDS, true);
    resource(out, from.at(&["resourceFieldRef", "resource"]));
}

/// A field of the pod: one of `known_fields`, a single label or annotation, or, where `whole` is false, all of them.
pub(super) fn field(out: &mut Out, at: Cursor<'_>, known_fields: &[&str], single: bool) {
    let Some(path) = known(at) else { return };
    let is_part = |what: &str| {
        path.strip_prefix(what).is_some_and(|rest| rest.starts_with("['") && rest.ends_with("']") && rest.len() > 4)
    };
    if known_fields.contains(&path) || is_part("metadata.labels") || is_part("metadata.annotations") {
        return;
    }
    let names: Vec<String> = known_fields.iter().map(|name| format!("`{name}`")).collect();
    let more = if single { ", or a label or annotation such as `metadata.labels['app']`" } else { "" };
    out.value(
        at,
        format!("`{path}` is no field that can be read here"),
        format!("use one of {}{more}", names.join(", ")),
    );
}

/// A resource of a container.
pub(super) fn resource(out: &mut Out, at: Cursor<'_>) {
    let Some(name) = known(at) else { return };
    let is_huge = name
        .strip_prefix("limits.")
        .or(name.strip_prefix("requests."))
        .is_some_and(|rest| rest.starts_with("hugepages-"));
    if !is_huge && !RESOURCES.contains(&name) {
        let names: Vec<String> = RESOURCES.iter().map(|name| format!("`{name}`")).collect();
        out.value(
            at,
            format!("`{name}` is no resource that can be read here"),
            format!("use one of {}", names.join(", ")),
        );
    }
}

/// `ValidateVolumeMounts`, `ValidateVolumeDevices`; whether the volumes exist is `volume`'s.
fn mounts(out: &mut Out, container: Cursor<'_>) {
    let mounts = || container.get("volumeMounts").items();
    out.each_once(mounts().map(|mount| mount.get("mountPath")), "mount path");
    let privileged = container.at(&["securityContext", "privileged"]).bool() == Some(true);
    for mount in mounts() {
        let (plain, expanded) = (mount.get("subPath"), mount.get("subPathExpr"));
        [plain, expanded].into_iter().for_each(|at| inside(out, at));
        if is_given(plain) && is_given(expanded) {
            out.clash(expanded.key(), "`subPath` and `subPathExpr` exclude each other", "remove one of them");
        }
        let spread = mount.get("mountPropagation");
        if spread.str() == Some("Bidirectional") && !privileged {
            let message = "only a privileged container may mount with `Bidirectional`";
            out.clash(spread, message, "use `HostToContainer`, or make the container privileged");
        }
    }
    let devices = || container.get("volumeDevices").items();
    out.each_once(devices().map(|device| device.get("devicePath")), "device path");
    for mount in mounts().map(|mount| mount.get("name")) {
        if known(mount).is_some() && devices().any(|device| device.get("name").str() == mount.str()) {
            let message = format!("`{}` is mounted and used as a device", mount.text());
            out.clash(mount, message, "remove it from `volumeMounts` or from `volumeDevices`");
        }
    }
}

/// A path below a volume (`validateLocalDescendingPath`).
pub(super) fn inside(out: &mut Out, at: Cursor<'_>) {
    let Some(path) = known(at) else { return };
    if path.starts_with('/') {
        out.value(at, "this path must be relative", "remove the `/` at its beginning");
    } else if path.split('/').any(|step| step == "..") {
        out.value(at, "this path must not contain `..`", "write it without `..`");
    }
}

/// `ValidateSecurityContext`.
fn security(out: &mut Out, context: Cursor<'_>) {
    seccomp::judge(out, context.get("seccompProfile"));
    let escalation = context.get("allowPrivilegeEscalation");
    if escalation.bool() != Some(false) {
        return;
    }
    if context.get("privileged").bool() == Some(true) {
        out.clash(escalation, "a privileged container cannot forbid privilege escalation", "remove one of the two");
    }
    let added = context.at(&["capabilities", "add"]).items().find(|one| one.str() == Some("CAP_SYS_ADMIN"));
    if added.is_some() {
        out.clash(
            escalation,
            "a container with `CAP_SYS_ADMIN` cannot forbid privilege escalation",
            "remove one of the two",
        );
    }
}

/// What a mount or device names that no volume has.
pub(super) fn unknown_volume(out: &mut Out, at: Cursor<'_>, what: &str) {
    let message = format!("there is no volume `{}` for this {what}", at.text());
    out.refuse(Cause::VolumeMissing, at, message, "add it to `volumes`, or correct the name");
}
