// A tree whose rows are drawn only where they are seen, so that 1,400 of them cost no more than 14.
//
// A row has `name`, `parent`, `children`, `at` (its place among all) and, while something is
// searched, `matches` and `leads` (something below it matches). Whoever extends this says what the
// topmost row is (`top`), what a search finds (`filter`), how a row is made and kept up to date
// (`row`, `show`) and what Space and Enter do (`act`).

const AROUND = 6; // rows beyond those in sight

class RowTree {
  constructor(view, { wide, narrow, tallest, share }) {
    // Heights of a row, and of the frame at most: pixels, and as a share of the window.
    Object.assign(this, { view, wide, narrow, tallest, windowShare: share });
    this.drawn = new Map();
    this.words = [];
    this.asked = false;
    this.restore = true;
  }

  // --- what stands around the rows ---

  searchField(parent, hint, label) {
    this.search = element("input", "", parent);
    this.search.type = "search";
    this.search.placeholder = hint;
    this.search.setAttribute("aria-label", label);
    this.search.spellcheck = false;
    this.search.oninput = () => this.filter();
    this.search.onkeydown = (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.filter(); }
      if (event.key === "ArrowDown") { event.preventDefault(); this.scroller.focus(); }
    };
  }

  frame(parent, label, titles, nothing) {
    const frame = element("div", "frame", parent);
    this.titles = element("div", "titles", frame);
    this.titles.setAttribute("aria-hidden", "true");
    for (const text of titles) element("span", "", this.titles).textContent = text;
    this.scroller = element("div", "scroller", frame);
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute("role", "tree");
    this.scroller.setAttribute("aria-label", label);
    this.scroller.onkeydown = (event) => this.key(event);
    this.scroller.onscroll = () => { kept.scroll = this.scroller.scrollTop; this.fill(); };
    this.sizer = element("div", "sizer", this.scroller);
    this.sizer.setAttribute("role", "none");
    this.none = element("div", "none", frame);
    this.none.textContent = nothing;
  }

  // --- which rows can be seen ---

  list() {
    this.visible = [];
    if (!this.asked || this.top.matches || this.top.leads) this.add(this.top);
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
    return this.asked ? row.leads !== this.shut.has(row.name) : kept.open.has(row.name);
  }

  turn(row, open) {
    if (!row.children.length || this.isOpen(row) === open) return;
    const set = this.asked ? this.shut : kept.open;
    set.has(row.name) ? set.delete(row.name) : set.add(row.name);
    this.list();
    this.draw();
  }

  // --- drawing them ---

  draw() {
    const height = this.view.narrow ? this.narrow : this.wide;
    if (height !== this.height) this.clear();
    this.height = height;
    this.sizer.style.height = `${this.visible.length * height}px`;
    const most = Math.min(this.tallest, window.innerHeight * this.windowShare);
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
      this.place(this.drawn.get(row), row);
      this.show(this.drawn.get(row), row);
    }
    if (this.active) this.scroller.setAttribute("aria-activedescendant", `row${this.active.at}`);
  }

  begin(row, level) { // an empty row, and the place of its first cell
    const el = element("div", "row", null);
    el.id = `row${row.at}`;
    el.setAttribute("role", "treeitem");
    el.setAttribute("aria-level", level);
    el.style.setProperty("--indent", `${(level - 1) * (this.view.narrow ? 12 : 20)}px`);
    const lead = element("span", "lead", el);
    lead.style.paddingLeft = "var(--indent)";
    element("span", "twist", lead).innerHTML = icon(CHEVRON);
    return [el, lead];
  }

  place(el, row) {
    const siblings = row.parent ? this.childrenOf(row.parent) : [row];
    el.style.top = `${row.seen * this.height}px`;
    el.classList.toggle("active", row === this.active);
    el.setAttribute("aria-setsize", siblings.length);
    el.setAttribute("aria-posinset", siblings.indexOf(row) + 1);
    if (row.children.length) el.setAttribute("aria-expanded", this.isOpen(row));
  }

  // --- walking through them ---

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
      if (!event.repeat) this.act(row);
    } else return;
    event.preventDefault();
  }
}
