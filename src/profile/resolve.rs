//! Resolves names of profiles to layers: which files, in which order, each once.
//!
//! In: the requested profiles. Out: a layer for each, parents (`extends`) before children, each at its first position
//! in that depth-first order. The shipped `base` always comes first, so no key is ever missing; a `base.yaml` of the
//! user comes second, whether or not it has `extends: builtin:base`.

use crate::files::File;
use crate::files::Files;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::profile::Layer;
use crate::profile::LayerKind;
use crate::profile::Name;
use crate::profile::Profiles;
use crate::profile::document;
use crate::source::Place;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::suggest;
use crate::suggest::Asked;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;

/// Prefix for the name of a shipped profile that is hidden by the user's own of that name.
pub(crate) const BUILTIN: &str = "builtin:";
/// The longest chain of profiles that extend one another.
const DEEPEST: usize = 64;

/// The layers of `names`. Unknown names, cycles and files that are not profiles are reported and left out.
pub(crate) fn layers(profiles: &Profiles, names: &[Name], sources: &mut Sources, found: &mut Findings) -> Vec<Layer> {
    let mut resolver = Resolver {
        profiles,
        sources,
        found,
        states: HashMap::new(),
        open: Vec::new(),
        layers: Vec::new(),
        asked: None,
    };
    for name in [format!("{BUILTIN}base").as_str(), "base"] {
        let (files, bare) = profiles.files_of(name);
        if files.get(&file_of(bare)).is_some() || files.unreadable(&file_of(bare)).is_some() {
            resolver.visit(name, RequestedBy::Nobody);
        }
    }
    for name in names {
        resolver.visit(&name.text, RequestedBy::Name(name));
    }
    resolver.layers
}

/// Where a profile was requested. Computing the first place in a file reads the whole file, so it is done only for a
/// finding.
#[derive(Clone, Copy)]
enum RequestedBy<'n> {
    Name(&'n Name),
    Extends(Span),
    Nobody,
}

impl RequestedBy<'_> {
    fn place(self, sources: &Sources) -> Option<Place> {
        match self {
            RequestedBy::Name(name) => name.place.clone(),
            RequestedBy::Extends(span) => sources.place(span),
            RequestedBy::Nobody => None,
        }
    }
}

/// The profiles that the map of a profile extends, with their spans; removes the key from `map`.
pub(crate) fn take_extends(map: &mut Map, sources: &Sources, found: &mut Findings) -> Vec<(String, Span)> {
    let Some(at) = map.entries.iter().position(|entry| &*entry.key == "extends") else { return Vec::new() };
    let node = map.entries.remove(at).value;
    spans_of(&node, "`extends`", sources, found)
}

/// The names in `node`, a name or a list of names; `what` is the key in messages.
pub(crate) fn names_of(node: &Node, what: &str, sources: &Sources, found: &mut Findings) -> Vec<Name> {
    let names = spans_of(node, what, sources, found).into_iter();
    names.map(|(text, span)| Name { text, place: sources.place(span) }).collect()
}

fn spans_of(node: &Node, what: &str, sources: &Sources, found: &mut Findings) -> Vec<(String, Span)> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut names = Vec::new();
    for item in items {
        match &item.value {
            Value::String(text) => names.push((text.as_ref().into(), item.span)),
            _ => found.push(
                Finding::error(ids::WRONG_TYPE, format!("{what} must be profile names, found {}", item.kind()))
                    .at(sources.place(item.span))
                    .help("write a name, or a list of names such as `[dev, debug]`; quote a name that is a number or a word such as `on`"),
            ),
        }
    }
    names
}

fn file_of(bare: &str) -> String {
    format!("{bare}.yaml")
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Done,
}

