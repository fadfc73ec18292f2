//! Finds the configuration of a collector's container: what `--config` and `--set` name, in this order (opentelemetry-collector
//! `otelcol/flags.go`, `confmap/provider`).

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::arguments::arguments;
use crate::check::cluster::backend::arguments::is_shell;
use crate::check::cluster::backend::env::Env;
use crate::check::cluster::backend::env::Variable;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::otel::components::Distribution;

/// Where the configuration is.
pub(super) enum File<'a> {
    /// In these parts, of which later ones are stronger.
    Of(Vec<Part<'a>>),
    /// It is missing, so the process exits.
    Missing(Box<Fault>),
    /// The files in the set do not say.
    Unknown(String),
    /// There is no `--config`.
    Unnamed,
}

/// A part of a configuration.
pub(super) enum Part<'a> {
    /// An entry of a ConfigMap or a Secret.
    Entry(Cursor<'a>),
    /// Text from an argument or a variable.
    Text(String, Cursor<'a>),
}

/// The configuration that Jaeger v2 has without `--config`, as far as it decides where spans go (jaeger v2.4.0
/// `cmd/jaeger/internal/all-in-one.yaml`).
const BUILT_IN: &str = r#"
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines: {traces: {receivers: [otlp, jaeger, zipkin], processors: [batch], exporters: [jaeger_storage_exporter]}}
extensions:
  jaeger_query: {storage: {traces: some_storage}}
  jaeger_storage: {backends: {some_storage: {memory: {max_traces: 100000}}}}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "${env:JAEGER_LISTEN_HOST:-localhost}:4317"}
      http: {endpoint: "${env:JAEGER_LISTEN_HOST:-localhost}:4318"}
  jaeger:
    protocols:
      grpc: {endpoint: "${env:JAEGER_LISTEN_HOST:-localhost}:14250"}
      thrift_http: {endpoint: "${env:JAEGER_LISTEN_HOST:-localhost}:14268"}
  zipkin: {endpoint: "${env:JAEGER_LISTEN_HOST:-localhost}:9411"}
processors: {batch: {}}
exporters: {jaeger_storage_exporter: {trace_storage: some_storage}}
"#;

/// The file named by the image's default command, used if the container has no command of its own
/// (opentelemetry-collector-releases `distributions/*/Dockerfile`).
fn usual(distribution: Option<Distribution>) -> Option<&'static str> {
    match distribution? {
        Distribution::Core => Some("/etc/otelcol/config.yaml"),
        Distribution::Contrib => Some("/etc/otelcol-contrib/config.yaml"),
        Distribution::Kubernetes => Some("/etc/otelcol-k8s/config.yaml"),
        Distribution::Jaeger => None,
    }
}

/// The values of a flag, each with its argument.
fn given<'a>(container: Cursor<'a>, flag: &str) -> Vec<(&'a str, Cursor<'a>)> {
    let all: Vec<Cursor<'a>> = arguments(container).collect();
    let mut given = Vec::new();
    for (index, argument) in all.iter().enumerate() {
        let text = argument.text();
        match text.strip_prefix('-').and_then(|text| text.strip_prefix('-').unwrap_or(text).strip_prefix(flag)) {
            Some("") => given.extend(all.get(index + 1).map(|next| (next.text(), *next))),
            Some(rest) => given.extend(rest.strip_prefix('=').map(|value| (value, *argument))),
            None => {}
        }
    }
    given
}

/// A container whose configuration is looked for.
struct Place<'m, 'a> {
    mesh: &'m Mesh<'a>,
    workload: &'m Workload<'a>,
    container: Cursor<'a>,
    distribution: Option<Distribution>,
    env: Env<'a>,
}

/// Finds the configuration of a container.
pub(super) fn find<'a>(
    mesh: &Mesh<'a>,
    workload: &Workload<'a>,
    container: Cursor<'a>,
    distribution: Option<Distribution>,
    env: Env<'a>,
) -> File<'a> {
    if is_shell(container) {
        return File::Unknown("its command line is that of a shell".to_string());
    }
    let place = Place { mesh, workload, container, distribution, env };
    let configs = given(container, "config");
    let sets = given(container, "set");
    let mut parts = Vec::new();
    match configs.as_slice() {
        [] => match place.without() {
            File::Of(own) => parts.extend(own),
            other => return other,
        },
        given => {
            for (uri, at) in given {
                match place.part(uri, *at, true) {
                    Ok(part) => parts.push(part),
                    Err(file) => return file,
                }
            }
        }
    }
    for (set, at) in sets {
        let Some((key, value)) = set.split_once('=') else { continue };
        if value.contains("$(") {
            return File::Unknown("an argument `--set` has a variable in it".to_string());
        }
        parts.push(Part::Text(format!("{}: {}", key.trim().replace('.', "::"), value.trim()), at));
    }
    File::Of(parts)
}

