//! No secret leaves the program, whatever a person pasted where.

use crate::project::Project;

const GOSSIP: &str = "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE=";
const LICENCE: &str = "02MV4UU43BK5HGYYTOJZWFQMTMNNEWU33JJVLUQVCNIRATSMKNKRBGSTSXKUZEG3KZGVGUOWLNNRNGCMTNKRIWWWLJJF3E26SFGJGTGMBTJVJTAWKPKRCTCMSMKRBGWTKUKF5FS2SRPFGXSTLJ";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";

#[track_caller]
fn hidden(text: &str, secrets: &[&str]) {
    let project = Project::new().profile("site", text);
    for args in [
        &["render"][..],
        &["render", "-p", "site", "--only", "helm/x"],
        &["show", "values", "-p", "site"],
        &["show", "values", "-p", "site", "--origins"],
        &["explain", "consul.gossip.secret", "-p", "site"],
        &["explain", "vars", "-p", "site"],
        &["explain", "vars.password", "-p", "site"],
    ] {
        let run = project.run(args);
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
fn a_licence_pasted_for_the_name_of_its_secret() {
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
fn secrets_on_the_command_line() {
    let project = Project::bare();
    for (flag, value) in [
        ("--set", format!("consul.gossip.mode={GOSSIP}")),
        ("--set-string", format!("vars.password.x={GOSSIP},consul.acls={GOSSIP}")),
        ("--set-json", format!("vars.a={{\"password\": \"{GOSSIP}\"")),
        ("--set", "vars.password=hunter2,nosuch=1".to_owned()),
    ] {
        let run = project.run(&["show", "values", flag, &value]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains(&GOSSIP[..12]) && !shown.contains("hunter2"), "{shown}");
    }
}

/// What is wrong with a Secret, in flow style, in a list, in JSON, with a quote that is never closed.
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
