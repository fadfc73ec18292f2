//! No secret is printed, wherever it was pasted.

use crate::cli::project::Project;
use crate::common::tables::formats;

const GOSSIP: &str = "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE=";
const LICENCE: &str = "02MV4UU43BK5HGYYTOJZWFQMTMNNEWU33JJVLUQVCNIRATSMKNKRBGSTSXKUZEG3KZGVGUOWLNNRNGCMTNKRIWWWLJJF3E26SFGJGTGMBTJVJTAWKPKRCTCMSMKRBGWTKUKF5FS2SRPFGXSTLJ";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";

#[track_caller]
fn hidden(text: &str, secrets: &[&str]) {
    let project = Project::new().profile("site", text);
    let in_formats = |command: &[&str]| -> Vec<Vec<String>> {
        let formats = formats(&command[..1]).into_iter();
        formats
            .map(|format| [command, &["--format", &format]].concat().iter().map(|&arg| arg.to_owned()).collect())
            .collect()
    };
    let fixed = [
        &["render"][..],
        &["render", "-p", "site", "--only", "helm/x"],
        &["show", "values", "-p", "site"],
        &["show", "values", "-p", "site", "--origins"],
        &["explain", "consul.gossip.secret", "-p", "site"],
        &["explain", "vars", "-p", "site"],
        &["explain", "vars.password", "-p", "site"],
        &["explain", "jaeger.external", "-p", "site"],
        &["check"],
        &["check", "profiles"],
        &["diff"],
        &["diff", "-p", "site"],
    ];
    let mut all: Vec<Vec<String>> = fixed.iter().map(|args| args.iter().map(|&arg| arg.to_owned()).collect()).collect();
    all.extend(in_formats(&["check", "-p", "site"]));
    all.extend(in_formats(&["check", "profiles"]));
    all.extend(in_formats(&["diff", "-p", "site"]));
    for args in &all {
        let run = project.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        for secret in secrets {
            let shown = format!("{}{}", run.stdout, run.stderr);
            let part = &secret[..secret.len().min(12)];
            assert!(!shown.contains(part), "{args:?} shows {part}\n{shown}");
        }
    }
}

#[test]
fn a_gossip_key_pasted_for_the_name_of_its_secret() {
    hidden(&format!("consul: {{gossip: {{mode: existing, secret: \"{GOSSIP}\"}}}}\n"), &[GOSSIP]);
    hidden(&format!("consul: {{gossip: {{mode: {GOSSIP}}}}}\n"), &[GOSSIP]);
    hidden(&format!("consul: {{gossip: {{key: {GOSSIP}, nosuch: 1}}}}\n"), &[GOSSIP]);
}

#[test]
fn a_license_pasted_for_the_name_of_its_secret() {
    hidden(&format!("consul: {{enterprise: {{license: {{secret: {LICENCE}}}}}}}\n"), &[LICENCE]);
    hidden(&format!("consul: {{enterprise: {{license: {LICENCE}}}}}\n"), &[LICENCE]);
}

#[test]
fn passwords_and_tokens_in_free_maps() {
    hidden("vars: {password: hunter2hunter2, nosuch: [}\n", &["hunter2hunter2"]);
    hidden("extends: dev\nvars: {password: hunter2hunter2}\n", &["hunter2hunter2"]);
    hidden(
        "extends: dev\nvars:\n  password: |\n    hunter2hunter2\n    second line of it\n  other: 1\n",
        &["hunter2hunter2", "second line"],
    );
    hidden("extends: dev\nvars: {db: {password: 'a b, c: hunter2hunter2'}}\n", &["hunter2hunter2"]);
    hidden("extends: dev\nvars: {password: [hunter2hunter2]}\n", &["hunter2hunter2"]);
    hidden("jaeger: {storage: {urls: [https://elastic:hunter2hunter2@es:9200], nosuch: 1}}\n", &["hunter2hunter2"]);
    hidden("extends: dev\njaeger: {storage: {urls: [https://elastic:hunter2hunter2@es:9200]}}\n", &["hunter2hunter2"]);
    hidden(&format!("extends: dev\nvars: {{a: \"{TOKEN}\"}}\nconsul: {{acls: \"{TOKEN}\"}}\n"), &[TOKEN]);
}

