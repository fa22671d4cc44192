/**
 * The demo: draws some thousand images of digits, trains a network to read them without any learning rate to choose, does
 * the same job on the JavaScript backend for comparison, and saves a picture of what was learned.
 *
 *     node examples/demo.mjs [--quick] [--out FOLDER]        --quick: a small job of a second or two
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { selectBackend, train } from 'planesearch';
import { drawImages, SIDE } from './demo/images.mjs';
import { savePicture } from './demo/picture.mjs';
import { formatTable, progressLine, showImages } from './demo/terminal.mjs';

const { values: given } = parseArgs({ options: { quick: { type: 'boolean', default: false }, out: { type: 'string' } } });
const size = given.quick ? { rows: 600, heldOut: 200, maxIterations: 15 } : { rows: 6000, heldOut: 2000, maxIterations: 60 };
/** The JavaScript backend does as many of the same iterations as fit into this many seconds. */
const patience = given.quick ? 2 : 30;
const hidden = [60];

const training = drawImages(size.rows, 1);
const heldOut = drawImages(size.heldOut, 2);
console.log(`${size.rows} images of ${SIDE} x ${SIDE} pixels, drawn from strokes; ${size.heldOut} more are held out.`);
console.log(
  'A network learns to read them. Every iteration solves for its learning rate and momentum: there are none to choose.\n',
);

const { maxIterations } = size;
const {
  backend: { name: available },
  notice,
} = selectBackend();
if (notice) console.log(notice);
const { model, ...run } = available === 'native' ? await job('native', { maxIterations }) : await patientJob();
const compared = available === 'native' ? await patientJob() : null;

const predictions = await model.predict(heldOut.x);
const readings = predictions.map((prediction, i) => ({ image: imageOf(heldOut, i), digit: heldOut.y[i], prediction }));
const wrong = readings.filter(({ digit, prediction }) => digit !== prediction);
const some = readings
  .filter(({ digit, prediction }) => digit === prediction)
  .slice(0, 3)
  .concat(wrong.slice(0, 2));
console.log(`\nHeld-out images, and what the network reads:\n${showImages(some.map(captioned))}`);

console.log(`\n${formatTable(summary(run, compared))}`);
if ((compared ?? run).iterations < maxIterations) {
  console.log(
    `\nThe javascript run was given ${patience} s: compare time per iteration and the objective at the same iteration.`,
  );
}

const folder = path.resolve(given.out ?? path.join(import.meta.dirname, '..', 'demo-output'));
await mkdir(folder, { recursive: true });
const picture = path.join(folder, 'digits.png');
await savePicture(picture, {
  model,
  samples: Array.from({ length: 30 }, (_, i) => imageOf(training, i)),
  mistakes: { total: wrong.length, shown: wrong.slice(0, 20) },
  heldOut: size.heldOut,
  accuracy: run.heldOutAccuracy,
});
console.log(`\nA picture of what was learned: ${picture}`);

function patientJob() {
  return job('javascript', { maxIterations, timeLimit: patience });
}

async function job(backend, limits) {
  const callbacks = [progressLine(backend, limits)];
  // Tolerance 0 asks for all the iterations, so that both backends do the same work.
  const options = { network: 'mlp', hidden, loss: 'softmax', backend, tolerance: 0, ...limits, callbacks };
  const result = await train(training, options);
  const target = { kind: 'numbers', values: heldOut.y };
  const { accuracy } = await result.model.evaluate(heldOut.x, target, selectBackend(result.backend).backend);
  return { ...result, heldOutAccuracy: accuracy };
}

/** One column per run; the objective also at the last iteration that both have done. */
function summary(first, second) {
  const runs = second ? [first, second] : [first];
  const common = Math.min(...runs.map(({ iterations }) => iterations));
  const pace = ({ history, iterations }) => (history.at(-1).seconds - history[0].seconds) / iterations;
  const line = (label, show) => [label, ...runs.map(show)];
  const rows = [
    line('backend', ({ backend, threads }) => `${backend}, ${threads} thread${threads > 1 ? 's' : ''}`),
    line('trained', ({ network, columns }) => `${network} ${[columns, ...hidden, 10].join('-')}`),
    line('method', ({ direction, steps }) => `${direction}, ${steps}`),
    line('objective', ({ objective }) => objective.toFixed(6)),
    line(`objective at iteration ${common}`, ({ history }) => history[common].objective.toFixed(6)),
    line('accuracy, held-out images', ({ heldOutAccuracy }) => `${(100 * heldOutAccuracy).toFixed(1)} %`),
    line('iterations', ({ iterations }) => `${iterations}`),
    line('products with X', ({ products }) => countProducts(products)),
    line('seconds', ({ seconds }) => seconds.toFixed(2)),
    line('milliseconds per iteration', (one) => (1000 * pace(one)).toFixed(1)),
  ];
  if (second) rows.push(['times as long per iteration', '1', (pace(second) / pace(first)).toFixed(0)]);
  return rows;
}

/** The two kinds of products of every iteration together; Gram matrices of X, which some directions use, apart. */
function countProducts({ multiply, multiplyTransposed, gram = 0 }) {
  return `${multiply + multiplyTransposed}${gram > 0 ? ` + ${gram} Gram` : ''}`;
}

function imageOf({ x }, row) {
  return x.values.subarray(row * x.columns, (row + 1) * x.columns);
}

function captioned({ image, digit, prediction }) {
  return { image, side: SIDE, right: digit === prediction, caption: `${digit} read as ${prediction}` };
}
