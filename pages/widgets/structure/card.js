// All figures of a box, beside it while the mouse or the keyboard is on it.

const WAIT = 150; // milliseconds

class Card {
  constructor(view, box) {
    this.view = view;
    this.el = element("div", "card", box);
    this.el.setAttribute("aria-hidden", "true"); // the box's own label says it
    this.hide();
  }

  soon(step, box) { // not for a mouse that only passes
    clearTimeout(this.wait);
    this.wait = setTimeout(() => this.show(step, box), WAIT);
  }

  show(step, box) {
    const { modules } = this.view;
    this.el.replaceChildren();
    const [first, last] = [box.modules[0], box.modules[box.modules.length - 1]];
    element("b", "", this.el).textContent = first === last ? first.name : `${first.name} … ${last.name}`;
    element("div", "kind", this.el).textContent = [box.type, box.kind === "module" && box.detail]
      .filter(Boolean).join(" · ");
    const way = element("div", "way", this.el);
    way.textContent = box.calls ? `${dims(box.input)} → ${dims(box.output)}` : idle(box);
    const table = element("dl", "", this.el);
    MEASURES.forEach((measure, at) => {
      element("dt", "", table).textContent = measure.name;
      element("dd", "", table).textContent = at ? measure.spell(box.size[at]) : long(box.size[at]);
      element("dd", "", table).textContent = percent(modules.share(box, at));
    });
    if (box.calls > 1) element("div", "kind", this.el).textContent = `Runs ${box.calls} times in one forward.`;
    this.el.hidden = false;
    this.place(step);
  }

  place(step) { // under the box, within the picture
    const around = this.el.offsetParent.getBoundingClientRect();
    const at = step.getBoundingClientRect();
    const left = at.left + at.width / 2 - around.left - this.el.offsetWidth / 2;
    const most = around.width - this.el.offsetWidth;
    this.el.style.left = `${Math.max(0, Math.min(left, most))}px`;
    this.el.style.top = `${at.bottom - around.top + 6}px`;
  }

  hide() {
    clearTimeout(this.wait);
    this.el.hidden = true;
  }
}
