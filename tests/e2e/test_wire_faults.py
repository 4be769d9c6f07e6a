"""Failures of some requests, and of webhooks, in a scenario: who is hit, how often, and that it is the same every time."""

import pytest
from conftest import BROKE, INVALID, Day, holdline

SCENARIO = "tests/e2e/wire_faults/day.yaml"

pytestmark = pytest.mark.rehearsals("wire-faults", "wire-faults-again")


@pytest.fixture(scope="module")
def days(rehearsed) -> list[Day]:
    both = [rehearsed[name] for name in ("wire-faults", "wire-faults-again")]
    for one in both:
        assert one.done.code == BROKE, one.done.said
    return [one.day for one in both]


def lost(day: Day) -> set[int]:
    return {line["who"]["customer"] for line in day.journal() if line.get("kind") == "lost"}


def test_the_first_three_are_refused_and_the_wait_is_kept(days):
    for day in days:
        refused = [line for line in day.journal() if line.get("kind") == "request" and line["reply"] == "failed"]
        assert len(refused) == 3
        assert day.figure("retry_after_ignored", of="zendesk") == 0


def test_lost_events_are_lost_contacts_and_the_same_ones_every_time(days):
    one, other = map(lost, days)
    assert one and one == other
    for day in days:
        assert day.figure("lost_contacts") == len(one)
        chats = {line["who"]["customer"]: line["at"] for line in day.journal() if line.get("kind") == "offered"}
        assert all(60e6 <= chats[customer] < 300e6 for customer in one), "only while events were lost"


def test_the_model_refuses_what_only_the_wire_knows():
    done = holdline("simulate", SCENARIO)
    assert done.code == INVALID
    assert "outage `events-lost`" in done.err and "rehearse it" in done.err
    story = holdline("check", SCENARIO, "--explain").out
    assert "slack fails for 50% where endpoint event (slack.events_stop)" in story
    assert "the first 3" in story
