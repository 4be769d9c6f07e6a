#!/usr/bin/env python3
"""Checks what the mocks reply against the vendors' public OpenAPI files. For developers; CI does not run it.

    tests/.cache/venv/bin/python tests/openapi/check.py --openai openapi.yaml --twilio twilio_api_v2010.json

The files are not part of this repository: take them from github.com/openai/openai-openapi and from
github.com/twilio/twilio-oai (spec/json/twilio_api_v2010.json). The binary is HOLDLINE_BIN, else target/release/holdline.
Prints a line for every reply; ends with 1 if one does not fit.
"""

import argparse
import base64
import json
import socket
import sys
from pathlib import Path

import jsonschema
import requests
import websocket
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sdk"))
from rig import Mocks, wait_for  # noqa: E402

ASK = [{"role": "user", "content": "Where is my order 1001?"}]
TOOL = {
    "name": "find_order",
    "description": "Finds an order.",
    "parameters": {
        "type": "object",
        "required": ["order"],
        "properties": {"order": {"type": "string"}},
        "additionalProperties": False,
    },
    "strict": True,
}
SCHEMA = {
    "type": "object",
    "required": ["kind", "reply"],
    "properties": {"kind": {"enum": ["billing", "other"]}, "reply": {"type": "string"}},
    "additionalProperties": False,
}


