// Accuracy and loss over the epochs, with a marker at the one that is shown; a click goes there.

const CURVE = { width: 440, height: 96, left: 52, right: 10, top: 8, bottom: 18 };

class Curve {
  constructor(host, title, values, epochs, color, percent) {
    this.epochs = epochs;
    this.values = values;
    this.percent = percent;
    const { width, height, left, right, top, bottom } = CURVE;
    const known = values.filter(Number.isFinite);
    this.low = Math.min(...known);
    this.high = Math.max(...known);
    if (this.high === this.low) this.high += percent ? 0.01 : 0.1;
    const first = epochs[0], last = epochs[epochs.length - 1];
    this.x = (at) => left + ((epochs[at] - first) / (last - first || 1)) * (width - left - right);
    this.y = (value) => top + (1 - (value - this.low) / (this.high - this.low)) * (height - top - bottom);
    const line = values.map((value, at) => `${at ? "L" : "M"}${this.x(at).toFixed(1)},${this.y(value).toFixed(1)}`);
    const ends = [[this.high, top + 4], [this.low, height - bottom]];
    host.innerHTML =
      `<div class="name">${title} <b></b></div>` +
      `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title} over the epochs">` +
      ends.map(([value, y]) => `<text x="${left - 6}" y="${y}" text-anchor="end">${this.said(value)}</text>`).join("") +
      `<text x="${left}" y="${height - 3}">${first}</text>` +
      `<text x="${width - right}" y="${height - 3}" text-anchor="end">epoch ${last}</text>` +
      `<path class="axis" d="M${left},${height - bottom}H${width - right}"/>` +
      `<path d="${line.join("")}" fill="none" stroke="${color}" stroke-width="2"/>` +
      values.map((value, at) => `<circle cx="${this.x(at)}" cy="${this.y(value)}" r="1.8" fill="${color}"/>`).join("") +
      `<path class="marker" d="M0,${top}V${height - bottom}"/><circle class="dot" r="5" fill="${color}"/></svg>`;
    this.value = host.querySelector("b");
    this.marker = host.querySelector(".marker");
    this.dot = host.querySelector(".dot");
    this.svg = host.querySelector("svg");
  }

  said(value) {
    if (!Number.isFinite(value)) return "–";
    return this.percent ? (100 * value).toFixed(1) + " %" : value.toPrecision(3);
  }

  show(at) {
    const x = this.x(at);
    this.value.textContent = this.said(this.values[at]);
    this.marker.setAttribute("transform", `translate(${x},0)`);
    this.dot.setAttribute("cx", x);
    this.dot.setAttribute("cy", this.y(this.values[at]));
  }

  // The checkpoint nearest to a pointer.
  at(event) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * CURVE.width;
    let best = 0;
    for (let at = 1; at < this.epochs.length; at++) {
      if (Math.abs(this.x(at) - x) < Math.abs(this.x(best) - x)) best = at;
    }
    return best;
  }
}
