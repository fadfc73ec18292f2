//! Builds the jaeger-agent sidecar that jaeger-operator injects.
//!
//! Source: jaeger-operator `pkg/inject/sidecar.go`, `pkg/util`, v1.31.0 to v1.65.0. The TLS arguments that the operator
//! adds on OpenShift are left out.

use crate::edit::Plan;
use crate::inject::config_maps::ConfigMaps;
use crate::inject::root;
use crate::inject::root_list;
use crate::inject::submap;
use crate::stack::jaeger;
use crate::stack::jaeger::AGENT_CONTAINER;
use crate::stack::jaeger::AgentPort;
use crate::stack::jaeger::operator::Operator;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;

/// The Jaeger instance that an agent reports to, with its settings for agents.
pub struct Instance<'a> {
    name: &'a str,
    namespace: &'a str,
    operator: &'a Operator,
    /// `spec` of the Jaeger resource.
    spec: Option<&'a Node>,
    /// The ConfigMaps that the operator would see.
    config_maps: Option<&'a ConfigMaps>,
}

impl<'a> Instance<'a> {
    /// Takes the name and namespace of a Jaeger resource. `spec` holds `agent` and the settings shared by all
    /// components.
    pub fn new(name: &'a str, namespace: &'a str, operator: &'a Operator, spec: Option<&'a Node>) -> Instance<'a> {
        Instance { name, namespace, operator, spec, config_maps: None }
    }

    /// Leaves out variables that a pod gets from one of these ConfigMaps, where the operator does so.
    #[must_use]
    pub fn with_config_maps(self, config_maps: &'a ConfigMaps) -> Instance<'a> {
        Instance { config_maps: Some(config_maps).filter(|_| self.operator.reads_config_maps()), ..self }
    }

    /// The name of the Jaeger resource.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    pub(super) fn agent(&self, key: &str) -> Option<&'a Node> {
        self.spec?.path(&["agent", key])
    }
}

/// The keys of the pod spec that the agent's settings extend (`pkg/inject/sidecar.go` `Sidecar`).
pub(super) const LISTS: [&str; 2] = ["imagePullSecrets", "volumes"];

/// The workload annotations by which Prometheus finds the agent's metrics (`pkg/inject/sidecar.go` `addAnnotations`).
pub(super) fn annotations() -> [(&'static str, String); 2] {
    [("prometheus.io/scrape", "true".to_owned()), ("prometheus.io/port", jaeger::AGENT_ADMIN.to_string())]
}

/// Adds the agent to a Deployment, or updates the one it has. Does not add the label that marks agents as the
/// operator's: without the matching annotation, the operator would remove the container again.
pub fn inject_agent(deployment: &mut Node, instance: &Instance<'_>) {
    planned(deployment, "Deployment", &["spec", "template"], instance, settings(instance)).change(deployment);
}

/// Plans what [`inject_agent`] does, for a workload of any kind whose pod template is at `template`. The operator injects
/// only into Deployments; for other kinds, the tag with the workload's name is named after the kind.
/// `flags`: its [`settings`].
pub(super) fn planned(
    workload: &Node,
    kind: &str,
    template: &[&str],
    instance: &Instance<'_>,
    flags: Vec<String>,
) -> Plan {
    let text = |path: &[&str]| workload.path(path).and_then(Node::as_str).unwrap_or_default();
    let (name, namespace) = (text(&["metadata", "name"]), text(&["metadata", "namespace"]));
    let pod = workload.path(template);
    let app = pod.and_then(|pod| app_name(pod, namespace));

    let mut plan = Plan::default();
    plan.update(workload, &["metadata", "annotations"], |node| {
        let written = root(node);
        for (key, value) in annotations() {
            if written.get(key).is_none() {
                written.set(key, Node::string(&value));
            }
        }
    });
    let within = |key: &'static str| [template, &["spec", key]].concat();
    for key in LISTS {
        let extra = instance.agent(key).and_then(Node::as_list).unwrap_or_default();
        if !extra.is_empty() {
            plan.update(workload, &within(key), |node| add_missing(root_list(node), extra));
        }
    }
    // If a manifest sets no namespace, kubectl uses `default` unless told otherwise; `inject` mentions this.
    let namespace = if namespace.is_empty() { "default" } else { namespace };
    let owner = Owner { kind, name, namespace };
    let containers = pod.and_then(|pod| pod.path(&["spec", "containers"])).and_then(Node::as_list).unwrap_or_default();
    let old = containers.iter().position(is_agent);
    let agent = container(containers, old, &owner, instance, flags);
    if containers.is_empty() {
        plan.update(workload, &within("containers"), |node| *node = list(vec![agent]));
        return plan;
    }
    let given = instance.config_maps.map(|maps| maps.given(namespace, containers)).unwrap_or_default();
    let mut all = Plan::default();
    for (index, container) in containers.iter().enumerate().filter(|(index, _)| Some(*index) != old) {
        let Some(app) = &app else { break };
        let mut own = Plan::default();
        let wanted = [(jaeger::SERVICE_NAME, &**app), jaeger::PROPAGATION];
        let missing = wanted.into_iter().filter(|(name, _)| !given.contains(name) && !has_env(container, name));
        let missing: Vec<Node> =
            missing.map(|(name, value)| map([("name", Node::string(name)), ("value", Node::string(value))])).collect();
        if !missing.is_empty() {
            own.update(container, &["env"], |node| root_list(node).extend(missing));
        }
        all.join(own.below(&[index]));
    }
    match old {
        Some(index) => all.join(Plan::between(&containers[index], &agent).below(&[index])),
        None => all.push(containers.len(), agent),
    }
    if let Some(indexes) = indexes(workload, &within("containers")) {
        plan.join(all.below(&indexes));
    }
    plan
}

/// The indexes of the entries that these keys lead through.
fn indexes(node: &Node, keys: &[&str]) -> Option<Vec<usize>> {
    let mut at = node;
    let step = |key: &&str| {
        let map = at.as_map()?;
        let index = map.entries.iter().position(|entry| *entry.key == **key)?;
        at = &map.entries[index].value;
        Some(index)
    };
    keys.iter().map(step).collect()
}

/// The workload that an agent belongs to.
struct Owner<'a> {
    kind: &'a str,
    name: &'a str,
    namespace: &'a str,
}

