//! The list of owned files, `render.sha256`.
//!
//! In: the text of a list that a person or a merge may have broken, or paths with their hashes. Out: the entries and
//! the invalid lines, or the text sorted by path. Never touches the disk.
//!
//! A list that git merged is a list: the lines of both sides count, whether git left conflict markers around them or,
//! with `merge=union`, put them one below the other. So a file may have several hashes. Where the markers cannot be
//! followed, since a list with markers was committed and merged again, all lines between them count.

use crate::digest;
use crate::disk::again::again;
use crate::disk::conflict;
use crate::disk::conflict::Line;
use crate::disk::path::refusal;
use crate::finding::Finding;
use crate::finding::ids;
use crate::line_ends;
use crate::source::Place;
use std::collections::BTreeMap;
use std::collections::HashSet;
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

    /// The hash in the list for a file that has these bytes already, where `before` is the one in the last list: that one,
    /// if these bytes are what git made of its bytes on checkout. Git does the same to the files that a render copies.
    pub(crate) fn kept(before: Option<Hash>, bytes: &[u8]) -> Hash {
        let hash = Hash::of(bytes);
        let Some(before) = before.filter(|before| *before != hash) else { return hash };
        line_ends::undone(bytes).map(|text| Hash::of(&text)).filter(|hash| *hash == before).unwrap_or(hash)
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

/// The hashes that the bytes of a file may have in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Of the bytes.
    pub(crate) hash: Hash,
    /// Of what they were before git changed the line ends on checkout, if it may have done so.
    pub(crate) undone: Option<Hash>,
    /// Whether there are none.
    pub(crate) empty: bool,
}

impl Sums {
    pub(crate) fn of(bytes: &[u8]) -> Sums {
        let undone = line_ends::undone(bytes).map(|text| Hash::of(&text));
        Sums { hash: Hash::of(bytes), undone, empty: bytes.is_empty() }
    }

    /// Those of everything in `source`, which is read in pieces.
    pub(crate) fn of_all(mut source: impl Read) -> io::Result<Sums> {
        let (mut hasher, mut text) = (digest::Hasher::default(), digest::Hasher::default());
        let mut undoing = line_ends::Undoing::default();
        let mut buffer = vec![0; 64 << 10];
        let mut empty = true;
        loop {
            match again(|| source.read(&mut buffer))? {
                0 => break,
                length => {
                    hasher.add(&buffer[..length]);
                    undoing.add(&buffer[..length], |part| text.add(part));
                }
            }
            empty = false;
        }
        let undone = undoing.end(|part| text.add(part)).then(|| Hash(text.finish()));
        Ok(Sums { hash: Hash(hasher.finish()), undone, empty })
    }

    /// Whether they are of a file with this hash, as it is or as git checked it out.
    pub(crate) fn are_of(&self, hash: Hash) -> bool {
        self.hash == hash || self.undone == Some(hash)
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

impl Broken {
    fn new(line: u32, text: &str, why: &'static str) -> Broken {
        Broken { line, text: text.chars().take(200).collect(), why }
    }
}

/// What a list says.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// The entries, in order; a path may occur more than once if git merged the list.
    pub(crate) entries: Vec<(String, Hash)>,
    /// The lines that are neither entries nor markers of a merge conflict.
    pub(crate) broken: Vec<Broken>,
    /// Whether it is the result of a merge, and so has to be written anew.
    pub(crate) merged: bool,
}

/// Reads a list.
pub(crate) fn parse(text: &str) -> Listed {
    let mut listed = Listed::default();
    let mut seen: HashSet<&str> = HashSet::new();
    for ((line, kind), number) in conflict::lines(text).zip(1..) {
        match kind {
            Line::Marker => listed.merged = true,
            Line::Base => {}
            Line::Other => match entry(line) {
                Ok((path, hash)) => {
                    listed.merged |= !seen.insert(path);
                    listed.entries.push((path.to_owned(), hash));
                }
                Err(why) => listed.broken.push(Broken::new(number, line, why)),
            },
        }
    }
    listed
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
        .help("restore it from either side, or rebuild it with `--force`, which replaces files that differ")
}

/// One line of `sha256sum`: the hash, two spaces (or a space and `*`), the path.
pub(crate) fn entry(line: &str) -> Result<(&str, Hash), &'static str> {
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
        let Listed { entries, broken, merged } = parse(&text);
        assert!(broken.is_empty() && !merged);
        assert_eq!(entries.iter().map(|(path, hash)| (path.as_str(), *hash)).collect::<BTreeMap<_, _>>(), list);
        assert_eq!(text.lines().next(), Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a"));
    }

