//! The components of a collector's configuration.

use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;
use crate::stack::otel::fields;
use crate::stack::otel::fields::Key;

/// The sections of a configuration, and the kind of component each defines.
pub(super) const SECTIONS: [(&str, &str); 5] = [
    ("receivers", "receiver"),
    ("processors", "processor"),
    ("exporters", "exporter"),
    ("extensions", "extension"),
    ("connectors", "connector"),
];

/// A component in the configuration.
#[derive(Clone, Copy)]
pub(super) struct Component<'a> {
    /// `receiver`, `exporter`, ...
    pub(super) kind: &'static str,
    /// Its name, such as `otlp/jaeger`.
    pub(super) name: &'a str,
    pub(super) at: Cursor<'a>,
}

impl Component<'_> {
    /// The type in its name.
    pub(super) fn ty(&self) -> &str {
        kind_of(self.name)
    }

    /// What is known of its settings.
    pub(super) fn key(&self, config: &Config<'_>) -> Option<Key> {
        let image = config.image.as_ref().map(|(distribution, version)| (*distribution, version.as_ref()));
        fields::component(image, self.kind, self.ty())
    }
}

/// The type in a component's name.
pub(super) fn kind_of(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// All components defined, with their kinds: an unknown type prevents the start even if nothing uses it.
pub(super) fn defined<'a>(config: &Config<'a>) -> impl Iterator<Item = Component<'a>> + use<'a> {
    let root = config.root;
    SECTIONS.into_iter().flat_map(move |(section, kind)| {
        root.get(section).entries().map(move |(name, at)| Component { kind, name, at })
    })
}
