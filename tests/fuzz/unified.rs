//! Applies a unified diff like GNU patch without fuzz: every context line has to match.

use std::collections::BTreeMap;

/// Files by path.
type Files = BTreeMap<String, Vec<u8>>;

/// The files after applying `patch`; `Err` says what does not match.
pub(crate) fn apply(files: &Files, patch: &str) -> Result<Files, String> {
    let mut out = files.clone();
    let mut lines = patch.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let old = line.strip_prefix("--- ").ok_or_else(|| format!("no header: {line:?}"))?;
        let new = lines.next().and_then(|line| line.strip_prefix("+++ ")).ok_or("an incomplete header")?;
        let (old, new) = (name(old), name(new));
        let before = match &old {
            Some(name) => files.get(name).ok_or_else(|| format!("there is no {name:?}"))?.clone(),
            None => Vec::new(),
        };
        let before = String::from_utf8(before).map_err(|error| error.to_string())?;
        let before: Vec<&str> = before.split_inclusive('\n').collect();
        let (mut after, mut at) = (String::new(), 0);
        while let Some(hunk) = lines.next_if(|line| line.starts_with("@@ -")) {
            let numbers: Vec<usize> =
                hunk.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
            let ranges =
                hunk.trim_matches(['@', '\n', ' ']).split(' ').map(|range| range.contains(',')).collect::<Vec<_>>();
            let [first, second] = ranges[..] else { return Err(format!("no hunk: {hunk:?}")) };
            let mut numbers = numbers.into_iter();
            let mut next = |some: bool| if some { numbers.next() } else { Some(1) };
            let start = next(true).ok_or("no start")?;
            let mut old_left = next(first).ok_or("no length")?;
            next(true).ok_or("no start")?;
            let mut new_left = next(second).ok_or("no length")?;
            let start = if old_left == 0 { start } else { start - 1 };
            after.extend(before.get(at..start).ok_or("a hunk begins after the end of the file")?.iter().copied());
            at = start;
            while old_left + new_left > 0 {
                let line = lines.next().ok_or("an incomplete hunk")?;
                let (sign, text) = line.split_at_checked(1).ok_or("an unexpected line")?;
                let text = match lines.next_if(|line| line.starts_with("\\ ")) {
                    Some(_) => text.strip_suffix('\n').unwrap_or(text),
                    None => text,
                };
                if sign != "+" {
                    if before.get(at) != Some(&text) {
                        return Err(format!("line {} is {:?}, not {text:?}", at + 1, before.get(at)));
                    }
                    at += 1;
                    old_left = old_left.checked_sub(1).ok_or("more old lines than announced")?;
                }
                if sign != "-" {
                    after.push_str(text);
                    new_left = new_left.checked_sub(1).ok_or("more new lines than announced")?;
                }
            }
        }
        after.extend(before.get(at..).unwrap_or_default().iter().copied());
        if let Some(old) = old {
            out.remove(&old);
        }
        if let Some(new) = new {
            out.insert(new, after.into_bytes());
        }
    }
    Ok(out)
}

/// The path after `a/` or `b/`; no seed has a path that git would quote.
fn name(header: &str) -> Option<String> {
    let header = header.trim_end_matches(['\n', '\t']);
    (header != "/dev/null").then(|| header.get(2..).unwrap_or_default().to_owned())
}
