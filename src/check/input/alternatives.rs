//! Directories with the same objects are alternatives, of which a cluster gets one.
//!
//! In: seats, each standing for one file, kustomization or render, with its directory. Out: the sets, each with its
//! seats. Directories that share an identity are alternatives at the point where their paths diverge; everything
//! without an alternative belongs to every set. Alternatives with the same name in different places (`web/staging`,
//! `api/staging`) form one set.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

/// Something that makes two directories alternatives if both have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// A hash of its content.
    pub(crate) of: u64,
    /// Whether a directory and its own subdirectory are alternatives too.
    pub(crate) below: bool,
}

/// An entry in the directory tree.
#[derive(Default)]
pub(crate) struct Seat {
    /// The normalized directory.
    pub(crate) folder: String,
    pub(crate) keys: Vec<Key>,
    /// Its objects by kind and name, as hashes.
    pub(crate) names: Vec<u64>,
    /// Those of its names that a cluster has only once, whatever the namespace: directories side by side that both have one
    /// are alternatives if they are copies of each other.
    pub(crate) once: Vec<u64>,
    /// Whether it belongs to every set, regardless of its keys.
    pub(crate) is_shared: bool,
}

/// A set: its name, and the indexes of its seats. The name is the directory's if there are alternatives, otherwise
/// empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) name: String,
    pub(crate) seats: Vec<usize>,
}

/// How many seats all sets may have together beyond the existing ones. More directories that share more would take
/// quadratic time.
const MOST: usize = 3_000_000;

/// Returns the sets, and how many alternatives were left out because there are too many.
pub(crate) fn split(seats: &[Seat]) -> (Vec<Chosen>, usize) {
    let mut tree = Tree { nodes: vec![Folder::default()] };
    let placed: Vec<usize> = seats.iter().map(|seat| tree.place(&seat.folder)).collect();
    let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
    for (index, seat) in seats.iter().enumerate().filter(|(_, seat)| !seat.is_shared) {
        seat.keys.iter().for_each(|key| by_key.entry(*key).or_default().push(index));
    }
    for (key, holders) in by_key.iter().filter(|(_, holders)| holders.len() > 1) {
        tree.link(seats, &placed, holders, key.below, None);
    }
    tree.link_copies(seats, &placed);
    for (index, seat) in seats.iter().enumerate() {
        let node = &mut tree.nodes[placed[index]];
        match node.own.contains(&index) && !seat.is_shared {
            true => {}
            false => node.seats.push(index),
        }
    }
    let Found { mut shared, options } = tree.found(0);
    if options.is_empty() {
        shared.sort_unstable();
        return (vec![Chosen { name: String::new(), seats: shared }], 0);
    }
    let mut room = MOST;
    let all = options.len();
    let sets: Vec<Chosen> = options
        .into_values()
        .take_while(|option| {
            let fits = room >= shared.len() + option.seats.len();
            room = room.saturating_sub(shared.len() + option.seats.len());
            fits
        })
        .map(|option| {
            let mut seats = [shared.as_slice(), &option.seats].concat();
            seats.sort_unstable();
            Chosen { name: option.name, seats }
        })
        .collect();
    let left = all - sets.len();
    (sets, left)
}

/// Stands for what is directly in a directory rather than in a subdirectory.
const OWN: usize = usize::MAX;

#[derive(Default)]
struct Folder {
    path: String,
    below: BTreeMap<String, usize>,
    /// Seats that belong to it in any case.
    seats: Vec<usize>,
    /// Seats directly in it that have alternatives in subdirectories.
    own: BTreeSet<usize>,
    /// Pairs of subdirectories, by index, that are alternatives.
    links: BTreeSet<(usize, usize)>,
}

struct Tree {
    nodes: Vec<Folder>,
}

/// The content of a directory: what always belongs, and alternatives by label.
#[derive(Default)]
struct Found {
    shared: Vec<usize>,
    options: BTreeMap<String, Choice>,
}

struct Choice {
    name: String,
    seats: Vec<usize>,
}

impl Tree {
    fn place(&mut self, folder: &str) -> usize {
        let mut at = 0;
        for step in steps(folder) {
            at = match self.nodes[at].below.get(step) {
                Some(next) => *next,
                None => {
                    let next = self.nodes.len();
                    let path = match &*self.nodes[at].path {
                        "" if folder.starts_with('/') => format!("/{step}"),
                        "" => step.to_string(),
                        path => format!("{path}/{step}"),
                    };
                    self.nodes[at].below.insert(step.to_string(), next);
                    self.nodes.push(Folder { path, ..Folder::default() });
                    next
                }
            };
        }
        at
    }

