"""The Twilio SDK with its defaults against `holdline mocks`; callers on demand, and webhooks its validator accepts."""

from urllib.parse import parse_qsl

import pytest
import requests
from rig import all_mocks, mocks, target, wait_for  # noqa: F401
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

CALLER, OURS = "+15005550100", "+15005550006"


@pytest.fixture
def twilio(mocks):
    client = Client(mocks.env["TWILIO_ACCOUNT_SID"], mocks.env["TWILIO_AUTH_TOKEN"])
    client.api.base_url = mocks.env["TWILIO_API_URL"]
    return client


@pytest.fixture
def phone(mocks, target):
    """A target that answers with the document of the path."""
    documents = {}

    def answer(call):
        return 200, "text/xml", f"<Response>{documents.get(call.path, '')}</Response>".encode()

    target.answer = answer
    mocks.target("twilio", voice_url=f"{target.url}/voice", sms_url=f"{target.url}/sms", status_callback=None)
    return documents


def form(call):
    return dict(parse_qsl(call.body.decode(), keep_blank_values=True))


def validated(mocks, target, call):
    headers = {name.lower(): value for name, value in call.headers.items()}
    validator = RequestValidator(mocks.env["TWILIO_AUTH_TOKEN"])
    return validator.validate(target.url + call.path, form(call), headers["x-twilio-signature"])


def test_a_caller_presses_speaks_and_is_heard(mocks, twilio, target, phone):
    phone["/voice"] = '<Gather numDigits="1" action="/menu"><Say>Press one.</Say></Gather>'
    phone["/menu"] = '<Gather input="speech" action="/bot"><Say>What is it?</Say></Gather>'
    phone["/bot"] = "<Say>Thank you.</Say><Hangup/>"
    said = mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS, "digits": "1", "says": "My order is late"})
    calls = [target.next() for _ in range(3)]
    assert [call.path for call in calls] == ["/voice", "/menu", "/bot"]
    assert all(validated(mocks, target, call) for call in calls)
    assert form(calls[0])["From"] == CALLER and form(calls[0])["CallSid"] == said["call_sid"]
    assert form(calls[1])["Digits"] == "1" and form(calls[2])["SpeechResult"] == "My order is late"
    wait_for(lambda: twilio.calls(said["call_sid"]).fetch().status == "completed")
    assert [entry["what"] for entry in mocks.journal("twilio", "delivery")] == ["voice"] * 3


def test_patience_ends_the_call(mocks, twilio, target, phone):
    phone["/voice"] = "<Enqueue>support</Enqueue>"
    mocks.target("twilio", status_callback=f"{target.url}/status")
    said = mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS, "patience_s": 0.5})
    assert target.next().path == "/voice"
    over = target.next()
    assert over.path == "/status" and validated(mocks, target, over) and form(over)["CallStatus"] == "completed"
    assert twilio.calls(said["call_sid"]).fetch().status == "completed"


def test_a_text_is_answered(mocks, twilio, target, phone):
    phone["/sms"] = "<Message>We are on it.</Message>"
    said = mocks.emit("twilio", "inbound_sms", **{"from": CALLER, "to": OURS, "body": "Where is it?"})
    call = target.next()
    assert validated(mocks, target, call) and form(call)["Body"] == "Where is it?"
    assert form(call)["MessageSid"] == said["message_sid"]
    answer = wait_for(lambda: twilio.messages.list(to=CALLER))[0]
    assert answer.body == "We are on it." and answer.direction == "outbound-reply"


def test_somebody_answers_the_targets_call(mocks, twilio, target, phone):
    phone["/out"] = "<Say>Hello.</Say>"
    call = twilio.calls.create(to=CALLER, from_=OURS, url=f"{target.url}/out")
    asked = target.next()
    assert asked.path == "/out" and validated(mocks, target, asked) and form(asked)["CallSid"] == call.sid
    wait_for(lambda: twilio.calls(call.sid).fetch().status == "completed")


def test_a_number_learns_its_address_from_the_api(mocks, twilio, target, phone):
    number = twilio.incoming_phone_numbers.list()[0]
    number.update(voice_url=f"{target.url}/elsewhere")
    mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS})
    assert target.next().path == "/elsewhere"


def test_errors_are_the_sdks_own(mocks, twilio):
    mocks.fault("twilio", "internal_error_20500", times=1)
    with pytest.raises(TwilioRestException) as raised:
        twilio.messages.create(to=CALLER, from_=OURS, body="hi")
    assert (raised.value.status, raised.value.code) == (500, 20500)
    mocks.fault("twilio", "too_many_requests_20429", times=1, error_code=20003, status=401)
    with pytest.raises(TwilioRestException) as raised:
        twilio.messages.create(to=CALLER, from_=OURS, body="hi")
    assert (raised.value.status, raised.value.code) == (401, 20003)
    mocks.fault("twilio", "reset", times=1, match={"to": CALLER})
    with pytest.raises(requests.ConnectionError):
        twilio.messages.create(to=CALLER, from_=OURS, body="hi")
    assert twilio.messages.create(to=CALLER, from_=OURS, body="hi").sid.startswith("SM")


