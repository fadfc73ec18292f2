//! Webhook configurations (`pkg/apis/admissionregistration/validation`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;

pub(super) fn judge(out: &mut Out, root: Cursor<'_>) {
    let webhooks = root.get("webhooks");
    out.each_once(webhooks.items().map(|webhook| webhook.get("name")), "webhook");
    for webhook in webhooks.items() {
        let name = webhook.get("name");
        if known(name).is_some_and(|name| name.split('.').count() < 3) {
            let message = "the name of a webhook is a domain of at least three parts";
            out.refuse(Cause::ObjectName, name, message, "write it like `web.example.com`");
        }
        let versions = webhook.get("admissionReviewVersions");
        if versions.node().is_some_and(|node| node.as_list().is_some_and(<[_]>::is_empty)) {
            out.missing(versions, "a webhook needs a version in `admissionReviewVersions`", "add `v1`");
        }
        if matches!(webhook.get("sideEffects").str(), Some("Some" | "Unknown")) {
            let message = "a webhook of `admissionregistration.k8s.io/v1` has no other side effects than none";
            out.value(webhook.get("sideEffects"), message, "write `None` or `NoneOnDryRun`");
        }
        let client = webhook.get("clientConfig");
        out.one_of(client, &["url", "service"], is_set(client), "`clientConfig`");
        let (url, path) = (client.get("url"), client.at(&["service", "path"]));
        if known(url).is_some_and(|url| !url.starts_with("https://")) {
            out.value(url, "a webhook is called over https", "write a URL that begins with `https://`");
        }
        if known(path).is_some_and(|path| !path.starts_with('/')) {
            out.value(path, "the path of a webhook must begin with `/`", "add it");
        }
        out.each_once(versions.items(), "version");
        for rule in webhook.get("rules").items() {
            for list in ["operations", "apiGroups", "apiVersions", "resources"].map(|field| rule.get(field)) {
                empty(out, list);
            }
            for list in ["operations", "apiGroups", "apiVersions"].map(|field| rule.get(field)) {
                let star = list.items().find(|one| one.str() == Some("*"));
                if let Some(at) = star.filter(|_| list.list().len() > 1) {
                    out.clash(at, "`*` stands for all, so nothing else may be beside it", "remove it or the others");
                }
            }
        }
    }
}

/// A list that must have items.
fn empty(out: &mut Out, list: Cursor<'_>) {
    if list.node().is_some_and(|node| node.as_list().is_some_and(<[_]>::is_empty)) {
        out.missing(list, "this list must not be empty", "write `*` for all");
    }
}

/// Admission policies and their bindings (`ValidateValidatingAdmissionPolicy`, `ValidateMutatingAdmissionPolicy` and theirs).
pub(super) fn policy(out: &mut Out, kind: &str, spec: Cursor<'_>) {
    let is_binding = kind.ends_with("Binding");
    let rules = spec.get(if is_binding { "matchResources" } else { "matchConstraints" });
    if !is_binding && is_set(rules) && !is_open(rules) && !is_given(rules.get("resourceRules")) {
        out.missing(rules, "`matchConstraints` has no `resourceRules`, which are required", "add a rule");
    }
    for rule in ["resourceRules", "excludeResourceRules"].into_iter().flat_map(|list| rules.get(list).items()) {
        out.each_once(rule.get("resourceNames").items(), "resource name");
        for list in ["operations", "apiGroups", "apiVersions", "resources"].map(|field| rule.get(field)) {
            empty(out, list);
        }
    }
    for list in ["matchConditions", "variables"] {
        out.each_once(spec.get(list).items().map(|one| one.get("name")), "name");
    }
    out.each_once(spec.get("validationActions").items(), "action");
    let parameter = spec.get("paramRef");
    out.one_of(parameter, &["name", "selector"], is_set(parameter), "`paramRef`");
    if kind == "ValidatingAdmissionPolicy" && is_set(spec) {
        let parts = ["validations", "auditAnnotations"].map(|field| spec.get(field));
        if parts.into_iter().all(|part| !is_given(part) && !is_open(part)) {
            out.missing(spec, "a policy needs `validations` or `auditAnnotations`", "add one of them");
        }
    }
}
