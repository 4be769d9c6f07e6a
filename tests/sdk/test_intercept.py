"""`holdline mocks --intercept proxy`: unmodified SDKs with their vendors' own hosts, told of nothing but the exports.

Each client runs as a program of its own whose environment is what the command printed, without the variables that would
lead an SDK to a mock's own port.
"""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from rig import ROOT, Mocks, wait_for

SCRIPTS = ROOT / "tests" / "sdk" / "node"
# The machine's own Node, and a newer one that comes with the packages of the SDKs.
NODES = {
    "own": shutil.which("node"),
    "packaged": next(SCRIPTS.glob("node_modules/node-linux-*/bin/node"), None),
}
# These lead round the front.
PLAIN = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "ZENPY_FORCE_NETLOC", "ZENPY_FORCE_SCHEME")


@pytest.fixture(scope="module")
def all_mocks():
    running = Mocks("--intercept", "proxy")
    yield running
    folder = Path(running.env["SSL_CERT_FILE"]).parent
    assert running.end() == 0
    assert not folder.exists(), "what clients read goes with the mocks"


@pytest.fixture
def mocks(all_mocks):
    all_mocks.control("POST", "/reset")
    return all_mocks


def environment(mocks) -> dict:
    env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return env | {name: value for name, value in mocks.env.items() if name not in PLAIN}


def run(mocks, *command: str) -> str:
    done = subprocess.run(command, env=environment(mocks), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def python(mocks, code: str):
    """What a program printed as JSON."""
    return json.loads(run(mocks, sys.executable, "-c", code))


@pytest.fixture(params=NODES)
def node(request) -> str:
    if not NODES[request.param]:
        pytest.skip(f"there is no {request.param} Node on this machine")
    return str(NODES[request.param])


class Bot:
    """A program under way that prints a line of JSON at its end."""

    def __init__(self, mocks, *command: str, cwd: Path = ROOT):
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environment(mocks), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self):
        return self

    def end(self):
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err[-3000:]
        return json.loads(out.splitlines()[-1])

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


OPENAI = """
import json, openai
client = openai.OpenAI(max_retries=0)
assert str(client.base_url) == "https://api.openai.com/v1/"
ask = dict(model="gpt-4o-mini", messages=[{"role": "user", "content": "Where is my order?"}])
"""
SLACK = """
import json, os, slack_sdk
client = slack_sdk.WebClient(os.environ["SLACK_BOT_TOKEN"])
assert client.base_url in ("https://slack.com/api/", "https://www.slack.com/api/"), client.base_url
"""
ZENDESK = """
import json, os, zenpy
from zenpy.lib.api_objects import Ticket
client = zenpy.Zenpy(subdomain="acme", email=os.environ["ZENDESK_EMAIL"], token=os.environ["ZENDESK_TOKEN"])
"""
TWILIO = """
import json, os
from twilio.rest import Client
client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
number = os.environ["TWILIO_PHONE_NUMBER"]
"""
# The classes of an error and of what lies below it, by name.
CAUGHT = """
def caught(act):
    try:
        act()
    except Exception as error:
        names = []
        while error is not None and len(names) < 99:
            names += [kind.__name__ for kind in type(error).__mro__]
            error = error.__cause__ or error.__context__ or getattr(error, "reason", None)
            if not isinstance(error, BaseException):
                break
        return names
    return []
"""


def test_openai_for_python(mocks):
    said = python(mocks, OPENAI + """
plain = client.chat.completions.create(**ask).choices[0].message.content
stream = client.chat.completions.create(**ask, stream=True)
print(json.dumps([plain, "".join(c.choices[0].delta.content or "" for c in stream if c.choices)]))
""")
    assert all(said), said
    assert [entry["endpoint"] for entry in mocks.journal("openai")] == ["chat.completions"] * 2


def test_slack_sdk_sync_and_async(mocks):
    said = python(mocks, SLACK + """
import asyncio
from slack_sdk.web.async_client import AsyncWebClient
ts = client.chat_postMessage(channel="#support", text="hello")["ts"]
channel = client.chat_postMessage(channel="#support", text="again", thread_ts=ts)["channel"]
link = client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"]
async def other():
    return (await AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], trust_env_in_session=True).auth_test())["ok"]
print(json.dumps([link, asyncio.run(other())]))
""")
    assert said[0].startswith("https://") and "slack.com/archives/" in said[0], "links lead back as the client came"
    assert said[1] is True


