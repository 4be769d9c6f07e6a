"""What the end-to-end tests share: running the binary, and reading what it wrote.

The binary is `HOLDLINE_BIN`, else target/release/holdline.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
TARGETS = ROOT / "tests" / "targets"
HELD_OR_BENT, BROKE, INVALID, NOT_READY, VOID, WORSE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def binary() -> str:
    path = os.environ.get("HOLDLINE_BIN") or str(ROOT / "target" / "release" / "holdline")
    if not Path(path).exists():
        pytest.exit(f"{path} is missing: cargo build --release, or set HOLDLINE_BIN", 2)
    return path


def environment(**more: str) -> dict[str, str]:
    """Ours, with the venv's python3 in front: the scenarios start `python3 bot.py`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **more}


@dataclass
class Done:
    """A finished run of the binary."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def holdline(*arguments, timeout: float = 600, **more: str) -> Done:
    """Runs the binary to its end, without a terminal: so nothing it says may hold an escape code."""
    command = [more.get("HOLDLINE_BIN") or binary(), *map(str, arguments)]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment(**more), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout
    )
    done = Done(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
    assert "\x1b" not in done.said, f"escape codes without a terminal: {done.said!r}"
    assert "panicked at" not in done.said, done.said
    return done


class Day:
    """What a run left in its folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.bytes = (folder / "run.json").read_bytes()
        self.run = json.loads(self.bytes)

    @property
    def verdict(self) -> str:
        verdict = self.run["verdict"]
        return verdict["word"] if isinstance(verdict, dict) else verdict

    def rows(self, kpi: str, stat: str | None = None, window: str = "whole", **narrow: str) -> list[dict]:
        """The rows of `measures` of this measure that are narrowed to exactly this."""
        keys = ("channel", "team", "reason", "segment", "of")
        return [
            row
            for row in self.run["measures"]
            if row["kpi"] == kpi
            and row["window"] == window
            and (stat is None or row["stat"] == stat)
            and all(row.get(key) == narrow.get(key) for key in keys)
        ]

    def figure(self, kpi: str, stat: str = "value", window: str = "whole", **narrow: str) -> float | None:
        """The mean over runs; None where nothing was measured. A rehearsal has one plan, so one row at the most."""
        rows = self.rows(kpi, stat, window, **narrow)
        assert len(rows) <= 1, rows
        return rows[0]["mean"] if rows and rows[0]["runs"] else None

    def journal(self) -> list[dict]:
        """Every line of the journal; each must be whole."""
        return [json.loads(line) for line in (self.folder / "journal.jsonl").read_text().splitlines()]


def processes() -> dict[int, tuple[int, str, str]]:
    """Every living process: parent, start time (so that a reused id is not the same process), command."""
    alive = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, rest = (entry / "stat").read_text().rsplit(")", 1)
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            fields = rest.split()
            if fields[0] != "Z":
                alive[int(entry.name)] = (int(fields[1]), fields[19], command)
    return alive


def descendants(pid: int) -> dict[int, tuple[str, str]]:
    """All processes below this one: start time and command by id."""
    alive, found, parents = processes(), {}, {pid}
    while parents:
        below = {child for child, (parent, *_) in alive.items() if parent in parents and child not in found}
        found.update({child: alive[child][1:] for child in below})
        parents = below
    return found


def wait_for(what, within: float, every: float = 0.1):
    """Waits until `what()` is true; gives what it gave."""
    ends = time.monotonic() + within
    while not (got := what()):
        assert time.monotonic() < ends, f"waited {within} s in vain"
        time.sleep(every)
    return got


def gone(family: dict[int, tuple[str, str]]) -> bool:
    alive = processes()
    return not any(pid in alive and alive[pid][1] == start for pid, (start, _) in family.items())


