"""A proxy of `kind: tcp` in front of a small server of our own, with every fault of the byte stream."""

import contextlib
import hashlib
import socket
import struct
import threading
import time

import pytest
from rig import Mocks, wait_for

DESK = """desk: small
dependencies:
  db:   {{ kind: tcp, upstream: "127.0.0.1:{port}" }}
  gone: {{ kind: tcp, upstream: "127.0.0.1:{closed}" }}
channels: {{ chat: {{ style: chat }} }}
reasons: {{ any: {{ handle: 3m }} }}
contacts: [ {{ channel: chat, rate: 10/h }} ]
teams: {{ chats: {{ people: 2, answers: [chat] }} }}
"""


class Upstream:
    """Answers each line by the same line in capitals; at the client's end it says how much it got, and ends too."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                self.accepted += 1
                threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        total = 0
        with client, contextlib.suppress(OSError):
            while piece := client.recv(65536):
                total += len(piece)
                client.sendall(piece.upper())
            client.sendall(f"[{total}]".encode())


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    upstream = Upstream()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed = probe.getsockname()[1]
    desk = tmp_path_factory.mktemp("tcp") / "desk.yaml"
    desk.write_text(DESK.format(port=upstream.port, closed=closed))
    running = Mocks(str(desk))
    running.upstream = upstream
    yield running
    assert running.end() == 0
    upstream.server.close()


@pytest.fixture
def db(rig):
    rig.control("POST", "/reset")
    return rig


def connect(db, name="DB"):
    host, port = db.env[f"{name}_ADDR"].rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def say(client, words=b"hello"):
    """What comes back, which is as long as what was said."""
    client.sendall(words)
    return exactly(client, len(words))


def exactly(client, length):
    said = b""
    while len(said) < length:
        piece = client.recv(length - len(said))
        if not piece:
            break
        said += piece
    return said


def is_reset(client):
    """Whether the other side resets it before it says anything."""
    try:
        client.recv(1)
    except ConnectionResetError:
        return True
    return False


def refused(db, name="DB"):
    """Whether a new connection is reset at once, which a client may learn while it still connects."""
    try:
        with connect(db, name) as client:
            return is_reset(client)
    except ConnectionResetError:
        return True


def closes(db, count=1, name="db"):
    return wait_for(lambda: (found := db.journal(name, "connection_close"))[count - 1 :] and found)


def took(act):
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def test_bytes_pass_both_ways_and_halves_close_alone(db):
    assert db.env["DB_URL"] == "tcp://" + db.env["DB_ADDR"]
    with connect(db) as client:
        assert say(client) == b"HELLO"
        client.shutdown(socket.SHUT_WR)
        assert exactly(client, 3) == b"[5]" and client.recv(1) == b""
    [closed] = closes(db)
    assert (closed["up"], closed["down"], closed["fault"]) == (5, 8, None)
    assert closed["how"] == "closed by both sides"
    [opened] = db.journal("db", "connection_open")
    assert opened["connection"] == closed["connection"] == 1


def test_a_lot_passes_unchanged(db):
    sent = bytes(range(97, 123)) * 200_000
    with connect(db) as client:
        client.settimeout(60)
        threading.Thread(target=lambda: (client.sendall(sent), client.shutdown(socket.SHUT_WR)), daemon=True).start()
        got = exactly(client, len(sent))
        assert hashlib.sha256(got).digest() == hashlib.sha256(sent.upper()).digest()
    assert closes(db)[0]["up"] == len(sent)


def test_an_upstream_that_is_not_there_resets(db):
    assert refused(db, "GONE")
    assert closes(db, name="gone")[0]["how"] == "the upstream cannot be reached"


def test_latency_delays_what_comes_back(db):
    with connect(db) as client:
        assert say(client) == b"HELLO"
        fault = db.fault("db", "latency", delay_ms=400)
        assert took(lambda: say(client)) >= 0.4
        db.control("DELETE", f"/faults/{fault}")
        fault = db.fault("db", "latency", delay_ms="1h", direction="both")
        client.sendall(b"hello")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
        db.control("DELETE", f"/faults/{fault}")
        client.settimeout(10)
        assert exactly(client, 5) == b"HELLO", "who waits is let go when the fault ends"
    assert closes(db)[0]["fault"] == "tcp.latency"


def test_bandwidth_and_slices_take_their_time_and_change_nothing(db):
    db.fault("db", "bandwidth", bytes_per_second=2_000)
    with connect(db) as client:
        assert took(lambda: say(client, b"x" * 1_000) == b"X" * 1_000 or pytest.fail("changed")) >= 0.4
    db.control("POST", "/reset")
    db.fault("db", "slicer", bytes=3, delay_ms=150)
    with connect(db) as client:
        assert took(lambda: say(client, b"abcdefghi") == b"ABCDEFGHI" or pytest.fail("changed")) >= 0.3


def test_timeout_stops_data_and_lets_it_flow_again(db):
    with connect(db) as client:
        assert say(client) == b"HELLO"
        fault = db.fault("db", "timeout")
        client.sendall(b"later")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
        db.control("DELETE", f"/faults/{fault}")
        client.settimeout(10)
        assert exactly(client, 5) == b"LATER"
        db.fault("db", "timeout", delay_ms=200, direction="up")
        assert client.recv(1) == b"", "it is closed after its time"
    assert closes(db)[0]["how"] == "closed by the fault"


def test_down_cuts_what_is_open_and_refuses_what_comes(db):
    with connect(db) as client:
        assert say(client) == b"HELLO"
        accepted = db.upstream.accepted
        fault = db.fault("db", "down")
        assert is_reset(client)
        assert refused(db)
        assert db.upstream.accepted == accepted
        db.control("DELETE", f"/faults/{fault}")
        with connect(db) as third:
            assert say(third) == b"HELLO"
    faults = [(entry["fault"], entry["how"]) for entry in closes(db, 3)]
    assert faults == [("tcp.down", "reset by the fault")] * 2 + [(None, "closed by both sides")]


@pytest.mark.parametrize("fault", ["reset_peer", "refuse"])
def test_open_connections_are_reset(db, fault):
    with connect(db) as client:
        assert say(client) == b"HELLO"
        db.fault("db", fault)
        assert is_reset(client)


def test_reset_waits_for_the_first_words_of_a_new_connection(db):
    db.fault("db", "reset")
    with connect(db) as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(10)
        client.sendall(b"hello")
        assert is_reset(client)
    assert closes(db)[0]["up"] == 0, "nothing was passed on"


def test_limit_data_closes_in_the_middle(db):
    db.fault("db", "limit_data", bytes=4)
    with connect(db) as client:
        assert say(client, b"abcdefgh") == b"ABCD"
    assert (closes(db)[0]["down"], closes(db)[0]["how"]) == (4, "closed by the fault")


def test_slow_close_keeps_the_end_back(db):
    db.fault("db", "slow_close", delay_ms=500, direction="down")
    with connect(db) as client:
        begun = time.monotonic()
        client.shutdown(socket.SHUT_WR)
        assert exactly(client, 3) == b"[0]" and client.recv(1) == b""
        assert time.monotonic() - begun >= 0.4


def test_a_share_strikes_the_same_connections_again(db):
    def try_once():
        try:
            with connect(db) as client:
                return say(client) != b"HELLO"
        except OSError:
            return True

    def struck():
        db.control("POST", "/reset")
        db.fault("db", "down", share=0.4)
        fates = []
        for _ in range(20):
            fates.append(try_once())
        return fates

    first = struck()
    assert 0 < sum(first) < 20 and struck() == first


def test_times_count_connections(db):
    db.fault("db", "down", times=1)
    assert refused(db)
    with connect(db) as client:
        assert say(client) == b"HELLO"


def test_a_client_that_resets_and_one_that_never_reads_do_no_harm(db):
    with connect(db) as client:
        assert say(client) == b"HELLO"
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert closes(db)[0]["how"] == "broken by one side"
    with connect(db) as deaf, connect(db) as client:
        deaf.settimeout(0.5)
        with pytest.raises(TimeoutError):
            deaf.sendall(b"x" * (64 << 20))
        assert say(client) == b"HELLO", "others are served"


def test_a_reset_of_the_mocks_closes_what_is_open(db):
    with connect(db) as client:
        assert say(client) == b"HELLO"
        db.control("POST", "/reset")
        assert client.recv(1) == b""


def test_what_would_do_nothing_is_refused(db):
    for fault, params in [
        ("html_502", {}),
        ("latency", {"status": 500}),
        ("latency", {"match": "x"}),
        ("latency", {"bytes": 3}),
        ("down", {"direction": "up"}),
        ("webhook_drop", {}),
    ]:
        refused = db.http.post(
            db.env["HOLDLINE_CONTROL_URL"] + "/faults", json={"vendor": "db", "fault": fault, "params": params}
        )
        assert refused.status_code == 422, (fault, refused.text)
