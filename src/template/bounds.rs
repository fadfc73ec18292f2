//! How deeply a template's source may be nested. The engine parses, compiles and drops it recursively, and limits only
//! brackets and blocks: chains of operators, prefixes, `elif`s or accesses can nest without limit.

use crate::files::File;
use crate::finding::Finding;
use crate::finding::ids;
use crate::source::Place;

/// The maximum size of a template, in bytes. The largest bundles of CRDs that people ship are half as large.
const SIZE: usize = 8 << 20;

/// The maximum number of words and symbols between two commas, including those around the brackets: each can be one
/// level of the engine's tree.
const CHAIN: usize = 1_500;

/// The maximum number of open `elif`s: the engine nests each in the `else` of the previous one.
const ELIFS: usize = 500;

/// What fits on the stack of an ordinary thread, even in an unoptimized build.
const SHALLOW: usize = 60;

/// Room for [`CHAIN`] and [`ELIFS`] at once, in bytes: some thirty times what a build as in `Cargo.toml` takes, because
/// an entirely unoptimized build of the engine takes several times as much. Stack that is never touched costs nothing.
pub(crate) const STACK: usize = 32 << 20;

/// The nesting depth of one template's source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Depth {
    chain: usize,
    elifs: usize,
    /// The byte range of the deeper of the two.
    at: (usize, usize),
}

/// Whether `file` needs the large [`STACK`]. Err: it contains something too large or too deep.
pub(crate) fn needs_stack(file: &File) -> Result<bool, Box<Finding>> {
    if file.text.len() > SIZE {
        let message = format!(
            "`{}` is {} MiB, more than the {} MiB allowed for a template",
            file.name,
            file.text.len() >> 20,
            SIZE >> 20
        );
        let help = "move what needs no values to `files/`, which is copied unchanged, or split the template";
        return Err(Box::new(Finding::error(ids::TEMPLATE_TOO_LARGE, message).help(help)));
    }
    let depth = depth(&file.text);
    let place = || Some(Place::in_text(&file.name, &file.text, depth.at.0, depth.at.1));
    if depth.chain > CHAIN {
        let message = format!("an expression has more than {CHAIN} words and operators without a comma");
        let help = "split it with `{% set %}`, or turn it into a list and loop over it";
        return Err(Box::new(Finding::error(ids::TEMPLATE_TOO_DEEP, message).at(place()).help(help)));
    }
    if depth.elifs > ELIFS {
        let message = format!("an `{{% if %}}` has more than {ELIFS} `{{% elif %}}`s");
        let help = "look up the value in a map: `{{ {\"a\": 1, \"b\": 2}[key] }}`";
        return Err(Box::new(Finding::error(ids::TEMPLATE_TOO_DEEP, message).at(place()).help(help)));
    }
    Ok(depth.chain + depth.elifs > SHALLOW)
}

/// Reads tags like the engine's lexer (`compiler/lexer.rs`), as far as needed for the depth. Ends when a bound is
/// exceeded, and where the lexer would report an error.
fn depth(text: &str) -> Depth {
    let bytes = text.as_bytes();
    let mut deepest = Depth::default();
    let mut ifs: Vec<usize> = Vec::new();
    let mut elifs = 0;
    let mut at = 0;
    while let Some(start) = marker(bytes, at) {
        let kind = bytes[start + 1];
        at = start + 2;
        match kind {
            b'#' => match find(bytes, at, b"#}") {
                Some(end) => at = end + 2,
                None => break,
            },
            b'%' if let Some(raw) = basic_tag(bytes, at, b"raw") => match end_of_raw(bytes, raw) {
                Some(end) => at = end,
                None => break,
            },
            _ => {
                let tag = Tag::read(bytes, at, kind == b'%');
                match tag.first.map(|(start, end)| &bytes[start..end]) {
                    Some(b"if") => ifs.push(0),
                    Some(b"elif") => {
                        elifs += 1;
                        ifs.last_mut().map(|own| *own += 1).unwrap_or_default();
                    }
                    Some(b"endif") => elifs -= ifs.pop().unwrap_or_default().min(elifs),
                    _ => {}
                }
                if tag.chain > deepest.chain {
                    deepest = Depth { chain: tag.chain, at: (start, tag.end), ..deepest };
                }
                if elifs > deepest.elifs {
                    deepest = Depth { elifs, at: if elifs > ELIFS { (start, tag.end) } else { deepest.at }, ..deepest };
                }
                if deepest.chain > CHAIN || deepest.elifs > ELIFS {
                    break;
                }
                at = tag.end;
            }
        }
    }
    deepest
}

/// The inside of `{{ }}` or `{% %}`.
struct Tag {
    /// The longest chain in it.
    chain: usize,
    /// The first word of a block, which gives its kind.
    first: Option<(usize, usize)>,
    /// The offset after its closing marker, or the end of the text.
    end: usize,
}

