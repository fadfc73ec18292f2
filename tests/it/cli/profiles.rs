//! Mistakes in profiles and values: each with its place, all in one run.

use crate::cli::project::Project;
use snapbox::str;

/// Renders a project whose only profile is `text`.
#[track_caller]
fn check(text: &str, expected: impl snapbox::IntoData) {
    Project::new().profile("site", text).run(&["render"]).fails(expected);
}

#[test]
fn an_unknown_profile_gives_a_suggestion() {
    Project::bare().run(&["render", "-p", "debgu", "-o", "out"]).fails(str![[r#"
error[unknown-profile]: no profile is named `debgu`
 |
 = help: did you mean `debug`? known: [..]

1 error, nothing was written

"#]]);
    check(
        "extends: [dev, debgu]\n",
        str![[r#"
error[unknown-profile]: no profile is named `debgu`
 --> profiles/site.yaml:1:16
  |
1 | extends: [dev, debgu]
  |                ^^^^^
  |
  = help: did you mean `debug`? known: [..]

1 error, nothing was written

"#]],
    );
}

#[test]
fn an_unknown_key_gives_a_suggestion_or_its_right_place() {
    check(
        "consul: {logLevl: debug}\n",
        str![[r#"
error[unknown-key]: unknown key `consul.logLevl`
 --> profiles/site.yaml:1:10
  |
1 | consul: {logLevl: debug}
  |          ^^^^^^^
  |
  = help: did you mean `logLevel`?

1 error, nothing was written

"#]],
    );
    check(
        "logLevel: debug\n",
        str![[r#"
error[unknown-key]: unknown key `logLevel`
 --> profiles/site.yaml:1:1
  |
1 | logLevel: debug
  | ^^^^^^^^
  |
  = help: did you mean the key `consul.logLevel`?

1 error, nothing was written

"#]],
    );
    check(
        "consul: {zzz: 1}\n",
        str![[r#"
error[unknown-key]: unknown key `consul.zzz`
 --> profiles/site.yaml:1:10
  |
1 | consul: {zzz: 1}
  |          ^^^
  |
  = help: known keys here: manage, namespace, chart, chartPath, name, datacenter, image, logLevel, servers, enterprise, gossip, tls, acls, ui, inject, values

1 error, nothing was written

"#]],
    );
    check(
        "extends: dev\nservices: {web: {prot: 1}}\n",
        str![[r#"
error[unknown-key]: unknown key `services.web.prot`
 --> profiles/site.yaml:2:18
  |
2 | services: {web: {prot: 1}}
  |                  ^^^^
  |
  = help: did you mean `port`?

1 error, nothing was written

"#]],
    );
}

#[test]
fn a_wrong_type_reports_what_was_expected() {
    check(
        "consul: {acls: 3}\n",
        str![[r#"
error[wrong-type]: `consul.acls` is a number `3`, expected true or false
 --> profiles/site.yaml:1:16
  |
1 | consul: {acls: 3}
  |                ^

1 error, nothing was written

"#]],
    );
    check(
        "consul: {servers: [1]}\n",
        str![[r#"
error[wrong-type]: `consul.servers` is a list, expected a map
 --> profiles/site.yaml:1:19
  |
1 | consul: {servers: [1]}
  |                   ^^^

1 error, nothing was written

"#]],
    );
    check(
        "consul: debug\n",
        str![[r#"
error[wrong-type]: `consul` is a string `debug`, expected a map
 --> profiles/site.yaml:1:9
  |
1 | consul: debug
  |         ^^^^^
  |
  = help: write `consul: {logLevel: debug}`

1 error, nothing was written

"#]],
    );
    check(
        "services: {web: {port: \"8080\"}}\n",
        str![[r#"
error[wrong-type]: `services.web.port` is a string `"8080"`, expected a port, 1 to 65535
 --> profiles/site.yaml:1:24
  |
1 | services: {web: {port: "8080"}}
  |                        ^^^^^^
  |
  = help: remove the quotes

1 error, nothing was written

"#]],
    );
}

#[test]
fn a_number_for_a_string_shows_what_was_written() {
    check(
        "jaeger: {version: 1.30}\n",
        str![[r#"
error[wrong-type]: `jaeger.version` is a number `1.30`, expected a version, such as 1.37.0
 --> profiles/site.yaml:1:19
  |
1 | jaeger: {version: 1.30}
  |                   ^^^^
  |
  = help: put it in quotes: "1.30"

1 error, nothing was written

"#]],
    );
    check(
        "cluster: {kubernetes: 1.30}\n",
        str![[r#"
error[wrong-type]: `cluster.kubernetes` is a number `1.30`, expected a Kubernetes version, such as "1.24"
 --> profiles/site.yaml:1:23
  |
1 | cluster: {kubernetes: 1.30}
  |                       ^^^^
  |
  = help: put it in quotes: "1.30"

1 error, nothing was written

"#]],
    );
    Project::bare().run(&["render", "-p", "dev", "-o", "out", "--set", "consul.datacenter=1"]).fails(str![[r#"
error[wrong-type]: `consul.datacenter` is a number `1`, expected a string
 --> --set consul.datacenter:1:1
  |
1 | consul.datacenter
  | ^^^^^^^^^^^^^^^^^
  |
  = help: use --set-string

1 error, nothing was written

"#]]);
}

#[test]
fn an_unquoted_off_is_a_boolean_and_the_help_says_to_quote_it() {
    check(
        "consul: {gossip: {mode: off}}\n",
        str![[r#"
error[wrong-type]: `consul.gossip.mode` is a boolean `off`, expected one of `auto`, `existing`, `external-secrets`, `vault`, `sops`, `off`
 --> profiles/site.yaml:1:25
  |
1 | consul: {gossip: {mode: off}}
  |                         ^^^
  |
  = help: put it in quotes: "off"

1 error, nothing was written

"#]],
    );
}

#[test]
fn an_invalid_choice_lists_the_valid_ones() {
    check(
        "consul: {logLevel: verbose}\njaeger: {ui: {expose: loadbalancer}}\n",
        str![[r#"
error[wrong-choice]: `consul.logLevel` is `verbose`, expected one of `trace`, `debug`, `info`, `warn`, `error`
 --> profiles/site.yaml:1:20
  |
1 | consul: {logLevel: verbose}
  |                    ^^^^^^^

error[wrong-choice]: `jaeger.ui.expose` is `loadbalancer`, expected one of `cluster-ip`, `load-balancer`, `node-port`, `ingress`
 --> profiles/site.yaml:2:23
  |
2 | jaeger: {ui: {expose: loadbalancer}}
  |                       ^^^^^^^^^^^^
  |
  = help: did you mean `load-balancer`?

2 errors, nothing was written

"#]],
    );
}

#[test]
fn null_for_a_required_key_is_reported_at_the_null() {
    check(
        "consul:\n  datacenter: null\n",
        str![[r#"
error[missing-key]: `consul.datacenter` is null but required: expected a string
 --> profiles/site.yaml:2:15
  |
2 |   datacenter: null
  |               ^^^^
  |
  = help: set it; `meshtrace explain` shows its default

1 error, nothing was written

"#]],
    );
    check(
        "jaeger: null\n",
        str![[r#"
error[missing-key]: `jaeger` is null but required: expected a map
 --> profiles/site.yaml:1:9
  |
1 | jaeger: null
  |         ^^^^
  |
  = help: set it; `meshtrace explain` shows its default

1 error, nothing was written

"#]],
    );
}

#[test]
fn profiles_that_extend_each_other_are_a_cycle() {
    Project::new().profile("site", "extends: a\n").profile("a", "extends: [dev, site]\n").run(&["render"]).fails(str![
        [r#"
error[profile-cycle]: profiles extend each other in a cycle: `site -> a -> site`
 --> profiles/a.yaml:1:16
  |
1 | extends: [dev, site]
  |                ^^^^
  |
  = help: remove one of these `extends`

1 error, nothing was written

"#]
    ]);
    check(
        "extends: site\n",
        str![[r#"
error[profile-cycle]: profiles extend each other in a cycle: `site -> site`
 --> profiles/site.yaml:1:10
  |
1 | extends: site
  |          ^^^^
  |
  = help: remove one of these `extends`

1 error, nothing was written

"#]],
    );
}

#[test]
fn invalid_yaml_is_reported_at_the_error() {
    check(
        "consul: {a: [1\n",
        str![[r#"
error[yaml-syntax]: `[` is never closed
 --> profiles/site.yaml:1:13
  |
1 | consul: {a: [1
  |             ^
  |
  = help: close the bracket, or quote the value if it is text

1 error, nothing was written

"#]],
    );
    check(
        "consul:\n\tlogLevel: debug\n",
        str![[r#"
error[yaml-syntax]: a tab is used for indentation, where only spaces are allowed
 --> profiles/site.yaml:2:1
  |
2 |     logLevel: debug
  | ^^^^
  |
  = help: replace the tab with spaces

1 error, nothing was written

"#]],
    );
    check(
        "consul: {}\njaeger: {}\nconsul: {}\n",
        str![[r#"
error[yaml-duplicate-key]: the key `consul` appears twice in this map
 --> profiles/site.yaml:3:1
  |
3 | consul: {}
  | ^^^^^^
  |
 ::: profiles/site.yaml:1:1
  |
1 | consul: {}
  | ------ first here
  |
  = help: keep one of the two

1 error, nothing was written

"#]],
    );
    check(
        "a: *b\n",
        str![[r#"
error[yaml-alias]: no anchor `&b` before this alias
 --> profiles/site.yaml:1:4
  |
1 | a: *b
  |    ^^
  |
  = help: quote the value if it is text that starts with `*`

1 error, nothing was written

"#]],
    );
    check(
        "- a\n",
        str![[r#"
error[wrong-type]: a profile must be a map of keys, found a list
 --> profiles/site.yaml:1:1
  |
1 | - a
  | ^
  |
  = help: write `KEY: VALUE` lines, with a space after the colon

1 error, nothing was written

"#]],
    );
    check(
        "a: 1\n---\nb: 2\n",
        str![[r#"
error[several-documents]: a profile must be a single YAML document, but another one begins here
 --> profiles/site.yaml:3:1
  |
3 | b: 2
  | ^
  |
  = help: remove the `---` line, or move what follows to a separate file

1 error, nothing was written

"#]],
    );
    check(
        "a: !!binary aGVsbG8=\n",
        str![[r#"
error[unknown-key]: unknown key `a`
 --> profiles/site.yaml:1:1
  |
1 | a: !!binary aGVsbG8=
  | ^
  |
  = help: known keys here: cluster, namespaces, consul, jaeger, tracing, mesh, ingress, apps, services, operators, charts, secrets, images, registry, networkPolicies, gitops, vars

1 error, nothing was written

"#]],
    );
}

#[test]
fn names_that_kubernetes_rejects_are_refused() {
    check(
        "consul: {namespace: Consul}\njaeger: {name: a_b}\napps: {namespace: \"\"}\nservices: {1web: {port: 1}}\n",
        str![[r#"
error[invalid-name]: `consul.namespace` is `Consul`: `C` is not allowed in it
 --> profiles/site.yaml:1:21
  |
1 | consul: {namespace: Consul}
  |                     ^^^^^^
  |
  = help: expected a Kubernetes name: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit

error[invalid-name]: `jaeger.name` is `a_b`: `_` is not allowed in it
 --> profiles/site.yaml:2:16
  |
2 | jaeger: {name: a_b}
  |                ^^^
  |
  = help: expected a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253 characters

error[invalid-name]: `apps.namespace` is ``: it is empty
 --> profiles/site.yaml:3:19
  |
3 | apps: {namespace: ""}
  |                   ^^
  |
  = help: expected a Kubernetes name: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit

error[invalid-name]: `services.1web` is not a valid name here: it must start with a letter
 --> profiles/site.yaml:4:12
  |
4 | services: {1web: {port: 1}}
  |            ^^^^
  |
  = help: use a Service name: lower-case letters, digits and `-`, at most 63 characters, starting with a letter

4 errors, nothing was written

"#]],
    );
}

#[test]
fn ports_durations_versions_and_images_are_validated() {
    check(
        "services: {web: {port: 70000, image: 'a b'}, api: {port: 0}}\ntracing: {connectTimeout: 3m}\njaeger: {version: v1.37}\n",
        str![[r#"
error[invalid-version]: `jaeger.version` is `v1.37`: it begins with `v`; write only the number
 --> profiles/site.yaml:3:19
  |
3 | jaeger: {version: v1.37}
  |                   ^^^^^
  |
  = help: expected a version, such as 1.37.0

error[invalid-duration]: `tracing.connectTimeout` is `3m`: it must end in `s`
 --> profiles/site.yaml:2:27
  |
2 | tracing: {connectTimeout: 3m}
  |                           ^^
  |
  = help: expected a duration in seconds, such as 3s or 0.5s

error[invalid-port]: `services.web.port` is 70000, expected 1 to 65535
 --> profiles/site.yaml:1:24
  |
1 | services: {web: {port: 70000, image: 'a b'}, api: {port: 0}}
  |                        ^^^^^

error[invalid-image]: `services.web.image` is `a b`: it contains white space
 --> profiles/site.yaml:1:38
  |
1 | services: {web: {port: 70000, image: 'a b'}, api: {port: 0}}
  |                                      ^^^^^
  |
  = help: expected an image, such as docker.io/org/name:1.2.3

error[invalid-port]: `services.api.port` is 0, expected 1 to 65535
 --> profiles/site.yaml:1:58
  |
1 | services: {web: {port: 70000, image: 'a b'}, api: {port: 0}}
  |                                                          ^

5 errors, nothing was written

"#]],
    );
}

#[test]
fn an_even_number_of_servers_is_refused() {
    check(
        "consul: {servers: {replicas: 2}}\n",
        str![[r#"
error[even-servers]: `consul.servers.replicas` is 2, expected 1 or an odd number
 --> profiles/site.yaml:1:30
  |
1 | consul: {servers: {replicas: 2}}
  |                              ^
  |
  = help: use 3: servers decide by majority, so an even number is no safer

1 error, nothing was written

"#]],
    );
    check(
        "consul: {servers: {replicas: 0}}\n",
        str![[r#"
error[out-of-range]: `consul.servers.replicas` is 0, expected 1 to 99
 --> profiles/site.yaml:1:30
  |
1 | consul: {servers: {replicas: 0}}
  |                              ^

1 error, nothing was written

"#]],
    );
}

#[test]
fn services_that_conflict_are_reported_at_their_lines() {
    check(
        "services:\n  web: {port: 1, calls: [apii]}\n  api: {port: 2}\n",
        str![[r#"
error[unknown-service]: `services.web` calls `apii`, but this render has no such service
 --> profiles/site.yaml:2:26
  |
2 |   web: {port: 1, calls: [apii]}
  |                          ^^^^
  |
  = help: did you mean `api`?

1 error, nothing was written

"#]],
    );
    check(
        "services:\n  a: {port: 1, ingress: {hosts: [x.example]}}\n  b: {port: 2, ingress: {hosts: [x.example]}}\n",
        str![[r#"
error[ingress-host-twice]: host `x.example` of gateway `ingress-gateway` would route to both `a` and `b`
 --> profiles/site.yaml:3:34
  |
3 |   b: {port: 2, ingress: {hosts: [x.example]}}
  |                                  ^^^^^^^^^
  |
  = help: Consul allows each host once per listener; set different services.*.ingress.hosts

1 error, nothing was written

"#]],
    );
    check(
        "services:\n  a: {port: 1, ingress: {}}\n  b: {port: 2, protocol: grpc, ingress: {hosts: [b]}}\n",
        str![[r#"
error[ingress-protocol]: gateway `ingress-gateway` would serve `a` (http) and `b` (grpc) on one port
 --> profiles/site.yaml:3:41
  |
3 |   b: {port: 2, protocol: grpc, ingress: {hosts: [b]}}
  |                                         ^^^^^^^^^^^^
  |
  = help: a listener has one protocol, and for tcp one service; use a separate gateway for each

1 error, nothing was written

"#]],
    );
    check(
        "services: {a: {port: 1, ingress: {gateway: ingres-gateway}}}\n",
        str![[r#"
error[unknown-gateway]: `services.a.ingress.gateway` is `ingres-gateway`, but this render has no such gateway
 --> profiles/site.yaml:1:44
  |
1 | services: {a: {port: 1, ingress: {gateway: ingres-gateway}}}
  |                                            ^^^^^^^^^^^^^^
  |
  = help: did you mean `ingress-gateway`?

1 error, nothing was written

"#]],
    );
    check(
        "services: {a: {image: a}}\n",
        str![[r#"
error[missing-key]: `services.a` has an image but no port
 --> profiles/site.yaml:1:15
  |
1 | services: {a: {image: a}}
  |               ^^^^^^^^^^
  |
  = help: set services.a.port to the port that the program listens on

1 error, nothing was written

"#]],
    );
    check(
        "services: {a: {agent: auto}}\n",
        str![[r#"
error[agent-without-workload]: `services.a.agent` needs an image: without one no workload is rendered for the agent
 --> profiles/site.yaml:1:23
  |
1 | services: {a: {agent: auto}}
  |                       ^^^^
  |
  = help: add it to your own manifest with `meshtrace inject -p site --mode annotation --in-place FILE`, and set services.a.agent to none here

1 error, nothing was written

"#]],
    );
}

#[test]
fn values_of_proxy_defaults_that_consul_cannot_use_are_refused_at_their_lines() {
    let config = "envoy_prometheus_bind_addr: 9102\n      envoy_statsd_url: http://x:8125";
    let text = format!("extends: dev\nmesh:\n  proxyDefaults:\n    config:\n      {config}\n");
    let project = Project::new().profile("site", text);
    project.run(&["render"]).refuses(&[
        "profiles/site.yaml:5:35",
        "missing port in address",
        "profiles/site.yaml:6:25",
    ]);
    let map = "extends: [dev, modern]\nmesh: {proxyDefaults: {config: {envoy_listener_tracing_json: {a: b}}}}\n";
    Project::new()
        .profile("site", map)
        .run(&["render"])
        .refuses(&["config-json-must-be-string", "profiles/site.yaml:2"]);
}

#[test]
fn many_mistakes_are_reported_in_one_run() {
    check(
        "consul:\n  acls: 3\n  logLevl: debug\n  gossip: {mode: off}\njaeger: {version: 1.30}\nservices: {web: {port: 99999}}\n",
        str![[r#"
error[wrong-type]: `consul.gossip.mode` is a boolean `off`, expected one of `auto`, `existing`, `external-secrets`, `vault`, `sops`, `off`
 --> profiles/site.yaml:4:18
  |
4 |   gossip: {mode: off}
  |                  ^^^
  |
  = help: put it in quotes: "off"

error[wrong-type]: `consul.acls` is a number `3`, expected true or false
 --> profiles/site.yaml:2:9
  |
2 |   acls: 3
  |         ^

error[unknown-key]: unknown key `consul.logLevl`
 --> profiles/site.yaml:3:3
  |
3 |   logLevl: debug
  |   ^^^^^^^
  |
  = help: did you mean `logLevel`?

error[wrong-type]: `jaeger.version` is a number `1.30`, expected a version, such as 1.37.0
 --> profiles/site.yaml:5:19
  |
5 | jaeger: {version: 1.30}
  |                   ^^^^
  |
  = help: put it in quotes: "1.30"

error[invalid-port]: `services.web.port` is 99999, expected 1 to 65535
 --> profiles/site.yaml:6:24
  |
6 | services: {web: {port: 99999}}
  |                        ^^^^^

5 errors, nothing was written

"#]],
    );
}

#[test]
fn mistakes_in_several_layers_are_reported_in_one_run() {
    Project::new()
        .profile("site", "extends: [a, nosuch]\nconsul: {aclss: true}\n")
        .profile("a", "a: [\n")
        .file("values.yaml", "x: 1\nx: 2\n")
        .run(&["render", "-p", "site", "-o", "out/x", "-f", "values.yaml", "--set", "a", "--set-json", "b={"])
        .fails(str![[r#"
error[yaml-syntax]: `[` is never closed
 --> profiles/a.yaml:1:4
  |
1 | a: [
  |    ^
  |
  = help: close the bracket, or quote the value if it is text

error[unknown-profile]: no profile is named `nosuch`
 --> profiles/site.yaml:1:14
  |
1 | extends: [a, nosuch]
  |              ^^^^^^
  |
  = help: known: [..]

error[yaml-duplicate-key]: the key `x` appears twice in this map
 --> values.yaml:2:1
  |
2 | x: 2
  | ^
  |
 ::: values.yaml:1:1
  |
1 | x: 1
  | - first here
  |
  = help: keep one of the two

error[set-syntax]: `--set` number 1 has no `=`, expected `KEY=VALUE`

error[set-syntax]: the value of `b` is not JSON: EOF while parsing an object at line 1 column 1
 --> --set-json b:1:1
  |
1 | b
  | ^
  |
  = help: pass one `KEY=JSON` per `--set-json`, with strings in double quotes; for plain text, use `--set-string`

error[unknown-key]: unknown key `consul.aclss`
 --> profiles/site.yaml:2:10
  |
2 | consul: {aclss: true}
  |          ^^^^^
  |
  = help: did you mean `acls`?

6 errors, nothing was written

"#]]);
}

#[test]
fn a_missing_layer_neither_hides_nor_causes_other_findings() {
    // The image of the service would come from the missing layer.
    let text = "extends: [dev, nosuch]\nconsul: {logLvel: x, name: null}\nservices: {shop: {port: off}}\n";
    let project = Project::new().profile("site", text);
    let run = project.run(&["render"]);
    for message in
        ["no profile is named `nosuch`", "unknown key `consul.logLvel`", "`services.shop.port`", "\n3 errors"]
    {
        assert!(run.stderr.contains(message), "{message}\n{}", run.stderr);
    }
    run.refuses(&[]);
    let project = Project::bare().file("v.yaml", "extends: dev\n");
    project.run(&["render", "-p", "dev", "-f", "v.yaml", "--set", "extends=x"]).refuses(&["\n2 errors"]);
}

#[test]
fn settings_that_contradict_each_other_are_reported_with_a_fix() {
    check(
        "jaeger: {strategy: production}\n",
        str![[r#"
error[strategy-storage]: `jaeger.strategy: production` does not work with memory storage; the operator would silently fall back to all-in-one
 --> profiles/site.yaml:1:20
  |
1 | jaeger: {strategy: production}
  |                    ^^^^^^^^^^
  |
  = help: set jaeger.storage.type: elasticsearch, opensearch or cassandra

1 error, nothing was written

"#]],
    );
    check(
        "consul: {chart: 0.46.2}\n",
        str![[r#"
error[unknown-chart]: `consul.chart` is `0.46.2`, which is an unsupported version
 --> profiles/site.yaml:1:17
  |
1 | consul: {chart: 0.46.2}
  |                 ^^^^^^
  |
  = help: did you mean 0.46.1? known: 0.46.1, 0.49.8, 1.0.11, 1.2.9, 1.4.10, 1.6.10, 1.8.16, 1.9.11, 2.0.3

1 error, nothing was written

"#]],
    );
    check(
        "jaeger: {version: 1.3.7}\n",
        str![[r#"
error[unknown-operator]: jaeger-operator 1.3.7 does not exist
 --> profiles/site.yaml:1:19
  |
1 | jaeger: {version: 1.3.7}
  |                   ^^^^^
  |
  = help: supported: 1.31.0 to 1.65.0

1 error, nothing was written

"#]],
    );
}

#[test]
fn meshtrace_yaml_is_validated_like_a_profile() {
    let project = Project::bare().file("meshtrace.yaml", "requires: \"9.9\"\n");
    project.run(&["render"]).fails(str![[r#"
error[requires]: `meshtrace.yaml` requires meshtrace 9.9, but this is 0.1.0
 --> meshtrace.yaml:1:11
  |
1 | requires: "9.9"
  |           ^^^^^
  |
  = help: use meshtrace 9.9, or set `requires: "0.1"` and review the output of `meshtrace diff`

1 error, nothing was written

"#]]);
    project.put("meshtrace.yaml", "rendrs: {a: [dev]}\nout: /abs\n");
    project.run(&["render"]).fails(str![[r#"
error[unknown-key]: unknown key `rendrs`
 --> meshtrace.yaml:1:1
  |
1 | rendrs: {a: [dev]}
  | ^^^^^^
  |
  = help: did you mean `renders`?

error[unsafe-path]: `out` is an absolute path, expected a folder next to `meshtrace.yaml` or below it
 --> meshtrace.yaml:2:6
  |
2 | out: /abs
  |      ^^^^
  |
  = help: write a relative path such as `out`; `-p P -o DIR` writes to any directory

2 errors, nothing was written

"#]]);
    project.put("meshtrace.yaml", "renders: {a: [nosuch]}\n");
    project.run(&["render"]).fails(str![[r#"
error[unknown-profile]: no profile is named `nosuch`
 --> meshtrace.yaml:1:15
  |
1 | renders: {a: [nosuch]}
  |               ^^^^^^
  |
  = help: known: [..]

1 error, nothing was written

"#]]);
    project.put("meshtrace.yaml", "renders: {}\n");
    project.run(&["render"]).fails(str![[r#"
error[no-renders]: `meshtrace.yaml` has no renders
 |
 = help: add `renders: {dev: [dev]}` to it, or name profiles with `-p`

1 error, nothing was written

"#]]);
}
