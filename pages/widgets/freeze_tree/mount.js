// The strip above the tree; a click changes both at once and is sent on in the list of clicks.
// The files of this folder are joined into one script, this one last.

const NARROW = 620; // pixels; below, a row has two lines

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".thaw-layers");
  const view = root._view || (root._view = new View(root));
  view.send = (clicks) => setStateValue("clicks", clicks);
  view.take(data);
  return () => view.rest();
}

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
    this.set([row.name], row.state !== "on");
  }

  set(names, value) { // modules, parameters or a pattern
    for (const name of names) {
      kept.last = Math.max(kept.last + 1, Date.now());
      // A click on a module settles all earlier ones in it.
      kept.clicks = kept.clicks.filter(([, earlier]) => !within(earlier, name));
      kept.clicks.push([kept.last, name, value]);
      this.layers.fill(name, value);
    }
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
