//! A template in full: `show templates NAME`.

use crate::finding::Finding;
use crate::finding::ids;
use crate::secrecy;
use crate::suggest;
use crate::template::Templates;

/// The text of a template, without secrets. `name` is its path, the end of its path, or the name of its file without the
/// extension, as long as only one template has it; `builtin:NAME` is the shipped one.
///
/// # Errors
/// Returns the finding to report if there is no such template, or if there are several.
pub fn template(templates: &Templates, name: &str) -> Result<String, Finding> {
    let (files, path) = match name.strip_prefix("builtin:") {
        Some(path) => (&templates.builtin, path),
        None => (&templates.all, name),
    };
    let path = path.strip_prefix("templates/").unwrap_or(path);
    let stem = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        file.split('.').next().unwrap_or(file).to_string()
    };
    let end = format!("/{path}");
    let meant: Vec<&str> = match files.get(path) {
        Some(_) => vec![path],
        None => files.paths().filter(|one| stem(one) == path || one.ends_with(&end)).collect(),
    };
    match meant.as_slice() {
        [one] => Ok(files.get(one).map(|file| secrecy::mask(&file.text)).unwrap_or_default()),
        [] => {
            let close = suggest::closest(path, files.paths());
            let help = close.map(|close| format!("did you mean `{close}`?"));
            let help = help.unwrap_or_else(|| "`meshtrace show templates` lists them".to_string());
            Err(Finding::error(ids::USAGE, format!("there is no template `{name}`")).help(help))
        }
        several => {
            let help = format!("use one of {}", suggest::some(several.iter().copied(), "`"));
            Err(Finding::error(ids::USAGE, format!("several templates match `{name}`")).help(help))
        }
    }
}