#[test]
fn a_secret_in_a_long_text_is_told_by_its_lines() {
    let text = |body: &str| {
        let body = body.replace('\n', "\n    ");
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata:\n  app.yaml: |\n    {body}\n")
    };
    let project = Project::bare()
        .file("one.yaml", text("a: 1\nb: 2\npassword: hunter2-hunter2\n"))
        .file("two.yaml", text("password: hunter2-hunter2\nb: 2\ntoken: hunter3-hunter3\n"))
        .file("script.yaml", text("set -e\necho \"PASS: no label of it was lost\"\n"));
    for (file, expected) in [
        ("one.yaml", "`data.app.yaml` contains a secret in plain text, on line 3 of its text\n"),
        ("two.yaml", "`data.app.yaml` contains a secret in plain text, on lines 1 and 3 of its text\n"),
    ] {
        let out = project.run(&["check", file]);
        assert!(out.stdout.contains(expected) && !out.stdout.contains("hunter"), "{}", out.stdout);
    }
    let out = project.run(&["check", "script.yaml"]);
    assert!(!out.stdout.contains("plaintext-secret"), "{}", out.stdout);
}

/// `diff` of the folders `a` and `b` in every format: which of `words` are in what it prints.
fn diff_shows(project: &Project, words: &[&str]) -> String {
    let mut shown = String::new();
    for format in formats(&["diff"]) {
        let out = project.run(&["diff", "a", "b", "--format", &format]);
        assert_eq!(out.code, 1, "{format}: {}{}", out.stdout, out.stderr);
        for word in words {
            let text = format!("{}{}", out.stdout, out.stderr);
            assert!(!text.contains(word), "{format} shows {word}: {text}");
        }
        if format == "human" {
            shown = out.stdout;
        }
    }
    shown
}

#[test]
fn files_that_kustomize_makes_a_secret_of_are_not_shown() {
    let mut project = Project::bare();
    for side in ["a", "b"] {
        let generator =
            "secretGenerator:\n- {name: s, files: [cert.txt, key=conf/app.yaml], envs: [../app.env], env: old.env}\n";
        project = project
            .file(&format!("{side}/base/kustomization.yaml"), generator)
            .file(&format!("{side}/base/cert.txt"), format!("first-{side}-hunter\nsecond-{side}-hunter\n"))
            .file(&format!("{side}/base/conf/app.yaml"), format!("listen: third-{side}-hunter\n"))
            .file(&format!("{side}/app.env"), format!("DSN=fourth-{side}-hunter\n"))
            .file(&format!("{side}/base/old.env"), format!("X=fifth-{side}-hunter\n"))
            .file(&format!("{side}/notes.md"), format!("it is fourth-{side}-hunter\n"));
    }
    let shown = diff_shows(&project, &["-hunter"]);
    for file in ["base/cert.txt", "base/conf/app.yaml", "app.env", "base/old.env", "notes.md"] {
        assert!(shown.contains(file), "{file}: {shown}");
    }
}

#[test]
fn a_secret_that_is_no_yaml_hides_its_lines_and_nothing_else() {
    let mut project = Project::bare();
    for side in ["a", "b"] {
        let secret = format!(
            "kind: Secret\nmetadata: {{name: {{{{ .Release.Name }}}}-s}}\nstringData:\n  pin: Hunter2{side}Hunter2\n  user: {{{{ .Values.user }}}}\n"
        );
        let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{a: side-{side}}}\n");
        project = project
            .file(&format!("{side}/templates/secret.yaml"), secret)
            .file(&format!("{side}/map.yaml"), map)
            .file(&format!("{side}/notes.md"), format!("it is Hunter2{side}Hunter2\n"));
    }
    let shown = diff_shows(&project, &["Hunter2a", "Hunter2b"]);
    assert!(shown.contains("content of a Secret, which is not shown") && shown.contains("side-b"), "{shown}");
}

