/** A run that is interrupted, kept and resumed ends with the bits of one that was not. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { createRandom } from '../../lib/core/random.js';
import type { Callback } from '../../lib/core/trainer.js';
import { directionNames } from '../support/runs.js';
import { networks } from '../../lib/networks/index.js';
import { stepRules } from '../../lib/steps/index.js';
import { train, type Training, type TrainOptions } from '../../lib/train.js';
import { expectError, temporaryFiles, type TemporaryFiles } from '../data/files.js';
import { backends } from '../support/backends.js';

let files: TemporaryFiles;
let folders = 0;
const newFolder = (): string => files.path(`run-${folders++}`);
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const random = createRandom(11);
const rows = 90;
const x = { values: Float64Array.from({ length: rows * 6 }, () => random.normal()), rows, columns: 6 };
const labels = Array.from({ length: rows }, (_, i) =>
  x.values[6 * i]! * x.values[6 * i + 1]! + x.values[6 * i + 2]! > 0 ? 'a' : 'b',
);
const data = { x, y: labels };

const interruptAt =
  (iteration: number, abort: AbortController): Callback =>
  (record) => {
    if (record.iteration === iteration) abort.abort(new Error('enough'));
  };

/** Everything of a record but the time it took. */
const timeless = ({ seconds, ...rest }: IterationRecord): unknown => rest;

function expectEqualRuns(a: Training, b: Training): void {
  expect(a.model.spec.parameters).toEqual(b.model.spec.parameters);
  expect(a.history.map(timeless)).toEqual(b.history.map(timeless));
  expect(a.objective).toBe(b.objective);
  expect(a.gradientNorm).toBe(b.gradientNorm);
  expect(a.stop).toEqual(b.stop);
  expect(a.products).toEqual(b.products);
  expect([a.scores, a.validation]).toEqual([b.scores, b.validation]);
}

/** Interrupted after each of `iterations`, resumed each time, then run to its end. */
async function interrupted(options: TrainOptions, iterations: readonly number[]): Promise<Training> {
  const folder = newFolder();
  for (const iteration of iterations) {
    const abort = new AbortController();
    const part = await train(data, {
      ...options,
      checkpoint: { folder, resume: true, everyIterations: 1000 },
      callbacks: [interruptAt(iteration, abort)],
      signal: abort.signal,
    });
    expect([part.stop.reason, part.iterations]).toEqual(['aborted', iteration]);
  }
  return train(data, { ...options, checkpoint: { folder, resume: true } });
}

const common: TrainOptions = { maxIterations: 12, tolerance: 0, seed: 4 };

describe.each(backends.map(({ name }) => name))('on the %s backend', (backend) => {
  it.each(Object.keys(networks) as (keyof typeof networks)[])('the network %s', async (network) => {
    const options = { ...common, backend, network, ...(network === 'linear' ? {} : { hidden: [4] }) };
    expectEqualRuns(await interrupted(options, [0, 3, 7]), await train(data, options));
  });

  it.each(directionNames)('the direction %s', async (direction) => {
    const options = { ...common, backend, network: 'mlp', hidden: [4], direction } as const;
    expectEqualRuns(await interrupted(options, [2, 5]), await train(data, options));
  });

  it.each([
    ['a sample that grows', { sample: 20, steps: 'layerwise' }, [1, 4]],
    ['validation rows and early stopping', { validation: 0.2, earlyStopping: { patience: 4 }, maxIterations: 40 }, [1, 3]],
    ['annealed restarts', { restarts: { iterations: 4, lines: 3 }, maxIterations: 14 }, [3, 4, 5, 9]],
  ] as const)('with %s', async (_, changes, iterations) => {
    const options: TrainOptions = { ...common, backend, network: 'mlp', hidden: [4], direction: 'gradient', ...changes };
    const whole = await train(data, options);
    expectEqualRuns(await interrupted(options, iterations), whole);
    expect(whole.history[0]!.rows).toBe('sample' in changes ? 20 : 'validation' in changes ? 72 : 90);
  });

  it.each(Object.keys(stepRules) as (keyof typeof stepRules)[])('the step rule %s', async (steps) => {
    const options = { ...common, backend, network: 'mlp', hidden: [4], direction: 'gradient', steps } as const;
    expectEqualRuns(await interrupted(options, [1, 6]), await train(data, options));
  });
});

const options: TrainOptions = { ...common, network: 'mlp', hidden: [4], backend: 'javascript' };

