"""What the scripts beside this one share: the mocks as a process, its memory, wrk, and a table of what is asked and what is so."""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
KEY = "sk-mock"
CHAT = "/v1/chat/completions"
# One core for who answers, one for who asks.
SERVER_CORE, CLIENT_CORE = 0, 1


def built(name: str, *cargo: str) -> str:
    """The path of one of our programs (HOLDLINE_BIN or BARE_BIN, if it is set), built if it is not there."""
    given = os.environ.get(f"{name.upper()}_BIN")
    path = Path(given) if given else TARGET / ("" if name == "holdline" else "examples") / name
    if not path.exists():
        subprocess.run(["cargo", "build", "--release", "--locked", *cargo], cwd=ROOT, check=True)
    return str(path)


def chat_of(size: int) -> str:
    """A chat request whose body has so many bytes."""
    def body(words: str) -> str:
        return json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": words}]})
    question = "Where is my order A-1007? "
    return body(question + "x" * (size - len(body(question))))


def on_core(core: int) -> list[str]:
    return ["taskset", "-c", str(core)]


class Mocks:
    """`holdline mocks` at work."""

    def __init__(self, *arguments: str, core: int | None = None):
        command = [built("holdline", "--bin", "holdline"), "mocks", "--no-token", *arguments]
        began = time.perf_counter()
        self.process = subprocess.Popen(
            (on_core(core) if core is not None else []) + command, stdout=subprocess.PIPE, text=True)
        self.env: dict[str, str] = {}
        for line in self.process.stdout:
            if line.startswith("# ready"):
                break
            name, _, value = line.removeprefix("export ").strip().partition("=")
            self.env[name] = value.strip("'\"")
        else:
            sys.exit("the mocks did not start")
        self.ready_in = time.perf_counter() - began

    def resident(self) -> float:
        """Megabytes in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def control(self, method: str, path: str, body: dict | None = None) -> dict:
        url = self.env["HOLDLINE_CONTROL_URL"] + path
        request = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    @property
    def openai(self) -> str:
        return self.env["OPENAI_BASE_URL"].removesuffix("/v1")

    def end(self):
        self.process.terminate()
        self.process.wait()


@contextmanager
def mocks(*arguments: str, core: int | None = None):
    running = Mocks(*arguments, core=core)
    try:
        yield running
    finally:
        running.end()


class Wrk:
    """wrk on its own core, with so many connections, that posts a chat request of 1 KB; `anew`: each with other words."""

    def __init__(self, connections: int = 32, anew: bool = False):
        if not shutil.which("wrk"):
            sys.exit("wrk is missing: apt-get install wrk, or build it from github.com/wg/wrk")
        self.connections = connections
        self.script = tempfile.NamedTemporaryFile("w", suffix=".lua")
        # What is the same for every request is made once: wrk's own work stays small.
        self.script.write(f"""
            wrk.method = "POST"
            wrk.body = [[{chat_of(1024)}]]
            wrk.headers["Content-Type"] = "application/json"
            wrk.headers["Authorization"] = "Bearer {KEY}"
        """)
        if anew:
            self.script.write(f"""
                local number, before, behind = 0
                function init()
                    before, behind = wrk.format():match("^(.*)xxxxxxxxxx(.*)$")
                    math.randomseed(os.time())
                    number = math.random(1e9)
                end
                function request()
                    number = number + 1
                    return before .. string.format("%010d", number) .. behind
                end
            """)
        self.script.flush()

    def run(self, url: str, seconds: float) -> tuple[int, float]:
        """Requests answered by 200, and how many a second."""
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds:.0f}s", "-s", self.script.name, url]
        said = subprocess.run(on_core(CLIENT_CORE) + command, capture_output=True, text=True, check=True).stdout
        if found := re.search(r"(Non-2xx or 3xx responses|Socket errors): .*", said):
            sys.exit(f"{url}: {found[0]}")
        return int(re.search(r"(\d+) requests in", said)[1]), float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


@contextmanager
def ended(process: subprocess.Popen):
    """Ends a program behind us."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def answers(url: str, within: float = 30) -> bool:
    """Whether a chat request to this URL is answered by 200, sooner or later."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            with post(url) as reply:
                return reply.status == 200
        except OSError:
            time.sleep(0.1)
    return False


def post(url: str):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    return urllib.request.urlopen(urllib.request.Request(url, chat_of(1024).encode(), headers), timeout=10)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def row(what: str, is_so: str, asked: str, fine: bool) -> bool:
    print(f"{what:<52} {is_so:>14}   asked: {asked:<18} {'' if fine else 'MISSED'}".rstrip(), flush=True)
    return fine


def median(values: list[float]) -> float:
    return statistics.median(values)
