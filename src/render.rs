//! The pipeline from profiles to files: one step after the other, each in its own module.

mod charts;
mod judge;

use crate::chart::Helm;
use crate::check::Options;
use crate::check::Report;
use crate::files::Output;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::gitops;
use crate::inject;
use crate::model;
use crate::model::Home;
use crate::model::Model;
use crate::object;
use crate::object::operator::Relocation;
use crate::profile;
use crate::profile::Extra;
use crate::profile::Name;
use crate::profile::Profiles;
use crate::profile::Values;
use crate::running;
use crate::secrecy::Known;
use crate::source::Sources;
use crate::stack::jaeger::operator as jaeger_operator;
use crate::stack::otel;
use crate::template::Engine;
use crate::template::Templates;
use crate::yaml::Node;
use judge::judge;
use std::collections::BTreeMap;

/// The input of a render. Plain data: the caller has read the disk.
pub struct Input<'a> {
    /// The available profiles.
    pub profiles: &'a Profiles,
    /// The templates.
    pub templates: &'a Templates,
    /// Files to copy below `manifests/` unchanged, by their path there.
    pub verbatim: &'a BTreeMap<String, Vec<u8>>,
    /// The requested profiles.
    pub names: &'a [Name],
    /// What the command line adds.
    pub extras: &'a [Extra],
    /// Where the render will be.
    pub home: &'a Home,
    /// The charts of the project, and what renders them; without it, profiles with charts are refused.
    pub helm: Option<&'a dyn Helm>,
}

/// Renders. `None` if there are errors, which are in `found`.
pub fn render(input: &Input<'_>, found: &mut Findings) -> Option<Output> {
    line(input, None, found).map(|(output, _)| output)
}

/// The file that lists what was changed in the manifests of operators.
const CHANGES: &str = "OPERATOR.md";

/// The files to copy, with the manifests of operators moved to their namespaces, and what was changed; `None` if there are
/// none.
fn operators(
    model: &Model,
    verbatim: &BTreeMap<String, Vec<u8>>,
    found: &mut Findings,
) -> Option<(BTreeMap<String, Vec<u8>>, String)> {
    let of = |moved: &Option<String>| moved.as_deref()?.strip_prefix(object::MANIFESTS).map(str::to_owned);
    let base = Relocation {
        registry: model.registry.host.replace("none", ""),
        pull_secret: model.registry.pull_secret.replace("none", ""),
        images: ["jaeger-operator", "kube-rbac-proxy", "opentelemetry-operator"]
            .iter()
            .filter_map(|name| Some((*name, model.images.get(name)?)))
            .filter(|(name, image)| image.changed || *name == "kube-rbac-proxy")
            .map(|(name, image)| (name.to_owned(), image.reference.clone()))
            .collect(),
        ..Relocation::default()
    };
    let jaeger = model.operators.jaeger.as_ref().map(|operator| {
        let name = jaeger_operator::NAME.to_owned();
        let watch = operator.watch.clone();
        (
            of(&operator.moved),
            Relocation { operator: name, namespace: operator.namespace.clone(), watch, ..base.clone() },
        )
    });
    let otel = model.operators.opentelemetry.as_ref().map(|operator| {
        let name = otel::OPERATOR.to_owned();
        (of(&operator.moved), Relocation { operator: name, namespace: operator.namespace.clone(), ..base.clone() })
    });
    let mut files = None;
    let mut changes = String::new();
    for (path, wanted) in jaeger.into_iter().chain(otel).filter_map(|(path, wanted)| Some((path?, wanted))) {
        let name = format!("files/{path}");
        let Some(text) = verbatim.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
            let message = format!("the operator's manifest `{name}` does not exist");
            let help = "download it from the operator's release, and keep it beside meshtrace.yaml";
            found.push(Finding::error(ids::OPERATOR_MANIFEST, message).help(help));
            continue;
        };
        if let Some((text, lines)) = object::operator::relocate(&name, text, &wanted, found) {
            changes.push_str(&format!("# What was changed in {name}\n\n"));
            lines.iter().for_each(|line| changes.push_str(&format!("- `{}`\n", line.replace('`', "'"))));
            files.get_or_insert_with(|| verbatim.clone()).insert(path, text.into_bytes());
        }
    }
    files.map(|files| (files, changes))
}