class Rehearsal:
    """A rehearsal in the background."""

    def __init__(self, scenario: Path, folder: Path, *more: str, **environ: str):
        self.folder = folder
        self.said = folder.with_suffix(".said")
        self.process = subprocess.Popen(
            [binary(), "rehearse", str(scenario), "--out", str(folder), *more],
            cwd=ROOT, env=environment(**environ), stdin=subprocess.DEVNULL, stdout=self.said.open("wb"), stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def journal_lines(self) -> int:
        journal = self.folder / "journal.jsonl"
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    def wait_until_under_way(self, lines: int = 30, within: float = 90):
        """Until the journal has so many lines."""
        def under_way():
            assert self.process.poll() is None, self.said.read_text()
            return self.journal_lines() >= lines

        wait_for(under_way, within)

    def family(self) -> dict[int, tuple[str, str]]:
        return descendants(self.process.pid)

    def finish(self, timeout: float = 400) -> Done:
        code = self.process.wait(timeout)
        text = self.said.read_text()
        assert "\x1b" not in text and "panicked at" not in text, text
        return Done(code, text, "")

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)


@pytest.fixture(scope="module")
def browser():
    """Chromium, for a file of tests."""
    chromium = os.environ.get("HOLDLINE_CHROMIUM") or shutil.which("chromium")
    assert chromium, "tests/run.sh installs chromium"
    # Only here: most tests need no browser.
    from playwright.sync_api import sync_playwright

    # Root in a container has no sandbox.
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield running
        running.close()


@pytest.fixture
def rehearsal(tmp_path):
    """Starts rehearsals that end with the test."""
    begun = []

    def begin(scenario: Path, *more: str) -> Rehearsal:
        begun.append(Rehearsal(scenario, tmp_path / f"run-{len(begun)}", *more))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


# Rehearsals whose time is spent waiting: those that the chosen tests look at are played at the same time. The targets come
# first, since the start of a Python program with its SDKs is the only work here that could make a pace of 20 late.
TOGETHER = {
    name: TARGETS / f"{name}.yaml"
    for name in ("naive", "resilient", "sdk-probe", "llm-down-already", "silent", "garbage", "planted", "not-planted", "socket", "services",
                 "careless", "careful", "voice", "voice-silent", "mail")
}
E2E = ROOT / "tests" / "e2e"
AT_A_PACE = {
    "first": SCENARIOS / "first-rehearsal.yaml",
    "offers": E2E / "offers" / "day.yaml",
    "wire-faults": E2E / "wire_faults" / "day.yaml",
    "wire-faults-again": E2E / "wire_faults" / "day.yaml",
}
ARGUMENTS = {"offers": ("--seed", "3")}


@dataclass
class Rehearsed:
    """A rehearsal that came to its end, and every process that was seen below it."""

    done: Done
    folder: Path
    family: dict[int, tuple[str, str]]

    @property
    def day(self) -> Day:
        """What it left, which is worth looking at only of a target that got ready."""
        assert self.done.code != NOT_READY, self.done.said
        return Day(self.folder)


def pytest_configure(config):
    config.addinivalue_line("markers", "rehearsals(*names): looks at these rehearsals, played together")


@pytest.fixture(scope="session")
def rehearsed(request, tmp_path_factory) -> dict[str, Rehearsed]:
    """The rehearsals that the chosen tests are marked with."""
    marks = [mark for item in request.session.items for mark in item.iter_markers("rehearsals")]
    wanted = {name for mark in marks for name in mark.args}
    folder = tmp_path_factory.mktemp("together")
    begun: dict[str, Rehearsal] = {}
    families: dict[str, dict] = {}

    def begin(scenarios: dict[str, Path]):
        for name in sorted(wanted & scenarios.keys()):
            probe = str(folder / f"{name}.probe")
            begun[name] = Rehearsal(scenarios[name], folder / name, *ARGUMENTS.get(name, ()), PROBE_OUT=probe)
            families[name] = {}

    def watched(over) -> bool:
        for name, one in begun.items():
            families[name] |= one.family()
        return all(over(one) or one.process.poll() is not None for one in begun.values())

    try:
        begin(TOGETHER)
        wait_for(lambda: watched(lambda one: one.journal_lines() > 20), within=90)
        begin(AT_A_PACE)
        wait_for(lambda: watched(lambda one: False), within=400, every=0.3)
        return {name: Rehearsed(one.finish(), one.folder, families[name]) for name, one in begun.items()}
    finally:
        for one in begun.values():
            one.end()


@pytest.fixture(scope="session")
def first_rehearsal(rehearsed) -> tuple[Done, Day]:
    """The first command of the README, once for all tests that look at what it leaves."""
    first = rehearsed["first"]
    assert (first.folder / "run.json").exists(), first.done.said
    return first.done, first.day
