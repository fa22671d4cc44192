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

const step = { value: 'hidden', step: 'activation', of: 'tracked', activation: 'tanh' } as const;
const affine = { value: 'output', step: 'affine', of: 'hidden', layer: 'output', outputs: 2 } as const;
const architecture = { inputs: 2, tracked: { layer: 'hidden', outputs: 3 }, steps: [step, affine] };
const task = { loss: 'softmax', parameters: {}, coding: 'classes', classes: ['a', 'b'], outputs: 2 } as const;
const softmax: ModelSpec = {
  network: 'mlp',
  architecture,
  task,
  schema: { format: 'libsvm', columns: 2, target: 'strings' },
  parameters: Float64Array.from({ length: 17 }, (_, e) => e / 7 - 1),
};
const single = {
  architecture: { inputs: 2, tracked: { layer: 'output', outputs: 1 }, steps: [] },
  parameters: Float64Array.of(1, 2, 3),
};
const logistic: ModelSpec = {
  ...softmax,
  ...single,
  network: 'linear',
  task: { loss: 'logistic', parameters: {}, coding: 'two-classes', classes: [-1, 1], outputs: 1 },
};
const huber: ModelSpec = { ...logistic, task: { loss: 'huber', parameters: { delta: 0.5 }, coding: 'numbers', outputs: 1 } };

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
const withEntry = (entry: string): Promise<Model> =>
  loadChanged(softmax, (file) => ({ ...file, metadata: { planesearch: entry } }));
const refused = (action: () => Promise<Model>, ...parts: string[]): Promise<void> =>
  expectError(action, 'INVALID_MODEL', ...parts);

describe('a model of version 2', () => {
  it('is read: columns of numbers and categories, nothing for missing cells', async () => {
    const schema = {
      format: 'csv',
      columns: 2,
      width: 2,
      header: true,
      features: [{ name: 'k', source: 0, kind: 'categorical', categories: ['a', 'b'] }],
      target: { name: 'y', source: 1, kind: 'strings' },
    } as const;
    const model = await withHeader({ ...softmax, schema }, { formatVersion: 2 });
    expect(model.spec.schema).toEqual(schema);
    const rows = [{ k: 'b' }, { k: 'c' }];
    const x = { values: Float64Array.of(0, 1, 0, 0), rows: 2, columns: 2 };
    expect(await model.outputs(rows)).toEqual(await model.outputs(x));
    expect(await model.evaluate(rows, ['a', 'b'])).toEqual(await model.evaluate(x, ['a', 'b']));
    await expect(model.predict([{ k: null }])).rejects.toThrow("Row 0 (from 0), column 'k', must hold a value");
  });

  it('rows with names need a schema', async () => {
    const model = new Model({ ...softmax, schema: undefined });
    await expect(model.predict([{ k: 'a' }])).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
  });
});

describe('a saved model', () => {
  it.each([
    ['softmax', softmax],
    ['logistic', logistic],
    ['huber', huber],
  ])('comes back as it was: %s', async (_, spec) => {
    expect((await withHeader(spec, {})).spec).toEqual(spec);
  });

  it('may lack a schema', async () => {
    expect((await withHeader(softmax, { schema: undefined })).spec.schema).toBeUndefined();
  });
});

