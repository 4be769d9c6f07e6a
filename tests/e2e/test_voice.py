"""Voice bots between the telephone (Media Streams) and the model (Realtime): what is said comes out as words on both sides."""

import pytest
from conftest import BROKE, HELD_OR_BENT

pytestmark = pytest.mark.rehearsals("voice", "voice-silent")


def phone(rehearsed, kpi, stat="value"):
    """(the good bot, the one that thinks in silence)"""
    return tuple(rehearsed[name].day.figure(kpi, stat, channel="phone") for name in ("voice", "voice-silent"))


def test_the_silent_bot_breaks_its_promise(rehearsed):
    assert rehearsed["voice"].done.code == HELD_OR_BENT, rehearsed["voice"].done.said
    assert rehearsed["voice-silent"].done.code == BROKE, rehearsed["voice-silent"].done.said


def test_answers_are_known_by_what_is_heard(rehearsed):
    assert phone(rehearsed, "matched_by_nonce") == (1, 1)
    assert phone(rehearsed, "misdirected") == (0, 0) and phone(rehearsed, "duplicates") == (0, 0)
    good, silent = phone(rehearsed, "first_reply", "p50")
    assert 5 < good < 30 and silent > good + 3, "a caller speaks, and hears the answer, at the pace of people"


def test_dead_air_is_counted(rehearsed):
    good, silent = phone(rehearsed, "dead_air")
    assert "heard nothing for" in (rehearsed["voice-silent"].day.folder / "summary.md").read_text()
    assert good < 3 and 5 < silent < 12, "the good one needs half a second of silence to know that the caller has finished"


def test_streams_that_drop_cut_calls_off(rehearsed):
    dropped = phone(rehearsed, "dropped_calls")
    assert all(dropped), dropped
    lines = (rehearsed["voice"].day.folder / "target.log").read_text().splitlines()
    assert len([line for line in lines if line.startswith("caller: ") and "my order HL-" in line]) >= 5
