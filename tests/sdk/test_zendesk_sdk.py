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
from zenpy.lib.api_objects import Comment, Ticket
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
