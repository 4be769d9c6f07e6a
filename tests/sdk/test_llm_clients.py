"""What many bots put in front of the models, litellm and LangChain, pointed at the mocks by the environment alone."""

import os

import pytest
from rig import all_mocks, mocks  # noqa: F401

# Before they are imported: they fetch price lists, and report what they are used for.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_TELEMETRY="False", LANGCHAIN_TRACING_V2="false")

import litellm  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_openai import ChatOpenAI, OpenAIEmbeddings  # noqa: E402
from pydantic import BaseModel  # noqa: E402

WORDS = "Where is my order 1001?"
MESSAGES = [{"role": "user", "content": WORDS}]
NAMES = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY")


@pytest.fixture(autouse=True)
def environment(mocks, monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, mocks.env[name])


class Triage(BaseModel):
    kind: str
    reply: str


@tool
def find_order(order: str) -> str:
    """Finds an order."""
    return order


@pytest.mark.parametrize("model", ["gpt-4o-mini", "anthropic/claude-sonnet-4-5"])
def test_litellm_answers_plain_and_streamed(model):
    made = litellm.completion(model=model, messages=MESSAGES)
    assert "Ref." in made.choices[0].message.content and made.usage.total_tokens > 0
    chunks = list(litellm.completion(model=model, messages=MESSAGES, stream=True))
    assert "Ref." in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


@pytest.mark.parametrize("model", ["gpt-4o-mini", "anthropic/claude-sonnet-4-5"])
def test_litellm_calls_a_tool(model):
    parameters = {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}
    tools = [{"type": "function", "function": {"name": "find_order", "parameters": parameters}}]
    made = litellm.completion(model=model, messages=MESSAGES, tools=tools, tool_choice="required")
    assert made.choices[0].message.tool_calls[0].function.name == "find_order"


def test_litellm_raises_its_own_classes(mocks):
    mocks.fault("openai", "rate_limit")
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(model="gpt-4o-mini", messages=MESSAGES, num_retries=0, max_retries=0)
    mocks.control("DELETE", "/faults")
    mocks.fault("openai", "anthropic.overloaded")
    with pytest.raises(litellm.InternalServerError):
        litellm.completion(model="anthropic/claude-sonnet-4-5", messages=MESSAGES, num_retries=0, max_retries=0)


def test_litellm_falls_back_to_another_provider(mocks):
    mocks.fault("openai", "overloaded", match="chat.completions")
    made = litellm.completion(
        model="gpt-4o-mini", messages=MESSAGES, fallbacks=["anthropic/claude-sonnet-4-5"], num_retries=0, max_retries=0
    )
    assert "Ref." in made.choices[0].message.content
    seen = [(entry["endpoint"], entry["status"]) for entry in mocks.journal("openai")]
    assert seen[0] == ("chat.completions", 503) and seen[-1] == ("messages.create", 200)


def test_litellm_embeds_and_responds():
    made = litellm.embedding(model="text-embedding-3-small", input=["order", "refund"])
    assert len(made.data) == 2 and len(made.data[0]["embedding"]) == 1536
    assert litellm.responses(model="gpt-4o-mini", input=WORDS).output[0].content[0].text


@pytest.mark.parametrize("responses", [False, True])
def test_langchain_answers_plain_and_streamed(responses):
    llm = ChatOpenAI(model="gpt-4o-mini", use_responses_api=responses)
    assert "Ref." in llm.invoke(WORDS).text
    assert "Ref." in "".join(chunk.text for chunk in llm.stream(WORDS))


@pytest.mark.parametrize("responses", [False, True])
def test_langchain_calls_a_tool_and_fills_a_class(responses):
    llm = ChatOpenAI(model="gpt-4o-mini", use_responses_api=responses)
    (call,) = llm.bind_tools([find_order], tool_choice="any").invoke(WORDS).tool_calls
    assert call["name"] == "find_order" and WORDS in call["args"]["order"]
    for method in ("json_schema", "function_calling"):
        assert isinstance(llm.with_structured_output(Triage, method=method).invoke(WORDS), Triage), method


def test_langchain_embeds():
    # Its own count of tokens would fetch a table from the network.
    embeddings = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)
    assert len(embeddings.embed_documents(["order", "refund"])[0]) == len(embeddings.embed_query("order")) == 1536


def test_langchain_falls_over_to_the_backup(mocks):
    mocks.fault("openai", "refuse")
    backup = ChatOpenAI(model="gpt-4o", base_url=mocks.env["OPENAI_BACKUP_URL"])
    chain = ChatOpenAI(model="gpt-4o-mini", max_retries=0).with_fallbacks([backup])
    assert "Ref." in chain.invoke(WORDS).text
    assert len(mocks.journal("openai-backup")) == 1
