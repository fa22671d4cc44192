import { describe, expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import { backends } from '../support/backends.js';
import { errorOrder } from '../support/order.js';
import { cases, drawPoint, networkNamed, open, openAtStart, smallProblem, type SmallProblem } from '../support/problems.js';
import { dot, penalized, plus, referenceObjective, relativeError } from '../support/reference.js';

const L2 = 0.05;

describe.each(backends)('objective on the $name backend', (backend) => {
  it.each(cases)('value and gradient: $label', async ({ network, loss, outputs }) => {
    for (const weighted of [false, true]) {
      const problem = smallProblem({ seed: 2, network, loss, outputs, weighted });
      const { objective } = await openAtStart(problem, { backend, l2: L2 });
      const { start } = problem;
      expect(objective.value).toBeCloseTo(referenceObjective(problem, start, L2), 13);
      // The first-order Taylor model f + h g'd is right to second order: log error against log h has slope 2.
      const d = drawPoint(createRandom(9), problem.layers);
      const slope = dot(objective.gradient, d);
      const order = await errorOrder(
        (h) => referenceObjective(problem, plus(start, h, d), L2) - (objective.value + h * slope),
      );
      expect(order).toBeGreaterThan(1.97);
      expect(order).toBeLessThan(2.03);
    }
  });

  it.each(cases)('every single derivative: $label', async ({ network, loss, outputs }) => {
    const problem = smallProblem({ seed: 4, rows: 9, columns: 2, network, loss, outputs });
    const { objective } = await openAtStart(problem, { backend, l2: L2 });
    const h = 1e-5;
    const differences = problem.start.map((_, e) => {
      const unit = new Float64Array(problem.start.length);
      unit[e] = 1;
      const ahead = referenceObjective(problem, plus(problem.start, h, unit), L2);
      return (ahead - referenceObjective(problem, plus(problem.start, -h, unit), L2)) / (2 * h);
    });
    expect(relativeError(objective.gradient, differences)).toBeLessThan(1e-8);
  });

  it.each(cases)('l2 counts the weights and never a bias: $label', async ({ network, loss, outputs }) => {
    const problem = smallProblem({ network, loss, outputs });
    const { objective: bare } = await openAtStart(problem, { backend, l2: 0 });
    const { objective } = await openAtStart(problem, { backend, l2: 0.3 });
    const weights = penalized(problem.layers, problem.start);
    expect(objective.value - bare.value).toBeCloseTo(0.15 * dot(weights, weights), 12);
    for (const block of objective.layout.blocks) {
      const difference = plus(blockOf(objective.gradient, block), -1, blockOf(bare.gradient, block));
      const expected = blockOf(problem.start, block).map((w) => (block.penalized ? 0.3 * w : 0));
      expect(relativeError(difference, expected)).toBeLessThan(1e-14);
    }
  });

  it('a shift of all targets is taken up by the unpenalized bias alone', async () => {
    const problem = smallProblem({ loss: 'squared', outputs: 2 });
    const shifted: SmallProblem = { ...problem, targets: problem.targets.map((y) => y + 1000) };
    const moved = problem.start.slice();
    const { objective } = await openAtStart(problem, { backend, l2: 1 });
    const { objective: other } = await open(shifted, { backend, l2: 1 });
    const bias = blockOf(moved, objective.layout.blocks[1]!);
    bias.forEach((b, a) => (bias[a] = b + 1000));
    await other.start(moved);
    expect(other.value).toBeCloseTo(objective.value, 10);
    expect(relativeError(other.gradient, objective.gradient)).toBeLessThan(1e-11);
  });

  it.each(cases)('a sample weight of 2 is the row twice: $label', async ({ network, loss, outputs }) => {
    const problem = smallProblem({ rows: 21, network, loss, outputs });
    const width = problem.targets.length / problem.rows;
    const doubled: SmallProblem = {
      ...problem,
      rows: 28,
      x: Float64Array.of(...problem.x, ...problem.x.subarray(0, 7 * problem.columns)),
      targets: Float64Array.of(...problem.targets, ...problem.targets.subarray(0, 7 * width)),
    };
    const sampleWeights = Float64Array.from({ length: 21 }, (_, i) => (i < 7 ? 2 : 1));
    const { objective } = await openAtStart({ ...problem, sampleWeights }, { backend });
    const { objective: twice } = await openAtStart(doubled, { backend });
    const { objective: scaled } = await openAtStart(
      { ...problem, sampleWeights: sampleWeights.map((s) => 1e6 * s) },
      { backend },
    );
    for (const other of [twice, scaled]) {
      expect(other.value).toBeCloseTo(objective.value, 14);
      expect(relativeError(other.gradient, objective.gradient)).toBeLessThan(1e-14);
    }
  });

  it('a sample weight of 0 removes the row', async () => {
    const problem = smallProblem({ rows: 12 });
    const sampleWeights = Float64Array.from({ length: 12 }, (_, i) => (i < 10 ? 1 : 0));
    const { objective } = await openAtStart({ ...problem, sampleWeights }, { backend });
    const x = problem.x.slice(0, 10 * problem.columns);
    const { objective: fewer } = await openAtStart(
      { ...problem, rows: 10, x, targets: problem.targets.slice(0, 10) },
      { backend },
    );
    expect(objective.value).toBeCloseTo(fewer.value, 14);
    expect(relativeError(objective.gradient, fewer.gradient)).toBeLessThan(1e-14);
  });

  it('commit moves by D t and keeps the point before as it was', async () => {
    const problem = smallProblem({ network: networkNamed('mlp 4 identity') });
    const { objective } = await openAtStart(problem, { backend, memory: 1, l2: L2 });
    const { parameters: before, gradient: gradientBefore } = objective;
    const d = drawPoint(createRandom(5), problem.layers);
    await objective.span([d], 1, 'joint');
    await objective.commit(Float64Array.of(0.25));
    expect(relativeError(objective.parameters, plus(problem.start, 0.25, d))).toBeLessThan(1e-15);
    expect(objective.value).toBeCloseTo(referenceObjective(problem, objective.parameters, L2), 13);
    expect(
      relativeError(
        objective.step!,
        d.map((x) => 0.25 * x),
      ),
    ).toBeLessThan(1e-15);
    expect(before).toEqual(problem.start);
    expect(objective.previousGradient).toBe(gradientBefore);
    expect(objective.pastSteps).toBe(1);
  });

  it('counts two products for the start, one per fresh direction, none per memory column, one per commit', async () => {
    const problem = smallProblem({ network: networkNamed('mlp 4 identity') });
    const { objective } = await openAtStart(problem, { backend, memory: 3 });
    expect(objective.products).toMatchObject({ multiply: 1, multiplyTransposed: 1 });
    const random = createRandom(8);
    for (let i = 0; i < 4; i++) {
      await objective.span([drawPoint(random, problem.layers)], 3, 'layers');
      await objective.commit(new Float64Array(objective.layout.layers.length * (1 + Math.min(i, 3))).fill(0.1));
    }
    expect(objective.products).toMatchObject({ multiply: 5, multiplyTransposed: 5 });
    const phi = await objective.span([drawPoint(random, problem.layers), drawPoint(random, problem.layers)], 3, 'layers');
    expect(objective.products).toMatchObject({ multiply: 7, multiplyTransposed: 5 });
    for (let i = 0; i < 5; i++) await phi.evaluate(new Float64Array(phi.dimension).fill(0.1 * i));
    expect(objective.products).toMatchObject({ multiply: 7, multiplyTransposed: 5 });
  });
});

describe('objective', () => {
  const problem = smallProblem();

  it('refuses what does not fit, in one sentence', async () => {
    const { objective } = await open(problem);
    const short = objective.start(new Float64Array(3));
    await expect(short).rejects.toThrow('The parameter vector must be of length 5, but a Float64Array of 3');
    await expect(objective.commit(Float64Array.of(1))).rejects.toThrow('A step can be committed only after span().');
    await expect(open({ ...problem, targets: new Float64Array(3) })).rejects.toThrow(
      'The targets must be of length 30 (30 rows x 1)',
    );
    const bad = problem.targets.slice();
    bad[7] = NaN;
    await expect(open({ ...problem, targets: bad })).rejects.toThrow(
      'Target 7 must be -1 or +1 for the logistic loss, but NaN was given.',
    );
    await expect(open(problem, { l2: -1 })).rejects.toThrow('l2 must be a finite number of at least 0, but -1 was given.');
    const weights = (value: number) => new Float64Array(30).fill(value);
    await expect(open({ ...problem, sampleWeights: weights(0) })).rejects.toThrow(
      'The sum of the sample weights must be finite and positive',
    );
    await expect(open({ ...problem, sampleWeights: weights(-1) })).rejects.toThrow(
      'Sample weight 0 must be a finite number of at least 0',
    );
    await expect(open({ ...problem, sampleWeights: new Float64Array(3) })).rejects.toThrow(
      'The sample weights must be of length 30',
    );
    const architecture = { ...problem.architecture, inputs: 9 };
    await expect(open({ ...problem, architecture })).rejects.toThrow(
      'The first layer must be 4 inputs wide, as the data matrix',
    );
  });

  it('refuses a direction of another length', async () => {
    const { objective } = await openAtStart(problem);
    await expect(objective.span([new Float64Array(4)], 0, 'joint')).rejects.toThrow('A direction must be of length 5');
  });
});
