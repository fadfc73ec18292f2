//! Reads a packaged chart: gzip around tar.
//!
//! In: the bytes of a `.tgz`. Out: its regular files, by their path below the chart's own folder. Helm is given these files
//! and not the archive, so that what was counted, digested and searched is what is rendered.

use crate::chart::source::MOST_BYTES;
use crate::chart::source::MOST_FILES;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use std::collections::BTreeMap;

const BLOCK: usize = 512;

/// The files of an archive. Err: why it cannot be read.
pub(super) fn files(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) + MOST_FILES * 2 * BLOCK;
    let deflated = deflated(bytes).ok_or("it is not a gzip file")?;
    let tar = decompress_to_vec_with_limit(deflated, most).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => format!("it unpacks to more than {} MiB", MOST_BYTES >> 20),
        _ => "it is damaged".to_string(),
    })?;
    untar(&tar)
}

/// The deflated part of a gzip member (RFC 1952).
fn deflated(bytes: &[u8]) -> Option<&[u8]> {
    let (head, mut rest) = bytes.split_at_checked(10)?;
    if head[..3] != [0x1f, 0x8b, 8] {
        return None;
    }
    let flags = head[3];
    if flags & 4 != 0 {
        let (length, after) = rest.split_at_checked(2)?;
        rest = after.get(usize::from(u16::from_le_bytes([length[0], length[1]]))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = rest.get(rest.iter().position(|byte| *byte == 0)? + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// The files of a tar (POSIX ustar and pax, GNU long names).
fn untar(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let mut rest = tar;
    let mut long: Option<String> = None;
    let mut top: Option<String> = None;
    while let Some((header, after)) = rest.split_at_checked(BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let size = octal(&header[124..136]).ok_or("a header in it is damaged")?;
        let content = after.get(..size).ok_or("it ends in the middle of a file")?;
        rest = after.get(size.div_ceil(BLOCK) * BLOCK..).unwrap_or_default();
        match header[156] {
            b'L' => long = Some(text(content)),
            b'x' => long = pax_path(content).or(long),
            b'g' | b'5' => long = None,
            b'0' | 0 => {
                let name = long.take().unwrap_or_else(|| name(header));
                let (folder, path) =
                    name.split_once('/').ok_or_else(|| format!("`{}` in it is in no folder", name.escape_debug()))?;
                if top.get_or_insert_with(|| folder.to_string()) != folder {
                    return Err("it has several folders at its top, expected one named after the chart".to_string());
                }
                if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) || path.contains('\\')
                {
                    return Err(format!("the name `{}` in it leads out of it", name.escape_debug()));
                }
                files.insert(path.to_string(), content.to_vec());
                if files.len() > MOST_FILES {
                    return Err(format!("it has more than {MOST_FILES} files"));
                }
            }
            b'1' | b'2' => return Err(format!("`{}` in it is a link", name(header).escape_debug())),
            _ => return Err(format!("`{}` in it is neither a file nor a folder", name(header).escape_debug())),
        }
    }
    Ok(files)
}

fn octal(field: &[u8]) -> Option<usize> {
    let text = text(field);
    usize::from_str_radix(text.trim_matches(' '), 8).ok()
}

/// The text up to the first NUL byte.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn name(header: &[u8]) -> String {
    let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
    if header[257..262] == *b"ustar" && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// The value of `path` among the records `LENGTH KEY=VALUE\n` of a pax header.
fn pax_path(mut content: &[u8]) -> Option<String> {
    while !content.is_empty() {
        let space = content.iter().position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&content[..space]).ok()?.parse().ok()?;
        let record = content.get(space + 1..length)?;
        if let Some(value) = record.strip_prefix(b"path=") {
            return Some(String::from_utf8_lossy(value.strip_suffix(b"\n").unwrap_or(value)).into_owned());
        }
        content = content.get(length..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, size: usize, kind: u8) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        block[156] = kind;
        block
    }

    fn tar(entries: &[(&str, &str, u8)]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, content, kind) in entries {
            tar.extend(header(name, content.len(), *kind));
            tar.extend(content.as_bytes());
            tar.resize(tar.len().div_ceil(BLOCK) * BLOCK, 0);
        }
        tar.resize(tar.len() + 2 * BLOCK, 0);
        tar
    }

    #[test]
    fn files_have_their_path_in_the_chart() {
        let long = format!("web/{}", "x".repeat(120));
        let files = untar(&tar(&[
            ("web/", "", b'5'),
            ("web/Chart.yaml", "name: web\n", b'0'),
            ("././@LongLink", &long, b'L'),
            ("web/short", "a", b'0'),
            ("pax", "26 path=web/templates/a.y\n", b'x'),
            ("web/b", "b", b'0'),
        ]));
        let files = files.unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["Chart.yaml", "templates/a.y", &"x".repeat(120)]);
    }

    #[test]
    fn hostile_archives_are_refused() {
        let refused = |entries: &[(&str, &str, u8)]| untar(&tar(entries)).unwrap_err();
        assert!(refused(&[("web/../../x", "", b'0')]).contains("leads out"));
        assert!(refused(&[("/etc/x", "", b'0'), ("web/a", "", b'0')]).contains("several folders"));
        assert!(refused(&[("web/x", "", b'2')]).contains("a link"));
        assert!(refused(&[("x", "", b'0')]).contains("in no folder"));
        let mut cut = tar(&[("web/x", "abc", b'0')]);
        cut.truncate(BLOCK + 1);
        assert!(untar(&cut).is_err());
        assert!(files(b"not gzip").is_err() && files(&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0, 9]).is_err());
    }

    #[test]
    fn bombs_are_refused() {
        // A stored block cannot be a bomb; a long run of zeros can.
        let zeros = vec![0; (MOST_BYTES as usize) + MOST_FILES * 2 * BLOCK + 1];
        let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(miniz_oxide::deflate::compress_to_vec(&zeros, 1));
        assert!(files(&bytes).unwrap_err().contains("unpacks to more than"));
    }
}
