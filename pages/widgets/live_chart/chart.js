// The curves of one run. Points arrive numbered, whole or as the newest with an overlap; what is
// drawn is thinned to the pixels, so that a long run costs no more than a short one.

const PANELS = [
  { id: "loss", title: "Loss", step: 3, train: 2, val: 4, height: 260, log: true },
  { id: "accuracy", title: "Accuracy", step: 4, train: 3, val: 5, height: 260, unit: true },
  { id: "lr", title: "Learning rate", step: 5, height: 96, small: true },
];
const SMOOTH = 0.9; // weight of the past in the strong line
const KEEP = 20000; // step points kept in the browser; beyond, every second of the older half goes

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".thaw-chart");
  const chart = root._chart || (root._chart = new Chart(root));
  chart.take(data);
  return () => chart.rest();
}

class Chart {
  constructor(root) {
    this.root = root;
    this.revision = null;
    this.steps = [];
    this.epochs = [];
    this.marks = [];
    this.zoom = null; // [first step, last step], shared by all panels
    this.panels = PANELS.map((spec) => new Panel(this, spec));
    this.resized = new ResizeObserver(() => this.schedule());
    this.resized.observe(root);
  }

  rest() {
    this.resized.disconnect();
    this.root._chart = null;
    this.root.replaceChildren();
  }

  take(data) {
    if (data.revision !== this.revision || (data.whole && data.count < this.last())) {
      this.steps = [];
      this.revision = data.revision;
    }
    if (data.whole && !this.steps.length) this.steps = data.steps.slice();
    else {
      const known = this.last();
      for (const row of data.steps) if (row[0] >= known) this.steps.push(row);
      if (this.steps.length > KEEP) {
        const half = this.steps.length >> 1;
        this.steps = this.steps.filter((row, at) => at >= half || at % 2 === 0);
      }
    }
    this.epochs = data.epochs;
    this.marks = data.marks;
    this.best = data.best;
    this.live = data.live;
    this.colors = data.colors;
    this.predictions = data.predictions;
    this.root.dataset.points = this.last(); // for whoever waits for a step to be drawn
    this.root.dataset.step = this.steps.length ? this.steps[this.steps.length - 1][1] : 0;
    this.schedule();
  }

  last() { // one past the number of the newest point
    return this.steps.length ? this.steps[this.steps.length - 1][0] + 1 : 0;
  }

  extent() {
    return this.zoom || this.whole();
  }

  whole() {
    const newest = this.steps.length ? this.steps[this.steps.length - 1][1] : 0;
    const ended = this.epochs.length ? this.epochs[this.epochs.length - 1][1] : 0;
    // What was predicted of a run is seen to its end while the real curve grows into it.
    const predicted = this.live ? this.predictions.map((one) => one.line[one.line.length - 1][0]) : [];
    return [0, Math.max(newest, ended, 1, ...predicted)];
  }

  least() {
    return 2;
  }

  setZoom(zoom) {
    this.zoom = zoom && zoom.map(Math.round);
    this.schedule();
  }

  schedule() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      for (const panel of this.panels) panel.draw();
    });
  }
}

class Panel {
  constructor(chart, spec) {
    this.chart = chart;
    this.spec = spec;
    this.log = false;
    this.hidden = new Set();
    const box = element("div", spec.small ? "panel small" : "panel", chart.root);
    const head = element("div", "head", box);
    element("span", "title", head).textContent = spec.title;
    this.legend = element("span", "legend", head);
    const tools = element("span", "tools", head);
    if (spec.log) this.tool(tools, "log scale", (button) => {
      this.log = !this.log;
      button.setAttribute("aria-pressed", this.log);
      chart.schedule();
    });
    this.reset = this.tool(tools, "whole run", () => chart.setZoom(null));
    this.canvas = element("canvas", "", box);
    zoomByKeys(this.canvas, chart, box);
    this.tip = element("div", "tip", box);
    this.tip.hidden = true;
    this.entries = {};
    if (spec.train !== undefined) this.entry("train", "train");
    if (spec.val !== undefined) this.entry("val", "validation");
    if (spec.small) this.entry("lr", "");
    this.listen();
  }

