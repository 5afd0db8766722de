// The stages as a strip and the layers as a tree. A click is answered here at once and sent on in
// a list; rows are drawn only where they are seen, so that 1,400 modules cost no more than 14.

const WIDE_ROW = 36, NARROW_ROW = 56, NARROW = 620, AROUND = 6;
const SPOKEN = { on: "trains", off: "frozen" };
const ARIA = { on: "true", off: "false", mixed: "mixed" };
const FLAKE = `<path d="M8 1v14M2 4.5l12 7M14 4.5l-12 7M6 2l2 2 2-2M6 14l2-2 2 2M1.8 7.2l2.6-.8-.6-2.7
  M14.2 8.8l-2.6.8.6 2.7M14.2 7.2l-2.6-.8.6-2.7M1.8 8.8l2.6.8-.6 2.7" fill="none"
  stroke="currentColor" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>`;
const FLAME = `<path d="M8.6.8c.5 3-1.2 4-2.4 5.6-.5-.5-.7-1.2-.7-1.9C3.8 5.9 3 7.6 3 9.6 3 12.6
  5.2 15 8 15s5-2.4 5-5.200C13 6 10.4 3.6 8.6.8zM8 13.600c-1.5 0-2.5-1.1-2.5-2.5 0-1.7 1.6-2.4
  2.3-4.1 1.3 1.1 2.7 2.5 2.7 4.2 0 1.4-1 2.4-2.5 2.400z" fill="currentColor" fill-rule="evenodd"/>`;
const CHECK = `<path d="M2.5 8.500l3.5 3.5 7.5-8" fill="none" stroke="currentColor"/>`;
const CHEVRON = `<path d="M6 3l5 5-5 5" fill="none" stroke="currentColor" stroke-width="2"/>`;
const HALF = `${FLAKE.replace("/>", ' opacity="0"/>')}<path d="M3 8h10" stroke="currentColor"
  stroke-width="3"/>`;
const ICONS = { on: FLAME, off: FLAKE, mixed: HALF };

// Outlives the mount: after another page Streamlit mounts anew, with the data of the last
// revision, and the clicks since then are only here.
const kept = (globalThis[Symbol.for("thaw.freeze_tree")] ??= {
  structure: null, revision: null, clicks: [], open: new Set(), last: 0, scroll: 0,
});

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".thaw-layers");
  const view = root._view || (root._view = new View(root));
  view.send = (clicks) => setStateValue("clicks", clicks);
  view.take(data);
  return () => view.rest();
}

// --- which layers train ---------------------------------------------------------------------

class Layers {
  constructor(rows) {
    this.rows = rows.map(([name, type, own, output], at) => (
      { at, name, type, own, output, children: [], end: rows.length, parent: null, level: 1 }
    ));
    // Rows come depth first: what lies in a module is the stretch from it to its end.
    const path = [];
    for (const row of this.rows) {
      while (path.length && !within(row.name, path[path.length - 1].name)) path.pop().end = row.at;
      row.parent = path[path.length - 1] || null;
      row.level = path.length + 1;
      if (row.parent) row.parent.children.push(row);
      path.push(row);
    }
    this.byName = new Map(this.rows.map((row) => [row.name, row]));
    this.on = new Uint8Array(rows.length);
  }

  set(text, clicks) {
    for (let at = 0; at < this.on.length; at++) this.on[at] = text[at] === "1" ? 1 : 0;
    for (const [, name, value] of clicks) this.fill(name, value);
    this.count();
  }

  fill(name, value) {
    const row = this.byName.get(name);
    if (row) this.on.fill(value ? 1 : 0, row.at, row.end);
  }

  count() { // sums from the first row to each, so that a stretch is one subtraction
    const size = this.rows.length + 1;
    const sums = { params: new Float64Array(size), warm: new Float64Array(size),
      layers: new Uint32Array(size), lit: new Uint32Array(size) };
    this.rows.forEach(({ own }, at) => {
      const layer = own > 0 ? 1 : 0, on = this.on[at];
      sums.params[at + 1] = sums.params[at] + own;
      sums.warm[at + 1] = sums.warm[at] + own * on;
      sums.layers[at + 1] = sums.layers[at] + layer;
      sums.lit[at + 1] = sums.lit[at] + layer * on;
    });
    for (const row of this.rows) {
      for (const [name, sum] of Object.entries(sums)) row[name] = sum[row.end] - sum[row.at];
      row.state = row.lit === 0 ? "off" : row.lit === row.layers ? "on" : "mixed";
    }
  }
}

