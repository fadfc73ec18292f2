use super::*;

/// The shipped profiles with the user's `own` on top.
fn profiles(shipped: &[(&str, &str)], own: &[(&str, &str)]) -> Profiles {
    let mut builtin = Files::default();
    shipped.iter().for_each(|(path, text)| builtin.insert(*path, format!("builtin:profiles/{path}"), *text));
    let mut user = Files::default();
    own.iter().for_each(|(path, text)| user.insert(*path, format!("profiles/{path}"), *text));
    Profiles { all: builtin.clone().overlay(user), builtin }
}

const BASE: (&str, &str) = ("base.yaml", "# base\na: 1\nconsul: {name: consul, values: {}}\nservices: {}\n");

struct Run {
    values: Option<Values>,
    sources: Sources,
    found: Vec<Finding>,
}

fn run(profiles: &Profiles, names: &[&str], extras: &[Extra]) -> Run {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let names: Vec<Name> = names.iter().map(|name| Name::from(*name)).collect();
    let values = compose(profiles, &names, extras, &mut sources, &mut found);
    Run { values, sources, found: found.into_iter().collect() }
}

impl Run {
    #[track_caller]
    fn values(&self) -> &Values {
        assert!(self.found.is_empty(), "{:#?}", self.found);
        self.values.as_ref().unwrap()
    }

    #[track_caller]
    fn layers(&self) -> Vec<&str> {
        self.values().layers.iter().map(|layer| &*layer.name).collect()
    }

    /// The one finding as `rule place: message (help)`.
    #[track_caller]
    fn finding(&self) -> String {
        assert!(self.values.is_none());
        assert_eq!(self.found.len(), 1, "{:#?}", self.found);
        show(&self.found[0])
    }

    #[track_caller]
    fn origin(&self, path: &[&str]) -> String {
        let place = self.sources.place(self.values().root.path(path).unwrap().span).unwrap();
        format!("{}:{}:{}", place.file, place.line, place.column)
    }
}

fn show(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or("-".into(), |at| format!("{}:{}:{}", at.file, at.line, at.column));
    format!("{} {place}: {} ({})", finding.rule, finding.message, finding.help.as_deref().unwrap_or("-"))
}

fn text<'a>(run: &'a Run, path: &[&str]) -> &'a str {
    run.values().root.path(path).and_then(Node::as_str).unwrap_or("nothing")
}

fn file(text: &str) -> Extra {
    Extra::File { name: "mine.yaml".into(), text: text.into() }
}

#[test]
fn base_is_below_everything_and_needs_no_name() {
    let profiles = profiles(&[BASE, ("dev.yaml", "a: 2\n")], &[]);
    let run = run(&profiles, &["dev"], &[]);
    assert_eq!(run.layers(), ["base", "dev"]);
    assert_eq!(run.origin(&["a"]), "builtin:profiles/dev.yaml:1:4");
    assert_eq!(run.origin(&["consul", "name"]), "builtin:profiles/base.yaml:3:16");
    assert!(run.values().layers.iter().all(|layer| layer.kind == LayerKind::Builtin));
}

#[test]
fn a_users_base_always_extends_the_shipped_one() {
    for own in ["a: 3\n", "extends: builtin:base\na: 3\n"] {
        let run = run(&profiles(&[BASE], &[("base.yaml", own)]), &["base"], &[]);
        assert_eq!(run.layers(), ["builtin:base", "base"]);
        assert_eq!(text(&run, &["consul", "name"]), "consul");
        assert_eq!(run.values().layers[1].kind, LayerKind::Profile);
    }
}

#[test]
fn each_profile_applies_once_at_its_first_position_parents_before_children() {
    let profiles = profiles(
        &[BASE],
        &[
            ("a.yaml", "extends: [c, d]\n"),
            ("b.yaml", "extends: d\n"),
            ("c.yaml", "extends: base\n"),
            ("d.yaml", ""),
            ("clusters/eu-1.yaml", "extends: b\n"),
        ],
    );
    assert_eq!(run(&profiles, &["a", "b", "a"], &[]).layers(), ["base", "c", "d", "a", "b"]);
    assert_eq!(run(&profiles, &["clusters/eu-1", "a"], &[]).layers(), ["base", "d", "b", "clusters/eu-1", "c", "a"]);
    let values = run(&profiles, &["a"], &[]);
    assert!(values.values().root.get("extends").is_none());
}

#[test]
fn a_hidden_shipped_profile_can_still_be_extended() {
    let profiles = profiles(
        &[BASE, ("dev.yaml", "x: shipped\nz: shipped\n"), ("debug.yaml", "")],
        &[("dev.yaml", "extends: builtin:dev\nx: own\n")],
    );
    let run = run(&profiles, &["dev", "builtin:debug", "debug", "builtin:dev"], &[]);
    assert_eq!(run.layers(), ["base", "builtin:dev", "dev", "debug"]);
    assert_eq!((text(&run, &["x"]), text(&run, &["z"])), ("own", "shipped"));
}

