// The index map: every place of every batch is a cell in the colour of its sample's index (or
// class). The sample under the pointer is framed wherever it came, in every epoch of every map.
// The files of this folder are joined into one script, this one last.

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".thaw-index-map");
  const view = root._view || (root._view = new IndexMap(root));
  view.take(data);
  return () => view.rest();
}

class IndexMap {
  constructor(root) {
    this.root = root;
    this.by = "index";
    this.on = null;
    this.seen = new ResizeObserver(() => this.draw());
  }

  take(data) {
    this.data = data;
    this.maps = data.maps.map((one) => ({
      ...one, labels: numbers(one.labels),
      epochs: one.epochs.map((epoch) => ({ ...epoch, order: numbers(epoch.order) })),
    }));
    for (const [name, value] of Object.entries(data.colors)) {
      if (typeof value === "string") this.root.style.setProperty("--" + name, value);
    }
    if (!this.maps.some((one) => one.labels.length)) this.by = "index";
    this.build();
    this.seen.observe(this.root);
    this.draw();
  }

  rest() { this.seen.disconnect(); }

  build() {
    this.root.replaceChildren();
    const tools = add(this.root, "div", "tools");
    add(tools, "span", "", "Colour");
    for (const by of ["index", "class"]) {
      const button = add(tools, "button", "", by === "index" ? "by index" : "by class");
      button.disabled = by === "class" && !this.maps.some((one) => one.labels.length);
      button.setAttribute("aria-pressed", String(this.by === by));
      button.onclick = () => { this.by = by; this.build(); this.draw(); };
    }
    add(tools, "span", "key").append(...this.key());
    const maps = add(this.root, "div", this.maps.length > 1 ? "maps two" : "maps");
    for (const map of this.maps) {
      const panel = add(maps, "section", "map");
      if (map.title) add(panel, "h4", "", map.title);
      for (const epoch of map.epochs) {
        add(panel, "p", "head", epoch.said);
        const frame = add(panel, "div", "frame");
        epoch.canvas = add(frame, "canvas");
        epoch.canvas.setAttribute("role", "img");
        epoch.canvas.setAttribute("aria-label", epoch.said);
        epoch.over = add(frame, "canvas", "over");
        frame.onpointermove = (event) => this.move(map, epoch, event);
        frame.onpointerleave = () => this.point(null);
      }
    }
    this.tip = add(this.root, "div", "tip");
    this.tip.hidden = true;
  }

  key() {
    const ramp = document.createElement("i");
    const map = this.maps[0];
    const last = this.by === "class" ? map.names.length - 1 : map.samples - 1;
    if (this.by === "class" && map.names.length <= this.data.colors.classes.length) {
      return map.names.map((name, place) => {
        const one = document.createElement("span");
        const dot = document.createElement("b");
        dot.style.background = this.data.colors.classes[place];
        one.append(dot, name);
        return one;
      });
    }
    ramp.style.background = `linear-gradient(90deg, ${this.data.colors.ramp.join(", ")})`;
    const first = this.by === "class" ? map.names[0] : "0";
    const end = this.by === "class" ? map.names[last] : String(Math.max(last, 0));
    return [first, ramp, end];
  }

  colorOf(map, sample) {
    if (this.by === "class" && map.labels.length) {
      const colors = this.data.colors.classes;
      if (map.names.length <= colors.length) return colors[map.labels[sample]];
      return this.ramp(map.labels[sample] / Math.max(map.names.length - 1, 1));
    }
    return this.ramp(sample / Math.max(map.samples - 1, 1));
  }

  ramp(share) {
    const stops = this.data.colors.ramp;
    const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    const mixed = [1, 3, 5].map((place) => {
      const [a, b] = [stops[low], stops[low + 1]].map((one) => parseInt(one.slice(place, place + 2), 16));
      return Math.round(a + (b - a) * (at - low));
    });
    return `rgb(${mixed.join(",")})`;
  }

  draw() {
    for (const map of this.maps) {
      for (const epoch of map.epochs) {
        const width = epoch.canvas.parentElement.clientWidth;
        if (!width) continue;
        epoch.plan = layOut(epoch.sizes, width, map.epochs.length > 1 ? 150 : 260);
        epoch.starts = startsOf(epoch.sizes);
        const pen = sized(epoch.canvas, width, epoch.plan.height);
        sized(epoch.over, width, epoch.plan.height);
        this.cells(map, epoch, pen);
      }
    }
  }

