"""A cluster's network on loopback: DNS for the Services, and kube-proxy in front of the pod of Jaeger."""

import socket
import struct
import threading

DOMAIN = "cluster.local"
DNS = "127.53.0.1"
POD = "127.77.0.1"  # the pod of Jaeger listens here only


class Names:
    """A DNS server: A records of `names`, NXDOMAIN for all else."""

    def __init__(self):
        self.names = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((DNS, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(2048)
            try:
                self.socket.sendto(self.answer(query), client)
            except (IndexError, struct.error):
                continue

    def answer(self, query):
        labels, here = [], 12
        while query[here]:
            labels.append(query[here + 1 : here + 1 + query[here]].decode("latin1").lower())
            here += query[here] + 1
        kind, end = struct.unpack(">H", query[here + 1 : here + 3])[0], here + 5
        address = self.names.get(".".join(labels))
        record = b""
        if address and kind == 1:
            record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton(address)
        head = struct.pack(">HHHHH", 0x8580 | (0 if address else 3), 1, bool(record), 0, 0)
        return query[:2] + head + query[12:end] + record


class Relay:
    """One port of a Service: what arrives goes to a port of the pod, and is refused where the pod refuses."""

    def __init__(self, address, port, target):
        self.target = target
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.join, args=(client,), daemon=True).start()

    def join(self, client):
        try:
            server = socket.create_connection(self.target, 2)
        except OSError:
            # A reset, as kube-proxy's rules give it.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            return
        server.settimeout(None)
        back = threading.Thread(target=pump, args=(server, client), daemon=True)
        back.start()
        pump(client, server)
        back.join(5)
        client.close()
        server.close()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(services, names, relays):
    """Gives each Service an address and a name, and adds the relays on its ports to `relays`."""
    names.names.clear()
    for number, (host, ports) in enumerate(sorted(services.items()), 1):
        address = f"127.64.{number}.1"
        names.names[f"{host}.svc.{DOMAIN}".lower()] = address
        for port, target in ports.items():
            if is_port(port) and is_port(target):
                relays.append(Relay(address, port, (POD, target)))


def is_port(value):
    """What the API server takes; it refuses a Service with another."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536