/// Whether a container has the name by which the operator recognizes agents.
pub(super) fn is_agent(container: &Node) -> bool {
    container.get("name").and_then(Node::as_str) == Some(AGENT_CONTAINER)
}

/// Returns the value of `JAEGER_SERVICE_NAME`: the first of three pod labels that is set, and the namespace.
pub(super) fn app_name(template: &Node, namespace: &str) -> Option<String> {
    let labels = template.path(&["metadata", "labels"])?;
    let app = jaeger::APP_LABELS.iter().find_map(|key| labels.get(key)).and_then(Node::as_str)?;
    Some(format!("{app}.{}", if namespace.is_empty() { "default" } else { namespace }))
}

fn has_env(container: &Node, name: &str) -> bool {
    let env = container.get("env").and_then(Node::as_list).unwrap_or_default();
    env.iter().any(|variable| variable.get("name").and_then(Node::as_str) == Some(name))
}

/// Adds the entries of `extra` whose names are not in the list.
fn add_missing(list: &mut Vec<Node>, extra: &[Node]) {
    for item in extra {
        if list.iter().all(|have| have.get("name") != item.get("name")) {
            list.push(item.clone());
        }
    }
}

fn container(
    containers: &[Node],
    old: Option<usize>,
    owner: &Owner<'_>,
    instance: &Instance<'_>,
    mut args: Vec<String>,
) -> Node {
    let ports = ports(&args);
    let [.., (_, admin)] = ports;
    if !args.iter().any(|arg| arg.starts_with(jaeger::AGENT_TAGS)) {
        args.push(format!("{}{}", jaeger::AGENT_TAGS, tags(containers, old, owner)));
    }
    // Sorted, as the operator does, so that they do not move between injections.
    args.sort();

    let image = instance.agent("image").and_then(Node::as_str).filter(|image| !image.is_empty());
    let image = image.map_or_else(|| jaeger::agent_image(&instance.operator.agent), str::to_string);
    let field = |name: &str, path: &str| {
        let source = map([("fieldRef", map([("fieldPath", Node::string(path))]))]);
        map([("name", Node::string(name)), ("valueFrom", source)])
    };
    let open = |(port, number): &(&AgentPort, i64)| {
        let mut members = vec![("containerPort", Node::new(Value::Int(*number))), ("name", Node::string(port.name))];
        if port.udp {
            members.push(("protocol", Node::string("UDP")));
        }
        map(members)
    };
    let mut members = vec![
        ("name", Node::string(AGENT_CONTAINER)),
        ("image", Node::string(&image)),
        ("args", list(args.iter().map(|arg| Node::string(arg)).collect())),
        ("env", list(vec![field("POD_NAME", "metadata.name"), field("HOST_IP", "status.hostIP")])),
        ("ports", list(ports.iter().map(open).collect())),
    ];
    if instance.operator.agent_probes && !port_taken(containers, admin) {
        let get = || map([("path", Node::string("/")), ("port", Node::new(Value::Int(admin)))]);
        let int = |number| Node::new(Value::Int(number));
        members.push((
            "livenessProbe",
            map([
                ("httpGet", get()),
                ("initialDelaySeconds", int(5)),
                ("periodSeconds", int(15)),
                ("failureThreshold", int(5)),
            ]),
        ));
        members.push(("readinessProbe", map([("httpGet", get()), ("initialDelaySeconds", int(1))])));
    }
    members.push(("resources", resources(instance)));
    if let Some(context) = instance.agent("sidecarSecurityContext") {
        members.push(("securityContext", context.clone()));
    }
    if let Some(mounts) = instance.agent("volumeMounts") {
        members.push(("volumeMounts", mounts.clone()));
    }
    map(members)
}

