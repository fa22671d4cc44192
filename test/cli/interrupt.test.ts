import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Model } from '../../lib/io/model.js';
import { csvRows, onJavascript, Recorder, workspace, type TrainingJson } from './support.js';

const work = workspace();
const data = work.write('data.csv', csvRows(200, 1));
const endless = ['train', data, '--tolerance', '0', '--max-iterations', '1000000000', '--steps', 'backtracking'];

/** A terminal that aborts as soon as `pattern` is written to it. */
function abortingAt(pattern: RegExp): { stderr: Recorder; signal: AbortSignal } {
  const controller = new AbortController();
  const stderr = new Recorder(true, (piece) => {
    if (pattern.test(piece)) controller.abort(new Error('interrupted'));
  });
  return { stderr, signal: controller.signal };
}

it('an interrupted training reports and saves its best point, and keeps the trace', async () => {
  const [out, trace] = [work.path('model'), work.path('trace.jsonl')];
  const argv = [...endless, '--out', out, '--trace', trace, '--json'];
  const { code, stdout, stderr } = await onJavascript(argv, abortingAt(/^iteration [1-9]/));
  expect(code).toBe(130);
  expect(stderr).toContain('interrupted: finishing');
  const result = JSON.parse(stdout) as TrainingJson;
  expect(result.stop).toEqual({
    reason: 'aborted',
    detail: `aborted after ${result.iterations} iterations`,
    converged: false,
  });
  expect(result.iterations).toBeGreaterThan(0);
  const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(result.iterations + 1);
  expect(result.objective).toBe(Math.min(...lines.map((line) => (JSON.parse(line) as { objective: number }).objective)));
  expect((await Model.load(out)).inputs).toBe(5);
  expect(readdirSync(work.folder).sort()).toEqual(['data.csv', 'model', 'trace.jsonl']);
});

it.each([
  ['while the data is read', abortingAt(/^reading/)],
  ['before the beginning', { stderr: new Recorder(), signal: AbortSignal.abort(new Error('interrupted')) }],
])('%s there is nothing to report', async (_when, circumstances) => {
  const before = readdirSync(work.folder);
  const argv = [...endless, '--out', work.path('none'), '--trace', work.path('none.jsonl')];
  const { code, stdout, stderr } = await onJavascript(argv, circumstances);
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toMatch(/planesearch: Interrupted before there was a result; nothing was written\.\n$/);
  expect(readdirSync(work.folder)).toEqual(before);
});

it('a terminal is shown the progress, and left as it was', async () => {
  const stderr = new Recorder(true);
  await onJavascript(['train', data], { stderr });
  expect(stderr.text).toMatch(/reading .*data\.csv/);
  expect(stderr.text).toMatch(/iteration \d+ on \d+ rows: objective 0\.\d+, gradient norm \d\.\d\de[+-]\d+, \d+\.\d s/);
  expect(stderr.text.endsWith('\u001b[1G\u001b[2K')).toBe(true);
});

it('--quiet says nothing at all', async () => {
  const stderr = new Recorder(true);
  await onJavascript(['train', data, '--quiet'], { stderr });
  expect(stderr.text).toBe('');
});
