"""Runs sets one after the other in namespaces of its own (network, mounts, processes); judge.py starts it.

In, on stdin: {"folder", "tools", "envoy", "patience"} on the first line, then {"set", "folder"} a line. When stdin
ends, so does all of this. Out: a line of JSON for each set, its name and its verdict, or "failed" and why.
"""

import fcntl
import json
import os
import socket
import struct
import sys
import traceback
from pathlib import Path

from chain import Chain


def main():
    loopback_up()
    said = json.loads(sys.stdin.readline())
    chain = Chain(Path(said["folder"]), Path(said["tools"]), said["envoy"], said["patience"])
    while line := sys.stdin.readline():
        asked = json.loads(line)
        try:
            answer = chain.run(Path(asked["folder"]))
        except Exception:  # of one set; the others are asked all the same
            answer = {"failed": traceback.format_exc()[-1500:]}
        print(json.dumps({"set": asked["set"], **answer}), flush=True)
    chain.stop()
    # Threads of servers would keep it.
    os._exit(0)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


if __name__ == "__main__":
    main()
