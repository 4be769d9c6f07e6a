"""Zenpy with its defaults against `holdline mocks`, and webhooks signed as Zendesk signs them."""

import base64
import hashlib
import hmac
import json
import time

import pytest
import requests
from rig import all_mocks, mocks, target, wait_for  # noqa: F401
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Group, Organization, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException


@pytest.fixture
def zendesk(mocks, monkeypatch):
    for name in ("ZENPY_FORCE_NETLOC", "ZENPY_FORCE_SCHEME"):
        monkeypatch.setenv(name, mocks.env[name])
    return Zenpy(
        subdomain=mocks.env["ZENDESK_SUBDOMAIN"], email=mocks.env["ZENDESK_EMAIL"], token=mocks.env["ZENDESK_TOKEN"]
    )


def signed(call, secret="mock-signing-secret"):
    headers = {name.lower(): value for name, value in call.headers.items()}
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    digest = hmac.new(secret.encode(), stamp.encode() + call.body, hashlib.sha256).digest()
    return headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()


def test_a_group_is_there_from_the_start(zendesk):
    assert len(list(zendesk.groups())) == 1


def test_a_customers_ticket_is_told_and_can_be_read(mocks, zendesk, target):
    mocks.target("zendesk", webhook_url=f"{target.url}/zendesk")
    said = mocks.emit("zendesk", "ticket", subject="Late", body="Where is it?", requester_email="sam@example.com")
    call = target.next()
    assert signed(call) and not signed(call, "another secret")
    event = json.loads(call.body)
    assert event["type"] == "zen:event-type:ticket.created" and event["detail"]["id"] == str(said["ticket_id"])
    ticket = zendesk.tickets(id=said["ticket_id"])
    assert (ticket.subject, ticket.requester.email) == ("Late", "sam@example.com")
    delivered = wait_for(lambda: mocks.journal("zendesk", "delivery"))[0]
    assert (delivered["what"], delivered["status"]) == ("webhook", 200)


def test_a_secret_of_ones_own_signs(mocks, target):
    mocks.target("zendesk", webhook_url=target.url, signing_secret="own secret")
    mocks.emit("zendesk", "ticket", subject="Late", body="Where?", requester_email="sam@example.com")
    assert signed(target.next(), "own secret")
    mocks.target("zendesk", webhook_url=None, signing_secret="mock-signing-secret")
    assert mocks.emit("zendesk", "ticket", subject="x", body="y", requester_email="a@b.example")["deliveries"] == 0


def test_zenpy_waits_for_retry_after(mocks, zendesk):
    zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    mocks.fault("zendesk", "rate_limit", times=1, retry_after=1)
    begun = time.monotonic()
    assert [ticket.subject for ticket in zendesk.tickets()] == ["a"]
    assert time.monotonic() - begun >= 0.9
    assert [entry["status"] for entry in mocks.journal("zendesk")][-2:] == [429, 200]


def test_errors_are_the_sdks_own(mocks, zendesk):
    with pytest.raises(RecordNotFoundException):
        zendesk.tickets(id=999_999)
    mocks.fault("zendesk", "update_conflict", times=1)
    with pytest.raises(APIException):
        zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    mocks.fault("zendesk", "internal_error", times=1)
    with pytest.raises(APIException):
        zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    mocks.fault("zendesk", "maintenance", times=1)
    with pytest.raises(requests.HTTPError) as raised:
        zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    assert raised.value.response.status_code == 503


def test_what_is_only_read_goes_on(mocks, zendesk):
    zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    mocks.fault("zendesk", "read_only")
    with pytest.raises(APIException):
        zendesk.tickets.create(Ticket(subject="c", comment=Comment(body="d")))
    assert [ticket.subject for ticket in zendesk.tickets()] == ["a"]


def test_a_lost_reply_leaves_a_ticket_behind(mocks, zendesk):
    mocks.fault("zendesk", "reset_after_commit", times=1)
    with pytest.raises(requests.ConnectionError):
        zendesk.tickets.create(Ticket(subject="twice?", comment=Comment(body="b")))
    assert [ticket.subject for ticket in zendesk.tickets()] == ["twice?"]


def test_a_reset_forgets_tickets(mocks, zendesk):
    zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    mocks.control("POST", "/reset")
    assert list(zendesk.tickets()) == []


