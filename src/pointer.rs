//! JSON pointers (RFC 6901): `/metadata/annotations/example.com~1note/0`.
//!
//! A pointer is either empty, which refers to the whole document, or a sequence of steps that each begin with `/`. In a
//! step, `~0` means `~` and `~1` means `/`.

use std::borrow::Cow;

/// A key as a step of a pointer, without the leading `/`.
pub(crate) fn escape(key: &str) -> Cow<'_, str> {
    match key.contains(['~', '/']) {
        true => Cow::Owned(key.replace('~', "~0").replace('/', "~1")),
        false => Cow::Borrowed(key),
    }
}

/// The key in a step of a pointer.
pub(crate) fn unescape(step: &str) -> Cow<'_, str> {
    match step.contains('~') {
        // In this order: `~01` is `~1`, not a slash.
        true => Cow::Owned(step.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(step),
    }
}

/// Appends a key to a pointer.
pub(crate) fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&escape(key));
}

/// The keys of a pointer from the top. Anything before the first `/` is ignored; it is empty in a pointer.
pub(crate) fn parse(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pointer: &str) -> Vec<Cow<'_, str>> {
        parse(pointer).collect()
    }

    #[test]
    fn keys_survive_a_round_trip() {
        for wanted in [&["a"][..], &["a/b", "~", "~1", "", "0"], &["/", "~0", "~01", "한"], &[]] {
            let mut pointer = String::new();
            wanted.iter().for_each(|key| push(&mut pointer, key));
            assert_eq!(keys(&pointer), wanted, "{pointer}");
        }
    }

    /// RFC 6901, section 5.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        assert!(keys("").is_empty());
        assert_eq!(keys("/foo/0"), ["foo", "0"]);
        assert_eq!(keys("/"), [""]);
        assert_eq!(keys("/a~1b"), ["a/b"]);
        assert_eq!(keys("/m~0n"), ["m~n"]);
        assert_eq!(keys("/~01"), ["~1"]);
        assert_eq!(keys("/ "), [" "]);
    }
}
