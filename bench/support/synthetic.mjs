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
