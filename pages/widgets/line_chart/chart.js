// Lines of several runs over one axis, a panel a metric. A line is lifted out of the others while
// the pointer is near it or on its name, and for good by a click on its name.

const HEIGHT = 300, FEW = 8; // pixels; lines that are told apart by their colours
const NEAR = 30; // pixels between the pointer and a line that it means
const MANY_AT_ONCE = 4; // lines whose values the tip names together
const UNITS = { epoch: "epoch", step: "step", seconds: "seconds", samples: "samples" };

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".thaw-lines");
  const chart = root._chart || (root._chart = new Chart(root));
  chart.ask = (zoom) => setStateValue("zoom", zoom); // all points of what is looked at closely
  chart.take(data);
  return () => chart.rest();
}

class Chart {
  constructor(root) {
    this.root = root;
    this.names = element("div", "names", root);
    this.box = element("div", "panels", root);
    this.panels = new Map();
    this.pinned = new Set(); // names, so that they outlive other settings
    this.over = null;
    this.zoom = null; // [first, last] on the axis, shared by all panels
    this.resized = new ResizeObserver(() => this.schedule());
    this.resized.observe(root);
  }

  rest() {
    this.resized.disconnect();
    this.root._chart = null;
    this.root.replaceChildren();
  }

  take(data) {
    if (this.data && this.data.axis !== data.axis && this.zoom) this.setZoom(null);
    const same = this.data && JSON.stringify(this.data.names) === JSON.stringify(data.names);
    this.data = data;
    if (!same) { // else what has the focus, or is lifted out, stays so
      this.over = null;
      this.list(data.names);
    }
    const wanted = new Set(data.panels.map((panel) => panel.id));
    for (const [id, panel] of this.panels) {
      if (wanted.has(id)) continue;
      panel.box.remove();
      this.panels.delete(id);
    }
    data.panels.forEach((given, at) => {
      if (!this.panels.has(given.id)) this.panels.set(given.id, new Panel(this));
      const panel = this.panels.get(given.id);
      panel.data = given;
      panel.near = panel.hover ? panel.close() : null; // among the new lines
      const there = this.box.children[at] || null;
      if (there !== panel.box) this.box.insertBefore(panel.box, there); // moved, it loses the focus
    });
    this.schedule();
  }

  list(names) {
    this.buttons = names.map(({ name, note, color }, at) => {
      const button = document.createElement("button");
      button.type = "button";
      element("span", "swatch", button).style.background = color;
      element("span", "name", button).textContent = name;
      if (note && names.length <= FEW) element("span", "note", button).textContent = note;
      button.onpointerenter = () => this.lift(at);
      button.onpointerleave = () => this.lift(null);
      button.onfocus = () => this.lift(at);
      button.onblur = () => this.lift(null);
      button.onclick = () => {
        this.pinned.has(name) ? this.pinned.delete(name) : this.pinned.add(name);
        this.schedule();
      };
      return button;
    });
    this.names.replaceChildren(...this.buttons);
  }

  lift(at) {
    if (at === this.over) return;
    this.over = at;
    this.schedule();
  }

  lifted() { // which lines stand out; none: all are alike
    const found = new Set();
    this.data.names.forEach(({ name }, at) => { if (this.pinned.has(name)) found.add(at); });
    if (this.over !== null) found.add(this.over);
    return found;
  }

  extent() {
    return this.zoom || this.whole();
  }

  whole() {
    let low = Infinity, high = -Infinity;
    for (const panel of this.data.panels) for (const { x } of panel.lines) {
      low = Math.min(low, x[0]);
      high = Math.max(high, x[x.length - 1]);
    }
    return high > low ? [low, high] : [low - 0.5, low + 0.5];
  }

  least() {
    const [first, last] = this.whole();
    return (last - first) / 500;
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.ask(zoom);
    this.schedule();
  }

  schedule() {
    if (this.pending || !this.data) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      const began = performance.now();
      const lifted = this.lifted();
      this.buttons.forEach((button, at) => {
        button.setAttribute("aria-pressed", this.pinned.has(this.data.names[at].name));
        button.classList.toggle("pale", lifted.size > 0 && !lifted.has(at));
      });
      for (const panel of this.panels.values()) panel.draw(lifted);
      this.root.dataset.revision = this.data.revision; // for whoever waits until it is drawn
      this.root.dataset.lifted = [...lifted].map((at) => this.data.names[at].name).join("|");
      this.root.dataset.took = (performance.now() - began).toFixed(2);
    });
  }
}

