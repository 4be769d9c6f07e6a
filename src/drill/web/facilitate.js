// The facilitator's page: the script, the clock, the floor in truth, what is decided, what is rated.

import { at, attribute, h, keyed, text } from "/web/dom.js";
import { act, ask, dayTime, enter, follow, t } from "/web/app.js";
import { drawScript, fillRoles, injectText, VIAS } from "/web/script.js";
import * as parts from "/web/parts.js";

const { cast } = await enter("facilitator");
ask("/api/links").then(({ body }) => text(at("join-code"), body.code));

const PACES = [1, 5, 20, 60];
let now = null;

// The clock.
const go = () => act({ do: { waiting: "start", running: "pause", paused: "resume", held: "resume" }[now?.clock.state] ?? "start" });
at("go").addEventListener("click", go);
at("step").addEventListener("click", () => act({ do: "step" }));
at("end").addEventListener("click", () => { if (confirm(t("end_sure"))) act({ do: "end" }); });
at("paces").replaceChildren(...PACES.map((pace) => h("button", { type: "button", text: `×${pace}`, on: { click: () => act({ do: "pace", pace }) } })));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, button, summary, a")) return;
  if (event.key === " ") { event.preventDefault(); go(); }
  else if (event.key.toLowerCase() === "n") act({ do: "step" });
  else if (PACES[Number(event.key) - 1]) act({ do: "pace", pace: PACES[Number(event.key) - 1] });
});

function drawControls({ clock }) {
  text(at("go"), t({ waiting: "start", running: "pause" }[clock.state] ?? "resume"));
  const over = clock.state === "ended";
  for (const id of ["go", "step", "end"]) attribute(at(id), "hidden", over);
  attribute(at("to-after"), "hidden", !over);
  for (const button of at("paces").children) attribute(button, "aria-pressed", String(button.textContent === `×${clock.pace}`));
}

// What comes from the facilitator's own head.
fillRoles(at("new-inject"), cast.roles);
at("new-inject").elements.via.replaceChildren(...VIAS.map((via) => h("option", { value: via, text: t(`via_${via}`) })));
at("new-inject").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await act({ do: "inject", text: injectText(event.target) })) event.target.reset();
});
at("announce").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await act({ do: "announce", text: event.target.elements.text.value })) event.target.reset();
});

// Decisions in words are ruled to be a lever, or nothing.
function rule(place, decision, all) {
  const open = decision.outcome.is === "open";
  if (!open) return place.replaceChildren();
  if (place.firstChild) return undefined;
  const choice = h("select", { "aria-label": `${t("rule_is")}: ${decision.text}` },
    h("option", { value: "", text: t("rule_none") }), ...all.levers.map((lever) => h("option", { value: lever.name, text: lever.name })));
  const button = h("button", { type: "button", text: t("rule"), on: { click: () => act({ do: "rule", decision: decision.number, lever: choice.value || null }) } });
  return place.replaceChildren(h("label", { class: "row" }, h("span", { text: t("rule_is") }), choice), button);
}

// Going back.
at("rewind").addEventListener("click", () => {
  const to = Number(at("moments").value);
  if (confirm(t("rewind_sure", { time: dayTime(now.clock, to) }))) act({ do: "rewind", to });
});
at("branch").addEventListener("click", async () => {
  const name = at("branch-name").value.trim();
  if (!name) return at("branch-name").focus();
  if (await act({ do: "branch", from: Number(at("moments").value), name })) at("branch-name").value = "";
  return undefined;
});

function drawPast({ script, clock }) {
  keyed(at("moments"), [{ at: 0, label: t("start") }, ...script.moments], (one) => `${one.at} ${one.label}`,
    () => h("option"), (option, one) => {
      attribute(option, "value", one.at);
      text(option, `${dayTime(clock, one.at)} · ${one.label}`);
    });
  const several = script.branches.length > 1 ? script.branches : [];
  keyed(at("branches"), several, (one) => one.name,
    (one) => h("li", {}, h("strong", { text: one.name }), h("span", { class: "says" }),
      h("button", { type: "button", class: "small", text: t("branch_switch"), "aria-label": `${t("branch_switch")}: ${one.name}`, on: { click: () => act({ do: "switch", branch: one.name }) } })),
    (row, one) => {
      const from = one.from === null ? "" : `${dayTime(clock, one.from)} → `;
      text(row.children[1], `${from}${dayTime(clock, one.until)}${one.current ? ` · ${t("branch_current")}` : ""}`);
      attribute(row.children[2], "hidden", one.current);
    });
}

const draw = [
  parts.floor(), parts.decisions(at("decisions"), rule), parts.expectations(at("expectations"), act), parts.levers(at("levers"), act),
  parts.people(at("people"), (one) => act({ id: one.id }, "/api/remove")), drawControls, drawPast,
];

follow((state) => {
  now = state;
  for (const part of draw) part(state);
  drawScript(state, cast.roles);
});
