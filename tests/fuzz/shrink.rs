//! Shrinks an input as long as it fails in the same way.

use crate::input::Input;
use crate::structure;
use serde_json::Value as Json;
use std::time::Duration;
use std::time::Instant;

/// `fails` runs an input and returns whether it is the same failure.
pub(crate) fn shrink(input: Input, budget: Duration, fails: &mut dyn FnMut(&Input) -> bool) -> Input {
    let mut shrinking = Shrinking { best: input, end: Instant::now() + budget, fails };
    loop {
        let before = shrinking.best.size() + shrinking.best.parts.len();
        shrinking.round();
        if shrinking.over() || shrinking.best.size() + shrinking.best.parts.len() >= before {
            return shrinking.best;
        }
    }
}

struct Shrinking<'a> {
    best: Input,
    end: Instant,
    fails: &'a mut dyn FnMut(&Input) -> bool,
}

impl Shrinking<'_> {
    fn over(&self) -> bool {
        Instant::now() > self.end
    }

    fn accept(&mut self, candidate: Input) -> bool {
        let better = !self.over() && (self.fails)(&candidate);
        if better {
            self.best = candidate;
        }
        better
    }

    fn with(&mut self, name: &str, text: String) -> bool {
        let mut candidate = self.best.clone();
        candidate.parts.insert(name.to_owned(), text);
        self.accept(candidate)
    }

    fn round(&mut self) {
        let names: Vec<String> = self.best.parts.keys().cloned().collect();
        for name in &names {
            let mut candidate = self.best.clone();
            candidate.parts.remove(name);
            self.accept(candidate);
        }
        for name in &names {
            if self.best.parts.contains_key(name) {
                self.structure(name);
                self.pieces(name, |text| text.split_inclusive('\n').map(str::to_owned).collect());
                if self.best.parts[name].len() < 4000 {
                    self.pieces(name, |text| text.chars().map(String::from).collect());
                }
            }
        }
    }

    /// Removes parts of a JSON document, one by one.
    fn structure(&mut self, name: &str) {
        let Ok(mut json) = serde_json::from_str::<Json>(&self.best.parts[name]) else { return };
        let mut at = 1;
        loop {
            let places = structure::places(&json);
            let Some(place) = places.get(at) else { break };
            let mut smaller = json.clone();
            structure::remove(&mut smaller, place.rsplit_once('/').map_or("", |(parent, _)| parent), place);
            match self.with(name, smaller.to_string()) {
                true => json = smaller,
                false => at += 1,
            }
            if self.over() {
                return;
            }
        }
    }

    /// Removes shorter and shorter runs of pieces.
    fn pieces(&mut self, name: &str, split: impl Fn(&str) -> Vec<String>) {
        let mut pieces = split(&self.best.parts[name]);
        let mut size = pieces.len().div_ceil(2);
        while size > 0 && !self.over() {
            let mut at = 0;
            while at < pieces.len() && !self.over() {
                let end = (at + size).min(pieces.len());
                let smaller: Vec<String> = [&pieces[..at], &pieces[end..]].concat();
                match self.with(name, smaller.concat()) {
                    true => pieces = smaller,
                    false => at = end,
                }
            }
            size /= 2;
        }
    }
}
