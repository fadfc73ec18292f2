"""Reading nested data that may lack any of its parts."""


def annotations(each):
    return at(each, "metadata", "annotations", default={})


def namespace(each):
    return each["metadata"].get("namespace", "default")


def at(data, *path, default=None):
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return default if data is None else data


def selects(service, deployment):
    labels = at(deployment, "spec", "template", "metadata", "labels", default={})
    selector = service["spec"].get("selector") or {}
    same = namespace(service) == namespace(deployment)
    return bool(selector) and same and all(labels.get(key) == value for key, value in selector.items())
