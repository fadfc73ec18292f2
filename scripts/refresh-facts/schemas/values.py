"""values.tsv: what the API server's own code asks of fields, which no OpenAPI says."""

import json
from pathlib import Path


class Values:
    def __init__(self):
        self.rows, self.more, self.less, self.opened, self.loosened = {}, {}, set(), set(), set()
        self.used = set()
        for line in Path(__file__).with_name("values.tsv").read_text().splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            definition, field, what, *_ = line.split("\t")
            name = "io.k8s." + definition
            if what == "required":
                self.more.setdefault(name, []).append(field)
            elif what == "optional":
                self.less.add((name, field))
            elif what == "open":
                self.opened.add((name, field))
            elif what == "loose":
                self.loosened.add((name, field))
            else:
                self.rows[(name, field)] = json.loads(what)

    def of(self, definition, field):
        self.used.add((definition, field))
        return self.rows.get((definition, field), {})

    def required(self, definition):
        return self.more.get(definition, [])

    def optional(self, definition, field):
        return (definition, field) in self.less

    def open(self, definition, field):
        return (definition, field) in self.opened

    def loose(self, definition, field):
        return (definition, field) in self.loosened

    def check(self):
        if unused := set(self.rows) - self.used:
            raise SystemExit(f"values.tsv names fields that are not there: {sorted(unused)}")
