/** The JSON of a model predicts the same by the formulas in its header comment, written out here without the package. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import {
  JSON_PARAMETER_LIMIT,
  saveJson,
  type LayerJson,
  type LinearJson,
  type ModelJson,
  type NetworkJson,
} from '../../lib/io/model-json.js';
import { Model } from '../../lib/io/model.js';
import { loadTable } from '../../lib/data/index.js';
import { networks } from '../../lib/networks/index.js';
import { train } from '../../lib/train.js';
import { expectError, temporaryFiles } from '../data/files.js';

const random = createRandom(5);
const rows = 60;
const x = { values: Float64Array.from({ length: rows * 3 }, () => random.normal()), rows, columns: 3 };
const row = (i: number): number[] => [...x.values.subarray(3 * i, 3 * i + 3)];
const side = Array.from({ length: rows }, (_, i) => row(i)[0]! - row(i)[1]! * row(i)[2]!);
const parsed = (model: Model): ModelJson => JSON.parse(JSON.stringify(model)) as ModelJson;

const affine = ({ weights, bias }: LayerJson, v: number[]): number[] =>
  bias.map((b, a) => v.reduce((sum, xj, j) => sum + xj * weights[j]![a]!, b));

const functions = {
  identity: (z: number) => z,
  tanh: Math.tanh,
  relu: (z: number) => Math.max(0, z),
  sigmoid: (z: number) => 1 / (1 + Math.exp(-z)),
};

function scoresOf(model: ModelJson, features: number[]): number[] {
  if ('weights' in model) return affine(model, features);
  const { first, layers, steps } = model as NetworkJson;
  const values: Record<string, number[]> = { tracked: affine(layers[first]!, features) };
  let last = values['tracked']!;
  for (const step of steps) {
    if (step.step === 'slice') last = values[step.of]!.slice(step.from, step.from + step.width);
    else if (step.step === 'affine') last = affine(layers[step.layer]!, values[step.of]!);
    else if (step.step === 'activation')
      last = values[step.of]!.map((z) => functions[step.activation]((step.sharpness ?? 1) * z));
    else {
      const [a, b] = step.of.map((name) => values[name]!) as [number[], number[]];
      last = a.map((v, e) => (step.step === 'product' ? v * b[e]! : v + b[e]!));
    }
    values[step.value] = last;
  }
  return last;
}

it.each(Object.keys(networks) as (keyof typeof networks)[])('predicts as the model does: %s', async (network) => {
  const hidden = network === 'linear' ? {} : { hidden: [4] };
  const y = side.map((s) => (s > 1 ? 'c' : s > 0 ? 'b' : 'a'));
  const { model } = await train({ x, y }, { network, ...hidden, maxIterations: 20 });
  const json = parsed(model);
  expect(json).toMatchObject({
    format: 'planesearch',
    formatVersion: 1,
    network,
    classes: ['a', 'b', 'c'],
    inverseLink: 'softmax',
    inputs: 3,
  });
  const outputs = await model.outputs(x);
  for (let i = 0; i < rows; i++)
    scoresOf(json, row(i)).forEach((score, a) => expect(Math.abs(score - outputs[3 * i + a]!)).toBeLessThan(1e-12));
});

it('has every bit of the weights of a linear model, and the names of the columns', async () => {
  const files = await temporaryFiles();
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${i % 7},${['red', 'blue'][i % 2]},${(i % 7) * 2 + (i % 2 ? 0 : 0.1)}`,
  );
  const table = await loadTable(await files.write('a.csv', `size,color,price\n${lines.join('\n')}\n`), {
    needsTarget: true,
  });
  const { model } = await train({ x: table.data, y: table.target!, schema: table.schema });
  await saveJson(model, files.path('model.json'));
  const json = JSON.parse(await readFile(files.path('model.json'), 'utf8')) as LinearJson;
  expect(json.columns).toEqual(['size', 'color=blue', 'color=red']);
  expect(json.coding).toBe('numbers');
  expect(Float64Array.from([...json.weights.flat(), ...json.bias])).toEqual(model.spec.parameters);
  await files.remove();
});

it('is for small models', () => {
  const inputs = JSON_PARAMETER_LIMIT;
  const model = new Model({
    network: 'linear',
    architecture: { inputs, tracked: { layer: 'output', outputs: 1 }, steps: [] },
    task: { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 },
    parameters: new Float64Array(inputs + 1),
  });
  return expectError(() => JSON.stringify(model), 'INCOMPATIBLE', `at most ${inputs} parameters`, `${inputs + 1}`);
});
