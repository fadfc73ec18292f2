#!/usr/bin/env python3
"""Asks a real kube-apiserver which changes to a stored object it refuses, and records them in tests/truth/apiserver/updates.json.

    updates.py [--record]

Objects are those of `objects.json` and `seeds.json`, written for real. A change removes a field, gives it another value that is
known for it, or adds one that is missing. It counts only if an object with it can be created and is stored otherwise than the object
without it: what is refused then cannot be changed in place. --record makes the changes anew from the OpenAPI and prints the fields
of which no change was found; `changes` of `seeds.json` are those that a condition needs. Exit 0 when all answers hold.
"""

import copy
import http.client
import itertools
import json
import sys
import tempfile
import time
import urllib.error
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from ask import FILE, REPO, Server
from stored import pointer, stripped

RECORD = REPO / "tests/truth/apiserver/updates.json"
SEEDS = Path(__file__).parent / "seeds.json"
# What names an object, and what nobody writes.
NOT_CHANGED = ("/apiVersion", "/kind", "/status")
OF_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")
# Kinds that are questions to the server, or what it writes itself.
NOT_WRITTEN = ("authentication.k8s.io", "authorization.k8s.io", "events.k8s.io", "Binding", "ComponentStatus", "Event")
# Pod templates that can change as a whole: only the fields themselves are asked.
SHALLOW = "/spec/template/spec/*", "/spec/jobTemplate/spec/*", "/template/spec/*"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


# The server adds labels and a selector to Jobs, which a change of these would remove.
GENERATED = ("/spec", "/spec/template", "/spec/template/metadata", "/spec/template/metadata/labels")
# There is nothing to change.
NONE = "no such field"


class Types:
    """What the OpenAPI says of fields."""

    def __init__(self, document):
        self.all = document["definitions"]
        self.kinds = {}
        for name, each in self.all.items():
            for kind in each.get("x-kubernetes-group-version-kind", []):
                version = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]
                self.kinds[(version, kind["kind"])] = {"$ref": f"#/definitions/{name}"}

    def real(self, schema):
        while "$ref" in schema:
            name = schema["$ref"].split("/")[-1]
            schema = {**self.all[name], "name": name}
        return schema

    def made(self, schema, depth=0):
        """A value as the type wants it."""
        schema = self.real(schema)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if schema.get("name") == QUANTITY:
            return "1Gi"
        if kind == "object" or "properties" in schema:
            known = schema.get("properties", {})
            return {key: self.made(known[key], depth + 1) for key in schema.get("required", []) if key in known and depth < 5}
        if kind == "array":
            return [self.made(schema["items"], depth + 1)]
        return {"integer": 1, "number": 1, "boolean": True}.get(kind, "a")


def is_left_out(shape):
    parent, _, key = shape.rpartition("/")
    return shape in NOT_CHANGED or parent.endswith("metadata") and key not in OF_METADATA


def is_deep(kind, shape):
    """Whether a field is in a pod template, below the fields of its pod; in pods and Jobs, some levels below them."""
    if shape.count("/") > 6 or "/ownerReferences/" in shape:
        return True
    for end in SHALLOW if kind not in ("Pod", "Job") else ():
        steps, wanted = shape.split("/"), end.split("/")
        if len(steps) > len(wanted) and all(want in ("*", step) for step, want in zip(steps, wanted)):
            return True
    return False


def fields(types, schema, node, path=(), shape=""):
    """Each field of an object, also those that it has not: the path, the shape, the schema, whether it is there."""
    schema = types.real(schema)
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield path + (index,), f"{shape}/*", schema.get("items", {}), True
            yield from fields(types, schema.get("items", {}), item, path + (index,), f"{shape}/*")
        return
    if not isinstance(node, dict):
        return
    known, more = schema.get("properties"), schema.get("additionalProperties")
    if known:
        for key, each in known.items():
            at = f"{shape}/{key}"
            if is_left_out(at):
                continue
            if at != "/metadata":
                yield path + (key,), at, each, key in node
            if key in node:
                yield from fields(types, each, node[key], path + (key,), at)
    elif more:
        for key in node:
            yield path + (key,), f"{shape}/*", more, True
        yield path + ("zz",), f"{shape}/*", more, False