  tool(parent, text, act) {
    const button = element("button", "", parent);
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-pressed", "false");
    button.onclick = () => act(button);
    return button;
  }

  entry(id, text) {
    const button = element("button", "", this.legend);
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    const swatch = element("span", "swatch", button);
    if (text) element("span", "", button).textContent = text;
    const value = element("span", "value", button);
    button.onclick = () => {
      const shown = this.hidden.has(id);
      shown ? this.hidden.delete(id) : this.hidden.add(id);
      button.setAttribute("aria-pressed", shown);
      this.chart.schedule();
    };
    this.entries[id] = { swatch, value };
  }

  listen() {
    let from = null;
    this.canvas.onpointerdown = (event) => { from = event.offsetX; };
    this.canvas.onpointermove = (event) => {
      this.drag = from !== null && Math.abs(event.offsetX - from) > 4 ? [from, event.offsetX] : null;
      this.hover = event.offsetX;
      this.chart.schedule();
    };
    this.canvas.onpointerup = () => {
      if (this.drag && this.toStep) {
        const [a, b] = this.drag.map((x) => Math.round(this.toStep(x))).sort((x, y) => x - y);
        if (b - a >= 2) this.chart.setZoom([Math.max(a, 0), b]);
      }
      from = this.drag = null;
      this.chart.schedule();
    };
    this.canvas.onpointerleave = () => {
      from = this.drag = this.hover = null;
      this.chart.schedule();
    };
    this.canvas.ondblclick = () => this.chart.setZoom(null);
  }

  series() {
    const { spec, chart } = this;
    const color = chart.colors;
    const found = [];
    const steps = chart.steps.map((row) => [row[1], row[spec.step]]).filter(([, y]) => y !== null);
    if (spec.small) {
      found.push({ id: "lr", name: "learning rate", color: color.muted, line: steps });
      return found;
    }
    const train = chart.epochs.filter((row) => row[spec.train] !== null).map((row) => [row[1], row[spec.train]]);
    const val = chart.epochs.filter((row) => row[spec.val] !== null).map((row) => [row[1], row[spec.val]]);
    found.push({ id: "train", name: "train", color: color.train, faint: steps, line: smoothed(steps), latest: train });
    found.push({ id: "val", name: "validation", color: color.val, line: val, dots: true });
    if (spec.unit) this.predicted(found);
    return found;
  }

  predicted(found) { // a few have a name and a colour each, many are one pale crowd
    const { predictions, colors } = this.chart;
    const named = predictions.length <= colors.predicted.length;
    predictions.forEach(({ name, line, level }, at) => {
      const dash = level ? [2, 5] : [7, 5];
      if (named) found.push({ id: `predicted ${at}`, name, color: colors.predicted[at], line, dash });
      else found.push({ id: "predicted", name: `${predictions.length} predictions`, color: colors.muted, line, dash, crowd: true });
    });
  }

