// What was sent, as objects: the modules with what lies in each, and the levels of the diagram.

// Outlives the mount: after another page Streamlit mounts anew, and this is where a person was.
const kept = (globalThis[Symbol.for("thaw.structure")] ??= {
  structure: null, measure: 0, path: [], open: new Set(), scroll: 0,
});

class Modules {
  constructor(data) {
    const path = [];
    this.rows = data.rows.map(([depth, name, type, input, output, size, calls, use, detail],
      at) => {
      path.length = depth;
      const parent = path[depth - 1] || null;
      const row = { at, depth, parent, label: depth ? name : data.model, size, calls, use,
        detail, type: data.types[type], input: data.shapes[input], output: data.shapes[output],
        name: parent && parent.name ? `${parent.name}.${name}` : name, children: [] };
      if (parent) parent.children.push(row);
      path.push(row);
      return row;
    });
    this.root = this.rows[0];
    this.totals = data.totals;
    this.top = this.level(data.diagram, data.shapes);
  }

  level([input, boxes, held, macs], shapes) {
    return { input: shapes[input], held, macs, boxes: boxes.map((box, at) => {
      const [kind, rows, label, type, joint, source, inside] = box;
      const modules = rows.map((place) => this.rows[place]);
      const [first, last] = [modules[0], modules[modules.length - 1]];
      return { at, kind, modules, label, type, joint, source, input: first.input,
        output: last.output, calls: first.calls, use: first.use, detail: first.detail,
        size: [0, 1, 2].map((one) => modules.reduce((sum, row) => sum + row.size[one], 0)),
        inside: inside && this.level(inside, shapes) };
    }) };
  }

  aboveBoxes() { // names of the modules that the diagram opens to show its first boxes
    const open = new Set();
    for (const box of this.top.boxes) {
      for (let row = box.modules[0].parent; row; row = row.parent) open.add(row.name);
    }
    return open;
  }

  share(thing, measure) {
    return this.totals[measure] ? thing.size[measure] / this.totals[measure] : 0;
  }
}