BOLT = """
import json, openai, os, threading
from slack_bolt import App
from slack_bolt.adapter.socket_mode MODULE import SocketModeHandler
app = App(token=os.environ["SLACK_BOT_TOKEN"])
llm = openai.OpenAI(max_retries=0)
done = threading.Event()
@app.message("order")
def order(message, say):
    ask = [{"role": "user", "content": message["text"]}]
    stream = llm.chat.completions.create(model="gpt-4o-mini", messages=ask, stream=True)
    say(text="".join(c.choices[0].delta.content or "" for c in stream if c.choices), thread_ts=message["ts"])
    done.set()
handler = SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
handler.connect()
assert done.wait(30)
print(json.dumps(handler.client.wss_uri))
handler.close()
"""
ASYNC_BOLT = """
import asyncio, json, openai, os
from slack_bolt.async_app import AsyncApp
from slack_bolt.adapter.socket_mode MODULE import AsyncSocketModeHandler
async def main():
    app = AsyncApp(token=os.environ["SLACK_BOT_TOKEN"])
    llm = openai.AsyncOpenAI(max_retries=0)
    done = asyncio.Event()
    @app.message("order")
    async def order(message, say):
        ask = [{"role": "user", "content": message["text"]}]
        stream = await llm.chat.completions.create(model="gpt-4o-mini", messages=ask, stream=True)
        await say(text="".join([c.choices[0].delta.content or "" async for c in stream if c.choices]), thread_ts=message["ts"])
        done.set()
    handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
    await handler.connect_async()
    await asyncio.wait_for(done.wait(), 30)
    print(json.dumps(handler.client.wss_uri))
    await handler.close_async()
asyncio.run(main())
"""


def hear(mocks, text: str):
    """A customer writes as soon as a bot listens."""
    wait_for(lambda: len(mocks.journal("slack", "socket_open")) > len(mocks.journal("slack", "socket_close")))
    mocks.emit("slack", "message", channel="support", text=text)


@pytest.mark.parametrize("code, module", [
    (BOLT, ".builtin"), (BOLT, ".websocket_client"), (ASYNC_BOLT, ".aiohttp"), (ASYNC_BOLT, ".websockets"),
])
def test_bolt_in_socket_mode_answers_by_a_streamed_model(mocks, code, module):
    with Bot(mocks, sys.executable, "-c", code.replace(" MODULE", module)) as bot:
        hear(mocks, "Where is my order?")
        assert bot.end().startswith(("wss://slack.com/link/", "wss://www.slack.com/link/")), "as the client came"
    posted = [entry["status"] for entry in mocks.journal("slack") if entry["endpoint"] == "chat.postMessage"]
    assert posted == [200] and wait_for(lambda: mocks.journal("slack", "socket_ack"))
    assert mocks.control("GET", "/egress")["hosts"] == []


def test_a_socket_that_slack_ends_is_opened_again_over_the_front(mocks):
    with Bot(mocks, sys.executable, "-c", BOLT.replace(" MODULE", ".builtin")) as bot:
        wait_for(lambda: mocks.journal("slack", "socket_open"))
        mocks.fault("slack", "socket_disconnect", times=1)
        wait_for(lambda: len(mocks.journal("slack", "socket_open")) == 2)
        hear(mocks, "Where is my order?")
        bot.end()


def test_the_other_dialects_of_a_model(mocks):
    said = python(mocks, """
import anthropic, json, openai
ask = dict(messages=[{"role": "user", "content": "Where is my order?"}])
claude = anthropic.Anthropic(max_retries=0)
first = claude.messages.create(model="claude-sonnet-4-5", max_tokens=99, **ask).content[0].text
azure = openai.AzureOpenAI(azure_endpoint="https://acme.openai.azure.com", api_version="2024-10-21", api_key="sk-mock", max_retries=0)
print(json.dumps([first, azure.chat.completions.create(model="support-bot", **ask).choices[0].message.content]))
""")
    assert all("Ref." in one for one in said), said


def test_zenpy_pages_over_the_hosts_of_its_own_account(mocks):
    said = python(mocks, ZENDESK + """
for n in range(3):
    client.tickets.create(Ticket(subject=f"order {n}", description="where is it?"))
client.users.me()
found = [ticket.subject for ticket in client.tickets(page_size=2)]
import requests
me = (os.environ["ZENDESK_EMAIL"] + "/token", os.environ["ZENDESK_TOKEN"])
pages = requests.get("https://acme.zendesk.com/api/v2/tickets.json?page[size]=2", auth=me, timeout=10).json()
print(json.dumps([found, pages["links"]["next"]]))
""")
    assert {"order 0", "order 1", "order 2"} <= set(said[0])
    assert said[1].startswith("https://acme.zendesk.com/"), said[1]


