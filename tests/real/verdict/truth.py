"""What real Envoys do with a set-up: whether spans of the gateway and of web arrive at a collector."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import bootstrap
from cluster import Cluster
from data import namespace

REQUESTS = 3
SERVICE = "web"
GATEWAY_IP, SIDECAR_IP = "127.30.1.1", "127.30.2.1"
WORLD = Path(__file__).with_name("world.py")


class Worlds:
    """Runs worlds, each that differs from all before it once."""

    def __init__(self, folder):
        self.folder, self.lock, self.known, self.ran = folder, threading.Lock(), {}, 0
        self.running = set()
        self.envoy = find_envoy()
        self.unshare = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        self.unshare += ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        probe = subprocess.run([*self.unshare, "true"], capture_output=True, check=False, text=True)
        if probe.returncode:
            sys.exit(f"cannot make namespaces (run as root, or allow user namespaces): {probe.stderr.strip()}")

    def run(self, world):
        key = json.dumps(world, sort_keys=True)
        with self.lock:
            mine = key not in self.known
            future = self.known.setdefault(key, concurrent.futures.Future())
            if mine:
                self.ran += 1
                number = self.ran
        if mine:
            try:
                more = {"envoy": self.envoy, "folder": str(self.folder / "runs" / str(number))}
                future.set_result(self.start({**world, **more}))
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

    def start(self, world):
        command = [*self.unshare, sys.executable, "-B", str(WORLD)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, **pipes, text=True) as process:
            self.running.add(process)
            try:
                # Its stdin stays open: it ends when this process does.
                process.stdin.write(json.dumps(world) + "\n")
                process.stdin.flush()
                output, errors = process.stdout.read(), process.stderr.read()
            finally:
                self.running.discard(process)
        if process.returncode:
            raise RuntimeError(f"world.py: exit {process.returncode}: {errors[-2000:]}")
        return json.loads(output)

    def stop(self):
        for process in list(self.running):
            process.kill()


def find_envoy():
    """The program itself: the package's launcher of the same name may come first on PATH."""
    for folder in os.environ["PATH"].split(os.pathsep):
        path = Path(folder) / "envoy"
        if os.access(path, os.X_OK) and path.open("rb").read(4) == b"\x7fELF":
            return str(path)
    return sys.exit("no envoy on PATH (tests/real/setup installs it)")


def measure(setup, worlds, patience=1):
    """The truth of a set-up as three letters, and what was seen on the way."""
    cluster = Cluster(setup.objects, setup.values, tuple(int(part) for part in setup.chart.split(".")))
    reasons = list(cluster.refused)
    try:
        texts = bootstrap.decode(cluster.config())
    except bootstrap.Refused as refusal:
        return letters(cluster, {}), [*reasons, str(refusal)]
    tracing, void = bootstrap.listener_tracing(texts["envoy_listener_tracing_json"], cluster.consul)
    seen = send(cluster, texts, tracing, worlds, patience)
    refusal = re.search(r"INVALID_ARGUMENT.*\.tracing[.:]", seen["proxies"].get(SERVICE, ""))
    if refusal and tracing != bootstrap.DEFAULT_TRACING:
        # Consul parses the block with the same definitions before it sends it, and falls back where that fails.
        void = f"Consul cannot parse `envoy_listener_tracing_json`: {seen['proxies'][SERVICE]}"
        seen = send(cluster, texts, bootstrap.DEFAULT_TRACING, worlds, patience)
    reasons += [void] if void else []
    reasons += seen["refusals"]
    reasons += [f"{name}: {state}" for name, state in seen["proxies"].items() if state != "ready"]
    reasons += [f"{key}: {seen[key]}" for key in ("spans", "refused_posts", "answers", "stats") if key in seen]
    return letters(cluster, seen["spans"]), reasons


def send(cluster, texts, tracing, worlds, patience):
    """Runs the proxies that there are and sends requests: what world.py saw, and `refusals` of Consul."""
    gateways, deployment, plans = cluster.gateways(), cluster.sidecar(SERVICE), []
    if gateways:
        plans.append(gateway_plan(*gateways[0], cluster))
    if deployment:
        plans.append(sidecar_plan(deployment, cluster, tracing))
    proxies, refusals = [], []
    for plan in plans:
        passing = [each["path"] for other in plans for each in other["requests"] if plan["name"] in each["passes"]]
        if texts.get("unread") and not plan["gateway"] and cluster.consul >= (1, 13, 2):
            refusals.append(f"{plan['name']}: no configuration: {texts['unread']}")
            continue
        try:
            text = bootstrap.build(plan, texts)
        except bootstrap.Refused as refusal:
            refusals.append(f"{plan['name']}: {refusal}")
            continue
        proxies.append(
            {
                "name": plan["name"],
                "bootstrap": text,
                "resolv": resolv(plan["namespace"]),
                "admin": plan["admin"],
                "expects": passing,
            }
        )
    if not proxies:
        return {"spans": {}, "proxies": {}, "refusals": refusals}
    running = {proxy["name"] for proxy in proxies}
    requests = [request for plan in plans if plan["name"] in running for request in plan["requests"]]
    world = {"names": cluster.network.names, "ports": cluster.network.ports, "proxies": proxies, "requests": requests}
    return worlds.run({**world, "patience": patience}) | {"refusals": refusals}


