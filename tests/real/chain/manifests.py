"""What a folder of manifests says, as far as a cluster would make processes of it.

In: a folder. Out: a `Manifests`: objects, Helm values, the chart's version; which services have sidecars, which
gateways have pods. Injection and the chart's templates are imitated here, since nothing runs them without a cluster.
"""

import json
import re

import yaml

SUFFIXES = (".yaml", ".yml", ".json")
INJECT = "consul.hashicorp.com/connect-inject"
SERVICE = "consul.hashicorp.com/connect-service"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


def at(node, *path, default=None):
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return default if node is None else node


def group(each):
    return str(each.get("apiVersion", "")).split("/")[0]


def name(each):
    return str(at(each, "metadata", "name"))


def namespace(each):
    return str(at(each, "metadata", "namespace", default="default"))


def selects(service, workload):
    selector = at(service, "spec", "selector", default={})
    labels = at(workload, "spec", "template", "metadata", "labels", default={})
    same = namespace(service) == namespace(workload)
    return bool(selector) and same and all(labels.get(key) == value for key, value in selector.items())


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def documents(path):
    text = path.read_text()
    read = [json.loads(text)] if path.suffix == ".json" else yaml.safe_load_all(text)
    for each in read:
        if isinstance(each, dict):
            yield from each["items"] if each.get("kind") == "List" else [each]


class Manifests:
    """`objects`, `values` of Consul's chart or None, `chart` its version or None; `refused`: files that are no YAML;
    `notes`: what was assumed, for people."""

    def __init__(self, folder):
        self.objects, self.values, self.chart = [], None, None
        self.refused, self.notes = {}, []
        for path in files(folder):
            if path.name == "kustomization.yaml":
                continue
            try:
                for each in list(documents(path)):
                    self.add(path, each)
            except (ValueError, yaml.YAMLError) as error:
                self.refused[path.name] = f"kubectl: {' '.join(str(error).split())[:200]}"

    def add(self, path, each):
        if "kind" in each or "apiVersion" in each:
            if each.get("kind") in WORKLOADS and not env_is_text(each):
                key = f"{each['kind']}/{name(each)}"
                self.refused[key] = "API server: the value of an environment variable is no text"
            else:
                self.objects.append(each)
        elif path.name.startswith("values") or "consul" in str(path.parent.name):
            self.values = each
            found = re.search(r"^# chart: consul (\S+)", path.read_text(), re.MULTILINE)
            self.chart = found and found[1]

    def of(self, kind, within=None):
        return [each for each in self.objects if each.get("kind") == kind and within in (None, group(each))]

    def workloads(self, kinds=WORKLOADS):
        return [each for kind in kinds for each in self.of(kind)]

    def old_chart(self):
        return self.chart is None or self.chart.startswith("0.")

    def injects_by_default(self):
        return bool(at(self.values, "connectInject", "default", default=False))

    def is_injected(self, annotations, words=("true", "t", "1")):
        asked = (annotations or {}).get(INJECT)
        return self.injects_by_default() if asked is None else str(asked).lower() in words

    # --- services with sidecars

    def services(self):
        """{service: {"namespace", "calls"}}; of the names in the config entries where there are no workloads at all."""
        found = {}
        for each in self.workloads():
            if self.is_injected(at(each, "spec", "template", "metadata", "annotations")):
                service = self.service_of(each)
                if service:
                    found[service] = {"namespace": namespace(each), "calls": calls(each)}
        if not self.workloads():
            found = self.assumed()
        for each in found.values():
            each["calls"] = [one for one in each["calls"] if one in found]
        return found

    def service_of(self, workload):
        """The name under which consul-k8s' endpoints controller registers its pods."""
        said = at(workload, "spec", "template", "metadata", "annotations", default={}).get(SERVICE)
        selecting = [name(each) for each in self.of("Service") if selects(each, workload)]
        if said or selecting:
            return said or selecting[0]
        if self.of("Service"):
            self.notes.append(f"workload {name(workload)}: no Service selects its pods, so Consul gets no service")
            return None
        return name(workload)

    def assumed(self):
        defaults = {name(each): namespace(each) for each in self.of("ServiceDefaults")}
        names = [*defaults]
        for each in self.of("IngressGateway"):
            for listener in at(each, "spec", "listeners", default=[]):
                names += [service.get("name") for service in listener.get("services") or []]
        names = [each for each in dict.fromkeys(names) if each and each != "*"] or ["web"]
        places = {each: defaults.get(each, "default") for each in names}
        jaegers = [namespace(each) for each in self.of("Jaeger")]
        if jaegers:  # the guide's example of a Deployment is in the namespace of Jaeger
            places = {each: jaegers[0] if place == "default" else place for each, place in places.items()}
        found = {each: {"namespace": place, "calls": []} for each, place in places.items()}
        if "web" in found and "api" in found:
            found["web"]["calls"] = ["api"]
        self.notes.append(f"no workloads among the files: {', '.join(found)} assumed")
        return found

    # --- gateways with pods

    def gateways(self):
        """[(name, namespace, object)]"""
        installed = None
        if self.values is not None:
            said = self.values.get("ingressGateways") or {}
            installed = [each.get("name") for each in said.get("gateways") or []] if said.get("enabled") else []
        found = []
        for each in self.of("IngressGateway", "consul.hashicorp.com"):
            if installed is not None and name(each) not in installed:
                self.notes.append(f"IngressGateway {name(each)}: no pods, the Helm values name {installed}")
                continue
            found.append((name(each), namespace(each), each))
        for each in self.of("Gateway"):
            if at(each, "spec", "gatewayClassName") == "consul":
                found.append((name(each), namespace(each), each))
        return found


def env_is_text(workload):
    containers = at(workload, "spec", "template", "spec", "containers", default=[])
    values = [each.get("value") for container in containers for each in container.get("env") or []]
    return all(value is None or isinstance(value, str) for value in values)


def calls(workload):
    """The services that a workload calls: as fake-service is told, or by Consul's annotation."""
    pod = at(workload, "spec", "template", default={})
    found = []
    for container in at(pod, "spec", "containers", default=[]):
        for each in container.get("env") or []:
            if each.get("name") == "UPSTREAM_URIS":
                found += [re.sub(r"^\w+://", "", uri) for uri in str(each.get("value") or "").split(",") if uri]
    said = at(pod, "metadata", "annotations", default={}).get("consul.hashicorp.com/connect-service-upstreams")
    found += [each for each in str(said or "").split(",") if each]
    return [re.split(r"[:/.]", each.strip())[0] for each in found]
