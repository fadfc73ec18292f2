//! Splits what the command line names into sets that are checked separately.
//!
//! Everything is one set, with these exceptions: a directory written by `render` is a unit, a kustomization is what it
//! lists, and directories with the same objects are alternatives.

mod embedded;
pub(crate) mod plan;

use crate::check::input::chainsaw;
use crate::check::input::chart::Chart;
use crate::check::input::kustomize;
use crate::check::input::kustomize::Content;
use crate::check::input::kustomize::Generator;
use crate::check::input::kustomize::Kustomizations;
use crate::check::input::load::Added;
use crate::check::input::load::Loaded;
use crate::check::input::load::Parsed;
use crate::check::input::loose::Loose;
use crate::check::input::path::above;
use crate::check::input::path::clean;
use crate::check::input::path::folder;
use crate::check::input::release::helmfile_patches;
use crate::check::input::release::holds_values;
use crate::check::input::release::is_helmfile;
use crate::check::input::release::is_terraform;
use crate::check::input::skip::Skip;
use crate::check::input::skip::has_braces;
use crate::check::input::skip::is_placeholder;
use crate::check::input::skip::why_not_read;
use crate::files::File;
use crate::files::Files;
use crate::files::LIST;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::source::SourceId;
use crate::source::Span;
use crate::stack::kube;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// What was read, by file.
#[derive(Default)]
pub struct Sets {
    loaded: Loaded,
    files: Vec<Member>,
    kustomizations: Kustomizations,
    skipped: BTreeMap<Skip, usize>,
    charts: BTreeSet<String>,
    /// All paths, so that nothing is read twice.
    paths: HashSet<String>,
    /// The files that kustomization generators read.
    texts: HashMap<String, File>,
    /// The files of directories that cannot be read, and those that are not YAML.
    unread: HashSet<String>,
    malformed: HashSet<String>,
    /// The directories with files named as those of kustomizations.
    built: HashSet<String>,
    /// The files that are not objects, to which what installs a chart may refer.
    loose: Loose,
    /// The paths given on the command line.
    named: Vec<String>,
    /// The directories among them.
    folders: Vec<String>,
}

/// A file of a directory that may hold manifests.
struct Manifest {
    path: String,
    /// The directory that `render` wrote and that it is in.
    render: Option<String>,
    source: SourceId,
}

/// Files are parsed in batches of this many bytes, since what is skipped takes memory until its batch is done.
const BATCH: usize = 4 * 1024 * 1024;

/// A file with something to check in it.
struct Member {
    path: String,
    objects: Range<usize>,
    values: Range<usize>,
    /// Whether it was named on the command line.
    is_named: bool,
    /// The directory written by `render` that it is in.
    render: Option<String>,
}

impl Sets {
    /// Whether a file in a directory matters: it may be a manifest, or determines which files belong together.
    pub fn wants(path: &str) -> bool {
        let is_foreign = |step: &str| matches!(step, "node_modules" | "vendor");
        let wanted =
            [".yaml", ".yml", ".json", ".tf", ".jsonnet", ".libsonnet", LIST].iter().any(|end| path.ends_with(end))
                || path.ends_with(".gotmpl") && is_helmfile(path)
                || kustomize::is_kustomization(path);
        wanted && !folder(path).split('/').any(is_foreign)
    }

    /// Adds a text named on the command line, or the reason it could not be read.
    pub fn add(&mut self, name: &str, text: Result<String, Finding>) {
        self.named.push(name.to_string());
        match text {
            Ok(_) if !self.paths.insert(clean(name)) => {}
            Ok(text) => {
                let source = self.loaded.sources_mut().add(name, text);
                let parsed = self.loaded.parse(source);
                let added = self.loaded.take(parsed, false);
                if added.objects.is_empty() {
                    self.loose.add(clean(name), source, None);
                }
                self.member(clean(name), added, true, None);
            }
            Err(finding) => self.loaded.unreadable(finding),
        }
    }

