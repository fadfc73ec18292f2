//! What to inject.

use crate::inject::agent::Instance;
use crate::inject::config_maps::ConfigMaps;
use crate::inject::file::Opened;
use crate::model::Model;
use crate::model::Service;
use crate::named::Named;
use crate::named::named;
use crate::object::Rendered;
use crate::stack::jaeger;
use crate::stack::jaeger::operator::Operator;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

named! {
    /// How a program sends its spans.
    pub enum Mode {
        /// To an agent sidecar, as jaeger-operator would inject it.
        Agent = "agent",
        /// To an agent that jaeger-operator injects because of this annotation.
        Annotation = "annotation",
        /// To a collector sidecar from the OpenTelemetry operator, with SDK settings, because of its annotations.
        Otel = "otel",
    }
}

named! {
    /// What `inject` prints.
    pub enum Format {
        /// The manifests.
        Yaml = "yaml",
        /// A unified diff for `git apply`.
        Patch = "patch",
        /// One line for each workload.
        Report = "report",
        /// The ResourceList of a KRM function, whose `functionConfig` may set the options.
        Krm = "krm",
    }
}

/// What to do with each workload.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// What to inject.
    pub mode: Mode,
    /// Whether to also add the annotations for a Consul sidecar.
    pub consul: bool,
    /// Whether to inject even where that breaks the workload.
    pub all: bool,
    /// Whether to undo what the same request without this flag injected.
    pub remove: bool,
}

/// What the injections refer to.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The operator version whose agents are written.
    pub operator: Option<Operator>,
    /// The Jaegers that agents may report to.
    pub jaegers: Vec<Target>,
    /// The services of the profile: their ports and what they call.
    pub services: Arc<Vec<Service>>,
    /// Namespaces with a Deployment in the input; `annotation` annotates those Deployments instead of the Namespace.
    pub with_deployments: BTreeSet<String>,
    /// What the annotations of Namespaces in the input ask for, by name.
    pub namespaces: BTreeMap<String, String>,
    /// The ConfigMaps in the input.
    pub config_maps: ConfigMaps,
}

/// A Jaeger resource.
#[derive(Clone, Debug)]
pub struct Target {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// Its `spec`.
    pub spec: Option<Node>,
}

impl Request {
    /// Applies the options in `data` or `spec` of a ResourceList's `functionConfig` (kustomize `api/krmusage`, "KRM
    /// Functions Specification").
    ///
    /// # Errors
    /// An unknown or invalid option.
    pub fn configured(mut self, list: &Node) -> Result<Request, String> {
        let config = ["data", "spec"].iter().find_map(|key| list.path(&["functionConfig", key])).and_then(Node::as_map);
        for entry in config.map_or(&[][..], |map| &map.entries) {
            let flag = || match &entry.value.value {
                Value::Bool(flag) => Ok(*flag),
                Value::String(text) if matches!(&**text, "true" | "false") => Ok(&**text == "true"),
                _ => Err(format!("`functionConfig` has a `{}` that is neither `true` nor `false`", entry.key)),
            };
            match &*entry.key {
                "mode" => {
                    self.mode = entry.value.as_str().and_then(Mode::of).ok_or_else(|| {
                        let names: Vec<&str> = Mode::ALL.iter().map(|mode| mode.name()).collect();
                        format!("`functionConfig` has a `mode` that is none of {}", names.join(", "))
                    })?;
                }
                "consul" => self.consul = flag()?,
                "all" => self.all = flag()?,
                "remove" => self.remove = flag()?,
                other => {
                    return Err(format!(
                        "`functionConfig` has the unknown option `{other}`; known are mode, consul, all, remove"
                    ));
                }
            }
        }
        Ok(self)
    }
}

impl Target {
    /// Reads `node`; `None` if it is not a Jaeger resource.
    pub fn of(node: &Node) -> Option<Target> {
        let text = |path: &[&str]| node.path(path).and_then(Node::as_str);
        let group = text(&["apiVersion"])?.split_once('/').map(|(group, _)| group);
        if group != Some(jaeger::GROUP) || text(&["kind"]) != Some(jaeger::KIND) {
            return None;
        }
        let namespace = text(&["metadata", "namespace"]).unwrap_or("default").to_owned();
        Some(Target { name: text(&["metadata", "name"])?.to_owned(), namespace, spec: node.get("spec").cloned() })
    }
}

