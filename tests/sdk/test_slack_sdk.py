"""slack_sdk with its defaults against `holdline mocks`, and events delivered as Slack delivers them."""

import json
import time

import pytest
import requests
from rig import all_mocks, mocks, target, wait_for  # noqa: F401
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient


@pytest.fixture
def slack(mocks):
    return WebClient(token=mocks.env["SLACK_BOT_TOKEN"], base_url=mocks.env["SLACK_API_URL"])


def acknowledge(call):
    """Gives a challenge back, and takes everything else."""
    body = json.loads(call.body)
    return 200, "text/plain", str(body.get("challenge", "ok")).encode()


def subscribed(mocks, target, **more):
    """The app listens, and has passed the challenge."""
    target.answer = acknowledge
    mocks.target("slack", events_url=f"{target.url}/slack/events", **more)
    challenge = target.next()
    assert json.loads(challenge.body)["type"] == "url_verification"
    wait_for(lambda: mocks.journal("slack", "delivery"))
    return challenge


def verified(call, secret="mock-signing-secret"):
    return SignatureVerifier(secret).is_valid_request(call.body, call.headers)


def test_the_seed_objects_are_there(slack):
    assert len(slack.conversations_list()["channels"]) == 2
    people = [user for user in slack.users_list()["members"] if not user["is_bot"]]
    assert len(people) == 2
    for person in people:
        assert slack.users_lookupByEmail(email=person["profile"]["email"])["user"]["id"] == person["id"]


def test_a_message_of_a_customer_is_delivered_signed(mocks, slack, target):
    assert verified(subscribed(mocks, target))
    said = mocks.emit("slack", "message", channel="#support", text="Where is my order?", user="kim")
    call = target.next()
    assert verified(call) and not verified(call, "another secret")
    event = json.loads(call.body)["event"]
    assert (event["type"], event["text"], event["channel"]) == ("message", "Where is my order?", said["channel"])
    assert event["user"] == said["user"] and event["ts"] == said["ts"] and "X-Slack-Retry-Num" not in call.headers
    history = slack.conversations_history(channel=said["channel"])["messages"]
    assert [message["text"] for message in history] == ["Where is my order?"]
    delivered = wait_for(lambda: mocks.journal("slack", "delivery")[1:])[0]
    assert (delivered["what"], delivered["status"], delivered["tries"]) == ("event", 200, 1)


def test_a_secret_of_ones_own_signs(mocks, target):
    assert verified(subscribed(mocks, target, signing_secret="own secret"), "own secret")
    mocks.target("slack", signing_secret="mock-signing-secret")


def test_an_event_that_is_not_taken_is_tried_again(mocks, target):
    subscribed(mocks, target, retry_delays_s=[0, 0.2, 0.2])
    target.answer = lambda call: (500, "text/plain", b"no")
    mocks.emit("slack", "message", channel="support", text="hello")
    calls = [target.next() for _ in range(4)]
    numbers = [{k.lower(): v for k, v in call.headers.items()}.get("x-slack-retry-num") for call in calls]
    assert numbers == [None, "1", "2", "3"] and all(verified(call) for call in calls)
    reasons = {{k.lower(): v for k, v in call.headers.items()}.get("x-slack-retry-reason") for call in calls[1:]}
    assert reasons == {"http_error"}
    delivered = wait_for(lambda: mocks.journal("slack", "delivery")[1:])[0]
    assert (delivered["status"], delivered["tries"]) == (500, 4)


def test_a_reset_gives_up_what_is_on_its_way(mocks, target):
    subscribed(mocks, target, retry_delays_s=[0.3])
    target.answer = lambda call: (500, "text/plain", b"no")
    mocks.emit("slack", "message", channel="support", text="before")
    assert b"before" in target.next().body
    mocks.control("POST", "/reset")
    target.answer = acknowledge
    mocks.target("slack", retry_delays_s=[0, 1])
    mocks.emit("slack", "message", channel="support", text="after")
    assert b"after" in target.next().body, "the target stays"
    time.sleep(0.6)  # twice as long as the old event would have waited
    assert target.calls.empty(), "the old event is not tried again"
    assert [entry["status"] for entry in mocks.journal("slack", "delivery")] == [200]


def test_events_are_lost_or_doubled_on_demand(mocks, target):
    subscribed(mocks, target)
    mocks.fault("slack", "events_stop", times=1)
    mocks.emit("slack", "message", channel="support", text="lost")
    lost = wait_for(lambda: mocks.journal("slack", "delivery")[1:])[0]
    assert (lost["tries"], lost["error"]) == (0, "lost on purpose")
    mocks.fault("slack", "slack.events_dup", times=1)
    mocks.emit("slack", "message", channel="support", text="twice")
    ids = [json.loads(target.next().body)["event_id"] for _ in range(2)]
    assert ids[0] == ids[1]


def test_errors_are_the_sdks_own(mocks, slack):
    mocks.fault("slack", "internal_error", times=1)
    with pytest.raises(SlackApiError) as raised:
        slack.chat_postMessage(channel="#support", text="hello")
    assert raised.value.response["error"] == "internal_error" and raised.value.response.status_code == 200
    mocks.fault("slack", "rate_limit", times=1, retry_after=7)
    with pytest.raises(SlackApiError) as raised:
        slack.chat_postMessage(channel="#support", text="hello")
    assert raised.value.response.status_code == 429 and raised.value.response.headers["Retry-After"] == "7"
    assert slack.chat_postMessage(channel="#support", text="hello")["ok"]


