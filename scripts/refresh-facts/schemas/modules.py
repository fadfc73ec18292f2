"""Go modules, by name and version."""

import json
import subprocess
import tempfile
from functools import cache
from pathlib import Path


@cache
def download(module, version):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "go.mod").write_text("module facts\n")
        done = subprocess.run(["go", "mod", "download", "-json", f"{module}@{version}"], cwd=folder, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    if "Dir" not in answer:
        raise SystemExit(f"{module}@{version}: {answer.get('Error')}")
    return Path(answer["Dir"])
