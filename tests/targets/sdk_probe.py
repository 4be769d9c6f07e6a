"""A target that tries every surface with the vendors' official SDKs and writes down what came of each.

It calls out once at the start, and checks the signature of everything that comes in with the vendor's own code. The
results stand in the file PROBE_OUT: {"what was tried": "ok" or the error}.
"""

import base64
import hashlib
import hmac
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import openai
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client as Twilio
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket
from zenpy.lib.exception import RecordNotFoundException

BASE = f"http://127.0.0.1:{os.environ['BOT_PORT']}"
results, lock = {}, threading.Lock()


def note(name, outcome="ok"):
    with lock:
        if results.get(name, "ok") == "ok":  # the first failure is kept
            results[name] = outcome
        part = os.environ["PROBE_OUT"] + ".part"
        with open(part, "w") as file:
            json.dump(results, file, indent=1)
        os.replace(part, os.environ["PROBE_OUT"])


def attempt(function):
    try:
        function()
        note(function.__name__)
    except Exception as error:  # whatever it is, it is the finding
        note(function.__name__, f"{type(error).__name__}: {error}"[:500])


llm = openai.OpenAI(max_retries=0, timeout=10)
ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Where is my order 1001? Please be brief."}]}


def openai_answers():
    reply = llm.chat.completions.create(**ASK)
    assert reply.object == "chat.completion" and reply.id and reply.model and reply.created > 0
    assert reply.choices[0].message.role == "assistant" and reply.choices[0].finish_reason == "stop"
    assert "Ref." in reply.choices[0].message.content, reply.choices[0].message.content
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert reply._request_id


def openai_streams():
    chunks = list(llm.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True}))
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "Ref." in text, text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0


def openai_lists_models():
    models = [model.id for model in llm.models.list()]
    assert models and llm.models.retrieve(models[0]).id == models[0]


def openai_refuses_nonsense():
    try:
        llm.chat.completions.create(model="gpt-4o-mini", messages=[])
    except openai.BadRequestError as error:
        assert error.body and set(error.body) >= {"message", "type", "param", "code"}, error.body
    else:
        raise AssertionError("no messages, and yet an answer")


def openai_refuses_a_wrong_key():
    try:
        openai.OpenAI(api_key="wrong", max_retries=0).models.list()
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key", error.body
    else:
        raise AssertionError("a wrong key was accepted")


def backup_answers():
    client = openai.OpenAI(
        base_url=os.environ["LLM_BACKUP_URL"], api_key=os.environ["LLM_BACKUP_API_KEY"], max_retries=0, timeout=10
    )
    first, second = (c.chat.completions.create(**ASK).choices[0].message.content for c in (llm, client))
    assert "Ref." in second and first != second


slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"].rstrip("/") + "/")


def slack_knows_us():
    us = slack.auth_test()
    assert us["ok"] and us["user_id"] and us["bot_id"] and us["team_id"]


def slack_threads():
    root = slack.chat_postMessage(channel="#support-escalations", text="The probe was here.")
    channel, ts = root["channel"], root["ts"]
    reply = slack.chat_postMessage(channel=channel, thread_ts=ts, text="Thinking…")
    slack.chat_update(channel=channel, ts=reply["ts"], text="Thought.")
    told = slack.conversations_replies(channel=channel, ts=ts)["messages"]
    assert [message["text"] for message in told] == ["The probe was here.", "Thought."], told
    assert told[1]["thread_ts"] == ts and float(told[1]["ts"]) > float(ts)


def slack_refuses():
    for wrong, call in {
        "channel_not_found": lambda: slack.chat_postMessage(channel="C0NOWHERE", text="x"),
        "invalid_auth": lambda: WebClient(token="xoxb-wrong", base_url=slack.base_url).auth_test(),
    }.items():
        try:
            call()
        except SlackApiError as error:
            assert error.response["error"] == wrong, error.response.data
        else:
            raise AssertionError(f"no {wrong}")


zendesk = Zenpy(
    subdomain=os.environ["ZENDESK_SUBDOMAIN"], email=os.environ["ZENDESK_EMAIL"], token=os.environ["ZENDESK_TOKEN"]
)


def zendesk_tickets():
    audit = zendesk.tickets.create(Ticket(subject="Probe", description="Order 1001 is late.", external_id="1001"))
    ticket = zendesk.tickets(id=audit.ticket.id)
    assert (ticket.subject, ticket.status) == ("Probe", "new") or ticket.status == "open", ticket.to_dict()
    ticket.comment, ticket.status = Comment(body="It is on its way.", public=True), "solved"
    assert zendesk.tickets.update(ticket).ticket.status == "solved"
    told = [comment.body for comment in zendesk.tickets.comments(ticket=ticket.id)]
    assert told == ["Order 1001 is late.", "It is on its way."], told


