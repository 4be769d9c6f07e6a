// The sheet that participants read before the drill. It holds nothing that a participant may not know.

import { at, h, text } from "/web/dom.js";
import { ask, speak } from "/web/app.js";
import { about } from "/web/about.js";

const { body: cast } = await ask("/api/cast");
speak(cast.language);
about(cast);
at("roles").replaceChildren(...cast.roles.filter((role) => !role.hidden).map((role) => h("li", { text: role.name })));
for (const place of document.querySelectorAll("[data-title]")) text(place, cast.title);
at("print").addEventListener("click", () => window.print());
