// What every page shares: the token, the stream of state, commands, the language, the clock.

import { at, attribute, h, text } from "/web/dom.js";
import { languages, words } from "/web/words.js";

const KEY = "holdline-token";
const LANGUAGE = "holdline-language";

let language = "en";

/** The word of this key in the chosen language, with `{name}` filled in. */
export function t(key, values = {}) {
  const found = words[language][key] ?? words.en[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Puts the language's words into a page. */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) text(element, t(element.dataset.t));
  for (const element of root.querySelectorAll("[data-label]")) attribute(element, "aria-label", t(element.dataset.label));
  for (const element of root.querySelectorAll("[data-hint]")) attribute(element, "placeholder", t(element.dataset.hint));
  for (const element of root.querySelectorAll("[data-tip]")) attribute(element, "title", t(element.dataset.tip));
}

/** Chooses the language: what was chosen before, else the drill's. A choice loads the page anew; nothing is lost by it. */
export function speak(preferred) {
  let kept = null;
  try {
    kept = localStorage.getItem(LANGUAGE);
  } catch {
    // A browser that keeps nothing gets the drill's language.
  }
  language = [kept, preferred, "en"].find((one) => one && one in words);
  document.documentElement.lang = language;
  const choice = at("language");
  if (choice) {
    choice.replaceChildren(...Object.entries(languages).map(([code, name]) => h("option", { value: code, text: name, lang: code })));
    choice.value = language;
    choice.addEventListener("change", () => {
      try {
        localStorage.setItem(LANGUAGE, choice.value);
      } catch {
        return;
      }
      location.reload();
    });
  }
  translate();
}

/** The token of this window: from the link, which then forgets it, else from before. */
export function token() {
  const given = location.hash.slice(1);
  if (/^[0-9a-f]{32}$/.test(given)) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY);
}

export const keepToken = (given) => sessionStorage.setItem(KEY, given);
export const dropToken = () => sessionStorage.removeItem(KEY);

/** Asks the server. Gives `{status, body}`; a server that does not answer is status 0. */
export async function ask(path, body) {
  const headers = {};
  const own = sessionStorage.getItem(KEY);
  if (own) headers["x-holdline-token"] = own;
  if (body !== undefined) headers["content-type"] = "application/json";
  try {
    const reply = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: reply.status, body: await reply.json() };
  } catch {
    return { status: 0, body: { code: "away", says: t("away") } };
  }
}

/** Sends a command; a refusal is said. Gives whether it was done. */
export async function act(command, path = "/api/do") {
  const { status, body } = await ask(path, command);
  if (status === 200) return true;
  say(words[language]["no_" + body.code] ?? body.says, true);
  return false;
}

let silence = 0;

/** Says something to who sits here, for a while. */
export function say(words, bad = false) {
  const place = at("said");
  if (!place) return;
  text(place, words);
  place.className = bad ? "said bad" : "said";
  place.hidden = false;
  clearTimeout(silence);
  silence = setTimeout(() => { place.hidden = true; }, 8000);
}

const HOMES = { facilitator: "/facilitate", observer: "/watch", projector: "/screen", participant: "/play" };

/** Who sits here: else the page of who does, or the door. Gives `{me, cast}`. */
export async function enter(...seats) {
  token();
  const [me, cast] = await Promise.all([ask("/api/me"), ask("/api/cast")]);
  if (cast.status !== 200) {
    setTimeout(() => location.reload(), 2000);
    await new Promise(() => {});
  }
  speak(cast.body.language);
  if (me.status === 401) leave();
  const seat = me.body.seat?.seat;
  if (me.status === 401 || (seats.length && !seats.includes(seat))) {
    location.replace(HOMES[seat] ?? "/");
    await new Promise(() => {});
  }
  document.title = `${cast.body.title} · ${document.title}`;
  for (const place of document.querySelectorAll("[data-title]")) text(place, cast.body.title);
  return { me: me.body, cast: cast.body };
}

function leave() {
  dropToken();
  location.replace("/");
}

/** Follows the state for ever, and calls `show(state, changed)`. Comes again by itself when the server was away. */
export async function follow(show) {
  const state = {};
  let pause = 300;
  for (;;) {
    try {
      const reply = await fetch("/api/state", { headers: { "x-holdline-token": sessionStorage.getItem(KEY) ?? "" } });
      if (reply.status === 401) return leave();
      if (reply.ok) {
        connected(true);
        pause = 300;
        await read(reply.body.getReader(), (event) => {
          const changed = merge(state, event);
          if (changed) show(state, changed);
          return changed !== null;
        });
      }
    } catch {
      // The server is away, or the network: come again.
    }
    connected(false);
    await new Promise((done) => setTimeout(done, pause * (0.75 + Math.random() / 2)));
    pause = Math.min(pause * 1.7, 4000);
  }
}

async function read(reader, take) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) {
      if (event.startsWith("data: ") && !take(JSON.parse(event.slice(6)))) {
        await reader.cancel();
        return;
      }
    }
  }
}

/** Puts an event into the state. Gives the names of what changed; null when something was missed. */
function merge(state, { revision, whole, more, ...parts }) {
  if (!whole && revision !== state.revision + 1) return null;
  state.revision = revision;
  Object.assign(state, parts);
  const changed = new Set(Object.keys(parts));
  if (more) {
    for (const [n, tail] of more.channels.entries()) {
      const one = state.trend?.channels[n];
      if (!one || one.waiting.length !== more.from) return null;
      for (const column of ["waiting", "backlog", "service"]) one[column].push(...tail[column]);
    }
    changed.add("trend");
  }
  if (parts.clock) state.heard = performance.now();
  return changed;
}

function connected(yes) {
  const place = at("away");
  if (place) place.hidden = yes;
}

/** Exercise time now: the clock goes on by itself between two events. */
export function exerciseTime(state) {
  const clock = state.clock;
  if (clock.state !== "running") return clock.at;
  return Math.min(clock.length, clock.at + ((performance.now() - state.heard) / 1000) * clock.pace);
}

const two = (n) => String(n).padStart(2, "0");

/** A length: `0:42`, `1:05:00` with seconds. */
export function span(seconds, withSeconds = false) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return withSeconds ? `${hours}:${two(minutes)}:${two(rest)}` : `${hours}:${two(minutes)}`;
}

/** A length in words: `30 s`, `12 min`, `4 h`, `1 h 30`. */
export function length(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${two(minutes % 60)}` : ""}`;
}

/** A wait: `0:42` minutes and seconds, `1 h 05` from an hour on. */
export function wait(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.max(0, Math.round(seconds));
  return whole < 3600 ? `${Math.floor(whole / 60)}:${two(whole % 60)}` : `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)}`;
}

/** The time of day of a moment. */
export function dayTime(clock, moment, withSeconds = false) {
  const whole = (Math.floor(clock.day_starts + moment + 1e-6) % 86400 + 86400) % 86400;
  const hm = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}`;
  return withSeconds ? `${hm}:${two(whole % 60)}` : hm;
}

/** Whole numbers as the language writes them. */
export const count = (n) => new Intl.NumberFormat(language).format(n);

export const percent = (share) => (share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`);

/** A figure with its unit. */
export function figure(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "s") return wait(value);
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value) + (unit ? ` ${unit}` : "");
}

/** Draws the clock of a page every quarter of a second. */
export function tick(state, draw) {
  setInterval(() => { if (state.clock) draw(exerciseTime(state)); }, 250);
}
