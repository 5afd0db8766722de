// All layers as a tree with checkboxes, and what is found in it.

class Tree extends RowTree {
  constructor(view, box) {
    super(view, { wide: 36, narrow: 56, tallest: 560, share: 0.7 });
    const tools = element("div", "tools", box);
    this.searchField(tools, "Search, or a pattern: layer3.* or *.bn2",
      "Search layers and types, or a pattern such as layer3.* or *.bn2");
    this.kinds = element("select", "", tools);
    this.kinds.setAttribute("aria-label", "Find all of a type");
    this.kinds.onchange = () => {
      this.search.value = this.kinds.value;
      this.kinds.value = "";
      this.filter();
    };
    button(tools, "Expand all", () => this.open(this.view.layers.rows.filter(
      (row) => row.children.some((child) => !child.parameter))));
    button(tools, "Stages only", () => this.open([...this.view.aboveStages()].map(
      (name) => this.view.layers.byName.get(name))));
    this.chosen = element("div", "tools chosen", box);
    this.found = element("span", "found", this.chosen);
    this.found.setAttribute("role", "status");
    this.thaw = button(this.chosen, "Let all of these train", () => this.setFound(true));
    this.freeze = button(this.chosen, "Freeze all of these", () => this.setFound(false));
    this.frame(box, "Layers", ["Layer", "Type", "Output", "Parameters", "Now"],
      "No layer has this in its name or type, and no pattern matches.");
    this.selected = this.matched = [];
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
      this.top = this.active = layers.rows[0];
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

  act(row) {
    this.view.toggle(row);
  }

  draw() {
    this.tell();
    super.draw();
  }

  row(row) {
    const [el, lead] = this.begin(row, row.level);
    lead.firstChild.onclick = () => { this.point(row); this.turn(row, !this.isOpen(row)); };
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
    el.dataset.state = row.state;
    el.style.setProperty("--part", mixture(row));
    el.setAttribute("aria-checked", ARIA[row.state]);
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
}
