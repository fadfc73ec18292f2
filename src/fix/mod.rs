//! Files to the same files without what `check` found, as far as a rule knows the cure.
//!
//! In: the texts that `check` would judge. Out: those that change, what was fixed, and what was not and why. A fix is kept
//! only if its finding is gone afterwards and no error or warning is new; the editor proves that nothing but the named
//! values changed. Fixes of one round do not touch one another, and rounds follow until nothing changes.

mod choice;
mod count;
mod round;

pub use choice::Wanted;

use crate::check::Levels;
use crate::check::Options;
use crate::check::Sets;
use crate::files::Files;
use crate::finding::Finding;
use crate::finding::Findings;
use std::collections::BTreeMap;

/// Something that the command line names.
pub enum Input {
    /// A file.
    File {
        /// Its name in messages.
        name: String,
        /// Its text.
        text: String,
    },
    /// A directory.
    Folder {
        /// Its name in messages.
        name: String,
        /// What may be manifests in it.
        files: Files,
        /// What could not be read.
        unreadable: Findings,
    },
}

/// What was done.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The new text of each file that changes, by its name in messages.
    pub texts: BTreeMap<String, String>,
    /// The findings that are gone, each as it was told.
    pub done: Vec<Finding>,
    /// The findings whose fix was not made, and why.
    pub left: Vec<(Finding, String)>,
    /// How many more there are that only a guess would fix.
    pub guesses: usize,
    /// What could not be read.
    pub malformed: Vec<Finding>,
}

/// Fixes what `wanted` allows.
pub fn run(inputs: &[Input], options: &Options, levels: &Levels, wanted: &Wanted) -> Fixed {
    round::Rounds::new(inputs, options, levels, wanted).run()
}

/// The sets of the inputs, with these texts in place of those that were read.
fn sets(inputs: &[Input], texts: &BTreeMap<String, String>, options: &Options) -> Sets {
    let mut sets = Sets::default();
    sets.know_charts(&options.charts);
    for input in inputs {
        match input {
            Input::File { name, text } => {
                let text = texts.get(name).unwrap_or(text);
                sets.add(name, Ok(text.clone()));
            }
            Input::Folder { name, files, unreadable } => {
                let mut files = files.clone();
                let changed = |(path, file): (&str, &crate::files::File)| {
                    Some((path.to_owned(), file.name.clone(), texts.get(&*file.name)?.clone()))
                };
                let changed: Vec<_> = files.iter().filter_map(changed).collect();
                changed.into_iter().for_each(|(path, name, text)| files.insert(path, name, text));
                sets.add_folder(name, files, unreadable.clone());
            }
        }
    }
    sets
}
