import { expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import { mlp } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';

const { layout } = programOf(mlp({ hidden: [3] }).architecture(2, 4));

it('lays out weight and bias of every layer, one after the other', () => {
  expect(layout.blocks).toEqual([
    { name: 'hidden.weight', layer: 0, rows: 2, columns: 3, offset: 0, size: 6, penalized: true },
    { name: 'hidden.bias', layer: 0, rows: 1, columns: 3, offset: 6, size: 3, penalized: false },
    { name: 'output.weight', layer: 1, rows: 3, columns: 4, offset: 9, size: 12, penalized: true },
    { name: 'output.bias', layer: 1, rows: 1, columns: 4, offset: 21, size: 4, penalized: false },
  ]);
  expect(layout.size).toBe(25);
});

it('a block shares memory with its vector', () => {
  const vector = Float64Array.from({ length: 25 }, (_, e) => e);
  const bias = blockOf(vector, layout.blocks[1]!);
  expect(Array.from(bias)).toEqual([6, 7, 8]);
  bias[0] = -1;
  expect(vector[6]).toBe(-1);
});
