// The facilitator's start page: what will be played, who is here, the links to hand out.

import { at, attribute, h, keyed, text } from "/web/dom.js";
import { act, ask, enter, follow, say, t } from "/web/app.js";
import { about } from "/web/about.js";
import * as parts from "/web/parts.js";

const { cast } = await enter("facilitator");
about(cast);
const { body: links } = await ask("/api/links");
text(at("join-code"), links.code);
text(at("join-link"), links.join);
at("join-link").href = links.join;

const rows = [
  ["link_join", {}, links.join], ["link_projector", {}, links.projector], ["link_observer", {}, links.observer],
  ...links.evaluators.map(([role, link]) => ["link_evaluator", { role }, link]),
];
at("links").replaceChildren(...rows.map(([key, values, link]) => h("li", { class: "link" },
  h("a", { href: link, target: "_blank", rel: "noopener", text: t(key, values) }),
  h("button", { type: "button", class: "small", text: t("copy"), "aria-label": `${t("copy")}: ${t(key, values)}`, on: { click: () => copy(link) } }))));

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    say(t("copied"));
  } catch {
    // Without HTTPS other machines' browsers have no clipboard: the link can still be opened.
    say(link);
  }
}

// What else could be played: a look into each, and how to play it.
const { body: shelf } = await ask("/api/shelf");
const length = (seconds) => `${Math.floor(seconds / 3600)}:${String(Math.round(seconds / 60) % 60).padStart(2, "0")}`;
attribute(at("shelf-panel"), "hidden", !shelf.length);
at("shelf").replaceChildren(...shelf.map(({ cast: other, injects, command }) => h("details", { class: "shelved", lang: other.language },
  h("summary", {}, h("strong", { text: other.title }), h("span", { class: "says", text: ` ${length(other.length / other.pace)} · ${t("shelf_injects", { injects })}` })),
  h("p", { text: other.about }), h("ul", { class: "bullets" }, ...other.objectives.map((one) => h("li", { text: one.text }))),
  other.based_on ? h("p", { class: "hint", text: `${t("based_on")}: ${other.based_on}` }) : null, h("p", {}, h("code", { text: command })))));

let open = true;
at("doors").addEventListener("click", async () => {
  if (await act({ open: !open }, "/api/doors")) {
    open = !open;
    text(at("doors"), t(open ? "doors_close" : "doors_open"));
  }
});

const drawPeople = parts.people(at("people"), (one) => act({ id: one.id }, "/api/remove"));
follow((state, changed) => {
  if (!changed.has("people")) return;
  drawPeople(state);
  const here = (role) => state.people.filter((one) => one.role === role.name && one.here).length;
  keyed(at("roles"), cast.roles.filter((role) => !role.hidden), (role) => role.name,
    (role) => h("li", { class: "role-row" }, h("span", { class: "shape", "aria-hidden": "true" }), h("strong", { text: role.name }), h("span", { class: "says" })),
    (row, role) => {
      text(row.children[0], here(role) >= role.at_least ? "✓" : "○");
      text(row.children[2], t(role.at_least ? "role_needs" : "role_any", { here: here(role), needed: role.at_least }));
    });
});
