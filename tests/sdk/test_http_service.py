"""A service of `kind: http`, served from the shipped stubs, as any HTTP client sees it."""

import time

import pytest
import requests
from rig import ROOT, Mocks, wait_for

STUBS = "scenarios/stubs/crm.yaml"


@pytest.fixture(scope="module")
def all_crm():
    running = Mocks(STUBS)
    yield running
    assert running.end() == 0


@pytest.fixture
def crm(all_crm):
    all_crm.control("POST", "/reset")
    return all_crm


def ask(crm, method, path, **more):
    headers = {"Authorization": "Bearer t0ken-secret", **more.pop("headers", {})}
    return requests.request(method, crm.env["CRM_URL"] + path, headers=headers, timeout=10, **more)


def seen(crm):
    return [(entry["method"], entry["endpoint"], entry["status"], entry["fault"]) for entry in crm.journal("crm")]


def test_it_is_named_after_its_file(crm):
    assert crm.env["CRM_URL"].startswith("http://127.0.0.1:")
    assert "1 mock" in crm.lines[-1]
    assert crm.control("GET", "/")["mocks"] == [{"vendor": "crm", "kind": "http", "emits": []}]


def test_it_answers_remembers_and_forgets(crm):
    order = ask(crm, "GET", "/orders/HL-1001")
    assert order.json() == {"id": "HL-1001", "status": "paid", "total": 4990}
    assert order.headers["content-type"].startswith("application/json")
    assert ask(crm, "POST", "/orders/HL-1001/cancel", json={"by": "kim"}).json()["by"] == "kim"
    assert ask(crm, "POST", "/orders/HL-1001/cancel").status_code == 409
    note = ask(crm, "POST", "/notes", json={"text": 'say "hi" {{now}}'})
    assert note.status_code == 201 and note.json()["text"] == 'say "hi" {{now}}'
    assert note.headers["location"] == crm.env["CRM_URL"] + "/notes/1"
    assert requests.get(crm.env["CRM_URL"] + "/orders/HL-1001", timeout=10).status_code == 401
    crm.control("POST", "/reset")
    assert ask(crm, "GET", "/orders/HL-1001").json()["status"] == "paid"
    again = ask(crm, "POST", "/notes", json={"text": "x"})
    assert again.json()["key"] == note.json()["key"], "identifiers replay"


def test_the_clock_of_the_mocks_dates_what_it_says(crm):
    crm.control("PUT", "/clock", advance=86_400)
    unix = crm.control("GET", "/clock")["utc"][:10]
    assert ask(crm, "POST", "/notes", json={"text": "x"}).json()["at"].startswith(unix)


def test_what_no_stub_is_for_says_which_one_is_near(crm):
    reply = ask(crm, "PATCH", "/orders/HL-1001?key=hidden")
    assert reply.status_code == 404
    assert reply.json() == {
        "error": "no stub of `crm` is for PATCH /orders/HL-1001",
        "nearest": "an order",
        "misses": ["method"],
    }
    [note] = crm.journal("crm", "unmatched")
    assert (note["method"], note["path"], note["nearest"]) == ("PATCH", "/orders/HL-1001", "an order")
    assert seen(crm) == [("PATCH", "unmatched", 404, None)]
    whole = str(crm.control("GET", "/journal/crm"))
    assert "hidden" not in whole and "t0ken-secret" not in whole


def test_faults_strike_by_endpoint_method_and_path(crm):
    crm.fault("crm", "unavailable", match={"endpoint": "an order"}, retry_after=2)
    crm.fault("crm", "http.rate_limit", match={"method": "POST"}, times=1)
    crm.fault("crm", "html_502", match={"path": "/health"})
    down = ask(crm, "GET", "/orders/HL-1001")
    assert (down.status_code, down.headers["retry-after"]) == (503, "2")
    assert down.headers["content-type"] == "application/problem+json" and down.json()["status"] == 503
    assert [ask(crm, "POST", "/notes", json={"text": "x"}).status_code for _ in range(2)] == [429, 201]
    assert ask(crm, "GET", "/health").status_code == 502
    assert seen(crm) == [
        ("GET", "an order", 503, "http.unavailable"),
        ("POST", "add a note", 429, "http.rate_limit"),
        ("POST", "add a note", 201, None),
        ("GET", "health", 502, "html_502"),
    ]


