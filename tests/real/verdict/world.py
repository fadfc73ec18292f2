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
import urllib.parse

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


class Collector:
    """Counts spans by the proxy that sent them (Envoy's tag `node_id`) and the path of the request that they are of."""

    def __init__(self):
        self.spans = {}
        self.refused = []
        self.servers = []

    async def open(self, port):
        handler = {"zipkin": self.zipkin, "otlp-http": self.otlp_http, "otlp-grpc": self.otlp_grpc}.get(
            port["speaks"], self.other
        )
        self.servers.append(
            await asyncio.start_server(lambda r, w: self.guard(handler, port, r, w), port["address"], port["port"])
        )

    async def guard(self, handler, port, reader, writer):
        try:
            await handler(port, reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def count(self, span):
        """Takes a span as JSON or protobuf: between a tag's name and its value both have only a few other bytes."""
        node = re.search(rb"node_id[^a-z]{1,8}([a-z-]+)-proxy", span)
        path = re.search(rb"/(?:via|direct)/\d+", span)
        key = (node[1].decode() if node else "?", path.group().decode() if path else "?")
        self.spans[key] = self.spans.get(key, 0) + 1

    async def zipkin(self, port, reader, writer):
        await self.http(reader, writer, lambda path, kind, body: self.take_zipkin(port, path, kind, body))

    def take_zipkin(self, port, path, kind, body):
        """Jaeger up to 1.52 has two routes; from 1.53 the receiver is the OpenTelemetry one, which takes any path."""
        if not port.get("any_path") and path not in ("/api/v1/spans", "/api/v2/spans"):
            return 404
        if kind == "application/x-protobuf":
            spans = fields(body, 1)
        else:
            spans = [json.dumps(span).encode() for span in json.loads(body)]
        for span in spans:
            self.count(span)
        return 202

    async def otlp_http(self, port, reader, writer):
        await self.http(reader, writer, self.take_otlp)

    def take_otlp(self, path, kind, body):
        if path != "/v1/traces" or kind != "application/x-protobuf":
            return 404
        self.otlp(body)
        return 200

    def otlp(self, body):
        """ExportTraceServiceRequest: resource_spans 1, of those scope_spans 2, of those spans 2."""
        for group in fields(body, 1):
            for scope in fields(group, 2):
                for span in fields(scope, 2):
                    self.count(span)

    async def other(self, port, reader, writer):
        await self.http(reader, writer, lambda *_: 404)

    async def http(self, reader, writer, take):
        """HTTP/1 as far as a tracer speaks it. What opens with the HTTP/2 preface gets a 400, as from Go's server."""
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, version = head[0].split(" ", 2)
            if version != "HTTP/1.1":
                self.refused.append(head[0])
                writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                await writer.drain()
                return
            headers = {
                name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
            }
            if headers.get("transfer-encoding") == "chunked":
                body = b""
                while size := int((await reader.readline()).split(b";")[0], 16):
                    body += await reader.readexactly(size)
                    await reader.readline()
                await reader.readline()
            else:
                body = await reader.readexactly(int(headers.get("content-length", "0")))
            route = route_of(path)
            status = (
                400
                if route is None
                else take(route, headers.get("content-type", ""), body)
                if method == "POST"
                else 405
            )
            if status >= 300:
                self.refused.append(f"{status} {method} {path}")
            writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()

    async def otlp_grpc(self, port, reader, writer):
        """HTTP/2 with as little as a gRPC client needs to be heard: headers are not read, messages are."""
        if await reader.readexactly(24) != b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":
            return
        writer.write(frame(4, 0, 0, b""))
        bodies = {}
        while True:
            head = await reader.readexactly(9)
            length, kind, flags, stream = (
                int.from_bytes(head[:3], "big"),
                head[3],
                head[4],
                int.from_bytes(head[5:], "big") & 0x7FFFFFFF,
            )
            payload = await reader.readexactly(length)
            if kind == 4 and not flags & 1:
                writer.write(frame(4, 1, 0, b""))
            elif kind == 6 and not flags & 1:
                writer.write(frame(6, 1, 0, payload))
            elif kind == 0:
                bodies[stream] = bodies.get(stream, b"") + payload
                if flags & 1:
                    message = bodies.pop(stream)
                    if message[:1] == b"\0":
                        self.otlp(message[5 : 5 + int.from_bytes(message[1:5], "big")])
                    # :status 200 and content-type, an empty message, then grpc-status 0.
                    writer.write(frame(1, 4, stream, b"\x88\x0f\x10\x10application/grpc"))
                    writer.write(frame(0, 0, stream, b"\0\0\0\0\0"))
                    writer.write(frame(1, 5, stream, b"\x00\x0bgrpc-status\x010"))
            await writer.drain()


def route_of(target):
    """The path by which Go's servers choose a handler, or None where they answer 400."""
    if target.startswith("/"):
        path = target.partition("?")[0]
    elif target.startswith(("http://", "https://")):
        path = urllib.parse.urlsplit(target).path
    else:
        return None
    return urllib.parse.unquote(path)


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def fields(message, number):
    """The length-delimited fields of that number in a protobuf message."""
    found, at = [], 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            if at >= len(message) or shift > 63:
                raise ValueError("no varint")
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        match key & 7:
            case 0:
                varint()
            case 1:
                at += 8
            case 2:
                size = varint()
                if key >> 3 == number:
                    found.append(message[at : at + size])
                at += size
            case 5:
                at += 4
            case _:
                raise ValueError("no protobuf")
    return found


async def serve_names(names):
    """The cluster's DNS on 127.0.0.53, over UDP and TCP: A records of `names`, NXDOMAIN for all else."""

    def answer(query):
        if len(query) < 17:
            return None
        labels, at = [], 12
        while at < len(query) and query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1").lower())
            at += 1 + query[at]
        question = query[12 : at + 5]
        kind = int.from_bytes(query[at + 1 : at + 3], "big")
        addresses = names.get(".".join(labels))
        code = 3 if addresses is None else 0
        records = [socket.inet_aton(each) for each in addresses or () if kind == 1]
        head = query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(records), 0, 0)
        return head + question + b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + each for each in records)

    class Udp(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            reply = answer(data)
            if reply:
                self.transport.sendto(reply, addr)

    async def tcp(reader, writer):
        try:
            while True:
                reply = answer(await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))) or b""
                writer.write(len(reply).to_bytes(2, "big") + reply)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Udp, local_addr=("127.0.0.53", 53))
    await asyncio.start_server(tcp, "127.0.0.53", 53)


if __name__ == "__main__":
    main()
