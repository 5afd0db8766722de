// All modules as a tree, with the share of each.

const DEPTHS = [["1", 1], ["2", 2], ["3", 3], ["all", Infinity]];
const TAGS = { unused: "never called", read: "parameters read", holds: "holds others" };

class Tree extends RowTree {
  constructor(view, box) {
    super(view, { wide: 38, narrow: 58, tallest: 608, share: 0.75 });
    element("h3", "", box).textContent = "All modules";
    const tools = element("div", "tools", box);
    this.searchField(tools, "Search modules or types", "Search modules or types");
    const depths = element("div", "segments", tools);
    depths.setAttribute("role", "group");
    depths.setAttribute("aria-label", "Open to a depth of");
    element("span", "", depths).textContent = "Open to depth";
    this.depths = DEPTHS.map(([text, depth]) => [depth, button(depths, text, () => this.openTo(depth))]);
    this.found = element("span", "found", tools);
    this.found.setAttribute("role", "status");
    this.frame(box, "Modules", ["Module", "Type", "Output"],
      "No module has this in its name or type.");
    this.title = element("span", "last", this.titles);
  }

  take(modules) {
    this.modules = modules;
    this.top = this.active = modules.root;
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
    this.asked = this.words.length > 0;
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
      row.matches = this.asked && this.words.every((word) => text.includes(word));
      if (row.matches) matches++;
      if ((row.matches || row.leads) && row.parent) row.parent.leads = true;
    }
    this.found.textContent = this.asked ? `${long(matches)} of ${long(rows.length)}` : "";
    this.list();
  }

  list() {
    super.list();
    const parents = this.modules.rows.filter((row) => row.children.length);
    for (const [depth, el] of this.depths) {
      el.setAttribute("aria-pressed", !this.asked
        && parents.every((row) => kept.open.has(row.name) === row.depth < depth));
    }
  }

  act(row) {
    this.turn(row, !this.isOpen(row));
  }

  draw() {
    this.title.textContent = MEASURES[kept.measure].name;
    super.draw();
  }

  row(row) {
    const [el, lead] = this.begin(row, row.depth + 1);
    el.dataset.use = row.use;
    el.onclick = () => { this.point(row); this.act(row); };
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
    const value = row.size[kept.measure], share = this.modules.share(row, kept.measure);
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
}