def test_status_callbacks_are_lost_on_demand(mocks, twilio, target, phone):
    mocks.fault("twilio", "status_callback_drop", match="MessageStatus=sent")
    twilio.messages.create(to=CALLER, from_=OURS, body="hi", status_callback=f"{target.url}/told")
    assert form(target.next())["MessageStatus"] == "delivered"


def test_a_number_of_somebody_else_is_refused(mocks):
    reply = mocks.http.post(
        mocks.env["HOLDLINE_CONTROL_URL"] + "/emit/twilio", timeout=10,
        json={"event": "inbound_call", "params": {"from": CALLER, "to": "+15005550999"}},
    )
    assert reply.status_code == 422 and OURS in reply.json()["error"]


def test_status_callbacks_that_come_twice_keep_their_order(mocks, twilio, target, phone):
    mocks.fault("twilio", "status_callback_dup")
    twilio.messages.create(to=CALLER, from_=OURS, body="hi", status_callback=f"{target.url}/told")
    told = [form(target.next())["MessageStatus"] for _ in range(4)]
    assert sorted(told) == ["delivered", "delivered", "sent", "sent"] and told[0] == "sent"


def test_a_caller_is_recorded_and_the_words_are_on_it(mocks, twilio, target, phone):
    phone["/voice"] = '<Record action="/done" timeout="1" recordingStatusCallback="/ready"/>'
    words = "This is Kim about my parcel"
    said = mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS, "says": words})
    told = {call.path: form(call) for call in (target.next() for _ in range(3))}
    assert told["/ready"]["RecordingStatus"] == "completed"
    (recording,) = twilio.calls(said["call_sid"]).recordings.list()
    assert recording.sid == told["/done"]["RecordingSid"] and recording.duration == told["/done"]["RecordingDuration"]
    sound = requests.get(told["/done"]["RecordingUrl"], timeout=10)
    assert sound.headers["content-type"] == "audio/x-wav" and sound.content[:4] == b"RIFF"
    model = {"Authorization": f"Bearer {mocks.env['OPENAI_API_KEY']}"}
    heard = requests.post(
        mocks.env["OPENAI_BASE_URL"] + "/audio/transcriptions", headers=model, data={"model": "whisper-1"},
        files={"file": ("call.wav", sound.content)}, timeout=10,
    )
    assert heard.json()["text"] == words
    assert twilio.recordings(recording.sid).delete() and twilio.recordings.list() == []


def test_queues_and_their_callers(mocks, twilio, target, phone):
    phone["/voice"] = '<Enqueue waitUrl="/wait" action="/after">support</Enqueue>'
    phone["/wait"] = "<Pause length='1'/>"
    phone["/taken"] = "<Say>Here I am.</Say>"
    said = mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS})
    waiting = form([target.next(), target.next()][1])
    assert (waiting["QueuePosition"], waiting["CurrentQueueSize"], waiting["QueueTime"]) == ("1", "1", "0")
    (queue,) = twilio.queues.list()
    assert queue.update(max_size=7, friendly_name="helpers").max_size == 7
    (member,) = twilio.queues(queue.sid).members.list()
    assert member.call_sid == said["call_sid"]
    with pytest.raises(TwilioRestException) as raised:
        queue.delete()
    assert raised.value.code == 22008
    twilio.queues(queue.sid).members("Front").update(url=f"{target.url}/taken")
    told = {call.path: form(call) for call in (target.next(), target.next())}
    assert told["/after"]["QueueResult"] == "redirected" and "/taken" in told
    assert queue.delete() and twilio.queues.list() == []


def test_texts_that_never_arrive_and_calls_that_nobody_takes(mocks, twilio, target, phone):
    mocks.fault("twilio", "message_undelivered_30005", times=1)
    sent = twilio.messages.create(to=CALLER, from_=OURS, body="hi", status_callback=f"{target.url}/told")
    told = [form(target.next()) for _ in range(2)]
    assert [one["MessageStatus"] for one in told] == ["sent", "undelivered"] and told[1]["ErrorCode"] == "30005"
    assert twilio.messages(sent.sid).fetch().error_code == 30005
    mocks.fault("twilio", "busy", times=1)
    call = twilio.calls.create(
        to=CALLER, from_=OURS, url=f"{target.url}/out", status_callback=f"{target.url}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    told = [form(target.next()) for _ in range(3)]
    assert [one["SequenceNumber"] for one in told] == ["0", "1", "2"] and told[-1]["CallStatus"] == "busy"
    assert twilio.calls(call.sid).fetch().status == "busy"



def test_a_lost_question_is_asked_again_at_the_fallback(mocks, twilio, target, phone):
    phone["/spare"] = "<Say>We are here after all.</Say>"
    mocks.target("twilio", voice_fallback_url=f"{target.url}/spare")
    mocks.fault("twilio", "webhook_11200", times=1)
    said = mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS})
    mocks.control("PUT", "/clock", advance=25)
    asked = target.next()
    assert asked.path == "/spare" and validated(mocks, target, asked)
    assert form(asked)["ErrorCode"] == "11200" and form(asked)["ErrorUrl"] == f"{target.url}/voice"
    wait_for(lambda: twilio.calls(said["call_sid"]).fetch().status == "completed")
    mocks.target("twilio", voice_fallback_url=None)
