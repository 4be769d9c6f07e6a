"""What the deliberately bad targets share: a threaded web server of the standard library, and a call to Slack."""

import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web(BaseHTTPRequestHandler):
    """Ready at /healthz; everything else is `event`, which a target overrides."""

    protocol_version = "HTTP/1.1"

    def event(self, body):
        self.respond(200)

    def respond(self, status, body=b"", kind="text/plain"):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.respond(200 if self.path == "/healthz" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if b'"url_verification"' in body:  # Slack's challenge: all of these targets pass it, their faults lie elsewhere
            return self.respond(200, json.loads(body)["challenge"].encode())
        self.event(body)

    def log_message(self, *_):
        pass


def serve(handler):
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["BOT_PORT"])), handler)
    server.daemon_threads = True
    server.serve_forever()


def slack(method, **fields):
    """One call of Slack's Web API."""
    request = urllib.request.Request(
        os.environ["SLACK_API_URL"].rstrip("/") + "/" + method,
        json.dumps(fields).encode(),
        {"content-type": "application/json; charset=utf-8", "authorization": "Bearer " + os.environ["SLACK_BOT_TOKEN"]},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)
