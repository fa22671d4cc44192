/**
 * Where "subspace optimization costs no more than a fixed step" stops being true.
 *
 * A fixed-step iteration costs 4 n d r flops in its two products. A search with T evaluations over k columns and c outputs adds about
 * T (k + c) n r times a constant, so the ratio of the two is a function of
 *
 *     d / (T (c + k))
 *
 * and nothing else while the rest of an iteration is small. The sweep holds the work n d and varies d.
 */
import { barzilaiBorwein, gaussNewton } from 'planesearch';
import { matrixOf, median, networkOf } from '../support/run.mjs';
import { createStepper, partsFor } from '../support/stepper.mjs';
import { randomProblem } from '../support/synthetic.mjs';

/** Ratio up to which an iteration costs "no more": the cost contract of `bench/iteration.mjs`. */
export const CONTRACT = 1.25;

const solvers = { 'barzilai-borwein': barzilaiBorwein, 'gauss-newton': gaussNewton };

/** Columns of a layerwise search with one direction and one past step. */
const COLUMNS = 2;

/** Rounds before the first that counts: the momentum column appears in the second iteration. */
const WARM_UP = 2;

/** Runs that may converge before all rounds are measured. */
const MOST_RESTARTS = 200;

/** @param settings `work` n d; `rounds` at least, and `seconds` at least, to spend on each shape */
export async function sweep({ work, columns, outputs, hidden, rounds, seconds, progress = () => {} }) {
  const points = [];
  for (const c of outputs) {
    for (const d of columns) {
      const problem = randomProblem({ rows: Math.max(1, Math.round(work / d)), columns: d, outputs: c });
      for (const point of await measure(problem, hidden, rounds, seconds)) {
        points.push({ outputs: c, columns: d, rows: problem.x.rows, ...point });
        progress(points.at(-1));
      }
    }
  }
  return { work, hidden, points, thresholds: thresholdsOf(points) };
}

/** The step rules take turns, iteration by iteration, and the ratios are taken round by round. */
async function measure(problem, hidden, rounds, limit) {
  const { x } = problem;
  const matrix = await matrixOf(problem);
  let steppers = await startSteppers(problem, hidden, matrix);
  const base = [];
  const steps = Object.fromEntries(Object.keys(solvers).map((name) => [name, []]));
  let began;
  let warmUp = WARM_UP;
  let vain = 0;
  while (base.length < rounds || performance.now() - began < 1000 * limit) {
    const taken = [];
    for (const stepper of steppers) taken.push(await stepper.step());
    if (taken.some(({ status }) => status !== 'step')) {
      // A search that has converged looks in vain, which is not the search whose cost is asked for.
      for (const stepper of steppers) await stepper.dispose();
      if (++vain > MOST_RESTARTS)
        throw new Error(`The searches at ${x.rows} x ${x.columns} converge before their cost can be measured.`);
      steppers = await startSteppers(problem, hidden, matrix);
      warmUp = WARM_UP;
    } else if (warmUp > 0) warmUp--;
    else {
      began ??= performance.now();
      base.push(taken[0].seconds);
      Object.values(steps).forEach((list, s) => list.push(taken[s + 1]));
    }
  }
  for (const stepper of steppers) await stepper.dispose();
  matrix.dispose();
  return Object.entries(steps).map(([solver, list]) => {
    const inner = list.reduce((sum, { innerEvaluations }) => sum + innerEvaluations, 0) / list.length;
    return {
      solver,
      innerEvaluations: inner,
      share: x.columns / (inner * (problem.outputs + COLUMNS)),
      fixedSeconds: median(base),
      seconds: median(list.map((step) => step.seconds)),
      ratio: median(list.map((step, i) => step.seconds / base[i])),
    };
  });
}

/** One with a fixed rate first, then one for each of the solvers. */
async function startSteppers(problem, hidden, matrix) {
  const network = networkOf('tanh', [hidden]);
  const steppers = [await createStepper(problem, network, matrix, partsFor('gradient', 'fixed'))];
  for (const solver of Object.values(solvers)) {
    steppers.push(await createStepper(problem, network, matrix, partsFor('gradient', 'layerwise', solver())));
  }
  return steppers;
}

/** For each solver and number of outputs, the d and d / (T (c + k)) from which on the ratio stays within the contract; null if never. */
function thresholdsOf(points) {
  const groups = grouped(points);
  return [...groups.values()].map((group) => {
    const last = group.findLastIndex((point) => point.ratio > CONTRACT);
    const { solver, outputs } = group[0];
    if (last < 0) return { solver, outputs, columns: group[0].columns, share: group[0].share, everywhere: true };
    if (last === group.length - 1) return { solver, outputs, columns: null, share: null };
    const [a, b] = [group[last], group[last + 1]];
    const between = (a.ratio - CONTRACT) / (a.ratio - b.ratio);
    const geometric = (from, to) => from * (to / from) ** between;
    return { solver, outputs, columns: geometric(a.columns, b.columns), share: geometric(a.share, b.share) };
  });
}

export function grouped(points) {
  const groups = new Map();
  for (const point of points) {
    const name = `${point.solver}, ${point.outputs} output${point.outputs === 1 ? '' : 's'}`;
    groups.set(name, [...(groups.get(name) ?? []), point]);
  }
  return groups;
}

export function thresholdSentence({ solver, outputs, columns, share, everywhere }) {
  const what = `layerwise by ${solver} with ${outputs} output${outputs === 1 ? '' : 's'}`;
  if (columns === null) return `${what}: costs more than ${CONTRACT} times a fixed-step iteration at every d measured.`;
  const from = everywhere ? 'at every d measured, from' : 'from';
  const where = `d = ${Math.round(columns)} on, d / (T (c + k)) = ${share.toPrecision(2)}`;
  return `${what}: at most ${CONTRACT} times a fixed-step iteration ${from} ${where}.`;
}