function within(name, ancestor) {
  return ancestor === "" || name === ancestor || name.startsWith(`${ancestor}.`);
}

// --- all of it ------------------------------------------------------------------------------

class View {
  constructor(root) {
    this.root = root;
    // Streamlit's own keys (r runs the page again, c clears its cache) are not meant in here.
    root.onkeydown = root.onkeyup = root.onkeypress = (event) => event.stopPropagation();
    this.strip = new Strip(this, element("div", "", root));
    this.tree = new Tree(this, element("div", "", root));
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(root);
  }

  rest() {
    this.resized.disconnect();
    this.root._view = null;
    this.root.replaceChildren();
  }

  take(data) {
    for (const [name, color] of Object.entries(data.colors)) {
      this.root.style.setProperty(`--${name}`, color);
    }
    const fresh = kept.structure !== data.structure;
    if (fresh) Object.assign(kept, { structure: data.structure, clicks: [], scroll: 0 });
    if (kept.revision !== data.revision) {
      kept.revision = data.revision;
      kept.clicks = kept.clicks.filter(([number]) => number > data.taken);
      kept.last = Math.max(kept.last, data.taken);
    }
    if (!this.layers || fresh) {
      this.layers = new Layers(data.rows);
      this.stages = data.stages.map((name) => this.layers.byName.get(name));
      this.head = new Set(data.head);
      if (fresh) kept.open = this.aboveStages();
    }
    this.layers.set(data.on, kept.clicks);
    this.root.dataset.revision = data.revision;
    this.tree.look();
    this.draw();
  }

  aboveStages() {
    const open = new Set();
    for (const stage of this.stages) {
      for (let row = stage.parent; row; row = row.parent) open.add(row.name);
    }
    return open;
  }

  toggle(row) {
    const value = row.state !== "on";
    kept.last = Math.max(kept.last + 1, Date.now());
    // A click on a module settles all earlier ones in it.
    kept.clicks = kept.clicks.filter(([, name]) => !within(name, row.name));
    kept.clicks.push([kept.last, row.name, value]);
    this.layers.fill(row.name, value);
    this.layers.count();
    this.draw();
    this.send({ structure: kept.structure, list: kept.clicks });
  }

  isNewHead(row) {
    return this.head.has(row.name);
  }

  draw() {
    if (!this.layers || !this.root.clientWidth) return;
    this.narrow = this.root.clientWidth < NARROW;
    this.root.classList.toggle("narrow", this.narrow);
    this.strip.draw(this.root.clientWidth);
    this.tree.draw();
  }
}

// --- the strip ------------------------------------------------------------------------------

class Strip {
  constructor(view, box) {
    this.view = view;
    this.legend = element("div", "legend", box);
    this.counts = {};
    for (const [state, text] of [["on", "trains"], ["off", "frozen"], ["mixed", "some of it"]]) {
      const entry = element("span", "", this.legend);
      entry.dataset.state = state;
      element("span", "chip", entry).innerHTML = state === "mixed" ? "" : icon(ICONS[state]);
      element("span", "", entry).textContent = text;
      this.counts[state] = element("b", "", entry);
    }
    this.strip = element("div", "strip", box);
    this.strip.setAttribute("role", "toolbar");
    this.strip.setAttribute("aria-label", "Stages, from the image to the prediction");
    this.strip.onkeydown = (event) => this.key(event);
    this.note = element("div", "note", box);
    this.buttons = [];
  }

  draw(width) {
    const { view } = this;
    const whole = view.layers.rows[0];
    this.counts.on.textContent = short(whole.warm);
    this.counts.off.textContent = short(whole.params - whole.warm);
    if (this.of !== view.layers) this.build();
    const count = view.stages.length, room = width - 3 * (count - 1);
    const least = Math.min(76, Math.max(6, (room / count) * 0.72));
    const sum = view.stages.reduce((all, row) => all + row.params, 0);
    view.stages.forEach((row, at) => {
      const share = row.params / sum;
      this.show(this.buttons[at], row, least, share, least + (room - least * count) * share);
    });
    this.tell();
  }

