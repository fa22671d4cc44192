/** What every callback does in a run, and what it says when the run is over. */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as callbacks from '../../lib/callbacks/index.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { createRandom } from '../../lib/core/random.js';
import { Model } from '../../lib/io/model.js';
import { train, type TrainingCallback, type TrainOptions } from '../../lib/train.js';
import { expectError, temporaryFiles, type TemporaryFiles } from '../data/files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const random = createRandom(2);
const rows = 80;
const x = { values: Float64Array.from({ length: rows * 3 }, () => random.normal()), rows, columns: 3 };
const y = Array.from({ length: rows }, (_, i) => (x.values[3 * i]! > x.values[3 * i + 1]! ** 2 - 1 ? 'in' : 'out'));
const data = { x, y };
const options: TrainOptions = { network: 'mlp', hidden: [3], maxIterations: 12, tolerance: 0, backend: 'javascript' };
const run = (callback: TrainingCallback, changes: TrainOptions = {}) =>
  train(data, { ...options, ...changes, callbacks: [callback] });

describe('EarlyStopping', () => {
  it('ends after so many iterations without a better number', async () => {
    const training = await run(callbacks.EarlyStopping({ patience: 3, minDelta: 1e9 }));
    expect([training.stop.reason, training.iterations]).toEqual(['callback', 3]);
  });

  it('lets a run go on that becomes better', async () => {
    const training = await run(callbacks.EarlyStopping({ patience: 1 }));
    expect([training.stop.reason, training.iterations]).toEqual(['iterations', 12]);
  });

  it('counts on where the run that it resumes had got to', async () => {
    const folder = files.path('early');
    const abort = new AbortController();
    const stop = () => callbacks.EarlyStopping({ patience: 6, minDelta: 1e9 });
    const interrupt: TrainingCallback = ({ iteration }) => {
      if (iteration === 4) abort.abort();
    };
    await train(data, { ...options, callbacks: [stop(), interrupt], signal: abort.signal, checkpoint: { folder } });
    const training = await train(data, { ...options, callbacks: [stop()], checkpoint: { folder, resume: true } });
    expect([training.stop.reason, training.iterations]).toEqual(['callback', 6]);
  });

  it('refuses to watch what there is not', async () => {
    await expectError(() => run(callbacks.EarlyStopping({ monitor: 'validation' })), 'INCOMPATIBLE', 'validation');
    await expectError(() => callbacks.EarlyStopping({ monitor: 'loss' as never }), 'INVALID_OPTION', 'objective');
    await expectError(() => callbacks.EarlyStopping({ patience: -1 }), 'INVALID_OPTION', 'patience');
    await expectError(() => callbacks.EarlyStopping({ min_delta: 1 } as never), 'INVALID_OPTION', 'min_delta');
  });

  it('looks for larger accuracies and smaller losses of validation rows', () => {
    const record = (iteration: number, loss: number, accuracy: number): IterationRecord =>
      ({ iteration, validation: { loss, accuracy } }) as unknown as IterationRecord;
    const history = [record(0, 3, 0.5), record(1, 2, 0.9), record(2, 2.5, 0.8), record(3, 1, 0.7)];
    const ends = (monitor: callbacks.MonitoredNumber): number => {
      const callback = callbacks.EarlyStopping({ monitor, patience: 2 });
      return history.findIndex((one, at) => callback(one, { history: history.slice(0, at + 1) } as never) === false);
    };
    expect([ends('validation'), ends('validation.accuracy')]).toEqual([-1, 3]);
  });
});

describe('ModelCheckpoint', () => {
  it('writes the model of the best iteration', async () => {
    const file = files.path('best.model');
    const training = await run(callbacks.ModelCheckpoint({ path: file }));
    expect((await Model.load(file)).spec.parameters).toEqual(training.model.spec.parameters);
    expect((await Model.load(file)).spec.task).toEqual(training.model.spec.task);
  });

  it('writes one for every iteration, of which each has the objective of its record', async () => {
    const training = await run(callbacks.ModelCheckpoint({ path: files.path('m-{iteration}.model'), saveBestOnly: false }), {
      maxIterations: 3,
      l2: 0,
    });
    for (const { iteration, objective } of training.history) {
      const { loss } = await (await Model.load(files.path(`m-${iteration}.model`))).evaluate(x, y);
      expect(Math.abs(loss - objective)).toBeLessThan(1e-12);
    }
  });
});

describe('loggers', () => {
  it('CSVLogger writes a header and a line an iteration', async () => {
    const file = files.path('log.csv');
    const { history } = await run(callbacks.CSVLogger(file));
    const lines = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(lines[0]).toEqual(
      expect.arrayContaining(['iteration', 'objective', 'gradientNorm', 'seconds', 'norm.hidden', 'norm.output']),
    );
    const column = (name: string): number[] => lines.slice(1).map((line) => Number(line[lines[0]!.indexOf(name)]));
    expect(column('objective')).toEqual(history.map(({ objective }) => objective));
    expect(column('norm.output')).toEqual(history.map(({ layerNorms }) => layerNorms['output']));
  });

  it('JSONLLogger writes the records, and in a resumed run those before it too', async () => {
    const folder = files.path('jsonl');
    const file = files.path('log.jsonl');
    const checkpoint = { folder, resume: true };
    await train(data, { ...options, maxIterations: 4, checkpoint });
    const { history } = await train(data, { ...options, checkpoint, callbacks: [callbacks.JSONLLogger(file)] });
    const lines = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as IterationRecord);
    expect(lines.map(({ iteration, objective }) => [iteration, objective])).toEqual(
      history.map(({ iteration, objective }) => [iteration, objective]),
    );
  });

  it('end a run that they cannot follow', () =>
    expectError(() => run(callbacks.JSONLLogger(files.path('.'))), 'UNWRITABLE_FILE'));

  it('History has the records of a run that failed', async () => {
    const history = callbacks.History();
    const fail: TrainingCallback = ({ iteration }) => {
      if (iteration === 5) throw new Error('broken');
    };
    await expect(train(data, { ...options, callbacks: [history, fail] })).rejects.toThrow('broken');
    expect(history.records.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(history.values('objective')[5]).toBe(history.records[5]!.objective);
  });
});

