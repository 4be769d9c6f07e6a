"""The official SDKs for Node against `holdline mocks`: each test runs one check of a script in tests/sdk/node.

The packages are those of its package-lock.json; tests/run.sh installs them. A check prints a line of JSON.
"""

import json
import os
import shutil
import subprocess

import pytest
from rig import ROOT, all_mocks, mocks  # noqa: F401

SCRIPTS = ROOT / "tests" / "sdk" / "node"
# The node that comes with the packages, so that the machine's own may be of any age; elsewhere than on Linux, that one.
NODE = next(SCRIPTS.glob("node_modules/node-linux-*/bin/node"), None) or shutil.which("node")
WORDS = "Where is my order 1001?"


@pytest.fixture
def node(mocks):
    """Runs a check of a script with the environment that the mocks print; gives what it found."""
    assert NODE and (SCRIPTS / "node_modules").exists(), "the packages are missing: npm ci in tests/sdk/node"

    def check(script: str, name: str):
        done = subprocess.run(
            [NODE, f"{script}.mjs", name],
            cwd=SCRIPTS, env=os.environ | mocks.env, capture_output=True, text=True, timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    yield check
    mocks.target("twilio", voice_url=None)
    mocks.target("slack", events_url=None)


def statuses(mocks, vendor, endpoint):
    return [entry["status"] for entry in mocks.journal(vendor) if entry["endpoint"] == endpoint]


def test_openai_chats(node):
    found = node("openai", "chat")
    assert "Ref." in found["text"] and found["request_id"].startswith("req_") and found["tokens"] > 0


def test_openai_streams(node):
    found = node("openai", "stream")
    assert "Ref." in found["text"] and found["tokens"] > 0
    assert "Ref." in node("openai", "stream_helper")["text"]


def test_openai_calls_a_tool(node):
    found = node("openai", "tools")
    assert (found["reason"], found["name"]) == ("tool_calls", "find_order") and WORDS in found["order"]


def test_openai_fills_a_schema(node):
    found = node("openai", "schema")
    assert found["kind"] in ("billing", "other") and "Ref." in found["reply"]


def test_openai_responds(node):
    found = node("openai", "responses")
    assert "Ref." in found["text"] and found["again"] == found["text"] and found["previous"]


def test_openai_streams_a_response(node):
    found = node("openai", "responses_stream")
    assert (found["first"], found["last"]) == ("response.created", "response.completed")
    assert "Ref." in found["text"] and "Ref." in found["final"]


def test_openai_calls_a_tool_in_a_response(node):
    found = node("openai", "responses_tools")
    assert found["type"] == "function_call" and WORDS in found["order"]


def test_openai_embeds(node):
    found = node("openai", "embeddings")
    assert (found["count"], found["dimensions"]) == (2, 1536) and found["length"] == pytest.approx(1, abs=1e-4)


def test_openai_tries_again(mocks, node):
    assert "Ref." in node("openai", "retries")["text"]
    assert statuses(mocks, "openai", "chat.completions") == [503, 503, 200]


def test_openai_raises_its_own_classes(node):
    found = {name: error["name"] for name, error in node("openai", "errors").items()}
    assert found == {
        "rate_limit": "RateLimitError",
        "server_error": "InternalServerError",
        "invalid_api_key": "AuthenticationError",
        "model_not_found": "NotFoundError",
        "reset": "APIConnectionError",
    }
    assert node("openai", "stream_error")["name"] == "APIError"


def test_twilio_sends_and_lists_messages(node):
    found = node("twilio", "messages")
    assert all(sid.startswith("SM") and len(sid) == 34 for sid in found["sids"])
    assert sorted(found["listed"]) == ["one", "three", "two"], "page after page"
    assert found["fetched"] == {"body": "one", "direction": "outbound-api", "date": True}


def test_twilio_calls(node):
    found = node("twilio", "calls")
    assert found["sid"].startswith("CA") and found["status"] == "queued" and found["listed"] == [found["sid"]]


def test_twilio_raises_its_own_class(node):
    found = node("twilio", "errors")
    classes = {name: (error["name"], error["status"], error["code"]) for name, error in found.items()}
    assert classes == {"bad": ("RestException", 400, 21211), "many": ("RestException", 429, 20429)}


def test_twilios_validator_accepts_a_webhook(node):
    found = node("twilio", "validator")
    assert found == {"path": "/voice", "from": "+15005550100", "valid": True, "other": False}


def test_zendesk_creates_shows_and_updates_a_ticket(node):
    found = node("zendesk", "tickets")
    assert (found["subject"], found["before"], found["after"]) == ("Late parcel", "new", "solved")
    assert found["bodies"] == ["Where is it?", "Found."]


def test_zendesk_lists_page_after_page(node):
    assert node("zendesk", "list")["listed"] == 105


def test_zendesk_searches_and_knows_itself(mocks, node):
    assert node("zendesk", "search")["subjects"] == ["Broken lamp"]
    assert node("zendesk", "me")["email"] == mocks.env["ZENDESK_EMAIL"]


def test_zendesk_raises_its_own_errors(node):
    found = node("zendesk", "errors")
    assert "404" in found["missing"] and "503" in found["down"]


def test_slack_knows_itself(node):
    found = node("slack", "test")
    assert found["ok"] and found["user_id"].startswith("U")


def test_slack_writes_and_reads_a_thread(node):
    found = node("slack", "thread")
    assert found["texts"] == ["Hello", "one", "two", "three"] and found["history"] == ["Hello"]
    assert found["blocks"][0]["type"] == "section"


def test_slack_raises_its_own_errors(node):
    found = node("slack", "errors")
    assert {error["code"] for error in found.values()} == {"slack_webapi_platform_error"}


def test_slack_waits_out_its_rate_limit(mocks, node):
    found = node("slack", "waits_for_its_turn")
    assert found["ok"] and found["waited"] >= 0.9
    assert statuses(mocks, "slack", "auth.test") == [429, 200]


def test_bolt_accepts_a_signed_event_and_answers_in_the_thread(node):
    assert node("slack", "bolt") == {"texts": ["Where is my order?", "About: Where is my order?"], "bot": True}


def test_bolt_refuses_what_another_secret_signed(node):
    assert node("slack", "bolt_with_another_secret") == {"status": 401}
