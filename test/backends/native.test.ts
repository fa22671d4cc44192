import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerShape } from '../../lib/core/parameters.js';
import { layoutOf } from '../../lib/core/parameters.js';
import type { ActivationName } from '../../lib/activations/index.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { createNativeBackend } from '../../lib/backends/native.js';
import type { Backend, TrackedLoss } from '../../lib/backends/backend.js';
import { losses, type LossName } from '../../lib/losses/index.js';
import { numbers, problem, run, type Problem } from './problem.js';

const native = createNativeBackend({ threads: 2 });
const javascript = createJavascriptBackend();

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-11): void {
  expect(actual.length).toBe(expected.length);
  let scale = 1;
  for (let e = 0; e < expected.length; e++) scale = Math.max(scale, Math.abs(expected[e]!));
  for (let e = 0; e < expected.length; e++) {
    if (!(Math.abs(actual[e]! - expected[e]!) <= tolerance * scale)) {
      expect.fail(`element ${e} of ${expected.length}: ${actual[e]} instead of ${expected[e]}`);
    }
  }
}

describe('products', () => {
  const shapes = fc.record({ n: fc.integer({ min: 1, max: 300 }), d: fc.integer({ min: 1, max: 70 }), r: fc.integer({ min: 1, max: 40 }) });

  it('equal those of plain loops for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer(), async ({ n, d, r }, seed) => {
        const X = numbers(n * d, seed);
        const W = numbers(d * r, seed + 1);
        const R = numbers(n * r, seed + 2);
        const mine = native.matrix(X, n, d);
        const plain = javascript.matrix(X, n, d);
        expectClose(await mine.multiply(W, r), await plain.multiply(W, r));
        expectClose(await mine.multiplyTransposed(R, r), await plain.multiplyTransposed(R, r));
        expect({ ...mine.counts }).toEqual({ multiply: 1, multiplyTransposed: 1, gram: 0 });
        mine.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it.each([[1, 1, 1], [1, 500, 3], [700, 1, 1], [2500, 33, 1], [5000, 7, 30], [3000, 20, 64], [600, 70, 300]])(
    'equal those of plain loops for %i x %i, width %i',
    async (n, d, r) => {
      const X = numbers(n * d, 1);
      const mine = native.matrix(X, n, d);
      const plain = javascript.matrix(X, n, d);
      expectClose(await mine.multiply(numbers(d * r, 2), r), await plain.multiply(numbers(d * r, 2), r));
      expectClose(await mine.multiplyTransposed(numbers(n * r, 3), r), await plain.multiplyTransposed(numbers(n * r, 3), r));
    },
  );

  it('refuse NaN and Infinity in X by row and column', () => {
    const X = numbers(300 * 70, 1);
    X[150 * 70 + 3] = -Infinity;
    X[290 * 70] = NaN;
    expect(() => native.matrix(X, 300, 70)).toThrow('X at row 150, column 3 (from 0) must be a finite number, but -Infinity was given.');
    expect(() => native.matrix(Float64Array.of(1, NaN), 1, 2)).toThrow(expect.objectContaining({ code: 'INVALID_DATA', received: 'NaN' }));
  });

  it('refuse arrays of another length, shared or detached memory', () => {
    const matrix = native.matrix(numbers(6, 1), 3, 2);
    expect(() => native.matrix(numbers(6, 1), 3, 3)).toThrow(expect.objectContaining({ code: 'DIMENSION_MISMATCH' }));
    expect(() => matrix.multiply(numbers(3, 1), 1)).toThrow('W must be of length 2 (2 x 1), but a Float64Array of 3 values was given.');
    expect(() => matrix.multiply(new Float64Array(new SharedArrayBuffer(16)), 1)).toThrow(/SharedArrayBuffer/);
    const detached = numbers(2, 1);
    structuredClone(detached, { transfer: [detached.buffer as ArrayBuffer] });
    expect(() => matrix.multiply(detached, 1)).toThrow(/detached/);
  });

  it('do not see what happens to the caller’s arrays afterwards', async () => {
    const [n, d, r] = [20000, 100, 40];
    const X = numbers(n * d, 1);
    const W = numbers(d * r, 2);
    const expected = await javascript.matrix(X, n, d).multiply(W, r);
    const matrix = native.matrix(X, n, d);
    X.fill(0);
    const product = matrix.multiply(W, r);
    W.fill(0);
    expectClose(await product, expected);
  });

  it('stop after dispose, and those under way end well', async () => {
    const [n, d, r] = [20000, 100, 40];
    const X = numbers(n * d, 1);
    const W = numbers(d * r, 2);
    const matrix = native.matrix(X, n, d);
    const product = matrix.multiply(W, r);
    expect(product).toBeInstanceOf(Promise);
    matrix.dispose();
    matrix.dispose();
    expectClose(await product, await javascript.matrix(X, n, d).multiply(W, r));
    expect(() => matrix.multiply(W, r)).toThrow(expect.objectContaining({ name: 'PlanesearchError', code: 'DISPOSED' }));
  });
});

describe('vector algebra', () => {
  it('equals plain loops for any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer(), (length, seed) => {
        const [x, y] = [numbers(length, seed), numbers(length, seed + 1)];
        const [y1, y2] = [y.slice(), y.slice()];
        expect(native.vectors.dot(x, y)).toBeCloseTo(javascript.vectors.dot(x, y), 10);
        native.vectors.axpy(-0.7, x, y1);
        javascript.vectors.axpy(-0.7, x, y2);
        expectClose(y1, y2, 1e-14);
        native.vectors.axpby(0.3, x, 1.1, y1);
        javascript.vectors.axpby(0.3, x, 1.1, y2);
        expectClose(y1, y2, 1e-14);
      }),
    );
  });

  it('refuses vectors of two lengths', () => {
    expect(() => native.vectors.dot(numbers(3, 1), numbers(4, 1))).toThrow(expect.objectContaining({ code: 'DIMENSION_MISMATCH' }));
  });
});

