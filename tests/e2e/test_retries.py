"""What is said of a target's retries and of side effects made twice: true of one that tries again without care, and not said
of one that backs off, keeps no step with itself and gives its tickets a key. Both meet the same customers and failures."""

import pytest
from test_controls import did, order, seen

pytestmark = pytest.mark.rehearsals("careless", "careful", "socket")


@pytest.fixture(scope="module")
def bad(rehearsed):
    return rehearsed["careless"].day


@pytest.fixture(scope="module")
def good(rehearsed):
    return rehearsed["careful"].day


def spacing(day) -> dict:
    return {one["of"]: one for one in day.run.get("retries", [])}["llm"]


def said(day) -> str:
    return "\n".join(finding["text"] for finding in day.run["findings"])


def test_both_met_the_same_customers(bad, good):
    assert bad.figure("offered", channel="chat") == good.figure("offered", channel="chat") >= 40
    assert set(did(bad, "tried")) == set(did(good, "tried"))


def test_a_ticket_made_again_is_counted_and_one_with_a_key_is_not(bad, good):
    tries = did(bad, "tried")
    again = len(tries) - len(set(tries))
    assert again >= 5 and bad.figure("repeated_side_effects", of="zendesk") == again
    assert sorted(seen(bad, "repeated", effect="ticket", after="fault")) == sorted(set_again(tries))
    assert len(did(good, "tried")) > len(set(did(good, "tried"))), "the careful one tried again too"
    assert good.figure("repeated_side_effects", of="zendesk") == 0 and not seen(good, "repeated")
    assert f"{again} side effects were made twice" in said(bad) and "made twice" not in said(good)
    assert bad.verdict == "broke"


def set_again(tries: list[str]) -> list[str]:
    """Every try but the first of each."""
    known, again = set(), []
    for one in tries:
        again += [one] if one in known else []
        known.add(one)
    return again


def test_what_was_made_again_names_its_contacts(bad):
    listed = [contact for contact in bad.run["contacts"] if contact["kpi"] == "repeated_side_effects"]
    assert listed and all(one["what"].startswith("the same ticket at zendesk again, after a reply that failed") for one in listed)
    assert {one["order"] for one in listed} <= set(did(bad, "tried"))


def test_backoff(bad, good):
    one, other = spacing(bad), spacing(good)
    assert one["later"] >= 10 and one["grew"] < 0.3 * one["later"], one
    assert other["later"] >= 10 and other["grew"] >= 0.5 * other["later"], other
    assert "Retries to llm did not back off" in said(bad)
    assert "back off" not in said(good) and "came at once" not in said(good)


def test_lock_step(bad, good):
    one, other = spacing(bad), spacing(good)
    assert one["in_step"] >= 0.5 * one["retries"] and one["crowd"] >= 10, one
    assert other["in_step"] < 0.2 * other["retries"], other
    assert "Retries to llm came in lock step" in said(bad) and "lock step" not in said(good)


def test_the_story_of_a_contact_has_its_retries_and_faults(bad):
    told = [one for one in bad.run["stories"]["told"] if "repeated_side_effects" in one["why"]]
    assert told
    text = "\n".join(line["text"] for line in told[0]["lines"])
    for part in ("starts by chat", "“Hello, this is about my order", "POST /api/v2/tickets.json", "fault reset_after_commit", "a retry"):
        assert part in text, text
    assert any("nonce " in line["text"] for one in bad.run["stories"]["told"] for line in one["lines"])
    assert told[0]["waits"] and all(begun <= over for begun, over in told[0]["waits"])
    journal = (bad.folder / "journal.jsonl").read_text()
    assert "mock-zendesk-token" not in journal and "sk-mock" not in journal


def test_who_answers_everybody_in_a_thread_repeats_nothing(rehearsed):
    """This bot says its canned answer to a colleague's word as well: nobody asked for it, but it is not made twice."""
    day = rehearsed["socket"].day
    assert seen(day, "taken"), "a person wrote in a thread"
    assert not seen(day, "repeated") and "made twice" not in said(day)