def test_a_failure_after_the_commit_is_done_twice_by_who_tries_again(crm):
    crm.fault("crm", "error_after_commit", times=1)
    assert ask(crm, "POST", "/notes", json={"text": "x"}).status_code == 500
    assert ask(crm, "POST", "/notes", json={"text": "x"}).json()["id"] == 2


def test_transport_faults_reach_it(crm):
    crm.fault("crm", "reset", times=1)
    with pytest.raises(requests.ConnectionError):
        ask(crm, "GET", "/health")
    crm.fault("crm", "truncate_body", times=1)
    with pytest.raises(requests.RequestException):
        ask(crm, "GET", "/orders/HL-1001")
    crm.fault("crm", "malformed_json", times=1)
    with pytest.raises(requests.JSONDecodeError):
        ask(crm, "GET", "/orders/HL-1001").json()
    assert ask(crm, "GET", "/health").text == "ok"


def test_what_would_do_nothing_is_refused(crm):
    for fault, params in [("webhook_drop", {}), ("unavailable", {"direction": "up"}), ("tcp.latency", {})]:
        refused = crm.http.post(
            crm.env["HOLDLINE_CONTROL_URL"] + "/faults", json={"vendor": "crm", "fault": fault, "params": params}
        )
        assert refused.status_code == 422, fault


def test_bodies_are_bounded(crm):
    assert ask(crm, "POST", "/notes", data=b"x" * (11 << 20)).status_code == 413
    deep = b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert ask(crm, "POST", "/notes", data=deep).status_code == 404, "it is no JSON"
    assert ask(crm, "GET", "/health").text == "ok"


def test_slow_replies_take_their_time(tmp_path):
    stubs = tmp_path / "slow.yaml"
    stubs.write_text(
        "stubs:\n  - { when: { path: /slow }, delay: 400ms, reply: { json: [1, true, null] } }\n"
        "  - { when: { path: /file }, reply: { file: page.html } }\n"
    )
    (tmp_path / "page.html").write_text("<p>{{now}}</p>")
    slow = Mocks(str(stubs), "--no-token")
    try:
        before = time.monotonic()
        assert requests.get(slow.env["SLOW_URL"] + "/slow", timeout=10).json() == [1, True, None]
        assert time.monotonic() - before >= 0.4
        page = requests.get(slow.env["SLOW_URL"] + "/file", timeout=10)
        assert (page.text, page.headers["content-type"]) == ("<p>{{now}}</p>", "text/html; charset=utf-8")
        with pytest.raises(requests.Timeout):
            requests.get(slow.env["SLOW_URL"] + "/slow", timeout=0.1)
        wait_for(lambda: any(entry["gave_up"] for entry in slow.journal("slow")))
    finally:
        slow.end()


def test_a_bad_file_is_refused_before_anything_listens(tmp_path):
    import subprocess

    from rig import binary

    bad = tmp_path / "bad.yaml"
    bad.write_text("stubs:\n  - { when: { path: '/a/{id}' }, reply: { text: '{{path.di}}' } }\n")
    for command in (["mocks", bad], ["check", bad]):
        ran = subprocess.run([binary(), *map(str, command)], cwd=ROOT, capture_output=True, text=True, timeout=20)
        assert ran.returncode == 2 and "bad.yaml:2:" in ran.stderr and "did you mean `id`?" in ran.stderr
    good = subprocess.run([binary(), "check", STUBS], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert good.returncode == 0 and "stubs" in good.stdout
