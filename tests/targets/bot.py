"""A support bot as teams write them, on the official SDKs: Slack (slack_bolt over HTTP), OpenAI and Zendesk (zenpy).

A customer writes in the support channel; the bot says that it is thinking, asks the language model, and replies in the
thread. When the customer asks for a person, it posts in the escalation channel and opens a Zendesk ticket.

BOT_STYLE=naive      one provider, the SDKs' defaults, no thought of failure
BOT_STYLE=resilient  short timeouts, few retries, a second provider, and people when both fail
"""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from openai import OpenAI
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket

RESILIENT = os.environ.get("BOT_STYLE", "naive") == "resilient"
ESCALATIONS = os.environ.get("BOT_ESCALATIONS", "#support-escalations")
WANTS_PERSON = re.compile(r"\b(person|human|agent|colleague|representative)\b", re.I)
SAYS_THANKS = re.compile(r"\b(thanks|thank you|bye|solved)\b", re.I)
ORDER = re.compile(r"\border\b\W*(?:number|no\.?)?\W*([A-Z]*-?\d[\w-]*)", re.I)

slack = WebClient(
    token=os.environ["SLACK_BOT_TOKEN"],
    base_url=os.environ.get("SLACK_API_URL", "https://slack.com/api/").rstrip("/") + "/",
    timeout=5 if RESILIENT else 30,
)
app = App(client=slack, signing_secret=os.environ["SLACK_SIGNING_SECRET"], listener_executor=ThreadPoolExecutor(64))
zendesk = Zenpy(
    subdomain=os.environ.get("ZENDESK_SUBDOMAIN", "example"),
    email=os.environ["ZENDESK_EMAIL"],
    token=os.environ["ZENDESK_TOKEN"],
    timeout=5 if RESILIENT else None,
)
if RESILIENT:
    primary = OpenAI(timeout=4, max_retries=1)
    backup = OpenAI(
        base_url=os.environ["LLM_BACKUP_URL"],
        api_key=os.environ.get("LLM_BACKUP_API_KEY", "none"),
        timeout=4,
        max_retries=1,
    )
else:
    primary = OpenAI()

owner = {}  # thread -> the customer who began it
escalation_channel = None  # its id, known once something was posted there
primary_rests_until = 0.0


def ask(client, text):
    reply = client.chat.completions.create(
        model=os.environ.get("BOT_MODEL", "gpt-4o-mini"),
        messages=[
            {"role": "system", "content": "You answer customers of a web shop. Keep reference numbers as they are."},
            {"role": "user", "content": text},
        ],
    )
    return reply.choices[0].message.content


def ask_with_care(text):
    """The first provider unless it failed a moment ago, then the second; None if neither answers."""
    global primary_rests_until
    if time.monotonic() >= primary_rests_until:
        try:
            return ask(primary, text)
        except Exception as error:
            app.logger.warning("first provider: %r", error)
            primary_rests_until = time.monotonic() + 10
    try:
        return ask(backup, text)
    except Exception as error:
        app.logger.warning("second provider: %r", error)
        return None


def open_ticket(order, text):
    zendesk.tickets.create(Ticket(subject=f"Handover: order {order}", description=text, external_id=order))


def hand_over(channel, thread, user, text):
    """Asks the people: a post in their channel (that is where they look) and a ticket (that is what is counted)."""
    global escalation_channel
    order = (ORDER.search(text) or [None, "unknown"])[1]
    note = f"Customer <@{user}> needs a person. Order {order}, thread {thread} in <#{channel}>: {text[:300]}"
    if not RESILIENT:
        open_ticket(order, note)
        escalation_channel = slack.chat_postMessage(channel=ESCALATIONS, text=note)["channel"]
        return
    escalation_channel = slack.chat_postMessage(channel=ESCALATIONS, text=note)["channel"]
    try:
        open_ticket(order, note)
    except Exception as error:
        app.logger.warning("no ticket for order %s: %r", order, error)


def answer(channel, thread, user, text):
    placeholder = slack.chat_postMessage(channel=channel, thread_ts=thread, text="Thinking…")
    if not RESILIENT:
        slack.chat_postMessage(channel=channel, thread_ts=thread, text=ask(primary, text))
        return
    reply = ask_with_care(text)
    words = reply or "Sorry, I cannot answer right now. I have asked a colleague to take over."
    slack.chat_update(channel=placeholder["channel"], ts=placeholder["ts"], text=words)
    if reply is None:
        hand_over(channel, thread, user, text)


@app.event("message")
def on_message(event):
    if event.get("bot_id") or event.get("subtype") or event["channel"] == escalation_channel:
        return
    channel, user, text = event["channel"], event["user"], event.get("text", "")
    thread = event.get("thread_ts") or event["ts"]
    if owner.setdefault(thread, (user, text))[0] != user:
        return  # one of our people is in the thread
    follows_up = thread != event["ts"]
    if WANTS_PERSON.search(text):
        first_words = owner[thread][1] if follows_up else ""
        slack.chat_postMessage(channel=channel, thread_ts=thread, text="One moment, I am asking a colleague.")
        hand_over(channel, thread, user, text if ORDER.search(text) else f"{text} {first_words}")
    elif not (follows_up and SAYS_THANKS.search(text)):
        answer(channel, thread, user, text)


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def respond(self, status, body="", headers=None):
        data = body.encode()
        self.send_response(status)
        for name, values in (headers or {}).items():
            self.send_header(name, values[0] if isinstance(values, list) else values)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.respond(200 if self.path == "/healthz" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        if self.path != "/slack/events":
            return self.respond(404)
        reply = app.dispatch(BoltRequest(body=body, headers=dict(self.headers)))
        headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-length"}
        self.respond(reply.status, reply.body or "", headers)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ.get("BOT_PORT", "3000"))), Web).serve_forever()
