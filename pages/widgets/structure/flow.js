// The diagram of one level: boxes as large as their share, and between them what flows.

// Pixels: the largest box and tensor; a box is never too small to be seen.
const WIDE = { plate: 88, face: 56 }, SLIM = { plate: 74, face: 40 }, LEAST_PLATE = 14;
const STEP = 92, TENSOR = 76, LEAD = 96; // pixels of a line that each takes at least

class Flow {
  constructor(view, box) {
    this.view = view;
    this.box = element("div", "flow", box);
    this.box.setAttribute("role", "group");
    this.box.onkeydown = (event) => this.key(event);
    this.apart = element("div", "apart", box);
    this.apart.onkeydown = (event) => this.key(event);
    this.note = element("p", "note", box);
    this.card = new Card(view, box);
  }

  draw(level, narrow, width) {
    const { view } = this;
    this.card.hide();
    this.scale = narrow ? SLIM : WIDE;
    this.steps = [];
    this.most = Math.max(...level.boxes.map((box) => box.size[kept.measure]), 1);
    this.widest = Math.max(...[level.input, ...level.boxes.map((box) => box.output)]
      .map((shape) => reading(shape).side));
    this.box.setAttribute("aria-label", `Diagram of ${view.placeName()}, in the order of the forward`);
    const running = level.boxes.filter((box) => box.calls);
    const cells = running.map((box, at) => this.cell(box, at ? null : level.input));
    cells.forEach((cell, at) => { // what a box gives goes on, or ends where nothing takes it
      cell.parts[cell.parts.length - 1].classList.add(at + 1 < cells.length ? cells[at + 1].joint : "ends");
    });
    this.box.replaceChildren(...lines(cells, narrow ? 0 : width).map((line, at, all) => {
      const el = element("div", "line", null);
      if (at > 0 && flows(line[0])) element("span", "turn", el).setAttribute("aria-hidden", "true");
      line.forEach((cell) => el.append(...cell.parts));
      el.classList.toggle("turns", at + 1 < all.length && flows(all[at + 1][0]));
      return el;
    }));
    this.beside(level.boxes.filter((box) => !box.calls));
    this.tell(level);
    this.steps.forEach((step, at) => { step.tabIndex = at ? -1 : 0; });
  }

  cell(box, start) { // a box, what it gives, and what it takes where that is not plain
    const parts = [];
    if (start) {
      const first = this.tensor(start, "first");
      this.above(first, "input");
      parts.push(first);
    }
    if (box.joint !== "before") {
      const lead = this.tensor(box.input, `lead ${box.joint}`);
      if (box.joint === "earlier") this.above(lead, `from ${box.source}`);
      if (box.joint === "input") this.above(lead, "from the input");
      parts.push(lead);
    }
    const step = this.step(box);
    const out = this.tensor(box.output, "");
    if (same(box.input, box.output)) out.classList.add("same");
    parts.push(step, out);
    return { parts, joint: box.joint, width: STEP + TENSOR
      + (start ? TENSOR : 0) + (box.joint === "before" ? 0 : LEAD) };
  }

  tensor(shape, kind) {
    const el = element("span", `tensor ${kind}`, null);
    el.setAttribute("aria-hidden", "true"); // the buttons say the shapes
    element("span", "zone", el).innerHTML = tensor(shape, this.widest, this.scale.face);
    element("span", "shape", el).textContent = dims(shape);
    return el;
  }

  above(tensor, text) {
    element("small", "above", tensor).textContent = text;
  }

