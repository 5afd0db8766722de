// What a search can ask for, and what it found, in words.

const BIASES = "*bias"; // bias, and in_proj_bias of attention

function offerKinds(select, layers) { // the classes that the model has, and all biases
  const types = new Map();
  const biases = layers.matching(BIASES).length;
  for (const { type } of layers.rows.slice(1)) if (type) types.set(type, (types.get(type) || 0) + 1);
  const option = (value, text) => {
    const made = element("option", "", select);
    made.value = value;
    made.textContent = text;
  };
  select.replaceChildren();
  option("", "All of a type …");
  if (biases) option(BIASES, `All biases (${long(biases)})`);
  [...types].sort(([one], [other]) => one.localeCompare(other)).forEach(
    ([type, count]) => option(TYPE + type, `${type} (${long(count)})`));
}

function sums(rows) {
  return rows.reduce(({ params, warm }, row) => (
    { params: params + row.params, warm: warm + row.warm }), { params: 0, warm: 0 });
}

function foundWords(count, params, warm) {
  const some = warm ? `${long(warm)} train` : "all frozen";
  return `${long(count)} ${count === 1 ? "matches" : "match"}: ${long(params)} parameters, `
    + `${warm === params ? "all train" : some}.`;
}