    /// Adds the files of a directory that messages call `name`, and errors from reading it.
    pub fn add_folder(&mut self, name: &str, files: Files, unreadable: Findings) {
        self.named.push(name.to_string());
        self.folders.push(clean(name));
        unreadable.into_iter().for_each(|finding| self.loaded.unreadable(finding));
        let below = |end: &str| -> HashSet<String> {
            let paths = files.iter().filter_map(|(path, _)| path.strip_suffix(end));
            paths
                .filter(|rest| rest.is_empty() || rest.ends_with('/'))
                .map(|rest| rest.trim_end_matches('/').to_string())
                .collect()
        };
        let (renders, charts) = (below(LIST), below("Chart.yaml"));
        let root = |path: &str| above(path).find(|folder| renders.contains(*folder)).map(str::to_string);
        for (path, why) in files.all_unreadable() {
            self.unread.insert(clean(&format!("{name}/{path}")));
            match root(path) {
                // A file of a render is a manifest, whatever became of it.
                Some(_) => self.loaded.unreadable(why.clone()),
                None => self.skip(why_not_read(why)),
            }
        }
        for (path, file) in files.iter().filter(|(path, _)| kustomize::is_kustomization(path)) {
            self.built.insert(folder(&clean(&file.name)).to_string());
            if root(path).is_none() && chart_of(path, &charts).is_none() && !is_test_data(path) {
                self.kustomization(file);
            }
        }
        let generators = self.kustomizations.generators();
        let read = generators.iter().flat_map(|generator| &generator.data).filter_map(|(_, content)| match content {
            Content::File(path) => Some(path.as_str()),
            Content::Text(_) => None,
        });
        let read: HashSet<&str> = read.collect();
        let patches = self.kustomizations.patches();
        let tests = || files.iter().filter(|(path, _)| chainsaw::is_test(path)).map(|(_, file)| file);
        let asserted: HashSet<String> = tests().flat_map(chainsaw::parts).collect();
        let applied: HashSet<String> = tests().flat_map(chainsaw::applied).collect();
        let of_helmfiles: HashSet<String> = files.iter().flat_map(|(_, file)| helmfile_patches(file)).collect();
        let mut manifests: Vec<Manifest> = Vec::new();
        // Takes the files by value: two copies of everything would need too much memory.
        for (path, file) in files.into_texts() {
            if path.ends_with(LIST) || kustomize::is_kustomization(&path) {
                continue;
            }
            let whole = clean(&file.name);
            if read.contains(&*whole) {
                self.texts.insert(whole.clone(), file.clone());
            }
            let render = root(&path).map(|root| clean(&format!("{name}/{root}")));
            if !self.paths.insert(whole.clone()) {
                continue;
            }
            if let Some(chart) = chart_of(&path, &charts) {
                if is_about_values(&path, chart) {
                    let source = self.loaded.sources_mut().add(file.name, file.text);
                    self.loose.add(whole, source, Some(Skip::HelmChart));
                }
                self.charts.insert(clean(&format!("{name}/{chart}")));
                self.skip(Skip::HelmChart);
            } else if render.is_none() && patches.contains(&whole) {
                self.patch(whole, &file);
            } else if render.is_none() && is_test_data(&path) {
                self.skip(Skip::TestData);
            } else if is_terraform(&path) || path.ends_with(".gotmpl") {
                if !is_terraform(&path) || holds_values(&file.text) {
                    let source = self.loaded.sources_mut().add(file.name, file.text);
                    self.loose.add(whole, source, None);
                }
            } else if asserted.contains(&whole) {
                self.skip(Skip::Assertion);
            } else if of_helmfiles.contains(&whole) {
                self.skip(Skip::KustomizePatch);
            } else {
                let source = self.loaded.sources_mut().add(file.name, file.text);
                manifests.push(Manifest { path: whole, render, source });
            }
        }
        self.add_manifests(manifests, &applied);
    }

