//! The secrets in merged values: learned once, so that they are recognized wherever a template or message repeats them.

use crate::secrecy::Redactor;
use crate::secrecy::Weight;
use crate::secrecy::key::is_name;
use crate::secrecy::tree::Tree;
use crate::secrecy::tree::find;
use std::collections::BTreeSet;

/// Shorter words, and shorter lines of a longer value, occur by chance.
const WORD: usize = 6;

/// The secrets in merged values.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What may not be shown.
    hide: Redactor,
    /// What may not be written to files either.
    refuse: Redactor,
}

impl Known {
    /// Learns the secrets of a tree. Words such as `changeme` only if they occur nowhere else in it.
    pub(crate) fn of<T: Tree>(root: &T) -> Known {
        let found = find(root);
        let mut known = Known::default();
        if found.is_empty() {
            return known;
        }
        let mut words: BTreeSet<&str> = found
            .iter()
            .map(|found| found.value.as_str())
            .filter(|value| value.len() >= WORD && is_name(value))
            .collect();
        if !words.is_empty() {
            let secret: BTreeSet<&str> = found.iter().map(|found| found.pointer.as_str()).collect();
            elsewhere(root, &mut String::new(), &secret, &mut words);
        }
        for found in &found {
            let word = is_name(&found.value);
            if word && !words.contains(found.value.as_str()) {
                continue;
            }
            known.hide.learn_lines(&found.value, WORD);
            if found.weight == Weight::Refuse {
                known.refuse.learn_lines(&found.value, WORD);
            }
        }
        known
    }

    /// What no output may show.
    pub(crate) fn hide(&self) -> &Redactor {
        &self.hide
    }

    /// Like [`Known::hide`], by value.
    pub(crate) fn into_hide(self) -> Redactor {
        self.hide
    }

    /// What rendered files may not contain.
    pub(crate) fn refuse(&self) -> &Redactor {
        &self.refuse
    }
}

/// Removes the words that also occur as a key or as another value.
fn elsewhere<T: Tree>(node: &T, pointer: &mut String, secret: &BTreeSet<&str>, words: &mut BTreeSet<&str>) {
    let length = pointer.len();
    if let Some(entries) = node.entries() {
        for (key, value) in entries {
            words.retain(|word| !key.contains(word));
            pointer.push('/');
            pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            elsewhere(value, pointer, secret, words);
            pointer.truncate(length);
        }
    } else if let Some(items) = node.items() {
        for (index, item) in items.iter().enumerate() {
            pointer.push_str(&format!("/{index}"));
            elsewhere(item, pointer, secret, words);
            pointer.truncate(length);
        }
    } else if let Some(text) = node.scalar()
        && !secret.contains(pointer.as_str())
    {
        words.retain(|word| !text.contains(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_learned_except_words_that_occur_elsewhere() {
        let known = Known::of(&json!({
            "vars": {"password": "hunter2", "token": "changeme", "pw": "elastic", "key": "-----BEGIN X PRIVATE KEY-----\nabcdefgh\n"},
            "storage": {"user": "elastic", "headers": {"x": "abc 123"}},
        }));
        for text in ["a hunter2", "changeme", "aHVudGVyMg==", "abcdefgh", "abc 123"] {
            assert!(known.hide().finds(text), "{text}");
        }
        assert!(known.refuse().finds("hunter2") && !known.refuse().finds("abc 123"));
        assert!(!known.hide().finds("elastic"));
    }
}
