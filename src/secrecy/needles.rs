//! Searches a text for many byte strings at once.

use std::collections::BTreeSet;
use std::ops::Bound;

/// Bits of the filter: large enough to reject nearly every position of a text, small enough for a cache.
const FILTER: usize = 1 << 16;

/// What to look for. Each has at least four bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needles {
    /// Sorted by bytes, so that finding those a text begins with takes few comparisons however many there are.
    all: BTreeSet<Box<[u8]>>,
    /// A bit set of the hashed first four bytes of each needle; empty without needles.
    filter: Vec<u64>,
}

fn slot(head: [u8; 4]) -> usize {
    (u32::from_le_bytes(head).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

impl Needles {
    /// Adds a needle. Fewer than four bytes are ignored.
    pub(crate) fn add(&mut self, needle: &[u8]) {
        let Some(head) = needle.first_chunk::<4>() else { return };
        self.filter.resize(FILTER / 64, 0);
        let slot = slot(*head);
        self.filter[slot / 64] |= 1 << (slot % 64);
        if !self.all.contains(needle) {
            self.all.insert(needle.into());
        }
    }

    /// Matches in a text, ordered by first byte; the longest of those that begin at the same position.
    pub(crate) fn ranges<'t>(&'t self, bytes: &'t [u8]) -> impl Iterator<Item = (usize, usize)> + 't {
        let windows = if self.filter.is_empty() { 0 } else { bytes.len().saturating_sub(3) };
        (0..windows).filter_map(move |at| {
            let head = bytes[at..].first_chunk::<4>()?;
            let slot = slot(*head);
            if self.filter[slot / 64] >> (slot % 64) & 1 == 0 {
                return None;
            }
            Some((at, at + self.longest(&bytes[at..])?))
        })
    }

    /// The length of the longest needle that a text begins with. The last needle that sorts at or before the text is
    /// either that needle or shares a shorter prefix with the text, which bounds the length.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let mut text = text;
        loop {
            let before = (Bound::Unbounded, Bound::Included(text));
            let last = self.all.range::<[u8], _>(before).next_back()?;
            let common = last.iter().zip(text).take_while(|(a, b)| a == b).count();
            if common == last.len() {
                return Some(common);
            }
            if common < 4 {
                return None;
            }
            text = &text[..common];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_needle_at_a_position_is_found() {
        let mut needles = Needles::default();
        ["abcd", "abcdef", "abcdez", "bcde", "abc"].iter().for_each(|needle| needles.add(needle.as_bytes()));
        let found = |text: &str| needles.ranges(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(found("xabcdefx"), [(1, 7), (2, 6)]);
        assert_eq!(found("abcdey"), [(0, 4), (1, 5)]);
        assert_eq!(found("abc"), []);
        assert_eq!(found("abce bcdd"), []);
    }

    proptest::proptest! {
        #[test]
        fn it_finds_the_same_as_separate_searches(
            words in proptest::collection::vec("[ab]{4,7}", 0..8),
            text in "[abc]{0,40}",
        ) {
            let mut needles = Needles::default();
            words.iter().for_each(|word| needles.add(word.as_bytes()));
            let expected: Vec<(usize, usize)> = (0..text.len())
                .filter_map(|at| {
                    let longest = words.iter().filter(|word| text[at..].starts_with(word.as_str())).map(String::len).max()?;
                    Some((at, at + longest))
                })
                .collect();
            proptest::prop_assert_eq!(needles.ranges(text.as_bytes()).collect::<Vec<_>>(), expected);
        }
    }
}
