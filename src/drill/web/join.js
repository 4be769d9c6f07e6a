// The door: code, name, role.

import { at, h, text } from "/web/dom.js";
import { ask, keepToken, say, speak, t } from "/web/app.js";

const { status, body: cast } = await ask("/api/cast");
speak(cast.language);
if (status !== 200) {
  say(t("away"), true);
  setTimeout(() => location.reload(), 2000);
} else {
  document.title = cast.title;
  for (const place of document.querySelectorAll("[data-title]")) text(place, cast.title);
  text(at("about"), cast.about);
  const open = cast.roles.filter((role) => !role.hidden);
  at("roles").replaceChildren(...open.map((role, n) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name: "role", value: role.name, required: true, checked: n === 0 }), h("span", { text: role.name }))));
}

at("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const { status, body } = await ask("/api/join", { code: form.get("code"), name: form.get("name"), role: form.get("role") });
  if (status === 200) {
    keepToken(body.token);
    location.assign("/play");
    return;
  }
  const key = `no_${body.code}`;
  say(t(key) === key ? body.says : t(key), true);
  at(body.code === "code" ? "code" : "name").focus();
});
