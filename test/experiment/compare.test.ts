/** Comparisons: what every curve has to keep, how gaps and prices are measured, and what is refused. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { medianGap, medianReached, reached } from '../../lib/experiment/reach.js';
import {
  compare,
  comparisonPage,
  parseMethod,
  train,
  tuneRate,
  type Comparison,
  type ComparisonOptions,
} from '../../lib/index.js';
import { comparisonTable } from '../../lib/experiment/comparison-page.js';

const rows = 60;
const random = createRandom(5);
const x = { values: Float64Array.from({ length: rows * 3 }, () => random.normal()), rows, columns: 3 };
const y = Array.from({ length: rows }, (_, i) => {
  const score = x.values[3 * i]! - 2 * x.values[3 * i + 1]! + 0.5 * random.normal();
  return score > 0 ? 'yes' : 'no';
});
const data = { x, y };
const common = { backend: 'javascript', iterations: 12 } as const satisfies ComparisonOptions;

describe('a method in words', () => {
  it('has its parts in any order', () => {
    expect(parseMethod('lbfgs:plane:memory=3:barzilai-borwein')).toEqual({
      direction: 'lbfgs',
      steps: 'plane',
      memory: 3,
      solver: 'barzilai-borwein',
    });
    expect(parseMethod('adam:schedule:rate=0.5:cosine-restarts')).toMatchObject({ rate: 0.5, schedule: 'cosine-restarts' });
    expect(parseMethod('auto')).toEqual({ direction: 'auto', steps: 'auto' });
    expect(parseMethod('zeroth-order:line:samples=4:block=in-turn')).toEqual({
      direction: 'zeroth-order',
      steps: 'line',
      directionOptions: { samples: 4, block: 'in-turn' },
    });
    expect(parseMethod('lbfgs:plane:restarts=3')).toMatchObject({ restarts: { limit: 3 } });
  });

  it.each([
    ['lbgs', /^The direction of the method 'lbgs' must be one of auto, gradient, .*, but 'lbgs' was given\.$/],
    ['lbfgs:plain', /^The step rule of the method 'lbfgs:plain' must be one of auto, fixed, /],
    ['lbfgs:plane:samples=3', /^The direction 'lbfgs' has no option 'samples'; the direction 'zeroth-order' has it\.$/],
    ['auto:plane:pairs=3', /^A part of the method 'auto:plane:pairs=3' must be one of/],
    ['lbfgs:plane:memory=x', /^A part of the method 'lbfgs:plane:memory=x' must be one of constant, .*, but 'memory=x' was/],
  ])('%s is refused with what could stand there', (text, sentence) => {
    expect(() => parseMethod(text)).toThrow(sentence);
  });
});

describe('tuneRate', () => {
  it('finds the best power of 2 wherever it is, and counts every run once', async () => {
    for (const best of [-9, 0, 3, 7]) {
      const asked: number[] = [];
      const found = await tuneRate(async (rate) => {
        asked.push(rate);
        return { objective: Math.abs(Math.log2(rate) - best) };
      });
      expect(found.rate).toBe(2 ** best);
      expect(found.run.objective).toBe(0);
      expect(new Set(asked).size).toBe(asked.length);
      expect(found.runs).toHaveLength(asked.length);
    }
  });
});

describe('compare', () => {
  const methods = ['gradient:fixed', 'gradient:schedule:polynomial', 'gradient:plane', 'lbfgs:plane:memory=1', 'auto'];
  const ready = compare(data, { ...common, methods, network: 'mlp', hidden: [3], seeds: 3 });

  it('runs every method from the same starting points for the same iterations', async () => {
    const { methods: done, settings, problem, complete, start } = await ready;
    expect([settings.seeds, problem.parameters, complete]).toEqual([3, 3 * 3 + 3 + 3 + 1, true]);
    expect(done.map(({ label }) => label)).toEqual([
      'gradient · fixed',
      'gradient · schedule, polynomial',
      'gradient · plane',
      'lbfgs · plane, memory 1',
      'auto · plane',
    ]);
    expect(new Set(start).size).toBe(3);
    for (const { runs } of done) {
      runs.forEach(({ objective, products, stop }, s) => {
        expect(objective[0]).toBe(start[s]);
        expect(objective).toEqual([...objective].sort((a, b) => b - a));
        if (stop === 'iterations') expect(objective).toHaveLength(13);
        expect(products).toEqual([...products].sort((a, b) => a - b));
      });
    }
  });

  it('costs two products an iteration, whatever the rule', async () => {
    for (const { runs } of (await ready).methods) {
      for (const { products, fallbacks } of runs) expect(products.at(-1)).toBe(2 * products.length + fallbacks);
    }
  });

  it('prices the rates that it tuned, and no others', async () => {
    const { methods: done } = await ready;
    expect(done.map(({ tuning }) => tuning !== null)).toEqual([true, true, false, false, false]);
    for (const { tuning, rate, runs } of done.slice(0, 2)) {
      expect(Math.log2(rate!) % 1).toBe(0);
      expect(tuning!.runs).toBeGreaterThanOrEqual(5);
      expect(tuning!.products).toBeGreaterThanOrEqual(runs[0]!.products.at(-1)!);
    }
  });

  it('measures gaps from the lowest of all runs and of a longer one', async () => {
    const { lowest, methods: done } = await ready;
    lowest.forEach((low, s) =>
      expect(low).toBeLessThanOrEqual(Math.min(...done.map(({ runs }) => runs[s]!.objective.at(-1)!))),
    );
  });

  it('moves as train does', async () => {
    const { methods: done } = await compare(data, { ...common, methods: ['gradient:plane'], network: 'mlp', hidden: [3] });
    const options = { network: 'mlp', hidden: [3], direction: 'gradient', steps: 'plane', backend: 'javascript' } as const;
    const { history } = await train(data, { ...options, maxIterations: 12, tolerance: 0, sample: 'all' });
    expect(done[0]!.runs[0]!.objective).toEqual(history.map(({ objective }) => objective));
  });

  it('needs one starting point where all are the same', async () => {
    const { settings } = await compare(data, { ...common, methods: ['gradient:plane'], seeds: 4 });
    expect(settings.seeds).toBe(1);
  });

  it('keeps what was done when it is aborted, and throws the reason when nothing was', async () => {
    const early = new AbortController();
    const reason = new Error('enough');
    const cut = await compare(data, {
      ...common,
      methods: ['gradient:plane', 'lbfgs:plane', 'auto'],
      signal: early.signal,
      progress: ({ label }) => label.startsWith('lbfgs') && early.abort(reason),
    });
    expect([cut.complete, cut.methods.map(({ direction }) => direction)]).toEqual([false, ['gradient', 'lbfgs']]);
    await expect(compare(data, { ...common, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('refuses what is no comparison', async () => {
    const sentences = [
      [{ methods: [] }, 'methods must be a list of at least one, but an array of 0 values was given.'],
      [{ methods: ['auto', 'auto:plane'] }, "Every method must come once, but 'auto · plane' came twice."],
      [{ methods: ['gradient:plane:cosine'] }, "schedule is for the step rule 'schedule', but 'plane' was chosen."],
      [{ l2: 'auto' }, "l2 of a comparison must be a finite number of at least 0, but 'auto' was given."],
      [{ seed: 3 }, "There is no option 'seed'. Did you mean 'seeds'?"],
    ] as const;
    for (const [options, sentence] of sentences)
      await expect(compare(data, { ...common, ...(options as object) })).rejects.toThrow(sentence);
  });

  it('is a page without scripts whose curves are the runs', async () => {
    const comparison = await ready;
    const html = comparisonPage(comparison, { title: '<three> & more' });
    expect(html).toContain('Methods compared: &lt;three&gt; &amp; more');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<(link|img)[^>]+(src|href)="http/);
    const drawn = [...html.matchAll(/<g class="series"><title>([^<]+)<\/title><path class="mark" d="M([^"]+)"/g)];
    expect(drawn.map(([, label]) => label)).toEqual([1, 2, 3].flatMap(() => comparison.methods.map(({ label }) => label)));
    for (const [, , line] of drawn) {
      const places = line!.split('L').map((pair) => pair.split(' ').map(Number));
      // Time goes to the right, and gaps fall: downwards on the page.
      for (let k = 1; k < places.length; k++) {
        expect(places[k]![0]).toBeGreaterThanOrEqual(places[k - 1]![0]!);
        expect(places[k]![1]).toBeGreaterThanOrEqual(places[k - 1]![1]!);
      }
    }
  });

  it('is a page with the table, the price of rates and the best in bold, whatever is compared', async () => {
    const comparison = await ready;
    const html = comparisonPage(comparison);
    const { columns, rows: lines } = comparisonTable(comparison);
    for (const name of columns) expect(html).toContain(`>${name}</th>`);
    const prices = lines.map((line) => line[columns.indexOf('products to tune it')]).filter((price) => price !== '');
    expect(prices).toHaveLength(comparison.methods.filter(({ tuning }) => tuning !== null).length);
    for (const price of prices) expect(html).toContain(`>${price as string}</td>`);
    const gaps = lines.map((line) => line[1]!);
    expect(gaps.some((gap) => typeof gap === 'object')).toBe(true);
    for (const gap of gaps)
      expect(html).toContain(typeof gap === 'object' ? `<strong>${gap.strong}</strong>` : `>${gap}</td>`);
  });

  it('is a page of less than a megabyte, however long and many the runs', async () => {
    const comparison = await ready;
    const grown = (method: Comparison['methods'][number], m: number) => ({
      ...method,
      label: `${method.label} ${m}`,
      runs: method.runs.map((run) => ({
        ...run,
        objective: Array.from({ length: 3000 }, (_, k) => run.objective[0]! / (1 + k * (m + 1))),
        products: Array.from({ length: 3000 }, (_, k) => 2 * k),
        seconds: Array.from({ length: 3000 }, (_, k) => k / 7),
      })),
    });
    const methods = Array.from({ length: 60 }, (_, m) => grown(comparison.methods[m % comparison.methods.length]!, m));
    expect(comparisonPage({ ...comparison, methods }).length).toBeLessThan(1e6);
  });
});

describe('methods with options', () => {
  it('have them in their names, and are other methods with others', async () => {
    const methods = ['lbfgs:plane', 'lbfgs:plane:pairs=2', 'zeroth-order:backtracking:samples=2'];
    const { methods: done } = await compare(data, { ...common, methods });
    expect(done.map(({ label }) => label)).toEqual([
      'lbfgs · plane',
      'lbfgs (pairs 2) · plane',
      'zeroth-order (samples 2) · backtracking',
    ]);
    const products = done[2]!.runs[0]!.products;
    expect(products[2]! - products[1]!).toBe(2);
  });

  it('restart where a run stalls', async () => {
    const options = { backend: 'javascript', network: 'mlp', hidden: [2], l2: 0.1, iterations: 150 } as const;
    const methods = ['lbfgs:plane', 'lbfgs:plane:restarts=2'];
    const { methods: done } = await compare(data, { ...options, methods });
    expect(done[1]!.label).toBe('lbfgs · plane, restarts 2');
    const [alone, restarted] = done.map(({ runs }) => runs[0]!);
    expect(alone!.stop).toBe('stalled');
    expect(restarted!.objective.length).toBeGreaterThan(alone!.objective.length + 2);
    expect(restarted!.objective.at(-1)!).toBeLessThanOrEqual(alone!.objective.at(-1)!);
    const linear = compare(data, { ...common, methods: ['lbfgs:plane', 'lbfgs:line:restarts=2'] });
    await expect(linear).rejects.toThrow('a linear one has one alone');
  });
});

describe('the data of a comparison', () => {
  it('is looked at as that of train', async () => {
    await expect(compare({ ...data, sampleWeight: 1 } as never, common)).rejects.toThrow("Did you mean 'sampleWeights'?");
    await expect(compare({ ...data, iterations: 5 } as never, common)).rejects.toThrow(
      /^There is no part of the training data 'iterations'/,
    );
    await expect(compare({ ...data, network: 'mlp' } as never, common)).rejects.toThrow('it goes into the options');
    await expect(compare(data, { ...common, offsets: 1 } as never)).rejects.toThrow('it goes beside x and y');
    const schema = { format: 'array', columns: 4 } as never;
    await expect(compare({ ...data, schema }, common)).rejects.toThrow('schema');
  });
});

describe('when a run came how near', () => {
  const curve = (objective: number[]) => ({
    objective,
    products: objective.map((_, k) => 2 * k),
    seconds: objective.map((_, k) => k / 10),
    grams: 0,
    fallbacks: 0,
    evaluations: 1,
    stop: 'iterations',
  });
  const method = { label: 'm', direction: 'm', rule: 'm', memory: 0, rate: null, tuning: null };

  it('is the first record at or below the value', () => {
    expect(reached(curve([9, 5, 2]), 5)).toEqual({ iterations: 1, products: 2, seconds: 0.1 });
    expect(reached(curve([9, 5, 2]), 1)).toBeNull();
  });

  it('is a median, in which a run that never came counts as the latest', () => {
    const runs = [curve([10, 1]), curve([10, 10, 1]), curve([10, 9, 9])];
    const comparison = { start: [10, 10, 10], lowest: [0, 0, 0] } as unknown as Comparison;
    expect(medianReached(comparison, { ...method, runs }, 0.1)).toMatchObject({ iterations: 2 });
    expect(medianGap(comparison, { ...method, runs })).toEqual({ gap: 1, run: 1 });
    const late = { ...method, runs: [runs[0]!, runs[2]!, runs[2]!] };
    expect(medianReached(comparison, late, 0.1)).toBeNull();
  });
});
