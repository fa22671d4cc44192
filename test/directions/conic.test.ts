/** Gradients of single tasks, the best direction within a cone, and what an iteration with them costs. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { Objective } from '../../lib/core/objective.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { conicCombination } from '../../lib/directions/conic-combination.js';
import { conic, gradient, taskGradients } from '../../lib/directions/index.js';
import { line, plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train as trainModel } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { networkCases, networkNamed, normals, open, openAtStart, smallProblem, taskProblem } from '../support/problems.js';
import { dot, plus, referenceObjective, relativeError } from '../support/reference.js';
import { tightSolvers, train } from '../support/runs.js';

const problem = taskProblem({ network: networkNamed('mlp 4 tanh'), seed: 6, weighted: true });

/** The objective of one task alone, by its formula. */
const ofTask = (k: number) => ({ ...problem, loss: { ...problem.loss, tasks: [{ ...problem.loss.tasks![k]!, share: 1 }] } });

describe.each(backends)('gradients of tasks on the $name backend', (backend) => {
  it('are those of the tasks alone, and their mean is the gradient', async () => {
    const { objective } = await openAtStart(problem, { backend, l2: 0.03 });
    const gradients = await objective.taskGradients();
    expect(gradients).toHaveLength(2);
    gradients.forEach((g, k) => {
      const value = (p: Float64Array): number => referenceObjective(ofTask(k), p, 0.03);
      const h = 1e-5;
      const differences = problem.start.map((_, e) => {
        const unit = new Float64Array(problem.start.length).fill(1, e, e + 1);
        return (value(plus(problem.start, h, unit)) - value(plus(problem.start, -h, unit))) / (2 * h);
      });
      expect(relativeError(g, differences)).toBeLessThan(1e-8);
    });
    const mean = gradients[0]!.map((g, e) => (2 * g + gradients[1]![e]!) / 3);
    expect(relativeError(mean, objective.gradient)).toBeLessThan(1e-13);
    objective.dispose();
  });

  it.each(networkCases)('are the gradients of their own objectives: $label', async ({ network }) => {
    const several = taskProblem({ network, seed: 9 });
    const { objective } = await openAtStart(several, { backend, frame: 'standard', l2: 0.1 });
    const gradients = await objective.taskGradients();
    for (const [k, { outputs, firstOutput, loss }] of several.loss.tasks!.entries()) {
      // The same outputs with a loss of this task alone.
      const shares = several.loss.tasks!.map((task, j) => ({ ...task, share: j === k ? 1 : 0 }));
      const alone = { ...several.loss, tasks: shares, row: rowOf(loss, outputs, firstOutput, k) };
      const { objective: own } = await openAtStart({ ...several, loss: alone }, { backend, frame: 'standard', l2: 0.1 });
      expect(relativeError(gradients[k]!, own.gradient)).toBeLessThan(1e-12);
      own.dispose();
    }
    objective.dispose();
  });

  it('take one product less than there are tasks, and none for a loss that has no tasks', async () => {
    const { objective } = await openAtStart(problem, { backend });
    const before = objective.products;
    await objective.taskGradients();
    expect(objective.products).toEqual({ ...before, multiplyTransposed: before.multiplyTransposed + 1 });
    objective.dispose();
    const { objective: other } = await openAtStart(smallProblem(), { backend });
    await expect(other.taskGradients()).rejects.toThrow("but 'logistic' is none here");
    other.dispose();
  });

  it('are over the rows of the sample', async () => {
    const { matrix } = await open(problem, { backend });
    const { architecture, loss, targets, rows } = problem;
    const spec = { matrix, architecture, loss, targets, l2: 0, memory: 0 };
    const part = new Objective({ ...spec, sample: 11 }, backend);
    const range = new Objective({ ...spec, targets: targets.subarray(0, 22), range: { from: 0, count: 11 } }, backend);
    await part.start(problem.start);
    await range.start(problem.start);
    expect(await part.taskGradients()).toEqual(await range.taskGradients());
    await part.grow(rows);
    const mean = (await part.taskGradients()).reduce(
      (sum, g, k) => plus(sum, loss.tasks![k]!.share, g),
      new Float64Array(part.gradient.length),
    );
    expect(relativeError(mean, part.gradient)).toBeLessThan(1e-13);
  });
});

/** The loss of one task over the outputs of all. */
function rowOf(
  loss: (typeof problem)['loss'],
  outputs: number,
  firstOutput: number,
  target: number,
): (typeof problem)['loss']['row'] {
  return (o, at, _width, y, from, slope) => {
    const own = slope && new Float64Array(outputs);
    const value = loss.row(o, at + firstOutput, outputs, y, from + target, own, null);
    if (slope) slope.fill(0).set(own!, firstOutput);
    return value;
  };
}

