/** The command as users start it: `bin/planesearch.mjs` in a process of its own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { loadTable, selectBackend, train } from '../../lib/index.js';
import { csvRows, workspace, type Outcome } from './support.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const bin = path.join(root, 'bin', 'planesearch.mjs');
const work = workspace();
const data = work.write('data.csv', csvRows(200, 1));

beforeAll(() => {
  const step = "const { typescriptBuild } = await import('./scripts/setup/typescript-build.mjs'); await typescriptBuild();";
  execFileSync(process.execPath, ['--input-type=module', '-e', step], { cwd: root, stdio: 'pipe' });
}, 180_000);

function start(...argv: string[]): { child: ReturnType<typeof spawn>; ended: Promise<Outcome> } {
  const child = spawn(process.execPath, [bin, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = ['', ''];
  child.stdout.on('data', (piece) => (texts[0] += String(piece)));
  child.stderr.on('data', (piece) => (texts[1] += String(piece)));
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? -1, stdout: texts[0]!, stderr: texts[1]! }));
  });
  return { child, ended };
}

/** Lines in a file that is being written. */
function linesSoFar(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** A training that goes on until it is told to stop, and is well on its way. */
async function startEndless(...argv: string[]): Promise<ReturnType<typeof start> & { trace: string }> {
  const trace = work.path('endless.jsonl');
  rmSync(trace, { force: true });
  const started = start('train', data, '--tolerance', '0', '--max-iterations', '1000000000', '--trace', trace, ...argv);
  while (linesSoFar(trace) < 3) await setTimeout(20);
  return { ...started, trace };
}

it('trains, and ends with 0', async () => {
  const { code, stdout } = await start('train', data, '--json').ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ n: 200, d: 5, stop: { reason: 'gradient' } });
});

it('ends with 1 for bad data and 2 for wrong usage, without a stack', async () => {
  expect(await start('train', work.path('nowhere.csv')).ended).toEqual({
    code: 1,
    stdout: '',
    stderr: `planesearch: There is no file '${work.path('nowhere.csv')}'.\n`,
  });
  expect((await start('train', data, '--steps', 'none').ended).code).toBe(2);
});

it('adds the stack when DEBUG is set', () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, 'train', work.path('nowhere.csv')], {
    env: { ...process.env, DEBUG: '1' },
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^planesearch: There is no file .*\n.*Error: There is no file .*\n +at /);
});

it('prints its version and its help', async () => {
  expect((await start('--version').ended).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const { code, stdout } = await start('train', '--help').ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/--direction <name>\s+auto, gradient,[\w\s,-]*lbfgs/);
});

it('on Ctrl-C reports, saves and ends with 130', async () => {
  const out = work.path('interrupted.model');
  const { child, ended, trace } = await startEndless('--out', out, '--json');
  child.kill('SIGINT');
  const { code, stdout } = await ended;
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ stop: { reason: 'aborted' } });
  expect(existsSync(out) && existsSync(trace)).toBe(true);
});

it('ends quietly when the reader of its output has seen enough', () => {
  const model = work.path('pipe.model');
  spawnSync(process.execPath, [bin, 'train', data, '--out', model, '--quiet']);
  const big = work.write('big.csv', csvRows(30_000, 2));
  const pipe = '"$0" "$1" predict "$2" "$3" --backend javascript | head -n 1; echo "${PIPESTATUS[0]}"';
  const { stdout, stderr } = spawnSync('bash', ['-c', pipe, process.execPath, bin, model, big], { encoding: 'utf8' });
  expect(stdout).toMatch(/^(yes|no)\n0\n$/);
  expect(stderr).toBe('');
});

it('a model of mixed columns predicts the same in another process, wherever that is', async () => {
  const table = work.write(
    'mixed.csv',
    [
      'n,k,b,d,y',
      ...Array.from({ length: 60 }, (_, i) => {
        const day = new Date(Date.UTC(2020, 0, 1 + ((i * 37) % 200))).toISOString().slice(0, 16);
        return `${i % 9 ? (i * 7) % 11 : ''},${i % 8 ? `k${i % 3}` : 'NA'},${i % 2 ? 'yes' : 'no'},${day},${((i * 37) % 200) / 50 + (i % 2)}`;
      }),
      '',
    ].join('\n'),
  );
  const { data: x, target: y, schema } = await loadTable(table, { impute: 'indicator' });
  const { model } = await train({ x, y, schema }, { backend: 'javascript' });
  const file = work.path('mixed.model');
  await model.save(file);
  const env = { ...process.env, TZ: 'Asia/Tokyo' };
  const argv = [bin, 'predict', file, table, '--backend', 'javascript', '--quiet'];
  const printed = execFileSync(process.execPath, argv, { env, encoding: 'utf8' });
  expect(printed.trimEnd().split('\n').map(Number)).toEqual(await model.predict(x, selectBackend('javascript').backend));
});

const numpyCase = (name: string): string => path.join(root, 'test', 'data', 'cases', 'numpy', name);
const tableCase = (name: string): string => path.join(root, 'test', 'data', 'cases', 'tables', name);

it.each([
  [
    'JSON lines',
    work.write('rows.jsonl', Array.from({ length: 30 }, (_, i) => JSON.stringify({ a: i, y: i * 2 })).join('\n')),
    [],
  ],
  ['NPY', numpyCase('f8.npy'), ['--labels', numpyCase('labels-i8.npy')]],
  ['NPZ', numpyCase('train.npz'), []],
  ['a sparse NPZ', numpyCase('scipy-csr.npz'), ['--labels', numpyCase('labels-i8.npy')]],
  ['Parquet', tableCase('mixed-snappy.parquet'), []],
  ['Arrow, a file', tableCase('mixed.arrow'), []],
  ['Arrow, a stream', tableCase('mixed.arrows'), []],
] as const)('%s comes through standard input as from the file', (_, file, options) => {
  const argv = ['--json', '--max-iterations', '3', '--backend', 'javascript', ...options];
  const ofFile = spawnSync(process.execPath, [bin, 'train', file, ...argv], { encoding: 'utf8' });
  const fed = spawnSync(process.execPath, [bin, 'train', '-', ...argv], { input: readFileSync(file), encoding: 'utf8' });
  expect([ofFile.status, fed.status, fed.stderr]).toEqual([0, 0, '']);
  const { n, d, objective } = JSON.parse(ofFile.stdout) as { n: number; d: number; objective: number };
  expect(JSON.parse(fed.stdout)).toMatchObject({ n, d, objective });
});