  build() {
    this.of = this.view.layers;
    this.at = 0;
    this.pointed = null;
    this.buttons = this.view.stages.map((row, at) => {
      const button = element("button", "stage", null);
      button.type = "button";
      button.tabIndex = at === 0 ? 0 : -1;
      button.setAttribute("role", "checkbox");
      const plate = element("span", "plate", button);
      const parts = { icon: element("span", "icon", plate), words: element("span", "words", plate) };
      element("b", "", parts.words).textContent = stageLabel(row.name);
      parts.type = element("small", "", parts.words);
      parts.count = element("small", "", parts.words);
      if ([...this.view.head].some((path) => within(path, row.name))) {
        const tag = this.view.isNewHead(row) ? "new head" : "with new head";
        element("small", "tag", parts.words).textContent = tag;
      }
      button._parts = parts;
      button.onclick = () => { this.focus(at); this.view.toggle(row); };
      button.onpointerenter = () => { this.pointed = row; this.tell(); };
      button.onpointerleave = () => { this.pointed = null; this.tell(); };
      button.onfocus = () => { this.focused = row; this.tell(); };
      button.onblur = () => { this.focused = null; this.tell(); };
      return button;
    });
    this.strip.replaceChildren(...this.buttons);
  }

  show(button, row, least, share, width) {
    const { icon: sign, words, type, count } = button._parts;
    button.style.flex = `${share} 1 ${least}px`;
    button.dataset.state = row.state;
    button.setAttribute("aria-checked", ARIA[row.state]);
    button.setAttribute("aria-label", `${row.name}, ${row.type}, ${long(row.params)} parameters, ${spoken(row)}`);
    const needed = 22 + 8.2 * words.firstChild.textContent.length;
    button.classList.toggle("flat", width >= needed);
    button.classList.toggle("upright", width < needed && width >= 22);
    button.classList.toggle("thin", width < 22);
    sign.innerHTML = icon(ICONS[row.state]);
    type.textContent = row.type;
    count.textContent = short(row.params);
  }

  tell() {
    const row = this.pointed || this.focused;
    this.note.replaceChildren();
    if (!row) {
      this.note.textContent = "From the image on the left to the prediction on the right; the width "
        + "grows with the parameters. A click thaws or freezes a stage.";
      return;
    }
    element("b", "", this.note).textContent = row.name;
    const act = row.state === "on" ? "A click freezes it." : "A click lets all of it train.";
    this.note.append(` · ${row.type} · ${long(row.params)} parameters · ${spoken(row)}. ${act}`);
  }

  focus(at) {
    this.at = Math.min(Math.max(at, 0), this.buttons.length - 1);
    this.buttons.forEach((button, place) => { button.tabIndex = place === this.at ? 0 : -1; });
    this.buttons[this.at].focus({ preventScroll: true });
  }

  key(event) {
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.focus(to);
  }
}

// --- the tree -------------------------------------------------------------------------------

class Tree {
  constructor(view, box) {
    this.view = view;
    const tools = element("div", "tools", box);
    this.search = element("input", "", tools);
    this.search.type = "search";
    this.search.placeholder = "Search layers or types";
    this.search.setAttribute("aria-label", "Search layers or types");
    this.search.oninput = () => this.filter();
    this.search.onkeydown = (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.filter(); }
      if (event.key === "ArrowDown") { event.preventDefault(); this.scroller.focus(); }
    };
    this.tool(tools, "Expand all", () => this.open(this.view.layers.rows));
    this.tool(tools, "Stages only", () => this.open([...this.view.aboveStages()].map(
      (name) => this.view.layers.byName.get(name))));
    this.found = element("span", "found", tools);
    this.found.setAttribute("role", "status");

