//! What `check` makes of objects that are there twice.

use crate::walk::MESH;
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
