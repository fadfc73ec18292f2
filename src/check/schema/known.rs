//! The versions that decide which schemas count.

use crate::stack::Version;

/// Versions, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known<'a> {
    pub(crate) kubernetes: Option<&'a Version>,
    pub(crate) chart: Option<&'a Version>,
}
