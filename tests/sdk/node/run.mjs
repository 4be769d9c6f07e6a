// Runs one check of a script by its name and prints what it found as a line of JSON.

import http from "node:http";

export async function run(checks) {
  const name = process.argv[2];
  const found = await checks[name]();
  process.stdout.write(JSON.stringify(found ?? null) + "\n", () => process.exit(0));
}

// Asks the control API, which must not refuse.
export async function control(method, path, body) {
  const reply = await fetch(process.env.HOLDLINE_CONTROL_URL + path, {
    method,
    headers: { authorization: `Bearer ${process.env.HOLDLINE_CONTROL_TOKEN}` },
    body: body && JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
}

// Waits until `what()` is true; gives what it gave.
export async function until(what) {
  for (;;) {
    const got = await what();
    if (got) return got;
    await new Promise((again) => setTimeout(again, 20));
  }
}

export const fault = (vendor, name, params = {}) => control("POST", "/faults", { vendor, fault: name, params });

// A small server: `calls` are those it got, `next()` waits for one, `answer(call)` is the body of the reply.
export async function listen(answer) {
  const calls = [];
  const waiting = [];
  const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const call = { path: request.url, headers: request.headers, body };
    response.setHeader("content-type", "text/xml").end(answer(call));
    const next = waiting.shift();
    next ? next(call) : calls.push(call);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const next = () => new Promise((taken) => (calls.length ? taken(calls.shift()) : waiting.push(taken)));
  return { url: `http://127.0.0.1:${server.address().port}`, next };
}

// The class of the error that a promise ends with.
export async function errorOf(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    const { message, status = null, code = null } = error;
    return { name: error.constructor.name, status, code, message };
  }
}
