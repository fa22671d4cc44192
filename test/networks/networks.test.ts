import { describe, expect, it } from 'vitest';
import { activations, type ActivationName } from '../../lib/activations/index.js';
import { blockOf, layoutOf } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import { linear, mlp, networks } from '../../lib/networks/index.js';
import { errorOrder } from '../support/order.js';

describe('linear', () => {
  it('is one layer with identity, started at 0', () => {
    const layers = linear().layers(7, 3);
    expect(layers).toEqual([{ name: 'output', inputs: 7, outputs: 3, activation: 'identity' }]);
    expect(linear().initialize(layers, createRandom(1))).toEqual(new Float64Array(24));
  });
});

describe('mlp', () => {
  it('chains the hidden layers and ends with a linear output', () => {
    expect(mlp({ hidden: [5, 3], activation: 'relu' }).layers(7, 2)).toEqual([
      { name: 'hidden1', inputs: 7, outputs: 5, activation: 'relu' },
      { name: 'hidden2', inputs: 5, outputs: 3, activation: 'relu' },
      { name: 'output', inputs: 3, outputs: 2, activation: 'identity' },
    ]);
    expect(mlp({ hidden: [4] }).layers(7, 2).map(({ name }) => name)).toEqual(['hidden', 'output']);
  });

  it('has 100 tanh units unless told otherwise', () => {
    expect(mlp().layers(9, 1)[0]).toEqual({ name: 'hidden', inputs: 9, outputs: 100, activation: 'tanh' });
  });

  it.each([['tanh', 1], ['relu', 2]] as const)('starts %s with weights of variance %d / inputs and biases 0', (activation, gain) => {
    const network = mlp({ hidden: [80], activation });
    const layers = network.layers(60, 50);
    const layout = layoutOf(layers);
    const start = network.initialize(layers, createRandom(5));
    for (const block of layout.blocks) {
      const values = blockOf(start, block);
      if (!block.penalized) {
        expect(values.every((b) => b === 0)).toBe(true);
        continue;
      }
      const expected = (block.layer === 0 ? gain : 1) / block.rows;
      const variance = values.reduce((sum, w) => sum + w * w, 0) / values.length;
      // The sample variance of N normal numbers is off by sqrt(2 / N); N is 4000 and more.
      expect(variance / expected).toBeGreaterThan(1 - 5 * Math.sqrt(2 / values.length));
      expect(variance / expected).toBeLessThan(1 + 5 * Math.sqrt(2 / values.length));
    }
  });

  it('draws the same start from the same seed, another one from another', () => {
    const network = mlp({ hidden: [3] });
    const layers = network.layers(2, 1);
    const draw = (seed: number) => network.initialize(layers, createRandom(seed));
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it('refuses what is no network', () => {
    expect(() => mlp({ hidden: [] })).toThrow('hidden must be a list of at least one layer size, but an array of 0 values was given.');
    expect(() => mlp({ hidden: [4, 0] })).toThrow('A hidden layer size must be an integer of at least 1, but 0 was given.');
    const unknown = 'swish' as ActivationName;
    expect(() => mlp({ activation: unknown })).toThrow("activation must be one of identity, tanh, relu, sigmoid, but 'swish'");
  });
});

describe('the registry', () => {
  it('builds every network under its own name', () => {
    for (const [name, create] of Object.entries(networks)) expect(create().name).toBe(name);
  });
});

describe.each(Object.keys(activations) as ActivationName[])('the activation %s', (name) => {
  const { value, derivative } = activations[name];

  it.each([-1.3, -0.2, 0.4, 2.1])('at %d has a derivative of Taylor order 2', async (z) => {
    const slope = derivative(value(z));
    const error = (h: number): number => value(z + h) - (value(z) + h * slope);
    if (name === 'identity' || name === 'relu') {
      // Piecewise linear: no error but rounding.
      expect(Math.abs(error(1e-3))).toBeLessThan(1e-15);
      return;
    }
    expect(await errorOrder(error)).toBeGreaterThan(1.97);
  });

  it('keeps NaN and stays finite, with a finite derivative, wherever it is bounded', () => {
    expect(value(NaN)).toBeNaN();
    if (name === 'identity' || name === 'relu') return;
    for (const z of [-1e308, -800, 800, 1e308, -Infinity, Infinity]) {
      expect(Math.abs(value(z))).toBeLessThanOrEqual(1);
      expect(derivative(value(z))).toBeCloseTo(0, 15);
    }
  });
});
