// Pictures of the floor over time. The elements stay; only their numbers change, so nothing flickers.

import { attribute, h, s, text } from "/web/dom.js";
import { count, dayTime, t } from "/web/app.js";

const WIDE = 600;
const HIGH = 120;

/** The next round number: 1, 2, 5 times a power of ten. */
export function round(n) {
  const power = 10 ** Math.floor(Math.log10(Math.max(n, 1)));
  return [1, 2, 5, 10].map((m) => m * power).find((m) => m >= n) ?? 10 * power;
}

/** `M x y L x y …` of the numbers that are there; a gap where there is none. */
export function line(values, x, y) {
  let path = "";
  let pen = false;
  for (const [n, value] of values.entries()) {
    if (value === null || value === undefined) { pen = false; continue; }
    path += `${pen ? "L" : "M"}${x(n).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  }
  return path;
}

/** A chart of one channel: waiting (area), backlog (dashed), service level (thin, own scale on the right). */
export function channelChart(name) {
  const parts = {
    area: s("path", { class: "area" }),
    backlog: s("path", { class: "backlog" }),
    waiting: s("path", { class: "waiting" }),
    service: s("path", { class: "service" }),
    marks: s("path", { class: "marks" }),
    now: s("path", { class: "now" }),
    top: h("span", { class: "high" }),
    middle: h("span", { class: "half" }),
    from: h("span"),
    noon: h("span"),
    until: h("span"),
  };
  const grid = s("path", { class: "grid", d: `M0 0H${WIDE}M0 ${HIGH / 2}H${WIDE}M0 ${HIGH}H${WIDE}` });
  const plot = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": name },
    grid, parts.area, parts.marks, parts.backlog, parts.service, parts.waiting, parts.now);
  const element = h("div", { class: "chart" },
    h("div", { class: "plot" }, plot, parts.top, parts.middle,
      h("span", { class: "right high", "aria-hidden": "true", text: "100 %" }), h("span", { class: "right zero", "aria-hidden": "true", text: "0 %" })),
    h("div", { class: "times" }, parts.from, parts.noon, parts.until));
  element.draw = (trend, clock, now, marks) => draw(parts, plot, name, trend, clock, now, marks);
  return element;
}

function draw(parts, plot, name, { every, of }, clock, now, marks) {
  const high = round(Math.max(4, ...of.waiting, ...of.backlog));
  // The scale shrinks only when it is far too large: a line that jumps is read as news.
  parts.high = parts.high && high < parts.high && high * 5 > parts.high ? parts.high : high;
  const x = (n) => (n * every * WIDE) / clock.length;
  const y = (value) => HIGH - (value * HIGH) / parts.high;
  const last = of.waiting.length - 1;
  const waiting = line(of.waiting, x, y);
  attribute(parts.waiting, "d", waiting || "M0 0");
  attribute(parts.area, "d", waiting ? `${waiting}L${x(last).toFixed(1)} ${HIGH}L0 ${HIGH}Z` : "M0 0");
  attribute(parts.backlog, "d", line(of.backlog, x, y) || "M0 0");
  attribute(parts.service, "d", line(of.service, x, (value) => HIGH - (value * HIGH) / 100) || "M0 0");
  attribute(parts.marks, "d", marks.map((moment) => `M${((moment * WIDE) / clock.length).toFixed(1)} 0V${HIGH}`).join("") || "M0 0");
  attribute(parts.now, "d", `M${((now * WIDE) / clock.length).toFixed(1)} 0V${HIGH}`);
  text(parts.top, count(parts.high));
  text(parts.middle, count(parts.high / 2));
  text(parts.from, dayTime(clock, 0));
  text(parts.noon, dayTime(clock, clock.length / 2));
  text(parts.until, dayTime(clock, clock.length));
  const service = of.service[last];
  attribute(plot, "aria-label", t("chart_says", {
    name, waiting: of.waiting[last] ?? 0, backlog: of.backlog[last] ?? 0, service: service ?? "–",
  }));
}

/** The three days of the after-action page: lines told apart by stroke and by name, bands behind them. */
export function curves(group, clock, names) {
  const long = Math.max(...group.curves.map((one) => one.line.length), 2);
  const high = group.unit === "%" ? 100 : round(Math.max(1, ...group.curves.flatMap((one) => [...one.line, ...one.high])));
  const x = (n) => (n * WIDE) / (long - 1);
  const y = (value) => 200 - (value * 200) / high;
  const band = (one) => line(one.high, x, y) + one.low.map((value, n) => `L${x(n).toFixed(1)} ${y(value).toFixed(1)}`).reverse().join("") + "Z";
  const plot = s("svg", { viewBox: `0 0 ${WIDE} 200`, preserveAspectRatio: "none", role: "img",
    "aria-label": `${group.channel}: ${group.what}. ${group.curves.map((one) => `${names[one.of] ?? one.of}: ${t("at_most")} ${count(Math.round(Math.max(...one.line)))} ${group.unit}`).join("; ")}` },
  s("path", { class: "grid", d: `M0 0H${WIDE}M0 100H${WIDE}M0 200H${WIDE}` }),
  ...group.curves.filter((one) => one.low.length).map((one) => s("path", { class: `band ${one.of}`, d: band(one) })),
  ...group.curves.map((one) => s("path", { class: `curve ${one.of}`, d: line(one.line, x, y) || "M0 0" })));
  return h("figure", { class: "curves" },
    h("figcaption", {}, h("strong", { text: group.channel }), ` · ${group.what}`),
    h("div", { class: "chart tall" },
      h("div", { class: "plot" }, plot, h("span", { class: "high", text: `${count(high)} ${group.unit}` }), h("span", { class: "half", text: count(high / 2) })),
      h("div", { class: "times" }, ...[0, 0.5, 1].map((part) => h("span", { text: dayTime(clock, part * (long - 1) * group.every) })))));
}

/** A piece of line, for a legend. */
export const sample = (kind) => s("svg", { class: "sample", viewBox: "0 0 36 10", "aria-hidden": "true" }, s("path", { class: kind, d: "M1 5H35" }));
