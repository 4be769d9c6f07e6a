"""Outside programs as targets: bots that must be told apart, and programs that fail on purpose."""

import pytest
from conftest import BROKE, HELD_OR_BENT, NOT_READY, TARGETS, VOID, Day, Rehearsal, gone, holdline, wait_for

OUTAGE = "during llm-overloaded"


pytestmark = pytest.mark.rehearsals("naive", "resilient", "llm-down-already", "silent", "garbage", "socket")


@pytest.fixture(scope="module")
def bots(rehearsed):
    """Both bots: the same day, two minutes."""
    return {style: (rehearsed[style].done, rehearsed[style].day) for style in ("naive", "resilient")}


def both(bots, kpi, stat="value", window="whole", **narrow):
    """(naive, resilient); measures of contacts stand by channel, and this desk has one."""
    narrow = narrow or {"channel": "chat"}
    return tuple(bots[style][1].figure(kpi, stat, window, **narrow) for style in ("naive", "resilient"))


def test_one_breaks_and_one_does_not(bots):
    assert bots["naive"][0].code == BROKE, bots["naive"][0].said
    assert bots["resilient"][0].code == HELD_OR_BENT, bots["resilient"][0].said


def test_they_met_the_same_customers(bots):
    naive, resilient = both(bots, "offered")
    assert naive == resilient and naive >= 25


def test_told_apart_by_lost_contacts(bots):
    naive, resilient = both(bots, "lost_contacts")
    assert naive >= 5 and resilient == 0


def test_told_apart_by_placeholders(bots):
    naive, resilient = both(bots, "placeholders")
    assert naive >= 5 and resilient == 0


def test_told_apart_by_first_reply(bots):
    """The naive bot answers nobody who came during the outage; a figure it lacks is not a good figure."""
    naive, resilient = both(bots, "first_reply", "p90", OUTAGE)
    assert resilient is not None and resilient < 15
    assert naive is None or naive > resilient
    naive_answered, resilient_answered = both(bots, "served", window=OUTAGE)
    assert naive_answered < 0.5 < resilient_answered


def test_told_apart_by_failover(bots):
    naive, resilient = both(bots, "time_to_failover", "mean", of="llm")
    assert naive == 40, "the naive bot has no second provider: as long as the outage"
    assert resilient is not None and resilient < 15
    for style, never in (("naive", True), ("resilient", False)):
        assert ("no backup ever answered" in bots[style][0].said) == never, bots[style][0].said


def test_told_apart_by_retries(bots):
    naive, resilient = both(bots, "retry_amplification", window=OUTAGE, of="llm")
    assert naive > 2 > resilient


def test_answers_are_known_by_their_nonce(bots):
    for figure in both(bots, "matched_by_nonce"):
        assert figure > 0.5


def rehearse(name, tmp_path) -> tuple:
    """A rehearsal of a bad target. Whatever it does, nothing of it may be left."""
    one = Rehearsal(TARGETS / f"{name}.yaml", tmp_path / name)
    family = {}
    try:
        while one.process.poll() is None:
            family |= one.family()
            try:
                one.process.wait(0.2)
            except Exception:
                continue
        done = one.finish()
    finally:
        one.end()
    assert family or name in ("no-such-program", "runs-already")  # the first one's guard is gone at once
    wait_for(lambda: gone(family), within=5)
    return done, one.folder


def reason(done) -> str:
    """The verdict's reason stands in one line."""
    lines = [line for line in done.said.splitlines() if "void" in line.lower()]
    assert lines, done.said
    return lines[0]


@pytest.mark.parametrize("name", ["never-ready", "no-such-program"])
def test_a_target_that_does_not_get_ready(name, tmp_path):
    done, _ = rehearse(name, tmp_path)
    assert done.code == NOT_READY, done.said
    assert reason(done)


def test_a_target_that_dies(tmp_path):
    done, folder = rehearse("exits", tmp_path)
    assert done.code == NOT_READY, done.said
    assert "7" in done.said, "its exit code is said"
    assert Day(folder).journal()


def ended(rehearsed, name) -> tuple:
    """What came of a bad target of those that were played together; nothing of it may be left."""
    one = rehearsed[name]
    assert one.family
    wait_for(lambda: gone(one.family), within=5)
    return one.done, one.folder


def test_a_baseline_that_is_broken_already(rehearsed):
    done, folder = ended(rehearsed, "llm-down-already")
    assert done.code == VOID, done.said
    assert "baseline" in reason(done) or "baseline" in done.said
    assert Day(folder).verdict == "void"


def is_whole(folder):
    """There is a report and a whole journal, from which the same figures come again."""
    day = Day(folder)
    assert len(day.journal()) > 10
    again = holdline("report", folder)
    assert "error" not in again.err.lower(), again.said
    assert Day(folder).run["measures"] == day.run["measures"], "nothing is lost from the journal"


@pytest.mark.parametrize("name", ["silent", "garbage"])
def test_a_target_that_answers_nothing_of_use(name, rehearsed):
    done, folder = ended(rehearsed, name)
    assert done.code == VOID, done.said
    is_whole(folder)


def test_a_bot_in_socket_mode_is_met_and_comes_back(rehearsed):
    """Slack ends its connection in the middle of the day; the SDK opens another, and nobody is lost."""
    done, folder = ended(rehearsed, "socket")
    assert done.code == HELD_OR_BENT, done.said
    day = Day(folder)
    assert day.figure("offered", "value", "whole", channel="chat") >= 3
    assert day.figure("served", "value", "whole", channel="chat") > 0.5


def test_a_target_that_floods(tmp_path):
    done, folder = rehearse("floods", tmp_path)
    assert done.code == BROKE, done.said
    is_whole(folder)


def test_a_target_that_runs_already_is_waited_for(tmp_path):
    """Nobody listens there: that is no bad desk but none."""
    done, _ = rehearse("runs-already", tmp_path)
    assert done.code == NOT_READY, done.said
    assert "never answered 2xx" in done.said


def test_a_daemon_of_a_target_ends_with_it(tmp_path):
    done, _ = rehearse("daemon", tmp_path)
    assert done.code == NOT_READY, done.said
