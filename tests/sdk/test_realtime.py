"""OpenAI's own client of the Realtime API against `holdline mocks`, and a voice bot between a telephone and it."""

import base64
import os
import socket
import subprocess
import sys

import pytest
import websockets
from openai import OpenAI
from rig import ROOT, all_mocks, mocks, wait_for  # noqa: F401

CALLER, OURS = "+15005550100", "+15005550006"
TOOL = {
    "type": "function", "name": "look_up", "description": "Looks an order up.",
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
}


@pytest.fixture
def client(mocks):
    return OpenAI(base_url=mocks.env["OPENAI_BASE_URL"], api_key=mocks.env["OPENAI_API_KEY"])


def ask(connection, words):
    content = [{"type": "input_text", "text": words}]
    connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})


def until(connection, last):
    """Every event up to and with the one of this type."""
    events = []
    for event in connection:
        events.append(event)
        if event.type == last:
            return events
    pytest.fail(f"no {last}: {[event.type for event in events]}")


def of(events, kind):
    return [event for event in events if event.type == kind]


def test_words_are_answered_in_words(client):
    with client.realtime.connect(model="gpt-realtime") as connection:
        assert connection.recv().type == "session.created"
        connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        updated = connection.recv()
        assert updated.type == "session.updated" and updated.session.output_modalities == ["text"]
        ask(connection, "Where is my parcel?")
        connection.response.create()
        events = until(connection, "response.done")
    text = "".join(event.delta for event in of(events, "response.output_text.delta"))
    assert "on its way" in text and "Ref. " in text
    done = events[-1].response
    assert done.status == "completed" and done.output[0].content[0].text == text
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens > 0
    assert [limit.name for limit in of(events, "rate_limits.updated")[0].rate_limits] == ["requests", "tokens"]


def test_sound_is_answered_in_sound(client):
    with client.realtime.connect(model="gpt-realtime") as connection:
        ask(connection, "refund")
        connection.response.create()
        events = until(connection, "response.done")
        spoken = [event.delta for event in of(events, "response.output_audio.delta")]
        assert "refund" in of(events, "response.output_audio_transcript.done")[0].transcript
        # What the model said is sound that says its words: it understands itself.
        for sound in spoken:
            connection.input_audio_buffer.append(audio=sound)
        assert connection.recv().type == "input_audio_buffer.speech_started"
        connection.input_audio_buffer.append(audio=base64.b64encode(bytes(2 * 24_000)).decode())
        events = until(connection, "response.done")
    kinds = [event.type for event in events]
    assert kinds[:3] == ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.added"]
    assert "refund" in events[-1].response.output[0].content[0].transcript


def test_a_function_is_called(client):
    with client.realtime.connect(model="gpt-realtime") as connection:
        ask(connection, "Where is order 7?")
        connection.response.create(response={"tools": [TOOL], "tool_choice": "required"})
        events = until(connection, "response.done")
    call = events[-1].response.output[0]
    assert call.type == "function_call" and call.name == "look_up" and "order" in call.arguments
    assert of(events, "response.function_call_arguments.done")[0].arguments == call.arguments


def test_a_response_is_cancelled(client):
    with client.realtime.connect(model="gpt-realtime") as connection:
        ask(connection, "refund")
        connection.response.create()
        until(connection, "response.output_audio.delta")
        connection.response.cancel()
        done = until(connection, "response.done")[-1].response
        assert (done.status, done.status_details.reason) == ("cancelled", "client_cancelled")
        connection.response.cancel()
        assert until(connection, "error")[-1].error.code == "response_cancel_not_active"


def test_the_older_api_has_its_own_names(client):
    beta = {"OpenAI-Beta": "realtime=v1"}
    with client.realtime.connect(model="gpt-4o-realtime-preview", extra_headers=beta) as connection:
        ask(connection, "refund")
        connection.response.create()
        events = until(connection, "response.done")
    kinds = {event.type for event in events}
    assert {"conversation.item.created", "response.audio.delta", "response.audio_transcript.done"} <= kinds


def test_failures_at_the_door_have_their_status(mocks, client):
    mocks.fault("openai", "overloaded", times=1)
    with pytest.raises(websockets.exceptions.InvalidStatus) as raised, client.realtime.connect(model="gpt-realtime"):
        pass
    assert raised.value.response.status_code == 503
    with pytest.raises(websockets.exceptions.InvalidStatus) as raised, client.realtime.connect(model="no-such-model"):
        pass
    assert raised.value.response.status_code == 404


def test_failures_in_the_middle_of_an_answer(mocks, client):
    mocks.fault("openai", "stream_cut", times=1)
    with client.realtime.connect(model="gpt-realtime") as connection:
        connection.response.create()
        with pytest.raises(websockets.exceptions.ConnectionClosedError):
            until(connection, "response.done")
    mocks.fault("openai", "stream_error", times=1)
    with client.realtime.connect(model="gpt-realtime") as connection:
        connection.response.create()
        assert until(connection, "error")[-1].error.type == "server_error"
    assert [entry["how"] for entry in mocks.journal("openai", "socket_close")][0] == "closed by the mock"


@pytest.fixture
def bot(mocks):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, **mocks.env, "BOT_PORT": str(port)}
    script = ROOT / "tests" / "targets" / "voice_bot.py"
    process = subprocess.Popen([sys.executable, script], env=env, stdout=subprocess.PIPE, text=True)

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(listens)
    mocks.target("twilio", voice_url=f"http://127.0.0.1:{port}/incoming-call", status_callback=None)
    yield process
    process.kill()
    process.wait()


def test_a_voice_bot_talks_with_a_caller(mocks, bot):
    mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS, "says": "Where is my parcel?", "patience_s": 20})
    assert bot.stdout.readline().strip() == "caller: Where is my parcel?"
    # The answer takes some seconds to be heard; then the caller has nothing more to say and hangs up in the end.
    stream = wait_for(lambda: mocks.journal("twilio", "stream"), 60)[0]
    assert stream["how"] == "stopped" and stream["texts_heard"] == 1, stream
    assert 0 < stream["first_audio_s"] < 15 and stream["dead_air_s"] < 10, stream
    opened = mocks.journal("openai", "socket_open")
    assert len(opened) == 1 and opened[0]["endpoint"] == "realtime"


def test_a_stream_that_drops_ends_the_conversation(mocks, bot):
    mocks.emit("twilio", "inbound_call", **{"from": CALLER, "to": OURS, "says": ["Where is my parcel?"], "patience_s": 60})
    assert bot.stdout.readline()
    mocks.fault("twilio", "stream_drop", times=1)
    stream = wait_for(lambda: mocks.journal("twilio", "stream"))[0]
    assert stream["how"] == "closed by the mock"
    wait_for(lambda: len(mocks.journal("openai", "socket_close")) == 1)
