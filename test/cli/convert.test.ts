/** `planesearch convert`, what can be done with its files, and what it takes: memory, and nothing left behind by a signal. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { nativeAbsence } from '../support/backends.js';
import { buildDist } from '../support/dist.js';
import { planesearch, workspace } from './support.js';

const work = workspace();
const rows = Array.from({ length: 400 }, (_, i) => {
  const shape = ['round', 'flat', 'long'][i % 3]!;
  return `${((i * 37) % 101) / 10},${shape},${(i * 37) % 101 > 30 + 20 * (i % 3) ? 'ripe' : 'green'}`;
});
const csv = work.write('fruit.csv', `weight,shape,state\n${rows.join('\n')}\n`);
const later = work.write('later.csv', `weight,shape,state\n${rows.slice(0, 20).join('\n').replaceAll('long', 'square')}\n`);
const [x, y, model] = [work.path('X.npy'), work.path('Y.npy'), work.path('fit.model')];

async function done(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await planesearch(argv);
  expect(code, stderr).toBe(0);
  return stdout;
}

it('tells what it has written, and what it has guessed', async () => {
  const { code, stdout, stderr } = await planesearch(['convert', csv, '--out', x, '--labels-out', y]);
  expect(code).toBe(0);
  expect(stdout).toBe(`X        ${x}: 400 x 4 float64\ntargets  ${y}: 400 labels of 2 names\n`);
  expect(stderr).toContain("'shape' with 3 (--categorical)");
  const json = await done('convert', csv, '--out', x, '--labels-out', y, '--json', '--type', 'float32');
  const labels = { kind: 'strings', names: ['green', 'ripe'] };
  expect(JSON.parse(json)).toMatchObject({ rows: 400, columns: 4, type: 'float32', labels });
});

describe.skipIf(nativeAbsence !== null)('out of core', () => {
  const outOfCore = ['--out-of-core', '--labels', y] as const;

  it('trains the model of the CSV file, which reads raw tables and converted ones', async () => {
    await done('convert', csv, '--out', x, '--labels-out', y);
    const trained = await done('train', x, ...outOfCore, '--out', model, '--json', '--threads', '1');
    const original = work.path('original.model');
    const expected = await done('train', csv, '--out', original, '--json', '--threads', '1');
    const course = (json: string) => {
      const { objective, iterations, train } = JSON.parse(json) as Record<string, unknown>;
      return { objective, iterations, train };
    };
    expect(course(trained)).toEqual(course(expected));
    expect(await done('predict', model, later)).toBe(await done('predict', original, later));
    await done(
      'convert',
      later,
      '--out',
      work.path('T.npy'),
      '--labels-out',
      work.path('L.npy'),
      '--schema',
      `${x}.schema.json`,
    );
    const inPlace = await done('predict', model, work.path('T.npy'), '--out-of-core');
    expect(inPlace).toBe(await done('predict', original, later));
    const scores = await done('evaluate', model, work.path('T.npy'), '--out-of-core', '--labels', work.path('L.npy'));
    expect(scores).toBe(await done('evaluate', original, later));
    const limited = await done('train', x, ...outOfCore, '--memory-limit', '1GB', '--json', '--threads', '1');
    expect(course(limited)).toEqual(course(expected));
  });

  it('refuses rows that were converted by a schema of their own', async () => {
    await done('convert', later, '--out', work.path('T.npy'), '--labels-out', work.path('L.npy'));
    const { code, stderr } = await planesearch(['predict', model, work.path('T.npy'), '--out-of-core']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^planesearch: '.*T\.npy' must have been converted by the schema .*convert --schema.*\.\n$/);
  });
});

it.each([
  ['without an output', [csv], /--out/],
  ['over its input', [csv, '--out', csv], /--out must be a file that is not read or written otherwise/],
  ['another type', [csv, '--out', x, '--type', 'int8'], /--type must be one of float64, float32/],
  [
    'a model for a schema',
    [csv, '--out', x, '--schema', later],
    /must be a schema that convert has written, but it is not JSON/,
  ],
  ['columns beside a schema', [csv, '--out', x, '--schema', `${x}.schema.json`, '--ignore', 'weight'], /--ignore/],
])('refuses %s in one sentence', async (_what, argv, sentence) => {
  const { code, stdout, stderr } = await planesearch(['convert', ...argv]);
  expect(code).toBeGreaterThan(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(sentence);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

describe('in a process of its own', () => {
  const root = path.resolve(import.meta.dirname, '..', '..');
  const line = `${Array.from({ length: 101 }, (_, j) => j % 10).join(',')}\n`;
  beforeAll(buildDist, 180_000);

  function peakOf(count: number): number {
    const input = work.write('wide.csv', line.repeat(count));
    const index = JSON.stringify(path.join(root, 'dist', 'index.js'));
    const options = JSON.stringify({ out: work.path('wide.npy'), labelsOut: work.path('wide-y.npy') });
    const script = `const { convertTable } = await import(${index});
      await convertTable(${JSON.stringify(input)}, ${options});
      console.log(1024 * process.resourceUsage().maxRSS);`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(child.status, child.stderr).toBe(0);
    return Number(child.stdout);
  }

  it('takes no memory for X', () => {
    const [few, many] = [10_000, 80_000];
    const grown = 8 * 101 * (many - few);
    expect(peakOf(many) - peakOf(few)).toBeLessThan(grown / 2);
  });

  it('leaves nothing when a signal ends it', async () => {
    const input = work.write('wide.csv', line.repeat(80_000));
    const before = readdirSync(work.folder);
    const argv = ['convert', input, '--out', work.path('none.npy'), '--labels-out', work.path('none-y.npy')];
    const child = spawn(process.execPath, [path.join(root, 'bin', 'planesearch.mjs'), ...argv], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    while (readdirSync(work.folder).length === before.length) await setTimeout(5);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(readdirSync(work.folder)).toEqual(before);
    expect(readFileSync(input, 'utf8')).toHaveLength(line.length * 80_000);
  });
});
