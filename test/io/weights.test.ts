import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { encodeTensors } from '../../lib/io/safetensors.js';
import { readWeights } from '../../lib/io/weights.js';
import { mlp } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { train } from '../../lib/train.js';
import { expectError, temporaryFiles, type TemporaryFiles } from '../data/files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const { layout } = programOf(mlp({ hidden: [3] }).architecture(2, 1));
const random = createRandom(4);
const names = ['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias'] as const;
const values = [6, 3, 3, 1].map((size) => Float32Array.from({ length: size }, () => random.normal()));

/** A file of float32 or float64. */
function file(shapes: readonly (readonly number[])[], dtype: 'F32' | 'F64', called: readonly string[] = names): Buffer {
  if (dtype === 'F64')
    return encodeTensors({
      metadata: {},
      tensors: shapes.map((shape, t) => ({ name: called[t]!, shape, values: Float64Array.from(values[t]!) })),
    });
  let end = 0;
  const entries = shapes.map((shape, t) => [
    called[t],
    { dtype, shape, data_offsets: [end, (end += values[t]!.byteLength)] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...values.map(({ buffer }) => Buffer.from(buffer))]);
}

const ours = [[2, 3], [3], [3, 1], [1]];
const theirs = [[3, 2], [3], [1, 3], [1]];
const flat = (order: readonly number[]): Float64Array =>
  Float64Array.from([...order.map((e) => values[0]![e]!), ...values[1]!, ...values[2]!, ...values[3]!]);

it.each(['F32', 'F64'] as const)('are taken as they lie, or transposed: %s', async (dtype) => {
  expect(await readWeights(await files.write('a', file(ours, dtype)), layout)).toEqual(flat([0, 1, 2, 3, 4, 5]));
  const read = await readWeights(await files.write('b', file(theirs, dtype)), layout, { transposed: true });
  expect(read).toEqual(flat([0, 2, 4, 1, 3, 5]));
});

it('are where a training begins', async () => {
  const start = await readWeights(await files.write('a', file(ours, 'F32')), layout);
  const x = { values: Float64Array.of(1, 2, -1, 0, 3, 1), rows: 3, columns: 2 };
  const { model } = await train(
    { x, y: Float64Array.of(1, 2, 4) },
    { network: 'mlp', hidden: [3], start, maxIterations: 0 },
  );
  model.spec.parameters.forEach((value, e) => expect(Math.abs(value - start[e]!)).toBeLessThan(1e-14));
});

it('may have other names', async () => {
  const called = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'];
  const map = Object.fromEntries(names.map((name, t) => [name, called[t]!]));
  const read = await readWeights(await files.write('c', file(ours, 'F32', called)), layout, { names: map });
  expect(read).toEqual(flat([0, 1, 2, 3, 4, 5]));
});

describe('are refused', () => {
  it.each([
    ['of another shape', file(theirs, 'F32'), {}, "'hidden.weight' must have the shape 2 x 3, but it has 3 x 2"],
    ['under another name', file(ours, 'F32', ['w', ...names.slice(1)]), {}, "'hidden.weight' must hold 6 numbers"],
    ['that are no container', Buffer.from('weights'), {}, 'is not a file of these weights'],
  ])('%s', async (_, content, options, part) => {
    const path = await files.write('bad', content);
    await expectError(() => readWeights(path, layout, options), 'INVALID_MODEL', part);
  });

  it('by names of blocks that there are not', () =>
    expectError(
      () => readWeights('x', layout, { names: { 'hiden.weight': 'w' } }),
      'INVALID_OPTION',
      'hiden.weight',
      'hidden.weight',
    ));
});
