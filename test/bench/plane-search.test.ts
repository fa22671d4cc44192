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
  readonly seedGaps: readonly number[];
  readonly products: number;
  readonly fallbacks: number;
  readonly curve: {
    readonly seed: number;
    readonly best: number;
    readonly stop: string;
    readonly objective: readonly number[];
    readonly products: readonly number[];
  };
}
interface Report {
  readonly checkpoints: readonly number[];
  readonly cases: readonly (Record<'seeds' | 'rows', number> & {
    readonly network: string;
    readonly methods: readonly Method[];
  })[];
  readonly findings: readonly (Pick<Finding, 'holds' | 'equal' | 'fails' | 'headline'> & {
    readonly outcomes: readonly unknown[];
  })[];
  readonly sweep: {
    readonly points: readonly Record<'outputs' | 'columns' | 'innerEvaluations' | 'share' | 'ratio', number>[];
  };
}

const ITERATIONS = 6;

describe.skipIf(dataAbsent('phishing.svm.gz'))('bench/papers/plane-search', { timeout: 120_000 }, () => {
  it('compares every direction with every step rule and writes a page that needs no network', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-bench-'));
    try {
      const options = ['--quick', '--data', 'phishing', '--iterations', String(ITERATIONS), '--out', folder];
      const report = await runBench<Report>('papers/plane-search', ...options);
      const sizes = report.cases.map(({ network, rows, methods }) => [network, rows, methods.length]);
      expect(sizes).toEqual([
        ['linear', 200, 59],
        ['tanh', 200, 74],
      ]);
      for (const { methods } of report.cases) {
        for (const method of methods) checkMethod(method, report.checkpoints);
      }
      for (const f of report.findings) expect(f.holds + f.equal + f.fails).toBe(f.outcomes.length);
      for (const point of report.sweep.points) {
        expect(point.share).toBeCloseTo(point.columns / (point.innerEvaluations * (point.outputs + 2)), 10);
        expect(point.ratio).toBeGreaterThan(0);
      }
      const html = await readFile(path.join(folder, 'plane-search.html'), 'utf8');
      for (const { headline } of report.findings) expect(html).toContain(headline);
      expect(html).not.toMatch(/<script|(src|href)="(?!#|data:)/);
      const markdown = await readFile(path.join(folder, 'plane-search.md'), 'utf8');
      expect(markdown.match(/^### phishing, (linear|tanh): 200 x 68, logistic$/gm)).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('takes medians over seeds, each from a starting point of its own, with the rates of the first', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-bench-'));
    const runOf = async (seeds: string): Promise<Report> => {
      const options = [
        '--quick',
        '--data',
        'phishing',
        '--directions',
        'gradient,adam',
        '--schedules',
        'polynomial',
        '--out',
        folder,
      ];
      return runBench<Report>('papers/plane-search', ...options, '--seeds', seeds);
    };
    try {
      const three = await runOf('3');
      const markdown = await readFile(path.join(folder, 'plane-search.md'), 'utf8');
      expect(markdown.match(/^\| direction \| step rule \|.* over 3 seeds /gm)).toHaveLength(1);
      const one = await runOf('1');
      expect(three.cases.map(({ seeds }) => seeds)).toEqual([1, 3]);
      const [ours, first] = [three.cases[1]!.methods, one.cases[1]!.methods];
      expect(ours.map(({ rule }) => rule)).toContain('schedule, polynomial');
      ours.forEach(({ label, rate, gaps, seedGaps, curve }, m) => {
        expect(rate, label).toBe(first[m]!.rate);
        expect(new Set(seedGaps).size, label).toBe(3);
        expect(seedGaps[0], label).toBeCloseTo(first[m]!.gaps.at(-1)!, 12);
        expect(gaps.at(-1), label).toBe([...seedGaps].sort((a, b) => a - b)[1]);
        expect(curve.objective.at(-1)! - curve.best, label).toBe(gaps.at(-1));
        expect(seedGaps[curve.seed], label).toBe(gaps.at(-1));
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

interface Curves {
  readonly best: number;
  readonly results: readonly Record<string, unknown>[];
}

describe('medians over seeds', async () => {
  interface Medians {
    readonly best: number;
    readonly methods: readonly Method[];
  }
  type OverSeeds = (seeds: readonly Curves[], checkpoints: readonly number[]) => Medians;
  const { overSeeds } = await benchModule<{ overSeeds: OverSeeds }>('papers/plane-search-seeds.mjs');
  const names = { direction: 'd', rule: 'r', label: 'd · r' };
  const shared = { ...names, products: [2, 4, 6], stop: 'iterations', gram: 0, fallbacks: 0, innerEvaluations: 1 };
  const seed = (best: number, objective: number[], seconds: number): Curves => ({
    best,
    results: [{ ...shared, objective, seconds: [0, 0, seconds] }],
  });
  const seeds = [seed(1, [9, 5, 4], 3), seed(2, [9, 8, 3], 1), seed(0, [9, 1, 2], 8)];

  it('measures each gap from the best of its own seed, and shows the run of the median', () => {
    const {
      best,
      methods: [method],
    } = overSeeds(seeds, [1, 2]);
    expect(best).toBe(1);
    expect(method).toMatchObject({
      seedGaps: [3, 1, 2],
      gaps: [4, 2],
      seconds: 3,
      curve: { seed: 2, best: 0, objective: [9, 1, 2] },
    });
  });

  it('shows the lower of the two in the middle of an even number, while the table has their mean', () => {
    const [method] = overSeeds(seeds.slice(0, 2), [2]).methods;
    expect(method).toMatchObject({ gaps: [2], curve: { seed: 1 } });
  });

  it('takes the last value of a run that ended early', () => {
    const [method] = overSeeds([seed(0, [9, 5], 1)], [1, 4]).methods;
    expect(method!.gaps).toEqual([5, 5]);
  });
});

/** Two products for the start, two per iteration (three where two directions are brought), one more for a fallback. */
function checkMethod(method: Method, checkpoints: readonly number[]): void {
  const { direction, rule, label, rate, tuning, gaps, products, fallbacks, curve } = method;
  const iterations = curve.objective.length - 1;
  if (curve.stop === 'iterations') expect(iterations, label).toBe(ITERATIONS);
  const each = direction === 'adam-pair' ? 3 : 2;
  expect(iterations, label).toBeGreaterThan(0);
  expect(products, label).toBe(curve.products.at(-1));
  if (curve.stop === 'iterations') expect(products, label).toBe(2 + each * iterations + fallbacks);
  for (let k = 1; k <= iterations; k++) expect(curve.objective[k]!, label).toBeLessThanOrEqual(curve.objective[k - 1]!);
  checkpoints.forEach((k, c) =>
    expect(gaps[c], label).toBeCloseTo(curve.objective[Math.min(k, iterations)]! - curve.best, 12),
  );
  expect(Math.min(...gaps), label).toBeGreaterThanOrEqual(0);
  const tuned = /^(fixed|schedule)/.test(rule);
  expect(rate !== undefined, label).toBe(tuned);
  if (!tuned) return;
  expect(Number.isInteger(Math.log2(rate!)), label).toBe(true);
  expect(tuning!.runs, label).toBeGreaterThanOrEqual(5);
  expect(tuning!.products, label).toBeGreaterThan(products);
}

interface Finding {
  readonly meaning: string;
  readonly holds: number;
  readonly equal: number;
  readonly fails: number;
  readonly where: readonly unknown[];
  readonly headline: string;
  readonly sentence: string;
}
type CheckFindings = (
  cases: readonly { name: string; network: string; scale: number; gaps: Map<string, number> }[],
  directions: readonly string[],
) => Finding[];

describe('the findings', async () => {
  const { checkFindings } = await benchModule<{ checkFindings: CheckFindings }>('papers/plane-search-findings.mjs');
  const one = (name: string, line: number, backtracking: number) => ({
    name,
    network: 'linear',
    scale: 1,
    gaps: new Map([
      ['gradient · line', line],
      ['gradient · backtracking', backtracking],
    ]),
  });

  it('are counted as held, even or failed, and the page says which', () => {
    const cases = [one('a', 1e-3, 1e-2), one('b', 2e-3, 1e-3), one('c', 1e-13, 1e-12), one('d', 1.001e-3, 1e-3)];
    const [finding, ...others] = checkFindings(cases, ['gradient']);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ holds: 1, equal: 2, fails: 1 });
    const exception = 'on b linear with gradient (line 2.0e-3; backtracking 1.0e-3)';
    expect(finding!.sentence).toBe(`LO below LS (Armijo): holds in 1 of 4 cases, 2 even. Not ${exception}.`);
  });

  it('say with which directions it is so everywhere, and with which nowhere', () => {
    const gaps = (direction: string, line: number, backtracking: number): [string, number][] => [
      [`${direction} · line`, line],
      [`${direction} · backtracking`, backtracking],
    ];
    const all = new Map([...gaps('gradient', 1e-3, 1e-2), ...gaps('adam', 1e-2, 1e-3), ...gaps('lbfgs', 1e-3, 1e-3)]);
    const cases = ['a', 'b'].map((name) => ({ name, network: 'tanh', scale: 1, gaps: all }));
    const [finding] = checkFindings(cases, ['gradient', 'adam', 'lbfgs']);
    expect(finding!.where).toEqual([
      { direction: 'gradient', holds: ['a tanh', 'b tanh'], equal: [], fails: [] },
      { direction: 'adam', holds: [], equal: [], fails: ['a tanh', 'b tanh'] },
      { direction: 'lbfgs', holds: [], equal: ['a tanh', 'b tanh'], fails: [] },
    ]);
    const said =
      'holds in 2 of 6 cases, 2 even. Wherever they differ with gradient. Nowhere with adam. Not on a tanh with adam';
    expect(finding!.sentence).toContain(said);
  });

  it('take a chain of three as broken where one of its links is', () => {
    const chain = (line: number, backtracking: number, fixed: number) => ({
      ...one('a', line, backtracking),
      gaps: new Map([...one('a', line, backtracking).gaps, ['gradient · fixed', fixed]]),
    });
    const found = checkFindings(
      [chain(1, 2, 3), chain(1, 1, 3), chain(2, 2, 2), chain(1, 3, 2), chain(2, 1, 3)],
      ['gradient'],
    );
    expect(found[0]).toMatchObject({ chain: ['line', 'backtracking', 'fixed'], holds: 2, equal: 1, fails: 2 });
  });

  it('say plainly when an ordering does not hold', () => {
    const sentenceOn = (...gaps: [number, number]): string => checkFindings([one('a', ...gaps)], ['gradient'])[0]!.sentence;
    expect(sentenceOn(1e-2, 1e-3)).toMatch(/^LO below LS \(Armijo\): does not hold in 1 of 1 cases. Not on a linear/);
    expect(sentenceOn(1e-3, 1e-2)).toMatch(/holds wherever the two differ \(1 of 1 cases\)/);
  });
});
