//! What to change in a profile, for what was rendered from it: the key, and the value.

use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cure::What;
use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::input::set::Item;
use crate::check::input::set::Set;
use crate::pointer;
use crate::stack::consul;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;
use crate::yaml::Node;
use serde_json::Value as Json;

/// What to set in a profile so that a finding is gone; `None` when no key of a profile is known to hold it.
pub(crate) fn in_profile(set: &Set<'_>, cure: &Cure) -> Option<String> {
    let parts: Option<Vec<String>> = cure.edits.iter().map(|edit| said(set, edit)).collect();
    let guess = if cure.trust == Trust::Unsafe { "perhaps " } else { "" };
    Some(format!("{guess}{}", parts?.join(", ")))
}

/// One change, in words.
fn said(set: &Set<'_>, edit: &Edit) -> Option<String> {
    let own = key(set, &edit.at)?;
    let last = || pointer::parse(&edit.at.path).last().unwrap_or_default().into_owned();
    if let Some(inner) = &edit.at.inner {
        return Some(match &edit.what {
            What::Set(value) => format!("set `{inner}` to `{value}` in the JSON of `{own}`"),
            What::Append(value) => format!("add {value} to `{inner}` in the JSON of `{own}`"),
            What::Remove => format!("remove `{inner}` from the JSON of `{own}`"),
            What::Rename(name) => format!("rename `{inner}` to `{name}` in the JSON of `{own}`"),
            What::Move(to) => format!("move `{inner}` to `{}` in the JSON of `{own}`", to.inner.as_ref()?),
            What::Quote => format!("put `{inner}` in quotes in the JSON of `{own}`"),
            What::Cut(_) => return None,
        });
    }
    Some(match &edit.what {
        What::Set(value) => format!("set `{own}: {value}`"),
        What::Append(value) => format!("add {value} to `{own}`"),
        What::Remove => format!("remove `{own}`"),
        What::Rename(name) => format!("rename `{}` in `{own}` to `{name}`", last()),
        What::Move(to) => format!("move `{own}` to `{}`", key(set, to)?),
        What::Quote => match value(root(set, edit.at.doc), &edit.at.path)?.to_json() {
            Json::String(_) | Json::Null => format!("put `{own}` in quotes"),
            other => format!("set `{own}: \"{other}\"`"),
        },
        // What is left of the text is the value.
        What::Cut(ranges) => {
            let mut text = value(root(set, edit.at.doc), &edit.at.path)?.as_str()?.to_owned();
            ranges.iter().rev().for_each(|range| text.replace_range(range.clone(), ""));
            (text.len() < 80).then(|| format!("set `{own}: {}`", Json::from(text)))?
        }
    })
}

fn root<'a>(set: &Set<'a>, doc: Doc) -> &'a Node {
    set.root(doc)
}

fn value<'a>(root: &'a Node, path: &str) -> Option<&'a Node> {
    pointer::parse(path).try_fold(root, |node, step| match node.as_list() {
        Some(list) => list.get(step.parse::<usize>().ok()?),
        None => node.get(&step),
    })
}

/// The key of a profile that holds what is at a place that was rendered.
fn key(set: &Set<'_>, at: &Location) -> Option<String> {
    match at.doc {
        Doc::Object(index) => of_object(set, &set.items[index], &at.path),
        Doc::Values(index) => {
            let free = match set.values[index].chart {
                None | Some(("consul", _)) => "consul.values",
                Some(("jaeger", _)) => "jaeger.spec",
                Some(_) => return None,
            };
            Some(joined(free.to_string(), set.values[index].node, &at.path))
        }
    }
}

fn of_object(set: &Set<'_>, item: &Item<'_>, path: &str) -> Option<String> {
    let (group, kind, name) = (&*item.id.group, &*item.id.kind, &*item.id.name);
    let free = match (group, kind) {
        (consul::GROUP, "ProxyDefaults") => "mesh.proxyDefaults".to_string(),
        (consul::GROUP, "ServiceDefaults") => format!("services.{name}.serviceDefaults"),
        (jaeger::GROUP, jaeger::KIND) | (otel::GROUP, otel::KIND) => "jaeger.spec".to_string(),
        // Those of a service, which also has a ServiceDefaults; others come from people's templates.
        (kube::APPS, "Deployment") | (kube::CORE, "Service") => {
            let mut services = set.all(consul::GROUP, "ServiceDefaults");
            services.find(|service| *service.id.name == *name)?;
            return Some(joined(format!("services.{name}.{}", kind.to_ascii_lowercase()), item.node, path));
        }
        _ => return None,
    };
    Some(joined(free, item.node.get("spec")?, path.strip_prefix("/spec")?))
}

/// A key and the steps below it; an item of a list is called by its name, as profiles merge them by that.
fn joined(prefix: String, root: &Node, path: &str) -> String {
    let mut here = Some(root);
    pointer::parse(path).fold(prefix, |key, step| {
        let item = here.and_then(Node::as_list).and_then(|list| list.get(step.parse::<usize>().ok()?));
        here = item.or_else(|| here.and_then(|node| node.get(&step)));
        match item.and_then(|item| item.get("name")).and_then(Node::as_str) {
            Some(name) => format!("{key}[{name}]"),
            None if step.contains('.') => format!("{key}.\"{step}\""),
            None => format!("{key}.{step}"),
        }
    })
}
