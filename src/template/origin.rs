//! Finds the profile key that a template expression prints.

use crate::template::context;
use minijinja::State;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// The keys that lead to a value in the profiles.
pub(crate) type Key = Vec<String>;

/// Records, while a template prints, what its loop variables refer to. Off except for the second render, which looks
/// for places.
#[derive(Clone, Default)]
pub(crate) struct Origins {
    on: Arc<AtomicBool>,
    noted: Arc<Mutex<Recorded>>,
}

#[derive(Default)]
struct Recorded {
    /// The variables that expressions begin with.
    names: BTreeSet<String>,
    /// By printed marker.
    variables: HashMap<String, Variables>,
}

type Variables = Vec<(String, Key)>;

/// What the variables referred to when each marker was printed.
#[derive(Default)]
pub(crate) struct Known(HashMap<String, Variables>);

impl Origins {
    /// Starts recording, for templates with these texts.
    pub(crate) fn begin<'t>(&self, texts: impl Iterator<Item = &'t str>) {
        let names = texts.flat_map(|text| text.split("{{").skip(1)).filter_map(|rest| steps(rest)?.into_iter().next());
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = Recorded { names: names.collect(), variables: HashMap::new() };
        self.on.store(true, Ordering::Relaxed);
    }

    /// Stops recording and returns the result.
    pub(crate) fn end(&self) -> Known {
        self.on.store(false, Ordering::Relaxed);
        Known(std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner)).variables)
    }

    /// Records the variables at the place that prints `marker`.
    pub(crate) fn note(&self, marker: &str, state: &State<'_, '_>) {
        if !self.on.load(Ordering::Relaxed) {
            return;
        }
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |name: &String| Some((name.clone(), context::key(&state.lookup(name)?)?));
        let variables: Variables = noted.names.iter().filter_map(key).collect();
        if !variables.is_empty() {
            noted.variables.insert(marker.to_owned(), variables);
        }
    }
}

impl Known {
    /// The key whose value `expression` printed as `marker`: that of `jaeger.name`, or of `service.port` if `service`
    /// is one of the services. A combination of several keys has none.
    pub(crate) fn key(&self, expression: &str, marker: &str) -> Option<Key> {
        let mut steps = steps(expression)?;
        let variables = self.0.get(marker).map(Vec::as_slice).unwrap_or_default();
        if let Some((_, key)) = variables.iter().find(|(name, _)| *name == steps[0]) {
            steps.splice(0..1, key.iter().cloned());
        }
        Some(steps)
    }
}

/// `service` and `port` of `service.port | default(80)`.
fn steps(expression: &str) -> Option<Key> {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let inner = expression.trim_start_matches(['{', '-', ' ']);
    let dotted = &inner[..inner.find(|c| !word(c)).unwrap_or(inner.len())];
    let rest = inner[dotted.len()..].trim_start_matches(['-', ' ']);
    let whole = rest.is_empty() || rest.starts_with(['|', '}']);
    (whole && dotted.contains('.')).then(|| dotted.split('.').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_of_one_key_has_steps() {
        let found = |text| steps(text).map(|steps| steps.join("/"));
        assert_eq!(found("service.port"), Some("service/port".to_string()));
        assert_eq!(found("{{- jaeger.name | default('x') -}}"), Some("jaeger/name".to_string()));
        assert_eq!(found(" jaeger.name -}} and more"), Some("jaeger/name".to_string()));
        assert_eq!(found("a.b ~ c.d"), None);
        assert_eq!(found("a.b(1)"), None);
        assert_eq!(found("name"), None);
    }
}
