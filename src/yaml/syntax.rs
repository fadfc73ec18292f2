//! Explains the parser's errors in words that people can act on.
//!
//! In: the parser's error and the text. Out: a rule, a message, a place and, if the cause can be guessed from the line,
//! what to do.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::yaml::load::DEPTH;
use granit_parser::ErrorKind;
use granit_parser::ScanError;
use std::ops::Range;

/// The explanation of a syntax error.
pub(super) struct Complaint {
    pub(super) rule: RuleId,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
    /// The range in the parsed text.
    pub(super) range: Range<usize>,
}

/// Explains the parser's `error` about `text`.
pub(super) fn explain(error: &ScanError, text: &str, marker: Option<char>) -> Complaint {
    let mut at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let kind = error.kind();
    if *kind == ErrorKind::RecursionLimitExceeded {
        return too_deep(at..at + 1);
    }
    if let Some(range) = marker.and_then(|marker| hole(text, at, marker)) {
        return hole_in_name(range);
    }
    let line = line_around(text, at);
    if let Some(tab) = tab_indent(text, line.clone(), kind) {
        return Complaint {
            rule: ids::YAML_SYNTAX,
            message: "a tab is used for indentation, where only spaces are allowed".into(),
            help: Some("replace the tab with spaces"),
            range: tab..tab + 1,
        };
    }
    // An error at the end of the text is about the last thing before it.
    let last = text.trim_end();
    if at >= last.len() {
        at = last.char_indices().next_back().map_or(0, |(at, _)| at);
    }
    let width = text[at..].chars().next().map_or(1, char::len_utf8);
    let line = &text[line_around(text, at)];
    Complaint { rule: ids::YAML_SYNTAX, message: message(kind), help: help(kind, line), range: at..at + width }
}

fn message(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnclosedQuotedScalar => "unclosed quote".into(),
        ErrorKind::UnclosedFlowCollection { open } => format!("`{open}` is never closed"),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("mismatched brackets: `{open}` is closed by `{close}`")
        }
        ErrorKind::MisplacedFlowCollectionEnd => "closing bracket without an opening one".into(),
        ErrorKind::UnexpectedEofFlowSequence => "`[` is never closed".into(),
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            "`{` is never closed".into()
        }
        ErrorKind::MappingValueNotAllowed => "a `:` starts a map where no map is allowed".into(),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "expected `:` after the key".into(),
        ErrorKind::ExpectedBlockMappingKey => "expected another key of the map here".into(),
        ErrorKind::ExpectedBlockSequenceEntry => "expected `- ` and another item of the list here".into(),
        ErrorKind::BlockSequenceEntryNotAllowed => "a `- ` starts a list where no list is allowed".into(),
        ErrorKind::ExpectedFlowMappingSeparator => "expected `,` or `}` here".into(),
        ErrorKind::ExpectedFlowSequenceSeparator => "expected `,` or `]` here".into(),
        ErrorKind::UnexpectedCharacter { character } => {
            format!("a value cannot start with `{}`", character.escape_default())
        }
        ErrorKind::ExpectedDocumentStart => "this does not belong to the document above".into(),
        ErrorKind::UnexpectedEofBlockMapping => "expected a value or another key here".into(),
        ErrorKind::UndeclaredTagHandle => "a tag uses a handle that no `%TAG` line declares".into(),
        ErrorKind::BomInsideDocument => "a byte order mark inside a document".into(),
        other => {
            let text = other.to_string();
            let text = match text.split_once(", ") {
                Some((context, rest)) if context.starts_with("while ") => rest,
                _ => &text,
            };
            text.replace("did not find expected", "expected").replace("`'", "`").replace('\'', "`")
        }
    }
}

