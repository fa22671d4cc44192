/** A tracked loss that looks at the first rows of X is one over a matrix of these rows alone, before it grows and after it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend, DataMatrix, TrackedLoss } from '../../lib/backends/backend.js';
import { losses } from '../../lib/losses/index.js';
import { everyVariable, matrixOf, movedBy, numbers, problem, trackedOver, type Problem } from '../backends/problem.js';
import { lossCases } from '../losses/draw.js';
import { everyNetwork } from '../networks/cases.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { everyBackend } from '../support/compiled.js';
import { sparseOf } from '../support/sparse.js';
import { expectClose, precisions } from './side-by-side.js';

/** The rows [from, to) as a problem of its own. */
function rowsOf(given: Problem, from: number, to: number): Problem {
  const part = <T extends Float64Array | Float32Array | undefined>(values: T): T =>
    values?.slice((from * values.length) / given.rows, (to * values.length) / given.rows) as T;
  const [values, targets, offsets, sampleWeights] = [given.values, given.targets, given.offsets, given.sampleWeights];
  return {
    ...given,
    rows: to - from,
    values: part(values),
    targets: part(targets),
    offsets: part(offsets),
    sampleWeights: part(sampleWeights),
  };
}

/** In the frame of the whole matrix, which is what a sample sees. */
async function partOf(given: Problem, backend: Backend, whole: DataMatrix, sparse: boolean): Promise<DataMatrix> {
  const { values, rows, columns } = given;
  const source = sparse ? sparseOf(values, rows, columns) : ({ kind: 'dense', values, rows, columns } as const);
  return backend.matrix(source, { frame: whole.frame });
}

interface Course {
  readonly tracked: TrackedLoss;
  readonly given: Problem;
}

/** A step from `point` and what it returns, with the past step when there is one. */
async function take({ tracked, given }: Course, j: number, past: readonly Float64Array[]): Promise<Float64Array[]> {
  const { variables, k } = everyVariable(given, 1 + past.length);
  const t = numbers(k, 5 + j).map((s) => 0.2 * s);
  await tracked.span([given.directions[j]!], past, variables, k);
  const { value, slopes, curvature } = await tracked.evaluate(t);
  const gradient = new Float64Array(given.parameters.length);
  const accepted = await tracked.advance(t, gradient);
  return [Float64Array.of(value, accepted.value, accepted.slopeMass, accepted.largestSlope), slopes, curvature, gradient];
}

async function factorsOf({ tracked, given }: Course): Promise<Float64Array[]> {
  if (!given.loss.curvatureRoot) return [];
  const { outputs, inputs } = await tracked.factors({ maxRows: 40, seed: 3 }, true);
  return [...outputs, ...inputs.map((factor) => factor!)];
}

function expectAlike(mine: readonly Float64Array[], theirs: readonly Float64Array[], tolerance: number, what: string): void {
  mine.forEach((numbers, e) => expectClose(numbers, theirs[e]!, tolerance, `${what} ${e}`));
}

