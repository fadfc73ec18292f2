use super::*;
use crate::diff;
use crate::diff::Tree;
use crate::finding::Findings;

fn answer(from: &str, to: &str) -> Answer {
    in_renders(&["dev".to_owned()], from, to)
}

fn in_renders(renders: &[String], from: &str, to: &str) -> Answer {
    let tree = |text: &str| Tree { files: [("a.yaml".to_owned(), text.into())].into(), ..Tree::default() };
    let pair =
        |render: &String| Pair { render: Some(render.clone()), from: tree(from), to: tree(to), ..Pair::default() };
    let pairs: Vec<Pair> = renders.iter().map(pair).collect();
    diff::run(&pairs, &diff::Options::default(), &mut Findings::default()).unwrap()
}

const VIEW: View = View { context: 3, max_chars: 60_000, summary: false, color: Color::No };

fn text(answer: &Answer, format: Format, view: View) -> String {
    write(&[], answer, format, &view).text
}

fn map(name: &str, data: &str) -> String {
    format!("---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{{data}}}}}\n")
}

#[test]
fn a_change_in_hundreds_of_renders_is_one_line_in_every_format() {
    let renders: Vec<String> = (0..187).map(|n| format!("eu-{n}")).collect();
    let answer = in_renders(&renders, &map("a", "x: '1'"), &map("a", "x: '2'"));
    let human = text(&answer, Format::Human, VIEW);
    assert!(
        human.contains("same in 187: eu-0, eu-1, eu-2, eu-3, eu-4, eu-5, ...]") && human.lines().count() == 3,
        "{human}"
    );
    assert!(text(&answer, Format::Markdown, VIEW).contains("same in 187: eu-0"));
    let json: serde_json::Value = serde_json::from_str(&text(&answer, Format::Json, VIEW)).unwrap();
    assert_eq!(
        (json["changes"][0]["render"].as_str(), json["changes"][0]["renders"].as_array().map(Vec::len)),
        (Some("eu-0"), Some(187))
    );
}

#[test]
fn context_is_as_requested() {
    let lines =
        |n: usize| (0..20).map(|line| format!("{line}{}\\n", if line == n { "x" } else { "" })).collect::<String>();
    let answer = answer(&map("a", &format!("t: \"{}\"", lines(99))), &map("a", &format!("t: \"{}\"", lines(10))));
    let lines = |context| text(&answer, Format::Human, View { context, ..VIEW }).lines().count();
    assert_eq!((lines(0), lines(2), lines(99)), (5, 9, 24));
}

#[test]
fn control_characters_and_markup_are_made_visible() {
    let answer = answer("", &map("'a|b <img src=x> @all \u{60}c\u{60}'", "x: \"\\u001b[31mred\\u0007\""));
    let page = text(&answer, Format::Markdown, VIEW);
    // Inside a fence they have no effect.
    let around: String = page.split("```").step_by(2).collect();
    assert!(!around.contains("<img") && !around.contains("@all") && around.contains("a&#124;b"), "{page}");
    for text in [text(&answer, Format::Human, VIEW), page] {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    }
}

#[test]
fn a_fence_is_longer_than_any_run_of_backticks_inside() {
    let answer = answer("a: 1\n", "a: \"````\"\n");
    assert!(text(&answer, Format::Markdown, VIEW).contains("\n`````diff\n"));
}

#[test]
fn markdown_shows_the_worst_changes_if_not_all_fit() {
    let many = |image: &str| (0..300).map(|n| map(&format!("c{n}"), &format!("x: {image}"))).collect::<String>();
    let lost = "---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: zzz}, spec: {a: b}}\n";
    let answer = Answer { ignored: 2, ..answer(&(many("a") + lost), &many("b")) };
    let text = text(&answer, Format::Markdown, View { max_chars: 5_000, ..VIEW });
    assert!(text.chars().count() <= 5_000 && text.contains("PersistentVolumeClaim zzz</code> data-loss"), "{text}");
    assert!(text.contains("The table omits") && text.contains("omitted to stay within the length limit"));
    assert!(text.contains("0 added, 300 changed, 1 removed; 1 data-loss; 2 ignored"));
}
