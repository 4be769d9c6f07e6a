"""Tickets that are answered by mail: what arrives is an answer, what the mail server loses is a lost contact."""

import json

import pytest
from conftest import BROKE
from test_controls import order, seen

LOST_FROM = 15e6  # microseconds: from then on the server loses what it takes

pytestmark = pytest.mark.rehearsals("mail")


@pytest.fixture(scope="module")
def day(rehearsed):
    assert rehearsed["mail"].done.code == BROKE, rehearsed["mail"].done.said
    return rehearsed["mail"].day


@pytest.fixture(scope="module")
def mailed(day):
    """The order numbers of those whom the bot wrote to, in order, by its own account."""
    lines = (day.folder / "target.log").read_text().splitlines()
    return [json.loads(line)["whom"].split("@")[0].upper() for line in lines if line.startswith('{"did": "mailed"')]


def test_everybody_was_written_to(day, mailed):
    assert len(mailed) == len(set(mailed)) == day.figure("offered", channel="email") >= 20


def test_a_mail_that_arrives_answers_its_ticket_by_its_nonce(day, mailed):
    answered = seen(day, "answered")
    assert set(answered) == set(mailed) - set(seen(day, "lost")) and len(answered) >= 10
    assert day.figure("matched_by_nonce", channel="email") == 1
    assert day.figure("misdirected", channel="email") == 0 and day.figure("duplicates", channel="email") == 0


def test_who_was_put_off_is_written_to_again_and_answered(day):
    """Three recipients, the first ones, were refused once each; nobody was turned away for it."""
    failed = [line for line in day.journal() if line.get("kind") == "request" and line["reply"] == "failed"]
    refused = [line for line in failed if line["at"] < LOST_FROM]
    assert len(refused) == 3
    assert day.figure("blocked", channel="email") == 0
    assert not set(seen(day, "lost")) & {order(line["who"]["customer"]) for line in refused if line.get("who")}


def test_what_the_server_took_and_lost_is_lost(day):
    """The bot believed the server and called the tickets solved: nobody ever answers them, and nobody could know."""
    lost = [line for line in day.journal() if line.get("kind") == "lost"]
    assert len(lost) >= 8 and day.figure("lost_contacts", channel="email") == len(lost)
    started = {line["who"]["customer"]: line["at"] for line in day.journal() if line.get("kind") == "offered"}
    assert all(started[line["who"]["customer"]] > LOST_FROM - 5e6 for line in lost), "only while mails were lost"
