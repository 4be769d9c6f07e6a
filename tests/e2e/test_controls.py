"""Negative controls: every detector is tripped by a target that does wrong on purpose, by exactly the customers it did it to,
and by nobody where the target does nothing wrong.

Both targets meet the same customers: half of them leave after six seconds without an answer, the others never.
"""

import json
import string

import pytest
from conftest import holdline

pytestmark = pytest.mark.rehearsals("planted", "not-planted")

OUTAGE = "during llm-refuses"
DIGITS = string.digits + string.ascii_uppercase


def order(customer: int) -> str:
    """The order number of a customer: see src/workload/identity.rs."""
    source, count = customer >> 40, customer & ((1 << 40) - 1)
    packed, digits = count << 12 | source, ""
    while packed or len(digits) < 4:
        packed, digit = divmod(packed, 36)
        digits = DIGITS[digit] + digits
    return "HL-" + digits


@pytest.fixture(scope="module")
def bad(rehearsed):
    return rehearsed["planted"].day


@pytest.fixture(scope="module")
def good(rehearsed):
    return rehearsed["not-planted"].day


def did(day, *what) -> list[str]:
    """To whom the target did this, by its own account."""
    lines = (day.folder / "target.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if line.startswith('{"did"')]
    return [one["whom"] for one in told if one["did"] in what]


def seen(day, kind, **fields) -> list[str]:
    """Of whom the journal says this."""
    lines = [line for line in day.journal() if line.get("kind") == kind]
    return [order(line["who"]["customer"]) for line in lines if all(line[key] == value for key, value in fields.items())]


def left(day) -> set[str]:
    """Who gave up."""
    return set(seen(day, "gave_up"))


def counted(day, kpi, channel="chat"):
    return day.figure(kpi, channel=channel)


def test_both_met_the_same_customers(bad, good):
    assert counted(bad, "offered") == counted(good, "offered") >= 40
    assert len(did(good, "good")) == counted(good, "offered")


def test_lost(bad, good):
    wronged = set(did(bad, "lost", "placeholder", "apology")) - left(bad)
    assert wronged and set(seen(bad, "lost")) == wronged
    assert counted(bad, "lost_contacts") == len(wronged)
    assert counted(good, "lost_contacts") == 0


@pytest.mark.parametrize(
    ("kpi", "kind", "what"),
    [("duplicates", "duplicate", "twice"), ("placeholders", "placeholder", "placeholder"), ("apologies", "apology", "apology")],
)
def test_what_was_said_wrong(bad, good, kpi, kind, what):
    wronged = did(bad, what)
    assert wronged and sorted(seen(bad, kind)) == sorted(wronged)
    assert counted(bad, kpi) == len(wronged)
    assert counted(good, kpi) == 0 and not seen(good, kind)


def test_misdirected(bad, good):
    wronged = did(bad, "misdirected")
    assert wronged and counted(bad, "misdirected") == len(wronged)
    assert not set(seen(bad, "misdirected")) & set(wronged), "the one who got it is listed, not the one it was meant for"
    assert counted(good, "misdirected") == 0


def test_late(bad, good):
    wronged = set(did(bad, "late")) & left(bad)
    assert wronged and set(seen(bad, "answered", late=True)) == wronged
    assert counted(bad, "late_answers") == len(wronged)
    assert counted(good, "late_answers") == 0


def test_dropped_calls(bad, good):
    assert did(bad, "cut off") and counted(bad, "dropped_calls", "phone") == len(did(bad, "cut off"))
    assert counted(good, "dropped_calls", "phone") == 0


def test_an_answer_made_twice_is_a_side_effect_made_twice(bad, good):
    wronged = did(bad, "twice")
    assert sorted(seen(bad, "repeated", effect="message")) == sorted(wronged)
    assert bad.figure("repeated_side_effects", of="slack") == len(wronged)
    assert not good.rows("repeated_side_effects", of="slack") and not seen(good, "repeated")


def test_retries_at_once(bad, good):
    (llm,) = [one for one in bad.run["retries"] if one["of"] == "llm"]
    assert llm["later_at_once"] >= 30 and llm["grew"] < 0.1 * llm["later"]
    assert not good.run.get("retries")


SENTENCES = (
    "accepted and then lost", "came in another customer's thread", "came twice", "got a placeholder and never an answer",
    "got an apology and never an answer", "cut off without a good-bye", "came after the customer had left", "made twice",
    "times as often for a contact", "before the Retry-After they had been given", "Retries to llm came at once",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_is_said_of_the_bad_and_not_of_the_good(bad, good, sentence):
    said = ["\n".join(finding["text"] for finding in day.run["findings"]) for day in (bad, good)]
    assert sentence in said[0] and sentence not in said[1], said


def test_the_worst_contacts_have_a_story_each(bad, good):
    told = bad.run["stories"]["told"]
    kinds = {kind for one in told for kind in one["why"]}
    assert kinds >= {"lost_contacts", "misdirected", "dropped_calls", "late_answers", "placeholders", "apologies"}
    wronged = {(line["who"]["customer"], line["who"]["contact"]["slot"]) for line in bad.journal()
               if line.get("kind") in ("lost", "misdirected", "dropped", "duplicate", "placeholder", "apology")
               or line.get("kind") == "answered" and line["late"]}
    assert len(told) == 24 and bad.run["stories"]["more"] > 0 and len(told) + bad.run["stories"]["more"] <= len(wronged)
    other = next(one for one in told if "misdirected" in one["why"])
    assert any("meant for order HL-" in line["text"] and line["bad"] for line in other["lines"]), other
    assert good.run["stories"] == {"told": [], "more": 0}


def test_a_story_is_told_in_the_terminal_too(bad):
    one = next(one for one in bad.run["stories"]["told"] if "misdirected" in one["why"])
    before = bad.bytes
    told = holdline("report", bad.folder, "--contact", one["order"].lower())
    assert told.code == 0 and "meant for order HL-" in told.out and "chat.postMessage → 200" in told.out, told.said
    assert (bad.folder / "run.json").read_bytes() == before, "the reports are left alone"
    nobody = holdline("report", bad.folder, "--contact", "HL-ZZZZ")
    assert nobody.code == 2 and "no contact of order HL-ZZZZ" in nobody.err, nobody.said


def test_hammering(bad, good):
    assert good.figure("hammering", of="llm") <= 3 < 30 <= bad.figure("hammering", of="llm")


def test_retry_after(bad, good):
    assert bad.figure("retry_after_ignored", of="llm") >= 30
    assert good.figure("retry_after_ignored", of="llm") == 0


def test_retry_amplification(bad, good):
    amplified = [day.figure("retry_amplification", window=OUTAGE, of="llm") for day in (bad, good)]
    assert amplified[0] > 2.5 and amplified[1] < 1, amplified


def test_a_missed_update(bad, good):
    (never,) = bad.rows("first_update", "mean", OUTAGE, of="llm") or bad.rows("first_update", "mean", of="llm")
    assert never["never"] == 1 and "customers were never told" in (bad.folder / "summary.md").read_text()
    (told,) = good.rows("first_update", "mean", OUTAGE, of="llm") or good.rows("first_update", "mean", of="llm")
    assert not told.get("never") and told["mean"] < 20
