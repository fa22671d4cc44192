/** The container of a model, strictly: every byte belongs to exactly one tensor, or the file is refused in a sentence of its own. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PlanesearchError } from '../../lib/core/errors.js';
import { createRandom } from '../../lib/core/random.js';
import { MODEL_BYTE_LIMIT, readTensorFile, writeTensorFile } from '../../lib/io/model-file.js';
import { Model, type ModelSpec } from '../../lib/io/model.js';
import { decodeTensors, encodeTensors } from '../../lib/io/safetensors.js';
import { mlp } from '../../lib/networks/index.js';
import type { Architecture } from '../../lib/networks/network.js';
import { train } from '../../lib/train.js';
import { bin, inChild, library, long, onLinux, scratch, withBuild } from './support.js';

withBuild();
const work = scratch();

/** A container with this header and `bytes` bytes of numbers. */
function container(header: unknown, bytes: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes)]);
}

const tensor = (shape: unknown, begin: unknown, end: unknown): object => ({
  dtype: 'F64',
  shape,
  data_offsets: [begin, end],
});

describe('a container', () => {
  it.each<[string, unknown, number, string]>([
    [
      'negative offsets',
      { w: tensor([2], -16, 0) },
      16,
      "the offsets of its tensor 'w' must be integers of at least 0, but they are -16 and 0",
    ],
    ['offsets that are no numbers', { w: tensor([2], '0', 16) }, 16, "but they are '0' and 16"],
    ['offsets that are no integers', { w: tensor([2], 0.5, 16.5) }, 24, 'but they are 0.5 and 16.5'],
    [
      'offsets missing',
      { w: { dtype: 'F64', shape: [2] } },
      16,
      "the offsets of its tensor 'w' must be two numbers, but they are undefined",
    ],
    ['offsets the wrong way round', { w: tensor([2], 16, 0) }, 16, 'must take 16 bytes for its shape, but it takes -16'],
    ['an end behind the file', { w: tensor([2], 0, 16) }, 8, "its tensor 'w' ends at byte 16, but there are only 8"],
    [
      'a hole in front',
      { w: tensor([1], 8, 16) },
      16,
      "its tensor 'w' begins at byte 8, but what is before it ends at byte 0, which leaves a hole",
    ],
    [
      'a hole between',
      { a: tensor([1], 0, 8), b: tensor([1], 16, 24) },
      24,
      "its tensor 'b' begins at byte 16, but what is before it ends at byte 8",
    ],
    [
      'an overlap',
      { a: tensor([2], 0, 16), b: tensor([2], 8, 24) },
      24,
      "its tensor 'b' begins at byte 8, but what is before it ends at byte 16: they overlap",
    ],
    ['two tensors in one place', { a: tensor([2], 0, 16), b: tensor([2], 0, 16) }, 16, 'they overlap'],
    ['bytes behind the last one', { a: tensor([2], 0, 16) }, 17, '1 bytes follow its last tensor'],
    ['no tensor for its bytes', {}, 3, '3 bytes follow its last tensor'],
    [
      'a shape of other things',
      { w: tensor([3, true], 0, 24) },
      24,
      "the shape of its tensor 'w' must hold integers of at least 1, but it holds true",
    ],
    ['a shape with nothing', { w: tensor([null, 8], 0, 64) }, 64, 'but it holds null'],
    ['a shape of lists', { w: tensor([2, [3]], 0, 48) }, 48, 'but it holds an array of 1 values'],
    ['a shape of negative sides', { w: tensor([-2, -1], 0, 16) }, 16, 'but it holds -2'],
    ['a shape with zero', { w: tensor([0], 0, 0) }, 0, 'but it holds 0'],
    ['a shape that is none', { w: tensor(2, 0, 16) }, 16, "the shape of its tensor 'w' must be a list, but it is 2"],
    [
      'a shape beyond all numbers',
      { w: tensor([1e9, 1e9], 0, 16) },
      16,
      'must take 8000000000000000000 bytes for its shape, but it takes 16',
    ],
    [
      'another type',
      { w: { ...tensor([2], 0, 8), dtype: 'F32' } },
      8,
      "its tensor 'w' must be of type 'F64', but it is 'F32'",
    ],
    ['further fields', { w: { ...tensor([2], 0, 16), extra: 1 } }, 16, "but it has 'extra'"],
    ['a tensor that is none', { w: null }, 0, "its tensor 'w' must be described by an object, but it is null"],
    [
      'metadata of other things',
      { __metadata__: { planesearch: {} } },
      0,
      "its metadata must hold strings, but 'planesearch' is an object (Object)",
    ],
    ['metadata that is none', { __metadata__: [] }, 0, 'its metadata must be an object, but it is an array of 0 values'],
    ['a header that is no object', '[]', 0, 'its header must be a JSON object, but it is an array of 0 values'],
    ['a header that is no JSON', '{"w":', 0, 'its header is not JSON'],
    ['a header that is no text', '{"\u0000', 0, 'its header is not JSON'],
    [
      'two tensors of one name',
      '{"w":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"\\u0077":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
      8,
      'its header has an object with two members of one name',
    ],
    [
      'two types of one tensor',
      '{"w":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
      8,
      'its header has an object with two members of one name',
    ],
    ['a deep header', `{"w":${'['.repeat(16)}`, 0, 'its header must be nested at most 16 deep, but it is nested deeper'],
    [
      'a header of nothing but names',
      `{${Array.from({ length: 16385 }, (_, k) => `"${k}":0`).join(',')}}`,
      0,
      'its header must have at most 16384 members in an object, but it has one with more',
    ],
    [
      'a header of millions of values',
      `{"w":[${'{},'.repeat(2 ** 23)}0]}`,
      0,
      'its header must hold at most 8388608 values, but it holds more',
    ],
  ])('with %s is refused', async (_what, header, bytes, problem) => {
    const file = container(header, bytes);
    const name = work.write('container', file);
    for (const read of [async () => decodeTensors(file, name), () => readTensorFile(name)]) {
      const error = await read().then(
        () => null,
        (reason: unknown) => reason as PlanesearchError,
      );
      expect(error).toMatchObject({ code: 'INVALID_MODEL' });
      expect(error!.message).toMatch(/^[^\n]+ is not a planesearch model: [^\n]+\.$/);
      expect(error!.message).toContain(problem);
    }
  });

  it('whose tensors are named in another order than they lie is read', () => {
    const { tensors } = decodeTensors(container({ b: tensor([1], 16, 24), a: tensor([2], 0, 16) }, 24), 'x');
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['a', [2]],
      ['b', [1]],
    ]);
  });

  it('is not written with two tensors of one name', () => {
    const values = Float64Array.of(1);
    for (const names of [['w', 'w'], ['__metadata__']]) {
      const tensors = names.map((name) => ({ name, shape: [1], values }));
      expect(() => encodeTensors({ metadata: {}, tensors })).toThrow(/must have different names, but two are called/);
    }
  });

  it('keeps any name', async () => {
    const tensors = ['__proto__', 'constructor', 'ä\n"', ''].map((name, k) => ({
      name,
      shape: [1],
      values: Float64Array.of(k),
    }));
    await writeTensorFile(work.path('names'), { metadata: { __proto__x: '1' }, tensors });
    expect(await readTensorFile(work.path('names'))).toEqual({ metadata: { __proto__x: '1' }, tensors });
    expect(encodeTensors({ metadata: { __proto__x: '1' }, tensors }).equals(await readFile(work.path('names')))).toBe(true);
  });
});

