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
import sys
from pathlib import Path

import jsonschema
import requests
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sdk"))
from rig import Mocks  # noqa: E402

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


def twilio(spec: Spec, mocks: Mocks):
    sid, token = mocks.env["TWILIO_ACCOUNT_SID"], mocks.env["TWILIO_AUTH_TOKEN"]
    key = base64.b64encode(f"{sid}:{token}".encode()).decode()
    root = "/2010-04-01/Accounts/{AccountSid}"
    ours = mocks.env["TWILIO_PHONE_NUMBER"]

    def ask(what: str, path: str, method: str = "get", status: int = 200, one: str = "", **fields):
        shown = path.replace("{AccountSid}", sid).replace("{Sid}", one)
        reply = requests.request(method, mocks.env["TWILIO_API_URL"] + shown, data=fields or None, timeout=20,
                                 headers={"Authorization": f"Basic {key}"})
        assert reply.status_code == status, f"{what}: {reply.status_code} {reply.text[:300]}"
        spec.fits(what, spec.schema(path, method, status, "application/json"), [reply.json()])
        return reply.json()

    ask("account", root.replace("{AccountSid}", "{Sid}") + ".json", one=sid)
    sent = ask("message: create", f"{root}/Messages.json", "post", 201, To="+15005550100", From=ours, Body="hello")
    ask("message: fetch", f"{root}/Messages/{{Sid}}.json", one=sent["sid"])
    ask("messages: list", f"{root}/Messages.json")
    made = ask("call: create", f"{root}/Calls.json", "post", 201, To="+15005550100", From=ours, Twiml="<Response/>")
    ask("call: fetch", f"{root}/Calls/{{Sid}}.json", one=made["sid"])
    ask("calls: list", f"{root}/Calls.json")
    numbers = ask("numbers: list", f"{root}/IncomingPhoneNumbers.json")
    number = numbers["incoming_phone_numbers"][0]["sid"]
    ask("number: update", f"{root}/IncomingPhoneNumbers/{{Sid}}.json", "post", one=number, FriendlyName="desk")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--openai", type=Path, help="openapi.yaml or .json of openai/openai-openapi")
    arguments.add_argument("--twilio", type=Path, help="twilio_api_v2010.json of twilio/twilio-oai")
    given = arguments.parse_args()
    checks = [(given.openai, openai), (given.twilio, twilio)]
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
