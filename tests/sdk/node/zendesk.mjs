// node-zendesk, pointed at the mock by its endpointUri.

import zendesk from "node-zendesk";
import { errorOf, fault, run } from "./run.mjs";

const client = zendesk.createClient({
  username: process.env.ZENDESK_EMAIL,
  token: process.env.ZENDESK_TOKEN,
  endpointUri: `${process.env.ZENDESK_URL}/api/v2`,
});
const create = (subject) => client.tickets.create({ ticket: { subject, comment: { body: "Where is it?" } } });

await run({
  async tickets() {
    const { result: made } = await create("Late parcel");
    const { result: shown } = await client.tickets.show(made.id);
    await client.tickets.update(made.id, { ticket: { status: "solved", comment: { body: "Found." } } });
    const { result: after } = await client.tickets.show(made.id);
    const comments = await client.tickets.getComments(made.id);
    const bodies = [comments.result ?? comments].flat().map((one) => one.body);
    return { subject: shown.subject, before: shown.status, after: after.status, bodies };
  },
  async list() {
    for (let n = 0; n < 105; n++) await create(`ticket ${n}`);
    const listed = await client.tickets.list();
    return { listed: (listed.result ?? listed).length };
  },
  async search() {
    await create("Broken lamp");
    const found = await client.search.query("type:ticket Broken");
    return { subjects: [found.result ?? found].flat().map((one) => one.subject) };
  },
  async me() {
    const { result } = await client.users.me();
    return { email: result.email };
  },
  async errors() {
    const missing = await errorOf(client.tickets.show(987_654_321));
    await fault("zendesk", "html_503", { times: 1 });
    return { missing: missing.message, down: (await errorOf(client.tickets.list())).message };
  },
});
