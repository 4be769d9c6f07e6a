"""What the OpenAI SDK can do beside plain chats: streams, tools, schemas, responses, embeddings, sound, Azure's paths."""

import io
import json
import math
import wave

import openai
import pytest
from pydantic import BaseModel, Field
from rig import all_mocks, mocks  # noqa: F401

MODEL = "gpt-4o-mini"
WORDS = "Where is my order 1001?"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": WORDS}]}
FIND = {
    "name": "find_order",
    "parameters": {
        "type": "object",
        "properties": {"order": {"type": "string"}, "count": {"type": "integer", "minimum": 2}},
        "required": ["order", "count"],
    },
}


class Triage(BaseModel):
    kind: str
    order: str = Field(pattern=r"^ORD-\d{4}$")
    at: tuple[int, str]
    urgent: bool
    reply: str


@pytest.fixture
def llm(mocks):
    with openai.OpenAI(
        base_url=mocks.env["OPENAI_BASE_URL"], api_key=mocks.env["OPENAI_API_KEY"], max_retries=0
    ) as client:
        yield client


def test_a_stream_joins_to_an_answer_and_ends_with_its_usage(llm):
    chunks = list(llm.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "Ref." in text and chunks[0].choices[0].delta.role == "assistant"
    assert {chunk.id for chunk in chunks} == {chunks[0].id} and chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0


def test_the_sdks_own_stream_helper_ends_with_the_completion(llm):
    with llm.chat.completions.stream(**ASK) as stream:
        kinds = {event.type for event in stream}
        assert {"content.delta", "content.done"} <= kinds
        assert "Ref." in stream.get_final_completion().choices[0].message.content


def test_a_required_tool_is_called_plain_and_streamed(llm):
    how = {**ASK, "tools": [{"type": "function", "function": FIND}], "tool_choice": "required"}
    choice = llm.chat.completions.create(**how).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    call = choice.message.tool_calls[0]
    arguments = json.loads(call.function.arguments)
    assert call.function.name == "find_order" and WORDS in arguments["order"] and arguments["count"] >= 2
    deltas = [chunk.choices[0].delta for chunk in llm.chat.completions.create(**how, stream=True)]
    calls = [call for delta in deltas for call in delta.tool_calls or []]
    assert calls[0].id and calls[0].function.name == "find_order" and {call.index for call in calls} == {0}
    assert json.loads("".join(call.function.arguments for call in calls)) == arguments


def test_a_parsed_answer_fits_its_class(llm):
    parsed = llm.chat.completions.parse(**ASK, response_format=Triage).choices[0].message.parsed
    assert isinstance(parsed, Triage) and "Ref." in parsed.reply
    parsed = llm.responses.parse(model=MODEL, input=WORDS, text_format=Triage).output_parsed
    assert isinstance(parsed, Triage) and "Ref." in parsed.reply


def test_every_reply_has_its_request_id_and_limits(llm):
    raw = llm.chat.completions.with_raw_response.create(**ASK)
    assert raw.parse()._request_id.startswith("req_")
    assert int(raw.headers["x-ratelimit-remaining-requests"]) < int(raw.headers["x-ratelimit-limit-requests"])
    assert raw.headers["x-ratelimit-reset-requests"].endswith("s")


def test_a_response_plain_kept_and_gone_on_from(llm, mocks):
    first = llm.responses.create(model=MODEL, input=WORDS, instructions="Be kind.")
    assert "Ref." in first.output_text and first.status == "completed" and first.usage.total_tokens > 0
    assert llm.responses.retrieve(first.id).output_text == first.output_text
    second = llm.responses.create(model=MODEL, input="And now?", previous_response_id=first.id)
    assert second.previous_response_id == first.id and second.output_text != first.output_text
    llm.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        llm.responses.retrieve(first.id)
    with pytest.raises(openai.BadRequestError) as raised:
        llm.responses.create(model=MODEL, input="And now?", previous_response_id=first.id)
    assert raised.value.code == "previous_response_not_found"
    seen = [entry["endpoint"] for entry in mocks.journal("openai")]
    assert seen[:4] == ["responses.create", "responses.retrieve", "responses.create", "responses.delete"]


def test_a_response_streams_its_events_in_order(llm):
    events = list(llm.responses.create(model=MODEL, input=WORDS, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = list(dict.fromkeys(event.type.removeprefix("response.") for event in events))
    assert kinds == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done", "completed",
    ]
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == events[-1].response.output_text
    with llm.responses.stream(model=MODEL, input=WORDS) as stream:
        stream.until_done()
        assert "Ref." in stream.get_final_response().output_text


def test_a_response_calls_a_function(llm):
    tools = [{"type": "function", **FIND}]
    made = llm.responses.create(model=MODEL, input=WORDS, tools=tools, tool_choice="required")
    (call,) = made.output
    assert (call.type, call.name) == ("function_call", "find_order") and call.call_id.startswith("call_")
    assert WORDS in json.loads(call.arguments)["order"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "it is in Lyon"}
    after = llm.responses.create(model=MODEL, input=[result], previous_response_id=made.id, tools=tools)
    assert after.output_text
    events = list(llm.responses.create(model=MODEL, input=WORDS, tools=tools, tool_choice="required", stream=True))
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert "".join(deltas) == call.arguments


@pytest.mark.parametrize("after_chunks", [1, 7])
def test_a_streamed_response_breaks_off(mocks, llm, after_chunks):
    mocks.fault("openai", "stream_cut", after_chunks=after_chunks)
    seen = 0
    with pytest.raises(Exception, match="incomplete chunked read"):
        for _ in llm.responses.create(model=MODEL, input=WORDS, stream=True):
            seen += 1
    assert seen == after_chunks


def test_a_streamed_response_ends_with_an_error_or_failed_or_too_soon(mocks, llm):
    def kinds(fault):
        mocks.fault("openai", fault, times=1)
        return [event.type for event in llm.responses.create(model=MODEL, input=WORDS, stream=True)]

    assert kinds("stream_error")[-2:] == ["response.output_text.delta", "error"]
    assert kinds("response_failed")[-1] == "response.failed"
    assert kinds("content_filter")[-1] == "response.incomplete"
    assert kinds("stream_clean_truncation")[-1] == "response.output_text.delta"


def test_embeddings_by_default_and_as_floats(llm):
    texts = ["where is my order", "my order is late", "refund the invoice"]
    made = llm.embeddings.create(model="text-embedding-3-small", input=texts)
    floats = llm.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float")
    order, late, refund = [one.embedding for one in made.data]
    assert [one.index for one in made.data] == [0, 1, 2] and len(order) == 1536
    assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(order, floats.data[0].embedding, strict=True))
    assert math.isclose(sum(x * x for x in order), 1, abs_tol=1e-4)
    near = lambda a, b: sum(x * y for x, y in zip(a, b, strict=True))  # noqa: E731
    assert near(order, late) > near(order, refund)
    short = llm.embeddings.create(model="text-embedding-3-large", input="x", dimensions=256)
    assert len(short.data[0].embedding) == 256


def test_what_was_spoken_can_be_played_and_written_down(llm):
    sound = llm.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input=WORDS, response_format="wav").content
    with wave.open(io.BytesIO(sound)) as played:
        assert played.getframerate() == 24_000 and played.getnframes() > 10_000
    assert llm.audio.speech.create(model="tts-1", voice="alloy", input="Hi").content[:2] == b"\xff\xf3"
    first = llm.audio.transcriptions.create(model="whisper-1", file=("call.wav", sound))
    again = llm.audio.transcriptions.create(model="whisper-1", file=("call.wav", sound), response_format="verbose_json")
    assert first.text and again.text == first.text and 1 < again.duration < 3
    stream = llm.audio.transcriptions.create(model="gpt-4o-transcribe", file=("call.wav", sound), stream=True)
    assert list(stream)[-1].text == first.text


