//! What Flux and Argo CD change in the objects that they deploy.

use crate::walk::MESH;
use crate::walk::WEB;
use crate::walk::with;

fn kustomization(spec: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps, namespace: flux-system}}\nspec:\n  interval: 10m\n  path: ./apps\n  prune: true\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{spec}"
    )
}

/// Whether spans arrive, and the notes and details that name what deploys the objects.
fn verdict(files: &[(&str, &str)]) -> (Option<bool>, Vec<String>) {
    let report = with(files).is_itself().check(&["."]);
    let details = report.json["paths"].as_array().unwrap().iter().flat_map(|path| path["hops"].as_array().unwrap());
    let details = details.filter_map(|hop| hop["detail"].as_str()).filter(|detail| detail.contains(" of Flux"));
    (report.json["summary"]["arrives"].as_bool(), details.map(str::to_string).collect())
}

/// Whether `api` has a sidecar.
fn has_api(files: &[(&str, &str)]) -> bool {
    with(files).check(&["."]).paths().iter().any(|(_, service, _)| service == "api")
}

const OFF: &str = "  patches:\n  - target: {kind: Deployment, name: api}\n    patch: |\n      - op: replace\n        path: /spec/template/metadata/annotations/consul.hashicorp.com~1connect-inject\n        value: 'false'\n";

fn api(text: &str) -> String {
    text.replace("web", "api")
}

#[test]
fn patches_of_a_kustomization_of_flux_are_applied() {
    let api = api(WEB);
    let all = |spec: &str| verdict(&[("apps/api.yaml", &api), ("clusters/apps.yaml", &kustomization(spec))]);
    assert_eq!(all("").0, Some(true));
    let files = |spec: &str| has_api(&[("apps/api.yaml", &api), ("clusters/apps.yaml", &kustomization(spec))]);
    assert_eq!((files(""), files(OFF)), (true, false));
    // For kustomize a target may select nothing. A patch whose object is missing is one that is not understood.
    assert_eq!(all(&OFF.replace("name: api", "name: other")).0, Some(true));
    let other = "  patches:\n  - patch: |\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: other, namespace: shop}\n      spec: {replicas: 2}\n";
    let (arrives, details) = all(other);
    assert_eq!(arrives, None);
    assert!(details.iter().any(|detail| detail.contains("Kustomization `apps` of Flux has patches")), "{details:?}");
    assert_eq!(all("  components: [../mesh]\n").0, None);
}

#[test]
fn patches_of_an_application_of_argo_cd_are_applied() {
    let app = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: apps, namespace: argocd}}\nspec:\n  project: default\n  destination: {{server: 'https://kubernetes.default.svc', namespace: shop}}\n  source:\n    repoURL: https://git.example.com/x.git\n    path: apps\n    targetRevision: main\n    kustomize:\n    {}",
        OFF.replace("\n", "\n    ")
    );
    let api = api(WEB);
    let with_argo = |argo: &str| {
        has_api(&[
            ("apps/api.yaml", &*api),
            ("apps/kustomization.yaml", "resources: [api.yaml]\n"),
            ("argo.yaml", argo),
        ])
    };
    assert!(with_argo("") && !with_argo(&app));
    // The same in one of several sources, and in those that an ApplicationSet makes.
    let (head, source) = app.split_once("  source:\n").unwrap();
    let several = format!("{head}  sources:\n  -{}", &source[3..]);
    assert!(!with_argo(&several));
    let (meta, spec) = app.split_once("spec:\n").unwrap();
    let spec = spec.replace("\n", "\n    ");
    let set = meta.replace("kind: Application\n", "kind: ApplicationSet\n");
    let set = format!(
        "{set}spec:\n  generators: [{{list: {{elements: [{{a: b}}]}}}}]\n  template:\n    metadata: {{name: apps}}\n    spec:\n    {spec}"
    );
    assert!(!with_argo(&set));
}

#[test]
fn a_target_namespace_is_that_of_the_objects() {
    let mesh = MESH.replace("jaeger.observability", "jaeger.tracing");
    let all = |spec: &str| {
        let jaeger = crate::walk::JAEGER;
        let files =
            [("apps/jaeger.yaml", jaeger), ("clusters/apps.yaml", &*kustomization(spec)), ("mesh.yaml", &*mesh)];
        let tree = crate::walk::Tree::new(&[&files[..], &[("web.yaml", WEB)]].concat());
        tree.check(&["."]).json["summary"]["arrives"].as_bool()
    };
    assert_eq!((all(""), all("  targetNamespace: tracing\n")), (Some(false), Some(true)));
}

#[test]
fn variables_of_flux_are_filled_in() {
    let build = "  postBuild:\n    substitute: {NS: observability, PORT: '9411', MESH: 'true'}\n";
    let from = "  postBuild:\n    substituteFrom: [{kind: ConfigMap, name: vars}]\n";
    let vars =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata: {NS: observability}\n";
    let mesh = MESH.replace("jaeger.observability.svc", "jaeger.${NS}.svc");
    let all = |spec: &str, mesh: &str, more: &[(&str, &str)]| {
        let flux = kustomization(spec);
        let files = [("apps/mesh.yaml", mesh), ("clusters/apps.yaml", &*flux), ("jaeger.yaml", crate::walk::JAEGER)];
        let tree = crate::walk::Tree::new(&[&files[..], &[("apps/web.yaml", WEB)], more].concat());
        let report = tree.check(&["."]);
        (report.json["summary"]["arrives"].as_bool(), report.json["summary"]["errors"].as_u64())
    };
    assert_eq!(all(build, &mesh, &[]), (Some(true), Some(0)));
    assert_eq!(all(build, &mesh.replace("9411", "${PORT}"), &[]), (Some(true), Some(0)));
    assert_eq!(all(from, &mesh, &[]), (None, Some(0)));
    assert_eq!(all(from, &mesh, &[("clusters/vars.yaml", vars)]), (Some(true), Some(0)));
    assert_eq!(all(build, &mesh.replace("${NS}", "${OTHER}"), &[]), (None, Some(0)));
    assert_eq!(all(build, &mesh.replace("${NS}", "${OTHER:=observability}"), &[]), (Some(true), Some(0)));
    // Flux drops the quotes, so the annotation becomes a boolean.
    let web = WEB.replace("'true'", "'${MESH}'");
    assert_eq!(all(build, &mesh, &[("apps/web.yaml", &web)]), (None, Some(0)));
}