#[test]
fn a_token_pasted_where_a_reference_is_expected() {
    let external = |headers: &str| {
        format!("extends: dev\njaeger: {{backend: external, external: {{address: a:1, headers: {{{headers}}}}}}}\n")
    };
    for headers in [
        "X-Scope: 'hunter2 tok'",
        "x-scope: hunter2abc",
        "authorization: Bearer hunter2",
        "x: {secret: 'Bearer hunter2', key: k}",
        "x: {secret: s, key: 'Bearer hunter2'}",
        "x: {secret: s, key: k, value: hunter2abc}",
    ] {
        hidden(&external(headers), &["hunter2"]);
    }
    hidden(
        "extends: dev\njaeger:\n  backend: external\n  external:\n    address: a:1\n    headers:\n      x-scope: hunter2abc\n",
        &["hunter2"],
    );
    hidden("extends: dev\nconsul: {acls: {bootstrapToken: hunter2}}\n", &["hunter2"]);
}

#[test]
fn secrets_by_key_by_variable_by_alias_and_in_broken_files() {
    for text in [
        "extends: dev\nvars: {password: &a hunter2abc, b: *a, c: [*a], nosuch: [}\n",
        "extends: dev\nvars:\n  a: &x hunter2abc\n  password: *x\nnosuch: 1\n",
        "extends: dev\nvars:\n  password: !secret hunter2\n  x: [\n",
        "extends: dev\nvars:\n  a: {kind: Secret, stringdata: {x: hunter2abc}}\nnosuch: 1\n",
        "extends: dev\nvars: {a: {kind: SecretList, items: [{data: {x: hunter2abc}}]}, nosuch: [}\n",
        "extends: dev\nservices: {web: {env: {DB_PASS: hunter2abc, BAD: {}}}}\n",
        "extends: dev\nservices:\n  web:\n    env:\n      DB_PASS: hunter2abc\n      DB_PASS: hunter2abd\n",
        "extends: dev\nvars: {env: [{name: DB_PASSWORD, value: hunter2abc}], nosuch: [}\n",
        "extends: dev\nvars:\n  env:\n  - value: hunter2abc\n    name: DB_PASSWORD\n  x: [\n",
        "extends: dev\nmesh: {proxyDefaults: {config: {envoy_tracing_json: \"{\\\"token\\\": \\\"hunter2abc\\\", x\"}}}\n",
        "extends: dev\nvars:\n  secret: |\n    hunter2\n   bad\n",
        "extends: dev\nvars:\n\tpassword: hunter2\n",
        "extends: dev\nvars: {dsn: \"user:hunter2@tcp(db:3306)/x\", nosuch: [}\n",
        "extends: dev\nvars: {conn: \"Server=db;Password=hunter2;x=y\", nosuch: [}\n",
        "extends: dev\nvars: {api-key: hunter2abc, authorization: Basic hunter2, pass: hunter2, pwd: hunter2, nosuch: [}\n",
        "extends: dev\nvars: {passphrase: hunter2, encrypt: hunter2hunter2hunter2, initial_management: hunter2, x: [}\n",
    ] {
        hidden(text, &["hunter2"]);
    }
}

#[test]
fn a_render_refuses_secrets_in_plain_text() {
    let project = Project::new()
        .profile("site", "extends: dev\nservices: {web: {env: {DB_PASSWORD: hunter2abc}}}\n")
        .file("files/db.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {p: hunter2abd}\n")
        .file("files/x.env", "API_TOKEN=hunter2abe\n")
        .file("templates/notes.txt", "redis://:{{ 'hunter2' ~ 'abf' }}@cache\n");
    for args in
        [&["render"][..], &["render", "--skip-rules"], &["render", "-p", "site"], &["render", "-p", "site", "-o", "x"]]
    {
        let run = project.run(args);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert_eq!(run.stderr.matches("error[plaintext-secret]").count(), 4, "{}", run.stderr);
        assert!(
            run.stderr.contains("profiles/site.yaml:2:") && run.stderr.contains("files/db.yaml:4:"),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("secretKeyRef") && run.stderr.contains("--allow-plaintext-secrets"),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.contains("hunter2") && run.stdout.is_empty(), "{}{}", run.stdout, run.stderr);
        assert!(!project.path("out").exists() && !project.path("x").exists());
    }
    let run = project.run(&["render", "--allow-plaintext-secrets"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(project.read("out/site/manifests/50-apps/deployment-web.yaml").contains("hunter2abc"));
}

#[test]
fn findings_about_other_objects_show_no_value_of_a_secret() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {host: hunter2abc.example}\n---\n\
        apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: web, namespace: shop}\n\
        spec: {protocol: hunter2abc.example}\n";
    let project = Project::bare().file("x.yaml", text);
    for format in &formats(&["check"]) {
        let run = project.run(&["check", "x.yaml", "--format", format]);
        assert!(run.stdout.contains("protocol-value"), "{}", run.stdout);
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{format}: {}", run.stdout);
    }
}

