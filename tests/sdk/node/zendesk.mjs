// node-zendesk, pointed at the mock by its endpointUri.

import zendesk from "node-zendesk";
import { control, errorOf, fault, run, until } from "./run.mjs";

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
  async users() {
    const { result: made } = await client.users.createOrUpdate({ user: { name: "Ann", email: "ann@example.com" } });
    await client.users.createOrUpdate({ user: { name: "Ann Lee", email: "ann@example.com" } });
    const { result: shown } = await client.users.show(made.id);
    const found = await client.users.search({ query: "ann@example.com" });
    return { name: shown.name, role: shown.role, found: [found.result ?? found].flat().map((one) => one.id === made.id) };
  },
  async job() {
    const tickets = [1, 2, 3].map((n) => ({ subject: `number ${n}`, comment: { body: "x" } }));
    const { result: started } = await client.tickets.createMany({ tickets });
    const done = await until(async () => {
      const { result } = await client.jobstatuses.show((started.job_status ?? started).id);
      const job = result.job_status ?? result;
      return job.status === "completed" && job;
    });
    return { made: done.results.length, listed: (await client.tickets.list()).length };
  },
  async audits() {
    const { result: made } = await create("Late parcel");
    await client.tickets.update(made.id, { ticket: { status: "pending" } });
    const audits = await client.ticketaudits.list(made.id);
    const { result: one } = await client.ticketaudits.show(made.id, audits[1].id);
    const events = (one.audit ?? one).events.map((event) => [event.field_name, event.previous_value, event.value]);
    return { count: audits.length, events };
  },
  async macros() {
    const { result: made } = await create("Chat is down");
    const known = (await client.macros.list()).find((one) => one.title === "Known outage");
    const { result: effect } = await client.macros.applyTicket(made.id, known.id);
    const would = effect.ticket ?? effect.result?.ticket;
    const { result: still } = await client.tickets.show(made.id);
    return { would: would.status, public: would.comment.public, still: still.status };
  },
  async tags() {
    const { result: made } = await create("Late parcel");
    await client.tickets.update(made.id, { ticket: { tags: ["vip", "late"] } });
    const { result: shown } = await client.tickets.show(made.id);
    return { tags: shown.tags, known: (await client.tags.list()).map((one) => one.name) };
  },
  async requests() {
    const request = { subject: "Broken lamp", comment: { body: "It does not shine." } };
    const { result: made } = await client.requests.create({ request });
    const comments = await client.requests.listComments(made.id);
    return { status: made.status, bodies: comments.flatMap((one) => one.comments).map((one) => one.body) };
  },
  async export() {
    await control("PUT", "/clock", { advance: "1h" });
    await create("one");
    await create("two");
    await control("PUT", "/clock", { advance: "10m" });
    const { result } = await client.ticketexport.exportCursor(1, "");
    return { subjects: result.tickets.map((one) => one.subject), end: result.end_of_stream };
  },
  async rates() {
    const { result: made } = await create("Late parcel");
    await client.tickets.update(made.id, { ticket: { status: "solved" } });
    await control("POST", "/emit/zendesk", { event: "rating", params: { ticket_id: made.id, score: "good" } });
    const all = await client.satisfactionratings.list();
    return { scores: all.map((one) => one.score) };
  },
  async down() {
    const found = {};
    for (const name of ["maintenance", "gateway", "internal_error", "update_conflict"]) {
      await fault("zendesk", name, { times: 1 });
      found[name] = await errorOf(client.tickets.create({ ticket: { subject: "x", comment: { body: "y" } } }));
    }
    return found;
  },
  async too_many() {
    await fault("zendesk", "rate_limit", { times: 1, retry_after: 7 });
    const { response, result } = await client.users.me();
    const after = (await client.users.me()).result.name;
    return { status: response.status, refused: result.statusCode, after };
  },
});
