// How names, shapes and amounts are spelled, and the small pieces that all parts draw with.

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

function bytes(count) {
  return scaled(count, ["B", "kB", "MB", "GB", "TB"]);
}

function percent(share) {
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  return `${share < 0.0995 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}