    fn read(text: &str) -> (Vec<String>, Vec<(u32, &'static str)>, bool) {
        let listed = parse(text);
        let entries = listed.entries.into_iter().map(|(path, hash)| format!("{path}={}", &hash.to_string()[..2]));
        (entries.collect(), listed.broken.iter().map(|broken| (broken.line, broken.why)).collect(), listed.merged)
    }

    #[test]
    fn bad_lines_are_distinguished_and_the_others_are_kept() {
        let hash = Hash::of(b"");
        let (entries, broken, merged) = read(&format!("{hash} *b\r\n{hash}  ../up\n{hash}\nhash  c\n"));
        assert_eq!((entries, merged), (vec!["b=e3".to_owned()], false));
        let bad = "has a line that is not `<sha256>  <path>`";
        assert_eq!(broken, [(2, "lists a file that cannot be part of a render"), (3, bad), (4, bad)]);
    }

    #[test]
    fn the_lines_of_both_sides_of_a_merge_count() {
        let (one, two, old) = (Hash::of(b""), Hash::of(b"x"), Hash::of(b"old"));
        let both = (vec!["a=e3".to_owned(), "a=2d".to_owned(), "z=e3".to_owned()], vec![], true);
        let plain = format!("<<<<<<< HEAD\n{one}  a\n=======\n{two}  a\n>>>>>>> theirs\n{one}  z\n");
        assert_eq!(read(&plain), both);
        assert_eq!(read(&plain.replace('\n', "\r\n")), both);
        assert_eq!(read(&format!("{one}  a\n{two}  a\n{one}  z\n")), both);
        // diff3: the base, which may hold the conflicts of a merge of several bases, with longer markers.
        let nested = format!("<<<<<<<<< one\n{old}  a\n=========\n{old}  b\n>>>>>>>>> two\n");
        for base in [String::new(), format!("{old}  a\n{old}  c\n"), nested] {
            let text = plain.replace("=======", &format!("||||||| 0123abc\n{base}======="));
            assert_eq!(read(&text), both, "{text}");
        }
        let empty = (vec![], vec![], true);
        assert_eq!(read("<<<<<<< HEAD\n=======\n>>>>>>> theirs"), empty);
        assert_eq!(read("<<<<<<<<<<\n==========\n>>>>>>>>>>\n"), empty);
    }

    #[test]
    fn all_lines_between_markers_that_cannot_be_followed_count() {
        let (one, two, old) = (Hash::of(b""), Hash::of(b"x"), Hash::of(b"old"));
        // A second conflict of a rebase, in a list that was committed with the markers of the first.
        let nested = format!(
            "<<<<<<< HEAD\n<<<<<<< HEAD\n{one}  a\n=======\n{two}  a\n>>>>>>> 1\n=======\n{old}  b\n>>>>>>> 2\n{one}  z\n"
        );
        let all = ["a=e3", "a=2d", "b=08", "z=e3"].map(str::to_owned).to_vec();
        let first = old.to_string()[..2].to_owned();
        let all: Vec<String> = all.into_iter().map(|entry| entry.replace("08", &first)).collect();
        assert_eq!(read(&nested), (all.clone(), vec![], true));
        assert_eq!(read(&nested.replace('\n', "\r\n")), (all, vec![], true));
        for text in [
            "=======\n",
            ">>>>>>> a\n",
            "||||||| a\n",
            "<<<<<<< a\n=======\n",
            "<<<<<<< a\n=======\n=======\n>>>>>>> a\n",
            "<<<<<<< a\n>>>>>>> a\n",
            "<<<<<<< a\n=======\n||||||| c\n>>>>>>> a\n",
        ] {
            assert_eq!(read(&format!("{text}{one}  z\n")), (vec!["z=e3".to_owned()], vec![], true), "{text}");
        }
        let bad = "has a line that is not `<sha256>  <path>`";
        assert_eq!(read(&format!("=======\n{one}  z\nmine\n")).1, [(3, bad)]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*", prefix in "[0-9a-f]{60,66}[ *]{0,3}\\PC*") {
            parse(&text);
            parse(&prefix);
        }
    }
}
