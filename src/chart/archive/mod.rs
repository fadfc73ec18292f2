//! Reads and writes packaged charts: gzip around tar.
//!
//! In: the bytes of a `.tgz`. Out: its regular files, by their path below the chart's own folder, and back. Helm is given an
//! archive of these files and not the original, so that what was counted, digested and searched is what is rendered. An archive
//! that programs may read in different ways is refused.

mod gzip;
mod tar;

use crate::chart::source::MOST_BYTES;
use crate::chart::source::MOST_FILES;
use std::collections::BTreeMap;

/// Why an archive cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not what `helm package` makes.
    Invalid(String),
    /// It is more than is read.
    TooLarge(String),
}

impl Fault {
    fn invalid(why: impl Into<String>) -> Fault {
        Fault::Invalid(why.into())
    }
}

/// The files of an archive.
pub(super) fn files(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) + MOST_FILES * 2 * tar::BLOCK;
    tar::read(&gzip::unpack(bytes, most)?)
}

/// An archive of the files of a chart, not compressed.
pub(crate) fn pack(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    gzip::store(&tar::write(files))
}

#[cfg(test)]
mod tests;
