//! Makes untrusted text safe to print: nothing in it acts on a terminal, reorders or hides the text around it, or
//! becomes markup.
//!
//! In: any text. Out: the same with every such character made visible, as `\u{202e}`. All reports are passed through
//! this module after masking. Letters and symbols of all scripts are kept, including the joiners needed for emoji,
//! Persian and Indic words.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` on one line.
pub fn one_line(text: &str) -> Cow<'_, str> {
    visible(text, |_| false)
}

/// `text` including its line breaks and tabs.
pub fn lines(text: &str) -> Cow<'_, str> {
    visible(text, |c| matches!(c, '\n' | '\t'))
}

/// This program's own text with its colors: keeps what [`lines`] keeps, and escape sequences that only set colors.
pub fn colored(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains(|c: char| c.is_ascii_control() && !matches!(c, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&lines(&rest[..at]));
        let sequence = &rest[at + 2..];
        let length = sequence.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(sequence.len());
        if sequence[length..].starts_with('m') {
            out.push_str(&rest[at..at + 3 + length]);
            rest = &sequence[length + 1..];
        } else {
            out.push_str("\\u{1b}[");
            rest = sequence;
        }
    }
    out.push_str(&lines(rest));
    Cow::Owned(out)
}

/// JSON in which everything that is not plainly visible is escaped: the same document, safe to display.
pub(crate) fn json(text: String) -> String {
    if !text.contains(|c| hidden(c) && c != '\n') {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if hidden(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// `text` on one line of Markdown, also in a table: text between backticks is code, and nothing else has a special
/// meaning: no markup, no HTML, no mentions, no links.
pub(crate) fn markdown(text: &str) -> String {
    let text = one_line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // With an odd number of backticks it is unclear what was meant to be code.
    let paired = parts.len() % 2 == 1;
    let mut out = String::with_capacity(text.len());
    for (index, part) in parts.iter().enumerate() {
        match index % 2 {
            1 if paired && part.is_empty() => out.push_str("&#96;&#96;"),
            1 if paired && !part.contains(['|', '\\']) && part.trim() == *part => {
                let _ = write!(out, "`{part}`");
            }
            // A table cell ends at a bar, even inside code, and a backslash before it is ambiguous.
            1 if paired => {
                out.push_str("<code>");
                inert(part, &mut out);
                out.push_str("</code>");
            }
            _ => {
                if index > 0 && !paired {
                    out.push_str("&#96;");
                }
                inert(part, &mut out);
            }
        }
    }
    out
}

/// As character references, which Markdown never treats as syntax.
fn inert(text: &str, out: &mut String) {
    let mut before = '\0';
    for c in text.chars() {
        match c {
            // Sites look for mentions, issues and links in the text that remains after removing markup; an empty
            // comment prevents that.
            '@' | '#' => {
                let _ = write!(out, "&#{};<!-- -->", c as u32);
            }
            '/' if before == ':' => out.push_str("<!-- -->/"),
            '.' if matches!(before, 'w' | 'W') => out.push_str("<!-- -->."),
            '&' | '<' | '>' | '\\' | '*' | '_' | '[' | ']' | '~' | '|' | '!' | '$' => {
                let _ = write!(out, "&#{};", c as u32);
            }
            c => out.push(c),
        }
        before = c;
    }
}

/// Whether a character is not plainly visible: it affects terminals or the order or joining of letters, or is
/// invisible.
fn hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}'
        | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || c as u32 & 0xfffe == 0xfffe
}

/// Whether a character only joins or varies the letter `before` it, as needed for emoji, Persian and Indic words. After
/// ASCII it could hide in a name, so there it is allowed only in keycap emoji.
fn joins(c: char, before: char) -> bool {
    match c {
        '\u{fe0e}' | '\u{fe0f}' if before.is_ascii_digit() || matches!(before, '#' | '*') => true,
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => {
            !before.is_ascii() && (!hidden(before) || before == '\u{fe0f}')
        }
        _ => false,
    }
}

fn visible(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let bad = |c: char| hidden(c) && !keep(c);
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = '\0';
    for c in text.chars() {
        if !bad(c) || joins(c, before) {
            out.push(c);
        } else if c.is_ascii() {
            out.extend(c.escape_debug());
        } else {
            out.extend(c.escape_unicode());
        }
        before = c;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_and_hidden_characters_are_made_visible() {
        assert_eq!(one_line("a\u{1b}[31m\nb\r\t\0"), "a\\u{1b}[31m\\nb\\r\\t\\0");
        assert_eq!(lines("a\n\tb\u{9b}2J\u{7f}"), "a\n\tb\\u{9b}2J\\u{7f}");
        for c in
            ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}']
        {
            assert_eq!(one_line(&format!("x{c}y")), format!("x\\u{{{:x}}}y", c as u32));
        }
        assert_eq!(one_line("\u{e0061}\u{feff}ad\u{200d}min"), "\\u{e0061}\\u{feff}ad\\u{200d}min");
    }

    #[test]
    fn words_of_all_scripts_and_emoji_are_kept() {
        for text in [
            "한글",
            "می\u{200c}خواهم",
            "👩\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}\u{200d}🔥",
            "क्\u{200d}ष",
            "a\u{a0}b",
            "日本\u{3000}",
        ] {
            assert!(matches!(one_line(text), Cow::Borrowed(_)) || one_line(text) == text, "{text:?}");
        }
    }

    #[test]
    fn only_color_sequences_are_kept() {
        let own = "\u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m: 한\n";
        assert_eq!(colored(own), own);
        assert_eq!(colored("\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}[31"), "\\u{1b}[2J\\u{1b}]0;x\\u{7}\\u{1b}[31");
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = serde_json::json!({"a\u{202e}": "\u{7f}\u{e0061}한\n"});
        let text = json(format!("{value:#}\n"));
        assert!(text.contains("\\u202e") && text.contains("\\u007f\\udb40\\udc61한\\n"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn markdown_keeps_code_and_no_other_markup() {
        assert_eq!(markdown("`a.b` is no"), "`a.b` is no");
        assert_eq!(markdown("a | b\r"), "a &#124; b&#92;r");
        assert_eq!(markdown("`x` @org `<script>`"), "`x` &#64;<!-- -->org `<script>`");
        assert_eq!(markdown("`x|y\\`"), "<code>x&#124;y&#92;</code>");
        assert_eq!(markdown("`a`b` ![x](http://y)"), "&#96;a&#96;b&#96; &#33;&#91;x&#93;(http:<!-- -->//y)");
        assert_eq!(markdown("``"), "&#96;&#96;");
        assert_eq!(markdown("www.x.y #1"), "www<!-- -->.x.y &#35;<!-- -->1");
    }
}
