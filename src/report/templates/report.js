"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const svg = document.getElementById("day"), line = document.getElementById("cursor"), read = document.getElementById("read");
  if (!svg || !data.rows.length) return;
  const left = +svg.dataset.left, right = +svg.dataset.right;
  const two = n => String(n).padStart(2, "0");
  const show = x => {
    const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
    const step = Math.round(share * data.length / data.step), at = step * data.step;
    const px = left + (right - left) * at / data.length;
    line.setAttribute("x1", px); line.setAttribute("x2", px); line.setAttribute("visibility", "visible");
    const clock = Math.round(data.start + at) % 86400;
    read.replaceChildren();
    const head = document.createElement("b");
    head.textContent = two(Math.floor(clock / 3600)) + ":" + two(Math.floor(clock / 60) % 60);
    read.append(head);
    for (const row of data.rows) {
      const values = row.values.map(v => v[step]);
      if (values.every(v => v === undefined || v === null)) continue;
      const div = document.createElement("div"), figure = document.createElement("span");
      figure.textContent = values.map(v => v ?? "–").join(" · ") + row.unit;
      div.append(row.name, figure);
      read.append(div);
    }
    read.hidden = false;
    const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
    const inRight = px * scale > box.width / 2;
    read.style.left = (inRight ? px * scale - read.offsetWidth - 8 : px * scale + 20) + "px";
  };
  const hide = () => { read.hidden = true; line.setAttribute("visibility", "hidden"); };
  svg.addEventListener("pointermove", e => {
    const box = svg.getBoundingClientRect();
    const x = (e.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    if (x < left - 4 || x > right + 4) hide(); else show(x);
  });
  svg.addEventListener("pointerleave", hide);
})();
