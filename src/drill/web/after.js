// After the drill: what happened, what it was worth, and what will be better.

import { at, attribute, h, keyed, text } from "/web/dom.js";
import { act, ask, dayTime, enter, figure, follow, t } from "/web/app.js";
import { curves, sample } from "/web/chart.js";
import * as parts from "/web/parts.js";

const { me, cast } = await enter();
const watches = ["observer", "projector"].includes(me.seat.seat);
const plans = me.seat.seat === "facilitator" || cast.roles.some((role) => role.hidden && role.name === me.seat.role);
const names = { nothing: t("curve_nothing"), plan: t("curve_plan"), played: t("curve_played") };
const list = (id, lines) => at(id).replaceChildren(...lines.map((line) => h("li", { text: line })));
let state = null;
let asking = false;
let drawn = false;

function draw(after) {
  list("summary", after.summary);
  list("strengths", after.strengths);
  list("to-improve", after.to_improve);
  at("objectives").replaceChildren(...after.objectives.map(({ objective, met, because }) => {
    const [glyph, word] = met === null ? ["◇", "objective_unknown"] : met ? ["✓", "objective_met"] : ["✗", "objective_missed"];
    return h("li", { class: "objective", "data-state": met === null ? "open" : met ? "met" : "missed" },
      h("span", { class: "shape", "aria-hidden": "true", text: glyph }), h("strong", { text: objective.text }), h("span", { class: "word", text: t(word) }), h("span", { class: "says", text: because.join(" ") }));
  }));
  const kinds = [...new Set(after.curves.flatMap((group) => group.curves.map((one) => one.of)))];
  at("curve-legend").replaceChildren(...kinds.map((kind) => h("li", {}, sample(`curve ${kind}`), h("span", { text: names[kind] ?? kind }))));
  at("curves").replaceChildren(...after.curves.map((group) => curves(group, state.clock, names)));
  text(at("bands"), after.curves.length ? t("band", { seeds: after.curves[0].seeds }) : "");
  at("measures").tBodies[0].replaceChildren(...after.measures.map((row) =>
    h("tr", {}, h("th", { scope: "row", text: row.what }), ...["nothing", "plan", "played"].map((of) => h("td", { text: figure(row[of], row.unit) })))));
  at("timeline").replaceChildren(...after.timeline.map((entry) => h("li", { class: /^\w+$/.test(entry.kind) ? entry.kind : "" },
    h("time", { text: dayTime(state.clock, entry.at) }), h("span", { class: "kind", text: t(`kind_${entry.kind}`) }), h("span", { class: "say" }, entry.who ? h("strong", { text: `${entry.who} ` }) : null, entry.text))));
}

async function look() {
  if (asking || drawn) return;
  asking = true;
  const { status, body } = await ask("/api/after");
  asking = false;
  if (status === 200) {
    draw(body);
    drawn = true;
    at("making").hidden = true;
    at("report").hidden = false;
  } else {
    text(at("making"), t(body.making || state.clock.state === "ended" ? "making" : "not_over"));
    setTimeout(look, 300);
  }
}

at("questions").replaceChildren(...cast.questions.map((question, n) => {
  const words = h("textarea", { rows: 2, maxlength: 1500, required: true, "aria-label": `${t("answer")}: ${question}` });
  const form = h("form", { class: "row" }, words, h("button", { type: "submit", text: t("send") }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await act({ do: "hot_wash", question: n, text: words.value })) words.value = "";
  });
  return h("div", { class: "question" }, h("h3", { text: question }), h("ul", { class: "answers" }), ...(watches ? [] : [form]));
}));

at("improve").hidden = !plans;
at("improve").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  if (await act({ do: "improve", text: { what: form.get("what"), owner: form.get("owner"), by: form.get("by") } })) event.target.reset();
});

const expectations = parts.expectations(at("expectations"), null);
follow((now) => {
  state = now;
  if (now.clock.state !== "ended") drawn = false;
  attribute(at("making"), "hidden", drawn);
  look();
  expectations(now);
  for (const [n, place] of [...at("questions").children].entries()) {
    const own = now.hot_wash.filter((answer) => answer.question === n).map((answer, at) => ({ ...answer, key: `${at} ${answer.by} ${answer.text}` }));
    keyed(place.children[1], own, (one) => one.key, (one) => h("li", {}, h("strong", { text: `${one.by}: ` }), one.text), () => {});
  }
  keyed(at("improvements").tBodies[0], now.improvements.map((line, n) => ({ ...line, n })), (line) => line.n,
    () => h("tr", {}, h("td"), h("td"), h("td")),
    (row, line) => { for (const [n, key] of ["what", "owner", "by"].entries()) text(row.children[n], line[key]); });
});
