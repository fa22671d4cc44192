import { describe, expect, it } from 'vitest';
import type { Backend, CurvatureFactors, DataMatrix, FactorRequest, TrackedLoss } from '../../lib/backends/backend.js';
import { createRandom } from '../../lib/core/random.js';
import { linear, mlp } from '../../lib/networks/index.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { compiledBackends, everyBackend } from '../support/compiled.js';
import { cases, javascript, lossCases, normals, smallProblem, type SmallProblem } from '../support/problems.js';

interface Started {
  readonly matrix: DataMatrix;
  readonly tracked: TrackedLoss;
}

async function start(given: SmallProblem, backend: Backend): Promise<Started> {
  const matrix = await backend.matrix(
    { kind: 'dense', values: given.x, rows: given.rows, columns: given.columns },
    { frame: 'none' },
  );
  const tracked = backend.trackedLoss({ ...given, matrix, memory: 0 });
  await tracked.restart(given.start);
  return { matrix, tracked };
}

async function factorsOf(
  given: SmallProblem,
  backend: Backend,
  request: FactorRequest,
  inputFactor: boolean,
): Promise<CurvatureFactors> {
  const { matrix, tracked } = await start(given, backend);
  const factors = await tracked.factors(request, inputFactor);
  expect(matrix.counts.gram).toBe(inputFactor ? 1 : 0);
  tracked.dispose();
  matrix.dispose();
  return factors;
}

/** Largest difference relative to the largest entry. */
function distance(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  let difference = 0;
  a.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value), Math.abs(b[i]!));
    difference = Math.max(difference, Math.abs(value - b[i]!));
  });
  return largest === 0 ? difference : difference / largest;
}

function expectEqualFactors(a: CurvatureFactors, b: CurvatureFactors): void {
  expect(a.outputs.length).toBe(b.outputs.length);
  expect(a.inputs.length).toBe(b.inputs.length);
  a.outputs.forEach((factor, l) => expect(distance(factor, b.outputs[l]!)).toBeLessThan(1e-12));
  a.inputs.forEach((factor, l) => {
    const other = b.inputs[l]!;
    if (factor === null || other === null) expect(factor).toBe(other);
    else expect(distance(factor, other)).toBeLessThan(1e-12);
  });
}

function expectSymmetric(factor: Float64Array): void {
  const size = Math.sqrt(factor.length);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) expect(factor[i * size + j]).toBe(factor[j * size + i]);
}

describe.each(compiledBackends)('curvature factors, $name = javascript', (compiled) => {
  const requests: { rows: number; maxRows: number; stride: number }[] = [
    { rows: 30, maxRows: 1000, stride: 1 },
    { rows: 31, maxRows: 11, stride: 3 },
    { rows: 30, maxRows: 1, stride: 30 },
  ];
  it.each(cases)('$label', async ({ network, loss, outputs }) => {
    for (const weighted of [false, true]) {
      for (const { rows, maxRows } of requests) {
        const given = smallProblem({ network, loss, outputs, weighted, rows, seed: rows + maxRows });
        const request = { maxRows, seed: 0xfffffff0 };
        for (const inputFactor of [false, true]) {
          const mine = await factorsOf(given, compiled, request, inputFactor);
          expectEqualFactors(mine, await factorsOf(given, javascript, request, inputFactor));
          [...mine.outputs, ...mine.inputs].forEach((factor) => factor && expectSymmetric(factor));
        }
      }
    }
  });

  it('holds over several blocks of rows and tiles of columns', async () => {
    const network = mlp({ hidden: [33, 20], activation: 'tanh' });
    const given = smallProblem({ network, loss: 'softmax', outputs: 5, weighted: true, rows: 1501, columns: 301 });
    for (const maxRows of [1501, 700]) {
      const request = { maxRows, seed: 3 };
      expectEqualFactors(await factorsOf(given, compiled, request, true), await factorsOf(given, javascript, request, true));
    }
  });

  it('forms the gram of a data matrix as javascript does', async () => {
    const random = createRandom(8);
    for (const [rows, columns, stride] of [
      [1, 1, 1],
      [700, 290, 1],
      [700, 10, 3],
      [5, 40, 9],
      [513, 143, 2],
    ] as const) {
      const x = normals(random, rows * columns);
      const scale = Float64Array.from({ length: Math.ceil(rows / stride) }, () => random.uniform());
      const gram = async (backend: Backend): Promise<Float64Array> =>
        (await backend.matrix({ kind: 'dense', values: x, rows, columns }, { frame: 'none' })).gram(scale, stride);
      const mine = await gram(compiled);
      expect(distance(mine, await gram(javascript))).toBeLessThan(1e-12);
      expectSymmetric(mine);
    }
  });
});