def values(types, schema, shape, now, corpus):
    """Values that a field may have, likely ones first."""
    real = types.real(schema)
    out = [value for value in corpus.get(shape, [])]
    if isinstance(now, bool):
        out.append(not now)
    elif isinstance(now, int):
        out += [now + 1, now - 1]
    elif isinstance(now, str):
        out += [*real.get("enum", []), f"{now}x", "1.2.3.4", "2Gi"]
    elif isinstance(now, list) and now:
        out += [now[1:], now + [renamed(now[-1])]]
    elif isinstance(now, dict) and real.get("additionalProperties"):
        out.append({**now, "zz": next(iter(now.values()), "a")})
    if now is None:
        out += real.get("enum", []) + [types.made(schema)]
    seen, kept = [], []
    for value in out:
        if value != now and value not in seen:
            seen.append(value)
            kept.append(value)
    return kept[:8]


def renamed(item):
    """An item like this one that is not it."""
    if isinstance(item, str):
        return f"{item}x"
    if not isinstance(item, dict):
        return item
    item = copy.deepcopy(item)
    for key in ("name", "key", "devicePath", "ip", "type"):
        if isinstance(item.get(key), str):
            item[key] += "x"
            break
    for key in ("port", "containerPort", "hostPort"):
        if isinstance(item.get(key), int):
            item[key] += 1
    return item


def applied(thing, ops):
    """An object after RFC 6902 operations on keys of maps and items of lists."""
    thing = copy.deepcopy(thing)
    for op in ops:
        keys = [key.replace("~1", "/").replace("~0", "~") for key in op["path"].split("/")[1:]]
        at = thing
        for key in keys[:-1]:
            at = at[int(key) if isinstance(at, list) else key]
        last = int(keys[-1]) if isinstance(at, list) else keys[-1]
        if op["op"] == "remove":
            del at[last]
        elif isinstance(at, list) and op["op"] == "add":
            at.insert(last, op["value"])
        else:
            at[last] = op["value"]
    return thing


