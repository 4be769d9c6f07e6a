"""What the tests of `holdline mocks` share: the real binary under way, its control API, and a target that listens.

The binary is `HOLDLINE_BIN`, else target/release/holdline. Everything is on loopback.
"""

import os
import queue
import shlex
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


def binary() -> str:
    path = os.environ.get("HOLDLINE_BIN") or str(ROOT / "target" / "release" / "holdline")
    if not Path(path).exists():
        pytest.exit(f"{path} is missing: cargo build --release, or set HOLDLINE_BIN", 2)
    return path


def wait_for(what, within: float = 20):
    """Waits until `what()` is true; gives what it gave."""
    ends = time.monotonic() + within
    while not (got := what()):
        assert time.monotonic() < ends, f"waited {within} s in vain"
        time.sleep(0.02)
    return got


class Mocks:
    """`holdline mocks` under way; `env` is what it printed for `eval`."""

    def __init__(self, *arguments: str):
        self.process = subprocess.Popen(
            [binary(), "mocks", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("# ready"):
                break
        else:
            pytest.fail(f"it ended before it was ready: {self.lines}")
        exports = [shlex.split(line) for line in self.lines[:-1]]
        assert all(words[0] == "export" and len(words) == 2 for words in exports), self.lines
        self.env = dict(words[1].split("=", 1) for words in exports)
        self.http = requests.Session()
        if token := self.env.get("HOLDLINE_CONTROL_TOKEN"):
            self.http.headers["Authorization"] = f"Bearer {token}"

    def control(self, method: str, path: str, **body):
        """Asks the control API, which must not refuse."""
        reply = self.http.request(method, self.env["HOLDLINE_CONTROL_URL"] + path, json=body or None, timeout=10)
        assert reply.ok, reply.text
        return reply.json()

    def fault(self, vendor: str, fault: str, **params) -> str:
        return self.control("POST", "/faults", vendor=vendor, fault=fault, params=params)["id"]

    def emit(self, vendor: str, event: str, **params) -> dict:
        return self.control("POST", f"/emit/{vendor}", event=event, params=params)

    def target(self, vendor: str, **where) -> dict:
        return self.control("PUT", f"/targets/{vendor}", **where)

    def journal(self, vendor: str, kind: str = "request") -> list[dict]:
        entries = self.control("GET", f"/journal/{vendor}")["entries"]
        return [entry for entry in entries if entry["kind"] == kind]

    def end(self, how: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(10)


@pytest.fixture(scope="session")
def all_mocks():
    running = Mocks()
    yield running
    assert running.end() == 0


@pytest.fixture
def mocks(all_mocks):
    """The mocks as if they had just been started."""
    all_mocks.control("POST", "/reset")
    return all_mocks


@dataclass
class Call:
    """What the mocks sent to the target."""

    path: str
    headers: dict
    body: bytes


class Target:
    """A small server that keeps what it is sent and answers what `answer(call)` says: (status, type, body)."""

    def __init__(self):
        self.calls: queue.Queue[Call] = queue.Queue()
        self.answer = lambda call: (200, "text/plain", b"ok")
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                call = Call(self.path, dict(self.headers), body)
                status, kind, reply = target.answer(call)
                target.calls.put(call)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, within: float = 20) -> Call:
        return self.calls.get(timeout=within)


@pytest.fixture
def target():
    one = Target()
    yield one
    one.server.shutdown()
    one.server.server_close()