def test_twilio_also_by_edge_and_region(mocks):
    said = python(mocks, TWILIO + """
one = client.messages.create(to="+15005550100", from_=number, body="hello")
client.edge, client.region = "dublin", "ie1"
other = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"], edge="dublin", region="ie1")
print(json.dumps([one.sid, [message.sid for message in other.messages.list(limit=5)]]))
""")
    assert said[0].startswith("SM") and said[0] in said[1]


def test_curl_trusts_the_system_and_the_front(mocks):
    body = run(mocks, "curl", "-sS", "--fail", "-H", "Authorization: OAuth mock-statuspage-key",
               "https://api.statuspage.io/v1/pages/mockpage/components")
    assert json.loads(body)[0]["id"]
    # Also without TLS, in absolute form.
    body = run(mocks, "curl", "-sS", "--fail", "-H", "Authorization: Bearer sk-mock", "http://api.openai.com/v1/models")
    assert json.loads(body)["object"] == "list"
    bundle = Path(mocks.env["SSL_CERT_FILE"])
    assert bundle.read_text().count("BEGIN CERTIFICATE") > 1, "the system's store is in it"
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600 and stat.S_IMODE(bundle.parent.stat().st_mode) == 0o700
    assert "PRIVATE" not in "".join(path.read_text() for path in bundle.parent.iterdir())


def test_wget_and_git_read_the_same_variables(mocks, tmp_path):
    """What the exports say, as OpenSSL, GnuTLS and curl's library take it."""
    if shutil.which("wget"):
        # The machine's own wget may read certificates from no variable at all.
        ca = f"--ca-certificate={mocks.env['SSL_CERT_FILE']}"
        assert json.loads(run(mocks, "wget", "-qO-", ca, "https://slack.com/api/api.test"))["ok"]
    if shutil.which("git"):
        done = subprocess.run(["git", "ls-remote", "https://slack.com/x.git"], env=environment(mocks), capture_output=True, text=True, timeout=60)
        assert "certificate" not in done.stderr and "slack.com" in done.stderr, done.stderr
        assert mocks.journal("slack"), "it came to the mock, which is no server of git"


def test_starttls_is_signed_by_the_same_authority(mocks):
    said = python(mocks, """
import json, os, smtplib, ssl
host, port = os.environ["SMTP_ADDR"].split(":")
found = []
for name in (host, "localhost"):
    with smtplib.SMTP(name, int(port), timeout=10) as client:
        client.starttls(context=ssl.create_default_context())
        found.append(client.sendmail("desk@example.com", ["kim@example.com"], "Subject: hi\\r\\n\\r\\nHello"))
print(json.dumps(found))
""")
    assert said == [{}, {}] and len(mocks.journal("smtp", "mail")) == 2


def test_only_http_1_1_is_offered(mocks):
    version = run(mocks, "curl", "-sS", "--http2", "-o", os.devnull, "-w", "%{http_version}", "https://slack.com/api/api.test")
    assert version == "1.1"


def test_the_second_provider_has_a_host_of_its_own(mocks):
    python(mocks, OPENAI + """
other = openai.OpenAI(base_url="https://api.second-provider.example/v1", max_retries=0)
print(json.dumps(other.chat.completions.create(**ask).id))
""")
    assert len(mocks.journal("openai-backup")) == 1 and not mocks.journal("openai")


def test_unknown_hosts_are_denied_and_listed(mocks):
    names = python(mocks, CAUGHT + """
import json, requests, urllib.request
one = caught(lambda: requests.get("https://huggingface.co/tokenizer.json", timeout=10))
two = caught(lambda: urllib.request.urlopen("https://huggingface.co/other", timeout=10))
plain = requests.get("http://prices.example/list", timeout=10)
print(json.dumps([one, two, plain.status_code, plain.text]))
""")
    assert "ProxyError" in names[0] and "URLError" in names[1]
    assert names[2] == 403 and "prices.example" in names[3] and "hosts:" in names[3]
    hosts = mocks.control("GET", "/egress")["hosts"]
    assert [(one["host"], one["port"], one["tries"]) for one in hosts] == [("huggingface.co", 443, 2), ("prices.example", 80, 1)]


