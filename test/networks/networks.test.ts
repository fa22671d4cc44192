import { describe, expect, it } from 'vitest';
import { activations, type ActivationName } from '../../lib/activations/index.js';
import { blockOf, layerRange, layoutOf, weightBlock } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import {
  gated,
  linear,
  linearlyGated,
  mlp,
  networkByName,
  networks,
  skip,
  type Network,
  type NetworkFactory,
} from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { errorOrder } from '../support/order.js';
import { networkCases } from './cases.js';

describe.each(Object.entries<NetworkFactory>(networks))('the registry entry %s', (name, make) => {
  it('makes networks of its own name, with any sizes', () => {
    expect(make().name).toBe(name);
    const program = programOf(make().architecture(7, 3));
    expect([program.inputs, program.outputs]).toEqual([7, 3]);
  });

  it('describes its options: defaults change nothing', () => {
    const defaults = Object.fromEntries(Object.entries(make.options).map(([option, { default: value }]) => [option, value]));
    expect(networkByName(name, defaults).architecture(7, 3)).toEqual(make().architecture(7, 3));
  });

  it('refuses an option that it does not have, and names who has it', () => {
    const known = Object.keys(make.options);
    const given = { hidden: [3], activation: 'tanh', sharpness: 2, gates: 'inputs', initialScale: 2 } as const;
    for (const option of Object.keys(given) as (keyof typeof given)[]) {
      if (known.includes(option)) continue;
      const owners = Object.entries<NetworkFactory>(networks).filter(([, { options }]) => Object.hasOwn(options, option));
      const names = owners.map(([owner]) => `'${owner}'`).join(', ');
      expect(() => networkByName(name, { [option]: given[option] })).toThrow(
        `The network '${name}' has no option '${option}'; ${owners.length === 1 ? `the network ${names} has` : `${names} have`} it.`,
      );
    }
  });
});

it('the range of activations is told from their registry', () => {
  for (const { options } of [mlp, gated, skip]) expect(options.activation.range).toBe('identity, tanh, relu or sigmoid');
});

describe.each(networkCases)('$label', ({ network }) => {
  it('is plain JSON', () => {
    const architecture = network.architecture(6, 2);
    expect(JSON.parse(JSON.stringify(architecture))).toEqual(architecture);
  });

  it('draws the same start from the same seed, biases 0', () => {
    const architecture = network.architecture(4, 2);
    const { layout } = programOf(architecture);
    const start = network.initialize(architecture, createRandom(3));
    expect(start).toHaveLength(layout.size);
    expect(network.initialize(architecture, createRandom(3))).toEqual(start);
    for (const block of layout.blocks) if (!block.penalized) expect(blockOf(start, block).every((b) => b === 0)).toBe(true);
  });
});

describe('starting weights', () => {
  const wide = Object.entries<NetworkFactory>(networks).flatMap(([name, make]) => {
    const options = make.options.activation ? ([{ activation: 'tanh' }, { activation: 'relu' }] as const) : [{}];
    return options.map((given) => ({ label: `${name} ${JSON.stringify(given)}`, network: make(given) }));
  });

  it.each(wide)('of $label have variance 1 or 2 over the inputs, or are 0, unit by unit', ({ network }) => {
    const architecture = network.architecture(400, 40);
    const { layout } = programOf(architecture);
    const start = network.initialize(architecture, createRandom(5));
    layout.layers.forEach(({ inputs, outputs }, l) => {
      const { offset } = weightBlock(layout, l);
      for (let k = 0; k < outputs; k++) {
        let squares = 0;
        for (let j = 0; j < inputs; j++) squares += start[offset + j * outputs + k]! ** 2;
        // The sample variance of N normal numbers is off by sqrt(2 / N), and the largest of some hundred by five times that.
        const near = [0, 1, 2].some((gain) => Math.abs(squares - gain) <= 5 * gain * Math.sqrt(2 / inputs));
        expect(near, `layer ${l}, unit ${k}: ${squares}`).toBe(true);
      }
    });
  });

  it('of the mlp are drawn block by block, as they always were', () => {
    const architecture = mlp({ hidden: [3, 2], activation: 'relu' }).architecture(4, 1);
    const random = createRandom(8);
    const expected = [
      [4, 3, 2],
      [3, 2, 2],
      [2, 1, 1],
    ].flatMap(([inputs, outputs, gain]) => [
      ...Array.from({ length: inputs! * outputs! }, () => Math.sqrt(gain! / inputs!) * random.normal()),
      ...new Array<number>(outputs!).fill(0),
    ]);
    expect([...mlp({ hidden: [3, 2], activation: 'relu' }).initialize(architecture, createRandom(8))]).toEqual(expected);
  });

  it('begin with outputs initialScale times as large, from the same draws', () => {
    for (const [name, make] of Object.entries<NetworkFactory>(networks)) {
      if (!make.options.initialScale) continue;
      const { layout } = programOf(make().architecture(7, 2));
      const [one, three] = [{}, { initialScale: 3 }].map((given) => {
        const network = networkByName(name, given);
        return network.initialize(network.architecture(7, 2), createRandom(1));
      });
      const [last] = layerRange(layout, layout.layers.length - 1);
      three!.forEach((weight, e) => expect(weight).toBeCloseTo((e < last ? 1 : 3) * one![e]!, 14));
    }
    expect(() => mlp({ initialScale: 0 })).toThrow('initialScale must be a finite number above 0, but 0 was given.');
    expect(() => networkByName('linear', { initialScale: 2 })).toThrow("The network 'linear' has no option 'initialScale'");
  });

  it('of the linear paths are 0', () => {
    expect(linear().initialize(linear().architecture(7, 3), createRandom(1))).toEqual(new Float64Array(24));
    const architecture = skip({ hidden: [5] }).architecture(7, 2);
    const start = skip({ hidden: [5] }).initialize(architecture, createRandom(1));
    for (let j = 0; j < 7; j++) expect([start[j * 7 + 5], start[j * 7 + 6]]).toEqual([0, 0]);
  });
});

