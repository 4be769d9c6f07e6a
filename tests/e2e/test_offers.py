"""Offers to those who wait, over the wire: call-backs and other channels, as the model has them."""

import pytest
from conftest import HELD_OR_BENT, Day, holdline

SCENARIO = "tests/e2e/offers/day.yaml"


pytestmark = pytest.mark.rehearsals("offers")


@pytest.fixture(scope="module")
def wire(rehearsed) -> Day:
    assert rehearsed["offers"].done.code == HELD_OR_BENT, rehearsed["offers"].done.said
    return rehearsed["offers"].day


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Day:
    folder = tmp_path_factory.mktemp("offers") / "model"
    done = holdline("simulate", SCENARIO, "--seed", 3, "--runs", 1, "--journal", 0, "--out", folder)
    assert done.code == HELD_OR_BENT, done.said
    return Day(folder)


def seen(day: Day, kind: str) -> list[dict]:
    return [line for line in day.journal() if line.get("kind") == kind]


def takers(day: Day) -> set[tuple[str, int, int]]:
    """Who took an offer: which kind, the customer, the attempt."""
    kinds = ("callback_accepted", "moved")
    return {(kind, line["who"]["customer"], line["who"]["attempt"]) for kind in kinds for line in seen(day, kind)}


def slot(line: dict) -> tuple[int, int]:
    contact = line["who"]["contact"]
    return contact["slot"], contact["generation"]


def test_call_backs_are_accepted_and_kept(wire):
    accepted = {slot(line) for line in seen(wire, "callback_accepted")}
    assert accepted
    assert wire.figure("callbacks", "value") == len(accepted)
    dropped = {slot(line) for line in seen(wire, "dropped")}
    assert not accepted & dropped, "the end of the call is not the end of the contact"
    taken = {slot(line) for line in seen(wire, "taken")}
    still_open = {slot(line) for line in seen(wire, "still_open")}
    assert accepted <= taken | still_open, "a person calls each of them"


def test_who_is_asked_to_goes_elsewhere(wire):
    moved = seen(wire, "moved")
    names = {0: "chat", 1: "phone", 2: "email"}
    ways = {(names[line["who"]["channel"]], names[line["to"]]) for line in moved}
    assert ways == {("phone", "chat"), ("chat", "email")}
    again = [line for line in seen(wire, "offered") if line["cause"] == "moved"]
    assert {line["who"]["customer"] for line in again} <= {line["who"]["customer"] for line in moved}
    assert again


def test_an_offer_is_no_answer_and_no_duplicate(wire):
    assert wire.figure("duplicates") == 0
    assert all("person" in line["source"] for line in seen(wire, "answered")), "there is no bot"


def test_the_model_has_the_same_customers_take_them(wire, simulated):
    wire, model = takers(wire), takers(simulated)
    # Each decides by a draw of their own; a look at the queue that comes a moment later may miss one or two.
    assert len(wire & model) >= 0.75 * len(wire | model), (sorted(wire - model), sorted(model - wire))
