//! The line: profiles to files. Reads top to bottom, each step is a module.

use crate::files::Output;
use crate::finding::Findings;
use crate::inject;
use crate::model;
use crate::object;
use crate::profile;
use crate::profile::Extra;
use crate::profile::Name;
use crate::profile::Profiles;
use crate::source::Sources;
use crate::template::Engine;
use crate::template::Templates;
use std::collections::BTreeMap;

/// What a render is made from. Plain data: whoever calls has read the disk.
pub struct Input<'a> {
    /// The profiles that names can reach.
    pub profiles: &'a Profiles,
    /// The templates.
    pub templates: &'a Templates,
    /// What goes below `manifests/` as it is, by path there.
    pub verbatim: &'a BTreeMap<String, Vec<u8>>,
    /// The profiles asked for.
    pub names: &'a [Name],
    /// What the command line adds.
    pub extras: &'a [Extra],
}

/// Renders. `None` when something is in the way; `found` then says what.
pub fn render(input: &Input<'_>, found: &mut Findings) -> Option<Output> {
    let before = found.errors();
    let mut sources = Sources::default();
    let values = profile::compose_readable(input.profiles, input.names, input.extras, &mut sources, found);
    let model = model::derive(&values, &sources, found)?;
    input.templates.check_names(found);
    let engine = Engine::new(input.templates, &model, &values.root);
    // A large mesh's values are as large as its model; nothing looks back at them from here.
    drop(values);
    let texts = engine.render(found);
    let rendered = object::parse(texts, &engine, found);
    object::check_verbatim(input.verbatim, &rendered, &engine, found);
    if found.errors() > before {
        return None;
    }
    let rendered = inject::apply(&model, rendered);
    let output = object::lay_out(rendered, input.verbatim, found);
    (found.errors() == before).then_some(output)
}