class Asker:
    def __init__(self, server):
        self.server, self.live, self.same, self.count = server, {}, {}, 0

    def place(self, thing):
        path, name, namespaced = self.server.kinds[(thing["apiVersion"], thing["kind"])]
        place = f"/namespaces/{thing['metadata'].get('namespace', 'default')}" if namespaced else ""
        return f"{path}{place}/{name}"

    def asked(self, method, place, thing):
        """The stored object, and what the server has against it."""
        try:
            return self.server.request(method, place, thing), None
        except urllib.error.HTTPError as error:
            return None, " ".join(json.loads(error.read()).get("message", "").split())
        except http.client.RemoteDisconnected:
            print(f"{method} {place}: no answer to {json.dumps(thing)}", file=sys.stderr)  # its validation panics
            return None, "no answer"

    def copy(self, thing):
        """Under a name of its own, where the kind lets it have one."""
        thing = copy.deepcopy(thing)
        if thing["kind"] not in ("CustomResourceDefinition", "APIService", "IPAddress"):
            thing["metadata"]["name"] += "-x"
        return thing

    def write(self, name, seed):
        """Writes an object; False if that cannot be."""
        thing = seed["input"]
        for each in seed.get("beside", []):
            self.asked("POST", self.place(each), each)
        if thing["kind"] == "Namespace":
            thing = seed["input"] = {**thing, "metadata": {**thing["metadata"], "name": name.replace(" ", "-").replace(":", "").lower()}}
            thing["metadata"].get("labels", {}).pop("kubernetes.io/metadata.name", None)
        self.asked("DELETE", f"{self.place(thing)}/{thing['metadata']['name']}?gracePeriodSeconds=0&propagationPolicy=Background", None)
        for _ in range(20):
            live, why = self.asked("POST", f"{self.place(thing)}?fieldValidation=Strict", thing)
            if live is not None or "already exists" not in why:
                break
            time.sleep(0.2)  # some are deleted later
        if live is None:
            print(f"{name}: {why}", file=sys.stderr)
            return False
        if "status" in seed:
            live["status"] = seed["status"]
            live, why = self.asked("PUT", f"{self.place(thing)}/{thing['metadata']['name']}/status", live)
            if live is None:
                print(f"{name}: status: {why}", file=sys.stderr)
                return False
        if thing["kind"] == "CustomResourceDefinition":
            time.sleep(2)  # until it is established
        self.live[name] = live
        return True

    def drop(self, name):
        live = self.live.pop(name)
        if live["kind"] == "Namespace":
            return  # no controller would finish it
        live["metadata"]["finalizers"] = []
        place = f"{self.place(live)}/{live['metadata']['name']}"
        now, _ = self.asked("DELETE", f"{place}?gracePeriodSeconds=0", None)
        if now and now.get("metadata", {}).get("finalizers"):
            now["metadata"]["finalizers"] = []
            self.asked("PUT", place, now)

    def created(self, thing):
        key = json.dumps(thing, sort_keys=True)
        if key not in self.same:
            self.count += 1
            made, why = self.asked("POST", f"{self.place(thing)}?fieldValidation=Strict&dryRun=All", self.copy(thing))
            self.same[key] = (made and plain(made), why)
        return self.same[key]

    def possible(self, base, full, tries):
        """Two of the operations after which the object is another one that can be created."""
        good = (op for op in tries if self.created(applied(full, [op]))[0] not in (None, base))
        return list(itertools.islice(good, 2))

    def creates(self, name, thing, ops):
        """Whether a change makes an object that can be created."""
        try:
            made, why = self.created(applied(thing, ops))
        except (KeyError, IndexError, TypeError):
            made, why = None, NONE
        if made is None:
            print(f"{name}: not asked for {ops}: {why}", file=sys.stderr)
        return made is not None

    def answer(self, name, ops):
        """What the server has against it, and whether it takes the change and keeps what it had."""
        live = self.live[name]
        self.count += 1
        try:
            thing = applied(live, ops)
        except (KeyError, IndexError, TypeError):
            return NONE, False
        place = f"{self.place(live)}/{live['metadata']['name']}"
        now, why = self.asked("PUT", f"{place}?fieldValidation=Strict&dryRun=All", thing)
        while why and "the object has been modified" in why:
            # A controller of the server itself did.
            live = self.live[name] = self.server.request("GET", place)
            thing["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
            now, why = self.asked("PUT", f"{place}?fieldValidation=Strict&dryRun=All", thing)
        keeps = now is not None and {**now, "metadata": None} == {**live, "metadata": None} and not ops[0]["path"].startswith("/metadata")
        return why and why.partition(" is invalid: ")[2][:100] or why, keeps


def plain(thing):
    """Without what differs each time."""
    thing = stripped(thing)
    thing["metadata"].pop("name")
    text = json.dumps(thing)
    return json.loads(text)


def seeds(record):
    """Objects to change: those that are accepted, as far as they were written by hand, and those of `seeds.json`."""
    out = {}
    for each in record["cases"]:
        thing = each["input"]
        if each["answer"] is not None or "name" not in thing.get("metadata", {}) or thing["apiVersion"] in ("example.com/v1",):
            continue
        if any(word in each["case"] for word in (": without", ": null in", ": '", " in /", " twice")):
            continue
        out[each["case"]] = {"input": thing}
    out.update(json.loads(SEEDS.read_text())["objects"])
    return out


def corpus(types, things):
    """By kind and shape: the values that are known."""
    out = {}

    def walk(schema, node, shape, into):
        schema = types.real(schema)
        if isinstance(node, dict):
            known, more = schema.get("properties", {}), schema.get("additionalProperties")
            for key, value in node.items():
                at = f"{shape}/*" if more and key not in known else f"{shape}/{key}"
                list_ = into.setdefault(at, [])
                if value not in list_ and len(list_) < 12:
                    list_.append(value)
                walk(known.get(key, more or {}), value, at, into)
        elif isinstance(node, list):
            for item in node:
                list_ = into.setdefault(f"{shape}/*", [])
                if item not in list_ and len(list_) < 12:
                    list_.append(item)
                walk(schema.get("items", {}), item, f"{shape}/*", into)

    for thing in things:
        kind = (thing["apiVersion"], thing["kind"])
        if kind in types.kinds:
            walk(types.kinds[kind], thing, "", out.setdefault(kind, {}))
    return out


def ops_of(types, schema, path, shape, there, node, known):
    """The changes to try to a field: each a list of operations of which one is enough."""
    place = pointer(path)
    if not there:
        yield "add", [{"op": "add", "path": place, "value": value} for value in values(types, schema, shape, None, known)]
        return
    now = node
    for key in path:
        now = now[key]
    yield "remove", [{"op": "remove", "path": place}]
    yield "replace", [{"op": "replace", "path": place, "value": value} for value in values(types, schema, shape, now, known)]
    if isinstance(now, list):
        more = [renamed(now[-1])] if now else []
        more += [item for item in known.get(f"{shape}/*", []) if item not in now]
        yield "append", [{"op": "add", "path": f"{place}/{len(now)}", "value": item} for item in more[:6]]


def merged(stored_, written):
    """What is stored, with what was written and is allocated otherwise."""
    if not isinstance(written, dict) or not isinstance(stored_, dict):
        return written if stored_ is None or isinstance(written, str) and stored_ != written else stored_
    out = {key: merged(value, written.get(key, value)) for key, value in stored_.items()}
    out.update((key, value) for key, value in written.items() if key not in out and key != "stringData")
    if out.get("kind") == "Job" and not out["spec"].get("manualSelector"):
        out["spec"].pop("selector", None)
        for meta in (out["metadata"], out["spec"]["template"].get("metadata", {})):
            meta["labels"] = {key: value for key, value in meta.get("labels", {}).items() if "job-name" not in key and "uid" not in key}
    return out


def case(name, ops, answer, keeps):
    return {"of": name, "ops": ops, "answer": answer, **({"kept": True} if keeps else {})}


def recorded(asker, types, all_, known, by_hand):
    """The cases, and which fields of which kinds they cover."""
    cases, covered, had, often = [], {}, set(), {}
    for name, seed in list(all_.items()):
        thing = seed["input"]
        kind = (thing["apiVersion"], thing["kind"])
        if kind not in types.kinds:
            continue
        changes = [each["ops"] for each in by_hand if each["of"] == name]
        changes = [ops for ops in changes if asker.creates(name, thing, ops)]
        if changes and asker.write(name, seed):
            cases += [case(name, ops, *asker.answer(name, ops)) for ops in changes]
            asker.drop(name)
        # What is allocated or generated differs in a copy, so the object as it was written is the base.
        full = merged(asker.created(thing)[0] or {}, thing)
        if asker.created(full)[0] is None:
            full = thing
        base, why = asker.created(full)
        if base is None:
            print(f"{name}: {why}", file=sys.stderr)
            continue
        asked = []
        for path, shape, schema, there in fields(types, types.kinds[kind], full):
            if is_deep(kind[1], shape) or kind[1] == "Job" and shape in GENERATED:
                continue
            for what, tries in ops_of(types, schema, path, shape, there, full, known.get(kind, {})):
                key = (kind, shape, what)
                if often.get(key, 0) < 3 and not {(key, True), (key, False)} <= had:
                    asked += [(key, op) for op in asker.possible(base, full, tries)]
        name += " as stored"
        all_[name] = {**seed, "input": full}
        if not asker.write(name, all_[name]):
            continue
        for key, op in asked:
            answer, keeps = asker.answer(name, [op])
            if answer == NONE:
                continue
            covered.setdefault(kind, set()).add(key[1])
            often[key] = often.get(key, 0) + 1
            if (key, answer is None) not in had:
                had.add((key, answer is None))
                cases.append(case(name, [op], answer, keeps))
        asker.drop(name)
    return cases, covered


def uncovered(types, kinds, covered):
    """The fields of which nothing is known, four levels deep."""
    for kind in sorted(kinds):
        if kind not in types.kinds or kind[1] in NOT_WRITTEN or kind[0].split("/")[0] in NOT_WRITTEN:
            continue
        missing = []

        def walk(schema, shape, depth, kind=kind, missing=missing):
            schema = types.real(schema)
            for key, each in schema.get("properties", {}).items():
                at = f"{shape}/{key}"
                if is_left_out(at) or is_deep(kind[1], at):
                    continue
                if at != "/metadata" and at not in covered.get(kind, ()):
                    missing.append(at)
                elif depth < 4:
                    real = types.real(each)
                    walk(real.get("items", real), f"{at}/*" if "items" in real else at, depth + 1)

        walk(types.kinds[kind], "", 0)
        if missing:
            yield f"{kind[0]} {kind[1]}: {' '.join(missing)}"


def answers(server, record):
    """Writes the objects of a record, and asks again."""
    asker, out = Asker(server), []
    for name, seed in record["objects"].items():
        cases = [each for each in record["cases"] if each["of"] == name]
        if not asker.write(name, seed):
            sys.exit(f"{name} cannot be written")
        out += [(each, case(name, each["ops"], *asker.answer(name, each["ops"]))) for each in cases]
        asker.drop(name)
    return out


def main():
    recording = sys.argv[1:] == ["--record"]
    objects = json.loads(FILE.read_text())
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        server.discover()
        for name in sorted({each["input"].get("metadata", {}).get("namespace") for each in objects["cases"]} - {None}):
            server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, dry=False)
        if not recording:
            pairs = answers(server, json.loads(RECORD.read_text()))
            stale = [(each, now) for each, now in pairs
                     if (now["answer"] is None, now.get("kept")) != (each["answer"] is None, each.get("kept"))]
            for each, now in stale:
                print(f"{each['of']} {each['ops']}: recorded {each['answer']!r}, now {now['answer']!r}")
            print(f"{len(pairs)} changes, {sum(each['answer'] is not None for each, _ in pairs)} refused, {len(stale)} not as recorded")
            sys.exit(1 if stale else 0)
        types = Types(server.request("GET", "/openapi/v2"))
        all_ = seeds(objects)
        known = corpus(types, [each["input"] for each in all_.values()]
                       + [each["input"] for each in objects["cases"] if each["answer"] is None])
        asker = Asker(server)
        cases, covered = recorded(asker, types, all_, known, json.loads(SEEDS.read_text())["changes"])
        for line in uncovered(types, server.kinds, covered):
            print(line)
        print(f"{len(cases)} changes, {sum(each['answer'] is not None for each in cases)} refused, {asker.count} questions")
        write(objects["of"], {name: seed for name, seed in all_.items() if any(each["of"] == name for each in cases)}, cases)


def write(of, things, cases):
    head = json.dumps({"asked": "is this change to a stored object accepted (HTTP 200), and if not, why", "of": of})[:-1]
    lines = [f"{json.dumps(name)}: {json.dumps(thing, ensure_ascii=False)}" for name, thing in things.items()]
    RECORD.write_text(f'{head}, "objects": {{\n' + ",\n".join(lines) + '\n}, "cases": [\n'
                      + ",\n".join(json.dumps(each, ensure_ascii=False) for each in cases) + "\n]}\n")


if __name__ == "__main__":
    main()
