"""A target that answers each customer with thousands of messages."""

import json
import threading

from _web import Web, serve, slack

TIMES = 2000


def flood(event):
    for nth in range(TIMES):
        try:
            slack("chat.postMessage", channel=event["channel"], thread_ts=event["ts"], text=f"Answer number {nth}")
        except OSError:
            return


class Floods(Web):
    def event(self, body):
        self.respond(200)
        event = json.loads(body).get("event", {})
        if event.get("type") == "message" and not event.get("bot_id") and not event.get("thread_ts"):
            threading.Thread(target=flood, args=(event,), daemon=True).start()


serve(Floods)
