"""A support bot in Socket Mode: it has no port of its own, asks the model and answers in the customer's thread."""

import re
from concurrent.futures import ThreadPoolExecutor
from os import environ

from openai import OpenAI
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

WANTS_PERSON = re.compile(r"\b(person|human|agent|colleague)\b", re.I)
slack = WebClient(environ["SLACK_BOT_TOKEN"], environ["SLACK_API_URL"])
app = App(client=slack, signing_secret=environ["SLACK_SIGNING_SECRET"], listener_executor=ThreadPoolExecutor(32))
model = OpenAI(timeout=5)


@app.event("message")
def answer(event, say):
    if event.get("bot_id") or event.get("subtype") or event["channel_type"] != "channel":
        return
    thread = event.get("thread_ts", event["ts"])
    if WANTS_PERSON.search(event["text"]):
        slack.chat_postMessage(channel="#support-escalations", text=f"<@{event['user']}> in {thread}: {event['text']}")
        return
    messages = [{"role": "user", "content": event["text"]}]
    said = model.chat.completions.create(model="gpt-4o-mini", messages=messages).choices[0].message.content
    say(text=said, thread_ts=thread)


SocketModeHandler(app, environ["SLACK_APP_TOKEN"]).start()