/** A sample of `first` rows takes a step, tells what is ahead, grows to `second` rows and takes two more. */
async function growAndCompare(
  given: Problem,
  backend: Backend,
  { first, second, sparse = false }: { first: number; second: number; sparse?: boolean },
): Promise<void> {
  const tolerance = given.values instanceof Float32Array ? 1e-4 : 1e-10;
  const { values, rows, columns } = given;
  const source = sparse ? sparseOf(values, rows, columns) : ({ kind: 'dense', values, rows, columns } as const);
  const matrix = await backend.matrix(source);
  const { architecture, loss, targets, offsets, sampleWeights, memory } = given;
  const spec = { matrix, architecture, loss, targets, offsets, sampleWeights, memory, sample: first };
  const sample = { tracked: backend.trackedLoss(spec), given };
  const small = rowsOf(given, 0, first);
  const alone = { tracked: trackedOver(small, await partOf(small, backend, matrix, sparse), backend), given: small };
  for (const { tracked } of [sample, alone]) await tracked.restart(given.parameters);
  expectAlike(await take(sample, 0, []), await take(alone, 0, []), tolerance, 'small');
  expectAlike(await factorsOf(sample), await factorsOf(alone), tolerance, 'factor');

  const { variables, k } = everyVariable(given, 1);
  const t = numbers(k, 5).map((s) => 0.2 * s);
  const point = movedBy(given, given.parameters, [given.directions[0]!], variables, t, backend.vectors);
  const step = point.map((value, e) => value - given.parameters[e]!);
  const ahead = rowsOf(given, first, second);
  const behind = trackedOver(ahead, await partOf(ahead, backend, matrix, sparse), backend);
  await behind.restart(point);
  const { value } = await behind.advance(null, new Float64Array(point.length));
  const counts = { ...matrix.counts };
  expectClose([await sample.tracked.preview(point, second - first)], [value], tolerance, 'preview');
  await sample.tracked.grow(point, [step], second);
  // The rows ahead once for a look, and once for the point and for its past step; native takes a block that was begun as a whole.
  const grown = (3 * (second - first)) / rows;
  expect(matrix.counts.multiply - counts.multiply).toBeGreaterThanOrEqual(grown - 1e-12);
  expect(matrix.counts.multiply - counts.multiply).toBeLessThanOrEqual(grown + (3 * Math.min(first, 2048)) / rows + 1e-12);
  expect(matrix.counts.multiplyTransposed).toBe(counts.multiplyTransposed);

  const large = rowsOf(given, 0, second);
  const whole = { tracked: trackedOver(large, await partOf(large, backend, matrix, sparse), backend), given: large };
  await whole.tracked.restart(given.parameters);
  await take(whole, 0, []);
  expectAlike(await sample.tracked.products(), await whole.tracked.products(), tolerance, 'product');
  expectAlike(await take(sample, 1, [step]), await take(whole, 1, [step]), tolerance, 'large');
  expectAlike(await factorsOf(sample), await factorsOf(whole), tolerance, 'large factor');

  // What went out comes in again, into a loss that began elsewhere.
  const resumed = { tracked: backend.trackedLoss({ ...spec, sample: 1 }), given };
  const products = await sample.tracked.products();
  const here = movedBy(given, point, [given.directions[1]!], variables, t, backend.vectors);
  await sample.tracked.resume(here, products, second);
  await resumed.tracked.resume(here, products, second);
  expect(await take(resumed, 2, [])).toEqual(await take(sample, 2, []));
}

/** Problems of 5001 rows, with weights and offsets and without, dense and sparse. */
async function overBlocks(
  precision: (typeof precisions)[number],
  compare: (given: Problem, sparse: boolean) => Promise<void>,
): Promise<void> {
  const { network } = everyNetwork.find(({ label }) => label.startsWith('mlp'))!;
  for (const extras of [true, false]) {
    for (const sparse of [false, true]) {
      const loss = losses.softmax();
      const given = problem({ rows: 5001, columns: 4, network, loss, outputs: 3, seed: 4, precision, extras });
      if (sparse) given.values.forEach((_, e) => e % 3 !== 0 && (given.values[e] = 0));
      await compare(given, sparse);
    }
  }
}

describe.each(everyBackend)('a sample on the $name backend', (backend) => {
  it.each(everyNetwork)('is the rows alone, and grows: $label', async ({ network }) => {
    for (const { loss, outputs } of lossCases) {
      const given = problem({ rows: 90, columns: 5, network, loss, outputs, seed: 4 });
      await growAndCompare(given, backend, { first: 33, second: 71 });
    }
  });

  it.each(precisions)('over several blocks, weights and offsets or none, dense and sparse, %s', async (precision) => {
    await overBlocks(precision, async (given, sparse) => {
      await growAndCompare(given, backend, { first: 1000, second: 2500, sparse });
      await growAndCompare(given, backend, { first: 2048, second: 5001, sparse });
    });
  });

  it('is refused where it is no part of the rows', async () => {
    const { network } = everyNetwork[0]!;
    const given = problem({ rows: 9, columns: 2, network, loss: losses.squared(), outputs: 1, seed: 1 });
    const matrix = await matrixOf(given, backend);
    const make = (sample: number) => async () => backend.trackedLoss({ ...given, matrix, sample });
    await expect(make(0)()).rejects.toMatchObject({ name: 'PlanesearchError' });
    await expect(make(10)()).rejects.toMatchObject({ name: 'PlanesearchError' });
    const tracked = await make(4)();
    await tracked.restart(given.parameters);
    const { parameters } = given;
    for (const call of [
      (): unknown => tracked.grow(parameters, [], 4),
      () => tracked.grow(parameters, [], 10),
      () => tracked.grow(parameters.slice(1), [], 5),
      () => tracked.preview(parameters, 6),
      () => tracked.preview(parameters, 0),
      () => tracked.resume(parameters, [new Float64Array(9)], 4),
    ]) {
      await expect(Promise.resolve().then(call)).rejects.toMatchObject({ name: 'PlanesearchError' });
    }
    const range = { from: 3, count: 7 };
    await expect(Promise.resolve().then(() => matrix.multiply(new Float64Array(2), 1, range))).rejects.toThrow(/rows/);
  });
});