impl Targets {
    /// Takes the targets from a render.
    pub fn of(model: &Model, rendered: &Rendered) -> Targets {
        let settings = &model.jaeger.settings;
        let resource = rendered.objects.iter().find(|object| {
            *object.id.kind == *jaeger::KIND
                && *object.id.group == *jaeger::GROUP
                && *object.id.name == *settings.name
                && *object.id.namespace == *settings.namespace
        });
        let spec = resource.and_then(|object| object.node.get("spec")).cloned();
        Targets {
            operator: model.operators.jaeger.as_ref().map(|operator| operator.release.clone()),
            jaegers: vec![Target { name: settings.name.clone(), namespace: settings.namespace.clone(), spec }],
            services: Arc::clone(&model.services),
            with_deployments: BTreeSet::new(),
            namespaces: BTreeMap::new(),
            config_maps: ConfigMaps::default(),
        }
    }

    /// Adds what the input contains. Its Jaegers, if there are any, replace those of the profile.
    #[must_use]
    pub fn with<'t>(mut self, input: impl Iterator<Item = &'t Opened> + Clone) -> Targets {
        let jaegers: Vec<Target> = input.clone().flat_map(Opened::jaegers).collect();
        if !jaegers.is_empty() {
            self.jaegers = jaegers;
        }
        for node in input.flat_map(Opened::objects) {
            let text = |path: &[&str]| node.path(path).and_then(Node::as_str);
            match text(&["kind"]) {
                Some("Deployment") => {
                    self.with_deployments.insert(text(&["metadata", "namespace"]).unwrap_or("default").to_owned());
                }
                Some("Namespace") => {
                    let asked = text(&["metadata", "annotations", jaeger::INJECT]);
                    if let (Some(name), Some(asked)) = (text(&["metadata", "name"]), asked) {
                        self.namespaces.insert(name.to_owned(), asked.to_owned());
                    }
                }
                _ => self.config_maps.add(node),
            }
        }
        self
    }

    /// Selects the Jaeger for a workload in `namespace` whose annotation is `asked`; empty or `true` means the one that its
    /// Namespace names, else any (jaeger-operator 1.37 `pkg/inject/sidecar.go` `Select`; since 1.53 the same namespace is
    /// preferred).
    ///
    /// # Errors
    /// Why there is no match, or more than one, and what to do.
    pub(super) fn select(&self, asked: &str, namespace: &str) -> Result<Instance<'_>, (String, &'static str)> {
        let pass = "pass the Jaeger resource together with the workload, or a profile that has it with `-p`";
        let here = |target: &&Target| target.namespace == namespace;
        let names = || {
            let names: Vec<String> =
                self.jaegers.iter().map(|one| format!("`{}` in `{}`", one.name, one.namespace)).collect();
            names.join(", ")
        };
        let asked = if asked.eq_ignore_ascii_case("true") { "" } else { asked };
        let by_namespace = self.namespaces.get(if namespace.is_empty() { "default" } else { namespace });
        let asked = match (asked, by_namespace) {
            ("", Some(named)) if self.jaegers.iter().any(|target| target.name == *named) => named,
            _ => asked,
        };
        let target = match asked {
            "" => match self.jaegers.as_slice() {
                [only] => only,
                several => match several.iter().filter(here).collect::<Vec<_>>()[..] {
                    [only] => only,
                    _ => {
                        let help = "name one of them in its annotation `sidecar.jaegertracing.io/inject`";
                        return Err((format!("several Jaegers could be meant: {}", names()), help));
                    }
                },
            },
            name => {
                let named: Vec<&Target> = self.jaegers.iter().filter(|target| target.name == name).collect();
                match (named.iter().copied().find(here), named.as_slice()) {
                    (Some(one), _) => one,
                    (None, [one]) => *one,
                    (None, []) => return Err((format!("no Jaeger is called `{name}`; there is {}", names()), pass)),
                    (None, _) => {
                        let help = "pass only the Jaeger resource that is meant";
                        return Err((format!("several Jaegers are called `{name}`: {}", names()), help));
                    }
                }
            }
        };
        let none = || ("this profile's Jaeger has no agents: it is not `operator-v1`".to_owned(), pass);
        let operator = self.operator.as_ref().ok_or_else(none)?;
        let instance = Instance::new(&target.name, &target.namespace, operator, target.spec.as_ref());
        Ok(instance.with_config_maps(&self.config_maps))
    }
}
