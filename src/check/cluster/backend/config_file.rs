//! Finds the configuration file of a collector's container: the file that `--config` names, in a mounted ConfigMap.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::otel::components::Distribution;

/// Where the configuration is.
pub(super) enum File<'a> {
    /// In this entry of a ConfigMap.
    At(Box<Cursor<'a>>),
    /// The file is missing, so the process exits.
    Missing(Box<Fault>),
    /// The files in the set do not say.
    Unknown(String),
    /// There is no `--config`.
    Unnamed,
}

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

/// The values of `--config`, each with its argument.
fn given<'a>(container: Cursor<'a>) -> Vec<(&'a str, Cursor<'a>)> {
    let all: Vec<Cursor<'a>> = arguments(container).collect();
    let mut given = Vec::new();
    for (index, argument) in all.iter().enumerate() {
        let text = argument.text();
        match text.strip_prefix("--config").or_else(|| text.strip_prefix("-config")) {
            Some("") => given.extend(all.get(index + 1).map(|next| (next.text(), *next))),
            Some(rest) => given.extend(rest.strip_prefix('=').map(|value| (value, *argument))),
            None => {}
        }
    }
    given
}

/// Finds the file of `--config`.
pub(super) fn find<'a>(
    mesh: &Mesh<'a>,
    workload: &Workload<'a>,
    container: Cursor<'a>,
    distribution: Option<Distribution>,
) -> File<'a> {
    let given = given(container);
    let (path, at) = match given.as_slice() {
        [] => match usual(distribution).filter(|_| !container.get("args").exists()) {
            Some(path) => (path, container.get("image")),
            None => return File::Unnamed,
        },
        [(path, at)] => (*path, *at),
        _ => return File::Unknown("it is started with several `--config`, which it merges".to_string()),
    };
    let path = path.strip_prefix("file:").unwrap_or(path);
    if !path.starts_with('/') {
        return File::Unknown(format!("its configuration comes from `{path}`"));
    }
    let missing = |why: String, help: String| File::Missing(Fault::new(Cause::CollectorConfig, at, why, help));
    let Some((mount, inside)) = mounted(container, path) else {
        // The image has a file there, or is a custom build.
        if given.is_empty() || distribution.is_none() || path.starts_with("/etc/") {
            return File::Unknown(format!("its configuration `{path}` is not among the files"));
        }
        let why = format!("it is started with `--config={path}`, and nothing is mounted there");
        return missing(why, "mount the ConfigMap with the configuration there".to_string());
    };
    let wanted = mount.get("name").text();
    let volume =
        workload.template.at(&["spec", "volumes"]).items().find(|volume| volume.get("name").str() == Some(wanted));
    let Some(source) = volume.map(|volume| volume.get("configMap")).filter(|source| source.exists()) else {
        return File::Unknown(format!("the volume `{wanted}` with its configuration is not a ConfigMap"));
    };
    let name = source.get("name").text();
    let Some(map) = mesh.set.one("", "ConfigMap", &workload.object.id.namespace, name) else {
        return File::Unknown(format!("ConfigMap `{name}` with its configuration is not among the files"));
    };
    let file = match mount.get("subPath").str() {
        Some(file) if inside.is_empty() => file,
        Some(_) => return File::Unknown("its configuration is below a `subPath`".to_string()),
        None => inside,
    };
    let known: Vec<(&str, Cursor<'a>)> =
        map.root().get("data").entries().chain(map.root().get("binaryData").entries()).collect();
    let key = key(source, file);
    match known.iter().find(|(known, _)| Some(*known) == key) {
        Some((_, at)) => File::At(Box::new(*at)),
        None => {
            let why = format!("it is started with `--config={path}`, and ConfigMap `{name}` does not have `{file}`");
            let known: Vec<String> = known.iter().map(|(known, _)| format!("`{known}`")).collect();
            let help = match known.as_slice() {
                [] => "add the file to the ConfigMap".to_string(),
                known => format!("the ConfigMap has {}", known.join(", ")),
            };
            missing(why, help)
        }
    }
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

/// The key of a ConfigMap that a volume has as `file`; `items` may rename it.
fn key<'a>(source: Cursor<'a>, file: &'a str) -> Option<&'a str> {
    let items = source.get("items");
    match items.exists() {
        true => items.items().find(|item| item.get("path").str() == Some(file)).map(|item| item.get("key").text()),
        false => Some(file),
    }
}

/// The command line of a container: `command`, then `args`.
pub(super) fn arguments(container: Cursor<'_>) -> impl Iterator<Item = Cursor<'_>> {
    ["command", "args"].into_iter().flat_map(move |key| container.get(key).items()).filter(|item| item.str().is_some())
}
