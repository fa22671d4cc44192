import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { encodeTensors } from '../../lib/io/safetensors.js';
import { readWeights } from '../../lib/io/weights.js';
import { Model } from '../../lib/io/model.js';
import { linear, mlp } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { train } from '../../lib/train.js';
import { onJavascript } from '../cli/support.js';
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

/** An NPY file of version 1. */
function npy(shape: string, numbers: Float64Array, fortran = 'False'): Buffer {
  const text = `{'descr': '<f8', 'fortran_order': ${fortran}, 'shape': ${shape}, }`.padEnd(118);
  const start = Buffer.from(`\x93NUMPY\x01\x00__${text}`, 'latin1');
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(numbers.buffer)]);
}

describe('of NumPy', () => {
  const line = programOf(linear().architecture(3, 2)).layout;
  const six = Float64Array.of(1, 2, 3, 4, 5, 6);

  it('are a vector of all parameters, or the weights of a single layer in either order', async () => {
    const all = Float64Array.from({ length: layout.size }, () => random.normal());
    expect(await readWeights(await files.write('all.npy', npy(`(${all.length},)`, all)), layout)).toEqual(all);
    const rows = await files.write('rows.npy', npy('(3, 2)', six));
    expect(await readWeights(rows, line)).toEqual(Float64Array.of(...six, 0, 0));
    const columns = await files.write('columns.npy', npy('(3, 2)', six, 'True'));
    expect(await readWeights(columns, line)).toEqual(Float64Array.of(1, 4, 2, 5, 3, 6, 0, 0));
    const across = await files.write('across.npy', npy('(2, 3)', six));
    expect(await readWeights(across, line, { transposed: true })).toEqual(Float64Array.of(1, 4, 2, 5, 3, 6, 0, 0));
  });

  it('are arrays by the names of the blocks', async () => {
    const path = fileURLToPath(new URL('../data/cases/numpy/train.npz', import.meta.url));
    const names = { 'output.weight': 'X', 'output.bias': 'y' };
    const read = await readWeights(path, programOf(linear().architecture(4, 3)).layout, { names }).catch(
      (e: Error) => e.message,
    );
    expect(read).toContain("its tensor 'y' must hold 3 numbers, but it holds 4");
    const tall = programOf(linear().architecture(3, 4)).layout;
    const turned = await readWeights(path, tall, { names, transposed: true });
    expect(turned.slice(12)).toEqual(Float64Array.of(0, 1, 1, 0));
    expect(turned.slice(0, 4)).toEqual(Float64Array.of(1.5, 4, 7, 0.125));
  });

  it('of another shape are refused with both', async () => {
    const path = await files.write('bad.npy', npy('(2, 3)', six));
    await expectError(() => readWeights(path, line), 'INVALID_MODEL', 'must have the shape 3 x 2, but it has 2 x 3');
    await expectError(
      () => readWeights(path, layout),
      'INVALID_MODEL',
      'it must hold a vector of all 13 parameters, but its shape is 2 x 3',
    );
    const one = programOf(linear().architecture(4, 1)).layout;
    await expectError(
      () => readWeights(path, one),
      'INVALID_MODEL',
      'it must hold 4 x 1 weights, or a vector of all 5 parameters',
    );
  });
});

describe('a file as the start of train', () => {
  const x = { values: Float64Array.of(1, 2, -1, 0, 3, 1, 0, 5), rows: 4, columns: 2 };
  const y = Float64Array.of(1, 2, 4, 3);

  it('is weights, or a model of ours, which is compared with what is to be trained', async () => {
    const path = await files.write('start.npy', npy('(2,)', Float64Array.of(0.5, -1)));
    const { model } = await train({ x, y }, { start: path, maxIterations: 0 });
    model.spec.parameters.forEach((value, e) => expect(value).toBeCloseTo([0.5, -1, 0][e]!, 12));
    const trained = await train({ x, y });
    const saved = await files.write('saved.model', '');
    await trained.model.save(saved);
    const again = await train({ x, y }, { start: saved });
    expect(again.iterations).toBe(0);
    await expectError(() => train({ x, y }, { start: saved, network: 'mlp', hidden: [2] }), 'INCOMPATIBLE', 'network');
    await expectError(() => train({ x, y }, { start: 'absent.npy' }), 'FILE_NOT_FOUND', 'absent.npy');
  });

  it('is what --start names', async () => {
    const data = await files.write('data.csv', 'a,b,y\n1,2,1\n-1,0,2\n3,1,4\n0,5,3\n');
    const start = await files.write('start.npy', npy('(2,)', Float64Array.of(0.5, -1)));
    const out = await files.write('out.model', '');
    const { code } = await onJavascript(['train', data, '--start', start, '--max-iterations', '0', '--out', out]);
    expect(code).toBe(0);
    (await Model.load(out)).spec.parameters.forEach((value, e) => expect(value).toBeCloseTo([0.5, -1, 0][e]!, 12));
    const bad = await files.write('bad.npy', npy('(7,)', new Float64Array(7)));
    const refused = await onJavascript(['train', data, '--start', bad]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('must hold 2 x 1 weights, or a vector of all 3 parameters, but its shape is 7.');
  });
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
