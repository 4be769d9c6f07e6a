"""A target with a customer database and a cache. It asks both for every customer and writes down what came of it.

The cache is a real one, a server of this very program; what it is reached by is the proxy in front of it. The results
stand in the file PROBE_OUT: a list of [seconds, service, outcome].
"""

import contextlib
import json
import os
import re
import socket
import socketserver
import threading
import time
import urllib.error
import urllib.request

from _web import Web, serve, slack

begun, seen, lock = time.monotonic(), [], threading.Lock()


class Cache(socketserver.StreamRequestHandler):
    """Answers each line by itself."""

    def handle(self):
        with contextlib.suppress(OSError):
            for line in self.rfile:
                self.wfile.write(b"have " + line)


def note(service, outcome):
    with lock:
        seen.append([round(time.monotonic() - begun, 3), service, outcome])
        part = os.environ["PROBE_OUT"] + ".part"
        with open(part, "w") as file:
            json.dump(seen, file)
        os.replace(part, os.environ["PROBE_OUT"])


def ask_crm(order):
    request = urllib.request.Request(f"{os.environ['CRM_URL']}/orders/{order}", headers={"authorization": "Bearer x"})
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            found = json.load(reply)
        note("crm", "ok" if found["id"] == order and found["asked"] > 0 else str(found))
    except urllib.error.HTTPError as error:
        note("crm", f"{error.code} {error.headers['retry-after']}")


class Connection:
    """One that is kept open, as a pool would."""

    def __init__(self):
        self.stream = None

    def ask(self, order):
        try:
            if self.stream is None:
                host, port = os.environ["CACHE_ADDR"].rsplit(":", 1)
                self.stream = socket.create_connection((host, int(port)), timeout=5).makefile("rwb")
            self.stream.write(order.encode() + b"\n")
            self.stream.flush()
            said = self.stream.readline()
            if not said:
                raise ConnectionError("it ended")
            note("cache", "ok" if said == b"have " + order.encode() + b"\n" else repr(said))
        except OSError as error:
            self.stream = None
            note("cache", type(error).__name__)


connection = Connection()


class Bot(Web):
    def event(self, body):
        self.respond(200)
        event = json.loads(body).get("event", {})
        found = re.search(r"HL-\w+", event.get("text", ""))
        if not found or event.get("thread_ts") or event.get("bot_id"):
            return
        ask_crm(found[0])
        with lock_of_connection:
            connection.ask(found[0])
        # Whatever came of it, a person answers.
        slack("chat.postMessage", channel="support-escalations", text=event["text"])


lock_of_connection = threading.Lock()
socketserver.ThreadingTCPServer.allow_reuse_address = True
cache = socketserver.ThreadingTCPServer(("127.0.0.1", int(os.environ["CACHE_PORT"])), Cache)
cache.daemon_threads = True
threading.Thread(target=cache.serve_forever, daemon=True).start()
serve(Bot)
