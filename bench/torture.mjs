/**
 * Torture: runs at the edge of float64, each looked at for honesty.
 *
 *     node bench/torture.mjs [--runs 1500] [--seed 0] [--seconds 50]
 *
 * Draws combinations of direction, step rule, solver, loss, network, backend and precision, with features, targets, sample weights and
 * penalties scaled from the smallest denormal to 1e300, constant and duplicate columns, separable classes, single rows, rows of zeros.
 * Every run has to end in one of two ways: refused, by an error of ours in one sentence; or finished, with
 *
 *     finite parameters,
 *     the reported objective equal to that of the returned parameters, worked out here from the formula, to 1e-9 (float32 X: 1e-5) and
 *     rounding,
 *     `converged` only with a gradient (in the frame) that is small beside the gradient it is compared with, or at the limit of rounding.
 *
 * Counts on standard error, JSON on standard output; exit code 1 when a run broke a rule, with the options that repeat it.
 */
import { parseArgs } from 'node:util';
import {
  createRandom,
  directions,
  encodeTarget,
  losses,
  networks,
  PlanesearchError,
  solvers,
  stepRules,
  train,
} from 'planesearch';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '1500' },
    seed: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '50' },
    only: { type: 'string' },
  },
});

const DENORMAL = 5e-324;
const featureScales = [1, 1, 1, 1e-3, 1e8, 1e-8, 1e-100, 1e100, 1e-150, 1e150, 1e-300, 1e300, 1e-310, DENORMAL];
const targetScales = [1, 1, 1, 1e3, 1e-3, 1e-100, 1e50, 1e100, 1e150, 1e-150, 1e-300, 1e300, DENORMAL];
const weightScales = [null, null, 1, 1e-300, 1e300, 1e-100, 'mixed'];
const penalties = [undefined, undefined, 0, 0, 1e-300, 1e-12, 1, 1e12, 1e150, 1e300];
const shapes = [
  'plain',
  'plain',
  'plain',
  'constant column',
  'duplicate columns',
  'separable',
  'one row',
  'zero rows',
  'collinear',
];
const numberLosses = ['squared', 'huber', 'poisson', 'gamma', 'tweedie'];

const pick = (random, list) => list[random.integer(list.length)];

/** Everything that a run is made of, from one seed. */
function draw(seed) {
  const random = createRandom(seed);
  const shape = pick(random, shapes);
  const rows = shape === 'one row' ? 1 : 6 + random.integer(30);
  const columns = 1 + random.integer(5);
  const scale = pick(random, featureScales);
  const mixed = random.uniform() < 0.25;
  const x = Float64Array.from({ length: rows * columns }, (_, e) => {
    const j = e % columns;
    return random.normal() * (mixed ? pick(createRandom(seed + j), featureScales) : scale);
  });
  for (let i = 0; i < rows; i++) {
    const at = i * columns;
    if (shape === 'constant column') x[at] = 3 * scale;
    if (shape === 'duplicate columns' && columns > 1) x[at + 1] = x[at];
    if (shape === 'collinear' && columns > 1) x[at + 1] = x[at] * (1 + 1e-12 * (i % 3));
    if (shape === 'zero rows' && i % 2 === 0) x.fill(0, at, at + columns);
  }
  const loss = pick(random, Object.keys(losses));
  const network = pick(random, ['linear', ...Object.keys(networks)]);
  const y = drawTargets(random, { loss, rows, columns, x, separable: shape === 'separable' });
  const weightScale = pick(random, weightScales);
  const sampleWeights =
    weightScale === null
      ? undefined
      : Float64Array.from({ length: rows }, () =>
          weightScale === 'mixed' ? pick(random, [0, 1e-300, 1, 1e300]) : weightScale * random.uniform(),
        );
  const steps = pick(random, Object.keys(stepRules));
  const activation = pick(random, ['tanh', 'relu', 'sigmoid', 'identity']);
  const settings = {
    loss,
    network,
    direction: pick(random, Object.keys(directions)),
    steps,
    solver: pick(random, Object.keys(solvers)),
    l2: pick(random, penalties),
    maxIterations: 40,
    seed,
    backend: pick(random, ['native', 'native', 'javascript']),
    threads: 1,
    ...(network === 'linear' ? {} : { hidden: [1 + random.integer(6)] }),
    ...(network === 'mlp' || network === 'skip' ? { activation } : {}),
    ...(steps === 'fixed' || steps === 'schedule' ? { rate: pick(random, [1e-13, 1e-3, 0.1, 10, 1e6]) } : {}),
    standardize: random.uniform() < 0.3,
  };
  const values = random.uniform() < 0.2 ? Float32Array.from(x) : x;
  return {
    data: { x: { values, rows, columns }, y, sampleWeights },
    settings: clean(settings),
    about: { shape, scale, mixed, weightScale },
  };
}

