//! Probes and lifecycle hooks (`pkg/apis/core/validation` `validateProbe`, `validateHandler`, `validateLifecycle`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_set;

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const HOOKS: [&str; 2] = ["postStart", "preStop"];

/// `is_init`: an init container that ends before the others start, which has neither.
pub(super) fn judge(out: &mut Out, container: Cursor<'_>, is_init: bool) {
    if is_init {
        for field in PROBES.into_iter().chain(["lifecycle"]).filter(|field| is_set(container.get(field))) {
            let message = format!("an init container has no `{field}` unless its `restartPolicy` is Always");
            out.clash(container.get(field).key(), message, "remove it, or write `restartPolicy: Always`");
        }
        return;
    }
    for field in PROBES.into_iter().filter(|field| is_set(container.get(field))) {
        probe(out, container.get(field), field);
    }
    let hooks = HOOKS.into_iter().map(|hook| container.get("lifecycle").get(hook));
    for hook in hooks.filter(|hook| is_set(*hook)) {
        out.one_of(hook, &["exec", "httpGet", "tcpSocket", "sleep"], true, "the hook");
        action(out, hook);
    }
}

fn probe(out: &mut Out, probe: Cursor<'_>, field: &str) {
    out.one_of(probe, &["exec", "httpGet", "tcpSocket", "grpc"], true, &format!("`{field}`"));
    action(out, probe);
    let threshold = probe.get("successThreshold");
    if field != "readinessProbe" && threshold.int().is_some_and(|number| number > 1) {
        out.clash(threshold, format!("`successThreshold` of a `{field}` must be 1"), "write 1, or remove it");
    }
    let grace = probe.get("terminationGracePeriodSeconds");
    if field == "readinessProbe" && is_set(grace) {
        let message = "a `readinessProbe` has no `terminationGracePeriodSeconds`, as it never ends the container";
        out.clash(grace.key(), message, "remove it");
    }
}

fn action(out: &mut Out, handler: Cursor<'_>) {
    let exec = handler.get("exec");
    if is_set(exec) && !is_given(exec.get("command")) {
        out.missing(exec, "`exec` has no `command`, which is required", "add `command`");
    }
    for name in handler.at(&["httpGet", "httpHeaders"]).items().map(|header| header.get("name")) {
        if name.str().is_some_and(|text| !text.is_empty() && text.chars().any(|c| c == ' ' || c.is_control())) {
            out.value(name, "this is not the name of an HTTP header", "use letters, digits, `-` and `_`");
        }
    }
}
