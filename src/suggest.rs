//! "did you mean": the known word nearest to an unknown one.
//!
//! In: a word and the known ones. Out: one of them, or nothing if none is close enough to be helpful. The only module
//! that uses strsim.

/// Longer words are not typos, and computing the distance takes the product of the lengths.
const LONGEST: usize = 64;

/// The word in `known` that was probably meant by `word`: one that differs only in case, dashes, underscores and
/// spaces; or the last part of a path (`eu-1` for `clusters/eu-1`); or one a few typos away; or one that begins with
/// it. The first of equally close ones wins, so the result depends only on the order of `known`. Never `word` itself.
pub(crate) fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let plain = simplify(word);
    let length = plain.chars().count();
    if length == 0 {
        return None;
    }
    // A third of the letters may be wrong, and at least one; two-letter words would match nearly anything.
    let reach = if length < 3 { 0 } else { (length / 3).max(1) };
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in known {
        if candidate.len() > LONGEST || candidate == word {
            continue;
        }
        let other = simplify(candidate);
        let rank = if other == plain {
            0
        } else if candidate.rsplit('/').next().is_some_and(|last| simplify(last) == plain) {
            1
        } else {
            let distance = strsim::osa_distance(&plain, &other);
            match distance {
                _ if distance <= reach => 1 + distance,
                // A prefix is a weaker hint than a typo, so it ranks after every distance within reach.
                _ if length >= 3 && other.starts_with(&plain) => 2 + LONGEST,
                _ => continue,
            }
        };
        if best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Whether two words differ by so little that one was certainly meant to be the other.
pub(crate) fn is_typo(word: &str, other: &str) -> bool {
    let (word, other) = (simplify(word), simplify(other));
    strsim::osa_distance(&word, &other) <= if word.chars().count() < 5 { 1 } else { 2 }
}

/// The words in `known` for a message: if there are many, the first ones and how many more there are. `quote` is put
/// around each.
pub(crate) fn some<'a>(known: impl ExactSizeIterator<Item = &'a str>, quote: &str) -> String {
    const LISTED: usize = 16;
    let more = known.len().saturating_sub(LISTED);
    let mut text = known.take(LISTED).map(|word| format!("{quote}{word}{quote}")).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// Limits the suggestions of one run. Many wrong names in a large file are not typos: after so many comparisons there
/// are no more suggestions, but never wrong ones.
pub(crate) struct Asked(usize);

impl Default for Asked {
    fn default() -> Asked {
        Asked(200_000)
    }
}

impl Asked {
    /// Like [`closest`], until the comparisons are used up.
    pub(crate) fn closest<'a>(&mut self, word: &str, known: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
        let rest = self.0.checked_sub(known.len())?;
        self.0 = rest;
        closest(word, known)
    }
}

fn simplify(word: &str) -> String {
    word.chars()
        .filter(|letter| !matches!(letter, '-' | '_') && !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, known: &[&str], expect: Option<&str>) {
        assert_eq!(closest(word, known.iter().copied()), expect);
    }

    #[test]
    fn a_typo_is_corrected() {
        check("debgu", &["dev", "debug", "production"], Some("debug"));
        check("nmae", &["namespace", "name"], Some("name"));
        check("replica", &["replicas", "resources"], Some("replicas"));
    }

    #[test]
    fn dashes_underscores_and_case_do_not_count() {
        check("log-level", &["logLevel", "level"], Some("logLevel"));
        check("LOG_LEVEL", &["logLevel"], Some("logLevel"));
        check(" dev", &["dev"], Some("dev"));
    }

    #[test]
    fn the_last_part_of_a_path_is_enough() {
        check("eu-1", &["eu-2", "clusters/eu-1"], Some("clusters/eu-1"));
    }

    #[test]
    fn a_prefix_is_enough_when_nothing_is_nearer() {
        check("prod", &["base", "production"], Some("production"));
    }

    #[test]
    fn thousands_of_words_among_thousands_are_not_all_compared() {
        let known: Vec<String> = (0..50_000).map(|number| format!("service-{number}")).collect();
        let mut asked = Asked::default();
        let answers = (0..50_000).filter_map(|_| asked.closest("servcie-77", known.iter().map(String::as_str)));
        assert_eq!(answers.collect::<Vec<_>>(), ["service-77"; 4]);
    }

    #[test]
    fn distant_words_give_no_suggestion() {
        check("kafka", &["consul", "jaeger"], None);
        check("", &["a"], None);
        check("ab", &["xy", "az"], None);
        check("dev", &["dev"], None);
        check(&"x".repeat(1_000_000), &["x"], None);
    }
}
