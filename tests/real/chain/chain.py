"""One set of manifests, run: a real Consul server, a real Envoy for each service, gateway and a test client, with the
bootstraps and the xDS of that Consul, and a real Jaeger. Nothing of ProxyDefaults or of a bootstrap is rewritten.

In: a folder. Out: a verdict as data; `seen` says for each path, named as `check` names it, whether Jaeger's API showed
its spans of all requests.
"""

import functools
import itertools
import os
import re
import time

import consul
import entries as config_entries
import jaeger
from manifests import Manifests, at
from network import DNS, DOMAIN, Names, serve
from programs import Processes, application, get, wait
from receivers import Backend

REQUESTS = 5
CLIENT = "mt-client"  # a workload in the mesh that calls every service: requests "from the mesh"
HTTP = ("http", "http2", "grpc")
SPAN_WAIT = 8.5  # Envoy sends its spans in fives, or after 5 s


class Chain:
    """Runs sets one after the other. `tools`: the folder with the programs; `patience`: a factor on waits."""

    def __init__(self, folder, tools, envoy, patience=1):
        self.folder, self.tools, self.envoy, self.patience = folder, tools, envoy, patience
        self.names, self.jaeger, self.number = Names(), jaeger.Jaeger(folder, tools), 0

    def run(self, path):
        self.number += 1
        folder = self.folder / str(self.number)
        folder.mkdir(parents=True)
        run = Run(self, Manifests(path), folder, f"c{self.number}x{os.getpid()}")
        try:
            return run.verdict()
        finally:
            run.stop()

    def stop(self):
        self.jaeger.processes.stop()


