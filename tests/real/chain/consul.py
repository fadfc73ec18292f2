"""The real Consul server: config entries, services, and the bootstraps that it writes for their proxies."""

import os
import re
import subprocess

from manifests import at
from programs import call, get, wait

HTTP = 8500
GATEWAY = ("127.0.0.1", 21000)  # where the chart's gateways answer `/ready`
ADDRESS = "127.0.0.1"
CHECKS = [{"Name": "ready", "TTL": "100000h", "Status": "passing"}]


def version_for(manifests):
    """What comes nearest to the chart's: one before 1.0, or none said, brings Consul 1.12, a later one 1.14 and up."""
    return "1.12.3" if manifests.old_chart() else "1.14.11"


class Consul:
    def __init__(self, program, processes, values):
        self.program, self.processes = program, processes
        self.acls = bool(at(values, "global", "acls", "manageSystemACLs", default=False))
        self.tls = bool(at(values, "global", "tls", "enabled", default=False))
        self.headers = {"Content-Type": "application/json"} | ({"X-Consul-Token": "root"} if self.acls else {})

    def start(self):
        """Why it does not start, or None."""
        command = [self.program, "agent", "-dev", "-bind", ADDRESS, "-client", ADDRESS]
        if self.acls:
            tokens = 'tokens { initial_management = "root" agent = "root" }'
            command += ["-hcl", f'acl {{ enabled = true default_policy = "deny" {tokens} }}']
        if self.tls:
            command += ["-hcl", self.certificates()]
        process = self.processes.start("consul", command)
        wait(lambda: process.poll() is not None or self.leads(), 25)
        return None if process.poll() is None and self.leads() else self.processes.log("consul")[-400:]

    def certificates(self):
        """Consul's own traffic with certificates, as with `global.tls.enabled`; the API stays open for this chain."""
        folder = self.processes.folder
        for words in (["ca", "create"], ["cert", "create", "-server", "-dc", "dc1"]):
            subprocess.run([self.program, "tls", *words], cwd=folder, check=True, capture_output=True)
        self.ca = folder / "consul-agent-ca.pem"
        key, certificate = folder / "dc1-server-consul-0-key.pem", folder / "dc1-server-consul-0.pem"
        files = f'ca_file = "{self.ca}" cert_file = "{certificate}" key_file = "{key}"'
        # 1.14 has a port of its own for gRPC with TLS; the chart gives it the number of the other.
        ports = "https = 8501" if "1.12" in str(self.program) else "https = 8501 grpc = -1 grpc_tls = 8502"
        return f"tls {{ defaults {{ {files} verify_outgoing = true }} }} ports {{ {ports} }}"

    def leads(self):
        status, leader = get(ADDRESS, HTTP, "/v1/status/leader")
        return status == 200 and leader.strip().strip('"')

    def put(self, path, body):
        """None, or what it says against it."""
        status, text = call("PUT", ADDRESS, HTTP, path, body, self.headers)
        return None if status == 200 else f"consul {status}: {text.strip()}"

    def write(self, entries):
        """{KIND/NAME: refusal} of the entries; one that waits for another is tried again, as the controller does."""
        for _ in range(2):
            refused = {key: self.put("/v1/config", entry) for key, entry in entries}
            refused = {key: why for key, why in refused.items() if why}
            entries = [(key, entry) for key, entry in entries if key in refused]
        return refused

    def register_service(self, service, port, public, upstreams):
        """The two registrations of consul-k8s' endpoints controller; the proxy's id, and what Consul refuses."""
        identity = f"{service}-pod"
        proxy = {
            "DestinationServiceName": service,
            "DestinationServiceID": identity,
            "LocalServiceAddress": ADDRESS,
            "LocalServicePort": port,
            "Upstreams": [{"DestinationName": name, "LocalBindPort": port} for name, port in upstreams.items()],
        }
        common = {"Address": ADDRESS, "Checks": CHECKS}
        bodies = [
            common | {"Name": service, "ID": identity, "Port": port},
            common
            | {
                "Kind": "connect-proxy",
                "Name": f"{service}-sidecar-proxy",
                "ID": f"{identity}-sidecar-proxy",
                "Port": public,
                "Proxy": proxy,
            },
        ]
        refused = {f"register {body['Name']}": self.put("/v1/agent/service/register", body) for body in bodies}
        return f"{identity}-sidecar-proxy", {key: why for key, why in refused.items() if why}

    def register_gateway(self, gateway):
        """As the chart's ingress-gateways-deployment.yaml (0.46.1) does."""
        host, port = GATEWAY
        config = {
            "envoy_gateway_no_default_bind": True,
            "envoy_gateway_bind_addresses": {"all-interfaces": {"address": "0.0.0.0"}},
        }
        body = {
            "Kind": "ingress-gateway",
            "Name": gateway,
            "ID": f"{gateway}-pod",
            "Address": host,
            "Port": port,
            "TaggedAddresses": {"lan": {"Address": host, "Port": port}},
            "Checks": CHECKS,
            "Proxy": {"Config": config},
        }
        return f"{gateway}-pod", self.put("/v1/agent/service/register", body)

    def bootstrap(self, proxy, admin, gateway):
        """The bootstrap's text and None, or None and why there is none."""
        command = [self.program, "connect", "envoy"]
        if gateway:
            command += ["-gateway=ingress", "-address={}:{}".format(*GATEWAY)]
        command += ["-proxy-id", proxy, "-bootstrap", "-admin-bind", f"{ADDRESS}:{admin}"]
        environment = {"CONSUL_HTTP_ADDR": f"{ADDRESS}:{HTTP}", "CONSUL_GRPC_ADDR": f"{ADDRESS}:8502"}
        environment |= {"CONSUL_HTTP_TOKEN": "root"} if self.acls else {}
        if self.tls:
            environment |= {"CONSUL_GRPC_ADDR": f"https://{ADDRESS}:8502", "CONSUL_CACERT": str(self.ca)}
            environment |= {"CONSUL_GRPC_CACERT": str(self.ca)}
        done = subprocess.run(
            [str(word) for word in command],
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        if done.returncode or not done.stdout.strip():
            return None, f"no bootstrap (exit {done.returncode}): {(done.stderr or done.stdout).strip()[:400]}"
        if self.tls and "trusted_ca" not in done.stdout:
            return None, "the bootstrap does not ask Consul by TLS"
        return done.stdout, None

    def warnings(self):
        lines = self.processes.log("consul").splitlines()
        about = re.compile(r"\[(WARN|ERROR)\].*(xds|racing|envoy|bootstrap|proxycfg)")
        return sorted({re.sub(r"^\S+ (\[\w+\])", r"\1", line)[:300] for line in lines if about.search(line)})[:8]
