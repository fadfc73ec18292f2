"""One small cluster on loopback, run by verdict.test in namespaces of its own (network, mounts, processes).

In: a JSON object on the first line of stdin; when stdin ends, so does all of this. `names`: DNS names to addresses.
`ports`: [{address, port, speaks, any_path}] that are open.
`proxies`: [{name, bootstrap, resolv, admin, expects}]. `requests`: [{to, host, path}]. `patience`: a factor on waits.
Out: {"spans": {"NAME PATH": count}, "proxies": {NAME: "ready" or why it is not}, "answers": {PATH: status}} on stdout.
It never reaches out of its namespaces, and all that it starts ends with it.
"""

import asyncio
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from collector import Collector
from dns import serve_names

SECONDS = 60
SPAN_WAIT = 6.0


def main():
    # Process 1 of a namespace takes no signal without a handler, and all others end with it.
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os._exit(3))
    world = json.loads(sys.stdin.readline())
    signal.alarm(int(SECONDS * world["patience"]))
    loopback_up()
    os.makedirs(world["folder"], exist_ok=True)
    print(json.dumps(asyncio.run(run(world))))
    sys.stdout.flush()
    os._exit(0)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


async def run(world):
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: os._exit(3))
    collector = Collector()
    await serve_names(world["names"])
    for port in world["ports"]:
        await collector.open(port)
    proxies = {proxy["name"]: Proxy(proxy, world) for proxy in world["proxies"]}
    states = dict(zip(proxies, await asyncio.gather(*(proxy.start() for proxy in proxies.values())), strict=True))
    answers = {}
    for request in world["requests"]:
        answers[request["path"]] = await ask(request)
    expected = {
        (proxy["name"], path)
        for proxy in world["proxies"]
        for path in proxy["expects"]
        if states[proxy["name"]] == "ready"
    }
    # Waits for what may still come: all spans, or every tracer having said what became of its own.
    end = time.monotonic() + SPAN_WAIT * world["patience"]
    while time.monotonic() < end and expected - collector.spans.keys():
        await asyncio.sleep(0.1)
        left = {name for name, path in expected - collector.spans.keys()}
        if all([await proxies[name].has_settled() for name in left]):
            break
    await asyncio.sleep(0.3)
    stats = {name: await proxy.tracing_stats() for name, proxy in proxies.items() if states[name] == "ready"}
    for name, proxy in proxies.items():
        if states[name] == "ready" and proxy.process.poll() is not None:
            states[name] = f"ended by itself ({proxy.process.returncode})"
    return {
        "spans": {f"{name} {path}": count for (name, path), count in sorted(collector.spans.items())},
        "refused_posts": collector.refused,
        "proxies": states,
        "answers": answers,
        "stats": stats,
    }


class Proxy:
    def __init__(self, spec, world):
        self.spec = spec
        self.envoy = world["envoy"]
        self.folder = f"{world['folder']}/{spec['name']}"
        self.patience = world["patience"]
        self.settled_at = None

    async def start(self):
        """`ready`, or the last words of an Envoy that does not run."""
        os.makedirs(self.folder, exist_ok=True)
        with open(f"{self.folder}/bootstrap.json", "w", encoding="utf-8", newline="") as file:
            file.write(self.spec["bootstrap"])
        with open(f"{self.folder}/resolv.conf", "w", encoding="ascii") as file:
            file.write(self.spec["resolv"])
        log = f"{self.folder}/log"
        # The bind mount gives this Envoy alone the search list of its pod.
        flags = "--concurrency 1 --disable-hot-restart --log-level warning"
        script = f'mount --bind "$1/resolv.conf" /etc/resolv.conf && exec "$2" -c "$1/bootstrap.json" {flags}'
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", script, "sh", self.folder, self.envoy],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        end = time.monotonic() + 25 * self.patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                with open(log, encoding="utf-8", errors="replace") as file:
                    return last_words(file.read(), self.process.returncode)
            if (await self.admin("/ready"))[0] == 200:
                return "ready"
            await asyncio.sleep(0.05)
        # Neither running nor refusing: that is no truth about spans.
        raise TimeoutError(f"{self.spec['name']}: not ready in time")

    async def admin(self, path):
        host, port = self.spec["admin"]
        return await http_get(host, port, "admin", path)

    async def tracing_stats(self):
        status, body = await self.admin("/stats?filter=tracing.*(zipkin|opentelemetry)")
        found = re.findall(r"^\S*?tracing\.(\S+): (\d+)$", body.decode(errors="replace"), re.MULTILINE)
        return {name: int(count) for name, count in found if count != "0"} if status == 200 else {}

    async def has_settled(self):
        """No tracer, nothing traced, or a report is accounted for; and a second went by since."""
        stats = await self.tracing_stats()
        accounted = sum(count for name, count in stats.items() if name.startswith("zipkin.reports_"))
        traced = any("spans_sent" in name for name in stats)
        if self.process.poll() is None and traced and not accounted:
            return False
        self.settled_at = self.settled_at or time.monotonic()
        return time.monotonic() - self.settled_at > self.patience


def last_words(log, code):
    """What Envoy said at its end: the innermost message, for it may quote its whole bootstrap around that."""
    said = " ".join(log.partition("[critical]")[2].split()) or log[-300:]
    said = said.partition("initializing config")[0]
    for mark in ("INVALID_ARGUMENT: ", "Using the default now-deprecated", "caused by ", "error `", "assert failure"):
        if mark in said:
            said = mark + said.rpartition(mark)[2]
            break
    return f"exit {code}: {said.strip()[:400]}"


async def ask(request):
    """A traced request; the status that came back, or 0."""
    host, port = request["to"]
    return (await http_get(host, port, request["host"], request["path"], ["x-client-trace-id: 1"]))[0]


async def http_get(host, port, name, path, headers=()):
    async def talk():
        nonlocal writer
        reader, writer = await asyncio.open_connection(host, port)
        lines = [f"GET {path} HTTP/1.1", f"Host: {name}", "Connection: close", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        return await reader.read()

    writer = None
    try:
        answer = await asyncio.wait_for(talk(), 5)
    except (OSError, asyncio.TimeoutError):
        return 0, b""
    finally:
        if writer:
            writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body


if __name__ == "__main__":
    main()
