// All modules as a tree. Rows are drawn only where they are seen, so that 1,400 of them cost no
// more than 14.

const WIDE_ROW = 38, NARROW_ROW = 58, AROUND = 6;
const DEPTHS = [["1", 1], ["2", 2], ["3", 3], ["all", Infinity]];

class Tree {
  constructor(view, box) {
    this.view = view;
    element("h3", "", box).textContent = "All modules";
    const tools = element("div", "tools", box);
    this.search = element("input", "", tools);
    this.search.type = "search";
    this.search.placeholder = "Search modules or types";
    this.search.setAttribute("aria-label", "Search modules or types");
    this.search.oninput = () => this.filter();
    this.search.onkeydown = (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.filter(); }
      if (event.key === "ArrowDown") { event.preventDefault(); this.scroller.focus(); }
    };
    const depths = element("div", "segments", tools);
    depths.setAttribute("role", "group");
    depths.setAttribute("aria-label", "Open to a depth of");
    element("span", "", depths).textContent = "Open to depth";
    this.depths = DEPTHS.map(([text, depth]) => [depth, button(depths, text, () => this.openTo(depth))]);
    this.found = element("span", "found", tools);
    this.found.setAttribute("role", "status");

    const frame = element("div", "frame", box);
    const titles = element("div", "titles", frame);
    titles.setAttribute("aria-hidden", "true");
    for (const text of ["Module", "Type", "Output"]) element("span", "", titles).textContent = text;
    this.title = element("span", "last", titles);
    this.scroller = element("div", "scroller", frame);
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "tree");
    this.scroller.setAttribute("aria-label", "Modules");
    this.scroller.onkeydown = (event) => this.key(event);
    this.scroller.onscroll = () => { kept.scroll = this.scroller.scrollTop; this.fill(); };
    this.sizer = element("div", "sizer", this.scroller);
    this.sizer.setAttribute("role", "none");
    this.none = element("div", "none", frame);
    this.none.textContent = "No module has this in its name or type.";
    this.drawn = new Map();
    this.words = [];
  }

  take(modules) {
    this.modules = modules;
    this.active = modules.root;
    this.restore = true;
    this.clear();
    this.look();
  }

  openTo(depth) {
    kept.open = new Set(this.modules.rows.filter((row) => row.depth < depth).map((row) => row.name));
    this.search.value = "";
    this.filter();
  }

  filter() {
    this.words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.shut = new Set();
    this.scroller.scrollTop = 0;
    this.look();
    this.draw();
  }

  look() { // who matches, and which rows can be seen
    let matches = 0;
    const { rows } = this.modules;
    for (const row of rows) row.leads = false;
    for (let at = rows.length - 1; at >= 0; at--) {
      const row = rows[at], text = `${row.name} ${row.type}`.toLowerCase();
      row.matches = this.words.length > 0 && this.words.every((word) => text.includes(word));
      if (row.matches) matches++;
      if ((row.matches || row.leads) && row.parent) row.parent.leads = true;
    }
    this.found.textContent = this.words.length ? `${long(matches)} of ${long(rows.length)}` : "";
    this.list();
  }

  list() {
    this.visible = [];
    const { root, rows } = this.modules;
    if (!this.words.length || root.matches || root.leads) this.add(root);
    if (!this.visible.includes(this.active)) this.active = this.visible[0];
    const parents = rows.filter((row) => row.children.length);
    for (const [depth, el] of this.depths) {
      const now = !this.words.length && parents.every((row) => kept.open.has(row.name) === row.depth < depth);
      el.setAttribute("aria-pressed", now);
    }
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
    if (this.words.length) return row.leads !== this.shut.has(row.name);
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
    const height = this.view.narrow ? NARROW_ROW : WIDE_ROW;
    if (height !== this.height) this.clear();
    this.height = height;
    this.title.textContent = MEASURES[kept.measure].name;
    this.sizer.style.height = `${this.visible.length * height}px`;
    const most = Math.min(608, window.innerHeight * 0.75);
    this.scroller.style.height = `${Math.min(most, Math.max(1, this.visible.length) * height)}px`;
    this.scroller.hidden = !this.visible.length;
    this.none.hidden = this.visible.length > 0;
    this.view.root.style.setProperty("--row", `${height}px`);
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
    if (this.active) this.scroller.setAttribute("aria-activedescendant", `part${this.active.at}`);
  }

  row(row) {
    const el = element("div", "row", null);
    el.id = `part${row.at}`;
    el.setAttribute("role", "treeitem");
    el.setAttribute("aria-level", row.depth + 1);
    el.dataset.use = row.use;
    el.onclick = () => { this.point(row); this.turn(row, !this.isOpen(row)); };
    const lead = element("span", "lead", el);
    lead.style.paddingLeft = `${row.depth * (this.view.narrow ? 12 : 20)}px`;
    element("span", "twist", lead).innerHTML = icon(CHEVRON);
    const name = element("span", "name", lead);
    if (row.use !== "called") {
      element("span", "tag", lead).textContent =
        row.use === "unused" && !row.size[0] ? "not run" : TAGS[row.use];
    }
    const type = element("span", "type", el);
    element("span", "output", el).textContent = row.output.length ? dims(row.output) : "";
    const share = element("span", "share", el);
    const bar = element("span", "", element("span", "bar", share));
    el._parts = { name, type, bar, amount: element("span", "amount", share),
      part: element("span", "part", share) };
    el.title = [row.name, row.detail, row.calls > 1 && `runs ${row.calls} times`]
      .filter(Boolean).join("\n");
    return el;
  }

  show(el, row) {
    const { name, type, bar, amount, part } = el._parts;
    const siblings = row.parent ? this.childrenOf(row.parent) : [row];
    const value = row.size[kept.measure], share = this.modules.share(row, kept.measure);
    el.style.top = `${row.seen * this.height}px`;
    el.classList.toggle("active", row === this.active);
    el.setAttribute("aria-setsize", siblings.length);
    el.setAttribute("aria-posinset", siblings.indexOf(row) + 1);
    if (row.children.length) el.setAttribute("aria-expanded", this.isOpen(row));
    el.setAttribute("aria-label", `${row.name || row.label}, ${row.type}, `
      + `${row.calls ? dims(row.output) : idle(row)}, ${long(row.size[0])} parameters, `
      + percent(this.modules.share(row, 0)));
    const wanted = row.matches ? this.words : [];
    mark(name, row.label, wanted);
    mark(type, row.type, wanted);
    bar.style.width = value ? `max(2px, ${(100 * share).toFixed(2)}%)` : "0";
    amount.textContent = value ? MEASURES[kept.measure].spell(value) : "–";
    part.textContent = value ? percent(share) : "";
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
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
      Home: -Infinity, End: Infinity };
    const open = this.isOpen(row);
    if (event.key in steps) {
      const to = Math.min(Math.max(row.seen + steps[event.key], 0), this.visible.length - 1);
      this.point(this.visible[to]);
    } else if (event.key === "ArrowRight") {
      if (open) this.point(this.childrenOf(row)[0]);
      else this.turn(row, true);
    } else if (event.key === "ArrowLeft") {
      if (open) this.turn(row, false);
      else if (row.parent) this.point(row.parent);
    } else if (event.key === " " || event.key === "Enter") this.turn(row, !open);
    else return;
    event.preventDefault();
  }
}

const TAGS = { unused: "never called", read: "parameters read", holds: "holds others" };
