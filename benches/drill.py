#!/usr/bin/env python3
"""How soon state reaches 200 participants of one drill, what the process takes, and how soon the three days are there.

    benches/drill.py                                   200 participants, 60 words to everybody, triple the pages of a real room
    benches/drill.py --people 400 --words 20

A shipped drill runs at x60 with every participant's stream open; one more client never reads its stream, and one asks for
joins with wrong codes all the time. The facilitator announces something again and again; what is measured is from its
command going out to the words being read at each stream, with the clients on the same two processors. Afterwards the drill
is ended: the after-action page's content is waited for.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LATEST, LARGEST, SOONEST = 0.250, 150.0, 2.0  # seconds, megabytes, seconds


class Served:
    def __init__(self, scenario: str, folder: str):
        binary = os.environ.get("HOLDLINE_BIN") or f"{os.environ.get('CARGO_TARGET_DIR', ROOT / 'target')}/release/holdline"
        self.process = subprocess.Popen(
            [binary, "drill", scenario, "--port", "0", "--out", folder],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for line in self.process.stdout:
            words = line.split()
            if line.startswith("facilitator"):
                self.facilitator = words[1].split("#")[1]
            if line.startswith("join"):
                self.host, self.code = words[1].removeprefix("http://").strip("/"), words[-1]
            if "Ctrl-C" in line:
                return
        sys.exit("the drill did not start")

    def megabytes(self, what: str = "VmRSS") -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) / 1024

    async def ask(self, method: str, path: str, token: str = "", body: dict | None = None):
        host, port = self.host.split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 22)
        data = json.dumps(body).encode() if body is not None else b""
        writer.write(
            f"{method} {path} HTTP/1.1\r\nhost: {self.host}\r\nconnection: close\r\ncontent-type: application/json\r\n"
            f"x-holdline-token: {token}\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data
        )
        await writer.drain()
        return reader, writer

    async def whole(self, *asked):
        reader, writer = await self.ask(*asked)
        text = await reader.read()
        writer.close()
        head, _, body = text.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    async def do(self, **command):
        status, body = await self.whole("POST", "/api/do", self.facilitator, command)
        assert status == 200, body


async def follow(reader, heard: dict[str, list[float]]):
    """Notes when each announcement is read."""
    rest = b""
    while data := await reader.read(1 << 16):
        rest += data
        *events, rest = rest.split(b"\n\n")
        for event in events:
            for name in heard:
                if f'"word {name}."'.encode() in event:
                    heard[name].append(time.perf_counter())
                    break


async def hostile(served: Served):
    while True:
        await served.whole("POST", "/api/join", "", {"code": "AAAAAA", "name": "x" * 5_000, "role": "lead"})
        await asyncio.sleep(0.01)


async def measure(served: Served, people: int, words: int, roles: list[str]):
    await served.do(do="start")
    await served.do(do="pace", pace=60)
    waiting: list[dict[str, list[float]]] = []
    tasks = []
    for n in range(people):
        status, body = await served.whole("POST", "/api/join", "", {"code": served.code, "name": f"p{n}", "role": roles[n % len(roles)]})
        assert status == 200, body
        reader, writer = await served.ask("GET", "/api/state", json.loads(body)["token"])
        heard: dict[str, list[float]] = {}
        waiting.append(heard)
        tasks.append((asyncio.create_task(follow(reader, heard)), writer))
    _, sleeper = await served.ask("GET", "/api/state", served.facilitator)
    noise = asyncio.create_task(hostile(served))
    await asyncio.sleep(2)
    took: list[float] = []
    for word in range(words):
        name = str(word)
        for heard in waiting:
            heard.clear()
            heard[name] = []
        sent = time.perf_counter()
        await served.do(do="announce", text=f"word {name}.")
        while not all(heard[name] for heard in waiting):
            assert time.perf_counter() - sent < 10, "somebody never heard it"
            await asyncio.sleep(0.005)
        took += [heard[name][0] - sent for heard in waiting]
        await asyncio.sleep(0.35)
    size, peak = served.megabytes(), served.megabytes("VmHWM")
    noise.cancel()
    await served.do(do="rewind", to=0)
    while json.loads((await served.whole("GET", "/api/me", served.facilitator))[1]).get("error"):
        await asyncio.sleep(0.1)
    await served.do(do="resume")
    await served.do(do="pace", pace=600)
    # The whole day goes by in steps from inject to inject.
    while True:
        status, body = await served.whole("POST", "/api/do", served.facilitator, {"do": "step"})
        if status != 200:
            break
    ended = time.perf_counter()
    while (await served.whole("GET", "/api/after", served.facilitator))[0] != 200:
        assert time.perf_counter() - ended < 60, "the report never comes"
        await asyncio.sleep(0.02)
    three_days = time.perf_counter() - ended
    sleeper.close()
    for task, writer in tasks:
        task.cancel()
        writer.close()
    return sorted(took), size, peak, three_days


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default="scenarios/drills/phones-in-a-storm.yaml")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--roles", default="lead,communications,floor")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(asked.scenario, folder)
        try:
            took, size, peak, three = asyncio.run(measure(served, asked.people, asked.words, asked.roles.split(",")))
        finally:
            served.process.send_signal(signal.SIGKILL)
    at = lambda share: took[min(len(took) - 1, int(share * len(took)))]
    good = lambda is_good: "good" if is_good else "TOO MUCH"
    print(f"state at {asked.people} participants, {len(took)} readings")
    print(f"  p50 {at(0.5) * 1e3:6.0f} ms   p90 {at(0.9) * 1e3:6.0f} ms   max {took[-1] * 1e3:6.0f} ms")
    print(f"  p99 {at(0.99) * 1e3:6.0f} ms   asked: at most {LATEST * 1e3:.0f} ms       {good(at(0.99) <= LATEST)}")
    print(f"  memory {size:.0f} MB (peak {peak:.0f})   asked: under {LARGEST:.0f} MB   {good(peak < LARGEST)}")
    print(f"the three days after the end: {three:.2f} s   asked: within {SOONEST:.0f} s   {good(three <= SOONEST)}")
    sys.exit(0 if at(0.99) <= LATEST and peak < LARGEST and three <= SOONEST else 1)


if __name__ == "__main__":
    main()
