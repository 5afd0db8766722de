// The confusion matrix of one epoch: true classes down, predicted ones across, as on the Runs page.

const MAX_COUNTED = 20; // classes up to which each cell has its count
const MAX_NAMED = 30; // class names beside it; of more classes every second or third

class Confusion {
  constructor(host, names, support) {
    this.names = names;
    this.support = support;
    const count = names.length;
    const every = Math.ceil(count / MAX_NAMED);
    const longest = Math.max(...names.map((name) => Math.min(name.length, 12)));
    const edge = Math.max(1, 0.34 * longest * Math.max(1, count / 14)); // in cells
    const size = 0.42 * Math.max(1, count / 14);
    const label = (name) => escaped(name.length > 12 ? name.slice(0, 11) + "…" : name);
    const turned = longest > 3;
    const named = names.map((name, at) => (at % every ? "" : label(name)));
    host.innerHTML =
      `<div class="name">True class down, taken for across</div>` +
      `<svg viewBox="${-edge - 0.3} -0.1 ${count + edge + 0.4} ${count + edge + 0.5}" role="img" ` +
      `aria-label="Confusion matrix" style="font-size:${size}px">` +
      `<rect class="frame" width="${count}" height="${count}"/>` +
      named.map((name, at) => name && `<text x="-0.25" y="${at + 0.5 + size / 3}" text-anchor="end">${name}</text>`).join("") +
      named.map((name, at) => name && (turned
        ? `<text transform="translate(${at + 0.65},${count + 0.35}) rotate(-45)" text-anchor="end">${name}</text>`
        : `<text x="${at + 0.5}" y="${count + size + 0.25}" text-anchor="middle">${name}</text>`)).join("") +
      `<g class="cells"></g></svg>`;
    this.cells = host.querySelector(".cells");
  }

  show(cells, { colors, inks }) {
    const parts = [];
    for (const [truth, said, images] of cells) {
      const share = images / this.support[truth];
      const right = truth === said;
      const shown = right ? 0.25 + 0.75 * share : Math.min(1, 0.3 + 1.4 * share);
      const told = `${this.names[truth]} taken for ${this.names[said]}: ${images} (${(100 * share).toFixed(1)} %)`;
      parts.push(
        `<rect x="${said + 0.03}" y="${truth + 0.03}" width="0.94" height="0.94" rx="0.06" ` +
        `fill="${right ? colors.accent : colors.mistake}" opacity="${shown.toFixed(3)}">` +
        `<title>${escaped(told)}</title></rect>`
      );
      if (this.names.length <= MAX_COUNTED) {
        parts.push(
          `<text x="${said + 0.5}" y="${truth + 0.65}" text-anchor="middle" pointer-events="none" ` +
          `style="fill:${inks[right ? "accent" : "mistake"][Math.round(100 * shown)]}">${images}</text>`
        );
      }
    }
    this.cells.innerHTML = parts.join("");
  }
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one]);
}
