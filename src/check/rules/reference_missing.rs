use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::kube;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "reference-missing",
    severity: Severity::Warning,
    summary: "a pod or binding names an object that does not exist, and one with a similar name does",
    text: "A pod does not start without the ConfigMaps, Secrets, claims and ServiceAccount that it names, unless the reference is \
           `optional`; a binding to a role that does not exist grants nothing. What is named may live elsewhere, so this is \
           reported only if an object of the same kind and namespace is among the files whose name is similar and which nothing \
           names.",
    fixes: &[],
    check: Some(check),
};

/// What is named: the kind and the name.
type Reference<'a> = (&'static str, Cursor<'a>);

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let set = facts.mesh.set;
    let mut there: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
    let groups = [
        (kube::CORE, "ConfigMap"),
        (kube::CORE, "Secret"),
        (kube::CORE, "PersistentVolumeClaim"),
        (kube::CORE, "ServiceAccount"),
        (kube::RBAC, "Role"),
    ];
    for (group, kind) in groups {
        for object in set.all(group, kind) {
            there.entry((kind, &*object.id.namespace)).or_default().push(&object.id.name);
        }
    }
    if there.is_empty() {
        return;
    }
    let of_pods = facts.mesh.workloads.iter().map(|workload| {
        (&*workload.object.id.namespace, pod(workload.template.get("spec")))
    });
    let of_bindings = set.all(kube::RBAC, "RoleBinding").map(|object| {
        let role = object.at(&["roleRef"]);
        let named = (role.get("kind").str() == Some("Role")).then(|| ("Role", role.get("name")));
        (&*object.id.namespace, named.into_iter().collect())
    });
    let all: Vec<(&str, Vec<Reference<'_>>)> = of_pods.chain(of_bindings).collect();
    let mut named: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
    for (namespace, references) in &all {
        for (kind, at) in references {
            named.entry((kind, namespace)).or_default().push(at.text());
        }
    }
    for (namespace, references) in &all {
        for (kind, at) in references.iter().filter(|(_, at)| !at.text().is_empty() && !is_placeholder(at.text())) {
            let Some(names) = there.get(&(*kind, *namespace)).filter(|names| !names.contains(&at.text())) else { continue };
            let used = &named[&(*kind, *namespace)];
            let free: Vec<&str> = names.iter().copied().filter(|name| !used.contains(name)).collect();
            if let Some(close) = out.closest(at.text(), free.into_iter()) {
                let message = format!("there is no {kind} `{}` in this namespace among the files", at.text());
                out.hit(&RULE, *at, message, format!("did you mean `{close}`?"));
            }
        }
    }
}

/// What the pods of a spec need.
fn pod(spec: Cursor<'_>) -> Vec<Reference<'_>> {
    let mut all = vec![("ServiceAccount", spec.get("serviceAccountName"))];
    let needed = |at: &Cursor<'_>| at.exists() && at.get("optional").bool() != Some(true);
    for volume in spec.get("volumes").items() {
        let projected = volume.at(&["projected", "sources"]).items();
        let sources = projected.flat_map(|source| [("ConfigMap", source.get("configMap")), ("Secret", source.get("secret"))]);
        all.extend(sources.filter(|(_, at)| needed(at)).map(|(kind, at)| (kind, at.get("name"))));
        let (map, secret) = (volume.get("configMap"), volume.get("secret"));
        all.extend(needed(&map).then(|| ("ConfigMap", map.get("name"))));
        all.extend(needed(&secret).then(|| ("Secret", secret.get("secretName"))));
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]);
        all.extend(claim.exists().then_some(("PersistentVolumeClaim", claim)));
    }
    for container in ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items()) {
        let variables = container.get("env").items().map(|variable| variable.get("valueFrom"));
        let of_variables = variables
            .flat_map(|from| [("ConfigMap", from.get("configMapKeyRef")), ("Secret", from.get("secretKeyRef"))]);
        let of_all = container.get("envFrom").items();
        let of_all = of_all.flat_map(|from| [("ConfigMap", from.get("configMapRef")), ("Secret", from.get("secretRef"))]);
        all.extend(of_variables.chain(of_all).filter(|(_, at)| needed(at)).map(|(kind, at)| (kind, at.get("name"))));
    }
    all.retain(|(_, at)| at.exists());
    all
}
