//! Changes to a text that ignore its meaning.

use crate::random::Random;
use crate::seeds::Seeds;

/// No input grows beyond this.
pub(crate) const LARGEST: usize = 64 << 10;

/// Tokens with a meaning in YAML, JSON, Jinja, `--set` and Kubernetes.
const TOKENS: &[&str] = &[
    "---\n",
    "...\n",
    "--- ",
    "- ",
    "-",
    ": ",
    ":",
    "? ",
    "&a ",
    "&b ",
    "*a",
    "*b",
    "!!str ",
    "!!int ",
    "!!binary ",
    "!!float ",
    "!!null ",
    "!!bool ",
    "!!timestamp ",
    "!!set ",
    "!x ",
    "! ",
    "<<: ",
    "<<: *a\n",
    "<<: [*a, *b]\n",
    "|\n",
    "|-\n",
    "|2\n",
    ">\n",
    ">-\n",
    "|+\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "\"",
    "\\",
    "#",
    " #",
    "# ",
    "%YAML 1.2\n---\n",
    "%TAG ! x\n",
    "\t",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    " ",
    "  ",
    "    ",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "\u{0}",
    "\u{7f}",
    "\u{e000}",
    "\u{e000}0\u{e000}",
    "\u{f8ff}",
    "\u{fffe}",
    "\u{202e}",
    "\u{1f600}",
    "한",
    "é",
    "\u{301}",
    "\x1b[31m",
    "~",
    "null",
    "Null",
    "true",
    "yes",
    "no",
    "on",
    "y",
    "n",
    "off",
    "=",
    "0x1F",
    "0o17",
    "017",
    "0b11",
    "1e400",
    "-1e400",
    "1e-400",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "-0",
    "-0.0",
    "0.1",
    "1.",
    ".5",
    "+1",
    ".inf",
    "-.inf",
    ".nan",
    "1_000",
    "12:30:00",
    "2001-01-01",
    "1.30",
    "65535",
    "65536",
    "4294967296",
    "{{ ",
    " }}",
    "{{ vars.x }}",
    "{% ",
    " %}",
    "{# ",
    " #}",
    "{%- ",
    "{% for x in range(9) %}",
    "{% endfor %}",
    "{% if true %}",
    "{% endif %}",
    "| json",
    "| indent(2)",
    "kind: Secret\n",
    "kind: List\n",
    "items:\n",
    "apiVersion: v1\n",
    "metadata: {name: x}\n",
    "metadata:\n",
    "data:\n",
    "stringData:\n",
    "extends: dev\n",
    "extends: x\n",
    "extends: [dev, debug]\n",
    "# meshtrace: allow ",
    "# chart: consul 0.46.1\n",
    "\\n",
    "\\u0000",
    "\\ud800",
    "\\u00",
    "\\x",
    "\\,",
    "\\.",
    "\\=",
    "=",
    "a=1",
    "a.b=",
    "a[0]=",
    ".",
    "..",
    "://",
    "@",
    "${x}",
    "$(A)",
    "*",
    "/",
    "~1",
    "~0",
    "..\\",
    "../",
    "%",
    "`",
    "```",
    "<",
    ">",
    "&amp;",
    "::error::",
    "%0A",
    "|",
    "](",
    "password: ",
    "token=",
    "namespace: ",
    "protocol: ",
    "9411",
    "14250",
    "4317",
];

/// A text changed in a few places.
pub(crate) fn change(text: &str, random: &mut Random, seeds: &Seeds) -> String {
    let mut out = text.to_owned();
    for _ in 0..random.few() {
        once(&mut out, random, seeds);
        cut(&mut out, LARGEST);
    }
    out
}

/// A short text that may be taken for something else.
pub(crate) fn odd(random: &mut Random, seeds: &Seeds) -> String {
    match random.below(5) {
        0 => random.text(TOKENS).to_owned(),
        1 | 2 => random.text(&seeds.strings).to_owned(),
        3 => (0..random.below(6)).map(|_| random.text(TOKENS)).collect(),
        _ => (0..random.below(12)).map(|_| letter(random)).collect(),
    }
}

