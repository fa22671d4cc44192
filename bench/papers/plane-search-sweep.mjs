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
import { barzilaiBorwein, fixed, gaussNewton, gradient, layerwise } from 'planesearch';
import { median, networkOf, run } from '../support/run.mjs';
import { randomProblem } from '../support/synthetic.mjs';
import { iterationSeconds } from '../support/timing.mjs';

/** Ratio up to which an iteration costs "no more": the cost contract of `bench/iteration.mjs`. */
export const CONTRACT = 1.25;

const solvers = { 'barzilai-borwein': barzilaiBorwein, 'gauss-newton': gaussNewton };

/** Columns of a layerwise search with one direction and one past step. */
const COLUMNS = 2;

/** @param settings `work` n d; `seconds` to spend on each shape, at least one round over the three step rules */
export async function sweep({ work, columns, outputs, hidden, iterations, seconds, progress = () => {} }) {
  const points = [];
  for (const c of outputs) {
    for (const d of columns) {
      const problem = randomProblem({ rows: Math.max(1, Math.round(work / d)), columns: d, outputs: c });
      for (const point of await measure(problem, hidden, iterations, seconds)) {
        points.push({ outputs: c, columns: d, rows: problem.x.rows, ...point });
        progress(points.at(-1));
      }
    }
  }
  return { work, hidden, points, thresholds: thresholdsOf(points) };
}

async function measure(problem, hidden, iterations, limit) {
  const network = networkOf('tanh', [hidden]);
  const parts = {
    fixed: { direction: gradient(), stepRule: fixed({ rate: 0.05 }), memory: 0 },
    ...Object.fromEntries(Object.entries(solvers).map(([name, solver]) => (
      [name, { direction: gradient(), stepRule: layerwise(solver()), memory: 1 }]))),
  };
  const seconds = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
  const evaluations = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
  const began = performance.now();
  do {
    for (const [name, one] of Object.entries(parts)) {
      const { history } = await run(problem, network, one, { maxIterations: iterations });
      seconds[name].push(...iterationSeconds(history, 2));
      evaluations[name].push(...history.slice(3).map((record) => record.innerEvaluations));
    }
  } while (performance.now() - began < 1000 * limit);
  const base = median(seconds.fixed);
  return Object.keys(solvers).map((solver) => {
    const inner = evaluations[solver].reduce((sum, count) => sum + count, 0) / evaluations[solver].length;
    const share = problem.x.columns / (inner * (problem.outputs + COLUMNS));
    return { solver, innerEvaluations: inner, share, fixedSeconds: base, seconds: median(seconds[solver]), ratio: median(seconds[solver]) / base };
  });
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
  return `${what}: at most ${CONTRACT} times a fixed-step iteration ${from} d = ${Math.round(columns)} on, d / (T (c + k)) = ${share.toPrecision(2)}.`;
}