describe.skipIf(!onLinux)('a header of 98 MB', () => {
  const bytes = 98_000_000;
  const described = (problem: string): string => `its metadata entry "planesearch" ${problem}`;
  const inside = (text: string): object => ({ __metadata__: { planesearch: text } });
  it.each<[string, () => unknown, string]>([
    ['that only opens', () => `{"a":${'['.repeat(bytes)}`, 'its header must be nested at most 16 deep'],
    ['of empty objects', () => `{"a":[${'{},'.repeat(bytes / 3)}0]}`, 'its header must hold at most 8388608 values'],
    ['that only opens, inside', () => inside('['.repeat(bytes)), described('must be nested at most 16 deep')],
    ['of empty objects, inside', () => inside('{},'.repeat(bytes / 3)), described('must hold at most 8388608 values')],
    [
      'of lists, inside',
      () => inside(`[${'[0],'.repeat(4e6)}0]`),
      'must be an object, but it is an array of 4000001 values',
    ],
    ['of one string', () => ({ w: 'x'.repeat(bytes) }), "its tensor 'w' must be described by an object"],
  ])(
    '%s is refused in little memory and time',
    async (_what, make, problem) => {
      const name = work.write('long.model', container(make(), 0));
      const { code, stderr, late } = await inChild([bin, 'predict', name, name], { memory: 3_000_000, time: 20 });
      expect({ code, late }).toEqual({ code: 1, late: false });
      expect(stderr).toMatch(/^planesearch: [^\n]+\.\n$/);
      expect(stderr).toContain(problem);
    },
    60_000,
  );
});

const spec: ModelSpec = {
  network: 'mlp',
  architecture: mlp({ hidden: [3] }).architecture(2, 2),
  task: { loss: 'softmax', parameters: {}, coding: 'classes', classes: ['a', 'b'], outputs: 2 },
  schema: { format: 'libsvm', columns: 2, target: 'strings' },
  parameters: Float64Array.from({ length: 17 }, (_, e) => e / 7 - 1),
};