    /// Links copies of directories, which hold the same config entries in different namespaces.
    fn link_copies(&mut self, seats: &[Seat], placed: &[usize]) {
        let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, seat) in seats.iter().enumerate().filter(|(_, seat)| !seat.is_shared) {
            seat.once.iter().for_each(|name| holders.entry(*name).or_default().push(index));
        }
        holders.retain(|_, holders| holders.len() > 1);
        if holders.is_empty() {
            return;
        }
        let names = self.names(seats);
        for holders in holders.values() {
            self.link(seats, placed, holders, false, Some(&names));
        }
    }

    /// The names in each directory and below it.
    fn names(&self, seats: &[Seat]) -> Vec<HashSet<u64>> {
        let mut names = vec![HashSet::new(); self.nodes.len()];
        for seat in seats.iter().filter(|seat| !seat.is_shared) {
            let mut at = 0;
            for step in steps(&seat.folder) {
                at = self.nodes[at].below[step];
                names[at].extend(&seat.names);
            }
        }
        names
    }

    /// Links the directories that hold a key where their paths diverge; with the names in each, only copies of each other.
    fn link(
        &mut self,
        seats: &[Seat],
        placed: &[usize],
        holders: &[usize],
        below: bool,
        names: Option<&[HashSet<u64>]>,
    ) {
        let steps = |index: usize| steps(&seats[index].folder);
        let mut sorted: Vec<usize> = holders.to_vec();
        sorted.sort_by(|a, b| steps(*a).cmp(steps(*b)).then(a.cmp(b)));
        for pair in sorted.windows(2) {
            let (one, other) = (pair[0], pair[1]);
            if placed[one] == placed[other] {
                continue;
            }
            let (mut at, mut ours, mut theirs) = (0, steps(one), steps(other));
            loop {
                let next = (
                    ours.next().map(|step| self.nodes[at].below[step]),
                    theirs.next().map(|step| self.nodes[at].below[step]),
                );
                match next {
                    (Some(a), Some(b)) if a == b => at = a,
                    (Some(a), Some(b)) => {
                        if names.is_none_or(|names| are_copies(&names[a], &names[b])) {
                            self.nodes[at].links.insert((a, b));
                        }
                        break;
                    }
                    (None, Some(b)) if below => {
                        // Everything here with that key is the same choice.
                        let here = sorted.iter().copied().filter(|index| placed[*index] == at);
                        self.nodes[at].own.extend(here);
                        self.nodes[at].links.insert((b, OWN));
                        break;
                    }
                    _ => break,
                }
            }
        }
    }

    fn found(&mut self, at: usize) -> Found {
        let Folder { path, below, seats, own, links } = std::mem::take(&mut self.nodes[at]);
        let chosen: BTreeSet<usize> = links.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let mut found = Found { shared: seats, options: BTreeMap::new() };
        if chosen.contains(&OWN) {
            found.add(".", if path.is_empty() { "." } else { &path }, own.into_iter().collect());
        } else {
            found.shared.extend(own);
        }
        for (step, child) in below {
            let name = self.nodes[child].path.clone();
            let inner = self.found(child);
            if !chosen.contains(&child) {
                found.shared.extend(inner.shared);
                for (label, option) in inner.options {
                    found.add(&label, &option.name, option.seats);
                }
            } else if inner.options.is_empty() {
                found.add(&step, &name, inner.shared);
            } else {
                for (label, option) in inner.options {
                    let seats = [inner.shared.as_slice(), &option.seats].concat();
                    found.add(&format!("{step}/{label}"), &option.name, seats);
                }
            }
        }
        found
    }
}

fn steps(folder: &str) -> impl Iterator<Item = &str> {
    folder.split('/').filter(|step| !step.is_empty())
}

/// Whether two directories have most of their names in common, as `eks/` and `aks/` do. Teams that gave a service the same
/// name have other things beside it, or little more than it.
fn are_copies(one: &HashSet<u64>, other: &HashSet<u64>) -> bool {
    let shared = one.intersection(other).count();
    shared >= 4 && shared * 3 >= one.len().min(other.len()) * 2
}

