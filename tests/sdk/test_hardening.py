"""Hostile clients and targets against every listener of `holdline mocks`: raw sockets, because no SDK misbehaves so well.

What is bounded in time (slow clients, the drain, idle lines) is tested in tests/wire with bounds that a test can wait for.
"""

import base64
import contextlib
import hashlib
import json
import re
import signal
import socket
import ssl
import struct
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from rig import Mocks, wait_for

DESK = """desk: besieged
dependencies:
  openai:  {{ kind: openai }}
  slack:   {{ kind: slack }}
  zendesk: {{ kind: zendesk }}
  twilio:  {{ kind: twilio }}
  page:    {{ kind: statuspage }}
  mail:    {{ kind: smtp }}
  crm:     {{ kind: http, stubs: crm.yaml }}
  db:      {{ kind: tcp, upstream: "127.0.0.1:{port}" }}
channels: {{ chat: {{ style: chat }} }}
reasons: {{ any: {{ handle: 3m }} }}
contacts: [ {{ channel: chat, rate: 10/h }} ]
teams: {{ chats: {{ people: 2, answers: [chat] }} }}
"""
# How a client comes to each of them: (what is called, over what).
PORTS = ["OPENAI", "SLACK", "ZENDESK", "TWILIO", "PAGE", "CRM", "HOLDLINE_CONTROL"]
WAYS = [*PORTS, "front: absolute form", "front: CONNECT and TLS", "front: TLS at once"]
HOST = "api.openai.com"
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi")
) + "]><Response><Say>&i;</Say></Response>"


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    deaf = socket.create_server(("127.0.0.1", 0))
    desk = tmp_path_factory.mktemp("hard") / "desk.yaml"
    desk.write_text(DESK.format(port=deaf.getsockname()[1]))
    (desk.parent / "crm.yaml").write_text("stubs: [ { name: any, reply: { status: 204 } } ]\n")
    running = Mocks(str(desk), "--intercept", "proxy")
    running.deaf = deaf
    yield running
    # It has outlived everything.
    assert running.end() == 0
    assert running.process.stdout.read() == ""


@pytest.fixture
def mocks(rig):
    rig.control("POST", "/reset")
    return rig


