import { describe, expect, it } from 'vitest';
import type { NetworkStep } from '../../lib/networks/network.js';
import { programOf } from '../../lib/networks/program.js';

const program = (...steps: NetworkStep[]) => programOf({ inputs: 3, tracked: { layer: 'first', outputs: 4 }, steps });
const slice = (value: string, from: number, width: number): NetworkStep => ({
  value,
  step: 'slice',
  of: 'tracked',
  from,
  width,
});
const affine = (value: string, of: string, outputs = 2, layer = value): NetworkStep => ({
  value,
  step: 'affine',
  of,
  layer,
  outputs,
});
const bend = (value: string, of: string, sharpness?: number): NetworkStep => ({
  value,
  step: 'activation',
  of,
  activation: 'tanh',
  ...(sharpness === undefined ? {} : { sharpness }),
});
const both = (value: string, step: 'sum' | 'product', ...of: [string, string]): NetworkStep => ({ value, step, of });

describe('a program', () => {
  it('without steps is the tracked product', () => {
    expect(program().nodes).toEqual([
      { kind: 'tracked', inputs: [], width: 4, activation: 'identity', sharpness: 1, layer: 0, from: 0 },
    ]);
  });

  it('merges an activation into its argument only where nobody else reads that', () => {
    expect(
      program(bend('h', 'tracked', 3)).nodes.map(({ kind, activation, sharpness }) => [kind, activation, sharpness]),
    ).toEqual([['tracked', 'tanh', 3]]);
    expect(
      program(bend('h', 'tracked'), both('o', 'sum', 'h', 'tracked')).nodes.map(({ kind, inputs }) => [kind, inputs]),
    ).toEqual([
      ['tracked', []],
      ['activation', [0]],
      ['sum', [1, 0]],
    ]);
  });
});

describe('a list of steps is refused in words', () => {
  it.each<[string, NetworkStep[], string]>([
    ['an unknown value', [affine('o', 'zork')], "The step 'o' of a network must read an earlier value, but reads 'zork'."],
    [
      'a later value',
      [affine('o', 'h'), affine('h', 'tracked')],
      "The step 'o' of a network must read an earlier value, but reads 'h'.",
    ],
    [
      'a name twice',
      [affine('h', 'tracked'), affine('h', 'h', 2, 'other')],
      "The step 'h' of a network must have a name of its own.",
    ],
    [
      'the name of its argument',
      [affine('h', 'tracked'), bend('h', 'h')],
      "The step 'h' of a network must have a name of its own.",
    ],
    [
      'the name of an earlier value, of an activation',
      [slice('a', 0, 2), slice('b', 2, 2), bend('a', 'b'), both('o', 'sum', 'a', 'b')],
      "The step 'a' of a network must have a name of its own.",
    ],
    [
      'the name of the tracked product, of an activation',
      [affine('h', 'tracked'), bend('tracked', 'h')],
      "The step 'tracked' of a network must have a name of its own.",
    ],
    ['that name, merged', [bend('tracked', 'tracked')], "The step 'tracked' of a network must have a name of its own."],
    [
      'a layer twice',
      [affine('h', 'tracked', 2, 'one'), affine('o', 'h', 2, 'one')],
      "The names of layers must be all different, but 'one' was given.",
    ],
    [
      'widths that differ',
      [slice('a', 0, 1), slice('b', 1, 3), both('o', 'sum', 'a', 'b')],
      "The step 'o' of a network must combine two values of one width, but they have 1 and 3 columns.",
    ],
    ['a column that nobody reads', [slice('a', 0, 3)], 'Column 3 of the tracked product must be read by exactly one slice'],
    [
      'a column that two slices read',
      [slice('a', 0, 2), slice('b', 1, 2), both('o', 'sum', 'a', 'b')],
      'Column 1 of the tracked product',
    ],
    [
      'a slice beyond the end',
      [slice('a', 2, 3)],
      "The width of the slice 'a' must be an integer from 1 to 2, but 3 was given.",
    ],
    [
      'a value that nobody reads',
      [affine('idle', 'tracked'), affine('o', 'tracked')],
      "The step 'idle' of a network must be read by a later step.",
    ],
    [
      'an activation that nobody reads',
      [affine('h', 'tracked'), bend('idle', 'h'), affine('o', 'tracked')],
      "The step 'idle' of a network must be read by a later step.",
    ],
    [
      'a sharpness that is none',
      [bend('h', 'tracked', 0)],
      "The sharpness of 'h' must be a finite number above 0, but 0 was given.",
    ],
    [
      'a sharpness where it has no meaning',
      [{ value: 'h', step: 'activation', of: 'tracked', activation: 'relu', sharpness: 2 }],
      "The step 'h' of a network must have sharpness 1, as the activation relu has none.",
    ],
    [
      'no outputs',
      [affine('o', 'tracked', 0)],
      "The outputs of layer 'o' must be an integer of at least 1, but 0 was given.",
    ],
  ])('%s', (_, steps, sentence) => expect(() => program(...steps)).toThrow(sentence));
});
