// Who watches: the floor, what was sent, what was decided. Nothing can be done here.

import { at } from "/web/dom.js";
import { enter, follow } from "/web/app.js";
import { sample } from "/web/chart.js";
import * as parts from "/web/parts.js";

await enter("observer", "facilitator");
const clock = parts.clock(at("clock"));
const draw = [
  parts.channels(at("channels")), parts.teams(at("teams")), parts.dependencies(at("dependencies")), parts.asOf(at("as-of")),
  parts.decisions(at("decisions")), parts.people(at("people")),
];
const inbox = parts.messages(at("inbox"), true);
const announcements = parts.messages(at("announcements"), false);
parts.legend(at("legend"), sample);
let now = null;
setInterval(() => { if (now) clock(now); }, 250);

follow((state) => {
  now = state;
  clock(state);
  for (const part of draw) part(state);
  inbox(state, state.inbox);
  announcements(state, state.announcements);
});