/** A network for every loss x activation, one and two hidden layers, and the linear one. */
const networks: { title: string; loss: LossName; layers: (d: number) => LayerShape[] }[] = [];
for (const loss of Object.keys(losses) as LossName[]) {
  const outputs = loss === 'logistic' ? 1 : 3;
  const layer = (name: string, inputs: number, width: number, activation: ActivationName): LayerShape => ({ name, inputs, outputs: width, activation });
  networks.push({ title: `linear, ${loss}`, loss, layers: (d) => [layer('output', d, outputs, 'identity')] });
  for (const activation of ['identity', 'tanh', 'relu', 'sigmoid'] as const) {
    networks.push({
      title: `${activation}, ${loss}`,
      loss,
      layers: (d) => [layer('hidden', d, 7, activation), layer('output', 7, outputs, 'identity')],
    });
  }
  networks.push({
    title: `tanh and sigmoid, ${loss}`,
    loss,
    layers: (d) => [layer('hidden', d, 5, 'tanh'), layer('hidden2', 5, 6, 'sigmoid'), layer('output', 6, outputs, 'tanh')],
  });
}

describe('tracked loss', () => {
  describe.each(networks)('$title', ({ loss, layers }) => {
    it.each([1, 7, 64, 203])('equals the javascript one with %i rows, through two steps', async (rows) => {
      const given = problem({ rows, columns: 9, loss, layers: layers(9), seed: rows, memory: 2 });
      const mine = await run(given, native);
      const plain = await run(given, javascript);
      expect(mine.map(({ what }) => what)).toEqual(plain.map(({ what }) => what));
      mine.forEach(({ numbers: actual }, i) => expectClose(actual, plain[i]!.numbers, 1e-10));
    });

    it('has slopes that are the slopes of its value', async () => {
      const given = problem({ rows: 150, columns: 9, loss, layers: layers(9), seed: 5, memory: 1 });
      const { tracked, k, t } = await spanned(given, native);
      const { slopes } = await tracked.evaluate(t);
      for (let v = 0; v < k; v++) {
        const h = 1e-4;
        const at = async (shift: number): Promise<number> => tracked.value(t.map((s, u) => (u === v ? s + shift : s)));
        // Fourth order: the error is h^4 times a fifth derivative, far below the tolerance; relu may have a kink in between.
        const difference = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
        expect(Math.abs(slopes[v]! - difference)).toBeLessThan(given.layers[0]!.activation === 'relu' ? 1e-3 : 1e-8);
      }
    });
  });

  it('has the same bits for any number of threads', async () => {
    const shapes = [
      { rows: 5000, columns: 30, width: 40, loss: 'softmax' as const },
      { rows: 9000, columns: 12, width: 1, loss: 'logistic' as const },
      { rows: 700, columns: 90, width: 300, loss: 'softmax' as const }, // wide enough for OpenBLAS
    ];
    for (const { rows, columns, width, loss } of shapes) {
      const outputs = loss === 'softmax' ? 4 : 1;
      const hidden: LayerShape[] = [
        { name: 'hidden', inputs: columns, outputs: width, activation: 'tanh' },
        { name: 'output', inputs: width, outputs, activation: 'identity' },
      ];
      const given = problem({ rows, columns, loss, layers: hidden, seed: 3, memory: 1 });
      const first = await run(given, createNativeBackend({ threads: 1 }));
      for (const threads of [2, 3, 5]) {
        const other = await run(given, createNativeBackend({ threads }));
        other.forEach(({ what, numbers: bits }, i) => expect(bits, `${what}, ${threads} threads`).toEqual(first[i]!.numbers));
      }
    }
  });

  it('spends one product per fresh direction, restart and gradient, and none on memory and evaluations', async () => {
    const given = problem({ rows: 100, columns: 9, loss: 'softmax', layers: networks.find(({ title }) => title === 'tanh, softmax')!.layers(9), seed: 1, memory: 2 });
    const matrix = native.matrix(given.X, given.rows, given.columns);
    await run(given, native, matrix);
    // restart 2, spans 1 + 1 fresh directions; gradients at the start and after either step
    expect({ ...matrix.counts }).toEqual({ multiply: 4, multiplyTransposed: 3, gram: 0 });
  });

  it('measures the drift of the tracked product and knows 0 the first time', async () => {
    const given = problem({ rows: 80, columns: 9, loss: 'squared', layers: [{ name: 'output', inputs: 9, outputs: 2, activation: 'identity' }], seed: 1, memory: 0 });
    const tracked = native.trackedLoss({ ...given, matrix: native.matrix(given.X, 80, 9) });
    expect(await tracked.restart(given.parameters)).toBe(0);
    expect(await tracked.restart(given.parameters)).toBe(0);
    expect(await tracked.restart(given.parameters.map((w) => 2 * w))).toBeCloseTo(0.5, 12);
  });

  it('lets NaN through instead of hiding it', async () => {
    for (const { loss, layers } of networks) {
      const given = problem({ rows: 20, columns: 9, loss, layers: layers(9), seed: 1, memory: 0 });
      const { tracked, k } = await spanned(given, native);
      const relu = given.layers[0]!.activation === 'relu'; // relu(NaN) is 0 in both backends; the deep parameters bring NaN
      expect(await tracked.value(new Float64Array(k).fill(NaN)), `${loss}, relu ${relu}`).toBeNaN();
    }
  });

  it('says what is missing when called out of order', async () => {
    const given = problem({ rows: 20, columns: 9, loss: 'squared', layers: networks.find(({ title }) => title === 'linear, squared')!.layers(9), seed: 1, memory: 1 });
    const matrix = native.matrix(given.X, 20, 9);
    const tracked = native.trackedLoss({ ...given, matrix });
    const size = layoutOf(given.layers).size;
    const invalid = expect.objectContaining({ name: 'PlanesearchError', code: 'INVALID_ARGUMENT' });
    expect(() => tracked.value(Float64Array.of(1))).toThrow('call restart() first');
    await tracked.restart(given.parameters);
    expect(() => tracked.value(Float64Array.of(1))).toThrow('call span() before value()');
    expect(() => tracked.advance(Float64Array.of(1), new Float64Array(size))).toThrow(invalid);
    expect(() => tracked.span([], [given.directions[0]!], Int32Array.of(0), 1)).toThrow('0 past steps are kept');
    expect(() => tracked.span([given.directions[0]!], [], Int32Array.of(1), 1)).toThrow(invalid);
    await tracked.span([given.directions[0]!], [], Int32Array.of(0), 1);
    expect(() => tracked.value(Float64Array.of(1, 2))).toThrow('The step vector must be of length 1');
    matrix.dispose();
    expect(() => tracked.restart(given.parameters)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    tracked.dispose();
    tracked.dispose();
    expect(() => tracked.restart(given.parameters)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });

  it('carries a loss of the user over native products', async () => {
    const given = problem({ rows: 50, columns: 9, loss: 'squared', layers: networks.find(({ title }) => title === 'linear, squared')!.layers(9), seed: 1, memory: 1 });
    const custom = { ...given, lossObject: { ...losses.squared, name: 'mine' } };
    const mine = await run(custom, native);
    const plain = await run(given, javascript);
    mine.forEach(({ numbers: actual }, i) => expectClose(actual, plain[i]!.numbers, 1e-12));
  });
});

async function spanned(given: Problem, backend: Backend): Promise<{ tracked: TrackedLoss; k: number; t: Float64Array }> {
  const tracked = backend.trackedLoss({ ...given, loss: given.lossObject, matrix: backend.matrix(given.X, given.rows, given.columns) });
  await tracked.restart(given.parameters);
  const layers = given.layers.length;
  const k = 2 * layers;
  const variables = Int32Array.from({ length: 2 * layers }, (_, i) => i);
  await tracked.span(given.directions.slice(0, 2), [], variables, k);
  return { tracked, k, t: numbers(k, 9).map((s) => 0.1 * s) };
}
