//! jaeger-agent sidecars: who gets one, and what goes wrong with those written by hand. Envoy's spans never go this way;
//! those of programs with a Jaeger SDK do.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cluster::workload::Workload;
use crate::check::input::set::step;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;

rules! {
    IRRELEVANT: "jaeger-agent-sidecar-irrelevant", Info, "the jaeger-agent sidecar carries no span of Envoy",
        "Envoy posts to the collector; the agent takes UDP from programs with a Jaeger SDK. Without such a program it idles.";
    REMOVED: "jaeger-agent-removed", Error, "there is no image of this jaeger-agent",
        "The last agent is 1.62.0; none is published from Jaeger 1.63 on (jaeger#6081), so the pod does not start.";
    AMBIGUOUS: "inject-ambiguous", Warning, "\"true\" does not say which Jaeger, and there are several",
        "With more than one Jaeger in the cluster the operator takes the only one of the Deployment's namespace, else none, \
         silently (pkg/inject/sidecar.go Select; jaeger-operator#1116, #1414).";
    UNKNOWN: "inject-unknown-instance", Warning, "the annotation names no Jaeger among the files",
        "The operator then injects nothing and says so in its debug log only (jaeger-operator#2105).";
    DUPLICATE: "inject-duplicate-name", Warning, "two Jaegers of the name that is injected",
        "Up to operator 1.52 the first that is listed wins, whichever namespace it is in (jaeger-operator#2383).";
    WRONG: "inject-wrong-object", Warning, "the operator does not look for its annotation here",
        "jaeger-operator reads `sidecar.jaegertracing.io/inject` from Deployments and Namespaces, never from pod templates \
         and never from other kinds; the OpenTelemetry operator reads its own from pod templates only.";
    LEGACY: "inject-legacy-annotation", Warning, "`inject-jaeger-agent` is not read any more",
        "The constant is left in the operator's source and unused; write `sidecar.jaegertracing.io/inject`.";
    PANIC: "inject-no-annotations-panic", Warning, "a Deployment without annotations is not injected by its namespace",
        "The operator writes into the map of annotations that is not there, panics, and its webhook is ignored \
         (pkg/inject/sidecar.go, 1.31 to 1.65).";
    APP_JAEGER: "inject-app-jaeger-label", Warning, "`app: jaeger` keeps the agent away",
        "The operator takes such a Deployment for one of its own (Needed(); jaeger-operator#900).";
    NO_APP: "inject-no-app-label", Info, "without an app label there is no JAEGER_SERVICE_NAME",
        "It is made of the pod's `app.kubernetes.io/instance`, `app.kubernetes.io/name` or `app` (decorate()).";
    DOUBLE: "inject-double-agent", Warning, "two agents in one pod",
        "They want the same ports. The operator knows its own by the name `jaeger-agent` and a label; one by another name, \
         or a manual one beside the label, is not seen.";
    STALE: "inject-stale-sidecar", Warning, "the agent's image is not the one of the Jaeger resource",
        "A manual agent does not follow `spec.agent.image` (jaeger-operator#1644).";
    COLLISION: "agent-port-collision", Warning, "a container listens on a port of the agent",
        "5775, 5778, 6831, 6832 and 14271 are the agent's, and a pod has one network (jaeger-operator#2077).";
    JOB: "agent-in-job", Warning, "an agent keeps a Job from ending",
        "The agent never exits, so the pod never completes.";
    HEADLESS: "agent-collector-not-headless", Warning, "the agent balances over nothing",
        "gRPC keeps one connection: `dns:///<name>-collector-headless.<namespace>.svc:14250` lets it balance, as the \
         operator's own agents do.";
    TPROXY: "tproxy-agent-outbound", Warning, "the agent's way out is closed",
        "With `meshDestinationsOnly` a transparent proxy lets nothing out of the mesh; exclude 14250 by \
         `consul.hashicorp.com/transparent-proxy-exclude-outbound-ports` (consul-k8s#506).";
    PSA: "agent-hostport-psa", Warning, "the agent's DaemonSet needs host ports",
        "`agent.strategy: DaemonSet` asks for hostPorts, which namespaces under the baseline or restricted standard refuse; \
         and with `production` there is no agent Service (jaeger-operator#459, #882).";
}

