#!/usr/bin/env python3
"""Asks `otelcol validate` about the configurations in tests/truth/otelcol/validate.json.

    ask.py [--record]

Prints each case whose answer is not the recorded one; --record writes the answers instead. Exit 0 when all hold.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPO = Path(os.environ.get("REPO", Path(__file__).resolve().parents[3]))
FILE = REPO / "tests/truth/otelcol/validate.json"


def main():
    record = json.loads(FILE.read_text())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [each["input"] for each in record["cases"]]))
    if sys.argv[1:] == ["--record"]:
        for each, answer in zip(record["cases"], answers, strict=True):
            each["answer"] = answer
        write(record)
        return
    stale = 0
    for each, answer in zip(record["cases"], answers, strict=True):
        # Which of several problems comes first is not always the same, so the words are for people.
        if (answer is None) != (each["answer"] is None):
            stale += 1
            print(f"{each['case']}: recorded {each['answer']!r}, now {answer!r}")
    print(f"{len(answers)} configurations, {stale} not as recorded")
    sys.exit(1 if stale else 0)


def ask(config):
    """What `validate` has against it, or None."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        command = ["otelcol", "validate", "--config", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    said = " ".join((done.stderr or done.stdout).split())
    said = re.sub(r"^Error: ", "", said).partition(" 20")[0]
    return said[:300] or f"exit {done.returncode}"


def write(record):
    lines = [json.dumps(each, ensure_ascii=False) for each in record["cases"]]
    head = json.dumps({"asked": record["asked"], "of": record["of"]}, ensure_ascii=False)[:-1]
    FILE.write_text(f'{head}, "cases": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