#[test]
fn no_level_allows_a_secret() {
    let project = Project::bare()
        .file("meshtrace.yaml", "renders: {s: [site]}\ncheck: {allow: {plaintext-secret: a demo}}\n")
        .profile("site", "extends: dev\nservices: {web: {env: {DB_PASSWORD: hunter2abc}}}\n");
    assert_eq!(project.run(&["render"]).code, 2);
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn a_reference_to_a_secret_is_shown() {
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: api, namespace: consul}\nspec:\n  listeners:\n  - name: https\n    port: 443\n    port: 444\n    protocol: HTTPS\n    tls: {certificateRefs: [{kind: Secret, name: web-tls}]}\n";
    let run = Project::bare().file("g.yaml", gateway).run(&["check", "g.yaml"]);
    assert!(run.stdout.contains("    port: 444") && !run.stdout.contains("***"), "{}", run.stdout);
}

#[test]
fn secrets_on_the_command_line() {
    let project = Project::bare();
    for (flag, value) in [
        ("--set", format!("consul.gossip.mode={GOSSIP}")),
        ("--set-string", format!("vars.password.x={GOSSIP},consul.acls={GOSSIP}")),
        ("--set-json", format!("vars.a={{\"password\": \"{GOSSIP}\"")),
        ("--set", "vars.password=hunter2,nosuch=1".to_owned()),
        ("--set", "jaeger.external.headers.x=hunter2".to_owned()),
        ("--set", "vars.password={hunter2".to_owned()),
    ] {
        let run = project.run(&["show", "values", flag, &value]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains(&GOSSIP[..12]) && !shown.contains("hunter2"), "{shown}");
    }
}

/// Invalid Secrets: in flow style, in a list, in JSON, with an unclosed quote.
const BROKEN: &[&str] = &[
    "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: hunter2secret, p: otherpass99}\n",
    "apiVersion: v1\nkind: List\nitems:\n- {kind: Secret, stringData: {p: hunter2secret, q: \"otherpass99}}\n",
    "apiVersion: v1\nkind: List\nitems: [{\"kind\": \"Secret\", \"stringData\": {\"p\": \"hunter2secret\", otherpass99}]\n",
    "kind: Secret\nstringData:\n  p: *hunter2secret\n  q: !otherpass99 x\n",
    "stringData:\n  p: |\n   hunter2secret: 1\n  q: \"otherpass99\nkind: Secret\n",
];

#[test]
fn a_diff_of_a_secret_that_cannot_be_read_does_not_show_it() {
    for text in BROKEN {
        let project = Project::bare().file("d.yaml", text).file("e.yaml", "");
        for args in [["diff", "d.yaml", "e.yaml"], ["diff", "e.yaml", "d.yaml"]] {
            let run = project.run(&args);
            let shown = format!("{}{}", run.stdout, run.stderr);
            assert!(shown.contains("d.yaml:"), "{shown}");
            assert!(!shown.contains("hunter2secret") && !shown.contains("otherpass99"), "{text}\n{shown}");
        }
    }
}

