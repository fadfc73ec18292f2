"""The mutations: each a name, what it does in one line, the truth it is known to have, and an edit of a set-up as data.

`truth`: three letters for the gateway's own spans, web's spans of requests through the gateway, and web's spans of
requests straight at its sidecar. y: they arrive; n: they do not; -: nothing there could send any.
`unseen`: what the files do not say, so that `check` may answer null. `apart`: only a cluster decides, and why; such a
mutation is not compared.
"""

from corpus import backends, clusters, entries, names, ports, rendered, sidecars, texts, tracers
from corpus.setup import MUTATIONS, Setup

__all__ = [
    "MUTATIONS",
    "Setup",
    "backends",
    "clusters",
    "entries",
    "names",
    "ports",
    "rendered",
    "sidecars",
    "texts",
    "tracers",
]
