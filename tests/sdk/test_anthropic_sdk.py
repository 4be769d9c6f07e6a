"""The Anthropic SDK with its defaults against the mock of the language model, which serves its messages too."""

import anthropic
import pytest
from rig import all_mocks, mocks  # noqa: F401

WORDS = "Where is my order 1001?"
ASK = {"model": "claude-sonnet-5-5", "max_tokens": 1024, "messages": [{"role": "user", "content": WORDS}]}
TOOLS = [
    {
        "name": "find_order",
        "input_schema": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
    }
]


@pytest.fixture
def llm(mocks, monkeypatch):
    """The client as the environment that the mocks print makes it."""
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, mocks.env[name])
    with anthropic.Anthropic() as client:
        yield client


def test_a_message_carries_a_reference(mocks, llm):
    made = llm.messages.create(**ASK, system="Be kind.")
    assert "Ref." in made.content[0].text and made.stop_reason == "end_turn" and made._request_id.startswith("req_")
    assert made.usage.input_tokens > 0 and made.usage.output_tokens > 0
    (entry,) = mocks.journal("openai")
    assert (entry["endpoint"], entry["path"], entry["status"]) == ("messages.create", "/v1/messages", 200)


def test_a_stream_joins_to_the_message(llm):
    with llm.messages.stream(**ASK) as stream:
        text = "".join(stream.text_stream)
        assert "Ref." in text and stream.get_final_message().content[0].text == text
    kinds = list(dict.fromkeys(event.type for event in llm.messages.create(**ASK, stream=True)))
    assert kinds == [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "find_order"}])
def test_a_tool_is_used_plain_and_streamed(llm, choice):
    made = llm.messages.create(**ASK, tools=TOOLS, tool_choice=choice)
    (used,) = made.content
    assert made.stop_reason == "tool_use" and used.name == "find_order" and WORDS in used.input["order"]
    with llm.messages.stream(**ASK, tools=TOOLS, tool_choice=choice) as stream:
        assert stream.get_final_message().content[0].input == used.input
    answered = [
        *ASK["messages"],
        {"role": "assistant", "content": [used.model_dump()]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": used.id, "content": "in Lyon"}]},
    ]
    assert llm.messages.create(**ASK | {"messages": answered}, tools=TOOLS).stop_reason == "end_turn"


def test_models_and_tokens(llm):
    models = list(llm.models.list())
    assert models and all(model.id.startswith("claude-") for model in models)
    assert llm.models.retrieve(models[0].id).type == "model"
    assert llm.messages.count_tokens(model=ASK["model"], messages=ASK["messages"]).input_tokens > 0


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        ("anthropic.overloaded", anthropic.OverloadedError, "overloaded_error"),
        ("overloaded", anthropic.OverloadedError, "overloaded_error"),
        ("anthropic.rate_limit", anthropic.RateLimitError, "rate_limit_error"),
        ("anthropic.api_error", anthropic.InternalServerError, "api_error"),
        ("invalid_api_key", anthropic.AuthenticationError, "authentication_error"),
        ("model_not_found", anthropic.NotFoundError, "not_found_error"),
        ("insufficient_quota", anthropic.BadRequestError, "invalid_request_error"),
        ("reset", anthropic.APIConnectionError, None),
    ],
)
def test_error_classes_are_the_sdks_own(mocks, llm, fault, error, kind):
    mocks.fault("openai", fault)
    with pytest.raises(error) as raised:
        llm.with_options(max_retries=0).messages.create(**ASK)
    if kind:
        assert raised.value.body["error"]["type"] == kind


def test_a_fault_of_anthropic_spares_the_other_api(mocks, llm):
    import openai

    mocks.fault("openai", "anthropic.overloaded")
    with openai.OpenAI(base_url=mocks.env["OPENAI_BASE_URL"], api_key="sk-mock", max_retries=0) as other:
        assert other.chat.completions.create(model="gpt-4o", messages=ASK["messages"]).choices
    assert mocks.journal("openai")[0]["fault"] is None


def test_the_sdk_tries_again(mocks, llm):
    mocks.fault("openai", "anthropic.overloaded", times=2)
    assert llm.messages.create(**ASK).content
    assert [entry["status"] for entry in mocks.journal("openai")] == [529, 529, 200]


def test_streams_fail_in_the_middle(mocks, llm):
    def seen(fault):
        mocks.fault("openai", fault, times=1)
        kinds = []
        try:
            for event in llm.messages.create(**ASK, stream=True):
                kinds.append(event.type)
        except Exception as error:  # noqa: BLE001
            return kinds, type(error).__name__
        return kinds, None

    assert seen("anthropic.stream_error")[1] == "APIStatusError"
    assert seen("stream_error")[1] == "APIStatusError"
    kinds, error = seen("stream_cut")
    assert kinds[-1] == "content_block_delta" and error == "RemoteProtocolError"
    assert seen("stream_clean_truncation") == (kinds, None)


def test_what_is_wrong_is_refused(mocks, llm):
    with pytest.raises(anthropic.NotFoundError):
        llm.messages.create(**ASK | {"model": "gpt-4o"})
    with pytest.raises(anthropic.BadRequestError):
        llm.messages.create(**ASK | {"messages": []})
    with anthropic.Anthropic(api_key="sk-ant-wrong", max_retries=0) as stranger, pytest.raises(anthropic.AuthenticationError):
        stranger.messages.create(**ASK)
