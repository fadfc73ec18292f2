//! Records what was already there among the things an agent brings besides its container.
//!
//! A workload may already contain something that an agent would add. An injection leaves it alone and lists it in a
//! comment after the first line of the agent, so that removing the agent leaves it too.

use crate::inject::agent;
use crate::inject::agent::Instance;
use crate::stack::jaeger;
use crate::yaml::Node;

/// How the comment starts.
const KEEPS: &str = "meshtrace: keeps ";

/// Something an agent would add that the workload already has.
pub(super) struct Existing {
    /// Its JSON pointer in the workload.
    pub(super) pointer: String,
    /// Its name in the comment.
    pub(super) token: String,
}

/// Everything an agent would add to this workload that is already there verbatim. `template`: the keys that lead to the
/// pod.
pub(super) fn all(workload: &Node, template: &[&str], instance: &Instance<'_>) -> Vec<Existing> {
    let mut held = Vec::new();
    for (key, value) in agent::annotations() {
        if workload.path(&["metadata", "annotations", key]).and_then(Node::as_str) == Some(&*value) {
            let pointer = format!("/metadata/annotations/{}", crate::pointer::escape(key));
            held.push(Existing { pointer, token: key.to_owned() });
        }
    }
    let Some(pod) = workload.path(template) else { return held };
    let base: String = template.iter().chain(&["spec"]).map(|step| format!("/{step}")).collect();
    for list in agent::LISTS {
        let wanted = instance.agent(list).and_then(Node::as_list).unwrap_or_default();
        for (index, item) in pod.path(&["spec", list]).and_then(Node::as_list).unwrap_or_default().iter().enumerate() {
            if wanted.contains(item) {
                let name = item.get("name").and_then(Node::as_str).unwrap_or_default();
                held.push(Existing { pointer: format!("{base}/{list}/{index}"), token: format!("{list}.{name}") });
            }
        }
    }
    let namespace = workload.path(&["metadata", "namespace"]).and_then(Node::as_str).unwrap_or_default();
    let Some(app) = agent::app_name(pod, namespace) else { return held };
    let variables = [(jaeger::SERVICE_NAME, &*app), jaeger::PROPAGATION];
    let containers = pod.path(&["spec", "containers"]).and_then(Node::as_list).unwrap_or_default();
    let named = |container: &Node| container.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
    for (index, container) in containers.iter().enumerate().filter(|(_, container)| !agent::is_agent(container)) {
        let name = named(container);
        // A position tells containers of one name apart, and stands for a name that would be several in the comment; an agent
        // comes after them all.
        let twice = containers.iter().filter(|other| named(other) == name).count() > 1;
        let name = if twice || name.contains(char::is_whitespace) { index.to_string() } else { name };
        for (at, variable) in container.get("env").and_then(Node::as_list).unwrap_or_default().iter().enumerate() {
            let word = |key: &str| variable.get(key).and_then(Node::as_str).unwrap_or_default();
            if variables.contains(&(word("name"), word("value"))) {
                let pointer = format!("{base}/containers/{index}/env/{at}");
                held.push(Existing { pointer, token: format!("{name}.{}", word("name")) });
            }
        }
    }
    held
}

/// The comment that lists what was already there.
pub(super) fn comment(held: &[String]) -> String {
    format!("{KEEPS}{}", held.join(" "))
}

/// The names listed by such comments in the text of a workload.
pub(super) fn kept(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.split_once("# ")?.1.strip_prefix(KEEPS));
    lines.flat_map(str::split_whitespace).collect()
}
