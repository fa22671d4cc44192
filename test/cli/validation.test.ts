/** `train --validation` and `--early-stopping`: what is read, told, traced and refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Scores } from '../../lib/metrics/scores.js';
import { csvRows, libsvmRows, onJavascript, pictures, trained, workspace } from './support.js';

const work = workspace();
const csv = work.write('train.csv', csvRows(120, 1));
const held = work.write('held.csv', csvRows(60, 2));
const net = ['--network', 'mlp', '--hidden', '12', '--l2', '0'];

interface Line {
  readonly iteration: number;
  readonly loss?: number;
  readonly validation?: Scores;
}

function traceOf(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('--validation', () => {
  it('FILE: its scores are those that evaluate prints of the model', async () => {
    const [out, trace] = [work.path('v.model'), work.path('v.jsonl')];
    const result = await trained(csv, '--validation', held, '--out', out, '--trace', trace);
    const evaluated = await onJavascript(['evaluate', out, held, '--json']);
    const { n, loss, accuracy } = JSON.parse(evaluated.stdout) as { n: number; loss: number; accuracy: number };
    expect(result['n']).toBe(120);
    expect(result['validation']).toEqual({ n, loss: expect.closeTo(loss, 10) as number, accuracy });
    const lines = traceOf(trace);
    expect(lines.at(-1)!.validation).toEqual({ loss: expect.closeTo(loss, 10) as number, accuracy });
    expect(lines.at(-1)!.loss).toBeCloseTo(result.train.loss, 10);
    for (const line of lines) expect(Object.keys(line)).toEqual(expect.arrayContaining(['loss', 'validation']));
  });

  it('a share of the rows is left out of the training', async () => {
    const result = await trained(csv, '--validation', '0.25');
    expect(result['n']).toBe(90);
    expect(result['validation']).toMatchObject({ n: 30 });
    expect((await trained(csv))['validation']).toBeNull();
  });

  it('LIBSVM data of fewer columns, and IDX data with its labels', async () => {
    const svm = work.write('train.svm', libsvmRows(90, 4, 2));
    const other = work.write('held.svm', libsvmRows(40, 5));
    expect((await trained(svm, '--validation', other))['validation']).toMatchObject({ n: 40 });
    const files = [3, 7].map((seed, k) => {
      const { images, labels } = pictures(50, seed);
      return [work.write(`images-${k}.idx`, images), work.write(`labels-${k}.idx`, labels)] as const;
    });
    const [[images, labels], [moreImages, moreLabels]] = files as [readonly [string, string], readonly [string, string]];
    const result = await trained(images, '--labels', labels, '--validation', moreImages, '--validation-labels', moreLabels);
    expect(result['validation']).toMatchObject({ n: 50, accuracy: expect.any(Number) as number });
  });

  it('shows beside the training in the summary', async () => {
    const { stdout } = await onJavascript(['train', csv, '--validation', held]);
    expect(stdout).toMatch(/^validation {2}loss 0\.\d+ {3}accuracy 0\.\d{4} {3}of 60 other rows$/m);
  });
});

describe('--early-stopping', () => {
  it('ends with the best point, and says so', async () => {
    const trace = work.path('early.jsonl');
    const result = await trained(csv, ...net, '--early-stopping', '--patience', '7', '--validation', held, '--trace', trace);
    const losses = traceOf(trace).map(({ validation }) => validation!.loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(result).toMatchObject({ iterations: best + 7, stop: { reason: 'validation', converged: false } });
    expect(result.stop.detail).toContain(`of iteration ${best} with the validation loss`);
    expect(result['validation']).toMatchObject({ loss: losses[best] });
    const { stdout } = await onJavascript([
      'train',
      csv,
      ...net,
      '--early-stopping',
      '--patience',
      '7',
      '--validation',
      held,
    ]);
    expect(stdout).toMatch(/^stopped .*validation: .* is returned \(not converged\)$/m);
  });

  it('holds out a tenth when nothing else is said; --monitor and --min-delta say how', async () => {
    expect(await trained(csv, ...net, '--early-stopping')).toMatchObject({ n: 108, validation: { n: 12 } });
    const options = ['--early-stopping', '--validation', held, '--patience', '3'];
    const result = await trained(csv, ...net, ...options, '--monitor', 'accuracy', '--min-delta', '1');
    expect(result).toMatchObject({ iterations: 3, stop: { reason: 'validation' } });
    expect(result.stop.detail).toContain('validation accuracy');
  });
});

describe('refused in one sentence', () => {
  const strange = work.write('strange.csv', csvRows(10, 3, ['no', 'maybe']));
  it.each([
    [['--validation', '0'], '--validation must be a share above 0 and below 1, or the path of a file, but 0 was given.', 2],
    [['--validation', '1.5'], '--validation must be a share above 0 and below 1', 2],
    [['--validation', 'absent.csv'], 'absent.csv', 1],
    [['--validation-labels', 'x', '--validation', '0.2'], '--validation-labels must come with --validation and a file', 2],
    [['--patience', '3'], '--patience must come with --early-stopping, but there was none.', 2],
    [['--min-delta', '0.1'], '--min-delta must come with --early-stopping, but there was none.', 2],
    [['--early-stopping', '--patience', '0'], '--patience must be an integer of at least 1', 2],
    [['--early-stopping', '--monitor', 'r2'], 'earlyStopping cannot monitor r2', 2],
    [['--validation', strange], "In the validation data: The labels must be among the 2 classes 'no', 'yes'", 1],
  ])('%j', async (options, sentence, code) => {
    const { code: found, stderr, stdout } = await onJavascript(['train', csv, ...options]);
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(found).toBe(code);
  });
});
