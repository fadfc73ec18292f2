//! Operations on `/`-separated paths as text, without looking at the disk.

/// The folder of a path; empty at the top.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `path` relative to `folder`, without `.` and with as few `..` as possible.
pub(crate) fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') || folder.is_empty() {
        return clean(path);
    }
    clean(&format!("{folder}/{path}"))
}

/// Removes `.`, empty segments and redundant `..`.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match path.starts_with('/') {
        true => format!("/{}", parts.join("/")),
        false => parts.join("/"),
    }
}

/// The parent folders of a path, outermost first: `""`, `a`, `a/b` for `a/b/c`.
pub(crate) fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(path.match_indices('/').map(|(at, _)| &path[..at]))
}

/// What is meant by a path from the top of the repository, which may be above or below the directory on the command line:
/// the only one of which one path ends with the other.
pub(crate) fn only_like<T>(path: &str, all: impl Iterator<Item = T>, of: impl Fn(&T) -> &str) -> Option<T> {
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    let mut found = all.filter(|one| ends(of(one), path) || ends(path, of(one)));
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_without_the_disk() {
        assert_eq!(join("overlays/prod", "../../base"), "base");
        assert_eq!(join("overlays/prod", "./pd.yaml"), "overlays/prod/pd.yaml");
        assert_eq!(join("", "../base/"), "../base");
        assert_eq!(join("../a", "../../b"), "../../b");
        assert_eq!(join("/x/y", "../z"), "/x/z");
        assert_eq!((clean("./a//b/"), clean("."), folder("a/b"), folder("a")), ("a/b".into(), String::new(), "a", ""));
        assert_eq!(above("a/b/c").collect::<Vec<_>>(), ["", "a", "a/b"]);
    }
}