  draw() {
    const { canvas, chart, spec } = this;
    const width = canvas.clientWidth || canvas.parentElement.clientWidth;
    if (!width || !chart.colors) return;
    const ratio = window.devicePixelRatio || 1;
    const [wide, tall] = [Math.round(width * ratio), Math.round(spec.height * ratio)];
    if (canvas.width !== wide || canvas.height !== tall) {
      canvas.width = wide;
      canvas.height = tall;
      canvas.style.height = `${spec.height}px`;
    }
    const all = this.series();
    for (const one of all) if (!this.entries[one.id]) this.entry(one.id, one.name);
    const shown = all.filter((one) => !this.hidden.has(one.id));
    const left = 46, right = 10, top = 8, bottom = spec.small ? 18 : 24;
    const [first, last] = chart.extent();
    const plot = { left, top, width: width - left - right, height: spec.height - top - bottom };
    const [low, high] = this.range(shown, first, last);
    const empty = shown.every((one) => !one.line.length && !(one.faint || []).length);
    const bend = this.log ? Math.log10 : (v) => v;
    const [l, h] = [bend(low), bend(high)];
    const x = (step) => left + ((step - first) / (last - first)) * plot.width;
    const y = (v) => top + (1 - (bend(v) - l) / (h - l)) * plot.height;
    this.toStep = (px) => first + ((px - left) / plot.width) * (last - first);

    const ink = canvas.getContext("2d");
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, width, spec.height);
    ink.font = `12px ${getComputedStyle(chart.root).fontFamily}`;
    if (empty) this.blank(ink, plot);
    else this.ground(ink, plot, x, y, [low, high], [first, last]);
    ink.save();
    ink.beginPath();
    ink.rect(left - 3, top - 3, plot.width + 6, plot.height + 6);
    ink.clip();
    for (const one of shown) {
      if (one.faint) stroke(ink, one.faint, x, y, one.color, 1, 0.28, first, last, plot.width);
      ink.setLineDash(one.dash || []);
      stroke(ink, one.line, x, y, one.color, one.crowd ? 1 : 2.25, 1, first, last, plot.width);
      ink.setLineDash([]);
      if (one.dots && one.line.length <= plot.width / 8) dots(ink, one.line, x, y, one.color);
    }
    ink.restore();
    this.landmarks(ink, plot, x, y, (step) => step >= first && step <= last);
    this.pointer(ink, plot, x, y, shown);
    this.tell(all);
    this.reset.style.display = chart.zoom ? "" : "none";
  }

  range(shown, first, last) {
    if (this.spec.unit) {
      let least = 1;
      for (const one of shown) for (const [s, v] of one.line) if (s >= first && s <= last) least = Math.min(least, v);
      return [least > 0.8 ? Math.floor(least * 20 - 0.5) / 20 : 0, 1];
    }
    let low = Infinity, high = -Infinity;
    for (const one of shown) {
      const values = (one.faint || []).concat(one.line).filter(([s]) => s >= first && s <= last).map(([, v]) => v);
      const firm = values.length > 40 ? quantiles(values) : [Math.min(...values), Math.max(...values)];
      low = Math.min(low, firm[0]);
      high = Math.max(high, firm[1]);
    }
    if (!isFinite(low)) return [0.1, 1];
    if (this.log) return [Math.max(low, 1e-8) * 0.9, Math.max(high, 1e-7) * 1.1];
    if (!this.spec.log || low >= 0) low = Math.min(0, low);
    return [low, high > low ? high + (high - low) * 0.06 : low + 1];
  }

  blank(ink, plot) { // no axis: it would be one of nothing
    const { line, muted } = this.chart.colors;
    ink.strokeStyle = line;
    ink.lineWidth = 1;
    ink.strokeRect(plot.left + 0.5, plot.top + 0.5, plot.width - 1, plot.height - 1);
    ink.fillStyle = muted;
    ink.textAlign = "center";
    ink.textBaseline = "middle";
    const words = this.hidden.size ? "everything is hidden" : this.chart.live ? "nothing measured yet" : "nothing was measured";
    ink.fillText(words, plot.left + plot.width / 2, plot.top + plot.height / 2);
  }

  ground(ink, plot, x, y, [low, high], [first, last]) {
    const { chart, spec } = this;
    const { line, muted } = chart.colors;
    const ends = chart.epochs.map((row) => row[1]);
    const width = ends.length > 1 ? x(ends[1]) - x(ends[0]) : plot.width;
    if (width > 5) {
      ink.fillStyle = line;
      ink.globalAlpha = 0.28;
      for (let at = 1; at < ends.length; at += 2) {
        const a = Math.max(x(ends[at - 1]), plot.left), b = Math.min(x(ends[at]), plot.left + plot.width);
        if (b > a) ink.fillRect(a, plot.top, b - a, plot.height);
      }
      ink.globalAlpha = 1;
    }
    ink.strokeStyle = line;
    ink.fillStyle = muted;
    ink.lineWidth = 1;
    ink.textAlign = "right";
    ink.textBaseline = "middle";
    for (const v of this.log ? powers(low, high) : ticks(low, high, spec.small ? 2 : 5)) {
      const at = Math.round(y(v)) + 0.5;
      ink.beginPath();
      ink.moveTo(plot.left, at);
      ink.lineTo(plot.left + plot.width, at);
      ink.stroke();
      ink.fillText(short(v), plot.left - 6, at);
    }
    ink.textAlign = "center";
    ink.textBaseline = "top";
    for (const s of ticks(first, last, Math.max(2, plot.width / 90))) {
      if (Number.isInteger(s)) ink.fillText(s.toLocaleString("en"), x(s), plot.top + plot.height + 5);
    }
  }

  landmarks(ink, plot, x, y, inside) {
    const { chart, spec } = this;
    const { val, text, ground } = chart.colors;
    ink.setLineDash([4, 4]);
    ink.strokeStyle = text;
    ink.fillStyle = text;
    ink.textBaseline = "top";
    ink.textAlign = "left";
    const rows = []; // where the last label of each row ends: close ones go beneath each other
    for (const [step, label] of chart.marks.filter(([step]) => inside(step))) {
      ink.beginPath();
      ink.moveTo(x(step), plot.top);
      ink.lineTo(x(step), plot.top + plot.height);
      ink.stroke();
      if (spec.small) continue;
      const wide = ink.measureText(label).width;
      const end = plot.left + plot.width;
      const at = x(step) + 4 + wide > end ? Math.max(x(step) - 4 - wide, plot.left) : x(step) + 4;
      let row = rows.findIndex((until) => until < at);
      if (row < 0) row = rows.length;
      rows[row] = at + wide + 6;
      if (row < 6) ink.fillText(label, at, plot.top + 2 + 15 * row);
    }
    ink.setLineDash([]);
    const best = chart.epochs.find((row) => row[0] === chart.best && inside(row[1]));
    if (!best || spec.val === undefined || this.hidden.has("val") || best[spec.val] === null) return;
    const [bx, by] = [x(best[1]), y(best[spec.val])];
    ink.beginPath();
    ink.arc(bx, by, 6, 0, 7);
    ink.fillStyle = ground;
    ink.fill();
    ink.lineWidth = 2.5;
    ink.strokeStyle = val;
    ink.stroke();
    const words = `best: epoch ${best[0]}`;
    const wide = ink.measureText(words).width;
    const lx = Math.min(Math.max(bx - wide / 2, plot.left + 2), plot.left + plot.width - wide - 2);
    const ly = by < plot.top + 30 ? by + 10 : by - 24;
    ink.globalAlpha = 0.82;
    ink.fillStyle = ground;
    ink.fillRect(lx - 3, ly - 1, wide + 6, 16);
    ink.globalAlpha = 1;
    ink.fillStyle = text;
    ink.fillText(words, lx, ly);
  }

  pointer(ink, plot, x, y, shown) {
    const { chart } = this;
    if (this.drag) {
      ink.globalAlpha = 0.15;
      ink.fillStyle = chart.colors.val;
      ink.fillRect(Math.min(...this.drag), plot.top, Math.abs(this.drag[1] - this.drag[0]), plot.height);
      ink.globalAlpha = 1;
    }
    if (this.hover == null || this.hover < plot.left || this.hover > plot.left + plot.width) {
      this.tip.hidden = true;
      return;
    }
    const step = Math.round(this.toStep(this.hover));
    ink.strokeStyle = chart.colors.muted;
    ink.lineWidth = 1;
    ink.beginPath();
    ink.moveTo(this.hover, plot.top);
    ink.lineTo(this.hover, plot.top + plot.height);
    ink.stroke();
    const row = nearest(chart.steps.map((one) => [one[1], one[2]]), step);
    const lines = [`step ${step.toLocaleString("en")}` + (row ? `, epoch ${row[1]}` : "")];
    for (const one of shown) {
      const at = one.crowd ? null : one.dash ? between(one.line, step) : nearest(one.line, step);
      if (at) lines.push(`${one.name}: ${short(at[1])}`);
    }
    this.tip.replaceChildren(...lines.map((text) => Object.assign(document.createElement("div"), { textContent: text })));
    this.tip.hidden = false;
    const wide = this.tip.offsetWidth;
    const offset = this.canvas.offsetLeft + this.hover;
    this.tip.style.left = `${offset + 14 + wide > this.canvas.clientWidth ? offset - wide - 14 : offset + 14}px`;
    this.tip.style.top = `${this.canvas.offsetTop + 10}px`;
  }

  tell(all) { // the newest values, in the legend and for who can't see the canvas
    const words = [];
    for (const one of all) {
      const rows = one.latest && one.latest.length ? one.latest : one.line;
      const value = rows.length && !one.crowd ? short(rows[rows.length - 1][1]) : "";
      const { swatch, value: shown } = this.entries[one.id];
      swatch.style.background = one.dash
        ? `repeating-linear-gradient(90deg, ${one.color} 0 6px, transparent 6px 9px)` : one.color;
      shown.textContent = value;
      if (value) words.push(`${one.name} ${value}`);
    }
    this.canvas.setAttribute("aria-label", `${this.spec.title} over steps; newest: ${words.join(", ") || "none yet"}`);
  }
}