def test_many_tickets_are_made_by_a_job(mocks, zendesk):
    tickets = [Ticket(subject=f"number {n}", comment=Comment(body="x")) for n in range(5)]
    job = zendesk.tickets.create(tickets)
    assert job.status == "queued" and job.url.startswith(mocks.env["ZENDESK_URL"])
    done = wait_for(lambda: (now := zendesk.job_status(id=job.id)).status == "completed" and now)
    assert [result.status for result in done.results] == ["Created"] * 5
    made = list(zendesk.tickets())
    for ticket in made:
        ticket.status = "solved"
    job = zendesk.tickets.update(made)
    wait_for(lambda: zendesk.job_status(id=job.id).status == "completed")
    assert {ticket.status for ticket in zendesk.tickets()} == {"solved"}


def test_jobs_stick_and_fail(mocks, zendesk):
    two = [Ticket(subject=f"number {n}", comment=Comment(body="x")) for n in range(2)]
    for fault, last in (("job_stuck", "working"), ("job_failed", "failed")):
        mocks.fault("zendesk", fault, match="tickets.create_many", times=1)
        job = zendesk.tickets.create(two)
        mocks.control("PUT", "/clock", advance="1h")
        wait_for(lambda: zendesk.job_status(id=job.id).status == last)
    assert list(zendesk.tickets()) == []


def test_both_paginations_stay_on_the_host_that_was_asked(mocks, zendesk):
    users = [User(name=f"User {n}", email=f"user{n}@example.com") for n in range(100)]
    job = zendesk.users.create_or_update(users)
    wait_for(lambda: zendesk.job_status(id=job.id).status == "completed")
    assert len(list(zendesk.users())) == 101
    assert len(list(zendesk.users(cursor_pagination=30))) == 101
    assert len(list(zendesk.users(cursor_pagination=False))) == 101
    url = mocks.env["ZENDESK_URL"] + "/api/v2/users.json?page[size]=7"
    auth = (mocks.env["ZENDESK_EMAIL"] + "/token", mocks.env["ZENDESK_TOKEN"])
    page = requests.get(url, auth=auth, headers={"Host": "acme.zendesk.com"}, timeout=10).json()
    assert page["links"]["next"].startswith("http://acme.zendesk.com/api/v2/users.json?")


def test_incremental_exports(mocks, zendesk):
    mocks.control("PUT", "/clock", advance="1h")
    for n in range(3):
        zendesk.tickets.create(Ticket(subject=f"number {n}", comment=Comment(body="x")))
    mocks.control("PUT", "/clock", advance="10m")
    assert len(list(zendesk.tickets.incremental(start_time=1, paginate_by_time=False))) == 3
    assert len(list(zendesk.tickets.incremental(start_time=1))) == 3
    zendesk.tickets.create(Ticket(subject="late", comment=Comment(body="x")))
    mocks.fault("zendesk", "stale_incremental", times=1)
    assert len(list(zendesk.tickets.incremental(start_time=1, paginate_by_time=False))) == 3


def test_records_are_side_loaded(mocks, zendesk):
    group = zendesk.groups.create(Group(name="Tier 2"))
    company = zendesk.organizations.create(Organization(name="Acme"))
    zendesk.users.create_or_update(User(name="Ann", email="ann@example.com", organization_id=company.id))
    made = Ticket(subject="a", comment=Comment(body="b"), group_id=group.id, requester=User(name="Ann", email="ann@example.com"))
    zendesk.tickets.create(made)
    mocks.control("POST", "/faults", vendor="zendesk", fault="error_500", params={"match": {"path": "/api/v2/users/"}})
    [ticket] = zendesk.tickets(include=["users", "groups", "organizations"])
    assert (ticket.requester.name, ticket.group.name, ticket.organization.name) == ("Ann", "Tier 2", "Acme")


def test_search_lags_and_counts(mocks, zendesk):
    zendesk.tickets.create(Ticket(subject="needle", comment=Comment(body="b")))
    assert [ticket.subject for ticket in zendesk.search("needle", type="ticket")] == ["needle"]
    assert zendesk.search.count("needle") == 1
    mocks.fault("zendesk", "search_lag", times=1)
    assert list(zendesk.search("needle", type="ticket")) == []


