// The diagram above the tree. All of it happens in the browser: nothing is sent back.
// The files of this folder are joined into one script, this one last.

const NARROW = 640; // pixels; below, the diagram goes from top to bottom and a row has two lines

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".thaw-structure");
  const view = root._view || (root._view = new View(root));
  view.take(data);
  return () => view.rest();
}

class View {
  constructor(root) {
    this.root = root;
    // Streamlit's own keys (r runs the page again, c clears its cache) are not meant in here.
    root.onkeydown = root.onkeyup = root.onkeypress = (event) => event.stopPropagation();
    const tools = element("div", "tools", root);
    this.crumbs = element("nav", "crumbs", tools);
    this.crumbs.setAttribute("aria-label", "Where you are in the model");
    const sizes = element("div", "segments", tools);
    sizes.setAttribute("role", "group");
    sizes.setAttribute("aria-label", "What size shows");
    element("span", "", sizes).textContent = "Size shows";
    this.measures = MEASURES.map(({ name }, at) => button(sizes, name, () => this.measure(at)));
    const picture = element("div", "picture", root);
    this.flow = new Flow(this, picture);
    this.legend = element("p", "legend", root);
    this.said = element("span", "said", root);
    this.said.setAttribute("role", "status");
    this.tree = new Tree(this, element("section", "", root));
    this.resized = new ResizeObserver(() => this.fit());
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
    if (kept.structure !== data.structure) {
      Object.assign(kept, { structure: data.structure, path: [], open: null, scroll: 0 });
    }
    if (this.structure !== data.structure) {
      this.structure = data.structure;
      this.modules = new Modules(data);
      kept.open ??= this.modules.aboveBoxes();
      this.tree.take(this.modules);
      this.width = 0;
    }
    this.fit();
  }

  fit() { // anew only where the width changed: the browser tells of heights too
    const width = this.root.clientWidth;
    if (!this.modules || !width || width === this.width) return;
    this.width = width;
    this.narrow = width < NARROW;
    this.root.classList.toggle("narrow", this.narrow);
    this.draw();
    this.tree.draw();
  }

  draw() {
    const place = this.place();
    this.root.dataset.measure = kept.measure;
    this.measures.forEach((el, at) => el.setAttribute("aria-pressed", at === kept.measure));
    this.trail();
    this.flow.draw(place.level, this.narrow, this.width);
    const what = ["parameters", "MACs", "activations"][kept.measure];
    this.legend.textContent = `A box is a module: its area grows with its share of all ${what}, an `
      + "outline has none. Between the boxes: the tensor for one input, as high as its picture and "
      + "as deep as it has channels. Where the line is dotted, no module explains the step.";
  }

  // --- where in the model ---

  place() { // the level that is open, and the boxes on the way to it
    let level = this.modules.top;
    const boxes = [];
    for (const at of kept.path) {
      boxes.push(level.boxes[at]);
      level = level.boxes[at].inside;
    }
    return { level, boxes };
  }

  placeName() {
    const { boxes } = this.place();
    return boxes.length ? boxes[boxes.length - 1].label : this.modules.root.label;
  }

  open(box) {
    this.go([...kept.path, box.at], 0);
  }

  back() {
    if (kept.path.length) this.go(kept.path.slice(0, -1), null);
  }

  go(path, focus) { // back to the box that was left, or into the first of those in it
    const left = kept.path[path.length];
    kept.path = path;
    this.draw();
    const { level } = this.place();
    this.flow.box.classList.remove("enters");
    void this.flow.box.offsetWidth; // so that the movement starts again
    this.flow.box.classList.add("enters");
    this.said.textContent = `${this.placeName()}: ${level.boxes.length} boxes`;
    this.flow.focus(focus ?? this.flow.placeOf(level.boxes[left]));
  }

  trail() {
    const { boxes } = this.place();
    const names = [this.modules.root.label, ...boxes.map((box) => box.label)];
    this.crumbs.replaceChildren();
    if (boxes.length) {
      const up = button(this.crumbs, "", () => this.back());
      up.className = "up";
      up.setAttribute("aria-label", "One level up");
      up.innerHTML = icon(CHEVRON);
    }
    names.forEach((name, at) => {
      if (at) element("span", "slash", this.crumbs).textContent = "/";
      if (at < boxes.length) button(this.crumbs, name, () => this.go(kept.path.slice(0, at), null));
      else element("b", "", this.crumbs).textContent = name;
    });
  }

  measure(at) {
    kept.measure = at;
    this.draw();
    this.tree.draw();
  }
}
