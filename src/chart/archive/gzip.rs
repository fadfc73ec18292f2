//! Gzip (RFC 1952): members one after the other, each with the checksum and length of what it holds.

use crate::chart::archive::Fault;
use crate::chart::source::MOST_BYTES;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::DecompressorOxide;
use miniz_oxide::inflate::core::decompress;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;

/// The first bytes of a member: its mark, and "deflated".
const MARK: [u8; 3] = [0x1f, 0x8b, 8];
/// The most that a block that is stored can hold (RFC 1951).
const STORED: usize = 65_535;

/// What all members hold together, at most `most` bytes.
pub(super) fn unpack(bytes: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let mut rest = bytes;
    // Zeros may fill up the last block of a tape or a disk.
    while rest.iter().any(|byte| *byte != 0) {
        let is_first = rest.len() == bytes.len();
        let Some(deflated) = deflated(rest) else {
            return Err(Fault::invalid(match is_first {
                true => "it is not a gzip file",
                false => "there is something behind its end",
            }));
        };
        let start = out.len();
        let taken = inflate(deflated, &mut out, most)?;
        let (end, after) = deflated[taken..].split_at_checked(8).ok_or_else(cut)?;
        let number = |at: usize| u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]);
        if number(0) != checksum(&out[start..]) || number(4) as usize != (out.len() - start) & 0xffff_ffff {
            return Err(Fault::invalid("it is damaged: its checksum is another"));
        }
        rest = after;
    }
    match bytes.is_empty() {
        true => Err(Fault::invalid("it is empty")),
        false => Ok(out),
    }
}

fn cut() -> Fault {
    Fault::invalid("it ends too early")
}

/// The deflated part of a member, and what follows.
fn deflated(bytes: &[u8]) -> Option<&[u8]> {
    let (head, mut rest) = bytes.split_at_checked(10)?;
    if head[..3] != MARK {
        return None;
    }
    let flags = head[3];
    if flags & 4 != 0 {
        let (length, after) = rest.split_at_checked(2)?;
        rest = after.get(usize::from(u16::from_le_bytes([length[0], length[1]]))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = rest.get(rest.iter().position(|byte| *byte == 0)? + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// Appends what `bytes` begins with, and returns how many of them that took.
fn inflate(bytes: &[u8], out: &mut Vec<u8>, most: usize) -> Result<usize, Fault> {
    let mut state = Box::<DecompressorOxide>::default();
    let start = out.len();
    let (mut taken, mut made) = (0, 0);
    loop {
        // One byte more than is allowed, which tells too much from just enough.
        out.resize((out.len() * 2).clamp(64 << 10, most + 1), 0);
        let (status, took, gave) =
            decompress(&mut state, &bytes[taken..], &mut out[start..], made, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        (taken, made) = (taken + took, made + gave);
        match status {
            _ if start + made > most => {
                return Err(Fault::TooLarge(format!("it unpacks to more than {} MiB", MOST_BYTES >> 20)));
            }
            TINFLStatus::Done => {
                out.truncate(start + made);
                return Ok(taken);
            }
            TINFLStatus::HasMoreOutput => {}
            TINFLStatus::FailedCannotMakeProgress => return Err(cut()),
            _ => return Err(Fault::invalid("it is damaged")),
        }
    }
}

/// A member that holds `bytes` as they are.
pub(super) fn store(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1000 + 64);
    // No time, no flags, an unknown system.
    out.extend(MARK);
    out.extend([0, 0, 0, 0, 0, 0, 255]);
    let mut blocks = bytes.chunks(STORED).peekable();
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(checksum(bytes).to_le_bytes());
    out.extend(u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(u32::MAX).to_le_bytes());
    out
}

/// The CRC-32 of RFC 1952, section 8.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ (sum >> 8))
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
};
