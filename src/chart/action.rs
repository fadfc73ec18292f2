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
            b'"' | b'\'' | b'`' => at += end_of_string(&text[at..]),
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of the string, in its quotes, that a text begins with.
fn end_of_string(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() && bytes[at] != bytes[0] {
        at += if bytes[at] == b'\\' && bytes[0] != b'`' { 2 } else { 1 };
    }
    let mut end = (at + 1).min(text.len());
    // What follows a backslash may be longer than a byte.
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// Whether an action calls one of `functions`. Words in a string count if it may be a template or a piece of one; prose, such
/// as the message of `fail`, is neither.
pub(super) fn names(action: &str, functions: &[&str]) -> bool {
    let mut code = String::with_capacity(action.len());
    let mut rest = action;
    while let Some(start) = rest.find(['"', '\'', '`']) {
        code.push_str(&rest[..start]);
        let end = start + end_of_string(&rest[start..]);
        let string = &rest[start..end];
        let inner = string.trim_matches(['"', '\'', '`']).trim();
        let is_prose = inner.contains(char::is_whitespace) && !inner.contains("{{") && !inner.contains("}}");
        if !is_prose && has_word(string, functions) {
            return true;
        }
        code.push('"');
        rest = &rest[end..];
    }
    code.push_str(rest);
    has_word(&code, functions)
}

/// Whether one of `functions` is a word of `text`, and not a field or a variable.
fn has_word(text: &str, functions: &[&str]) -> bool {
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
