import { beforeAll, describe, expect, it } from 'vitest';
import {
  createRandom,
  kernelChange,
  Model,
  relativeMovement,
  tangentKernel,
  train,
  type NetworkName,
  type NetworkOptions,
} from '../../lib/index.js';

const [rows, columns] = [40, 6];
const random = createRandom(11);
const values = Float64Array.from({ length: rows * columns }, (_, e) => 3 + (1 + (e % columns)) * random.normal());
const x = { rows, columns, values };
const y = Float64Array.from({ length: rows }, (_, i) => {
  const [a, b] = [values[i * columns]! - 3, values[i * columns + 1]! / 2 - 1.5];
  return Math.sin(a) + a * b;
});
const common = { backend: 'javascript', l2: 0, tolerance: 0 } as const;

async function startOf(network: NetworkName, options: NetworkOptions = {}, targets: Float64Array | number[][] = y) {
  const given = { ...common, network, ...options, maxIterations: 0 };
  return (await train({ x, y: targets as Float64Array }, given)).model;
}

describe('the tangent kernel', () => {
  const twoTargets = Array.from(y, (value, i) => [value, i / rows]);
  const cases: [NetworkName, NetworkOptions][] = [
    ['linear', {}],
    ['mlp', { hidden: [4, 3] }],
    ['gated', { hidden: [3] }],
    ['linearly-gated', { hidden: [3, 2] }],
    ['skip', { hidden: [4] }],
  ];

  it.each(cases)("of %s is J J', by differences of the outputs", async (network, options) => {
    const standard = Float64Array.from(values, (value, e) => {
      const own = Array.from({ length: rows }, (_, i) => values[i * columns + (e % columns)]!);
      const mean = own.reduce((sum, one) => sum + one, 0) / rows;
      return (value - mean) / Math.sqrt(own.reduce((sum, one) => sum + (one - mean) ** 2, 0) / rows);
    });
    const data = { rows, columns, values: standard };
    const { model } = await train({ x: data, y: twoTargets }, { ...common, network, ...options, maxIterations: 3 });
    const { values: K, size, rows: taken } = await tangentKernel(model, data, { rows: 5, backend: 'javascript' });
    expect([...taken]).toEqual([0, 8, 16, 24, 32]);
    const { parameters } = model.spec;
    const outputsAt = async (k: number, h: number): Promise<number[]> => {
      const moved = parameters.slice();
      moved[k] = moved[k]! + h;
      const outputs = await new Model({ ...model.spec, parameters: moved }, model.loss).outputs(data);
      return Array.from(taken).flatMap((row) => [outputs[2 * row]!, outputs[2 * row + 1]!]);
    };
    const expected = new Float64Array(size * size);
    for (let k = 0; k < parameters.length; k++) {
      const [up, down] = [await outputsAt(k, 1e-5), await outputsAt(k, -1e-5)];
      const slopes = up.map((value, e) => (value - down[e]!) / 2e-5);
      slopes.forEach((a, i) => slopes.forEach((b, j) => (expected[i * size + j] = expected[i * size + j]! + a * b)));
    }
    expect(size).toBe(10);
    K.forEach((value, e) => expect(value).toBeCloseTo(expected[e]!, 6));
  });

  it('and movement do not depend on the units of a column', async () => {
    const units = { ...x, values: values.map((value, e) => (e % columns === 2 ? 1000 * value + 7 : value)) };
    const before = await startOf('mlp', { hidden: [5] });
    const layer = before.spec.parameters.slice();
    for (let a = 0; a < 5; a++) {
      layer[2 * 5 + a] = layer[2 * 5 + a]! / 1000;
      layer[columns * 5 + a] = layer[columns * 5 + a]! - 7 * layer[2 * 5 + a]!;
    }
    const same = new Model({ ...before.spec, parameters: layer }, before.loss);
    const [one, other] = [await tangentKernel(before, x), await tangentKernel(same, units)];
    one.values.forEach((value, e) => expect(other.values[e]).toBeCloseTo(value, 9));
  });

  it('of a linear network never changes, and a start at 0 moves without bound', async () => {
    const before = await startOf('linear');
    const { model } = await train({ x, y }, common);
    expect(await kernelChange(before, model, x)).toBe(0);
    expect((await relativeMovement(before, model, x)).all).toBe(Infinity);
    expect(await relativeMovement(model, model, x)).toEqual({ all: 0, layers: [{ name: 'output', movement: 0 }] });
  });
});

describe('lazy training: kappa = width^theta', () => {
  const widths = [16, 96];
  const thetas = [0, 0.5, 1];
  const plain = { direction: 'gradient', steps: 'line', maxIterations: 150 } as const;
  const found: { movement: number; first: number; kernel: number; loss: number }[][] = [];

  beforeAll(async () => {
    for (const width of widths) {
      const line = [];
      for (const theta of thetas) {
        const options = { network: 'mlp', hidden: [width], initialScale: width ** theta } as const;
        const before = await startOf('mlp', options);
        // Outputs that begin at 0, so that a large start has nothing to unlearn.
        const offsets = (await before.outputs(x)).map((output) => -output);
        const { model, scores } = await train({ x, y, offsets }, { ...common, ...options, ...plain });
        const { all, layers } = await relativeMovement(before, model, x);
        line.push({
          movement: all,
          first: layers[0]!.movement,
          kernel: await kernelChange(before, model, x),
          loss: scores.loss,
        });
      }
      found.push(line);
    }
  }, 60_000);

  it.each(['movement', 'first', 'kernel'] as const)('%s falls as kappa grows', (name) => {
    for (const line of found) for (let k = 1; k < line.length; k++) expect(line[k]![name]).toBeLessThan(line[k - 1]![name]);
  });

  it.each(['movement', 'first', 'kernel'] as const)('%s falls as the width grows, faster for a larger theta', (name) => {
    const shrinkage = thetas.map((_, k) => found.at(-1)![k]![name] / found[0]![k]![name]);
    expect(shrinkage[0]).toBeLessThan(1);
    for (let k = 1; k < thetas.length; k++) expect(shrinkage[k]).toBeLessThan(shrinkage[k - 1]!);
  });

  it('and the fit is no worse for it', () => {
    for (const line of found) for (const { loss } of line) expect(loss).toBeLessThan(0.1);
  });
});

describe('bad input', () => {
  it('is refused in one sentence', async () => {
    const [small, large] = [await startOf('mlp', { hidden: [3] }), await startOf('mlp', { hidden: [4] })];
    await expect(kernelChange(small, large, x)).rejects.toThrow('The two models must be of one architecture');
    await expect(relativeMovement(small, large, x)).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
    const narrow = { rows: 2, columns: 1, values: Float64Array.of(1, 2) };
    await expect(tangentKernel(small, narrow)).rejects.toThrow('The data must be 6 columns wide, as the model');
    await expect(tangentKernel(small, x, { rows: 41 })).rejects.toThrow('rows must be an integer from 1 to 40');
    await expect(kernelChange(small, small, x, { row: 3 } as object)).rejects.toThrow("'row'");
  });
});
