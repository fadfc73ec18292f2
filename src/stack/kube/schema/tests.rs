use crate::stack::Version;
use crate::stack::kube::schema::Additional;
use crate::stack::kube::schema::Family;
use crate::stack::kube::schema::Format;
use crate::stack::kube::schema::Releases;
use crate::stack::kube::schema::Schema;
use crate::stack::kube::schema::Schemas;
use crate::stack::kube::schema::Type;
use crate::stack::kube::schema::api_versions;
use crate::stack::kube::schema::is_cluster_scoped;
use crate::stack::kube::schema::pattern::Pattern;
use serde_json::json;

const FAMILIES: [Family; 6] = [
    Family::Kubernetes,
    Family::Consul,
    Family::GatewayApi,
    Family::Jaeger,
    Family::OpenTelemetry,
    Family::CertManager,
];

/// Goes down by property names, through lists.
fn down<'s>(schemas: &'s Schemas, mut schema: &'s Schema, path: &[&str], releases: Releases) -> &'s Schema {
    for name in path {
        let types = schema.property(name).unwrap_or_else(|| panic!("no {name}"));
        let (number, _) = types.iter().find(|(_, has)| !has.and(releases).is_empty()).expect("a release has it");
        schema = schemas.get(*number);
        schema = schema.items.map_or(schema, |items| schemas.get(items));
    }
    schema
}

#[test]
fn every_schema_of_every_table_can_be_read() {
    for family in FAMILIES {
        let table = family.table();
        assert!(!table.releases().is_empty(), "{family:?}");
        let every = table.every_release();
        assert!(table.schemas.len() > 100, "{family:?}");
        for number in 0..table.schemas.len() {
            let schema = table.schemas.get(number);
            let fields = schema.names(every).count();
            // A branch of `oneOf` has fields without a type: structural schemas allow none there.
            assert!(fields == 0 || matches!(schema.kind, Type::Object | Type::Any), "{family:?} {number}");
        }
    }
}

#[test]
fn fields_know_the_releases_that_have_them() {
    let table = Family::Kubernetes.table();
    let pod = &table.served("", "Pod")[0];
    let spec = down(&table.schemas, table.schemas.get(pod.root), &["spec"], table.every_release());
    let with = |version: &str| {
        let releases = table.releases_like(&Version::read(version).expect("a version"));
        spec.names(releases).any(|name| name == "schedulingGates")
    };
    assert!(!with("1.25.3") && with("1.26.0") && with("1.37.0") && with("1.99"));
    let budget = table.served("policy", "PodDisruptionBudget");
    let beta = budget.iter().find(|served| served.version == "v1beta1").expect("1.24 has it");
    assert_eq!(beta.releases, Releases(1));
    let removed = table.lifecycle("extensions", "v1beta1", "Ingress").map(|lifecycle| lifecycle.removed);
    assert_eq!(removed, Some(22));
}

#[test]
fn an_unknown_release_is_like_those_around_it() {
    let table = Family::Consul.table();
    let like = |version: &str| table.releases_like(&Version::read(version).expect("a version"));
    assert_eq!(like("0.46.0").0.count_ones(), 1);
    assert_eq!(like("1.4.10").0.count_ones(), 2);
    assert_eq!(like("9.0.0"), Releases(1 << (table.releases().len() - 1)));
}

#[test]
fn what_only_code_checks_is_in_the_table() {
    let table = Family::Kubernetes.table();
    let every = table.every_release();
    let pod = table.schemas.get(table.served("", "Pod")[0].root);
    let port = down(&table.schemas, pod, &["spec", "containers", "ports", "containerPort"], every);
    assert_eq!((port.kind, port.minimum, port.maximum), (Type::Integer, Some(1.0), Some(65535.0)));
    let policy = down(&table.schemas, pod, &["spec", "restartPolicy"], every);
    assert!(policy.enumeration.contains(&json!("OnFailure")));
    let limits = down(&table.schemas, pod, &["spec", "containers", "resources", "limits"], every);
    let Additional::Of(number) = limits.additional else { panic!("a map") };
    assert_eq!(table.schemas.get(number).kind, Type::Quantity);
    let metadata = table.schemas.get(table.metadata);
    let labels = down(&table.schemas, metadata, &["labels"], every);
    assert_eq!((labels.keys, labels.values), (Some(Format::LabelKey), Some(Format::LabelValue)));
}

#[test]
fn a_definition_is_read_as_it_is() {
    let schemas = Schemas::of_definition(&json!({"type": "object", "required": ["a"], "properties": {
        "a": {"type": "array", "items": {"type": "integer", "minimum": 2}, "x-kubernetes-list-type": "set"},
        "b": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}}}));
    let root = schemas.get(0);
    assert_eq!((root.kind, root.required.len()), (Type::Object, 1));
    let list = schemas.get(root.property("a").expect("a")[0].0);
    assert!(list.is_set);
    assert_eq!(schemas.get(list.items.expect("items")).minimum, Some(2.0));
    let either = schemas.get(root.property("b").expect("b")[0].0);
    assert_eq!((either.kind, either.any_of.len()), (Type::IntOrString, 0));
}

