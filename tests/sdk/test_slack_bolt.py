"""slack_bolt over HTTP and in Socket Mode, and slack_sdk's three Socket Mode clients, against `holdline mocks`."""

import asyncio
import collections
import queue
import socket
import threading

import pytest
from rig import all_mocks, mocks, wait_for  # noqa: F401
from slack_bolt import App, Assistant
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler as WebsocketClientHandler
from slack_bolt.app.app import SlackAppDevelopmentServer
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient as AiohttpClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

BUTTON = [{"type": "actions", "block_id": "ask", "elements": [
    {"type": "button", "action_id": "refund", "value": "7", "text": {"type": "plain_text", "text": "Refund"}},
]}]
FORM = {
    "type": "modal", "callback_id": "details", "title": {"type": "plain_text", "text": "Details"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [{"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "Why"},
                "element": {"type": "plain_text_input", "action_id": "a"}}],
}


@pytest.fixture
def slack(mocks):
    return WebClient(token=mocks.env["SLACK_BOT_TOKEN"], base_url=mocks.env["SLACK_API_URL"])


class Told:
    """What a bot is told, by kind: two events of one moment come in any order."""

    def __init__(self):
        self.kinds = collections.defaultdict(queue.Queue)

    def put(self, one):
        self.kinds[one[0]].put(one[1])


def build(client) -> tuple[App, Told]:
    """A bot as its documentation shows it; everything that it is told is kept."""
    app = App(client=client, signing_secret="mock-signing-secret", process_before_response=True)
    told = Told()

    @app.message("help")
    def helps(message, say):
        told.put(("message", message["text"]))
        say(text="How can we help?", thread_ts=message["ts"], blocks=BUTTON)

    @app.event("app_mention")
    def mentioned(event):
        told.put(("mention", event["text"]))

    @app.event("message")
    def others(event):
        told.put(("other", event.get("subtype")))

    @app.action("refund")
    def refund(ack, action, respond):
        ack()
        told.put(("action", action["value"]))
        respond(text="Refunded.", replace_original=True)

    @app.command("/order")
    def order(ack, command, client):
        ack(text=f"Looking for {command['text']}", response_type="in_channel")
        told.put(("command", command["command"]))
        client.views_open(trigger_id=command["trigger_id"], view=FORM)

    @app.view("details")
    def details(ack, view):
        ack()
        told.put(("view", view["state"]["values"]["b"]["a"]["value"]))

    return app, told


def expect(told, kind, within=20):
    """The next thing of a kind that the bot is told."""
    return told.kinds[kind].get(timeout=within)


@pytest.fixture
def over_http(mocks, slack):
    app, told = build(slack)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = SlackAppDevelopmentServer(port, "/slack/events", app, http_server_logger_enabled=False)
    threading.Thread(target=server.start, daemon=True).start()
    url = f"http://127.0.0.1:{port}/slack/events"

    def listens():
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    wait_for(listens)
    mocks.target("slack", events_url=url, interactivity_url=url, commands_url=url)
    yield told
    server._server.shutdown()
    mocks.target("slack", events_url=None, interactivity_url=None, commands_url=None)


def connected(mocks, number=1):
    opened = len(mocks.journal("slack", "socket_open")) - len(mocks.journal("slack", "socket_close"))
    return opened == number


@pytest.fixture(params=[SocketModeHandler, WebsocketClientHandler], ids=["builtin", "websocket_client"])
def over_socket(mocks, slack, request):
    app, told = build(slack)
    handler = request.param(app, mocks.env["SLACK_APP_TOKEN"])
    handler.connect()
    wait_for(lambda: connected(mocks))
    yield told
    handler.close()
    wait_for(lambda: connected(mocks, 0))


def play(mocks, slack, told):
    """One customer through everything that a bot can be asked."""
    said = mocks.emit("slack", "message", channel="support", text="please help <@U00000001>", user="kim")
    assert expect(told, "message") == "please help <@U00000001>"
    assert expect(told, "mention").startswith("please help")
    replies = lambda: slack.conversations_replies(channel=said["channel"], ts=said["ts"])["messages"][1:]
    answer = wait_for(replies)[0]
    assert answer["blocks"][0]["block_id"] == "ask"
    mocks.emit("slack", "block_action", channel="support", ts=answer["ts"], action_id="refund", value="8")
    assert expect(told, "action") == "8"
    wait_for(lambda: replies()[0]["text"] == "Refunded.")
    mocks.emit("slack", "slash_command", command="/order", text="4711", channel="support", user="kim")
    assert expect(told, "command") == "/order"
    history = lambda: [message["text"] for message in slack.conversations_history(channel=said["channel"])["messages"]]
    wait_for(lambda: "Looking for 4711" in history())
    mocks.emit("slack", "view_submission", callback_id="details", values={"b": {"a": "it broke"}})
    assert expect(told, "view") == "it broke"


def test_a_bot_over_http(mocks, slack, over_http):
    play(mocks, slack, over_http)
    wait_for(lambda: [entry for entry in mocks.journal("slack", "delivery") if entry["what"] == "slash_command"])
    assert {entry["status"] for entry in mocks.journal("slack", "delivery")} == {200}


def test_a_bot_in_socket_mode(mocks, slack, over_socket):
    play(mocks, slack, over_socket)
    acks = wait_for(lambda: [entry for entry in mocks.journal("slack", "socket_ack") if entry["has_payload"]])
    assert acks[0]["envelope_id"] and acks[0]["socket"]
    delivered = mocks.journal("slack", "delivery")
    assert all(entry["url"].startswith("socket:") and entry["status"] == 200 for entry in delivered)


def test_a_disconnect_makes_it_come_back(mocks, slack, over_socket):
    for reason in ("warning", "refresh_requested"):
        opened = len(mocks.journal("slack", "socket_open"))
        mocks.fault("slack", "socket_disconnect", reason=reason)
        wait_for(lambda: len(mocks.journal("slack", "socket_open")) > opened and connected(mocks))
        mocks.control("DELETE", "/faults")
        mocks.emit("slack", "message", channel="support", text="help again")
        assert expect(over_socket, "message") == "help again"
    closed = mocks.journal("slack", "socket_close")
    assert {entry["fault"] for entry in closed} == {"slack.socket_disconnect"}


def test_a_broken_wire_makes_it_come_back(mocks, over_socket):
    mocks.fault("slack", "reset", match="socket", times=1)
    wait_for(lambda: mocks.journal("slack", "socket_close"))
    wait_for(lambda: connected(mocks), within=40)
    mocks.emit("slack", "message", channel="support", text="help after the reset")
    assert expect(over_socket, "message") == "help after the reset"


def test_events_over_a_socket_are_lost_late_or_doubled(mocks, over_socket):
    mocks.fault("slack", "events_stop", times=1)
    mocks.emit("slack", "message", channel="support", text="help, lost")
    wait_for(lambda: [entry for entry in mocks.journal("slack", "delivery") if entry["tries"] == 0])
    mocks.fault("slack", "events_dup", times=1)
    mocks.emit("slack", "message", channel="support", text="help, twice")
    assert [expect(over_socket, "message") for _ in range(2)] == ["help, twice"] * 2


def test_no_socket_is_given_out(mocks):
    web = WebClient(base_url=mocks.env["SLACK_API_URL"])
    mocks.fault("slack", "socket_refuse", times=1)
    assert web.api_test()["ok"], "only that one method fails"
    with pytest.raises(SlackApiError) as raised:
        web.apps_connections_open(app_token="xapp-mock-token")
    assert raised.value.response["error"] == "internal_error"
    assert web.apps_connections_open(app_token="xapp-mock-token")["url"].startswith("ws://")
    with pytest.raises(SlackApiError) as raised:
        web.apps_connections_open(app_token="xoxb-mock-token")
    assert raised.value.response["error"] == "not_allowed_token_type"


def test_several_sockets_share_the_events(mocks):
    web = WebClient(base_url=mocks.env["SLACK_API_URL"])
    heard: queue.Queue = queue.Queue()

    def client(name):
        one = SocketModeClient(app_token=mocks.env["SLACK_APP_TOKEN"], web_client=web)

        def take(client, request):
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
            heard.put((name, request.payload["event"]["text"], request.retry_attempt))

        one.socket_mode_request_listeners.append(take)
        one.connect()
        return one

    both = [client("first"), client("second")]
    try:
        wait_for(lambda: connected(mocks, 2))
        for n in range(4):
            mocks.emit("slack", "message", channel="support", text=str(n))
        got = sorted((heard.get(timeout=20) for _ in range(4)), key=lambda one: one[1])
        assert [one[1] for one in got] == ["0", "1", "2", "3"] and {one[2] for one in got} == {0}
        assert sorted(one[0] for one in got) == ["first", "first", "second", "second"]
    finally:
        [one.close() for one in both]
        wait_for(lambda: connected(mocks, 0))


def test_an_envelope_that_is_not_taken_is_sent_again(mocks):
    mocks.target("slack", retry_delays_s=[0])
    web = WebClient(base_url=mocks.env["SLACK_API_URL"])
    one = SocketModeClient(app_token=mocks.env["SLACK_APP_TOKEN"], web_client=web)
    heard: queue.Queue = queue.Queue()
    one.socket_mode_request_listeners.append(lambda client, request: heard.put(request))
    one.connect()
    try:
        wait_for(lambda: connected(mocks))
        mocks.emit("slack", "message", channel="support", text="anybody?")
        first, second = heard.get(timeout=20), heard.get(timeout=20)
        assert first.envelope_id == second.envelope_id and (first.retry_attempt, second.retry_attempt) == (0, 1)
        assert second.retry_reason == "timeout"
        delivered = wait_for(lambda: mocks.journal("slack", "delivery"))[0]
        assert (delivered["status"], delivered["tries"]) == (None, 2) and "timeout" in delivered["error"]
    finally:
        one.close()
        mocks.target("slack", retry_delays_s=[0, 60, 300])


def test_a_silent_socket_is_found_stale(mocks):
    web = WebClient(base_url=mocks.env["SLACK_API_URL"])
    one = SocketModeClient(app_token=mocks.env["SLACK_APP_TOKEN"], web_client=web, ping_interval=0.5)
    one.connect()
    try:
        wait_for(lambda: connected(mocks))
        before = one.session_id()
        mocks.fault("slack", "socket_silent", times=1)
        wait_for(lambda: one.session_id() != before and one.is_connected(), within=40)
    finally:
        one.close()


def test_the_aiohttp_client(mocks):
    async def run():
        web = AsyncWebClient(base_url=mocks.env["SLACK_API_URL"])
        one = AiohttpClient(app_token=mocks.env["SLACK_APP_TOKEN"], web_client=web)
        heard = asyncio.Queue()

        async def take(client, request):
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
            await heard.put(request.payload["event"]["text"])

        one.socket_mode_request_listeners.append(take)
        await one.connect()
        await asyncio.to_thread(wait_for, lambda: connected(mocks))
        await asyncio.to_thread(mocks.emit, "slack", "message", channel="support", text="hello")
        assert await asyncio.wait_for(heard.get(), 20) == "hello"
        await one.close()

    asyncio.run(run())
    assert wait_for(lambda: mocks.journal("slack", "socket_ack"))


def test_an_assistant_as_bolt_has_it(mocks, slack):
    """Bolt's own store keeps the context of an assistant's thread with the bot's first message there, and finds it again."""
    app, told = App(client=slack, signing_secret="mock-signing-secret", process_before_response=True), Told()
    assistant = Assistant()

    @assistant.thread_started
    def started(say, set_suggested_prompts):
        say("How can I help you?")
        set_suggested_prompts(prompts=[{"title": "Orders", "message": "Where is my order?"}])
        told.put(("started", None))

    @assistant.user_message
    def answers(payload, get_thread_context, set_status, say):
        set_status("is thinking...")
        say(f"You look at {get_thread_context()['channel_id']}.")
        told.put(("answered", payload["text"]))

    app.assistant(assistant)

    @app.event("app_home_opened")
    def home(event, client):
        menu = {"type": "static_select", "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "A"}, "value": "a"}]}
        view = {"type": "home", "blocks": [{"type": "actions", "elements": [menu]}]}
        client.views_publish(user_id=event["user"], view=view)
        told.put(("home", event["tab"]))

    @app.action("pick")
    def picked(ack, body):
        ack()
        told.put(("picked", body["actions"][0]["selected_option"]["value"]))

    @app.shortcut("triage")
    def triage(ack, shortcut):
        ack()
        told.put(("shortcut", shortcut["message"]["text"]))

    @app.event("member_joined_channel")
    def joined(event):
        told.put(("joined", event["user"]))

    handler = SocketModeHandler(app, mocks.env["SLACK_APP_TOKEN"])
    handler.connect()
    try:
        wait_for(lambda: mocks.journal("slack", "socket_open"))
        thread = mocks.emit("slack", "assistant_thread_started", user="kim", context_channel="support")
        expect(told, "started")
        mocks.emit("slack", "assistant_thread_context_changed", user="kim", context_channel="support-escalations")
        where = {"channel": thread["channel"], "ts": thread["thread_ts"]}
        other = slack.conversations_list()["channels"][1]["id"]

        def context():
            first = slack.conversations_replies(**where, include_all_metadata=True)["messages"][1]
            return first["metadata"]["event_payload"]["channel_id"]

        wait_for(lambda: context() == other)
        mocks.emit("slack", "message", channel="@kim", user="kim", text="Where is my order?", thread_ts=where["ts"])
        expect(told, "answered")
        assert slack.conversations_replies(**where)["messages"][-1]["text"] == f"You look at {other}."
        mocks.emit("slack", "app_home_opened", user="alex")
        assert expect(told, "home") == "home"
        mocks.emit("slack", "block_action", user="alex", action_id="pick", value="a")
        assert expect(told, "picked") == "a"
        mocks.emit("slack", "shortcut", callback_id="triage", channel="@kim", ts=where["ts"])
        assert expect(told, "shortcut") == "New Assistant Thread"
        joined = mocks.emit("slack", "event", type="member_joined_channel", user="kim", channel="support")
        assert joined["deliveries"] == 1 and expect(told, "joined").startswith("U")
    finally:
        handler.close()
