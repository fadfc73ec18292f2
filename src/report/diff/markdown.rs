//! Changes for a comment on a pull request.
//!
//! In: changes and the maximum number of characters. Out: counts, a table, and the details of each change in a fence
//! that is longer than any run of backticks in it. What does not fit is left out as a whole and counted; nothing is
//! ever cut inside a fence or a row.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Redacted;
use crate::named::Named;
use crate::report::diff::line;
use crate::report::diff::lines;
use crate::report::diff::lines::Sign;
use crate::report::diff::mark;
use crate::report::diff::renders;
use crate::report::diff::title;
use crate::report::escape;
use crate::report::one_line;
use crate::secrecy::mask;

/// Identifies the comment, so that a later one can replace it.
const MARKER: &str = "<!-- meshtrace:diff -->\n";
/// The most lines written for one change.
const LINES: usize = 400;
/// Characters reserved for the sentence about what was left out.
const REST: usize = 80;

/// At most `most` characters of Markdown.
pub(super) fn markdown(changes: &Changes<Redacted>, ignored: usize, context: usize, most: usize) -> String {
    let mut out = Out { text: String::new(), left: most };
    out.push(&format!("{MARKER}**meshtrace diff**: {}\n", line(changes, ignored)));
    if changes.is_empty() {
        return out.text;
    }
    // The table may take half, so that there is always room for the worst details.
    let head = "\n| | object | file | class |\n|---|---|---|---|\n";
    let mut shown = 0;
    let table = out.left / 2;
    let mut rows = String::new();
    let mut length = head.chars().count() + REST;
    for change in changes.iter() {
        let row = row(change);
        length += row.chars().count();
        if length > table {
            break;
        }
        rows.push_str(&row);
        shown += 1;
    }
    if shown > 0 {
        out.push(&format!("{head}{rows}"));
    }
    if shown < changes.len() {
        out.push(&format!("\nThe table omits {} more changes.\n", changes.len() - shown));
    }
    // Worst first, so that harmless changes are left out before others. Changes with a note have no details.
    let mut order: Vec<&Change> = changes.iter().filter(|change| change.note.is_none()).collect();
    order.sort_by_key(|change| std::cmp::Reverse(change.class));
    let mut omitted = 0;
    for change in order {
        let block = details(change, context);
        if out.left < block.chars().count() + REST {
            omitted += 1;
            continue;
        }
        out.push(&block);
    }
    if omitted > 0 {
        let plural = if omitted == 1 { "change is" } else { "changes are" };
        out.push(&format!("\nThe details of {omitted} {plural} omitted to stay within the length limit.\n"));
    }
    out.text
}

struct Out {
    text: String,
    left: usize,
}

impl Out {
    /// Appends a piece if it fits.
    fn push(&mut self, piece: &str) {
        let length = piece.chars().count();
        if length <= self.left {
            self.left -= length;
            self.text.push_str(piece);
        }
    }
}

fn row(change: &Change) -> String {
    let mut name = title(change);
    if let Some(renders) = renders(change) {
        name.push_str(&format!(" ({renders})"));
    }
    let file = if change.object.is_some() && change.note.is_none() { cell(&change.file) } else { String::new() };
    format!("| `{}` | {} | {file} | {} |\n", mark(change.kind), cell(&name), change.class.name())
}

/// Text that stays in its cell and has no effect as Markdown or HTML.
fn cell(text: &str) -> String {
    escape::markdown(&mask(text))
}

fn details(change: &Change, context: usize) -> String {
    let mut body = String::new();
    let all = lines::of(change, context, true);
    for one in all.iter().take(LINES) {
        let sign = match one.sign {
            Sign::Plus => '+',
            Sign::Minus => '-',
            Sign::Same => ' ',
        };
        body.push_str(format!("{sign} {}", one.text).trim_end());
        body.push('\n');
    }
    if all.len() > LINES {
        body.push_str(&format!("  ... {} more lines\n", all.len() - LINES));
    }
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    let renders = renders(change).map(|renders| format!(" ({})", html(&one_line(&renders)))).unwrap_or_default();
    let class = change.class.name();
    let name = html(&mask(&title(change)));
    format!(
        "\n<details><summary><code>{} {name}</code> {class}{renders}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n",
        mark(change.kind)
    )
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}