def memory(mocks) -> int:
    """Megabytes that it holds."""
    status = Path(f"/proc/{mocks.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024


def connect(mocks, way="OPENAI"):
    """A connection, what a request's target begins with, and its host."""
    if way in PORTS:
        place = urlsplit(mocks.env[f"{way}_URL"])
        return socket.create_connection((place.hostname, place.port), timeout=10), "", place.netloc
    front = urlsplit(mocks.env["HTTPS_PROXY"])
    client = socket.create_connection((front.hostname, front.port), timeout=10)
    if way == "front: absolute form":
        return client, f"http://{HOST}", HOST
    if way == "front: CONNECT and TLS":
        client.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    trusted = ssl.create_default_context(cafile=mocks.env["SSL_CERT_FILE"])
    return trusted.wrap_socket(client, server_hostname=HOST), "", HOST


def ask(mocks, way, head, body=b"", method="POST", path="/v1/chat/completions", hosts=None):
    """Everything that comes back until the other side closes; that it is not closed is a failure."""
    client, begins, host = connect(mocks, way)
    hosts = [f"Host: {one or host}" for one in ([""] if hosts is None else hosts)]
    whole = "\r\n".join([f"{method} {begins}{path} HTTP/1.1", *hosts, *head, "", ""]).encode() + body
    smuggled = f"GET {begins}/smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    with client:
        with contextlib.suppress(OSError):
            client.sendall(whole + smuggled)
        return rest(client)


def rest(client) -> bytes:
    pieces = []
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def statuses(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", said)]


def journals(mocks) -> str:
    names = ["openai", "slack", "zendesk", "twilio", "page", "mail", "crm", "db"]
    return json.dumps([mocks.control("GET", f"/journal/{name}") for name in names] + [mocks.control("GET", "/egress")])


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_smuggled_in(mocks, way):
    both = ["Content-Length: 4", "Transfer-Encoding: chunked"]
    for head in (both, both[::-1]):
        said = ask(mocks, way, head, b"0\r\n\r\n")
        assert len(statuses(said)) == 1, said
    for head in (
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Content-Length: 0", "Content-Length: 60"],
        ["Content-Length: +0"],
        ["X: a", " Content-Length: 0"],
    ):
        assert statuses(ask(mocks, way, head, b"0\r\n\r\n")) == [400], head
    assert "smuggled" not in journals(mocks)


@pytest.mark.parametrize("way", WAYS)
def test_one_host_is_asked(mocks, way):
    for hosts in (["", ""], ["", "other.example"], ["a b"], ["user@localhost"], ["\t"]):
        assert statuses(ask(mocks, way, ["Content-Length: 0"], hosts=hosts)) == [400], hosts
    if way != "front: absolute form":
        assert statuses(ask(mocks, way, ["Content-Length: 0"], hosts=[])) == [400]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_too_large_is_told_so(mocks, way):
    most = 1 if way == "HOLDLINE_CONTROL" else 10
    assert statuses(ask(mocks, way, ["X: " + "y" * 50_000, "Content-Length: 0"])) == [431]
    assert statuses(ask(mocks, way, [f"X{n}: y" for n in range(500)] + ["Content-Length: 0"])) == [431]
    assert statuses(ask(mocks, way, [], path="/" + "y" * 50_000)) == [431]
    size = (most << 20) + 1
    assert statuses(ask(mocks, way, [f"Content-Length: {size}"], b"x" * size)) == [413]
    assert statuses(ask(mocks, way, ["Expect: 100-continue", "Content-Length: 99999999999"])) == [413]
    chunks = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    assert statuses(ask(mocks, way, ["Transfer-Encoding: chunked"], chunks * (most * 16 + 1))) == [413]


@pytest.mark.parametrize("way", WAYS)
def test_malformed_bodies_are_refused_or_borne(mocks, way):
    """None is a 500, and none holds a vendor: each is followed by one that is answered."""
    keys = {"SLACK": "Bearer xoxb-mock-token", "PAGE": "OAuth mock-statuspage-key", "ZENDESK": "Basic " + coded(
        "agent@example.com/token:mock-zendesk-token"), "TWILIO": "Basic " + coded("AC" + "0" * 31 + "1:mock-twilio-auth-token"),
        "HOLDLINE_CONTROL": "Bearer " + mocks.env["HOLDLINE_CONTROL_TOKEN"]}
    paths = {"SLACK": "/api/chat.postMessage", "PAGE": "/v1/pages/mockpage/incidents", "ZENDESK": "/api/v2/tickets.json",
             "TWILIO": f"/2010-04-01/Accounts/AC{'0' * 31}1/Calls.json", "HOLDLINE_CONTROL": "/faults"}
    form, upload = "application/x-www-form-urlencoded", "multipart/form-data; boundary=X"
    for kind, body in (
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"a":' * 100_000),
        ("application/json", b'{"messages":[' + b"0," * 200_000 + b"0]}"),
        ("application/json", b'{"model":"\\ud800","text":"\xff\xfe"}'),
        ("application/json", b'{"model":' + b"9" * 100_000 + b"}"),
        ("application/json", b""),
        (form, b"&=" * 200_000),
        (form, b"To=%&From=%zz&Url=" + b"%41" * 100_000),
        (upload, b"--X\r\n" * 100_000),
        (upload, b'--X\r\nContent-Disposition: form-data; name="' + b"a" * 200_000),
        ("text/xml", LAUGHS.encode()),
    ):
        head = [f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close",
                f"Authorization: {keys.get(way, 'Bearer sk-mock')}"]
        said = ask(mocks, way, head, body, path=paths.get(way, "/v1/chat/completions"))
        assert len(statuses(said)) == 1 and statuses(said)[0] < 500, (kind, body[:40], said[:300])


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_http_ends(mocks, way):
    for nonsense in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600), b"\0" * 5_000, b"\r\n" * 50_000, b" " * 50_000,
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n\r\n", b"EHLO me\r\n\r\n", bytes(range(256)) * 20 + b"\r\n\r\n"):
        client, _, _ = connect(mocks, way)
        with client:
            with contextlib.suppress(OSError):
                client.sendall(nonsense)
            assert all(400 <= status < 500 for status in statuses(rest(client))), nonsense[:20]


def test_secrets_stay_out_of_what_is_kept(mocks, capfd):
    """Tokens of every kind, where clients put them, with a vendor's own host in between or not."""
    secret = "hunter2-very-secret"
    for way in WAYS:
        for path in (f"/v1/chat/completions?api_key={secret}", f"/services/T0/B0/{secret}"):
            head = [f"Authorization: Bearer {secret}", f"Cookie: a={secret}", f"X-Api-Key: {secret}", "Connection: close"]
            body = json.dumps({"token": secret, "messages": [{"role": "user", "content": secret}]}).encode()
            ask(mocks, way, [*head, "Content-Type: application/json", f"Content-Length: {len(body)}"], body, path=path)
    nowhere = f"http://me:{secret}@127.0.0.1:1/hook?key={secret}#{secret}"
    mocks.target("slack", events_url=nowhere, signing_secret=secret, retry_delays_s=[])
    mocks.target("twilio", voice_url=nowhere)
    mocks.emit("slack", "message", channel="support", text="hi")
    mocks.emit("twilio", "inbound_call", **{"from": "+15005550100", "to": "+15005550006"})
    for vendor in ("slack", "twilio"):
        assert wait_for(lambda: mocks.journal(vendor, "delivery"))[0]["url"].endswith("127.0.0.1:1/hook")
    with smtp(mocks) as client:
        talk(client, b"EHLO me\r\nAUTH PLAIN " + coded(f"\0me\0{secret}").encode() + b"\r\n" + f"{secret}\r\nQUIT\r\n".encode())
    kept = journals(mocks)
    assert secret not in kept and coded(secret)[:12] not in kept, kept
    printed = capfd.readouterr()
    assert secret not in printed.out + printed.err


def smtp(mocks):
    host, port = mocks.env["SMTP_ADDR"].rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def talk(client, words: bytes) -> list[str]:
    """What a mail server says until it closes."""
    with contextlib.suppress(OSError):
        client.sendall(words)
    return rest(client).decode().splitlines()


@pytest.mark.parametrize("secure", [False, True], ids=["in the clear", "in TLS"])
def test_lines_of_mail(mocks, secure):
    def said(words: bytes) -> list[str]:
        with smtp(mocks) as client:
            if not secure:
                return talk(client, words)
            # What is sent in the clear behind STARTTLS is no part of what comes in TLS.
            client.sendall(b"EHLO me\r\nSTARTTLS\r\nMAIL FROM:<evil@example.com>\r\n")
            before = b""
            while b"220 2.0.0" not in before:
                before += client.recv(4096)
            inside = ssl._create_unverified_context().wrap_socket(client)
            return talk(inside, words)

    assert said(b"x" * 400_000)[-1] == "421 4.5.0 The line never ends"
    assert said(b"x" * 5_000 + b"\r\nQUIT\r\n")[-2:] == ["500 5.5.6 The line is too long", "221 2.0.0 Bye"]
    assert said(b"RSET\0\r\n" * 100)[-1] == "421 4.7.0 Too many mistakes"
    assert said(b"MAIL FROM:<\xff\xfe>\r\nQUIT\r\n")[-2].startswith("500 ")
    many = said(b"EHLO me\r\nMAIL FROM:<a@b>\r\n" + b"RCPT TO:<c@d>\r\n" * 150 + b"QUIT\r\n")
    assert sum(line.startswith("452 ") for line in many) == 50
    # Lines end by CR LF alone: no second mail hides behind a lone LF.
    hidden = b"hi\n.\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<x@y>\r\n\r\n.\r\nQUIT\r\n"
    assert said(b"EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + hidden)[-1] == "221 2.0.0 Bye"
    [entry] = mocks.journal("mail", "mail")
    assert (entry["from"], entry["to"]) == ("a@b", ["c@d"]) and "MAIL FROM:<evil@example.com>" in entry["data"]
    # Ten times what is taken is not even read to its end.
    flood = b"EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + (b"y" * 70 + b"\r\n") * 700_000
    before = memory(mocks)
    assert said(flood)[-1].startswith("552 5.3.4")
    assert memory(mocks) - before < 60


def socket_mode(mocks):
    url = mocks.env["SLACK_API_URL"] + "apps.connections.open"
    return requests.post(url, headers={"Authorization": "Bearer xapp-mock-token"}, timeout=10).json()["url"]


def realtime(mocks):
    return mocks.env["OPENAI_BASE_URL"].replace("http", "ws", 1) + "/realtime?model=gpt-realtime"


@pytest.mark.parametrize("where", [socket_mode, realtime])
def test_frames_that_cannot_be_taken(mocks, where):
    mask = b"\1\2\3\4"
    for frame, code in (
        (b"\x81\x01a", 1002),  # no mask
        (b"\xc1\x80" + mask, 1002),  # a reserved bit
        (b"\x89\xfe\0\x7e" + mask + bytes(126), 1002),  # a ping that is too long
        (b"\x82\xff" + b"\x7f" * 8 + mask, 1009),  # longer than any memory
        (b"\x81\x81" + mask + bytes([0xFF ^ 1]), 1007),  # no UTF-8
    ):
        place = urlsplit(where(mocks))
        with socket.create_connection((place.hostname, place.port), timeout=10) as client:
            head = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {coded('x' * 16)}",
                    "Authorization: Bearer sk-mock", f"Host: {place.netloc}"]
            client.sendall("\r\n".join([f"GET {place.path}?{place.query} HTTP/1.1", *head, "", ""]).encode())
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 101 ")
            with contextlib.suppress(OSError):
                client.sendall(frame + bytes(200_000))
            assert rest(client).endswith(b"\x88\x02" + struct.pack(">H", code)), frame


class Cruel:
    """A target that answers every connection by `answer(client, request)` and closes it."""

    def __init__(self, answer):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}/x"
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                threading.Thread(target=self.one, args=[client], daemon=True).start()

    def one(self, client):
        with client, contextlib.suppress(OSError):
            client.settimeout(30)
            self.answer(client, client.recv(1 << 16))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