/** A loss over the rows [from, from + count) takes two steps, the second with the first as a column, and grows from a part of them. */
async function rangeAndCompare(
  given: Problem,
  backend: Backend,
  { from, count, sparse = false }: { from: number; count: number; sparse?: boolean },
): Promise<void> {
  const tolerance = given.values instanceof Float32Array ? 1e-4 : 1e-10;
  const { values, rows, columns, architecture, loss, memory } = given;
  const source = sparse ? sparseOf(values, rows, columns) : ({ kind: 'dense', values, rows, columns } as const);
  const matrix = await backend.matrix(source);
  const part = rowsOf(given, from, from + count);
  const { targets, offsets, sampleWeights } = part;
  const spec = { matrix, architecture, loss, targets, offsets, sampleWeights, memory, range: { from, count } };
  const ranged = { tracked: backend.trackedLoss(spec), given: part };
  const alone = { tracked: trackedOver(part, await partOf(part, backend, matrix, sparse), backend), given: part };
  const before = { ...matrix.counts };
  for (const { tracked } of [ranged, alone]) await tracked.restart(given.parameters);
  expectAlike(await take(ranged, 0, []), await take(alone, 0, []), tolerance, 'first step');
  expect(matrix.counts.multiply - before.multiply).toBeCloseTo((2 * count) / rows, 10);
  expect(matrix.counts.multiplyTransposed - before.multiplyTransposed).toBeCloseTo(count / rows, 10);
  const step = given.directions[0]!;
  expectAlike(await take(ranged, 1, [step]), await take(alone, 1, [step]), tolerance, 'second step');
  expectAlike([await ranged.tracked.outputs()], [await alone.tracked.outputs()], tolerance, 'outputs');
  expectAlike(await ranged.tracked.products(), await alone.tracked.products(), tolerance, 'product');
  if (count < 2) return;
  const first = Math.ceil(count / 2);
  const growing = { tracked: backend.trackedLoss({ ...spec, sample: first }), given: part };
  await growing.tracked.restart(given.parameters);
  const other = rowsOf(given, from + first, from + count);
  const behind = trackedOver(other, await partOf(other, backend, matrix, sparse), backend);
  await behind.restart(given.parameters);
  const { value } = await behind.advance(null, new Float64Array(given.parameters.length));
  expectClose([await growing.tracked.preview(given.parameters, count - first)], [value], tolerance, 'preview');
  await growing.tracked.grow(given.parameters, [], count);
  await alone.tracked.restart(given.parameters);
  expectAlike(await take(growing, 0, []), await take(alone, 0, []), tolerance, 'grown');
}

describe.each(everyBackend)('a loss over a range of rows on the $name backend', (backend) => {
  it.each(everyNetwork)('is that of the rows alone: $label', async ({ network }) => {
    for (const { loss, outputs } of lossCases) {
      const given = problem({ rows: 90, columns: 5, network, loss, outputs, seed: 6 });
      await rangeAndCompare(given, backend, { from: 17, count: 40 });
    }
  });

  it.each(precisions)('over several blocks, dense and sparse, weights and offsets or none, %s', async (precision) => {
    await overBlocks(precision, async (given, sparse) => {
      await rangeAndCompare(given, backend, { from: 1001, count: 3999, sparse });
      await rangeAndCompare(given, backend, { from: 5000, count: 1, sparse });
    });
  });

  it('has no value where the rows weigh nothing, and refuses what is no range or needs all rows', async () => {
    const { network } = everyNetwork[0]!;
    const given = problem({ rows: 9, columns: 2, network, loss: losses.squared(), outputs: 1, seed: 1 });
    const matrix = await matrixOf(given, backend);
    const range = { from: 3, count: 4 };
    const { targets, offsets } = rowsOf(given, 3, 7);
    const spec = { ...given, matrix, targets, offsets, sampleWeights: new Float64Array(4), range };
    const tracked = backend.trackedLoss(spec);
    await tracked.restart(given.parameters);
    const gradient = new Float64Array(given.parameters.length);
    expect(await tracked.advance(null, gradient)).toEqual({ value: 0, slopeMass: 0, largestSlope: 0 });
    expect(gradient.every((g) => g === 0)).toBe(true);
    for (const wrong of [
      { from: 6, count: 4 },
      { from: -1, count: 4 },
      { from: 0, count: 0 },
      { from: 0, count: 5 },
    ])
      await expect((async () => backend.trackedLoss({ ...spec, range: wrong }))()).rejects.toMatchObject({
        name: 'PlanesearchError',
      });
    await expect((async () => tracked.factors({ maxRows: 4, seed: 1 }, true))()).rejects.toThrow(/all rows of X/);
  });
});

