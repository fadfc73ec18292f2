//! Plans the changes to one object.

use crate::edit::Change;
use crate::edit::Changes;
use crate::edit::Edit;
use crate::edit::Plan;
use crate::inject::agent;
use crate::inject::fit;
use crate::inject::fit::Agent;
use crate::inject::held;
use crate::inject::mesh;
use crate::inject::request::Mode;
use crate::inject::request::Request;
use crate::inject::request::Targets;
use crate::inject::root;
use crate::inject::shape;
use crate::pointer;
use crate::source::Span;
use crate::stack::consul;
use crate::stack::go;
use crate::stack::jaeger;
use crate::stack::kube::WorkloadKind;
use crate::stack::otel;
use crate::yaml::Node;
use crate::yaml::Value;

/// The outcome for one object.
pub(super) struct Done {
    /// The changes to it.
    pub(super) plan: Plan,
    /// What to report, one part for each thing requested.
    pub(super) parts: Vec<String>,
    /// What was there before, if the plan has a comment about it.
    pub(super) kept: Option<Kept>,
}

/// What an injection found there already.
pub(super) struct Kept {
    /// The comment by which a removal leaves it, if the layout has room for comments.
    comment: String,
    /// Its names, for messages.
    names: String,
}

impl Kept {
    /// Whether two objects have the same comment.
    pub(super) fn is_like(&self, other: &Kept) -> bool {
        self.comment == other.comment
    }

    /// What becomes of it when the injection is removed. `others`: how many objects of the document have the same.
    pub(super) fn said(&self, changes: Option<&Changes>, others: usize) -> String {
        let after = match changes.is_some_and(|changes| changes.lines_ending(&self.comment) > others) {
            true => " and stays with `--remove`",
            false => ", and `--remove` would remove it",
        };
        format!("`{}` was there before{after}", self.names)
    }
}