fn letter(random: &mut Random) -> char {
    let code = match random.below(6) {
        0 => random.below(0x20),
        1..=3 => 0x20 + random.below(0x5f),
        4 => random.below(0x3000),
        _ => random.below(0x11_0000),
    };
    char::from_u32(code as u32).unwrap_or('\u{fffd}')
}

fn once(text: &mut String, random: &mut Random, seeds: &Seeds) {
    match random.below(16) {
        0 => {
            let at = place(text, random);
            text.insert(at, letter(random));
        }
        1 => {
            let range = range(text, random, 4);
            text.replace_range(range, &letter(random).to_string());
        }
        2 => {
            let range = range(text, random, 40);
            text.replace_range(range, "");
        }
        3 | 4 => {
            let at = place(text, random);
            text.insert_str(at, random.text(TOKENS));
        }
        5 => {
            let at = place(text, random);
            text.insert_str(at, &odd(random, seeds));
        }
        6 => {
            let range = range(text, random, 200);
            let piece = text[range].to_owned();
            let at = place(text, random);
            text.insert_str(at, &piece);
        }
        7 => lines(text, |lines| {
            let at = random.below(lines.len());
            lines.remove(at);
        }),
        8 => lines(text, |lines| {
            let (from, to) = (random.below(lines.len()), random.below(lines.len()));
            match random.once_in(2) {
                true => lines.swap(from, to),
                false => lines.insert(to, lines[from]),
            }
        }),
        9 => {
            // Another value after a `:` or a `- `.
            let ends: Vec<usize> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
            if !ends.is_empty() {
                let start = *random.pick(&ends);
                let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
                text.replace_range(start..end, &odd(random, seeds));
            }
        }
        10 => {
            // Another indent.
            let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
            if !starts.is_empty() {
                let at = *random.pick(&starts);
                match text[at..].starts_with(' ') && random.once_in(2) {
                    true => text.replace_range(at..=at, ""),
                    false => text.insert_str(at, &" ".repeat(1 + random.below(4))),
                }
            }
        }
        11 => {
            let other = random.text(&seeds.yaml);
            let (at, from) = (place(text, random), place(other, random));
            text.truncate(at);
            text.push_str(&other[from..]);
        }
        12 => {
            let digits: Vec<usize> = text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
            if !digits.is_empty() {
                let at = *random.pick(&digits);
                let number = ["0", "-1", "99999999999999999999", "1.5", "1e9", "", "65536", "00", "2147483648"];
                text.replace_range(at..=at, random.text(&number));
            }
        }
        13 => {
            let at = place(text, random);
            let most = if random.once_in(4) { 12 } else { 6 };
            let piece = random.text(TOKENS).repeat(1 << random.below(most));
            text.insert_str(at, &piece);
        }
        14 => {
            let at = place(text, random);
            match random.below(4) {
                0 => *text = text.replace('\n', "\r\n"),
                1 => *text = text.replace('\n', "\r"),
                _ => text.truncate(at),
            }
        }
        _ => {
            // A line of another text, at this one's indent or its own.
            let other = random.text(&seeds.yaml);
            let all: Vec<&str> = other.lines().collect();
            if !all.is_empty() {
                let line = random.pick(&all);
                let at = text.match_indices('\n').map(|(at, _)| at + 1).nth(random.below(50)).unwrap_or(0);
                let indent: String = text[at..].chars().take_while(|c| *c == ' ').collect();
                text.insert_str(at, &format!("{indent}{}\n", line.trim_start()));
            }
        }
    }
}

/// A character boundary.
fn place(text: &str, random: &mut Random) -> usize {
    border(text, random.below(text.len() + 1))
}

fn border(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn range(text: &str, random: &mut Random, most: usize) -> std::ops::Range<usize> {
    let start = place(text, random);
    let end = border(text, start + 1 + random.below(most));
    start..end.max(start)
}

fn lines(text: &mut String, change: impl FnOnce(&mut Vec<&str>)) {
    let mut all: Vec<&str> = text.split_inclusive('\n').collect();
    if !all.is_empty() {
        change(&mut all);
        *text = all.concat();
    }
}

fn cut(text: &mut String, most: usize) {
    let end = border(text, most);
    text.truncate(end);
}
