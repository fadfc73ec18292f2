"""What the chain starts: processes with their logs, and small applications that hand on what they are asked."""

import http.client
import http.server
import json
import os
import subprocess
import threading
import time


class Processes:
    def __init__(self, folder):
        self.folder, self.running = folder, {}

    def start(self, label, command, environment=None):
        with open(self.folder / f"{label}.log", "wb") as log:
            self.running[label] = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )
        return self.running[label]

    def alive(self, label):
        return label in self.running and self.running[label].poll() is None

    def log(self, label):
        path = self.folder / f"{label}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        for process in reversed(self.running.values()):
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(4)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()


class Application(http.server.BaseHTTPRequestHandler):
    """As fake-service does, it hands on the path and all headers of a request to what the service calls."""

    protocol_version = "HTTP/1.1"
    upstreams = ()  # ports of its sidecar's upstream listeners

    def do_GET(self):  # noqa: N802, the name is http.server's
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "content-length")}
        answers = [get("127.0.0.1", port, self.path, headers, 5)[0] for port in self.upstreams]
        body = json.dumps(answers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def application(upstreams):
    """Starts one; returns its server, whose `server_address` has the port."""
    handler = type("Application", (Application,), {"upstreams": upstreams})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def get(host, port, path, headers=None, seconds=8):
    """Status and text; 0 and the reason where there is no answer."""
    return call("GET", host, port, path, None, headers, seconds)


def call(method, host, port, path, body, headers=None, seconds=8):
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, type(error).__name__
    finally:
        connection.close()


def wait(condition, seconds, every=0.1):
    """The first true answer of `condition`, or None after that time."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found or None
        time.sleep(every)
