//! The output of one template, read as YAML, with the mapping from places in it to the template's lines.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::secrecy::mentions_secret;
use crate::source::Place;
use crate::source::Sources;
use crate::template::Engine;
use crate::template::Text;
use crate::yaml;
use crate::yaml::Document;
use std::cell::Cell;
use std::sync::Arc;

/// For how many mistakes in one text the printed line is shown as well. No one reads more, and lines can be long.
const SHOWN: usize = 1_000;

/// A text that has been read.
pub(crate) struct Printed<'a> {
    pub(crate) text: Text,
    pub(crate) documents: Vec<Document>,
    engine: &'a Engine<'a>,
}

impl<'a> Printed<'a> {
    /// Reads `text`. Mistakes are reported at the template's line, together with the printed line.
    pub(crate) fn read(text: Text, engine: &'a Engine<'a>, found: &mut Findings) -> Printed<'a> {
        let mut sources = Sources::default();
        let name = format!("output of templates/{}", text.template);
        let id = sources.add(name, Arc::clone(&text.text));
        let mut mistakes = Findings::default();
        let mut documents = yaml::read_filled(&sources, id, &text.holes, &mut mistakes);
        documents.retain(|document| !matches!(document.node.value, yaml::Value::Null));
        let printed = Printed { text, documents, engine };
        if !mistakes.is_empty() {
            printed.report(mistakes, found);
        }
        printed
    }

    /// The lines of the template that printed the bytes at `offsets`. Costs a render, so ask for all at once.
    pub(crate) fn template_places(&self, offsets: &[usize]) -> Vec<Option<Place>> {
        self.engine.locate(&self.text.template, offsets)
    }

    fn report(&self, mistakes: Findings, found: &mut Findings) {
        let starts: Vec<usize> = std::iter::once(0)
            .chain(self.text.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1))
            .collect();
        // Mistakes on one line come in order, so each is found from the previous one instead of scanning a long line
        // again.
        let last = Cell::new((0, 0, 0));
        let offset = |place: &Place| {
            // Not `place.text`, which may have been hidden.
            let text = &self.text.text;
            let (line, column) = (place.line as usize - 1, place.column as usize - 1);
            let (last_line, last_column, last_offset) = last.get();
            let (from, passed) = match line == last_line {
                true => (last_offset, last_column),
                false => (starts.get(line).copied().unwrap_or(text.len()), 0),
            };
            let offset = if column >= passed {
                from + text[from..].chars().take(column - passed).map(char::len_utf8).sum::<usize>()
            } else {
                from - text[..from].chars().rev().take(passed - column).map(char::len_utf8).sum::<usize>()
            };
            last.set((line, column, offset));
            offset
        };
        let places = |finding: &Finding| {
            finding
                .place
                .iter()
                .chain(finding.notes.iter().filter_map(|note| note.place.as_ref()))
                .map(offset)
                .collect::<Vec<_>>()
        };
        let offsets: Vec<usize> = mistakes.iter().flat_map(places).collect();
        // Its kind may be in a hole, and its values in a template that does not show what they are for.
        let secret = mentions_secret(&self.text.text) || mentions_secret(&self.text.holes.show(&self.text.text));
        let mut located = self.template_places(&offsets).into_iter();
        for (number, mut finding) in mistakes.into_iter().enumerate() {
            let printed = finding.place.take();
            if printed.is_some() {
                finding.place = located.next().flatten();
            }
            for note in finding.notes.iter_mut().filter(|note| note.place.is_some()) {
                note.place = located.next().flatten();
            }
            if let Some(printed) = printed {
                let message = format!("line {} of its output", printed.line);
                let printed = if secret { Some(printed) } else { (number < SHOWN).then(|| self.readable(printed)) };
                finding = finding.note(message, printed);
            }
            found.push(if secret { finding.without_values() } else { finding });
        }
    }

    /// The printed line with its values filled in, so that the caret matches what people see.
    fn readable(&self, place: Place) -> Place {
        let before: String = place.text.chars().take(place.before()).collect();
        let resolve = |text: &str| self.text.holes.show(text);
        let one_line = |text: String| text.replace('\n', "\\n");
        let (before, text) = (one_line(resolve(&before)), one_line(resolve(&place.text)));
        let column = before.chars().count() as u32 + 1;
        let width = place.width.min((text.chars().count() as u32 + 1).saturating_sub(column)).max(1);
        Place { column, width, text: text.into(), from: 1, ..place }
    }
}
