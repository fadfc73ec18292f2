//! `meshtrace inject`: files, streams, formats, exit codes.

use crate::cli::project::Project;
use snapbox::str;
use std::fs;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # the shop
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: 'registry.example/web:1'
        ports: [{containerPort: 8080}]
";

fn web() -> Project {
    Project::bare().file("web.yaml", WEB)
}

/// Runs with a text on stdin: exit code, stdout, stderr.
fn piped(project: &Project, args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = project.command("", args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_agent_is_added_and_nothing_else_changes() {
    let project = web();
    project.run(&["inject", "web.yaml"]).says(
        0,
        str![[r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # the shop
  namespace: shop
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "14271"
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: 'registry.example/web:1'
        ports: [{containerPort: 8080}]
        env:
        - name: JAEGER_SERVICE_NAME
          value: web.shop
        - name: JAEGER_PROPAGATION
          value: "jaeger,b3,w3c"
      - name: jaeger-agent
        image: jaegertracing/jaeger-agent:1.37.0
        args:
        - "--agent.tags=cluster=undefined,container.name=web,deployment.name=web,host.ip=${HOST_IP:},pod.name=${POD_NAME:},pod.namespace=shop"
        - --reporter.grpc.host-port=dns:///simplest-collector-headless.observability.svc:14250
        env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: HOST_IP
          valueFrom:
            fieldRef:
              fieldPath: status.hostIP
        ports:
        - containerPort: 5775
          name: zk-compact-trft
          protocol: UDP
        - containerPort: 5778
          name: config-rest
        - containerPort: 6831
          name: jg-compact-trft
          protocol: UDP
        - containerPort: 6832
          name: jg-binary-trft
          protocol: UDP
        - containerPort: 14271
          name: admin-http
        resources: {}

"#]],
        str![[r#"
web.yaml:1: Deployment `shop/web`: injected the agent

"#]],
    );
    project.run(&["inject", "--consul", "--format", "patch", "web.yaml"]).says(
        0,
        str![[r#"
--- a/web.yaml
+++ b/web.yaml
@@ -3,13 +3,54 @@
 metadata:
   name: web   # the shop
   namespace: shop
+  annotations:
+    prometheus.io/scrape: "true"
+    prometheus.io/port: "14271"
 spec:
   selector: {matchLabels: {app: web}}
   template:
     metadata:
       labels: {app: web}
+      annotations:
+        consul.hashicorp.com/connect-inject: "true"
+        consul.hashicorp.com/connect-service-port: "8080"
+        consul.hashicorp.com/transparent-proxy-exclude-outbound-ports: "14250"
     spec:
       containers:
       - name: web
         image: 'registry.example/web:1'
         ports: [{containerPort: 8080}]
+        env:
+        - name: JAEGER_SERVICE_NAME
+          value: web.shop
+        - name: JAEGER_PROPAGATION
+          value: "jaeger,b3,w3c"
+      - name: jaeger-agent
+        image: jaegertracing/jaeger-agent:1.37.0
+        args:
+        - "--agent.tags=cluster=undefined,container.name=web,deployment.name=web,host.ip=${HOST_IP:},pod.name=${POD_NAME:},pod.namespace=shop"
+        - --reporter.grpc.host-port=dns:///simplest-collector-headless.observability.svc:14250
+        env:
+        - name: POD_NAME
+          valueFrom:
+            fieldRef:
+              fieldPath: metadata.name
+        - name: HOST_IP
+          valueFrom:
+            fieldRef:
+              fieldPath: status.hostIP
+        ports:
+        - containerPort: 5775
+          name: zk-compact-trft
+          protocol: UDP
+        - containerPort: 5778
+          name: config-rest
+        - containerPort: 6831
+          name: jg-compact-trft
+          protocol: UDP
+        - containerPort: 6832
+          name: jg-binary-trft
+          protocol: UDP
+        - containerPort: 14271
+          name: admin-http
+        resources: {}

"#]],
        str![[r#"
web.yaml:1: Deployment `shop/web`: injected the agent; injected the annotations for a Consul sidecar

"#]],
    );
}

#[test]
fn files_are_changed_in_place_and_back() {
    let project = web().file("more/two.yml", WEB.replace("web", "two")).file("more/notes.txt", "x");
    project.run(&["inject", "--check", "web.yaml", "more"]).untouched();
    let check = project.run(&["inject", "--check", "web.yaml", "more"]);
    assert!(check.code == 1 && check.stderr.ends_with("2 inputs would change; nothing was written (`--check`)\n"));
    project.run(&["inject", "--in-place", "--consul", "web.yaml", "more"]).ok();
    assert!(project.read("more/two.yml").contains("- name: jaeger-agent\n"));
    assert_eq!(project.run(&["inject", "--check", "--consul", "web.yaml", "more"]).code, 0);
    let run = project.run(&["inject", "--in-place", "--consul", "."]).untouched();
    assert!(
        run.stderr.contains("already has the agent; already has the annotations for a Consul sidecar"),
        "{}",
        run.stderr
    );
    project.run(&["inject", "--in-place", "--consul", "--remove", "."]).ok();
    assert_eq!((project.read("web.yaml"), project.read("more/two.yml")), (WEB.to_owned(), WEB.replace("web", "two")));
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_a_link_its_target() {
    use std::os::unix::fs::PermissionsExt;
    let project = web();
    fs::set_permissions(project.path("web.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("web.yaml", project.path("link.yaml")).unwrap();
    project.run(&["inject", "--in-place", "link.yaml"]).ok();
    assert!(fs::symlink_metadata(project.path("link.yaml")).unwrap().is_symlink());
    assert_eq!(fs::metadata(project.path("web.yaml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(project.read("web.yaml").contains("jaeger-agent"));
    assert_eq!(fs::read_dir(project.path("")).unwrap().count(), 2);
}

#[test]
fn what_is_no_text_in_a_directory_is_told_and_the_rest_is_done() {
    let project = web();
    fs::write(project.path("picture.yaml"), b"\x89PNG\0").unwrap();
    let run = project.run(&["inject", "--in-place", "."]);
    assert!(run.code == 0 && run.stderr.contains("warning[") && run.stderr.contains("picture.yaml"), "{}", run.stderr);
    assert!(project.read("web.yaml").contains("jaeger-agent"));
    assert_eq!(fs::read(project.path("picture.yaml")).unwrap(), b"\x89PNG\0");
    project.run(&["inject", "picture.yaml"]).refuses(&["picture.yaml"]);
}

#[test]
fn a_patch_is_what_git_applies() {
    let project = web();
    let patch = project.run(&["inject", "--format", "patch", "web.yaml"]).ok();
    project.put("x.patch", &patch);
    let apply = Command::new("git").args(["apply", "x.patch"]).current_dir(project.path("")).status().unwrap();
    assert!(apply.success());
    let patched = project.read("web.yaml");
    project.put("web.yaml", WEB);
    assert_eq!(patched, project.run(&["inject", "web.yaml"]).ok());
}

#[test]
fn the_jaeger_is_that_of_the_input_else_of_the_profile() {
    let jaeger = "apiVersion: jaegertracing.io/v1\nkind: Jaeger\nmetadata: {name: mine, namespace: traces}\nspec: {agent: {image: my/agent:1}}\n";
    let project = web().file("jaeger.yaml", jaeger).profile("site", "jaeger: {name: theirs, version: 1.65.0}\n");
    let own = project.run(&["inject", "web.yaml", "jaeger.yaml"]).ok();
    assert!(
        own.contains("dns:///mine-collector-headless.traces.svc:14250") && own.contains("image: my/agent:1\n"),
        "{own}"
    );
    let site = project.run(&["inject", "-p", "site", "--profiles", "profiles", "web.yaml"]).ok();
    assert!(site.contains("theirs-collector-headless.observability.svc") && site.contains("livenessProbe"), "{site}");
    project.put("more.yaml", jaeger.replace("mine", "other"));
    project.run(&["inject", "web.yaml", "jaeger.yaml", "more.yaml"]).refuses(&[
        "several Jaegers could be meant",
        "help: name one of them in its annotation `sidecar.jaegertracing.io/inject`",
    ]);
    project.put(
        "asks.yaml",
        WEB.replace("namespace: shop", "namespace: shop\n  annotations: {sidecar.jaegertracing.io/inject: nope}"),
    );
    project.run(&["inject", "asks.yaml"]).refuses(&["no Jaeger is called `nope`", "asks.yaml:6:"]);
    project.run(&["inject", "-p", "modern", "web.yaml"]).refuses(&["has no agents"]);
}

#[test]
fn workloads_that_an_agent_would_break_are_skipped_unless_all_is_given() {
    let annotated = |value: &str| {
        WEB.replace(
            "namespace: shop",
            &format!("namespace: shop\n  annotations: {{sidecar.jaegertracing.io/inject: \"{value}\"}}"),
        )
    };
    let job = WEB.replace("apps/v1", "batch/v1").replace("Deployment", "Job");
    for (text, why, all) in [
        (job.as_str(), "its pods run to completion", true),
        (&WEB.replace("    spec:\n", "    spec:\n      hostNetwork: true\n"), "with `hostNetwork`", true),
        (&WEB.replace("8080", "5778"), "listens on port 5778", true),
        (&annotated("false"), "says `false`", false),
        (&WEB.replace("  namespace: shop", "  namespace: shop\n  labels: {app: jaeger}"), "part of Jaeger", false),
        (
            &WEB.replace(
                "- name: web",
                "- name: a\n        image: jaegertracing/jaeger-agent:1.37.0\n      - name: web",
            ),
            "is an agent already",
            false,
        ),
        (
            &WEB.replace(
                "- name: web",
                "- name: jaeger-agent\n        image: jaegertracing/jaeger-agent:latest\n      - name: web",
            ),
            "was written by hand",
            false,
        ),
        (&WEB.replace("web   #", "\"{{ .Release.Name }}\" #"), "it is a template", false),
        ("a: {{ x }}\n{{ if }}", "helm template", false),
    ] {
        let project = Project::bare();
        let (code, out, said) = piped(&project, &["inject", "-"], text);
        assert_eq!((code, &*out), (0, text), "{said}");
        assert!(said.contains(why), "{why}: {said}");
        let (code, out, said) = piped(&project, &["inject", "--all"], text);
        assert_eq!(
            (code, out.contains("- name: jaeger-agent\n        image: jaegertracing/jaeger-agent:1.37.0")),
            (0, all),
            "{said}"
        );
    }
}

#[test]
fn ports_that_options_move_are_those_that_clash_and_are_excluded() {
    let jaeger = "apiVersion: jaegertracing.io/v1\nkind: Jaeger\nmetadata: {name: mine, namespace: shop}\nspec:\n  agent:\n    options:\n      \
                  http-server: {host-port: \":5779\"}\n      reporter.grpc.host-port: \"dns:///one.far:1234,two.far:443\"\n";
    let project = Project::bare().file("jaeger.yaml", jaeger).file("old.yaml", WEB.replace("8080", "5778"));
    let project = project.file("new.yaml", WEB.replace("8080", "5779")).file("web.yaml", WEB);
    let said = project.run(&["inject", "--format", "report", "jaeger.yaml", "old.yaml", "new.yaml"]).stdout;
    assert!(said.contains("old.yaml:1: Deployment `shop/web`: injected the agent\n"), "{said}");
    assert!(said.contains("listens on port 5779, which the agent needs"), "{said}");

    let run = |more: &[&str], input: &str| {
        project.put("it.yaml", input);
        let arguments = [&["inject", "--consul", "--in-place", "it.yaml"], more].concat();
        let run = project.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        project.read("it.yaml")
    };
    let moved = run(&["jaeger.yaml"], WEB);
    assert!(moved.contains("transparent-proxy-exclude-outbound-ports: \"1234,443\""), "{moved}");
    assert_eq!(run(&["jaeger.yaml", "--remove"], &moved), WEB);
    // The agent's port goes with the agent that it belongs to.
    let usual = run(&[], WEB);
    assert!(usual.contains("transparent-proxy-exclude-outbound-ports: \"14250\""), "{usual}");
    assert_eq!(run(&["jaeger.yaml"], &usual), moved);
    // What came with an older agent goes with the newer one; what was there before both stays.
    let newer = run(&["-p", "base", "--set", "jaeger.version=1.65.0"], &usual);
    assert!(newer.contains("livenessProbe"), "{newer}");
    assert_eq!(run(&["-p", "base", "--set", "jaeger.version=1.65.0", "--remove"], &newer), WEB);
    let asks = "      labels: {app: web}\n      annotations: {consul.hashicorp.com/connect-inject: \"true\"}\n";
    let asks = WEB.replace("      labels: {app: web}\n", asks);
    let newer = run(&["-p", "base", "--set", "jaeger.version=1.65.0"], &run(&[], &asks));
    assert_eq!(run(&["-p", "base", "--set", "jaeger.version=1.65.0", "--remove"], &newer), asks);
}

#[test]
fn a_native_sidecar_counts_as_a_container_that_runs() {
    let init = |container: &str| {
        WEB.replace("      containers:\n", &format!("      initContainers:\n      - {container}\n      containers:\n"))
    };
    let native = "restartPolicy: Always";
    for (text, said) in [
        (
            init(&format!("{{name: jaeger-agent, image: jaegertracing/jaeger-agent:1.50.0, {native}}}")),
            "left: container `jaeger-agent` is an agent already",
        ),
        (
            init(&format!("{{name: a, image: jaegertracing/jaeger-agent:1.50.0, {native}}}")),
            "left: container `a` is an agent already",
        ),
        (
            init(&format!("{{name: a, image: a, ports: [{{containerPort: 14271}}], {native}}}")),
            "container `a` listens on port 14271",
        ),
        (init("{name: a, image: a, ports: [{containerPort: 14271}]}"), "injected the agent"),
        (init("{name: jaeger-agent, image: a}"), "a container that is not an agent is called `jaeger-agent`"),
    ] {
        let (_, _, stderr) = piped(&Project::bare(), &["inject", "-"], &text);
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
}

#[test]
fn workloads_that_a_consul_sidecar_would_break_do_not_ask_for_one() {
    let job = WEB.replace("apps/v1", "batch/v1").replace("Deployment", "Job");
    let annotated = |key: &str| {
        job.replace(
            "      labels",
            &format!("      annotations: {{consul.hashicorp.com/{key}: \"true\"}}\n      labels"),
        )
    };
    let inject = ["inject", "--mode", "annotation", "--consul", "-"];
    for (text, said) in [
        (job.clone(), "no Consul sidecar: its pods run to completion, but the sidecar never exits; `--all`"),
        (WEB.replace("    spec:\n", "    spec:\n      hostNetwork: true\n"), "no Consul sidecar: with `hostNetwork`"),
        (annotated("connect-inject"), "injected the annotations for a Consul sidecar"),
        (annotated("enable-consul-dataplane-as-sidecar"), "injected the annotations for a Consul sidecar"),
    ] {
        let (code, out, stderr) = piped(&Project::bare(), &inject, &text);
        assert!(code == 0 && stderr.contains(said), "{said}: {stderr}\n{out}");
        let (_, out, stderr) = piped(&Project::bare(), &[&inject[..], &["--all"]].concat(), &text);
        assert!(out.contains("consul.hashicorp.com/connect-inject: \"true\""), "{stderr}\n{out}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_not_written() {
    for (text, part) in [
        (
            WEB.replace("name: web\n", "name: jaeger-agent\n"),
            "a container that is not an agent is called `jaeger-agent`",
        ),
        (
            WEB.replace("metadata:\n      labels", "metadata:\n      annotations: no\n      labels"),
            "`spec.template.metadata.annotations` is a boolean, expected a map",
        ),
        (WEB.replace("containers:", "containers: ["), "web.yaml:1"),
    ] {
        let project = web().file("web.yaml", &text).file("fine.yaml", WEB);
        let run = project.run(&["inject", "--in-place", "."]);
        assert!(run.code == 2 && run.stderr.contains(part), "{part}: {}", run.stderr);
        assert_eq!(project.read("web.yaml"), text);
        assert!(project.read("fine.yaml").contains("jaeger-agent"));
        project.run(&["inject", "web.yaml"]).refuses(&["web.yaml:"]);
    }
    web().run(&["inject", "nosuch"]).refuses(&["`nosuch` does not exist"]);
    web().run(&["inject", "--in-place", "-"]).refuses(&["`--in-place` needs files"]);
    web().run(&["inject", "--in-place", "--check", "web.yaml"]).refuses(&["cannot be used with"]);
}

#[test]
fn annotations_go_where_each_operator_looks() {
    let project = web().file("ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n");
    let deployment = project.run(&["inject", "--mode", "annotation", "web.yaml", "ns.yaml"]).ok();
    assert_eq!(deployment.matches("sidecar.jaegertracing.io/inject: simplest\n").count(), 1);
    assert!(
        deployment.contains("  namespace: shop\n  annotations:\n    sidecar.jaegertracing.io/inject: simplest\nspec:")
    );
    let namespace = project.run(&["inject", "--mode", "annotation", "ns.yaml"]).ok();
    assert!(namespace.ends_with("  name: shop\n  annotations:\n    sidecar.jaegertracing.io/inject: simplest\n"));
    let otel = project.run(&["inject", "--mode", "otel", "web.yaml"]).ok();
    let wanted = "      labels: {app: web}\n      annotations:\n        sidecar.opentelemetry.io/inject: \"true\"\n        instrumentation.opentelemetry.io/inject-sdk: \"true\"\n";
    assert!(otel.contains(wanted), "{otel}");
}

#[test]
fn a_resource_list_is_what_kustomize_passes() {
    let indented: String = WEB.lines().map(|line| format!("  {line}\n")).collect();
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  data: {{consul: \"true\"}}\nitems:\n- {}",
        indented.trim_start()
    );
    for args in [&["inject"][..], &["inject", "--format", "krm"]] {
        let (code, out, said) = piped(&Project::bare(), args, &list);
        assert!(code == 0 && out.contains("consul.hashicorp.com/connect-inject: \"true\"\n"), "{said}\n{out}");
        assert!(out.starts_with("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"), "{out}");
    }
    let (code, out, said) = piped(&Project::bare(), &["inject"], &list.replace("consul:", "console:"));
    assert!(code == 2 && out.is_empty() && said.contains("unknown option `console`"), "{said}");
    let (code, _, said) = piped(&Project::bare(), &["inject", "--format", "krm"], WEB);
    assert!(code == 2 && said.contains("is not a ResourceList"), "{said}");
}

/// An agent in flow style is one line, and the comment is after the object's end.
#[test]
fn what_was_there_before_stays_when_the_agent_is_the_last_line() {
    let (head, _) = WEB.split_once("containers:").unwrap();
    let held =
        head.replace("  namespace: shop\n", "  namespace: shop\n  annotations: {prometheus.io/scrape: \"true\"}\n");
    for end in ["", "\n", "\n---\na: 1\n"] {
        let text = format!("{held}containers:\n      - {{name: web, image: a}}{end}");
        let project = Project::bare().file("web.yaml", &text);
        project.run(&["inject", "--in-place", "web.yaml"]).ok();
        assert!(project.read("web.yaml").contains(" # meshtrace: keeps prometheus.io/scrape"), "{text}");
        project.run(&["inject", "--in-place", "--remove", "web.yaml"]).ok();
        assert_eq!(project.read("web.yaml"), text);
    }
}

/// A list in flow style has no room for the comment that says what was there.
#[test]
fn it_is_said_that_what_was_there_before_would_go_with_the_agent() {
    let list = "containers: [{name: web, env: [{name: JAEGER_PROPAGATION, value: \"jaeger,b3,w3c\"}]}]";
    let text = format!("{}{list}\n", WEB.split("containers:").next().unwrap());
    let project = Project::bare().file("web.yaml", &text);
    let run = project.run(&["inject", "web.yaml"]);
    assert!(run.stderr.contains("was there before, and `--remove` would remove it"), "{}", run.stderr);
}

#[test]
fn what_was_there_before_stays_when_the_agent_goes() {
    let held =
        WEB.replace("  namespace: shop\n", "  namespace: shop\n  annotations:\n    prometheus.io/scrape: \"true\"\n");
    let project = Project::bare().file("web.yaml", &held);
    project.run(&["inject", "--in-place", "web.yaml"]).ok();
    assert!(project.read("web.yaml").contains("- name: jaeger-agent # meshtrace: keeps prometheus.io/scrape\n"));
    project.run(&["inject", "--in-place", "--remove", "web.yaml"]).ok();
    assert_eq!(project.read("web.yaml"), held);
}

#[test]
fn files_that_meshtrace_rendered_are_left() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render"]).ok();
    let run = project.run(&["inject", "--in-place", "out"]).untouched();
    assert!(run.code == 0 && run.stderr.contains("meshtrace rendered it"), "{}", run.stderr);
}