describe('a model', () => {
  it('with two layers of one name is neither trained nor saved nor loaded', async () => {
    const twins: Architecture = JSON.parse(JSON.stringify(spec.architecture).replaceAll(/"layer":"\w+"/g, '"layer":"same"'));
    const sentence = "The names of layers must be all different, but 'same' was given.";
    const network = { name: 'twins', architecture: () => twins, initialize: () => new Float64Array(17) };
    const data = { x: { values: Float64Array.of(0, 1, 2, 3), rows: 2, columns: 2 }, y: ['a', 'b'] };
    await expect(train(data, { network, loss: 'softmax', backend: 'javascript' })).rejects.toThrow(sentence);
    await expect(new Model({ ...spec, architecture: twins }).save(work.path('twins'))).rejects.toThrow(sentence);
    await new Model(spec).save(work.path('twins'));
    const { metadata, tensors } = await readTensorFile(work.path('twins'));
    const renamed = metadata['planesearch']!.replaceAll(/"layer":"\w+"/g, '"layer":"same"');
    await writeTensorFile(work.path('twins'), { metadata: { planesearch: renamed }, tensors });
    await expect(Model.load(work.path('twins'))).rejects.toThrow(
      /does not fit together .*all different, but 'same' was given/,
    );
  });

  it('whose tensors have the right number of values in another shape, or others beside them, is refused', async () => {
    const name = work.path('reshaped');
    await new Model(spec).save(name);
    const file = await readTensorFile(name);
    const turned = file.tensors.map((one) => ({ ...one, shape: [...one.shape].reverse() }));
    await writeTensorFile(name, { ...file, tensors: turned });
    await expect(Model.load(name)).rejects.toThrow("its tensor 'hidden.weight' must have the shape 2 x 3, but it has 3 x 2");
    await writeTensorFile(name, {
      ...file,
      tensors: [...file.tensors, { name: 'more', shape: [1], values: Float64Array.of(1) }],
    });
    await expect(Model.load(name)).rejects.toThrow("it holds the tensor 'more', for which its network has no place");
  });

  it('is refused above the limit, the same when it is saved and when it is loaded', async () => {
    const big = { metadata: {}, tensors: [{ name: 'w', shape: [100], values: new Float64Array(100) }] };
    const bytes = encodeTensors(big).length;
    await writeTensorFile(work.path('big'), big, bytes);
    await expect(writeTensorFile(work.path('big'), big, bytes - 1)).rejects.toMatchObject({ code: 'UNWRITABLE_FILE' });
    await expect(readTensorFile(work.path('big'), bytes - 1)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    expect(await readTensorFile(work.path('big'), bytes)).toEqual(big);
  });

  const mutations = long ? 60_000 : 1500;
  it(`changed at random, ${mutations} times: loaded as something whole, or refused`, async () => {
    const name = work.path('whole');
    await new Model(spec).save(name);
    const whole = await readFile(name);
    const random = createRandom(18);
    const seen = { loaded: 0, refused: 0 };
    for (let k = 0; k < mutations; k++) {
      const file = mutated(whole, random);
      const result = await Model.load(work.write('mutated', file)).catch((error: unknown) => error);
      if (result instanceof Model) {
        seen.loaded++;
        expect(result.spec.parameters.every(Number.isFinite)).toBe(true);
        continue;
      }
      seen.refused++;
      expect(result).toBeInstanceOf(PlanesearchError);
      expect((result as PlanesearchError).code).toBe('INVALID_MODEL');
    }
    console.log(`${mutations} changed models: ${JSON.stringify(seen)}`);
    expect(seen.loaded).toBeGreaterThan(0);
  }, 300_000);

  it.skipIf(!long)(
    'of 2.16 GB is saved and loaded',
    async () => {
      const ended = await inChild(
        [
          '--input-type=module',
          '--eval',
          `
      import { linear, Model } from ${JSON.stringify(library())};
      const inputs = 270_000_000;
      const parameters = new Float64Array(inputs + 1);
      parameters[0] = 1; parameters[inputs - 1] = 2; parameters[inputs] = 3;
      const architecture = linear().architecture(inputs, 1);
      const task = { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 };
      await new Model({ network: 'linear', architecture, task, parameters }).save(${JSON.stringify(work.path('huge'))});
      const { spec } = await Model.load(${JSON.stringify(work.path('huge'))});
      console.log(spec.parameters.length, spec.parameters[0], spec.parameters[inputs - 1], spec.parameters[inputs]);
    `,
        ],
        { time: 200 },
      );
      expect(ended).toMatchObject({ code: 0, stdout: '270000001 1 2 3\n' });
      expect(8 * 270_000_001).toBeLessThan(MODEL_BYTE_LIMIT);
    },
    240_000,
  );
});

type Random = ReturnType<typeof createRandom>;

/** One to four changes: a byte, a digit, a cut, an insertion, a piece twice. */
function mutated(whole: Buffer, random: Random): Buffer {
  let file = Buffer.from(whole);
  for (let k = random.integer(4); k >= 0; k--) {
    const at = random.integer(file.length);
    const kind = random.integer(5);
    if (kind === 0) file[at] = random.integer(256);
    else if (kind === 1) file[at] = 0x30 + random.integer(10);
    else if (kind === 2) file = file.subarray(0, at);
    else if (kind === 3) file = Buffer.concat([file.subarray(0, at), Buffer.from([random.integer(256)]), file.subarray(at)]);
    else file = Buffer.concat([file.subarray(0, at), file.subarray(Math.max(0, at - random.integer(40)))]);
    if (file.length === 0) return file;
  }
  return file;
}
