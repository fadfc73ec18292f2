//! The environment variables of a container, as far as the files give their values.

use crate::check::cursor::Cursor;
use crate::check::input::set::Set;
use crate::stack::kube;

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// Nothing sets it.
    Unset,
    Is(String),
    /// It is set, or may be, to something that the files do not contain.
    Unknown,
}

/// Where the variables of a container come from.
#[derive(Clone, Copy)]
pub(super) struct Env<'a> {
    set: &'a Set<'a>,
    namespace: &'a str,
    /// The value that has `env` and `envFrom`.
    container: Cursor<'a>,
    /// What the image sets.
    image: &'static [(&'static str, &'static str)],
    /// Variables that something outside the files adds, by the beginning of their names.
    added: &'static [&'static str],
}

impl<'a> Env<'a> {
    /// The variables of a container of pods in this namespace.
    pub(super) fn new(set: &'a Set<'a>, namespace: &'a str, container: Cursor<'a>) -> Env<'a> {
        Env { set, namespace, container, image: &[], added: &[] }
    }

    /// The same, with variables that the image sets.
    pub(super) fn of_image(self, image: &'static [(&'static str, &'static str)]) -> Env<'a> {
        Env { image, ..self }
    }

    /// The same, with variables that an operator adds.
    pub(super) fn with(self, added: &'static [&'static str]) -> Env<'a> {
        Env { added, ..self }
    }

    /// The entry of a variable in `env`. The last one counts, as in a process.
    pub(super) fn entry(&self, name: &str) -> Option<Cursor<'a>> {
        self.container.get("env").items().rev().find(|entry| entry.get("name").str() == Some(name))
    }

    /// The value of a variable: `env` is stronger than `envFrom`, and in that the last source is
    /// (k8s.io/api `core/v1` `Container`).
    pub(super) fn get(&self, name: &str) -> Variable {
        if let Some(entry) = self.entry(name) {
            return self.of(entry);
        }
        let sources = self.container.get("envFrom").items().rev();
        for source in sources {
            let prefix = source.get("prefix").text();
            let Some(key) = name.strip_prefix(prefix) else { continue };
            let map = source.get("configMapRef");
            if !map.exists() {
                return Variable::Unknown;
            }
            let Some(data) = self.config_map(map.get("name").text()) else { return Variable::Unknown };
            if let Some((_, value)) = data.entries().find(|(known, _)| *known == key) {
                return text(value);
            }
        }
        if let Some((_, value)) = self.image.iter().find(|(known, _)| *known == name) {
            return Variable::Is(value.to_string());
        }
        match self.added.iter().any(|added| name.starts_with(added)) || is_everywhere(name) {
            true => Variable::Unknown,
            false => Variable::Unset,
        }
    }

    fn of(&self, entry: Cursor<'a>) -> Variable {
        let reference = entry.at(&["valueFrom", "configMapKeyRef"]);
        if reference.exists() {
            let Some(data) = self.config_map(reference.get("name").text()) else { return Variable::Unknown };
            let key = reference.get("key").text();
            return match data.entries().find(|(known, _)| *known == key) {
                Some((_, value)) => text(value),
                None if reference.get("optional").bool() == Some(true) => Variable::Unset,
                None => Variable::Unknown,
            };
        }
        match entry.get("valueFrom").exists() {
            true => Variable::Unknown,
            false if !entry.get("value").exists() => Variable::Is(String::new()),
            false => text(entry.get("value")),
        }
    }

    fn config_map(&self, name: &str) -> Option<Cursor<'a>> {
        let map = self.set.one(kube::CORE, "ConfigMap", self.namespace, name)?;
        Some(map.root().get("data"))
    }
}

/// Whether the kubelet or the container runtime sets a variable: the host name, and where Services are (kubelet
/// `pkg/kubelet/envvars/envvars.go`).
fn is_everywhere(name: &str) -> bool {
    name == "HOSTNAME" || name.contains("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.contains("_PORT_")
}

/// A value as text. `$(NAME)`, which Kubernetes fills in, may be anything.
fn text(value: Cursor<'_>) -> Variable {
    let Some(node) = value.node() else { return Variable::Unknown };
    let text = node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string);
    match text.contains("$(") {
        true => Variable::Unknown,
        false => Variable::Is(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::input::set::Item;
    use crate::object::Id;

    #[test]
    fn env_is_stronger_than_env_from_and_later_sources_than_earlier() {
        let node = crate::yaml::node_of(
            "env: [{name: A, value: own}, {name: S, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: C, valueFrom: \
             {configMapKeyRef: {name: m, key: b}}}, {name: P, value: \"$(A)x\"}]\nenvFrom: [{configMapRef: {name: m}}, \
             {configMapRef: {name: o}}]\n",
        );
        let map = |name: &str, data: &str| {
            crate::yaml::node_of(&format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: a}}\ndata: {data}\n"
            ))
        };
        let maps = [map("m", "{b: from-m, A: map, d: m}"), map("o", "{d: o}")];
        let ids: Vec<Id> = maps.iter().map(|map| Id::of(map).ok().expect("an object")).collect();
        let items = maps.iter().zip(&ids).map(|(node, id)| Item { id, node }).collect();
        let set = Set::new(items, Vec::new());
        let container = Cursor::new(crate::check::cursor::Doc::Object(0), &node);
        let env = Env::new(&set, "a", container);
        let is = |text: &str| Variable::Is(text.to_string());
        for (name, value) in [
            ("A", is("own")),
            ("S", Variable::Unknown),
            ("C", is("from-m")),
            ("P", Variable::Unknown),
            ("b", is("from-m")),
            ("d", is("o")),
            ("none", Variable::Unset),
        ] {
            assert_eq!(env.get(name), value, "{name}");
        }
        assert_eq!(env.with(&["no"]).get("none"), Variable::Unknown);
        assert_eq!(
            Env::new(&set, "b", container).get("none"),
            Variable::Unknown,
            "the ConfigMaps of another namespace"
        );
    }
}
