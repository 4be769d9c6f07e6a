// The OpenAI SDK for Node, pointed at the mock by the environment alone.

import OpenAI, { toFile } from "openai";
import { errorOf, fault, run } from "./run.mjs";

const llm = new OpenAI();
const model = "gpt-4o-mini";
const words = "Where is my order 1001?";
const ask = { model, messages: [{ role: "user", content: words }] };
const parameters = { type: "object", properties: { order: { type: "string" } }, required: ["order"] };

await run({
  async chat() {
    const made = await llm.chat.completions.create(ask);
    return { text: made.choices[0].message.content, request_id: made._request_id, tokens: made.usage.total_tokens };
  },
  async stream() {
    const how = { ...ask, stream: true, stream_options: { include_usage: true } };
    let text = "";
    let usage = null;
    for await (const chunk of await llm.chat.completions.create(how)) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    return { text, tokens: usage.total_tokens };
  },
  async stream_helper() {
    return { text: await llm.chat.completions.stream(ask).finalContent() };
  },
  async tools() {
    const tools = [{ type: "function", function: { name: "find_order", parameters } }];
    const made = await llm.chat.completions.create({ ...ask, tools, tool_choice: "required" });
    const [call] = made.choices[0].message.tool_calls;
    const reason = made.choices[0].finish_reason;
    return { reason, name: call.function.name, order: JSON.parse(call.function.arguments).order };
  },
  async schema() {
    const schema = {
      type: "object",
      properties: { kind: { enum: ["billing", "other"] }, reply: { type: "string" } },
      required: ["kind", "reply"],
    };
    const response_format = { type: "json_schema", json_schema: { name: "t", strict: true, schema } };
    return JSON.parse((await llm.chat.completions.create({ ...ask, response_format })).choices[0].message.content);
  },
  async responses() {
    const made = await llm.responses.create({ model, input: words });
    const after = await llm.responses.create({ model, input: "And now?", previous_response_id: made.id });
    const again = await llm.responses.retrieve(made.id);
    return { text: made.output_text, again: again.output_text, previous: after.previous_response_id === made.id };
  },
  async responses_stream() {
    const kinds = [];
    let text = "";
    for await (const event of await llm.responses.create({ model, input: words, stream: true })) {
      kinds.push(event.type);
      text += event.delta ?? "";
    }
    const final = await llm.responses.stream({ model, input: words }).finalResponse();
    return { first: kinds[0], last: kinds.at(-1), text, final: final.output_text };
  },
  async responses_tools() {
    const tools = [{ type: "function", name: "find_order", parameters, strict: false }];
    const made = await llm.responses.create({ model, input: words, tools, tool_choice: "required" });
    return { type: made.output[0].type, order: JSON.parse(made.output[0].arguments).order };
  },
  async embeddings() {
    const made = await llm.embeddings.create({ model: "text-embedding-3-small", input: ["order", "refund"] });
    const length = made.data[0].embedding.reduce((sum, x) => sum + x * x, 0);
    return { count: made.data.length, dimensions: made.data[1].embedding.length, length };
  },
  async retries() {
    await fault("openai", "overloaded", { times: 2 });
    return { text: (await llm.chat.completions.create(ask)).choices[0].message.content };
  },
  async errors() {
    const found = {};
    for (const name of ["rate_limit", "server_error", "invalid_api_key", "model_not_found", "reset"]) {
      await fault("openai", name, { times: 1 });
      found[name] = await errorOf(llm.chat.completions.create(ask, { maxRetries: 0 }));
    }
    return found;
  },
  async stream_error() {
    await fault("openai", "stream_error", { times: 1 });
    const read = async () => {
      for await (const _ of await llm.chat.completions.create({ ...ask, stream: true }));
    };
    return errorOf(read());
  },
  async cut() {
    await fault("openai", "stream_cut", { times: 1, after_chunks: 2 });
    let chunks = 0;
    const read = async () => {
      for await (const _ of await llm.chat.completions.create({ ...ask, stream: true })) chunks += 1;
    };
    return { error: Boolean(await errorOf(read())), chunks };
  },
  async voice() {
    const said = await llm.audio.speech.create({ model: "tts-1", voice: "alloy", input: words, response_format: "wav" });
    const file = await toFile(Buffer.from(await said.arrayBuffer()), "said.wav");
    return { heard: (await llm.audio.transcriptions.create({ model: "whisper-1", file })).text };
  },
  async models() {
    const ids = [];
    for await (const one of await llm.models.list()) ids.push(one.id);
    const { id } = await llm.models.retrieve(model);
    return { listed: ids.includes(model), id, unknown: (await errorOf(llm.models.retrieve("no-such"))).name };
  },
});