function smoothed(rows) { // exponential mean, corrected for its beginning
  let mean = 0, weight = 0;
  return rows.map(([step, value]) => {
    mean = SMOOTH * mean + (1 - SMOOTH) * value;
    weight = SMOOTH * weight + (1 - SMOOTH);
    return [step, mean / weight];
  });
}

function stroke(ink, rows, x, y, color, width, alpha, first, last, pixels) {
  // The neighbours just outside are kept, so that a line runs to the edge of a zoom.
  let from = rows.findIndex(([step]) => step >= first);
  if (from < 0) return;
  from = Math.max(from - 1, 0);
  let to = rows.length;
  while (to > from && rows[to - 1][0] > last) to--;
  let part = rows.slice(from, to + 1);
  if (part.length > pixels * 2) { // the least and the greatest of each pixel
    const each = Math.ceil(part.length / pixels), thin = [];
    for (let at = 0; at < part.length; at += each) {
      const stretch = part.slice(at, at + each);
      let low = stretch[0], high = stretch[0];
      for (const row of stretch) {
        if (row[1] < low[1]) low = row;
        if (row[1] > high[1]) high = row;
      }
      thin.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
    }
    part = thin;
  }
  ink.globalAlpha = alpha;
  ink.strokeStyle = color;
  ink.lineWidth = width;
  ink.lineJoin = "round";
  ink.beginPath();
  part.forEach(([step, value], at) => (at ? ink.lineTo(x(step), y(value)) : ink.moveTo(x(step), y(value))));
  ink.stroke();
  ink.globalAlpha = 1;
}

function dots(ink, rows, x, y, color) {
  ink.fillStyle = color;
  for (const [step, value] of rows) {
    ink.beginPath();
    ink.arc(x(step), y(value), 3, 0, 7);
    ink.fill();
  }
}

function nearest(rows, step) {
  let low = 0, high = rows.length - 1;
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][0] < step) low = middle + 1;
    else high = middle;
  }
  const before = rows[Math.max(low - 1, 0)];
  return Math.abs(before[0] - step) < Math.abs(rows[low][0] - step) ? before : rows[low];
}

function between(rows, step) { // the point of a line at a step; none beyond its ends
  const at = rows.findIndex((row) => row[0] >= step);
  if (at < 0 || (at === 0 && rows[0][0] > step)) return null;
  if (at === 0) return rows[0];
  const [[left, low], [right, high]] = [rows[at - 1], rows[at]];
  return [step, low + ((high - low) * (step - left)) / (right - left || 1)];
}

function quantiles(values) { // a few wild steps must not flatten the rest
  const sorted = values.slice().sort((a, b) => a - b);
  return [sorted[0], sorted[Math.floor((sorted.length - 1) * 0.995)]];
}
