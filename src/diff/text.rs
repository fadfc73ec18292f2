//! Compares lines. The only module that uses `similar`.
//!
//! In: two texts. Out: hunks of lines, as grouped by `diff -u`. Bounded: long stretches without a common line are
//! replaced as a whole instead of being compared line by line. The bound is never a time limit, so that the result is
//! always the same.

use similar::Algorithm;
use similar::DiffTag;
use similar::capture_diff_slices;
use std::collections::HashMap;

/// The largest stretch without a landmark that is compared, in lines of both sides.
const STRETCH: usize = 4000;

/// One line of a hunk, with its line break if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// In both.
    Same(&'a str),
    /// In the old text only.
    Old(&'a str),
    /// In the new text only.
    New(&'a str),
}

/// Changed lines and the lines around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk<'a> {
    /// First line in the old text, from 0, and how many.
    pub(crate) old: (usize, usize),
    /// First line in the new text, from 0, and how many.
    pub(crate) new: (usize, usize),
    /// The lines.
    pub(crate) lines: Vec<Line<'a>>,
}

/// The changes between two texts with `context` lines around each.
pub(crate) fn hunks<'a>(old: &'a str, new: &'a str, context: usize) -> Vec<Hunk<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut hunks: Vec<Hunk<'a>> = Vec::new();
    let changes = changes(&a, &b);
    let mut at = 0;
    while at < changes.len() {
        let mut end = at + 1;
        while end < changes.len() && changes[end].0.start - changes[end - 1].0.end <= context.saturating_mul(2) {
            end += 1;
        }
        let (first, last) = (&changes[at], &changes[end - 1]);
        let lead = context.min(first.0.start);
        let tail = context.min(a.len() - last.0.end);
        let (old_start, new_start) = (first.0.start - lead, first.1.start - lead);
        let mut lines: Vec<Line<'a>> = Vec::new();
        let mut next = old_start;
        for (gone, come) in &changes[at..end] {
            lines.extend(a[next..gone.start].iter().map(|line| Line::Same(line)));
            lines.extend(a[gone.clone()].iter().map(|line| Line::Old(line)));
            lines.extend(b[come.clone()].iter().map(|line| Line::New(line)));
            next = gone.end;
        }
        lines.extend(a[next..next + tail].iter().map(|line| Line::Same(line)));
        let (old_end, new_end) = (last.0.end + tail, last.1.end + tail);
        hunks.push(Hunk { old: (old_start, old_end - old_start), new: (new_start, new_end - new_start), lines });
        at = end;
    }
    hunks
}

type Range = std::ops::Range<usize>;

/// The ranges of lines that differ, in order.
fn changes(a: &[&str], b: &[&str]) -> Vec<(Range, Range)> {
    // Lines as numbers: each is hashed once and cheap to compare from then on.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |line| {
        let next = numbers.len() as u32;
        *numbers.entry(line).or_insert(next)
    };
    let a: Vec<u32> = a.iter().map(|line| number(line)).collect();
    let b: Vec<u32> = b.iter().map(|line| number(line)).collect();
    let mut out = Vec::new();
    stretch(&a, &b, 0..a.len(), 0..b.len(), &mut out);
    let mut joined: Vec<(Range, Range)> = Vec::with_capacity(out.len());
    for (old, new) in out {
        match joined.last_mut() {
            Some(last) if last.0.end == old.start && last.1.end == new.start => {
                last.0.end = old.end;
                last.1.end = new.end;
            }
            _ => joined.push((old, new)),
        }
    }
    joined
}

