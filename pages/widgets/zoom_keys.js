// A closer look by the keyboard, for charts whose canvas a person drags over; put before a chart's
// own script. The chart has whole(), extent(), setZoom([first, last] or null) and least(), the
// shortest part that it shows.

const KEYS = "+ and − look closer and further, ← and → move along, Esc shows all";

function zoomByKeys(canvas, chart, box) {
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application"); // a reader of the screen hands its keys on
  canvas.setAttribute("aria-roledescription", "chart");
  canvas.setAttribute("aria-description", KEYS);
  element("div", "keys", box).textContent = KEYS;
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
    const zoom = zoomed(event.key, chart);
    if (zoom === undefined) return;
    event.preventDefault();
    chart.setZoom(zoom);
  });
}

function zoomed(key, chart) { // undefined: not a key of ours, or it changes nothing
  const [first, last] = chart.extent(), [from, to] = chart.whole();
  const span = last - first, middle = (first + last) / 2;
  if (key === "+" || key === "=") {
    const half = Math.max(span / 2, chart.least()) / 2;
    return 2 * half < span ? [middle - half, middle + half] : undefined;
  }
  if (!chart.zoom) return undefined;
  if (key === "Escape" || key === "Home" || key === "0") return null;
  if (key === "-" || key === "_") {
    const [a, b] = [Math.max(middle - span, from), Math.min(middle + span, to)];
    return a <= from && b >= to ? null : [a, b];
  }
  const step = Math.max(span / 4, chart.least() / 2); // whole steps, rounded, move too
  const by = { ArrowLeft: -step, ArrowRight: step }[key];
  if (by === undefined) return undefined;
  const start = Math.min(Math.max(first + by, from), Math.max(to - span, from));
  return [start, start + span];
}
