//! What `check` makes of objects that are there twice, and of directories of which a cluster gets one.

use crate::walk::JAEGER;
use crate::walk::MESH;
use crate::walk::Tree;
use crate::walk::WEB;
use crate::walk::with;

fn defaults(namespace: &str, protocol: &str) -> String {
    format!(
        "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {{name: web, namespace: {namespace}}}\nspec: {{protocol: {protocol}}}\n"
    )
}

#[test]
fn of_two_config_entries_of_one_identity_the_later_one_counts() {
    let (http, tcp) = (defaults("shop", "http"), defaults("shop", "tcp"));
    let report = with(&[("sd1.yaml", &http), ("sd2.yaml", &tcp)]).check(&["."]);
    assert_eq!(report.found(), ["duplicate-identity sd2.yaml 3"], "{:#}", report.json);
    assert!(report.paths().is_empty(), "{:#}", report.json);
    let report = with(&[("sd1.yaml", &tcp), ("sd2.yaml", &http)]).check(&["."]);
    assert_eq!((report.found(), report.code), (vec!["duplicate-identity sd2.yaml 3".to_string()], 0));
    assert_eq!(report.paths()[0].2, Some(true));
    // One that Consul refuses overwrites nothing.
    let report = with(&[("sd1.yaml", &http), ("sd2.yaml", &defaults("shop", "HTTP"))]).check(&["."]);
    assert_eq!(report.paths()[0].2, Some(true), "{:#}", report.json);
    // The same of another namespace is refused, as before.
    let report = with(&[("sd1.yaml", &http), ("sd2.yaml", &defaults("other", "http"))]).check(&["."]);
    assert_eq!((report.found(), report.code), (vec!["config-entry-unique-name sd2.yaml 3".to_string()], 1));
}

#[test]
fn equal_config_entries_are_one() {
    for more in [
        &[("mesh-prod.yaml", MESH)][..],
        &[("sd1.yaml", &defaults("shop", "http")), ("sd2.yaml", &defaults("shop", "http"))],
    ] {
        let report = with(more).check(&["."]);
        assert_eq!((report.found(), report.paths()[0].2), (Vec::new(), Some(true)), "{:#}", report.json);
    }
    let other = MESH.replace("9411", "9412");
    let report = with(&[("mesh-prod.yaml", &other)]).check(&["."]);
    assert!(report.found().contains(&"duplicate-identity mesh.yaml 3".to_string()), "{:#}", report.json);
    let report = with(&[("z.yaml", &other)]).check(&["."]);
    assert!(report.found().contains(&"duplicate-identity z.yaml 3".to_string()), "{:#}", report.json);
    assert_eq!(report.paths()[0].2, Some(false));
}

#[test]
fn an_alternative_without_services_is_shown_and_not_judged() {
    let other = MESH.replace("9411", "9412");
    let tree =
        Tree::new(&[("m/mesh.yaml", MESH), ("m/jaeger.yaml", JAEGER), ("m/web.yaml", WEB), ("prod/pd.yaml", &other)]);
    let report = tree.check(&["."]);
    let row = |set: &str, service: &str, arrives| (set.to_string(), service.to_string(), arrives);
    assert_eq!(report.paths(), [row("m", "web", Some(true)), row("prod", "*", None)], "{:#}", report.json);
    assert!(report.json["summary"]["arrives"].is_null());
}

#[test]
fn values_of_alternatives_leave_open_the_sets_that_have_none() {
    let off = "global: {name: consul}\nconnectInject: {enabled: false}\n";
    let on = "global: {name: consul}\nconnectInject: {enabled: true}\n";
    let tree = Tree::new(&[
        ("consul/base/values.yaml", off),
        ("consul/prod/values.yaml", on),
        ("apps/prod/pd.yaml", MESH),
        ("apps/staging/pd.yaml", MESH),
        ("m/jaeger.yaml", JAEGER),
        ("m/web.yaml", WEB),
    ]);
    let report = tree.check(&["."]);
    let of = |set: &str| report.paths().into_iter().find(|path| path.0 == set).map(|path| path.2);
    assert_eq!((of("prod"), of("apps/staging")), (Some(Some(true)), Some(None)), "{:#}", report.json);
    // Each alternative has all that is its own.
    let tree = Tree::new(&[
        ("eks/values.yaml", on),
        ("eks/pd.yaml", MESH),
        ("kind/pd.yaml", MESH),
        ("jaeger.yaml", JAEGER),
        ("web.yaml", WEB),
    ]);
    assert!(tree.check(&["."]).paths().iter().all(|path| path.2 == Some(true)));
}

#[test]
fn a_service_of_two_namespaces_is_named_with_its_namespace() {
    let other = WEB.replace("namespace: shop", "namespace: mall");
    let services: Vec<String> =
        with(&[("web2.yaml", &other)]).check(&["."]).paths().into_iter().map(|path| path.1).collect();
    assert_eq!(services, ["shop/web", "mall/web"]);
}

#[test]
fn broken_values_of_consul_are_malformed_by_their_folder_too() {
    let report = with(&[("consul/values.yaml", "global:\n  name: consul\n tls: {enabled: true}\n")]).check(&["."]);
    assert!(report.found()[0].starts_with("malformed consul/values.yaml "), "{:#}", report.json);
    // What the file says decides whether there is a sidecar.
    assert!(report.json["summary"]["arrives"].is_null(), "{:#}", report.json);
}
