"""`holdline mocks` as a program: what it prints, its ports, its token, its end, its size; `holdline faults`."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest
import requests
from rig import ROOT, Mocks, all_mocks, binary, mocks  # noqa: F401

DOCUMENTED = {
    "OPENAI_API_KEY": "sk-mock",
    "SLACK_BOT_TOKEN": "xoxb-mock-token",
    "SLACK_APP_TOKEN": "xapp-mock-token",
    "SLACK_SIGNING_SECRET": "mock-signing-secret",
    "ZENDESK_EMAIL": "agent@example.com",
    "ZENDESK_TOKEN": "mock-zendesk-token",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 31 + "1",
    "TWILIO_AUTH_TOKEN": "mock-twilio-auth-token",
    "TWILIO_PHONE_NUMBER": "+15005550006",
    "STATUSPAGE_PAGE_ID": "mockpage",
    "STATUSPAGE_API_KEY": "mock-statuspage-key",
    "ZENPY_FORCE_SCHEME": "http",
}


def test_credentials_are_the_documented_ones(mocks):
    assert {name: mocks.env.get(name) for name in DOCUMENTED} == DOCUMENTED


def test_every_dependency_has_its_url(mocks):
    names = ["OPENAI", "OPENAI_BACKUP", "SLACK", "ZENDESK", "TWILIO", "STATUSPAGE"]
    assert mocks.env["SMTP_URL"] == "smtp://" + mocks.env["SMTP_ADDR"]
    urls = [mocks.env[f"{name}_URL"] for name in names]
    assert len(set(urls)) == 6 and all(url.startswith("http://127.0.0.1:") for url in urls)
    assert mocks.env["OPENAI_BASE_URL"] == mocks.env["OPENAI_API_BASE"] == mocks.env["OPENAI_URL"]
    assert mocks.env["OPENAI_BASE_URL"].endswith("/v1") and mocks.env["SLACK_API_URL"].endswith("/api/")
    assert mocks.env["ZENDESK_URL"] == "http://" + mocks.env["ZENPY_FORCE_NETLOC"]
    assert mocks.env["TWILIO_API_URL"] and mocks.env["STATUSPAGE_API_URL"] and mocks.env["HOLDLINE_CONTROL_URL"]


def test_a_shell_can_source_what_it_prints(mocks, tmp_path):
    (tmp_path / "mocks.env").write_text("\n".join(mocks.lines) + "\n")
    said = subprocess.run(
        ["sh", "-c", '. ./mocks.env && printf %s "$TWILIO_PHONE_NUMBER $OPENAI_BASE_URL"'],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )
    assert said.stdout == f"+15005550006 {mocks.env['OPENAI_BASE_URL']}"


def test_the_control_api_wants_its_token(mocks):
    url = mocks.env["HOLDLINE_CONTROL_URL"]
    assert len(mocks.env["HOLDLINE_CONTROL_TOKEN"]) >= 32
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        refused = requests.get(url + "/faults", headers=headers, timeout=10)
        assert refused.status_code == 401 and "HOLDLINE_CONTROL_TOKEN" in refused.json()["error"]


def test_another_host_name_does_not_reach_the_control_api(mocks):
    reply = mocks.http.get(mocks.env["HOLDLINE_CONTROL_URL"] + "/faults", headers={"Host": "evil.example"}, timeout=10)
    assert reply.status_code == 403, reply.text


def test_what_is_wrong_says_what_is_possible(mocks):
    url = mocks.env["HOLDLINE_CONTROL_URL"]

    def refused(path, **how):
        reply = mocks.http.post(url + path, timeout=10, **how)
        assert 400 <= reply.status_code < 600 and list(reply.json()) == ["error"], reply.text
        return reply.status_code, reply.json()["error"]

    assert refused("/faults", data="{")[0] == 400
    assert "openai-backup" in refused("/faults", json={"vendor": "nobody", "fault": "hang"})[1]
    assert "openai.overloaded" in refused("/faults", json={"vendor": "openai", "fault": "nonsense"})[1]
    assert "retry_after" in refused("/faults", json={"vendor": "openai", "fault": "hang", "params": {"x": 1}})[1]
    assert "`command` is missing" in refused("/emit/slack", json={"event": "slash_command", "params": {}})[1]
    assert mocks.http.post(url + "/faults", data=b"x" * (2 << 20), timeout=10).status_code == 413
    assert mocks.http.post(url + "/faults", data="[" * 100_000, timeout=10).status_code == 400


def test_a_fault_with_a_ttl_ends_by_itself(mocks):
    mocks.fault("statuspage", "down", ttl=0.5)
    page = mocks.env["STATUSPAGE_API_URL"] + "/api/v2/status.json"
    begun = time.monotonic()
    assert requests.get(page, timeout=10).status_code == 503
    while requests.get(page, timeout=10).status_code == 503:
        assert time.monotonic() - begun < 10, "it never ended"
        time.sleep(0.05)
    assert time.monotonic() - begun >= 0.4
    assert mocks.control("GET", "/faults")["faults"][0]["over"] is True


def test_a_ttl_counts_on_the_mocks_clock(mocks):
    mocks.fault("statuspage", "down", ttl="10m")
    page = mocks.env["STATUSPAGE_API_URL"] + "/api/v2/status.json"
    assert requests.get(page, timeout=10).status_code == 503
    before = mocks.control("GET", "/clock")["now"]
    assert mocks.control("PUT", "/clock", advance="11m")["now"] >= before + 660
    assert requests.get(page, timeout=10).status_code == 200


def test_a_share_strikes_the_same_requests_again(mocks):
    page = mocks.env["STATUSPAGE_API_URL"] + "/api/v2/status.json"

    def fates():
        mocks.control("POST", "/reset")
        mocks.fault("statuspage", "down", share=0.5)
        return [requests.get(page, timeout=10).status_code for _ in range(40)]

    first = fates()
    assert {200, 503} == set(first) and first == fates()


def models_status(mocks) -> int:
    """How the mock of a model answers a question that needs no thought."""
    url, key = mocks.env["OPENAI_BASE_URL"], mocks.env["OPENAI_API_KEY"]
    return requests.get(url + "/models", headers={"Authorization": f"Bearer {key}"}, timeout=10).status_code


def test_a_brownout_strikes_some_and_the_same_ones_again(mocks):
    def brownout():
        mocks.control("POST", "/reset")
        mocks.fault("openai", "error_rate", share=0.3, status=529)
        return [models_status(mocks) for _ in range(40)]

    seen = brownout()
    assert set(seen) == {200, 529} and seen == brownout()


def test_what_flaps_comes_and_goes_on_the_mocks_clock(mocks):
    mocks.fault("openai", "flap", down=600, up=600)
    seen = []
    for _ in range(4):
        seen.append(models_status(mocks))
        mocks.control("PUT", "/clock", advance=600)
    assert seen == [503, 200, 503, 200]
    mocks.control("DELETE", "/faults")
    mocks.fault("openai", "rate_limit", down=600, up=600, retry_after=1)
    first = models_status(mocks)
    mocks.control("PUT", "/clock", advance=600)
    assert (first, models_status(mocks)) == (429, 200)


def test_reset_takes_everything_back(mocks):
    page = mocks.env["STATUSPAGE_API_URL"] + "/api/v2/summary.json"
    key = {"Authorization": f"OAuth {mocks.env['STATUSPAGE_API_KEY']}"}
    incidents = mocks.env["STATUSPAGE_API_URL"] + "/v1/pages/mockpage/incidents"
    made = requests.post(incidents, headers=key, json={"incident": {"name": "x", "status": "investigating"}}, timeout=10)
    assert made.status_code == 201 and requests.get(page, timeout=10).json()["incidents"]
    mocks.fault("statuspage", "down")
    mocks.control("POST", "/reset")
    assert mocks.journal("statuspage") == [] and mocks.control("GET", "/faults")["faults"] == []
    summary = requests.get(page, timeout=10).json()
    assert summary["incidents"] == [] and len(summary["components"]) == 1


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    for base in range(20_000, 60_000, 97):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for index, one in enumerate(sockets):
                one.bind(("127.0.0.1", base + index))
            return base
        except OSError:
            continue
        finally:
            [one.close() for one in sockets]
    pytest.fail("no ports are free")


def test_ports_follow_the_base_in_order():
    base = free_ports(8)
    one = Mocks("--port-base", str(base), "--no-token")
    try:
        names = ["OPENAI", "OPENAI_BACKUP", "SLACK", "ZENDESK", "TWILIO", "STATUSPAGE", "SMTP", "HOLDLINE_CONTROL"]
        ports = [int(re.search(r":(\d+)", one.env[f"{name}_URL"])[1]) for name in names]
        assert ports == list(range(base, base + 8))
        assert "HOLDLINE_CONTROL_TOKEN" not in one.env
        assert one.control("GET", "/")["mocks"][0]["vendor"] == "openai"
        taken = subprocess.run([binary(), "mocks", "--port-base", str(base)], capture_output=True, text=True, timeout=20)
        assert taken.returncode == 2 and str(base) in taken.stderr and taken.stdout == ""
    finally:
        assert one.end() == 0


def test_a_scenario_names_the_mocks():
    one = Mocks(str(ROOT / "scenarios" / "first-rehearsal.yaml"))
    try:
        names = [mock["vendor"] for mock in one.control("GET", "/")["mocks"]]
        assert len(names) >= 3 and all(f"{name.upper().replace('-', '_')}_URL" in one.env for name in names)
    finally:
        assert one.end(signal.SIGTERM) == 0


def test_it_ends_at_once_with_a_request_in_hand(mocks):
    one = Mocks()
    one.fault("statuspage", "hang")
    address = one.env["STATUSPAGE_API_URL"].removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1]))) as hanging:
        hanging.sendall(b"GET /api/v2/status.json HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        begun = time.monotonic()
        assert one.end() == 0 and time.monotonic() - begun < 5


def test_it_is_small_and_quick():
    begun = time.monotonic()
    one = Mocks()
    took = time.monotonic() - begun
    try:
        status = open(f"/proc/{one.process.pid}/status").read()
        resident = int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])
        assert resident < 30 * 1024, f"{resident} kB"
        # The aim is 200 ms on a quiet machine; the bound only finds a start that waits for something.
        assert took < 5, f"{took:.3f} s"
        print(f"ready after {took * 1000:.0f} ms, {resident} kB")
    finally:
        one.end()


def test_faults_are_listed():
    said = subprocess.run([binary(), "faults", "openai"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert "openai.overloaded\n" in said and "openai.stream_cut\n" in said and "slack." not in said
    every = subprocess.run([binary(), "faults"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert "\nhang\n" in every and "twilio.internal_error_20500\n" in every
    wrong = subprocess.run([binary(), "faults", "opanai"], capture_output=True, text=True, timeout=20)
    assert wrong.returncode == 2 and "did you mean `openai`?" in wrong.stderr


def test_help_shows_the_way():
    said = subprocess.run([binary(), "mocks", "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert "Examples:" in said and "smtp" in said and "POST /faults" in said and max(map(len, said.splitlines())) <= 100
    assert "\x1b" not in said and os.linesep in said
