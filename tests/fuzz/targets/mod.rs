//! The targets, and the laws that hold for any input.

mod check;
mod diff;
mod fix;
mod inject;
mod profile;
mod render;
mod set;
mod yaml;

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::random::Random;
use crate::seeds::Seeds;
use meshtrace::builtin;
use meshtrace::finding::Findings;
use meshtrace::profile::Extra;
use meshtrace::profile::Profiles;
use meshtrace::report;
use meshtrace::report::Color;

pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Makes an input.
    pub(crate) make: fn(&mut Random, &Seeds) -> Parts,
    /// Runs it and checks its laws. Missing or unexpected texts are not violations.
    pub(crate) run: fn(&Parts) -> Result<(), Broken>,
}

pub(crate) const ALL: &[Target] = &[
    Target { name: "yaml", make: yaml::make, run: yaml::run },
    Target { name: "profile", make: profile::make, run: profile::run },
    Target { name: "set", make: set::make, run: set::run },
    Target { name: "render", make: render::make, run: render::run },
    Target { name: "check", make: check::make, run: check::run },
    Target { name: "fix", make: fix::make, run: fix::run },
    Target { name: "inject", make: inject::make, run: inject::run },
    Target { name: "diff", make: diff::make, run: diff::run },
];

pub(crate) fn find(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

/// An option, whose name begins with `!` because it is not a file.
fn option<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.get(&format!("!{name}")).map(String::as_str)
}

/// The shipped profiles and those of the input.
fn profiles(parts: &Parts) -> Profiles {
    let mut profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    for (path, text) in parts {
        if let Some(name) = path.strip_prefix("profiles/") {
            profiles.all.insert(name, path.as_str(), text.as_str());
        }
    }
    profiles
}

/// What the command line adds: `-f FILE`, `01 --set`.
fn extras(parts: &Parts) -> Vec<Extra> {
    let extra = |(name, text): (&String, &String)| {
        let (_, flag) = name.split_once(' ')?;
        let text = text.clone();
        Some(match flag {
            "--set" => Extra::Set(text),
            "--set-string" => Extra::SetString(text),
            "--set-json" => Extra::SetJson(text),
            "--set-file" => {
                let (key, text) = meshtrace::profile::split_set(&text)?;
                Extra::SetFile { key: key.to_owned(), text: text.to_owned() }
            }
            file => Extra::File { name: file.to_owned(), text },
        })
    };
    parts.iter().filter_map(extra).collect()
}

/// Nothing in a report without colors acts on a terminal or on the display order of characters.
fn visible(text: &str) -> Result<(), Broken> {
    let acts = |c: char| match c {
        '\n' | '\t' => false,
        '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
        c => c.is_control(),
    };
    law(!text.contains(acts), "the output has no active characters", || format!("{text:?}"))
}

/// Findings in both ways of printing them.
fn printed(found: &Findings) -> String {
    report::findings(found, Color::No) + &report::findings(found, Color::Yes)
}
