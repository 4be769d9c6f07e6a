// The large screen: to be read from the back of a room.

import { at, text } from "/web/dom.js";
import { dayTime, enter, follow } from "/web/app.js";
import * as parts from "/web/parts.js";

await enter("projector", "observer", "facilitator");
const floor = parts.floor();

follow((state) => {
  floor(state);
  const last = state.announcements.at(-1);
  text(at("announcement"), last ? `${dayTime(state.clock, last.at)} · ${last.say}` : "");
});
