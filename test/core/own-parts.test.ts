/** Networks and losses of a user's own, handed to `train` whole: used as they are, or refused in a sentence; never something else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { Model } from '../../lib/io/model.js';
import { squared } from '../../lib/losses/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import { mlp, type Network } from '../../lib/networks/index.js';
import { train, type TrainOptions } from '../../lib/train.js';

const random = createRandom(12);
const [rows, columns] = [60, 2];
const values = Float64Array.from({ length: rows * columns }, () => random.normal());
const x = { values, rows, columns };
const y = Array.from({ length: rows }, (_, i) => values[2 * i]! * values[2 * i + 1]! + 0.05 * random.normal());
const common: TrainOptions = { backend: 'javascript', l2: 1e-4 };

/** The square of one hidden unit. */
const squares: Network = {
  name: 'squares',
  architecture: (inputs, outputs) => ({
    inputs,
    tracked: { layer: 'hidden', outputs: 4 },
    steps: [
      { value: 'square', step: 'product', of: ['tracked', 'tracked'] },
      { value: 'output', step: 'affine', of: 'square', layer: 'output', outputs },
    ],
  }),
  initialize: (_, numbers) => Float64Array.from({ length: 4 * 3 + 5 }, () => 0.5 * numbers.normal()),
};

/** The squared loss without what the metric and the coordinate search need. */
const { curvatureRoot: _root, growth: _growth, ...bare } = squared();
const plain: Loss = { ...bare, name: 'plain' };

describe('a network of one’s own', () => {
  it('is the one that is trained', async () => {
    const { model, scores, network } = await train({ x, y }, { ...common, network: squares });
    expect(network).toBe('squares');
    expect(scores.r2).toBeGreaterThan(0.95);
    expect(model.layout.layers.map(({ name }) => name)).toEqual(['hidden', 'output']);
    await expect(train({ x, y }, { ...common, network: squares, hidden: [3] })).rejects.toThrow(
      "hidden is for a network chosen by its name, but the network 'squares' was given whole.",
    );
  });

  it('with outputs of another number is refused', async () => {
    const wide: Network = { ...squares, name: 'wide', architecture: (inputs) => squares.architecture(inputs, 2) };
    await expect(train({ x, y }, { ...common, network: wide })).rejects.toThrow(
      "The network 'wide' must be 1 outputs wide, but 2 was given.",
    );
  });

  it('that a direction asks something of is a matter of its loss alone', async () => {
    const { stop } = await train(
      { x, y },
      { ...common, network: mlp({ hidden: [3] }), direction: 'coordinate', maxIterations: 5 },
    );
    expect(stop.reason).toBe('iterations');
  });
});

describe('a loss of one’s own', () => {
  it('without a curvature root: auto takes a direction that needs none, and one that does is refused before the run', async () => {
    const { direction, scores, model } = await train({ x, y }, { ...common, loss: plain, network: squares });
    expect(direction).toBe('lbfgs');
    expect(scores.r2).toBeGreaterThan(0.95);
    expect(model.spec.task.loss).toBe('plain');
    await expect(train({ x, y }, { ...common, loss: plain, direction: 'kronecker' })).rejects.toThrow(
      "The direction 'kronecker' needs of the loss a root of its curvature (curvatureRoot), but 'plain' has none.",
    );
    await expect(train({ x, y }, { ...common, direction: 'adam-pair', steps: 'backtracking', memory: 0 })).rejects.toThrow(
      "The direction 'adam-pair' needs of the step rule step sizes for several directions at once, but 'backtracking' has none.",
    );
  });

  it('comes back from a file when it is given again', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-'));
    try {
      const { model } = await train({ x, y }, { ...common, loss: plain });
      const file = path.join(folder, 'model');
      await model.save(file);
      await expect(Model.load(file)).rejects.toThrow('its loss must be one of squared');
      const again = await Model.load(file, plain);
      expect(again.spec).toEqual(model.spec);
      expect(await again.evaluate(x, y)).toEqual(await model.evaluate(x, y));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
