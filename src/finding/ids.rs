//! The registry of ids: what the stages and the commands report, each with what `explain` says of it.
//!
//! The rules of `check` are the other part; their statics in `check/rules/` own their ids. Keep the table sorted.

use crate::finding::id::Entry;
use crate::finding::id::RuleId;
use crate::finding::id::Says;

/// Makes a constant of each id, and the table of all.
macro_rules! ids {
    ($($name:ident = $id:literal, $says:ident, $summary:literal, $why:literal, $help:literal;)+) => {
        $(#[doc = $summary] pub const $name: RuleId = RuleId::register($id);)+

        /// All ids of stages and commands, sorted.
        pub static ALL: &[Entry] =
            &[$(Entry { id: $name, says: Says::$says, summary: $summary, why: $why, help: $help }),+];
    };
}

/// What is known of the id of a stage; `None` for the rules of `check` and for what is no id.
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
        "Set `services.*.image`, or set `agent: none` and add the agent to your own workload.";
    API_GATEWAY_UNSUPPORTED = "api-gateway-unsupported", Errors,
        "the Consul chart has no API gateway",
        "`ingress.kind: api-gateway` needs the controller that charts 1.2.0 and newer contain.",
        "Use `ingress-gateway`, or a newer `consul.chart`; `meshtrace show versions` lists them.";
    BROKEN_LIST = "broken-list", Errors,
        "the list of rendered files, `render.sha256`, is unreadable",
        "It records which files meshtrace wrote. Without it, meshtrace could overwrite or delete your own files.",
        "Restore the file from git, or rebuild it as the message says.";
    CANNOT_READ = "cannot-read", Errors,
        "a file, a directory or stdin cannot be read",
        "The operating system refused it, or the revision has no such path. The missing input could change any result.",
        "Check the path and its permissions.";
    CANNOT_WRITE = "cannot-write", Errors,
        "a file or a directory cannot be written",
        "The operating system refused it, for example because of permissions, a full disk or a read-only file system.",
        "Fix the cause and run the same command again; it continues where it stopped.";
    DUPLICATE_OBJECT = "duplicate-object", Errors,
        "the same object appears more than once",
        "Kind, namespace and name identify an object. The copy that is applied last wins, and a diff cannot tell which one is meant.",
        "Remove or rename one of them.";
    DUPLICATE_RENDER = "duplicate-render", Errors,
        "two renders share a directory",
        "A render deletes files in its directory that it no longer renders, so the two would delete each other's files.",
        "Rename one of them in `meshtrace.yaml`.";
    EDITED_BY_HAND = "edited-by-hand", Both,
        "a rendered file was edited since it was written",
        "The next render would silently undo the edit. `render --check` only warns.",
        "Move the edit to a profile or a template, or discard it with `--force`; `git diff` shows it.";
    EVEN_SERVERS = "even-servers", Errors,
        "the number of Consul servers is even",
        "Servers decide by majority: two cannot lose any, and four can lose only one, as three can. An even number only adds a server that can fail.",
        "Set `consul.servers.replicas` to 1, 3 or 5.";
    EXTENDS_OUTSIDE_PROFILE = "extends-outside-profile", Errors,
        "`extends` is used outside a profile",
        "Files passed with `-f` and values of `--set` override the profiles; they cannot select them.",
        "Select the profiles with `-p`, or make the file a profile.";
    FOREIGN_FILE = "foreign-file", Both,
        "a file that meshtrace did not write is in the way of a rendered file",
        "Files that meshtrace did not write are never overwritten or deleted. `render --check` only warns.",
        "Move the file away, or replace it with `--force` if the message offers that.";
    GIT = "git", Errors,
        "git is missing, failed, or there is no repository",
        "Revisions are read by running `git`.",
        "Install git, run the command inside the repository, or compare directories instead.";
    GOSSIP_AUTO_PSP = "gossip-auto-psp", Errors,
        "this chart cannot generate a gossip key on Kubernetes 1.25 or newer",
        "The job of chart 0.46.1 that generates the key has a PodSecurityPolicy, a kind that Kubernetes 1.25 removed.",
        "Set `consul.gossip.mode` to `existing` or `off`, or use a newer `consul.chart`.";
    IGNORES_EVERYTHING = "ignores-everything", Errors,
        "an entry of `diff.ignore` matches every difference",
        "It sets neither kind, namespace, name nor path, so `diff` would never report anything.",
        "Set at least one of `kind`, `namespace`, `name` and `path`.";
    INGRESS_HOST_TWICE = "ingress-host-twice", Errors,
        "two services claim the same host of a gateway",
        "Consul accepts each host once per listener, and refuses the second.",
        "Set different `services.*.ingress.hosts`.";
    INGRESS_PROTOCOL = "ingress-protocol", Errors,
        "a service and its gateway have different protocols",
        "A listener has one protocol; with tcp it routes to one service, without host names.",
        "Use a separate gateway for each protocol, and for each tcp service.";
    INTERRUPTED = "interrupted", Warnings,
        "the last render to this directory was interrupted",
        "Some files are new and some are old, but each is complete. A journal records which, until the next render.",
        "Run `meshtrace render` again.";
    INVALID_ADDRESS = "invalid-address", Errors,
        "a value is not an address",
        "An address is a host and a port; anything else would fail in the cluster.",
        "Write it like `tempo.example:4317`.";
    INVALID_DURATION = "invalid-duration", Errors,
        "a value is not a duration",
        "Envoy and Consul read durations in seconds, and refuse an object with a duration that they cannot read.",
        "Write it like `3s` or `0.5s`.";
    INVALID_HOST = "invalid-host", Errors,
        "a gateway cannot serve this host",
        "Consul accepts a DNS name, `*`, or a name that starts with `*.`, without a port.",
        "Correct the host; the gateway sets the port.";
    INVALID_IMAGE = "invalid-image", Errors,
        "a value is not the name of an image",
        "Kubernetes would accept the pod but could never start it.",
        "Write it like `docker.io/org/name:1.2.3`.";
    INVALID_NAME = "invalid-name", Errors,
        "a name breaks the rules of Kubernetes or of its chart",
        "The API server refuses the object, or another object whose name the chart derives from it.",
        "Use the characters that the message allows, usually lower-case letters, digits and `-`.";
    INVALID_PORT = "invalid-port", Errors,
        "a number is not a port",
        "Ports are 1 to 65535; node ports have a separate range.",
        "Use a number in the range that the message gives.";
    INVALID_VERSION = "invalid-version", Errors,
        "a value is not a version",
        "Versions decide what is rendered. Without quotes, YAML reads 1.30 as the number 1.3.",
        "Write the complete version in quotes, such as `\"1.30\"`.";
    JAEGER_IN_MESH = "jaeger-in-mesh", Errors,
        "Jaeger would get a Consul sidecar, and its chart cannot prevent it",
        "With `consul.inject.default: true` every pod is injected, and proxies cannot send spans to a collector inside the mesh.",
        "Set `consul.inject.default: false`, or exclude the namespace as the message says.";
    LOCKED = "locked", Errors,
        "another meshtrace is writing to this directory",
        "Two at once would delete each other's files.",
        "Run the command again when the other one is done.";
    MISSING_KEY = "missing-key", Errors,
        "a required value is missing",
        "Another value requires it, and there is no default that suits everyone.",
        "Set the key that the message names; `meshtrace explain KEY` describes it.";
    MISSING_REASON = "missing-reason", Errors,
        "an exception in `meshtrace.yaml` has no reason",
        "Exceptions live long. Without a reason, no one can tell when it is safe to remove one.",
        "Say why in a sentence.";
    NO_MATCH = "no-match", Errors,
        "`--only` matches no file of the render",
        "Nothing would be written, which is probably a mistake.",
        "Use paths of the output, such as `'manifests/40-mesh/*'`.";
    NO_OBJECT = "no-object", Errors,
        "a document is not a Kubernetes object",
        "A manifest needs `apiVersion`, `kind` and `metadata.name`; otherwise kubectl refuses it.",
        "Add what the message names, or move the file out of `manifests/` and `files/`.";
    NO_PROJECT = "no-project", Errors,
        "no `meshtrace.yaml` in this directory or a parent",
        "It lists the renders; without it and without `-p` there is nothing to render.",
        "Select profiles with `-p`, or start with `meshtrace init`.";
    NO_RENDERS = "no-renders", Errors,
        "`meshtrace.yaml` lists no renders",
        "There is nothing to render.",
        "Add `renders: {dev: [dev]}`, or select profiles with `-p`.";
    NO_SUCH_FILE = "no-such-file", Errors,
        "a path on the command line does not exist",
        "Checking nothing would look like a success.",
        "Pass a file or a directory, or `-` for stdin.";
    NO_SUCH_FOLDER = "no-such-folder", Errors,
        "a directory on the command line does not exist",
        "Without your profiles, templates or files, the result would be different.",
        "Pass a directory that can be read.";
    NO_THREAD = "no-thread", Errors,
        "the system cannot start a thread for deeply nested templates",
        "They need a large stack, and therefore a separate thread.",
        "Allow this user more threads or memory (`ulimit -u`, `ulimit -v`).";
    NODE_PORT_INERT = "node-port-inert", Errors,
        "the node port of an API gateway cannot be set",
        "Consul's controller creates the Service of an API gateway, and has no setting for its node port.",
        "Remove `nodePort`; Kubernetes picks one.";
    NOT_A_FILE = "not-a-file", Errors,
        "something other than a file is where a file is expected",
        "Reading a pipe or a device could block, and a directory has no text.",
        "Move it away, or replace it with a regular file.";
    NOT_A_FOLDER = "not-a-folder", Errors,
        "something other than a directory is where a directory is expected",
        "Files cannot be read from it or written to it.",
        "Move it away, or use another directory.";
    NOT_SUPPORTED = "not-supported", Errors,
        "this version of meshtrace does not support a choice",
        "The key is reserved. Accepting it silently would look as if it were rendered.",
        "Use the alternative in the message.";
    NOT_TEXT = "not-text", Errors,
        "a file is not a text file",
        "A binary file cannot be read as YAML, and printing it could affect the terminal.",
        "Remove the file, or move it away.";
    NOT_UTF8 = "not-utf8", Errors,
        "a file or its name is not UTF-8",
        "YAML and templates are read as UTF-8; guessing another encoding could change their content.",
        "Save the file as UTF-8, or rename it.";
    NOTHING = "nothing", Errors,
        "there is nothing to show",
        "The requested list is empty.",
        "Check the directories passed to the command.";
    NOTHING_TO_CHECK = "nothing-to-check", Errors,
        "the input contains neither a Kubernetes object nor Helm values",
        "Checking nothing would look like a success.",
        "Pass YAML files or directories, `-` for stdin, or `-p PROFILE`.";
    OTLP_UNSUPPORTED = "otlp-unsupported", Errors,
        "the proxies or Jaeger cannot speak OTLP",
        "Envoy sends OTLP since 1.23, and Jaeger accepts it since 1.35; with older versions no span arrives.",
        "Use `tracing.tracer: zipkin`, or newer versions.";
    OUT_IN_INPUT = "out-in-input", Errors,
        "a render would be written to a directory that renders read",
        "Each render would add to the input of the next.",
        "Write to a separate directory, such as `out`.";
    OUT_OF_RANGE = "out-of-range", Errors,
        "a number is too small or too large",
        "The program that reads it accepts only the range that the message gives.",
        "Use a number in that range.";
    OUTPUT = "output", Errors,
        "the manual page could not be printed",
        "The reading program exited, or the disk is full.",
        "Print it to another place.";
    OUTPUT_CLASH = "output-clash", Errors,
        "two rendered files have conflicting paths",
        "They are the same file where case is ignored (macOS, Windows), or one path would be both a file and a directory.",
        "Rename one of the templates or objects.";
    OUTPUT_PATH = "output-path", Errors,
        "a rendered file would have a path that is not allowed",
        "It would be outside the output directory, hidden, or invalid on some systems.",
        "Rename the template or the object.";
    PROFILE_CYCLE = "profile-cycle", Errors,
        "profiles extend one another in a cycle",
        "There is no order in which to merge them.",
        "Remove one `extends`.";
    PROFILE_DEPTH = "profile-depth", Errors,
        "the chain of profiles that extend one another is too long",
        "It would be impossible to see where a value comes from.",
        "Make one profile extend a list of others instead of a chain.";
    PROFILE_NAME = "profile-name", Errors,
        "a text is not a valid profile name",
        "A profile is named after its path under `profiles/`, without `.yaml`.",
        "Write it like `clusters/eu-1`.";
    RENDER_PATTERN = "render-pattern", Both,
        "the pattern of a render is wrong or matches no profile",
        "The `*` in a render and in its profiles matches the same path component. A pattern without a match renders nothing, which is a warning.",
        "Write the `*` on both sides, and add a matching profile.";
    REQUIRES = "requires", Errors,
        "`meshtrace.yaml` requires another version of meshtrace",
        "Another minor version may render different manifests from the same profiles.",
        "Use that version, or change `requires` and review `meshtrace diff`.";
    RESERVED_NAME = "reserved-name", Errors,
        "a template has a reserved name",
        "Its output would replace a file that is generated from the others.",
        "Rename the template; a leading `_` makes it a partial.";
    SAME_FILE = "same-file", Errors,
        "two objects would be written to the same file",
        "A file is named after the kind and name of its object; some file systems ignore case.",
        "Rename one of the objects or files.";
    SAMPLING_INERT = "sampling-inert", Both,
        "the sampling percentage has no effect, or starts no traces",
        "With `at: clients` the percentage is ignored, which is an error. With `at: sidecars` and 0 percent no trace is started and gateways send no spans, which is a warning.",
        "Change `tracing.sampling.at` or `tracing.sampling.percent`.";
    SAMPLING_UNSUPPORTED = "sampling-unsupported", Errors,
        "this Consul cannot sample at sidecars",
        "Consul ignores `envoy_listener_tracing_json` before 1.13.2.",
        "Use `tracing.sampling.at: clients`, or a newer `consul.chart`.";
    SERVICE_NAMESPACE = "service-namespace", Errors,
        "a service is in a namespace where Consul injects no sidecars",
        "Without a sidecar the service is not in the mesh, and its gateway and callers cannot reach it.",
        "Add the namespace to `consul.inject.allowNamespaces`, or move the service to another namespace.";
    SET_SYNTAX = "set-syntax", Errors,
        "the syntax of `--set` or a related flag is wrong",
        "The argument is ambiguous.",
        "Write `KEY=VALUE`; `--set-string` sets strings, `--set-json` sets lists and maps, and `--set-file` takes `KEY=FILE`.";
    SET_THROUGH_VALUE = "set-through-value", Errors,
        "`--set` sets a key inside a value that has no keys",
        "It would replace a text, a number or a list with a map, which is almost always a mistake.",
        "Set the value itself, or remove it first with `--set KEY=null`.";
    SEVERAL_DOCUMENTS = "several-documents", Errors,
        "a file holds several YAML documents where one is expected",
        "A profile, `meshtrace.yaml` and a rendered file outside `manifests/` contain one document each.",
        "Remove the other documents, or move them to separate files.";
    SPEC_OF_V1 = "spec-of-v1", Errors,
        "`jaeger.spec` has a field that Jaeger v2 does not have",
        "With a Jaeger v2 backend `jaeger.spec` is merged into another object, which ignores or refuses fields of the Jaeger resource.",
        "Use the fields that the message lists.";
    STATIC_CLUSTERS = "static-clusters", Errors,
        "your static clusters in `mesh.proxyDefaults` cannot be combined with meshtrace's",
        "`envoy_extra_static_clusters_json` is a string of JSON objects separated by commas; meshtrace adds its own cluster to it.",
        "Write it as a block, `|`, then the JSON.";
    STORAGE_OF_V1 = "storage-of-v1", Errors,
        "a storage type that only Jaeger v1 supports",
        "Jaeger v2 removed the gRPC plugin.",
        "Use memory, badger, elasticsearch or cassandra; configure remote storage in `jaeger.spec`.";
    STORAGE_WITHOUT_URL = "storage-without-url", Errors,
        "the storage needs an address",
        "Jaeger would look for the database on localhost.",
        "Set `jaeger.storage.urls`.";
    STRATEGY_STORAGE = "strategy-storage", Errors,
        "`jaeger.strategy: production` with storage that only one process can use",
        "The operator would silently run all-in-one instead.",
        "Set `jaeger.storage.type` to elasticsearch or cassandra, or use another strategy.";
    SYMLINK = "symlink", Errors,
        "a symbolic link is not allowed here",
        "In an untrusted repository, a link could make meshtrace read or write anywhere.",
        "Replace it with a copy of the file, or use the real directory.";
    TEMPLATE_ERROR = "template-error", Errors,
        "a template failed",
        "The template engine cannot perform an operation on these values.",
        "Check the types of the values at that line; `meshtrace show values` prints them.";
    TEMPLATE_NOT_FOUND = "template-not-found", Errors,
        "an include names a template that does not exist",
        "An include is a path in the template directory, or `builtin:PATH`.",
        "Correct the path; `meshtrace show templates` lists them.";
    TEMPLATE_SYNTAX = "template-syntax", Errors,
        "a template has a syntax error",
        "Every `{% if %}`, `{% for %}`, `{% set %}` and `{% filter %}` block needs a matching end tag.",
        "Check the line in the message and the lines before it.";
    TEMPLATE_TOO_DEEP = "template-too-deep", Errors,
        "a template or its values are nested too deeply",
        "Includes, macros and values without a limit on nesting would exhaust the stack.",
        "Look for a template that includes itself, or a list that contains itself.";
    TEMPLATE_TOO_LARGE = "template-too-large", Errors,
        "a template or its output is too large",
        "A memory limit keeps a mistake or an untrusted template from exhausting the machine.",
        "Look for text or a list that grows on each iteration of a loop; move text that uses no values to `files/`.";
    TEMPLATE_TOO_LONG = "template-too-long", Errors,
        "a template takes too many steps or too much time",
        "A limit on steps and time stops endless loops.",
        "Look for a loop that does not end, or nested loops.";
    TEMPLATE_UNDEFINED = "template-undefined", Errors,
        "a template uses a value that does not exist",
        "Rendering it as an empty text would produce a manifest that looks right but is not.",
        "Correct the name; `meshtrace show values` lists all values; use `| default(...)` if the value is optional.";
    TEMPLATE_UNKNOWN = "template-unknown", Errors,
        "a template uses a filter, function, test or method that does not exist",
        "Values are quoted and indented as needed, so filters such as `quote` and `toYaml` do not exist.",
        "Correct the name; the README lists the filters.";
    TOO_DEEP = "too-deep", Errors,
        "the input is nested too deeply",
        "Lists and maps without a limit on nesting would exhaust the stack.",
        "Look for deeply nested lists or maps.";
    TOO_LARGE = "too-large", Errors,
        "a file or a directory is too large",
        "Limits keep a wrong path or an untrusted repository from exhausting memory.",
        "Remove the file, move it elsewhere, or use a smaller directory.";
    TOO_LONG = "too-long", Errors,
        "a run takes too much time",
        "A time limit keeps an untrusted input or repository from blocking the machine.",
        "Process less at once: fewer files, or one render at a time.";
    TOO_MANY_RENDERS = "too-many-renders", Errors,
        "a project has too many renders for one run",
        "A limit keeps a pattern or an untrusted repository from exhausting memory.",
        "Select the renders that you need, or split the project.";
    TWO_LEVELS = "two-levels", Errors,
        "an id has two levels in `meshtrace.yaml`",
        "It is ambiguous which one applies.",
        "Keep one of `allow`, `warn` and `deny`.";
    UNKNOWN_CHART = "unknown-chart", Errors,
        "unsupported chart version",
        "What a chart renders and reads differs from version to version, so results for an unknown version would be guesses.",
        "Use a version that `meshtrace show versions` lists.";
    UNKNOWN_GATEWAY = "unknown-gateway", Errors,
        "a service names a gateway that does not exist",
        "Requests to the service would not pass any gateway.",
        "Correct the name, or add it to `ingress.gateways`.";
    UNKNOWN_JAEGER = "unknown-jaeger", Errors,
        "the Jaeger version does not match the backend",
        "Jaeger v2 backends only run 2.x images, which have different flags and ports than v1.",
        "Set `jaeger.version` to one that the message names, or add the profile `modern`.";
    UNKNOWN_KEY = "unknown-key", Errors,
        "a key does not exist",
        "A misspelled key would silently have no effect.",
        "Correct it; `meshtrace show values` lists all keys, and `meshtrace explain KEY` describes one.";
    UNKNOWN_OPERATOR = "unknown-operator", Errors,
        "unsupported operator version",
        "An operator's manifests, and the objects it creates, differ from version to version.",
        "Use a version that `meshtrace show versions` lists.";
    UNKNOWN_PROFILE = "unknown-profile", Errors,
        "a profile does not exist",
        "Without it, the result would be different.",
        "Correct the name; `meshtrace show profiles` lists them.";
    UNKNOWN_RENDER = "unknown-render", Errors,
        "no render has this name",
        "Renders are defined in `meshtrace.yaml`; `-p` selects profiles.",
        "Correct the name, or use `-p`.";
    UNKNOWN_REVISION = "unknown-revision", Errors,
        "git cannot find a revision",
        "A shallow clone, as in CI, has only the newest commits.",
        "Name a branch, a tag or a commit, or fetch it first: `git fetch origin BRANCH`.";
    UNKNOWN_SERVICE = "unknown-service", Errors,
        "a service calls one that is not in this render",
        "Its upstream would have no port and no intention.",
        "Correct the name, or add the service.";
    UNSAFE_PATH = "unsafe-path", Errors,
        "a path in `meshtrace.yaml` is outside the project or hidden",
        "An untrusted repository could write anywhere.",
        "Use a relative path next to `meshtrace.yaml` or below it; `-p P -o DIR` writes to any directory.";
    UNUSED_IGNORE = "unused-ignore", DiffWarnings,
        "an entry of `diff.ignore` matches no difference",
        "The path may be misspelled, or the difference is gone; a stale exception could hide the next difference.",
        "Remove it, or correct its path.";
    USAGE = "usage", Errors,
        "the command line is invalid",
        "Options contradict each other, or a value has the wrong form.",
        "Do what the message says; `meshtrace COMMAND --help` lists the options.";
    WRONG_CHOICE = "wrong-choice", Errors,
        "a value is not one of the choices of its key",
        "Other values would be ignored, or refused by the cluster.",
        "Use one of the choices in the message; `meshtrace explain KEY` describes them.";
    WRONG_TYPE = "wrong-type", Errors,
        "a value has the wrong type for its key",
        "YAML reads some unquoted text as numbers or booleans, and a map without a space after the colon as text.",
        "Use the type that the message expects.";
    WRONG_VALUE = "wrong-value", Errors,
        "a value in `meshtrace.yaml` has the wrong form",
        "A path that is not a JSON pointer would silently match nothing.",
        "Write it like `/metadata/annotations/build-id`.";
    YAML_ALIAS = "yaml-alias", Errors,
        "an alias refers to nothing, or to itself",
        "`*name` repeats an earlier value that is marked with `&name`.",
        "Add the anchor, or quote the value if it is text that starts with `*`.";
    YAML_DUPLICATE_KEY = "yaml-duplicate-key", Errors,
        "a key appears more than once in a map",
        "Parsers disagree about which one applies, and Kubernetes refuses it.",
        "Remove one of them.";
    YAML_HOLE = "yaml-hole", Errors,
        "a template prints a value where YAML does not allow one",
        "Values become texts, numbers, lists and maps; anchors, tags and aliases are structure.",
        "Put quotes around it if it is text.";
    YAML_KEY = "yaml-key", Both,
        "a key is read as a boolean or a number",
        "Without quotes, kubectl and Helm read `on`, `yes` and `010` as booleans or numbers. In maps that other programs read this is a warning.",
        "Put the key in quotes.";
    YAML_MERGE = "yaml-merge", Errors,
        "the value of `<<` is not a map or a list of maps",
        "The merge key merges maps.",
        "Give it an alias such as `<<: *defaults`, or quote it if it is a key.";
    YAML_NUMBER = "yaml-number", Errors,
        "a number is too large or not finite",
        "Objects are sent as JSON, which has neither infinity nor NaN.",
        "Quote it if it is text, or use a number that JSON can represent.";
    YAML_SYNTAX = "yaml-syntax", Errors,
        "invalid YAML",
        "Brackets, quotes or indentation do not match, or there is a control character.",
        "Check the line in the message and the line before it.";
    YAML_TAG = "yaml-tag", Errors,
        "a YAML tag cannot be used here",
        "Kubernetes data has only YAML's own types, and a tag must match its value.",
        "Remove the tag, or quote the value if it is text that starts with `!`.";
    YAML_TOO_DEEP = "yaml-too-deep", Errors,
        "maps and lists are nested too deeply",
        "No Kubernetes object is that deep; without a limit a small file could exhaust the stack.",
        "Look for an extra bracket or dash.";
    YAML_TOO_LARGE = "yaml-too-large", Errors,
        "aliases make a document too large",
        "A few lines of aliases can expand to gigabytes.",
        "Write the values out, or split the document.";
}
