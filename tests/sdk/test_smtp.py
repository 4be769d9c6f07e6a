"""Python's smtplib against the mail server of `holdline mocks`."""

import smtplib
import socket
import ssl
import time
from email.message import EmailMessage

import pytest
from rig import all_mocks, mocks, wait_for  # noqa: F401


@pytest.fixture
def address(mocks):
    host, port = mocks.env["SMTP_ADDR"].rsplit(":", 1)
    return host, int(port)


def mail(text="Your order is on its way.", to="sam@example.com", subject="Order HL-1"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.com", to, subject
    message.set_content(text)
    return message


def sent(mocks):
    return mocks.journal("smtp", "mail")


def requests_seen(mocks):
    return [(entry["endpoint"], entry["status"], entry["fault"]) for entry in mocks.journal("smtp")]


def test_it_stands_beside_the_others(mocks, address):
    assert mocks.env["SMTP_URL"] == "smtp://%s:%d" % address
    with smtplib.SMTP(*address, timeout=10) as client:
        code, _ = client.ehlo("me")
        assert code == 250
        offered = {"size", "8bitmime", "pipelining", "smtputf8", "starttls", "auth"}
        assert offered <= set(client.esmtp_features)
        assert int(client.esmtp_features["size"]) >= 1_000_000


def test_a_mail_arrives_as_it_was_written(mocks, address):
    with smtplib.SMTP(*address, timeout=10) as client:
        assert client.send_message(mail("..a dot\n.\n.b\nend"), to_addrs=["sam@example.com", "kim@example.com"]) == {}
    [entry] = sent(mocks)
    assert (entry["from"], entry["to"]) == ("desk@example.com", ["sam@example.com", "kim@example.com"])
    assert "\r\n\r\n..a dot\r\n.\r\n.b\r\nend\r\n" in entry["data"] and entry["size"] == len(entry["data"])
    assert requests_seen(mocks) == [("data", 250, None)]


def test_starttls_and_both_logins(mocks, address):
    for method in ("PLAIN", "LOGIN"):
        with smtplib.SMTP(*address, timeout=10) as client:
            client.starttls(context=ssl._create_unverified_context())
            client.ehlo()
            assert "starttls" not in client.esmtp_features
            client.user, client.password = "me", "secret-password"
            auth = client.auth_plain if method == "PLAIN" else client.auth_login
            assert client.auth(method, auth)[0] == 235
            client.send_message(mail())
    assert len(sent(mocks)) == 2
    assert "secret-password" not in str(mocks.control("GET", "/journal/smtp"))


def test_utf8_addresses_need_their_extension(mocks, address):
    with smtplib.SMTP(*address, timeout=10) as client:
        client.send_message(mail("Grüße", to="jürgen@example.com"))
        assert sent(mocks)[0]["to"] == ["jürgen@example.com"]


def test_commands_may_come_all_at_once(mocks, address):
    with socket.create_connection(address, timeout=10) as raw:
        raw.sendall(
            b"EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<>\r\nDATA\r\n"
            b"Subject: x\r\n\r\nfirst\n.\nstill first\r\n.\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n"
        )
        said = b""
        while piece := raw.recv(4096):
            said += piece
    codes = [line[:3] for line in said.decode().splitlines() if line[3:4] == " "]
    assert codes == ["220", "250", "250", "250", "501", "354", "250", "250", "221"]
    assert "first\n.\nstill first" in sent(mocks)[0]["data"]


def test_what_is_too_much_is_refused(mocks, address):
    with smtplib.SMTP(*address, timeout=30) as client:
        client.ehlo()
        most = int(client.esmtp_features["size"])
        with pytest.raises(smtplib.SMTPSenderRefused) as raised:
            client.sendmail("a@b.example", ["c@d.example"], "x" * (most + 1))
        assert raised.value.smtp_code == 552
        assert client.docmd("MAIL FROM:<a@b.example>")[0] == 250
        assert client.rcpt("c@d.example")[0] == 250
        assert client.data(b"x" * 900 + b"\r\n")[0] == 250
        assert client.docmd("NOOP " + "x" * 5_000)[0] == 500
        client.mail("a@b.example")
        assert [client.rcpt(f"c{n}@d.example")[0] for n in range(101)][-2:] == [250, 452]
    with smtplib.SMTP(*address, timeout=30) as client:
        client.ehlo()
        client.mail("a@b.example")
        client.rcpt("c@d.example")
        assert client.data((b"x" * 998 + b"\r\n") * (most // 1_000 + 2))[0] == 552


@pytest.mark.parametrize(
    "fault, code", [("greylist_451", 451), ("mailbox_full_452", 452), ("reject_550", 550)]
)
def test_recipients_are_refused(mocks, address, fault, code):
    mocks.fault("smtp", fault, times=1)
    with smtplib.SMTP(*address, timeout=10) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as raised:
            client.send_message(mail())
        assert raised.value.recipients["sam@example.com"][0] == code
        assert client.send_message(mail()) == {}
    assert len(sent(mocks)) == 1
    assert requests_seen(mocks) == [("rcpt", code, f"smtp.{fault}"), ("data", 250, None)]


def test_one_recipient_of_two_is_refused(mocks, address):
    mocks.fault("smtp", "reject_550", match={"to": "kim@example.com"})
    with smtplib.SMTP(*address, timeout=10) as client:
        refused = client.send_message(mail(), to_addrs=["sam@example.com", "kim@example.com"])
    assert list(refused) == ["kim@example.com"] and sent(mocks)[0]["to"] == ["sam@example.com"]


def test_nobody_is_taken_in(mocks, address):
    fault = mocks.fault("smtp", "unavailable_421")
    with pytest.raises(smtplib.SMTPConnectError) as raised:
        smtplib.SMTP(*address, timeout=10)
    assert raised.value.smtp_code == 421
    mocks.control("DELETE", f"/faults/{fault}")
    smtplib.SMTP(*address, timeout=10).quit()


def test_a_mail_is_accepted_and_lost(mocks, address):
    mocks.fault("smtp", "drop_after_data", times=1)
    with smtplib.SMTP(*address, timeout=10) as client:
        assert client.send_message(mail()) == {}
    assert sent(mocks) == [] and requests_seen(mocks) == [("data", 250, "smtp.drop_after_data")]


def test_a_slow_banner_and_a_tarpit_take_their_time(mocks, address):
    mocks.fault("smtp", "slow_banner", times=1, delay_ms=700)
    begun = time.monotonic()
    smtplib.SMTP(*address, timeout=10).quit()
    assert time.monotonic() - begun >= 0.7
    mocks.fault("smtp", "slow_banner", times=1)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        smtplib.SMTP(*address, timeout=0.3)
    mocks.fault("smtp", "tarpit", times=1)
    begun = time.monotonic()
    smtplib.SMTP(*address, timeout=10).close()
    assert time.monotonic() - begun >= 2


def test_transport_faults(mocks, address):
    def send():
        with smtplib.SMTP(*address, timeout=1) as client:
            client.send_message(mail())

    for fault in ("reset", "hang", "close_early", "garbage"):
        mocks.fault("smtp", fault, times=1)
        with pytest.raises((OSError, smtplib.SMTPException)):
            send()
        assert sent(mocks) == []
    mocks.fault("smtp", "reset_after_commit", times=1)
    with pytest.raises((OSError, smtplib.SMTPException)):
        send()
    assert len(sent(mocks)) == 1
    mocks.fault("smtp", "refuse", ttl=60)
    with pytest.raises((OSError, smtplib.SMTPException)):
        send()
    mocks.control("DELETE", "/faults")
    mocks.fault("smtp", "blackhole", times=1)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        smtplib.SMTP(*address, timeout=0.3)
    mocks.fault("smtp", "latency", times=1, delay_ms=500)
    begun = time.monotonic()
    send()
    assert time.monotonic() - begun >= 0.5


def test_faults_of_http_are_none_of_mail(mocks):
    url = mocks.env["HOLDLINE_CONTROL_URL"] + "/faults"
    for fault in ("html_502", "truncate_body", "webhook_drop", "status"):
        refused = mocks.http.post(url, json={"vendor": "smtp", "fault": fault}, timeout=10)
        assert refused.status_code == 422 and "smtp.reject_550" in refused.json()["error"], fault
    bent = mocks.http.post(url, json={"vendor": "smtp", "fault": "reject_550", "params": {"status": 554}}, timeout=10)
    assert bent.status_code == 201


def test_nonsense_ends_the_connection(mocks, address):
    with socket.create_connection(address, timeout=10) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"\xff\x00\r\n" * 30)
        said = b""
        try:
            while piece := raw.recv(4096):
                said += piece
        except ConnectionResetError:
            pass
    assert b"500" in said and b"421 4.7.0" in said
    with socket.create_connection(address, timeout=10) as raw:
        assert raw.recv(100).startswith(b"220")
        # What is sent behind it is thrown away, so that the reason is read.
        for _ in range(100):
            raw.sendall(b"x" * 65_536)
        assert raw.recv(100) == b"421 4.5.0 The line never ends\r\n" and raw.recv(100) == b""
