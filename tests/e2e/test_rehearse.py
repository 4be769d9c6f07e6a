"""Rehearsals of the built-in desk and what happens when they are cut short."""

import json
import signal

import pytest
from conftest import BROKE, HELD_OR_BENT, INTERRUPTED, INVALID, SCENARIOS, TARGETS, VOID, Day, gone, holdline, wait_for

pytestmark = pytest.mark.rehearsals("first")
FILES = ["run.json", "journal.jsonl", "summary.md", "junit.xml", "report.html"]


def test_the_first_rehearsal_holds_or_bends(first_rehearsal):
    done, day = first_rehearsal
    assert done.code == HELD_OR_BENT, done.said
    assert day.verdict in ("held", "bent")


def test_it_leaves_every_file(first_rehearsal):
    done, day = first_rehearsal
    missing = [name for name in FILES if not (day.folder / name).stat().st_size]
    assert not missing
    assert str(day.folder / "report.html") in done.said, "the path of the report is said"


def test_every_part_of_the_desk_was_met(first_rehearsal):
    _, day = first_rehearsal
    for channel in ("chat", "phone", "email"):
        assert day.figure("offered", channel=channel) > 0, channel
    assert day.figure("matched_by_nonce") > 0.5
    assert day.figure("lost_contacts") == 0


def test_time_never_runs_back(first_rehearsal):
    _, day = first_rehearsal
    moments = [line["at"] for line in day.journal() if "at" in line]
    assert moments == sorted(moments)


def test_rows_have_the_promised_form(first_rehearsal):
    _, day = first_rehearsal
    promised = {"kpi", "stat", "unit", "window", "plan", "mean", "p10", "p50", "p90", "ci95", "runs"}
    # `within` and `count` tell apart the service levels of one channel that expectations ask for.
    narrowing = {"channel", "team", "reason", "segment", "of", "within", "count"}
    for row in day.run["measures"]:
        assert promised <= row.keys() <= promised | narrowing | {"pooled", "never"}, row
        assert row["stat"] in ("value", "mean", "p50", "p90", "p95", "p99"), row


def test_the_report_can_be_made_again(first_rehearsal, tmp_path):
    _, day = first_rehearsal
    for name in FILES:
        (tmp_path / name).write_bytes((day.folder / name).read_bytes())
    for more in day.folder.iterdir():  # whatever else the journal needs (the scenario as it was run)
        if more.is_file() and more.name not in FILES:
            (tmp_path / more.name).write_bytes(more.read_bytes())
    (tmp_path / "run.json").unlink()
    (tmp_path / "report.html").unlink()
    done = holdline("report", tmp_path)
    assert done.code != INVALID, done.said
    assert json.loads((tmp_path / "run.json").read_text())["measures"] == day.run["measures"]
    assert (tmp_path / "report.html").stat().st_size


@pytest.mark.parametrize(
    ("scenario", "program"), [(TARGETS / "resilient.yaml", "bot.py"), (SCENARIOS / "first-rehearsal.yaml", "desk")]
)
def test_killed_in_the_middle(rehearsal, scenario, program):
    """Nobody can catch SIGKILL: the journal is all there is, and the target must not outlive us."""
    one = rehearsal(scenario)
    one.wait_until_under_way()
    family = one.family()
    assert any(program in command for _, command in family.values()), family
    one.process.send_signal(signal.SIGKILL)
    one.process.wait(10)
    wait_for(lambda: gone(family), within=10)

    done = holdline("report", one.folder)
    assert done.code in (HELD_OR_BENT, BROKE, VOID), done.said
    day = Day(one.folder)
    assert day.figure("offered", channel="chat") > 0
    assert (one.folder / "report.html").stat().st_size


def test_interrupted_once_still_reports(rehearsal):
    one = rehearsal(TARGETS / "resilient.yaml")
    one.wait_until_under_way()
    family = one.family()
    assert family
    one.process.send_signal(signal.SIGINT)
    done = one.finish(60)
    assert done.code == INTERRUPTED, done.said
    wait_for(lambda: gone(family), within=10)
    assert Day(one.folder).figure("offered", channel="chat") > 0
    assert (one.folder / "report.html").stat().st_size
    assert "report.html" in done.said
