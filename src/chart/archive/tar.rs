//! Tar: POSIX ustar and pax, and GNU's long names.

use crate::chart::archive::Fault;
use crate::chart::source::MOST_FILES;
use std::collections::BTreeMap;

pub(super) const BLOCK: usize = 512;
/// The longest name; Linux allows no longer path.
const LONGEST: usize = 4096;
/// The sum of a header's bytes, in which these count as blanks.
const SUM: std::ops::Range<usize> = 148..156;

/// The files of a tar whose entries are all in one folder, by their path in it.
pub(super) fn read(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let mut all = Files::default();
    let mut rest = tar;
    let mut next = Next::default();
    loop {
        let Some((header, after)) = rest.split_at_checked(BLOCK) else {
            return Err(Fault::invalid("it ends too early: the end of its list of files is missing"));
        };
        if header.iter().all(|byte| *byte == 0) {
            return match after.iter().all(|byte| *byte == 0) {
                true => all.sound(),
                false => Err(Fault::invalid("there is something behind the end of its list of files")),
            };
        }
        let size = size(header).ok_or_else(|| Fault::invalid("a header in it is damaged"))?;
        let content = after.get(..size).ok_or_else(|| Fault::invalid("it ends in the middle of a file"))?;
        rest = after.get(size.div_ceil(BLOCK) * BLOCK..).unwrap_or_default();
        match header[156] {
            b'L' => next.name = Some(until_nul(content).to_vec()),
            // The target of a link, which is refused with its name.
            b'K' => {}
            b'x' => next.pax(content)?,
            b'g' => {}
            kind => all.entry(kind, &std::mem::take(&mut next).name(header)?, content)?,
        }
    }
}

/// What a header says of the one after it.
#[derive(Default)]
struct Next {
    name: Option<Vec<u8>>,
}

impl Next {
    /// Reads the records `LENGTH KEY=VALUE\n` of a pax header; the last of a key counts.
    fn pax(&mut self, mut content: &[u8]) -> Result<(), Fault> {
        let damaged = || Fault::invalid("a pax header in it is damaged");
        while !content.is_empty() {
            let space = content.iter().position(|byte| *byte == b' ').ok_or_else(damaged)?;
            let length = std::str::from_utf8(&content[..space]).ok().and_then(|text| text.parse::<usize>().ok());
            let length = length.filter(|length| *length > space + 1).ok_or_else(damaged)?;
            let (record, after) = content.split_at_checked(length).ok_or_else(damaged)?;
            let record = record[space + 1..].strip_suffix(b"\n").ok_or_else(damaged)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(damaged)?;
            match &record[..equals] {
                b"path" => self.name = Some(record[equals + 1..].to_vec()),
                b"size" => return Err(Fault::invalid("a pax header in it sets a size, which only huge files need")),
                key if key.starts_with(b"GNU.sparse") => return Err(Fault::invalid("a file in it is sparse")),
                _ => {}
            }
            content = after;
        }
        Ok(())
    }

    fn name(self, header: &[u8]) -> Result<String, Fault> {
        let (name, prefix) = (until_nul(&header[..100]), until_nul(&header[345..500]));
        let name = match self.name {
            Some(name) => name,
            None if header[257..263] == *b"ustar\0" && !prefix.is_empty() => [prefix, name].join(&b'/'),
            None => name.to_vec(),
        };
        if name.len() > LONGEST {
            return Err(Fault::invalid(format!("a name in it is longer than {LONGEST} bytes")));
        }
        String::from_utf8(name).map_err(|error| {
            let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
            Fault::invalid(format!("the name `{}` in it is not UTF-8", name.escape_debug()))
        })
    }
}

#[derive(Default)]
struct Files {
    files: BTreeMap<String, Vec<u8>>,
    /// The folder that all are in.
    top: Option<String>,
}

impl Files {
    fn entry(&mut self, kind: u8, name: &str, content: &[u8]) -> Result<(), Fault> {
        let shown = name.escape_debug();
        match kind {
            b'5' => return Ok(()),
            // 7: a file in one piece on the disk, to be read like any other (POSIX, `pax`).
            b'0' | 0 | b'7' => {}
            b'1' | b'2' => return Err(Fault::invalid(format!("`{shown}` in it is a link"))),
            _ => return Err(Fault::invalid(format!("`{shown}` in it is neither a file nor a folder"))),
        }
        if name.contains('\\') {
            return Err(Fault::invalid(format!("the name `{shown}` in it has a backslash")));
        }
        let (folder, path) =
            name.split_once('/').ok_or_else(|| Fault::invalid(format!("`{shown}` in it is in no folder")))?;
        let leads_out = |part: &str| matches!(part, "" | "..");
        let is_plain = |part: &str| !leads_out(part) && part != ".";
        if leads_out(folder) || !path.split('/').all(is_plain) {
            return Err(Fault::invalid(format!("the name `{shown}` in it leads out of it, or is not a plain one")));
        }
        if self.top.get_or_insert_with(|| folder.to_string()) != folder {
            return Err(Fault::invalid("it has several folders at its top, expected one named after the chart"));
        }
        if self.files.insert(path.to_string(), content.to_vec()).is_some() {
            return Err(Fault::invalid(format!("`{shown}` is in it twice")));
        }
        if self.files.len() > MOST_FILES {
            return Err(Fault::TooLarge(format!("it has more than {MOST_FILES} files")));
        }
        Ok(())
    }

    /// The files, none of which is also a folder.
    fn sound(self) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        let is_file = |folder: &str| self.files.contains_key(folder);
        let mut folders = self.files.keys().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at]));
        match folders.find(|folder| is_file(folder)) {
            Some(both) => Err(Fault::invalid(format!("`{}` in it is a file and a folder", both.escape_debug()))),
            None => Ok(self.files),
        }
    }
}

/// The size in a header whose sum is right.
fn size(header: &[u8]) -> Option<usize> {
    let octal = |field: &[u8]| {
        let text = std::str::from_utf8(until_nul(field)).ok()?.trim_matches(' ');
        usize::from_str_radix(text, 8).ok()
    };
    let is_right = octal(&header[SUM])? == sum(header);
    octal(&header[124..136]).filter(|_| is_right)
}

fn sum(header: &[u8]) -> usize {
    let of = |bytes: &[u8]| bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>();
    of(&header[..SUM.start]) + of(&header[SUM.end..]) + SUM.len() * usize::from(b' ')
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A tar of the files, in a folder `chart`.
pub(super) fn write(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut tar = Vec::with_capacity(files.values().map(|file| file.len() + 2 * BLOCK).sum::<usize>() + 2 * BLOCK);
    for (path, bytes) in files {
        let name = format!("chart/{path}");
        if name.len() > 100 {
            add(&mut tar, b"././@LongLink", b'L', name.as_bytes());
        }
        add(&mut tar, name.as_bytes(), b'0', bytes);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

fn add(tar: &mut Vec<u8>, name: &[u8], kind: u8, content: &[u8]) {
    let mut header = [0; BLOCK];
    let name = &name[..name.len().min(100)];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = kind;
    // GNU's mark, since its long names are used.
    header[257..265].copy_from_slice(b"ustar  \0");
    let sum = format!("{:06o}\0 ", sum(&header));
    header[SUM].copy_from_slice(sum.as_bytes());
    tar.extend(header);
    tar.extend(content);
    tar.resize(tar.len().div_ceil(BLOCK) * BLOCK, 0);
}