    const frame = element("div", "frame", box);
    const titles = element("div", "titles", frame);
    titles.setAttribute("aria-hidden", "true");
    for (const text of ["Layer", "Type", "Output", "Parameters", "Now"]) {
      element("span", "", titles).textContent = text;
    }
    this.scroller = element("div", "scroller", frame);
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "tree");
    this.scroller.setAttribute("aria-label", "Layers");
    this.scroller.onkeydown = (event) => this.key(event);
    this.scroller.onscroll = () => { kept.scroll = this.scroller.scrollTop; this.fill(); };
    this.sizer = element("div", "sizer", this.scroller);
    this.sizer.setAttribute("role", "none");
    this.none = element("div", "none", frame);
    this.none.textContent = "No layer has this in its name or type.";
    this.drawn = new Map();
    this.words = [];
  }

  tool(parent, text, act) {
    const button = element("button", "", parent);
    button.type = "button";
    button.textContent = text;
    button.onclick = act;
  }

  open(rows) {
    kept.open = new Set(rows.map((row) => row.name));
    this.search.value = "";
    this.filter();
  }

  filter() {
    this.words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.scroller.scrollTop = 0;
    this.look();
    this.draw();
  }

  look() { // who matches, and which rows can be seen
    const { layers } = this.view;
    if (this.of !== layers) {
      this.of = layers;
      this.active = layers.rows[0];
      this.drawn.forEach((el) => el.remove());
      this.drawn.clear();
      this.restore = true;
    }
    let matches = 0;
    this.shut = this.words.length ? this.shut || new Set() : null;
    for (const row of layers.rows) row.leads = false;
    for (const row of [...layers.rows].reverse()) {
      const text = `${row.name} ${row.type}`.toLowerCase();
      row.matches = this.words.length > 0 && this.words.every((word) => text.includes(word));
      if (row.matches) matches++;
      if ((row.matches || row.leads) && row.parent) row.parent.leads = true;
    }
    this.found.textContent = this.words.length ? `${matches} of ${layers.rows.length}` : "";
    this.list();
  }

  list() {
    this.visible = [];
    const root = this.view.layers.rows[0];
    if (!this.words.length || root.matches || root.leads) this.add(root);
    if (!this.visible.includes(this.active)) this.active = this.visible[0];
  }

  add(row) {
    row.seen = this.visible.length;
    this.visible.push(row);
    if (this.isOpen(row)) for (const child of this.childrenOf(row)) this.add(child);
  }

  childrenOf(row) { // while searching: the way to what was found, or all of what was found itself
    return this.words.length && row.leads
      ? row.children.filter((child) => child.matches || child.leads) : row.children;
  }

  isOpen(row) {
    if (!row.children.length) return false;
    if (this.words.length) return row.leads ? !this.shut.has(row.name) : this.shut.has(row.name);
    return kept.open.has(row.name);
  }

  turn(row, open) {
    if (!row.children.length || this.isOpen(row) === open) return;
    const set = this.words.length ? this.shut : kept.open;
    set.has(row.name) ? set.delete(row.name) : set.add(row.name);
    this.list();
    this.draw();
  }

  draw() {
    const { view } = this;
    this.height = view.narrow ? NARROW_ROW : WIDE_ROW;
    this.sizer.style.height = `${this.visible.length * this.height}px`;
    const most = Math.min(560, window.innerHeight * 0.7);
    this.scroller.style.height = `${Math.min(most, Math.max(1, this.visible.length) * this.height)}px`;
    this.scroller.hidden = !this.visible.length;
    this.none.hidden = this.visible.length > 0;
    view.root.style.setProperty("--row", `${this.height}px`);
    if (this.restore) this.scroller.scrollTop = kept.scroll;
    this.restore = false;
    this.fill();
  }

  fill() { // the rows in sight and some around them; the others leave the page
    const from = Math.max(0, Math.floor(this.scroller.scrollTop / this.height) - AROUND);
    const until = from + Math.ceil(this.scroller.clientHeight / this.height) + 2 * AROUND;
    const shown = this.visible.slice(from, until);
    const keep = new Set(shown);
    this.drawn.forEach((el, row) => {
      if (!keep.has(row)) { el.remove(); this.drawn.delete(row); }
    });
    for (const row of shown) {
      if (!this.drawn.has(row)) this.drawn.set(row, this.sizer.appendChild(this.row(row)));
      this.show(this.drawn.get(row), row);
    }
    if (this.active) this.scroller.setAttribute("aria-activedescendant", `row${this.active.at}`);
  }

  row(row) {
    const el = element("div", "row", null);
    el.id = `row${row.at}`;
    el.setAttribute("role", "treeitem");
    el.setAttribute("aria-level", row.level);
    el.style.setProperty("--indent", `${(row.level - 1) * (this.view.narrow ? 12 : 20)}px`);
    const lead = element("span", "lead", el);
    lead.style.paddingLeft = "var(--indent)";
    const twist = element("span", "twist", lead);
    twist.innerHTML = icon(CHEVRON);
    twist.onclick = () => { this.point(row); this.turn(row, !this.isOpen(row)); };
    const tick = element("span", "tick", lead);
    tick.onclick = () => { this.point(row); this.view.toggle(row); };
    element("span", "box", tick).innerHTML = icon(CHECK);
    const name = element("span", "name", tick);
    if (this.view.isNewHead(row)) element("span", "tag", tick).textContent = "new head";
    element("span", "type", el).textContent = row.type;
    element("span", "output", el).textContent = row.output;
    element("span", "params", el).textContent = short(row.params);
    const state = element("span", "state", el);
    const sign = element("span", "", state);
    el._parts = { name, sign, words: element("span", "", state) };
    if (row.own && row.children.length) {
      el.title = `${long(row.own)} of the parameters are its own and go with the whole module.`;
    }
    el.classList.toggle("stage-row", row.at === 0 || this.view.stages.includes(row));
    return el;
  }

  show(el, row) {
    const { name, sign, words } = el._parts;
    const siblings = row.parent ? this.childrenOf(row.parent) : [row];
    el.style.top = `${row.seen * this.height}px`;
    el.dataset.state = row.state;
    el.classList.toggle("active", row === this.active);
    el.setAttribute("aria-checked", ARIA[row.state]);
    el.setAttribute("aria-setsize", siblings.length);
    el.setAttribute("aria-posinset", siblings.indexOf(row) + 1);
    if (row.children.length) el.setAttribute("aria-expanded", this.isOpen(row));
    const head = this.view.isNewHead(row) ? ", new head" : "";
    el.setAttribute("aria-label", `${row.name || "whole model"}${head}, ${row.type}, `
      + `${long(row.params)} parameters, ${spoken(row)}`);
    const label = marked(row.name.slice(row.name.lastIndexOf(".") + 1) || "whole model",
      row.matches ? this.words : []);
    if (name.innerHTML !== label) name.innerHTML = label;
    if (el._state !== row.state) sign.innerHTML = icon(ICONS[row.state]);
    el._state = row.state;
    words.textContent = spoken(row);
  }

  point(row) {
    this.active = row;
    this.scroller.focus({ preventScroll: true });
    const top = row.seen * this.height, { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    if (top + this.height > scrollTop + clientHeight) {
      this.scroller.scrollTop = top + this.height - clientHeight;
    }
    this.fill();
  }

  key(event) {
    const row = this.active;
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.height) - 1);
    const open = this.isOpen(row);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
      Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      const to = Math.min(Math.max(row.seen + steps[event.key], 0), this.visible.length - 1);
      this.point(this.visible[to]);
    } else if (event.key === "ArrowRight") {
      if (open) this.point(this.childrenOf(row)[0]);
      else this.turn(row, true);
    } else if (event.key === "ArrowLeft") {
      if (open) this.turn(row, false);
      else if (row.parent) this.point(row.parent);
    } else if (event.key === " " || event.key === "Enter") {
      if (!event.repeat) this.view.toggle(row);
    } else return;
    event.preventDefault();
  }
}

