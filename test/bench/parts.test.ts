import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nativeAbsence } from '../support/backends.js';
import { benchModule, dataAbsent, root, runBench } from './support.js';

// Times are not judged here; what is judged is that the numbers belong together.
describe('the parts of npm run bench', { timeout: 240_000 }, () => {
  it.skipIf(nativeAbsence !== null)('bare sets every product beside its floors', async () => {
    interface Product {
      readonly matrix: string;
      readonly bits: number;
      readonly width: number;
      readonly ms: number;
      readonly blasMs: number;
      readonly readMs: number;
      readonly overBlas: number | null;
      readonly overRead: number;
    }
    const { skipped, results } = await runBench<{ skipped?: string; results: Product[] }>(
      'bare',
      '--quick',
      '--rows',
      '500',
    );
    if (skipped !== undefined) return console.warn(skipped);
    const dense = results.filter(({ matrix }) => matrix === 'dense');
    const widths = [1, 10, 50, 100, 400].flatMap((width) => [width, width]);
    expect(dense.map(({ bits, width }) => [bits, width])).toEqual([64, 32].flatMap((bits) => widths.map((r) => [bits, r])));
    for (const { matrix, ms, blasMs, readMs, overBlas, overRead } of results) {
      expect(overBlas).toBe(matrix === 'dense' ? ms / blasMs : null);
      expect(overRead).toBe(ms / readMs);
      expect(overRead).toBeGreaterThan(0);
    }
  });

  it('precision finds the same objective in float32, going down', async () => {
    interface Report {
      readonly summary: { readonly faster: number; readonly worstTrueDifference: number; readonly monotone: boolean };
      readonly results: readonly { readonly difference: number }[];
    }
    const { summary, results } = await runBench<Report>('precision', '--quick');
    expect(summary.faster).toBeGreaterThan(0);
    expect(summary.monotone).toBe(true);
    expect(summary.worstTrueDifference).toBeLessThan(1e-5);
    for (const { difference } of results) expect(Math.abs(difference)).toBeLessThan(1e-5);
  });

  it.skipIf(dataAbsent('australian.svm.gz'))('sparse finds the same objective, and measures memory', async () => {
    interface Report {
      readonly results: readonly { readonly objectives: readonly [number, number]; readonly ratio: number }[];
      readonly large: readonly {
        readonly entries: number;
        readonly iterations: number;
        readonly memory: { peak: number | null };
      }[];
    }
    const { results, large } = await runBench<Report>('sparse', '--quick', '--iterations', '3');
    for (const { objectives, ratio } of results) {
      expect(objectives[1] / objectives[0] - 1).toBeCloseTo(0, 8);
      expect(ratio).toBeGreaterThan(0);
    }
    expect(large).toMatchObject([{ entries: 500 * 9, iterations: 3 }]);
    expect(large[0]!.memory.peak ?? Infinity).toBeGreaterThan(500 * 9 * 12);
  });

  it('index runs the parts that are asked for and writes one file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-bench-'));
    try {
      const out = path.join(folder, 'bench.json');
      const passed = ['bench/index.mjs', '--quick', '--only', 'products,native-vs-javascript,precision', '--out', out];
      const { stdout } = await promisify(execFile)(process.execPath, passed, { cwd: root });
      const report = JSON.parse(readFileSync(out, 'utf8'));
      expect(Object.keys(report.parts)).toEqual(['products', 'native-vs-javascript', 'precision']);
      expect(report.machine).toMatchObject({ node: process.version });
      expect(report.load).toHaveLength(2);
      expect(JSON.parse(stdout).figures).toEqual(report.figures);
      expect(report.figures.map(({ part }: { part: string }) => part)).toContain('precision');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('index refuses a part that there is not', async () => {
    const passed = ['bench/index.mjs', '--only', 'nothing'];
    await expect(promisify(execFile)(process.execPath, passed, { cwd: root })).rejects.toThrow("'nothing' was given");
  });
});

interface Entry {
  readonly peer: string;
  readonly excess?: number;
  readonly unfit?: string;
  readonly reached?: Readonly<Record<string, number | null>>;
}
interface Comparison {
  readonly absent: readonly string[];
  readonly results: readonly { readonly data: string; readonly entries: readonly Entry[] }[];
}

describe('bench/peers', { timeout: 240_000 }, () => {
  it.skipIf(dataAbsent('australian.svm.gz'))('all programs find the optimum of their objective', async () => {
    const { absent, results } = await runBench<Comparison>(
      'peers/index',
      '--quick',
      '--data',
      'australian',
      '--rows',
      '200',
    );
    for (const line of absent) console.warn(`Not compared, ${line}.`);
    expect(results.map(({ data }) => data)).toEqual(['australian']);
    for (const { peer, excess, reached, unfit } of results[0]!.entries) {
      expect(unfit, peer).toBeUndefined();
      expect(excess, peer).toBeGreaterThan(-1e-12);
      // First-order methods, and float32 without a look at units, need not come there.
      if (!/^(planesearch|LIBLINEAR|scikit-learn)/.test(peer)) continue;
      expect(excess, peer).toBeLessThan(1e-6);
      for (const seconds of Object.values(reached!)) expect(seconds, peer).toBeGreaterThan(0);
    }
  });

  it('names the peers that are absent, and compares without them', async () => {
    const env = { ...process.env, PYTHON: 'no-such-python', LIBLINEAR: 'no-such-program' };
    const passed = [
      'bench/peers/index.mjs',
      '--quick',
      '--data',
      'embeddings-384',
      '--rows',
      '100',
      '--peers',
      'scikit,$LIB',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, passed, { cwd: root, env });
    const { absent, results } = JSON.parse(stdout) as Comparison;
    expect(absent.map((line) => line.split(':')[0])).toEqual([
      'LIBLINEAR of $LIBLINEAR',
      'scikit-learn lbfgs',
      'scikit-learn newton-cholesky',
    ]);
    expect(results[0]!.entries.map(({ peer }) => peer)).toEqual(['planesearch']);
  });

  it("Newton's method has the optimum of a problem that can be solved by hand", async () => {
    // One column of ones and no penalty on the bias: the rows say 3 to 1, so that the margin is log 3 or what the penalty leaves of it.
    const { logisticOptimum } = await benchModule<{ logisticOptimum: (problem: object, bias: number) => number }>(
      'peers/newton.mjs',
    );
    const x = { kind: 'dense', rows: 4, columns: 1, values: new Float64Array(4) };
    const problem = { x, targets: Float64Array.of(1, 1, 1, -1), l2: 0.25 };
    const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    expect(logisticOptimum(problem, 0)).toBeCloseTo(entropy, 14);
    // With a penalty p on the bias the minimum over b of the same function, found by bisection of its slope.
    const slope = (b: number): number => 1 / (1 + Math.exp(-b)) - 0.75 + 0.25 * b;
    let [low, high] = [0, 2];
    for (let k = 0; k < 100; k++) {
      const middle = (low + high) / 2;
      if (slope(middle) > 0) high = middle;
      else low = middle;
    }
    const value = 0.75 * Math.log1p(Math.exp(-low)) + 0.25 * Math.log1p(Math.exp(low)) + 0.125 * low * low;
    expect(logisticOptimum(problem, 0.25)).toBeCloseTo(value, 14);
  });
});
