"""Kubernetes' own kinds: the OpenAPI of each minor, merged so that every field says which minors have it.

Types, fields and what is required come from `api/openapi-spec/swagger.json` of k8s.io/kubernetes; the values of enums from the
`+enum` types of k8s.io/api, which the OpenAPI leaves out; what is deprecated, removed and replaced from the
`zz_generated.prerelease-lifecycle.go` beside them. What only the API server's own code checks is in values.tsv.
"""

import json
import re
from pathlib import Path

from modules import download

# The first minor, and the newest patch of each from there on.
FIRST = 24
PATCHES = [17, 16, 15, 16, 15, 15, 14, 14, 13, 13, 4, 4, 3, 2]
REF = "#/definitions/"
# What these definitions are is said by code (UnmarshalJSON), not by their schema.
SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"format": "quantity"},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"x-kubernetes-int-or-string": True},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"type": "string", "format": "date-time"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {"type": "string", "format": "date-time"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": {},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": {},
}
# Groups whose objects are requests that nothing stores, and lists, which are read apart.
NOT_STORED = re.compile(r"(List|Options|Review|Eviction|^Binding|TokenRequest|WatchEvent|APIGroup|APIVersions|Status|Scale)$")


def minors():
    return [(FIRST + index, f"v1.{FIRST + index}.{patch}") for index, patch in enumerate(PATCHES)]


def specs():
    for minor, version in minors():
        text = (download("k8s.io/kubernetes", version) / "api/openapi-spec/swagger.json").read_text()
        yield minor, json.loads(text)


def scope_of(spec):
    """Whether objects of a kind are in namespaces, by the paths that make them."""
    scopes = {}
    for path, operations in spec["paths"].items():
        post = operations.get("post")
        if not post or "x-kubernetes-group-version-kind" not in post or path.count("{name}"):
            continue
        gvk = tuple(post["x-kubernetes-group-version-kind"][key] for key in ("group", "version", "kind"))
        scopes[gvk] = "Namespaced" if "{namespace}" in path else "Cluster"
    return scopes


class Enums:
    """The values of `+enum` types, and which fields of which structs have such a type."""

    def __init__(self):
        self.values = {}
        self.fields = {}
        for minor, _ in minors():
            patch = PATCHES[minor - FIRST]
            root = download("k8s.io/api", f"v0.{minor}.{patch}")
            for file in sorted(root.glob("*/*/types.go")):
                self.read(file, f"{file.parent.parent.name}.{file.parent.name}")

    def read(self, file, package):
        text = file.read_text()
        for name in re.findall(r"^// \+enum\n(?://.*\n)*type (\w+) string$", text, re.M):
            self.values.setdefault((package, name), [])
        for name, kind, value in re.findall(r"^\s+(\w+)\s+(\w+)\s*=\s*\"([^\"]*)\"", text, re.M):
            known = self.values.get((package, kind))
            if known is not None and value not in known:
                known.append(value)
        for struct, body in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", text, re.M | re.S):
            for kind, name in re.findall(r"^\t\w+\s+([\[\]*\w.]+)\s+`json:\"(\w+)", body, re.M):
                self.fields[(package, struct, name)] = (package, kind)

    def of(self, definition, field):
        if not definition.startswith("io.k8s.api."):
            return None
        package, struct = definition.removeprefix("io.k8s.api.").rsplit(".", 1)
        package, kind = self.fields.get((package, struct, field), (None, None))
        if kind is None:
            return None
        kind = kind.lstrip("[]*")
        if "." in kind:
            alias, kind = kind.split(".")
            package = {"v1": "core.v1", "corev1": "core.v1", "core": "core.v1", "api": "core.v1", "apiv1": "core.v1"}.get(alias)
        return self.values.get((package, kind)) or None


