//! Argo CD's Application and ApplicationSet.
//!
//! Sources: argoproj/argo-cd `pkg/apis/application/v1alpha1/types.go` and `values.go` (`valuesObject` wins over `values`);
//! `reposerver/repository/repository.go`, `helmTemplate` and `getResolvedValueFiles` (`valueFiles` in order, globs in
//! lexical order without the files that are also named, `$ref/` from another source, other paths from the folder of the
//! chart, those that begin with `/` from the top); `util/helm/cmd.go`, `template` (these files, then the inline values).
//! Helm then applies `--set`, `--set-string` and `--set-file`, in this order (`helm.sh/helm/v3/pkg/cli/values`,
//! `MergeValues`), which are `parameters`, those with `forceString`, and `fileParameters`.

use crate::check::input::release::context::Context;
use crate::check::input::release::part::Part;
use crate::check::input::release::part::Release;
use crate::check::input::release::part::Where;
use crate::check::input::release::part::chart_name;
use crate::check::input::release::part::exact;
use crate::check::input::release::part::is_true;
use crate::check::input::release::part::list;
use crate::check::input::release::part::missing;
use crate::check::input::release::part::namespace;
use crate::check::input::release::part::text;
use crate::check::input::release::strvals;
use crate::check::input::release::umbrella;
use crate::check::input::release::umbrella::Umbrella;
use crate::object::Id;
use crate::yaml::Node;

pub(super) fn releases<'a>(
    id: &'a Id,
    node: &'a Node,
    prefix: &str,
    spec: Option<&'a Node>,
    context: &Context<'a, '_>,
) -> Vec<Release<'a>> {
    let Some(spec) = spec else { return Vec::new() };
    let one = spec.get("source").map(|source| (format!("{prefix}/spec/source"), source));
    let several = list(Some(spec), "sources").iter().enumerate();
    let several = several.map(|(index, source)| (format!("{prefix}/spec/sources/{index}"), source));
    let app = match prefix {
        "" => &*id.name,
        _ => text(node.path(&["spec", "template", "metadata", "name"])).unwrap_or_default(),
    };
    let mut all: Vec<Release<'a>> =
        one.into_iter().chain(several).flat_map(|(at, source)| of_source(app, &at, source, context)).collect();
    let destination = namespace(spec.path(&["destination", "namespace"]));
    all.iter_mut().for_each(|release| release.namespace = release.namespace.or(destination));
    // A patch of the template, itself a template (`applicationset/utils/utils.go`, `RenderTemplateParams`).
    if text(node.path(&["spec", "templatePatch"])).is_some_and(|patch| patch.contains("helm:")) {
        let why = format!("in `templatePatch` of the ApplicationSet `{}`, which is not applied here", id.name);
        all.iter_mut().for_each(|release| release.parts.push(Part::Gap(why.clone())));
    }
    all
}

fn of_source<'a>(app: &str, at: &str, source: &'a Node, context: &Context<'a, '_>) -> Vec<Release<'a>> {
    let helm = source.get("helm");
    let name = text(helm.and_then(|helm| helm.get("releaseName"))).unwrap_or(app).to_string();
    let own = namespace(helm.and_then(|helm| helm.get("namespace")));
    let Some(chart) = text(source.get("chart")) else {
        let umbrella = text(source.get("path")).and_then(|path| umbrella::at(context.umbrellas, path));
        return umbrella
            .map_or_else(Vec::new, |umbrella| umbrella.releases(&name, own, parts(at, helm, Some(umbrella))));
    };
    let Some((chart, _)) = chart_name(chart, text(source.get("repoURL")).unwrap_or_default()) else {
        return Vec::new();
    };
    let version = exact(text(source.get("targetRevision")));
    vec![Release { chart, version, name, namespace: own, within: None, parts: parts(at, helm, None) }]
}

fn parts<'a>(at: &str, helm: Option<&'a Node>, umbrella: Option<&Umbrella>) -> Vec<Part<'a>> {
    let field = |key: &str| helm.and_then(|helm| helm.get(key));
    let files = list(helm, "valueFiles").iter().filter_map(Node::as_str);
    let mut parts: Vec<Part<'a>> = files.map(|file| value_file(file, umbrella)).collect();
    match (field("valuesObject"), field("values")) {
        (Some(values), _) => parts.push(Part::Map(format!("{at}/helm/valuesObject"), values)),
        (None, Some(values)) if text(Some(values)).is_some() => {
            parts.push(Part::Text(format!("{at}/helm/values"), values));
        }
        _ => {}
    }
    let parameters = list(helm, "parameters").iter().enumerate();
    let (forced, plain): (Vec<_>, Vec<_>) = parameters.partition(|(_, item)| is_true(item.get("forceString")));
    for (index, item) in plain.into_iter().chain(forced) {
        let (Some(path), Some(value)) = (text(item.get("name")), item.get("value")) else { continue };
        let value = match (value.as_str(), is_true(item.get("forceString"))) {
            (Some(text), true) => strvals::string(text),
            (Some(text), false) => strvals::typed(text),
            (None, _) => value.value.clone(),
        };
        let at = Some(format!("{at}/helm/parameters/{index}/value"));
        parts.push(Part::Set { path, value, at, node: item });
    }
    let texts = list(helm, "fileParameters").iter();
    parts.extend(texts.filter_map(|item| Some(Part::Open { path: text(item.get("name"))?, node: item })));
    parts
}

fn value_file<'a>(file: &'a str, umbrella: Option<&Umbrella>) -> Part<'a> {
    if file.contains("://") {
        return Part::Gap(missing(&format!("`{file}`")));
    }
    // The folder of the name is that of the referenced repository.
    if let Some((_, path)) = file.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
        return Part::File(Where::Repository(path));
    }
    match (umbrella, file.strip_prefix('/')) {
        (Some(_), Some(path)) => Part::File(Where::Repository(path)),
        (Some(umbrella), None) => Part::File(Where::Beside(umbrella.folder.clone(), file)),
        (None, _) => Part::Gap(missing(&format!("the file `{file}` of the chart"))),
    }
}
