#!/usr/bin/env python3
"""Asks real Envoys about every case of cases.py and writes tests/truth/envoy/answers.json, which a test of the library
holds the judge to. With --check, compares with the answers that are there, of the versions given.

    ask.py [--check] ENVOY...      paths of Envoy binaries, one a minor version
"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import cases

ANSWERS = pathlib.Path(__file__).parents[2] / "truth" / "envoy" / "answers.json"


def minor(envoy):
    version = subprocess.run([envoy, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"/(1\.\d+)\.\d+", version)[1]


def ask(envoy, root, piece):
    """None if Envoy takes it, else the end of what it says."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "bootstrap.json")
        path.write_text(json.dumps(cases.bootstrap(root, piece)))
        run = [envoy, "--mode", "validate", "-c", str(path), "--log-level", "critical"]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    if done.returncode == 0:
        return None
    said = (done.stderr + done.stdout).strip()
    said = re.sub(r"^.*?error initializing configuration '[^']*':\s*", "", said, flags=re.S)
    # Envoy puts spaces, places and times into its texts that differ from run to run.
    said = re.sub(r"\[20\d\d-[^\]]*\]\[\d+\]|goo\.gle/debug\w+|, near.*", "", " ".join(said.split()))
    return said[:120].strip() or f"exit {done.returncode}"


def main():
    check = "--check" in sys.argv
    envoys = {minor(path): path for path in sys.argv[1:] if path != "--check"}
    records = [{"case": f"{at} {name}", "root": root, "json": piece, "refused": {}} for at, (name, root, piece) in enumerate(cases.cases())]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        work = {pool.submit(ask, path, one["root"], one["json"]): (one, version) for one in records for version, path in envoys.items()}
        for done in concurrent.futures.as_completed(work):
            one, version = work[done]
            one["refused"][version] = done.result()
    if check:
        known = {one["case"]: one["refusedBy"] for one in json.loads(ANSWERS.read_text())["cases"]}
        wrong = [f"{one['case']}: {version}" for one in records for version in envoys if (version in known[one["case"]]) != (one["refused"][version] is not None)]
        print("\n".join(wrong) or f"{len(records)} cases, {len(envoys)} Envoys: as recorded")
        sys.exit(bool(wrong))
    write(sorted(envoys), records)


def write(asked, records):
    lines = []
    for one in records:
        said = {version: text for version, text in sorted(one.pop("refused").items()) if text is not None}
        one["refusedBy"] = list(said)
        if said:
            one["says"] = list(said.values())[-1]
        lines.append(json.dumps(one, separators=(",", ":")))
    ANSWERS.write_text('{"asked":' + json.dumps(asked) + ',"cases":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
