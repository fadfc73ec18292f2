#!/usr/bin/env python3
"""Asks a real kube-apiserver about the objects in tests/truth/apiserver/objects.json, as strictly as `kubectl apply` does.

    ask.py [--record]

Starts etcd and kube-apiserver on loopback, with `kube-apiserver` and `etcd` on the PATH, and stops them again. Prints each case
that is now accepted and was not, or the other way round; --record writes the answers instead. Exit 0 when all hold.
"""

import http.client
import io
import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from pathlib import Path

REPO = Path(os.environ.get("REPO", Path(__file__).resolve().parents[4]))
FILE = REPO / "tests/truth/apiserver/objects.json"


def main():
    record = json.loads(FILE.read_text())
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        for name in sorted({each["input"].get("metadata", {}).get("namespace") for each in record["cases"]} - {None}):
            server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, dry=False)
        for definition in record["definitions"]:
            said = server.create(definition, dry=False)
            if said is not None:
                sys.exit(f"{definition['metadata']['name']}: {said}")
        time.sleep(3)
        server.discover()
        answers = [server.create(each["input"]) for each in record["cases"]]
    if sys.argv[1:] == ["--record"]:
        for each, answer in zip(record["cases"], answers, strict=True):
            each["answer"] = answer
        write(record)
        return
    stale = 0
    for each, answer in zip(record["cases"], answers, strict=True):
        if (answer is None) != (each["answer"] is None):
            stale += 1
            print(f"{each['case']}: recorded {each['answer']!r}, now {answer!r}")
    print(f"{len(answers)} objects, {stale} not as recorded")
    sys.exit(1 if stale else 0)


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.folder, self.running, self.kinds = folder, [], {}
        self.local = threading.local()  # a connection for each thread
        self.token = secrets.token_hex(16)

    def __enter__(self):
        key, peers, self.port = port(), port(), port()
        (self.folder / "tokens.csv").write_text(f"{self.token},admin,admin,system:masters\n")
        subprocess.run(["openssl", "genrsa", "-out", "sa.key", "2048"], cwd=self.folder, capture_output=True, check=True)
        store = f"http://127.0.0.1:{key}"
        other = f"http://127.0.0.1:{peers}"
        self.start(["etcd", "--data-dir", "data", "--listen-client-urls", store, "--advertise-client-urls", store,
                    "--listen-peer-urls", other, "--initial-advertise-peer-urls", other, "--initial-cluster", f"default={other}",
                    "--unsafe-no-fsync"])
        # No controller makes the account `default` of a namespace, without which the admission plugin refuses pods.
        self.start(["kube-apiserver", f"--etcd-servers={store}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
                    f"--secure-port={self.port}", "--cert-dir=certs", "--token-auth-file=tokens.csv", "--authorization-mode=RBAC",
                    "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=sa.key",
                    "--service-account-signing-key-file=sa.key", "--service-cluster-ip-range=10.0.0.0/16",
                    "--disable-admission-plugins=ServiceAccount", "--allow-privileged", "--endpoint-reconciler-type=none"])
        for _ in range(120):
            try:
                if self.request("GET", "/readyz") == "ok":
                    return self
            except OSError:
                pass
            time.sleep(0.5)
        sys.exit((self.folder / "kube-apiserver.log").read_text()[-2000:])

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
            process.wait(30)

    def start(self, command):
        with open(self.folder / f"{command[0]}.log", "w") as log:
            self.running.append(subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log))

    def request(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        for again in (True, True, False):
            try:
                connection = self.local.connection = getattr(self.local, "connection", None) or self.connect()
                connection.request(method, path, data, headers)
                response = connection.getresponse()
                text = response.read().decode()
                break
            except (http.client.HTTPException, OSError):
                # The server closes connections now and then.
                self.local.connection = None
                if not again:
                    raise
        if response.status >= 400:
            raise urllib.error.HTTPError(path, response.status, response.reason, response.headers, io.BytesIO(text.encode()))
        return json.loads(text) if text.startswith("{") else text

    def connect(self):
        context = ssl._create_unverified_context()  # it made its certificate itself
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def discover(self):
        versions = [("v1", "/api/v1")]
        for group in self.request("GET", "/apis")["groups"]:
            versions += [(one["groupVersion"], f"/apis/{one['groupVersion']}") for one in group["versions"]]
        for version, path in versions:
            try:
                resources = self.request("GET", path)["resources"]
            except urllib.error.HTTPError:
                continue
            for one in resources:
                if "/" not in one["name"]:
                    self.kinds[(version, one["kind"])] = (path, one["name"], one["namespaced"])

    def create(self, thing, dry=True):
        """What the server has against it, or None."""
        if not self.kinds:
            self.discover()
        if (thing["apiVersion"], thing["kind"]) not in self.kinds:
            return f"no matches for kind {thing['kind']!r} in version {thing['apiVersion']!r}"
        path, name, namespaced = self.kinds[(thing["apiVersion"], thing["kind"])]
        place = f"/namespaces/{thing['metadata'].get('namespace', 'default')}" if namespaced else ""
        try:
            self.request("POST", f"{path}{place}/{name}?fieldValidation=Strict{'&dryRun=All' if dry else ''}", thing)
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read())
            return " ".join(answer.get("message", "").split())[:300]
        return None


def write(record):
    lines = [json.dumps(each, ensure_ascii=False) for each in record["cases"]]
    definitions = [json.dumps(each, ensure_ascii=False) for each in record["definitions"]]
    head = json.dumps({"asked": record["asked"], "of": record["of"]}, ensure_ascii=False)[:-1]
    FILE.write_text(f'{head}, "definitions": [\n' + ",\n".join(definitions) + '\n], "cases": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
