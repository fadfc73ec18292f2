//! The available profiles, for `show profiles`.

use crate::finding::Findings;
use crate::profile::Profiles;
use crate::profile::document;
use crate::profile::resolve;
use crate::source::Sources;

/// A profile in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileInfo {
    /// Its name for `-p`.
    pub name: String,
    /// Its first comment line; empty if it does not begin with a comment.
    pub sentence: String,
    /// Whether it is a shipped one.
    pub builtin: bool,
    /// The profiles it extends, as written.
    pub extends: Vec<String>,
}

/// The names of all profiles, sorted.
pub fn names(profiles: &Profiles) -> Vec<String> {
    profiles.all.paths().filter_map(|path| path.strip_suffix(".yaml")).map(String::from).collect()
}

/// The names of the user's own profiles, sorted: what the `*` of a render can match.
pub fn own_names(profiles: &Profiles) -> Vec<String> {
    let shipped = |path: &str| profiles.all.get(path).is_some_and(|file| profiles.is_shipped(path, file));
    let own = profiles.all.paths().filter(|path| !shipped(path));
    own.filter_map(|path| path.strip_suffix(".yaml")).map(String::from).collect()
}

/// All profiles, sorted by name, including unreadable ones: the error is reported when they are used.
pub fn list(profiles: &Profiles) -> Vec<ProfileInfo> {
    let mut list = Vec::new();
    for (path, file) in profiles.all.iter() {
        let Some(name) = path.strip_suffix(".yaml") else { continue };
        let (mut sources, mut found) = (Sources::default(), Findings::default());
        let source = sources.add(file.name.clone(), file.text.clone());
        let extends = match document::read_map(&sources, source, "a profile", &mut found) {
            Some(mut map) => resolve::take_extends(&mut map, &sources, &mut found),
            None => Vec::new(),
        };
        list.push(ProfileInfo {
            name: name.to_owned(),
            sentence: sentence(path, &file.text),
            builtin: profiles.is_shipped(path, file),
            extends: extends.into_iter().map(|(name, _)| name).collect(),
        });
    }
    list
}

fn sentence(path: &str, text: &str) -> String {
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        let Some(comment) = line.strip_prefix('#') else {
            if line.is_empty() || line == "---" {
                continue;
            }
            break;
        };
        let comment = comment.trim_start_matches('#').trim();
        // Comments for editors are not descriptions.
        if comment.is_empty() || comment.starts_with("yaml-language-server:") || comment.starts_with("vim:") {
            continue;
        }
        let own = [format!("profiles/{path}:"), format!("{path}:")];
        let rest = own.iter().find_map(|prefix| comment.strip_prefix(prefix.as_str()));
        return rest.unwrap_or(comment).trim().to_owned();
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_the_first_comment_without_the_file_name() {
        assert_eq!(sentence("dev.yaml", "# profiles/dev.yaml: all of it.\n# more\na: 1\n"), "all of it.");
        assert_eq!(sentence("c/eu.yaml", "\u{feff}---\r\n\r\n#\r\n# c/eu.yaml: Frankfurt\r\n"), "Frankfurt");
        assert_eq!(sentence("x.yaml", "# yaml-language-server: $schema=s.json\n## Ours: all\n"), "Ours: all");
        assert_eq!(sentence("x.yaml", "a: 1\n# late\n"), "");
        assert_eq!(sentence("x.yaml", ""), "");
    }
}
