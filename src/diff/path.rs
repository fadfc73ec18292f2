//! A location inside a document, in its two notations: as a JSON pointer, and in readable form.

use crate::pointer;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a map.
    Key(Box<str>),
    /// Into a list: the index for the pointer, and the name of the item, such as `name=web`.
    Item(usize, Option<Box<str>>),
}

/// The steps from the top.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    pub(crate) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The JSON pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            match step {
                Step::Key(key) => pointer::push(&mut out, key),
                Step::Item(index, _) => pointer::push(&mut out, &index.to_string()),
            }
        }
        out
    }

    /// `spec.containers[name=web].image`, with unusual keys in quotes.
    pub(crate) fn keyed(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            match step {
                Step::Key(key) if is_word(key) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(key);
                }
                Step::Key(key) => out.push_str(&format!("[{key:?}]")),
                Step::Item(_, Some(name)) => out.push_str(&format!("[{name}]")),
                Step::Item(index, None) => out.push_str(&format!("[{index}]")),
            }
        }
        out
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_for_programs_and_for_people() {
        let mut path = Path::default();
        path.push(Step::Key("metadata".into()));
        path.push(Step::Key("a.b/c~d".into()));
        path.push(Step::Item(2, Some("name=web".into())));
        path.push(Step::Key("image".into()));
        path.push(Step::Item(0, None));
        assert_eq!(path.pointer(), "/metadata/a.b~1c~0d/2/image/0");
        assert_eq!(path.keyed(), "metadata[\"a.b/c~d\"][name=web].image[0]");
    }
}
