/** A network as one of its layers sees it: the same objective, the same gradient, at the same point. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { Objective } from '../../lib/core/objective.js';
import { layerRange } from '../../lib/core/parameters.js';
import { behindLayer, objectiveBehind } from '../../lib/layerwise/behind.js';
import { gated, linearlyGated, mlp, skip } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { backends } from '../support/backends.js';
import { openAtStart, smallProblem, type SmallProblem } from '../support/problems.js';

const L2 = 0.05;
const deep = (activation: 'tanh' | 'relu' | 'sigmoid', seed: number): SmallProblem =>
  smallProblem({ network: mlp({ hidden: [6, 5, 4], activation }), loss: 'softmax', rows: 90, weighted: true, seed });

describe.each(backends)('on the $name backend', (backend: Backend) => {
  it.each(['tanh', 'relu', 'sigmoid'] as const)('value and gradient are those of the whole, %s', async (activation) => {
    const problem = deep(activation, 3);
    const { objective: whole } = await openAtStart(problem, { backend, l2: L2, frame: 'standard' });
    for (let l = 1; l < problem.layers.length; l++) {
      const { objective, dispose } = await objectiveBehind(whole, behindLayer(problem.architecture, l), l);
      const [from, to] = layerRange(whole.layout, l);
      await objective.start(problem.start.slice(from));
      const before = problem.layers.slice(0, l).map((_, m) => whole.layout.blocks[2 * m]!);
      const penalty = before.reduce((sum, { offset, size }) => {
        return sum + 0.5 * L2 * problem.start.subarray(offset, offset + size).reduce((s, w) => s + w * w, 0);
      }, 0);
      expect(objective.value + penalty).toBeCloseTo(whole.value, 12);
      const own = whole.gradient.subarray(from, to);
      objective.gradient.forEach((g, e) => expect(g).toBeCloseTo(e < to - from ? own[e]! : 0, 11));
      expect(objective.gradientNorm).toBeCloseTo(Math.hypot(...whole.gradient.subarray(from)), 11);
      dispose();
    }
    whole.dispose();
  });

  it('other parameters behind the first layer cost one product and are as good as a start', async () => {
    const problem = deep('tanh', 5);
    const { objective, matrix } = await openAtStart(problem, { backend, frame: 'standard', memory: 1 });
    const [, first] = layerRange(objective.layout, 0);
    const moved = problem.start.map((p, e) => (e < first ? p + 1 : p * 0.5 + 0.1));
    const expected = problem.start.slice();
    expected.set(moved.subarray(first), first);
    const before = objective.products;
    await objective.acceptBehind(moved);
    expect(objective.products).toEqual({ ...before, multiplyTransposed: before.multiplyTransposed + 1 });
    const value = objective.value;
    const gradient = objective.gradient;
    const parameters = objective.parameters;
    await objective.start(expected);
    expect(value).toBe(objective.value);
    expect(gradient).toEqual(objective.gradient);
    expect(parameters).toEqual(objective.parameters);
    objective.dispose();
    matrix.dispose();
  });

  it('a search of the first layer leaves the others where they are', async () => {
    const problem = deep('tanh', 7);
    const { objective: all, matrix } = await openAtStart(problem, { backend, frame: 'standard', memory: 1, l2: L2 });
    const objective = new Objective({ ...all.spec, moving: 'first' }, backend);
    await objective.start(problem.start);
    const [, first] = layerRange(objective.layout, 0);
    expect(objective.gradient.subarray(0, first)).toEqual(all.gradient.subarray(0, first));
    expect(objective.gradient.subarray(first).every((g) => g === 0)).toBe(true);
    expect(objective.gradientNorm).toBe(all.gradientNorm);
    for (const split of ['joint', 'layers'] as const) {
      // Deep parts of a direction are not used, whatever they are.
      const direction = all.gradient.map((g) => -g);
      const phi = await objective.span([direction], 1, split);
      const t = new Float64Array(phi.dimension).fill(0.2);
      const { value, slopes } = await phi.evaluate(t);
      const step = 1e-5;
      const up = await phi.value(t.slice().fill(0.2 + step, 0, 1));
      const down = await phi.value(t.slice().fill(0.2 - step, 0, 1));
      expect((up - down) / (2 * step)).toBeCloseTo(slopes[0]!, 6);
      const before = objective.point;
      await objective.commit(t);
      expect(objective.value).toBeCloseTo(value, 12);
      expect(objective.point.subarray(first)).toEqual(before.subarray(first));
      expect(objective.point.subarray(0, first)).not.toEqual(before.subarray(0, first));
    }
    objective.dispose();
    all.dispose();
    matrix.dispose();
  });
});

describe('the steps behind a layer', () => {
  it('are a network with the same layers', () => {
    const architecture = mlp({ hidden: [5, 4, 3] }).architecture(7, 2);
    const { layers } = programOf(architecture);
    for (let l = 0; l < layers.length; l++) expect(programOf(behindLayer(architecture, l)).layers).toEqual(layers.slice(l));
  });

  it('are refused where something goes past the layer', () => {
    const skipping = skip({ hidden: [3] }).architecture(4, 1);
    const gatedBefore = linearlyGated({ hidden: [3, 3] }).architecture(4, 1);
    expect(() => behindLayer(skipping, 1)).toThrow(/goes past/);
    expect(() => behindLayer(gatedBefore, 1)).toThrow(/goes past/);
    expect(() => behindLayer(gated({ hidden: [3] }).architecture(4, 1), 1)).not.toThrow();
  });
});
