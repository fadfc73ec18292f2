use super::*;
use serde_json::Value as Json;
use serde_json::json;

fn notes(old: &Json, new: &Json) -> Vec<(String, bool)> {
    let about = |json: &Json| {
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let known = types::of(&text("apiVersion"), &text("kind"))
            .map_or(Known::Nothing, |kind| Known::Built(Place::Type(kind)));
        About { known, ..About::default() }
    };
    let (a, b) = (Node::from_json(old, Span::NONE), Node::from_json(new, Span::NONE));
    let mut fields = fields::between(&a, &b, about(new));
    note((&a, about(old)), (&b, about(new)), &mut fields);
    fields.into_iter().map(|field| (field.keyed.clone(), field.is_same_when_stored())).collect()
}

fn deployment(container: Json) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}}}})
}

#[track_caller]
fn same(old: &Json, new: &Json) {
    let notes = notes(old, new);
    assert!(!notes.is_empty() && notes.iter().all(|(_, same)| *same), "{notes:?}");
}

#[track_caller]
fn differs(old: &Json, new: &Json) {
    let notes = notes(old, new);
    assert!(notes.iter().any(|(_, same)| !*same), "{notes:?}");
}

#[test]
fn defaults_of_containers_are_no_change() {
    let bare = deployment(json!({"name": "a", "image": "a:1", "ports": [{"containerPort": 80}],
        "env": [{"name": "X"}], "livenessProbe": {"httpGet": {"port": 80}}}));
    let full = deployment(json!({"name": "a", "image": "a:1", "imagePullPolicy": "IfNotPresent", "resources": {},
        "ports": [{"containerPort": 80, "protocol": "TCP"}], "env": [{"name": "X", "value": ""}], "args": [],
        "livenessProbe": {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1,
            "successThreshold": 1, "failureThreshold": 3, "initialDelaySeconds": 0},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}));
    same(&bare, &full);
    same(&full, &bare);
    differs(&bare, &deployment(json!({"name": "a", "image": "a:1", "imagePullPolicy": "Always"})));
    for (image, policy) in
        [("a", "Always"), ("r:5/a:latest", "Always"), ("a@sha256:0", "IfNotPresent"), ("r:5/a:v", "IfNotPresent")]
    {
        let container = json!({"name": "a", "image": image});
        let mut written = container.clone();
        written["imagePullPolicy"] = policy.into();
        same(&deployment(container), &deployment(written));
    }
}

#[test]
fn a_real_change_beside_a_default_is_told_apart() {
    let old = deployment(json!({"name": "a", "image": "a:1"}));
    let new = deployment(json!({"name": "a", "image": "a:2", "imagePullPolicy": "IfNotPresent"}));
    let mut found = notes(&old, &new);
    found.sort();
    let container = "spec.template.spec.containers[name=a]";
    assert_eq!(found, [(format!("{container}.image"), false), (format!("{container}.imagePullPolicy"), true)]);
}

#[test]
fn quantities_are_compared_in_canonical_form() {
    let with = |cpu: Json, memory: &str| {
        deployment(json!({"name": "a", "image": "a:1", "resources": {"limits": {"cpu": cpu, "memory": memory}}}))
    };
    same(&with(json!("1000m"), "1024Mi"), &with(json!(1), "1Gi"));
    same(&with(json!(0.5), "1Gi"), &with(json!("500m"), "1Gi"));
    differs(&with(json!(1), "1Gi"), &with(json!(1), "1G"));
}

#[test]
fn strategies_are_completed_by_type() {
    let with = |strategy: Option<Json>, replicas: Option<Json>| {
        let mut all = deployment(json!({"name": "a", "image": "a:1"}));
        let spec = all["spec"].as_object_mut().unwrap();
        spec.extend(strategy.map(|strategy| ("strategy".to_owned(), strategy)));
        spec.extend(replicas.map(|replicas| ("replicas".to_owned(), replicas)));
        all
    };
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    same(&with(None, None), &with(Some(rolling.clone()), Some(json!(1))));
    same(&with(Some(json!({"rollingUpdate": {"maxSurge": "25%"}})), None), &with(Some(rolling), None));
    differs(&with(None, None), &with(Some(json!({"type": "Recreate"})), None));
    differs(&with(None, None), &with(None, Some(json!(0))));
}

#[test]
fn services_get_types_and_target_ports() {
    let service = |spec: Json| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec});
    same(
        &service(json!({"ports": [{"port": 80}]})),
        &service(json!({"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
            "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}]})),
    );
    differs(&service(json!({"ports": [{"port": 80}]})), &service(json!({"ports": [{"port": 80, "targetPort": "80"}]})));
    same(
        &service(json!({"type": "NodePort", "ports": [{"port": 80}]})),
        &service(json!({"type": "NodePort", "externalTrafficPolicy": "Cluster", "ports": [{"port": 80}]})),
    );
}

#[test]
fn selectors_have_two_forms_unless_they_are_immutable() {
    let policy = |selector: Json| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"},
            "spec": {"podSelector": selector}})
    };
    let set = json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a"]}]});
    same(&policy(json!({"matchLabels": {"app": "a"}})), &policy(set.clone()));
    differs(&policy(json!({"matchLabels": {"app": "b"}})), &policy(set.clone()));
    differs(&policy(json!({"matchLabels": {"app": "b"}})), &policy(json!({"matchLabels": {"app": "a"}})));
    differs(&policy(json!({})), &policy(json!({"matchLabels": {"app": "a"}})));
    let mut changed = deployment(json!({"name": "a", "image": "a:1"}));
    changed["spec"]["selector"] = set;
    differs(&deployment(json!({"name": "a", "image": "a:1"})), &changed);
}