#[test]
fn formats_are_those_of_the_api_server() {
    for (format, good, bad) in [
        (
            Format::Quantity,
            &["1", "-0.5", "1e3", "1E3", "64Mi", "100m", ".5", "1.", "+1Ki", "5E", " 1Gi", "Mi"][..],
            &["", " ", "64MB", "1 Gi", "1.2.3", "0x1"][..],
        ),
        (
            Format::DateTime,
            &["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00+01:00"],
            &["2026-01-31", "2026-13-31T12:00:00Z", "2026-01-31T12:00:00", ""],
        ),
        (Format::Byte, &["", "aGk=", "aGkh", "aGk=\n"], &["a", "not-base64", "aGk", "a==="]),
        (Format::LabelKey, &["app", "app.kubernetes.io/name", "A_b.c-d"], &["", "a b", "A.io/b", "/b", "a/", "a/b/c"]),
        (Format::AnnotationKey, &["A.io/b"], &["a b"]),
        (Format::LabelValue, &["", "a", "A_b.c-d"], &["a b", "-a", "a/b"]),
        (Format::PortName, &["", "http", "a1", "http-2"], &["80", "HTTP", "a--b", "-a", "http-of-the-web-shop"]),
        (Format::ConfigKey, &["a.b_c-D", ".a"], &["", "..", ".", "a/b", "a b"]),
        (Format::EnvName, &["A_B", "a.b", "1 a"], &["", "A=B", "ä"]),
        (Format::DnsLabel, &["", "web-1"], &["Web", "a.b", "-a"]),
        (Format::Duration, &["5m", "1h30m", "0", "1.5s"], &["", "5", "x"]),
    ] {
        good.iter().for_each(|text| assert!(format.fits(text), "{format:?} {text:?}"));
        bad.iter().for_each(|text| assert!(!format.fits(text), "{format:?} {text:?}"));
    }
    assert!(Format::Port.fits_number(65535.0) && !Format::Port.fits_number(0.0) && Format::TargetPort.fits_number(0.0));
}

#[test]
fn patterns_are_found_as_go_finds_them() {
    for (pattern, good, bad) in [
        ("^a+$", &["a", "aaa"][..], &["", "ab", "ba"][..]),
        ("b", &["abc"], &["ac"]),
        ("^([0-9]{1,5}(h|m|s|ms)){1,4}$", &["1h30m", "5ms"], &["5", "1h30", "123456s"]),
        (
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
            &["a.b-c", "x"],
            &["a..b", "A", "-a", ""],
        ),
        ("^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$", &["1Gi", "-.5"], &["1GB", "."]),
        ("^.{0,3}$", &["", "abc"], &["abcd", "a\nb"]),
        ("^(?:a|b|)$", &["", "a"], &["c"]),
        ("^[^:/]+$", &["a-b"], &["a/b"]),
        ("^[\\w.-]+\\s?$", &["a_b ", "a.b"], &["a  "]),
        ("^a{2,}$", &["aaa"], &["a"]),
    ] {
        let read = Pattern::read(pattern).unwrap_or_else(|| panic!("{pattern} is not covered"));
        good.iter().for_each(|text| assert!(read.fits(text), "{pattern} {text:?}"));
        bad.iter().for_each(|text| assert!(!read.fits(text), "{pattern} {text:?}"));
    }
    for other in ["(?i)a", "\\p{L}", "[[:alpha:]]", "a**", "(a", "a)"] {
        assert!(Pattern::read(other).is_none(), "{other}");
    }
    // What takes too long fits.
    let slow = Pattern::read("^(a+)+$").expect("it is covered");
    assert!(slow.fits(&format!("{}b", "a".repeat(40))));
}

/// A table has lists of numbers and releases here; a definition that has a list says nothing that can be known.
#[test]
fn a_list_for_a_property_of_a_definition_allows_anything() {
    for property in [json!([]), json!([1]), json!([999, 1]), json!([1, 1, 1]), json!(["a", {}, null])] {
        let schema = json!({"type": "object", "properties": {"spec": property}});
        let schemas = Schemas::of_definition(&schema);
        let types = schemas.get(0).property("spec").expect("it is there");
        assert_eq!(types.len(), 1, "{property}");
        assert_eq!(schemas.get(types[0].0).kind, Type::Any, "{property}");
    }
}

#[test]
fn what_a_cluster_serves_depends_on_its_minor() {
    let of = |text: &str| api_versions(&Version::read(text).unwrap());
    let has = |text: &str, api: &str| of(text).iter().any(|one| one == api);
    assert!(has("1.24", "policy/v1beta1/PodDisruptionBudget") && !has("1.30", "policy/v1beta1/PodDisruptionBudget"));
    assert!(has("1.30", "policy/v1/PodDisruptionBudget") && has("1.30", "v1/Service") && has("1.30", "apps/v1"));
    assert_eq!(is_cluster_scoped("", "Namespace"), Some(true));
    assert_eq!(is_cluster_scoped("apps", "Deployment"), Some(false));
    assert_eq!(is_cluster_scoped("example.com", "Thing"), None);
    assert_eq!(is_cluster_scoped(crate::stack::consul::GROUP, "ProxyDefaults"), Some(false));
}
