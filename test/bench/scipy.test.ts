import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { benchModule, dataAbsent, root, runBench } from './support.js';

type Differences = Record<'startValue' | 'startGradient' | 'endValue', number>;
interface Side {
  readonly objective: number;
  readonly iterations: number;
  readonly products: number;
  readonly ended: boolean;
}
interface Result {
  readonly data: string;
  readonly network: string;
  readonly rows: number;
  readonly differences: Differences;
  readonly ours: Side;
  readonly scipy: Side;
  readonly ratio: number;
  readonly minimum?: { readonly ours: Side; readonly scipy: Side; readonly reached: boolean; readonly difference: number };
}
interface Report {
  readonly differences: Differences;
  readonly linearModels: { readonly cases: number; readonly reached: number; readonly difference: number };
  readonly networks: { readonly cases: number; readonly ratio: number };
  readonly results: readonly Result[];
}

const { scipyVersions } = await benchModule<{ scipyVersions: () => object | null }>('support/scipy.mjs');

function scipyAbsent(): boolean {
  if (scipyVersions()) return false;
  console.warn('Skipped: python3 with numpy and scipy is not there; PYTHON may name another one.');
  return true;
}

const DATA = ['wine-quality-white', 'phishing', 'fashion-mnist-10000'];
const files = ['wine-quality-white.csv.gz', 'phishing.svm.gz', 'fashion-mnist-train-images-idx3-ubyte.gz'];
const ITERATIONS = 15;

describe('bench/scipy', { timeout: 120_000 }, () => {
  it.skipIf(scipyAbsent() || files.some(dataAbsent))(
    'finds the same objective in both, for every loss and network',
    async () => {
      const options = ['--data', DATA.join(), '--rows', '60', '--hidden', '3', '--iterations', String(ITERATIONS)];
      const { results, differences, linearModels, networks } = await runBench<Report>('scipy', ...options);
      const pairs = DATA.flatMap((data) => ['tanh', 'relu', 'linear'].map((network) => [data, network, 60]));
      expect(results.map(({ data, network, rows }) => [data, network, rows])).toEqual(pairs);
      for (const result of results) checkResult(result);
      for (const [name, worst] of Object.entries(differences)) {
        expect(worst).toBe(Math.max(...results.map((result) => result.differences[name as keyof Differences])));
      }
      expect(linearModels).toMatchObject({ cases: 3, reached: 3 });
      const ratios = results.filter(({ network }) => network !== 'linear').map(({ ratio }) => ratio);
      expect(networks.cases).toBe(ratios.length);
      expect(Math.log(networks.ratio)).toBeCloseTo(
        ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length,
        12,
      );
    },
  );

  it('says in one line that Python is not there, and ends well', async () => {
    const env = { ...process.env, PYTHON: 'no-such-python' };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['bench/scipy.mjs'], { cwd: root, env });
    const said = "Left out: 'no-such-python' with numpy and scipy is not there; PYTHON may name another one.";
    expect(stderr.trim().split('\n').at(-1)).toBe(said);
    expect(JSON.parse(stdout)).toEqual({ skipped: said });
  });
});

function checkResult({ data, network, differences, ours, scipy, ratio, minimum }: Result): void {
  const label = `${data} ${network}`;
  for (const difference of Object.values(differences)) expect(difference, label).toBeLessThan(1e-10);
  for (const { iterations, products, ended } of [ours, scipy]) {
    if (!ended) expect(iterations, label).toBe(ITERATIONS);
    expect(products, label).toBeGreaterThanOrEqual(2 + 2 * iterations);
  }
  expect(ratio, label).toBe(ours.objective / scipy.objective);
  expect(minimum !== undefined, label).toBe(network === 'linear');
  if (!minimum) return;
  expect(minimum.reached, label).toBe(true);
  expect(minimum.difference, label).toBeLessThan(1e-9);
  expect(minimum.ours.objective, label).toBeLessThanOrEqual(ours.objective);
}
