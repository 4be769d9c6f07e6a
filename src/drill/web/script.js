// The script as the facilitator sees it: what comes, what came, and what can be done about it.

import { at, attribute, h, keyed, text } from "/web/dom.js";
import { act, dayTime, t } from "/web/app.js";

export const VIAS = ["chat", "mail", "phone", "news"];

/** One box a role to choose receivers. */
export function fillRoles(form, roles, chosen = []) {
  form.querySelector("[data-roles]").replaceChildren(...roles.filter((role) => !role.hidden).map((role) =>
    h("label", { class: "choice" }, h("input", { type: "checkbox", name: "to", value: role.name, checked: chosen.includes(role.name) }), h("span", { text: role.name }))));
}

/** What a form says an inject is. */
export function injectText(form) {
  const data = new FormData(form);
  return { to: data.getAll("to"), via: data.get("via"), from: data.get("from"), say: data.get("say") };
}

function editor(inject, roles, close) {
  const form = h("form", { class: "stack tight editor" },
    h("fieldset", {}, h("legend", { text: t("inject_to") }), h("div", { class: "choices small", "data-roles": true })),
    h("div", { class: "row" },
      h("label", {}, h("span", { text: t("inject_via") }), h("select", { name: "via" }, ...VIAS.map((via) => h("option", { value: via, text: t(`via_${via}`), selected: via === inject.text.via })))),
      h("label", {}, h("span", { text: t("inject_from") }), h("input", { name: "from", maxlength: 80, value: inject.text.from }))),
    h("label", {}, h("span", { text: t("inject_say") }), h("textarea", { name: "say", rows: 3, maxlength: 1500, text: inject.text.say })),
    h("div", { class: "row" }, h("button", { type: "submit", text: t("save") }), h("button", { type: "button", text: t("cancel"), on: { click: close } })));
  fillRoles(form, roles, inject.text.to);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await act({ do: "edit", inject: inject.name, text: injectText(form) })) close();
  });
  return form;
}

function make(inject, roles) {
  const button = (key, command) => h("button", { type: "button", class: "small", text: t(key), "aria-label": `${t(key)}: ${inject.name}`, on: { click: () => act(command) } });
  const place = h("div");
  const close = () => place.replaceChildren();
  const edit = h("button", { type: "button", class: "small", text: t("edit"), "aria-label": `${t("edit")}: ${inject.name}`, on: { click: () => place.replaceChildren(editor(row.inject, roles, close)) } });
  const buttons = h("div", { class: "row wrap buttons" },
    button("fire", { do: "fire", inject: inject.name }), button("skip_inject", { do: "skip", inject: inject.name }),
    button("postpone", { do: "postpone", inject: inject.name, by: 600 }), edit);
  const row = h("li", { class: "inject" },
    h("p", { class: "meta" }, h("span", { class: "shape", "aria-hidden": "true" }), h("strong", { text: inject.name }), h("span", { class: "when" }), h("span", { class: "stands" })),
    h("p", { class: "say" }), h("p", { class: "does hint" }), buttons, place);
  return Object.assign(row, { buttons });
}

function update(row, inject, clock) {
  row.inject = inject;
  const [shape, , when, stands] = row.firstChild.children;
  const { is, at: fired } = inject.state;
  attribute(row, "data-state", is);
  text(shape, { waiting: "○", fired: "●", skipped: "–", spared: "✓" }[is]);
  text(when, inject.due !== null && is === "waiting" ? dayTime(clock, inject.due) : inject.when);
  text(stands, t(`inject_${is}`, { at: fired === undefined ? "" : dayTime(clock, fired) }));
  const to = inject.text.to.length ? inject.text.to.join(", ") : t("everybody");
  text(row.children[1], `${inject.text.from} → ${to} (${t(`via_${inject.text.via}`)}): ${inject.text.say}`);
  text(row.children[2], [inject.does, inject.expect.length && `${t("expected")}: ${inject.expect.join(", ")}`].filter(Boolean).join(" · "));
  attribute(row.buttons, "hidden", is !== "waiting" || clock.state === "ended");
}

/** Draws script and warnings. */
export function drawScript({ script, clock }, roles) {
  keyed(at("warnings"), script.warnings, (one) => one, (one) => h("li", { text: `⚠ ${one}` }), () => {});
  keyed(at("injects"), script.injects, (one) => one.name, (one) => make(one, roles), (row, one) => update(row, one, clock));
}