function clean(settings) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function drawTargets(random, { loss, rows, columns, x, separable }) {
  if (!numberLosses.includes(loss)) {
    const classes = loss === 'softmax' ? 3 : 2;
    return Array.from({ length: rows }, (_, i) => `c${separable ? Number(x[i * columns] > 0) : random.integer(classes)}`);
  }
  const scale = pick(random, targetScales);
  const positive = loss !== 'squared' && loss !== 'huber';
  return Float64Array.from({ length: rows }, () => {
    const y = loss === 'poisson' ? random.integer(6) : random.normal();
    return scale * (positive ? Math.abs(y) + (loss === 'gamma' ? 0.1 : 0) : y);
  });
}

/** f of the returned parameters from the formula, and how much of it may be rounding. */
async function trueObjective({ x, y, sampleWeights }, { model, l2 }, settings) {
  const doubles = { ...x, values: Float64Array.from(x.values) };
  const outputs = await model.outputs(doubles);
  const width = outputs.length / x.rows;
  const targets = encodeTarget(
    Array.isArray(y) ? { kind: 'strings', values: y } : { kind: 'numbers', values: y },
    model.spec.task,
  );
  const { loss } = model;
  const targetWidth = loss.targetWidth(width);
  const slope = new Float64Array(width);
  const most = sampleWeights ? Math.max(...sampleWeights) : 1;
  let [value, rounding, total] = [0, 0, 0];
  const size = largestTerm(model, doubles);
  for (let i = 0; i < x.rows; i++) {
    const weight = (sampleWeights?.[i] ?? 1) / most;
    if (weight === 0) continue;
    total += weight;
    value += weight * loss.row(outputs, i * width, width, targets, i * targetWidth, slope, null);
    // An error of the outputs by their own rounding moves the loss by so much.
    rounding += weight * Math.hypot(...slope) * size;
  }
  const penalty = penaltyOf(model, l2, settings.standardize ? spreads(doubles) : null);
  return { value: value / total + penalty, rounding: Number.EPSILON * 64 * (rounding / total) };
}

/** Largest sum of |x_j w_j| + |b| over rows and units of the first layer, carried through as it is: how large the outputs' terms are. */
function largestTerm({ layout, spec: { parameters } }, { values, rows, columns }) {
  const [weight, bias] = layout.blocks;
  let most = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < weight.columns; k++) {
      let sum = Math.abs(parameters[bias.offset + k]);
      for (let j = 0; j < columns; j++)
        sum += Math.abs(values[i * columns + j] * parameters[weight.offset + j * weight.columns + k]);
      most = Math.max(most, sum);
    }
  }
  const behind = layout.blocks
    .slice(2)
    .map(({ offset, size, rows: inputs }) =>
      Math.max(1, inputs * parameters.subarray(offset, offset + size).reduce((a, b) => Math.max(a, Math.abs(b)), 0)),
    );
  return behind.reduce((a, b) => a * b, most);
}

