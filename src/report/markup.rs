//! HTML and SVG in which no text can become markup: what is written as markup is part of this program (`&'static str`),
//! and any other text is escaped on its way in.

use crate::report::escape::one_line;
use crate::secrecy::mask;
use crate::secrecy::message;
use std::fmt::Write;

/// A document that is being written.
#[derive(Default)]
pub(crate) struct Markup(String);

impl Markup {
    /// Markup of this program.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Markup {
        self.0.push_str(markup);
        self
    }

    /// Text as content or in a quoted attribute: on one line, without secrets and hidden characters.
    pub(crate) fn text(&mut self, text: &str) -> &mut Markup {
        self.escaped(&one_line(&mask(text)))
    }

    /// A message of a finding, masked as messages are.
    pub(crate) fn message(&mut self, text: &str) -> &mut Markup {
        self.escaped(&one_line(&message(text)))
    }

    /// A message with what it has in backticks as code.
    pub(crate) fn code(&mut self, text: &str) -> &mut Markup {
        let text = message(text);
        let text = one_line(&text);
        let parts: Vec<&str> = text.split('`').collect();
        if parts.len().is_multiple_of(2) {
            return self.escaped(&text);
        }
        for (at, part) in parts.iter().enumerate() {
            match at % 2 {
                0 => self.escaped(part),
                _ => self.raw("<code>").escaped(part).raw("</code>"),
            };
        }
        self
    }

    /// A line that has no secrets any more, such as one of a redacted change; tabs stay.
    pub(crate) fn line(&mut self, text: &str) -> &mut Markup {
        for (at, part) in text.split('\t').enumerate() {
            if at > 0 {
                self.0.push('\t');
            }
            self.escaped(&one_line(part));
        }
        self
    }

    /// A number.
    pub(crate) fn number(&mut self, number: impl Into<i64>) -> &mut Markup {
        let _ = write!(self.0, "{}", number.into());
        self
    }

    /// A count.
    pub(crate) fn count(&mut self, count: usize) -> &mut Markup {
        self.number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Another document.
    pub(crate) fn add(&mut self, other: Markup) -> &mut Markup {
        self.0.push_str(&other.0);
        self
    }

    /// The text of the document.
    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn escaped(&mut self, text: &str) -> &mut Markup {
        let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'');
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            self.0.push_str(&rest[..at]);
            self.0.push_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            });
            rest = &rest[at + 1..];
        }
        self.0.push_str(rest);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Markup)) -> String {
        let mut out = Markup::default();
        write(&mut out);
        out.finish()
    }

    #[test]
    fn text_is_never_markup() {
        let hostile = "</title><script>alert('x')</script>\" onload=\"&amp;\u{202e}";
        let expected =
            "&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;&amp;amp;\\u{202e}";
        assert_eq!(
            written(|out| {
                out.text(hostile);
            }),
            expected
        );
        assert_eq!(
            written(|out| {
                out.line(hostile);
            }),
            expected
        );
        assert_eq!(
            written(|out| {
                out.message("a\u{1b}[2J");
            }),
            "a\\u{1b}[2J"
        );
    }

    #[test]
    fn backticks_become_code_only_in_pairs() {
        assert_eq!(
            written(|out| {
                out.code("set `<a>` to `b`");
            }),
            "set <code>&lt;a&gt;</code> to <code>b</code>"
        );
        assert_eq!(
            written(|out| {
                out.code("an odd ` one");
            }),
            "an odd ` one"
        );
    }
}
