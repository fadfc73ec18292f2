//! Fixes as changes of the text of files, for reports that other programs apply.

use crate::check::report::edits::Editing;
use crate::check::report::joined::Replacement;
use crate::check::report::joined::Report;
use crate::source::Sources;
use crate::source::Span;

/// So many fixes are written out; each is proven on the whole of its file.
const MOST: usize = 1000;

impl Report {
    /// Gives each finding that can be fixed the changes of the text. One that cannot be edited is not fixable.
    pub(crate) fn replace(&mut self, sources: &Sources) {
        let mut editing = Editing::new(sources);
        let fixable = self.findings.iter_mut().filter(|hit| hit.fix.is_some());
        for hit in fixable.take(MOST) {
            let Some(fix) = &hit.fix else { continue };
            let Ok(splices) = editing.place(fix).and_then(|placed| editing.splices(&placed)) else {
                hit.fix = None;
                continue;
            };
            for (source, splices) in splices {
                let replacements = splices.into_iter().filter_map(|(range, text)| {
                    let start = sources.place(Span::new(source, range.start, range.start))?;
                    let end = sources.place(Span::new(source, range.end, range.end))?;
                    Some(Replacement {
                        file: start.file,
                        start: (start.line, start.column),
                        end: (end.line, end.column),
                        text,
                    })
                });
                hit.replacements.extend(replacements);
            }
        }
    }
}
