"""The OpenAI SDK with its defaults against `holdline mocks`: each fault is the SDK's own error class."""

import time

import openai
import pytest
from rig import all_mocks, mocks  # noqa: F401

ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Where is my order 1001?"}]}


@pytest.fixture
def llm(mocks):
    """The SDK as it comes: two retries of its own."""
    with openai.OpenAI(base_url=mocks.env["OPENAI_BASE_URL"], api_key=mocks.env["OPENAI_API_KEY"]) as client:
        yield client


def chats(mocks, vendor="openai"):
    return [entry for entry in mocks.journal(vendor) if entry["endpoint"] == "chat.completions"]


def test_it_answers_and_the_journal_shows_it(mocks, llm):
    assert "Ref." in llm.chat.completions.create(**ASK).choices[0].message.content
    (entry,) = chats(mocks)
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/v1/chat/completions", 200)
    assert entry["fault"] is None and entry["gave_up"] is False and "sk-mock" not in str(entry)


def test_the_sdk_tries_again_until_it_is_over(mocks, llm):
    mocks.fault("openai", "overloaded", times=2)
    assert llm.chat.completions.create(**ASK).choices[0].message.content
    assert [entry["status"] for entry in chats(mocks)] == [503, 503, 200]
    assert len({entry["fingerprint"] for entry in chats(mocks)}) == 1, "the same request"


def test_three_failures_are_an_error(mocks, llm):
    mocks.fault("openai", "openai.server_error")
    with pytest.raises(openai.InternalServerError) as raised:
        llm.chat.completions.create(**ASK)
    assert raised.value.status_code == 500 and len(chats(mocks)) == 3


def test_retry_after_is_honoured(mocks, llm):
    mocks.fault("openai", "rate_limit", times=1, retry_after=2)
    begun = time.monotonic()
    llm.chat.completions.create(**ASK)
    assert 1.9 <= time.monotonic() - begun < 10
    first, second = chats(mocks)
    assert first["status"] == 429 and first["retry_after_s"] == 2 and second["at"] - first["at"] >= 1.9


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("rate_limit", openai.RateLimitError, "rate_limit_exceeded"),
        ("insufficient_quota", openai.RateLimitError, "insufficient_quota"),
        ("invalid_api_key", openai.AuthenticationError, "invalid_api_key"),
        ("model_not_found", openai.NotFoundError, "model_not_found"),
        ("gateway", openai.InternalServerError, None),
        ("reset", openai.APIConnectionError, None),
        ("refuse", openai.APIConnectionError, None),
        ("close_early", openai.APIConnectionError, None),
        ("garbage", openai.APIConnectionError, None),
    ],
)
def test_error_classes_are_the_sdks_own(mocks, llm, fault, error, code):
    mocks.fault("openai", fault)
    with pytest.raises(error) as raised:
        llm.with_options(max_retries=0).chat.completions.create(**ASK)
    if code:
        assert raised.value.code == code


def test_a_hanging_request_is_the_clients_own_timeout(mocks, llm):
    mocks.fault("openai", "hang")
    with pytest.raises(openai.APITimeoutError):
        llm.with_options(max_retries=0, timeout=0.5).chat.completions.create(**ASK)


def test_params_bend_a_reply(mocks, llm):
    mocks.fault("openai", "server_error", status=409, error_code="odd_conflict")
    with pytest.raises(openai.ConflictError) as raised:
        llm.with_options(max_retries=0).chat.completions.create(**ASK)
    assert raised.value.code == "odd_conflict"


def test_a_stream_breaks_off_after_its_chunks(mocks, llm):
    mocks.fault("openai", "stream_cut", after_chunks=2)
    seen = 0
    with pytest.raises(Exception, match="incomplete chunked read"):
        for _ in llm.chat.completions.create(**ASK, stream=True):
            seen += 1
    assert seen == 2


def test_a_stream_error_is_an_api_error(mocks, llm):
    mocks.fault("openai", "stream_error", after_chunks=1)
    with pytest.raises(openai.APIError):
        list(llm.chat.completions.create(**ASK, stream=True))


def test_latency_alone_is_no_failure(mocks, llm):
    mocks.fault("openai", "latency", delay_ms=400, times=1)
    begun = time.monotonic()
    llm.chat.completions.create(**ASK)
    assert time.monotonic() - begun >= 0.4
    assert [entry["fault"] for entry in chats(mocks)] == [None]


def test_a_fault_for_one_model_spares_the_others(mocks, llm):
    mocks.fault("openai", "model_not_found", match={"model": "gpt-4o-mini"})
    with pytest.raises(openai.NotFoundError):
        llm.chat.completions.create(**ASK)
    assert llm.chat.completions.create(**{**ASK, "model": "gpt-4o"}).choices
    assert list(llm.models.list())


def test_the_backup_is_a_provider_of_its_own(mocks, llm):
    mocks.fault("openai", "refuse")
    backup = openai.OpenAI(base_url=mocks.env["OPENAI_BACKUP_URL"], api_key=mocks.env["OPENAI_BACKUP_API_KEY"])
    assert backup.chat.completions.create(**ASK).choices
    assert len(chats(mocks, "openai-backup")) == 1 and chats(mocks) == []


def test_a_deleted_fault_is_over(mocks, llm):
    fault = mocks.fault("openai", "overloaded")
    mocks.control("DELETE", f"/faults/{fault}")
    assert llm.chat.completions.create(**ASK).choices
    mocks.fault("openai", "overloaded")
    mocks.control("DELETE", "/faults")
    assert llm.chat.completions.create(**ASK).choices
