//! Reads the INSTALL.md of a render: what is installed how is written down there and nowhere else.
//!
//! In: a [`Tree`]. Out: its commands as words. A stranger's INSTALL.md could contain anything, so a line counts only if it is
//! made of plain words.

use crate::diff::Tree;
use crate::diff::proxies::shown;

const GUIDE: &str = "INSTALL.md";
/// How the heading of the section about restarts begins in `templates/INSTALL.md`.
const RESTARTS: &str = "## 6. ";

/// The name of all Deployments of a namespace.
pub(crate) const ALL: &str = "*";

/// The whole text; empty if there is none.
pub(crate) fn text(tree: &Tree) -> &str {
    tree.files.get(GUIDE).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The text of a section, to its end. `heading`: how its heading begins.
pub(crate) fn section<'t>(tree: &'t Tree, heading: &str) -> Option<&'t str> {
    let text = text(tree);
    let start = text.find(&format!("\n{heading}"))? + 1;
    let rest = &text[start..];
    Some(&rest[..rest.find("\n## ").unwrap_or(rest.len())])
}

/// The words of a line without anything that means something to a shell.
pub(crate) fn plain(line: &str) -> Option<Vec<String>> {
    let word = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    words.iter().all(|text| !text.is_empty() && text.chars().all(word)).then_some(words)
}

/// The Deployments to restart once proxies have new settings, of which the render may have no manifest: `deployment
/// shop/web`, and `deployment shop/*` for all in a namespace.
pub(crate) fn restarted(tree: &Tree) -> Vec<String> {
    let restart = |line: &str| {
        let words = plain(line)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ["kubectl", "-n", namespace, "rollout", "restart", target] = words[..] else { return None };
        let (kind, name) = target.split_once('/').unwrap_or((target, ALL));
        (kind == "deployment").then(|| shown(kind, namespace, name))
    };
    section(tree, RESTARTS).into_iter().flat_map(str::lines).filter_map(restart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_restarts_of_the_right_section_are_taken() {
        let text = "# Install\n\n## 5. Mesh\n\nkubectl -n a rollout restart deployment/no\n\n## 6. Restart\n\n```sh\nkubectl -n shop rollout restart deployment/web\nkubectl -n shop rollout status deployment/web --timeout=5m\nkubectl -n all rollout restart deployment\nkubectl -n $(id) rollout restart deployment/x\n```\n\n## 7. Apps\n\nkubectl -n a rollout restart deployment/no\n";
        let tree = Tree { files: [(GUIDE.to_owned(), text.into())].into(), ..Tree::default() };
        assert_eq!(restarted(&tree), ["deployment shop/web", "deployment all/*"]);
        assert_eq!(restarted(&Tree::default()), [""; 0]);
    }
}
