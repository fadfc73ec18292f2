//! Many byte strings, looked for in a text at once.

use std::collections::HashMap;

/// Bits of the filter: large enough to turn away nearly every place of a text, small enough for a cache.
const FILTER: usize = 1 << 16;

/// What to look for. Each has at least four bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needles {
    /// By their first four bytes, the longest first.
    by_head: HashMap<[u8; 4], Vec<Box<[u8]>>>,
    /// Which heads there may be; empty without needles.
    filter: Vec<u64>,
}

fn slot(head: [u8; 4]) -> usize {
    (u32::from_le_bytes(head).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

impl Needles {
    /// Looks for one more. One of fewer than four bytes is not looked for.
    pub(crate) fn add(&mut self, needle: &[u8]) {
        let Some(head) = needle.first_chunk::<4>() else { return };
        self.filter.resize(FILTER / 64, 0);
        let slot = slot(*head);
        self.filter[slot / 64] |= 1 << (slot % 64);
        let list = self.by_head.entry(*head).or_default();
        let at = list.partition_point(|other| other.len() > needle.len());
        if !list[at..].iter().take_while(|other| other.len() == needle.len()).any(|other| **other == *needle) {
            list.insert(at, needle.into());
        }
    }

    /// Where needles stand in a text, by their first byte; of those that begin at one place the longest.
    pub(crate) fn ranges<'t>(&'t self, bytes: &'t [u8]) -> impl Iterator<Item = (usize, usize)> + 't {
        let windows = if self.filter.is_empty() { 0 } else { bytes.len().saturating_sub(3) };
        (0..windows).filter_map(move |at| {
            let head = bytes[at..].first_chunk::<4>()?;
            let slot = slot(*head);
            if self.filter[slot / 64] >> (slot % 64) & 1 == 0 {
                return None;
            }
            let needle = self.by_head.get(head)?.iter().find(|needle| bytes[at..].starts_with(needle))?;
            Some((at, at + needle.len()))
        })
    }
}
