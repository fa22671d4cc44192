/** Random problems of any shape, for measurements of time where the data do not matter. */
import { createRandom } from 'planesearch';

/** Uniform numbers with unit variance; labels by a random linear rule with noise, softmax where there are several outputs. */
export function randomProblem({ rows, columns, outputs = 1, seed = 0 }) {
  const random = createRandom(seed);
  const values = new Float64Array(rows * columns);
  for (let e = 0; e < values.length; e++) values[e] = 3.4641016151377544 * (random.uniform() - 0.5);
  const rule = Float64Array.from({ length: columns * outputs }, () => random.normal() / Math.sqrt(columns));
  const targets = Float64Array.from({ length: rows }, (_, i) => {
    const scores = Array.from({ length: outputs }, (_, a) => {
      let sum = 0.5 * random.normal();
      for (let j = 0; j < columns; j++) sum += values[i * columns + j] * rule[j * outputs + a];
      return sum;
    });
    if (outputs === 1) return scores[0] > 0 ? 1 : -1;
    return scores.indexOf(Math.max(...scores));
  });
  return {
    name: `random ${rows} x ${columns}`,
    x: { values, rows, columns },
    targets,
    loss: outputs === 1 ? 'logistic' : 'softmax',
    outputs,
  };
}

/**
 * Embeddings as an encoder gives them, in float32: a center for each class, rows around it with a spread that falls from column to column,
 * unit length. Two centers are about four spreads apart whatever the width, so that classes overlap.
 */
export function clusters({ rows, columns, classes = 20, seed = 0 }) {
  const random = createRandom(seed);
  const spread = Float64Array.from({ length: columns }, (_, j) => 1 / Math.sqrt(1 + j / 16));
  const centers = Float64Array.from({ length: classes * columns }, (_, e) => {
    return Math.sqrt(8 / columns) * spread[e % columns] * random.normal();
  });
  const values = new Float32Array(rows * columns);
  const targets = Float64Array.from({ length: rows }, () => Math.floor(classes * random.uniform()));
  const row = new Float64Array(columns);
  // xorshift32 in place: a call for each of up to 61 million numbers would take longer than the training.
  let bits = (seed + 1) * 2654435769 || 1;
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let j = 0; j < columns; j++) {
      bits ^= bits << 13;
      bits ^= bits >>> 17;
      bits ^= bits << 5;
      row[j] = centers[targets[i] * columns + j] + spread[j] * 1.7320508075688772 * (bits / 2 ** 31);
      squares += row[j] * row[j];
    }
    const length = Math.sqrt(squares);
    for (let j = 0; j < columns; j++) values[i * columns + j] = row[j] / length;
  }
  const x = { kind: 'dense', values, rows, columns };
  return { name: `embeddings-${columns}`, x, targets, loss: 'softmax', outputs: classes };
}

/** Compressed rows of text-like data: `share` of the numbers stored, at random columns; two classes by a random linear rule with noise. */
export function sparseProblem({ rows, columns, share, seed = 0 }) {
  const random = createRandom(seed);
  const each = Math.max(1, Math.round(columns * share));
  const indptr = Float64Array.from({ length: rows + 1 }, (_, i) => i * each);
  const indices = new Uint32Array(rows * each);
  const values = new Float64Array(rows * each);
  const targets = new Float64Array(rows);
  const stretch = Math.floor(columns / each);
  for (let i = 0; i < rows; i++) {
    let score = random.normal();
    for (let e = 0; e < each; e++) {
      // One column in each stretch of them: no column twice, and squaring makes some of them frequent.
      const j = e * stretch + Math.floor(stretch * random.uniform() ** 2);
      indices[i * each + e] = j;
      values[i * each + e] = random.uniform();
      score += values[i * each + e] * (((j * 2654435761) % 1000) / 500 - 1);
    }
    targets[i] = score > 0 ? 1 : -1;
  }
  const x = { kind: 'csr', indptr, indices, values, rows, columns };
  return { name: `random ${rows} x ${columns} sparse`, x, targets, loss: 'logistic', outputs: 1 };
}

/**
 * A table as people have them, in float32: columns that share ten factors, every fourth one 0 or 1, all standardized; classes by a network of
 * `units` tanh units with Gumbel noise.
 */
export function taught({ rows, columns, classes, units, seed = 0 }) {
  const random = createRandom(seed);
  const normals = (count, scale) => Float64Array.from({ length: count }, () => scale * random.normal());
  const factors = 10;
  const loadings = normals(columns * factors, 0.3);
  const first = normals(columns * units, 2 / Math.sqrt(columns));
  const second = normals(units * classes, 1.5);
  const values = new Float32Array(rows * columns);
  const targets = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const x = values.subarray(i * columns, (i + 1) * columns);
    const shared = normals(factors, 1);
    const hidden = new Float64Array(units);
    for (let j = 0; j < columns; j++) {
      let value = 0.7 * random.normal();
      for (let k = 0; k < factors; k++) value += loadings[j * factors + k] * shared[k];
      x[j] = j % 4 === 3 ? (Number(value > 0.7) - 0.25) / 0.43 : value / 1.2;
      for (let u = 0; u < units; u++) hidden[u] += first[j * units + u] * x[j];
    }
    const scores = Array.from({ length: classes }, () => -Math.log(-Math.log(1 - random.uniform())));
    for (let u = 0; u < units; u++)
      for (let c = 0; c < classes; c++) scores[c] += second[u * classes + c] * Math.tanh(hidden[u]);
    targets[i] = scores.indexOf(Math.max(...scores));
  }
  return { values, rows, columns, targets };
}
