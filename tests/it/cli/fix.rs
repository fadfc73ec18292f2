//! `meshtrace fix`: files, streams, what is left, exit codes.

use crate::cli::project::Project;
use snapbox::str;
use std::io::Write;
use std::process::Stdio;

const TRACING: &str = "\
# The mesh.
apiVersion: consul.hashicorp.com/v1alpha1
kind: ProxyDefaults
metadata: {name: global, namespace: consul}
spec:
  config:
    protocol: http
    envoy_tracing_json: |
      {
        \"http\": {
          \"name\": \"envoy.tracers.zipkin\",
          \"typed_config\": {
            \"@type\": \"type.googleapis.com/envoy.config.trace.v3.ZipkinConfig\",
            \"collector_cluster\": \"jaeger\",
            \"collector_endpoint_version\": \"HTTP_JSON\",
            \"collector_endpoint\": \"/api/v2/spans\"
          }
        }
      }
    envoy_extra_static_clusters_json: |  # where spans go
      {\"name\": \"jaeger\", \"type\": \"STRICT_DNS\", \"connect_timeout\": \"3\",
       \"load_assignment\": {\"cluster_name\": \"jaeger\", \"endpoints\": [{\"lb_endpoints\": [{\"endpoint\": {\"address\": {
         \"socket_address\": {\"address\": \"simplest-collector\", \"port_value\": 4317}}}}]}]}}
---
apiVersion: jaegertracing.io/v1
kind: Jaeger
metadata: {name: simplest, namespace: observability}
spec:
  ingress: {enabled: false}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    consul.hashicorp.com/connect-inject: yes # please
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers: [{name: web, image: web:1}]
";

fn project() -> Project {
    Project::bare().file("k8s/mesh.yaml", TRACING)
}

#[test]
fn what_is_known_is_fixed_where_it_stands() {
    let project = project();
    project.run(&["fix", "--diff", "k8s"]).says(0, str![[r#"
--- a/k8s/mesh.yaml
+++ b/k8s/mesh.yaml
@@ -13,14 +13,15 @@
             "@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
             "collector_cluster": "jaeger",
             "collector_endpoint_version": "HTTP_JSON",
-            "collector_endpoint": "/api/v2/spans"
+            "collector_endpoint": "/api/v2/spans",
+            "shared_span_context": false
           }
         }
       }
     envoy_extra_static_clusters_json: |  # where spans go
-      {"name": "jaeger", "type": "STRICT_DNS", "connect_timeout": "3",
+      {"name": "jaeger", "type": "STRICT_DNS", "connect_timeout": "3s",
        "load_assignment": {"cluster_name": "jaeger", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {
-         "socket_address": {"address": "simplest-collector", "port_value": 4317}}}}]}]}}
+         "socket_address": {"address": "simplest-collector.observability.svc.cluster.local", "port_value": 9411}}}}]}]}}
 ---
 apiVersion: jaegertracing.io/v1
 kind: Jaeger
@@ -33,12 +34,12 @@
 metadata:
   name: web
   namespace: shop
-  annotations:
-    consul.hashicorp.com/connect-inject: yes # please
 spec:
   selector: {matchLabels: {app: web}}
   template:
     metadata:
       labels: {app: web}
+      annotations:
+        consul.hashicorp.com/connect-inject: "true" # please
     spec:
       containers: [{name: web, image: web:1}]

"#]], str![[r#"
k8s/mesh.yaml:21: would fix `envoy-value`: Envoy refuses `connect_timeout`: expected a duration in seconds, such as "1.5s"
k8s/mesh.yaml:37: would fix `annotation-not-string`: `consul.hashicorp.com/connect-inject` is a boolean, but Kubernetes accepts only strings here
k8s/mesh.yaml:12: would fix `shared-span-context`: `shared_span_context` is not false, but Jaeger does not expect shared spans
k8s/mesh.yaml:24: would fix `collector-address-qualified`: `simplest-collector` is looked up in namespace shop, where this proxy runs; the collector's Service is in observability; spans of web do not arrive
k8s/mesh.yaml:38: would fix `inject-annotation-place`: `consul.hashicorp.com/connect-inject` is on the Deployment, but Consul reads it from the pods
k8s/mesh.yaml:24: would fix `collector-port`: port 4317 expects OTLP over gRPC, but the tracer sends Zipkin; spans of web do not arrive
would fix 6 findings in 1 file; `--unsafe` would fix 1 more, by guessing