// --- words and elements ---------------------------------------------------------------------

function element(kind, name, parent) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  return parent ? parent.appendChild(made) : made;
}

function icon(path) {
  return `<svg viewBox="0 0 16 16" aria-hidden="true">${path}</svg>`;
}

function spoken(row) {
  if (row.state !== "mixed") return SPOKEN[row.state];
  const percent = (100 * row.warm) / row.params;
  if (percent < 1) return "under 1 % trains";
  return percent > 99 ? "over 99 % trains" : `${Math.round(percent)} % trains`;
}

function stageLabel(name) { // a number alone says nothing: features.3
  const parts = name.split(".");
  return parts.slice(/^\d+$/.test(parts[parts.length - 1]) ? -2 : -1).join(".");
}

function marked(text, words) {
  const found = words.map((word) => [text.toLowerCase().indexOf(word), word.length])
    .find(([at]) => at >= 0);
  if (!found) return escaped(text);
  const [at, size] = found;
  return `${escaped(text.slice(0, at))}<mark>${escaped(text.slice(at, at + size))}</mark>`
    + escaped(text.slice(at + size));
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function long(count) {
  return count.toLocaleString("en");
}

function short(count) { // as pages/widgets/sizes.py spells it
  let unit = 0;
  while (count >= 999.5 && unit < 4) { count /= 1000; unit++; }
  const digits = unit === 0 || count >= 99.95 ? count.toFixed(0) : String(+count.toPrecision(3));
  return `${digits} ${["", "k", "M", "G", "T"][unit]}`.trim();
}
