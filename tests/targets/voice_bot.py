"""A voice bot as many are written: it answers a call with a media stream and bridges that to the model's Realtime API.

The host in its document is written into its code, and its own port is not in it: only the public address of the bot would
lead there. Settings come from the environment: BOT_PORT, OPENAI_BASE_URL, OPENAI_API_KEY, and THINKS_S, the seconds in which
a bad bot lets its caller wait in silence before each answer.
"""

import asyncio
import json
import os

from aiohttp import WSMsgType, web
from websockets.asyncio.client import connect

HOST = "voice-bot.example.com"
MODEL = os.environ["OPENAI_BASE_URL"].replace("http", "ws", 1) + "/realtime?model=gpt-realtime"
THINKS_S = float(os.environ.get("THINKS_S", 0))
KEY = os.environ["OPENAI_API_KEY"]
ULAW = {"format": {"type": "audio/pcmu"}}
SESSION = {
    "type": "realtime",
    "instructions": "You answer the telephone of a web shop.",
    "audio": {"input": {**ULAW, "transcription": {"model": "whisper-1"}, "turn_detection": {"type": "server_vad"}}, "output": ULAW},
}


async def incoming_call(_):
    twiml = f'<Response><Say>Hello, how can I help you?</Say><Connect><Stream url="wss://{HOST}/media"/></Connect><Hangup/></Response>'
    return web.Response(text=twiml, content_type="text/xml")


async def caller_to_model(caller, model, call):
    async for message in caller:
        if message.type != WSMsgType.TEXT:
            break
        event = json.loads(message.data)
        if event["event"] == "start":
            call["stream"] = event["start"]["streamSid"]
        elif event["event"] == "media":
            await model.send(json.dumps({"type": "input_audio_buffer.append", "audio": event["media"]["payload"]}))
        elif event["event"] == "stop":
            break


async def model_to_caller(caller, model, call):
    async for text in model:
        event = json.loads(text)
        if event["type"] == "response.created":
            await asyncio.sleep(THINKS_S)
        if event["type"] == "response.output_audio.delta":
            await caller.send_json({"event": "media", "streamSid": call["stream"], "media": {"payload": event["delta"]}})
        elif event["type"] == "response.done":
            await caller.send_json({"event": "mark", "streamSid": call["stream"], "mark": {"name": event["response"]["id"]}})
        elif event["type"] == "input_audio_buffer.speech_started":
            await caller.send_json({"event": "clear", "streamSid": call["stream"]})
        elif event["type"] == "conversation.item.input_audio_transcription.completed":
            print("caller:", event["transcript"], flush=True)


async def media(request):
    caller, call = web.WebSocketResponse(), {}
    await caller.prepare(request)
    async with connect(MODEL, additional_headers={"Authorization": f"Bearer {KEY}"}) as model:
        await model.send(json.dumps({"type": "session.update", "session": SESSION}))
        ways = [asyncio.create_task(way(caller, model, call)) for way in (caller_to_model, model_to_caller)]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        [way.cancel() for way in ways]
    await caller.close()
    return caller


async def healthy(_):
    return web.Response(text="ok")


app = web.Application()
app.add_routes([web.post("/incoming-call", incoming_call), web.get("/media", media), web.get("/healthz", healthy)])
if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ["BOT_PORT"]), print=None)
