use super::*;
use crate::diff;
use crate::diff::Tree;
use crate::finding::Findings;
use crate::report::Colour;

fn changes(from: &str, to: &str) -> Vec<Change> {
    let tree = |text: &str| Tree { files: [("a.yaml".to_owned(), text.into())].into(), ..Tree::default() };
    let (from, to) = diff::read(&tree(from), &tree(to), &mut Findings::default());
    diff::compare(&from, &to, Some("dev"))
}

fn map(name: &str, data: &str) -> String {
    format!("---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{{data}}}}}\n")
}

#[test]
fn a_change_in_hundreds_of_renders_is_one_line_in_every_format() {
    let mut changes = changes(&map("a", "x: '1'"), &map("a", "x: '2'"));
    changes[0].renders = (0..187).map(|n| format!("eu-{n}")).collect();
    let text = human(&changes, 0, 3, Colour::No);
    assert!(
        text.contains("same in 187: eu-0, eu-1, eu-2, eu-3, eu-4, eu-5, ...]") && text.lines().count() == 3,
        "{text}"
    );
    assert!(markdown(&changes, 0, 3, 60_000).contains("same in 187: eu-0"));
    let json: serde_json::Value = serde_json::from_str(&json(&changes, 0)).unwrap();
    assert_eq!(
        (json["changes"][0]["render"].as_str(), json["changes"][0]["renders"].as_array().map(Vec::len)),
        (Some("eu-0"), Some(187))
    );
}

#[test]
fn context_is_what_was_asked_for() {
    let text =
        |n: usize| (0..20).map(|line| format!("{line}{}\\n", if line == n { "x" } else { "" })).collect::<String>();
    let changes = changes(&map("a", &format!("t: \"{}\"", text(99))), &map("a", &format!("t: \"{}\"", text(10))));
    let lines = |context| human(&changes, 0, context, Colour::No).lines().count();
    assert_eq!((lines(0), lines(2), lines(99)), (5, 9, 24));
}

#[test]
fn what_a_terminal_or_a_page_would_obey_is_shown_instead() {
    let changes = changes("", &map("'a|b <img src=x> @all \u{60}c\u{60}'", "x: \"\\u001b[31mred\\u0007\""));
    let page = markdown(&changes, 0, 3, 60_000);
    // In a fence they mean nothing.
    let around: String = page.split("```").step_by(2).collect();
    assert!(!around.contains("<img") && !around.contains("@all") && around.contains("a&#124;b"), "{page}");
    for text in [human(&changes, 0, 3, Colour::No), page] {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    }
}

#[test]
fn a_fence_is_longer_than_any_run_of_backticks_inside() {
    let changes = changes("a: 1\n", "a: \"````\"\n");
    assert!(markdown(&changes, 0, 3, 60_000).contains("\n`````diff\n"));
}

#[test]
fn markdown_shows_the_worst_when_not_all_fits() {
    let many = |image: &str| (0..300).map(|n| map(&format!("c{n}"), &format!("x: {image}"))).collect::<String>();
    let lost = "---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: zzz}, spec: {a: b}}\n";
    let changes = changes(&(many("a") + lost), &many("b"));
    let text = markdown(&changes, 2, 3, 5_000);
    assert!(text.chars().count() <= 5_000 && text.contains("PersistentVolumeClaim zzz</code> data-loss"), "{text}");
    assert!(text.contains("more changes are not in the table") && text.contains("left out for length"));
    assert!(text.contains("0 added, 300 changed, 1 removed; 1 data-loss; 2 ignored"));
}
