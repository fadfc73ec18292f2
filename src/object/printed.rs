//! What one template printed, read as YAML, with the way back from a place in it to the template's line.

use crate::finding::Findings;
use crate::source::Place;
use crate::source::Sources;
use crate::template::Engine;
use crate::template::Text;
use crate::yaml;
use crate::yaml::Document;
use std::sync::Arc;

/// A read text.
pub(crate) struct Printed<'a> {
    pub(crate) text: Text,
    pub(crate) documents: Vec<Document>,
    engine: &'a Engine<'a>,
}

impl<'a> Printed<'a> {
    /// Reads `text`. Mistakes are reported at the template's line, with the printed line beside it.
    pub(crate) fn read(text: Text, engine: &'a Engine<'a>, found: &mut Findings) -> Printed<'a> {
        let mut sources = Sources::default();
        let name = format!("what templates/{} prints", text.template);
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

    /// The template's line that printed the byte at `offset`.
    pub(crate) fn template_place(&self, offset: usize) -> Option<Place> {
        self.engine.locate(&self.text.template, &[offset]).pop().flatten()
    }

    fn report(&self, mistakes: Findings, found: &mut Findings) {
        for mut finding in mistakes {
            let printed = finding.place.take();
            for note in &mut finding.notes {
                note.place = note.place.take().and_then(|place| self.template_place(self.offset(&place)));
            }
            if let Some(printed) = printed {
                finding.place = self.template_place(self.offset(&printed));
                let message = format!("line {} of what it prints", printed.line);
                finding = finding.note(message, Some(self.readable(printed)));
            }
            found.push(finding);
        }
    }

    fn offset(&self, place: &Place) -> usize {
        let lines = self.text.text.split_inclusive('\n');
        let start: usize = lines.take(place.line as usize - 1).map(str::len).sum();
        start + place.text.chars().take(place.column as usize - 1).map(char::len_utf8).sum::<usize>()
    }

    /// The printed line with its values in place, so that the caret stands under what people see.
    fn readable(&self, place: Place) -> Place {
        let before: String = place.text.chars().take(place.column as usize - 1).collect();
        let resolve = |text: &str| self.text.holes.resolve(text).unwrap_or_else(|_| text.to_string());
        let one_line = |text: String| text.replace('\n', "\\n");
        let (before, text) = (one_line(resolve(&before)), one_line(resolve(&place.text)));
        let column = before.chars().count() as u32 + 1;
        let width = place.width.min((text.chars().count() as u32 + 1).saturating_sub(column)).max(1);
        Place { column, width, text: text.into(), ..place }
    }
}
