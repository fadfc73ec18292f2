//! Label selectors, applied to labels that may be only partly known.
//!
//! Source: `k8s.io/apimachinery` `pkg/apis/meta/v1/helpers.go` `LabelSelectorAsSelector`, `pkg/labels/selector.go`
//! `Requirement.Matches`.

use crate::check::cursor::Cursor;
use crate::check::input::set::Set;
use crate::stack::consul;
use crate::stack::kube;
use std::collections::HashMap;

/// The labels of an object, as far as they are known.
#[derive(Clone)]
pub(crate) struct Labels<'a> {
    /// The labels in the manifest.
    pub(crate) written: Option<Cursor<'a>>,
    /// The labels that a controller or chart adds.
    pub(crate) added: Vec<(&'static str, String)>,
    /// Whether there may be others.
    pub(crate) open: bool,
}

impl<'a> Labels<'a> {
    /// The labels at a location, all of them known.
    pub(crate) fn of(written: Cursor<'a>) -> Labels<'a> {
        Labels { written: Some(written), added: Vec::new(), open: false }
    }

    /// A label set of which only these are known.
    pub(crate) fn partly(added: Vec<(&'static str, String)>) -> Labels<'a> {
        Labels { written: None, added, open: true }
    }

    /// The known labels.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let written = self.written.into_iter().flat_map(Cursor::entries);
        let written = written.filter_map(|(key, value)| Some((key, value.str()?)));
        written.chain(self.added.iter().map(|(key, value)| (*key, value.as_str())))
    }

    /// The value of a label, if it has one; Err: unknown.
    fn get(&self, key: &str) -> Result<Option<&str>, ()> {
        if let Some((_, value)) = self.added.iter().find(|(added, _)| *added == key) {
            return Ok(Some(value));
        }
        let written = self.written.and_then(|written| written.node()?.get(key)?.as_str());
        match written {
            Some(value) => Ok(Some(value)),
            None if self.open || is_added_later(key) => Err(()),
            None => Ok(None),
        }
    }
}

/// Whether Consul's webhook adds this label to pods.
pub(crate) fn is_added_later(key: &str) -> bool {
    key.strip_prefix(consul::GROUP).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a selector matches; `None` if that depends on unknown labels. An empty selector matches everything.
pub(crate) fn fits(selector: Cursor<'_>, labels: &Labels<'_>) -> Option<bool> {
    let pairs = selector.get("matchLabels").entries().map(|(key, value)| {
        let has = labels.get(key).ok()?;
        Some(has.is_some() && has == value.str())
    });
    let expressions = selector.get("matchExpressions").items().map(|expression| {
        let has = labels.get(expression.get("key").text()).ok()?;
        let listed = |value: &str| expression.get("values").items().any(|one| one.str() == Some(value));
        Some(match expression.get("operator").text() {
            "In" => has.is_some_and(listed),
            "NotIn" => !has.is_some_and(listed),
            "Exists" => has.is_some(),
            "DoesNotExist" => has.is_none(),
            // The API server rejects any other operator.
            _ => false,
        })
    });
    all(pairs.chain(expressions))
}

/// Three-valued AND: false if one is false, otherwise unknown if one is unknown.
pub(crate) fn all(mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = answers.find(|answer| *answer != Some(true));
    match first {
        None => Some(true),
        Some(Some(false)) => Some(false),
        Some(_) => {
            if answers.any(|answer| answer == Some(false)) {
                Some(false)
            } else {
                None
            }
        }
    }
}

/// Three-valued OR.
pub(crate) fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(answers.map(|answer| answer.map(|holds| !holds))).map(|none| !none)
}

/// The Namespaces of a set.
pub(crate) struct Namespaces<'a>(HashMap<&'a str, Cursor<'a>>);

impl<'a> Namespaces<'a> {
    pub(crate) fn of(set: &Set<'a>) -> Namespaces<'a> {
        let all = set.all(kube::CORE, "Namespace").rev();
        Namespaces(all.map(|object| (&*object.id.name, object.at(&["metadata", "labels"]))).collect())
    }

    /// The labels of a namespace, one of which is always set (kubernetes `pkg/registry/core/namespace/strategy.go`,
    /// since 1.21).
    pub(crate) fn labels(&self, name: &str) -> Labels<'a> {
        let written = self.0.get(name).copied();
        Labels { written, added: vec![(kube::NAMESPACE_NAME, name.to_string())], open: written.is_none() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::cursor::Doc;
    use crate::yaml::node_of as node;

    #[test]
    fn selectors_fit_as_kubernetes_says() {
        let labels = node("{app: web, tier: front}\n");
        for (selector, expected) in [
            ("{}", true),
            ("{matchLabels: {app: web}}", true),
            ("{matchLabels: {app: web, tier: back}}", false),
            ("{matchLabels: {zone: a}}", false),
            ("{matchExpressions: [{key: app, operator: In, values: [api, web]}]}", true),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", false),
            ("{matchExpressions: [{key: zone, operator: NotIn, values: [a]}]}", true),
            ("{matchExpressions: [{key: tier, operator: Exists}]}", true),
            ("{matchExpressions: [{key: zone, operator: DoesNotExist}]}", true),
            ("{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: DoesNotExist}]}", false),
        ] {
            let selector_node = node(&format!("{selector}\n"));
            let at = |node| Cursor::new(Doc::Object(0), node);
            assert_eq!(fits(at(&selector_node), &Labels::of(at(&labels))), Some(expected), "{selector}");
        }
    }

    #[test]
    fn the_name_of_a_namespace_is_known_and_its_other_labels_are_not() {
        let labels = &Labels::partly(vec![(kube::NAMESPACE_NAME, "shop".to_string())]);
        let name = node("{matchLabels: {kubernetes.io/metadata.name: shop}}\n");
        let other = node("{matchLabels: {kubernetes.io/metadata.name: shop, team: a}}\n");
        let never = node("{matchLabels: {team: a, kubernetes.io/metadata.name: x}}\n");
        let at = |node| Cursor::new(Doc::Object(0), node);
        assert_eq!(fits(at(&name), labels), Some(true));
        assert_eq!(fits(at(&other), labels), None);
        assert_eq!(fits(at(&never), labels), Some(false));
    }
}