/// Lines that occur once on both sides are landmarks; between them the same is repeated until a stretch is short.
fn stretch(a: &[u32], b: &[u32], mut old: Range, mut new: Range, out: &mut Vec<(Range, Range)>) {
    while !old.is_empty() && !new.is_empty() && a[old.start] == b[new.start] {
        old.start += 1;
        new.start += 1;
    }
    while !old.is_empty() && !new.is_empty() && a[old.end - 1] == b[new.end - 1] {
        old.end -= 1;
        new.end -= 1;
    }
    if old.is_empty() && new.is_empty() {
        return;
    }
    if old.is_empty() || new.is_empty() {
        return out.push((old, new));
    }
    if old.len() + new.len() <= STRETCH {
        for op in capture_diff_slices(Algorithm::Myers, &a[old.clone()], &b[new.clone()]) {
            let (tag, gone, come) = op.as_tag_tuple();
            if tag != DiffTag::Equal {
                let shift = |range: Range, by: usize| range.start + by..range.end + by;
                out.push((shift(gone, old.start), shift(come, new.start)));
            }
        }
        return;
    }
    let marks = landmarks(&a[old.clone()], &b[new.clone()]);
    if marks.is_empty() {
        return out.push((old, new));
    }
    let (mut from, mut to) = (old.start, new.start);
    for (x, y) in marks {
        let (x, y) = (old.start + x, new.start + y);
        stretch(a, b, from..x, to..y, out);
        (from, to) = (x + 1, y + 1);
    }
    stretch(a, b, from..old.end, to..new.end, out);
}

/// The longest sequence of lines in the same order on both sides among those that are unique on each.
fn landmarks(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    let unique = |lines: &[u32]| {
        let mut seen: HashMap<u32, Option<usize>> = HashMap::with_capacity(lines.len());
        for (at, line) in lines.iter().enumerate() {
            seen.entry(*line).and_modify(|place| *place = None).or_insert(Some(at));
        }
        seen
    };
    let (ours, theirs) = (unique(a), unique(b));
    let mut pairs: Vec<(usize, usize)> =
        ours.iter().filter_map(|(line, place)| Some(((*place)?, theirs.get(line).copied().flatten()?))).collect();
    pairs.sort_unstable();
    let targets: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    crate::diff::order::longest_rising(&targets).into_iter().map(|at| pairs[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(old: &str, hunks: &[Hunk<'_>]) -> String {
        let lines: Vec<&str> = old.split_inclusive('\n').collect();
        let (mut out, mut at) = (String::new(), 0);
        for hunk in hunks {
            out.extend(lines[at..hunk.old.0].iter().copied());
            for line in &hunk.lines {
                match line {
                    Line::Same(text) | Line::New(text) => out.push_str(text),
                    Line::Old(_) => {}
                }
            }
            at = hunk.old.0 + hunk.old.1;
        }
        out.extend(lines[at..].iter().copied());
        out
    }

    #[test]
    fn hunks_have_the_requested_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\nx\n4\n5\n6\n7\n8\n9\n";
        let hunks = hunks(old, new, 1);
        assert_eq!(hunks[0].lines, [Line::Same("2\n"), Line::Old("3\n"), Line::New("x\n"), Line::Same("4\n")]);
        assert_eq!((hunks[0].old, hunks[0].new), ((1, 3), (1, 3)));
    }

    #[test]
    fn two_long_texts_without_a_common_line_are_replaced_whole() {
        let text = |c: char| (0..200_000).map(|n| format!("{c}{n}\n")).collect::<String>();
        let (old, new) = (text('a'), text('b'));
        let hunks = hunks(&old, &new, 3);
        assert_eq!((hunks.len(), hunks[0].old.1, hunks[0].new.1), (1, 200_000, 200_000));
    }

    #[test]
    fn a_change_in_each_of_many_equal_blocks_is_found() {
        let block = |n: usize, x: &str| format!("name: n{n}\nkind: a\nspec:\n  x: {x}\n");
        let old: String = (0..5000).map(|n| block(n, "1")).collect();
        let new: String = (0..5000).map(|n| block(n, if n % 100 == 0 { "2" } else { "1" })).collect();
        assert_eq!(hunks(&old, &new, 0).len(), 50);
    }

    proptest! {
        #[test]
        fn hunks_turn_the_old_text_into_the_new(old in "[abc\n]{0,40}", new in "[abc\n]{0,40}", context in 0usize..4) {
            let hunks = hunks(&old, &new, context);
            prop_assert_eq!(apply(&old, &hunks), new.clone());
            prop_assert_eq!(hunks.is_empty(), old == new);
        }
    }
}
