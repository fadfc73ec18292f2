"""The records: tests/truth/chain/GROUP.jsonl, a set a line, with what the chain showed of it.

    {"set", "digest", "consul", "jaeger", "envoy", "assumed", "seen": {PATH: bool}, "refused", "proxies"}

`digest` is that of the input at the time. A mutation's record also has `files`: what it changes in the base in
bases.json, null where a file of the base is missing.
"""

import json

from sets import REPO, digest

TRUTH = REPO / "tests/truth/chain"
BASES = TRUTH / "bases.json"
KEPT = ("consul", "jaeger", "assumed", "seen", "refused", "proxies")


def path(name):
    return TRUTH / f"{name.split('/')[0]}.jsonl"


def read():
    """{set: record}"""
    found = {}
    for file in sorted(TRUTH.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            found[record["set"]] = record
    return found


def bases():
    return json.loads(BASES.read_text()) if BASES.exists() else {}


def add_bases(plain):
    """Adds renders that are not there yet; those that records refer to stay as they are."""
    known = bases()
    for name, files in plain.items():
        if files not in known.values():
            known[f"{name} {digest(files)[:6]}"] = files
    TRUTH.mkdir(parents=True, exist_ok=True)
    BASES.write_text(json.dumps(known, indent=0, ensure_ascii=False) + "\n")


def contents(record):
    """{path: text} of a record that holds its input."""
    base = dict(bases()[record["base"]]) if record["base"] else {}
    base |= record["files"]
    return {path: text for path, text in base.items() if text is not None}


def write(records):
    """Writes all of them anew, sorted."""
    TRUTH.mkdir(parents=True, exist_ok=True)
    groups = {}
    for name in sorted(records):
        groups.setdefault(path(name), []).append(json.dumps(records[name], ensure_ascii=False))
    for file, lines in groups.items():
        file.write_text("\n".join(lines) + "\n")


def record(name, input_digest, verdict, envoy, earlier=None):
    kept = {key: verdict[key] for key in KEPT if verdict[key] or key == "seen"}
    made = {"set": name, "digest": input_digest} | kept | {"envoy": envoy}
    for key in ("base", "files"):
        if earlier and key in earlier:
            made[key] = earlier[key]
    return made


def keep_input(made, contents):
    """Puts a mutation's input into its record, as what differs from the nearest base."""
    best = None
    for base, there in [("", {}), *bases().items()]:
        changes = {path: text for path, text in contents.items() if there.get(path) != text}
        changes |= {path: None for path in there if path not in contents}
        size = len(json.dumps(changes))
        if best is None or size < best[0]:
            best = (size, base, changes)
    made["base"], made["files"] = best[1], best[2]
    return made
