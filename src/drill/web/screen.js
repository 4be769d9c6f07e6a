// The large screen: to be read from the back of a room.

import { at, text } from "/web/dom.js";
import { dayTime, enter, follow } from "/web/app.js";
import { sample } from "/web/chart.js";
import * as parts from "/web/parts.js";

await enter("projector", "observer", "facilitator");
const clock = parts.clock(at("clock"));
const draw = [parts.channels(at("channels")), parts.teams(at("teams")), parts.dependencies(at("dependencies")), parts.asOf(at("as-of"))];
parts.legend(at("legend"), sample);
let now = null;
setInterval(() => { if (now) clock(now); }, 250);

follow((state) => {
  now = state;
  clock(state);
  for (const part of draw) part(state);
  const last = state.announcements.at(-1);
  text(at("announcement"), last ? `${dayTime(state.clock, last.at)} · ${last.say}` : "");
});
