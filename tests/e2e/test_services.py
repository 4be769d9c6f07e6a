"""A rehearsal with services of the desk's own: stubs over HTTP, and a proxy in front of a real cache."""

import json

import pytest

pytestmark = pytest.mark.rehearsals("services")


@pytest.fixture(scope="module")
def run(rehearsed):
    return rehearsed["services"]


@pytest.fixture(scope="module")
def seen(run):
    """What the target saw of each service, in order."""
    lines = json.loads((run.folder.parent / "services.probe").read_text())
    return {service: [outcome for _, who, outcome in lines if who == service] for service in ("crm", "cache")}


def in_order(outcomes):
    """Each run of the same outcome once."""
    return [outcome for n, outcome in enumerate(outcomes) if n == 0 or outcomes[n - 1] != outcome]


def test_it_comes_to_its_end(run):
    assert run.done.code in (0, 1), run.done.said
    assert run.day.figure("offered", channel="chat") >= 10


def test_the_stubs_answer_but_for_the_outage(seen):
    assert in_order(seen["crm"]) == ["ok", "503 30", "ok"], seen["crm"]


def test_the_connection_breaks_and_comes_back(seen):
    kinds = in_order(["ok" if outcome == "ok" else "broken" for outcome in seen["cache"]])
    assert kinds == ["ok", "broken", "ok"], seen["cache"]
    assert {"ok", "ConnectionResetError"} <= set(seen["cache"]) <= {"ok", "ConnectionResetError", "BrokenPipeError"}


def test_requests_and_connections_are_counted(run, seen):
    failed = sum(outcome != "ok" for outcome in seen["crm"])
    assert 1 <= run.day.figure("hammering", of="crm") <= failed
    assert run.day.figure("hammering", of="cache") >= 1
    assert run.day.figure("retry_amplification", window="during crm-down", of="crm") == pytest.approx(1, abs=0.5)
    assert run.day.figure("retry_amplification", of="cache") is None, "a connection is no request"
