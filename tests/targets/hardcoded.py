"""A bot whose vendors' hosts stand in its source: no variable leads it to a mock. It answers every chat by the model.

TOKENIZER, if set, is an address that it loads a table from at its start, as libraries do without a word.
"""

import json
import os
import threading
import urllib.request

from _web import Web, serve


def post(url, token, fields):
    head = {"content-type": "application/json; charset=utf-8", "authorization": "Bearer " + token}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(fields).encode(), head), timeout=10) as reply:
        return json.load(reply)


def answer(event):
    ask = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": event["text"]}]}
    said = post("https://api.openai.com/v1/chat/completions", os.environ["OPENAI_API_KEY"], ask)
    text = said["choices"][0]["message"]["content"]
    message = {"channel": event["channel"], "thread_ts": event.get("thread_ts") or event["ts"], "text": text}
    post("https://slack.com/api/chat.postMessage", os.environ["SLACK_BOT_TOKEN"], message)


class Bot(Web):
    def event(self, body):
        self.respond(200)
        event = json.loads(body).get("event", {})
        if event.get("type") == "message" and not event.get("bot_id") and not event.get("subtype"):
            threading.Thread(target=answer, args=(event,), daemon=True).start()


if table := os.environ.get("TOKENIZER"):
    try:
        urllib.request.urlopen(table, timeout=5)
    except OSError:
        pass  # as such libraries do
serve(Bot)
