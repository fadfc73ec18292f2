//! The `options` of Jaeger resources.

use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::yaml::Node;

/// Finds an option by its dotted name, written flat or nested.
pub(crate) fn option_at<'a>(options: Cursor<'a>, name: &str) -> Option<Cursor<'a>> {
    options.entries().find_map(|(key, value)| match name.strip_prefix(key)? {
        "" => Some(value),
        rest => option_at(value, rest.strip_prefix('.')?),
    })
}

/// Whether the options of a Jaeger resource include this one, written flat or nested.
pub(crate) fn has_option(options: Option<&Node>, name: &str) -> bool {
    options.is_some_and(|options| option_at(Cursor::new(Doc::Object(0), options), name).is_some_and(Cursor::exists))
}