struct Resolver<'a> {
    profiles: &'a Profiles,
    sources: &'a mut Sources,
    found: &'a mut Findings,
    /// By path and whether it is the shipped file: `builtin:dev` and `dev` are the same if the user has no `dev.yaml`.
    states: HashMap<(bool, String), State>,
    /// The names on the current path, for the message about a cycle.
    open: Vec<String>,
    layers: Vec<Layer>,
    /// The existing names, the user's and the shipped; filled when an unknown one is requested.
    asked: Option<(Asked, [Vec<&'a str>; 2])>,
}

impl<'a> Resolver<'a> {
    fn visit(&mut self, name: &str, asker: RequestedBy<'_>) {
        let (files, bare) = self.profiles.files_of(name);
        if let Some(problem) = unsafe_name(bare) {
            self.found.push(
                Finding::error(ids::PROFILE_NAME, format!("`{name}` is not a valid profile name: {problem}"))
                    .at(asker.place(self.sources))
                    .help(
                        "the name of a profile is its path under `profiles/`, without `.yaml`: `dev`, `clusters/eu-1`",
                    ),
            );
            return;
        }
        let path = file_of(bare);
        if let Some(why) = files.unreadable(&path) {
            self.found.push(why.clone());
            return;
        }
        let Some(file) = files.get(&path).cloned() else {
            let finding = self.unknown(name, bare, files, asker.place(self.sources));
            self.found.push(finding);
            return;
        };
        let shipped = self.profiles.is_shipped(&path, &file);
        let shown = match self.profiles.all.get(&path) {
            Some(user) if shipped && user.name != file.name => format!("{BUILTIN}{bare}"),
            _ => bare.to_owned(),
        };
        let key = (shipped, path);
        match self.states.get(&key) {
            Some(State::Done) => return,
            Some(State::Open) => {
                self.found.push(self.cycle(&shown, bare, asker.place(self.sources)));
                return;
            }
            None => {}
        }
        if self.open.len() >= DEEPEST {
            self.found.push(
                Finding::error(
                    ids::PROFILE_DEPTH,
                    format!("more than {DEEPEST} profiles extend each other in a chain"),
                )
                .at(asker.place(self.sources))
                .help("make a profile extend a list of others instead"),
            );
            return;
        }
        self.states.insert(key.clone(), State::Open);
        let source = self.sources.add(file.name, file.text);
        if let Some(map) = self.parents(source, &shown) {
            let kind = if shipped { LayerKind::Builtin } else { LayerKind::Profile };
            self.layers.push(Layer { name: shown.into(), kind, root: Node::new(Value::Map(map)) });
        }
        self.states.insert(key, State::Done);
    }

    /// Reads a profile and visits what it extends; returns its own values.
    fn parents(&mut self, source: SourceId, shown: &str) -> Option<Map> {
        let mut map = document::read_map(self.sources, source, "a profile", self.found)?;
        let parents = take_extends(&mut map, self.sources, self.found);
        self.open.push(shown.to_owned());
        for (parent, span) in parents {
            self.visit(&parent, RequestedBy::Extends(span));
        }
        self.open.pop();
        Some(map)
    }

    fn unknown(&mut self, name: &str, bare: &str, files: &Files, place: Option<Place>) -> Finding {
        let prefix = &name[..name.len() - bare.len()];
        let profiles = self.profiles;
        let (asked, known) = self.asked.get_or_insert_with(|| {
            let names = |files: &'a Files| files.iter().filter_map(|(path, _)| path.strip_suffix(".yaml")).collect();
            (Asked::default(), [names(&profiles.all), names(&profiles.builtin)])
        });
        let known = &known[usize::from(!prefix.is_empty())];
        let shipped = if prefix.is_empty() { "" } else { "shipped " };
        let finding = Finding::error(ids::UNKNOWN_PROFILE, format!("no {shipped}profile is named `{bare}`")).at(place);
        let other = format!("{bare}.yml");
        if files.get(&other).is_some() {
            return finding.help(format!("rename `{other}` to `{bare}.yaml`: profile files end in `.yaml`"));
        }
        let mut help = match asked.closest(bare, known.iter().copied()) {
            Some(near) => format!("did you mean `{prefix}{near}`? "),
            None => String::new(),
        };
        help.push_str("known: ");
        let some = suggest::some(known.iter().copied(), "`");
        help.push_str(&some);
        if some.ends_with(" more") {
            help.push_str(", see `meshtrace show profiles`");
        }
        let own = |path: &str| profiles.builtin.get(path).is_none();
        if !profiles.all.iter().any(|(path, _)| own(path)) {
            help.push_str("; your own are files in `profiles/` beside `meshtrace.yaml`, which `meshtrace init` writes");
        }
        finding.help(if known.is_empty() { "add it as a file under `profiles/`".to_owned() } else { help })
    }

    fn cycle(&self, shown: &str, bare: &str, place: Option<Place>) -> Finding {
        let from = self.open.iter().position(|name| name == shown).unwrap_or(0);
        let mut chain: Vec<&str> = self.open[from..].iter().map(String::as_str).collect();
        chain.push(shown);
        let alone = chain.len() == 2;
        let finding = Finding::error(
            ids::PROFILE_CYCLE,
            format!("profiles extend each other in a cycle: `{}`", chain.join(" -> ")),
        )
        .at(place);
        if alone && self.profiles.builtin.get(&file_of(bare)).is_some() {
            finding.help(format!("write `{BUILTIN}{bare}` to extend the shipped profile of that name"))
        } else {
            finding.help("remove one of these `extends`")
        }
    }
}

impl Profiles {
    /// Where to look up the profile `name`, and its name there.
    fn files_of<'n>(&self, name: &'n str) -> (&Files, &'n str) {
        match name.strip_prefix(BUILTIN) {
            Some(bare) => (&self.builtin, bare),
            None => (&self.all, name),
        }
    }

    pub(crate) fn is_shipped(&self, path: &str, file: &File) -> bool {
        self.builtin.get(path).is_some_and(|shipped| shipped.name == file.name)
    }
}

/// Why `bare` cannot be the name of a profile. Profiles are looked up among files already read, so this is not about
/// protecting the disk: it gives a better reason than "unknown".
fn unsafe_name(bare: &str) -> Option<&'static str> {
    if bare.is_empty() {
        Some("it is empty")
    } else if bare.contains('\\') {
        Some("it contains a backslash; separate folders with `/`")
    } else if bare.starts_with('/') {
        Some("it is an absolute path")
    } else if bare.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("it contains an empty part, `.` or `..`")
    } else if bare.ends_with(".yaml") || bare.ends_with(".yml") {
        Some("it ends in a file extension")
    } else {
        None
    }
}