describe.each(everyBackend)('a range of rows on the $name backend', (backend) => {
  it('has the products of these rows, in any order of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 1, max: 300 }),
          columns: fc.integer({ min: 1, max: 40 }),
          width: fc.integer({ min: 1, max: 30 }),
          from: fc.double({ min: 0, max: 0.999, noNaN: true }),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          sparse: fc.boolean(),
          single: fc.boolean(),
          shuffled: fc.boolean(),
          seed: fc.integer({ min: 0, max: 1e6 }),
        }),
        async ({ rows, columns, width, sparse, single, shuffled, seed, ...range }) => {
          const from = Math.floor(range.from * rows);
          const count = Math.max(1, Math.round(range.share * (rows - from)));
          const drawn = numbers(rows * columns, seed).map((x, e) => ((e + seed) % 3 === 0 ? x : sparse ? 0 : 2 * x));
          const values = single ? Float32Array.from(drawn) : drawn;
          const source = sparse ? sparseOf(values, rows, columns) : ({ kind: 'dense', values, rows, columns } as const);
          const ranks = numbers(rows, seed + 1);
          const order = Uint32Array.from(
            Array.from(ranks.keys()).sort((a, b) => (shuffled ? ranks[a]! - ranks[b]! : a - b)),
          );
          const matrix = await backend.matrix(source, { order });
          const plain = await backend.matrix(source);
          const tolerance = single ? 1e-5 : 1e-11;
          const W = numbers(columns * width, seed + 2);
          const all = await plain.multiply(W, width);
          const wanted = Float64Array.from(
            Array.from({ length: count * width }, (_, e) => {
              return all[order[from + Math.floor(e / width)]! * width + (e % width)]!;
            }),
          );
          expectClose(await matrix.multiply(W, width, { from, count }), wanted, tolerance, 'X W');
          const R = numbers(count * width, seed + 3);
          const spread = new Float64Array(rows * width);
          for (let e = 0; e < R.length; e++) spread[order[from + Math.floor(e / width)]! * width + (e % width)] = R[e]!;
          const back = await matrix.multiplyTransposed(R, width, { from, count });
          expectClose(back, await plain.multiplyTransposed(spread, width), tolerance, "X'R");
          expect(matrix.counts.multiply).toBeCloseTo(count / rows, 12);
          const scale = numbers(count, seed + 4).map((s) => s + 1);
          const scales = new Float64Array(rows);
          for (let i = 0; i < count; i++) scales[order[i]!] = scale[i]!;
          expectClose(await matrix.gram(scale, 1, count), await plain.gram(scales, 1), tolerance, 'gram');
        },
      ),
      { numRuns: 80, seed: 3 },
    );
  });

  it('is refused with an order that does not name every row once', async () => {
    const source = { kind: 'dense', values: new Float64Array(6), rows: 3, columns: 2 } as const;
    for (const order of [Uint32Array.of(0, 1), Uint32Array.of(0, 1, 1), Uint32Array.of(0, 1, 3)])
      await expect(Promise.resolve().then(() => backend.matrix(source, { order }))).rejects.toThrow(/order of the rows/);
  });
});

describe.skipIf(nativeAbsence !== null)('threads', () => {
  it('do not show in a bit of a sample that grows', async () => {
    const { network } = everyNetwork.find(({ label }) => label.startsWith('mlp'))!;
    const given = problem({ rows: 5001, columns: 7, network, loss: losses.softmax(), outputs: 3, seed: 4 });
    const seen = await Promise.all(
      [1, 2, 3].map(async (threads) => {
        const backend = nativeBackend(threads);
        const tracked = backend.trackedLoss({ ...given, matrix: await matrixOf(given, backend), sample: 1500 });
        await tracked.restart(given.parameters);
        const first = await take({ tracked, given }, 0, []);
        const ahead = await tracked.preview(given.parameters, 900);
        await tracked.grow(given.parameters, [given.directions[0]!], 4100);
        return [...first, Float64Array.of(ahead), ...(await take({ tracked, given }, 1, [given.directions[0]!]))];
      }),
    );
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });
});
