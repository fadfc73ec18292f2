//! Charts given by `--chart DIR`: which keys their values have, and the schema of the values.
//!
//! Source of how Helm reads a chart: helm.sh/helm/v3/pkg/chart/loader (files), pkg/chartutil/coalesce.go (defaults, and
//! subcharts below their name or alias) and pkg/chartutil/jsonschema.go (`values.schema.json` of a chart and of each
//! subchart).

use crate::check::input::embedded;
use crate::files::Files;
use crate::finding::Finding;
use crate::finding::ids;
use crate::source::Span;
use crate::stack::consul::values::overlay;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::collections::HashSet;

/// A chart in a directory.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Its name in Chart.yaml.
    pub name: String,
    /// Its version in Chart.yaml.
    pub version: Option<String>,
    /// The directory, as messages call it.
    pub folder: String,
    defaults: Json,
    /// `values.schema.json`.
    pub(crate) schema: Option<Json>,
    /// Paths that templates use as a whole, so that any key below them may be read; empty for all values.
    whole: BTreeSet<String>,
    /// Names in the templates, and keys in the comments of values.yaml.
    words: HashSet<String>,
    /// The charts in `charts/`, by the key that has their values.
    parts: Vec<(String, Chart)>,
    /// The keys of charts that it depends on and that are not in the directory.
    absent: BTreeSet<String>,
}

impl Chart {
    /// Whether a file of the directory says something about values.
    pub fn wants(path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        matches!(name, "Chart.yaml" | "requirements.yaml" | "values.yaml" | "values.schema.json")
            || path.starts_with("templates/")
            || path.contains("/templates/")
    }

    /// Reads a chart from the files of its directory, which messages call `folder`.
    ///
    /// # Errors
    ///
    /// If there is no Chart.yaml with a name, or a file cannot be read as YAML or JSON.
    pub fn read(folder: &str, files: &Files) -> Result<Chart, Box<Finding>> {
        read(folder, "", files)
    }

    /// The values that templates see, subcharts' defaults included.
    pub(crate) fn merged(&self, own: &Json) -> Json {
        let mut all = self.defaults_of_all();
        overlay(&mut all, own);
        all
    }

    fn defaults_of_all(&self) -> Json {
        let mut all = Json::Object(serde_json::Map::new());
        for (key, part) in &self.parts {
            all[key] = part.defaults_of_all();
        }
        overlay(&mut all, &self.defaults);
        all
    }

    /// This chart and its subcharts that these values do not switch off, each with the way to its values.
    pub(crate) fn all<'c>(&'c self, merged: &Json) -> Vec<(Vec<String>, &'c Chart)> {
        let mut found = vec![(Vec::new(), self)];
        for (key, part) in &self.parts {
            let Some(own) =
                merged.get(key).filter(|own| own.is_object() && own.get("enabled") != Some(&Json::Bool(false)))
            else {
                continue;
            };
            let below = part.all(own).into_iter();
            found.extend(below.map(|(way, part)| ([vec![key.clone()], way].concat(), part)));
        }
        found
    }

    /// The default of a key; `None` if it has none.
    pub(crate) fn default_of(&self, path: &[&str]) -> Option<&Json> {
        let own = path.iter().try_fold(&self.defaults, |at, key| at.get(key));
        own.or_else(|| {
            let (first, rest) = path.split_first()?;
            let (_, part) = self.parts.iter().find(|(key, _)| key == first)?;
            if rest.is_empty() { Some(&part.defaults) } else { part.default_of(rest) }
        })
    }

    /// Whether some template may read a key. What is below a map without defaults is up to the user.
    pub(crate) fn may_read(&self, path: &[&str]) -> bool {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return true };
        let is_whole = (0..path.len()).any(|end| self.whole.contains(&path[..end].join(".")));
        let below_free = (1..path.len()).any(|end| self.default_of(&path[..end]).is_some_and(is_free));
        let part = self.parts.iter().find(|(key, _)| key == first);
        *first == "global"
            || *first == "tags" && path.len() == 2
            || self.absent.contains(*first)
            || is_whole
            || below_free
            || self.default_of(path).is_some()
            || self.words.contains(*last)
            || part.is_some_and(|(_, part)| path.len() > 1 && part.may_read(&path[1..]))
    }

    /// The keys beside the one at the end of a path.
    pub(crate) fn beside(&self, path: &[&str]) -> Vec<&str> {
        let above = &path[..path.len().saturating_sub(1)];
        let map = if above.is_empty() { Some(&self.defaults) } else { self.default_of(above) };
        let mut names: Vec<&str> = map.and_then(Json::as_object).into_iter().flatten().map(|(key, _)| &**key).collect();
        if above.is_empty() {
            names.extend(self.parts.iter().map(|(key, _)| &**key));
        }
        names
    }
}

/// Whether a default says nothing about the keys below it.
fn is_free(default: &Json) -> bool {
    match default {
        Json::Object(members) => members.is_empty(),
        _ => true,
    }
}

