/**
 * Labels for embeddings: vectors from any model, a label each, a classifier that tells the label of the next vector in microseconds. Beside it
 * what people write by hand: k nearest neighbors, and gradient descent with a learning rate.
 *
 *     node examples/embeddings.mjs                      vectors made here
 *     node examples/embeddings.mjs vectors.jsonl        {"vector": [0.1, ...], "label": "sports"}, a line each (or NPZ, Parquet, ...)
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom, loadTable, LogisticRegression, saveOnnx, trainTestSplit } from 'planesearch';

const TOPICS = ['arts', 'books', 'cooking', 'games', 'health', 'law', 'money', 'music', 'sports', 'travel'];

/** Unit vectors in float32, as embedding models give them: a direction for each topic, shared directions of style, noise. */
function makeVectors(rows, columns, seed) {
  const random = createRandom(seed);
  const normals = (count) => Float64Array.from({ length: count }, () => random.normal());
  const topics = TOPICS.map(() => normals(columns));
  const styles = Array.from({ length: 8 }, () => normals(columns));
  const values = new Float32Array(rows * columns);
  const labels = Array.from({ length: rows }, (_, i) => {
    const topic = random.integer(TOPICS.length);
    const amounts = styles.map(() => 0.15 * random.normal());
    const row = normals(columns).map((noise, j) => {
      const style = amounts.reduce((sum, amount, s) => sum + amount * styles[s][j], 0);
      return 0.25 * topics[topic][j] + style + 1.3 * noise;
    });
    const length = Math.hypot(...row);
    row.forEach((value, j) => (values[i * columns + j] = value / length));
    return TOPICS[topic];
  });
  return { x: { values, rows, columns }, y: labels };
}

async function readVectors(file) {
  const { data, target } = await loadTable(file);
  return { x: data, y: target };
}

/** The label that most of the k nearest vectors have, by the dot product (cosine of unit vectors). */
function nearestLabel({ values, rows, columns }, labels, row, k) {
  const best = [];
  for (let i = 0; i < rows; i++) {
    let dot = 0;
    for (let j = 0; j < columns; j++) dot += values[i * columns + j] * row[j];
    if (best.length === k && dot <= best[k - 1].dot) continue;
    best.push({ dot, label: labels[i] });
    best.sort((a, b) => b.dot - a.dot);
    best.length = Math.min(k, best.length);
  }
  const votes = new Map();
  for (const { label } of best) votes.set(label, (votes.get(label) ?? 0) + 1);
  return [...votes].reduce((most, vote) => (vote[1] > most[1] ? vote : most))[0];
}

/** Softmax regression by full-batch gradient descent in plain JavaScript, as in a hundred tutorials. */
function descend({ values, rows, columns }, labels, classes, rate, epochs) {
  const width = classes.length;
  const weights = new Float64Array((columns + 1) * width);
  const codes = labels.map((label) => classes.indexOf(label));
  for (let epoch = 0; epoch < epochs; epoch++) {
    const gradient = new Float64Array(weights.length);
    for (let i = 0; i < rows; i++) {
      const row = values.subarray(i * columns, (i + 1) * columns);
      const p = softmax(scores(weights, row, width));
      p[codes[i]] -= 1;
      for (let j = 0; j <= columns; j++) {
        const value = j < columns ? row[j] : 1;
        for (let a = 0; a < width; a++) gradient[j * width + a] += (value * p[a]) / rows;
      }
    }
    for (let e = 0; e < weights.length; e++) weights[e] -= rate * gradient[e];
  }
  return (row) => {
    const found = scores(weights, row, width);
    return classes[found.indexOf(Math.max(...found))];
  };
}

function scores(weights, row, width) {
  const found = weights.slice(row.length * width);
  for (let j = 0; j < row.length; j++) for (let a = 0; a < width; a++) found[a] += row[j] * weights[j * width + a];
  return found;
}

function softmax(found) {
  const top = Math.max(...found);
  const p = found.map((score) => Math.exp(score - top));
  const sum = p.reduce((all, part) => all + part, 0);
  return p.map((part) => part / sum);
}

const data = process.argv[2] === undefined ? makeVectors(2400, 384, 1) : await readVectors(process.argv[2]);
const { train, test } = await trainTestSplit(data, { testShare: 0.25, seed: 1 });
const [truth, known] = [[...test.y.values], [...train.y.values]];
const rowsOf = ({ values, rows, columns }) =>
  Array.from({ length: rows }, (_, i) => values.subarray(i * columns, (i + 1) * columns));
const testRows = rowsOf(test.x);
const seconds = (began) => (performance.now() - began) / 1000;
const lines = [['', 'training', 'accuracy', 'a row']];

/** Accuracy over the test rows and the time of one prediction. */
function judge(name, trained, predict) {
  const began = performance.now();
  const right = testRows.filter((row, i) => predict(row) === truth[i]).length;
  const microseconds = (1e6 * seconds(began)) / testRows.length;
  const accuracy = `${((100 * right) / testRows.length).toFixed(1)} %`;
  lines.push([name, trained === null ? 'none' : `${trained.toFixed(2)} s`, accuracy, `${microseconds.toFixed(1)} us`]);
}

console.log(`${train.x.rows} vectors of ${train.x.columns} numbers to learn from, ${test.x.rows} to be judged by`);
let began = performance.now();
const classifier = await new LogisticRegression().fit(train.x, train.y);
const trained = seconds(began);
const predictor = classifier.model.predictor({ precision: 'float32' });
for (const row of testRows.slice(0, 200)) predictor.predict(row);
judge('planesearch', trained, (row) => predictor.predict(row));
judge('10 nearest neighbors', null, (row) => nearestLabel(train.x, known, row, 10));
for (const rate of [1, 10, 100]) {
  began = performance.now();
  const predict = descend(train.x, known, classifier.classes, rate, 30);
  judge(`30 epochs by hand, rate ${rate}`, seconds(began), predict);
}
for (const [name, ...cells] of lines) console.log(`${name.padEnd(30)}${cells.map((cell) => cell.padStart(12)).join('')}`);

const { metrics, classes } = await classifier.evaluate(test.x, test.y);
console.log(`log loss ${metrics.logLoss.toFixed(3)}, calibration error ${metrics.calibrationError.toFixed(3)}`);
const [worst] = [...classes].sort((a, b) => a.f1 - b.f1);
console.log(`hardest label: ${worst.label}, precision ${worst.precision.toFixed(2)}, recall ${worst.recall.toFixed(2)}`);
const [first] = await classifier.topK(test.x, 3);
console.log(`the first one: ${first.map(({ label, probability }) => `${label} ${probability.toFixed(2)}`).join(', ')}`);

const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-'));
try {
  await classifier.save(path.join(folder, 'topics.model'));
  await saveOnnx(classifier.model, path.join(folder, 'topics.onnx'));
  console.log('saved as topics.model, and as topics.onnx for any runtime');
} finally {
  await rm(folder, { recursive: true });
}