const JAEGER: &str = "sidecar.jaegertracing.io/inject";
const OTEL: &str = "sidecar.opentelemetry.io/inject";
const PORTS: [i64; 5] = [5775, 5778, 6831, 6832, 14271];

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    let jaegers = mesh.set.of("jaegertracing.io", "Jaeger");
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut near: HashMap<&str, usize> = HashMap::new();
    for index in jaegers {
        let id = mesh.set.items[*index].id;
        by_name.entry(&id.name).or_default().push(*index);
        *near.entry(&id.namespace).or_default() += 1;
    }
    let namespaces: HashMap<&str, &Node> = mesh
        .set
        .of("", "Namespace")
        .iter()
        .filter_map(|index| {
            let item = &mesh.set.items[*index];
            Some((&*item.id.name, item.node.path(&["metadata", "annotations"])?.get(JAEGER)?))
        })
        .collect();
    let only_mesh = mesh.set.of(crate::check::cluster::mesh::CONSUL, "Mesh").iter().any(|index| {
        let path = ["spec", "transparentProxy", "meshDestinationsOnly"];
        matches!(mesh.set.items[*index].node.path(&path), Some(Node { value: Value::Bool(true), .. }))
    });
    for workload in &mesh.workloads {
        asked(mesh, workload, (&by_name, &near), &namespaces, out);
        written(mesh, workload, only_mesh, out);
    }
    for index in jaegers {
        daemonset(mesh, *index, out);
    }
}

fn asked(
    mesh: &Mesh<'_>,
    workload: &Workload<'_>,
    (by_name, near): (&BTreeMap<&str, Vec<usize>>, &HashMap<&str, usize>),
    namespaces: &HashMap<&str, &Node>,
    out: &mut Sink,
) {
    let item = &mesh.set.items[workload.item];
    let own = item.node.path(&["metadata", "annotations"]);
    let own_at = |name: &str| At::object(workload.item, format!("/metadata/annotations/{}", step(name)));
    let pod_at =
        |name: &str| At::object(workload.item, format!("{}/metadata/annotations/{}", workload.path, step(name)));
    let is_deployment = &*item.id.kind == "Deployment";
    let on_own = own.and_then(|map| map.get(JAEGER));
    if !workload.path.is_empty() && workload.annotation(JAEGER).is_some() && !workload.runs_jaeger() {
        out.hit(
            &WRONG,
            pod_at(JAEGER).key(),
            format!("`{JAEGER}` on a pod template is not read"),
            "move it to the Deployment's own metadata",
        );
    } else if !is_deployment && on_own.is_some() {
        out.hit(
            &WRONG,
            own_at(JAEGER).key(),
            format!("`{JAEGER}` is read on Deployments only, this is a {}", item.id.kind),
            "write the agent into the pods by hand",
        );
    }
    if !workload.path.is_empty() && own.is_some_and(|map| map.get(OTEL).is_some()) {
        out.hit(
            &WRONG,
            own_at(OTEL).key(),
            format!("`{OTEL}` is read on pod templates only"),
            "move it to `spec.template.metadata.annotations`",
        );
    }
    if let Some((at, _)) = [
        (own_at("inject-jaeger-agent"), own),
        (pod_at("inject-jaeger-agent"), workload.pod.path(&["metadata", "annotations"])),
    ]
    .into_iter()
    .find(|(_, map)| map.is_some_and(|map| map.get("inject-jaeger-agent").is_some()))
    {
        out.hit(
            &LEGACY,
            at.key(),
            "`inject-jaeger-agent` is not read any more",
            format!("write `{JAEGER}` on the Deployment"),
        );
    }
    if !is_deployment {
        return;
    }
    let by_namespace = namespaces.get(&*item.id.namespace).and_then(|node| node.as_str());
    let value = match on_own.and_then(Node::as_str) {
        Some("true") => by_namespace.filter(|value| *value != "true" && *value != "false").or(Some("true")),
        Some(value) => Some(value),
        None => by_namespace,
    };
    let Some(value) = value.filter(|value| !value.eq_ignore_ascii_case("false")) else { return };
    let at = if on_own.is_some() { own_at(JAEGER) } else { At::object(workload.item, "/metadata") };
    if item.node.path(&["metadata", "labels", "app"]).and_then(Node::as_str) == Some("jaeger")
        && item.node.path(&["metadata", "labels", "app.kubernetes.io/component"]).and_then(Node::as_str)
            != Some("query")
    {
        out.hit(
            &APP_JAEGER,
            At::object(workload.item, "/metadata/labels/app"),
            "the operator injects nothing where `app: jaeger` stands",
            "use another label",
        );
    }
    if on_own.is_none() && own.and_then(Node::as_map).is_none_or(|map| map.entries.is_empty()) {
        out.hit(
            &PANIC,
            at.clone(),
            "the namespace asks for an agent, but the operator stumbles over a Deployment without annotations",
            "give it any annotation, or ask on the Deployment itself",
        );
    }
    let labels = ["app.kubernetes.io/instance", "app.kubernetes.io/name", "app"];
    if labels.iter().all(|label| workload.label(label).is_none()) {
        out.hit(
            &NO_APP,
            At::object(workload.item, format!("{}/metadata/labels", workload.path)),
            "no app label, so the operator sets no JAEGER_SERVICE_NAME",
            "label the pods with `app`",
        );
    }
    let total = mesh.set.of("jaegertracing.io", "Jaeger").len();
    if value == "true" {
        if total > 1 && near.get(&*item.id.namespace) != Some(&1) {
            out.hit(
                &AMBIGUOUS,
                at,
                format!("\"true\" injects nothing: there are {total} Jaegers, and not exactly one in this namespace"),
                format!("name one: {}", suggest::some(by_name.keys().copied(), "")),
            );
        }
        return;
    }
    match by_name.get(value).map(Vec::as_slice) {
        None if total > 0 => {
            let help = match out.closest(value, by_name.keys().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "name a Jaeger of the cluster".to_string(),
            };
            out.hit(&UNKNOWN, at, format!("there is no Jaeger `{value}` among the files"), help);
        }
        Some([first, _, ..]) => {
            out.hit(
                &DUPLICATE,
                at,
                format!("there are two Jaegers `{value}`, and the operator up to 1.52 takes any"),
                "give them names of their own",
            )
            .note("the first is here", At::object(*first, "/metadata/name"));
        }
        _ => {}
    }
}