  step(box) {
    const { view } = this;
    const share = view.modules.share(box, kept.measure), amount = box.size[kept.measure];
    const el = element("button", "step", null);
    el.type = "button";
    el.dataset.kind = box.kind;
    el.dataset.use = box.use;
    const zone = element("span", "zone", el);
    const plate = element("span", "plate", zone);
    const side = Math.max(LEAST_PLATE, this.scale.plate * Math.sqrt(amount / this.most));
    plate.style.setProperty("--side", `${side.toFixed(1)}px`);
    plate.classList.toggle("empty", amount === 0);
    const inPlate = side > 50;
    if (inPlate) plate.textContent = percent(share);
    if (box.kind === "repeat") element("span", "times", zone).textContent = `× ${box.modules.length}`;
    const words = element("span", "words", el);
    const name = element("b", "", words);
    name.append(breakable(box.label));
    if (box.inside) name.insertAdjacentHTML("beforeend", icon(CHEVRON));
    const type = box.kind === "repeat" ? box.modules[0].type : box.type;
    element("small", "type", words).textContent = box.calls > 1 ? `${type}, runs ${box.calls} ×` : type;
    element("small", "amount", words).textContent = amount
      ? MEASURES[kept.measure].spell(amount) + (inPlate ? "" : ` · ${percent(share)}`)
      : `no ${["parameters", "MACs", "activations"][kept.measure]}`;
    el.setAttribute("aria-label", this.spoken(box, type));
    el.onclick = () => (box.inside ? view.open(box) : this.card.show(el, box));
    el.onpointerenter = (event) => { if (event.pointerType === "mouse") this.card.soon(el, box); };
    el.onpointerleave = () => this.card.hide();
    el.onfocus = () => {
      this.steps.forEach((one) => { one.tabIndex = one === el ? 0 : -1; });
      if (el.matches(":focus-visible")) this.card.show(el, box);
    };
    el.onblur = () => this.card.hide();
    el.classList.toggle("opens", Boolean(box.inside));
    el._box = box;
    this.steps.push(el);
    return el;
  }

  spoken(box, type) {
    const { modules } = this.view;
    const way = box.calls ? `${dims(box.input)} to ${dims(box.output)}` : idle(box);
    const times = box.kind === "repeat" ? `${box.modules.length} times ` : "";
    return `${box.label}, ${times}${type}, ${way}, ${long(box.size[0])} parameters, `
      + `${percent(modules.share(box, 0))}${box.inside ? ", opens" : ""}`;
  }

  beside(boxes) {
    this.apart.replaceChildren();
    this.apart.hidden = !boxes.length;
    if (!boxes.length) return;
    element("h4", "", this.apart).textContent = "Not run as a module by this forward";
    const row = element("div", "line", this.apart);
    for (const box of boxes) {
      const el = this.step(box);
      const why = box.use === "read" ? "its parameters are read" : box.size[0] && "never called";
      if (why) element("small", "why", el.querySelector(".words")).textContent = why;
      row.append(el);
    }
  }

  tell(level) {
    const parts = level.held.map(([name, count]) => `${name || this.view.modules.root.label} itself `
      + `holds ${long(count)} parameters`);
    if (level.macs) parts.push(`${short(level.macs)} MACs are computed between the boxes`);
    this.note.hidden = !parts.length;
    this.note.textContent = `Not in a box: ${parts.join("; ")}.`;
  }

  placeOf(box) {
    return this.steps.findIndex((step) => step._box === box);
  }

  focus(at) {
    const step = this.steps[Math.min(Math.max(at, 0), this.steps.length - 1)];
    if (step) step.focus();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.steps.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
      Home: 0, End: Infinity }[event.key];
    if (to !== undefined) this.focus(to);
    else if (event.key === "Escape" || event.key === "Backspace") this.view.back();
    else return;
    event.preventDefault();
  }
}

// The cells in as few lines as the width allows, each about as full as the others.
function lines(cells, width) {
  if (!width) return [cells];
  const room = Math.max(width - 40, 300);
  const needed = fill(cells, room).length;
  let most = room;
  while (most > 200 && fill(cells, most - 8).length === needed) most -= 8;
  return fill(cells, most);
}

function fill(cells, room) {
  const made = [];
  let left = 0;
  for (const cell of cells) {
    if (!made.length || cell.width > left) { made.push([]); left = room; }
    made[made.length - 1].push(cell);
    left -= cell.width;
  }
  return made;
}

function flows(cell) { // whether it takes what the box before it gives
  return cell.joint === "before" || cell.joint === "reshaped";
}

function same(a, b) {
  return a.length === b.length && a.every((side, at) => side === b[at]);
}
