// Which layers train: answered here at once, by the same rule as in core/models/freezing.py.

// Outlives the mount: after another page Streamlit mounts anew, with the data of the last
// revision, and the clicks since then are only here.
const kept = (globalThis[Symbol.for("thaw.freeze_tree")] ??= {
  structure: null, revision: null, clicks: [], open: new Set(), last: 0, scroll: 0,
});

class Layers {
  constructor(rows) {
    // A parameter is a row of its own where its module has several; else `alone` is its name.
    this.rows = rows.map(([name, type, own, output, alone], at) => ({ at, name, type, own, output,
      alone, parameter: !type, children: [], end: rows.length, parent: null, level: 1 }));
    this.known = new Map();
    // Rows come depth first: what lies in a module is the stretch from it to its end.
    const path = [];
    for (const row of this.rows) {
      while (path.length && !within(row.name, path[path.length - 1].name)) path.pop().end = row.at;
      row.parent = path[path.length - 1] || null;
      row.level = path.length + 1;
      if (row.parent) row.parent.children.push(row);
      path.push(row);
    }
    this.byName = new Map(this.rows.map((row) => [row.name, row]));
    this.on = new Uint8Array(rows.length);
  }

  set(text, clicks) {
    for (let at = 0; at < this.on.length; at++) this.on[at] = text[at] === "1" ? 1 : 0;
    for (const [, name, value] of clicks) this.fill(name, value);
    this.count();
  }

  fill(name, value) {
    const rows = isPattern(name) ? this.matching(name) : [this.byName.get(name)];
    for (const row of rows) if (row) this.on.fill(value ? 1 : 0, row.at, row.end);
  }

  matching(pattern) { // as in core/models/freeze_names.py: the outermost rows that it matches
    if (this.known.has(pattern)) return this.known.get(pattern);
    const byType = pattern.startsWith(TYPE), wanted = expression(byType
      ? pattern.slice(TYPE.length) : pattern);
    const found = this.outermost((row) => byType ? row.type && wanted.test(row.type)
      : (row.name && wanted.test(row.name)) || (row.alone && wanted.test(
        row.name ? `${row.name}.${row.alone}` : row.alone)));
    this.known.set(pattern, found);
    return found;
  }

  outermost(matches) {
    const found = [];
    for (let at = 0; at < this.rows.length;) {
      const row = this.rows[at];
      if (matches(row)) { found.push(row); at = row.end; } else at++;
    }
    return found;
  }

  count() { // sums from the first row to each, so that a stretch is one subtraction
    const size = this.rows.length + 1;
    const sums = { params: new Float64Array(size), warm: new Float64Array(size),
      layers: new Uint32Array(size), lit: new Uint32Array(size) };
    this.rows.forEach(({ own }, at) => {
      const layer = own > 0 ? 1 : 0, on = this.on[at];
      sums.params[at + 1] = sums.params[at] + own;
      sums.warm[at + 1] = sums.warm[at] + own * on;
      sums.layers[at + 1] = sums.layers[at] + layer;
      sums.lit[at + 1] = sums.lit[at] + layer * on;
    });
    for (const row of this.rows) {
      for (const [name, sum] of Object.entries(sums)) row[name] = sum[row.end] - sum[row.at];
      row.state = row.lit === 0 ? "off" : row.lit === row.layers ? "on" : "mixed";
    }
  }
}

const TYPE = "type:";

function isPattern(text) {
  return /[*?]/.test(text) || text.startsWith(TYPE);
}

function expression(pattern) { // * is any text, ? one character
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^(?:${escaped.replace(/\*/g, "[^]*").replace(/\?/g, "[^]")})$`, "u");
}

function within(name, ancestor) {
  return ancestor === "" || name === ancestor || name.startsWith(`${ancestor}.`);
}