"#]]);
    assert_eq!(project.read("k8s/mesh.yaml"), TRACING);
    let run = project.run(&["fix", "k8s"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let text = project.read("k8s/mesh.yaml");
    for part in [
        "\"connect_timeout\": \"3s\",\n       \"load_assignment\"",
        "\"simplest-collector.observability.svc.cluster.local\", \"port_value\": 9411",
        "\"collector_endpoint\": \"/api/v2/spans\",\n            \"shared_span_context\": false\n          }",
        "envoy_extra_static_clusters_json: |  # where spans go\n",
        "      labels: {app: web}\n      annotations:\n        consul.hashicorp.com/connect-inject: \"true\" # please\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let again = project.run(&["fix", "k8s"]);
    assert!(again.code == 0 && !again.changed && again.stderr.starts_with("nothing to fix"), "{}", again.stderr);
}

/// Advice to quote each of its braces would be wrong for a chart's template.
#[test]
fn a_named_template_of_a_chart_is_told_once_with_the_way_that_works() {
    let template = "kind: Service\nmetadata:\n  name: {{ .Values.x }}\n{{- if .Values.a }}\n  labels: {{ toYaml . }}\n{{- end }}\n";
    let project = Project::bare().file("service.yaml", template);
    for command in ["fix", "check"] {
        let run = project.run(&[command, "service.yaml"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(
            run.code > 0 && said.contains("pass what it renders: `helm template ... | meshtrace check -`"),
            "{said}"
        );
        assert_eq!((said.matches("error[").count(), said.contains("put quotes")), (1, false), "{said}");
    }
}

#[test]
fn check_answers_whether_something_would_change() {
    let project = project();
    let run = project.run(&["fix", "--check", "k8s"]);
    assert!(run.code == 1 && !run.changed && run.stderr.contains("would fix `collector-port`"), "{}", run.stderr);
    let one = project.run(&["fix", "--rule", "shared-span-context", "k8s"]);
    assert!(one.code == 0 && one.stderr.ends_with("fixed 1 finding in 1 file\n"), "{}", one.stderr);
    assert_eq!(project.run(&["fix", "--rule", "shared-span-context", "--check", "k8s"]).code, 0);
    project.run(&["fix", "--rule", "no-such-rule", "k8s"]).fails(str![[r#"
error[usage]: there is no rule `no-such-rule`
 |
 = help: `meshtrace show rules` lists them


"#]]);
}

#[test]
fn findings_say_whether_they_are_fixable() {
    let project = project();
    let human = project.run(&["check", "k8s"]);
    assert!(human.stdout.contains("= note: fixable with `meshtrace fix`\n"), "{}", human.stdout);
    assert!(human.stdout.contains(" fixable: meshtrace fix k8s/mesh.yaml"), "{}", human.stdout);
    let json = project.run(&["check", "--format", "json", "k8s"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let one = |rule: &str| {
        let found = json["findings"].as_array().unwrap();
        found.iter().find(|finding| finding["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {json:#}")).clone()
    };
    assert_eq!(
        (&one("shared-span-context")["fixable"], &one("jaeger-v1-eol")["fixable"]),
        (&true.into(), &false.into())
    );
    let sarif = project.run(&["check", "--format", "sarif", "k8s"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let fix = results.iter().find(|result| result["ruleId"] == "shared-span-context").unwrap();
    let replacement = &fix["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["deletedRegion"]["startLine"], 16);
    assert_eq!(replacement["insertedContent"]["text"], ",\n            \"shared_span_context\": false");
    let github = project.run(&["check", "--format", "github", "k8s"]);
    assert!(github.stdout.contains("%0Afixable with `meshtrace fix`"), "{}", github.stdout);
    let markdown = project.run(&["check", "--format", "markdown", "k8s"]);
    assert!(markdown.stdout.contains("fixable with"), "{}", markdown.stdout);
}

#[test]
fn stdin_is_printed() {
    let project = project();
    let mut command = project.command("", &["fix", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(TRACING.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    project.run(&["fix", "k8s"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), project.read("k8s/mesh.yaml"));
}

#[test]
fn what_meshtrace_rendered_is_for_the_profile() {
    let project = Project::bare().file("values.yaml", "jaeger: {spec: {storage: {type: Memory}}}\n");
    let rendered = project.run(&["render", "-p", "dev", "-f", "values.yaml", "-o", "out", "--skip-rules"]);
    assert_eq!(rendered.code, 0, "{}", rendered.stderr);
    let run = project.run(&["fix", "out"]);
    assert!(run.code == 0 && !run.changed, "{}", run.stderr);
    let wanted = "left `storage-fallback`: meshtrace rendered this file; in the profile, ";
    assert!(
        run.stderr.contains(wanted) && run.stderr.contains("`jaeger.spec.storage.type: \"memory\"`"),
        "{}",
        run.stderr
    );
    let check = project.run(&["check", "-p", "dev", "-f", "values.yaml"]);
    assert!(check.stdout.contains("in the profile, set `jaeger.spec.storage.type: \"memory\"`"), "{}", check.stdout);
}

#[test]
fn the_key_and_the_value_of_the_profile_are_named() {
    let tracing = r#"{"http":{"name":"envoy.tracers.zipkin","typedConfig":{"@type":"type.googleapis.com/envoy.config.trace.v3.ZipkinConfig","collector_cluster":"simplest-collector","collector_endpoint_version":"HTTP_JSN","collector_endpoint":"/api/v2/spans","shared_span_context":false,"trace_id_128bit":true}}}"#;
    let values = format!(
        "services:\n  web:\n    image: shop/web:1.2.3\n    port: 8080\n    serviceDefaults: {{protocol: HTTP}}\n    deployment:\n      spec:\n        \
         template:\n          metadata: {{annotations: {{consul.hashicorp.com/connect-inject: \"yes\"}}}}\n          spec:\n            containers:\n            - name: web\n              \
         env: [{{name: A, value: 3}}]\njaeger: {{spec: {{ingress: null}}}}\nmesh:\n  proxyDefaults:\n    config:\n      \
         envoy_tracing_json: '{tracing}'\n"
    );
    let project = Project::bare().file("values.yaml", &values);
    let rendered = project.run(&["render", "-p", "dev", "-f", "values.yaml", "-o", "out", "--skip-rules"]);
    assert_eq!(rendered.code, 0, "{}", rendered.stderr);
    let (fix, check) =
        (project.run(&["fix", "out"]), project.run(&["check", "-p", "dev", "-f", "values.yaml", "--format", "json"]));
    let check = check.stdout.replace("\\\"", "\"");
    let annotations = "services.web.deployment.spec.template.metadata.annotations";
    for change in [
        "set `services.web.serviceDefaults.protocol: \"http\"`".to_owned(),
        format!("set `{annotations}.\"consul.hashicorp.com/connect-inject\": \"true\"`"),
        "set `services.web.deployment.spec.template.spec.containers[web].env[A].value: \"3\"`".to_owned(),
        "perhaps set `jaeger.spec.ingress.enabled: false`".to_owned(),
        "set `/http/typedConfig/collector_endpoint_version` to `\"HTTP_JSON\"` in the JSON of \
         `mesh.proxyDefaults.config.envoy_tracing_json`"
            .to_owned(),
    ] {
        let change = format!("in the profile, {change}");
        assert!(fix.stderr.contains(&change), "{change}: {}", fix.stderr);
        assert!(check.contains(&change), "{change}: {check}");
    }
    // The line is that of the item with the same name, wherever it stands among those of the template.
    let line = 1 + values.lines().position(|line| line.contains("name: A")).unwrap();
    assert!(check.contains(&format!("\"line\": {line}")) || check.contains(&format!("\"line\":{line}")), "{check}");
}

#[test]
fn a_file_with_errors_is_not_touched() {
    let project = Project::bare().file("web.yaml", format!("{TRACING}---\na: [\n"));
    let run = project.run(&["fix", "web.yaml"]);
    assert!(run.code == 2 && !run.changed, "{}\n{}", run.code, run.stderr);
    project.run(&["fix", "none.yaml"]).fails(str![[r#"
error[no-such-file]: `none.yaml` does not exist
 |
 = help: pass a file or a directory, or `-` for stdin


"#]]);
}

#[test]
fn what_several_sets_have_in_common_is_fixed_in_each() {
    let staging = TRACING.replace("image: web:1", "image: web:2");
    let project = Project::bare().file("k8s/prod/mesh.yaml", TRACING).file("k8s/staging/mesh.yaml", &staging);
    let run = project.run(&["fix", "k8s"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let prod = project.read("k8s/prod/mesh.yaml");
    assert!(prod.contains("svc.cluster.local\", \"port_value\": 9411"), "{prod}");
    assert_eq!(project.read("k8s/staging/mesh.yaml"), prod.replace("image: web:1", "image: web:2"));
}

#[test]
fn helm_values_in_a_config_map_are_fixed_there() {
    let project = Project::bare().file(
        "release.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values, namespace: consul}\ndata:\n  values.yaml: |\n    connectInject:\n      \
         enabled: false  # why?\n    ingressGateways:\n      enabled: true\n      gateways: [{name: gate, service: {ports: [{port: 80}]}}]\n---\n\
         apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: consul, namespace: consul}\nspec:\n  \
         chart: {spec: {chart: consul, version: 0.46.1, sourceRef: {kind: HelmRepository, name: hashicorp}}}\n  \
         valuesFrom: [{kind: ConfigMap, name: values}]\n---\n\
         apiVersion: consul.hashicorp.com/v1alpha1\nkind: IngressGateway\nmetadata: {name: gate, namespace: consul}\n\
         spec: {listeners: [{port: 80, protocol: http, services: [{name: web, hosts: [\"*\"]}]}]}\n",
    );
    let old = project.read("release.yaml");
    let run = project.run(&["fix", "--rule", "inject-disabled", "release.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(project.read("release.yaml"), old.replace("enabled: false  # why?", "enabled: true  # why?"));
}

#[cfg(unix)]
#[test]
fn a_fixed_file_keeps_its_mode_and_its_link() {
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    std::fs::set_permissions(project.path("k8s/mesh.yaml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("k8s/mesh.yaml", project.path("link.yaml")).unwrap();
    assert_eq!(project.run(&["fix", "link.yaml"]).code, 0);
    assert!(project.path("link.yaml").is_symlink());
    let mode = std::fs::metadata(project.path("k8s/mesh.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_ne!(project.read("k8s/mesh.yaml"), TRACING);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_not_said_to_be_fixed() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new().file("mesh.yaml", TRACING);
    std::fs::set_permissions(project.path("mesh.yaml"), std::fs::Permissions::from_mode(0o444)).unwrap();
    let run = project.run(&["fix", "mesh.yaml"]);
    assert_eq!((run.code, &*run.stdout), (2, ""));
    assert!(
        run.stderr.contains("cannot write `mesh.yaml`") && run.stderr.contains("\nnothing was fixed"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(": fixed `"), "{}", run.stderr);
    assert_eq!(project.read("mesh.yaml"), TRACING);
}

/// What edits a file in place.
#[cfg(unix)]
const IN_PLACE: [&[&str]; 2] = [&["fix", "mesh.yaml"], &["inject", "--in-place", "mesh.yaml"]];

#[cfg(unix)]
#[test]
fn odd_modes_owners_and_links_stay() {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::fs::chown;
    for arguments in IN_PLACE {
        let project = Project::bare().file("deep/real.yaml", TRACING);
        let real = project.path("deep/real.yaml");
        // Only the superuser can give the file away.
        let owner = if chown(&real, Some(4321), Some(1234)).is_ok() { Some((4321, 1234)) } else { None };
        for mode in [0o600, 0o620, 0o4755, 0o666] {
            std::fs::write(&real, TRACING).unwrap();
            std::fs::set_permissions(&real, std::fs::Permissions::from_mode(mode)).unwrap();
            let _ = std::fs::remove_file(project.path("mesh.yaml"));
            std::os::unix::fs::symlink("link.yaml", project.path("mesh.yaml")).unwrap();
            let _ = std::os::unix::fs::symlink("deep/real.yaml", project.path("link.yaml"));
            let run = project.run(arguments);
            assert_eq!(run.code, 0, "{arguments:?} {mode:o}: {}", run.stderr);
            assert_ne!(project.read("deep/real.yaml"), TRACING);
            assert!(project.path("mesh.yaml").is_symlink() && project.path("link.yaml").is_symlink());
            let about = std::fs::metadata(&real).unwrap();
            assert_eq!(about.mode() & 0o7777, mode, "{arguments:?}");
            assert!(owner.is_none_or(|owner| owner == (about.uid(), about.gid())), "{arguments:?}");
        }
        assert_eq!(std::fs::read_dir(project.path("deep")).unwrap().count(), 1);
        std::fs::remove_file(&real).unwrap();
        project.run(arguments).refuses(&["`mesh.yaml`"]);
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_written_is_said_and_stays() {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let program = Project::bare().file("meshtrace", std::fs::read(env!("CARGO_BIN_EXE_meshtrace")).unwrap());
    [program.path(""), program.path("meshtrace")].iter().for_each(|path| mode(path, 0o755));
    // A file and its directory: read-only, of somebody else, in a directory that allows nothing new, only to be written.
    for (file, folder) in [(0o444, 0o755), (0o644, 0o755), (0o666, 0o555), (0o222, 0o777)] {
        for arguments in IN_PLACE {
            let project = Project::bare().file("mesh.yaml", TRACING);
            let root = std::fs::metadata(project.path("")).unwrap().uid() == 0;
            if !root && (file, folder) == (0o644, 0o755) {
                continue;
            }
            mode(&project.path("mesh.yaml"), file);
            mode(&project.path(""), folder);
            let mut command = std::process::Command::new(program.path("meshtrace"));
            command.args(arguments).current_dir(project.path("")).env_clear().stdin(Stdio::null());
            if root {
                command.uid(65534).gid(65534);
            }
            let output = command.output().unwrap();
            mode(&project.path(""), 0o755);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?} {file:o} {folder:o}: {stderr}");
            let verb = if file == 0o222 { "read" } else { "write" };
            assert!(stderr.contains(&format!("cannot {verb} `mesh.yaml`: permission denied")), "{stderr}");
            mode(&project.path("mesh.yaml"), 0o644);
            assert_eq!(project.read("mesh.yaml"), TRACING);
            assert_eq!(std::fs::read_dir(project.path("")).unwrap().count(), 1);
        }
    }
}