function spreads({ values, rows, columns }) {
  return Array.from({ length: columns }, (_, j) => {
    const column = Array.from({ length: rows }, (_row, i) => values[i * columns + j]);
    const longest = Math.max(...column.map((v) => Math.abs(v - column[0])));
    if (!(longest > 0)) return 0;
    const apart = column.map((v) => (v - column[0]) / longest);
    const mean = apart.reduce((a, b) => a + b, 0) / rows;
    return longest * Math.sqrt(apart.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows);
  });
}

function penaltyOf({ layout, spec: { parameters } }, l2, scales) {
  let sum = 0;
  layout.blocks.forEach(({ penalized, offset, size, columns }, b) => {
    if (!penalized || l2 === 0) return;
    for (let e = 0; e < size; e++) {
      const scale = b === 0 && scales ? scales[Math.floor(e / columns)] || 1 : 1;
      const w = Math.sqrt(l2) * scale * parameters[offset + e];
      sum += 0.5 * w * w;
    }
  });
  return sum;
}

/** What is wrong with the end of a run; null when nothing is. */
async function fault(drawn, result) {
  const { history, stop, objective, model } = result;
  if (!model.spec.parameters.every(Number.isFinite)) return 'a parameter is not finite';
  if (!Number.isFinite(objective)) return `the objective is ${objective}`;
  // Products of floats are formed in float: the value is that of the parameters to their rounding.
  const [tolerance, coarser] = drawn.data.x.values instanceof Float32Array ? [1e-5, 2 ** 29] : [1e-9, 1];
  const { value, rounding: ofSums } = await trueObjective(drawn.data, result, drawn.settings);
  const apart = Math.abs(value - objective);
  const allowed =
    tolerance * Math.max(Math.abs(value), Math.abs(objective)) + coarser * ofSums + 1e-300 * Math.max(1, result.l2);
  if (apart !== 0 && !(apart <= allowed)) return `reported ${objective}, but the parameters give ${value}`;
  if (!stop.converged) return null;
  const [start] = history;
  const reference = Math.max(start.gradientNorm, start.gradientMass);
  const share = reference === 0 ? 0 : result.gradientNorm / reference;
  const { promised = Infinity, rounding = 0 } = history.at(-1).limit ?? {};
  return share <= 1e-6 || promised <= rounding ? null : `converged (${stop.reason}) at a relative gradient of ${share}`;
}

const counts = { refused: {}, ended: {}, converged: 0, faults: [] };
const began = performance.now();
const [first, last] = options.only ? [Number(options.only), Number(options.only) + 1] : [0, Number(options.runs)];
let runs = 0;
for (let run = first; run < last && performance.now() - began < 1000 * Number(options.seconds); run++) {
  runs++;
  const drawn = draw(1000 * Number(options.seed) + run);
  let problem = null;
  try {
    const result = await train(drawn.data, drawn.settings);
    counts.ended[result.stop.reason] = (counts.ended[result.stop.reason] ?? 0) + 1;
    if (result.stop.converged) counts.converged++;
    problem = await fault(drawn, result);
    if (options.only) console.error(result.stop, result.objective, result.gradientNorm, result.history[0]);
  } catch (error) {
    if (error instanceof PlanesearchError) counts.refused[error.code] = (counts.refused[error.code] ?? 0) + 1;
    else problem = `${error.name}: ${error.stack}`;
    if (options.only) console.error(error.message);
  }
  if (problem) counts.faults.push({ run, problem, ...drawn.about, ...drawn.settings });
}
const listed = (entries) =>
  Object.entries(entries)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';
console.error(
  `${runs} runs in ${((performance.now() - began) / 1000).toFixed(1)} s; refused: ${listed(counts.refused)}; ended: ${listed(counts.ended)}; ` +
    `${counts.converged} converged; ${counts.faults.length} broke a rule`,
);
for (const broken of counts.faults.slice(0, 20)) console.error(JSON.stringify(broken));
console.log(JSON.stringify({ runs, ...counts }));
if (counts.faults.length > 0) process.exitCode = 1;
