#!/usr/bin/env python3
"""Writes src/stack/kube/zones.txt: the names of time zones in the copy of the IANA database that is part of Go, by which the API server
reads `timeZone` of CronJobs (`time.LoadLocation`)."""

import subprocess
import zipfile
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "src/stack/kube/zones.txt"


def go(what):
    return subprocess.run(["go", "env", what], capture_output=True, text=True, check=True).stdout.strip()


def main():
    with zipfile.ZipFile(Path(go("GOROOT")) / "lib/time/zoneinfo.zip") as files:
        names = sorted(name for name in files.namelist() if not name.endswith("/"))
    OUT.write_text(f"# Written by scripts/refresh-facts/zones.py from {go('GOVERSION')}. Do not edit.\n" + "\n".join(names) + "\n")


main()
