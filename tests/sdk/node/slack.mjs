// Slack's SDKs for Node: the Web API's client, and an app of Bolt that is told of messages over HTTP.

import bolt from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { control, errorOf, fault, run, until } from "./run.mjs";

const { SLACK_API_URL: slackApiUrl, SLACK_BOT_TOKEN: token, SLACK_SIGNING_SECRET: signingSecret } = process.env;
const { SLACK_APP_TOKEN: appToken } = process.env;
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

const emit = (event, params) => control("POST", "/emit/slack", { event, params });
const journal = async (kind) => (await control("GET", "/journal/slack")).entries.filter((one) => one.kind === kind);

// What a bot is told, in order: `next(kind)` waits for the next thing of a kind.
function hearing() {
  const heard = [];
  const next = (kind) =>
    until(() => {
      const at = heard.findIndex((one) => one.kind === kind);
      return at < 0 ? null : heard.splice(at, 1)[0];
    });
  return { next, told: (kind, what) => heard.push({ kind, ...what }) };
}

// Messages, a button, a command and a form, as Bolt's documentation shows them.
function answers(own) {
  const { next, told } = hearing();
  const text = (words) => ({ type: "plain_text", text: words });
  own.message("help", async ({ message, say }) => {
    const button = { type: "button", action_id: "refund", value: "8", text: text("Refund") };
    await say({ text: "How can we help?", thread_ts: message.ts, blocks: [{ type: "actions", elements: [button] }] });
    told("message", { text: message.text, ts: message.ts, channel: message.channel });
  });
  own.action("refund", async ({ ack, action, respond }) => {
    await ack();
    await respond({ text: "Refunded.", replace_original: true });
    told("action", { value: action.value });
  });
  own.command("/order", async ({ ack, command, client }) => {
    await ack({ response_type: "in_channel", text: `Looking for ${command.text}` });
    const element = { type: "plain_text_input", action_id: "a" };
    const blocks = [{ type: "input", block_id: "b", label: text("What?"), element }];
    const view = { type: "modal", callback_id: "details", title: text("Details"), submit: text("Send"), blocks };
    await client.views.open({ trigger_id: command.trigger_id, view });
    told("command", { text: command.text });
  });
  own.view("details", async ({ ack, view }) => {
    await ack();
    told("view", { value: view.state.values.b.a.value });
  });
  return next;
}

// One customer through everything that a bot can be asked; gives what the bot was told and what is left in the thread.
async function play(next) {
  await emit("message", { channel: "support", text: "please help", user: "kim" });
  const message = await next("message");
  const thread = { channel: message.channel, ts: message.ts };
  const [, answer] = (await slack.conversations.replies(thread)).messages;
  await emit("block_action", { channel: "support", ts: answer.ts, action_id: "refund", value: "8" });
  const action = await next("action");
  const after = await until(async () => {
    const { messages } = await slack.conversations.replies(thread);
    return messages[1].text === "Refunded." && messages[1].text;
  });
  await emit("slash_command", { command: "/order", text: "4711", channel: "support", user: "kim" });
  const command = await next("command");
  await emit("view_submission", { callback_id: "details", values: { b: { a: "it broke" } } });
  const view = await next("view");
  return { message: message.text, action: action.value, after, command: command.text, view: view.value };
}

// The same app in Socket Mode, connected.
async function over_socket() {
  const own = new bolt.App({ token, appToken, socketMode: true, clientOptions: { slackApiUrl }, logLevel: "error" });
  const next = answers(own);
  await own.start();
  await until(async () => (await journal("socket_open")).length === 1);
  return { own, next };
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
  async bolt_interactivity() {
    const { own, events_url } = await app(signingSecret);
    const next = answers(own);
    const urls = { events_url, interactivity_url: events_url, commands_url: events_url };
    await control("PUT", "/targets/slack", urls);
    const found = await play(next);
    await control("PUT", "/targets/slack", { interactivity_url: null, commands_url: null });
    return found;
  },
  async bolt_socket_mode() {
    const { own, next } = await over_socket();
    const found = await play(next);
    const acks = await journal("socket_ack");
    await own.stop();
    return { ...found, acks: acks.length };
  },
  async bolt_comes_back() {
    const { own, next } = await over_socket();
    const heard = [];
    for (const [opened, reason] of [[2, "refresh_requested"], [3, "warning"]]) {
      await fault("slack", "socket_disconnect", { reason });
      await until(async () => (await journal("socket_open")).length === opened);
      await emit("message", { channel: "support", text: `help after ${reason}`, user: "kim" });
      heard.push((await next("message")).text);
    }
    const closed = (await journal("socket_close")).map((one) => one.fault);
    await own.stop();
    return { heard, closed };
  },
  async bolt_survives_a_reset() {
    const { own, next } = await over_socket();
    await fault("slack", "reset", { match: "socket", times: 1 });
    await until(async () => (await journal("socket_open")).length === 2);
    await emit("message", { channel: "support", text: "help again", user: "kim" });
    const { text } = await next("message");
    await own.stop();
    return { text };
  },
  async people_and_reactions() {
    const channel = "C00000001";
    const { members } = await slack.users.list();
    const kim = members.find((one) => one.name === "kim");
    const { user } = await slack.users.lookupByEmail({ email: kim.profile.email });
    const { ts } = await slack.chat.postMessage({ channel, text: "Hello" });
    await slack.reactions.add({ channel, timestamp: ts, name: "eyes" });
    const again = await errorOf(slack.reactions.add({ channel, timestamp: ts, name: "eyes" }));
    await slack.chat.update({ channel, ts, text: "Hello again" });
    const { permalink } = await slack.chat.getPermalink({ channel, message_ts: ts });
    const { messages } = await slack.conversations.history({ channel });
    const { text, reactions } = messages[0];
    await slack.chat.delete({ channel, ts });
    const left = (await slack.conversations.history({ channel })).messages.length;
    return { same: user.id === kim.id, text, reaction: reactions[0].name, again: again.message, permalink, left };
  },
  async file() {
    const channel_id = "C00000001";
    const done = await slack.filesUploadV2({ channel_id, filename: "log.txt", content: "hello", initial_comment: "see" });
    const [{ files }] = done.files;
    const { file } = await slack.files.info({ file: files[0].id });
    const read = await fetch(file.url_private, { headers: { authorization: `Bearer ${token}` } });
    const { messages } = await slack.conversations.history({ channel: channel_id });
    return { name: file.name, size: file.size, read: await read.text(), text: messages[0].text };
  },
  async stream() {
    const said = await emit("message", { channel: "support", text: "Where is my order?", user: "kim" });
    const where = { channel: said.channel, thread_ts: said.ts };
    const team = { recipient_user_id: said.user, recipient_team_id: "T00000001", buffer_size: 4 };
    const streamer = slack.chatStream({ ...where, ...team });
    for (const markdown_text of ["It is ", "on its ", "way."]) await streamer.append({ markdown_text });
    await streamer.stop();
    const { messages } = await slack.conversations.replies({ channel: said.channel, ts: said.ts });
    return { text: messages[1].text };
  },
});