  cells(map, epoch, pen) {
    const { plan, sizes, starts, order } = epoch;
    const air = plan.side >= 6 ? 1 : 0;
    const size = Math.max(...sizes);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let batch = 0; batch < sizes.length; batch++) {
      for (let place = 0; place < sizes[batch]; place++) {
        const sample = order[starts[batch] + place];
        const [x, y] = corner(plan, batch, place);
        pen.fillStyle = this.colorOf(map, sample);
        pen.fillRect(x, y, plan.side - air, plan.side - air);
        if (plan.side >= NUMBERED) {
          pen.fillStyle = this.data.colors.ground;
          pen.font = `600 ${sample > 999 ? 8 : sample > 99 ? 9.5 : 11}px ${this.font()}`;
          pen.fillText(sample, x + (plan.side - air) / 2, y + plan.side / 2);
        }
      }
      if (epoch.kept !== undefined && batch >= epoch.kept) this.dropped(pen, epoch, batch);
      else if (sizes[batch] < size && epoch.full) this.missing(pen, epoch, batch, size);
      if (plan.label && (plan.block >= 20 || batch % 5 === 0)) {
        const [x, y] = corner(plan, batch, 0);
        pen.fillStyle = this.data.colors.muted;
        pen.font = `11px ${this.font()}`;
        pen.fillText(batch, x + plan.block / 2, y + plan.rows * plan.side + 7);
      }
    }
  }

  // Places that a short batch has less than the others.
  missing(pen, epoch, batch, size) {
    const { plan, sizes } = epoch;
    if (plan.side < 4) return;
    pen.strokeStyle = this.data.colors.muted;
    pen.setLineDash([2, 2]);
    for (let place = sizes[batch]; place < size; place++) {
      const [x, y] = corner(plan, batch, place);
      pen.strokeRect(x + 1, y + 1, plan.side - 3, plan.side - 3);
    }
    pen.setLineDash([]);
  }

  // A batch that drop_last leaves out.
  dropped(pen, epoch, batch) {
    const { plan, sizes } = epoch;
    for (let place = 0; place < sizes[batch]; place++) {
      const [x, y] = corner(plan, batch, place);
      pen.globalAlpha = 0.72;
      pen.fillStyle = this.data.colors.ground;
      pen.fillRect(x, y, plan.side, plan.side);
      pen.globalAlpha = 1;
      pen.strokeStyle = this.data.colors.text;
      pen.beginPath();
      pen.moveTo(x + 1, y + plan.side - 2);
      pen.lineTo(x + plan.side - 2, y + 1);
      pen.stroke();
    }
  }

  font() { return getComputedStyle(this.root).fontFamily; }

  move(map, epoch, event) {
    const box = epoch.canvas.getBoundingClientRect();
    const found = placeAt(epoch.plan, epoch.sizes, event.clientX - box.left, event.clientY - box.top);
    if (!found) { this.point(null); return; }
    const [batch, place] = found;
    const sample = epoch.order[epoch.starts[batch] + place];
    const gone = epoch.kept !== undefined && batch >= epoch.kept;
    const label = map.labels.length ? ` · class ${map.names[map.labels[sample]]}` : "";
    this.tip.textContent = `sample ${sample}${label} · ` +
      (gone ? "left out by drop_last" : `batch ${batch}, place ${place}`) + this.where(map, sample);
    this.tip.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const x = Math.min(event.clientX - frame.left + 12, frame.width - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.max(0, x)}px`;
    this.tip.style.top = `${event.clientY - frame.top + 16}px`;
    this.point(sample);
  }

  where(map, sample) {
    const counts = map.epochs.map((epoch) => places(epoch, sample).length);
    return counts.every((one) => one === 1) ? "" : ` · came ${counts.join(", ")} times`;
  }

  point(sample) {
    if (sample === null) this.tip.hidden = true;
    if (sample === this.on) return;
    this.on = sample;
    for (const map of this.maps) {
      for (const epoch of map.epochs) {
        if (!epoch.plan) continue;
        const pen = epoch.over.getContext("2d");
        pen.clearRect(0, 0, epoch.over.width, epoch.over.height);
        if (sample !== null) places(epoch, sample).forEach((at) => this.frame(pen, epoch, at));
      }
    }
  }

  frame(pen, epoch, at) {
    let batch = 0;
    while (batch + 1 < epoch.starts.length && epoch.starts[batch + 1] <= at) batch++;
    const [x, y] = corner(epoch.plan, batch, at - epoch.starts[batch]);
    const grown = Math.max(2, 4 - epoch.plan.side / 6);
    for (const [width, color] of [[5, this.data.colors.ground], [2.5, this.data.colors.text]]) {
      pen.lineWidth = width;
      pen.strokeStyle = color;
      pen.strokeRect(x - grown, y - grown, epoch.plan.side + 2 * grown, epoch.plan.side + 2 * grown);
    }
  }
}

function places(epoch, sample) {
  const found = [];
  const kept = epoch.kept === undefined ? epoch.order.length : epoch.starts[epoch.kept] ?? epoch.order.length;
  for (let at = 0; at < kept; at++) if (epoch.order[at] === sample) found.push(at);
  return found;
}

function startsOf(sizes) {
  let sum = 0;
  return sizes.map((size) => { sum += size; return sum - size; });
}

function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return pen;
}

// Little-endian 32-bit numbers in base64.
function numbers(text) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  return new Uint32Array(bytes.buffer);
}

function add(parent, tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}