/// The agent's flags, apart from its tags.
pub(super) fn settings(instance: &Instance<'_>) -> Vec<String> {
    let mut args = options(instance.agent("options"));
    if !args.iter().any(|arg| arg.starts_with(jaeger::REPORTER)) {
        args.push(format!("{}{}", jaeger::REPORTER, jaeger::agent_target(instance.name, instance.namespace)));
    }
    args
}

/// The ports on which an agent with these flags listens.
pub(super) fn ports(args: &[String]) -> [(&'static AgentPort, i64); 5] {
    static PORTS: [AgentPort; 5] = jaeger::AGENT_PORTS;
    let number = |port: &AgentPort| {
        let given = |flag: &&str| args.iter().find_map(|arg| arg.strip_prefix(flag))?.split(':').nth(1)?.parse().ok();
        port.flags.iter().find_map(given).unwrap_or(i64::from(port.number))
    };
    PORTS.each_ref().map(|port| (port, number(port)))
}

/// The ports of the collectors to which an agent with these flags sends.
pub(super) fn collectors<'a>(args: impl IntoIterator<Item = &'a str>) -> Vec<u16> {
    let addresses = args.into_iter().find_map(|arg| arg.strip_prefix(jaeger::REPORTER));
    jaeger::reporter_ports(addresses.unwrap_or_default())
}

/// `Options.ToArgs`: nested keys are joined by dots, each value is a flag, and lists repeat their flag.
fn options(options: Option<&Node>) -> Vec<String> {
    fn walk(node: &Node, prefix: &str, args: &mut Vec<String>) {
        match &node.value {
            Value::Map(map) => {
                for entry in &map.entries {
                    let name =
                        if prefix.is_empty() { entry.key.to_string() } else { format!("{prefix}.{}", entry.key) };
                    walk(&entry.value, &name, args);
                }
            }
            Value::List(items) => items.iter().for_each(|item| walk(item, prefix, args)),
            Value::Null => {}
            Value::String(text) => args.push(format!("--{prefix}={text}")),
            Value::Bool(flag) => args.push(format!("--{prefix}={flag}")),
            Value::Int(number) => args.push(format!("--{prefix}={number}")),
            Value::Float(number) => args.push(format!("--{prefix}={number}")),
        }
    }
    let mut args = Vec::new();
    if let Some(options) = options {
        walk(options, "", &mut args);
    }
    args
}

/// Returns the operator's default tags, overridden by those the agent already has.
fn tags(containers: &[Node], old: Option<usize>, owner: &Owner<'_>) -> String {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    if let Some(old) = old {
        let args = containers[old].get("args").and_then(Node::as_list).unwrap_or_default();
        let given = args.iter().filter_map(Node::as_str).find_map(|arg| arg.strip_prefix(jaeger::AGENT_TAGS));
        for (key, value) in given.unwrap_or_default().split(',').filter_map(|tag| tag.split_once('=')) {
            tags.insert(key.trim().to_string(), value.trim().to_string());
        }
    }
    // A comma would end the tag; valid names contain none.
    let mut set = |key: &str, value: &str| {
        if !value.contains(',') {
            tags.insert(key.to_string(), value.to_string());
        }
    };
    set("cluster", "undefined");
    // A pod's tags already have its name.
    if owner.kind != "Pod" {
        set(&format!("{}.name", owner.kind.to_ascii_lowercase()), owner.name);
    }
    set("pod.namespace", owner.namespace);
    set("pod.name", "${POD_NAME:}");
    set("host.ip", "${HOST_IP:}");
    let others: Vec<&Node> = containers.iter().filter(|container| !is_agent(container)).collect();
    if let [only] = others.as_slice()
        && let Some(container) = only.get("name").and_then(Node::as_str)
    {
        set("container.name", container);
    }
    let mut tags: Vec<String> = tags.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    tags.sort();
    tags.join(",")
}

fn port_taken(containers: &[Node], port: i64) -> bool {
    containers.iter().filter(|container| !is_agent(container)).any(|container| {
        let ports = container.get("ports").and_then(Node::as_list).unwrap_or_default();
        ports.iter().any(
            |open| matches!(open.get("containerPort"), Some(Node { value: Value::Int(number), .. }) if *number == port),
        )
    })
}

/// `util.Merge`: the agent's own limits and requests override those of the resource.
fn resources(instance: &Instance<'_>) -> Node {
    let mut merged = Map::default();
    for layer in
        [instance.spec.and_then(|spec| spec.get("resources")), instance.agent("resources")].into_iter().flatten()
    {
        for part in layer.as_map().map_or(&[][..], |map| &map.entries) {
            let into = submap(&mut merged, &part.key);
            for entry in part.value.as_map().map_or(&[][..], |map| &map.entries) {
                into.set(&entry.key, entry.value.clone());
            }
        }
    }
    Node::new(Value::Map(merged))
}

/// A map of members with different keys.
fn map<'k>(members: impl IntoIterator<Item = (&'k str, Node)>) -> Node {
    let entry = |(key, value): (&str, Node)| Entry { key: key.into(), key_span: value.span, value };
    Node::new(Value::Map(Map { entries: members.into_iter().map(entry).collect() }))
}

fn list(items: Vec<Node>) -> Node {
    Node::new(Value::List(items))
}
