// The parts that several pages show: clock, floor, dependencies, messages, decisions.

import { at, attribute, h, keyed, text } from "/web/dom.js";
import { channelChart, sample } from "/web/chart.js";
import { count, dayTime, exerciseTime, length, percent, span, t, wait } from "/web/app.js";

/** Shape and word of a state, so that nobody needs to see its colour. */
const SHAPES = { up: "●", degraded: "▲", down: "■", unknown: "?" };
const badge = () => h("span", { class: "badge" }, h("span", { class: "shape", "aria-hidden": "true" }), h("span", { class: "word" }));

function drawBadge(element, state, word) {
  attribute(element, "class", `badge ${state}`);
  text(element.children[0], SHAPES[state] ?? "·");
  text(element.children[1], word);
}

/** The clock: time of day, exercise time, pace, state, and the wall's time. */
function clock(root) {
  const day = h("span", { class: "day" });
  const gone = h("span", { class: "gone" });
  const state = h("span", { class: "state" });
  const wall = h("span", { class: "wall" });
  root.replaceChildren(day, h("span", { class: "under" }, state, gone, wall));
  return (all) => {
    const { clock } = all;
    const now = exerciseTime(all);
    text(day, dayTime(clock, now, clock.pace <= 5));
    text(gone, `${span(now)} / ${span(clock.length)}`);
    const held = clock.state === "held" && clock.held_for ? ` · ${clock.held_for}` : "";
    text(state, t(`state_${clock.state}`) + (clock.state === "running" ? ` ×${clock.pace}` : held));
    attribute(root, "data-state", clock.state);
    text(wall, `${t("wall")} ${new Date().toTimeString().slice(0, 5)}`);
  };
}

/** How late a channel is: by its own target. */
function pressure(channel) {
  if (!channel.waiting || channel.longest_wait === null) return "up";
  const target = channel.service_within ?? 60;
  return channel.longest_wait > target * 5 ? "down" : channel.longest_wait > target ? "degraded" : "up";
}

const fact = (name, large) => h("div", { class: large ? "fact large" : "fact" }, h("dt", { text: t(name) }), h("dd"));

function makeChannel(channel) {
  const facts = ["waiting", "longest", "service", "backlog", "abandoned", "arrived"].map((name, n) => fact(name, n < 3));
  const head = h("h3", {}, h("span", { text: channel.name }), badge());
  const chart = channelChart(channel.name);
  const card = h("article", { class: "card channel", "aria-label": channel.name }, head, h("dl", { class: "facts" }, ...facts), chart);
  Object.assign(card, { facts, chart, badge: head.lastChild });
  return card;
}

function drawChannel(card, channel, all, marks) {
  const values = [
    count(channel.waiting), wait(channel.longest_wait), percent(channel.service_level),
    count(channel.backlog), count(channel.abandoned), count(channel.arrived),
  ];
  for (const [n, value] of values.entries()) text(card.facts[n].lastChild, value);
  if (channel.service_within) {
    attribute(card.facts[2], "title", t("service_within", { within: wait(channel.service_within) }));
  }
  const state = pressure(channel);
  drawBadge(card.badge, state, t(`pressure_${state}`));
  const of = all.trend.channels.find((one) => one.channel === channel.name);
  if (of) card.chart.draw({ every: all.trend.every, of }, all.clock, all.floor.as_of, marks);
}

/** The channels, each with its figures and its picture. */
function channels(root) {
  return (all) => {
    const marks = [...(all.inbox ?? []), ...(all.announcements ?? [])].map((one) => one.at);
    keyed(root, all.floor.channels, (one) => one.name, makeChannel, (card, one) => drawChannel(card, one, all, marks));
  };
}

/** What the lines of a picture are. */
function legend(root) {
  root.replaceChildren(...["waiting", "backlog", "service", "marks"].map((kind) =>
    h("li", {}, sample(kind), h("span", { text: t(`legend_${kind}`) }))));
}

/** Says from when the figures are, where that is not now; to whom sees the truth, how late others see them. */
function asOf(element) {
  return ({ floor, clock, script }) => {
    const late = script ? script.late : clock.at - floor.as_of;
    attribute(element, "hidden", late < 30);
    const minutes = Math.round(late / 60);
    text(element, script ? t("seen_late", { late: minutes }) : t("as_of", { time: dayTime(clock, floor.as_of), late: minutes }));
  };
}

