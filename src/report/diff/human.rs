//! Changes for reading on a terminal.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Class;
use crate::diff::Kind;
use crate::diff::Redacted;
use crate::named::Named;
use crate::report::Color;
use crate::report::diff::line;
use crate::report::diff::lines;
use crate::report::diff::lines::Sign;
use crate::report::diff::mark;
use crate::report::diff::renders;
use crate::report::diff::title;
use crate::report::one_line;
use crate::report::paint::Paint;
use crate::report::paint::paint;
use crate::report::paint::strong;
use crate::secrecy::mask;

/// All changes, each under a header, with `context` lines around changed lines of text, and counts in the last line.
/// Added and removed objects take one line each.
pub(super) fn human(changes: &Changes<Redacted>, ignored: usize, context: usize, color: Color) -> String {
    let mut out = String::new();
    for change in changes.iter() {
        header(change, color, &mut out);
        for one in lines::of(change, context, false) {
            let (sign, code) = match one.sign {
                Sign::Plus => ('+', Paint::Good),
                Sign::Minus => ('-', Paint::Bad),
                Sign::Same => (' ', Paint::Plain),
            };
            let text = format!("  {sign} {}", one.text);
            out.push_str(&paint(text.trim_end(), code, color));
            out.push('\n');
        }
    }
    out.push_str(&line(changes, ignored));
    out.push('\n');
    out
}

/// One line per change, and the counts.
pub(super) fn summary(changes: &Changes<Redacted>, ignored: usize, color: Color) -> String {
    let mut out = String::new();
    for change in changes.iter() {
        header(change, color, &mut out);
    }
    out.push_str(&line(changes, ignored));
    out.push('\n');
    out
}

fn header(change: &Change, color: Color, out: &mut String) {
    let code = match change.kind {
        Kind::Added => Paint::Good,
        Kind::Removed => Paint::Bad,
        Kind::Changed | Kind::Renamed => Paint::Open,
    };
    out.push_str(&strong(&mask(&format!("{} {}", mark(change.kind), title(change))), code, color));
    let mut notes = Vec::new();
    if change.object.is_some() && change.note.is_none() {
        notes.push(one_line(&change.file).into_owned());
    }
    if matches!(change.kind, Kind::Added | Kind::Removed) {
        let count = lines::length(change);
        notes.push(format!("{count} line{}", if count == 1 { "" } else { "s" }));
    }
    if change.class != Class::Other {
        notes.push(change.class.name().to_owned());
    }
    notes.extend(renders(change));
    if !notes.is_empty() {
        out.push_str(&format!("  [{}]", one_line(&notes.join("; "))));
    }
    out.push('\n');
}