def test_this_machine_goes_round_the_front(mocks):
    said = python(mocks, """
import json, os, requests
reply = requests.get(os.environ["OPENAI_BACKUP_URL"] + "/models", headers={"Authorization": "Bearer sk-mock"}, timeout=10)
print(json.dumps(reply.status_code))
""")
    assert said == 200 and mocks.control("GET", "/egress")["hosts"] == []


@pytest.mark.parametrize("fault, below", [
    ("dns_fail", "ProxyError"),
    ("refuse", "ProxyError"),
    ("tls_expired", "SSLCertVerificationError"),
    ("tls_wrong_host", "SSLCertVerificationError"),
    ("tls_reset", "OSError"),
])
def test_a_broken_way_is_an_error_class_of_each_sdk(mocks, fault, below):
    for vendor in ("openai", "slack", "zendesk", "twilio"):
        mocks.fault(vendor, fault)
    openai = python(mocks, OPENAI + CAUGHT + "print(json.dumps(caught(lambda: client.chat.completions.create(**ask))))")
    assert "APIConnectionError" in openai and (below in openai or below == "OSError"), openai
    slack = python(mocks, SLACK + CAUGHT + "print(json.dumps(caught(lambda: client.auth_test())))")
    assert "URLError" in slack or "OSError" in slack, slack
    twilio = python(mocks, TWILIO + CAUGHT + """
print(json.dumps(caught(lambda: client.messages.create(to="+15005550100", from_=number, body="hello"))))
""")
    assert "ConnectionError" in twilio, twilio
    if below != "OSError":
        assert ("SSLError" if below.startswith("SSL") else below) in twilio, twilio
    zendesk = python(mocks, ZENDESK + CAUGHT + "print(json.dumps(caught(lambda: client.users.me())))")
    assert "ConnectionError" in zendesk, zendesk
    assert {entry["fault"] for entry in mocks.journal("twilio")} == {fault}


def test_a_broken_way_is_broken_so_often_as_asked(mocks):
    mocks.fault("openai", "tls_expired", times=1)
    said = python(mocks, OPENAI + CAUGHT + """
first = caught(lambda: client.chat.completions.create(**ask))
print(json.dumps(["APIConnectionError" in first, bool(client.chat.completions.create(**ask).id)]))
""")
    assert said == [True, True]


def test_faults_of_the_wire_work_through_tls(mocks):
    mocks.fault("openai", "reset", times=1)
    mocks.fault("openai", "stream_cut", times=1, match="second")
    said = python(mocks, OPENAI + CAUGHT + """
first = caught(lambda: client.chat.completions.create(**ask))
ask["messages"][0]["content"] = "second"
second = caught(lambda: list(client.chat.completions.create(**ask, stream=True)))
print(json.dumps([first, second]))
""")
    assert "APIConnectionError" in said[0] and "RemoteProtocolError" in said[1], said
    mocks.fault("zendesk", "html_503", times=4)
    # Over https zenpy's own adapter tries a 503 again: as in production, and not as over plain http.
    zendesk = python(mocks, ZENDESK + CAUGHT + "print(json.dumps(caught(lambda: client.users.me())))")
    assert "RetryError" in zendesk and len(mocks.journal("zendesk")) == 4, zendesk


NODE_FETCH = """
const https = require('node:https');
const head = { authorization: 'Bearer sk-mock' };
const get = (url) => new Promise((done) => https.get(url, { headers: head }, (reply) => {
  let text = ''; reply.on('data', (some) => text += some); reply.on('end', () => done([reply.statusCode, text.length > 0]));
}).on('error', (error) => done([error.code])));
const code = (error) => String(error.cause?.code ?? error.code ?? error.message);
(async () => {
  const out = [];
  for (const url of URLS) {
    out.push(await fetch(url, { headers: head }).then((reply) => reply.status, code));
    if (url.startsWith('https')) out.push(await get(url));
  }
  console.log(JSON.stringify(out));
})();
"""


def fetch(mocks, node, *urls: str):
    return json.loads(run(mocks, node, "-e", NODE_FETCH.replace("URLS", json.dumps(urls))))


def test_node_reaches_the_mocks_by_fetch_and_https(mocks, node):
    assert fetch(mocks, node, "https://api.openai.com/v1/models") == [200, [200, True]]
    assert len(mocks.journal("openai")) == 2
    assert fetch(mocks, node, "http://api.openai.com/v1/models") == [200], "plain http as well"


