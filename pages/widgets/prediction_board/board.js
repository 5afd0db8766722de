// A curve that is drawn with a finger, a mouse or the arrow keys: one handle an epoch, of a long
// run one every few epochs; or a level with one handle, for the accuracy at the end alone. What was
// drawn is sent when the finger is lifted, and with every key.

const HEIGHT = 300;
const PLOT = { left: 46, right: 16, top: 14, bottom: 40 };
const NEAR = 12; // pixels: a stroke takes the handles that it passes, and one that it is at
const STEPS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }; // percent
const SVG = "http://www.w3.org/2000/svg";

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".thaw-board");
  const board = root._board || (root._board = new Board(root));
  board.send = (value) => setStateValue("drawn", value);
  board.take(data);
  return () => board.rest();
}

class Board {
  constructor(root) {
    this.root = root;
    // Streamlit's own keys (r runs the page again, c clears its cache) are not meant in here.
    root.onkeydown = root.onkeyup = root.onkeypress = (event) => event.stopPropagation();
    this.count = 0; // of changes; the server says which of them it has
    this.resized = new ResizeObserver(() => {
      this.lift(); // what is built anew does not hold the finger any more
      this.build();
    });
    this.resized.observe(root);
  }

  rest() {
    this.resized.disconnect();
    this.root._board = null;
    this.root.replaceChildren();
  }

  take(data) {
    const old = this.data;
    this.data = data;
    for (const [name, color] of Object.entries(data.colors)) {
      this.root.style.setProperty(`--${name}`, color);
    }
    const other = !old || old.revision !== data.revision;
    if (other) this.pressed = null;
    // A stroke under way is newer than any answer; the one to itself comes when it has ended.
    if (other || (data.taken >= this.count && !this.pressed)) {
      this.values = data.values && data.values.slice();
      this.count = Math.max(this.count, data.taken);
      this.root.dataset.revision = data.revision;
      this.build();
    }
    this.wait();
  }

  wait() { // changes that the server has not answered yet, for whoever waits for it
    this.root.dataset.waiting = Math.max(this.count - this.data.taken, 0);
  }

  // --- the picture -------------------------------------------------------------------------

