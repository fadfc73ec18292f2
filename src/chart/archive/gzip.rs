//! Gzip (RFC 1952): members one after the other, each with the checksum and length of what it holds.

use crate::chart::archive::Fault;
use crate::chart::source::MOST_BYTES;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;

/// The first bytes of a member: its mark, and "deflated".
const MARK: [u8; 3] = [0x1f, 0x8b, 8];

/// What all members hold together, at most `most` bytes.
pub(super) fn unpack(bytes: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    if bytes.is_empty() {
        return Err(Fault::invalid("it is empty"));
    }
    let mut out = Vec::new();
    let mut rest = bytes;
    // Zeros may fill up the last block of a tape or a disk.
    while rest.iter().any(|byte| *byte != 0) {
        if !rest.starts_with(&MARK) {
            return Err(Fault::invalid(match rest.len() == bytes.len() {
                true => "it is not a gzip file",
                false => "there is something behind its end",
            }));
        }
        let mut member = GzDecoder::new(rest);
        // One byte more than is allowed, which tells too much from just enough.
        let room = most + 1 - out.len();
        member.by_ref().take(room as u64).read_to_end(&mut out).map_err(|error| {
            Fault::invalid(match error.kind() {
                ErrorKind::UnexpectedEof => "it ends too early",
                _ => "it is damaged",
            })
        })?;
        if out.len() > most {
            return Err(Fault::TooLarge(format!("it unpacks to more than {} MiB", MOST_BYTES >> 20)));
        }
        rest = member.into_inner();
    }
    Ok(out)
}

/// A member that holds `bytes` as they are: no compression, no time, no name.
pub(super) fn store(bytes: &[u8]) -> Vec<u8> {
    let mut member = GzEncoder::new(Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64), Compression::none());
    let written = member.write_all(bytes).and_then(|()| member.finish());
    written.expect("writing to memory cannot fail")
}
