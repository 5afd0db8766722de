// All layers as a tree with checkboxes. Rows are drawn only where they are seen, so that 1,400
// modules cost no more than 14.

const WIDE_ROW = 36, NARROW_ROW = 56, AROUND = 6;

class Tree {
  constructor(view, box) {
    this.view = view;
    const tools = element("div", "tools", box);
    this.search = element("input", "", tools);
    this.search.type = "search";
    this.search.placeholder = "Search, or a pattern: layer3.* or *.bn2";
    this.search.setAttribute("aria-label",
      "Search layers and types, or a pattern such as layer3.* or *.bn2");
    this.search.spellcheck = false;
    this.search.oninput = () => this.filter();
    this.search.onkeydown = (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.filter(); }
      if (event.key === "ArrowDown") { event.preventDefault(); this.scroller.focus(); }
    };
    this.kinds = element("select", "", tools);
    this.kinds.setAttribute("aria-label", "Find all of a type");
    this.kinds.onchange = () => {
      this.search.value = this.kinds.value;
      this.kinds.value = "";
      this.filter();
    };
    this.tool(tools, "Expand all", () => this.open(this.view.layers.rows.filter(
      (row) => row.children.some((child) => !child.parameter))));
    this.tool(tools, "Stages only", () => this.open([...this.view.aboveStages()].map(
      (name) => this.view.layers.byName.get(name))));
    this.chosen = element("div", "tools chosen", box);
    this.found = element("span", "found", this.chosen);
    this.found.setAttribute("role", "status");
    this.thaw = this.tool(this.chosen, "Let all of these train", () => this.setFound(true));
    this.freeze = this.tool(this.chosen, "Freeze all of these", () => this.setFound(false));

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
    this.none.textContent = "No layer has this in its name or type, and no pattern matches.";
    this.drawn = new Map();
    this.words = [];
    this.asked = false;
    this.selected = this.matched = [];
  }

  tool(parent, text, act) {
    const button = element("button", "", parent);
    button.type = "button";
    button.textContent = text;
    button.onclick = act;
    return button;
  }

  setFound(value) { // a pattern goes into the plan as it is, words as the rows that have them
    const text = this.search.value.trim();
    this.view.set(isPattern(text) ? [text] : this.selected.map((row) => row.name), value);
  }

  tell() {
    const some = this.asked && this.selected.length > 0;
    this.chosen.hidden = !some;
    if (!some) { this.found.textContent = ""; return; }
    const { params, warm } = sums(this.selected);
    this.found.textContent = foundWords(this.selected.length, params, warm);
    this.thaw.disabled = warm === params;
    this.freeze.disabled = warm === 0;
  }

  open(rows) {
    kept.open = new Set(rows.map((row) => row.name));
    this.search.value = "";
    this.filter();
  }

  filter() {
    const text = this.search.value.trim();
    this.asked = text !== "";
    this.words = isPattern(text) ? [] : text.toLowerCase().split(/\s+/).filter(Boolean);
    this.scroller.scrollTop = 0;
    this.look();
    this.draw();
  }

  look() { // who matches, and which rows can be seen
    const { layers } = this.view;
    if (this.of !== layers) {
      this.of = layers;
      offerKinds(this.kinds, layers);
      this.active = layers.rows[0];
      this.clear();
      this.restore = true;
    }
    this.shut = this.asked ? this.shut || new Set() : null;
    this.selected = this.select();
    for (const row of layers.rows) row.leads = false;
    for (const row of this.matched) {
      for (let at = row.parent; at && !at.leads; at = at.parent) at.leads = true;
    }
    this.list();
  }

  select() { // marks what matches; returns the outermost of it
    const { layers } = this.view;
    const text = this.search.value.trim();
    if (isPattern(text)) {
      this.matched = layers.matching(text);
    } else {
      // A parameter is found by its own name, not by that of its module again.
      this.matched = layers.rows.filter((row) => this.words.length > 0
        && this.words.every((word) => `${row.name} ${row.type}`.toLowerCase().includes(word))
        && (!row.parameter || this.words.some((word) => last(row.name).includes(word))));
    }
    for (const row of layers.rows) row.matches = false;
    for (const row of this.matched) row.matches = true;
    return layers.outermost((row) => row.matches);
  }

  list() {
    this.visible = [];
    const root = this.view.layers.rows[0];
    if (!this.asked || root.matches || root.leads) this.add(root);
    if (!this.visible.includes(this.active)) this.active = this.visible[0];
  }

  add(row) {
    row.seen = this.visible.length;
    this.visible.push(row);
    if (this.isOpen(row)) for (const child of this.childrenOf(row)) this.add(child);
  }

  childrenOf(row) { // while searching: the way to what was found, or all of what was found itself
    return this.asked && row.leads
      ? row.children.filter((child) => child.matches || child.leads) : row.children;
  }

  isOpen(row) {
    if (!row.children.length) return false;
    if (this.asked) return row.leads ? !this.shut.has(row.name) : this.shut.has(row.name);
    return kept.open.has(row.name);
  }

  turn(row, open) {
    if (!row.children.length || this.isOpen(row) === open) return;
    const set = this.asked ? this.shut : kept.open;
    set.has(row.name) ? set.delete(row.name) : set.add(row.name);
    this.list();
    this.draw();
  }

  draw() {
    const { view } = this;
    this.tell();
    const height = view.narrow ? NARROW_ROW : WIDE_ROW;
    if (height !== this.height) this.clear();
    this.height = height;
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

  clear() {
    this.drawn.forEach((el) => el.remove());
    this.drawn.clear();
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
    const type = element("span", "type", el);
    element("span", "output", el).textContent = row.output;
    element("span", "params", el).textContent = short(row.params);
    const state = element("span", "state", el);
    const sign = element("span", "", state);
    el._parts = { name, type, sign, words: element("span", "", state) };
    el.classList.toggle("parameter", row.parameter);
    el.classList.toggle("stage-row", row.at === 0 || this.view.stages.includes(row));
    return el;
  }

  show(el, row) {
    const { name, type, sign, words } = el._parts;
    const siblings = row.parent ? this.childrenOf(row.parent) : [row];
    el.style.top = `${row.seen * this.height}px`;
    el.dataset.state = row.state;
    el.style.setProperty("--part", mixture(row));
    el.classList.toggle("active", row === this.active);
    el.setAttribute("aria-checked", ARIA[row.state]);
    el.setAttribute("aria-setsize", siblings.length);
    el.setAttribute("aria-posinset", siblings.indexOf(row) + 1);
    if (row.children.length) el.setAttribute("aria-expanded", this.isOpen(row));
    const head = this.view.isNewHead(row) ? ", new head" : "";
    el.setAttribute("aria-label", `${row.name || "whole model"}${head}, ${spelled(row)}, `
      + `${long(row.params)} parameters, ${spoken(row)}`);
    const wanted = row.matches ? this.words : [];
    mark(name, last(row.name) || "whole model", wanted);
    mark(type, spelled(row), row.parameter ? [] : wanted);
    el.classList.toggle("found-row", row.matches);
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
