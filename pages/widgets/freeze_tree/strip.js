// The stages in order, as wide as they are large, each a switch.

const UPRIGHT = 17; // pixels that a line of upright text needs

class Strip {
  constructor(view, box) {
    this.view = view;
    this.legend = element("div", "legend", box);
    this.counts = {};
    for (const [state, text] of [["on", "trains"], ["off", "frozen"], ["mixed", "some of it"]]) {
      const entry = element("span", "", this.legend);
      entry.dataset.state = state;
      element("span", "chip", entry).innerHTML = state === "mixed" ? "" : icon(ICONS[state]);
      element("span", "", entry).textContent = text;
      this.counts[state] = element("b", "", entry);
    }
    this.strip = element("div", "strip", box);
    this.strip.setAttribute("role", "toolbar");
    this.strip.setAttribute("aria-label", "Stages, from the image to the prediction");
    this.strip.onkeydown = (event) => this.key(event);
    this.note = element("div", "note", box);
    this.buttons = [];
  }

  draw(width) {
    const { view } = this;
    const whole = view.layers.rows[0];
    this.counts.on.textContent = long(whole.warm);
    this.counts.off.textContent = long(whole.params - whole.warm);
    if (this.of !== view.layers) this.build();
    const count = view.stages.length, gap = count > 20 ? 2 : 3;
    this.strip.style.gap = `${gap}px`;
    const room = width - gap * (count - 1);
    const least = Math.min(84, Math.max(6, (room / count) * 0.88)); // never too thin to be seen
    const sum = view.stages.reduce((all, row) => all + row.params, 0);
    view.stages.forEach((row, at) => {
      const share = row.params / sum;
      this.show(this.buttons[at], row, least, share, least + (room - least * count) * share);
    });
    this.tell();
  }

  build() {
    this.of = this.view.layers;
    this.at = 0;
    this.pointed = null;
    this.buttons = this.view.stages.map((row, at) => {
      const button = element("button", "stage", null);
      button.type = "button";
      button.tabIndex = at === 0 ? 0 : -1;
      button.setAttribute("role", "checkbox");
      const plate = element("span", "plate", button);
      const parts = { icon: element("span", "icon", plate), words: element("span", "words", plate) };
      parts.name = element("b", "", parts.words);
      parts.type = element("small", "", parts.words);
      parts.count = element("small", "", parts.words);
      if ([...this.view.head].some((path) => within(path, row.name))) {
        const tag = this.view.isNewHead(row) ? "new head" : "+ new head";
        element("small", "tag", parts.words).textContent = tag;
      }
      button._parts = parts;
      button.onclick = () => { this.focus(at); this.view.toggle(row); };
      button.onpointerenter = () => { this.pointed = row; this.tell(); };
      button.onpointerleave = () => { this.pointed = null; this.tell(); };
      button.onfocus = () => { this.focused = row; this.tell(); };
      button.onblur = () => { this.focused = null; this.tell(); };
      return button;
    });
    this.strip.replaceChildren(...this.buttons);
  }

  show(button, row, least, share, width) {
    const { icon: sign, name, type, count } = button._parts;
    const label = stageLabel(row.name);
    const flat = width >= Math.max(60, 8 + 7.3 * label.length), thin = width < UPRIGHT;
    button.style.flex = `${share} 1 ${least}px`;
    button.dataset.state = row.state;
    button.setAttribute("aria-checked", ARIA[row.state]);
    button.setAttribute("aria-label",
      `${row.name}, ${row.type}, ${long(row.params)} parameters, ${spoken(row)}`);
    button.classList.toggle("flat", flat);
    button.classList.toggle("upright", !flat && !thin);
    button.classList.toggle("thin", thin);
    name.textContent = flat ? label : shortened(label);
    button.style.setProperty("--part", mixture(row));
    sign.innerHTML = icon(ICONS[row.state]);
    type.textContent = row.type;
    count.textContent = short(row.params);
  }

  tell() {
    const row = this.pointed || this.focused;
    this.note.replaceChildren();
    if (!row) {
      this.note.textContent = "From the image on the left to the prediction on the right; the width "
        + "grows with the parameters. A click thaws or freezes a stage.";
      return;
    }
    element("b", "", this.note).textContent = row.name;
    const act = row.state === "on" ? "A click freezes it." : "A click lets all of it train.";
    this.note.append(` · ${row.type} · ${long(row.params)} parameters · ${spoken(row)}. ${act}`);
  }

  focus(at) {
    this.at = Math.min(Math.max(at, 0), this.buttons.length - 1);
    this.buttons.forEach((button, place) => { button.tabIndex = place === this.at ? 0 : -1; });
    this.buttons[this.at].focus({ preventScroll: true });
  }

  key(event) {
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.focus(to);
  }
}