describe('the best direction within a cone', () => {
  const random = createRandom(8);
  const setting = (count: number, size: number) => {
    const gradients = Array.from({ length: count }, () => normals(random, size, 0.2 + 3 * random.uniform()));
    const raw = gradients.map(() => 0.2 + random.uniform());
    const shares = Float64Array.from(raw, (s) => s / raw.reduce((sum, one) => sum + one, 0));
    const gram = Float64Array.from({ length: count * count }, (_, e) =>
      dot(gradients[Math.floor(e / count)]!, gradients[e % count]!),
    );
    const combined = (weights: Float64Array) =>
      gradients.reduce((sum, g, k) => plus(sum, weights[k]!, g), new Float64Array(size));
    return { gradients, shares, gram, combined, mean: combined(shares) };
  };
  const settings = [2, 3, 5].flatMap((count) =>
    [6, 30].flatMap((size) => Array.from({ length: 6 }, () => setting(count, size))),
  );

  it.each([0, 0.3, 0.5, 0.9, 0.999])(
    'cosine %d: is a unit vector in the cone, and no other one there serves the worst task better',
    (cosine) => {
      for (const { gradients, shares, gram, combined, mean } of settings) {
        const { coefficients, weights, slopes } = conicCombination(gram, shares, cosine);
        const d = combined(coefficients);
        expect(dot(d, d)).toBeCloseTo(1, 10);
        const length = Math.sqrt(dot(mean, mean));
        expect(dot(d, mean) / length).toBeGreaterThan(cosine - 1e-9);
        gradients.forEach((g, k) => expect(dot(g, d)).toBeCloseTo(slopes[k]!, 9));
        // Weights on the simplex, and no gap between the worst task and the mean with these weights: both problems are solved.
        expect(weights.every((w) => w >= 0)).toBe(true);
        expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
        const size = Math.sqrt(Math.max(...gradients.map((g) => dot(g, g))));
        expect(dot(slopes, weights) - Math.min(...slopes)).toBeLessThan(1e-6 * size);
        const worst = Math.min(...slopes);
        for (let trial = 0; trial < 50; trial++) {
          const other = inCone(normals(random, d.length, 1), mean, cosine + (1 - cosine) * random.uniform());
          expect(Math.min(...gradients.map((g) => dot(g, other)))).toBeLessThan(worst + 1e-6 * size);
        }
      }
    },
  );

  it('is the mean gradient where all tasks agree with it, and turns to the task left behind where not', () => {
    const same = conicCombination(Float64Array.of(4, 4, 4, 4), Float64Array.of(0.5, 0.5), 0.5);
    expect(same.slopes[0]).toBeCloseTo(2, 12);
    // g1 = (10, 0), g2 = (-1, 1): the mean (4.5, 0.5) raises the second task; within 60 degrees of it there is a direction that lowers both.
    const { slopes } = conicCombination(Float64Array.of(100, -10, -10, 2), Float64Array.of(0.5, 0.5), 0.5);
    expect(-4.5 + 0.5).toBeLessThan(0);
    expect(Math.min(...slopes)).toBeGreaterThan(0);
  });

  it('stays a unit vector in the cone where no direction serves all tasks', () => {
    // Three gradients in a plane that add up to 0 with weights 1/3, and shares that do not.
    const gradients = [0, 2, 4].map((k) => Float64Array.of(Math.cos((k * Math.PI) / 3), Math.sin((k * Math.PI) / 3)));
    const gram = Float64Array.from({ length: 9 }, (_, e) => dot(gradients[Math.floor(e / 3)]!, gradients[e % 3]!));
    const shares = Float64Array.of(0.6, 0.3, 0.1);
    const combine = (w: Float64Array) =>
      gradients.reduce<Float64Array>((sum, g, k) => plus(sum, w[k]!, g), new Float64Array(2));
    for (const cosine of [0, 0.5, 0.9]) {
      const d = combine(conicCombination(gram, shares, cosine).coefficients);
      const mean = combine(shares);
      expect(dot(d, d)).toBeCloseTo(1, 6);
      expect(dot(d, mean) / Math.sqrt(dot(mean, mean))).toBeGreaterThan(cosine - 1e-6);
    }
  });

  it('keeps a mean gradient that the Gram matrix has lost, of tasks that nearly cancel', () => {
    const e = 1e-9;
    const [g1, g2] = [Float64Array.of(1, e), Float64Array.of(-1, 3 * e)];
    const gram = Float64Array.of(dot(g1, g1), dot(g1, g2), dot(g2, g1), dot(g2, g2));
    const mean = Float64Array.of(0, 2 * e);
    const known = { length: 2 * e, products: Float64Array.of(dot(g1, mean), dot(g2, mean)) };
    const { coefficients } = conicCombination(gram, Float64Array.of(0.5, 0.5), 0.5, known);
    const d = plus(
      g1.map((x) => x * coefficients[0]!),
      coefficients[1]!,
      g2,
    );
    expect(dot(d, d)).toBeCloseTo(1, 6);
    expect(d[1]).toBeGreaterThan(0.5);
  });

  it('is the mean gradient where the others lie along it, whatever their signs', () => {
    // g1 = 3 e, g2 = -e.
    const { coefficients } = conicCombination(Float64Array.of(9, -3, -3, 1), Float64Array.of(0.5, 0.5), 0.5);
    expect(3 * coefficients[0]! - coefficients[1]!).toBeCloseTo(1, 9);
  });
});

