"""The DNS of a cluster, on loopback."""

import asyncio
import socket
import struct


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
