//! `check` of the Consul chart's own objects, without its values.

use crate::cli::project::Project;

/// What the chart renders, shortened: `consul-k8s` 1.4.10, `templates/connect-inject-*.yaml` and `ingress-gateways-*.yaml`.
const CHART: &str = r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: mesh-server, namespace: consul, labels: {app: consul, chart: consul-helm, release: mesh, component: server}}
spec:
  serviceName: mesh-server
  selector: {matchLabels: {component: server}}
  template:
    metadata: {labels: {component: server}}
    spec: {containers: [{name: consul, image: "hashicorp/consul:1.18.11"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mesh-connect-injector, namespace: consul, labels: {app: consul, chart: consul-helm, release: mesh, component: connect-injector}}
spec:
  selector: {matchLabels: {component: connect-injector}}
  template:
    metadata: {labels: {component: connect-injector}}
    spec:
      containers:
      - name: sidecar-injector
        image: hashicorp/consul-k8s-control-plane:1.4.10
        command:
        - /bin/sh
        - -ec
        - |
          exec consul-k8s-control-plane inject-connect \
            -default-inject=true \
            -allow-k8s-namespace="*" \
            -deny-k8s-namespace="legacy" \
            -resource-prefix=mesh
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: mesh-connect-injector, labels: {app: consul, chart: consul-helm, release: mesh, component: connect-injector}}
webhooks:
- name: mesh-connect-injector.consul.hashicorp.com
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: mesh-connect-injector, namespace: consul, path: /mutate}}
  rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
  namespaceSelector:
    matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, old]}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: mesh-edge
  namespace: consul
  labels: {app: consul, chart: consul-helm, release: mesh, component: ingress-gateway, ingress-gateway-name: mesh-edge}
spec:
  selector: {matchLabels: {ingress-gateway-name: mesh-edge}}
  template:
    metadata: {labels: {ingress-gateway-name: mesh-edge}, annotations: {consul.hashicorp.com/gateway-consul-service-name: edge}}
    spec: {containers: [{name: ingress-gateway, image: "hashicorp/consul-dataplane:1.4.6"}]}
---
apiVersion: v1
kind: Service
metadata:
  name: mesh-edge
  namespace: consul
  labels: {app: consul, chart: consul-helm, release: mesh, component: ingress-gateway, ingress-gateway-name: mesh-edge}
spec:
  selector: {ingress-gateway-name: mesh-edge}
  ports: [{name: gateway-0, port: 5000}]
"#;

const APPS: &str = r#"
apiVersion: consul.hashicorp.com/v1alpha1
kind: ProxyDefaults
metadata: {name: global, namespace: consul}
spec: {config: {protocol: http}}
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: IngressGateway
metadata: {name: edge, namespace: consul}
spec:
  listeners: [{port: 5000, protocol: http, services: [{name: web, hosts: ["*"]}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example/web:1"}]}
"#;

/// What `check` says of the path of `web`, and all that it prints.
fn checked(chart: &str, apps: &str) -> String {
    let project = Project::bare().file("k8s/chart.yaml", chart).file("k8s/apps.yaml", apps);
    project.run(&["check", "k8s"]).stdout
}

#[test]
fn the_injector_and_the_gateways_are_read_from_them() {
    let fine = checked(CHART, APPS);
    assert!(fine.contains("\nweb              edge, the mesh  ✓✓✓") || fine.contains("edge, the mesh  ✓✓✓"), "{fine}");
    let note = "its injector and the\n  ports of its gateways are read from them\n";
    assert!(fine.contains(note), "{fine}");

    for (chart, apps, wanted) in [
        (CHART.replace("inject=true", "inject=false"), APPS.to_owned(), "error[inject-missing]"),
        (CHART.to_owned(), APPS.replace("shop", "legacy"), "`-deny-k8s-namespace` of the chart's injector lists it"),
        (
            CHART.replace("=\"*\"", "=other"),
            APPS.to_owned(),
            "`-allow-k8s-namespace` of the chart's injector does not list it",
        ),
        (
            CHART.to_owned(),
            APPS.replace("shop", "old"),
            "the `namespaceSelector` of the injector's webhook leaves it out",
        ),
        (
            CHART.to_owned(),
            APPS.replace("name: edge", "name: other"),
            "the objects of the Consul chart have no gateway named `other`",
        ),
        (
            CHART.replace("port: 5000", "port: 8080"),
            APPS.to_owned(),
            "gateway `edge` listens on 5000, but its Service only has 8080",
        ),
        (
            CHART.replace("component: connect-injector", "component: other"),
            APPS.to_owned(),
            "but not the\n    chart's injector",
        ),
        (
            CHART.replace("resources: [pods]", "resources: [meshes]"),
            APPS.to_owned(),
            "but not the\n    webhook of the chart's injector",
        ),
    ] {
        let said = checked(&chart, &apps);
        assert!(said.contains(wanted), "{wanted}:\n{said}");
        assert!(!fine.contains(wanted), "{wanted}:\n{fine}");
    }
}

#[test]
fn a_chart_that_writes_no_names_of_gateways_is_understood_by_its_labels() {
    let old = CHART.replace("consul.hashicorp.com/gateway-consul-service-name: edge", "a: b");
    assert!(checked(&old, APPS).contains("edge, the mesh  ✓✓✓"));
    let other = old.replace("mesh-edge", "mesh-far-edge");
    assert!(checked(&other, APPS).contains("they have: `far-edge`"), "{}", checked(&other, APPS));
}

#[test]
fn the_service_of_jaegers_chart_is_judged_instead_of_its_values() {
    let project = Project::bare().file("values.yaml", "services: {web: {port: 8080, image: \"example/web:1\"}}\n");
    let rendered =
        project.run(&["render", "-p", "modern", "-f", "values.yaml", "--set", "jaeger.backend=helm-v2", "-o", "out"]);
    assert_eq!(rendered.code, 0, "{}", rendered.stderr);
    let port =
        if project.read("out/manifests/40-mesh/proxydefaults-global.yaml").contains("9411") { 9411 } else { 4317 };
    let objects = |service: &str| {
        let labels = "{helm.sh/chart: jaeger-4.11.1, app.kubernetes.io/instance: simplest, app: jaeger-v2}";
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: simplest, namespace: observability, labels: {labels}}}\nspec:\n  \
             selector: {{matchLabels: {{app: jaeger-v2}}}}\n  template:\n    metadata: {{labels: {{app: jaeger-v2}}}}\n    spec: {{containers: \
             [{{name: jaeger, image: \"jaegertracing/jaeger:2.19.0\"}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {service}, \
             namespace: observability}}\nspec: {{selector: {{app: jaeger-v2}}, ports: [{{name: p, port: {}}}]}}\n",
            if service == "simplest" { 1234 } else { port }
        );
        project.put("out/manifests/30-charts/simplest/all.yaml", text);
        project.run(&["check", "out"]).stdout
    };
    let fine = project.run(&["check", "out"]).stdout;
    assert!(fine.contains("spans arrive: yes"), "{fine}");
    // The Service that the values promise has another port, or is not there.
    for service in ["simplest", "other"] {
        let said = objects(service);
        assert!(said.contains("spans arrive: no"), "{said}");
        assert!(said.contains("are judged instead of\n  its values"), "{said}");
    }
}