impl Found {
    fn add(&mut self, label: &str, name: &str, seats: Vec<usize>) {
        match self.options.get_mut(label) {
            Some(option) => {
                option.seats.extend(seats);
                option.name = label.to_string();
            }
            None => drop(self.options.insert(label.to_string(), Choice { name: name.to_string(), seats })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits seats given as directory and keys; returns the name and directories of each set.
    fn sets(seats: &[(&str, &[u64])]) -> Vec<(String, Vec<String>)> {
        let seats: Vec<Seat> = seats
            .iter()
            .map(|(folder, keys)| Seat {
                folder: (*folder).to_string(),
                keys: keys.iter().map(|of| Key { of: *of, below: *of < 100 }).collect(),
                ..Seat::default()
            })
            .collect();
        let (sets, left) = split(&seats);
        assert_eq!(left, 0);
        let folders = |set: &Chosen| set.seats.iter().map(|index| seats[*index].folder.clone()).collect();
        sets.iter().map(|set| (set.name.clone(), folders(set))).collect()
    }

    fn is(found: &[(String, Vec<String>)], expected: &[(&str, &[&str])]) {
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(name, folders)| ((*name).to_string(), folders.iter().map(|folder| (*folder).to_string()).collect()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn directories_without_anything_in_common_are_one_set() {
        is(&sets(&[("apps", &[1]), ("mesh", &[2]), ("mesh", &[2, 3])]), &[("", &["apps", "mesh", "mesh"])]);
    }

    #[test]
    fn directories_with_the_same_objects_are_alternatives_and_the_rest_is_shared() {
        is(
            &sets(&[("", &[9]), ("eks", &[1]), ("eks", &[2]), ("aks/apps", &[1]), ("jaeger", &[3])]),
            &[("aks", &["", "aks/apps", "jaeger"]), ("eks", &["", "eks", "eks", "jaeger"])],
        );
        is(
            &sets(&[("k8s/overlays/prod", &[1]), ("k8s/overlays/dev", &[1]), ("k8s/mesh", &[2])]),
            &[
                ("k8s/overlays/dev", &["k8s/overlays/dev", "k8s/mesh"]),
                ("k8s/overlays/prod", &["k8s/overlays/prod", "k8s/mesh"]),
            ],
        );
    }

    #[test]
    fn copies_in_other_namespaces_are_alternatives_and_one_name_in_common_makes_none() {
        let seat = |folder: &str, names: &[u64], once: &[u64]| Seat {
            folder: folder.to_string(),
            names: names.to_vec(),
            once: once.to_vec(),
            ..Seat::default()
        };
        let names = |seats: &[Seat]| split(seats).0.into_iter().map(|set| set.name).collect::<Vec<_>>();
        let copies =
            [seat("eks", &[1, 2, 3, 4, 5], &[1]), seat("aks/apps", &[1, 2, 3, 4], &[1]), seat("mesh", &[9], &[])];
        assert_eq!(names(&copies), ["aks", "eks"]);
        let teams = [seat("a", &[1, 2, 3], &[1]), seat("b", &[1, 4, 5], &[1])];
        assert_eq!(names(&teams), [""]);
        // A service of three objects that two teams have.
        assert_eq!(names(&[seat("a", &[1, 2, 3], &[1]), seat("b", &[1, 2, 3], &[1])]), [""]);
        // A directory and its own subdirectory are no copies.
        assert_eq!(names(&[seat("a", &[1, 2], &[1]), seat("a/b", &[1, 2], &[1])]), [""]);
    }

    #[test]
    fn alternatives_within_alternatives_are_each_a_set() {
        is(
            &sets(&[("prod/eu", &[1]), ("prod/us", &[1]), ("prod", &[2]), ("dev", &[1])]),
            &[("dev", &["dev"]), ("prod/eu", &["prod/eu", "prod"]), ("prod/us", &["prod/us", "prod"])],
        );
    }

    #[test]
    fn alternatives_of_one_name_in_several_places_are_one_set() {
        is(
            &sets(&[("web/dev", &[1]), ("web/prod", &[1]), ("api/dev", &[2]), ("api/prod", &[2]), ("mesh", &[3])]),
            &[("dev", &["web/dev", "api/dev", "mesh"]), ("prod", &["web/prod", "api/prod", "mesh"])],
        );
    }

    #[test]
    fn a_variant_below_replaces_what_it_repeats() {
        is(
            &sets(&[("deploy", &[1]), ("deploy", &[2]), ("deploy/debug", &[1])]),
            &[("deploy", &["deploy", "deploy"]), ("deploy/debug", &["deploy", "deploy/debug"])],
        );
        // Values in a subdirectory may extend the ones above.
        is(&sets(&[("consul", &[100]), ("consul/prod", &[100])]), &[("", &["consul", "consul/prod"])]);
    }
}