/// Why an object cannot be changed at all.
pub(super) struct Malformed {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

/// A workload being changed.
struct Work<'a> {
    node: &'a Node,
    row: &'static WorkloadKind,
    /// The keys that lead to the pod.
    template: Vec<&'static str>,
    /// The text of the object.
    text: &'a str,
    request: &'a Request,
    targets: &'a Targets,
    /// The changes so far.
    plan: Plan,
    /// The annotations that the pod gets.
    annotations: Vec<(&'static str, String)>,
    /// The ports of the collectors, if the pod gets an agent.
    injected: Option<Vec<u16>>,
    /// The edits that undo an injection.
    undo: Vec<Edit>,
    /// What was there before, verbatim.
    held: Vec<String>,
    parts: Vec<String>,
}

/// Plans the changes to an object; `None` if nothing is ever injected into its kind. `text`: the text of the object.
///
/// # Errors
/// [`Malformed`] if the object is malformed.
pub(super) fn one(node: &Node, text: &str, request: &Request, targets: &Targets) -> Result<Option<Done>, Malformed> {
    let Some(row) = fit::row(node) else {
        let said = |why| Done { plan: Plan::default(), parts: vec![why], kept: None };
        return match fit::unknown_kind(node) {
            Some(why) => Ok(Some(said(why))),
            None => namespace(node, request, targets),
        };
    };
    let template: Vec<&'static str> = row.template.split('/').skip(1).collect();
    shape::workload(node, &template)?;
    let Some(pod) = node.path(&template) else {
        return Ok(Some(Done {
            plan: Plan::default(),
            parts: vec!["skipped: it has no pod template".to_owned()],
            kept: None,
        }));
    };
    if let Some(why) = fit::foreign(node, pod) {
        return Ok(Some(Done { plan: Plan::default(), parts: vec![format!("skipped: {why}")], kept: None }));
    }
    let mut work = Work {
        node,
        row,
        template,
        text,
        request,
        targets,
        plan: Plan::default(),
        annotations: Vec::new(),
        injected: None,
        undo: Vec::new(),
        held: Vec::new(),
        parts: Vec::new(),
    };
    match request.mode {
        Mode::Agent => work.agent(pod)?,
        Mode::Annotation => work.annotation()?,
        Mode::Otel => work.otel(pod),
    }
    if request.consul {
        work.consul(pod);
    }
    work.done().map(Some)
}

/// Plans for a Namespace, whose annotation requests agents for all its Deployments.
fn namespace(node: &Node, request: &Request, targets: &Targets) -> Result<Option<Done>, Malformed> {
    let text = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default();
    let name = text(&["metadata", "name"]);
    if request.mode != Mode::Annotation || text(&["kind"]) != "Namespace" || text(&["apiVersion"]) != "v1" {
        return Ok(None);
    }
    if targets.with_deployments.contains(name) {
        return Ok(None);
    }
    shape::annotations(node, &[])?;
    let asked = asked(node);
    let instance = targets.select("", name).map_err(|why| unknown(node, why))?;
    let (plan, part) = ask(node, &asked, instance.name(), request.remove)?;
    Ok(Some(Done { plan, parts: vec![part], kept: None }))
}

/// Sets or removes the annotation on `node` that jaeger-operator reads.
fn ask(node: &Node, asked: &str, name: &str, remove: bool) -> Result<(Plan, String), Malformed> {
    let none = |part: &str| Ok((Plan::default(), part.to_owned()));
    if remove {
        return match asked {
            "" => none("nothing to remove"),
            asked if asked == name => {
                let pointer = format!("/metadata/annotations/{}", pointer::escape(jaeger::INJECT));
                let plan = Plan::of(node, &[Edit { pointer, change: Change::Undo }]).map_err(refused)?;
                Ok((plan, "removed the annotation for jaeger-operator".to_owned()))
            }
            other => none(&format!("left: its annotation says `{other}`, which is not what meshtrace writes")),
        };
    }
    let written = node.path(&["metadata", "annotations", jaeger::INJECT]).is_some();
    match asked {
        // A removal could not tell what was there before.
        "" if written => none("left: its annotation for jaeger-operator has no value; write one, or delete it"),
        "" => {
            let mut plan = Plan::default();
            // By name, because "true" injects nothing once the cluster has two Jaegers.
            plan.update(node, &["metadata", "annotations"], |map| root(map).set(jaeger::INJECT, Node::string(name)));
            Ok((plan, "injected the annotation for jaeger-operator".to_owned()))
        }
        no if no.eq_ignore_ascii_case("false") => none("skipped: its annotation says `false`"),
        _ => none("already asks jaeger-operator for an agent"),
    }
}

fn refused(refused: crate::edit::Refused) -> Malformed {
    Malformed {
        span: refused.span,
        message: format!("cannot edit this: {}", refused.why),
        help: "edit it by hand".to_owned(),
    }
}

fn unknown(node: &Node, (message, help): (String, &str)) -> Malformed {
    let annotations = node.path(&["metadata", "annotations"]).and_then(Node::as_map);
    let span = annotations.and_then(|map| map.get(jaeger::INJECT)).map_or(node.span, |value| value.span);
    Malformed { span, message, help: help.to_owned() }
}

/// The value of a workload's annotation, whatever its type; empty if missing.
fn asked(node: &Node) -> String {
    match node.path(&["metadata", "annotations", jaeger::INJECT]).map(|node| &node.value) {
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

/// The ports of the collectors to which the agent that meshtrace injected sends.
fn sends_to(workload: &Node, pod: &Node) -> Option<Vec<u16>> {
    let Agent::Ours(index) = fit::agent(workload, pod) else { return None };
    let args = fit::containers(pod)[index].get("args").and_then(Node::as_list).unwrap_or_default();
    Some(agent::collectors(args.iter().filter_map(Node::as_str)))
}

impl Work<'_> {
    fn say(&mut self, part: impl Into<String>) {
        self.parts.push(part.into());
    }

    fn agent(&mut self, pod: &Node) -> Result<(), Malformed> {
        let asked = asked(self.node);
        let found = fit::agent(self.node, pod);
        if let Agent::Clash(list, index) = found {
            let span =
                pod.path(&["spec", list]).and_then(Node::as_list).map_or(self.node.span, |list| list[index].span);
            let message = format!("a container that is not an agent is called `{}`", jaeger::AGENT_CONTAINER);
            return Err(Malformed { span, message, help: "rename that container".to_owned() });
        }
        if let Agent::Theirs(why) = &found {
            self.say(format!("left: {why}"));
            return Ok(());
        }
        let namespace = self.node.path(&["metadata", "namespace"]).and_then(Node::as_str).unwrap_or_default();
        if asked.eq_ignore_ascii_case("false") && !self.request.remove {
            self.say(format!("skipped: its annotation `{}` says `false`", jaeger::INJECT));
            return Ok(());
        }
        let instance = self.targets.select(&asked, namespace).map_err(|why| unknown(self.node, why))?;
        let label = self.node.path(&["metadata", "labels", jaeger::INJECTED]).and_then(Node::as_str);
        if let (Some(other), false) = (label, self.request.remove) {
            // `Sidecar` of jaeger-operator 1.37 to 1.65 leaves that of another instance, too, and takes any agent for its own.
            self.say(format!(
                "left: its label `{}` says that `{other}` has its agent; delete the label if there is none",
                jaeger::INJECTED
            ));
            return Ok(());
        }
        let template: Vec<&str> = self.template.clone();
        if self.request.remove {
            let Agent::Ours(index) = found else {
                self.say("no agent to remove");
                return Ok(());
            };
            let kept = held::kept(self.text);
            for held in held::all(self.node, &template, &instance) {
                match kept.contains(&&*held.token) {
                    true => {}
                    false => self.undo.push(Edit { pointer: held.pointer, change: Change::Undo }),
                }
            }
            let base: String = template.iter().map(|step| format!("/{step}")).collect();
            self.undo.push(Edit { pointer: format!("{base}/spec/containers/{index}"), change: Change::Undo });
            self.say("removed the agent");
            return Ok(());
        }
        let flags = agent::settings(&instance);
        if let (Some(why), false) = (fit::unfit(self.row, pod, &flags), self.request.all) {
            self.say(format!("skipped: {why}; `--all` injects it anyway"));
            return Ok(());
        }
        let update = matches!(found, Agent::Ours(_));
        if !update {
            self.held.extend(held::all(self.node, &template, &instance).into_iter().map(|held| held.token));
        }
        self.injected = Some(agent::collectors(flags.iter().map(String::as_str)));
        let plan = agent::planned(self.node, self.row.kind, &template, &instance, flags);
        let same = plan.is_empty();
        self.plan.join(plan);
        self.say(match (update, same) {
            (_, true) => "already has the agent",
            (true, false) => "updated the agent",
            (false, false) if namespace.is_empty() => {
                "injected the agent, for the namespace `default` as the manifest names none"
            }
            (false, false) => "injected the agent",
        });
        Ok(())
    }

    fn annotation(&mut self) -> Result<(), Malformed> {
        if self.row.kind != "Deployment" {
            self.say("skipped: jaeger-operator injects into Deployments only; use `--mode agent`");
            return Ok(());
        }
        let asked = asked(self.node);
        let namespace = self.node.path(&["metadata", "namespace"]).and_then(Node::as_str).unwrap_or_default();
        let instance = self.targets.select("", namespace).map_err(|why| unknown(self.node, why));
        let name = match (&instance, &*asked) {
            (Err(_), asked) if !asked.is_empty() => asked,
            (Err(_), _) => return instance.map(|_| ()),
            (Ok(instance), _) => instance.name(),
        };
        let (plan, part) = ask(self.node, &asked, name, self.request.remove)?;
        if self.request.remove && !plan.is_empty() {
            let pointer = format!("/metadata/annotations/{}", pointer::escape(jaeger::INJECT));
            self.undo.push(Edit { pointer, change: Change::Undo });
        } else if !plan.is_empty() {
            self.plan.join(plan);
        }
        self.say(part);
        Ok(())
    }

    fn otel(&mut self, pod: &Node) {
        let says = |key: &str| pod.path(&["metadata", "annotations", key]).and_then(Node::as_str);
        if says(otel::INJECT).is_some_and(|value| value.eq_ignore_ascii_case("false")) && !self.request.remove {
            return self.say(format!("skipped: its annotation `{}` says `false`", otel::INJECT));
        }
        if self.row.ends && !self.request.all && !self.request.remove {
            let why = "its pods run to completion, but the collector sidecar never exits";
            return self.say(format!("skipped: {why}; `--all` injects it anyway"));
        }
        let wanted = [otel::INJECT, otel::INJECT_SDK].map(|key| (key, "true".to_owned()));
        let changed = self.annotate(&wanted);
        self.say(match (self.request.remove, changed) {
            (false, true) => "injected the annotations for the OpenTelemetry operator",
            (false, false) => "already has the annotations for the OpenTelemetry operator",
            (true, true) => "removed the annotations for the OpenTelemetry operator",
            (true, false) => "no annotations for the OpenTelemetry operator to remove",
        });
    }

    fn consul(&mut self, pod: &Node) {
        let says = |key: &str| pod.path(&["metadata", "annotations", key]).and_then(Node::as_str).unwrap_or_default();
        let namespace = self.node.path(&["metadata", "namespace"]).and_then(Node::as_str).unwrap_or_default();
        if consul::never_injected(namespace) {
            return self.say(format!("no Consul sidecar: Consul injects nothing in `{namespace}`"));
        }
        if says(consul::INJECT).eq_ignore_ascii_case("false") && !self.request.remove {
            return self.say(format!("no Consul sidecar: its annotation `{}` says `false`", consul::INJECT));
        }
        if let (Some(why), false) = (self.no_sidecar(pod), self.request.all || self.request.remove) {
            return self.say(format!("no Consul sidecar: {why}; `--all` asks for it anyway"));
        }
        let held = self.held.len();
        let wanted = mesh::annotations(self.node, pod, self.targets);
        let mut changed = self.annotate(&wanted);
        let old = says(consul::EXCLUDE_OUTBOUND_PORTS);
        let before = sends_to(self.node, pod);
        let together = before.as_ref().is_some_and(|ports| mesh::excluded(old, ports, &[]).is_none());
        let ports = self.injected.clone().or_else(|| before.clone()).filter(|_| self.request.mode == Mode::Agent);
        if let Some(ports) = ports.filter(|ports| !ports.is_empty()) {
            if self.request.remove {
                changed |= self.include(old, &ports);
            } else {
                match mesh::excluded(old, &ports, &before.unwrap_or_default()) {
                    Some(new) => {
                        self.annotations.push((consul::EXCLUDE_OUTBOUND_PORTS, new));
                        changed = true;
                    }
                    None => self.held.push(consul::EXCLUDE_OUTBOUND_PORTS.to_owned()),
                }
            }
        }
        if together {
            // They came with the agent that is there. Its comment says what did not.
            self.held.truncate(held);
        }
        self.say(match (self.request.remove, changed) {
            (false, true) => "injected the annotations for a Consul sidecar",
            (false, false) => "already has the annotations for a Consul sidecar",
            (true, true) => "removed the annotations for a Consul sidecar",
            (true, false) => "no annotations for a Consul sidecar to remove",
        });
    }

    /// Why a Consul sidecar would break this workload, if it does not ask for one already.
    fn no_sidecar(&self, pod: &Node) -> Option<&'static str> {
        let says = |key: &str| pod.path(&["metadata", "annotations", key]).and_then(Node::as_str);
        if says(consul::INJECT).is_some() {
            return None;
        }
        let native = says(consul::NATIVE_SIDECAR).and_then(go::parse_bool) == Some(true);
        if fit::ends(self.row, pod) && !native {
            return Some("its pods run to completion, but the sidecar never exits");
        }
        let why = "with `hostNetwork` it would take its ports on the node, and redirect the node's traffic";
        fit::on_host_network(pod).then_some(why)
    }

    /// Removes the ports of the agent's collectors from the ports excluded from the mesh.
    fn include(&mut self, old: &str, ports: &[u16]) -> bool {
        let Some(rest) = mesh::included(old, ports) else { return false };
        if held::kept(self.text).contains(&consul::EXCLUDE_OUTBOUND_PORTS) {
            return false;
        }
        let pointer = self.pod_annotation(consul::EXCLUDE_OUTBOUND_PORTS);
        let change = if rest.is_empty() { Change::Undo } else { Change::Set(Node::string(&rest)) };
        self.undo.push(Edit { pointer, change });
        true
    }

    fn pod_annotation(&self, key: &str) -> String {
        let base: String = self.template.iter().map(|step| format!("/{step}")).collect();
        format!("{base}/metadata/annotations/{}", pointer::escape(key))
    }

    /// Adds missing annotations, or removes those with these values. Returns whether anything changed.
    fn annotate(&mut self, wanted: &[(&'static str, String)]) -> bool {
        let mut changed = false;
        for (key, value) in wanted {
            let path: Vec<&str> = self.template.iter().copied().chain(["metadata", "annotations", *key]).collect();
            let old = self.node.path(&path).cloned();
            let same = old.as_ref().and_then(Node::as_str) == Some(value);
            if self.request.remove {
                if same && !held::kept(self.text).contains(key) {
                    self.undo.push(Edit { pointer: self.pod_annotation(key), change: Change::Undo });
                    changed = true;
                }
            } else if old.is_none() {
                self.annotations.push((key, value.clone()));
                changed = true;
            } else if same {
                self.held.push((*key).to_owned());
            }
        }
        changed
    }

    fn done(mut self) -> Result<Done, Malformed> {
        if self.request.remove {
            let plan = Plan::of(self.node, &self.undo).map_err(refused)?;
            return Ok(Done { plan, parts: self.parts, kept: None });
        }
        let mut plan = std::mem::take(&mut self.plan);
        if !self.annotations.is_empty() {
            let path: Vec<&str> = self.template.iter().copied().chain(["metadata", "annotations"]).collect();
            plan.update(self.node, &path, |node| {
                let map = root(node);
                self.annotations.iter().for_each(|(key, value)| map.set(key, Node::string(value)));
            });
        }
        let mut kept = None;
        if !plan.is_empty() && !self.held.is_empty() {
            let comment = held::comment(&self.held);
            let names = self.held.join("`, `");
            if plan.remark(&comment, &agent::is_agent) || plan.remark(&comment, &|_| true) {
                kept = Some(Kept { comment, names });
            } else {
                self.say(format!("`{names}` was there before"));
            }
        }
        Ok(Done { plan, parts: self.parts, kept })
    }
}
