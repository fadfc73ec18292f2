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
        "The agent was removed from Jaeger; a sidecar of an image that does not exist never starts.",
        "Set `services.*.agent: none` and let the program send its spans to the collector, or choose a Jaeger that has agents.";
    AGENT_WITHOUT_WORKLOAD = "agent-without-workload", Errors,
        "a service asks for a jaeger-agent, but its workload is not rendered",
        "The agent is a container of the service's pod. Without an image the pod is yours, and there is nothing to put it in.",
        "Give `services.*.image`, or leave `agent: none` and add the agent to your own workload.";
    API_GATEWAY_UNSUPPORTED = "api-gateway-unsupported", Errors,
        "the Consul chart has no API gateway",
        "`ingress.kind: api-gateway` needs the controller that the chart contains since 1.2.0.",
        "Use `ingress-gateway`, or a newer `consul.chart`; `meshtrace show versions` lists them.";
    BROKEN_LIST = "broken-list", Errors,
        "the list of rendered files, `render.sha256`, cannot be read",
        "It tells which files are meshtrace's. Without it, any change or deletion could hit a file that is yours.",
        "Restore the file from git, or follow the help of the message to make it anew.";
    CANNOT_READ = "cannot-read", Errors,
        "a file, a folder or stdin cannot be read",
        "The operating system refused it, or the revision has no such path. What is missing could change every result.",
        "Look at the path and its permissions.";
    CANNOT_WRITE = "cannot-write", Errors,
        "a file or a folder cannot be written",
        "The operating system refused it: permissions, a full disk, a read-only file system.",
        "Fix the cause and run the same command again; it goes on where it stopped.";
    DUPLICATE_OBJECT = "duplicate-object", Errors,
        "the same object is there more than once",
        "Kind, namespace and name identify an object. Of two, the one that is applied last wins, and a diff cannot tell which is meant.",
        "Remove one, or give it another name.";
    DUPLICATE_RENDER = "duplicate-render", Errors,
        "two renders share a folder",
        "Each render owns its folder and deletes what it no longer renders there, so the two would delete each other's files.",
        "Rename one of them in `meshtrace.yaml`.";
    EDITED_BY_HAND = "edited-by-hand", Both,
        "a rendered file was edited since it was written",
        "The next render would undo the edit without a word. `render --check` only warns.",
        "Move the edit into a profile or a template, or discard it with `--force`; `git diff` shows it.";
    EVEN_SERVERS = "even-servers", Errors,
        "the number of Consul servers is even",
        "Servers decide by majority: two survive the loss of none, four no more than three. An even number only adds one that can fail.",
        "Set `consul.servers.replicas` to 1, 3 or 5.";
    EXTENDS_OUTSIDE_PROFILE = "extends-outside-profile", Errors,
        "`extends` is used outside a profile",
        "Files of `-f` and the values of `--set` are laid over the profiles; they cannot choose them.",
        "Name the profiles with `-p`, or make the file a profile.";
    FOREIGN_FILE = "foreign-file", Both,
        "a file that meshtrace did not write is where a rendered file belongs",
        "What somebody else put there is not overwritten or deleted. `render --check` only warns.",
        "Move the file away, or replace it with `--force` where the message offers that.";
    GIT = "git", Errors,
        "git is missing, failed, or there is no repository",
        "Revisions are read by running `git`; nothing else knows what was committed.",
        "Install git, run the command inside the repository, or compare folders instead.";
    GOSSIP_AUTO_PSP = "gossip-auto-psp", Errors,
        "this chart cannot generate a gossip key on Kubernetes 1.25 or newer",
        "The job of chart 0.46.1 that makes the key comes with a PodSecurityPolicy, a kind that Kubernetes 1.25 removed.",
        "Set `consul.gossip.mode` to `existing` or `off`, or use a newer `consul.chart`.";
    IGNORES_EVERYTHING = "ignores-everything", Errors,
        "an entry of `diff.ignore` matches every difference",
        "It names neither kind, namespace, name nor path, so `diff` would never report anything.",
        "Give at least one of `kind`, `namespace`, `name` and `path`.";
    INGRESS_HOST_TWICE = "ingress-host-twice", Errors,
        "two services claim the same host of a gateway",
        "Consul takes each host once for a listener, and refuses the second.",
        "Give the services different `services.*.ingress.hosts`.";
    INGRESS_PROTOCOL = "ingress-protocol", Errors,
        "a service does not fit the protocol of its gateway",
        "A listener has one protocol; with tcp it leads to one service and knows no hosts.",
        "Give each protocol, and each tcp service, a gateway of its own.";
    INTERRUPTED = "interrupted", Warnings,
        "the last render into this folder was interrupted",
        "Some files are new and some old; each is whole. A journal tells which is which until the next render.",
        "Run `meshtrace render` again.";
    INVALID_ADDRESS = "invalid-address", Errors,
        "a value is not an address",
        "An address is a host and a port; anything else would only fail in the cluster.",
        "Write it such as `tempo.example:4317`.";
    INVALID_DURATION = "invalid-duration", Errors,
        "a value is not a duration",
        "Envoy and Consul read durations in seconds, and refuse the whole object for one that they cannot read.",
        "Write it such as `3s` or `0.5s`.";
    INVALID_HOST = "invalid-host", Errors,
        "a value is not a host that a gateway can serve",
        "Consul takes a DNS name, `*`, or a name that begins with `*.`, without a port.",
        "Correct the host; the port is the gateway's.";
    INVALID_IMAGE = "invalid-image", Errors,
        "a value is not the name of an image",
        "Kubernetes would accept the pod and never be able to start it.",
        "Write it such as `docker.io/org/name:1.2.3`.";
    INVALID_NAME = "invalid-name", Errors,
        "a name breaks the rules of Kubernetes or of its chart",
        "The API server refuses the object, or the chart makes a name of it that is refused.",
        "Use what the help of the message says, mostly lower-case letters, digits and `-`.";
    INVALID_PORT = "invalid-port", Errors,
        "a number is not a port",
        "Ports are 1 to 65535; node ports have a range of their own.",
        "Use a number in the range of the message.";
    INVALID_VERSION = "invalid-version", Errors,
        "a value is not a version",
        "Versions decide what is rendered. YAML reads 1.30 without quotes as the number 1.3.",
        "Write it in full and in quotes, such as `\"1.30\"`.";
    JAEGER_IN_MESH = "jaeger-in-mesh", Errors,
        "Jaeger would get a Consul sidecar, and its chart cannot prevent it",
        "With `consul.inject.default: true` every pod is injected, and collectors in the mesh cannot be reached by the proxies that send them spans.",
        "Set `consul.inject.default: false`, as the help of the message says.";
    LOCKED = "locked", Errors,
        "another meshtrace is writing to this folder",
        "Two at once would each delete what the other writes.",
        "Run the command again when the other is done.";
    MISSING_KEY = "missing-key", Errors,
        "a required value is missing",
        "Another value makes it necessary, and no default would be right for everybody.",
        "Add the key that the message names; `meshtrace explain KEY` says what it holds.";
    MISSING_REASON = "missing-reason", Errors,
        "an exception in `meshtrace.yaml` has no reason",
        "An exception outlives the memory of whoever made it. Without a reason nobody dares to remove it.",
        "Say why in a sentence.";
    NO_MATCH = "no-match", Errors,
        "`--only` matches no file of the render",
        "Nothing would be written, which is hardly what was meant.",
        "Use paths of the output, such as `'manifests/40-mesh/*'`.";
    NO_OBJECT = "no-object", Errors,
        "a document is not a Kubernetes object",
        "A manifest needs `apiVersion`, `kind` and `metadata.name`; kubectl refuses it otherwise.",
        "Add what the message names, or move the file out of `manifests/` and `files/`.";
    NO_PROJECT = "no-project", Errors,
        "there is no `meshtrace.yaml` here or in a folder above",
        "It lists the renders; without it and without `-p` nothing says what to render.",
        "Name profiles with `-p`, or begin with `meshtrace init`.";
    NO_RENDERS = "no-renders", Errors,
        "`meshtrace.yaml` lists no renders",
        "There is nothing to render.",
        "Add `renders: {dev: [dev]}`, or name profiles with `-p`.";
    NO_SUCH_FILE = "no-such-file", Errors,
        "a path of the command line does not exist",
        "To judge nothing would look like a success.",
        "Give a file or a directory, or `-` for stdin.";
    NO_SUCH_FOLDER = "no-such-folder", Errors,
        "a folder of the command line does not exist",
        "Going on without your profiles, templates or files would render something else.",
        "Give a folder that can be read.";
    NO_THREAD = "no-thread", Errors,
        "the system gives no thread for deeply nested templates",
        "They need a large stack, which only a thread of its own has.",
        "Allow this user more threads or memory (`ulimit -u`, `ulimit -v`).";
    NODE_PORT_INERT = "node-port-inert", Errors,
        "the node port of an API gateway cannot be chosen",
        "Consul's controller makes the Service of an API gateway and takes no port for it.",
        "Remove `nodePort`; Kubernetes picks one.";
    NOT_A_FILE = "not-a-file", Errors,
        "something other than a file is where a file is expected",
        "A pipe, a device or a folder could block the program for ever or has no text.",
        "Move it away, or put a regular file there.";
    NOT_A_FOLDER = "not-a-folder", Errors,
        "something other than a folder is where a folder is expected",
        "Files cannot be read from it or written into it.",
        "Move it away, or name another folder.";
    NOT_SUPPORTED = "not-supported", Errors,
        "this version of meshtrace cannot render a choice",
        "The key is part of the contract already. To accept it in silence would look as if it were rendered.",
        "Use what the help of the message says instead.";
    NOT_TEXT = "not-text", Errors,
        "a file holds bytes that no text has",
        "A binary file cannot be read as YAML, and its bytes could act on the terminal.",
        "Remove the file, or move it away.";
    NOT_UTF8 = "not-utf8", Errors,
        "a file or its name is not UTF-8",
        "YAML and templates are read as UTF-8; guessing another encoding would change texts.",
        "Save the file as UTF-8, or rename it.";
    NOTHING = "nothing", Errors,
        "there is nothing to show",
        "The list that was asked for is empty.",
        "Look at the folders that the command was given.";
    NOTHING_TO_CHECK = "nothing-to-check", Errors,
        "the input holds neither a Kubernetes object nor Helm values",
        "A verdict about nothing would look like a success.",
        "Give files or directories with YAML, `-` for stdin, or `-p PROFILE`.";
    OTLP_UNSUPPORTED = "otlp-unsupported", Errors,
        "the proxies or Jaeger cannot speak OTLP",
        "Envoy sends OTLP since 1.23, and Jaeger takes it since 1.35; before, no span would arrive.",
        "Use `tracing.tracer: zipkin`, or newer versions.";
    OUT_IN_INPUT = "out-in-input", Errors,
        "a render would be written into a folder that renders read",
        "Each render would add to what the next one reads.",
        "Write to a folder of its own, such as `out`.";
    OUT_OF_RANGE = "out-of-range", Errors,
        "a number is too small or too large",
        "The program that reads it accepts only the range of the message.",
        "Use a number in that range.";
    OUTPUT = "output", Errors,
        "the manual page could not be printed",
        "Whatever reads it went away, or the disk is full.",
        "Print it again to a place that takes it.";
    OUTPUT_CLASH = "output-clash", Errors,
        "two rendered files cannot exist beside each other",
        "Where case is ignored (macOS, Windows) they are one file, or one would be both a file and a folder.",
        "Rename one of the templates or objects.";
    OUTPUT_PATH = "output-path", Errors,
        "a rendered file would have a path that is not allowed",
        "It would leave the output folder, be hidden, or cannot exist on some systems.",
        "Rename the template or the object.";
    PROFILE_CYCLE = "profile-cycle", Errors,
        "profiles extend each other in a circle",
        "There is no order in which to lay them over each other.",
        "Remove one `extends`.";
    PROFILE_DEPTH = "profile-depth", Errors,
        "too many profiles extend each other in a row",
        "Nobody could say where a value comes from.",
        "Let a profile extend a list of others instead of a chain.";
    PROFILE_NAME = "profile-name", Errors,
        "a text is not the name of a profile",
        "A profile is named by its path below `profiles/`, without `.yaml`.",
        "Write it that way, such as `clusters/eu-1`.";
    RENDER_PATTERN = "render-pattern", Both,
        "the pattern of a render is wrong or matches no profile",
        "One `*` in the render and in its profiles stands for the same part of a path. A pattern without a match renders nothing, which is a warning.",
        "Write the `*` on both sides, and add a profile that it matches.";
    REQUIRES = "requires", Errors,
        "`meshtrace.yaml` asks for another version of meshtrace",
        "Another minor version may render other manifests from the same profiles.",
        "Use that version, or change `requires` and look at what `meshtrace diff` says.";
    RESERVED_NAME = "reserved-name", Errors,
        "a template has a name that meshtrace keeps for itself",
        "Its output would take the place of a file that is made of the others.",
        "Rename the template; `_` in front makes it a partial.";
    SAME_FILE = "same-file", Errors,
        "two objects would be written to the same file",
        "A file is named by kind and name of its object; some file systems ignore case.",
        "Rename one of the objects or files.";
    SAMPLING_INERT = "sampling-inert", Both,
        "the sampling percentage has no effect, or begins no trace",
        "Where clients decide, a percentage is ignored, which is an error. Sidecars at 0 percent begin no trace and cost the spans of gateways, which is a warning.",
        "Set `tracing.sampling.at` and `tracing.sampling.percent` so that they fit.";
    SAMPLING_UNSUPPORTED = "sampling-unsupported", Errors,
        "this Consul cannot sample at sidecars",
        "Consul reads `envoy_listener_tracing_json` since 1.13.2 and ignores it before.",
        "Use `tracing.sampling.at: clients`, or a newer `consul.chart`.";
    SERVICE_NAMESPACE = "service-namespace", Errors,
        "a service lives in a namespace where Consul injects no sidecar",
        "Without a sidecar the service is not in the mesh, and its gateway and callers find nothing.",
        "Add the namespace to `consul.inject.allowNamespaces`, or let the service live elsewhere.";
    SET_SYNTAX = "set-syntax", Errors,
        "`--set` or one of its kin is written wrongly",
        "The rest of the argument could be read in several ways.",
        "Write `KEY=VALUE`; `--set-string` keeps texts, `--set-json` takes lists and maps, `--set-file` takes `KEY=FILE`.";
    SET_THROUGH_VALUE = "set-through-value", Errors,
        "`--set` names a key below a value that has no keys",
        "It would replace a text, a number or a list by a map, which is nearly always a slip.",
        "Set the value itself, or remove it first with `--set KEY=null`.";
    SEVERAL_DOCUMENTS = "several-documents", Errors,
        "a file holds several YAML documents where one is expected",
        "Profiles, `meshtrace.yaml` and plain rendered files are one document each.",
        "Remove the other documents or give them files of their own.";
    SPEC_OF_V1 = "spec-of-v1", Errors,
        "`jaeger.spec` has a field that Jaeger v2 does not know",
        "Under a backend of Jaeger v2 `jaeger.spec` is merged into another object, where the field of the Jaeger resource would be ignored or refused.",
        "Write what the help of the message says in its place.";
    STATIC_CLUSTERS = "static-clusters", Errors,
        "your static clusters in `mesh.proxyDefaults` cannot be joined with ours",
        "`envoy_extra_static_clusters_json` is a string that holds JSON objects with commas between; ours is added to them.",
        "Write it as a block, `|`, then the JSON.";
    STORAGE_OF_V1 = "storage-of-v1", Errors,
        "a kind of storage that only Jaeger v1 has",
        "Jaeger v2 removed the gRPC plugin.",
        "Use memory, badger, elasticsearch or cassandra; a remote storage goes through `jaeger.spec`.";
    STORAGE_WITHOUT_URL = "storage-without-url", Errors,
        "the storage needs an address",
        "Jaeger would start against localhost and find no database.",
        "Set `jaeger.storage.urls`.";
    STRATEGY_STORAGE = "strategy-storage", Errors,
        "`jaeger.strategy: production` with a storage that one process alone can use",
        "The operator would silently run all-in-one instead.",
        "Set `jaeger.storage.type` to elasticsearch or cassandra, or use another strategy.";
    SYMLINK = "symlink", Errors,
        "a symbolic link is where none may be",
        "In a repository that is not yours, a link could make the program read or write anywhere.",
        "Put a copy of the file there, or name the real folder.";
    TEMPLATE_ERROR = "template-error", Errors,
        "a template failed",
        "The template engine refused an operation with the values that it was given.",
        "Look at the place and the types of the values there; `meshtrace show values` prints them.";
    TEMPLATE_NOT_FOUND = "template-not-found", Errors,
        "an include names a template that does not exist",
        "Includes are found below the template folder, or as `builtin:PATH`.",
        "Correct the path; `meshtrace show templates` lists them.";
    TEMPLATE_SYNTAX = "template-syntax", Errors,
        "a template cannot be read",
        "Every `{% if %}`, `{% for %}`, `{% set %}` and `{% filter %}` block needs its end.",
        "Look at the place of the message and before it.";
    TEMPLATE_TOO_DEEP = "template-too-deep", Errors,
        "a template or its values nest too deep",
        "Includes, macros and values that nest without end would exhaust the stack.",
        "Look for a template that includes itself, or a list that is put into itself.";
    TEMPLATE_TOO_LARGE = "template-too-large", Errors,
        "a template or what it makes is too large",
        "A bound on memory keeps a mistake, or a stranger's template, from taking the whole machine.",
        "Look for a text or a list that grows with each turn of a loop; put what needs no values below `files/`.";
    TEMPLATE_TOO_LONG = "template-too-long", Errors,
        "a template takes too many steps or too much time",
        "A bound on steps and time keeps a loop without end from running for ever.",
        "Look for a loop that does not end, or a loop within a loop.";
    TEMPLATE_UNDEFINED = "template-undefined", Errors,
        "a template uses a value that does not exist",
        "An empty text in its place would make a manifest that looks right and is not.",
        "Correct the name; `meshtrace show values` lists them; use `| default(...)` where it may be missing.";
    TEMPLATE_UNKNOWN = "template-unknown", Errors,
        "a template uses a filter, function, test or method that does not exist",
        "Values are quoted and indented as needed, so that filters such as `quote` or `toYaml` are not there.",
        "Correct the name; the README lists the filters.";
    TOO_DEEP = "too-deep", Errors,
        "the input nests too deep",
        "Lists and maps that nest without end would exhaust the stack.",
        "Look for lists or maps within one another, over and over.";
    TOO_LARGE = "too-large", Errors,
        "a file or a folder is larger than meshtrace reads",
        "Bounds keep a wrong path, or a stranger's repository, from filling the memory.",
        "Remove the file, keep it elsewhere, or name a smaller folder.";
    TOO_LONG = "too-long", Errors,
        "a run takes too much time",
        "A bound on time keeps an input, or a stranger's repository, from holding the machine for ever.",
        "Give it less at once: fewer files, or one render at a time.";
    TOO_MANY_RENDERS = "too-many-renders", Errors,
        "a project has more renders than meshtrace makes at once",
        "A bound keeps a pattern, or a stranger's repository, from filling the memory.",
        "Name the renders that you need, or split the project.";
    TWO_LEVELS = "two-levels", Errors,
        "an id has two levels in `meshtrace.yaml`",
        "Which of them counts would be a guess.",
        "Keep one of `allow`, `warn` and `deny`.";
    UNKNOWN_CHART = "unknown-chart", Errors,
        "a version of a chart that meshtrace knows nothing of",
        "What a chart renders and reads differs from version to version; for an unknown one nothing could be promised.",
        "Use a version of `meshtrace show versions`.";
    UNKNOWN_GATEWAY = "unknown-gateway", Errors,
        "a service names a gateway that does not exist",
        "Its requests would reach no gateway.",
        "Correct the name, or add it to `ingress.gateways`.";
    UNKNOWN_JAEGER = "unknown-jaeger", Errors,
        "the version of Jaeger does not fit the backend",
        "Backends of Jaeger v2 run 2.x images only, with other flags and ports than v1.",
        "Set `jaeger.version` to one that the message names, or add the profile `modern`.";
    UNKNOWN_KEY = "unknown-key", Errors,
        "a key does not exist",
        "A misspelled key would change nothing, silently.",
        "Correct it; `meshtrace show values` lists all keys, `meshtrace explain KEY` says what one does.";
    UNKNOWN_OPERATOR = "unknown-operator", Errors,
        "a version of an operator that meshtrace knows nothing of",
        "Its manifests and what it makes of a resource differ from version to version.",
        "Use a version of `meshtrace show versions`.";
    UNKNOWN_PROFILE = "unknown-profile", Errors,
        "a profile does not exist",
        "A render without it would be another one.",
        "Correct the name; `meshtrace show profiles` lists them.";
    UNKNOWN_RENDER = "unknown-render", Errors,
        "no render has this name",
        "Renders are named in `meshtrace.yaml`; profiles are named with `-p`.",
        "Correct the name, or use `-p`.";
    UNKNOWN_REVISION = "unknown-revision", Errors,
        "git knows no such revision",
        "A shallow clone, as CI makes it, has only the newest commits.",
        "Name a branch, a tag or a commit, or fetch it first: `git fetch origin BRANCH`.";
    UNKNOWN_SERVICE = "unknown-service", Errors,
        "a service calls one that is not in this render",
        "Its upstream would have no port and no intention.",
        "Correct the name, or add the service.";
    UNSAFE_PATH = "unsafe-path", Errors,
        "a path of `meshtrace.yaml` leads out of the project or is hidden",
        "A repository that is not yours could write anywhere.",
        "Use a relative path beside `meshtrace.yaml` or below; `-p P -o DIR` writes to any folder.";
    UNUSED_IGNORE = "unused-ignore", DiffWarnings,
        "an entry of `diff.ignore` matches no difference",
        "The path may be misspelled, or the difference is gone; an exception that nobody needs hides the next one.",
        "Remove it, or correct its path.";
    USAGE = "usage", Errors,
        "the command line makes no sense",
        "Options contradict each other, or a value has another form.",
        "Follow the help of the message; `meshtrace COMMAND --help` lists the options.";
    WRONG_CHOICE = "wrong-choice", Errors,
        "a value is none of the choices of its key",
        "Any other value would be ignored, or refused by the cluster.",
        "Use one of those in the message; `meshtrace explain KEY` says what each does.";
    WRONG_TYPE = "wrong-type", Errors,
        "a value has another type than its key",
        "YAML without quotes makes numbers and booleans of some texts, and a missing space after a colon makes a text of a map.",
        "Write the type that the message expects.";
    WRONG_VALUE = "wrong-value", Errors,
        "a value of `meshtrace.yaml` has another form",
        "A path that is no JSON pointer would match nothing, silently.",
        "Write it such as `/metadata/annotations/build-id`.";
    YAML_ALIAS = "yaml-alias", Errors,
        "an alias refers to nothing, or to itself",
        "`*name` stands for the value that `&name` marks before it.",
        "Add the anchor, or quote the value if it is text that starts with `*`.";
    YAML_DUPLICATE_KEY = "yaml-duplicate-key", Errors,
        "a key appears more than once in a map",
        "Readers disagree about which one counts; Kubernetes refuses it.",
        "Remove one of the two.";
    YAML_HOLE = "yaml-hole", Errors,
        "a template prints a value where YAML takes none",
        "Values become texts, numbers, lists and maps; an anchor, a tag or an alias is structure.",
        "Put quotes around it if it is text.";
    YAML_KEY = "yaml-key", Both,
        "a key is read as a boolean or a number",
        "Without quotes, kubectl and Helm read `on`, `yes` and `010` as other keys. In maps that other programs read it is a warning.",
        "Put the key in quotes.";
    YAML_MERGE = "yaml-merge", Errors,
        "`<<` is given something other than maps",
        "A merge key takes a map or a list of maps.",
        "Give it an alias such as `<<: *defaults`, or quote it if it is a key.";
    YAML_NUMBER = "yaml-number", Errors,
        "a number is too large or not finite",
        "Objects travel as JSON, which has no infinity and no not-a-number.",
        "Quote it if it is text, or use a number that JSON has.";
    YAML_SYNTAX = "yaml-syntax", Errors,
        "a text is not YAML",
        "Brackets, quotes or indentation do not fit together, or there is a control character.",
        "Look at the place of the message and the line before it.";
    YAML_TAG = "yaml-tag", Errors,
        "a YAML tag cannot be used here",
        "Kubernetes knows only YAML's own types, and a tag has to fit its value.",
        "Remove the tag, or quote the value if it is text that starts with `!`.";
    YAML_TOO_DEEP = "yaml-too-deep", Errors,
        "maps and lists nest too deep",
        "No Kubernetes object is that deep; without a bound a small file could exhaust the stack.",
        "Look for a bracket or a dash too many.";
    YAML_TOO_LARGE = "yaml-too-large", Errors,
        "aliases make a document too large",
        "A few lines of aliases can stand for gigabytes.",
        "Write the values out, or split the document.";
}