/// A guess at the cause, from the line with the error.
fn help(kind: &ErrorKind, line: &str) -> Option<&'static str> {
    let content = line.trim().trim_start_matches("- ").trim_start();
    let value = content.split_once(": ").map_or("", |(_, value)| value.trim_start());
    let quoted = value.starts_with(['"', '\'']);
    if line.contains("{{") && !quoted {
        return Some("put quotes around a value that contains `{{ ... }}`");
    }
    match kind {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            Some("close the quote; for text of several lines, use a block after `|`")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => {
            Some("nothing may follow the closing quote; write a single quote inside the text twice")
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            Some("nothing may follow the closing quote; write a double quote inside the text as `\\\"`")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            Some("write a backslash inside double quotes as `\\\\`, or use single quotes")
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::UnexpectedEofFlowSequence => {
            Some("close the bracket, or quote the value if it is text")
        }
        ErrorKind::InvalidColonPlacement | ErrorKind::ExpectedFlowMappingSeparator => {
            Some("close the bracket on the line before, or quote text that contains `: `")
        }
        ErrorKind::UnexpectedCharacter { .. } | ErrorKind::MissingAnchorOrAliasName => {
            Some("put quotes around the value")
        }
        ErrorKind::MappingValueNotAllowed if !value.is_empty() && !quoted && value.contains(':') => {
            Some("put quotes around a value that contains `: `")
        }
        _ if missing_space(content) => Some("write a space after the colon: `key: value`"),
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent => Some("check the indentation of this line and the one before"),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            Some("write `key: value`, or indent the line if it continues the text before")
        }
        ErrorKind::BomInsideDocument => Some("remove the invisible character"),
        _ => None,
    }
}

/// `key:value`, without a space after the colon.
fn missing_space(content: &str) -> bool {
    !content.contains(": ")
        && !content.ends_with(':')
        && content.split_once(':').is_some_and(|(key, value)| {
            !key.is_empty()
                && !value.starts_with("//")
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        })
}

/// The first tab in the indentation of the line, if the error is of a kind that tabs cause.
fn tab_indent(text: &str, line: Range<usize>, kind: &ErrorKind) -> Option<usize> {
    let indent = |line: Range<usize>| {
        let blank = text[line.clone()].len() - text[line.clone()].trim_start_matches([' ', '\t']).len();
        text[line.start..line.start + blank].find('\t').map(|tab| line.start + tab)
    };
    let named = matches!(
        kind,
        ErrorKind::TabInIndentation
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    );
    let tab_on = |line: Range<usize>| text[line.clone()].find('\t').map(|tab| line.start + tab);
    indent(line.clone()).or_else(|| {
        // For a scalar that is ended by a tab, the parser reports its start or its end, which may be on the line
        // before.
        let next = (line.end < text.len()).then(|| line_around(text, line.end + 1));
        named.then(|| next.and_then(indent).or_else(|| tab_on(line)))?
    })
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    start..end
}

/// The anchor, alias or tag around `at`, if it contains the marker.
fn hole(text: &str, at: usize, marker: char) -> Option<Range<usize>> {
    let edge = |character: char| character.is_whitespace() || matches!(character, ',' | '[' | ']' | '{' | '}');
    let start = text[..at].rfind(edge).map_or(0, |edge| edge + text[edge..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(edge).map_or(text.len(), |length| at + length);
    let name = &text[start..end];
    (name.starts_with(['!', '&', '*']) && name.contains(marker)).then_some(start..end)
}

/// The error for a tree that is nested too deeply.
pub(super) fn too_deep(range: Range<usize>) -> Complaint {
    Complaint {
        rule: ids::YAML_TOO_DEEP,
        message: format!("maps and lists are nested more than {DEPTH} levels deep"),
        help: Some("no Kubernetes object is nested that deep; look for an extra bracket or dash"),
        range,
    }
}

/// The error for a hole where YAML requires a fixed name.
pub(super) fn hole_in_name(range: Range<usize>) -> Complaint {
    Complaint {
        rule: ids::YAML_HOLE,
        message: "a value cannot be part of an anchor, tag or alias".into(),
        help: Some("put quotes around it if it is text"),
        range,
    }
}
