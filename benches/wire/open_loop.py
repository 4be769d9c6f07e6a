#!/usr/bin/env python3
"""Whether a rehearsal sends its customers when they are due, whatever becomes of them: 2,000 a second for a minute
(open-loop.yaml), to a target that does nothing but say that it got them. Each one's due time is the observation in the
journal; when it was sent stands in the delivery's note.

    nice -n -10 benches/wire/open_loop.py
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import rig

HERE = Path(__file__).parent
SCENARIO = HERE / "open-loop.yaml"
# As in the scenario.
PORT = "28911"
WINDOW = 10_000  # microseconds
LATE = 5.0  # milliseconds, 99th percentile
EMPTY = 0.01


def scheduled(holdline: str, folder: str) -> int:
    """How many customers the seed brings: as a simulation of the same day counts them."""
    command = [holdline, "simulate", SCENARIO, "--plan", "none", "--runs", "1", "--seed", "1", "--out", f"{folder}/model"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run = json.loads(Path(folder, "model", "run.json").read_text())
    return round(next(row["mean"] for row in run["measures"] if row["kpi"] == "offered" and row["window"] == "whole"))


def rehearse(holdline: str, folder: str) -> Path:
    reply = Path(folder, "reply")
    reply.write_text("content-type: text/plain\n\nok")
    with rig.ended(subprocess.Popen([rig.built("bare", "--example", "bare"), reply, PORT], stdout=subprocess.PIPE)) as target:
        target.stdout.readline()
        command = [holdline, "rehearse", SCENARIO, "--seed", "1", "--out", f"{folder}/live"]
        done = subprocess.run(command, capture_output=True, text=True)
    journal = Path(folder, "live", "journal.jsonl")
    if not journal.exists():
        sys.exit(f"holdline ended with {done.returncode}:\n{done.stderr}")
    return journal


def read(journal: Path) -> tuple[dict, dict, int]:
    """When each contact was due and when it was sent, in microseconds; and deliveries that the target did not take."""
    due, sent, failed = {}, {}, 0
    for line in journal.open():
        line = json.loads(line)
        if line.get("kind") == "offered":
            due[json.dumps(line["who"]["contact"])] = line["at"]
        elif isinstance(line.get("note"), dict) and (delivery := line["note"].get("delivery")):
            sent[json.dumps(delivery["contact"])] = delivery["began"]
            failed += delivery.get("status") != 200 or delivery["tries"] != 1
    return due, sent, failed


def empty(moments) -> int:
    """Windows of the minute in which nothing happened."""
    return 60_000_000 // WINDOW - len({at // WINDOW for at in moments if at < 60_000_000})


def main() -> int:
    holdline = rig.built("holdline", "--bin", "holdline")
    with tempfile.TemporaryDirectory() as folder:
        expected = scheduled(holdline, folder)
        due, sent, failed = read(rehearse(holdline, folder))
    late = [(sent[contact] - at) / 1_000 for contact, at in due.items() if contact in sent]
    print(f"late by {rig.percentile(late, 0.5):.2f} ms in the median, by {max(late):.2f} ms at most")
    more = (empty(sent.values()) - empty(due.values())) / (60_000_000 / WINDOW)
    exact = len(sent) == len(due) == expected and not failed
    fine = [
        rig.row("sent", f"{len(sent):,}", f"{expected:,} as scheduled", exact),
        rig.row("lateness, 99th percentile", f"{rig.percentile(late, 0.99):.2f} ms", f"at most {LATE} ms",
                rig.percentile(late, 0.99) <= LATE),
        rig.row("10 ms windows empty beyond the schedule's", f"{more:.2%}", f"under {EMPTY:.0%}", more < EMPTY),
    ]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
