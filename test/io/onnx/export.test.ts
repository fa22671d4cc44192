/** Every network and task as an ONNX file predicts in onnxruntime what it predicts here. */
import { describe, expect, it } from 'vitest';
import { loadTable, takeRows, type DenseData, type GivenTarget } from '../../../lib/data/index.js';
import { createRandom } from '../../../lib/core/random.js';
import { saveOnnx, toOnnx } from '../../../lib/io/onnx/export.js';
import { Model } from '../../../lib/io/model.js';
import { losses } from '../../../lib/losses/index.js';
import { squared } from '../../../lib/losses/squared.js';
import { networks } from '../../../lib/networks/index.js';
import { train, type TrainOptions } from '../../../lib/train.js';
import { dataAbsent, dataFile, expectError, temporaryFiles } from '../../data/files.js';
import { runOnnx, testWithChecker, type OnnxOutput } from './session.js';

const random = createRandom(3);
const rows = 120;
const x: DenseData = { values: Float64Array.from({ length: rows * 4 }, () => random.normal()), rows, columns: 4 };
const side = Array.from({ length: rows }, (_, i) => x.values[4 * i]! * x.values[4 * i + 1]! + x.values[4 * i + 2]!);
const targets = {
  numbers: Float64Array.from(side, (s) => Math.exp(s / 4)),
  'two-classes': side.map((s) => (s > 0 ? 'up' : 'down')),
  classes: side.map((s) => (s > 1 ? 'high' : s > -1 ? 'middle' : 'low')),
  'label-sets': side.map((s) => [...(s > 0 ? ['plus'] : []), ...(Math.abs(s) > 1 ? ['far'] : [])]),
};
const fits = { float32: 1e-5, float64: 1e-10 } as const;

/** |a - b| <= tolerance, beside the largest of b where that is above 1. */
function expectClose(a: ArrayLike<unknown>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  let scale = 1;
  let worst = 0;
  for (let e = 0; e < b.length; e++) scale = Math.max(scale, Math.abs(b[e]!));
  for (let e = 0; e < b.length; e++) worst = Math.max(worst, Math.abs((a[e] as number) - b[e]!));
  expect(worst / scale).toBeLessThan(tolerance);
}

/** p of every class from the scores of a row, by the definition. */
function probabilities(scores: Float64Array, width: number, link: 'sigmoid' | 'softmax', two: boolean): number[] {
  const sigmoid = (o: number): number => 1 / (1 + Math.exp(-o));
  if (link === 'sigmoid') return [...scores].flatMap((o) => (two ? [sigmoid(-o), sigmoid(o)] : [sigmoid(o)]));
  return [...scores].map((o, e) => {
    const row = scores.subarray(e - (e % width), e - (e % width) + width);
    return 1 / row.reduce((sum, other) => sum + Math.exp(other - o), 0);
  });
}

async function compare(model: Model, data: DenseData & { values: Float64Array }): Promise<void> {
  for (const precision of ['float32', 'float64'] as const) {
    const onnx = await runOnnx(model, data, { precision });
    // Rounded features are what float32 is given; what is compared is the arithmetic.
    const values = precision === 'float32' ? Float64Array.from(Float32Array.from(data.values)) : data.values;
    const same = { ...data, values };
    const outputs = await model.outputs(same);
    const labels = await model.predict(same);
    compareOutputs(onnx, model, outputs, labels, fits[precision]);
  }
}