/// Takes from profiles what `inject` needs: the operator, the rendered Jaeger resource, the services. Returns `None` on
/// errors and if the profiles' Jaeger has no agents; `found` then has the reason.
pub fn targets(input: &Input<'_>, found: &mut Findings) -> Option<inject::Targets> {
    let mut sources = Sources::default();
    let mut own = Findings::default();
    let values = profile::compose_readable(input.profiles, input.names, input.extras, &mut sources, &mut own);
    let secrets = values.secrets();
    let made = (|own: &mut Findings| {
        let model = model::derive(&values, &sources, input.home, own)?;
        input.templates.check_names(own);
        let engine = Engine::new(input.templates, &model, &values.root);
        let rendered = object::parse(engine.render(own), &engine, own);
        (own.errors() == 0).then(|| inject::Targets::of(&model, &rendered))
    })(&mut own);
    found.append(own.redacted(secrets.hide()));
    made
}

/// The paths of the charts that profiles name, sorted.
pub fn chart_paths(input: &Input<'_>, found: &mut Findings) -> Vec<String> {
    let mut sources = Sources::default();
    charts_of(&profile::compose_readable(input.profiles, input.names, input.extras, &mut sources, found))
}

/// The paths of the charts that values name, sorted.
pub fn charts_of(values: &Values) -> Vec<String> {
    let releases = values.root.get("charts").and_then(Node::as_map).map_or(&[][..], |map| &map.entries);
    let own = releases.iter().map(|entry| entry.value.get("path"));
    let ours = ["consul", "jaeger"].into_iter().map(|name| values.root.path(&[name, "chartPath"]));
    let paths = own.chain(ours).flatten().filter_map(Node::as_str).filter(|path| *path != "none");
    let mut paths: Vec<String> = paths.map(|path| path.trim_end_matches('/').to_string()).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Renders and checks the result, including `files/`. The levels in the report are the rules' defaults.
pub fn render_checked(input: &Input<'_>, options: &Options, found: &mut Findings) -> Option<(Output, Report)> {
    line(input, Some(options), found)
}

fn line(input: &Input<'_>, options: Option<&Options>, found: &mut Findings) -> Option<(Output, Report)> {
    let mut own = Findings::default();
    let mut secrets = Known::default();
    let made = made(input, options, &mut secrets, &mut own);
    found.append(own.redacted(secrets.hide()));
    let (mut output, report) = made?;
    output.secrets = secrets.into_hide();
    Some((output, report))
}

/// The pipeline itself. `secrets` are those of the values, known before any finding about them is made.
fn made(
    input: &Input<'_>,
    options: Option<&Options>,
    secrets: &mut Known,
    found: &mut Findings,
) -> Option<(Output, Report)> {
    let mut sources = Sources::default();
    let name = input.names.iter().map(|name| &*name.text).collect::<Vec<_>>().join(",");
    let at = running::stage("the profiles of", name.as_str());
    let values = profile::compose_readable(input.profiles, input.names, input.extras, &mut sources, found);
    *secrets = values.secrets();
    drop(at);
    let at = running::stage("the model of", name.as_str());
    let mut model = model::derive(&values, &sources, input.home, found)?;
    input.templates.check_names(found);
    let mut engine = Engine::new(input.templates, &model, &values.root);
    // The values of a large mesh are as large as its model, and from here on they are used only to look up places.
    let values = (options.is_some() || !model.charts.is_empty()).then_some(values);
    drop(at);
    let texts = engine.render(found);
    let at = running::stage("the rendered objects of", name.as_str());
    let moved = operators(&model, input.verbatim, found);
    let input = &Input { verbatim: moved.as_ref().map_or(input.verbatim, |(files, _)| files), ..*input };
    let mut rendered = object::parse(texts, &engine, found);
    if !model.charts.is_empty()
        && found.errors() == 0
        && let Some(values) = &values
    {
        charts::render(input, (values, &sources), &mut model, &mut rendered, found);
        engine.see(&model);
        object::replace_texts(&mut rendered, engine.render_texts(found));
    }
    if found.errors() == 0 {
        let seen = gitops::seen(&model, &rendered, input.verbatim);
        object::parse_more(engine.render_last(&seen, found), &engine, &mut rendered, found);
    }
    object::check_sealed(input.verbatim, &model.secrets.list, found);
    object::check_verbatim(input.verbatim, &rendered, &engine, found);
    if found.errors() > 0 {
        return None;
    }
    let rendered = gitops::annotate(&model, inject::apply(&model, rendered));
    drop(at);
    let _at = running::stage("the rules for", name.as_str());
    let report = options
        .zip(values)
        .map(|(options, values)| judge(input, (&values, &sources), &model, &engine, &rendered, secrets, options));
    let report = report.unwrap_or_default();
    let mut output = object::lay_out(rendered, input.verbatim, found);
    if let Some((_, changes)) = moved {
        output.files.insert(CHANGES.to_owned(), changes.into_bytes());
    }
    (found.errors() == 0).then_some((output, report))
}
