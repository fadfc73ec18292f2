//! Values: enumerations, limits, patterns and formats.

use crate::check::schema::fault::Wrong;
use crate::check::schema::walk::Walk;
use crate::stack::kube::schema::Format;
use crate::stack::kube::schema::Schema;
use crate::stack::kube::schema::Type;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;

impl<'a> Walk<'a> {
    pub(super) fn enumeration(&mut self, node: &Node, schema: &Schema) {
        // In Kubernetes' own types, an empty text is one that is missing.
        let is_missing = self.is_built_in() && node.as_str() == Some("");
        if schema.enumeration.is_empty()
            || is_missing
            || self.in_status
            || schema.kind == Type::Any && !self.only_values
        {
            return;
        }
        let is_one = match node.as_str() {
            Some(text) => schema.enumeration.iter().any(|one| one.as_str() == Some(text)),
            None => schema.enumeration.contains(&node.to_json()),
        };
        if !is_one {
            let known = schema.enumeration.iter().map(|one| match one {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            });
            let found = node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string);
            self.fault(Wrong::Choice { found, known: known.collect() });
        }
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`, which say more about values and nothing about fields.
    pub(super) fn combined(&mut self, node: &'a Node, schema: &'a Schema) {
        if schema.all_of.is_empty() && schema.any_of.is_empty() && schema.one_of.is_empty() && schema.not.is_none() {
            return;
        }
        let stored = self.with_defaults(node, schema);
        let node = stored.as_ref().unwrap_or(node);
        let fits = |walk: &Self, number: u32| {
            let mut inner: Walk<'_> = Walk::new(walk.judge);
            inner.only_values = true;
            inner.value(node, walk.schema(number));
            inner.faults.is_empty()
        };
        let count = |walk: &Self, all: &[u32]| all.iter().filter(|number| fits(walk, **number)).count();
        let must = if count(self, &schema.all_of) < schema.all_of.len() {
            "fit every schema of its `allOf`"
        } else if !schema.any_of.is_empty() && count(self, &schema.any_of) == 0 {
            "fit a schema of its `anyOf`"
        } else if !schema.one_of.is_empty() && count(self, &schema.one_of) != 1 {
            "fit exactly one schema of its `oneOf`"
        } else if schema.not.is_some_and(|number| fits(self, number)) {
            "not fit the schema of its `not`"
        } else {
            return;
        };
        self.fault(Wrong::Limit { must: must.to_string() });
    }

    /// A map with the defaults of the fields that it lacks: the API server adds them before it validates. `None` if it
    /// lacks none.
    fn with_defaults(&self, node: &Node, schema: &Schema) -> Option<Node> {
        let map = node.as_map()?;
        let mut stored = None;
        for name in schema.names(self.judge.releases).filter(|name| map.get(name).is_none()) {
            let (number, _) = *schema.property(name)?.first()?;
            if let Some(default) = &self.schema(number).default {
                let Node { value: Value::Map(map), .. } = stored.get_or_insert_with(|| node.clone()) else { continue };
                map.set(name, Node::from_json(default, node.span));
            }
        }
        stored
    }

    pub(super) fn count(&mut self, count: usize, schema: &Schema, what: &str) {
        if let Some(least) = schema.min_count.filter(|least| count < *least) {
            self.fault(Wrong::Limit { must: format!("have at least {least} {what}, and has {count}") });
        }
        if let Some(most) = schema.max_count.filter(|most| count > *most) {
            self.fault(Wrong::Limit { must: format!("have at most {most} {what}, and has {count}") });
        }
    }

    pub(super) fn text(&mut self, text: &str, schema: &Schema) {
        if self.in_status {
            return;
        }
        let length = || text.chars().count();
        if let Some(least) = schema.min_length.filter(|least| length() < *least) {
            let must =
                if least == 1 { "not be empty".to_string() } else { format!("have at least {least} characters") };
            return self.fault(Wrong::Limit { must });
        }
        if let Some(most) = schema.max_length.filter(|most| text.len() > *most && length() > *most) {
            self.fault(Wrong::Limit { must: format!("have at most {most} characters, and has {}", length()) });
        }
        // In Kubernetes' own types an empty text is often one that is missing; a CRD's formats want some.
        let is_missing = self.is_built_in() && text.is_empty() && schema.kind == Type::String;
        let format = schema.format.filter(|format| !is_missing && !format.fits(text));
        if let Some(format) = format {
            let shown = !self.is_secret && !matches!(format, Format::Byte) && text.len() <= 80;
            self.fault(Wrong::Format { found: shown.then(|| text.to_string()), what: format.what(), of_key: false });
        } else if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.fits(text)) {
            self.fault(Wrong::Limit { must: format!("match the pattern `{}`", pattern.source()) });
        }
    }

    pub(super) fn number(&mut self, number: f64, schema: &Schema) {
        if self.in_status {
            return;
        }
        if let Some(format) = schema.format.filter(|format| !format.fits_number(number)) {
            let must = match format {
                Format::Int32 => "fit into 32 bits".to_string(),
                other => format!("be {}", other.what()),
            };
            return self.fault(Wrong::Limit { must });
        }
        let (above, below) = schema.exclusive;
        let least = schema.minimum.filter(|least| number < *least || above && number == *least);
        let most = schema.maximum.filter(|most| number > *most || below && number == *most);
        let must = match (schema.minimum, schema.maximum) {
            (Some(least), Some(most)) if !above && !below => format!("be from {least} to {most}"),
            _ => match (least, most) {
                (Some(least), _) if above => format!("be greater than {least}"),
                (Some(least), _) => format!("be at least {least}"),
                (_, Some(most)) if below => format!("be less than {most}"),
                (_, Some(most)) => format!("be at most {most}"),
                _ => String::new(),
            },
        };
        if least.is_some() || most.is_some() {
            self.fault(Wrong::Limit { must });
        } else if let Some(step) = schema.multiple_of.filter(|step| *step > 0.0 && (number / step).fract() != 0.0) {
            self.fault(Wrong::Limit { must: format!("be a multiple of {step}") });
        }
    }
}