class Panel {
  constructor(chart) {
    this.chart = chart;
    this.box = element("div", "panel");
    const head = element("div", "head", this.box);
    this.title = element("span", "title", head);
    this.reset = element("button", "reset", head);
    this.reset.type = "button";
    this.reset.textContent = "show all";
    this.reset.onclick = () => chart.setZoom(null);
    this.canvas = element("canvas", "", this.box);
    zoomByKeys(this.canvas, chart, this.box);
    this.none = element("div", "none", this.box);
    this.tip = element("div", "tip", this.box);
    this.tip.hidden = true;
    this.listen();
  }

  listen() {
    const { canvas, chart } = this;
    let from = null;
    canvas.onpointerdown = (event) => { from = event.offsetX; };
    canvas.onpointermove = (event) => {
      this.drag = from !== null && Math.abs(event.offsetX - from) > 4 ? [from, event.offsetX] : null;
      this.hover = [event.offsetX, event.offsetY];
      const close = this.close();
      this.near = close;
      chart.over = close ? close.line.n : null;
      chart.schedule();
    };
    canvas.onpointerup = () => {
      if (this.drag && this.fromX) {
        const [a, b] = this.drag.map(this.fromX).sort((x, y) => x - y);
        const [first, last] = chart.extent();
        if (b - a > (last - first) / 500) chart.setZoom([Math.max(a, first), Math.min(b, last)]);
      }
      from = this.drag = null;
      chart.schedule();
    };
    canvas.onpointerleave = () => {
      from = this.drag = this.hover = this.near = null;
      chart.lift(null);
      chart.schedule();
    };
    canvas.ondblclick = () => chart.setZoom(null);
  }

  close() { // the point under the pointer: of each line the nearest by x, of those the nearest
    if (!this.toX || this.drag) return null;
    const [px, py] = this.hover;
    let best = null;
    for (const line of this.data.lines) {
      const at = nearestAt(line.x, this.fromX(px));
      const away = Math.hypot((this.toX(line.x[at]) - px) / 2, this.toY(line.y[at]) - py);
      if (away < (best ? best.away : NEAR)) best = { line, at, away };
    }
    return best;
  }