def test_a_retry_handler_waits_as_told(mocks, slack):
    slack.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    mocks.fault("slack", "rate_limit", times=1, retry_after=1, match="chat.postMessage")
    assert slack.auth_test()["ok"]
    slack.chat_postMessage(channel="#support", text="hello")
    first, second = [entry for entry in mocks.journal("slack") if entry["endpoint"] == "chat.postMessage"]
    assert (first["status"], second["status"]) == (429, 200) and second["at"] - first["at"] >= 0.9


def test_a_page_is_no_json(mocks, slack):
    mocks.fault("slack", "html_5xx")
    with pytest.raises(SlackApiError, match="non-JSON"):
        slack.auth_test()


def test_a_lost_message_says_ok(mocks, slack):
    mocks.fault("slack", "msg_dropped", times=1)
    posted = slack.chat_postMessage(channel="#support", text="never seen")
    assert posted["ok"] and slack.conversations_history(channel=posted["channel"])["messages"] == []


def test_only_this_machine_is_a_target(mocks, target):
    url = mocks.env["HOLDLINE_CONTROL_URL"] + "/targets/slack"
    for surface in ("events_url", "interactivity_url", "commands_url"):
        remote = mocks.http.put(url, json={surface: "http://example.com/slack"}, timeout=10)
        assert remote.status_code == 422 and "--allow-remote-target" in remote.json()["error"]
    assert requests.put(url, json={}, timeout=10).status_code == 401


def test_a_webhook_and_its_client(mocks, slack):
    hook = WebhookClient(mocks.env["SLACK_API_URL"].replace("/api/", "/services/T00000001/B00000001/secret"))
    reply = hook.send(text="deployed")
    assert (reply.status_code, reply.body) == (200, "ok")
    assert slack.conversations_history(channel="C00000001")["messages"][0]["text"] == "deployed"
    reply = hook.send(text="")
    assert (reply.status_code, reply.body) == (400, "no_text")
    mocks.fault("slack", "rate_limit", times=1, retry_after=3)
    reply = hook.send(text="too often")
    assert (reply.status_code, reply.body, reply.headers["retry-after"]) == (429, "rate_limited", "3")


def test_a_file_is_uploaded_and_read_back(mocks, slack):
    done = slack.files_upload_v2(channel="C00000001", filename="log.txt", content="hello", initial_comment="see")
    file = slack.files_info(file=done["file"]["id"])["file"]
    assert (file["name"], file["size"]) == ("log.txt", 5)
    token = {"Authorization": f"Bearer {mocks.env['SLACK_BOT_TOKEN']}"}
    assert requests.get(file["url_private"], headers=token, timeout=10).text == "hello"
    message = slack.conversations_history(channel="C00000001")["messages"][0]
    assert message["text"] == "see" and message["files"][0]["id"] == file["id"]
    assert slack.files_delete(file=file["id"])["ok"]


def test_a_message_is_streamed(mocks, slack):
    said = mocks.emit("slack", "message", channel="support", text="Where is my order?", user="kim")
    status = {"channel_id": said["channel"], "thread_ts": said["ts"], "status": "is thinking..."}
    assert slack.assistant_threads_setStatus(**status)["ok"]
    prompts = [{"title": "Order", "message": "Where is my order?"}]
    assert slack.assistant_threads_setSuggestedPrompts(
        channel_id=said["channel"], thread_ts=said["ts"], prompts=prompts)["ok"]
    assert slack.assistant_threads_setTitle(channel_id=said["channel"], thread_ts=said["ts"], title="An order")["ok"]
    stream = slack.chat_stream(
        channel=said["channel"], thread_ts=said["ts"], recipient_user_id=said["user"], recipient_team_id="T00000001",
        buffer_size=4,
    )
    for part in ("It is ", "on its ", "way."):
        stream.append(markdown_text=part)
    stream.stop()
    answer = slack.conversations_replies(channel=said["channel"], ts=said["ts"])["messages"][1]
    assert answer["text"] == "It is on its way."


def test_views_need_a_fresh_trigger(mocks, slack):
    home = {"type": "home", "blocks": []}
    assert slack.views_publish(user_id="U00000002", view=home)["view"]["type"] == "home"
    with pytest.raises(SlackApiError) as raised:
        slack.views_open(trigger_id="1.2.3", view={"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []})
    assert raised.value.response["error"] == "invalid_trigger_id"


def test_a_retry_storm_earns_its_429(mocks, slack):
    with pytest.raises(SlackApiError) as raised:
        for n in range(1_000):
            slack.chat_postMessage(channel="#support", text=f"again {n}")
    assert raised.value.response.status_code == 429 and int(raised.value.response.headers["Retry-After"]) >= 1
    assert slack.chat_postMessage(channel="#support-escalations", text="elsewhere")["ok"]
    mocks.control("PUT", "/clock", advance="1m")
    assert slack.chat_postMessage(channel="#support", text="later")["ok"]
