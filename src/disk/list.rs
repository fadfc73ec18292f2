//! The list of owned files, `render.sha256`.
//!
//! In: the text of a list that a person or a merge may have broken, or paths with their hashes. Out: the entries and
//! the invalid lines, or the text sorted by path. Never touches the disk.

use crate::digest;
use crate::disk::again::again;
use crate::disk::path::refusal;
use crate::finding::Finding;
use crate::finding::ids;
use crate::source::Place;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::io::Read;

/// The longest list that is read, in bytes: that of a hundred thousand files.
pub(crate) const LIMIT: u64 = 16 << 20;

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    pub(crate) fn of(bytes: &[u8]) -> Hash {
        Hash(digest::sha256(bytes))
    }

    /// The hash of everything in `source`, which is read in pieces, and whether it is empty.
    pub(crate) fn of_all(mut source: impl Read) -> io::Result<(Hash, bool)> {
        let mut hasher = digest::Hasher::default();
        let mut buffer = vec![0; 64 << 10];
        let mut empty = true;
        loop {
            match again(|| source.read(&mut buffer))? {
                0 => return Ok((Hash(hasher.finish()), empty)),
                length => hasher.add(&buffer[..length]),
            }
            empty = false;
        }
    }

    fn parse(text: &str) -> Option<Hash> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(Hash(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        formatter.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// A line of a list that is not an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Line number, from 1.
    pub(crate) line: u32,
    pub(crate) text: String,
    /// What the line is, to be appended to the name of the list.
    pub(crate) why: &'static str,
}

/// The entries of a list, in order, and the lines that are not entries.
pub(crate) fn parse(text: &str) -> (Vec<(String, Hash)>, Vec<Broken>) {
    let mut entries: Vec<(String, Hash)> = Vec::new();
    let mut seen: BTreeMap<&str, Hash> = BTreeMap::new();
    let mut broken = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let why = match entry(line) {
            Ok((path, hash)) => {
                entries.push((path.to_owned(), hash));
                match seen.insert(path, hash) {
                    Some(other) if other != hash => "lists a file twice",
                    _ => continue,
                }
            }
            Err(why) => why,
        };
        let line_number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        broken.push(Broken { line: line_number, text: line.chars().take(200).collect(), why });
    }
    (entries, broken)
}

/// The finding about a line of the list that messages call `name`.
pub(crate) fn finding(broken: &Broken, name: &str) -> Finding {
    let place = Place {
        file: name.into(),
        line: broken.line,
        column: 1,
        width: u32::try_from(broken.text.chars().count()).unwrap_or(1).max(1),
        text: broken.text.as_str().into(),
        from: 1,
    };
    Finding::error(ids::BROKEN_LIST, format!("`{name}` {}, so meshtrace cannot tell which files it owns", broken.why))
        .at(Some(place))
        .help("restore the file, or rebuild it with `--force`, which replaces files that differ")
}

/// One line of `sha256sum`: the hash, two spaces (or a space and `*`), the path.
pub(crate) fn entry(line: &str) -> Result<(&str, Hash), &'static str> {
    if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
        return Err("has a merge conflict");
    }
    let (hash, path) = line.split_at_checked(64).ok_or("has a line that is not `<sha256>  <path>`")?;
    let path = path.strip_prefix("  ").or_else(|| path.strip_prefix(" *"));
    let (hash, path) = Hash::parse(hash).zip(path).ok_or("has a line that is not `<sha256>  <path>`")?;
    if refusal(path).is_some() {
        return Err("lists a file that cannot be part of a render");
    }
    Ok((path, hash))
}

/// The text of a list, as `sha256sum` would print it.
pub(crate) fn print(list: &BTreeMap<&str, Hash>) -> String {
    let mut text = String::with_capacity(list.len() * 120);
    for (path, hash) in list {
        line(&mut text, path, *hash);
    }
    text
}

/// Appends one line of a list.
pub(crate) fn line(text: &mut String, path: &str, hash: Hash) {
    use fmt::Write;
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{hash}  {path}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back() {
        let list = BTreeMap::from([("b/ c.yaml", Hash::of(b"1")), ("a", Hash::of(b""))]);
        let text = print(&list);
        let (entries, broken) = parse(&text);
        assert!(broken.is_empty());
        assert_eq!(entries.iter().map(|(path, hash)| (path.as_str(), *hash)).collect::<BTreeMap<_, _>>(), list);
        assert_eq!(text.lines().next(), Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a"));
    }

    #[test]
    fn bad_lines_are_distinguished_and_the_others_are_kept() {
        let hash = Hash::of(b"");
        let other = Hash::of(b"x");
        let text = format!(
            "<<<<<<< ours\n{hash}  a\n=======\n{other}  a\n>>>>>>> theirs\n{hash} *b\r\n{hash}  ../up\n{hash}\nhash  c\n"
        );
        let (entries, broken) = parse(&text);
        assert_eq!(entries.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["a", "a", "b"]);
        assert_eq!(broken.iter().map(|broken| broken.line).collect::<Vec<_>>(), [1, 3, 4, 5, 7, 8, 9]);
        assert_eq!(broken[0].why, "has a merge conflict");
        assert_eq!(broken[2].why, "lists a file twice");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*", prefix in "[0-9a-f]{60,66}[ *]{0,3}\\PC*") {
            parse(&text);
            parse(&prefix);
        }
    }
}
