//! Upgrades of Helm releases.
//!
//! The commands are those of the INSTALL.md of the render.

use crate::diff::Change;
use crate::diff::Kind;
use crate::diff::Pair;
use crate::diff::Tree;
use crate::diff::guide;
use crate::diff::steps::Command;
use crate::diff::steps::Phase;
use crate::diff::steps::Step;
use crate::diff::steps::Word;
use crate::diff::steps::command;
use crate::diff::steps::kubectl;
use crate::diff::steps::moved;
use crate::object::CHARTS;
use crate::object::Stage;

/// The heading of the section about operators in `templates/INSTALL.md`.
const OPERATORS: &str = "## 2. ";

/// `helm upgrade` as INSTALL.md has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) name: String,
    pub(super) namespace: String,
    /// The path of its values in the render.
    pub(super) values: String,
    words: Vec<String>,
}

/// Upgrades of the releases whose values, chart or version change; the removal of those that are gone; and a word about
/// operators, which INSTALL.md installs.
pub(super) fn steps(pair: &Pair, changes: &[&Change]) -> Vec<Step> {
    let (old, new) = (releases(&pair.from), releases(&pair.to));
    let step = |stage, phase, why: String, commands| Step { stage, rank: 0, phase, why: vec![why], commands };
    let mut steps = Vec::new();
    let operators = guide::section(&pair.to, OPERATORS);
    if operators.is_some() && operators != guide::section(&pair.from, OPERATORS) {
        let why = "the operators: follow step 2 of INSTALL.md, which installs them or changes their version";
        steps.push(step(Stage::Operators, Phase::Apply, why.to_owned(), Vec::new()));
    }
    for release in &new {
        if takes_over(release, &pair.from) {
            let why = format!(
                "release {}: takes over what was rendered of its chart, and needs Helm 3.17 or newer for that; what its chart does not \
                 have stays",
                release.name
            );
            let mut commands = repositories(&pair.to, release);
            let mut upgrade = release.command();
            upgrade.words.push(Word::Text("--take-ownership".to_owned()));
            commands.push(upgrade);
            steps.push(step(Stage::Charts, Phase::Apply, why, commands));
            continue;
        }
        let changed = changes.iter().find(|change| change.file == release.values && change.kind != Kind::Removed);
        let before = old.iter().find(|one| one.values == release.values);
        let why = match (changed, before) {
            (Some(change), _) if change.kind == Kind::Changed => {
                format!("release {}: {}", release.name, changed_in(change))
            }
            (Some(_), _) | (None, None) => format!("release {}: added", release.name),
            (None, Some(before)) if before.words != release.words => {
                format!("release {}: its chart, version or namespace changes", release.name)
            }
            (None, Some(_)) => continue,
        };
        let mut commands = repositories(&pair.to, release);
        commands.push(release.command());
        steps.push(step(Stage::Charts, Phase::Apply, why, commands));
    }
    let is_new = |one: &Release| new.iter().any(|other| (&other.name, &other.namespace) == (&one.name, &one.namespace));
    let is_moved = |one: &Release| moved::of(pair).is_some_and(|(moved, _)| moved == *one);
    for release in old.iter().filter(|one| !is_new(one) && !is_moved(one)) {
        if takes_over(release, &pair.to) {
            let why = format!(
                "release {}: its objects were applied above, so only Helm's record of it goes; what is no longer rendered of its chart stays",
                release.name
            );
            // helm v3.22 `pkg/storage/driver/secrets.go`, `newSecretsObject`.
            let record = format!("owner=helm,name={}", release.name);
            let forget = kubectl(&release.namespace, &["delete", "secret", "-l", &record]);
            steps.push(step(Stage::Charts, Phase::Delete, why, vec![forget]));
            continue;
        }
        let words = ["helm", "uninstall", &release.name, "-n", &release.namespace, "--ignore-not-found"];
        let why = format!("release {}: removed, with everything that its chart installed", release.name);
        steps.push(step(Stage::Charts, Phase::Delete, why, vec![command(&words)]));
    }
    // Beside a chart that is rendered, its values are only a record.
    let renders = |tree: &Tree| tree.files.keys().any(|file| file.starts_with(CHARTS));
    let is_record = |file: &str| file.starts_with("helm/") && (renders(&pair.from) || renders(&pair.to));
    let values = |change: &&&Change| change.object.is_none() && is_values(&change.file) && !is_record(&change.file);
    for change in changes.iter().filter(values) {
        if new.iter().chain(&old).all(|release| release.values != change.file) {
            let chart = change.chart.as_ref().map(|chart| format!(" ({} -> {})", chart.from, chart.to));
            let why = format!(
                "{}: upgrade the release that uses these values{}; the files do not name it",
                change.file,
                chart.unwrap_or_default()
            );
            steps.push(step(Stage::Charts, Phase::Apply, why, Vec::new()));
        }
    }
    steps
}