#[test]
fn only_pods_get_requests_from_limits() {
    let resources = json!({"name": "a", "image": "a:1", "resources": {"limits": {"cpu": "1"}}});
    let mut with = resources.clone();
    with["resources"]["requests"] = json!({"cpu": "1000m"});
    differs(&deployment(resources.clone()), &deployment(with.clone()));
    let pod = |container: Json| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}});
    same(&pod(resources), &pod(with));
}

#[test]
fn defaults_of_custom_kinds_come_from_their_definition() {
    let schema = json!({"properties": {"spec": {"default": {}, "properties": {
        "mode": {"default": "auto"}, "list": {"items": {"properties": {"port": {"default": 80}}}}}}}});
    let schema = Node::from_json(&schema, Span::NONE);
    let about = About { known: Known::Crd(&schema), ..About::default() };
    let (a, b) = (json!({"spec": {"list": [{}]}}), json!({"spec": {"mode": "auto", "list": [{"port": 80}]}}));
    let (a, b) = (Node::from_json(&a, Span::NONE), Node::from_json(&b, Span::NONE));
    let mut fields = fields::between(&a, &b, about);
    note((&a, about), (&b, about), &mut fields);
    assert!(fields.len() > 1 && fields.iter().all(Field::is_same_when_stored), "{fields:?}");
    assert_eq!(
        of(&Node::from_json(&json!({}), Span::NONE), Known::Crd(&schema)).unwrap().to_json(),
        json!({"spec": {"mode": "auto"}})
    );
}

#[test]
fn string_data_is_stored_as_data() {
    let secret = |fields: Json| {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
        secret.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        secret
    };
    let plain = secret(json!({"stringData": {"user": "me", "password": "x"}}));
    same(&plain, &secret(json!({"data": {"user": "bWU=", "password": "eA=="}, "type": "Opaque"})));
    same(&plain, &secret(json!({"data": {"user": "bWU=", "password": "eQ=="}, "stringData": {"password": "x"}})));
    differs(&plain, &secret(json!({"stringData": {"user": "me", "password": "y"}})));
    differs(&plain, &secret(json!({"data": {"user": "bWU=", "password": "eQ=="}})));
    differs(&plain, &secret(json!({"stringData": {"user": "me"}})));
}

#[test]
fn rules_of_autoscalers_and_limits_have_defaults() {
    let scaler = |behavior: Json| {
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": {
            "maxReplicas": 3, "behavior": behavior, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}}})
    };
    let down = json!({"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]});
    same(&scaler(json!({"scaleUp": {"stabilizationWindowSeconds": 0}})), &scaler(json!({"scaleDown": down})));
    differs(&scaler(json!({"scaleUp": {"stabilizationWindowSeconds": 9}})), &scaler(json!({"scaleDown": down})));

    let limits = |item: Json| json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "a"}, "spec": {"limits": [item]}});
    same(
        &limits(json!({"type": "Container", "max": {"cpu": "1000m"}, "min": {"memory": "1Mi"}})),
        &limits(json!({"type": "Container", "max": {"cpu": 1}, "default": {"cpu": 1},
            "defaultRequest": {"cpu": 1, "memory": "1Mi"}, "min": {"memory": "1Mi"}})),
    );
    differs(
        &limits(json!({"type": "Pod", "max": {"cpu": 1}})),
        &limits(json!({"type": "Pod", "max": {"cpu": 1}, "default": {"cpu": 1}})),
    );
}

#[test]
fn amounts_are_rounded_and_rare_defaults_are_known() {
    let limits = |cpu: &str| deployment(json!({"name": "a", "image": "a:1", "resources": {"limits": {"cpu": cpu}}}));
    same(&limits("0.9999"), &limits("1"));
    same(&limits("0.3333"), &limits("334m"));
    differs(&limits("0.3333"), &limits("333m"));
    let probe = |grpc: Json| deployment(json!({"name": "a", "image": "a:1", "livenessProbe": {"grpc": grpc}}));
    same(&probe(json!({"port": 9})), &probe(json!({"port": 9, "service": ""})));
    let scaler = |spec: Json, metadata: Json| json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec});
    let (bare, full) = (json!({"maxReplicas": 2}), json!({"maxReplicas": 2, "targetCPUUtilizationPercentage": 80}));
    same(&scaler(bare.clone(), json!({})), &scaler(full.clone(), json!({})));
    let custom = json!({"annotations": {"autoscaling.alpha.kubernetes.io/metrics": "[]"}});
    differs(&scaler(bare, custom.clone()), &scaler(full, custom));
}

#[test]
fn a_field_that_changes_another_is_a_change() {
    let job = |spec: Json| json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": spec});
    differs(&job(json!({})), &job(json!({"parallelism": 1})));
    same(&job(json!({"parallelism": 1})), &job(json!({"parallelism": 1, "completionMode": "NonIndexed"})));
}

#[test]
fn the_form_of_a_selector_in_a_pod_template_counts() {
    let spread = |selector: Json| {
        let mut object = deployment(json!({"name": "a", "image": "a:1"}));
        object["spec"]["template"]["spec"]["topologySpreadConstraints"] = json!([
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}]);
        object
    };
    differs(
        &spread(json!({"matchLabels": {"app": "a"}})),
        &spread(json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a"]}]})),
    );
}
