import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchModule, dataAbsent, runBench } from './support.js';

interface Method {
  readonly direction: string;
  readonly rule: string;
  readonly label: string;
  readonly rate?: number;
  readonly tuning?: { readonly runs: number; readonly products: number };
  readonly gaps: readonly number[];
  readonly products: number;
  readonly fallbacks: number;
  readonly curve: { readonly stop: string; readonly objective: readonly number[]; readonly products: readonly number[] };
}
interface Report {
  readonly checkpoints: readonly number[];
  readonly cases: readonly { readonly network: string; readonly best: number; readonly rows: number; readonly methods: readonly Method[] }[];
  readonly findings: readonly (Record<'holds' | 'equal' | 'fails', number> & { readonly outcomes: readonly unknown[]; readonly headline: string })[];
  readonly sweep: { readonly points: readonly Record<'outputs' | 'columns' | 'innerEvaluations' | 'share' | 'ratio', number>[] };
}

const ITERATIONS = 6;

describe.skipIf(dataAbsent('phishing.svm.gz'))('bench/papers/plane-search', { timeout: 120_000 }, () => {
  it('compares every direction with every step rule and writes a page that needs no network', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-bench-'));
    try {
      const options = ['--quick', '--data', 'phishing', '--iterations', String(ITERATIONS), '--out', folder];
      const report = await runBench<Report>('papers/plane-search', ...options);
      expect(report.cases.map(({ network, rows, methods }) => [network, rows, methods.length])).toEqual([['linear', 200, 45], ['tanh', 200, 53]]);
      for (const { best, methods } of report.cases) {
        for (const method of methods) checkMethod(method, best, report.checkpoints);
      }
      for (const f of report.findings) expect(f.holds + f.equal + f.fails).toBe(f.outcomes.length);
      for (const point of report.sweep.points) {
        expect(point.share).toBeCloseTo(point.columns / (point.innerEvaluations * (point.outputs + 2)), 10);
        expect(point.ratio).toBeGreaterThan(0);
      }
      const html = await readFile(path.join(folder, 'plane-search.html'), 'utf8');
      for (const { headline } of report.findings) expect(html).toContain(headline);
      expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
      const markdown = await readFile(path.join(folder, 'plane-search.md'), 'utf8');
      expect(markdown.match(/^### phishing, (linear|tanh): 200 x 68, logistic$/gm)).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Two products for the start, two per iteration (three where two directions are brought), one more for a fallback. */
function checkMethod({ direction, rule, label, rate, tuning, gaps, products, fallbacks, curve }: Method, best: number, checkpoints: readonly number[]): void {
  const iterations = curve.objective.length - 1;
  if (curve.stop === 'iterations') expect(iterations, label).toBe(ITERATIONS);
  const each = direction === 'adam-pair' ? 3 : 2;
  expect(iterations, label).toBeGreaterThan(0);
  expect(products, label).toBe(curve.products.at(-1));
  if (curve.stop === 'iterations') expect(products, label).toBe(2 + each * iterations + fallbacks);
  for (let k = 1; k <= iterations; k++) expect(curve.objective[k]!, label).toBeLessThanOrEqual(curve.objective[k - 1]!);
  checkpoints.forEach((k, c) => expect(gaps[c], label).toBeCloseTo(curve.objective[Math.min(k, iterations)]! - best, 12));
  expect(Math.min(...gaps), label).toBeGreaterThanOrEqual(0);
  const fixed = rule.startsWith('fixed');
  expect(rate !== undefined, label).toBe(fixed);
  if (!fixed) return;
  expect(Number.isInteger(Math.log2(rate!)), label).toBe(true);
  expect(tuning!.runs, label).toBeGreaterThanOrEqual(5);
  expect(tuning!.products, label).toBeGreaterThan(products);
}

interface Finding {
  readonly meaning: string;
  readonly holds: number;
  readonly equal: number;
  readonly fails: number;
  readonly sentence: string;
}
type CheckFindings = (
  cases: readonly { name: string; network: string; scale: number; gaps: Map<string, number> }[], directions: readonly string[],
) => Finding[];

describe('the findings', async () => {
  const { checkFindings } = await benchModule<{ checkFindings: CheckFindings }>('papers/plane-search-findings.mjs');
  const one = (name: string, line: number, backtracking: number) => ({
    name, network: 'linear', scale: 1, gaps: new Map([['gradient · line', line], ['gradient · backtracking', backtracking]]),
  });

  it('are counted as held, even or failed, and the page says which', () => {
    const cases = [one('a', 1e-3, 1e-2), one('b', 2e-3, 1e-3), one('c', 1e-13, 1e-12), one('d', 1.001e-3, 1e-3)];
    const [finding, ...others] = checkFindings(cases, ['gradient']);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ holds: 1, equal: 2, fails: 1 });
    const exception = 'on b linear with gradient (line 2.0e-3, backtracking 1.0e-3)';
    expect(finding!.sentence).toBe(`LO below LS (Armijo): holds in 1 of 4 cases, 2 even. Not ${exception}.`);
  });

  it('say plainly when an ordering does not hold', () => {
    const sentenceOn = (line: number, backtracking: number): string => checkFindings([one('a', line, backtracking)], ['gradient'])[0]!.sentence;
    expect(sentenceOn(1e-2, 1e-3)).toMatch(/^LO below LS \(Armijo\): does not hold in 1 of 1 cases. Not on a linear/);
    expect(sentenceOn(1e-3, 1e-2)).toMatch(/holds wherever the two differ \(1 of 1 cases\)/);
  });
});