/// What changes in the values of a release.
fn changed_in(change: &Change) -> String {
    let chart = change.chart.as_ref().map(|chart| format!("chart {} -> {}", chart.from, chart.to));
    let names: Vec<&str> = change.fields.iter().take(4).map(|field| field.keyed.as_str()).collect();
    let more = if change.fields.len() > 4 { ", ..." } else { "" };
    let values = (!names.is_empty()).then(|| format!("changed values {}{more}", names.join(", ")));
    chart.into_iter().chain(values).collect::<Vec<_>>().join("; ")
}

/// Whether a tree has the objects of a release's chart, which it owns if Helm does not.
fn takes_over(release: &Release, tree: &Tree) -> bool {
    let folder = folder(&release.name);
    tree.files.keys().any(|file| file.starts_with(&folder))
}

fn folder(name: &str) -> String {
    format!("{CHARTS}{name}/")
}

/// The folders of charts whose objects a Helm release of TO takes over: they are not to be deleted.
pub(super) fn taken_over(pair: &Pair) -> Vec<String> {
    let new = releases(&pair.to);
    new.iter().filter(|release| takes_over(release, &pair.from)).map(|release| folder(&release.name)).collect()
}

fn is_values(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default();
    name.contains("values") && (name.ends_with(".yaml") || name.ends_with(".yml"))
}

impl Release {
    fn command(&self) -> Command {
        let file = |word: &String| match *word == self.values {
            true => Word::File(word.clone()),
            false => Word::Text(word.clone()),
        };
        Command { words: self.words.iter().map(file).collect(), until: false }
    }
}

pub(super) fn releases(tree: &Tree) -> Vec<Release> {
    guide::text(tree).lines().filter_map(release).collect()
}

/// A line `helm upgrade --install NAME CHART ... -n NAMESPACE -f VALUES ...`.
fn release(line: &str) -> Option<Release> {
    let words = guide::plain(line)?;
    let after = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1)).cloned();
    if words.len() < 8 || words[..3] != ["helm", "upgrade", "--install"] || words[3].starts_with('-') {
        return None;
    }
    Some(Release { name: words[3].clone(), namespace: after("-n")?, values: after("-f")?, words })
}

/// `helm repo add` of the repository that a release's chart is from.
fn repositories(tree: &Tree, release: &Release) -> Vec<Command> {
    let repository = release.words.get(4).and_then(|chart| chart.split_once('/')).map(|(repository, _)| repository);
    let lines = guide::text(tree).lines().flat_map(|line| line.split(" && ")).filter_map(guide::plain);
    let of = |words: &Vec<String>| {
        words.len() > 3 && words[..2] == ["helm", "repo"] && words.get(3).map(String::as_str) == repository
    };
    let mut found: Vec<Command> = Vec::new();
    for words in lines.filter(of) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let command = command(&words);
        if !found.contains(&command) {
            found.push(command);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_commands_are_taken_from_a_guide() {
        let line =
            "helm upgrade --install consul hashicorp/consul --version 1.2.0 -n consul -f helm/consul/values.yaml";
        let found = release(line).unwrap();
        assert_eq!((&*found.name, &*found.namespace, &*found.values), ("consul", "consul", "helm/consul/values.yaml"));
        for bad in
            [format!("{line}; rm -rf /"), line.replace("1.2.0", "$(id)"), line.replace("consul hashi", "'c' hashi")]
        {
            assert_eq!(release(&bad), None, "{bad}");
        }
    }
}