#[test]
fn a_template_that_prints_a_broken_secret_does_not_show_it() {
    let texts = BROKEN.iter().map(|text| text.replace("hunter2secret", "{{ vars.pw }}"));
    let more = [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: {{ vars.pw }}, p: 2, q: [}\n",
        "apiVersion: v1\nkind: {{ vars.kind }}\nmetadata: {name: s}\nstringData: {p: '{{ vars.pw }}', p: otherpass99}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: otherpass99, q: {{ nosuch.pw }}}\n",
    ];
    for text in texts.chain(more.map(str::to_owned)) {
        let project = Project::new().file("templates/manifests/50-apps/t.yaml", &text);
        let run = project.run(&["render", "-p", "dev", "--set-string", "vars.pw=hunter2secret,vars.kind=Secret"]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(shown.contains("t.yaml:"), "{shown}");
        assert!(!shown.contains("hunter2secret") && !shown.contains("otherpass99"), "{text}\n{shown}");
    }
}

/// A password that is neither a word nor recognizable by its shape.
const CANARY: &str = "qZ7canary4Rw9";

#[track_caller]
fn never_shown(project: &Project, commands: &[&[&str]]) {
    for args in commands {
        let run = project.run(args);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains(CANARY), "{args:?}\n{shown}");
    }
}