describe('a damaged header is refused', () => {
  it.each([
    ['{"formatVersion":3,', 'is not JSON'],
    ['null', 'must be an object, but it is null'],
    ['[1]', 'an array of 1 values'],
    ['7', 'but it is 7'],
    ['{}', 'format version', 'undefined'],
    ['', 'no entry "planesearch"'],
  ])('%j', (entry, ...parts) => refused(() => withEntry(entry), ...parts));

  it('keeps the cause of what is not JSON', async () => {
    const error = await withEntry('{').catch((reason: unknown) => reason);
    expect((error as PlanesearchError).cause).toBeInstanceOf(SyntaxError);
  });

  it.each<[Header, string]>([
    [{ network: 3 }, 'its network must be a name, but it is 3'],
    [{ architecture: 'two' }, "its architecture is 'two'"],
    [
      { architecture: { ...architecture, inputs: 1.5 } },
      'its first layer must have a name, inputs and outputs of at least 1',
    ],
    [{ architecture: { ...architecture, tracked: null } }, 'its first layer must have a name'],
    [{ architecture: { ...architecture, steps: 7 } }, 'its steps must be a list, but they are 7'],
    [{ architecture: { ...architecture, steps: [step, null] } }, 'its step 1 is null'],
    [{ architecture: { ...architecture, steps: [step, { ...affine, step: 'toString' }] } }, "sum, but it is 'toString'"],
    [
      { architecture: { ...architecture, steps: [step, { ...affine, layer: 3 }] } },
      "its step 1 ('output') lacks what a step 'affine' has to say",
    ],
    [
      { architecture: { ...architecture, steps: [step, { ...affine, of: 'nothing' }] } },
      'its network does not fit together',
    ],
    [
      { architecture: { ...architecture, steps: [{ ...step, activation: 'zork' }, affine] } },
      'its network does not fit together',
    ],
    [
      { architecture: { ...architecture, inputs: 1e15 }, schema: undefined },
      'its network does not fit together (A network must have at most 536870912 parameters, but this one has 3000000000000011)',
    ],
    [{ task: undefined }, 'its task is undefined'],
    [{ task: { ...task, loss: 'zork' } }, "squared-hinge, poisson, gamma, tweedie, but it is 'zork'"],
    [{ task: { ...task, loss: ['squared'] } }, 'but it is an array'],
    [{ task: { ...task, parameters: { delta: 'x' } } }, 'the parameters of its loss must be numbers by name'],
    [{ task: { ...task, loss: 'huber', parameters: { delta: -1 } } }, 'its loss is none (delta must be'],
    [{ task: { ...task, coding: 'words' } }, "its coding must be classes, as its loss is softmax, but it is 'words'"],
    [{ task: { ...task, coding: 'numbers' } }, "its coding must be classes, as its loss is softmax, but it is 'numbers'"],
    [
      { task: { ...task, loss: 'logistic', coding: 'numbers' } },
      "its coding must be one of two-classes, label-sets, as its loss is logistic, but it is 'numbers'",
    ],
    [{ task: { ...task, outputs: 3 } }, 'its task has 3 outputs, but its network has 2'],
    [
      { task: { ...task, loss: 'logistic', coding: 'two-classes' } },
      'the coding two-classes needs 1 output, but there are 2',
    ],
    [{ task: { ...task, classes: undefined } }, '2 different classes, but they are undefined'],
    [{ task: { ...task, classes: ['a', 'b', 'c'] } }, '2 different classes, but they are an array of 3'],
    [{ task: { ...task, classes: ['a', 'a'] } }, '2 different classes'],
    [{ task: { ...task, classes: ['a', null] } }, '2 different classes'],
    [{ schema: null }, 'The data schema of the model must have'],
    [{ schema: { format: 'libsvm', columns: 2, target: 'words' } }, 'The data schema of the model must have'],
    [
      { schema: { format: 'libsvm', columns: 3, target: null } },
      'its data schema has 3 columns, but its first layer has 2 inputs',
    ],
  ])('%j', (changes, part) => refused(() => withHeader(softmax, changes), part));

  it('with three classes for one logistic output', () =>
    refused(() => withHeader(logistic, { task: { ...logistic.task, classes: [1, 2, 3] } }), 'needs 2 different classes'));

  it('of the version before', () =>
    refused(() => withHeader(softmax, { formatVersion: 1 }), 'must be 2 or 3, which this planesearch reads, but 1'));
});

describe('damaged weights are refused', () => {
  it.each([NaN, Infinity, -Infinity])('%d among them', (value) =>
    refused(
      () =>
        loadChanged(softmax, ({ metadata, tensors }) => ({
          metadata,
          tensors: tensors.map((tensor) =>
            tensor.name === 'output.bias' ? { ...tensor, values: Float64Array.of(1, value) } : tensor,
          ),
        })),
      `its tensor 'output.bias' must hold finite numbers, but it holds ${value}`,
    ),
  );

  it('a tensor is missing', () =>
    refused(
      () => loadChanged(softmax, ({ metadata, tensors }) => ({ metadata, tensors: tensors.slice(1) })),
      "its tensor 'hidden.weight' must hold 6 numbers, but it holds undefined",
    ));

  it.each([
    'null',
    '{"w":null}',
    '{"w":{"dtype":"F64","shape":"2","data_offsets":[0,16]}}',
    '{"w":{"dtype":"F64","shape":[1],"data_offsets":[-99,-91]}}',
    '{"__metadata__":{"planesearch":{}}}',
  ])('a container with the header %s', async (text) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    await refused(
      async () => Model.load(await files.write('container', Buffer.concat([length, Buffer.from(text)]))),
      'container',
    );
  });

  it('a file cut anywhere', async () => {
    const path = files.path('whole');
    await new Model(softmax).save(path);
    const whole = await readFile(path);
    for (let bytes = 0; bytes < whole.length; bytes += 13) {
      await refused(
        async () => Model.load(await files.write('cut', whole.subarray(0, bytes))),
        'is not a planesearch model',
      );
    }
  });
});
