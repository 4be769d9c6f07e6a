// Who watches: the floor, what was sent, what was decided. Nothing can be done here.

import { at } from "/web/dom.js";
import { enter, follow } from "/web/app.js";
import * as parts from "/web/parts.js";

await enter("observer", "facilitator");
const draw = [parts.floor(), parts.decisions(at("decisions")), parts.people(at("people"))];
const inbox = parts.messages(at("inbox"), true);
const announcements = parts.messages(at("announcements"), false);

follow((state) => {
  for (const part of draw) part(state);
  inbox(state, state.inbox);
  announcements(state, state.announcements);
});
