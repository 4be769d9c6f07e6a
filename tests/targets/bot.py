"""A support bot as teams write them, on the official SDKs: Slack (slack_bolt over HTTP), OpenAI and Zendesk (zenpy).

It says that it is thinking, asks the model and replies in the customer's thread. Who asks for a person is posted where
people look, and gets a Zendesk ticket.

BOT_STYLE=naive      one provider, the SDKs' defaults, no thought of failure
BOT_STYLE=resilient  short timeouts, few retries, a second provider, and people when both fail
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import environ

from openai import OpenAI
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket

RESILIENT = environ.get("BOT_STYLE") == "resilient"
WANTS_PERSON = re.compile(r"\b(person|human|agent|colleague)\b", re.I)
SAYS_THANKS = re.compile(r"\b(thanks|thank you|bye|solved)\b", re.I)
SYSTEM = {"role": "system", "content": "You answer customers of a web shop. Keep reference numbers as they are."}
SORRY = "Sorry, I cannot answer right now. I have asked a colleague to take over."

slack = WebClient(environ["SLACK_BOT_TOKEN"], environ["SLACK_API_URL"], timeout=5 if RESILIENT else 30)
app = App(client=slack, signing_secret=environ["SLACK_SIGNING_SECRET"], listener_executor=ThreadPoolExecutor(64))
zendesk = Zenpy(
    subdomain=environ["ZENDESK_SUBDOMAIN"], email=environ["ZENDESK_EMAIL"], token=environ["ZENDESK_TOKEN"],
    timeout=5 if RESILIENT else None,
)
careful = {"timeout": 4, "max_retries": 1} if RESILIENT else {}
providers = [OpenAI(**careful), OpenAI(base_url=environ["LLM_BACKUP_URL"], api_key=environ["LLM_BACKUP_API_KEY"], **careful)]
rests_until = {}  # provider -> when it is asked again
owners = {}  # thread -> the customer who began it, and their first words


def ask(provider, text):
    messages = [SYSTEM, {"role": "user", "content": text}]
    return provider.chat.completions.create(model="gpt-4o-mini", messages=messages).choices[0].message.content


def ask_with_care(text):
    """The first provider that did not fail a moment ago and answers; None if there is none."""
    for provider in providers:
        if time.monotonic() >= rests_until.get(provider, 0):
            try:
                return ask(provider, text)
            except Exception as error:
                app.logger.warning("a provider failed: %r", error)
                rests_until[provider] = time.monotonic() + (10 if provider is providers[0] else 0)
    return None


def hand_over(channel, thread, user, text):
    note = f"Customer <@{user}> needs a person. Thread {thread} in <#{channel}>: {text[:300]}"
    slack.chat_postMessage(channel="#support-escalations", text=note)
    try:
        zendesk.tickets.create(Ticket(subject="Handover", description=note))
    except Exception as error:
        app.logger.warning("no ticket: %r", error)


def answer(channel, thread, user, text):
    placeholder = slack.chat_postMessage(channel=channel, thread_ts=thread, text="Thinking…")
    if not RESILIENT:
        return slack.chat_postMessage(channel=channel, thread_ts=thread, text=ask(providers[0], text))
    reply = ask_with_care(text)
    slack.chat_update(channel=channel, ts=placeholder["ts"], text=reply or SORRY)
    if reply is None:
        hand_over(channel, thread, user, text)


@app.event("message")
def on_message(event):
    if event.get("bot_id") or event.get("subtype"):
        return
    channel, text, thread = event["channel"], event.get("text", ""), event.get("thread_ts", event["ts"])
    user, first_words = owners.setdefault(thread, (event["user"], text))
    if user != event["user"]:
        return  # one of our people is in the thread
    if WANTS_PERSON.search(text):
        slack.chat_postMessage(channel=channel, thread_ts=thread, text="One moment, I am asking a colleague.")
        hand_over(channel, thread, user, f"{first_words} {text}")
    elif thread == event["ts"] or not SAYS_THANKS.search(text):
        answer(channel, thread, user, text)


class Web(BaseHTTPRequestHandler):
    def respond(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "content-length": [len(body)]}.items():
            self.send_header(name, value[0])
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.respond(200 if self.path == "/healthz" else 404, {}, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        reply = app.dispatch(BoltRequest(body=body, headers=dict(self.headers)))
        self.respond(reply.status, reply.headers, reply.body.encode())

    def log_message(self, *_):
        pass


ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", int(environ["BOT_PORT"])), Web).serve_forever()
