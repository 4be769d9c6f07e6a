// Slack's SDKs for Node: the Web API's client, and an app of Bolt that is told of messages over HTTP.

import bolt from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { control, errorOf, fault, run, until } from "./run.mjs";

const { SLACK_API_URL: slackApiUrl, SLACK_BOT_TOKEN: token, SLACK_SIGNING_SECRET: signingSecret } = process.env;
const slack = new WebClient(token, { slackApiUrl });

async function channel() {
  const { channels } = await slack.conversations.list();
  return channels.find((one) => one.name === "support").id;
}

// An app of Bolt on a port of its own, with the mocks told of it.
async function app(secret) {
  const own = new bolt.App({ token, signingSecret: secret, clientOptions: { slackApiUrl }, logLevel: "error" });
  const server = await own.start({ port: 0, host: "127.0.0.1" });
  const events_url = `http://127.0.0.1:${server.address().port}/slack/events`;
  return { own, events_url };
}

await run({
  async test() {
    const { ok, user_id, team } = await slack.auth.test();
    return { ok, user_id, team };
  },
  async thread() {
    const where = await channel();
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*Hello*" } }];
    const root = await slack.chat.postMessage({ channel: where, text: "Hello", blocks });
    for (const text of ["one", "two", "three"]) {
      await slack.chat.postMessage({ channel: where, thread_ts: root.ts, text });
    }
    const texts = [];
    for await (const page of slack.paginate("conversations.replies", { channel: where, ts: root.ts, limit: 2 })) {
      texts.push(...page.messages.map((message) => message.text));
    }
    const history = await slack.conversations.history({ channel: where });
    return { texts, history: history.messages.map((message) => message.text), blocks: root.message.blocks };
  },
  async errors() {
    const unknown = await errorOf(slack.chat.postMessage({ channel: "C0NOBODY00", text: "x" }));
    const wrong = await errorOf(new WebClient("xoxb-wrong", { slackApiUrl }).auth.test());
    return { unknown, wrong };
  },
  async waits_for_its_turn() {
    await fault("slack", "rate_limit", { times: 1, retry_after: 1 });
    const begun = performance.now();
    const { ok } = await slack.auth.test();
    return { ok, waited: (performance.now() - begun) / 1000 };
  },
  async bolt() {
    const { own, events_url } = await app(signingSecret);
    const answered = new Promise((done) =>
      own.message(/order/, async ({ message, say }) => {
        await say({ text: `About: ${message.text}`, thread_ts: message.ts });
        done(message);
      }),
    );
    await control("PUT", "/targets/slack", { events_url });
    const params = { channel: "#support", text: "Where is my order?", user: "kim" };
    await control("POST", "/emit/slack", { event: "message", params });
    const message = await answered;
    const { messages } = await slack.conversations.replies({ channel: message.channel, ts: message.ts });
    return { texts: messages.map((one) => one.text), bot: Boolean(messages[1].bot_id) };
  },
  async bolt_with_another_secret() {
    const { events_url } = await app("another secret");
    await control("PUT", "/targets/slack", { events_url });
    const delivered = async () => (await control("GET", "/journal/slack")).entries.find((one) => one.kind === "delivery");
    return { status: (await until(delivered)).status };
  },
});