class Kubernetes:
    def __init__(self, table, values):
        self.table, self.values = table, values
        self.specs = dict(specs())
        self.enums = Enums()
        self.ids = {}
        self.loose = False

    def mask(self, has):
        return sum(1 << (minor - FIRST) for minor, spec in self.specs.items() if has(spec["definitions"]))

    def definition(self, name, loose=False):
        """`loose`: without what only code asks of its fields, and without required ones."""
        if name in SCALARS:
            return self.table.add(SCALARS[name])
        key = (name, loose)
        if key not in self.ids:
            self.ids[key] = self.table.reserve()
            was, self.loose = self.loose, loose
            self.table.fill(self.ids[key], self.merged(name))
            self.loose = was
        return self.ids[key]

    def merged(self, name):
        mask = self.mask(lambda all: name in all)
        there = [spec["definitions"][name] for spec in self.specs.values() if name in spec["definitions"]]
        fields = {}
        for one in there:
            for field in one.get("properties", {}):
                fields.setdefault(field, None)
        out = {"type": "object"}
        properties = {}
        for field in sorted(fields):
            kinds = {}
            for minor, spec in self.specs.items():
                schema = spec["definitions"].get(name, {}).get("properties", {}).get(field)
                if schema is not None:
                    made = self.schema(name, field, schema)
                    kinds[made] = kinds.get(made, 0) | 1 << (minor - FIRST)
            if list(kinds.values()) == [mask]:
                properties[field] = next(iter(kinds))
            else:
                properties[field] = [part for kind, has in sorted(kinds.items(), key=lambda kind: -kind[1]) for part in (kind, has)]
        if properties:
            out["properties"] = properties
        needed = {}
        for minor, spec in self.specs.items():
            for field in spec["definitions"].get(name, {}).get("required", []):
                needed[field] = needed.get(field, 0) | 1 << (minor - FIRST)
        more = self.values.required(name)
        needed.update({field: mask for field in more if field in fields})
        needed = {field: has for field, has in needed.items() if not self.values.optional(name, field)}
        if needed and not self.loose:
            out["required"] = [field if has == mask else [field, has] for field, has in sorted(needed.items())]
        return out

    def schema(self, owner, field, schema):
        more = self.values.of(owner, field)
        loose = self.loose or self.values.loose(owner, field)
        if loose:
            more = {}
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(REF)
            return self.table.add({**SCALARS[name], **more}) if name in SCALARS else self.definition(name, loose)
        kind = schema.get("type")
        if kind == "array":
            items = schema["items"]
            items = self.definition(items["$ref"].removeprefix(REF), loose) if "$ref" in items else self.plain(owner, field, items, more)
            return self.table.add({"type": "array", "items": items})
        if kind == "object" and "additionalProperties" in schema:
            inner = schema["additionalProperties"]
            inner = self.definition(inner["$ref"].removeprefix(REF), loose) if "$ref" in inner else self.schema(owner, None, inner)
            return self.table.add({"type": "object", "additionalProperties": inner, **more})
        if kind == "object":
            return self.table.add({})
        return self.plain(owner, field, schema, more)

    def plain(self, owner, field, schema, more):
        if "additionalProperties" in schema:
            return self.schema(owner, None, schema)
        out = {key: schema[key] for key in ("type", "format") if key in schema}
        if field and not self.loose and (known := self.enums.of(owner, field)) and not self.values.open(owner, field):
            out["enum"] = known
        out.update(more)
        return self.table.add(out)

    def kinds(self):
        """Each kind that is stored: group, version, kind, scope, type, minors."""
        found = {}
        for minor, spec in self.specs.items():
            scopes = scope_of(spec)
            for name, definition in spec["definitions"].items():
                for gvk in definition.get("x-kubernetes-group-version-kind", []):
                    key = (gvk["group"], gvk["version"], gvk["kind"])
                    if key not in scopes or NOT_STORED.search(gvk["kind"]):
                        continue
                    entry = found.setdefault(key, [scopes[key], name, 0])
                    entry[1], entry[2] = name, entry[2] | 1 << (minor - FIRST)
        for (group, version, kind), (scope, name, mask) in sorted(found.items()):
            yield group, version, kind, scope, self.definition(name), mask

    def requests(self):
        """Kinds that the API server has and does not store: group, version, kind."""
        stored = {row[:3] for row in self.kinds()}
        all_ = {(gvk["group"], gvk["version"], gvk["kind"]) for spec in self.specs.values()
                for definition in spec["definitions"].values() for gvk in definition.get("x-kubernetes-group-version-kind", [])}
        return sorted(gvk for gvk in all_ if gvk not in stored and gvk[2] not in ("DeleteOptions", "WatchEvent"))


def lifecycles():
    """Deprecated and removed in which minor, and by what it is replaced: group, version, kind, 0 for never."""
    newest = FIRST + len(PATCHES) - 1
    roots = [(download("k8s.io/api", f"v0.{minor}.{PATCHES[minor - FIRST]}"), "") for minor in range(FIRST, newest + 1)]
    roots += [(download("k8s.io/apiextensions-apiserver", "v0.31.14") / "pkg/apis", "apiextensions.k8s.io"),
              (download("k8s.io/kube-aggregator", "v0.31.14") / "pkg/apis", "apiregistration.k8s.io")]
    found = {}
    for root, group in roots:
        for file in sorted(root.glob("*/*/zz_generated.prerelease-lifecycle.go")):
            register = (file.parent / "register.go").read_text()
            # The oldest groups have theirs in the file as an empty string.
            own = group or re.search(r'GroupName = "([^"]*)"', register).group(1)
            for kind, when, major, minor in re.findall(
                    r"\(in \*(\w+)\) APILifecycle(Deprecated|Removed)\(\).*?\{\n\treturn (\d+), (\d+)", file.read_text()):
                entry = found.setdefault((own, file.parent.name, kind), {})
                entry[when] = int(minor)
            for kind, group_, version, kind_ in re.findall(
                    r"\(in \*(\w+)\) APILifecycleReplacement\(\).*?\{\n\treturn schema.GroupVersionKind\{Group: \"([^\"]*)\", "
                    r"Version: \"([^\"]*)\", Kind: \"([^\"]*)\"\}", file.read_text()):
                found.setdefault((own, file.parent.name, kind), {})["by"] = [group_, version, kind_]
    for (group, version, kind), entry in sorted(found.items()):
        if NOT_STORED.search(kind):
            continue
        if "Deprecated" in entry or "Removed" in entry:
            yield [group, version, kind, entry.get("Deprecated", 0), entry.get("Removed", 0), entry.get("by")]
