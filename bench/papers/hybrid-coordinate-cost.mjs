/** What a sweep costs beside an epoch of gradient descent: time, in one process taking turns, and peak memory, in a process each. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { coordinate, createRandom, directions, fixed, mlp } from 'planesearch';
import { peakOfRun } from '../support/memory.mjs';
import { alternate } from '../support/timing.mjs';
import { loadProblem } from '../support/problems.mjs';
import { matrixOf, objectiveOf } from '../support/run.mjs';
import { partsFor } from '../support/stepper.mjs';
import { paperProblem } from './hybrid-coordinate-problem.mjs';

export const CONTRACT = { time: 10, memory: 2 };

const random = (rows, columns, loss, outputs) => {
  const numbers = createRandom(1);
  const values = Float64Array.from({ length: rows * columns }, () => numbers.normal());
  const targets = Float64Array.from({ length: rows }, () =>
    loss === 'squared' ? numbers.normal() : Math.floor(outputs * numbers.uniform()),
  );
  return { x: { values, rows, columns }, targets, loss, outputs };
};

/** name -> problem, hidden units, activation, searches */
export const shapes = (quick) => {
  const [n, d, m] = quick ? [300, 40, 10] : [10000, 784, 100];
  const paper = quick ? { rows: 10, columns: 100, units: 50, seed: 0 } : { rows: 10, columns: 1000, units: 1000, seed: 0 };
  const images = async () => (quick ? null : await loadProblem('fashion-mnist', { rows: n })) ?? random(n, d, 'softmax', 10);
  return [
    {
      name: `the paper's: ${paper.rows} x ${paper.columns}, ${paper.units} relu, squared`,
      problem: async () => ({ ...paperProblem(paper), outputs: 1 }),
      units: paper.units,
      activation: 'relu',
      searches: ['newton', 'doubling', 'exact'],
    },
    {
      name: `random ${n} x ${d}, ${m} relu, squared`,
      problem: async () => random(n, d, 'squared', 1),
      units: m,
      activation: 'relu',
      searches: ['newton', 'doubling'],
    },
    {
      name: `${quick ? 'random' : 'fashion-mnist'} ${n} x ${d}, ${m} relu, softmax`,
      problem: images,
      units: m,
      activation: 'relu',
      searches: ['newton'],
    },
    {
      name: `${quick ? 'random' : 'fashion-mnist'} ${n} x ${d}, ${m} tanh, softmax`,
      problem: images,
      units: m,
      activation: 'tanh',
      searches: ['newton'],
    },
  ];
};

/** Every weight is searched; an epoch of gradient descent is one direction, its product, a fixed step and the next gradient. */
export async function timesOf({ name, problem, units, activation, searches }, rounds) {
  const { start, ...data } = await problem();
  const network = mlp({ hidden: [units], activation });
  const architecture = network.architecture(data.x.columns, data.outputs);
  const matrix = await matrixOf(data, { frame: start ? 'none' : 'standard' });
  const objective = objectiveOf(data, architecture, matrix, { l2: 0 });
  if (start) await objective.start(start);
  else await objective.startInFrame(network.initialize(architecture, createRandom(0)));
  const evaluations = {};
  const tasks = {
    epoch: async () => {
      const direction = new Float64Array(objective.gradient.length);
      objective.vectors.axpy(-1, objective.gradient, direction);
      await objective.span([direction], 0, 'joint');
      await objective.commit(Float64Array.of(1e-9));
    },
  };
  for (const search of searches) {
    const direction = coordinate({ search });
    tasks[search] = async () => {
      const state = direction.start();
      await direction.next(state, objective);
      evaluations[search] = state.evaluations;
    };
  }
  const seconds = await alternate(tasks, rounds);
  objective.dispose();
  matrix.dispose();
  return searches.map((search) => ({
    name,
    search,
    epochSeconds: seconds.epoch,
    sweepSeconds: seconds[search],
    ratio: seconds[search] / seconds.epoch,
    evaluations: evaluations[search],
  }));
}

/** In a child: bytes at the peak beyond X and what the process held before. */
export async function printPeak(spec, quick) {
  const [index, direction, rule] = spec.split(',');
  const { problem, units, activation } = shapes(quick)[Number(index)];
  // A rate at which neither direction leaves the starting point: memory is all that is wanted.
  const parts =
    rule === 'fixed'
      ? { direction: directions[direction](), stepRule: fixed({ rate: 1e-8 }), memory: 0 }
      : partsFor(direction, rule);
  console.log(JSON.stringify(await peakOfRun(problem, mlp({ hidden: [units], activation }), parts, 4)));
}

export function peaksOf(index, quick) {
  const script = fileURLToPath(new URL('hybrid-coordinate.mjs', import.meta.url));
  const peak = (direction, rule) =>
    JSON.parse(
      execFileSync(
        process.execPath,
        ['--expose-gc', script, '--peak-of', `${index},${direction},${rule}`, ...(quick ? ['--quick'] : [])],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
      ),
    );
  const gradient = peak('gradient', 'fixed');
  return {
    gradient,
    coordinate: peak('coordinate', 'fixed'),
    gradientPlane: peak('gradient', 'plane'),
    coordinatePlane: peak('coordinate', 'plane'),
  };
}
