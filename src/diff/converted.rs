//! Line ends that only git changed, when it checked files out: they are no difference.

use crate::diff::Tree;
use crate::line_ends;

/// Undoes in FROM, and in TO if `both`, what git did to the line ends of files on checkout, where the other side has other
/// bytes.
pub fn undo_line_ends(from: &mut Tree, to: &mut Tree, both: bool) {
    for (path, old) in &mut from.files {
        let Some(new) = to.files.get_mut(path).filter(|new| *new != old) else { continue };
        match (line_ends::undone(old), line_ends::undone(new)) {
            (Some(text), None) => *old = text,
            (None, Some(text)) if both => *new = text,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_that_git_may_have_changed_are() {
        let tree = |texts: [&str; 5]| {
            let named = texts.iter().enumerate().map(|(at, text)| (at.to_string(), text.as_bytes().to_vec()));
            Tree { files: named.collect(), ..Tree::default() }
        };
        let changed = |both| {
            let mut from = tree(["a\r\nb\r\n", "a\r\nb\n", "a\n", "a\r\n", "a\r\n"]);
            let mut to = tree(["a\nb\n", "a\nb\n", "b\r\n", "a\r\n", "b\n"]);
            undo_line_ends(&mut from, &mut to, both);
            let texts = |tree: Tree| tree.files.into_values().map(|text| String::from_utf8(text).unwrap());
            (texts(from).collect::<Vec<_>>(), texts(to).collect::<Vec<_>>())
        };
        let from = ["a\nb\n", "a\r\nb\n", "a\n", "a\r\n", "a\n"].map(str::to_owned).to_vec();
        let to = |third: &str| ["a\nb\n", "a\nb\n", third, "a\r\n", "b\n"].map(str::to_owned).to_vec();
        assert_eq!(changed(true), (from.clone(), to("b\n")));
        assert_eq!(changed(false), (from, to("b\r\n")));
    }
}