#[test]
fn a_cycle_names_the_whole_chain() {
    let own = [
        ("a.yaml", "extends: b"),
        ("b.yaml", "extends: [c]"),
        ("c.yaml", "x: 1\nextends: [b]"),
        ("d.yaml", "extends: a"),
    ];
    let run1 = run(&profiles(&[BASE], &own), &["d"], &[]);
    assert_eq!(
        run1.finding(),
        "profile-cycle profiles/c.yaml:2:11: profiles extend each other in a cycle: `b -> c -> b` (remove one of these `extends`)"
    );
    let shadow = profiles(&[BASE, ("dev.yaml", "")], &[("dev.yaml", "extends: dev")]);
    assert!(
        run(&shadow, &["dev"], &[])
            .finding()
            .ends_with("`dev -> dev` (write `builtin:dev` to extend the shipped profile of that name)")
    );
}

#[test]
fn an_unknown_profile_is_reported_with_place_suggestion_and_known_names() {
    let profiles = profiles(&[BASE, ("debug.yaml", "")], &[("mine.yaml", "extends: [debgu]"), ("old.yml", "")]);
    assert_eq!(
        run(&profiles, &["mine"], &[]).finding(),
        "unknown-profile profiles/mine.yaml:1:11: no profile is named `debgu` (did you mean `debug`? known: `base`, `debug`, `mine`)"
    );
    assert_eq!(
        run(&profiles, &["builtin:mine"], &[]).finding(),
        "unknown-profile -: no shipped profile is named `mine` (known: `base`, `debug`)"
    );
    assert!(run(&profiles, &["old"], &[]).finding().contains("rename `old.yml` to `old.yaml`"));
}

#[test]
fn all_mistakes_are_reported_in_one_run() {
    let profiles = profiles(
        &[BASE],
        &[("a.yaml", "extends: [nope, a, 3]"), ("b.yaml", "- list"), ("c.yaml", "x: 1\n---\ny: 2\n")],
    );
    let run = run(
        &profiles,
        &["a", "b", "c", "nix"],
        &[Extra::Set("x".into()), file("[1]"), Extra::SetJson("k={".into()), Extra::Set("consul.name.x=1".into())],
    );
    assert!(run.values.is_none());
    let shown: Vec<String> = run.found.iter().map(show).collect();
    let starts = [
        "wrong-type profiles/a.yaml:1:20: `extends` must be profile names, found a number",
        "unknown-profile profiles/a.yaml:1:11: no profile is named `nope`",
        "profile-cycle profiles/a.yaml:1:17: ",
        "wrong-type profiles/b.yaml:1:1: a profile must be a map of keys, found a list",
        "several-documents profiles/c.yaml:3:1: a profile must be a single YAML document",
        "unknown-profile -: no profile is named `nix`",
        "wrong-type mine.yaml:1:1: a values file must be a map of keys, found a list",
        "set-syntax -: `--set` number 1 has no `=`",
        "set-syntax --set-json k:1:1: the value of `k` is not JSON",
        "set-through-value --set consul.name.x:1:1: `consul.name.x` cannot be set: `consul.name` is a string and has no keys",
    ];
    assert_eq!(shown.len(), starts.len(), "{shown:#?}");
    for (shown, start) in shown.iter().zip(starts) {
        assert!(shown.starts_with(start), "{shown}\n{start}");
    }
}

#[test]
fn invalid_names_are_refused() {
    let profiles = profiles(&[BASE, ("dev.yaml", "")], &[]);
    for name in
        ["", "..", "../dev", "/dev", "a/../dev", "./dev", "a//b", r"a\b", "dev.yaml", "builtin:", "builtin:../x"]
    {
        assert!(run(&profiles, &[name], &[]).finding().starts_with("profile-name -: "), "{name}");
    }
}

#[test]
fn a_long_chain_of_profiles_is_refused_and_does_not_overflow() {
    let own: Vec<(String, String)> =
        (0..10_000).map(|at| (format!("p{at}.yaml"), format!("extends: p{}", at + 1))).collect();
    let own: Vec<(&str, &str)> = own.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(
        run(&profiles(&[BASE], &own), &["p0"], &[]).finding().starts_with("profile-depth profiles/p63.yaml:1:10: ")
    );
}

#[test]
fn empty_profiles_are_fine() {
    let profiles =
        profiles(&[BASE], &[("a.yaml", ""), ("b.yaml", "# only this\n"), ("c.yaml", "---\n"), ("d.yaml", "{}")]);
    assert_eq!(run(&profiles, &["a", "b", "c", "d"], &[]).layers().len(), 5);
}

