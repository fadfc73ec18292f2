//! The registry of ids that the stages and the commands report, each with what `explain` prints about it.
//!
//! The ids of the rules of `check` are in the statics in `check/rules/`. Keep the table sorted.

use crate::finding::id::Entry;
use crate::finding::id::RuleId;
use crate::finding::id::Says;

/// Makes a constant for each id, and the table of all.
macro_rules! ids {
    ($($name:ident = $id:literal, $says:ident, $summary:literal, $why:literal, $help:literal;)+) => {
        $(#[doc = $summary] pub const $name: RuleId = RuleId::register($id);)+

        /// All ids of stages and commands, sorted.
        pub static ALL: &[Entry] =
            &[$(Entry { id: $name, says: Says::$says, summary: $summary, why: $why, help: $help }),+];
    };
}

/// The entry for the id of a stage; `None` for rules of `check` and unknown ids.
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.id.as_str() == id)
}

ids! {
    AGENT_UNSUPPORTED = "agent-unsupported", Errors,
        "a service asks for a jaeger-agent that this version of Jaeger does not have",
        "Jaeger removed the agent, so the image of the sidecar does not exist and the pod never starts.",
        "Set `services.*.agent: none` and send the program's spans to the collector, or choose a Jaeger version with agents.";
    AGENT_WITHOUT_WORKLOAD = "agent-without-workload", Errors,
        "a service asks for a jaeger-agent, but its workload is not rendered",
        "The agent is a container of the service's pod. Without an image the pod is not rendered, so the agent cannot be added.",
        "Set `agent: none`, and add the agent to your own manifest with `meshtrace inject -p PROFILE --in-place FILE`.";
    API_GATEWAY_UNSUPPORTED = "api-gateway-unsupported", Errors,
        "the Consul chart has no API gateway",
        "`ingress.kind: api-gateway` needs the controller that charts 1.2.0 and newer contain.",
        "Use `ingress-gateway`, or a newer `consul.chart`; `meshtrace show versions` lists them.";
    BROKEN_LIST = "broken-list", Errors,
        "the list of rendered files, `render.sha256`, cannot be read",
        "It records which files meshtrace owns. Without it, a change or deletion could hit one of your files.",
        "Restore the file from git, or rebuild it as the help text of the message describes.";
    CANNOT_READ = "cannot-read", Errors,
        "a file, a folder or stdin cannot be read",
        "The operating system refused it, or the revision has no such path. The missing part could change every result.",
        "Check the path and its permissions.";
    CANNOT_WRITE = "cannot-write", Errors,
        "a file or a folder cannot be written",
        "The operating system refused it: permissions, a full disk, a read-only file system.",
        "Fix the cause and run the same command again; it continues where it stopped.";
    CHART_EMPTY = "chart-empty", Warnings,
        "a Helm chart renders no object",
        "All of its templates are switched off by its values, or it has none. A release without objects is rarely meant.",
        "Set the value that switches the chart on, or remove the release from the profile.";
    CHART_FAILS = "chart-fails", Errors,
        "a Helm chart cannot be rendered with its values",
        "`helm template` failed, so the chart has no objects to write. The message comes from the chart.",
        "Set what the message asks for, in the values of the release.";
    CHART_HOOKS_DROPPED = "chart-hooks-dropped", Warnings,
        "hooks of a Helm chart are left out",
        "`hooks: drop` leaves out what Helm would run with an installation or an upgrade. The rest may need what these do. What runs only with a deletion or a rollback is always left out, without a warning, because applying it would run it.",
        "Do by hand what the hooks do, set `hooks: keep`, or allow the warning in `meshtrace.yaml`.";
    CHART_INERT = "chart-inert", Errors,
        "a chart is named that nothing would render",
        "`consul.chartPath` needs `consul.manage: chart`, and `jaeger.chartPath` needs `jaeger.backend: helm-v2`.",
        "Remove the key, or change the other one.";
    CHART_INVALID = "chart-invalid", Errors,
        "a file or folder is not a Helm chart, or another one than expected",
        "A chart is a folder with a `Chart.yaml`, or what `helm package` makes of one. Archives that programs may read in different ways are refused: names that lead out or occur twice, links, damaged or concatenated parts.",
        "Fetch it again with `meshtrace charts add`.";
    CHART_LOCK = "chart-lock", Errors,
        "a chart or Helm is not the one that `charts.lock` holds",
        "Different bytes, or a different minor version of Helm, may render objects that have not been reviewed.",
        "Restore the chart, or accept it with `meshtrace charts lock` and read the diff of the next render.";
    CHART_LOOKUP = "chart-lookup", Warnings,
        "a chart asks the cluster, and gets no answer",
        "Charts are rendered without a cluster, so `lookup` returns an empty map, as in `helm template`. A chart that keeps a password so makes a new one each time.",
        "Set the value that the template looks for.";
    CHART_PATH = "chart-path", Errors,
        "the path of a chart does not lead to something in the project",
        "Charts are vendored: a render reads nothing outside the folder of `meshtrace.yaml`, so that it is the same on every machine.",
        "Copy the chart into the project, or fetch it with `meshtrace charts add`.";
    CHART_PULL = "chart-pull", Errors,
        "a chart cannot be fetched",
        "`helm pull` failed: the repository cannot be reached, or has no such chart or version.",
        "Check the name, the version and the address, and sign in with `helm registry login` if it is private.";
    CHART_RANDOM = "chart-random", Errors,
        "a chart makes something else in every render",
        "Random passwords, generated certificates and the current time would change with every render and end in a commit.",
        "Set the value that replaces it, such as the name of an existing Secret.";
    CHART_WARNING = "chart-warning", Warnings,
        "Helm warns of a chart's values",
        "Helm ignores a value whose type does not fit that of the chart's default.",
        "Change the value to the type that the chart expects.";
    DUPLICATE_OBJECT = "duplicate-object", Errors,
        "the same object appears more than once",
        "Kind, namespace and name identify an object. If there are two, the one applied last wins, and a diff cannot tell which is meant.",
        "Remove or rename one of them.";
    DUPLICATE_RENDER = "duplicate-render", Errors,
        "two renders share a directory",
        "A render deletes files in its directory that it no longer renders, so the two would delete each other's files.",
        "Rename one of them in `meshtrace.yaml`.";
    EDITED_BY_HAND = "edited-by-hand", Both,
        "a rendered file was edited since it was written",
        "The next render would silently undo the edit. `render --check` only warns.",
        "Move the edit into a profile or a template, or discard it with `--force`; `meshtrace diff` shows it.";
    EVEN_SERVERS = "even-servers", Errors,
        "the number of Consul servers is even",
        "Servers decide by majority: two servers survive no failure, and four survive no more than three do. The extra server only adds one that can fail.",
        "Set `consul.servers.replicas` to 1, 3 or 5.";
    EXTENDS_OUTSIDE_PROFILE = "extends-outside-profile", Errors,
        "`extends` is used outside a profile",
        "Files passed with `-f` and values passed with `--set` are applied on top of the profiles; they cannot select profiles.",
        "Select the profiles with `-p`, or make the file a profile.";
    FOREIGN_FILE = "foreign-file", Both,
        "a file that meshtrace did not write is where a rendered file belongs",
        "Files that meshtrace did not write are not overwritten or deleted. `render --check` only warns.",
        "Move the file elsewhere, or replace it with `--force` where the message offers it.";
    GIT = "git", Errors,
        "git is missing, failed, or there is no repository",
        "Revisions are read by running `git`.",
        "Install git, run the command inside the repository, or compare folders instead.";
    GONE_RENDER = "gone-render", Warnings,
        "a directory below `out` was rendered, but belongs to no render of `meshtrace.yaml`",
        "Its render was removed or renamed, or its profile no longer matches the pattern. Who applies everything below `out` still applies it.",
        "`meshtrace diff --format steps` prints how to uninstall it; `meshtrace render --prune` deletes the files. Or add the render again.";
    GOSSIP_AUTO_PSP = "gossip-auto-psp", Errors,
        "this chart cannot generate a gossip key on Kubernetes 1.25 or newer",
        "The job of chart 0.46.1 that generates the key has a PodSecurityPolicy, a kind that Kubernetes 1.25 removed.",
        "Set `consul.gossip.mode` to `existing` or `off`, or use a newer `consul.chart`.";
    HELM = "helm", Errors,
        "Helm is missing, not suitable, or takes too long",
        "Charts are rendered by the installed `helm`: 3.13 or newer, or 4. It may take 20 s, 1 GiB of memory, and print 32 MiB.",
        "Install Helm, or use another version.";
    IGNORES_EVERYTHING = "ignores-everything", Errors,
        "an entry of `diff.ignore` matches every difference",
        "It sets none of kind, namespace, name and path, so `diff` would never report anything.",
        "Give at least one of `kind`, `namespace`, `name` and `path`.";
    INGRESS_HOST_TWICE = "ingress-host-twice", Errors,
        "two services claim the same host of a gateway",
        "Consul accepts each host only once per listener and refuses the second.",
        "Give the services different `services.*.ingress.hosts`.";
    INGRESS_PROTOCOL = "ingress-protocol", Errors,
        "a service does not fit the protocol of its gateway",
        "A listener has one protocol; a tcp listener routes to a single service and has no hosts.",
        "Use a separate gateway for each protocol and for each tcp service.";
    INJECT = "inject", Errors,
        "`inject` cannot decide what to do with a workload",
        "The Jaeger that it should report to is unknown or ambiguous, a container has the name of the agent, or the text cannot be edited in place. Nothing is written to a file with such a workload.",
        "Follow the help text of the message.";
    INTERRUPTED = "interrupted", Warnings,
        "the last render into this folder was interrupted",
        "Some files are new and some are old, but each is complete. A journal records which is which until the next render.",
        "Run `meshtrace render` again.";
    INVALID_ADDRESS = "invalid-address", Errors,
        "a value is not an address",
        "An address is a host and a port; anything else would only fail in the cluster.",
        "Write a host and a port, such as `tempo.example:4317`.";
    INVALID_DURATION = "invalid-duration", Errors,
        "a value is not a duration",
        "Envoy and Consul read durations in seconds, and refuse the entire object if they cannot read one.",
        "Write a duration such as `3s` or `0.5s`.";
    INVALID_HOST = "invalid-host", Errors,
        "a value is not a host that a gateway can serve",
        "Consul accepts a DNS name, `*`, or a name that begins with `*.`, without a port.",
        "Correct the host; the port is set on the gateway.";
    INVALID_IMAGE = "invalid-image", Errors,
        "a value is not an image name",
        "Kubernetes would accept the pod but could never start it.",
        "Write an image such as `docker.io/org/name:1.2.3`.";
    INVALID_NAME = "invalid-name", Errors,
        "a name breaks the rules of Kubernetes or of its chart",
        "The API server refuses the object, or a name that the chart derives from it.",
        "Follow the help text of the message; most names allow only lowercase letters, digits and `-`.";
    INVALID_PORT = "invalid-port", Errors,
        "a number is not a port",
        "Ports are 1 to 65535; node ports have their own range.",
        "Use a number in the range that the message gives.";
    INVALID_QUANTITY = "invalid-quantity", Errors,
        "a value is not an amount",
        "The API server refuses anything but Kubernetes' quantities.",
        "Write a number with a unit, such as 10Gi or 500m.";
    INVALID_VERSION = "invalid-version", Errors,
        "a value is not a version",
        "Versions decide what is rendered. YAML reads 1.30 without quotes as the number 1.3.",
        "Write the complete version in quotes, such as `\"1.30\"`.";
    JAEGER_IN_MESH = "jaeger-in-mesh", Errors,
        "Jaeger would get a Consul sidecar, and its chart cannot prevent it",
        "With `consul.inject.default: true` every pod is injected, and collectors in the mesh cannot be reached by the proxies that send them spans.",
        "Set `consul.inject.default: false`, as the help text of the message says.";
    KUBERNETES_RANGE = "kubernetes-range", Errors,
        "a part of the render does not support this Kubernetes version",
        "Operators and cert-manager are for a range of Kubernetes versions, and Helm refuses a chart on one that is too old.",
        "Set `cluster.kubernetes` to the version of your cluster, or choose versions of the parts that support it.";
    LOCKED = "locked", Errors,
        "another meshtrace is writing to this folder",
        "Two writers would delete each other's files.",
        "Run the command again when the other one has finished.";
    MISSING_KEY = "missing-key", Errors,
        "a required value is missing",
        "Another value requires it, and no default would fit everyone.",
        "Add the key that the message names; `meshtrace explain KEY` says what it holds.";
    MISSING_REASON = "missing-reason", Errors,
        "an exception in `meshtrace.yaml` has no reason",
        "Exceptions outlive the memory of the people who added them. Without a reason, no one can tell whether it is safe to remove one.",
        "Explain why in one sentence.";
    NO_MATCH = "no-match", Errors,
        "`--only` matches no file of the render",
        "Nothing would be written, which is probably a mistake.",
        "Use paths of the output, such as `'manifests/40-mesh/*'`.";
    NO_OBJECT = "no-object", Errors,
        "a document is not a Kubernetes object",
        "A manifest needs `apiVersion`, `kind` and `metadata.name`; kubectl refuses it otherwise.",
        "Add the missing field, or move the file out of `manifests/` and `files/`.";
    NO_PROJECT = "no-project", Errors,
        "there is no `meshtrace.yaml` here or in a folder above",
        "It lists the renders; without it and without `-p`, meshtrace does not know what to render.",
        "Select profiles with `-p`, or create the file with `meshtrace init`.";
    NO_RENDERS = "no-renders", Errors,
        "`meshtrace.yaml` lists no renders",
        "There is nothing to render.",
        "Add `renders: {dev: [dev]}`, or select profiles with `-p`.";
    NO_SUCH_FILE = "no-such-file", Errors,
        "a path on the command line does not exist",
        "Checking nothing would look like success.",
        "Give a file or a directory, or `-` for stdin.";
    NO_SUCH_FOLDER = "no-such-folder", Errors,
        "a folder on the command line does not exist",
        "Without your profiles, templates or files, the result would be different.",
        "Give a folder that can be read.";
    NO_THREAD = "no-thread", Errors,
        "the system cannot start a thread for deeply nested templates",
        "Such templates need a large stack, and so a separate thread.",
        "Allow this user more threads or memory (`ulimit -u`, `ulimit -v`).";
    NODE_PORT_INERT = "node-port-inert", Errors,
        "the node port of an API gateway cannot be chosen",
        "Consul's controller creates the Service of an API gateway and has no setting for its node port.",
        "Remove `nodePort`; Kubernetes picks one.";
    NOT_A_FILE = "not-a-file", Errors,
        "a file is expected, but the path is something else",
        "A pipe or a device could block the program forever, and a folder has no text.",
        "Move it elsewhere, or replace it with a regular file.";
    NOT_A_FOLDER = "not-a-folder", Errors,
        "a folder is expected, but the path is something else",
        "No files can be read from it or written to it.",
        "Move it elsewhere, or choose another folder.";
    NOT_SUPPORTED = "not-supported", Errors,
        "this version of meshtrace does not support a choice",
        "The keys exist, but not in this combination. Ignoring it silently would suggest that it has an effect.",
        "Use the alternative in the help text of the message.";
    NOT_TEXT = "not-text", Errors,
        "a file contains bytes that do not occur in text",
        "A binary file cannot be read as YAML, and its bytes could act on the terminal.",
        "Remove the file, or move it elsewhere.";
    NOT_UTF8 = "not-utf8", Errors,
        "a file or its name is not UTF-8",
        "YAML and templates are read as UTF-8; guessing another encoding could corrupt text.",
        "Save the file as UTF-8, or rename it.";
    NOTHING = "nothing", Errors,
        "there is nothing to show",
        "The requested list is empty.",
        "Check the folders that you passed to the command.";
    NOTHING_TO_CHECK = "nothing-to-check", Errors,
        "the input contains neither a Kubernetes object nor Helm values",
        "Checking nothing would look like success.",
        "Pass files or directories with YAML, `-` for stdin, or `-p PROFILE`.";
    OPERATOR_MANIFEST = "operator-manifest", Errors,
        "the manifest of an operator cannot be moved to its namespace",
        "What is not understood is not changed: half a move would leave webhooks that no Service answers.",
        "Use the manifest of a release unchanged, below `files/`.";
    OTLP_UNSUPPORTED = "otlp-unsupported", Errors,
        "the proxies or Jaeger cannot speak OTLP",
        "Envoy has sent OTLP since 1.23, and Jaeger has accepted it since 1.35; with older versions no span arrives.",
        "Use `tracing.tracer: zipkin`, or newer versions.";
    OUT_IN_INPUT = "out-in-input", Errors,
        "a render would be written into a folder that renders read",
        "Each render would read the output of the previous one.",
        "Write to a separate folder, such as `out`.";
    OUT_OF_RANGE = "out-of-range", Errors,
        "a number is too small or too large",
        "The program that reads it accepts only the range that the message gives.",
        "Use a number in that range.";
    OUTPUT = "output", Errors,
        "the manual page could not be printed",
        "The reading end of the pipe was closed, or the disk is full.",
        "Print it to another destination.";
    OUTPUT_CLASH = "output-clash", Errors,
        "two rendered files cannot exist at the same time",
        "They are the same file where case is ignored (macOS, Windows), or one would have to be both a file and a folder.",
        "Rename one of the templates or objects.";
    OUTPUT_PATH = "output-path", Errors,
        "a rendered file would have a path that is not allowed",
        "The path leads out of the output folder, is hidden, or cannot exist on some systems.",
        "Rename the template or the object.";
    OVERLAY_IDENTITY = "overlay-identity", Errors,
        "an overlay would make another object of the one that it completes",
        "`services.*.deployment` and `services.*.service` are merged into the object with the service's name and namespace.",
        "Remove the field. To render another object, add a template.";
    PROFILE_CYCLE = "profile-cycle", Errors,
        "profiles extend each other in a cycle",
        "There is no order in which to apply them.",
        "Remove one `extends`.";
    PROFILE_DEPTH = "profile-depth", Errors,
        "too many profiles extend each other in a chain",
        "It would be hard to tell where a value comes from.",
        "Make a profile extend a list of others instead of a chain.";
    PROFILE_NAME = "profile-name", Errors,
        "a name is not a valid profile name",
        "The name of a profile is its path under `profiles/`, without `.yaml`.",
        "Use such a name, for example `clusters/eu-1`.";
    RENDER_PATTERN = "render-pattern", Both,
        "the pattern of a render is wrong or matches no profile",
        "One `*` in the render and in its profiles stands for the same part of a path. A pattern that matches nothing renders nothing, which is a warning.",
        "Write the `*` on both sides, and add a profile that it matches.";
    REQUIRES = "requires", Errors,
        "`meshtrace.yaml` asks for another version of meshtrace",
        "Another minor version may render other manifests from the same profiles.",
        "Use that version, or change `requires` and review the output of `meshtrace diff`.";
    RESERVED_NAME = "reserved-name", Errors,
        "a template has a name that meshtrace reserves",
        "Its output would replace a file that meshtrace generates from the others.",
        "Rename the template; a leading `_` makes it a partial.";
    SAME_FILE = "same-file", Errors,
        "two objects would be written to the same file",
        "A file is named after the kind and name of its object; some file systems ignore case.",
        "Rename one of the objects or files.";
    SAMPLING_INERT = "sampling-inert", Both,
        "the sampling percentage has no effect, or starts no traces",
        "Where clients decide, a percentage is ignored, which is an error. Sidecars at 0 percent start no traces and also drop the spans of gateways, which is a warning.",
        "Set `tracing.sampling.at` and `tracing.sampling.percent` so that they match.";
    SAMPLING_UNSUPPORTED = "sampling-unsupported", Errors,
        "this Consul cannot sample at sidecars",
        "Consul reads `envoy_listener_tracing_json` only since 1.13.2, and ignores one with an OTLP tracer before 1.14.11.",
        "Use `tracing.sampling.at: clients`, or a newer `consul.chart`.";
    SECRET_SEALED = "secret-sealed", Errors,
        "a Secret that SOPS should have encrypted is missing or readable",
        "A commit cannot be undone: who can read the repository could read the value.",
        "Encrypt the file with SOPS and put it below `files/`; meshtrace never decrypts it.";
    SECRET_SOURCE = "secret-source", Errors,
        "a Secret cannot come from there",
        "A program would start without a key, token or password, or Consul's chart would fail.",
        "Choose another mode for the secret; docs/production.md compares them.";
    SERVICE_NAMESPACE = "service-namespace", Errors,
        "a service is in a namespace where Consul injects no sidecar",
        "Without a sidecar the service is not in the mesh, so its gateway and its callers cannot reach it.",
        "Add the namespace to `consul.inject.allowNamespaces`, or move the service to another namespace.";
    SET_SYNTAX = "set-syntax", Errors,
        "`--set` or a related option has invalid syntax",
        "The rest of the argument could be read in several ways.",
        "Write `KEY=VALUE`; `--set-string` always sets strings, `--set-json` accepts lists and maps, `--set-file` accepts `KEY=FILE`.";
    SET_THROUGH_VALUE = "set-through-value", Errors,
        "`--set` names a key below a value that has no keys",
        "It would replace a string, a number or a list with a map, which is almost always a mistake.",
        "Set the value itself, or remove it first with `--set KEY=null`.";
    SEVERAL_DOCUMENTS = "several-documents", Errors,
        "a file contains several YAML documents where one is expected",
        "Profiles, `meshtrace.yaml` and plain rendered files are one document each.",
        "Remove the other documents, or move them to separate files.";
    SPEC_OF_V1 = "spec-of-v1", Errors,
        "`jaeger.spec` has a field that Jaeger v2 does not know",
        "Under a backend of Jaeger v2 `jaeger.spec` is merged into another object, where the field of the Jaeger resource would be ignored or refused.",
        "Replace it as the help text of the message says.";
    STATIC_CLUSTERS = "static-clusters", Errors,
        "your static clusters in `mesh.proxyDefaults` cannot be merged with those of meshtrace",
        "`envoy_extra_static_clusters_json` is a string of JSON objects separated by commas; meshtrace adds its own.",
        "Write it as a block scalar: `|`, then the JSON.";
    STORAGE_OF_V1 = "storage-of-v1", Errors,
        "a storage type that only Jaeger v1 supports",
        "Jaeger v2 removed the gRPC plugin.",
        "Use memory, badger, elasticsearch or cassandra; configure remote storage in `jaeger.spec`.";
    STORAGE_SETTING = "storage-setting", Errors,
        "a setting of `jaeger.storage` that does not work with the others",
        "Each kind of storage and each version of Jaeger supports only some of them.",
        "Remove the setting, or choose another kind of storage.";
    STORAGE_WITHOUT_URL = "storage-without-url", Errors,
        "the storage needs an address",
        "Jaeger would look for the database on localhost.",
        "Set `jaeger.storage.urls`.";
    STRATEGY_STORAGE = "strategy-storage", Errors,
        "a `jaeger.strategy` of several pods with a storage that only one process can use",
        "The operator would silently run all-in-one instead.",
        "Set `jaeger.storage.type` to elasticsearch, opensearch or cassandra, or use another strategy.";
    SYMLINK = "symlink", Errors,
        "a symbolic link is not allowed here",
        "In a repository that is not yours, a link could make the program read or write anywhere.",
        "Replace the link with a copy of the file, or use the real folder.";
    TEMPLATE_ERROR = "template-error", Errors,
        "a template failed",
        "The template engine refused an operation with the given values.",
        "Check the types of the values at that place; `meshtrace show values` prints them.";
    TEMPLATE_NOT_FOUND = "template-not-found", Errors,
        "an include names a template that does not exist",
        "Includes are looked up in the template folder; `builtin:PATH` names a shipped template.",
        "Correct the path; `meshtrace show templates` lists them.";
    TEMPLATE_SYNTAX = "template-syntax", Errors,
        "a template cannot be read",
        "Every `{% if %}`, `{% for %}`, `{% set %}` and `{% filter %}` block must be closed.",
        "Check the place in the message and the text before it.";
    TEMPLATE_TOO_DEEP = "template-too-deep", Errors,
        "a template or its values are nested too deep",
        "Endless nesting of includes, macros or values would exhaust the stack.",
        "Look for a template that includes itself, or a list that is put into itself.";
    TEMPLATE_TOO_LARGE = "template-too-large", Errors,
        "a template or its output is too large",
        "A memory limit keeps a mistake, or an untrusted template, from exhausting the machine.",
        "Look for text or a list that grows with every iteration of a loop; move what needs no values to `files/`.";
    TEMPLATE_TOO_LONG = "template-too-long", Errors,
        "a template takes too many steps or too much time",
        "A limit on steps and time stops endless loops.",
        "Look for a loop that does not end, or a loop within a loop.";
    TEMPLATE_UNDEFINED = "template-undefined", Errors,
        "a template uses a value that does not exist",
        "Empty text in its place would produce a manifest that looks right but is not.",
        "Correct the name (`meshtrace show values` lists all values), or use `| default(...)` where it may be missing.";
    TEMPLATE_UNKNOWN = "template-unknown", Errors,
        "a template uses a filter, function, test or method that does not exist",
        "Values are quoted and indented as needed, so filters such as `quote` or `toYaml` do not exist.",
        "Correct the name; the README lists the filters.";
    TOO_DEEP = "too-deep", Errors,
        "the input is nested too deep",
        "Unlimited nesting of lists and maps would exhaust the stack.",
        "Look for lists or maps that are nested again and again.";
    TOO_LARGE = "too-large", Errors,
        "a file or a folder is larger than meshtrace accepts",
        "Limits keep a wrong path, or an untrusted repository, from exhausting memory.",
        "Remove the file, store it elsewhere, or choose a smaller folder.";
    TOO_LONG = "too-long", Errors,
        "a run takes too much time",
        "A time limit keeps an input, or an untrusted repository, from blocking the machine.",
        "Pass less at once: fewer files, or one render at a time.";
    TOO_MANY_RENDERS = "too-many-renders", Errors,
        "a project has more renders than one run can make",
        "A limit keeps a pattern, or an untrusted repository, from exhausting memory.",
        "Select the renders that you need, or split the project.";
    TWO_LEVELS = "two-levels", Errors,
        "an id has two levels in `meshtrace.yaml`",
        "It is unclear which of them applies.",
        "Keep one of `allow`, `warn` and `deny`.";
    UI_OPEN = "ui-open", Errors,
        "everyone who can reach an address can read all traces",
        "Jaeger has no login. Traces contain URLs, user ids and whatever programs put into tags.",
        "Put a proxy in front of the UI (`jaeger.ui.auth`), or reach it by `kubectl port-forward`.";
    UNKNOWN_CHART = "unknown-chart", Errors,
        "unsupported chart version",
        "What a chart renders and reads differs between versions, so the result for an unknown version could be wrong.",
        "Use a version that `meshtrace show versions` lists.";
    UNKNOWN_GATEWAY = "unknown-gateway", Errors,
        "a service names a gateway that does not exist",
        "No gateway would route requests to the service.",
        "Correct the name, or add it to `ingress.gateways`.";
    UNKNOWN_JAEGER = "unknown-jaeger", Errors,
        "the version of Jaeger does not fit the backend",
        "Jaeger v2 backends run only 2.x images, whose flags and ports differ from v1.",
        "Set `jaeger.version` to one that the message names, or add the profile `modern`.";
    UNKNOWN_KEY = "unknown-key", Errors,
        "a key does not exist",
        "A misspelled key would silently have no effect.",
        "Correct it; `meshtrace show values` lists all keys, `meshtrace explain KEY` says what one does.";
    UNKNOWN_OPERATOR = "unknown-operator", Errors,
        "unsupported operator version",
        "The operator's manifests, and what it creates from a resource, differ between versions.",
        "Use a version that `meshtrace show versions` lists.";
    UNKNOWN_PROFILE = "unknown-profile", Errors,
        "a profile does not exist",
        "Rendering without it would give a different result.",
        "Correct the name; `meshtrace show profiles` lists them.";
    UNKNOWN_RENDER = "unknown-render", Errors,
        "no render has this name",
        "Renders are named in `meshtrace.yaml`; use `-p` to select profiles.",
        "Correct the name, or use `-p`.";
    UNKNOWN_REVISION = "unknown-revision", Errors,
        "git does not know the revision",
        "A shallow clone, which CI often uses, has only the newest commits.",
        "Name a branch, a tag or a commit, or fetch it first: `git fetch origin BRANCH`.";
    UNKNOWN_RULE = "unknown-rule", Errors,
        "a level names a rule that does not exist",
        "A misspelled name in `--deny` or under `check:` in `meshtrace.yaml` would silently deny or allow nothing.",
        "`meshtrace show rules` lists the rules.";
    UNKNOWN_SERVICE = "unknown-service", Errors,
        "a service calls one that is not in this render",
        "Its upstream would have no port and no intention.",
        "Correct the name, or add the service.";
    UNSAFE_PATH = "unsafe-path", Errors,
        "a path in `meshtrace.yaml` leads out of the project or is hidden",
        "An untrusted repository could otherwise write anywhere.",
        "Use a relative path next to `meshtrace.yaml` or below it; `-p P -o DIR` writes to any folder.";
    UNUSED_IGNORE = "unused-ignore", DiffWarnings,
        "an entry of `diff.ignore` matches no difference",
        "The path may be misspelled, or the difference is gone; an exception that is no longer needed can hide the next difference.",
        "Remove it, or correct its path.";
    USAGE = "usage", Errors,
        "the command line is invalid",
        "Options contradict each other, or a value has the wrong form.",
        "Follow the help text of the message; `meshtrace COMMAND --help` lists the options.";
    WRONG_CHOICE = "wrong-choice", Errors,
        "a value is not one of the choices for its key",
        "Any other value would be ignored, or refused by the cluster.",
        "Use one of the choices in the message; `meshtrace explain KEY` says what each does.";
    WRONG_TYPE = "wrong-type", Errors,
        "a value has the wrong type for its key",
        "YAML reads some unquoted text as a number or a boolean, and a map without a space after the colon as text.",
        "Use the type that the message asks for.";
    WRONG_VALUE = "wrong-value", Errors,
        "a value in `meshtrace.yaml` has the wrong form",
        "A path that is not a JSON pointer would silently match nothing.",
        "Write a JSON pointer such as `/metadata/annotations/build-id`.";
    YAML_ALIAS = "yaml-alias", Errors,
        "an alias refers to nothing, or to itself",
        "`*name` repeats the value that `&name` marks earlier in the document.",
        "Add the anchor, or quote the value if it is text that starts with `*`.";
    YAML_DUPLICATE_KEY = "yaml-duplicate-key", Errors,
        "a key appears more than once in a map",
        "YAML readers disagree about which one counts, and Kubernetes refuses it.",
        "Remove one of the two.";
    YAML_HOLE = "yaml-hole", Errors,
        "a template prints a value where YAML does not allow one",
        "Values become texts, numbers, lists and maps; an anchor, a tag or an alias is structure.",
        "Put quotes around it if it is text.";
    YAML_KEY = "yaml-key", Both,
        "a key is read as a boolean or a number",
        "Without quotes, kubectl and Helm read `on`, `yes` and `010` as other keys. In maps that other programs read, this is a warning.",
        "Put the key in quotes.";
    YAML_MERGE = "yaml-merge", Errors,
        "`<<` is given something other than maps",
        "A merge key accepts a map or a list of maps.",
        "Give it an alias such as `<<: *defaults`, or quote it if it is a key.";
    YAML_NUMBER = "yaml-number", Errors,
        "a number is too large or not finite",
        "Objects are sent as JSON, which has neither infinity nor NaN.",
        "Quote it if it is text, or use a number that JSON can represent.";
    YAML_SYNTAX = "yaml-syntax", Errors,
        "the text is not valid YAML",
        "Brackets, quotes or indentation do not match, or there is a control character.",
        "Check the place in the message and the line before it.";
    YAML_TAG = "yaml-tag", Errors,
        "a YAML tag cannot be used here",
        "Kubernetes supports only the standard YAML types, and a tag must match its value.",
        "Remove the tag, or quote the value if it is text that starts with `!`.";
    YAML_TOO_DEEP = "yaml-too-deep", Errors,
        "maps and lists are nested too deep",
        "No Kubernetes object is nested that deep; without a limit, a small file could exhaust the stack.",
        "Look for an extra bracket or dash.";
    YAML_TOO_LARGE = "yaml-too-large", Errors,
        "aliases make a document too large",
        "A few lines of aliases can expand to gigabytes.",
        "Write the values out, or split the document.";
}
