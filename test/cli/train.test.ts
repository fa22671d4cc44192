import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import { Model } from '../../lib/io/model.js';
import { csvRows, libsvmRows, onJavascript, priceRows, trained, workspace } from './support.js';

const work = workspace();
const csv = work.write('train.csv', csvRows(120, 1));
const csvTest = work.write('test.csv', csvRows(60, 2));
const prices = work.write('prices.csv', priceRows(80, 3));
const svm = work.write('train.svm', libsvmRows(150, 4));

const KEYS = [
  'n',
  'd',
  'sample',
  'parameters',
  'network',
  'loss',
  'l2',
  'penalty',
  'direction',
  'automatic',
  'memory',
  'steps',
  'layers',
  'solver',
  'backend',
  'threads',
  'precision',
  'storage',
  'objective',
  'gradientNorm',
  'iterations',
  'products',
  'innerEvaluations',
  'seconds',
  'stop',
  'train',
  'validation',
  'test',
  'notices',
];

interface TraceLine {
  readonly iteration: number;
  readonly objective: number;
  readonly products: { readonly multiply: number; readonly multiplyTransposed: number; readonly gram: number };
  readonly steps: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

function traceOf(path: string): TraceLine[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as TraceLine);
}

describe('train --json', () => {
  it('prints one object with the promised keys, and nothing else', async () => {
    const { code, stdout, stderr } = await onJavascript(['train', csv, '--test', csvTest, '--json']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
    const result = JSON.parse(stdout) as Record<string, object>;
    expect(Object.keys(result)).toEqual(KEYS);
    expect(Object.keys(result['products']!)).toEqual(['multiply', 'multiplyTransposed', 'gram']);
    expect(Object.keys(result['seconds']!)).toEqual(['load', 'train', 'total']);
    expect(Object.keys(result['stop']!)).toEqual(['reason', 'detail', 'converged']);
    expect(Object.keys(result['train']!)).toEqual(['loss', 'accuracy']);
    expect(Object.keys(result['test']!)).toEqual(['loss', 'accuracy']);
    expect(result).toMatchObject({
      n: 120,
      d: 5,
      sample: { rows: 120, reason: 'all rows' },
      parameters: 6,
      network: 'linear',
      loss: 'logistic',
      l2: 1 / 120,
      penalty: null,
      direction: 'kronecker-lbfgs',
      memory: 1,
      steps: 'plane',
      solver: 'gauss-newton',
      backend: 'javascript',
      threads: 1,
      precision: 'float64',
      stop: { reason: 'gradient' },
    });
    const { load, train, total } = result['seconds'] as { load: number; train: number; total: number };
    expect(total).toBeGreaterThanOrEqual(load + train);
  });

  it('says on how many rows it began', async () => {
    const result = await trained(csv, '--sample', '50');
    expect(result).toMatchObject({ sample: { rows: 50, reason: 'a random sample that grows' } });
    const { stdout } = await onJavascript(['train', csv, '--sample', '50']);
    expect(stdout).toMatch(/^sample +50 rows first: a random sample that grows$/m);
    const { code, stderr } = await onJavascript(['train', csv, '--sample', 'few']);
    expect(code).toBe(2);
    expect(stderr).toContain("--sample must be auto, all or an integer of at least 1, but 'few' was given.");
  });

  it('takes steps over mini-batches', async () => {
    const result = await trained(csv, '--batch', '20', '--solve-on', 'next', '--max-iterations', '3');
    expect(result).toMatchObject({ batch: { rows: 20, solveOn: 'next' }, direction: 'gradient', steps: 'plane', memory: 1 });
    const { stdout } = await onJavascript(['train', csv, '--batch', '20', '--max-iterations', '3']);
    expect(stdout).toMatch(/^batches +of about 20 rows, solved on both$/m);
    const { code, stderr } = await onJavascript(['train', csv, '--batch', '20', '--sample', '50']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('batch and sample exclude each other');
  });

  it('trains on principal components, and says how much of the variance they have', async () => {
    const result = await trained(csv, '--pca', '1');
    expect(result).toMatchObject({ pca: { components: 1 } });
    const { stdout } = await onJavascript(['train', csv, '--pca', '1']);
    expect(stdout).toMatch(/^components +1, with [\d.]+% of the variance$/m);
    const { code, stderr } = await onJavascript(['train', csv, '--pca', '100']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/components must be an integer from 1 to/);
  });

  it('has null for a test that was not asked for', async () => {
    expect((await trained(csv)).test).toBeNull();
  });

  it('has r2 for numbers, and null where it is undefined', async () => {
    const constant = work.write('constant.csv', 'price,a,b\n5,1,2\n5,2,3\n5,4,4\n');
    const result = await trained(prices, '--target', 'price', '--test', constant);
    expect(result['loss']).toBe('squared');
    expect(Object.keys(result.train)).toEqual(['loss', 'r2']);
    expect(result.train.r2).toBeGreaterThan(0.99);
    expect(result.test).toEqual({ loss: expect.any(Number) as number, r2: null });
  });

  it.each([0, 0.01, 2.5])('reports objective = loss + (l2/2) ||weights||^2 with l2 %d, biases left out', async (l2) => {
    const out = work.path('objective.model');
    const options = ['--network', 'mlp', '--hidden', '3', '--l2', String(l2), '--max-iterations', '4', '--out', out];
    const { objective, train } = await trained(csv, ...options);
    const {
      layout,
      spec: { parameters },
    } = await Model.load(out);
    let squares = 0;
    for (const block of layout.blocks) {
      if (block.name.endsWith('.weight')) for (const w of blockOf(parameters, block)) squares += w * w;
    }
    expect(squares).toBeGreaterThan(0);
    expect(objective).toBeCloseTo(train.loss + 0.5 * l2 * squares, 12);
  });
});

describe('the options of train', () => {
  it.each([
    [['--direction', 'gradient', '--steps', 'plane'], { direction: 'gradient', steps: 'plane', memory: 3 }],
    [['--solver', 'barzilai-borwein'], { solver: 'barzilai-borwein' }],
    [['--steps', 'line'], { steps: 'line', memory: 0 }],
    [['--steps', 'plane', '--memory', '3'], { steps: 'plane', memory: 3 }],
    [['--steps', 'fixed', '--rate', '0.5', '--direction', 'gradient'], { steps: 'fixed', direction: 'gradient' }],
    [
      ['--network', 'mlp', '--hidden', '4,3', '--activation', 'relu'],
      { network: 'mlp', parameters: 20 + 4 + 12 + 3 + 3 + 1 },
    ],
    [['--network', 'mlp', '--hidden', '4,3', '--layers', 'in-turn', '--max-iterations', '3'], { layers: 'in turn' }],
    [['--network', 'mlp', '--hidden', '4', '--layers', 'together'], { layers: 'together' }],
    [
      ['--direction', 'zeroth-order', '--direction-options', 'block=all,samples=3', '--max-iterations', '4'],
      { direction: 'zeroth-order', products: { multiply: 1 + 4 * 3, multiplyTransposed: 0 } },
    ],
    [
      ['--network', 'mlp', '--hidden', '3', '--restarts', 'annealing', '--restart-limit', '2', '--max-iterations', '3'],
      { iterations: 3 },
    ],
    [['--loss', 'softmax'], { loss: 'softmax', parameters: 12 }],
    [['--l2', '1e-2'], { l2: 0.01, penalty: null }],
    [['--l2', 'auto'], { penalty: { judge: 'leave-one-out', by: 'leave-one-out' } }],
    [['--l2', 'folds'], { penalty: { judge: 'folds', by: '5 folds' } }],
    [
      ['--network', 'mlp', '--hidden', '3', '--layer-penalties', '1, 0.1', '--max-iterations', '9'],
      { layerPenalties: [1, 0.1] },
    ],
    [['--l2', '0.5', '--layer-penalties', '2'], { l2: 1 }],
    [
      ['--network', 'mlp', '--hidden', '3', '--l2', 'layerwise', '--max-iterations', '9'],
      { penalty: { judge: 'layerwise' } },
    ],
    [['--tolerance', '0', '--max-iterations', '9'], { iterations: 9, stop: { reason: 'iterations' } }],
    [['--tolerance', '0', '--time-limit', '0.05', '--max-iterations', '100000000'], { stop: { reason: 'time' } }],
    [['--target', 'the color'], { loss: 'softmax', d: 3 }],
    [['--target', '-2'], { loss: 'softmax', d: 3 }],
    [['--target', '0', '--max-iterations', '5'], { loss: 'squared', d: 5 }],
  ])('%j', async (options, expected) => {
    expect(await trained(csv, ...options)).toMatchObject(expected);
  });

  it('--layer-penalties is told behind l2, and only where it says something', async () => {
    const net = ['train', csv, '--network', 'mlp', '--hidden', '3', '--l2', '0.01', '--max-iterations', '3'];
    const { stdout } = await onJavascript([...net, '--layer-penalties', '1,0.125']);
    expect(stdout).toMatch(/loss, l2 0\.01, by layer times 1, 0\.125\n/);
    expect((await onJavascript(net)).stdout).not.toContain('by layer');
    const ones = [...net.slice(2), '--layer-penalties', '1,1'];
    expect(await trained(csv, ...ones)).not.toHaveProperty('layerPenalties');
  });

  it('--penalty l1 says that columns of noise are of no use, and in --json', async () => {
    const random = createRandom(3);
    const noise = Array.from({ length: 62 }, () => {
      const numbers = [random.normal(), random.normal(), random.normal()];
      return `${numbers.join(',')},${random.integer(2) === 0 ? 'x' : 'y'}`;
    });
    const table = work.write('noise.csv', ['a,b,c,class', ...noise].join('\n'));
    const { stdout } = await onJavascript(['train', table, '--penalty', 'l1']);
    expect(stdout).toMatch(/5 folds.* penalties tried in .* s: no column is of use on rows left out/);
    expect(stdout).toContain('0 of 3 are not 0');
    expect(await trained(table, '--penalty', 'l1')).toMatchObject({ penalty: { empty: true } });
  });

  it('--rate is the rate', async () => {
    const options = ['--steps', 'fixed', '--direction', 'gradient', '--max-iterations', '1', '--rate'];
    const trace = work.path('rate.jsonl');
    await trained(csv, ...options, '0.25', '--trace', trace);
    expect(traceOf(trace)[1]!.steps).toEqual({ output: { gradient: 0.25 } });
  });

  it('--seed decides the start of an mlp', async () => {
    const options = ['--network', 'mlp', '--hidden', '4', '--max-iterations', '3', '--seed'];
    const start = async (seed: string): Promise<number> => {
      return (await trained(svm, ...options, seed)).objective;
    };
    const [first, again, other] = [await start('7'), await start('7'), await start('8')];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('--standardize leads to a model of the raw columns', async () => {
    const rows = Array.from({ length: 40 }, (_, k) => `${k < 20 ? 1000 + k : 1080 + k},${k % 7},${k < 20 ? 'x' : 'y'}`);
    const scaled = work.write('scaled.csv', ['a,b,class', ...rows].join('\n'));
    const out = work.path('standardized.model');
    const { train } = await trained(scaled, '--standardize', '--out', out);
    expect(train.accuracy).toBe(1);
    const { stdout } = await onJavascript(['evaluate', out, scaled, '--json']);
    const { loss, ...rest } = JSON.parse(stdout) as { n: number; loss: number; accuracy: number };
    expect(rest).toMatchObject({ n: 40, accuracy: 1, notices: [] });
    expect(loss).toBeCloseTo(train.loss, 12);
  });
});

describe('--trace', () => {
  it('writes the start and every iteration, one object per line', async () => {
    const trace = work.path('trace.jsonl');
    const options = [
      '--network',
      'mlp',
      '--hidden',
      '3',
      '--tolerance',
      '0',
      '--max-iterations',
      '12',
      '--direction',
      'lbfgs',
      '--trace',
      trace,
    ];
    const result = await trained(csv, ...options);
    const lines = traceOf(trace);
    expect(lines.map((line) => line.iteration)).toEqual(Array.from({ length: 13 }, (_, k) => k));
    for (const line of lines) {
      expect(Object.keys(line)).toEqual([
        'iteration',
        'rows',
        'objective',
        'gradientNorm',
        'steps',
        'layerNorms',
        'innerEvaluations',
        'products',
        'seconds',
        'status',
      ]);
    }
    expect(lines[0]).toMatchObject({
      steps: {},
      products: { multiply: 1, multiplyTransposed: 1, gram: 0 },
      status: 'start',
    });
    expect(Object.keys(lines[2]!.steps)).toEqual(['hidden', 'output']);
    expect(Object.keys(lines[2]!.steps['hidden']!)).toEqual(['lbfgs', 'memory-1']);
    expect(lines[12]!.products).toEqual({ multiply: 13, multiplyTransposed: 13, gram: 0 });
    expect(result.products).toEqual(lines[12]!.products);
    expect(result.objective).toBe(Math.min(...lines.map((line) => line.objective)));
  });

  it('tells the drift where the tracked product was formed anew', async () => {
    const trace = work.path('drift.jsonl');
    await trained(csv, '--steps', 'backtracking', '--tolerance', '0', '--max-iterations', '501', '--trace', trace);
    const drifts = traceOf(trace).filter((line) => 'drift' in line);
    expect(drifts).toHaveLength(1);
    expect(drifts[0]).toMatchObject({ iteration: 500, drift: expect.any(Number) as number });
  });
});

describe('what people read', () => {
  it('is a short summary on standard output', async () => {
    const out = work.path('summary.model');
    const { code, stdout, stderr } = await onJavascript(['train', csv, '--test', csvTest, '--out', out]);
    expect(code).toBe(0);
    expect(stderr).toBe(
      `planesearch: '${csv}': 120 rows, 5 columns of X\n` +
        '  column     kind            levels  missing  values\n' +
        '  height     numeric                          -2.45428 to 3.23579, mean 0.159995\n' +
        '  weight     numeric                          -2.23811 to 2.45152, mean -0.0131325\n' +
        '  the color  categorical     3                blue 42, red 41, green 37\n' +
        '  answer     target, labels  2                yes 61, no 59\n' +
        `planesearch: '${csv}': took the first line for column names (--header), commas for separators (--delimiter), 2 columns for numbers ` +
        "(--numeric), 1 column for categories: 'the color' with 3 (--categorical), the last column 'answer' for the target (--target).\n",
    );
    expect(stdout).toMatch(/\ntask +classification into 2 classes, because the targets are text\n/);
    expect(stdout).toMatch(
      /^data +120 rows x 5 columns, 2 classes\nmodel +linear, 6 parameters, logistic loss, l2 0.008333\n/,
    );
    expect(stdout).toMatch(/\ntrain +loss 0\.\d+ +accuracy 0\.\d{4}\ntest +loss 0\.\d+ +accuracy 0\.\d{4}\n/);
    expect(stdout).toMatch(/\nstopped +gradient: gradient norm .* of the start\nwritten +.*summary\.model\n$/);
    expect(existsSync(out)).toBe(true);
  });

  it('leaves nothing but the files asked for', () => {
    expect(readdirSync(work.folder).filter((name) => name.includes('.part'))).toEqual([]);
  });
});
