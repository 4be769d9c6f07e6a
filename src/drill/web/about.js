// What a drill is about, on the start page and the read-ahead sheet.

import { at, h, text } from "/web/dom.js";
import { length, t } from "/web/app.js";

export function about(cast) {
  text(at("about"), cast.about);
  at("objectives").replaceChildren(...cast.objectives.map((one) => h("li", { text: one.text })));
  text(at("length"), t("length_is", { exercise: length(cast.length), wall: length(cast.length / cast.pace), pace: cast.pace }));
  text(at("based"), cast.based_on ? `${t("based_on")}: ${cast.based_on}` : "");
}
