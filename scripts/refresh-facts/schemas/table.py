"""Schemas as lines, each once: what two schemas have in common is one line that both name by its number."""

import json
import zlib


class Table:
    def __init__(self):
        self.lines, self.known = [], {}

    def add(self, schema):
        line = json.dumps(schema, separators=(",", ":"), ensure_ascii=False)
        if line not in self.known:
            self.known[line] = len(self.lines)
            self.lines.append(line)
        return self.known[line]

    def reserve(self):
        """A line for a schema that contains itself."""
        self.lines.append("")
        return len(self.lines) - 1

    def fill(self, index, schema):
        self.lines[index] = json.dumps(schema, separators=(",", ":"), ensure_ascii=False)

    def structural(self, schema, root=False):
        """Adds the schema of a CRD with all that it contains."""
        out = {}
        for key, value in sorted(schema.items()):
            if key in ("description", "example", "externalDocs", "title", "x-kubernetes-validations"):
                continue
            if key in ("allOf", "anyOf", "oneOf"):
                out[key] = [self.structural(inner) for inner in value]
            elif key == "properties":
                own = {name: inner for name, inner in value.items() if not (root and name in ("apiVersion", "kind", "metadata"))}
                out[key] = {name: self.structural(inner) for name, inner in sorted(own.items())}
            elif key == "additionalProperties" and isinstance(value, bool) or key not in ("items", "additionalProperties", "not"):
                out[key] = value
            else:
                out[key] = self.structural(value)
        return self.add(out)

    def write(self, path, head):
        """The head, a line of JSON, and the schemas, deflated without a header."""
        text = "\n".join([json.dumps(head, separators=(",", ":"), ensure_ascii=False)] + self.lines)
        packed = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = packed.compress(text.encode()) + packed.flush()
        path.write_bytes(data)
        print(f"{path.name}: {len(self.lines)} schemas, {len(text)} bytes, {len(data)} deflated")