#[test]
fn a_render_refuses_what_only_looks_like_a_reference() {
    for value in ["***X", "$X", "<X>", "vault:X", "ENC[X]", "$(echo X)", "{{ \"X\" | b64enc }}", "http://u:$X@h"] {
        let profile =
            format!("extends: dev\nservices: {{web: {{env: {{DB_PASSWORD: '{}'}}}}}}\n", value.replace('X', CANARY));
        let project = Project::new().profile("site", &profile);
        assert_eq!(project.run(&["render"]).code, 2, "{value}");
        never_shown(&project, &[&["render"], &["show", "values", "-p", "site"], &["check"], &["diff", "-p", "site"]]);
    }
    let profile = "extends: dev\nservices: {web: {env: {A_PASSWORD: $(B), C_TOKEN: '<your token>', D_PASSWORD: 'vault:a/b#c'}}}\n";
    let run = Project::new().profile("site", profile).run(&["render"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_secret_in_the_values_is_recognized_under_any_key() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t, namespace: x}\n";
    for template in [
        format!("{map}data: {{owner: '{{{{ vars.password }}}}'}}\n"),
        format!("{map}data: {{owner: '{{{{ vars.password }}}}', owner: '{{{{ vars.password }}}}'}}\n"),
        format!("{map}data: {{owner: [{{{{ vars.password }}}}\n"),
        format!("{map}data:\n  {{{{ vars.password }}}}: 1\n"),
        "{% include vars.password %}\n".to_owned(),
        "apiVersion: v1\nkind: {{ vars.password }}\nmetadata: {name: t, namespace: '{{ vars.password }} x'}\n"
            .to_owned(),
    ] {
        let project = Project::new()
            .profile("site", format!("extends: dev\nvars: {{password: {CANARY}}}\n"))
            .file("templates/manifests/50-apps/t.yaml", &template);
        let run = project.run(&["render"]);
        assert!(run.code == 2 && run.stderr.contains("t.yaml"), "{template}{}", run.stderr);
        never_shown(
            &project,
            &[&["render"], &["check"], &["check", "--format", "json"], &["diff"], &["diff", "--format", "json"]],
        );
    }
    let project = Project::new()
        .profile("site", format!("extends: dev\nvars: {{password: {CANARY}}}\n"))
        .file("templates/NOTES.md", "use {{ vars.password }} now\n");
    let run = project.run(&["render"]);
    assert!(run.code == 2 && run.stderr.contains("error[plaintext-secret]: `NOTES.md`"), "{}", run.stderr);
    never_shown(&project, &[&["render"], &["check"], &["diff"]]);
    for sets in [
        "tracing.tracer=X,vars.password=X",
        "namespaces.apps=X Q,vars.password=X",
        "services.web.protocol=X,vars.token=X",
    ] {
        let sets = sets.replace('X', CANARY);
        for command in [&["render", "-p", "dev"][..], &["show", "values", "-p", "dev"], &["check", "-p", "dev"]] {
            never_shown(&project, &[&[command, &["--set", &sets]].concat()]);
        }
    }
    never_shown(&project, &[&["show", "values", "--set-file", &format!("vars.password={CANARY}")]]);
    never_shown(&project, &[&["show", "values", "--set-file", &format!("vars.password:{CANARY}")]]);
}

#[test]
fn a_password_that_is_a_word_is_refused_where_it_is_printed() {
    let project = Project::new().profile("site", "extends: dev\nvars: {password: correct-horse-battery}\n").file(
        "templates/manifests/50-apps/t.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata: {o: '{{ vars.password }}'}\n",
    );
    let run = project.run(&["render"]);
    assert!(run.code == 2 && !run.stderr.contains("correct-horse"), "{}", run.stderr);
    // A password that is also the name of something else is rejected because of its key.
    let project = Project::new().profile("site", "extends: dev\nvars: {password: consul}\n");
    assert_eq!(project.run(&["render"]).code, 0);
}

#[test]
fn messages_about_templates_do_not_quote_literals() {
    for template in [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  p: {{ \"X\" ~ nope }}\n",
        "{% set password = (\"X\" ~ nope) %}",
        "password: {% if true %}X{% endif %}{{ nope }}",
        "password: {% if true %}\n  X\n  {% endif %}{{ nope }}",
        "{% set password %}X{% endset %}{{ nope }}",
        "password:\n  {{ nope }} X",
        "- name: DB_PASSWORD\n  val: X{{ nope }}",
    ] {
        let project = Project::new()
            .profile("site", "extends: dev\n")
            .file("templates/manifests/50-apps/t.yaml", template.replace('X', CANARY));
        assert_eq!(project.run(&["render"]).code, 2, "{template}");
        never_shown(&project, &[&["render"], &["check", "--format", "json"]]);
    }
}

#[test]
fn excerpts_of_unparsable_text_show_no_values() {
    for text in [
        "password: *X",
        "password: !X",
        "password: {X: x",
        "password: 'abc' X",
        "password: \"a\" \"X\"",
        "password: \"abc\n X\n",
        "password: abc\n X\n  x: [",
        "password:\nX\nx: [",
        "password: >5\n X\n",
        "password: |\n\tX\n",
        "password: |9x\n  X\n",
        "password: !!str *X",
        "password: {{X",
        "\"pass\\u0077ord\": \"X\" [",
        "? password\n: X\nx: [",
        "args: [\"--token\", X, {",
        "args:\n- --password\n- X\n- [",
        "x: {key: Authorization, value: X} [",
        "acl: {tokens: {agent: X, default: [",
    ] {
        let text = text.replace('X', CANARY);
        let project = Project::new()
            .profile("site", format!("extends: dev\nvars:\n  {}\n", text.replace('\n', "\n  ")))
            .file("a.yaml", format!("{text}\n"));
        for format in &formats(&["check"]) {
            never_shown(&project, &[&["check", "a.yaml", "--format", format]]);
        }
        never_shown(&project, &[&["render"], &["show", "values", "-p", "site"], &["explain", "vars", "-p", "site"]]);
    }
}

#[test]
fn secrets_of_a_file_are_hidden_in_its_names_paths_and_broken_documents() {
    let secret = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{p: {CANARY}}}\n");
    for rest in [
        "--- X\n",
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: X}\ndata: {X: [}\n",
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: X, namespace: X}\nspec: {X: 1}\n",
        "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: web, namespace: shop}\nspec: {protocol: X, X: {X: 1}}\n",
        "---\na: &k Secret\nkind: *k\napiVersion: v1\nmetadata: {name: s}\nstringData: {p: X, q: [\n",
    ] {
        let text = format!("{secret}{}", rest.replace('X', CANARY));
        let project = Project::new().profile("site", "extends: dev\n").file("a.yaml", &text).file("b.yaml", "");
        for format in &formats(&["check"]) {
            never_shown(&project, &[&["check", "a.yaml", "--format", format]]);
        }
        for format in &formats(&["diff"]) {
            never_shown(&project, &[&["diff", "a.yaml", "b.yaml", "--format", format]]);
        }
        never_shown(&project.file("files/a.yaml", &text), &[&["render"]]);
    }
}

#[test]
fn a_diff_shows_the_name_of_a_pull_secret() {
    let map = |name: &str| {
        format!("apiVersion: x.io/v1\nkind: X\nmetadata: {{name: x}}\nspec: {{image: {{pullSecret: {name}}}}}\n")
    };
    let run = Project::bare().file("a.yaml", map("rc1")).file("b.yaml", map("rc2")).run(&["diff", "a.yaml", "b.yaml"]);
    assert!(run.stdout.contains("rc1") && run.stdout.contains("rc2"), "{}", run.stdout);
}