    /// Parses files on all cores, and adds them in their order.
    fn add_manifests(&mut self, manifests: Vec<Manifest>, applied: &HashSet<String>) {
        let listed = self.kustomizations.listed();
        let mut manifests = manifests.into_iter();
        while manifests.len() > 0 {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while bytes < BATCH
                && let Some(manifest) = manifests.next()
            {
                bytes += self.loaded.sources().text(manifest.source).len();
                batch.push(manifest);
            }
            let parsed = batch.par_iter().with_min_len(8).map(|manifest| self.loaded.parse(manifest.source));
            let parsed: Vec<Parsed> = parsed.collect();
            for (Manifest { path, render, source }, parsed) in batch.into_iter().zip(parsed) {
                if render.is_some() {
                    self.loaded.rendered(source);
                }
                let mut added = self.loaded.take(parsed, true);
                if added.is_malformed && added.skip.is_none() {
                    self.malformed.insert(path.clone());
                }
                let is_beside = render.is_none() && self.kustomizations.has(folder(&path)) && !listed.contains(&path);
                if is_beside && added.values.is_empty() && added.skip.is_none() {
                    self.loaded.forget(&added);
                    added.objects.end = added.objects.start;
                    added.skip = Some(Skip::NotListed);
                } else if applied.contains(&path)
                    && added
                        .objects
                        .clone()
                        .map(|index| self.loaded.object(index))
                        .any(|(id, node)| chainsaw::is_part(id, node))
                {
                    self.loaded.forget(&added);
                    added.objects.end = added.objects.start;
                    added.skip = Some(Skip::Assertion);
                }
                if added.objects.is_empty() {
                    self.loose.add(path.clone(), source, added.skip);
                }
                self.member(path, added, false, render);
            }
        }
    }

    fn kustomization(&mut self, file: &File) {
        let source = self.loaded.sources_mut().add(Arc::clone(&file.name), Arc::clone(&file.text));
        let mut found = Findings::default();
        let documents = yaml::read(self.loaded.sources(), source, &mut found);
        let path = clean(&file.name);
        if found.errors() > 0 {
            return self.malformed_kustomization(&path, &file.text, found);
        }
        match documents.into_iter().map(|document| document.node).find(|node| node.as_map().is_some()) {
            // Flux and others use the same file name.
            Some(node) if node.path(&["metadata", "name"]).is_some() && node.get("spec").is_some() => {
                let added = self.loaded.read(file.name.clone(), file.text.clone(), true);
                self.member(path, added, false, None);
            }
            Some(node) => self.kustomizations.add(folder(&path), node),
            None => {}
        }
    }

    /// A kustomization that is not YAML makes nothing, unless something else makes YAML of it first.
    fn malformed_kustomization(&mut self, path: &str, text: &str, found: Findings) {
        if has_braces(text) {
            return self.skip(Skip::Template);
        }
        found
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .for_each(|finding| self.loaded.unreadable(finding));
        self.kustomizations.add_malformed(folder(path), text);
    }

    /// Whether a path that a kustomization lists certainly does not exist: it would be in a directory that was read.
    fn lacks(&self, path: &str) -> bool {
        let is_below = |path: &str, folder: &str| match folder {
            "" => !path.starts_with("..") && !path.starts_with('/'),
            folder => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        };
        let is_hidden = path.split('/').any(|step| step.starts_with('.') && step != "..");
        let is_unread = self.unread.iter().any(|own| own == path || is_below(own, path) || is_below(path, own));
        if is_hidden
            || is_unread
            || path.is_empty()
            || is_placeholder(path)
            // An address in the network, which has lost a slash on the way.
            || path.contains(":/")
            || !self.folders.iter().any(|folder| is_below(path, folder))
        {
            return false;
        }
        // A name without an ending may be that of a file of any kind, and those are not read.
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_there = match kustomize::is_kustomization(path) {
            true => self.built.contains(folder(path)),
            false => self.paths.contains(path),
        };
        name.contains('.') && Self::wants(path) && !is_there
    }

