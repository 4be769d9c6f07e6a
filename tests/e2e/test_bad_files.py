"""Bad scenario files: each is refused at once, with exit code 2, a message that shows the place, and bounded memory."""

import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import HELD_OR_BENT, INVALID, ROOT, binary, environment

DESK = """\
desk: small
channels:  { phone: { style: call } }
reasons:   { any: { handle: 3m } }
customers: { patience: { phone: 2m } }
contacts:  [ { channel: phone, rate: 100/h } ]
teams:     { phones: { people: 20, answers: [phone] } }
"""
DAY = """\
scenario: bad
desk: desk.yaml
length: 1h
"""

# name: (the scenario's text, what the message must say (patterns), the line it must point at)
BAD = {
    "unknown field": (DAY + "lenght: 2h\n", ["lenght", "length"], 4),
    "wrong unit": (DAY.replace("1h", "1 fortnight"), ["fortnight"], 3),
    "no unit": (DAY.replace("1h", "60"), ["60"], 3),
    "unknown name": (DAY + "absences:\n  - { name: flu, team: phone, at: start, people: 3 }\n", ["`phone`", "phones"], 5),
    "misspelt measure": (DAY + "expect:\n  - { kpi: abandonmnt, max: 5% }\n", ["abandonmnt", "abandonment"], 5),
    "cyclic extends": ("scenario: bad\nextends: bad.yaml\n", ["extends|itself|circle"], None),
    "path outside the folder": (DAY.replace("desk.yaml", "../../../etc/passwd"), ["passwd"], 2),
    "absolute path": (DAY.replace("desk.yaml", "/etc/passwd"), ["passwd"], 2),
    "alias bomb": (
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9))
        + DAY,
        ["alias"],
        None,
    ),
    "deep nesting": (DAY + "about: " + "[" * 20_000 + "]" * 20_000 + "\n", ["nest|deep"], None),
    "negative factor": (
        DAY + "surges:\n  - { name: sale, channels: [phone], times: -2, at: 10m, for: 10m }\n", ["-2"], 5
    ),
    "absurd length": (DAY.replace("1h", "900000d"), ["length|long"], 3),
    "empty file": ("", ["empty"], None),
    "not UTF-8": (b"scenario: bad\nabout: caf\xe9\ndesk: desk.yaml\n", ["UTF-8"], None),
    "unquoted comma in a text": (
        DAY + "expect:\n  - { name: not too many, please, kpi: abandonment, max: 5% }\n", ["quote"], 5
    ),
    "duplicate key": (DAY + "length: 2h\n", ["length"], 4),
}  # fmt: skip


# A new process counts the peak of the one it was forked from as its own until then (Linux keeps it across exec), and
# pytest with every SDK loaded is large. So a small Python of its own starts the command, and says what it used.
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
open(sys.argv[1], "w").write(f"{os.waitstatus_to_exitcode(status)} {used.ru_maxrss}")
"""


def check(folder, name="bad.yaml"):
    """(exit code, what was said, most memory in MiB)"""
    said, measured = folder / "said", folder / "measured"
    command = [sys.executable, "-S", "-c", MEASURED, str(measured), binary(), "check", str(folder / name)]
    with said.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
        try:
            process.wait()
        except BaseException:  # out of time
            os.killpg(process.pid, signal.SIGKILL)
            raise
    code, kibibytes = map(int, measured.read_text().split())
    return code, said.read_text(errors="replace"), kibibytes / 1024


def test_memory_is_that_of_the_command_alone(folder):
    ballast = b"x" * (200 << 20)
    _, _, memory = check(folder, "desk.yaml")
    assert len(ballast) > 150 << 20 and 1 < memory < 150, f"{memory:.0f} MiB"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "desk.yaml").write_text(DESK)
    return tmp_path


def refused(folder):
    code, said, memory = check(folder)
    assert code == INVALID, said
    assert "panicked" not in said and said.strip()
    assert memory < 150, f"{memory:.0f} MiB"
    return said


def test_the_good_one_is_good(folder):
    """Else every other test here could pass for the wrong reason."""
    (folder / "bad.yaml").write_text(DAY)
    code, said, _ = check(folder)
    assert code == HELD_OR_BENT, said


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", BAD)
def test_refused(folder, name):
    text, words, line = BAD[name]
    (folder / "bad.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    said = refused(folder)
    assert "bad.yaml" in said
    for word in words:
        assert re.search(word, said, re.I), said
    if line:
        assert f"bad.yaml:{line}:" in said, said


@pytest.mark.timeout(20)
def test_a_huge_file_is_not_read(folder):
    with (folder / "bad.yaml").open("wb") as file:
        file.write(DAY.encode())
        file.truncate(200 * 1024 * 1024)
    said = refused(folder)
    assert "bad.yaml" in said and "MB" in said.replace("MiB", "MB"), said


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_no_file(folder, name):
    code, said, _ = check(folder, name)
    assert code == INVALID and "panicked" not in said, said