/** A unit vector whose cosine with the mean is this. */
function inCone(v: Float64Array, mean: Float64Array, cosine: number): Float64Array {
  const square = dot(mean, mean);
  const across = plus(v, -dot(v, mean) / square, mean);
  const side = Math.sqrt(1 - cosine ** 2) / Math.sqrt(dot(across, across));
  return mean.map((m, e) => (cosine * m) / Math.sqrt(square) + side * across[e]!);
}

describe.each(backends)('directions of tasks on the $name backend', (backend) => {
  it('conic lies within its cone, as long as the gradient, and the mean falls along it', async () => {
    for (const cosine of [0.2, 0.7]) {
      const { objective } = await openAtStart(problem, { backend });
      const [d] = await conic({ cosine }).next(null, objective);
      const square = dot(objective.gradient, objective.gradient);
      expect(dot(d!, d!) / square).toBeCloseTo(1, 10);
      expect(-dot(d!, objective.gradient) / square).toBeGreaterThan(cosine - 1e-9);
      objective.dispose();
    }
  });

  it('three products with X an iteration of conic, four of task-gradients with two tasks', async () => {
    for (const [direction, multiply] of [
      [conic(), 1],
      [taskGradients(), 2],
    ] as const) {
      const { history } = await train(problem, {
        backend,
        direction,
        stepRule: plane(gaussNewton()),
        memory: 2,
        iterations: 5,
      });
      history.slice(1).forEach(({ products }, i) => {
        const before = history[i]!.products;
        expect(products.multiply - before.multiply).toBe(multiply);
        expect(products.multiplyTransposed - before.multiplyTransposed).toBe(2);
      });
    }
  });

  it('a search over the gradients of the tasks goes no less far down than one along their mean', async () => {
    for (const solver of tightSolvers) {
      const options = { backend, iterations: 1, memory: 0, l2: 0.01 };
      const along = await train(problem, { ...options, direction: gradient(), stepRule: line(solver) });
      const over = await train(problem, { ...options, direction: taskGradients(), stepRule: plane(solver) });
      expect(over.objective).toBeLessThanOrEqual(along.objective * (1 + 1e-10));
    }
  });

  it('is chosen by name, and refused for a loss without tasks', async () => {
    const { x, rows, columns, targets, loss } = problem;
    const data = { values: x, rows, columns };
    const options = { backend: backend.name, network: 'mlp', hidden: [4], direction: 'conic', maxIterations: 10 } as const;
    const { direction, history } = await trainModel({ x: data, y: { values: targets, width: 2 } }, { ...options, loss });
    expect(direction).toBe('conic');
    expect(history.at(-1)!.objective).toBeLessThan(history[0]!.objective);
    await expect(trainModel({ x: data, y: targets.filter((_, e) => e % 2 === 0) }, options)).rejects.toThrow(
      "The direction 'conic' needs of the loss several tasks (tasks), but 'squared' has none.",
    );
  });
});

it('conic refuses a cosine of 1 and below 0', () => {
  expect(() => conic({ cosine: 1 })).toThrow('conic cosine must be');
  expect(() => conic({ cosine: -0.1 })).toThrow('conic cosine must be');
});

it('both backends take the same course', async () => {
  const options = { direction: conic(), stepRule: plane(gaussNewton()), memory: 1, stop: iterationLimit(6) };
  const courses = [];
  for (const backend of backends)
    courses.push((await train(problem, { backend, ...options })).history.map(({ objective }) => objective));
  for (const course of courses) expect(relativeError(course, courses[0]!)).toBeLessThan(1e-9);
});