#[test]
fn values_files_come_before_sets_and_sets_in_order() {
    let extras = [
        Extra::Set("a=1,b=1".into()),
        file("a: file\nb: file\nc: file\nd: file\n"),
        Extra::SetString("a=2".into()),
        Extra::Set("b=3".into()),
        Extra::SetFile { key: "d".into(), text: "of the file".into() },
    ];
    let run = run(&profiles(&[BASE], &[]), &[], &extras);
    assert_eq!(run.layers(), ["base", "mine.yaml", "--set", "--set", "--set-string", "--set", "--set-file"]);
    assert_eq!((text(&run, &["a"]), text(&run, &["c"]), text(&run, &["d"])), ("2", "file", "of the file"));
    assert!(matches!(run.values().root.get("b").unwrap().value, Value::Int(3)));
    assert_eq!(run.origin(&["c"]), "mine.yaml:3:4");
    assert_eq!(run.origin(&["b"]), "--set b:1:1");
}

#[test]
fn a_set_creates_the_maps_it_needs_and_refuses_to_pass_through_anything_else() {
    let run1 = run(&profiles(&[BASE], &[]), &[], &[Extra::Set("services.web.port=80,consul.values.x.y=null".into())]);
    assert!(matches!(run1.values().root.path(&["services", "web", "port"]).unwrap().value, Value::Int(80)));
    assert!(matches!(run1.values().root.path(&["consul", "values", "x", "y"]).unwrap().value, Value::Null));
    let run2 = run(&profiles(&[BASE], &[]), &[], &[file("calls: [a]"), Extra::Set("calls.0=b".into())]);
    assert!(run2.finding().contains("--set-json 'calls="));
    run(&profiles(&[BASE], &[]), &[], &[Extra::Set("a=null,a.b=1".into())]).values();
}

#[test]
fn extends_is_allowed_only_in_profiles() {
    let profiles = profiles(&[BASE], &[]);
    assert!(
        run(&profiles, &[], &[file("x: 1\nextends: base")])
            .finding()
            .starts_with("extends-outside-profile mine.yaml:2:1")
    );
    assert!(
        run(&profiles, &[], &[Extra::Set("extends=base".into())])
            .finding()
            .starts_with("extends-outside-profile --set extends:1:1")
    );
}

#[test]
fn history_lists_every_layer_that_affects_a_key() {
    let profiles =
        profiles(&[BASE], &[("x.yaml", "consul: {name: mesh}"), ("y.yaml", "consul: null"), ("z.yaml", "a: 2")]);
    let run = run(&profiles, &["x", "y", "z"], &[Extra::Set("consul.name=last".into())]);
    let history = run.values().history(&["consul", "name"]);
    let shown: Vec<(&str, &str)> = history.iter().map(|(layer, node)| (&*layer.name, node.kind())).collect();
    assert_eq!(shown, [("base", "a string"), ("x", "a string"), ("y", "null"), ("--set", "a string")]);
    assert!(run.values().history(&["nothing"]).is_empty());
}

#[test]
fn keys_removed_by_null_are_returned_with_their_place() {
    let run = run(&profiles(&[BASE], &[("x.yaml", "consul:\n  name: null\n  typo: ~\nservices: null\n")]), &["x"], &[]);
    let values = run.values();
    let paths: Vec<String> = values.removed.iter().map(|one| one.path.join(".")).collect();
    assert_eq!(paths, ["consul.name", "consul.typo", "services"]);
    let removed = values.removed_at(&["services", "web", "port"]).unwrap();
    assert_eq!(run.sources.place(removed.span).unwrap().line, 4);
    assert!(values.removed_at(&["consul", "values"]).is_none());
}

#[test]
fn the_list_shows_names_descriptions_and_what_is_shipped() {
    let profiles = profiles(
        &[BASE, ("dev.yaml", "# profiles/dev.yaml: all of it\n")],
        &[
            ("dev.yaml", "# ours\nextends: builtin:dev\n"),
            ("clusters/eu-1.yaml", "extends: [dev, x]"),
            ("bad.yaml", "["),
            ("notes.txt", ""),
        ],
    );
    let info = |name: &str, sentence: &str, builtin, extends: &[&str]| ProfileInfo {
        name: name.into(),
        sentence: sentence.into(),
        builtin,
        extends: extends.iter().map(|name| String::from(*name)).collect(),
    };
    let expect = [
        info("bad", "", false, &[]),
        info("base", "base", true, &[]),
        info("clusters/eu-1", "", false, &["dev", "x"]),
        info("dev", "ours", false, &["builtin:dev"]),
    ];
    assert_eq!(list(&profiles), expect);
    assert_eq!(names(&profiles), ["bad", "base", "clusters/eu-1", "dev"]);
}

#[test]
fn the_shipped_profiles_compose_in_any_order_of_the_mixins() {
    let shipped = crate::builtin::profiles();
    let profiles = Profiles { all: shipped.clone(), builtin: shipped };
    let one = run(&profiles, &["dev", "debug", "separate-namespace"], &[]);
    let two = run(&profiles, &["dev", "separate-namespace", "debug"], &[]);
    assert!(one.values().root == two.values().root);
    assert_eq!(text(&one, &["consul", "logLevel"]), "debug");
}
