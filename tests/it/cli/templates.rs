//! Mistakes in templates: reported with the template's line and its output.

use crate::cli::project::Project;
use snapbox::str;

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";

#[track_caller]
fn check(text: &str, expected: impl snapbox::IntoData) {
    site().template("manifests/x.yaml", text).run(&["render"]).fails(expected);
}

fn site() -> Project {
    Project::new()
        .profile("site", "extends: dev\nvars: {name: web, list: [1, 2], map: {a: 1}, nothing: null, text: \"a\\nb\"}\n")
}

#[test]
fn undefined_names_give_a_suggestion() {
    check(
        "a: {{ consul.logLevl }}\n",
        str![[r#"
error[template-undefined]: `consul.logLevl` is undefined
 --> templates/manifests/x.yaml:1:7
  |
1 | a: {{ consul.logLevl }}
  |       ^^^^^^^^^^^^^^
  |
  = help: did you mean `consul.logLevel`?

1 error, nothing was written

"#]],
    );
    check(
        "a: {{ vars.nmae }}\n",
        str![[r#"
error[template-undefined]: `vars.nmae` is undefined
 --> templates/manifests/x.yaml:1:7
  |
1 | a: {{ vars.nmae }}
  |       ^^^^^^^^^
  |
  = help: did you mean `vars.name`?

1 error, nothing was written

"#]],
    );
    check(
        "a: {{ nosuch }}\n",
        str![[r#"
error[template-undefined]: `nosuch` is undefined
 --> templates/manifests/x.yaml:1:7
  |
1 | a: {{ nosuch }}
  |       ^^^^^^
  |
  = help: `meshtrace show values` lists all values; use `| default(...)` where one may be missing

1 error, nothing was written

"#]],
    );
    check(
        "a: {{ vars.x.y }}\n",
        str![[r#"
error[template-undefined]: `vars.x.y` is undefined
 --> templates/manifests/x.yaml:1:11
  |
1 | a: {{ vars.x.y }}
  |           ^^^^
  |
  = help: `meshtrace show values` lists all values; use `| default(...)` where one may be missing

1 error, nothing was written

"#]],
    );
}

#[test]
fn syntax_errors_are_reported_where_they_are() {
    check(
        "a: {{ vars.name }\n",
        str![[r#"
error[template-syntax]: template syntax: unexpected `}`, expected end of variable block
 --> templates/manifests/x.yaml:1:17
  |
1 | a: {{ vars.name }
  |                 ^

1 error, nothing was written

"#]],
    );
    check(
        "{% if vars.name %}\na: 1\n",
        str![[r#"
error[template-syntax]: template syntax: unexpected end of input, expected end of block
 --> templates/manifests/x.yaml:2:1
  |
2 | a: 1
  | ^^^^
  |
  = help: every `{% if %}`, `{% for %}`, `{% set %}` and `{% filter %}` block must be closed

1 error, nothing was written

"#]],
    );
    check(
        "{% fi %}\n",
        str![[r#"
error[template-syntax]: template syntax: unknown statement fi
 --> templates/manifests/x.yaml:1:4
  |
1 | {% fi %}
  |    ^^

1 error, nothing was written

"#]],
    );
    check(
        "a: {{ vars.name | quote }}\n",
        str![[r#"
error[template-unknown]: filter `quote` does not exist
 --> templates/manifests/x.yaml:1:19
  |
1 | a: {{ vars.name | quote }}
  |                   ^^^^^
  |
  = help: write just the value, such as `key: {{ value }}`; it is quoted and indented as needed

1 error, nothing was written

"#]],
    );
    check(
        "a: {{ vars.name | safe }}\n",
        str![[r#"
error[template-unknown]: filter `safe` does not exist
 --> templates/manifests/x.yaml:1:19
  |
1 | a: {{ vars.name | safe }}
  |                   ^^^^
  |
  = help: values never change the structure of the YAML, so there is no need to escape them or mark them safe

1 error, nothing was written

"#]],
    );
}

#[test]
fn an_include_of_a_missing_template_gives_a_suggestion() {
    let project =
        site().template("manifests/_labels.yaml", "").template("manifests/y.yaml", "{% include \"_lables.yaml\" %}");
    project.run(&["render"]).fails(str![[r#"
error[template-not-found]: template `_lables.yaml` does not exist
 --> templates/manifests/y.yaml:1:4
  |
1 | {% include "_lables.yaml" %}
  |    ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `manifests/_labels.yaml`?

1 error, nothing was written

"#]]);
    check(
        "{% include \"manifests/_lables.yaml\" %}\n",
        str![[r#"
error[template-not-found]: template `manifests/_lables.yaml` does not exist
 --> templates/manifests/x.yaml:1:4
  |
1 | {% include "manifests/_lables.yaml" %}
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: includes are looked up in the template folder; `builtin:PATH` names a shipped template

1 error, nothing was written

"#]],
    );
    check(
        "{% include \"../../../etc/passwd\" %}\n",
        str![[r#"
error[template-not-found]: template `../../../etc/passwd` does not exist
 --> templates/manifests/x.yaml:1:4
  |
1 | {% include "../../../etc/passwd" %}
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: includes are looked up in the template folder; `builtin:PATH` names a shipped template

1 error, nothing was written

"#]],
    );
    check(
        "{% include \"/etc/passwd\" %}\n",
        str![[r#"
error[template-not-found]: template `/etc/passwd` does not exist
 --> templates/manifests/x.yaml:1:4
  |
1 | {% include "/etc/passwd" %}
  |    ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: includes are looked up in the template folder; `builtin:PATH` names a shipped template

1 error, nothing was written

"#]],
    );
    check(
        "{% include \"builtin:nosuch\" %}\n",
        str![[r#"
error[template-not-found]: template `builtin:nosuch` does not exist
 --> templates/manifests/x.yaml:1:4
  |
1 | {% include "builtin:nosuch" %}
  |    ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: includes are looked up in the template folder; `builtin:PATH` names a shipped template

1 error, nothing was written

"#]],
    );
}

#[test]
fn a_mistake_in_an_include_shows_the_including_template() {
    site()
        .template("manifests/x.yaml", "{% include \"manifests/_a.yaml\" %}\n")
        .template("manifests/_a.yaml", "\n{% include \"./_b.yaml\" %}\n")
        .template("manifests/_b.yaml", "a: 1\nb: {{ vars.nmae }}\n")
        .run(&["render"])
        .fails(str![[r#"
error[template-undefined]: `vars.nmae` is undefined
 --> templates/manifests/_b.yaml:2:7
  |
2 | b: {{ vars.nmae }}
  |       ^^^^^^^^^
  |
 ::: templates/manifests/_a.yaml:2:4
  |
2 | {% include "./_b.yaml" %}
  |    ------------------- included from here
  |
 ::: templates/manifests/x.yaml:1:4
  |
1 | {% include "manifests/_a.yaml" %}
  |    --------------------------- included from here
  |
  = help: did you mean `vars.name`?

1 error, nothing was written

"#]]);
}

#[test]
fn invalid_yaml_from_a_template_shows_both_lines() {
    check(
        &format!("{OBJECT}data:\n  a: {{{{ vars.name }}}}: b: c\n"),
        str![[r#"
error[yaml-syntax]: a `:` starts a map where no map is allowed
 --> templates/manifests/x.yaml:5:21
  |
5 |   a: {{ vars.name }}: b: c
  |                     ^^^^^^
  |
 ::: output of templates/manifests/x.yaml:5:9
  |
5 |   a: web: b: c
  |         - line 5 of its output
  |
  = help: put quotes around a value that contains `: `

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data:\n\ta: 1\n"),
        str![[r#"
error[yaml-syntax]: a tab is used for indentation, where only spaces are allowed
 --> templates/manifests/x.yaml:5:1
  |
5 |     a: 1
  | ^^^^^^^^
  |
 ::: output of templates/manifests/x.yaml:5:1
  |
5 |     a: 1
  | ---- line 5 of its output
  |
  = help: replace the tab with spaces

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}{{% for i in vars.list %}}\ndata: {{{{ i }}}}\n{{% endfor %}}\n"),
        str![[r#"
error[yaml-duplicate-key]: the key `data` appears twice in this map
 --> templates/manifests/x.yaml:5:1
  |
5 | data: {{ i }}
  | ^^^^^^
  |
 ::: templates/manifests/x.yaml:5:1
  |
5 | data: {{ i }}
  | ------ first here
  |
 ::: output of templates/manifests/x.yaml:5:1
  |
5 | data: 2
  | ---- line 5 of its output
  |
  = help: keep one of the two

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data: [{{{{ vars.name }}}}\n"),
        str![[r#"
error[yaml-syntax]: `[` is never closed
 --> templates/manifests/x.yaml:4:7
  |
4 | data: [{{ vars.name }}
  |       ^
  |
 ::: output of templates/manifests/x.yaml:4:7
  |
4 | data: [web
  |       - line 4 of its output
  |
  = help: close the bracket, or quote the value if it is text

1 error, nothing was written

"#]],
    );
}

#[test]
fn a_value_where_none_is_allowed_is_refused() {
    check(
        &format!("{OBJECT}data: &{{{{ vars.name }}}} {{}}\n"),
        str![[r#"
error[yaml-hole]: a value cannot be part of an anchor, tag or alias
 --> templates/manifests/x.yaml:4:7
  |
4 | data: &{{ vars.name }} {}
  |       ^
  |
 ::: output of templates/manifests/x.yaml:4:7
  |
4 | data: &web {}
  |       ---- line 4 of its output
  |
  = help: put quotes around it if it is text

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data: !{{{{ vars.name }}}} {{}}\n"),
        str![[r#"
error[yaml-hole]: a value cannot be part of an anchor, tag or alias
 --> templates/manifests/x.yaml:4:7
  |
4 | data: !{{ vars.name }} {}
  |       ^
  |
 ::: output of templates/manifests/x.yaml:4:7
  |
4 | data: !web {}
  |       ---- line 4 of its output
  |
  = help: put quotes around it if it is text

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data: a {{{{ vars.list }}}} b\n"),
        str![[r#"
error[yaml-hole]: a list cannot be part of text; make it the whole value, or use `| join(",")`
 --> templates/manifests/x.yaml:4:7
  |
4 | data: a {{ vars.list }} b
  |       ^^
  |
 ::: output of templates/manifests/x.yaml:4:7
  |
4 | data: a [...] b
  |       ------- line 4 of its output

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data: \"{{{{ vars.map }}}}\"\n"),
        str![[r#"
error[yaml-hole]: a map cannot be part of text; make it the whole value, or use `| json`
 --> templates/manifests/x.yaml:4:7
  |
4 | data: "{{ vars.map }}"
  |       ^
  |
 ::: output of templates/manifests/x.yaml:4:7
  |
4 | data: "{...}"
  |       ----- line 4 of its output

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data: a {{{{ vars.nothing }}}}\n"),
        str![[r#"
error[yaml-hole]: null cannot be part of text
 --> templates/manifests/x.yaml:4:7
  |
4 | data: a {{ vars.nothing }}
  |       ^^
  |
 ::: output of templates/manifests/x.yaml:4:7
  |
4 | data: a null
  |       ----- line 4 of its output

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}{{{{ vars.list }}}}: a\n"),
        str![[r#"
error[yaml-hole]: a list cannot be part of text; make it the whole value, or use `| join(",")`
 --> templates/manifests/x.yaml:4:4
  |
4 | {{ vars.list }}: a
  |    ^^^^^^^^^
  |
 ::: output of templates/manifests/x.yaml:4:1
  |
4 | [...]: a
  | --- line 4 of its output

1 error, nothing was written

"#]],
    );
    check(
        &format!("{OBJECT}data: {{ {{{{ vars.name }}}}: 1, web: 2 }}\n"),
        str![[r#"
error[yaml-duplicate-key]: the key `web` appears twice in this map
 --> templates/manifests/x.yaml:4:29
  |
4 | data: { {{ vars.name }}: 1, web: 2 }
  |                             ^^^^^^^^
  |
 ::: templates/manifests/x.yaml:4:12
  |
4 | data: { {{ vars.name }}: 1, web: 2 }
  |            --------- first here
  |
 ::: output of templates/manifests/x.yaml:4:17
  |
4 | data: { web: 1, web: 2 }
  |                 --- line 4 of its output
  |
  = help: keep one of the two

1 error, nothing was written

"#]],
    );
}

#[test]
fn documents_that_are_not_objects_are_refused() {
    check(
        "a: 1\n",
        str![[r#"
error[no-object]: `apiVersion` is missing
 --> templates/manifests/x.yaml:1:1
  |
1 | a: 1
  | ^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `kind` is missing
 --> templates/manifests/x.yaml:1:1
  |
1 | a: 1
  | ^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `metadata.name` is missing
 --> templates/manifests/x.yaml:1:1
  |
1 | a: 1
  | ^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

3 errors, nothing was written

"#]],
    );
    check(
        "- 1\n",
        str![[r#"
error[no-object]: this document is a list, expected a Kubernetes object
 --> templates/manifests/x.yaml:1:1
  |
1 | - 1
  | ^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

1 error, nothing was written

"#]],
    );
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ vars.list }}}\n",
        str![[r#"
error[no-object]: `metadata.name` is a list, expected a string
 --> templates/manifests/x.yaml:3:21
  |
3 | metadata: {name: {{ vars.list }}}
  |                     ^^^^^^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

1 error, nothing was written

"#]],
    );
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Web_1, namespace: a.b}\n",
        str![[r#"
error[invalid-name]: ConfigMap `Web_1` is not a valid name: `W` is not allowed in it
 --> templates/manifests/x.yaml:3:18
  |
3 | metadata: {name: Web_1, namespace: a.b}
  |                  ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253 characters

error[invalid-name]: `a.b` is not a valid namespace: `.` is not allowed in it
 --> templates/manifests/x.yaml:3:36
  |
3 | metadata: {name: Web_1, namespace: a.b}
  |                                    ^^^^
  |
  = help: a Kubernetes name: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit

2 errors, nothing was written

"#]],
    );
}

#[test]
fn duplicate_objects_are_reported_with_both_places() {
    site()
        .template("manifests/a.yaml", OBJECT)
        .template("manifests/b.yaml", format!("# again\n---\n{OBJECT}"))
        .run(&["render"])
        .fails(str![[r#"
error[duplicate-object]: ConfigMap `x` is rendered twice
 --> templates/manifests/b.yaml:3:1
  |
3 | apiVersion: v1
  | ^^^^^^^^^^^^^^
  |
 ::: templates/manifests/a.yaml:1:1
  |
1 | apiVersion: v1
  | -------------- first here
  |
  = help: rename or remove one of them

1 error, nothing was written

"#]]);
    check(
        &format!("{OBJECT}---\n{OBJECT}"),
        str![[r#"
error[duplicate-object]: ConfigMap `x` is rendered twice
 --> templates/manifests/x.yaml:5:1
  |
5 | apiVersion: v1
  | ^^^^^^^^^^^^^^
  |
 ::: templates/manifests/x.yaml:1:1
  |
1 | apiVersion: v1
  | -------------- first here
  |
  = help: rename or remove one of them

1 error, nothing was written

"#]],
    );
}

#[test]
fn a_values_file_is_a_single_document() {
    site().template("helm/x/values.yaml", "a: 1\n---\nb: 2\n").run(&["render"]).fails(str![[r#"
error[several-documents]: a file outside `manifests/` must be a single document, but this template prints several
 --> templates/helm/x/values.yaml:3:1
  |
3 | b: 2
  | ^^^^
  |
  = help: print one, or move the template under `manifests/`

1 error, nothing was written

"#]]);
}

#[test]
fn every_invalid_template_is_reported() {
    site()
        .template("manifests/a.yaml", "{{ nosuch }}\n")
        .template("manifests/b.yaml", "a: [\n")
        .template("manifests/c.yaml", "a: 1\n")
        .template("d.md", "{{ vars.list }}\n")
        .run(&["render"])
        .fails(str![[r#"
error[template-error]: sequence cannot be printed as text
 --> templates/d.md:1:4
  |
1 | {{ vars.list }}
  |    ^^^^^^^^^

error[template-undefined]: `nosuch` is undefined
 --> templates/manifests/a.yaml:1:4
  |
1 | {{ nosuch }}
  |    ^^^^^^
  |
  = help: `meshtrace show values` lists all values; use `| default(...)` where one may be missing

error[yaml-syntax]: `[` is never closed
 --> templates/manifests/b.yaml:1:4
  |
1 | a: [
  |    ^
  |
 ::: output of templates/manifests/b.yaml:1:4
  |
1 | a: [
  |    - line 1 of its output
  |
  = help: close the bracket, or quote the value if it is text

error[no-object]: `apiVersion` is missing
 --> templates/manifests/c.yaml:1:1
  |
1 | a: 1
  | ^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `kind` is missing
 --> templates/manifests/c.yaml:1:1
  |
1 | a: 1
  | ^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `metadata.name` is missing
 --> templates/manifests/c.yaml:1:1
  |
1 | a: 1
  | ^^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

6 errors, nothing was written

"#]]);
}

#[test]
fn a_part_of_captured_text_is_refused_instead_of_being_wrong() {
    check(
        "{% set x %}{{ vars.name }}{% endset %}\na: {{ x[:2] }}\n",
        str![[r#"
error[yaml-hole]: a part of captured text was taken, which cuts through a `{{ }}` in it; take the part before the value is captured
 --> templates/manifests/x.yaml:2:7
  |
2 | a: {{ x[:2] }}
  |       ^^^^^
  |
 ::: output of templates/manifests/x.yaml:1:4
  |
1 | a: ?
  |    - line 1 of its output

error[no-object]: `apiVersion` is missing
 --> templates/manifests/x.yaml:2:1
  |
2 | a: {{ x[:2] }}
  | ^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `kind` is missing
 --> templates/manifests/x.yaml:2:1
  |
2 | a: {{ x[:2] }}
  | ^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `metadata.name` is missing
 --> templates/manifests/x.yaml:2:1
  |
2 | a: {{ x[:2] }}
  | ^^^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

4 errors, nothing was written

"#]],
    );
}

#[test]
fn a_block_that_is_not_yaml_is_reported() {
    check(
        "{% filter overlay(vars.map) %}\na: [\n{% endfilter %}\n",
        str![[r#"
error[template-error]: the block is not YAML: `[` is never closed (line 1 of the block)
 --> templates/manifests/x.yaml:1:11
  |
1 | {% filter overlay(vars.map) %}
  |           ^^^^^^^^^^^^^^^^^

1 error, nothing was written

"#]],
    );
}

#[test]
fn a_finding_in_a_loop_is_placed_in_the_profile_for_any_variable_name() {
    let entry = |list: &str, variable: &str, field: &str| {
        format!(
            "{{% for {variable} in {list} %}}\n---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata:\n  \
             name: {{{{ {variable}.name }}}}-x\nspec:\n  protocol: {{{{ {variable}.{field} }}}}\n{{% endfor %}}\n"
        )
    };
    let template = entry("services", "it", "port") + &entry("ingress.gateways", "service", "port");
    let profile =
        "services: {web: {image: \"i:1\", port: 8080}}\ningress:\n  gateways: {ingress-gateway: {port: 5001}}\n";
    let project = Project::new().profile("site", profile).template("manifests/50-apps/x.yaml", template);
    let text = String::from_utf8(project.command("", &["check"]).output().unwrap().stdout).unwrap();
    for place in ["profiles/site.yaml:1:38", "profiles/site.yaml:3:38"] {
        let told = format!("so Consul's webhook refuses it\n --> {place}\n");
        assert!(text.contains(&told), "{place} in:\n{text}");
    }
}
