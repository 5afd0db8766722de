// A tensor as papers draw it: the face is the picture's side, the depth is its channels.

const LEAST_FACE = 6; // pixels

function tensor(shape, widest, face) { // face: pixels for a picture of the widest side
  const { height, width, depth } = extent(shape, widest, face);
  const dx = depth * 0.8, dy = depth * 0.45;
  const [w, h] = [width + dx, height + dy];
  const front = `M1 ${dy + 1}h${width}v${height}h${-width}z`;
  const top = `M1 ${dy + 1}l${dx} ${-dy}h${width}l${-dx} ${dy}z`;
  const side = `M${1 + width} ${dy + 1}l${dx} ${-dy}v${height}l${-dx} ${dy}z`;
  return `<svg class="cuboid" width="${w + 2}" height="${h + 2}" viewBox="0 0 ${w + 2} ${h + 2}"
    aria-hidden="true"><path class="top" d="${top}"/><path class="side" d="${side}"/>
    <path class="face" d="${front}"/></svg>`;
}

function extent(shape, widest, face) {
  const { side, channels } = reading(shape);
  // By the root: 224 and 7 pixels are then both still seen.
  const drawn = Math.max(LEAST_FACE, face * Math.sqrt(side / Math.max(widest, 1)));
  const depth = 0.035 * face * Math.log2(channels + 1);
  if (side === 1) return { height: LEAST_FACE, width: LEAST_FACE, depth }; // a vector
  return shape.length === 2 ? { height: drawn, width: LEAST_FACE, depth }
    : { height: drawn, width: drawn, depth };
}

function reading(shape) { // rows do not say which number is what; swin has its channels last
  if (shape.length < 2) return { side: 1, channels: shape[0] || 1 };
  if (shape.length === 2) return { side: Math.sqrt(shape[0]), channels: shape[1] };
  const last = shape.length - 1;
  const channelsLast = shape[last] !== shape[last - 1] && shape[last - 1] === shape[last - 2];
  return channelsLast ? { side: shape[last - 1], channels: shape[last] }
    : { side: shape[last], channels: shape[0] };
}
