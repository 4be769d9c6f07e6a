"""A target of the standard library that does wrong on purpose, or nothing wrong: the control of what a rehearsal detects.

PLANTED=yes  customers are treated in turn: lost, told twice, told another's answer, put off, apologised to, answered late;
             every second caller is cut off; a refusing provider is asked again and again; nobody is told of an outage
PLANTED=no   every one is answered once, callers reach people, the second provider stands in, and the public is told

It prints what it did to whom, one line each: {"did": …, "whom": …}.
"""

import itertools
import json
import os
import re
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs

from _web import Web, serve, slack

BAD = os.environ["PLANTED"] == "yes"
TURNS = ["good", "lost", "twice", "misdirected", "good", "placeholder", "apology", "late"]
LATE, AGAIN = 9, 5  # seconds until a late answer; calls more than a provider that refuses should get
ORDER = re.compile(r"\bHL-[0-9A-Z]+")
chats, calls, lock = itertools.count(), itertools.count(), threading.Lock()
told_before = []  # the thread of the customer before
rests_until = {}  # provider -> when its Retry-After has passed
told_public = threading.Event()


def did(what, whom):
    with lock:
        print(json.dumps({"did": what, "whom": whom}), flush=True)


def post(url, fields, key):
    request = urllib.request.Request(
        url, json.dumps(fields).encode(), {"content-type": "application/json", "authorization": key}
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def ask(provider, text):
    """One call; None while a provider refuses."""
    base, key = {
        "first": (os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]),
        "second": (os.environ["LLM_BACKUP_URL"], os.environ["LLM_BACKUP_API_KEY"]),
    }[provider]
    try:
        fields = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}
        return post(base + "/chat/completions", fields, "Bearer " + key)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        rests_until[provider] = time.monotonic() + float(error.headers.get("retry-after", 5))
        return None


def answer(text):
    """Careful, or like one who never heard of Retry-After: the same again at once."""
    if BAD:
        tries = (ask("first", text) for _ in range(1 + AGAIN))
        return next(filter(None, tries), None)
    if time.monotonic() >= rests_until.get("first", 0) and (said := ask("first", text)):
        return said
    tell_the_public()
    return ask("second", text)


def tell_the_public():
    if not told_public.is_set():
        told_public.set()
        url = f"{os.environ['STATUSPAGE_API_URL']}/v1/pages/{os.environ['STATUSPAGE_PAGE_ID']}/incidents"
        incident = {"name": "Slow answers", "status": "investigating", "body": "We are looking into it."}
        post(url, {"incident": incident}, "OAuth " + os.environ["STATUSPAGE_API_KEY"])


def chat(event):
    channel, thread, text = event["channel"], event["ts"], event["text"]
    order = ORDER.search(text)[0]
    say = lambda words, to=thread: slack("chat.postMessage", channel=channel, thread_ts=to, text=words)
    what = TURNS[next(chats) % len(TURNS)] if BAD else "good"
    before, told_before[:] = list(told_before), [thread]
    if what in ("good", "twice", "misdirected", "late") and not (said := answer(text)):
        what = "lost"
    did(what, order)
    if what == "placeholder":
        say("One moment please, I am looking into it.")
    elif what == "apology":
        say("Sorry, something went wrong.")
    elif what != "lost":
        if what == "late":
            time.sleep(LATE)
        if what == "misdirected" and before:
            say(said, before[0])
        say(said)
        if what == "twice":
            say(said)


class Planted(Web):
    def event(self, body):
        if self.path == "/voice":
            return self.voice(parse_qs(body.decode())["From"][0])
        self.respond(200)
        event = json.loads(body).get("event", {})
        if event.get("type") == "message" and not event.get("bot_id") and not event.get("thread_ts"):
            threading.Thread(target=chat, args=(event,), daemon=True).start()

    def voice(self, caller):
        cut = BAD and next(calls) % 2 == 1
        did("cut off" if cut else "queued", caller)
        verb = "<Hangup/>" if cut else "<Enqueue>support</Enqueue>"
        self.respond(200, f"<Response>{verb}</Response>".encode(), "text/xml")


serve(Planted)