impl Tag {
    fn read(bytes: &[u8], start: usize, block: bool) -> Tag {
        let mut tag = Tag { chain: 0, first: None, end: bytes.len() };
        // The number of words and symbols since the last comma within each open bracket.
        let mut runs = vec![0];
        let (mut total, mut balance, mut at) = (0_usize, 0_i64, start);
        while let Some(&byte) = bytes.get(at) {
            if balance == 0
                && let Some(end) = closed(bytes, at, block)
            {
                tag.end = end;
                break;
            }
            let from = at;
            at += 1;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0c => continue,
                b',' => {
                    let own = runs.last_mut().expect("the outermost entry is never removed");
                    total -= std::mem::take(own);
                    continue;
                }
                b'(' | b'[' | b'{' => {
                    balance += 1;
                    *runs.last_mut().expect("the outermost entry is never removed") += 1;
                    runs.push(0);
                    total += 1;
                    tag.chain = tag.chain.max(total);
                    continue;
                }
                b')' | b']' | b'}' => {
                    balance -= 1;
                    if runs.len() > 1 {
                        total -= runs.pop().unwrap_or_default();
                    }
                    continue;
                }
                b'"' | b'\'' => match end_of_string(bytes, at, byte) {
                    Some(end) => at = end,
                    None => break,
                },
                byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                    at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                    if block && tag.first.is_none() {
                        tag.first = Some((from, at));
                    }
                }
                _ => {}
            }
            *runs.last_mut().expect("the outermost entry is never removed") += 1;
            total += 1;
            tag.chain = tag.chain.max(total);
            if tag.chain > CHAIN {
                // The bound is exceeded, so the rest does not matter.
                tag.end = at;
                break;
            }
        }
        tag
    }
}

/// The offset after the marker that closes a tag, if that is what is at `at`.
fn closed(bytes: &[u8], at: usize, block: bool) -> Option<usize> {
    let close: &[u8] = if block { b"%}" } else { b"}}" };
    let marked = matches!(bytes[at], b'-' | b'+') && bytes[at + 1..].starts_with(close);
    (marked || bytes[at..].starts_with(close)).then(|| at + close.len() + usize::from(marked))
}

/// The position of the next `{{`, `{%` or `{#`.
fn marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'{')?;
        if matches!(bytes.get(at + 1), Some(b'{' | b'%' | b'#')) {
            return Some(at);
        }
        at += 1;
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|window| window == what).map(|found| from + found)
}

fn end_of_string(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The offset after `{% name %}`, if that is what is at `from`, which is after `{%`.
fn basic_tag(bytes: &[u8], from: usize, name: &[u8]) -> Option<usize> {
    let blanks = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let sign = |at: usize| at + usize::from(matches!(bytes.get(at), Some(b'-' | b'+')));
    let at = blanks(sign(from));
    let at = bytes[at..].starts_with(name).then(|| sign(blanks(at + name.len())))?;
    bytes[at..].starts_with(b"%}").then_some(at + 2)
}

fn end_of_raw(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at = find(bytes, at, b"{%")? + 2;
        if let Some(end) = basic_tag(bytes, at, b"endraw") {
            return Some(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(text: &str) -> usize {
        depth(text).chain
    }

    #[test]
    fn words_and_symbols_count_up_to_a_comma_including_those_around_brackets() {
        assert_eq!(chain("a{b} %} }} text"), 0);
        assert_eq!(chain("{{ a }}"), 1);
        assert_eq!(chain("{{ a.b + 1 }}"), 5);
        assert_eq!(chain("{{ - - -a }}"), 4);
        assert_eq!(chain("{{ [1, 2, 3, 4] }}"), 2);
        assert_eq!(chain("{{ [[[1]]] }}"), 4);
        assert_eq!(chain("{{ f(a)(b)(c) }}"), 5);
        assert_eq!(chain("{{ {\"a\": {\"b\": 1}} }}{{ 1 + 1 }}"), 7);
    }

    #[test]
    fn strings_and_text_outside_tags_do_not_count() {
        assert_eq!(chain("{# {{ 1 + 1 }} #}"), 0);
        assert_eq!(chain("{% raw %}{{ 1 + 1 }}{% endraw %}{{ 1 }}"), 1);
        assert_eq!(chain("{%- raw -%}{{ 1 + 1 }}{%- endraw -%}{{ 1 }}"), 1);
        assert_eq!(chain(r#"{{ "}} \" + + +" ~ '+ +' }}"#), 3);
        assert_eq!(chain("{{ a }} + + + {{ b -}} + +"), 1);
        for broken in ["{{", "{%", "{#", "{{ \"", "{{ '\\", "{% raw %}", "{{ )]} }}", "{% raw", "{"] {
            depth(broken);
        }
    }

    #[test]
    fn elifs_count_while_their_if_is_open() {
        let elifs = |text: &str| depth(text).elifs;
        let one = "{% if a %}{% elif b %}{% elif c %}{% endif %}";
        assert_eq!(elifs(one), 2);
        assert_eq!(elifs(&one.repeat(3)), 2);
        assert_eq!(elifs(&format!("{{% if a %}}{{% elif b %}}{one}{{% endif %}}")), 3);
        assert_eq!(elifs("{% elif %}{% endif %}{% endif %}"), 1);
    }

    #[test]
    fn sources_within_the_bounds_fit_the_stack_and_others_are_refused_with_their_place() {
        let file = |text: String| File { name: "x.yaml".into(), text: text.into() };
        assert_eq!(needs_stack(&file("{{ a }}".into())), Ok(false));
        assert_eq!(needs_stack(&file(format!("{{{{ {}1 }}}}", "1+".repeat(200)))), Ok(true));
        let refused = needs_stack(&file(format!("a: 1\nb: {{{{ {}1 }}}}", "1+".repeat(5_000)))).unwrap_err();
        assert_eq!((refused.rule.as_str(), refused.place.map(|place| place.line)), ("template-too-deep", Some(2)));
        let elifs = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}\n".repeat(600));
        assert_eq!(needs_stack(&file(elifs)).unwrap_err().place.map(|place| place.line), Some(501));
        assert_eq!(needs_stack(&file("a".repeat(9 << 20))).unwrap_err().rule.as_str(), "template-too-large");
    }
}