def zendesk_refuses():
    try:
        zendesk.tickets(id=999999999)
    except RecordNotFoundException:
        return
    raise AssertionError("a ticket that does not exist")


twilio = Twilio(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
twilio.api.base_url = os.environ["TWILIO_API_URL"].rstrip("/")


def twilio_texts():
    message = twilio.messages.create(to="+15005550010", from_="+15005550006", body="We are on it.")
    assert message.sid.startswith("SM") and len(message.sid) == 34 and message.status in ("queued", "sent", "accepted")
    assert twilio.messages(message.sid).fetch().body == "We are on it."


def twilio_calls():
    call = twilio.calls.create(to="+15005550010", from_="+15005550006", twiml="<Response><Say>Hello</Say></Response>")
    assert call.sid.startswith("CA") and len(call.sid) == 34
    assert twilio.calls(call.sid).fetch().sid == call.sid
    assert call.sid in [listed.sid for listed in twilio.calls.list(limit=20)]


def twilio_refuses():
    try:
        twilio.messages.create(to="nobody", from_="+15005550006", body="x")
    except TwilioRestException as error:
        assert (error.status, error.code) == (400, 21211), error
    else:
        raise AssertionError("a message to nobody")


def statuspage_incidents():
    root = os.environ["STATUSPAGE_API_URL"].rstrip("/").removesuffix("/v1")
    page = f"{root}/v1/pages/{os.environ.get('STATUSPAGE_PAGE_ID', 'page')}/incidents"
    key = {"authorization": "OAuth " + os.environ.get("STATUSPAGE_API_KEY", "key")}
    new = {"incident": {"name": "Probe", "status": "investigating", "body": "We are looking into it."}}
    made = requests.post(page, json=new, headers=key, timeout=10)
    assert made.status_code == 201, made.text
    done = {"incident": {"status": "resolved", "body": "All is well."}}
    changed = requests.patch(f"{page}/{made.json()['id']}", json=done, headers=key, timeout=10)
    assert changed.json()["status"] == "resolved", changed.text
    assert [update["status"] for update in changed.json()["incident_updates"]] == ["resolved", "investigating"]


CALLS = [
    openai_answers, openai_streams, openai_lists_models, openai_refuses_nonsense, openai_refuses_a_wrong_key, backup_answers,
    slack_knows_us, slack_threads, slack_refuses, zendesk_tickets, zendesk_refuses, twilio_texts, twilio_calls, twilio_refuses,
    statuspage_incidents,
]  # fmt: skip


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def respond(self, status, body="", kind="text/plain"):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        self.respond(200 if self.path == "/healthz" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        {"/slack/events": self.slack, "/voice": self.voice, "/zendesk": self.zendesk}[self.path](body)

    def slack(self, body):
        signed = SignatureVerifier(os.environ["SLACK_SIGNING_SECRET"]).is_valid_request(body, dict(self.headers))
        note("slack_signs_events", "ok" if signed else "a wrong signature")
        event = json.loads(body)
        self.respond(200, event.get("challenge", ""))
        said = event.get("event", {})
        if said.get("type") == "message" and "bot_id" not in said and "thread_ts" not in said and "subtype" not in said:
            slack.chat_postMessage(channel=said["channel"], thread_ts=said["ts"], text="Here is your answer.")

    def voice(self, body):
        form = dict(parse_qsl(body, keep_blank_values=True))
        signature = self.headers.get("x-twilio-signature", "")
        signed = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"]).validate(f"{BASE}/voice", form, signature)
        note("twilio_signs_calls", "ok" if signed else f"a wrong signature over {BASE}/voice")
        self.respond(200, "<Response><Say>Please hold.</Say><Enqueue>support</Enqueue></Response>", "text/xml")

    def zendesk(self, body):
        stamp = self.headers.get("x-zendesk-webhook-signature-timestamp", "")
        digest = hmac.new(os.environ["ZENDESK_WEBHOOK_SECRET"].encode(), (stamp + body).encode(), hashlib.sha256).digest()
        signed = base64.b64encode(digest).decode() == self.headers.get("x-zendesk-webhook-signature")
        note("zendesk_signs_webhooks", "ok" if signed else "a wrong signature")
        self.respond(200)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["BOT_PORT"])), Web)
    for call in CALLS:
        attempt(call)
    note("finished")
    server.serve_forever()
