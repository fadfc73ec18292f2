use super::*;
use crate::check::Loaded;
use crate::check::Options;

const CONFIG: &str = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: d}
data:
  readme: "no configuration"
  config: |
    receivers: {zipkin: {endpoint: "0.0.0.0:9411"}, otlp: {protocols: {http: {endpoint: "0.0.0.0:4318"}}}}
    exporters: {debug: {}}
    service: {pipelines: {traces: {receivers: [zipkin, otlp], exporters: [debug]}}}
"#;

fn collector(name: &str, image: &str, config: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: d}}
spec: {{clusterIP: None, selector: {{app: {name}}}, ports: [{{name: zipkin, port: 9411}}, {{name: http, port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: d}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      volumes: [{{name: v, configMap: {{name: {config}}}}}]
      containers: [{{name: a, image: '{image}', args: [--config=/v/config], volumeMounts: [{{name: v, mountPath: /v}}]}}]
"
    )
}

#[test]
fn a_config_map_is_read_once_however_many_services_lead_to_it() {
    let otel = "otel/opentelemetry-collector:0.110.0";
    let text = [
        CONFIG,
        &collector("a", otel, "c"),
        &collector("b", otel, "c"),
        &collector("jaeger", "jaegertracing/jaeger:2.0.0", "c"),
        &collector("missing", otel, "other"),
    ]
    .concat();
    let mut loaded = Loaded::default();
    loaded.add("x.yaml", &text);
    let (set, options) = (loaded.set(), Options::default());
    let mesh = Mesh::of(&set, &options);
    let all = all(&mut Configs::new(&mesh), &[]);
    assert_eq!(all.len(), 4);
    let pods: Vec<_> = all[..3].iter().map(|backend| backend.pod.as_ref().unwrap()).collect();
    assert!(Rc::ptr_eq(pods[0], pods[1]), "it was read more than once");
    assert_eq!(pods[0].keys().copied().collect::<Vec<_>>(), [4318, 9411]);
    // The configuration is shared, the product and the Service's ports are not.
    assert_eq!(
        all.iter().map(|backend| backend.product).collect::<Vec<_>>()[1..3],
        [Product::Unknown, Product::JaegerV2]
    );
    assert!(matches!(all[0].ports[&80], Port::Refused(_)) && matches!(all[0].ports[&9411], Port::Feeds(..)));
    assert!(all[3].pod.is_none() && matches!(all[3].ports[&9411], Port::Unknown(_)));
}
