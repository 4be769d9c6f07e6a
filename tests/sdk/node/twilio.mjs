// The Twilio SDK for Node; its hosts are hard-coded, so the base URL is set by hand.

import twilio from "twilio";
import { control, errorOf, fault, listen, run, until } from "./run.mjs";

const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_API_URL: url, TWILIO_PHONE_NUMBER: from } = process.env;
const client = twilio(sid, token);
client.api.baseUrl = url;
const to = "+15005550100";

// Somebody calls our number.
const rings = (params = {}) =>
  control("POST", "/emit/twilio", { event: "inbound_call", params: { from: to, to: from, ...params } });

// A target that answers with the document of the path; the mocks know its address.
async function phone(documents) {
  const { VoiceResponse } = twilio.twiml;
  const answer = ({ path }) => (documents[path] ? documents[path](new VoiceResponse()).toString() : "<Response/>");
  const target = await listen(answer);
  await control("PUT", "/targets/twilio", { voice_url: `${target.url}/voice` });
  return target;
}

await run({
  async messages() {
    const sent = [];
    for (const body of ["one", "two", "three"]) sent.push(await client.messages.create({ to, from, body }));
    const listed = await client.messages.list({ pageSize: 2 });
    const fetched = await client.messages(sent[0].sid).fetch();
    return {
      sids: sent.map((one) => one.sid),
      listed: listed.map((one) => one.body),
      fetched: { body: fetched.body, direction: fetched.direction, date: fetched.dateCreated instanceof Date },
    };
  },
  async calls() {
    const made = await client.calls.create({ to, from, twiml: "<Response><Hangup/></Response>" });
    const listed = await client.calls.list({ to });
    return { sid: made.sid, status: made.status, listed: listed.map((one) => one.sid) };
  },
  async errors() {
    const bad = await errorOf(client.messages.create({ to: "nonsense", from, body: "x" }));
    await fault("twilio", "too_many_requests_20429", { times: 1 });
    const many = await errorOf(client.messages.create({ to, from, body: "x" }));
    return { bad, many };
  },
  async validator() {
    const target = await listen(() => "<Response><Say>Hello.</Say><Hangup/></Response>");
    await control("PUT", "/targets/twilio", { voice_url: `${target.url}/voice` });
    await control("POST", "/emit/twilio", { event: "inbound_call", params: { from: to, to: from } });
    const call = await target.next();
    const params = Object.fromEntries(new URLSearchParams(call.body));
    const valid = (token) =>
      twilio.validateRequest(token, call.headers["x-twilio-signature"], target.url + call.path, params);
    return { path: call.path, from: params.From, valid: valid(token), other: valid("another token") };
  },
  async talks() {
    const target = await phone({
      "/voice": (voice) => (voice.gather({ numDigits: 1, action: "/menu" }).say("Press one."), voice),
      "/menu": (voice) => (voice.gather({ input: "speech", action: "/bot" }).say("What is it?"), voice),
      "/bot": (voice) => (voice.say("Thank you."), voice.hangup(), voice),
    });
    const { call_sid } = await rings({ digits: "1", says: "My order is late" });
    const calls = [await target.next(), await target.next(), await target.next()];
    const said = calls.map((call) => Object.fromEntries(new URLSearchParams(call.body)));
    const { status } = await until(async () => {
      const call = await client.calls(call_sid).fetch();
      return call.status === "completed" && call;
    });
    return { paths: calls.map((call) => call.path), digits: said[1].Digits, speech: said[2].SpeechResult, status };
  },
  async number() {
    const [number] = await client.incomingPhoneNumbers.list();
    const target = await listen(() => "<Response><Hangup/></Response>");
    await client.incomingPhoneNumbers(number.sid).update({ voiceUrl: `${target.url}/elsewhere` });
    await rings();
    return { number: number.phoneNumber, path: (await target.next()).path };
  },
  async queue() {
    const target = await phone({
      "/voice": (voice) => (voice.enqueue({ action: "/after" }, "support"), voice),
      "/taken": (voice) => (voice.say("Here I am."), voice),
    });
    const { call_sid } = await rings();
    await target.next();
    const queue = await until(async () => (await client.queues.list()).find((one) => one.currentSize === 1));
    const [member] = await client.queues(queue.sid).members.list();
    await client.queues(queue.sid).members("Front").update({ url: `${target.url}/taken` });
    const paths = [(await target.next()).path, (await target.next()).path].sort();
    return { name: queue.friendlyName, same: member.callSid === call_sid, paths };
  },
  async is_led_elsewhere() {
    const target = await phone({
      "/voice": (voice) => (voice.pause({ length: 60 }), voice),
      "/other": (voice) => (voice.say("Goodbye."), voice.hangup(), voice),
    });
    const { call_sid } = await rings();
    await target.next();
    await client.calls(call_sid).update({ url: `${target.url}/other` });
    const { path } = await target.next();
    const over = await until(async () => (await client.calls(call_sid).fetch()).status === "completed");
    return { path, over };
  },
  async callbacks() {
    const target = await listen(() => "<Response><Hangup/></Response>");
    await client.calls.create({
      to, from, url: `${target.url}/out`, statusCallback: `${target.url}/status`,
      statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
    });
    const told = [];
    while (told.length < 4) {
      const call = await target.next();
      if (call.path === "/status") told.push(Object.fromEntries(new URLSearchParams(call.body)));
    }
    return { statuses: told.map((one) => one.CallStatus), numbers: told.map((one) => one.SequenceNumber) };
  },
  async undelivered() {
    await fault("twilio", "message_undelivered_30007", { times: 1 });
    const sent = await client.messages.create({ to, from, body: "hi" });
    const after = await until(async () => {
      const message = await client.messages(sent.sid).fetch();
      return message.status === "undelivered" && message;
    });
    return { first: sent.status, code: after.errorCode };
  },
  async tries_again() {
    const patient = twilio(sid, token, { autoRetry: true, maxRetries: 3 });
    patient.api.baseUrl = url;
    await fault("twilio", "too_many_requests_20429", { times: 2 });
    const { status } = await patient.messages.create({ to, from, body: "hi" });
    return { status };
  },
});