def letters(cluster, spans):
    gateways = cluster.gateways()
    edge = gateways[0][0] if gateways else None
    return "".join(
        [
            arrived(spans, edge, "via") if edge else "-",
            arrived(spans, SERVICE, "via") if edge else "-",
            arrived(spans, SERVICE, "direct"),
        ]
    )


def arrived(spans, name, way):
    """y: a span of each request; n: of none; ~: of some, which no mutation should come to."""
    count = sum(f"{name} /{way}/{at}" in spans for at in range(REQUESTS))
    return {0: "n", REQUESTS: "y"}.get(count, "~")


def gateway_plan(name, listeners, cluster):
    """The ingress gateway's pod, in Consul's namespace: a listener each, by hosts to the services' sidecars."""
    made, requests, clusters = [], [], {}
    for listener in listeners:
        where, protocol, hosts = (GATEWAY_IP, listener["port"]), listener["protocol"], []
        for service in listener["services"]:
            target = SERVICE if service["name"] == "*" else service["name"]
            there = SIDECAR_IP if target == SERVICE else "127.30.9.9"
            clusters[target] = bootstrap.cluster(target, there, 20000, cluster.protocol(target))
            domains = service.get("hosts") or [f"{target}.ingress.dc1.consul"]
            hosts.append(
                (
                    [
                        each
                        for domain in domains
                        for each in ([domain] if domain == "*" else [domain, f"{domain}:{listener['port']}"])
                    ],
                    target,
                )
            )
            if target == SERVICE:
                host = "shop.example.org" if domains[0] == "*" else domains[0].replace("*", "shop")
                requests += [
                    {"to": where, "host": host, "path": f"/via/{at}", "passes": [name, SERVICE]}
                    for at in range(REQUESTS)
                ]
        label = f"ingress-{listener['port']}"
        if protocol in bootstrap.HTTP:
            # Consul gives gateways no tracing of their own, whatever `envoy_listener_tracing_json` says.
            made.append(bootstrap.http_listener(label, where, hosts, bootstrap.DEFAULT_TRACING, protocol))
        else:
            made.append(bootstrap.tcp_listener(label, where, hosts[0][1]))
    return plan(name, "consul", GATEWAY_IP, cluster, made, list(clusters.values()), requests)


def sidecar_plan(deployment, cluster, tracing):
    where, protocol = (SIDECAR_IP, 20000), cluster.protocol(SERVICE)
    if protocol in bootstrap.HTTP:
        public = bootstrap.http_listener("public_listener", where, [(["*"], "local_app")], tracing, protocol)
    else:
        public = bootstrap.tcp_listener("public_listener", where, "local_app")
    clusters = [bootstrap.cluster("local_app", SIDECAR_IP, 9090, protocol)]
    requests = [{"to": where, "host": SERVICE, "path": f"/direct/{at}", "passes": [SERVICE]} for at in range(REQUESTS)]
    return plan(
        SERVICE,
        namespace(deployment),
        SIDECAR_IP,
        cluster,
        [public, bootstrap.application((SIDECAR_IP, 9090))],
        clusters,
        requests,
    )


def plan(name, namespace, ip, cluster, listeners, clusters, requests):
    agent = "consul-dataplane" if cluster.chart >= (1, 0) else "local_agent"
    return {
        "name": name,
        "namespace": namespace,
        "gateway": ip == GATEWAY_IP,
        "admin": (ip, 19000),
        "local_agent": agent,
        "listeners": listeners,
        "clusters": clusters,
        "requests": requests,
    }


def resolv(namespace):
    """As kubelet writes it for dnsPolicy ClusterFirst."""
    search = f"search {namespace}.svc.cluster.local svc.cluster.local cluster.local"
    return f"{search}\nnameserver 127.0.0.53\noptions ndots:5\n"