describe('what networks compute', () => {
  const shapes = (network: Network): unknown[] =>
    programOf(network.architecture(7, 2)).layers.map(({ name, inputs, outputs }) => [name, inputs, outputs]);

  it('is laid out in the layers that their names say', () => {
    expect(shapes(linear())).toEqual([['output', 7, 2]]);
    expect(shapes(mlp())).toEqual([
      ['hidden', 7, 100],
      ['output', 100, 2],
    ]);
    expect(shapes(mlp({ hidden: [5, 3] }))).toEqual([
      ['hidden1', 7, 5],
      ['hidden2', 5, 3],
      ['output', 3, 2],
    ]);
    expect(shapes(gated({ hidden: [4] }))).toEqual([
      ['hidden', 7, 8],
      ['output', 4, 2],
    ]);
    expect(shapes(skip({ hidden: [4] }))).toEqual([
      ['hidden', 7, 6],
      ['output', 4, 2],
    ]);
    expect(shapes(linearlyGated({ hidden: [4, 3] }))).toEqual([
      ['first', 7, 8],
      ['gate2', 4, 3],
      ['hidden2', 4, 3],
      ['output', 3, 2],
    ]);
    expect(shapes(linearlyGated({ hidden: [4, 3], gates: 'inputs' }))).toEqual([
      ['first', 7, 11],
      ['hidden2', 4, 3],
      ['output', 3, 2],
    ]);
  });

  it('takes one node a layer for a stack', () => {
    const { nodes } = programOf(mlp({ hidden: [5, 3] }).architecture(7, 2));
    expect(nodes.map(({ kind, activation }) => [kind, activation])).toEqual([
      ['tracked', 'tanh'],
      ['affine', 'tanh'],
      ['affine', 'identity'],
    ]);
  });
});

describe('options', () => {
  it('are refused out of range', () => {
    expect(() => mlp({ hidden: [] })).toThrow(
      'hidden must be a list of at least one layer size, but an array of 0 values was given.',
    );
    expect(() => mlp({ hidden: [4, 0] })).toThrow('A hidden layer size must be an integer of at least 1, but 0 was given.');
    expect(() => gated({ hidden: [4, 3] })).toThrow("hidden of the network 'gated' must be a list of one layer size");
    expect(() => linearlyGated({ sharpness: 0 })).toThrow('sharpness must be a finite number above 0, but 0 was given.');
    expect(() => linearlyGated({ gates: 'both' as 'inputs' })).toThrow(
      "gates must be one of layers, inputs, but 'both' was given.",
    );
    const unknown = 'swish' as ActivationName;
    for (const make of [mlp, gated, skip]) {
      expect(() => make({ activation: unknown })).toThrow(
        "activation must be one of identity, tanh, relu, sigmoid, but 'swish'",
      );
    }
    expect(() => networkByName('zork')).toThrow(
      `network must be one of ${Object.keys(networks).join(', ')}, but 'zork' was given.`,
    );
  });
});

describe.each(Object.keys(activations) as ActivationName[])('the activation %s', (name) => {
  const { value, derivative, saturates } = activations[name];

  it.each([-1.3, -0.2, 0.4, 2.1])('at %d has a derivative of Taylor order 2', async (z) => {
    const slope = derivative(value(z));
    const error = (h: number): number => value(z + h) - (value(z) + h * slope);
    // Piecewise linear: no error but rounding.
    if (Math.abs(error(1e-3)) < 1e-15) return;
    expect(await errorOrder(error)).toBeGreaterThan(1.97);
  });

  it('keeps NaN and stays finite, with a finite derivative, wherever it is bounded', () => {
    expect(value(NaN)).toBeNaN();
    if (!saturates) return;
    for (const z of [-1e308, -800, 800, 1e308, -Infinity, Infinity]) {
      expect(Math.abs(value(z))).toBeLessThanOrEqual(1);
      expect(derivative(value(z))).toBeCloseTo(0, 15);
    }
  });
});

it('a layout keeps weights in front of biases', () => {
  const { blocks, size } = layoutOf([
    { name: 'a', inputs: 2, outputs: 3 },
    { name: 'b', inputs: 3, outputs: 1 },
  ]);
  expect(blocks.map(({ name, offset, penalized }) => [name, offset, penalized])).toEqual([
    ['a.weight', 0, true],
    ['a.bias', 6, false],
    ['b.weight', 9, true],
    ['b.bias', 12, false],
  ]);
  expect(size).toBe(13);
});