/** The teams: a bar of people, with the numbers beside it. */
function teams(root) {
  const make = (team) => {
    const bar = h("div", { class: "people", "aria-hidden": "true" });
    const says = h("span", { class: "says" });
    const row = h("li", { class: "team" }, h("strong", { text: team.name }), bar, says);
    return Object.assign(row, { bar, says });
  };
  return (all) => keyed(root, all.floor.teams, (team) => team.name, make, (row, team) => {
    const most = Math.max(team.scheduled, team.present, 1);
    const pieces = [["busy", Math.min(team.busy, team.present)], ["free", Math.max(0, team.present - team.busy)], ["absent", team.absent]];
    keyed(row.bar, pieces, (one) => one[0], (one) => h("i", { class: one[0] }), (piece, one) => {
      piece.style.width = `${(100 * one[1]) / Math.max(most, team.present + team.absent)}%`;
    });
    text(row.says, t("team_says", team));
  });
}

/** The services that the desk needs, as this seat may know them. */
function dependencies(root) {
  const make = (one) => {
    const row = h("li", { class: "dependency" }, h("strong", { text: one.name }), badge(), h("span", { class: "says" }), h("span", { class: "truth", hidden: true }));
    return row;
  };
  return (all) => keyed(root, all.dependencies, (one) => one.name, make, (row, one) => {
    drawBadge(row.children[1], one.health, t(`health_${one.health}`));
    const since = one.since !== null && one.since !== undefined && one.health !== "up" ? ` · ${t("since")} ${dayTime(all.clock, one.since)}` : "";
    text(row.children[2], (one.says || "") + since);
    const hidden = one.truth && (one.truth !== one.health || one.truth_says);
    attribute(row.children[3], "hidden", !hidden);
    if (hidden) text(row.children[3], `${t("truly")} ${SHAPES[one.truth]} ${t(`health_${one.truth}`)}${one.truth_says ? ` · ${one.truth_says}` : ""}`);
  });
}

const to = (roles) => (roles.length ? roles.join(", ") : t("everybody"));

/** Messages, newest first. */
export function messages(root, withReceivers) {
  const make = (one) => h("li", { class: `message ${/^\w+$/.test(one.via) ? one.via : ""}` },
    h("p", { class: "meta" }, h("time"), h("span", { class: "via", text: t(`via_${one.via}`) }), h("strong", { text: one.from }), h("span", { class: "to" })),
    h("p", { class: "say", text: one.say }));
  return (all, list) => {
    keyed(root, [...list].reverse(), (one) => one.number, make, (row, one) => {
      const meta = row.firstChild;
      text(meta.children[0], dayTime(all.clock, one.at));
      text(meta.children[3], withReceivers ? `→ ${to(one.to)}` : "");
      text(row.children[1], one.say);
    });
    attribute(root, "data-empty", list.length ? null : t("nothing_yet"));
  };
}

export function outcome(all, one) {
  const at = one.at === undefined ? "" : dayTime(all.clock, one.at);
  return t(`outcome_${one.is}`, { at });
}

/** Decisions, newest first; `extra` puts what a facilitator does with them into a row. */
export function decisions(root, extra) {
  const make = (one) => {
    const row = h("li", { class: "decision" },
      h("p", { class: "meta" }, h("time"), h("strong"), h("span", { class: "outcome" })),
      h("p", { class: "say" }), h("p", { class: "why" }), h("div", { class: "extra" }));
    return row;
  };
  return (all) => {
    keyed(root, [...all.decisions].reverse(), (one) => one.number, make, (row, one) => {
      const [meta, said, why, more] = row.children;
      text(meta.children[0], dayTime(all.clock, one.at));
      text(meta.children[1], one.role && one.role !== one.by ? `${one.by} (${one.role})` : one.by);
      attribute(meta.children[2], "class", `outcome ${one.outcome.is}`);
      text(meta.children[2], outcome(all, one.outcome));
      text(said, [one.lever && `▸ ${one.lever}`, one.text].filter(Boolean).join(" — "));
      text(why, one.why ? `${t("because")} ${one.why}` : "");
      if (extra) extra(more, one, all);
    });
    attribute(root, "data-empty", all.decisions.length ? null : t("nothing_yet"));
  };
}

