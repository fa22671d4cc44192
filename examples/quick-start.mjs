/**
 * The shortest way: two interleaved half moons of points, a small network that tells them apart, predictions, a model file.
 *
 *     node examples/quick-start.mjs
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom, Model, train } from 'planesearch';

// X is row-major: `values[i * columns + j]` is row i, column j. Labels are any two strings or numbers, or several strings.
const rows = 1000;
const random = createRandom(1);
const values = new Float64Array(rows * 2);
const y = [];
for (let i = 0; i < rows; i++) {
  const upper = i % 2 === 0;
  const angle = Math.PI * random.uniform();
  values[2 * i] = (upper ? Math.cos(angle) : 1 - Math.cos(angle)) + 0.15 * random.normal();
  values[2 * i + 1] = (upper ? Math.sin(angle) : 0.5 - Math.sin(angle)) + 0.15 * random.normal();
  y.push(upper ? 'upper' : 'lower');
}

const training = await train({ x: { values, rows, columns: 2 }, y }, { network: 'mlp', hidden: [16] });
const { model, objective, iterations, stop, scores, backend } = training;
console.log(`${iterations} iterations on the ${backend} backend; stopped because the ${stop.detail}`);
console.log(`objective ${objective.toFixed(6)}, accuracy ${(100 * scores.accuracy).toFixed(1)} %`);

const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-'));
try {
  await model.save(path.join(folder, 'moons.model'));
  const loaded = await Model.load(path.join(folder, 'moons.model'));
  const points = { values: Float64Array.of(0, 1, 1, -0.5), rows: 2, columns: 2 };
  console.log(`(0, 1) and (1, -0.5) belong to: ${(await loaded.predict(points)).join(', ')}`);
} finally {
  await rm(folder, { recursive: true });
}
