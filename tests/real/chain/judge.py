#!/usr/bin/env python3
"""Asks the real chain (chain.py) about sets of manifests, and holds the records in tests/truth/chain to its answers.

    judge.py [--all] [--record] [--new] [--at-once N] [--verbose] [SET...]

Without names it asks for a sample: the renders of out/, each set whose files are others than when it was recorded, and
some by a hash of their names; --all asks for every set. A set fails whose record says otherwise. --record writes what
was seen; --new asks only for what has no record. A SET is a
pattern of the shell: `check/rules/*`.
Needs MESHTRACE for sets without a record, and the programs of tests/real/setup on PATH. Exit 0 when all records hold.
"""

import argparse
import fnmatch
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import consul  # noqa: E402
import jaeger  # noqa: E402
import records  # noqa: E402
import sets  # noqa: E402
from manifests import Manifests  # noqa: E402
from receivers import Backend  # noqa: E402

SAMPLE = 24


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--all", action="store_true")
    options.add_argument("--record", action="store_true")
    options.add_argument("--new", action="store_true")
    options.add_argument("--at-once", type=int, default=4)
    options.add_argument("--verbose", action="store_true")
    options.add_argument("sets", nargs="*")
    options = options.parse_args()
    work = Path(tempfile.mkdtemp(prefix="chain-"))
    try:
        sys.exit(Judge(work, options).judge())
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Judge:
    def __init__(self, work, options):
        self.work, self.options, self.records = work, options, records.read()
        self.tools = program("consul-1.12.3").parent
        self.envoy = program("envoy")
        self.version = subprocess.run([self.envoy, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = self.version.split("/")[1]
        self.folders = sets.in_repository()
        self.inputs, self.lock = {}, threading.Lock()

    # --- what is asked

    def chosen(self):
        """{name: folder}, and what is said of it."""
        everything = dict(self.folders)
        for name, record in self.records.items():
            if "files" in record:
                everything[name] = self.work / "inputs" / name
                sets.write(everything[name], records.contents(record))
        if self.options.new:
            mutations, bases = sets.of_corpus(self.work / "corpus")
            records.add_bases(bases)
            everything = mutations | everything
        self.inputs = {name: sets.texts(folder) for name, folder in everything.items()}
        names = [name for name in everything if self.is_asked(name)]
        lacking = [name for name in names if not self.is_built(everything[name])]
        for name in lacking:
            names.remove(name)
        if lacking:
            print(f"{len(lacking)} sets need a Consul or a Jaeger that is not built (tests/real/setup judges)")
        return {name: everything[name] for name in names}

    def is_asked(self, name):
        if self.options.new and name in self.records:
            return False
        if self.options.sets:
            return any(fnmatch.fnmatch(name, each) for each in self.options.sets)
        if self.options.all or self.options.new or name.startswith("out/"):
            return True
        if name not in self.records or self.records[name]["digest"] != sets.digest(self.inputs[name]):
            return True
        return name in self.sample()

    def sample(self):
        return sorted(self.records, key=lambda name: hashlib.sha256(name.encode()).digest())[:SAMPLE]

    def is_built(self, folder):
        manifests = Manifests(folder)
        programs = [f"consul-{consul.version_for(manifests)}"]
        programs += [f"jaeger-{jaeger.version_for(each)}" for each in Backend(manifests).jaegers[:1]]
        return all((self.tools / each).exists() for each in programs)

    # --- asking

    def judge(self):
        began = time.monotonic()
        chosen = self.chosen()
        answers = self.ask(chosen, self.options.at_once, patience=1)
        known = [name for name in chosen if name in self.records and not self.options.new]
        again = {name: chosen[name] for name in known if self.stale(name, answers.get(name))}
        if again:
            # A busy machine is no reason to fail: once more, slower, and one after the other.
            answers |= self.ask(again, 1, patience=2)
        stale = {name: why for name in chosen if (why := self.stale(name, answers.get(name)))}
        for name, why in stale.items():
            print(f"{name}: {why}")
        if self.options.record:
            for name, answer in answers.items():
                self.keep(name, answer)
        print(f"{len(chosen)} sets asked, {len(stale)} not as recorded, {time.monotonic() - began:.0f} s")
        return 1 if stale and not self.options.record or not chosen else 0

    def stale(self, name, answer):
        """Why the record does not hold, or None."""
        if answer is None or "failed" in answer:
            return f"no answer: {(answer or {}).get('failed', 'its worker ended')}"
        record = self.records.get(name)
        if record is None:
            return None if self.options.record else "has no record (judge.py --record)"
        if record["seen"] != answer["seen"]:
            paths = sorted(record["seen"].keys() | answer["seen"].keys())
            differ = [each for each in paths if record["seen"].get(each) != answer["seen"].get(each)]
            words = [f"{each}: recorded {record['seen'].get(each)}, now {answer['seen'].get(each)}" for each in differ]
            return "; ".join(words) + f" ({answer['refused']} {answer['proxies']})"
        return None

    def ask(self, chosen, at_once, patience):
        todo, answers = queue.Queue(), {}
        for item in chosen.items():
            todo.put(item)
        threads = [threading.Thread(target=self.work_off, args=(todo, answers, patience)) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def work_off(self, todo, answers, patience):
        folder = tempfile.mkdtemp(prefix="worker-", dir=self.work)
        head = {"folder": folder, "tools": str(self.tools), "envoy": str(self.envoy), "patience": patience}
        command = [*namespaces(), sys.executable, "-B", str(HERE / "worker.py")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            worker.stdin.write(json.dumps(head) + "\n")
            while True:
                try:
                    name, path = todo.get_nowait()
                except queue.Empty:
                    break
                worker.stdin.write(json.dumps({"set": name, "folder": str(path)}) + "\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
                if not line:
                    break
                answers[name] = json.loads(line)
                if "failed" in answers[name]:
                    print(f"{name}: {answers[name]['failed']}", file=sys.stderr, flush=True)
                if self.options.record and name not in self.records:
                    self.keep(name, answers[name])  # a long run can be stopped
                if self.options.verbose:
                    print(line, end="", flush=True)
            worker.stdin.close()

    def keep(self, name, answer):
        if "failed" in answer:
            return
        made = records.record(name, sets.digest(self.inputs[name]), answer, self.version, self.records.get(name))
        if name not in self.folders and "files" not in made:
            records.keep_input(made, self.inputs[name])
        with self.lock:
            self.records[name] = made
            records.write(self.records)


def program(name):
    """The program itself: the Python package of Envoy has a launcher of the same name, which may come first on PATH."""
    for folder in os.environ["PATH"].split(os.pathsep):
        path = Path(folder) / name
        if os.access(path, os.X_OK) and path.is_file() and path.open("rb").read(4) == b"\x7fELF":
            return path
    return sys.exit(f"no {name} on PATH (tests/real/setup installs it)")


def namespaces():
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


if __name__ == "__main__":
    main()