def test_node_sees_faults_and_is_denied_unknown_hosts(mocks, node):
    mocks.fault("openai", "tls_expired")
    mocks.fault("slack", "tls_wrong_host")
    said = fetch(mocks, node, "https://api.openai.com/v1/models", "https://slack.com/api/api.test",
                 "https://huggingface.co/x", "http://prices.example/list")
    assert said[:2] == ["CERT_HAS_EXPIRED", ["CERT_HAS_EXPIRED"]]
    assert said[2:4] == ["ERR_TLS_CERT_ALTNAME_INVALID", ["ERR_TLS_CERT_ALTNAME_INVALID"]]
    assert isinstance(said[4], str) and len(said[5]) == 1, said
    # A Node with a proxy of its own asks for a way even to plain http, and is told so there.
    assert said[6] == 403 or isinstance(said[6], str), said
    hosts = wait_for(lambda: mocks.control("GET", "/egress")["hosts"])
    assert [one["host"] for one in hosts] == ["huggingface.co", "prices.example"]


def test_a_newer_node_needs_no_preload():
    node = NODES["packaged"]
    if not node:
        pytest.skip("the packages are missing: npm ci in tests/sdk/node")
    running = Mocks("--intercept", "proxy")
    try:
        del running.env["NODE_OPTIONS"]
        assert fetch(running, str(node), "https://api.openai.com/v1/models") == [200, [200, True]]
    finally:
        running.end()


def hardcoded(mocks, node, check: str) -> Bot:
    if not (SCRIPTS / "node_modules").exists():
        pytest.skip("the packages are missing: npm ci in tests/sdk/node")
    return Bot(mocks, node, "hardcoded.mjs", check, cwd=SCRIPTS)


def test_the_sdks_for_node_with_their_own_hosts(mocks, node):
    found = {}
    for check in ("openai", "slack", "zendesk", "twilio", "named_import"):
        with hardcoded(mocks, node, check) as bot:
            found[check] = bot.end()
    assert found["openai"]["base"] == "https://api.openai.com/v1" and "Ref." in found["openai"]["text"]
    assert found["slack"] == {"ok": True, "url": "https://slack.com/"}
    assert found["zendesk"]["url"].startswith("https://acme.zendesk.com/api/v2/tickets/")
    assert found["twilio"]["sid"].startswith("SM")
    assert found["named_import"] == {"authorized": True, "port": int(mocks.env["HTTPS_PROXY"].rsplit(":", 1)[1])}
    assert mocks.control("GET", "/egress")["hosts"] == []


def test_bolt_for_node_in_socket_mode(mocks, node):
    with hardcoded(mocks, node, "socket_mode") as bot:
        hear(mocks, "Where is my order?")
        assert bot.end() == {"heard": "Where is my order?"}
    assert "chat.postMessage" in [entry["endpoint"] for entry in mocks.journal("slack")]


def test_ports_and_hosts_of_a_scenario(tmp_path):
    desk = "desk: two-models\nchannels: { phone: { style: call } }\nreasons: { any: { handle: 3m } }\n" \
           "contacts: [ { channel: phone, rate: 1/min } ]\nteams: { phones: { people: 3, answers: [phone] } }\n"
    (tmp_path / "desk.yaml").write_text(desk + "dependencies:\n  llm: { kind: openai }\n  spare: { kind: openai }\n")
    (tmp_path / "day.yaml").write_text("scenario: day\ndesk: desk.yaml\nlength: 1h\n")
    from rig import binary
    command = [binary(), "mocks", str(tmp_path / "day.yaml"), "--intercept", "proxy"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert refused.returncode == 2 and "desk.yaml" in refused.stderr, refused.stderr
    assert "`llm` and `spare` both answer for the host api.openai.com" in refused.stderr
    spare = "dependencies:\n  llm: { kind: openai }\n  spare: { kind: openai, hosts: [\"*.spare.example\"] }\n" \
            "  mail: { kind: smtp, hosts: [mail.example] }\n"
    (tmp_path / "desk.yaml").write_text(desk + spare)
    running = Mocks(str(tmp_path / "day.yaml"), "--intercept", "proxy")
    try:
        run(running, "curl", "-sS", "--fail", "-H", "Authorization: Bearer sk-mock", "https://eu.spare.example/v1/models")
        assert len(running.journal("spare")) == 1
        host, port = running.env["HTTPS_PROXY"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as way:
            way.sendall(b"CONNECT mail.example:587 HTTP/1.1\r\n\r\n")
            said = way.makefile("rb")
            assert said.readline().startswith(b"HTTP/1.1 200 ") and said.readline() == b"\r\n"
            assert said.readline().startswith(b"220 "), "a mail server speaks first"
    finally:
        running.end()