def test_a_customer_answers_and_rates(mocks, zendesk):
    id = mocks.emit("zendesk", "ticket", subject="Late", body="Where?", requester_email="sam@example.com")["ticket_id"]
    ticket = zendesk.tickets(id=id)
    ticket.status = "solved"
    zendesk.tickets.update(ticket)
    mocks.emit("zendesk", "rating", ticket_id=id, score="bad", comment="Too slow")
    [rating] = zendesk.satisfaction_ratings()
    assert (rating.score, rating.comment, rating.ticket_id) == ("bad", "Too slow", id)
    mocks.emit("zendesk", "comment", ticket_id=id, body="And now?")
    assert [ticket.status for ticket in zendesk.tickets()] == ["open"]
    assert zendesk.tickets.metrics(id).reopens == 1


def test_a_safe_update_meets_a_conflict(mocks, zendesk):
    zendesk.tickets.create(Ticket(subject="a", comment=Comment(body="b")))
    url = mocks.env["ZENDESK_URL"] + "/api/v2/tickets/1.json"
    auth = (mocks.env["ZENDESK_EMAIL"] + "/token", mocks.env["ZENDESK_TOKEN"])
    stamp = requests.get(url, auth=auth, timeout=10).json()["ticket"]["updated_at"]
    change = {"ticket": {"status": "open", "safe_update": True, "updated_stamp": stamp}}
    assert requests.put(url, json=change, auth=auth, timeout=10).status_code == 200
    mocks.control("PUT", "/clock", advance="2s")
    zendesk.tickets.update(Ticket(id=1, tags=["other"]))
    conflict = requests.put(url, json=change, auth=auth, timeout=10)
    assert (conflict.status_code, conflict.json()["error"]) == (409, "UpdateConflict")


def test_a_retry_storm_earns_its_429s(mocks):
    url = mocks.env["ZENDESK_URL"] + "/api/v2/users/me.json"
    auth = (mocks.env["ZENDESK_EMAIL"] + "/token", mocks.env["ZENDESK_TOKEN"])
    mocks.control("PUT", "/clock", advance="1m")
    with requests.Session() as session:
        for _ in range(1_500):
            last = session.get(url, auth=auth, timeout=10)
            if last.status_code == 429:
                break
    assert last.status_code == 429 and int(last.headers["retry-after"]) >= 1
    assert last.headers["x-rate-limit"] == "700" and last.headers["x-rate-limit-remaining"] == "0"


def test_webhooks_can_stop(mocks, target):
    mocks.target("zendesk", webhook_url=target.url)
    for fault in ("webhook_stop", "circuit_breaker"):
        mocks.fault("zendesk", fault, times=1)
        mocks.emit("zendesk", "ticket", subject="Late", body="Where?", requester_email="sam@example.com")
        lost = wait_for(lambda: mocks.journal("zendesk", "delivery"))[-1]
        assert lost["status"] is None and lost["tries"] == 0
    mocks.emit("zendesk", "ticket", subject="Heard", body="Where?", requester_email="sam@example.com")
    assert json.loads(target.next().body)["detail"]["subject"] == "Heard"
    mocks.target("zendesk", webhook_url=None)


def test_audits_tell_what_happened(zendesk):
    made = zendesk.tickets.create(Ticket(subject="Late", comment=Comment(body="Where?")))
    ticket = made.ticket
    ticket.status, ticket.comment = "pending", Comment(body="Soon", public=False)
    changed = zendesk.tickets.update(ticket)
    audits = list(zendesk.tickets.audits(ticket=ticket))
    assert [audit.id for audit in audits] == [made.audit.id, changed.audit.id]
    kinds = [event["type"] for event in audits[1].events]
    assert kinds == ["Comment", "Change"]


def test_a_macro_shows_its_effect_and_is_then_sent(zendesk):
    ticket = zendesk.tickets.create(Ticket(subject="Down", comment=Comment(body="Help"))).ticket
    known = next(one for one in zendesk.macros() if one.title == "Known outage")
    effect = zendesk.tickets.show_macro_effect(ticket, known)
    zendesk.purge_cache("ticket")  # zenpy takes what would be for what is
    assert zendesk.tickets(id=ticket.id).status == "new"
    zendesk.tickets.update(effect.ticket)
    after = zendesk.tickets(id=ticket.id)
    assert (after.status, set(after.tags)) == ("hold", {"outage", "known_issue"})
