/** Calls that mean something else, or that name an option wrongly: one sentence says what was expected and what came. */
import { describe, expect, it } from 'vitest';
import { Model, train, type TrainOptions } from '../../lib/index.js';

const x = { values: Float64Array.of(1, 2, 3, 4), rows: 4, columns: 1 };
const y = [1, 3, 5, 7];
const call = train as (...values: unknown[]) => Promise<unknown>;

describe('train refuses', () => {
  it.each<[string, unknown[], string, string]>([
    [
      'a list for the data',
      [
        [[1], [2]],
        [1, 2],
      ],
      'INVALID_ARGUMENT',
      'The options of train must be an object of network, loss, task, l2, ..., but an array of 2 values was given.',
    ],
    [
      'a list alone',
      [[[1], [2]]],
      'INVALID_ARGUMENT',
      'The first argument of train must be an object of x, y, offsets, sampleWeights, ..., but an array of 2 values was given.',
    ],
    [
      'nothing',
      [],
      'INVALID_ARGUMENT',
      'The first argument of train must be an object of x, y, offsets, sampleWeights, ..., but undefined was given.',
    ],
    [
      'numbers for X without a shape',
      [{ x: [1, 2], y: [1, 2] }],
      'INVALID_DATA',
      'Row 0 (from 0) of X must be a list or a typed array of numbers, but 1 was given; a single row is [row].',
    ],
    [
      'rows of a list for the values',
      [{ x: { values: [[1], [2]], rows: 2, columns: 1 }, y: [1, 2] }],
      'INVALID_DATA',
      'X must be a Float64Array or a Float32Array, but an array of 2 values was given.',
    ],
    [
      'a number of hidden units',
      [
        { x, y },
        { network: 'mlp', hidden: 16 },
      ],
      'INVALID_OPTION',
      'hidden must be a list of at least one layer size, but 16 was given.',
    ],
    [
      'a lone callback',
      [{ x, y }, { callbacks: () => undefined }],
      'INVALID_OPTION',
      'callbacks must be a list of functions, but a function was given.',
    ],
    [
      'a signal that is none',
      [{ x, y }, { signal: true }],
      'INVALID_OPTION',
      'signal must be an AbortSignal, but true was given.',
    ],
    ['hiden', [{ x, y }, { hiden: [3] }], 'INVALID_OPTION', "There is no option 'hiden'. Did you mean 'hidden'?"],
    ['epochs', [{ x, y }, { epochs: 3 }], 'INVALID_OPTION', "There is no option 'epochs'. Did you mean 'maxIterations'?"],
    [
      'learningRate',
      [{ x, y }, { learningRate: 3 }],
      'INVALID_OPTION',
      "There is no option 'learningRate'. Did you mean 'rate'?",
    ],
    [
      'sampleWeights among the options',
      [{ x, y }, { sampleWeights: x.values }],
      'INVALID_OPTION',
      "There is no option 'sampleWeights' here: it goes beside x and y.",
    ],
    [
      'an option among the data',
      [{ x, y, l2: 0 }],
      'INVALID_OPTION',
      "There is no part of the training data 'l2' here: it goes into the options, the second argument.",
    ],
    [
      'a misspelt part of the data',
      [{ x, y, sampleWeight: x.values }],
      'INVALID_OPTION',
      "There is no part of the training data 'sampleWeight'. Did you mean 'sampleWeights'?",
    ],
    [
      'a name that is like none',
      [{ x, y, zzzzzzzzz: 1 }],
      'INVALID_OPTION',
      "There is no part of the training data 'zzzzzzzzz'. The known ones are x, y, offsets, sampleWeights, schema.",
    ],
  ])('%s', async (_what, given, code, message) => {
    await expect(call(...given)).rejects.toMatchObject({ code, message });
  });

  it('options that are undefined are not given', async () => {
    const options = { hiden: undefined, l2: undefined } as unknown as TrainOptions;
    expect((await train({ x, y }, options)).rows).toBe(4);
  });
});

describe('a model', () => {
  it.each<[string, unknown]>([
    ['a list of numbers', y],
    ['a Float64Array', Float64Array.from(y)],
    ['numbers with a width', { values: Float64Array.from(y), width: 1 }],
    ['a column of lists', y.map((value) => [value])],
    ['two classes of text', ['a', 'a', 'b', 'b']],
    ['sets of labels', [['a'], ['a', 'b'], [], ['b']]],
  ])('evaluates against the y that train took: %s', async (_what, target) => {
    const data = { x, y: target as typeof y };
    const { model, scores } = await train(data);
    const again = await model.evaluate(x, data.y);
    expect(again.loss).toBeCloseTo(scores.loss, 12);
    expect(again.accuracy).toBe(scores.accuracy);
  });

  it('says what it expects for X', async () => {
    const { model } = await train({ x, y });
    const predict = Model.prototype.predict.bind(model) as (data: unknown) => Promise<unknown>;
    const message =
      'Row 0 (from 0) of X must be a list or a typed array of numbers, but 1 was given; a single row is [row].';
    await expect(predict([1])).rejects.toMatchObject({ code: 'INVALID_DATA', message });
  });
});