def plain(schema):
    """OpenAPI's own words as JSON Schema: `nullable` is a type more, and alternatives may overlap."""
    if isinstance(schema, list):
        return [plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {("anyOf" if key == "oneOf" else key): plain(value) for key, value in schema.items()}
    if schema.pop("nullable", None) is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


class Spec:
    """One vendor's file, and what of the replies does not fit it."""

    def __init__(self, file: Path):
        text = file.read_text()
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.spec = plain(json.loads(text) if file.suffix == ".json" else yaml.load(text, Loader=loader))
        resource = Resource(contents=self.spec, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:spec", resource)
        self.misfits = 0
        self.checked = 0

    def schema(self, path: str, method: str, status: int, kind: str) -> dict:
        at = ["paths", path, method, "responses", str(status)]
        reply = self.spec
        for key in at:
            reply = reply[key]
        if "$ref" in reply:
            at = reply["$ref"].removeprefix("#/").split("/")
        at += ["content", kind, "schema"]
        return self.pointer(at)

    def pointer(self, at: list[str]) -> dict:
        return {"$ref": "urn:spec#/" + "/".join(key.replace("~", "~0").replace("/", "~1") for key in at)}

    def fits(self, what: str, schema: dict, values: list):
        validator = jsonschema.Draft202012Validator(schema, registry=self.registry)
        errors = [error for value in values for error in validator.iter_errors(value)]
        self.checked += len(values)
        self.misfits += len(errors)
        print(f"{'ok  ' if not errors else 'FAIL'} {what} ({len(values)})")
        for error in errors[:5]:
            best = jsonschema.exceptions.best_match([error])
            print(f"       {best.json_path}: {best.message[:300]}")


def events(reply: requests.Response) -> list:
    """The data of a stream's events."""
    lines = [line.removeprefix("data: ") for line in reply.text.split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def openai(spec: Spec, mocks: Mocks):
    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {mocks.env['OPENAI_API_KEY']}"

    def ask(what: str, path: str, method: str = "post", status: int = 200, shown: str | None = None, **how):
        reply = http.request(method, mocks.env["OPENAI_BASE_URL"] + (shown or path), timeout=20, **how)
        assert reply.status_code == status, f"{what}: {reply.status_code} {reply.text[:300]}"
        kind = reply.headers["content-type"].split(";")[0]
        values = events(reply) if kind == "text/event-stream" else [reply.json()]
        spec.fits(what, spec.schema(path, method, status, kind), values)
        return values[-1]

    chat = {"model": "gpt-4o-mini", "messages": ASK}
    path = "/chat/completions"
    tools = {"tools": [{"type": "function", "function": TOOL}], "tool_choice": "required"}
    shaped = {"response_format": {"type": "json_schema", "json_schema": {"name": "t", "schema": SCHEMA}}}
    for name, more in [("words", {}), ("two choices", {"n": 2}), ("tools", tools), ("schema", shaped), ("cut", {"max_tokens": 3})]:
        ask(f"chat: {name}", path, json=chat | more)
        ask(f"chat: {name}, streamed", path, json=chat | more | {"stream": True, "stream_options": {"include_usage": True}})
    response = {"model": "gpt-4o-mini", "input": "Where is my order 1001?"}
    tools = {"tools": [{"type": "function", **TOOL}], "tool_choice": "required"}
    shaped = {"text": {"format": {"type": "json_schema", "name": "t", "schema": SCHEMA, "strict": True}}}
    for name, more in [("words", {}), ("tools", tools), ("schema", shaped), ("cut", {"max_output_tokens": 16})]:
        ask(f"response: {name}", "/responses", json=response | more)
        ask(f"response: {name}, streamed", "/responses", json=response | more | {"stream": True})
    made = ask("response: kept", "/responses", json=response | {"instructions": "Be kind.", "metadata": {"a": "b"}})
    ask("response: asked for again", "/responses/{response_id}", "get", shown=f"/responses/{made['id']}")
    for fault in ("stream_error", "response_failed", "content_filter"):
        mocks.fault("openai", fault, times=1)
        ask(f"response: {fault}, streamed", "/responses", json=response | {"stream": True})
    vectors = {"model": "text-embedding-3-small", "input": ["order", "refund"]}
    ask("embeddings", "/embeddings", json=vectors)
    ask("models", "/models", "get")
    ask("one model", "/models/{model}", "get", shown="/models/gpt-4o-mini")
    wave = http.post(mocks.env["OPENAI_BASE_URL"] + "/audio/speech", timeout=20,
                     json={"model": "tts-1", "voice": "alloy", "input": "Hello there.", "response_format": "wav"})
    assert wave.ok and wave.content.startswith(b"RIFF")
    speech = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello there.", "stream_format": "sse"}
    ask("speech, streamed", "/audio/speech", json=speech)
    for form, model in [("json", "whisper-1"), ("verbose_json", "whisper-1"), ("json", "gpt-4o-transcribe")]:
        fields = {"model": model, "response_format": form, "timestamp_granularities[]": "word"}
        ask(f"transcription: {model} {form}", "/audio/transcriptions", data=fields, files={"file": ("a.wav", wave.content)})
    ask("transcription, streamed", "/audio/transcriptions", data={"model": "gpt-4o-transcribe", "stream": "true"},
        files={"file": ("a.wav", wave.content)})
    error = spec.pointer(["components", "schemas", "ErrorResponse"])
    for what, body in [("no model", {}), ("unknown model", chat | {"model": "nobody"}), ("no messages", {"model": "gpt-4o"})]:
        refused = http.post(mocks.env["OPENAI_BASE_URL"] + path, json=body, timeout=20)
        spec.fits(f"error: {what}", error, [refused.json()])
    for fault in ("rate_limit", "insufficient_quota", "server_error", "overloaded", "invalid_api_key", "model_not_found"):
        mocks.fault("openai", fault, times=1)
        refused = http.post(mocks.env["OPENAI_BASE_URL"] + path, json=chat, timeout=20)
        spec.fits(f"error: {fault}", error, [refused.json()])


def without_nulls(value):
    """What the API sends as null, also in the examples beside its schemas, these know only as left out."""
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(one) for key, one in value.items() if one is not None}


def realtime(spec: Spec, mocks: Mocks):
    """Every event of the Realtime API that the mock sends, each against the schema of its type."""
    schemas = {}
    for name, schema in spec.spec["components"]["schemas"].items():
        if name.startswith("RealtimeServerEvent") and (kind := schema.get("properties", {}).get("type")):
            schemas[kind.get("const") or kind["enum"][0]] = name
    url = mocks.env["OPENAI_BASE_URL"].replace("http", "ws", 1) + "/realtime?model=gpt-realtime"
    seen: dict[str, list] = {}
    ws = websocket.create_connection(url, header=[f"Authorization: Bearer {mocks.env['OPENAI_API_KEY']}"], timeout=20)

    def say(kind: str, until: str, **fields) -> dict:
        ws.send(json.dumps({"type": kind, **fields}))
        while True:
            event = json.loads(ws.recv())
            seen.setdefault(event["type"], []).append(event)
            if event["type"] == until:
                return event

    def session(**fields):
        say("session.update", "session.updated", session={"type": "realtime", **fields})

    def ask(words: str) -> dict:
        content = [{"type": "input_text", "text": words}]
        item = {"type": "message", "role": "user", "content": content}
        return say("conversation.item.create", "conversation.item.done", item=item)["item"]

    session(audio={"input": {"transcription": {"model": "whisper-1"}}})
    item = ask("Where is my order 1001?")["id"]
    say("conversation.item.retrieve", "conversation.item.retrieved", item_id=item)
    say("response.create", "response.done")
    for sound in [event["delta"] for event in seen["response.output_audio.delta"]]:
        ws.send(json.dumps({"type": "input_audio_buffer.append", "audio": sound}))
    silence = base64.b64encode(bytes(48_000)).decode()
    say("input_audio_buffer.append", "response.done", audio=silence)
    say("response.create", "response.done", response={"output_modalities": ["text"]})
    tool = {"type": "function", **{key: TOOL[key] for key in ("name", "description", "parameters")}}
    say("response.create", "response.done", response={"tools": [tool], "tool_choice": "required"})
    say("response.create", "response.output_audio.delta")
    say("response.cancel", "response.done")
    say("conversation.item.truncate", "conversation.item.truncated", item_id=item, content_index=0, audio_end_ms=1)
    say("conversation.item.delete", "conversation.item.deleted", item_id=item)
    say("input_audio_buffer.clear", "input_audio_buffer.cleared")
    say("input_audio_buffer.commit", "error")
    ws.close()
    for kind, all_of_kind in sorted(seen.items()):
        spec.fits(f"realtime: {kind}", spec.pointer(["components", "schemas", schemas[kind]]), without_nulls(all_of_kind))


def twilio(spec: Spec, mocks: Mocks):
    sid, token = mocks.env["TWILIO_ACCOUNT_SID"], mocks.env["TWILIO_AUTH_TOKEN"]
    key = base64.b64encode(f"{sid}:{token}".encode()).decode()
    root = "/2010-04-01/Accounts/{AccountSid}"
    ours = mocks.env["TWILIO_PHONE_NUMBER"]

    def ask(what: str, path: str, method: str = "get", status: int = 200, one: str = "", call: str = "", **fields):
        shown = path.replace("{AccountSid}", sid).replace("{Sid}", one).replace("{CallSid}", call)
        reply = requests.request(method, mocks.env["TWILIO_API_URL"] + shown, data=fields or None, timeout=20,
                                 headers={"Authorization": f"Basic {key}"})
        assert reply.status_code == status, f"{what}: {reply.status_code} {reply.text[:300]}"
        spec.fits(what, spec.schema(path, method, status, "application/json"), [reply.json()])
        return reply.json()

    def ask_status(call: str) -> str:
        reply = requests.get(f"{mocks.env['TWILIO_API_URL']}{root}/Calls/{call}.json".replace("{AccountSid}", sid), timeout=20,
                             headers={"Authorization": f"Basic {key}"})
        return reply.json()["status"]

    ask("account", root.replace("{AccountSid}", "{Sid}") + ".json", one=sid)
    sent = ask("message: create", f"{root}/Messages.json", "post", 201, To="+15005550100", From=ours, Body="hello")
    ask("message: fetch", f"{root}/Messages/{{Sid}}.json", one=sent["sid"])
    ask("messages: list", f"{root}/Messages.json")
    made = ask("call: create", f"{root}/Calls.json", "post", 201, To="+15005550100", From=ours, Twiml="<Response/>")
    ask("call: fetch", f"{root}/Calls/{{Sid}}.json", one=made["sid"])
    ask("calls: list", f"{root}/Calls.json")
    numbers = ask("numbers: list", f"{root}/IncomingPhoneNumbers.json")
    number = numbers["incoming_phone_numbers"][0]["sid"]
    queue = ask("queue: create", f"{root}/Queues.json", "post", 201, FriendlyName="support")
    ask("queue: update", f"{root}/Queues/{{Sid}}.json", "post", one=queue["sid"], MaxSize=7)
    ask("queues: list", f"{root}/Queues.json")
    ask("message: update", f"{root}/Messages/{{Sid}}.json", "post", one=sent["sid"], Body="")
    twiml = '<Response><Record timeout="1" finishOnKey=""/></Response>'
    # Somebody who takes the call of a stream and says nothing, so that it is still there to be stopped.
    silent = socket.create_server(("127.0.0.1", 0))
    mocks.target("twilio", voice_url=f"http://127.0.0.1:{silent.getsockname()[1]}/voice")
    recorded = ask("call: create", f"{root}/Calls.json", "post", 201, To="+15005550100", From=ours, Twiml=twiml)["sid"]
    wait_for(lambda: ask_status(recorded) == "in-progress")
    stream = ask("stream: create", f"{root}/Calls/{{CallSid}}/Streams.json", "post", 200, call=recorded,
                 Url="wss://bot.example/media", Name="copy")
    ask("stream: update", f"{root}/Calls/{{CallSid}}/Streams/{{Sid}}.json", "post", call=recorded, one="copy", Status="stopped")
    assert stream["sid"].startswith("MZ")
    ask("recordings: list", f"{root}/Recordings.json")
    ask("number: update", f"{root}/IncomingPhoneNumbers/{{Sid}}.json", "post", one=number, FriendlyName="desk")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--openai", type=Path, help="openapi.yaml or .json of openai/openai-openapi")
    arguments.add_argument("--twilio", type=Path, help="twilio_api_v2010.json of twilio/twilio-oai")
    given = arguments.parse_args()
    checks = [(given.openai, openai), (given.openai, realtime), (given.twilio, twilio)]
    if not any(file for file, _ in checks):
        arguments.error("name at least one file")
    mocks, misfits, checked = Mocks(), 0, 0
    try:
        for file, check in checks:
            if file:
                spec = Spec(file)
                check(spec, mocks)
                misfits, checked = misfits + spec.misfits, checked + spec.checked
    finally:
        mocks.end()
    print(f"{checked} replies and events checked, {misfits} misfits")
    return 1 if misfits else 0


if __name__ == "__main__":
    sys.exit(main())
