// The small pieces that components draw with, and how counts are spelled.

const CHEVRON = `<path d="M6 3l5 5-5 5" fill="none" stroke="currentColor" stroke-width="2"
  stroke-linecap="round" stroke-linejoin="round"/>`;

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

function long(count) {
  return count.toLocaleString("en");
}

function short(count) { // as pages/widgets/sizes.py spells it
  return scaled(count, ["", "k", "M", "G", "T"]);
}

function scaled(count, units) {
  let unit = 0;
  while (count >= 999.5 && unit < 4) { count /= 1000; unit++; }
  const digits = unit === 0 || count >= 99.95 ? count.toFixed(0) : String(+count.toPrecision(3));
  return `${digits} ${units[unit]}`.trim();
}