it('is written every so many iterations, and seconds', async () => {
  const written = async (every: object): Promise<number[]> => {
    const folder = newFolder();
    const times = new Set<string>();
    const counts: number[] = [];
    const { stat } = await import('node:fs/promises');
    const look: Callback = async ({ iteration }) => {
      const found = await stat(path.join(folder, 'checkpoint.safetensors'), { bigint: true }).catch(() => null);
      const file = `${found?.ino} ${found?.mtimeNs}`;
      if (!found || times.has(file)) return;
      times.add(file);
      counts.push(iteration - 1);
    };
    await train(data, { ...options, checkpoint: { folder, ...every }, callbacks: [look] });
    return counts;
  };
  expect(await written({ everyIterations: 5 })).toEqual([5, 10]);
  expect(await written({ everySeconds: 0 })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(await written({})).toEqual([]);
});

it('leaves one file in the folder, and clears away what was half written', async () => {
  const folder = newFolder();
  await train(data, { ...options, checkpoint: { folder } });
  await writeFile(path.join(folder, 'checkpoint.safetensors.0b-1.part'), 'half');
  await train(data, { ...options, checkpoint: { folder, everyIterations: 2 } });
  expect(await readdir(folder)).toEqual(['checkpoint.safetensors']);
});

it('of a run that has ended ends at once, and goes on with a higher limit', async () => {
  const folder = newFolder();
  const whole = await train(data, { ...options, checkpoint: { folder } });
  let seen = 0;
  const again = await train(data, { ...options, checkpoint: { folder, resume: true }, callbacks: [() => void seen++] });
  expectEqualRuns(again, whole);
  expect(seen).toBe(0);
  const longer = await train(data, { ...options, maxIterations: 20, checkpoint: { folder, resume: true } });
  expectEqualRuns(longer, await train(data, { ...options, maxIterations: 20 }));
});

it('of a run that a callback has ended ends at once, with the same words', async () => {
  const folder = newFolder();
  const whole = await train(data, { ...options, checkpoint: { folder }, callbacks: [({ iteration }) => iteration < 4] });
  expect(whole.stop.reason).toBe('callback');
  expectEqualRuns(await train(data, { ...options, checkpoint: { folder, resume: true } }), whole);
});

it('is refused where a run that has not ended would be lost', async () => {
  const folder = newFolder();
  const abort = new AbortController();
  await train(data, { ...options, checkpoint: { folder }, callbacks: [interruptAt(3, abort)], signal: abort.signal });
  await expectError(() => train(data, { ...options, checkpoint: { folder } }), 'INCOMPATIBLE', 'has not ended', 'resume');
});

describe('of another run is refused with what differs', () => {
  let folder: string;
  beforeAll(async () => {
    folder = newFolder();
    await train(data, { ...options, direction: 'gradient', checkpoint: { folder } });
  });
  const other = { ...x, values: x.values.map((value, e) => (e === 7 ? value + 1 : value)) };
  it.each([
    ['data', { ...data, x: other }, {}, 'data matrix differs'],
    [
      'labels',
      { ...data, y: labels.map((label, i) => (i === 5 ? (label === 'a' ? 'b' : 'a') : label)) },
      {},
      'targets differs',
    ],
    ['network', data, { hidden: [5] }, 'network differs'],
    ['penalty', data, { l2: 0.5 }, 'penalty differs'],
    ['direction', data, { direction: 'nesterov' }, 'direction differs: gradient where this run has nesterov'],
    ['restarts', data, { restarts: 'annealing' }, 'restarts differs: none where this run has annealing ('],
    ['seed', data, { seed: 5 }, 'seed differs: 4 where this run has 5'],
    ['solver', data, { solver: 'barzilai-borwein' }, 'solver differs'],
    ['memory', data, { memory: 0 }, 'memory differs'],
  ] as const)('%s', (_, given, changes, sentence) =>
    expectError(
      () =>
        train(given, {
          ...options,
          direction: 'gradient',
          ...changes,
          checkpoint: { folder, resume: true },
        } as TrainOptions),
      'INCOMPATIBLE',
      sentence,
    ),
  );
});

describe('a damaged file is refused in one sentence', () => {
  it('whichever byte is another one', { timeout: 120_000 }, async () => {
    const folder = newFolder();
    await train(data, { ...options, maxIterations: 3, checkpoint: { folder } });
    const file = path.join(folder, 'checkpoint.safetensors');
    const whole = await readFile(file);
    for (let trial = 0; trial < 150; trial++) {
      const damaged = Buffer.from(whole);
      const at = trial < 40 ? trial * 3 : random.integer(whole.length);
      damaged[at] = damaged[at]! ^ (1 << random.integer(8));
      await writeFile(file, damaged);
      await expectError(
        () => train(data, { ...options, checkpoint: { folder, resume: true } }),
        'INVALID_CHECKPOINT',
        'is not a checkpoint: ',
      );
    }
    for (const length of [0, 5, 200, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      await expectError(() => train(data, { ...options, checkpoint: { folder, resume: true } }), 'INVALID_CHECKPOINT');
    }
  });

  it('and so is a model, and a folder that is a file', async () => {
    const folder = newFolder();
    const { model } = await train(data, { ...options, checkpoint: { folder } });
    await model.save(path.join(folder, 'checkpoint.safetensors'));
    await expectError(() => train(data, { ...options, checkpoint: { folder } }), 'INVALID_CHECKPOINT', 'no entry');
    const file = await files.write('plain', 'text');
    await expectError(() => train(data, { ...options, checkpoint: { folder: file } }), 'UNWRITABLE_FILE', 'plain');
  });
});

it.each([
  [{ folder: '' }, 'The folder of the checkpoint'],
  [{ folder: 'a', everyIterations: 0 }, 'everyIterations'],
  [{ folder: 'a', everySeconds: -1 }, 'everySeconds'],
  [{ folder: 'a', every: 3 }, 'every'],
  [{ folder: 'a', resume: 'yes' }, 'resume'],
])('options that are none are refused: %j', (checkpoint, part) =>
  expectError(() => train(data, { ...options, checkpoint: checkpoint as never }), 'INVALID_OPTION', part),
);