def endless(client, head: bytes, piece: bytes):
    client.sendall(head)
    while True:
        client.sendall(piece)


OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n"
CRUEL = {
    "an endless body": lambda client, _: endless(client, OK + b"\r\n", b"x" * 65536),
    "endless chunks": lambda client, _: endless(client, OK + b"transfer-encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "an endless head": lambda client, _: endless(client, OK, b"x-a: b\r\n" * 1000),
    "a line without an end": lambda client, _: endless(client, b"HTTP/1.1 200 ", b"O" * 65536),
    "a body shorter than its length": lambda client, _: client.sendall(OK + b"content-length: 100\r\n\r\nx"),
    "two lengths": lambda client, _: client.sendall(OK + b"content-length: 1\r\ncontent-length: 9\r\n\r\nx"),
    "no HTTP": lambda client, _: client.sendall(b"\0\1\2\3" * 100 + b"\r\n\r\n"),
    "nothing": lambda client, _: None,
}


@pytest.mark.parametrize("how", CRUEL)
def test_answers_of_a_cruel_target(mocks, how):
    """A webhook ends with an error, and what is kept of the answer is bounded. All vendors' webhooks go one way."""
    before = memory(mocks)
    with Cruel(CRUEL[how]) as target:
        mocks.target("slack", events_url=target.url, retry_delays_s=[])
        mocks.target("twilio", voice_url=target.url)
        mocks.emit("slack", "message", channel="support", text="hi")
        mocks.emit("twilio", "inbound_call", **{"from": "+15005550100", "to": "+15005550006"})
        for vendor in ("slack", "twilio"):
            first = wait_for(lambda: mocks.journal(vendor, "delivery"))[0]
            assert first["error"] and len(first["error"]) < 500, first
    assert memory(mocks) - before < 40


@pytest.mark.parametrize("document", [LAUGHS, "<a>" * 20_000, "<Response>" + "<Say/>" * 10_000 + "</Response>", "\0", "<Response"])
def test_cruel_instructions_for_a_call(mocks, document):
    before = memory(mocks)
    body = document.encode()
    whole = OK + b"content-length: %d\r\n\r\n" % len(body) + body
    with Cruel(lambda client, _: client.sendall(whole)) as target:
        mocks.target("twilio", voice_url=target.url)
        mocks.emit("twilio", "inbound_call", **{"from": "+15005550100", "to": "+15005550006"})
        assert wait_for(lambda: mocks.journal("twilio", "delivery"))[0]["status"] == 200
    assert memory(mocks) - before < 20


def test_frames_of_a_cruel_voice_bot(mocks):
    ended = []

    def answer(client, request):
        if request.startswith(b"POST"):
            stream = f"<Response><Connect><Stream url='ws://{client.getsockname()[0]}:{client.getsockname()[1]}/'/></Connect></Response>"
            client.sendall(OK + b"content-length: %d\r\n\r\n" % len(stream) + stream.encode())
            return
        key = re.search(rb"(?i)sec-websocket-key: (\S+)", request)[1]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        client.sendall(b"HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: " + accept + b"\r\n\r\n")
        client.sendall(b"\x81\x04nope" + b"\x81\x7f" + b"\x7f" * 8)
        ended.append(rest(client))

    with Cruel(answer) as target:
        mocks.target("twilio", voice_url=target.url)
        mocks.emit("twilio", "inbound_call", **{"from": "+15005550100", "to": "+15005550006", "patience_s": 30})
        wait_for(lambda: ended)
        [closed] = wait_for(lambda: mocks.journal("twilio", "socket_close"))
    assert "too long" in closed["how"].lower(), closed


def test_a_deaf_service_behind_a_proxy_costs_little(mocks):
    before = memory(mocks)
    host, port = mocks.env["DB_ADDR"].rsplit(":", 1)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=0.2))
            with contextlib.suppress(TimeoutError):
                while True:
                    client.sendall(b"x" * 65536)
        assert memory(mocks) - before < 40
    # The service has not read a byte, so nobody knows yet that the clients have gone; a reset ends what is open.
    mocks.control("POST", "/reset")
    for _ in range(20):
        server, _ = mocks.deaf.accept()
        with server:
            server.settimeout(10)
            rest(server)


def test_the_journal_keeps_the_newest_and_counts_the_rest(mocks):
    client, _, host = connect(mocks, "PAGE")
    with client:
        for _ in range(201):
            client.sendall(f"GET /api/v2/status.json HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() * 50)
            answered = 0
            while answered < 50:
                answered += client.recv(1 << 20).count(b"HTTP/1.1 200")
    kept = mocks.control("GET", "/journal/page")
    assert (len(kept["entries"]), kept["dropped"]) == (10_000, 50)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_hand_is_finished_at_the_end(how):
    one = Mocks()
    one.fault("statuspage", "latency", delay_ms=700)
    client, _, host = connect_to(one.env["STATUSPAGE_API_URL"])
    with client:
        client.sendall(f"GET /api/v2/status.json HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        # It is in hand once the fault that holds it back has struck.
        assert wait_for(lambda: one.control("GET", "/faults")["faults"][0]["hits"] == 1)
        one.process.send_signal(how)
        said = rest(client)
        assert statuses(said) == [200] and b"connection: close" in said.lower(), said
    assert one.process.wait(10) == 0


def connect_to(url: str):
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=10), place.path, place.netloc
