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


PLAYED = {"message": "please help", "action": "8", "after": "Refunded.", "command": "4711", "view": "it broke"}


def test_bolt_is_pressed_commanded_and_filled_in_over_http(node):
    assert node("slack", "bolt_interactivity") == PLAYED


def test_bolt_in_socket_mode(node):
    found = node("slack", "bolt_socket_mode")
    assert found.pop("acks") >= 4 and found == PLAYED


def test_bolt_comes_back_when_slack_ends_its_socket(node):
    found = node("slack", "bolt_comes_back")
    assert found["heard"] == ["help after refresh_requested", "help after warning"]
    assert found["closed"] == ["slack.socket_disconnect"] * 2


def test_bolt_survives_a_reset_of_its_socket(node):
    assert node("slack", "bolt_survives_a_reset") == {"text": "help again"}


def test_slack_finds_people_and_reacts(node):
    found = node("slack", "people_and_reactions")
    assert (found["same"], found["text"], found["reaction"], found["left"]) == (True, "Hello again", "eyes", 0)
    assert "already_reacted" in found["again"] and found["permalink"].startswith("http")


def test_slack_uploads_a_file(node):
    assert node("slack", "file") == {"name": "log.txt", "size": 5, "read": "hello", "text": "see"}


def test_slack_streams_a_message(node):
    assert node("slack", "stream") == {"text": "It is on its way."}


def test_zendesk_makes_a_user_once(node):
    assert node("zendesk", "users") == {"name": "Ann Lee", "role": "end-user", "found": [True]}


def test_zendesk_makes_many_tickets_by_a_job(node):
    assert node("zendesk", "job") == {"made": 3, "listed": 3}


def test_zendesk_reads_audits(node):
    assert node("zendesk", "audits") == {"count": 2, "events": [["status", "new", "pending"]]}


def test_zendesk_applies_a_macro(node):
    assert node("zendesk", "macros") == {"would": "hold", "public": True, "still": "new"}


def test_zendesk_tags_a_ticket(node):
    assert node("zendesk", "tags") == {"tags": ["late", "vip"], "known": ["late", "vip"]}


def test_zendesk_takes_a_request(node):
    assert node("zendesk", "requests") == {"status": "new", "bodies": ["It does not shine."]}


def test_zendesk_exports_by_cursor(node):
    assert node("zendesk", "export") == {"subjects": ["one", "two"], "end": True}


def test_zendesk_lists_ratings(node):
    assert node("zendesk", "rates") == {"scores": ["good"]}


def test_zendesk_takes_a_refusal_for_a_result(node):
    """node-zendesk raises nothing where it is told to come back later, nor at a gateway's page: bots must look."""
    assert node("zendesk", "too_many") == {"status": 429, "refused": 429, "after": "Holdline Bot"}
    found = node("zendesk", "down")
    assert found["maintenance"] is None and found["gateway"] is None
    assert "500" in found["internal_error"]["message"] and "409" in found["update_conflict"]["message"]


def test_twilio_talks_with_a_caller(node):
    assert node("twilio", "talks") == {
        "paths": ["/voice", "/menu", "/bot"], "digits": "1", "speech": "My order is late", "status": "completed",
    }


def test_twilio_sets_a_numbers_address(node):
    assert node("twilio", "number") == {"number": "+15005550006", "path": "/elsewhere"}


def test_twilio_takes_a_caller_from_a_queue(node):
    assert node("twilio", "queue") == {"name": "support", "same": True, "paths": ["/after", "/taken"]}


def test_twilio_leads_a_call_elsewhere(node):
    assert node("twilio", "is_led_elsewhere") == {"path": "/other", "over": True}


def test_twilio_is_told_of_a_call_in_order(node):
    found = node("twilio", "callbacks")
    assert found == {"statuses": ["initiated", "ringing", "in-progress", "completed"], "numbers": ["0", "1", "2", "3"]}


def test_twilio_learns_that_a_text_never_arrived(node):
    assert node("twilio", "undelivered") == {"first": "queued", "code": 30007}


def test_twilio_tries_again_when_it_is_told_to(mocks, node):
    assert node("twilio", "tries_again") == {"status": "queued"}
    assert statuses(mocks, "twilio", "messages.create") == [429, 429, 201]


def test_openai_sees_a_stream_break_off(node):
    found = node("openai", "cut")
    assert found["error"] and 1 <= found["chunks"] <= 2


def test_openai_speaks_and_hears(node):
    assert node("openai", "voice") == {"heard": WORDS}


def test_openai_knows_its_models(node):
    assert node("openai", "models") == {"listed": True, "id": "gpt-4o-mini", "unknown": "NotFoundError"}
