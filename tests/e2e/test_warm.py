"""A warm start: the simulated day up to a moment, and the wire from there on."""

import pytest
from conftest import BROKE, HELD_OR_BENT, INVALID, Day, holdline

SCENARIO = "scenarios/triple-outage.yaml"
SEED = 3
# Ten minutes into the outage of Slack, and well after that of Zendesk. Scenario time in microseconds since 08:00.
FROM, FOR, SINCE = "12:10", "6m", 250 * 60_000_000
BLOCKED_WITHIN = 120_000_000


@pytest.fixture(scope="module")
def warm(tmp_path_factory) -> Day:
    folder = tmp_path_factory.mktemp("warm") / "wire"
    done = holdline("rehearse", SCENARIO, "--seed", SEED, "--from", FROM, "--for", FOR, "--pace", 20, "--out", folder)
    assert done.code in (HELD_OR_BENT, BROKE), done.said
    assert "12:10 to 12:16 after a warm start" in done.out
    assert f"--from {FROM} --for {FOR}" in done.out, "the replay is of the same part"
    assert "handed over to the wire" in done.err
    return Day(folder)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Day:
    folder = tmp_path_factory.mktemp("warm") / "model"
    holdline("simulate", SCENARIO, "--seed", SEED, "--runs", 1, "--plan", "written", "--journal", 0, "--out", folder)
    return Day(folder)


def seen(day: Day, until: int | None = None) -> list[dict]:
    lines = [line for line in day.journal() if "kind" in line]
    return [line for line in lines if until is None or line["at"] < until]


def slot(line: dict) -> tuple[int, int]:
    contact = line["who"]["contact"]
    return contact["slot"], contact["generation"]


def handed_over(day: Day) -> dict[tuple[int, int], int]:
    """Contacts that were open at the warm start, with their channels."""
    open_then = {}
    for line in seen(day, SINCE):
        if line["kind"] in ("entered", "offered"):
            open_then[slot(line)] = line["who"]["channel"]
        elif line["kind"] in ("ended", "gave_up", "dropped", "moved", "blocked"):
            open_then.pop(slot(line), None)
    return open_then


def test_up_to_the_warm_start_it_is_the_simulated_day(warm, simulated):
    # Who would have come back only after the rehearsed part never comes through in it.
    before = [[line for line in seen(day, SINCE) if line["kind"] != "unserved"] for day in (warm, simulated)]
    assert before[0] == before[1]
    assert len(before[0]) > 5000
    header = warm.journal()[0]
    assert header["warm_start"] == {"from": SINCE, "to": SINCE + 6 * 60_000_000}


def test_the_first_minute_has_the_queues_of_the_simulated_day(warm, simulated):
    minute = SINCE // 60_000_000
    for of_wire, of_model in zip(warm.run["series"], simulated.run["series"]):
        if of_wire.get("channel"):
            wire, model = of_wire["contacts"][minute], of_model["contacts"][minute]
            assert wire["at"] == model["at"] == minute * 60
            for level in ("waiting", "backlog"):
                # At the very minute the wire has played its first moment already: one may have come or gone.
                assert abs(wire[level]["mean"] - model[level]["mean"]) <= 1, (of_wire["channel"], level)


def test_an_outage_in_force_strikes_at_once(warm):
    blocked = [line for line in seen(warm) if line["kind"] == "blocked" and line["at"] >= SINCE]
    broken = [line["at"] - SINCE for line in blocked if "broken" in line["door"]]
    assert broken and min(broken) < BLOCKED_WITHIN, broken[:3]


def test_who_was_handed_over_is_served_to_a_good_end(warm):
    then = handed_over(warm)
    assert len(then) > 20
    after = [line for line in seen(warm) if line["at"] >= SINCE and line.get("who") and slot(line) in then]
    solved = {then[slot(line)] for line in after if line["kind"] == "ended" and line["solved"]}
    assert {0, 2} <= solved, "calls and tickets, of which there are most, come to an end"
    assert not [line for line in after if line["kind"] in ("lost", "dropped", "misdirected")]


def test_only_the_rehearsed_part_is_measured(warm):
    offered = [line for line in seen(warm) if line["kind"] == "offered"]
    on_wire = [line for line in offered if line["at"] >= SINCE]
    assert len(on_wire) < len(offered)
    assert warm.run["plans"][0]["contacts"] == len(on_wire)
    whole = next(window for window in warm.run["windows"] if window["name"] == "whole")
    assert whole["pieces"] == [[SINCE / 1e6, SINCE / 1e6 + 360]]


def test_the_report_is_made_again_from_the_folder(warm):
    before = warm.run["measures"]
    done = holdline("report", warm.folder)
    assert done.code in (HELD_OR_BENT, BROKE) and "after a warm start" in done.out, done.said
    assert Day(warm.folder).run["measures"] == before
    assert "handed over to the wire" in (warm.folder / "report.html").read_text()


@pytest.mark.parametrize("asked", [("--from", "19:00"), ("--from", "10:00", "--for", "0m"), ("--from", "10:00", "--for", "9h"),
                                   ("--from", "10:00", "--for", "20"), ("--for", "20m")], ids=" ".join)
def test_what_is_not_possible_is_refused(asked, tmp_path):
    done = holdline("rehearse", SCENARIO, *asked, "--out", tmp_path / "none")
    assert done.code == INVALID, done.said
    assert asked[-2] in done.err and not (tmp_path / "none").exists()
