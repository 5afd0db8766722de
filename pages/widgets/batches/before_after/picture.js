// Both sides come as HTML. Here: a line from each sample to every place that it went to, and all
// of one sample stands out where the pointer or the keyboard is on it.

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".thaw-before-after");
  for (const [name, value] of Object.entries(data.colors)) root.style.setProperty("--" + name, value);
  if (root._html !== data.html) {
    root._html = data.html;
    root.innerHTML = '<div class="both">' + data.html +
      '<svg class="wires" aria-hidden="true"></svg></div>';
    for (const one of root.querySelectorAll("[data-of]")) one.tabIndex = 0;
  }
  const both = root.querySelector(".both");
  const seen = new ResizeObserver(() => wire(both));
  seen.observe(both);
  const over = (event) => light(root, event.target.closest("[data-of], [data-from]"));
  const out = () => light(root, null);
  root.addEventListener("pointerover", over);
  root.addEventListener("focusin", over);
  root.addEventListener("pointerleave", out);
  root.addEventListener("focusout", out);
  return () => {
    seen.disconnect();
    root.removeEventListener("pointerover", over);
    root.removeEventListener("focusin", over);
    root.removeEventListener("pointerleave", out);
    root.removeEventListener("focusout", out);
  };
}

function wire(both) {
  const svg = both.querySelector(".wires");
  const base = both.getBoundingClientRect();
  const paths = [];
  for (const row of both.querySelectorAll("[data-from]")) {
    for (const from of [row.dataset.from, row.dataset.also]) {
      const sample = from && both.querySelector(`[data-of="${from}"]`);
      if (sample) paths.push(curve(sample, row, from, base));
    }
  }
  svg.innerHTML = paths.join("");
}

function curve(sample, row, from, base) {
  const a = sample.getBoundingClientRect();
  const b = row.getBoundingClientRect();
  const x0 = a.right - base.left, y0 = (a.top + a.bottom) / 2 - base.top;
  const x1 = b.left - base.left, y1 = (b.top + b.bottom) / 2 - base.top;
  // It leaves the sample and meets its row level; on the way to a later part it passes behind the
  // parts before it.
  const first = row.closest(".batch, .after-list").getBoundingClientRect().left - base.left;
  const bend = x0 + (first - x0) / 2 + 6;
  const way = `C ${bend} ${y0}, ${bend} ${y1}, ${first + 12} ${y1} L ${x1} ${y1}`;
  return `<path data-wire="${from}" d="M ${x0} ${y0} ${way}" stroke="var(--c${from})"/>`;
}

function light(root, on) {
  const of = on && (on.dataset.of ?? on.dataset.from);
  const also = on && on.dataset.also;
  const lit = (place) => !of || place === of || place === also;
  for (const one of root.querySelectorAll("[data-of], [data-from]")) {
    const places = [one.dataset.of ?? one.dataset.from, one.dataset.also];
    one.classList.toggle("off", !places.some((place) => place !== undefined && lit(place)));
  }
  for (const one of root.querySelectorAll("[data-wire]")) {
    one.classList.toggle("off", Boolean(of) && !lit(one.dataset.wire));
    one.classList.toggle("on", Boolean(of) && lit(one.dataset.wire));
  }
}