fn written(mesh: &Mesh<'_>, workload: &Workload<'_>, only_mesh: bool, out: &mut Sink) {
    let item = &mesh.set.items[workload.item];
    let image = |node: &Node| node.get("image").and_then(Node::as_str).unwrap_or_default().to_string();
    let is_agent = |node: &Node| version::image_name(&image(node)).1 == "jaeger-agent";
    let agents: Vec<(String, &Node)> = match workload.runs_jaeger() {
        true => Vec::new(),
        false => workload.containers().filter(|(_, node)| is_agent(node)).collect(),
    };
    let asked = item.node.path(&["metadata", "annotations"]).and_then(|map| map.get(JAEGER));
    let asked = asked.and_then(Node::as_str).is_some_and(|value| !value.eq_ignore_ascii_case("false"));
    if agents.is_empty() && !asked {
        return;
    }
    let whole = agents.first().map_or_else(
        || At::object(workload.item, "/metadata/annotations"),
        |(path, _)| At::object(workload.item, format!("{path}/name")),
    );
    out.hit(
        &IRRELEVANT,
        whole,
        "the agent carries spans of programs with a Jaeger SDK; Envoy sends its own to the collector",
        "leave it out where no program uses it",
    );
    for (path, container) in workload.containers().filter(|(_, node)| agents.is_empty() || !is_agent(node)) {
        for (at, port) in container.get("ports").and_then(Node::as_list).unwrap_or_default().iter().enumerate() {
            if let Some(Node { value: Value::Int(number), .. }) = port.get("containerPort")
                && PORTS.contains(number)
            {
                out.hit(
                    &COLLISION,
                    At::object(workload.item, format!("{path}/ports/{at}/containerPort")),
                    format!("{number} is a port of the agent in the same pod"),
                    "use another port, or move the agent's by its options",
                );
            }
        }
    }
    let Some((path, agent)) = agents.first() else { return };
    let injected = item.node.path(&["metadata", "labels", "sidecar.jaegertracing.io/injected"]).is_some();
    let own_name = agent.get("name").and_then(Node::as_str) == Some("jaeger-agent");
    if agents.len() > 1 || injected && !own_name || asked && !own_name {
        out.hit(
            &DOUBLE,
            At::object(workload.item, format!("{path}/name")),
            "these pods get two agents, which want the same ports",
            "keep one; name it jaeger-agent",
        );
    }
    if matches!(&*item.id.kind, "Job" | "CronJob") {
        out.hit(
            &JOB,
            At::object(workload.item, format!("{path}/name")),
            format!("the agent never ends, so the {} never completes", item.id.kind),
            "send spans straight to the collector",
        );
    }
    let given = image(agent);
    let tag = version::tag(&given);
    if tag.and_then(version::parse).is_some_and(|version| version > (1, 62, 99)) {
        out.hit(
            &REMOVED,
            At::object(workload.item, format!("{path}/image")),
            format!("there is no `{given}`: the last agent is 1.62.0"),
            "use 1.62.0, or an SDK that sends OTLP to the collector",
        );
    }
    if let [only] = mesh.set.of("jaegertracing.io", "Jaeger")
        && let Some(wanted) = mesh.set.items[*only].node.path(&["spec", "agent", "image"]).and_then(Node::as_str)
        && wanted != given
    {
        out.hit(
            &STALE,
            At::object(workload.item, format!("{path}/image")),
            format!("the agent is `{given}`, the Jaeger resource says `{wanted}`"),
            "use the same image",
        )
        .note("said here", At::object(*only, "/spec/agent/image"));
    }
    let args = agent.get("args").and_then(Node::as_list).unwrap_or_default();
    for (at, arg) in args.iter().enumerate() {
        let Some(host) = arg.as_str().and_then(|arg| arg.strip_prefix("--reporter.grpc.host-port=")) else { continue };
        let name = host.trim_start_matches("dns:///");
        let first = name.split(['.', ':']).next().unwrap_or_default();
        if !host.starts_with("dns:///") || !first.ends_with("-headless") {
            out.hit(
                &HEADLESS,
                At::object(workload.item, format!("{path}/args/{at}")),
                "this address does not let the agent balance over collectors",
                "use `dns:///<name>-collector-headless.<namespace>.svc:14250`",
            );
        }
    }
    let excluded =
        workload.annotation("consul.hashicorp.com/transparent-proxy-exclude-outbound-ports").and_then(Node::as_str);
    if only_mesh
        && workload.injected(mesh) == Some(true)
        && !excluded.unwrap_or_default().split(',').any(|port| port.trim() == "14250")
    {
        out.hit(
            &TPROXY,
            At::object(workload.item, format!("{path}/name")),
            "`meshDestinationsOnly` keeps the agent from its collector",
            "exclude port 14250 by `consul.hashicorp.com/transparent-proxy-exclude-outbound-ports`",
        );
    }
}

fn daemonset(mesh: &Mesh<'_>, index: usize, out: &mut Sink) {
    let item = &mesh.set.items[index];
    let strategy = item.node.path(&["spec", "agent", "strategy"]).and_then(Node::as_str).unwrap_or_default();
    if !strategy.eq_ignore_ascii_case("daemonset") {
        return;
    }
    let strict = mesh.set.find("", "Namespace", "", &item.id.namespace).and_then(|at| {
        mesh.set.items[at].node.path(&["metadata", "labels", "pod-security.kubernetes.io/enforce"])?.as_str()
    });
    let production = crate::check::cluster::backend::strategy_of(item.node.get("spec")) != "allInOne";
    if production || matches!(strict, Some("baseline" | "restricted")) {
        let why = if production {
            "with this strategy there is no Service for the agents"
        } else {
            "this namespace refuses its host ports"
        };
        out.hit(
            &PSA,
            At::object(index, "/spec/agent/strategy"),
            format!("`agent.strategy: DaemonSet`: {why}"),
            "use sidecars, or send straight to the collector",
        );
    }
}
