// All epochs are here; the slider, the curves and the play button only choose which one is shown.

const STEP = 350; // milliseconds of an epoch while it plays

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".thaw-epochs");
  const known = root._scrubber;
  const content = JSON.stringify(data);
  if (!known || known.content !== content) {
    if (known) known.stop();
    // The place is kept by its epoch when images or colours change.
    const kept = known ? data.epochs.indexOf(known.data.epochs[known.at]) : -1;
    root._scrubber = new Scrubber(root, data, content);
    root._scrubber.show(kept < 0 ? data.epochs.length - 1 : kept);
  }
  return () => root._scrubber && root._scrubber.stop();
}

class Scrubber {
  constructor(root, data, content) {
    this.root = root;
    this.data = data;
    this.content = content;
    this.timer = 0;
    for (const [name, value] of Object.entries(data.colors)) root.style.setProperty("--" + name, value);
    const last = data.epochs.length - 1;
    root.innerHTML =
      `<div class="bar"><button type="button" class="play"></button>` +
      `<input type="range" min="0" max="${last}" step="1" aria-label="Epoch">` +
      `<output></output></div>` +
      `<div class="both"><div class="left"><div class="accuracy"></div><div class="loss"></div>` +
      `<div class="matrix"></div></div><div class="images"></div></div>`;
    this.slider = root.querySelector("input");
    this.play = root.querySelector(".play");
    this.output = root.querySelector("output");
    const host = (name) => root.querySelector("." + name);
    this.curves = [
      new Curve(host("accuracy"), "Accuracy", data.accuracy, data.epochs, data.colors.accent, true),
      new Curve(host("loss"), "Loss", data.loss, data.epochs, data.colors.loss, false),
    ];
    this.confusion = new Confusion(host("matrix"), data.classes, data.support);
    this.cards = data.images.map((image) => new Card(host("images"), image, data));
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show(Number(this.slider.value));
    });
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    for (const curve of this.curves) {
      const go = (event) => {
        if (event.type === "pointermove" && !event.buttons) return;
        this.stop();
        this.show(curve.at(event));
      };
      curve.svg.addEventListener("pointerdown", go);
      curve.svg.addEventListener("pointermove", go);
    }
    this.stop();
  }

  start() {
    if (this.at === this.data.epochs.length - 1) this.show(0);
    this.timer = setInterval(() => {
      if (this.at + 1 < this.data.epochs.length) this.show(this.at + 1);
      if (this.at + 1 === this.data.epochs.length) this.stop();
    }, STEP);
    this.mark("❚❚", "Pause");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.mark("▶", "Play");
  }

  mark(sign, name) {
    this.play.textContent = sign;
    this.play.setAttribute("aria-label", name);
    this.play.title = name;
  }

  show(at) {
    const { epochs, cells } = this.data;
    this.at = at;
    this.slider.value = at;
    const name = epochs[at] ? `Epoch ${epochs[at]}` : "Before the first step";
    this.slider.setAttribute("aria-valuetext", name);
    this.output.textContent = name;
    for (const curve of this.curves) curve.show(at);
    this.confusion.show(cells[at], this.data);
    for (const card of this.cards) card.show(at);
    this.root.dataset.epoch = epochs[at]; // for whoever waits for it
  }
}

class Card {
  constructor(host, image, data) {
    this.image = image;
    this.classes = data.classes;
    this.last = data.epochs.length - 1;
    const x = (at) => (100 * at) / (this.last || 1);
    const line = image.ofTruth.map((value, at) => `${at ? "L" : "M"}${x(at).toFixed(1)},${(22 - 20 * value).toFixed(1)}`);
    const card = document.createElement("div");
    card.className = "card";
    card.innerHTML =
      `<div class="pair"><img alt="${escaped(image.name)}"><div class="heat" role="img" aria-label="Where it looks in ${escaped(image.name)}"></div></div>` +
      `<div class="said"></div><div class="truth">truth: <b>${escaped(data.classes[image.truth])}</b> ` +
      `<span class="of"></span></div>` +
      `<svg viewBox="-1 0 102 24" preserveAspectRatio="none" aria-hidden="true"><path class="axis" d="M0,22H100"/>` +
      `<path d="${line.join("")}" fill="none" stroke="var(--accent)" stroke-width="1.5" vector-effect="non-scaling-stroke"/>` +
      `<path class="marker" d="M0,0V24" vector-effect="non-scaling-stroke"/></svg>` +
      `<div class="words">${escaped(image.name)}: ${escaped(image.words)}</div>`;
    card.querySelector("img").src = image.plain;
    this.heat = card.querySelector(".heat");
    this.heat.style.backgroundImage = `url("${image.heat}")`;
    this.heat.style.backgroundSize = `100% ${100 * data.epochs.length}%`;
    this.said = card.querySelector(".said");
    this.of = card.querySelector(".of");
    this.marker = card.querySelector(".marker");
    this.x = x;
    host.appendChild(card);
  }

  show(at) {
    const { said, sure, ofTruth, truth } = this.image;
    const right = said[at] === truth;
    this.heat.style.backgroundPosition = `0 ${(100 * at) / (this.last || 1)}%`;
    this.said.className = right ? "said right" : "said wrong";
    this.said.textContent = `${right ? "✓" : "✗"} ${this.classes[said[at]]}, ${(100 * sure[at]).toFixed(1)} %`;
    this.of.textContent = right ? "" : `${(100 * ofTruth[at]).toFixed(1)} %`;
    this.marker.setAttribute("transform", `translate(${this.x(at)},0)`);
  }
}