it('TimeLimit ends the run', async () => {
  const training = await run(callbacks.TimeLimit(0));
  expect([training.stop.reason, training.iterations]).toEqual(['callback', 0]);
});

it('LambdaCallback is called at its moments, and ends a run', async () => {
  const moments: string[] = [];
  const callback = callbacks.LambdaCallback({
    onTrainBegin: ({ iteration }) => void moments.push(`begin ${iteration}`),
    onIterationEnd: ({ iteration }) => {
      moments.push(`${iteration}`);
      return iteration < 2;
    },
    onTrainEnd: () => void moments.push('end'),
  });
  await run(callback);
  expect(moments).toEqual(['begin 0', '0', '1', '2', 'end']);
});

describe('a callback that throws', () => {
  it('ends the run with its error, and the others close what they have open', async () => {
    const file = files.path('open.csv');
    const end = vi.fn(() => {
      throw new Error('later');
    });
    const fail: TrainingCallback = Object.assign(() => Promise.reject(new Error('first')), { end });
    await expect(train(data, { ...options, callbacks: [callbacks.CSVLogger(file), fail] })).rejects.toThrow('first');
    expect(end).toHaveBeenCalledTimes(1);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
    expect((await train(data, options)).iterations).toBe(12);
  });

  it('at the end of a run fails it', () =>
    expect(run(Object.assign(() => undefined, { end: () => Promise.reject(new Error('at the end')) }))).rejects.toThrow(
      'at the end',
    ));

  it('at the end is called no second time, nor are those before it; those behind it are called', async () => {
    const ended: string[] = [];
    const named = (name: string, error?: Error): TrainingCallback =>
      Object.assign(() => undefined, {
        end() {
          ended.push(name);
          if (error) throw error;
        },
      });
    const three = [named('before'), named('fails', new Error('full')), named('behind')];
    await expect(train(data, { ...options, callbacks: three })).rejects.toThrow('full');
    expect(ended).toEqual(['before', 'fails', 'behind']);
  });
});

it('BackupAndRestore goes on where the run was', async () => {
  const folder = files.path('backup');
  const whole = await train(data, options);
  const fail: TrainingCallback = ({ iteration }) => {
    if (iteration === 7) throw new Error('power cut');
  };
  const backup = callbacks.BackupAndRestore({ folder, everyIterations: 3 });
  await expect(train(data, { ...options, callbacks: [backup, fail] })).rejects.toThrow('power cut');
  const seen: number[] = [];
  const resumed = await train(data, {
    ...options,
    callbacks: [callbacks.BackupAndRestore({ folder }), ({ iteration }) => void seen.push(iteration)],
  });
  expect(resumed.model.spec.parameters).toEqual(whole.model.spec.parameters);
  expect(seen).toEqual([7, 8, 9, 10, 11, 12]);
  expect(await readdir(folder)).toEqual(['checkpoint.safetensors']);
});

it('callbacks that have seen a run see another one from its beginning', async () => {
  const [begun, folder, log] = [vi.fn(), files.path('twice'), files.path('twice.csv')];
  const all = [
    callbacks.EarlyStopping({ patience: 3, minDelta: 1e9 }),
    callbacks.CSVLogger(log),
    callbacks.TensorBoard({ folder }),
    callbacks.LambdaCallback({ onTrainBegin: begun }),
  ];
  for (const seed of [1, 2]) {
    const training = await train(data, { ...options, seed, callbacks: all });
    expect(training.iterations).toBe(3);
    const [, ...lines] = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines.map((line) => Number(line.split(',')[2]))).toEqual(training.history.map(({ objective }) => objective));
  }
  expect(begun).toHaveBeenCalledTimes(2);
  expect(await readdir(folder)).toHaveLength(2);
});

describe('trainingIterator', () => {
  it('gives every record and then the training', async () => {
    const iterator = callbacks.trainingIterator(data, options);
    const objectives: number[] = [];
    for await (const { objective } of iterator) objectives.push(objective);
    const training = await iterator.training;
    expect(objectives).toEqual(training.history.map(({ objective }) => objective));
    expect(training.model.spec.parameters).toEqual((await train(data, options)).model.spec.parameters);
  });

  it('takes an iteration when its record is asked for, and ends with the loop', async () => {
    let taken = -1;
    const iterator = callbacks.trainingIterator(data, {
      ...options,
      callbacks: [({ iteration }) => void (taken = iteration)],
    });
    for await (const { iteration } of iterator) {
      expect(taken).toBe(iteration);
      if (iteration === 4) break;
    }
    const training = await iterator.training;
    expect([training.stop.reason, training.iterations, taken]).toEqual(['callback', 4, 4]);
  });

  it('ends with the block that uses it', async () => {
    const iterator = callbacks.trainingIterator(data, options);
    {
      await using run = iterator;
      await run.next();
    }
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect((await iterator.training).stop.reason).toBe('callback');
  });

  it('throws what the run rejects with', async () => {
    const iterator = callbacks.trainingIterator(data, { ...options, hidden: [0] });
    await expect(iterator.next()).rejects.toThrow('hidden');
    await expect(iterator.training).rejects.toThrow('hidden');
  });
});