function compareOutputs(
  onnx: Record<string, OnnxOutput>,
  { spec: { task }, loss }: Model,
  outputs: Float64Array,
  labels: readonly unknown[],
  tolerance: number,
): void {
  const count = labels.length;
  if (task.coding === 'numbers') {
    expect(Object.keys(onnx)).toEqual(['prediction']);
    expect(onnx['prediction']!.dims).toEqual([count, task.outputs]);
    expectClose(onnx['prediction']!.data, labels.flat() as number[], tolerance);
    return;
  }
  expect(onnx['scores']!.dims).toEqual([count, task.outputs]);
  expectClose(onnx['scores']!.data, outputs, tolerance);
  const { inverseLink } = loss;
  expect(Object.keys(onnx).includes('probabilities')).toBe(inverseLink !== undefined);
  if (inverseLink === 'sigmoid' || inverseLink === 'softmax') {
    const expected = probabilities(outputs, task.outputs, inverseLink, task.coding === 'two-classes');
    expectClose(onnx['probabilities']!.data, expected, tolerance);
  }
  // A score that is 0 to rounding may fall on either side.
  const clear = (i: number): boolean => {
    const row = [...outputs.subarray(i * task.outputs, (i + 1) * task.outputs)];
    const sorted = row.toSorted((a, b) => b - a);
    return task.coding === 'classes' ? sorted[0]! - sorted[1]! > 1e-4 : row.every((o) => Math.abs(o) > 1e-4);
  };
  let seen = 0;
  for (let i = 0; i < count; i++) {
    if (!clear(i)) continue;
    seen++;
    if (task.coding !== 'label-sets') expect(String(onnx['label']!.data[i])).toBe(String(labels[i]));
    else {
      const found = task.classes!.filter((_, a) => onnx['labels']!.data[i * task.outputs + a] === 1n);
      expect(found).toEqual(labels[i]);
    }
  }
  expect(seen).toBeGreaterThan(count / 2);
}

const small: TrainOptions = { hidden: [5], maxIterations: 15 };

describe.each(Object.keys(networks) as (keyof typeof networks)[])('the network %s in onnxruntime', (network) => {
  const options = network === 'linear' ? { maxIterations: 15 } : small;
  it.each(Object.keys(targets) as (keyof typeof targets)[])('with the coding %s', async (coding) => {
    const { model } = await train({ x, y: targets[coding] }, { ...options, network, l2: 1e-3 });
    expect(model.spec.task.coding).toBe(coding);
    await compare(model, x as DenseData & { values: Float64Array });
  });
});

it.each([
  ['mlp', { hidden: [6, 5, 4], activation: 'relu' }],
  ['mlp', { hidden: [6, 5], activation: 'sigmoid' }],
  ['gated', { hidden: [6], activation: 'identity' }],
  ['linearly-gated', { hidden: [6, 5], sharpness: 3 }],
  ['linearly-gated', { hidden: [6, 5], gates: 'inputs' }],
  ['skip', { hidden: [6, 5], activation: 'relu' }],
] as const)('takes the options of %s: %j', async (network, options) => {
  const { model } = await train({ x, y: targets.classes }, { network, ...options, maxIterations: 10 });
  await compare(model, x as DenseData & { values: Float64Array });
});

it.each(Object.keys(losses) as (keyof typeof losses)[])('takes the loss %s', async (loss) => {
  const numbers = losses[loss]().codings.includes('numbers');
  const y = numbers ? targets.numbers : loss === 'softmax' ? targets.classes : targets['two-classes'];
  const { model } = await train({ x, y }, { loss, l2: 1e-3, maxIterations: 15 });
  await compare(model, x as DenseData & { values: Float64Array });
});

it('takes several targets a row', async () => {
  const data = {
    x,
    y: {
      kind: 'numbers',
      values: Float64Array.from({ length: 2 * rows }, (_, e) => side[e >> 1]! * (e % 2 ? 1 : -2)),
      width: 2,
    },
  } as const;
  const { model } = await train(data, { maxIterations: 5 });
  await compare(model, x as DenseData & { values: Float64Array });
});

