"""A target of the standard library that tries again without care, or with it: the control of what is said of retries.

RETRIES=careless  a model that fails is asked again by all at the same tick, for ever; a ticket whose reply was lost is made
                  again at once
RETRIES=careful   pauses double and are drawn, so nobody keeps step; a ticket has a key, so it is made once however often
                  it is asked for

It prints every try for a ticket, one line each: {"did": "tried", "whom": …}.
"""

import base64
import http.client
import json
import os
import random
import re
import threading
import time
import urllib.error
import urllib.request

from _web import Web, serve, slack

CARELESS = os.environ["RETRIES"] == "careless"
TICK, FIRST = 3, 0.3  # seconds between two rounds of the careless; the careful one's first pause
TRIES = 7
ORDER = re.compile(r"\bHL-[0-9A-Z]+")
lock = threading.Lock()
mail, token = os.environ["ZENDESK_EMAIL"], os.environ["ZENDESK_TOKEN"]
BASIC = "Basic " + base64.b64encode(f"{mail}/token:{token}".encode()).decode()


def did(what, whom):
    with lock:
        print(json.dumps({"did": what, "whom": whom}), flush=True)


def post(url, fields, **headers):
    """The reply; None where there is none, or a bad one."""
    request = urllib.request.Request(url, json.dumps(fields).encode(), {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return None


def pause(n):
    if CARELESS:
        time.sleep(TICK - time.monotonic() % TICK)
    else:
        time.sleep(FIRST * 2**n * random.uniform(0.5, 1.5))


def answer(text):
    fields = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}
    url, key = os.environ["OPENAI_BASE_URL"] + "/chat/completions", "Bearer " + os.environ["OPENAI_API_KEY"]
    for n in range(TRIES):
        if said := post(url, fields, authorization=key):
            return said["choices"][0]["message"]["content"]
        pause(n)
    return "We will write to you about order " + ORDER.search(text)[0] + " tomorrow."


def ticket(order, text):
    fields = {"ticket": {"subject": f"Order {order}", "comment": {"body": text}, "requester": {"name": order, "email": f"{order}@customers.example".lower()}}}
    key = {} if CARELESS else {"Idempotency-Key": order}
    for n in range(TRIES):
        did("tried", order)
        if post(os.environ["ZENDESK_URL"] + "/api/v2/tickets.json", fields, authorization=BASIC, **key):
            return
        time.sleep(0 if CARELESS else FIRST * 2**n)


def chat(event):
    order = ORDER.search(event["text"])[0]
    ticket(order, event["text"])
    slack("chat.postMessage", channel=event["channel"], thread_ts=event["ts"], text=answer(event["text"]))


class Retries(Web):
    def event(self, body):
        self.respond(200)
        event = json.loads(body).get("event", {})
        if event.get("type") == "message" and not event.get("bot_id") and not event.get("thread_ts"):
            threading.Thread(target=chat, args=(event,), daemon=True).start()


serve(Retries)