    fn patch(&mut self, path: String, file: &File) {
        let source = self.loaded.sources_mut().add(Arc::clone(&file.name), Arc::clone(&file.text));
        let mut found = Findings::default();
        let documents = yaml::read(self.loaded.sources(), source, &mut found);
        let documents =
            documents.into_iter().map(|document| document.node).filter(|node| !matches!(node.value, Value::Null));
        if found.errors() == 0 {
            self.kustomizations.add_patch(path, documents.collect());
        } else if !has_braces(&file.text) {
            found
                .into_iter()
                .filter(|finding| finding.severity == Severity::Error)
                .for_each(|finding| self.loaded.unreadable(finding));
        }
        self.skip(Skip::KustomizePatch);
    }

    fn member(&mut self, path: String, added: Added, is_named: bool, render: Option<String>) {
        if let Some(why) = added.skip {
            self.skip(why);
        }
        if !added.objects.is_empty() || !added.values.is_empty() {
            self.files.push(Member { path, objects: added.objects, values: added.values, is_named, render });
        }
    }

    fn skip(&mut self, why: Skip) {
        *self.skipped.entry(why).or_default() += 1;
    }

    /// Charts given by `--chart`, to be called before any file is added.
    pub fn know_charts(&mut self, charts: &[Chart]) {
        self.loaded.know_charts(charts.iter().map(|chart| chart.name.clone()).collect());
    }

    /// Whether there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.loaded.is_empty()
    }

    /// The CustomResourceDefinitions among all that was read, for [`Options::definitions`](crate::check::Options::definitions).
    pub fn definitions(&self) -> Vec<Node> {
        let objects = self.loaded.objects().iter();
        let definitions =
            objects.filter(|(id, _)| (&*id.group, &*id.kind) == (kube::API_EXTENSIONS, "CustomResourceDefinition"));
        definitions.map(|(_, node)| node.clone()).collect()
    }

    /// Creates what kustomizations generate from literals and from files that were read.
    fn generate(&mut self) {
        for Generator { at, kind, name, namespace, data, span } in self.kustomizations.generators() {
            let mut map = Map::default();
            let mut is_known = true;
            for (key, content) in data {
                let value = match content {
                    // The values of Secrets are no one's business.
                    _ if kind == "Secret" => Node::string(HIDDEN),
                    Content::Text(text) => Node::string(&text),
                    Content::File(path) => match self.texts.get(&path) {
                        Some(file) => {
                            let source = self.loaded.sources_mut().add(Arc::clone(&file.name), Arc::clone(&file.text));
                            Node { span: Span::new(source, 0, file.text.len()), ..Node::string(&file.text) }
                        }
                        None => {
                            is_known = false;
                            break;
                        }
                    },
                };
                map.set(&key, value);
            }
            if is_known {
                let index = self.loaded.add_generated(kind, &name, &namespace, map, span);
                self.kustomizations.add_generated(at, index);
            }
        }
    }
}

/// In place of a value of a generated Secret: something to be filled in.
const HIDDEN: &str = "${GENERATED}";

/// Whether a file is what tests feed to programs.
fn is_test_data(path: &str) -> bool {
    path.starts_with("testdata/") || path.contains("/testdata/")
}

/// Whether a file of a chart is about values: its defaults, or what it depends on.
fn is_about_values(path: &str, chart: &str) -> bool {
    let rest = path[chart.len()..].trim_start_matches('/');
    matches!(rest, "Chart.yaml" | "requirements.yaml")
        || !rest.contains('/') && rest.starts_with("values") && (rest.ends_with(".yaml") || rest.ends_with(".yml"))
}

/// The chart that a file belongs to, as a template, default values or a subchart. Files in `crds` are read as they are.
fn chart_of<'p>(path: &'p str, charts: &HashSet<String>) -> Option<&'p str> {
    let chart = above(path).find(|folder| charts.contains(*folder))?;
    let rest = path[chart.len()..].trim_start_matches('/');
    let is_part = ["templates/", "charts/", "ci/"].iter().any(|start| rest.starts_with(start))
        || !rest.contains('/')
            && (rest.starts_with("Chart.") || rest.starts_with("values") || rest.starts_with("requirements."));
    is_part.then_some(chart)
}
