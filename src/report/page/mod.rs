//! One self-contained HTML page: no script, no request to anywhere, and a content-security policy that would forbid
//! both. Light and dark, for screens of any width, for print, keyboard and screen readers.

use crate::digest;
use crate::report::markup::Markup;

/// The style of pictures, also of those that are files of their own.
pub(crate) const PICTURE: &str = include_str!("svg.css");
/// All of the style: one element, whose hash the policy names.
const STYLE: &str = concat!(include_str!("page.css"), include_str!("svg.css"));

/// A page: its title, what follows its heading, and its content.
pub(crate) fn page(title: &'static str, head: Markup, content: Markup) -> String {
    let mut out = Markup::default();
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
    out.line(&digest::base64(STYLE.as_bytes())).raw("'; base-uri 'none'; form-action 'none'\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>").raw(title).raw("</title>\n<style>").raw(STYLE);
    out.raw("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header>\n")
        .add(head);
    out.raw("</header>\n<main id=\"content\" tabindex=\"-1\">\n").add(content);
    out.raw("</main>\n<footer>\n<p>Written by meshtrace</p>\n</footer>\n</body>\n</html>\n");
    out.finish()
}

/// Buttons that show only what has a class, in the section around them. `name` tells the groups of a page apart; each
/// button has the class, its word and a count.
pub(crate) fn filter(
    name: &'static str,
    about: &'static str,
    buttons: &[(&'static str, &'static str, usize)],
) -> Markup {
    let mut out = Markup::default();
    let some = buttons.iter().filter(|(.., count)| *count > 0).count();
    if some < 2 {
        return out;
    }
    out.raw("<fieldset>\n<legend>").raw(about).raw("</legend>\n<label><input type=\"radio\" name=\"").raw(name);
    out.raw("\" checked> all</label>\n");
    for (class, word, count) in buttons.iter().filter(|(.., count)| *count > 0) {
        out.raw("<label><input type=\"radio\" name=\"")
            .raw(name)
            .raw("\" class=\"only-")
            .raw(class)
            .raw("\"> ")
            .raw(word);
        out.raw(" <span class=\"soft\">").count(*count).raw("</span></label>\n");
    }
    out.raw("</fieldset>\n");
    out
}