  draw(lifted) {
    const { canvas, chart, data } = this;
    this.title.textContent = data.title;
    this.reset.style.display = chart.zoom ? "" : "none";
    this.none.textContent = data.lines.length ? "" : data.none;
    this.none.style.display = data.lines.length ? "none" : "";
    canvas.style.display = data.lines.length ? "" : "none";
    if (!data.lines.length) {
      this.tip.hidden = true;
      return;
    }
    const width = canvas.clientWidth;
    if (!width) return;
    const ratio = window.devicePixelRatio || 1;
    const [wide, tall] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    if (canvas.width !== wide || canvas.height !== tall) {
      canvas.width = wide;
      canvas.height = tall;
      canvas.style.height = `${HEIGHT}px`;
    }
    const left = 48, right = 14, top = 10, bottom = 38;
    const plot = { left, top, width: width - left - right, height: HEIGHT - top - bottom };
    const [first, last] = chart.extent();
    const [low, high] = this.range(first, last);
    const bend = data.log ? Math.log10 : (v) => v;
    const [l, h] = [bend(low), bend(high)];
    this.toX = (v) => left + ((v - first) / (last - first)) * plot.width;
    this.toY = (v) => top + (1 - (bend(v) - l) / (h - l)) * plot.height;
    this.fromX = (px) => first + ((px - left) / plot.width) * (last - first);

    const ink = canvas.getContext("2d");
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, width, HEIGHT);
    ink.font = `12px ${getComputedStyle(chart.root).fontFamily}`;
    this.ground(ink, plot, [low, high], [first, last]);
    ink.save();
    ink.beginPath();
    ink.rect(left - 8, top - 8, plot.width + 16, plot.height + 16);
    ink.clip();
    const few = chart.data.names.length <= FEW;
    const behind = data.lines.filter(({ n }) => lifted.size && !lifted.has(n));
    const before = data.lines.filter(({ n }) => !lifted.size || lifted.has(n));
    for (const line of behind) this.line(ink, line, 0.13, 1.25, false);
    for (const line of before) {
      const strong = lifted.size > 0;
      this.line(ink, line, strong || few ? 1 : 0.8, strong ? 2.75 : few ? 2.25 : 1.4, strong || few);
    }
    ink.restore();
    this.pointer(ink, plot);
    this.tell();
  }

  line(ink, line, alpha, width, whole) {
    const { toX, toY, chart } = this;
    const color = chart.data.names[line.n].color;
    ink.strokeStyle = ink.fillStyle = color;
    ink.lineJoin = "round";
    if (line.low) {
      ink.globalAlpha = 0.16 * alpha;
      ink.beginPath();
      line.x.forEach((v, at) => ink.lineTo(toX(v), toY(line.high[at])));
      for (let at = line.x.length - 1; at >= 0; at--) ink.lineTo(toX(line.x[at]), toY(line.low[at]));
      ink.fill();
    }
    if (whole && line.raw) this.stroke(ink, line.x, line.raw, 0.22 * alpha, 1);
    if (line.split === "train" && line.paired) ink.setLineDash([6, 4]);
    this.stroke(ink, line.x, line.y, line.split === "train" && line.paired ? 0.65 * alpha : alpha, width);
    ink.setLineDash([]);
    ink.globalAlpha = alpha;
    if (line.x.length === 1 || (whole && line.x.length <= 40)) {
      line.x.forEach((v, at) => disc(ink, toX(v), toY(line.y[at]), line.x.length === 1 ? 4 : 2.5));
    }
    if (whole && line.best) {
      const at = [toX(line.best[0]), toY(line.best[1])];
      ink.fillStyle = chart.data.colors.ground;
      disc(ink, ...at, 6);
      ink.lineWidth = 2.5;
      ink.stroke();
    }
    ink.globalAlpha = 1;
  }

  stroke(ink, xs, ys, alpha, width) {
    const { toX, toY } = this;
    ink.globalAlpha = alpha;
    ink.lineWidth = width;
    ink.beginPath();
    for (let at = 0; at < xs.length; at++) ink.lineTo(toX(xs[at]), toY(ys[at]));
    ink.stroke();
  }

  range(first, last) {
    const { data, chart } = this;
    let { low, high } = data;
    if (chart.zoom) { // what is in sight decides
      low = Infinity, high = -Infinity;
      for (const line of data.lines) for (let at = 0; at < line.x.length; at++) {
        if (line.x[at] < first || line.x[at] > last) continue;
        low = Math.min(low, line.low ? line.low[at] : line.y[at]);
        high = Math.max(high, line.high ? line.high[at] : line.y[at]);
      }
      if (!(high >= low)) ({ low, high } = data);
      if (!data.outliers) [low, high] = [Math.max(low, data.low), Math.min(high, data.high)];
      if (!(high >= low)) ({ low, high } = data);
    }
    if (data.log) {
      low = Math.max(low, data.low); // the end of a band may be nowhere on it
      return high > low ? [low / 1.06, high * 1.06] : [low / 2, low * 2];
    }
    const room = high > low ? (high - low) * 0.05 : Math.abs(low) * 0.1 || 1;
    return [low >= 0 && low < room ? 0 : low - room, high + room];
  }

  ground(ink, plot, [low, high], [first, last]) {
    const { chart, data, toX, toY } = this;
    const { line, muted } = chart.data.colors;
    ink.strokeStyle = line;
    ink.fillStyle = muted;
    ink.lineWidth = 1;
    ink.textAlign = "right";
    ink.textBaseline = "middle";
    for (const v of data.log ? decades(low, high) : ticks(low, high, 5)) {
      const at = Math.round(toY(v)) + 0.5;
      ink.beginPath();
      ink.moveTo(plot.left, at);
      ink.lineTo(plot.left + plot.width, at);
      ink.stroke();
      ink.fillText(short(v), plot.left - 6, at);
    }
    ink.textAlign = "center";
    ink.textBaseline = "top";
    const whole = chart.data.axis !== "seconds";
    for (const v of ticks(first, last, Math.max(2, plot.width / 64))) {
      if (whole && !Number.isInteger(v)) continue;
      ink.fillText(v.toLocaleString("en"), toX(v), plot.top + plot.height + 5);
    }
    ink.textAlign = "right";
    ink.fillText(UNITS[chart.data.axis], plot.left + plot.width, plot.top + plot.height + 21);
  }

  pointer(ink, plot) {
    const { chart } = this;
    const { accent, muted } = chart.data.colors;
    if (this.drag) {
      ink.globalAlpha = 0.15;
      ink.fillStyle = accent;
      ink.fillRect(Math.min(...this.drag), plot.top, Math.abs(this.drag[1] - this.drag[0]), plot.height);
      ink.globalAlpha = 1;
    }
    this.tip.hidden = true;
    if (!this.hover || this.drag) return;
    const [px, py] = this.hover;
    if (px < plot.left || px > plot.left + plot.width) return;
    const found = this.told();
    if (!found.length) return;
    ink.strokeStyle = muted;
    ink.lineWidth = 1;
    ink.beginPath();
    ink.moveTo(px, plot.top);
    ink.lineTo(px, plot.top + plot.height);
    ink.stroke();
    for (const { line, at } of found) {
      ink.fillStyle = chart.data.names[line.n].color;
      disc(ink, this.toX(line.x[at]), this.toY(line.y[at]), 4);
    }
    this.say(found, px, py);
  }

  told() {
    const { lines } = this.data;
    if (lines.length > MANY_AT_ONCE) return this.near ? [this.near] : [];
    return lines.map((line) => ({ line, at: nearestAt(line.x, this.fromX(this.hover[0])) }));
  }

  say(found, px, py) {
    const { names, axis } = this.chart.data;
    const at = found[0].line.x[found[0].at];
    const rows = [`${UNITS[axis]} ${Number(at.toFixed(axis === "epoch" ? 2 : 1)).toLocaleString("en")}`];
    this.tip.replaceChildren(element("div", ""));
    this.tip.firstChild.textContent = rows[0];
    for (const { line, at } of found) {
      const row = element("div", "row", this.tip);
      element("span", "swatch", row).style.background = names[line.n].color;
      const split = line.split === "train" && line.paired ? " (training)" : "";
      element("span", "name", row).textContent = names[line.n].name + split;
      element("b", "", row).textContent = short(line.y[at]);
      if (line.low) element("span", "note", row).textContent = `${short(line.low[at])} to ${short(line.high[at])}`;
    }
    const note = found.length === 1 && names[found[0].line.n].note;
    if (note) element("div", "note", this.tip).textContent = note;
    this.tip.hidden = false;
    const { offsetWidth: wide, offsetHeight: tall } = this.tip;
    const { offsetLeft, offsetTop, clientWidth } = this.canvas;
    const x = px + 14 + wide > clientWidth ? Math.max(px - wide - 14, 0) : px + 14;
    this.tip.style.left = `${offsetLeft + x}px`;
    this.tip.style.top = `${offsetTop + Math.min(Math.max(py - tall - 12, 4), HEIGHT - tall)}px`;
  }

  tell() { // for who can't see the canvas
    const { names, axis } = this.chart.data;
    const words = this.data.lines.slice(0, FEW).map((line) =>
      `${names[line.n].name}${line.split === "train" && line.paired ? " (training)" : ""} ${short(line.y[line.y.length - 1])}`);
    const more = this.data.lines.length > FEW ? ` and ${this.data.lines.length - FEW} more` : "";
    this.canvas.setAttribute("aria-label", `${this.data.title} over ${UNITS[axis]}; last values: ${words.join(", ")}${more}`);
  }
}

function disc(ink, x, y, radius) {
  ink.beginPath();
  ink.arc(x, y, radius, 0, 7);
  ink.fill();
}

function nearestAt(xs, value) {
  let low = 0, high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - xs[low - 1] < xs[low] - value ? low - 1 : low;
}

function decades(low, high) { // powers of ten alone where there are many of them
  const found = powers(low, high);
  return found.length > 9 ? found.filter((v) => Math.abs(Math.log10(v) % 1) < 1e-9) : found;
}