  build() {
    const width = this.root.clientWidth;
    if (!width || !this.data) return;
    const focused = this.handles && this.handles.indexOf(this.root.getRootNode().activeElement);
    const svg = make("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "group",
      "aria-label": "Predicted validation accuracy: a handle for each epoch, moved by the arrow keys" });
    this.plot = { x: PLOT.left, y: PLOT.top, width: width - PLOT.left - PLOT.right,
      height: HEIGHT - PLOT.top - PLOT.bottom };
    this.ground(svg);
    this.area = make("path", { class: "area" }, svg);
    this.line = make("path", { class: "line" }, svg);
    this.hint = make("text", { class: "hint", x: this.plot.x + this.plot.width / 2,
      y: this.plot.y + this.plot.height * 0.32, "text-anchor": "middle" }, svg);
    this.hint.textContent = this.data.level ? "Press where it will end" : width < 480
      ? "Draw the curve here" : "Draw the curve here: press, and move from left to right";
    this.said = make("text", { class: "said" }, svg);
    this.handles = this.data.epochs.map((epoch, place) => this.handle(svg, epoch, place));
    svg.onpointerdown = (event) => this.press(event);
    svg.onpointermove = (event) => this.move(event);
    svg.onpointerup = svg.onpointercancel = () => this.lift();
    svg.onpointerleave = () => { this.shown = null; this.refresh(); };
    this.svg = svg;
    this.root.replaceChildren(svg);
    this.refresh();
    if (focused >= 0) this.handles[focused]?.focus();
  }

  ground(svg) {
    const { x, y, width, height } = this.plot;
    for (const percent of [0, 25, 50, 75, 100]) {
      const at = this.y(percent / 100);
      make("line", { class: "grid", x1: x, x2: x + width, y1: at, y2: at }, svg);
      this.text(svg, `${percent} %`, x - 8, at + 4, "end");
    }
    const { epochs, chance } = this.data;
    const room = Math.max(1, Math.ceil(epochs.length / Math.max(1, Math.floor(width / 40))));
    epochs.forEach((epoch, place) => {
      const last = place === epochs.length - 1;
      if (last || (place % room === 0 && epochs.length - 1 - place >= room)) {
        this.text(svg, String(epoch), this.x(place), y + height + 18, "middle");
      }
    });
    this.text(svg, "epoch", x + width / 2, y + height + 35, "middle");
    if (chance) {
      const at = this.y(chance);
      make("line", { class: "chance", x1: x, x2: x + width, y1: at, y2: at }, svg);
      this.text(svg, "guessing", x + width - 2, at - 5, "end");
    }
  }

  text(svg, words, x, y, anchor) {
    make("text", { x, y, "text-anchor": anchor }, svg).textContent = words;
  }

  handle(svg, epoch, place) {
    const made = make("circle", { class: "handle", r: 7, cx: this.x(place), tabindex: 0, role: "slider",
      "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-label": `Epoch ${epoch}` }, svg);
    made.onkeydown = (event) => this.key(event, place);
    made.onfocus = () => { this.shown = place; this.refresh(); };
    made.onblur = () => { this.shown = null; this.refresh(); };
    return made;
  }

  refresh() {
    const drawn = this.values;
    const points = (drawn || []).map((value, place) => [this.x(place), this.y(value)]);
    this.line.classList.toggle("level", this.data.level);
    const path = points.map(([x, y], at) => `${at ? "L" : "M"}${x},${y}`).join(" ");
    this.line.setAttribute("d", path);
    const floor = this.plot.y + this.plot.height;
    this.area.setAttribute("d", points.length > 1
      ? `${path} L${points[points.length - 1][0]},${floor} L${points[0][0]},${floor} Z` : "");
    this.hint.style.display = drawn ? "none" : "";
    this.root.dataset.drawn = drawn ? drawn.join(" ") : ""; // for whoever waits for a stroke
    this.handles.forEach((handle, place) => {
      const value = drawn ? drawn[place] : this.data.chance || 0;
      handle.style.display = this.isHandle(place) ? "" : "none";
      handle.setAttribute("cy", this.y(value));
      handle.setAttribute("aria-valuenow", Math.round(100 * value));
      handle.setAttribute("aria-valuetext", drawn ? `${Math.round(100 * value)} %` : "nothing drawn yet");
      handle.classList.toggle("pale", !drawn);
    });
    const place = this.shown;
    this.said.textContent = "";
    if (place == null || !drawn || place >= drawn.length) return;
    this.said.textContent = `${Math.round(100 * drawn[place])} %`;
    const [x, y] = points[place];
    const wide = 22;
    this.said.setAttribute("x", Math.min(Math.max(x, this.plot.x + wide), this.plot.x + this.plot.width - wide));
    this.said.setAttribute("y", y < this.plot.y + 26 ? y + 24 : y - 14);
  }

  isHandle(place) {
    return !this.data.level || place === this.data.epochs.length - 1;
  }

  set(place, value) {
    if (this.data.level) this.values.fill(value);
    else this.values[place] = value;
  }

  x(place) {
    const { epochs } = this.data;
    if (epochs.length === 1) return this.plot.x + this.plot.width / 2;
    const share = (epochs[place] - epochs[0]) / (epochs[epochs.length - 1] - epochs[0]);
    return this.plot.x + 8 + share * (this.plot.width - 16);
  }

  y(value) {
    return this.plot.y + (1 - value) * this.plot.height;
  }

  // --- a stroke ----------------------------------------------------------------------------

  at(event) {
    const box = this.svg.getBoundingClientRect();
    const value = 1 - (event.clientY - box.top - this.plot.y) / this.plot.height;
    return { x: event.clientX - box.left, value: rounded(value) };
  }

  nearest(x) {
    if (this.data.level) return this.data.epochs.length - 1;
    const apart = this.data.epochs.map((_, place) => Math.abs(this.x(place) - x));
    return apart.indexOf(Math.min(...apart));
  }

  press(event) {
    if (event.button) return;
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    const now = this.at(event);
    const held = this.nearest(now.x);
    this.pressed = { from: now, held, isFirst: !this.values, passed: false, right: now.x,
      x: now.x, value: now.value };
    // The first press is a flat line; the stroke then bends what it passes.
    if (!this.values) this.values = this.data.epochs.map(() => now.value);
    this.set(held, now.value);
    this.shown = held;
    this.refresh();
  }

  move(event) {
    if (!this.pressed) {
      if (event.pointerType === "mouse") {
        this.shown = this.nearest(this.at(event).x);
        this.refresh();
      }
      return;
    }
    const now = this.at(event), { from, held } = this.pressed;
    this.pressed.right = Math.max(this.pressed.right, now.x);
    if (!this.data.level) this.data.epochs.forEach((_, place) => {
      const x = this.x(place);
      const isBetween = (x - from.x) * (x - now.x) < 0;
      if (isBetween && Math.abs(now.x - from.x) > 0.5) {
        const share = (x - from.x) / (now.x - from.x);
        this.values[place] = rounded(from.value + share * (now.value - from.value));
        if (place !== held) this.pressed.passed = true;
      } else if (Math.abs(x - now.x) <= NEAR && place !== held) {
        this.values[place] = now.value;
        this.pressed.passed = true;
      } else if (this.pressed.isFirst && x > this.pressed.right) {
        this.values[place] = now.value; // what is still to come goes on flat
      }
    });
    this.follow(now);
    this.shown = this.pressed.passed ? this.nearest(now.x) : held;
    this.pressed.from = now;
    this.refresh();
  }

  follow(now) { // the handle that was pressed goes up and down, until the stroke leaves it
    const { pressed } = this;
    if (pressed.passed) return;
    const away = this.data.level ? 0 : Math.abs(now.x - pressed.x);
    if (away <= NEAR / 3) pressed.value = now.value;
    if (away > NEAR) pressed.passed = true;
    this.set(pressed.held, away > NEAR ? pressed.value : now.value);
  }

  lift() {
    if (!this.pressed) return;
    this.pressed = null;
    this.tell();
  }

  // --- the keyboard ------------------------------------------------------------------------

  key(event, place) {
    const to = { ArrowLeft: place - 1, ArrowRight: place + 1 }[event.key];
    if (to !== undefined) {
      if (!this.data.level) this.handles[Math.min(Math.max(to, 0), this.handles.length - 1)].focus();
    } else if (event.key in STEPS || event.key === "Home" || event.key === "End") {
      if (!this.values) this.values = this.data.epochs.map(() => rounded(this.data.chance || 0));
      const moved = this.values[place] + (STEPS[event.key] || 0) / 100;
      this.set(place, event.key === "Home" ? 0 : event.key === "End" ? 1 : rounded(moved));
      this.refresh();
      this.tell();
    } else return;
    event.preventDefault();
  }

  tell() { // at once: what is sent as the focus leaves would overtake the click that took it
    this.count += 1;
    this.wait();
    this.send({ revision: this.data.revision, count: this.count, values: this.values });
  }
}

function make(kind, attributes, parent) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return parent ? parent.appendChild(made) : made;
}

function rounded(value) { // whole percents
  return Math.min(Math.max(Math.round(100 * value) / 100, 0), 1);
}