impl<'a> Place<'_, 'a> {
    /// The configuration of a container without `--config`.
    fn without(&self) -> File<'a> {
        let [command, args] = ["command", "args"].map(|key| !self.container.get(key).list().is_empty());
        let image = self.container.get("image");
        if self.distribution == Some(Distribution::Jaeger) {
            return File::Of(vec![Part::Text(BUILT_IN.to_string(), image)]);
        }
        let Some(usual) = usual(self.distribution) else { return File::Unnamed };
        if !command && !args {
            return match self.part(usual, image, false) {
                Ok(part) => File::Of(vec![part]),
                Err(file) => file,
            };
        }
        // A program of one's own may know where it is.
        if command && !self.container.get("command").items().next().is_some_and(|name| name.text().contains("otel")) {
            return File::Unnamed;
        }
        let why =
            "its arguments have no `--config`, and they replace that of the image, so the collector does not start";
        let help = format!("add `--config={usual}`, or another file");
        let at = self.container.get(if args { "args" } else { "command" });
        File::Missing(Fault::new(Cause::CollectorConfig, at, why, help))
    }

    /// What a URI names. `said`: a `--config` says so.
    fn part(&self, uri: &'a str, at: Cursor<'a>, said: bool) -> Result<Part<'a>, File<'a>> {
        let unknown = |why: String| Err(File::Unknown(why));
        if uri.contains("$(") {
            return unknown(format!("its configuration comes from `{uri}`"));
        }
        if let Some(text) = uri.strip_prefix("yaml:") {
            return Ok(Part::Text(text.to_string(), at));
        }
        if let Some(name) = uri.strip_prefix("env:") {
            return match self.env.get(name) {
                Variable::Is(text) => Ok(Part::Text(text, at)),
                Variable::Unknown => unknown(format!("its configuration comes from `{uri}`")),
                Variable::Unset => {
                    let why = format!("it is started with `--config={uri}`, and nothing sets this variable");
                    let help = "set it in the container's `env`";
                    Err(File::Missing(Fault::new(Cause::CollectorConfig, at, why, help)))
                }
            };
        }
        let path = uri.strip_prefix("file:").unwrap_or(uri);
        match path.starts_with('/') {
            true => self.file(path, at, said),
            false => unknown(format!("its configuration comes from `{path}`")),
        }
    }

    fn file(&self, path: &'a str, at: Cursor<'a>, said: bool) -> Result<Part<'a>, File<'a>> {
        let unknown = |why: String| Err(File::Unknown(why));
        let missing = |why: String, help: String| Err(File::Missing(Fault::new(Cause::CollectorConfig, at, why, help)));
        let Some((mount, inside)) = mounted(self.container, path) else {
            // The image has a file there, or is a custom build.
            if !said || self.distribution.is_none() || path.starts_with("/etc/") {
                return unknown(format!("its configuration `{path}` is not among the files"));
            }
            let why = format!("it is started with `--config={path}`, and nothing is mounted there");
            return missing(why, "mount the ConfigMap with the configuration there".to_string());
        };
        let file = match mount.get("subPath").str() {
            Some(file) if inside.is_empty() => file,
            Some(_) => return unknown("its configuration is below a `subPath`".to_string()),
            None => inside,
        };
        let wanted = mount.get("name").text();
        let volumes = self.workload.template.at(&["spec", "volumes"]);
        let volume = volumes.items().find(|volume| volume.get("name").str() == Some(wanted));
        let sources = volume.map_or_else(Vec::new, sources);
        if sources.is_empty() {
            return unknown(format!("the volume `{wanted}` with its configuration has no ConfigMap"));
        }
        let (mut names, mut keys) = (Vec::new(), Vec::new());
        for (kind, source) in sources {
            let name =
                source.get(if kind == "Secret" && source.get("secretName").exists() { "secretName" } else { "name" });
            let Some(object) = self.mesh.set.one("", kind, &self.workload.object.id.namespace, name.text()) else {
                return unknown(format!("{kind} `{}` with its configuration is not among the files", name.text()));
            };
            let key = key(source, file);
            let sections: [&str; 2] = if kind == "Secret" { ["stringData", "data"] } else { ["data", "binaryData"] };
            for section in sections {
                for (known, value) in object.root().get(section).entries() {
                    match Some(known) == key {
                        true if (kind, section) == ("Secret", "data") => {
                            return unknown(format!("its configuration is encoded in {kind} `{}`", name.text()));
                        }
                        true => return Ok(Part::Entry(value)),
                        false => keys.push(format!("`{known}`")),
                    }
                }
            }
            names.push(format!("{kind} `{}`", name.text()));
        }
        let names = names.join(", ");
        let why = format!("it is started with `--config={path}`, and {names} does not have `{file}`");
        let help = match keys.as_slice() {
            [] => "add the file to it".to_string(),
            keys => format!("it has {}", keys.join(", ")),
        };
        missing(why, help)
    }
}

/// The ConfigMaps and Secrets of a volume, with their kinds.
fn sources(volume: Cursor<'_>) -> Vec<(&'static str, Cursor<'_>)> {
    let projected = volume.at(&["projected", "sources"]).items();
    std::iter::once(volume)
        .chain(projected)
        .flat_map(|at| [("ConfigMap", at.get("configMap")), ("Secret", at.get("secret"))])
        .filter(|(_, source)| source.exists())
        .collect()
}

/// The innermost mount that contains a path, and the path inside it.
fn mounted<'a, 'p>(container: Cursor<'a>, path: &'p str) -> Option<(Cursor<'a>, &'p str)> {
    let mounts = container.get("volumeMounts").items().filter_map(|mount| {
        let base = mount.get("mountPath").str()?.trim_end_matches('/');
        let inside = path.strip_prefix(base)?;
        (inside.is_empty() || inside.starts_with('/')).then(|| (base.len(), mount, inside.trim_start_matches('/')))
    });
    mounts.max_by_key(|(depth, ..)| *depth).map(|(_, mount, inside)| (mount, inside))
}

/// The key of a ConfigMap or Secret that a volume has as `file`; `items` may rename it.
fn key<'a>(source: Cursor<'a>, file: &'a str) -> Option<&'a str> {
    let items = source.get("items");
    match items.exists() {
        true => items.items().find(|item| item.get("path").str() == Some(file)).map(|item| item.get("key").text()),
        false => Some(file),
    }
}
