//! What YAML 1.1, which Kubernetes reads, makes of text without quotes that was meant as text.

use crate::source::Place;

/// A sentence about the word at a place, when YAML 1.1 takes it for something that it does not look like.
pub(crate) fn surprise(place: &Place) -> Option<String> {
    let rest: String = place.text.chars().skip(place.before()).collect();
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ']' | '}' | '#')).unwrap_or(rest.len());
    let word = &rest[..end];
    // Numbers may be secret and are not repeated.
    match word {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(says(word, "the boolean true")),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(says(word, "the boolean false")),
        _ => number(word).map(|what| format!("in YAML 1.1, which Kubernetes reads, this is {what}")),
    }
}

fn says(word: &str, what: &str) -> String {
    format!("YAML 1.1, which Kubernetes reads, takes `{word}` for {what}")
}

fn number(word: &str) -> Option<&'static str> {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is = |radix| move |c: char| c.is_digit(radix) || c == '_';
    if digits.len() > 1 && digits.starts_with('0') && digits.chars().all(is(8)) {
        Some("an octal number")
    } else if digits.strip_prefix("0x").is_some_and(|hex| hex.chars().all(is(16))) {
        Some("a hexadecimal number")
    } else if digits.contains(['e', 'E']) && digits.parse::<f64>().is_ok() {
        Some("a number with an exponent")
    } else if digits.contains('_') && digits.chars().all(is(10)) {
        Some("a number: the underscores do not count")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str, word: &str) -> Option<String> {
        let start = line.find(word).expect("the line has the word");
        surprise(&Place::in_text(&"x".into(), line, start, start + word.len()))
    }

    #[test]
    fn words_and_numbers_of_yaml_1_1_are_told() {
        assert!(at("a: yes", "yes").is_some_and(|text| text.ends_with("takes `yes` for the boolean true")));
        assert!(at("{n: 1}", "n").is_some_and(|text| text.ends_with("takes `n` for the boolean false")));
        for (line, word) in [("a: 0777", "0777"), ("[1e3]", "1e3"), ("a: 1_000 # x", "1_000"), ("a: 0x1F", "0x1F")] {
            assert!(at(line, word).is_some_and(|text| !text.contains(word)), "{line}");
        }
        for (line, word) in
            [("a: true", "true"), ("a: 80", "80"), ("a: \"yes\"", "\"yes"), ("a: 1.5", "1.5"), ("a: 0", "0")]
        {
            assert_eq!(at(line, word), None, "{line}");
        }
    }
}
