import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { csvRows, onJavascript, Recorder, workspace } from './support.js';

const work = workspace();
const data = work.write('train.csv', csvRows(80, 3));
const few = ['--methods', 'gradient:fixed,lbfgs:plane', '--iterations', '8', '--quiet'];

describe('compare', () => {
  it('prints a table and writes a page', async () => {
    const page = work.path('page.html');
    const { code, stdout, stderr } = await onJavascript(['compare', data, ...few, '--out', page]);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines.map(([name]) => name).slice(0, 5)).toEqual(['method', 'gradient · fixed', 'lbfgs · plane', '', 'written']);
    expect(lines[0]).toContain('products to tune it');
    expect(readFileSync(page, 'utf8')).toContain('Methods compared: train.csv');
  });

  it('prints one JSON object with curves and prices', async () => {
    const { stdout } = await onJavascript([
      'compare',
      data,
      ...few,
      '--json',
      '--network',
      'mlp',
      '--hidden',
      '2',
      '--seeds',
      '2',
    ]);
    const { methods, settings, problem } = JSON.parse(stdout);
    expect([settings.seeds, settings.iterations, problem.network, problem.rows]).toEqual([2, 8, 'mlp', 80]);
    expect(methods[0].tuning.runs).toBeGreaterThan(3);
    expect(methods[1].runs[1].objective).toHaveLength(9);
  });

  it('refuses a method that is not known before it reads anything', async () => {
    const { code, stderr } = await onJavascript(['compare', work.path('absent.csv'), '--methods', 'gradient:plan']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^planesearch: The step rule of the method 'gradient:plan' must be one of auto, fixed, /);
  });

  it('writes nothing when it is interrupted before a method is done', async () => {
    const page = work.path('never.html');
    const interruption = new AbortController();
    interruption.abort(new Error('interrupted'));
    const stderr = new Recorder();
    const { code } = await onJavascript(['compare', data, ...few, '--out', page], { signal: interruption.signal, stderr });
    expect([code, existsSync(page)]).toEqual([130, false]);
    expect(stderr.text).toMatch(/Interrupted before there was a result/);
  });
});
