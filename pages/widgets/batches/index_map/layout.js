// Where each place of each batch lies: batches from left to right, their samples from top to
// bottom, in as many lines as it takes. Cells are as large as the height allows.

const LARGEST = 26, LABELLED = 9, NUMBERED = 18;

function layOut(sizes, width, height) {
  const most = Math.max(1, ...sizes);
  // As many rows as make the columns of a batch about equally long.
  const rowChoices = [most, 64, 32, 16, 8, 4, 2, 1].filter((rows) => rows <= most)
    .map((rows) => Math.ceil(most / Math.ceil(most / rows)));
  let best = null, worth = 0;
  for (const rows of rowChoices) {
    for (let side = LARGEST; side >= 1; side--) {
      const found = fill(sizes, side, rows, width);
      if (!found || found.height > height) continue;
      const value = side * (rows === most ? 1.7 : 1); // one column a batch reads best
      if (value > worth) [best, worth] = [found, value];
      break;
    }
  }
  return best || fill(sizes, 1, Math.min(most, 32), width) || fill(sizes, 1, most, width);
}

function fill(sizes, side, rows, width) {
  const gap = side >= 6 ? Math.max(4, Math.round(side * 0.4)) : side >= 2 ? 2 : 1;
  const label = side >= LABELLED ? 15 : 0;
  const most = Math.max(1, ...sizes);
  const block = Math.ceil(most / rows) * side;
  const perLine = Math.floor((width + gap) / (block + gap));
  if (perLine < 1) return null;
  const lines = Math.ceil(sizes.length / perLine);
  return { side, rows, gap, label, block, perLine, lines,
    step: rows * side + gap + label, height: lines * (rows * side + gap + label) };
}

// The top left corner of a place of a batch.
function corner(plan, batch, place) {
  const line = Math.floor(batch / plan.perLine), column = batch % plan.perLine;
  return [
    column * (plan.block + plan.gap) + Math.floor(place / plan.rows) * plan.side,
    line * plan.step + (place % plan.rows) * plan.side,
  ];
}

// The batch and place under a point, or null.
function placeAt(plan, sizes, x, y) {
  const line = Math.floor(y / plan.step), column = Math.floor(x / (plan.block + plan.gap));
  const batch = line * plan.perLine + column;
  if (column >= plan.perLine || batch < 0 || batch >= sizes.length) return null;
  const inX = x - column * (plan.block + plan.gap), inY = y - line * plan.step;
  const row = Math.floor(inY / plan.side);
  if (row >= plan.rows || inX >= plan.block || inX < 0 || inY < 0) return null;
  const place = Math.floor(inX / plan.side) * plan.rows + row;
  return place < sizes[batch] ? [batch, place] : null;
}
