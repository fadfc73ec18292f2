use crate::check::cluster::selector;
use crate::check::cluster::selector::Labels;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::set::Object;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "budget-selects-nothing",
    severity: Severity::Warning,
    summary: "a PodDisruptionBudget protects no pods",
    text: "A PodDisruptionBudget counts the pods in its namespace that its selector matches. Without a selector it matches none, and in \
           `policy/v1beta1` neither does an empty one; in `policy/v1` an empty selector matches all (`k8s.io/api` \
           `policy/v1/types.go`, `policy/v1beta1/types.go`). Pods may come from elsewhere, so a selector is reported only if it matches \
           none of the pods among the files, and a workload with the budget's name or with almost the same labels is there.",
    fixes: &[],
    check: Some(check),
};

const GROUP: &str = "policy";
const KIND: &str = "PodDisruptionBudget";

/// The workloads of the files.
struct Pods<'w, 'a> {
    /// By namespace, key and value of a label.
    labelled: HashMap<(&'a str, &'a str, &'a str), Vec<&'w Workload<'a>>>,
    /// By namespace and name.
    named: HashMap<(&'a str, &'a str), &'w Workload<'a>>,
    /// The values that a label has in a namespace.
    values: HashMap<(&'a str, &'a str), Vec<&'a str>>,
}

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let mut budgets = mesh.refused.accepted(mesh.set, GROUP, KIND).peekable();
    if budgets.peek().is_none() {
        return;
    }
    let pods = Pods::of(&mesh.workloads);
    for budget in budgets {
        let chosen = budget.spec().get("selector");
        if chosen.node().is_none_or(|node| matches!(node.value, crate::yaml::Value::Null)) {
            let message = "without a selector, this PodDisruptionBudget protects no pods";
            out.hit(&RULE, budget.spec(), message, "add a `selector` with the labels of the pods, or `selector: {}` for all");
        } else if is_empty(chosen) && budget.at(&["apiVersion"]).str() == Some("policy/v1beta1") {
            let message = "in `policy/v1beta1`, an empty selector matches no pods";
            out.hit(&RULE, chosen, message, "write `apiVersion: policy/v1`, in which it matches all of them");
        } else if let Some((at, message, help)) = pods.missed(budget, out) {
            out.hit(&RULE, at, message, help);
        }
    }
}

fn is_empty(selector: Cursor<'_>) -> bool {
    selector.get("matchLabels").entries().next().is_none() && selector.get("matchExpressions").list().is_empty()
}

impl<'w, 'a> Pods<'w, 'a> {
    fn of(workloads: &'w [Workload<'a>]) -> Pods<'w, 'a> {
        let mut pods = Pods { labelled: HashMap::new(), named: HashMap::new(), values: HashMap::new() };
        for workload in workloads {
            let (namespace, name) = (&*workload.object.id.namespace, &*workload.object.id.name);
            pods.named.entry((namespace, name)).or_insert(workload);
            for (key, at) in labels(workload).entries() {
                let Some(value) = at.str() else { continue };
                let same = pods.labelled.entry((namespace, key, value)).or_default();
                if same.is_empty() {
                    pods.values.entry((namespace, key)).or_default().push(value);
                }
                same.push(workload);
            }
        }
        pods
    }

    /// What is wrong with a selector that matches no pods of the files, if it was meant to match some.
    fn missed(&self, budget: Object<'a>, out: &mut Sink) -> Option<(Cursor<'a>, String, String)> {
        let namespace = &*budget.id.namespace;
        let chosen = budget.spec().get("selector");
        let pairs: Vec<(&'a str, Cursor<'a>)> = chosen.get("matchLabels").entries().collect();
        if pairs.iter().any(|(key, at)| is_placeholder(key) || at.str().is_none_or(is_placeholder)) {
            return None;
        }
        let having = |(key, at): &(&'a str, Cursor<'a>)| self.labelled.get(&(namespace, *key, at.text()));
        let matched = having(pairs.first()?).is_some_and(|all| {
            all.iter().any(|one| one.cut || selector::fits(chosen, &Labels::of(labels(one))) != Some(false))
        });
        if matched {
            return None;
        }
        let name = &*budget.id.name;
        let bare = name.strip_suffix("-pdb").or_else(|| name.strip_prefix("pdb-"));
        let meant = [Some(name), bare].into_iter().flatten().find_map(|name| self.named.get(&(namespace, name)));
        let meant = match meant {
            Some(workload) => *workload,
            None => self.close(namespace, &pairs, out)?,
        };
        let value = |key: &str| labels(meant).node().and_then(|node| node.get(key)).and_then(|node| node.as_str());
        // Other keys tell of other pods: those of an operator, for example.
        if meant.cut || pairs.iter().any(|(key, _)| value(key).is_none_or(is_placeholder)) {
            return None;
        }
        let (key, at) = pairs.into_iter().find(|(key, at)| value(key) != at.str())?;
        let value = value(key)?;
        let message = format!("this budget protects no pods: those of {} have `{key}: {value}`", meant.object.id);
        Some((at, message, format!("write `{key}: {value}`, or correct the label")))
    }

    /// The workload with almost the same labels: one value is a slip of the pen.
    fn close(&self, namespace: &str, pairs: &[(&'a str, Cursor<'a>)], out: &mut Sink) -> Option<&'w Workload<'a>> {
        let (key, at) = pairs.iter().find(|(key, at)| !self.labelled.contains_key(&(namespace, *key, at.text())))?;
        let values = self.values.get(&(namespace, *key))?;
        let close = out.closest(at.text(), values.iter().copied())?;
        self.labelled.get(&(namespace, *key, close))?.first().copied()
    }
}

fn labels<'a>(workload: &Workload<'a>) -> Cursor<'a> {
    workload.template.at(&["metadata", "labels"])
}
