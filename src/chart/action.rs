//! The actions of a Go template, and the words in them.

/// What stands in each `{{ }}` that is no comment, with its offset, as Go's lexer divides a text (Go
/// `text/template/parse/lex.go`). What does not end counts to the end of the text.
pub(super) fn actions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let start = at + rest.find("{{")? + 2;
            let action = &text[start..];
            let trimmed = action.strip_prefix("- ").unwrap_or(action);
            if let Some(comment) = trimmed.strip_prefix("/*") {
                let Some(end) = comment.find("*/") else {
                    at = text.len();
                    return Some((start, action));
                };
                at = text.len() - comment.len() + end + 2;
                continue;
            }
            let end = end_of_action(action);
            at = start + end;
            return Some((start, &action[..end]));
        }
    })
}

/// Where an action ends: at `}}` outside of a string.
fn end_of_action(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'}' if bytes.get(at + 1) == Some(&b'}') => return at,
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// Whether one of `functions` is a word of `text`, and not a field or a variable.
pub(super) fn names(text: &str, functions: &[&str]) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut before = ' ';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !is_word(first) {
            before = first;
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        if !matches!(before, '.' | '$') && functions.contains(&&rest[..end]) {
            return true;
        }
        before = 'x';
        rest = &rest[end..];
    }
    false
}
