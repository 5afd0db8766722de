// How names, shapes and amounts are spelled, and the small pieces that all parts draw with.

const CHEVRON = `<path d="M6 3l5 5-5 5" fill="none" stroke="currentColor" stroke-width="2"
  stroke-linecap="round" stroke-linejoin="round"/>`;
const SPOKEN = {
  unused: "never called by this forward",
  read: "not run as a module; an operation reads its parameters",
  holds: "not run itself; what it holds is",
};
// What a box's size can mean: its place in a row's sizes, its name, how an amount is spelled.
const MEASURES = [
  { name: "Parameters", unit: "parameters", spell: short },
  { name: "MACs", unit: "MACs", spell: short },
  { name: "Activations", unit: "of activations", spell: bytes },
];

function idle(thing) { // why it has no shapes; the forward may use methods of what has no parameters
  return thing.use === "unused" && !thing.size[0] ? "not run as a module" : SPOKEN[thing.use];
}

function element(kind, name, parent) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  return parent ? parent.appendChild(made) : made;
}

function button(parent, text, act) {
  const made = element("button", "", parent);
  made.type = "button";
  made.textContent = text;
  made.onclick = act;
  return made;
}

function icon(path) {
  return `<svg viewBox="0 0 16 16" aria-hidden="true">${path}</svg>`;
}

function mark(el, text, words) { // the text, with the first of the words that is in it marked
  const [at, size] = words.map((word) => [text.toLowerCase().indexOf(word), word.length])
    .find(([place]) => place >= 0) || [text.length, 0];
  el.replaceChildren(text.slice(0, at));
  if (size) element("mark", "", el).textContent = text.slice(at, at + size);
  el.append(text.slice(at + size));
}

function breakable(name) { // long names may go on in the next line behind these marks
  const made = document.createDocumentFragment();
  for (const part of name.split(/(?<=[–_.])/)) {
    made.append(part, document.createElement("wbr"));
  }
  return made;
}

function dims(shape) {
  return shape.length ? shape.join(" × ") : "no shape";
}

function long(count) {
  return count.toLocaleString("en");
}

function short(count) { // as pages/widgets/sizes.py spells it
  return scaled(count, ["", "k", "M", "G", "T"]);
}

function bytes(count) {
  return scaled(count, ["B", "kB", "MB", "GB", "TB"]);
}

function scaled(count, units) {
  let unit = 0;
  while (count >= 999.5 && unit < 4) { count /= 1000; unit++; }
  const digits = unit === 0 || count >= 99.95 ? count.toFixed(0) : String(+count.toPrecision(3));
  return `${digits} ${units[unit]}`.trim();
}

function percent(share) {
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  return `${share < 0.0995 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}