describe.skipIf(nativeAbsence !== null)('curvature factors on threads', () => {
  it.each([linear(), mlp({ hidden: [40], activation: 'relu' })])(
    'are the same bits for any number of threads, $name',
    async (network) => {
      const given = smallProblem({ network, loss: 'softmax', outputs: 4, weighted: true, rows: 2600, columns: 170 });
      for (const maxRows of [2600, 900]) {
        const one = await factorsOf(given, nativeBackend(1), { maxRows, seed: 5 }, true);
        for (const threads of [2, 3]) {
          expect(await factorsOf(given, nativeBackend(threads), { maxRows, seed: 5 }, true)).toEqual(one);
        }
      }
    },
  );
});

describe.each(everyBackend)('curvature factors of $name', (backend) => {
  it.each(lossCases.filter(({ outputs }) => outputs === 1))(
    'reproduce the Gauss-Newton matrix exactly with one output, $label',
    async ({ loss }) => {
      const given = smallProblem({ loss, weighted: true, rows: 40, columns: 3 });
      const { outputs, inputs } = await factorsOf(given, backend, { maxRows: 40, seed: 1 }, true);
      const size = given.columns + 1;
      const expected = new Float64Array(size * size);
      const total = given.sampleWeights!.reduce((sum, s) => sum + s, 0);
      const curvature = new Float64Array(1);
      for (let i = 0; i < given.rows; i++) {
        const x = [...given.x.subarray(i * given.columns, (i + 1) * given.columns), 1];
        const output = Float64Array.of(x.reduce((sum, value, j) => sum + value * given.start[j]!, 0));
        given.loss.row(output, 0, 1, given.targets, i, null, curvature);
        for (let a = 0; a < size; a++) {
          for (let b = 0; b < size; b++)
            expected[a * size + b]! += (given.sampleWeights![i]! / total) * curvature[0]! * x[a]! * x[b]!;
        }
      }
      expect(
        distance(
          inputs[0]!.map((value) => value * outputs[0]![0]!),
          expected,
        ),
      ).toBeLessThan(1e-13);
    },
  );

  it('have the curvature of the loss as their mean over the signs', async () => {
    const width = 3;
    const given = smallProblem({ loss: 'softmax', outputs: width, rows: 20, weighted: true });
    const { matrix, tracked } = await start(given, backend);
    const seeds = 3000;
    const mean = new Float64Array(width * width);
    for (let seed = 0; seed < seeds; seed++) {
      const factor = (await tracked.factors({ maxRows: 20, seed }, false)).outputs[0]!;
      factor.forEach((value, e) => (mean[e]! += value / seeds));
    }
    const Z = await matrix.multiply(given.start.subarray(0, given.columns * width), width);
    const total = given.sampleWeights!.reduce((sum, s) => sum + s, 0);
    const expected = new Float64Array(width * width);
    const hessian = new Float64Array(width * width);
    for (let i = 0; i < given.rows; i++) {
      const o = Z.slice(i * width, (i + 1) * width).map((z, a) => z + given.start[given.columns * width + a]!);
      given.loss.row(o, 0, width, given.targets, i, new Float64Array(width), hessian);
      hessian.forEach((value, e) => (expected[e]! += (given.sampleWeights![i]! / total) * value));
    }
    // One draw of the mean over 20 rows scatters by less than 0.05, so the mean of 3000 by less than 0.001.
    mean.forEach((value, e) => expect(Math.abs(value - expected[e]!)).toBeLessThan(0.004));
    tracked.dispose();
  });
});