class Run:
    def __init__(self, chain, manifests, folder, marker):
        self.chain, self.manifests, self.folder, self.marker = chain, manifests, folder, marker
        self.processes, self.relays, self.applications = Processes(folder), [], []
        self.services, self.gateways = manifests.services(), manifests.gateways()
        self.proxies, self.states, self.client_ports, self.refused = {}, {}, {}, dict(manifests.refused)
        self.admin = {}

    def stop(self):
        self.processes.stop()
        for relay in self.relays:
            relay.close()
        for each in self.applications:
            each.shutdown()
            each.server_close()

    def verdict(self):
        backend, version = Backend(self.manifests), consul.version_for(self.manifests)
        self.chain.jaeger.clear(next(iter(backend.jaegers), None))
        serve(backend.services, self.chain.names, self.relays)
        trouble = [self.chain.jaeger.start(each) for each in backend.jaegers[:1]]
        server = consul.Consul(self.chain.tools / f"consul-{version}", self.processes, self.manifests.values)
        why = server.start()
        if why:
            raise RuntimeError(f"Consul does not start: {why}")
        written, refused = config_entries.of(self.manifests)
        self.refused |= refused | server.write(written)
        self.register(server)
        self.start_proxies(server)
        entries = self.entries()
        self.settle(entries)
        self.send(entries)
        spans = self.collect(entries) if backend.jaegers and not any(trouble) else {}
        return {
            "consul": version,
            "jaeger": jaeger.version_for(backend.jaegers[0]) if backend.jaegers else None,
            "seen": self.seen(entries, spans),
            "refused": self.refused,
            "proxies": {label: state for label, state in self.states.items() if state != "runs"},
            "assumed": not self.manifests.workloads(),
            "notes": self.manifests.notes + [each for each in trouble if each],
            "consul says": server.warnings(),
        }

    # --- who takes part

    def register(self, server):
        upstream, public = itertools.count(9191), itertools.count(20000)
        client = {CLIENT: {"namespace": "default", "calls": list(self.services)}}
        for service, what in {**self.services, **client}.items():
            ports = {each: next(upstream) for each in what["calls"]}
            if service == CLIENT:
                self.client_ports = ports
            served = application([] if service == CLIENT else list(ports.values()))
            self.applications.append(served)
            proxy, refused = server.register_service(service, served.server_address[1], next(public), ports)
            self.proxies[service] = (proxy, what["namespace"])
            self.refused |= refused
        for gateway, namespace, _ in self.gateways:
            proxy, refused = server.register_gateway(gateway)
            if refused is None:
                self.proxies[gateway] = (proxy, namespace)

    def start_proxies(self, server):
        gateways = [gateway for gateway, _, _ in self.gateways]
        for port, (label, (proxy, namespace)) in enumerate(self.proxies.items(), 19000):
            text, why = server.bootstrap(proxy, port, label in gateways)
            self.states[label] = why
            if why is None:
                self.start_envoy(label, text, namespace)
                self.admin[label] = port
        for label in self.admin:
            wait(functools.partial(self.is_decided, label), 12 * self.chain.patience)
            self.states[label] = "runs" if self.alive(label) else f"exits: {last_words(self.processes.log(label))}"

    def start_envoy(self, label, bootstrap, namespace):
        """Each Envoy has a resolv.conf of its own, as kubelet writes it for its namespace."""
        path, resolv = self.folder / f"{label}.json", self.folder / f"{label}.resolv.conf"
        path.write_text(bootstrap)
        search = f"search {namespace}.svc.{DOMAIN} svc.{DOMAIN} {DOMAIN}"
        resolv.write_text(f"{search}\nnameserver {DNS}\noptions ndots:5\n")
        mount = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
        flags = ["--concurrency", "1", "--disable-hot-restart", "-l", "info"]
        command = ["unshare", "-m", "sh", "-c", mount, resolv, self.chain.envoy, "-c", path, *flags]
        self.processes.start(label, command)

    def alive(self, label):
        return self.processes.alive(label)

    def is_decided(self, label):
        return not self.alive(label) or get("127.0.0.1", self.admin[label], "/ready")[0] == 200

    # --- where requests enter, and which proxies they pass

    def entries(self):
        """{entry: (port, host, first service)}: a gateway's first listener, and the client's way to each service."""
        found = {}
        for gateway, _, each in self.gateways:
            if self.states.get(gateway) != "runs":
                continue
            listeners = at(each, "spec", "listeners", default=[])
            if each["kind"] == "Gateway":
                listeners = config_entries.stand_in(each, self.manifests.of("HTTPRoute"))["listeners"]
            for listener in listeners:
                if isinstance(listener.get("port"), int) and str(listener.get("protocol")).lower() in HTTP:
                    found[gateway] = (listener["port"], *first_host(listener))
                    break
        if self.states.get(CLIENT) == "runs":
            found |= {f"client-{service}": (port, service, service) for service, port in self.client_ports.items()}
        return found

    def passed(self, entry, first):
        way = [CLIENT if entry.startswith("client-") else entry]
        if first is None:
            callers = [service for service, what in self.services.items() if what["calls"]]
            first = next(iter([*callers, *self.services]), None)
        todo = [first] if first in self.services else []
        while todo:
            service = todo.pop(0)
            if service not in way:
                way.append(service)
                todo += self.services[service]["calls"]
        return way

    # --- requests and spans

    def settle(self, entries):
        """Waits until the whole way answers, or gives the same other answer for a while; starts no trace."""
        gateways = [gateway for gateway, _, _ in self.gateways]
        for entry, (port, host, _) in entries.items():
            end = time.monotonic() + (10 if entry in gateways else 6) * self.chain.patience
            last, same = None, 0
            while time.monotonic() < end and same <= 12:
                status = get("127.0.0.1", port, f"/warm-{self.marker}", {"Host": host}, 6)[0]
                if status == 200:
                    break
                same = same + 1 if status and status == last else 0
                last = status
                time.sleep(0.25)

    def send(self, entries):
        for entry, (port, host, _) in entries.items():
            for number in range(REQUESTS):
                headers = {"Host": host, "x-client-trace-id": "1"}
                get("127.0.0.1", port, f"/{self.marker}/traced@{entry}/{number}", headers, 6)

    def collect(self, entries):
        """The spans, as soon as all are there; else after the time in which Envoy must have sent them."""
        began, spans = time.monotonic(), {}
        while time.monotonic() - began < SPAN_WAIT * self.chain.patience:
            time.sleep(0.5)
            spans = self.chain.jaeger.spans(self.marker)
            counts = [count for _, _, count in self.counts(entries, spans)]
            if counts and set(counts) == {REQUESTS}:
                break
        return spans

    def counts(self, entries, spans):
        """(entry, proxy on its way, number of requests of which Jaeger has a span of it). Of a service its sidecar's
        server spans count: client spans of its own calls would be there for a tcp service too."""
        for entry, (_, _, first) in entries.items():
            for label in self.passed(entry, first):
                if label not in self.proxies:
                    continue
                proxy, inbound = self.proxies[label][0], label in self.services
                count = 0
                for number in range(REQUESTS):
                    mine = spans.get((f"traced@{entry}", number), [])
                    count += any(x["proxy"] == proxy and (not inbound or x["kind"] == "server") for x in mine)
                yield entry, label, count

    def seen(self, entries, spans):
        """{path: bool}: "web from GATEWAY" by requests at the gateway, any other by those at the client's sidecar, or
        at a gateway for its own spans."""
        gateways = [gateway for gateway, _, _ in self.gateways]
        found = {each: False for each in [*self.services, *gateways]}
        found |= {f"{service} from {gateway}": False for service in self.services for gateway in gateways}
        for entry, label, count in self.counts(entries, spans):
            if label != CLIENT:
                path = f"{label} from {entry}" if label in self.services and entry in gateways else label
                found[path] = found.get(path, False) or count == REQUESTS
        return found


def first_host(listener):
    """A host that the listener routes, and the service behind it."""
    services = listener.get("services") or []
    first = services[0].get("name") if services else None
    hosts = [host for service in services for host in service.get("hosts") or []]
    named = next((host for host in hosts if host != "*"), None)
    if not named and first and "*" not in hosts:
        named = f"{first}.ingress.consul"
    return named or "localhost", first


def last_words(log):
    said = [line for line in log.splitlines() if re.search(r"\]\[critical\]|error initializing|\[assert", line)]
    return re.sub(r"^\[[^]]*\]\[\d+\]", "", said[-1] if said else "without a word")[:400]
