// The official SDKs for Node as programs in production build them: no address but the vendors' own. Run by test_intercept.py
// behind `--intercept proxy`.

import bolt from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import zendesk from "node-zendesk";
import { connect } from "node:tls";
import OpenAI from "openai";
import twilio from "twilio";
import { run } from "./run.mjs";

const { SLACK_BOT_TOKEN: token, SLACK_APP_TOKEN: appToken } = process.env;
const llm = new OpenAI({ maxRetries: 0 });

async function reads(question) {
  const messages = [{ role: "user", content: question }];
  let text = "";
  for await (const chunk of await llm.chat.completions.create({ model: "gpt-4o-mini", stream: true, messages })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return text;
}

await run({
  async openai() {
    return { base: llm.baseURL, text: await reads("Where is my order?") };
  },
  async slack() {
    const { ok, url } = await new WebClient(token).auth.test();
    return { ok, url };
  },
  async zendesk() {
    const { ZENDESK_EMAIL: username, ZENDESK_TOKEN: token } = process.env;
    const client = zendesk.createClient({ username, token, subdomain: "acme" });
    const ticket = { subject: "Late parcel", comment: { body: "Where is it?" } };
    const { result: made } = await client.tickets.create({ ticket });
    return { subject: made.subject, url: made.url };
  },
  async twilio() {
    const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: secret, TWILIO_PHONE_NUMBER: from } = process.env;
    const sent = await twilio(sid, secret).messages.create({ to: "+15005550100", from, body: "hello" });
    return { sid: sent.sid };
  },
  // A bot in Socket Mode that answers by the model: everything over the vendors' own hosts.
  async socket_mode() {
    const app = new bolt.App({ token, appToken, socketMode: true, logLevel: "error" });
    const answered = new Promise((done) =>
      app.message(/order/, async ({ message, say }) => {
        await say({ text: await reads(message.text), thread_ts: message.ts });
        done({ heard: message.text });
      }),
    );
    await app.start();
    const found = await answered;
    await app.stop();
    return found;
  },
  // Named imports are copies of what a module exports, which whoever changes a module must remember.
  async named_import() {
    const socket = connect({ host: "api.openai.com", port: 443, servername: "api.openai.com" });
    await new Promise((secure, fail) => socket.on("secureConnect", secure).on("error", fail));
    return { authorized: socket.authorized, port: socket.remotePort };
  },
});
