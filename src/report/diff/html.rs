//! Changes as a page: the counts, then each change, the worst class first, and the commands that apply them.

use crate::diff::Answer;
use crate::diff::Change;
use crate::diff::Class;
use crate::diff::Content;
use crate::diff::Kind;
use crate::diff::Pair;
use crate::named::Named;
use crate::report::diff::line;
use crate::report::diff::lines;
use crate::report::diff::lines::Line;
use crate::report::diff::lines::Sign;
use crate::report::diff::mark;
use crate::report::diff::renders;
use crate::report::diff::steps;
use crate::report::diff::title;
use crate::report::markup::Markup;
use crate::report::page::filter;
use crate::report::page::page;

/// Changes are open up to this number; of more, those that only matter to the object.
const OPEN: usize = 20;

pub(super) fn text(pairs: &[Pair], answer: &Answer, context: usize) -> String {
    let changes = &answer.changes;
    let mut head = Markup::default();
    head.raw("<h1>")
        .raw(if changes.is_empty() { "No differences" } else { "What changes" })
        .raw("</h1>\n<p class=\"soft\">");
    head.text(&line(changes, answer.ignored)).raw("</p>\n<ul class=\"counts\">\n");
    let count = |class| changes.iter().filter(|change| change.class == class).count();
    for class in Class::ALL.iter().rev().filter(|class| count(**class) > 0) {
        head.raw("<li class=\"badge ")
            .raw(class.name())
            .raw("\">")
            .count(count(*class))
            .raw(" ")
            .raw(class.name())
            .raw("</li>\n");
    }
    head.raw("</ul>\n");
    let mut out = Markup::default();
    if !changes.is_empty() {
        out.raw("<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">Changes</h2>\n");
        let buttons: Vec<(&str, &str, usize)> =
            Class::ALL.iter().rev().map(|class| (class.name(), class.name(), count(*class))).collect();
        out.add(filter("classes", "Show changes of class", &buttons)).raw("<div class=\"list\">\n");
        let mut ordered: Vec<&Change> = changes.iter().collect();
        ordered.sort_by_key(|change| (std::cmp::Reverse(change.class), is_text(change)));
        for (at, change) in ordered.into_iter().enumerate() {
            self::change(change, at < OPEN, context, &mut out);
        }
        out.raw("</div>\n</section>\n");
        commands(pairs, answer, &mut out);
    }
    page("meshtrace diff", head, out)
}

fn change(change: &Change, open: bool, context: usize, out: &mut Markup) {
    // A whole object is long, and its name says most of it; text such as INSTALL.md follows from what else changed.
    let open = open && !is_text(change) && !matches!(change.kind, Kind::Added | Kind::Removed);
    out.raw("<details class=\"")
        .raw(change.class.name())
        .raw("\"")
        .raw(if open { " open" } else { "" })
        .raw("><summary>");
    out.raw(match mark(change.kind) {
        '+' => "+ ",
        '-' => "- ",
        '>' => "&gt; ",
        _ => "~ ",
    });
    let title = title(change);
    out.text(&title).raw(" <span class=\"badge\">").raw(change.class.name()).raw("</span>");
    let file = (title != change.file).then(|| change.file.clone());
    let about: Vec<String> = file.into_iter().chain(renders(change)).collect();
    out.raw(" <span class=\"soft where\">").text(&about.join("; "));
    out.raw("</span>");
    if !open {
        for field in change.fields.iter().filter(|field| !field.reason.is_empty()) {
            out.raw("<br><span class=\"soft\">").text(&field.reason).raw("</span>");
        }
    }
    out.raw("</summary>\n");
    let is_whole = matches!(change.kind, Kind::Added | Kind::Removed);
    let folded = |field: &&crate::diff::Field| field.inner.as_ref().is_some_and(|inner| !inner.is_empty());
    if !is_whole && change.fields.iter().any(|field| folded(&field)) {
        block(lines::of_chart(change).as_slice(), out);
        // What changed inside a string has a fold of its own.
        for field in &change.fields {
            let lines = lines::of_field(field, context);
            match (folded(&field), lines.split_first()) {
                (true, Some((head, rest))) => {
                    out.raw("<details class=\"")
                        .raw(field.class.name())
                        .raw("\" open><summary><code>")
                        .line(&head.text);
                    out.raw("</code></summary>\n");
                    block(rest, out);
                    out.raw("</details>\n");
                }
                _ => block(&lines, out),
            }
        }
        if !change.restarts.is_empty() {
            out.raw("<p>restart: ").text(&change.restarts.join(", ")).raw("</p>\n");
        }
    } else {
        block(&lines::of(change, context, true), out);
    }
    out.raw("</details>\n");
}

fn is_text(change: &Change) -> bool {
    matches!(change.content, Content::Text | Content::Binary)
}

fn block(lines: &[Line], out: &mut Markup) {
    if lines.is_empty() {
        return;
    }
    out.raw("<pre tabindex=\"0\">");
    for one in lines {
        match one.sign {
            Sign::Plus => out.raw("<ins>+ ").line(&one.text).raw("</ins>"),
            Sign::Minus => out.raw("<del>- ").line(&one.text).raw("</del>"),
            Sign::Same => out.raw("<span>  ").line(&one.text).raw("</span>"),
        };
    }
    out.raw("</pre>\n");
}

/// The shell script of `--format steps`.
fn commands(pairs: &[Pair], answer: &Answer, out: &mut Markup) {
    let script = steps::script(pairs, answer);
    if script.text.trim().is_empty() {
        return;
    }
    out.raw(
        "<section aria-labelledby=\"steps\">\n<h2 id=\"steps\">Steps</h2>\n<details><summary>The commands that bring a \
             cluster there, in a safe order</summary>\n<pre tabindex=\"0\">",
    );
    for line in script.text.lines() {
        out.raw("<span>").line(line).raw("</span>");
    }
    out.raw("</pre>\n</details>\n");
    for (file, why) in &script.left_out {
        out.raw("<p class=\"soft\">").text(file).raw(" is not in the steps: ").text(why).raw("</p>\n");
    }
    out.raw("</section>\n");
}
