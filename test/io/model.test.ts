import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanesearchError } from '../../lib/core/errors.js';
import { Model, type ModelSpec } from '../../lib/io/model.js';
import { decodeTensors, encodeTensors, type TensorFile } from '../../lib/io/safetensors.js';
import { expectError, temporaryFiles, type TemporaryFiles } from '../data/files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const hidden = { name: 'hidden', inputs: 2, outputs: 3, activation: 'tanh' } as const;
const output = { name: 'output', inputs: 3, outputs: 2, activation: 'identity' } as const;
const softmax: ModelSpec = {
  network: 'mlp', layers: [hidden, output], task: { loss: 'softmax', classes: ['a', 'b'] },
  schema: { format: 'libsvm', columns: 2, target: 'strings' },
  parameters: Float64Array.from({ length: 17 }, (_, e) => e / 7 - 1),
};
const single = { layers: [{ ...output, inputs: 2, outputs: 1 }], parameters: Float64Array.of(1, 2, 3) };
const logistic: ModelSpec = { ...softmax, ...single, network: 'linear', task: { loss: 'logistic', classes: [-1, 1] } };
const squared: ModelSpec = { ...logistic, task: { loss: 'squared' } };

type Header = Record<string, unknown>;

/** Saves `spec`, puts `change(what was written)` in its place, and loads that. */
async function loadChanged(spec: ModelSpec, change: (file: TensorFile, header: Header) => TensorFile): Promise<Model> {
  const path = files.path('model');
  await new Model(spec).save(path);
  const file = decodeTensors(await readFile(path), path);
  const header = JSON.parse(file.metadata['planesearch']!) as Header;
  return Model.load(await files.write('changed', encodeTensors(change(file, header))));
}

const withHeader = (spec: ModelSpec, changes: Header): Promise<Model> =>
  loadChanged(spec, (file, header) => ({ ...file, metadata: { planesearch: JSON.stringify({ ...header, ...changes }) } }));
const withEntry = (entry: string): Promise<Model> => loadChanged(softmax, (file) => ({ ...file, metadata: { planesearch: entry } }));
const refused = (action: () => Promise<Model>, ...parts: string[]): Promise<void> => expectError(action, 'INVALID_MODEL', ...parts);

describe('a saved model', () => {
  it.each([['softmax', softmax], ['logistic', logistic], ['squared', squared]])('comes back as it was: %s', async (_, spec) => {
    expect((await withHeader(spec, {})).spec).toEqual(spec);
  });

  it('may lack a schema', async () => {
    expect((await withHeader(softmax, { schema: undefined })).spec.schema).toBeUndefined();
  });
});

describe('a damaged header is refused', () => {
  it.each([
    ['{"formatVersion":1,', 'is not JSON'], ['null', 'must be an object, but it is null'], ['[1]', 'an array of 1 values'],
    ['7', 'but it is 7'], ['{}', 'format version', 'undefined'], ['', 'no entry "planesearch"'],
  ])('%j', (entry, ...parts) => refused(() => withEntry(entry), ...parts));

  it('keeps the cause of what is not JSON', async () => {
    const error = await withEntry('{').catch((reason: unknown) => reason);
    expect((error as PlanesearchError).cause).toBeInstanceOf(SyntaxError);
  });

  it.each<[Header, string]>([
    [{ network: 3 }, 'its network must be a name, but it is 3'],
    [{ layers: 'two' }, "must be a list, but they are 'two'"],
    [{ layers: [] }, 'an array of 0 values'],
    [{ layers: [hidden, null] }, 'its layer 1 is null'],
    [{ layers: [{ ...hidden, name: 1 }, output] }, 'the name of its layer 0 is 1'],
    [{ layers: [{ ...hidden, inputs: 0 }, output] }, 'at least 1, but they are 0 and 3'],
    [{ layers: [{ ...hidden, inputs: 1.5 }, output] }, 'but they are 1.5 and 3'],
    [{ layers: [hidden, { ...output, outputs: '2' }] }, "its layer 1 must have sizes of at least 1, but they are 3 and '2'"],
    [{ layers: [{ ...hidden, outputs: 4 }, output] }, 'its layer 1 does not take the outputs'],
    [{ layers: [{ ...hidden, activation: 'zork' }, output] }, "one of identity, tanh, relu, sigmoid, but it is 'zork'"],
    [{ layers: [{ ...hidden, activation: 'toString' }, output] }, "but it is 'toString'"],
    [{ layers: [{ ...hidden, inputs: 1e15 }, output], schema: undefined }, "'hidden.weight' must hold 3000000000000000 numbers, but it holds 6"],
    [{ task: undefined }, 'its task is undefined'],
    [{ task: { loss: 'zork' } }, "one of squared, logistic, softmax, but it is 'zork'"],
    [{ task: { loss: ['squared'] } }, 'but it is an array'],
    [{ task: { loss: 'squared' } }, 'the squared loss needs 1 output, but there are 2'],
    [{ task: { loss: 'logistic', classes: [1, 2] } }, 'the logistic loss needs 1 output, but there are 2'],
    [{ task: { loss: 'softmax' } }, '2 different classes, but they are undefined'],
    [{ task: { loss: 'softmax', classes: ['a', 'b', 'c'] } }, '2 different classes, but they are an array of 3'],
    [{ task: { loss: 'softmax', classes: ['a', 'a'] } }, '2 different classes'],
    [{ task: { loss: 'softmax', classes: ['a', null] } }, '2 different classes'],
    [{ schema: null }, 'The data schema of the model must have'],
    [{ schema: { format: 'libsvm', columns: 2, target: 'words' } }, 'The data schema of the model must have'],
    [{ schema: { format: 'libsvm', columns: 3, target: null } }, 'its data schema has 3 columns, but its first layer has 2 inputs'],
  ])('%j', (changes, part) => refused(() => withHeader(softmax, changes), part));

  it('with three classes for one logistic output', () =>
    refused(() => withHeader(logistic, { task: { loss: 'logistic', classes: [1, 2, 3] } }), 'needs 2 different classes'));
});

describe('damaged weights are refused', () => {
  it.each([NaN, Infinity, -Infinity])('%d among them', (value) =>
    refused(
      () => loadChanged(softmax, ({ metadata, tensors }) => ({
        metadata, tensors: tensors.map((tensor) => (tensor.name === 'output.bias' ? { ...tensor, values: Float64Array.of(1, value) } : tensor)),
      })),
      `its tensor 'output.bias' must hold finite numbers, but it holds ${value}`,
    ));

  it('a tensor is missing', () =>
    refused(
      () => loadChanged(softmax, ({ metadata, tensors }) => ({ metadata, tensors: tensors.slice(1) })),
      "its tensor 'hidden.weight' must hold 6 numbers, but it holds undefined",
    ));

  it.each([
    'null', '{"w":null}', '{"w":{"dtype":"F64","shape":"2","data_offsets":[0,16]}}', '{"w":{"dtype":"F64","shape":[1],"data_offsets":[-99,-91]}}',
    '{"__metadata__":{"planesearch":{}}}',
  ])('a container with the header %s', async (text) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    await refused(async () => Model.load(await files.write('container', Buffer.concat([length, Buffer.from(text)]))), 'container');
  });

  it('a file cut anywhere', async () => {
    const path = files.path('whole');
    await new Model(softmax).save(path);
    const whole = await readFile(path);
    for (let bytes = 0; bytes < whole.length; bytes += 13) {
      await refused(async () => Model.load(await files.write('cut', whole.subarray(0, bytes))), 'is not a planesearch model');
    }
  });
});