fn read(folder: &str, below: &str, files: &Files) -> Result<Chart, Box<Finding>> {
    let shown = format!(
        "{folder}{}",
        if below.is_empty() { String::new() } else { format!("/{}", below.trim_end_matches('/')) }
    );
    let yaml = |name: &str| -> Result<Option<Node>, Box<Finding>> {
        let Some(file) = files.get(&format!("{below}{name}")) else { return Ok(None) };
        match embedded::alone(&file.text, Span::NONE) {
            Some(node) => Ok(Some(node)),
            None if file.text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) => Ok(None),
            None => Err(unusable(&format!("`{}` is not valid YAML", file.name))),
        }
    };
    let about = yaml("Chart.yaml")?.ok_or_else(|| unusable(&format!("`{shown}` has no Chart.yaml")))?;
    let text = |key: &str| about.get(key).and_then(Node::as_str).map(str::to_string);
    let name = text("name").ok_or_else(|| unusable(&format!("`{shown}/Chart.yaml` has no `name`")))?;
    let mut chart = Chart { name, version: text("version"), folder: shown, ..Chart::default() };
    chart.defaults = yaml("values.yaml")?.map(|node| node.to_json()).unwrap_or_default();
    if let Some(file) = files.get(&format!("{below}values.schema.json")) {
        let schema = serde_json::from_str(&file.text);
        let schema: Json = schema.map_err(|error| unusable(&format!("`{}` is not valid JSON: {error}", file.name)))?;
        properties(&schema, &mut chart.words);
        chart.schema = Some(schema);
    }
    let comments = files.get(&format!("{below}values.yaml")).map(|file| file.text.clone()).unwrap_or_default();
    for line in comments.lines().filter_map(|line| line.trim_start().strip_prefix('#')) {
        let key = line.trim_start_matches(['#', ' ', '-']).split(':').next().unwrap_or_default().trim();
        chart.words.insert(key.trim_matches(['"', '\'']).to_string());
    }
    let all = |kind: &str| format!("{below}{kind}/");
    for (_, file) in files.iter().filter(|(path, _)| path.starts_with(&all("templates"))) {
        uses(&file.text, &mut chart);
    }
    let requirements = yaml("requirements.yaml")?;
    let dependencies = [&about].into_iter().chain(&requirements).filter_map(|node| node.get("dependencies")?.as_list());
    let dependencies: Vec<&Node> = dependencies.flatten().collect();
    for path in files.paths().filter_map(|path| path.strip_prefix(&*all("charts"))) {
        let Some((part, "Chart.yaml")) = path.split_once('/') else { continue };
        let part = read(folder, &format!("{below}charts/{part}/"), files)?;
        // Library charts read the values of the chart that uses them.
        chart.words.extend(part.words.iter().cloned());
        let key_of = |one: &&Node| (one.get("name")?.as_str()? == part.name).then(|| key(one)).flatten();
        let mut keys: Vec<String> = dependencies.iter().filter_map(key_of).collect();
        if keys.is_empty() {
            keys.push(part.name.clone());
        }
        chart.parts.extend(keys.into_iter().map(|key| (key, part.clone())));
    }
    for one in &dependencies {
        let switches = one.get("condition").and_then(Node::as_str).unwrap_or_default();
        chart.words.extend(switches.split([',', '.']).map(|word| word.trim().to_string()));
        let key = key(one).filter(|key| !chart.parts.iter().any(|(own, _)| own == key));
        chart.absent.extend(key);
    }
    Ok(chart)
}

/// The names of properties anywhere in a schema.
fn properties(schema: &Json, names: &mut HashSet<String>) {
    match schema {
        Json::Object(members) => {
            let own = members.get("properties").and_then(Json::as_object);
            names.extend(own.into_iter().flatten().map(|(name, _)| name.clone()));
            members.values().for_each(|below| properties(below, names));
        }
        Json::Array(items) => items.iter().for_each(|below| properties(below, names)),
        _ => {}
    }
}

/// The key that has the values of a dependency.
fn key(dependency: &Node) -> Option<String> {
    let text = |key: &str| dependency.get(key).and_then(Node::as_str);
    text("alias").or_else(|| text("name")).map(str::to_string)
}

fn unusable(message: &str) -> Box<Finding> {
    let help = "`--chart` takes the directory of a chart, with its Chart.yaml and values.yaml";
    Box::new(Finding::error(ids::USAGE, message.to_string()).help(help))
}

/// Notes the names that the actions of a template read, and the values that they use as a whole.
fn uses(text: &str, chart: &mut Chart) {
    for action in text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        for (at, mark) in action.match_indices(['.', '"', '`']) {
            let word: String = action[at + mark.len()..].chars().take_while(|c| is_word(*c)).collect();
            chart.words.extend((!word.is_empty()).then_some(word));
        }
        let verb = action.trim_start_matches(['-', ' ', '\n', '\t']);
        if verb.starts_with("if ") || verb.starts_with("else if ") {
            continue;
        }
        for (at, name) in action.match_indices(".Values") {
            let rest = &action[at + name.len()..];
            let path: String = rest.chars().take_while(|c| is_word(*c) || *c == '.').collect();
            chart.whole.insert(path.trim_matches('.').to_string());
        }
    }
}
