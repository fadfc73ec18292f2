//! Which fixes are made together.

use crate::check::Editing;
use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::Trust;
use std::collections::HashMap;
use std::collections::HashSet;

/// Which fixes are made.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that guess, too.
    pub guesses: bool,
    /// Those of these rules only, if there are any.
    pub rules: Vec<String>,
}

impl Wanted {
    /// Whether the rule of a finding is meant.
    pub(super) fn means(&self, hit: &ReportedFinding) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|rule| rule == hit.finding.rule.as_str())
    }

    /// Whether the fix of a finding is to be made.
    pub(super) fn allows(&self, hit: &ReportedFinding) -> bool {
        let trusted = |trust| trust == Trust::Safe || self.guesses;
        self.means(hit) && hit.fix.as_ref().is_some_and(|fix| trusted(fix.trust))
    }
}

/// What makes two findings of two runs the same, wherever their lines have moved to.
pub(super) fn name(hit: &ReportedFinding) -> String {
    let place = hit.finding.place.as_ref().map_or("", |place| &*place.file);
    let object = hit.object.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    let inner = hit.inner.as_deref().unwrap_or_default();
    format!("{}\0{place}\0{object}\0{}\0{inner}\0{}", hit.finding.rule, hit.path, hit.finding.message)
}

/// Of the findings of a report those whose fixes do not touch one another, by index. The second value has what cannot be edited,
/// with why. A fix that several findings share is made for all of them.
pub(super) fn together(
    report: &Report,
    editing: &mut Editing<'_>,
    allowed: &dyn Fn(&ReportedFinding) -> bool,
) -> (Vec<usize>, Vec<(usize, String)>) {
    let (mut chosen, mut impossible) = (Vec::new(), Vec::new());
    let mut taken = Taken::default();
    let mut made: Vec<&crate::check::Fix> = Vec::new();
    for (index, hit) in report.findings.iter().enumerate().filter(|(_, hit)| allowed(hit)) {
        let Some(fix) = &hit.fix else { continue };
        if made.contains(&fix) {
            chosen.push(index);
            continue;
        }
        match editing.place(fix) {
            Err(why) => impossible.push((index, why)),
            Ok(placed) => {
                let targets: Vec<String> = placed.iter().map(|one| format!("{:?}{}", one.source, one.target)).collect();
                if taken.take(&targets) {
                    made.push(fix);
                    chosen.push(index);
                }
            }
        }
    }
    (chosen, impossible)
}

/// The places that fixes change, each with those above it.
#[derive(Default)]
struct Taken {
    places: HashSet<String>,
    /// How many places are below each.
    above: HashMap<String, usize>,
}

impl Taken {
    /// Takes places unless one of them, or what is above or below it, is taken.
    fn take(&mut self, targets: &[String]) -> bool {
        let free = |target: &String| {
            !self.places.contains(target)
                && !self.above.contains_key(target)
                && prefixes(target).all(|above| !self.places.contains(above))
        };
        if !targets.iter().all(free) {
            return false;
        }
        for target in targets {
            prefixes(target).for_each(|above| *self.above.entry(above.to_owned()).or_default() += 1);
            self.places.insert(target.clone());
        }
        true
    }
}

/// The places above one.
fn prefixes(target: &str) -> impl Iterator<Item = &str> {
    target.char_indices().filter(|(at, c)| *at > 0 && matches!(c, '/' | '\u{1}')).map(|(at, _)| &target[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_touch_are_not_taken_together() {
        let mut taken = Taken::default();
        let mut take = |targets: &[&str]| taken.take(&targets.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        assert!(take(&["0/a/b", "0/c"]));
        assert!(!take(&["0/a/b/d"]) && !take(&["0/a"]) && !take(&["0/x", "0/c"]));
        assert!(take(&["0/a/bc", "0/x"]) && take(&["0/s\u{1}/q"]));
        assert!(!take(&["0/s\u{1}/q/r"]) && !take(&["0/s"]) && take(&["0/s\u{1}/p"]));
    }
}
