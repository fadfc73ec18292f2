//! Globs over paths with `/`: output paths (`--only`) and names of renders.
//!
//! In: a pattern and a path. Out: whether it matches. Never touches the disk; takes at most the product of the two
//! lengths, whatever the pattern.

/// Whether `pattern` matches the whole of `path`. `*` is any sequence of characters within a segment, `?` one character
/// within a segment, `**` any sequence across segments; `**/` at the start of a segment also matches no segment at all.
/// All other characters match themselves, case-sensitively.
pub fn matches(pattern: &str, path: &str) -> bool {
    let tokens = tokenize(pattern);
    let mut states = vec![false; tokens.len() + 1];
    let mut next = states.clone();
    enter(&tokens, &mut states, 0);
    for letter in path.chars() {
        next.fill(false);
        for (at, token) in tokens.iter().enumerate().filter(|(at, _)| states[*at]) {
            match token {
                Token::Letter(expected) if *expected == letter => enter(&tokens, &mut next, at + 1),
                Token::One if letter != '/' => enter(&tokens, &mut next, at + 1),
                Token::Star if letter != '/' => enter(&tokens, &mut next, at),
                Token::Across => enter(&tokens, &mut next, at),
                Token::Segments if letter == '/' => enter(&tokens, &mut next, at + 1),
                _ => {}
            }
        }
        // Only the end of a skipped segment leads on, so the state is kept without the states that entering it implies.
        for (at, token) in tokens.iter().enumerate() {
            next[at] |= states[at] && matches!(token, Token::Segments);
        }
        std::mem::swap(&mut states, &mut next);
    }
    states[tokens.len()]
}

/// Whether `text` contains a character that has a special meaning in [`matches()`].
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

enum Token {
    Letter(char),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**`
    Across,
    /// `**/` at the start of a segment.
    Segments,
}

fn tokenize(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = pattern.chars().peekable();
    let mut segment_start = true;
    while let Some(letter) = letters.next() {
        match letter {
            '*' => {
                let mut stars = 1;
                while letters.next_if_eq(&'*').is_some() {
                    stars += 1;
                }
                if stars > 1 && segment_start && letters.next_if_eq(&'/').is_some() {
                    // Repetitions mean the same as one, and would slow down each step.
                    if !matches!(tokens.last(), Some(Token::Segments)) {
                        tokens.push(Token::Segments);
                    }
                    continue;
                }
                tokens.push(if stars > 1 { Token::Across } else { Token::Star });
            }
            '?' => tokens.push(Token::One),
            other => tokens.push(Token::Letter(other)),
        }
        segment_start = letter == '/';
    }
    tokens
}

/// Marks `at` and the states that are reachable from it without consuming a character.
fn enter(tokens: &[Token], states: &mut [bool], mut at: usize) {
    states[at] = true;
    while let Some(Token::Star | Token::Across | Token::Segments) = tokens.get(at) {
        at += 1;
        states[at] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for path in yes {
            assert!(matches(pattern, path), "{pattern} should match {path}");
        }
        for path in no {
            assert!(!matches(pattern, path), "{pattern} should not match {path}");
        }
    }

    #[test]
    fn plain_text_matches_only_itself() {
        check("dev", &["dev"], &["", "de", "dev2", "Dev", "a/dev"]);
        check("", &[""], &["a"]);
    }

    #[test]
    fn a_star_stays_within_its_segment() {
        check("clusters/*", &["clusters/eu-1", "clusters/"], &["clusters", "clusters/a/b"]);
        check("*.yaml", &["a.yaml", ".yaml"], &["a/b.yaml", "a.yml"]);
        check("a*b*c", &["abc", "axxbyyc"], &["ab", "a/bc"]);
    }

    #[test]
    fn a_question_mark_is_one_character_except_a_slash() {
        check("eu-?", &["eu-1", "eu-한"], &["eu-", "eu-12", "eu-/"]);
    }

    #[test]
    fn two_stars_cross_segments() {
        check("manifests/**", &["manifests/a", "manifests/40-mesh/a.yaml"], &["manifests", "helm/a"]);
        check("**", &["", "a", "a/b"], &[]);
        check("**/*.yaml", &["a.yaml", "x/a.yaml", "x/y/a.yaml"], &["a.yml"]);
        check("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb", "a/bx"]);
        check("a/**/**/b", &["a/b", "a/x/b"], &["a/xb"]);
        check("**/b", &["b", "a/b"], &["ab", "a/bb"]);
        check("x**z", &["xz", "x/y/z"], &["x/y"]);
    }

    #[test]
    fn hostile_patterns_are_matched_quickly() {
        let path = "a".repeat(5_000);
        assert!(!matches(&"*a".repeat(500).replace("*a", "*a*"), &"b".repeat(5_000)));
        assert!(!matches(&format!("{}b", "**/".repeat(2_000)), &path));
        assert!(!matches(&format!("{}b", "a*".repeat(1_000)), &path));
    }
}