def test_azure_finds_its_deployments(mocks):
    root = mocks.env["OPENAI_BASE_URL"].removesuffix("/v1")
    azure = openai.AzureOpenAI(azure_endpoint=root, api_key=mocks.env["OPENAI_API_KEY"], api_version="2024-10-21")
    assert "Ref." in azure.chat.completions.create(**{**ASK, "model": "support-bot"}).choices[0].message.content
    (entry,) = mocks.journal("openai")
    assert entry["path"] == "/openai/deployments/support-bot/chat/completions"
    wrong = openai.AzureOpenAI(azure_endpoint=root, api_key="wrong", api_version="2024-10-21")
    with pytest.raises(openai.AuthenticationError):
        wrong.chat.completions.create(**ASK)


def test_limits_are_real_where_they_are_set(mocks, llm):
    mocks.target("openai", requests_per_minute=3, tokens_per_minute=10_000)
    try:
        [llm.chat.completions.create(**ASK) for _ in range(3)]
        with pytest.raises(openai.RateLimitError) as raised:
            llm.chat.completions.create(**ASK)
        assert raised.value.code == "rate_limit_exceeded" and raised.value.type == "requests"
        assert 0 < int(raised.value.response.headers["retry-after"]) <= 20
        assert llm.chat.completions.create(**{**ASK, "model": "gpt-4o"}).choices, "another model has limits of its own"
        mocks.control("PUT", "/clock", advance="20s")
        assert llm.chat.completions.create(**ASK).choices
        with pytest.raises(openai.RateLimitError) as raised:
            llm.chat.completions.create(**ASK | {"model": "gpt-4o"}, max_tokens=10_001)
        assert raised.value.type == "tokens" and "retry-after" not in raised.value.response.headers
    finally:
        mocks.target("openai", requests_per_minute=None)
    assert all(llm.chat.completions.create(**ASK).choices for _ in range(5))


def test_the_async_client_works_too(mocks):
    import asyncio

    async def ask():
        async with openai.AsyncOpenAI(base_url=mocks.env["OPENAI_BASE_URL"], api_key="sk-mock") as client:
            made = await asyncio.gather(*[client.responses.create(model=MODEL, input=f"order {n}") for n in range(10)])
            return {one.output_text for one in made}

    assert len(asyncio.run(ask())) == 10, "every answer has a reference of its own"
