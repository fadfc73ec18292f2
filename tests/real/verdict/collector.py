"""A recording collector: Zipkin as Jaeger serves it, OTLP over gRPC and over HTTP, and ports that speak none of these."""

import asyncio
import json
import re
import urllib.parse


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
