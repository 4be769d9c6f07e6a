"""A bot that answers a ticket by a mail of its own and then calls it solved, on the standard library alone.

It tries a mail again that was put off, and believes the mail server that a mail which was taken arrives. It prints whom it
wrote to, one line each: {"did": "mailed", "whom": …, "at": …}.
"""

import base64
import json
import os
import smtplib
import ssl
import threading
import time
import urllib.request
from email.message import EmailMessage

from _web import Web, serve

HOST, PORT = os.environ["SMTP_ADDR"].rsplit(":", 1)
login = f"{os.environ['ZENDESK_EMAIL']}/token:{os.environ['ZENDESK_TOKEN']}"
ZENDESK = "Basic " + base64.b64encode(login.encode()).decode()
lock = threading.Lock()


def ask(method, url, key, fields=None):
    body = None if fields is None else json.dumps(fields).encode()
    head = {"content-type": "application/json", "authorization": key}
    with urllib.request.urlopen(urllib.request.Request(url, body, head, method=method), timeout=10) as reply:
        return json.load(reply)


def mail(to, subject, text):
    """Sends it over TLS; who is put off waits a little, as a mail server of one's own does."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.com", to, f"Re: {subject}"
    message.set_content(text)
    for _ in range(5):
        try:
            with smtplib.SMTP(HOST, int(PORT), timeout=10) as client:
                client.starttls(context=ssl._create_unverified_context())
                client.send_message(message)
                return True
        except smtplib.SMTPRecipientsRefused:
            time.sleep(0.5)
    return False


def answer(number):
    url = f"{os.environ['ZENDESK_URL']}/api/v2/tickets/{number}.json"
    found = ask("GET", url + "?include=users", ZENDESK)
    ticket = found["ticket"]
    customer = next(user for user in found["users"] if user["id"] == ticket["requester_id"])
    asked = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": ticket["description"]}]}
    said = ask("POST", os.environ["OPENAI_BASE_URL"] + "/chat/completions", "Bearer " + os.environ["OPENAI_API_KEY"], asked)
    if mail(customer["email"], ticket["subject"], said["choices"][0]["message"]["content"]):
        with lock:
            print(json.dumps({"did": "mailed", "whom": customer["email"]}), flush=True)
        ask("PUT", url, ZENDESK, {"ticket": {"status": "solved"}})


class Bot(Web):
    def event(self, body):
        self.respond(200)
        event = json.loads(body)
        if event["type"] == "zen:event-type:ticket.created":
            threading.Thread(target=answer, args=(event["detail"]["id"],), daemon=True).start()


serve(Bot)
