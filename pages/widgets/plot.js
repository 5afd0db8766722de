// What canvas charts share; it is put before a chart's own script.

function element(kind, name, parent) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  return parent ? parent.appendChild(made) : made;
}

function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const found = [];
  // Beyond what numbers can tell apart a step leads nowhere.
  for (let at = Math.ceil(low / size - 1e-9) * size; at <= high * (1 + 1e-9) && at + size > at; at += size) {
    found.push(Number(at.toPrecision(12)));
  }
  return found;
}

function powers(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const n of [1, 2, 5]) {
      const at = n * 10 ** power;
      if (at >= low && at <= high) found.push(Number(at.toPrecision(6)));
    }
  }
  return found;
}

function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001 || size >= 1e5) return value.toExponential(1).replace("e-", "e−").replace("e+", "e");
  return Number(value.toPrecision(size < 1 ? 3 : 4)).toString();
}
