// How states, names and counts are spelled and drawn.

const SPOKEN = { on: "trains", off: "frozen" };
const ARIA = { on: "true", off: "false", mixed: "mixed" };
const FLAKE = `<path d="M8 1v14M2 4.5l12 7M14 4.5l-12 7M6 2l2 2 2-2M6 14l2-2 2 2M1.8 7.2l2.6-.8-.6-2.7
  M14.2 8.8l-2.6.8.6 2.7M14.2 7.2l-2.6-.8.6-2.7M1.8 8.8l2.6.8-.6 2.7" fill="none"
  stroke="currentColor" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>`;
const FLAME = `<path d="M8.6.8c.5 3-1.2 4-2.4 5.6-.5-.5-.7-1.2-.7-1.9C3.8 5.9 3 7.6 3 9.6 3 12.6
  5.2 15 8 15s5-2.4 5-5.2C13 6 10.4 3.6 8.6.8zM8 13.6c-1.5 0-2.5-1.1-2.5-2.5 0-1.7 1.6-2.4
  2.3-4.1 1.3 1.1 2.7 2.5 2.7 4.2 0 1.4-1 2.4-2.5 2.4z" fill="currentColor" fill-rule="evenodd"/>`;
const CHECK = `<path d="M2.5 8.5l3.5 3.5 7.5-8" fill="none" stroke="currentColor"/>`;
const HALF = '<path d="M3 8h10" stroke="currentColor" stroke-width="3" stroke-linecap="round"/>';
const ICONS = { on: FLAME, off: FLAKE, mixed: HALF };

function spoken(row) {
  if (row.state !== "mixed") return SPOKEN[row.state];
  const percent = (100 * row.warm) / row.params;
  if (percent < 1) return "under 1 % trains";
  return percent > 99 ? "over 99 % trains" : `${Math.round(percent)} % trains`;
}

function last(name) { // the part behind the last point
  return name.slice(name.lastIndexOf(".") + 1);
}

function spelled(row) {
  return row.parameter ? "parameter" : row.type;
}

function stageLabel(name) { // a number alone says nothing: features.3
  const parts = name.split(".");
  return parts.slice(/^\d+$/.test(parts[parts.length - 1]) ? -2 : -1).join(".");
}

function mixture(row) { // the share that trains, as hatching can still show it
  return Math.min(0.8, Math.max(0.2, row.warm / row.params));
}

function shortened(label) { // the end tells stages apart: encoder_layer_11 is layer_11
  let text = label;
  while (text.length > 11 && /[._]/.test(text)) text = text.replace(/^[^._]*[._]/, "");
  return text;
}