describe('labels', () => {
  const labelsOf = async (y: GivenTarget, options = {}): Promise<OnnxOutput> => {
    const { model } = await train({ x, y }, { maxIterations: 20 });
    return (await runOnnx(model, x as never, options))['label']!;
  };

  it('are the classes: text as strings, integers as int64, other numbers as float64', async () => {
    expect((await labelsOf(targets.classes)).type).toBe('string');
    const whole = await labelsOf(side.map((s) => (s > 0 ? -1 : 7)));
    expect([whole.type, [...new Set(Array.from(whole.data, String))].sort()]).toEqual(['int64', ['-1', '7']]);
    const broken = await labelsOf(side.map((s) => (s > 0 ? 0.5 : 2.25)));
    expect([broken.type, [...new Set(Array.from(broken.data))].sort()]).toEqual(['float64', [0.5, 2.25]]);
  });

  it('are their indices where that is asked for', async () => {
    const index = await labelsOf(targets['two-classes'], { labels: 'index' });
    const text = await labelsOf(targets['two-classes']);
    expect(index.type).toBe('int64');
    expect(Array.from(index.data, (i) => ['down', 'up'][Number(i)])).toEqual(Array.from(text.data));
  });
});

describe('what cannot be exported', () => {
  const spec = {
    network: 'linear',
    architecture: { inputs: 1, tracked: { layer: 'output', outputs: 1 }, steps: [] },
    task: { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 },
    parameters: Float64Array.of(1e300, 0),
  } as const;

  it('is refused: a number beyond float32, which float64 holds', async () => {
    await expectError(() => toOnnx(new Model(spec)), 'INCOMPATIBLE', "Number 0 of 'output.weight'", 'float64');
    expect(toOnnx(new Model(spec), { precision: 'float64' }).length).toBeGreaterThan(100);
  });

  it('is refused: a loss of your own with a function behind its outputs', () => {
    const own = { ...squared(), name: 'own', prediction: (o: number) => o * o };
    return expectError(
      () => toOnnx(new Model({ ...spec, parameters: Float64Array.of(1, 0), task: { ...spec.task, loss: 'own' } }, own)),
      'INCOMPATIBLE',
      "'own'",
      'inverseLink',
    );
  });

  it('is refused: options that do not exist', async () => {
    await expectError(
      () => toOnnx(new Model(spec), { precision: 'float16' as never }),
      'INVALID_OPTION',
      'float32, float64',
    );
    await expectError(() => toOnnx(new Model(spec), { opset: 9 } as never), 'INVALID_OPTION', 'opset');
  });

  it('leaves no file behind', async () => {
    const files = await temporaryFiles();
    await expectError(() => saveOnnx(new Model(spec), files.path('a.onnx')), 'INCOMPATIBLE');
    await saveOnnx(new Model(spec), files.path('b.onnx'), { precision: 'float64' });
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(files.path('.'))).toEqual(['b.onnx']);
    await files.remove();
  });
});

describe.skipIf(dataAbsent())('real data', () => {
  const load = async (name: string): Promise<{ x: DenseData & { values: Float64Array }; y: never; schema: never }> => {
    const { data, target, schema } = await loadTable(dataFile(name), { needsTarget: true, storage: 'dense' });
    return { x: data as never, y: target as never, schema: schema as never };
  };

  it.each([
    ['a9a.svm.gz', { network: 'mlp', hidden: [10], maxIterations: 20 }],
    ['breast-cancer-wisconsin.csv.gz', {}],
    ['wine-quality-white.csv.gz', { network: 'skip', hidden: [10], maxIterations: 30 }],
    ['california-housing.csv.gz', { network: 'linearly-gated', hidden: [8], maxIterations: 30 }],
    ['boston-housing.csv.gz', { loss: 'poisson' }],
    ['spambase.csv.gz', { network: 'gated', hidden: [8], maxIterations: 30 }],
  ] as [string, TrainOptions][])('%s', async (name, options) => {
    const data = await load(name);
    const { model } = await train(data, options);
    await compare(
      model,
      takeRows(
        data.x,
        Uint32Array.from({ length: Math.min(500, data.x.rows) }, (_, i) => i),
      ) as never,
    );
  });
});

testWithChecker();