/** What there is to rate, with its mark: P, S, M or U. */
export function expectations(root, rate) {
  const make = (one) => {
    const note = h("input", { type: "text", maxlength: 500, "aria-label": `${t("note")}: ${one.text}`, placeholder: t("note") });
    const marks = ["P", "S", "M", "U"].map((mark) => h("button", {
      type: "button", text: mark, title: t(`mark_${mark}`), "aria-label": `${mark}: ${t(`mark_${mark}`)}`,
      on: { click: () => rate({ do: "rate", expect: one.id, mark, note: note.value }) },
    }));
    note.addEventListener("change", () => {
      const mark = row.mark;
      if (mark) rate({ do: "rate", expect: one.id, mark, note: note.value });
    });
    const row = h("li", { class: "expectation" },
      h("p", { class: "say" }), h("p", { class: "meta" }),
      rate ? h("div", { class: "marks", role: "group", "aria-label": one.text }, ...marks, note) : h("p", { class: "note" }));
    return Object.assign(row, { marks, note });
  };
  return (all) => {
    const list = all.expectations ?? [];
    keyed(root, list, (one) => one.id, make, (row, one) => {
      const glyph = { met: "✓", missed: "✗", open: "○", observed: "◇" }[one.state];
      text(row.children[0], `${glyph} ${one.text}`);
      attribute(row, "data-state", one.state);
      text(row.children[1], [t(`expect_${one.state}`), one.due !== null && t("due", { time: dayTime(all.clock, one.due) }), one.mark && `${one.mark}: ${t(`mark_${one.mark}`)}`].filter(Boolean).join(" · "));
      row.mark = one.mark;
      for (const button of row.marks) attribute(button, "aria-pressed", String(button.textContent === one.mark));
      if (rate && document.activeElement !== row.note && one.note && row.note.value !== one.note) row.note.value = one.note;
      if (!rate) text(row.children[2], one.note);
    });
    attribute(root, "data-empty", list.length ? null : t("nothing_yet"));
  };
}

/** What a lever does with its next pull, in words. */
export function leverSays(lever) {
  return [
    lever.delay ? t("works_in", { time: length(lever.delay) }) : t("works_now"),
    lever.cost,
    lever.chance !== null && lever.chance !== undefined && lever.chance < 1 ? t("chance", { percent: Math.round(lever.chance * 100) }) : null,
    lever.once ? t("once") : null,
  ].filter(Boolean).join(" · ");
}

/** The levers: a button each, with its words where it wants some. */
export function levers(root, pull) {
  const make = (lever) => {
    const words = h("textarea", { rows: 2, maxlength: 1500, "aria-label": t("words_of", { lever: lever.name }), placeholder: t("your_words") });
    const button = h("button", { type: "submit", class: "pull" }, h("span", { class: "name", text: lever.name }), h("span", { class: "state" }));
    const form = h("form", { class: "lever" }, ...(lever.wants_text ? [words] : []), button, h("p", { class: "says" }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      if (await pull({ do: "lever", lever: lever.name, ...(lever.wants_text ? { text: words.value } : {}) })) words.value = "";
    });
    return Object.assign(h("li", {}, form), { button, says: form.lastChild });
  };
  return (all) => {
    const playing = ["running", "held", "paused"].includes(all.clock.state);
    keyed(root, all.levers, (lever) => lever.name, make, (row, lever) => {
      const { is, at: works, until } = lever.state;
      attribute(row.button, "aria-disabled", String(is !== "ready" || !playing));
      attribute(row, "data-state", is);
      text(row.button.children[1], t(`lever_${is}`, { at: dayTime(all.clock, works ?? until ?? 0) }));
      text(row.says, [lever.role, leverSays(lever)].filter(Boolean).join(" · "));
    });
    attribute(root, "data-empty", all.levers.length ? null : t("no_levers"));
  };
}

/** Who is here. */
export function people(root, remove) {
  const make = (one) => h("li", { class: "person" }, h("span", { class: "shape", "aria-hidden": "true" }), h("strong", { text: one.name }), h("span", { class: "says", text: one.role }),
    h("span", { class: "word" }), ...(remove ? [h("button", { type: "button", class: "small", text: t("send_away"), "aria-label": `${t("send_away")}: ${one.name}`, on: { click: () => remove(one) } })] : []));
  return (all) => {
    keyed(root, all.people ?? [], (one) => one.id, make, (row, one) => {
      text(row.children[0], one.here ? "●" : "○");
      text(row.children[3], one.here ? "" : t("not_here"));
    });
    attribute(root, "data-empty", (all.people ?? []).length ? null : t("nobody_yet"));
  };
}

/** What everybody who is in the room has before them: the clock, which goes on between two states, and the floor. */
export function floor() {
  const draw = [
    clock(at("clock")), channels(at("channels")), teams(at("teams")), dependencies(at("dependencies")), asOf(at("as-of")),
  ];
  legend(at("legend"));
  let now = null;
  setInterval(() => { if (now) draw[0](now); }, 250);
  return (state) => {
    now = state;
    for (const part of draw) part(state);
  };
}
