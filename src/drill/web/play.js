// A participant's page: what reaches their role, what they can do, the floor as they may know it.

import { at, attribute, text } from "/web/dom.js";
import { act, enter, follow, say, t } from "/web/app.js";
import * as parts from "/web/parts.js";

const { me, cast } = await enter("participant");
const { name, role } = me.seat;
text(at("who"), name === role ? role : `${name} · ${role}`);
document.title = `${role} · ${cast.title}`;

const pull = async (command) => {
  const done = await act(command);
  if (done) say(t("sent"));
  return done;
};
const draw = [
  parts.floor(), parts.decisions(at("decisions")), parts.people(at("people")), parts.levers(at("levers"), pull),
];
const inbox = parts.messages(at("inbox"), false);
const announcements = parts.messages(at("announcements"), false);
const rating = parts.expectations(at("expectations"), cast.roles.some((one) => one.name === role && one.hidden) ? act : null);

at("decide").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const why = form.get("why").trim();
  if (await pull({ do: "say", text: form.get("text"), ...(why ? { why } : {}) })) event.target.reset();
});

follow((state) => {
  for (const part of draw) part(state);
  inbox(state, state.inbox);
  announcements(state, state.announcements);
  attribute(at("rating"), "hidden", !state.expectations);
  if (state.expectations) rating(state);
  const banner = { waiting: t("holding"), ended: t("ended_note") }[state.clock.state];
  attribute(at("banner"), "hidden", !banner);
  text(at("banner"), banner);
  attribute(at("to-after"), "hidden", state.clock.state !== "ended");
});
