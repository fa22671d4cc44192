import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend, DataMatrix, TrackedLossSpec } from '../../lib/backends/backend.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { losses } from '../../lib/losses/index.js';
import { linear, mlp } from '../../lib/networks/index.js';
import { expectClose, expectSameFindings, everyPair } from '../parity/side-by-side.js';
import { javascript } from '../support/problems.js';
import { matrixOf, numbers, problem, run, spanned, trackedOver } from './problem.js';

const native = nativeAbsence === null ? nativeBackend(2) : javascript;

/** X as it is: no frame. */
const plain = async (backend: Backend, values: Float64Array, rows: number, columns: number): Promise<DataMatrix> =>
  backend.matrix({ kind: 'dense', values, rows, columns }, { frame: 'none' });

describe.skipIf(nativeAbsence !== null)('native', () => {
  describe('products', () => {
    const shapes = fc.record({
      n: fc.integer({ min: 1, max: 300 }),
      d: fc.integer({ min: 1, max: 70 }),
      r: fc.integer({ min: 1, max: 40 }),
    });

    it('equal those of plain loops for any shape', async () => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.integer(), async ({ n, d, r }, seed) => {
          const X = numbers(n * d, seed);
          const W = numbers(d * r, seed + 1);
          const R = numbers(n * r, seed + 2);
          const mine = await plain(native, X, n, d);
          const loops = await plain(javascript, X, n, d);
          expectClose(await mine.multiply(W, r), await loops.multiply(W, r));
          expectClose(await mine.multiplyTransposed(R, r), await loops.multiplyTransposed(R, r));
          expect({ ...mine.counts }).toEqual({ multiply: 1, multiplyTransposed: 1, gram: 0 });
          mine.dispose();
        }),
        { numRuns: 60 },
      );
    });

    it.each([
      [1, 1, 1],
      [1, 500, 3],
      [700, 1, 1],
      [2500, 33, 1],
      [5000, 7, 30],
      [3000, 20, 64],
      [600, 70, 300],
    ])('equal those of plain loops for %i x %i, width %i', async (n, d, r) => {
      const X = numbers(n * d, 1);
      const mine = await plain(native, X, n, d);
      const loops = await plain(javascript, X, n, d);
      expectClose(await mine.multiply(numbers(d * r, 2), r), await loops.multiply(numbers(d * r, 2), r));
      expectClose(await mine.multiplyTransposed(numbers(n * r, 3), r), await loops.multiplyTransposed(numbers(n * r, 3), r));
    });

    it('refuse NaN and Infinity in X by row and column', async () => {
      const X = numbers(300 * 70, 1);
      X[150 * 70 + 3] = -Infinity;
      X[290 * 70] = NaN;
      await expect(plain(native, X, 300, 70)).rejects.toThrow(
        'X at row 150, column 3 (from 0) must be a finite number, but -Infinity was given.',
      );
      await expect(plain(native, Float64Array.of(1, NaN), 1, 2)).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_DATA', received: 'NaN' }),
      );
    });

    it('refuse arrays of another length, shared or detached memory', async () => {
      const matrix = await plain(native, numbers(6, 1), 3, 2);
      await expect(plain(native, numbers(6, 1), 3, 3)).rejects.toThrow(
        expect.objectContaining({ code: 'DIMENSION_MISMATCH' }),
      );
      expect(() => matrix.multiply(numbers(3, 1), 1)).toThrow(
        'W must be of length 2 (2 x 1), but a Float64Array of 3 values was given.',
      );
      expect(() => matrix.multiply(new Float64Array(new SharedArrayBuffer(16)), 1)).toThrow(/SharedArrayBuffer/);
      const detached = numbers(2, 1);
      structuredClone(detached, { transfer: [detached.buffer as ArrayBuffer] });
      expect(() => matrix.multiply(detached, 1)).toThrow(/detached/);
    });

    it('do not see what happens to the caller’s arrays afterwards', async () => {
      const [n, d, r] = [20000, 100, 40];
      const X = numbers(n * d, 1);
      const W = numbers(d * r, 2);
      const expected = await (await plain(javascript, X, n, d)).multiply(W, r);
      const matrix = await plain(native, X, n, d);
      X.fill(0);
      const product = matrix.multiply(W, r);
      W.fill(0);
      expectClose(await product, expected);
    });

    it('stop after dispose, and those under way end well', async () => {
      const [n, d, r] = [20000, 100, 40];
      const X = numbers(n * d, 1);
      const W = numbers(d * r, 2);
      const matrix = await plain(native, X, n, d);
      const product = matrix.multiply(W, r);
      expect(product).toBeInstanceOf(Promise);
      matrix.dispose();
      matrix.dispose();
      expectClose(await product, await (await plain(javascript, X, n, d)).multiply(W, r));
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

    it('many at once equal one by one, combinations to the bit', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 100 }),
          fc.integer({ min: 0, max: 6 }),
          fc.integer(),
          (length, count, seed) => {
            const vectors = Array.from({ length: count }, (_, k) => numbers(length, seed + k));
            const [base, scales] = [numbers(length, seed - 1), numbers(count, seed - 2)];
            for (const backend of [native, javascript]) {
              const products = backend.vectors.dots(vectors, [...vectors, base]);
              expect(products.length).toBe(count * (count + 1));
              vectors.forEach((v, k) =>
                expect(products[(k + 1) * (count + 1) - 1]).toBeCloseTo(backend.vectors.dot(v, base), 10),
              );
              const [out, expected] = [new Float64Array(length), base.slice()];
              backend.vectors.combine(base, scales, vectors, out);
              vectors.forEach((v, k) => backend.vectors.axpy(scales[k]!, v, expected));
              expect(out).toEqual(expected);
            }
          },
        ),
      );
    });

    it('by rows equals plain loops for any shape', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30 }), fc.integer(), (rows, width, seed) => {
          const weights = numbers(rows, seed);
          const [A, B] = [numbers(rows * width, seed + 1), numbers(rows * width, seed + 2)];
          const products = native.vectors.dots([A, B], [B, A], weights);
          expectClose(products, javascript.vectors.dots([A, B], [B, A], weights), 1e-10);
          expect(products[0]).toBeCloseTo(products[3]!, 10);
          const scaled = new Float64Array(A.length);
          native.vectors.scaleRows(weights, A, scaled);
          const expected = new Float64Array(A.length);
          javascript.vectors.scaleRows(weights, A, expected);
          expect(scaled).toEqual(expected);
          const [B1, B2] = [B.slice(), B.slice()];
          native.vectors.axpyByRow(weights, A, B1);
          javascript.vectors.axpyByRow(weights, A, B2);
          expectClose(B1, B2, 1e-14);
        }),
      );
    });

    it('few numbers are added up without the addon, with its checks', () => {
      for (const length of [1, 63, 64, 65, 66]) {
        const [A, B] = [numbers(length, 1), numbers(length, 2)];
        const expected = A.reduce((sum, a, e) => sum + a * B[e]!, 0);
        expect(native.vectors.dot(A, B)).toBeCloseTo(expected, 12);
        const [squares, product] = native.vectors.dots([A], [A, B]);
        expect(squares).toBeCloseTo(native.vectors.dot(A, A), 12);
        expect(product).toBeCloseTo(native.vectors.dot(A, B), 12);
        expect(() => native.vectors.dots([A], [numbers(length + 1, 3)])).toThrow();
        if (length > 1) expect(() => native.vectors.dots([A], [B], numbers(length - 1, 4))).toThrow();
      }
    });

    it('refuses vectors of two lengths', () => {
      expect(() => native.vectors.dot(numbers(3, 1), numbers(4, 1))).toThrow(
        expect.objectContaining({ code: 'DIMENSION_MISMATCH' }),
      );
    });
  });

  describe('tracked loss', () => {
    describe.each(everyPair)('$label', ({ network, loss, outputs }) => {
      it('has slopes that are the slopes of its value', async () => {
        const given = problem({ rows: 150, columns: 9, network, loss, outputs, seed: 5, memory: 1 });
        const { tracked, k, t } = await spanned(given, native);
        const { value, slopes } = await tracked.evaluate(t);
        const kinked = given.program.nodes.some(({ activation }) => activation === 'relu');
        // A curvature that jumps leaves an error of second order where a row crosses.
        const bent = ['huber', 'squared-hinge'].includes(loss.name);
        for (let v = 0; v < k; v++) {
          const h = 1e-4;
          const at = async (shift: number): Promise<number> => tracked.value(t.map((s, u) => (u === v ? s + shift : s)));
          // Fourth order: the error is h^4 times a fifth derivative, far below the tolerance; relu may have a kink in between.
          const difference = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
          expect(Math.abs(slopes[v]! - difference)).toBeLessThan((kinked ? 1e-3 : bent ? 1e-6 : 1e-8) * Math.max(1, value));
        }
      });

      it('lets NaN through instead of hiding it', async () => {
        const { tracked, k } = await spanned(
          problem({ rows: 20, columns: 9, network, loss, outputs, seed: 1, memory: 0 }),
          native,
        );
        // relu(NaN) is 0 in both backends; the deep parameters bring NaN
        expect(await tracked.value(new Float64Array(k).fill(NaN))).toBeNaN();
      });
    });

    it('spends one product per fresh direction, restart and gradient, none on memory and evaluations, and one gram', async () => {
      const given = problem({
        rows: 100,
        columns: 9,
        network: mlp({ hidden: [7] }),
        loss: losses.softmax(),
        outputs: 3,
        seed: 1,
      });
      const matrix = await matrixOf(given, native);
      await run(given, native, matrix);
      // restart 2, spans 1 + 1 fresh directions; gradients at the start, after either step and with other layers behind
      expect({ ...matrix.counts }).toEqual({ multiply: 4, multiplyTransposed: 4, gram: 1 });
    });

    it('measures the drift of the tracked product and knows 0 the first time', async () => {
      const given = problem({
        rows: 80,
        columns: 9,
        network: linear(),
        loss: losses.squared(),
        outputs: 2,
        seed: 1,
        memory: 0,
      });
      const tracked = trackedOver(given, await matrixOf(given, native), native);
      expect(await tracked.restart(given.parameters)).toBe(0);
      expect(await tracked.restart(given.parameters)).toBe(0);
      expect(await tracked.restart(given.parameters.map((w) => 2 * w))).toBeCloseTo(0.5, 12);
    });

    it('says what is missing when called out of order', async () => {
      const given = problem({
        rows: 20,
        columns: 9,
        network: linear(),
        loss: losses.squared(),
        outputs: 1,
        seed: 1,
        memory: 1,
      });
      const matrix = await matrixOf(given, native);
      const tracked = trackedOver(given, matrix, native);
      const { size } = given.program.layout;
      const invalid = expect.objectContaining({ name: 'PlanesearchError', code: 'INVALID_ARGUMENT' });
      expect(() => tracked.value(Float64Array.of(1))).toThrow('call restart() first');
      await tracked.restart(given.parameters);
      expect(() => tracked.value(Float64Array.of(1))).toThrow('call span() before value()');
      expect(() => tracked.advance(Float64Array.of(1), new Float64Array(size))).toThrow(invalid);
      expect(() => tracked.span([], [given.directions[0]!], Int32Array.of(0), 1)).toThrow('0 past steps are kept');
      expect(() => tracked.span([given.directions[0]!], [], Int32Array.of(1), 1)).toThrow(invalid);
      expect(() => tracked.span([given.directions[0]!], [], Int32Array.of(0), 2)).toThrow(invalid);
      await tracked.span([given.directions[0]!], [], Int32Array.of(0), 1);
      expect(() => tracked.value(Float64Array.of(1, 2))).toThrow('The step vector must be of length 1');
      matrix.dispose();
      expect(() => tracked.restart(given.parameters)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
      tracked.dispose();
      tracked.dispose();
      expect(() => tracked.restart(given.parameters)).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    });

    it('refuses targets, offsets and weights of other shapes', async () => {
      const given = problem({ rows: 20, columns: 3, network: linear(), loss: losses.softmax(), outputs: 3, seed: 1 });
      const matrix = await matrixOf(given, native);
      const { architecture, loss, targets } = given;
      const spec: TrackedLossSpec = { matrix, architecture, loss, targets, memory: 1 };
      expect(() => native.trackedLoss({ ...spec, targets: new Float64Array(60) })).toThrow(
        'The targets must be of length 20 (20 rows x 1)',
      );
      expect(() => native.trackedLoss({ ...spec, offsets: new Float64Array(20) })).toThrow(
        'The offsets must be of length 60 (20 rows x 3 outputs)',
      );
      expect(() => native.trackedLoss({ ...spec, sampleWeights: new Float64Array(60) })).toThrow(
        'The sample weights must be of length 20',
      );
    });

    it('carries a loss of the user over native products', async () => {
      const given = problem({
        rows: 50,
        columns: 9,
        network: mlp({ hidden: [4] }),
        loss: losses.squared(),
        outputs: 3,
        seed: 1,
      });
      const { native: _, ...builtIn } = given.loss;
      const matrix = await matrixOf(given, native);
      const mine = await run({ ...given, loss: { ...builtIn, name: 'mine' } }, native, matrix);
      expectSameFindings(mine, await run(given, javascript), 1e-12);
      expect({ ...matrix.counts }).toEqual({ multiply: 4, multiplyTransposed: 4, gram: 1 });
    });

    it('carries a matrix of the other backend', async () => {
      const given = problem({
        rows: 50,
        columns: 9,
        network: mlp({ hidden: [4] }),
        loss: losses.softmax(),
        outputs: 3,
        seed: 1,
      });
      const matrix = await matrixOf(given, javascript);
      // The parameters behind the first layer move by the vector algebra of either backend.
      expectSameFindings(await run(given, native, matrix), await run(given, javascript), 1e-12);
    });
  });
});
