// The Twilio SDK for Node; its hosts are hard-coded, so the base URL is set by hand.

import twilio from "twilio";
import { control, errorOf, fault, listen, run } from "./run.mjs";

const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_API_URL: url, TWILIO_PHONE_NUMBER: from } = process.env;
const client = twilio(sid, token);
client.api.baseUrl = url;
const to = "+15005550100";

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
});
